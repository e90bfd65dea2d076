//! Texts from files, standard input or the editor: bounded, checked, with
//! optional front matter.

mod front_matter;
pub mod particulars;

pub use front_matter::{Content, parse, render};

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Longest text that is taken from a file. The node has its own, larger limit
/// on documents; one file of prose is far below this.
pub const MAX_FILE_BYTES: u64 = 512 * 1024;
/// Longest title, in characters.
const MAX_TITLE_CHARS: usize = 300;

/// Why a text could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file can't be read.
    #[error("{name} cannot be read: {source}. Check the name and that you may read it.")]
    Unreadable {
        /// The file.
        name: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file is too long.
    #[error(
        "{name} is longer than {} KiB, the most that one text may have. Split it into several \
         documents.",
        MAX_FILE_BYTES / 1024
    )]
    TooLong {
        /// The file.
        name: String,
    },
    /// The file is not UTF-8.
    #[error(
        "{name} is not UTF-8 text: the byte at position {position} (line {line}) does not fit. \
         Save it as UTF-8 in your editor and try again."
    )]
    NotUtf8 {
        /// The file.
        name: String,
        /// Number of good bytes before it.
        position: usize,
        /// Line that holds it, counted from 1.
        line: usize,
    },
    /// The file holds a zero byte, so it is not text.
    #[error(
        "{name} is not text: it holds a zero byte at position {position}. Save it as UTF-8 text \
         and try again."
    )]
    NotText {
        /// The file.
        name: String,
        /// Number of bytes before it.
        position: usize,
    },
    /// The front matter has no end.
    #[error(
        "{name} starts with front matter (a line `---`) that never ends. Close it with another \
         line `---`, or remove the first one."
    )]
    OpenFrontMatter {
        /// The file.
        name: String,
    },
    /// Its front matter has keys that documents don't have.
    #[error("{name}: {}", particulars::unknown(keys))]
    UnknownKeys {
        /// The file.
        name: String,
        /// The keys.
        keys: Vec<String>,
    },
    /// There is nothing in it.
    #[error("{name} holds no text, so there is nothing to save.")]
    Empty {
        /// The file.
        name: String,
    },
}

/// Reads `path`, or standard input when it is `-`, and checks it.
pub fn read(path: &Path) -> Result<String, SourceError> {
    if path == Path::new("-") {
        return read_from(io::stdin().lock(), "Standard input");
    }
    let name = path.display().to_string();
    match File::open(path) {
        Ok(file) => read_from(file, &name),
        Err(source) => Err(SourceError::Unreadable { name, source }),
    }
}

/// Reads `path` and parses its front matter, whatever else that holds.
pub fn read_content(path: &Path) -> Result<Content, SourceError> {
    let text = read(path)?;
    parse(&text, &display_name(path))
}

/// Reads `path`, whose front matter must hold nothing but what documents say.
pub fn read_document(path: &Path) -> Result<Content, SourceError> {
    let mut content = read_content(path)?;
    match std::mem::take(&mut content.unknown) {
        keys if keys.is_empty() => Ok(content),
        keys => Err(SourceError::UnknownKeys { name: display_name(path), keys }),
    }
}

fn read_from(reader: impl Read, name: &str) -> Result<String, SourceError> {
    let mut bytes = Vec::new();
    reader
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| SourceError::Unreadable { name: name.to_owned(), source })?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let name = name.to_owned();
        return Err(SourceError::TooLong { name });
    }
    checked(bytes, name)
}

/// `bytes` as text: UTF-8, without a byte order mark, lines ended by `\n`.
fn checked(bytes: Vec<u8>, name: &str) -> Result<String, SourceError> {
    let name = name.to_owned();
    if let Some(position) = bytes.iter().position(|byte| *byte == 0) {
        return Err(SourceError::NotText { name, position });
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let position = error.utf8_error().valid_up_to();
        let before = &error.as_bytes()[..position];
        SourceError::NotUtf8 {
            name,
            position,
            line: 1 + before.iter().filter(|byte| **byte == b'\n').count(),
        }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// What to call `path` in messages.
pub fn display_name(path: &Path) -> String {
    if path == Path::new("-") { "Standard input".to_owned() } else { path.display().to_string() }
}

/// A title for `content`: its own, its first heading, or the name of the file.
pub fn title(content: &Content, path: Option<&Path>) -> Option<String> {
    content
        .title
        .clone()
        .or_else(|| first_heading(&content.text))
        .or_else(|| path.and_then(file_title))
        .map(|title| title.chars().take(MAX_TITLE_CHARS).collect())
}

fn first_heading(text: &str) -> Option<String> {
    text.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_matches('#').trim())
        .find(|heading| !heading.is_empty())
        .map(str::to_owned)
}

fn file_title(path: &Path) -> Option<String> {
    let stem = PathBuf::from(path.file_stem()?);
    let words = stem.to_string_lossy().replace(['-', '_'], " ");
    let mut letters = words.trim().chars();
    let first = letters.next()?;
    // Standard input has no name to speak of.
    (path != Path::new("-")).then(|| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::{Content, MAX_FILE_BYTES, SourceError, checked, read, read_from, title};
    use std::path::Path;

    #[test]
    fn byte_order_mark_and_line_ends_are_settled() {
        let text = checked(b"\xef\xbb\xbfone\r\ntwo\rthree\n".to_vec(), "f").unwrap();
        assert_eq!(text, "one\ntwo\nthree\n");
    }

    #[test]
    fn a_wrong_byte_is_named_with_its_place() {
        let error = checked(b"one\ntw\xff".to_vec(), "f").unwrap_err();
        let SourceError::NotUtf8 { position, line, .. } = error else {
            panic!("{error:?}");
        };
        assert_eq!((position, line), (6, 2));
        let error = checked(b"o\0n\0e\0".to_vec(), "f").unwrap_err();
        assert!(matches!(error, SourceError::NotText { position: 1, .. }));
    }

    #[test]
    fn size_is_bounded_even_for_an_endless_file() {
        let error = read_from(std::io::repeat(b'x'), "f").unwrap_err();
        assert!(matches!(error, SourceError::TooLong { .. }));
        let limit = usize::try_from(MAX_FILE_BYTES).unwrap();
        assert!(read_from(&vec![b'x'; limit][..], "f").is_ok());
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read(Path::new("/no/such/file.md")).unwrap_err();
        assert!(error.to_string().contains("/no/such/file.md"));
    }

    #[test]
    fn the_title_falls_back_to_heading_and_name() {
        let with = |title: Option<&str>, text: &str| Content {
            title: title.map(str::to_owned),
            text: text.to_owned(),
            ..Content::default()
        };
        let path = Some(Path::new("d/first-clinic_visit.md"));
        let all = with(Some("T"), "# H");
        assert_eq!(title(&all, path).as_deref(), Some("T"));
        let heading = with(None, "text\n#\n## H ##\n# Other");
        assert_eq!(title(&heading, path).as_deref(), Some("H"));
        let bare = with(None, "text");
        assert_eq!(title(&bare, path).as_deref(), Some("First clinic visit"));
        assert_eq!(title(&bare, Some(Path::new("-"))), None);
        assert_eq!(title(&bare, None), None);
    }
}
