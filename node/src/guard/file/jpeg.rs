//! JPEG: comments and captions in the segments before the picture; EXIF and
//! XMP wherever they are.

use super::search::{be16, places, window};
use super::{Report, exif, latin1, xmp};

/// Comment, and the segment in which photo editors keep captions.
const COMMENT: u8 = 0xFE;
const EDITOR: u8 = 0xED;

/// At most so many captions of each kind are read.
const MAX_CAPTIONS: usize = 8;

pub fn examine(bytes: &[u8], report: &mut Report<'_>) {
    exif::examine_marked(bytes, report);
    xmp::examine(bytes, report);
    let mut at = 2;
    while let Some((marker, segment, next)) = segment(bytes, at) {
        match marker {
            COMMENT => report.text(&text(segment)),
            EDITOR => captions(segment, report),
            _ => {}
        }
        at = next;
    }
}

/// The segment at `at` and where the next one begins; nothing from the picture
/// itself on.
fn segment(bytes: &[u8], at: usize) -> Option<(u8, &[u8], usize)> {
    let fill = bytes.get(at..)?.iter().take_while(|byte| **byte == 0xFF).count();
    let marker = *bytes.get(at + fill).filter(|_| fill > 0)?;
    let start = at + fill + 1;
    match marker {
        0xD9 | 0xDA => None,
        0x01 | 0xD0..=0xD8 => Some((marker, &[], start)),
        _ => {
            let length = be16(bytes, start)?.max(2);
            Some((marker, window(bytes, start + 2, length - 2), start + length))
        }
    }
}

/// The by-line, contact, writer and caption among the captions (IPTC).
fn captions(segment: &[u8], report: &mut Report<'_>) {
    for (tag, author) in
        [(80, true), (85, true), (118, true), (122, true), (105, false), (116, false), (120, false)]
    {
        for at in places(segment, &[0x1C, 2, tag], MAX_CAPTIONS) {
            let length = be16(segment, at + 3).unwrap_or(0);
            let value = text(window(segment, at + 5, length));
            if author {
                report.author(&value, "a picture's caption (IPTC) names a person: remove it");
            } else {
                report.text(&value);
            }
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| latin1(bytes))
}
