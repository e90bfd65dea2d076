//! Reading a complete file. Every piece is checked before it is handed out, so
//! that what a disk has changed reaches nobody.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use commons_protocol::blob::{BlobFault, Outline, OutlineBuilder, PIECE_BYTES, outline_bytes};

use super::error::BlobError;
use super::files;
use super::folder::Hold;

/// A complete file that is open. While it lives, the file is not removed.
pub struct Reader {
    file: File,
    outline: Outline,
    hold: Hold,
}

impl Reader {
    pub(super) fn open(hold: Hold, size: u64) -> Result<Self, BlobError> {
        let path = hold.folder.paths().whole(&hold.hash);
        let file = File::open(&path).map_err(|source| BlobError::io("open", &path, source))?;
        let outline = match kept_outline(&hold, size)? {
            Some(outline) => outline,
            None => compute_outline(&hold, &file)?,
        };
        Ok(Self { file, outline, hold })
    }

    /// The file's outline, which also has its hash and size.
    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    /// One piece, checked.
    ///
    /// # Errors
    /// [`BlobError::Damaged`] if the disk changed it, and what the disk
    /// reports.
    pub fn piece(&self, index: u32) -> Result<Vec<u8>, BlobError> {
        let (start, length) = self.outline.place(index)?;
        let mut bytes = vec![0; length];
        match self.file.read_exact_at(&mut bytes, start) {
            Ok(()) => {}
            // The file became shorter: what is read so far fails the check.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => bytes.clear(),
            Err(source) => {
                let path = self.hold.folder.paths().whole(&self.hold.hash);
                return Err(BlobError::io("read", &path, source));
            }
        }
        match self.outline.check_piece(index, &bytes) {
            Ok(()) => Ok(bytes),
            Err(fault) => Err(damaged(&self.hold, fault)),
        }
    }
}

/// The outline that was written with the file, if it is there and right.
fn kept_outline(hold: &Hold, size: u64) -> Result<Option<Outline>, BlobError> {
    let wanted = match outline_bytes(size) {
        Ok(wanted) => wanted,
        Err(fault) => return Err(damaged(hold, fault)),
    };
    let path = hold.folder.paths().outline(&hold.hash);
    let bytes = match (wanted, File::open(&path)) {
        (0, _) => Vec::new(),
        (_, Ok(file)) => {
            let mut bytes = Vec::with_capacity(wanted);
            let limit = wanted as u64 + 1;
            let read = file.take(limit).read_to_end(&mut bytes);
            read.map_err(|source| BlobError::io("read", &path, source))?;
            bytes
        }
        (_, Err(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        (_, Err(source)) => return Err(BlobError::io("open", &path, source)),
    };
    Ok(Outline::check(hold.hash, size, &bytes).ok())
}

/// Reads the whole file, because its outline is lost, and writes the outline
/// again.
fn compute_outline(hold: &Hold, file: &File) -> Result<Outline, BlobError> {
    let path = hold.folder.paths().whole(&hold.hash);
    let outline = outline_of(file).map_err(|error| match error {
        Unreadable::Io(source) => BlobError::io("read", &path, source),
        Unreadable::Wrong(fault) => damaged(hold, fault),
    })?;
    if outline.hash() != hold.hash {
        return Err(damaged(hold, BlobFault::Outline { hash: hold.hash }));
    }
    files::write_small(&hold.folder.paths().outline(&hold.hash), &outline.bytes())?;
    Ok(outline)
}

/// Why a file has no outline.
pub(super) enum Unreadable {
    Io(io::Error),
    Wrong(BlobFault),
}

/// The outline of all bytes of a file.
pub(super) fn outline_of(file: &File) -> Result<Outline, Unreadable> {
    let mut builder = OutlineBuilder::default();
    let mut buffer = vec![0; PIECE_BYTES];
    loop {
        match file.read_at(&mut buffer, builder.size()) {
            Ok(0) => return Ok(builder.finish()),
            Ok(count) => builder.update(&buffer[..count]).map_err(Unreadable::Wrong)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Unreadable::Io(error)),
        }
    }
}

fn damaged(hold: &Hold, source: BlobFault) -> BlobError {
    hold.folder.put_aside(&hold.hash);
    BlobError::Damaged { hash: hold.hash, source }
}
