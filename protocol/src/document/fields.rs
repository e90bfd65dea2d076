//! What a document says: title, language, summary, text and particulars.

use automerge::{Automerge, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value};

use super::particulars::{self, Particulars};
use crate::fence::{self, ChangeHash};
use std::collections::BTreeMap;

/// The longest title in characters.
pub const TITLE_CHARACTERS: usize = 300;
/// The longest summary in characters.
pub const SUMMARY_CHARACTERS: usize = 2_000;
/// The longest language tag in characters, as BCP 47 advises.
pub const LANGUAGE_CHARACTERS: usize = 35;

pub(super) const TITLE: &str = "title";
pub(super) const LANGUAGE: &str = "language";
pub(super) const SUMMARY: &str = "summary";
pub(super) const TEXT: &str = "text";

/// The content of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// The title, at most [`TITLE_CHARACTERS`], not blank.
    pub title: String,
    /// The language tag, such as `en` or `pt-BR`.
    pub language: String,
    /// The summary, at most [`SUMMARY_CHARACTERS`]; may be empty.
    pub summary: String,
    /// The text, Markdown, bounded only by the size of the document. Its
    /// headings divide it into sections.
    pub text: String,
    /// Everything else.
    pub particulars: Particulars,
}

/// A field that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// Nothing but white space.
    #[error("the {field} is empty; please write one")]
    Blank {
        /// The name of the field.
        field: &'static str,
    },
    /// More characters than the field takes.
    #[error("the {field} has {found} characters, the limit is {limit}; please shorten it")]
    TooLong {
        /// The name of the field.
        field: &'static str,
        /// Characters found.
        found: usize,
        /// Characters allowed.
        limit: usize,
    },
    /// No language tag.
    #[error("{found:?} is not a language tag; write one such as en or pt-BR")]
    Language {
        /// What was found.
        found: String,
    },
    /// A name that documents don't have.
    #[error("documents have no field {name:?}")]
    Unknown {
        /// The name.
        name: String,
    },
    /// A value of another shape.
    #[error("{name} is {found:?}, but must be {expected}")]
    Shape {
        /// The name of the field.
        name: String,
        /// What was found.
        found: String,
        /// What it must be.
        expected: String,
    },
    /// More values than a document takes.
    #[error("the document has {found} particulars, the limit is {limit}")]
    TooMany {
        /// Values found.
        found: usize,
        /// Values allowed.
        limit: usize,
    },
}

/// The document can't be read as [`Fields`].
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No value under the key.
    #[error("the document has no {field}")]
    Absent {
        /// The name of the field.
        field: &'static str,
    },
    /// A value of another type.
    #[error("the {field} of the document is not text; an edit can replace it")]
    WrongType {
        /// The name of the field.
        field: &'static str,
    },
    /// A value that does not fit its field.
    #[error("the document breaks the rules for its fields; an edit can mend it")]
    Field {
        /// What is wrong.
        #[from]
        source: FieldError,
    },
    /// A version that is not here.
    #[error("the document has no change {change}; it may not have arrived yet")]
    UnknownVersion {
        /// The change that is not built.
        change: ChangeHash,
    },
    /// Automerge failed.
    #[error("Automerge can't read the document")]
    Automerge {
        /// What Automerge says.
        source: Box<automerge::AutomergeError>,
    },
    /// Automerge panicked.
    #[error("reading the document panicked: {panic}; keep its changes and report this")]
    Panic {
        /// The message of the panic.
        panic: String,
    },
}

impl Fields {
    /// Checks lengths and shapes.
    ///
    /// # Errors
    /// The first field that does not fit.
    pub fn check(&self) -> Result<(), FieldError> {
        if self.title.trim().is_empty() {
            return Err(FieldError::Blank { field: TITLE });
        }
        check_length(TITLE, &self.title, TITLE_CHARACTERS)?;
        check_length(SUMMARY, &self.summary, SUMMARY_CHARACTERS)?;
        check_length(LANGUAGE, &self.language, LANGUAGE_CHARACTERS)?;
        if !is_language(&self.language) {
            let found = self.language.clone();
            return Err(FieldError::Language { found });
        }
        Ok(())
    }
}

