//! A file that comes piece by piece. What a crash leaves behind is resumed:
//! its pieces are checked again, for the disk may have kept any of them.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use commons_protocol::blob::{BlobFault, Outline};
use commons_protocol::id::BlobHash;

use super::error::BlobError;
use super::files;
use super::folder::Folder;
use super::reader::{Unreadable, outline_of};

/// A file of which pieces are missing.
pub struct Partial {
    folder: Folder,
    path: PathBuf,
    file: File,
    outline: Outline,
    here: Vec<bool>,
}

impl Partial {
    /// Takes up what is there, if anything.
    pub(super) fn begin(folder: Folder, outline: Outline) -> Result<Self, BlobError> {
        let path = folder.paths().partial(&outline.hash(), outline.size());
        let mut options = File::options();
        let file = options.read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|source| BlobError::io("open", &path, source))?;
        let here = vec![false; outline.count() as usize];
        let mut partial = Self { folder, path, file, outline, here };
        partial.take_up()?;
        Ok(partial)
    }

    fn take_up(&mut self) -> Result<(), BlobError> {
        let there = self.file.metadata().map_err(|source| self.io("look at", source))?.len();
        if there > self.outline.size() {
            self.file.set_len(self.outline.size()).map_err(|source| self.io("shorten", source))?;
        }
        if there == 0 {
            return Ok(());
        }
        for index in 0..self.outline.count() {
            let (start, length) = self.outline.place(index)?;
            if start + length as u64 > there {
                break;
            }
            let mut bytes = vec![0; length];
            self.file.read_exact_at(&mut bytes, start).map_err(|source| self.io("read", source))?;
            self.here[index as usize] = self.outline.check_piece(index, &bytes).is_ok();
        }
        Ok(())
    }

    /// What the pieces must be.
    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    /// The first run of missing pieces: where it begins, and how many there
    /// are up to the next piece that is here. Nothing if all are here.
    pub fn missing(&self) -> Option<(u32, u32)> {
        let first = self.here.iter().position(|here| !here)?;
        let count = self.here[first..].iter().take_while(|here| !**here).count();
        Some((u32::try_from(first).ok()?, u32::try_from(count).ok()?))
    }

    /// Bytes that are here.
    pub fn done_bytes(&self) -> u64 {
        let places = (0..self.outline.count()).filter(|index| self.here[*index as usize]);
        places.filter_map(|index| self.outline.place(index).ok()).map(|(_, length)| length as u64).sum()
    }

    /// Checks one piece and writes it.
    ///
    /// # Errors
    /// [`BlobError::Wrong`] if it is not the piece that belongs there,
    /// [`BlobError::Full`], and what the disk reports.
    pub fn write_piece(&mut self, index: u32, bytes: &[u8]) -> Result<(), BlobError> {
        self.outline.check_piece(index, bytes)?;
        let (start, _) = self.outline.place(index)?;
        self.file.write_all_at(bytes, start).map_err(|source| self.io("write", source))?;
        self.here[index as usize] = true;
        Ok(())
    }

    /// Makes the file count: everything is synced, read again and checked, and
    /// only then gets its name.
    ///
    /// # Errors
    /// [`BlobError::Unfinished`]; [`BlobError::Wrong`] if the disk gives other
    /// bytes than it was given, and then the file is gone; [`BlobError::Full`],
    /// and what the disk reports.
    pub fn finish(self) -> Result<(), BlobError> {
        let hash = self.outline.hash();
        let missing = self.here.iter().filter(|here| !**here).count();
        if missing > 0 {
            return Err(BlobError::Unfinished { hash, missing });
        }
        if self.folder.has(&hash).is_some() {
            return files::remove(&self.path);
        }
        self.file.sync_all().map_err(|source| self.io("sync", source))?;
        if let Err(error) = self.check(hash) {
            files::tidy_away(&self.path);
            return Err(error);
        }
        self.folder.settle(&self.path, &self.outline)
    }

    fn check(&self, hash: BlobHash) -> Result<(), BlobError> {
        let found = outline_of(&self.file).map_err(|error| match error {
            Unreadable::Io(source) => self.io("read", source),
            Unreadable::Wrong(fault) => fault.into(),
        })?;
        if found == self.outline { Ok(()) } else { Err(BlobFault::Outline { hash }.into()) }
    }

    /// Gives the room back: nothing of the file stays.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn discard(self) -> Result<(), BlobError> {
        files::remove(&self.path)
    }

    fn io(&self, doing: &'static str, source: io::Error) -> BlobError {
        BlobError::io(doing, &self.path, source)
    }
}
