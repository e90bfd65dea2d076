//! PDF: the author in the document information, XMP, and pictures as far as
//! they are not compressed. What is compressed or encrypted is said to be
//! unexamined.

use super::search::{place, places, window};
use super::{Report, exif, latin1, utf16, xmp};

/// At most so many entries for an author are read.
const MAX_AUTHORS: usize = 16;

/// The longest value that is read, in bytes.
const MAX_VALUE: usize = 1024;

/// Readers accept the mark of a PDF within so many bytes.
const HEAD: usize = 1024;

/// Whether readers of PDF would open it.
pub fn is_pdf(bytes: &[u8]) -> bool {
    place(window(bytes, 0, HEAD), b"%PDF-").is_some()
}

pub fn examine(bytes: &[u8], report: &mut Report<'_>) {
    for at in places(bytes, b"/Author", MAX_AUTHORS) {
        if let Some(author) = string(bytes, at + b"/Author".len(), true) {
            report.author(&author, "a PDF's document information names its author: remove it");
        }
    }
    xmp::examine(bytes, report);
    exif::examine_marked(bytes, report);
    if place(bytes, b"/Encrypt").is_some() {
        report.unexamined("an encrypted PDF");
    }
    if hides_information(bytes) || hides_metadata(bytes) {
        report.unexamined("a PDF whose document information is compressed: look at its properties yourself");
    }
}

/// The string at `at`, behind white space; if `follow`, also where a reference
/// leads.
fn string(bytes: &[u8], at: usize, follow: bool) -> Option<String> {
    let rest = window(bytes, at, MAX_VALUE);
    let rest = &rest[rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()..];
    match rest {
        [b'(', body @ ..] => Some(decoded(&literal(body))),
        [b'<', body @ ..] if !body.starts_with(b"<") => Some(decoded(&hexadecimal(body))),
        [b'0'..=b'9', ..] if follow => string(bytes, object(bytes, reference(rest)?)?, false),
        _ => None,
    }
}

/// The bytes of `text)`, with escapes and inner parentheses.
fn literal(body: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut depth = 1;
    let mut bytes = body.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => match bytes.next() {
                Some(digit @ b'0'..=b'7') => {
                    let mut code = u32::from(digit - b'0');
                    for _ in 0..2 {
                        let Some(digit) = bytes.next_if(|byte| (b'0'..=b'7').contains(byte)) else { break };
                        code = code * 8 + u32::from(digit - b'0');
                    }
                    text.push(u8::try_from(code & 0xFF).unwrap_or(b'?'));
                }
                Some(b'\n') | None => {}
                Some(escaped) => text.push(escaped),
            },
            b'(' => depth += 1,
            b')' if depth == 1 => break,
            b')' => depth -= 1,
            byte => text.push(byte),
        }
    }
    text
}

/// The bytes of `48656c6c6f>`.
fn hexadecimal(body: &[u8]) -> Vec<u8> {
    let digits =
        body.iter().take_while(|byte| **byte != b'>').filter_map(|byte| char::from(*byte).to_digit(16));
    let digits: Vec<u8> = digits.filter_map(|digit| u8::try_from(digit).ok()).collect();
    digits.chunks(2).map(|pair| pair[0] * 16 + pair.get(1).copied().unwrap_or(0)).collect()
}

fn decoded(bytes: &[u8]) -> String {
    match bytes {
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => latin1(bytes),
    }
}

/// The two numbers of `12 0 R`.
fn reference(rest: &[u8]) -> Option<(u32, u32)> {
    let text = latin1(window(rest, 0, 32));
    let mut parts = text.split_ascii_whitespace();
    let numbers = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next()?.starts_with('R').then_some(numbers)
}

/// Behind the beginning of an object, if the object is not compressed.
fn object(bytes: &[u8], (number, generation): (u32, u32)) -> Option<usize> {
    let mark = format!("{number} {generation} obj");
    let own = |at: &usize| *at == 0 || !bytes[*at - 1].is_ascii_digit();
    places(bytes, mark.as_bytes(), MAX_AUTHORS).filter(own).last().map(|at| at + mark.len())
}

/// Whether the document information is an object inside a compressed stream.
fn hides_information(bytes: &[u8]) -> bool {
    places(bytes, b"/Info", MAX_AUTHORS).any(|at| {
        let rest = window(bytes, at + b"/Info".len(), 64);
        let start = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        reference(&rest[start..]).is_some_and(|reference| object(bytes, reference).is_none())
    })
}

/// Whether a stream with metadata has a filter.
fn hides_metadata(bytes: &[u8]) -> bool {
    let marks: [&[u8]; 2] = [b"/Type/Metadata", b"/Type /Metadata"];
    marks.iter().flat_map(|mark| places(bytes, mark, MAX_AUTHORS)).any(|at| {
        let head = window(bytes, at.saturating_sub(256), 256.min(at));
        let head = places(head, b"obj", MAX_AUTHORS).last().map_or(head, |start| &head[start..]);
        let tail = window(bytes, at, 256);
        let tail = &tail[..place(tail, b"stream").unwrap_or(tail.len())];
        place(head, b"/Filter").is_some() || place(tail, b"/Filter").is_some()
    })
}
