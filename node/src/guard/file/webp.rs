//! WebP: the chunks with EXIF and XMP.

use super::search::window;
use super::{Report, exif, xmp};

/// At most so many chunks are read.
const MAX_CHUNKS: usize = 65_536;

pub fn examine(bytes: &[u8], report: &mut Report<'_>) {
    let mut at = 12;
    for _ in 0..MAX_CHUNKS {
        let Some(length) = length(bytes, at) else { return };
        let chunk = window(bytes, at + 8, length);
        match &bytes[at..at + 4] {
            b"EXIF" => exif::examine(chunk, report),
            b"XMP " => xmp::examine(chunk, report),
            _ => {}
        }
        at = at.saturating_add(8).saturating_add(length).saturating_add(length % 2);
    }
    report.unexamined("a picture with more chunks than the guard reads");
}

/// The length of the chunk at `at`, if there is one.
fn length(bytes: &[u8], at: usize) -> Option<usize> {
    let four: [u8; 4] = bytes.get(at.checked_add(4)?..at.checked_add(8)?)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(four)).ok()
}
