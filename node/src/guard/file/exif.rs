//! EXIF data: directories of tagged values in the form of a TIFF file.
//!
//! A reader of its own, because a hostile file can make directories overlap: a
//! reader that believes them spends memory by the square of the file's size.
//! This one reads at most [`MAX_DIRECTORIES`] directories and [`MAX_ENTRIES`]
//! entries, and of a value at most [`MAX_VALUE`] bytes.

use super::super::Kind;
use super::search::{places, window};
use super::{Report, latin1, utf16};

const MAX_DIRECTORIES: usize = 16;
const MAX_ENTRIES: usize = 4096;
const MAX_VALUE: usize = 4096;

/// At most so many EXIF blocks of one file are read.
const MAX_BLOCKS: usize = 16;

const MARK: &[u8] = b"Exif\0\0";

/// What a directory is about, which decides what its tags mean.
#[derive(Clone, Copy, PartialEq)]
enum About {
    Picture,
    Place,
}

/// Reads all EXIF blocks of a file that begin with the usual mark, wherever
/// they are: also in pictures inside pictures.
pub fn examine_marked(bytes: &[u8], report: &mut Report<'_>) {
    for place in places(bytes, MARK, MAX_BLOCKS) {
        let block = &bytes[place + MARK.len()..];
        if block.starts_with(b"II") || block.starts_with(b"MM") {
            examine(block, report);
        }
    }
}

/// Reads a block that begins with the header of a TIFF file.
pub fn examine(block: &[u8], report: &mut Report<'_>) {
    let block = block.strip_prefix(MARK).unwrap_or(block);
    let reader = match block {
        [b'I', b'I', 42, 0, ..] => Tiff { bytes: block, little: true },
        [b'M', b'M', 0, 42, ..] => Tiff { bytes: block, little: false },
        _ => return report.unexamined(DAMAGED),
    };
    if reader.examine(report).is_none() {
        report.unexamined(DAMAGED);
    }
}

const DAMAGED: &str = "metadata of a picture (EXIF) that is damaged: remove it";

struct Tiff<'a> {
    bytes: &'a [u8],
    little: bool,
}

struct Entry<'a> {
    tag: u16,
    form: u16,
    value: &'a [u8],
    /// The number that the entry holds, if it holds one.
    number: usize,
}

impl<'a> Tiff<'a> {
    /// Nothing, if the block is damaged; what was found before then stays.
    fn examine(&self, report: &mut Report<'_>) -> Option<()> {
        let mut open = vec![(self.u32(4)?, About::Picture)];
        let mut entries = 0;
        let mut whole = Some(());
        for index in 0..MAX_DIRECTORIES {
            let Some(&(start, about)) = open.get(index) else { return whole };
            let count = usize::from(self.u16(start)?);
            for at in (0..count).map(|number| start + 2 + number * 12) {
                entries += 1;
                let Some(entry) = self.entry(at).filter(|_| entries <= MAX_ENTRIES) else {
                    whole = None;
                    break;
                };
                open.extend(directory(&entry, about));
                self.judge(&entry, about, report);
            }
            let next = start.checked_add(2 + count * 12).and_then(|at| self.u32(at));
            open.extend(next.filter(|&next| next != 0).map(|next| (next, about)));
        }
        None
    }

    fn entry(&self, at: usize) -> Option<Entry<'a>> {
        let form = self.u16(at + 2)?;
        let size = match form {
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => 1,
        };
        let length = size * self.u32(at + 4)?.min(self.bytes.len());
        let start = if length <= 4 { at + 8 } else { self.u32(at + 8)? };
        let value = window(self.bytes, start, length.min(MAX_VALUE));
        let number = if form == 3 { usize::from(self.u16(at + 8)?) } else { self.u32(at + 8)? };
        Some(Entry { tag: self.u16(at)?, form, value, number })
    }

    fn judge(&self, entry: &Entry<'_>, about: About, report: &mut Report<'_>) {
        if about == About::Place {
            let place = matches!(entry.tag, 2 | 4 | 0x14 | 0x16 | 0x1B | 0x1C)
                && entry.value.iter().any(|byte| *byte != 0);
            if place {
                report.add(
                    Kind::Coordinates,
                    "",
                    "a picture's metadata (EXIF) says where it was taken: remove it",
                );
            }
            return;
        }
        let text = || self.text(entry);
        match entry.tag {
            0x013B | 0x9C9D => {
                report.author(&text(), "a picture's metadata (EXIF) names who took it: remove it")
            }
            0xA430 => {
                report.author(&text(), "a picture's metadata (EXIF) names the camera's owner: remove it")
            }
            0xA431 | 0xA435 => {
                report.author(&text(), "a picture's metadata (EXIF) has the camera's number: remove it")
            }
            0x010E | 0x013C | 0x8298 | 0x9286 | 0x9C9B | 0x9C9C | 0x9C9E | 0x9C9F => report.text(&text()),
            _ => {}
        }
    }

    fn text(&self, entry: &Entry<'_>) -> String {
        let text = match (entry.tag, entry.form) {
            (0x9C9B..=0x9C9F, _) => utf16(entry.value, u16::from_le_bytes),
            (0x9286, _) => self.comment(entry.value),
            _ => String::from_utf8(entry.value.to_vec()).unwrap_or_else(|_| latin1(entry.value)),
        };
        text.trim_matches(['\0', ' ']).to_owned()
    }

    /// A comment begins with the name of its character set in eight bytes.
    fn comment(&self, value: &[u8]) -> String {
        let body = window(value, 8, MAX_VALUE);
        match (value.starts_with(b"UNICODE"), self.little) {
            (true, true) => utf16(body, u16::from_le_bytes),
            (true, false) => utf16(body, u16::from_be_bytes),
            _ => String::from_utf8_lossy(body).into_owned(),
        }
    }

    fn u16(&self, at: usize) -> Option<u16> {
        let pair: [u8; 2] = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    }

    fn u32(&self, at: usize) -> Option<usize> {
        let four: [u8; 4] = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        let number = if self.little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) };
        usize::try_from(number).ok()
    }
}

/// The directory that an entry points to.
fn directory(entry: &Entry<'_>, about: About) -> Option<(usize, About)> {
    match (about, entry.tag) {
        (About::Picture, 0x8769 | 0x014A) => Some((entry.number, About::Picture)),
        (About::Picture, 0x8825) => Some((entry.number, About::Place)),
        _ => None,
    }
}
