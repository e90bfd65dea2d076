//! A file whose hash is known only at its end: an upload.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use commons_protocol::blob::OutlineBuilder;
use commons_protocol::id::BlobHash;

use super::error::BlobError;
use super::files;
use super::folder::Folder;

/// An upload. Dropped before its end, nothing of it stays.
pub struct Import {
    folder: Folder,
    path: PathBuf,
    file: File,
    builder: OutlineBuilder,
    limit: u64,
    room: Option<(u64, u64)>,
}

impl Import {
    pub(super) fn begin(folder: Folder, path: PathBuf, limit: u64) -> Result<Self, BlobError> {
        let file = File::create(&path).map_err(|source| BlobError::io("create", &path, source))?;
        Ok(Self { folder, path, file, builder: OutlineBuilder::default(), limit, room: None })
    }

    /// Bounds what all files together may take: `used` of `total` bytes are.
    pub(super) fn within(mut self, used: u64, total: u64) -> Self {
        self.room = Some((used, total));
        self
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`BlobError::TooLarge`], [`BlobError::NoRoom`], [`BlobError::Full`], and
    /// what the disk reports.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        let size = self.builder.size().saturating_add(bytes.len() as u64);
        if size > self.limit {
            return Err(BlobError::TooLarge { limit: self.limit });
        }
        if let Some((used, total)) = self.room.filter(|(used, total)| used.saturating_add(size) > *total) {
            return Err(BlobError::NoRoom { used, total });
        }
        self.file.write_all(bytes).map_err(|source| BlobError::io("write", &self.path, source))?;
        Ok(self.builder.update(bytes)?)
    }

    /// Makes the file count; its hash and size. A file that is here already
    /// counts as fresh again.
    ///
    /// # Errors
    /// [`BlobError::Full`], [`BlobError::Leaving`], and what the disk reports.
    pub fn finish(mut self) -> Result<(BlobHash, u64), BlobError> {
        let outline = std::mem::take(&mut self.builder).finish();
        let (hash, size) = (outline.hash(), outline.size());
        match self.folder.keep(&hash) {
            Ok(_) => return Ok((hash, size)),
            Err(BlobError::NotHere { .. }) => {}
            Err(error) => return Err(error),
        }
        self.file.sync_all().map_err(|source| BlobError::io("sync", &self.path, source))?;
        self.folder.settle(&self.path, &outline)?;
        Ok((hash, size))
    }
}

impl Drop for Import {
    /// After [`Import::finish`] the name is gone already.
    fn drop(&mut self) {
        files::tidy_away(&self.path);
    }
}
