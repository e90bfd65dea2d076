//! Attachments: texts are read as texts, pictures and PDFs for what their
//! metadata says about people and places.

mod exif;
mod jpeg;
mod pdf;
mod png;
mod search;
mod webp;
mod xmp;

use super::{Finding, Kind, MAX_FINDINGS, examine_text, text};

/// At most so many bytes of captions, comments and the like are read of one
/// file's metadata; each counts for at least [`LEAST_TEXT`].
const MAX_TEXTS: usize = 1 << 20;
const LEAST_TEXT: usize = 1 << 10;

/// Collects what the readers of the formats find in one file.
pub(super) struct Report<'a> {
    name: &'a str,
    contacts: &'a [String],
    findings: Vec<Finding>,
    /// Bytes of free text that may still be read.
    texts: usize,
}

impl<'a> Report<'a> {
    fn new(name: &'a str, contacts: &'a [String]) -> Self {
        Self { name, contacts, findings: Vec::new(), texts: MAX_TEXTS }
    }

    /// Adds a finding in the file's metadata, once for the same value.
    fn add(&mut self, kind: Kind, value: &str, why: &'static str) {
        let finding = Finding {
            kind,
            field: self.name.to_owned(),
            line: 1,
            column: 1,
            excerpt: text::masked(value.trim()),
            why,
        };
        if self.findings.len() < MAX_FINDINGS && !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// Adds who made the file, unless the value is empty.
    fn author(&mut self, value: &str, why: &'static str) {
        if value.chars().any(char::is_alphanumeric) {
            self.add(Kind::AuthorMetadata, value, why);
        }
    }

    /// Adds a part that could not be read.
    fn unexamined(&mut self, why: &'static str) {
        self.add(Kind::Unexamined, "", why);
    }

    /// Reads free text in the metadata, such as a caption.
    fn text(&mut self, value: &str) {
        let Some(left) = self.texts.checked_sub(value.len().max(LEAST_TEXT)) else {
            return self.unexamined(
                "more captions and comments in a file's metadata than the guard reads: remove them",
            );
        };
        self.texts = left;
        let mut found = examine_text(self.name, value, self.contacts);
        found.truncate(MAX_FINDINGS - self.findings.len().min(MAX_FINDINGS));
        self.findings.extend(found.into_iter().map(|finding| Finding { line: 1, column: 1, ..finding }));
    }
}

/// Reads a file that is to be attached. What it is, its first bytes decide;
/// `media_type` only helps with texts. `contacts` are the declared public
/// contacts, as for [`examine_text`].
///
/// A file in a format that the guard doesn't know is itself a (soft) finding.
pub fn examine_file(name: &str, media_type: &str, bytes: &[u8], contacts: &[String]) -> Vec<Finding> {
    let mut report = Report::new(name, contacts);
    match bytes {
        [] => {}
        [0xFF, 0xD8, 0xFF, ..] | [0xFF, 0xD8] => jpeg::examine(bytes, &mut report),
        [0x89, b'P', b'N', b'G', ..] => png::examine(bytes, &mut report),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp::examine(bytes, &mut report),
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => {
            exif::examine(bytes, &mut report);
            xmp::examine(bytes, &mut report);
        }
        _ if pdf::is_pdf(bytes) => pdf::examine(bytes, &mut report),
        _ => return other(name, media_type, bytes, contacts),
    }
    report.findings
}

/// Texts, and what cannot be read.
fn other(name: &str, media_type: &str, bytes: &[u8], contacts: &[String]) -> Vec<Finding> {
    let mut report = Report::new(name, contacts);
    match decoded(media_type, bytes) {
        Some(text) if text.contains("<svg") => {
            xmp::examine(bytes, &mut report);
            report.findings.extend(examine_text(name, &without_tags(&text), contacts));
        }
        Some(text) => return examine_text(name, &text, contacts),
        None => report.unexamined("a format that the guard cannot read: look at it yourself"),
    }
    report.findings
}

/// The bytes as text, if they are one.
fn decoded(media_type: &str, bytes: &[u8]) -> Option<String> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => return Some(utf16(rest, u16::from_le_bytes)),
        [0xFE, 0xFF, rest @ ..] => return Some(utf16(rest, u16::from_be_bytes)),
        _ => {}
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Some(text.to_owned()),
        _ if media_type.starts_with("text/") => Some(latin1(bytes)),
        _ => None,
    }
}

/// Text of two bytes a character, as far as it is valid.
fn utf16(bytes: &[u8], join: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| join([pair[0], pair[1]]));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Each byte as the character with its number.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// The text between the tags: the numbers of a drawing are no identifiers.
/// Lines stay lines.
fn without_tags(text: &str) -> String {
    let mut inside = false;
    let blank = |c: char| match c {
        '<' => {
            inside = true;
            ' '
        }
        '>' if inside => {
            inside = false;
            ' '
        }
        c if inside && c != '\n' => ' ',
        c => c,
    };
    text.chars().map(blank).collect()
}