fn check_length(field: &'static str, value: &str, limit: usize) -> Result<(), FieldError> {
    let found = value.chars().count();
    if found > limit {
        return Err(FieldError::TooLong { field, found, limit });
    }
    Ok(())
}

/// The outline of BCP 47: a language of two to eight letters, then parts of one to eight letters
/// or digits.
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    let letters = language.bytes().all(|byte| byte.is_ascii_alphabetic());
    let rest =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (2..=8).contains(&language.len()) && letters && parts.all(rest)
}

fn failed(source: automerge::AutomergeError) -> ReadError {
    ReadError::Automerge { source: Box::new(source) }
}

/// Where to read: now, or at a version.
type Version<'a> = Option<&'a [automerge::ChangeHash]>;

/// Reads all fields and checks them.
pub(super) fn read(automerge: &Automerge, at: Version<'_>) -> Result<Fields, ReadError> {
    let fields = fence::catch(|| {
        Ok(Fields {
            title: scalar(automerge, at, TITLE)?,
            language: scalar(automerge, at, LANGUAGE)?,
            summary: scalar(automerge, at, SUMMARY)?,
            text: text(automerge, at)?,
            particulars: Particulars::fitting(values(automerge, at)?),
        })
    });
    let fields = fields.unwrap_or_else(|panic| Err(ReadError::Panic { panic }))?;
    fields.check()?;
    Ok(fields)
}

/// The string under `field`.
pub(super) fn scalar(
    automerge: &Automerge,
    at: Version<'_>,
    field: &'static str,
) -> Result<String, ReadError> {
    match get(automerge, at, field)?.0 {
        Value::Scalar(value) => match value.as_ref() {
            ScalarValue::Str(text) => Ok(text.to_string()),
            _ => Err(ReadError::WrongType { field }),
        },
        Value::Object(_) => Err(ReadError::WrongType { field }),
    }
}

/// Every text under a name that particulars have, whether it fits or not.
pub(super) fn values(automerge: &Automerge, at: Version<'_>) -> Result<BTreeMap<String, String>, ReadError> {
    let names: Vec<String> = match at {
        None => automerge.keys(ROOT).collect(),
        Some(heads) => automerge.keys_at(ROOT, heads).collect(),
    };
    let mut values = BTreeMap::new();
    for name in names.into_iter().filter(|name| particulars::is_known(name)) {
        let found = match at {
            None => automerge.get(ROOT, &name),
            Some(heads) => automerge.get_at(ROOT, &name, heads),
        };
        let value = match found.map_err(failed)? {
            Some((Value::Scalar(value), _)) => match value.as_ref() {
                ScalarValue::Str(text) => text.to_string(),
                _ => String::new(),
            },
            _ => String::new(),
        };
        values.insert(name, value);
    }
    Ok(values)
}

/// The characters of the text.
pub(super) fn text(automerge: &Automerge, at: Version<'_>) -> Result<String, ReadError> {
    let object = text_object(automerge, at)?;
    let text = match at {
        None => automerge.text(&object),
        Some(heads) => automerge.text_at(&object, heads),
    };
    text.map_err(failed)
}

/// The object that holds the text.
pub(super) fn text_object(automerge: &impl ReadDoc, at: Version<'_>) -> Result<ObjId, ReadError> {
    match get(automerge, at, TEXT)? {
        (Value::Object(ObjType::Text), object) => Ok(object),
        _ => Err(ReadError::WrongType { field: TEXT }),
    }
}

fn get<'a>(
    automerge: &'a impl ReadDoc,
    at: Version<'_>,
    field: &'static str,
) -> Result<(Value<'a>, ObjId), ReadError> {
    let found = match at {
        None => automerge.get(ROOT, field),
        Some(heads) => automerge.get_at(ROOT, field, heads),
    };
    let found = found.map_err(failed)?;
    found.ok_or(ReadError::Absent { field })
}
