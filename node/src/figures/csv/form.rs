//! How a CSV file is written: its letters and what separates its cells.

use super::quotes::{Quotes, look};
use crate::figures::Unreadable;
use csv::{ByteRecord, Position, Reader};
use std::borrow::Cow;

/// A file's form.
pub(super) struct Form<'a> {
    /// From the names of the columns on.
    pub text: &'a [u8],
    /// Lines before them.
    pub skipped: u64,
    /// Whether all of it is UTF-8; else it is Windows-1252.
    pub is_utf8: bool,
    /// What separates cells.
    pub delimiter: u8,
}

impl<'a> Form<'a> {
    /// Recognises the form.
    pub fn of(bytes: &'a [u8]) -> Result<Self, Unreadable> {
        check_kind(bytes)?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let (text, skipped, told) = after_hint(bytes);
        if text.trim_ascii().is_empty() {
            return Err(unreadable("empty", "the file is empty"));
        }
        let is_utf8 = std::str::from_utf8(text).is_ok();
        Ok(Self { text, skipped, is_utf8, delimiter: told.unwrap_or_else(|| delimiter(text)) })
    }

    /// What the quotation marks of the record that was read last show, and
    /// where it stands. It has, or should have, so many cells.
    pub fn quotes(&self, record: &ByteRecord, reader: &Reader<&[u8]>, columns: usize) -> Quotes {
        let place = |position: &Position| usize::try_from(position.byte()).unwrap_or(usize::MAX);
        let (start, line) = record.position().map_or((0, 1), |at| (place(at), at.line()));
        let raw = self.text.get(start..place(reader.position())).unwrap_or_default();
        look(raw, line + self.skipped, self.delimiter, columns)
    }

    /// The text of a cell.
    pub fn decode<'b>(&self, cell: &'b [u8]) -> Cow<'b, str> {
        match std::str::from_utf8(cell) {
            Ok(text) if self.is_utf8 || cell.is_ascii() => Cow::Borrowed(text),
            _ => Cow::Owned(cell.iter().map(|byte| windows_1252(*byte)).collect()),
        }
    }
}

fn unreadable(code: &'static str, text: &str) -> Unreadable {
    Unreadable { code, text: text.to_owned() }
}

fn check_kind(bytes: &[u8]) -> Result<(), Unreadable> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(unreadable("spreadsheet", "this is a spreadsheet; save it as CSV UTF-8 and send that"));
    }
    if bytes.starts_with(b"%PDF") {
        return Err(unreadable("binary", "this is a PDF; export the table behind it as CSV UTF-8"));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(unreadable("encoding", "the file is in UTF-16; save it as CSV UTF-8"));
    }
    match bytes.contains(&0) {
        true => {
            Err(unreadable("binary", "this is no text: it holds a zero byte; save the table as CSV UTF-8"))
        }
        false => Ok(()),
    }
}

/// Spreadsheets may write `sep=;` before the names.
fn after_hint(bytes: &[u8]) -> (&[u8], u64, Option<u8>) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let Some(end) = end else { return (bytes, 0, None) };
    match bytes[..end].trim_ascii() {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter @ (b',' | b';')] => {
            (&bytes[end + 1..], 1, Some(*delimiter))
        }
        _ => (bytes, 0, None),
    }
}

/// What stands most often in the first line outside of quotation marks.
fn delimiter(text: &[u8]) -> u8 {
    let line = text.trim_ascii_start().split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let mut is_quoted = false;
    let mut counts = [(0_u32, b','), (0, b';'), (0, b'\t')];
    for byte in line {
        is_quoted ^= *byte == b'"';
        let found = counts.iter_mut().find(|(_, delimiter)| delimiter == byte && !is_quoted);
        if let Some((count, _)) = found {
            *count += 1;
        }
    }
    let [mut best, others @ ..] = counts;
    for other in others {
        if other.0 > best.0 {
            best = other;
        }
    }
    best.1
}

/// The letters of Windows-1252 where it is not Latin-1; where it has none,
/// the same control characters.
const UPPER: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9f => UPPER[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}
