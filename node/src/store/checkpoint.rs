//! A small file that says how far the last segment is known to be good, so that opening checks only what came after.
//!
//! ```text
//! 0           8       16
//! | position  | check |
//! ```
//!
//! It is written after the records up to it are durable, and not synced itself: a lost or torn checkpoint costs a
//! longer check at the next opening, nothing else. The check covers the segment's mark, so that a checkpoint does
//! not speak for another file.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use tracing::warn;

use super::error::StoreError;
use super::position::Position;
use super::record::{Mark, shorten};

/// How many bytes may be appended before the next checkpoint is due.
const EVERY: u32 = 1024 * 1024;
const SIZE: usize = 16;

/// The checkpoint's file.
pub(super) struct Checkpoint {
    file: File,
    written: Position,
}

impl Checkpoint {
    /// Opens the file, creating it if it is missing.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|e| StoreError::io("open", path, 0, e))?;
        Ok(Self { file, written: Position::START })
    }

    /// The position last written, if the file is whole and speaks of the segment with this mark.
    pub fn load(&mut self, segment: u32, mark: Mark) -> Option<Position> {
        let mut bytes = [0; SIZE];
        if let Err(error) = self.file.read_exact_at(&mut bytes, 0) {
            if error.kind() != io::ErrorKind::UnexpectedEof {
                warn!(%error, "could not read the checkpoint; the last segment is checked whole");
            }
            return None;
        }
        let [a, b, c, d, e, f, g, h, ..] = bytes;
        let at = Position::from_bytes([a, b, c, d, e, f, g, h]);
        let whole = at.segment == segment && bytes == encode(at, mark);
        whole.then_some(at)
    }

    /// Notes that everything up to `end` is durable, when enough has come since the last note.
    pub fn advance(&mut self, end: Position, mark: Mark) {
        let same = end.segment == self.written.segment;
        if !same || end.offset.abs_diff(self.written.offset) >= EVERY {
            self.write(end, mark);
        }
    }

    /// Notes that everything up to `end` is durable.
    pub fn write(&mut self, end: Position, mark: Mark) {
        self.written = end;
        if let Err(error) = self.file.write_all_at(&encode(end, mark), 0) {
            warn!(%error, "could not write the checkpoint; the next start takes longer");
        }
    }
}

fn encode(at: Position, mark: Mark) -> [u8; SIZE] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"checkpoint");
    hasher.update(&mark);
    hasher.update(&at.to_bytes());
    let mut bytes = [0; SIZE];
    bytes[..8].copy_from_slice(&at.to_bytes());
    bytes[8..].copy_from_slice(&shorten(&hasher.finalize()));
    bytes
}
