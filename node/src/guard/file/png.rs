//! PNG: chunks with text, EXIF and XMP.

use super::search::{be32, window};
use super::{Report, exif, latin1, xmp};

/// At most so many chunks are read.
const MAX_CHUNKS: usize = 65_536;

/// Keywords of text chunks that name a person.
const PERSONAL: [&str; 5] = ["author", "artist", "creator", "by-line", "owner"];

pub fn examine(bytes: &[u8], report: &mut Report<'_>) {
    let mut at = 8;
    for _ in 0..MAX_CHUNKS {
        let (Some(length), Some(kind)) = (be32(bytes, at), bytes.get(at + 4..at + 8)) else { return };
        let chunk = window(bytes, at + 8, length);
        match kind {
            b"eXIf" => exif::examine(chunk, report),
            b"tEXt" => plain(chunk, report),
            b"zTXt" => compressed(keyword(chunk).0, report),
            b"iTXt" => international(chunk, report),
            _ => {}
        }
        at = at.saturating_add(length).saturating_add(12);
    }
    report.unexamined("a picture with more chunks than the guard reads");
}

/// The keyword in lower case, and what follows the zero behind it.
fn keyword(chunk: &[u8]) -> (String, &[u8]) {
    let end = chunk.iter().position(|byte| *byte == 0).unwrap_or(chunk.len());
    (latin1(&chunk[..end.min(80)]).to_lowercase(), chunk.get(end + 1..).unwrap_or_default())
}

fn plain(chunk: &[u8], report: &mut Report<'_>) {
    let (keyword, value) = keyword(chunk);
    judge(&keyword, &latin1(value), report);
}

fn judge(keyword: &str, value: &str, report: &mut Report<'_>) {
    if PERSONAL.contains(&keyword) {
        report.author(value, "a picture's text (PNG) names who made it: remove it");
    } else if keyword.starts_with("raw profile type") {
        report.unexamined("a picture with metadata inside a text: remove it");
    } else {
        report.text(value);
    }
}

fn compressed(keyword: String, report: &mut Report<'_>) {
    if PERSONAL.contains(&keyword.as_str()) {
        report.author(&keyword, "a picture's text (PNG) names who made it: remove it");
    } else {
        report.unexamined("a picture with a compressed text: remove it");
    }
}

/// Keyword, whether compressed, method, language, translated keyword, text.
fn international(chunk: &[u8], report: &mut Report<'_>) {
    let (keyword, rest) = keyword(chunk);
    if rest.first() == Some(&1) {
        return compressed(keyword, report);
    }
    let text = rest.get(2..).unwrap_or_default().splitn(3, |byte| *byte == 0).nth(2).unwrap_or_default();
    if keyword == "xml:com.adobe.xmp" {
        return xmp::examine(text, report);
    }
    judge(&keyword, &String::from_utf8_lossy(text), report);
}
