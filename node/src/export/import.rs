//! A document as one Markdown file, and back.

use super::Published;
use super::facts::Facts;
use super::front_matter::{self, FrontMatterError, Line, write_line};
use crate::view::NewDocument;
use commons_protocol::bounded::{Text, TextError};
use commons_protocol::collection::DocumentKind;
use commons_protocol::document::{FIELDS, FieldError, Fields, Particulars};
use commons_protocol::limits::VERSION_BYTES;
use std::collections::BTreeMap;

/// Bytes of a file that is read: those of a version, with room for the quotes
/// of its front matter.
const MARKDOWN_BYTES: usize = 2 * VERSION_BYTES;
/// The language of a file that names none.
const DEFAULT_LANGUAGE: &str = "en";

/// Why a file can't become a document.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// More than is read.
    #[error("{what} has more than {limit} bytes, which is the most that can be imported")]
    TooLarge {
        /// What.
        what: String,
        /// Bytes that fit.
        limit: u64,
    },
    /// Front matter that can't be read.
    #[error(transparent)]
    FrontMatter(#[from] FrontMatterError),
    /// A kind that documents don't have.
    #[error("{found:?} is no kind of document; write kind: toolkit, kind: guidance or kind: measure")]
    Kind {
        /// What was found.
        found: String,
    },
    /// Nothing that could be a title.
    #[error("the file names no title; write title: … in the front matter or begin the text with a heading")]
    NoTitle,
    /// A value that does not fit.
    #[error("the file can't be imported: {0}")]
    Field(#[from] FieldError),
    /// Characters that no document holds.
    #[error("{what} can't be imported: {source}")]
    Text {
        /// Where.
        what: String,
        /// What is wrong.
        source: TextError,
    },
    /// Bytes that are no text.
    #[error("{path} is not text in UTF-8")]
    Encoding {
        /// The file.
        path: String,
    },
    /// No archive, or a damaged one.
    #[error("the file is no zip archive that can be read: {0}")]
    Archive(#[from] zip::result::ZipError),
    /// An archive that does not unpack.
    #[error("{path} can't be unpacked: {source}")]
    Unpack {
        /// The file in the archive.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// More files than a crate of ours has.
    #[error("the archive has {found} files, the limit is {limit}")]
    TooManyFiles {
        /// Files found.
        found: usize,
        /// Files that fit.
        limit: usize,
    },
    /// A name that could lead out of the archive, or that stands twice.
    #[error("the archive has a file {path:?}, which no crate of a commons holds")]
    Path {
        /// The name.
        path: String,
    },
    /// Metadata that is no JSON.
    #[error("ro-crate-metadata.json can't be read: {0}")]
    Metadata(#[from] serde_json::Error),
    /// A crate that does not come from a commons.
    #[error("this is no RO-Crate of a commons: {why}; import its text as Markdown instead")]
    NotOurs {
        /// What is missing.
        why: &'static str,
    },
}

/// The document as Markdown with front matter: [`read_markdown`] gives the
/// same document back.
pub fn markdown(published: &Published<'_>) -> String {
    let facts = Facts::new(published);
    let version = facts.of.version;
    let mut lines = format!("# {}\n", facts.headline());
    lines.push_str(&write_line("kind", facts.kind()));
    lines.push_str(&write_line("title", &facts.fields.title));
    lines.push_str(&write_line("language", &facts.fields.language));
    if !facts.fields.summary.is_empty() {
        lines.push_str(&write_line("summary", &facts.fields.summary));
    }
    for (name, value) in facts.fields.particulars.iter() {
        lines.push_str(&write_line(name, value));
    }
    // Of no use to a new draft, so nothing that is read back.
    lines.push_str(&format!("# document {} of commons {}\n", version.document, version.commons));
    lines.push_str(&format!("# version {} {}\n", facts.urn(), facts.uri()));
    let heads: Vec<String> = version.heads.iter().map(ToString::to_string).collect();
    lines.push_str(&format!("commons-version: {}\n", heads.join(", ")));
    front_matter::write(&lines, &facts.fields.text)
}

/// Reads Markdown with front matter into a new document. Names that documents
/// don't have are left out; a wrong value of one that they have is an error,
/// because a draft must not silently lose what its author wrote.
///
/// # Errors
/// [`ImportError`].
pub fn read_markdown(input: &str) -> Result<NewDocument, ImportError> {
    if input.len() > MARKDOWN_BYTES {
        return Err(ImportError::TooLarge { what: "the file".to_owned(), limit: MARKDOWN_BYTES as u64 });
    }
    let input = input.strip_prefix('\u{feff}').unwrap_or(input).replace("\r\n", "\n");
    let read = front_matter::read(&input)?;
    let mut content = Content::default();
    for line in read.lines.into_iter().filter(|line| !line.value.trim().is_empty()) {
        content.take(line);
    }
    content.finish(read.text)
}

/// What front matter said.
#[derive(Default)]
struct Content {
    kind: Option<String>,
    title: Option<String>,
    language: Option<String>,
    summary: Option<String>,
    particulars: BTreeMap<String, String>,
}

impl Content {
    fn take(&mut self, Line { name, value, .. }: Line) {
        let list = name.split('/').next().unwrap_or_default();
        match name.as_str() {
            "kind" => self.kind = Some(value),
            "title" => self.title = Some(value),
            "language" | "lang" => self.language = Some(value),
            "summary" | "description" => self.summary = Some(value),
            _ if FIELDS.iter().any(|field| field.name == list) => {
                self.particulars.insert(name, value);
            }
            _ => {}
        }
    }

    fn finish(self, text: &str) -> Result<NewDocument, ImportError> {
        let kind = self.kind.unwrap_or_else(|| DocumentKind::Toolkit.word().to_owned());
        let title = self.title.or_else(|| heading(text)).ok_or(ImportError::NoTitle)?;
        let fields = Fields {
            title,
            language: self.language.clone().unwrap_or_else(|| DEFAULT_LANGUAGE.to_owned()),
            summary: self.summary.clone().unwrap_or_default(),
            text: text.to_owned(),
            particulars: Particulars::new(self.particulars)?,
        };
        fields.check()?;
        if DocumentKind::from_word(&kind).is_none() {
            return Err(ImportError::Kind { found: kind.chars().take(100).collect() });
        }
        readable(&fields)?;
        Ok(NewDocument {
            kind,
            title: fields.title,
            language: self.language,
            description: self.summary,
            text: fields.text,
            particulars: fields.particulars.into_inner(),
            override_reason: None,
        })
    }
}

/// Whether everything is text that a version can hold: what can't be reviewed
/// later is refused now.
fn readable(fields: &Fields) -> Result<(), ImportError> {
    let values = [("title", &fields.title), ("summary", &fields.summary), ("text", &fields.text)];
    let named = values.map(|(name, value)| (name, value.as_str()));
    for (name, value) in named.into_iter().chain(fields.particulars.iter()) {
        Text::<VERSION_BYTES>::new(value)
            .map_err(|source| ImportError::Text { what: name.to_owned(), source })?;
    }
    Ok(())
}

/// The words of a first line that is a heading.
fn heading(text: &str) -> Option<String> {
    let first = text.trim_start().lines().next()?;
    let words = first.strip_prefix('#')?.trim_start_matches('#');
    let words = words.strip_prefix(' ')?.trim().trim_end_matches('#').trim();
    (!words.is_empty()).then(|| words.to_owned())
}
