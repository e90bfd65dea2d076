//! The folder of attached files: complete ones under their hash, unfinished
//! ones under names that never count.
//!
//! A lock guards the table of what is here, for look-ups only; the disk is
//! touched without it. A file that is being removed is marked as leaving, and
//! from then on is not here for anybody.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use commons_protocol::blob::Outline;
use commons_protocol::id::BlobHash;
use commons_protocol::limits::BLOB_BYTES;
use tokio::sync::Notify;
use tracing::warn;

use super::error::BlobError;
use super::files::{self, Name, Paths};
use super::import::Import;
use super::partial::Partial;
use super::reader::Reader;

/// The attached files of one home. Every method that touches the disk blocks.
#[derive(Clone)]
pub struct Folder(Arc<Inner>);

struct Inner {
    paths: Paths,
    here: Mutex<BTreeMap<BlobHash, Held>>,
    /// Files that were erased: one that just comes must not stay.
    erased: Mutex<BTreeSet<BlobHash>>,
    uploads: AtomicU64,
    changed: Notify,
}

/// A complete file.
struct Held {
    size: u64,
    since: SystemTime,
    readers: usize,
    leaving: bool,
}

/// A complete file, as [`Folder::all`] lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its hash.
    pub hash: BlobHash,
    /// Its size in bytes.
    pub size: u64,
    /// When it came, or was last asked to stay.
    pub since: SystemTime,
}

/// What [`Folder::check`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlobCheck {
    /// Files that were read.
    pub files: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Files whose bytes are not those of their hash any more. They are put
    /// aside and count as not here.
    pub damaged: Vec<BlobHash>,
}

impl Folder {
    /// Opens a folder, making it if it is missing, and removes what was left
    /// over from a crash. Unfinished files that can be resumed stay.
    ///
    /// # Errors
    /// [`BlobError::Io`], [`BlobError::Full`].
    pub fn open(path: &Path) -> Result<Self, BlobError> {
        files::make_folder(path)?;
        let mut here = BTreeMap::new();
        for file in list(path)? {
            match file.name {
                Name::Whole(hash) if file.size <= BLOB_BYTES => {
                    let held = Held { size: file.size, since: file.since, readers: 0, leaving: false };
                    here.insert(hash, held);
                }
                Name::Unfinished => files::remove(&file.path)?,
                _ => {}
            }
        }
        let (here, uploads, changed) = (Mutex::new(here), AtomicU64::new(0), Notify::new());
        let (paths, erased) = (Paths::new(path), Mutex::default());
        Ok(Self(Arc::new(Inner { paths, here, erased, uploads, changed })))
    }

    /// The size of a complete file, if it is here.
    pub fn has(&self, hash: &BlobHash) -> Option<u64> {
        self.here().get(hash).filter(|held| !held.leaving).map(|held| held.size)
    }

    /// All complete files, by hash.
    pub fn all(&self) -> Vec<Stored> {
        let here = self.here();
        let staying = here.iter().filter(|(_, held)| !held.leaving);
        staying.map(|(hash, held)| Stored { hash: *hash, size: held.size, since: held.since }).collect()
    }

    /// Bytes of all complete files.
    pub fn used_bytes(&self) -> u64 {
        self.here().values().map(|held| held.size).sum()
    }

    /// Waits until a complete file came or went. Made for one who waits.
    pub async fn changed(&self) {
        self.0.changed.notified().await;
    }

    /// Opens a complete file. While the reader lives, the file is not removed.
    ///
    /// # Errors
    /// [`BlobError::NotHere`], [`BlobError::Damaged`], and what the disk
    /// reports.
    pub fn read(&self, hash: &BlobHash) -> Result<Reader, BlobError> {
        let (hold, size) = self.hold(hash)?;
        Reader::open(hold, size)
    }

    /// Lets a complete file count as fresh, so that it stays for as long as an
    /// upload does; its size.
    ///
    /// # Errors
    /// [`BlobError::NotHere`], and what the disk reports.
    pub fn keep(&self, hash: &BlobHash) -> Result<u64, BlobError> {
        let (_hold, size) = self.hold(hash)?;
        let (now, path) = (SystemTime::now(), self.paths().whole(hash));
        let touched = File::options().write(true).open(&path).and_then(|file| {
            file.set_modified(now)?;
            file.sync_all()
        });
        touched.map_err(|source| BlobError::io("touch", &path, source))?;
        if let Some(held) = self.here().get_mut(hash) {
            held.since = now;
        }
        Ok(size)
    }

    /// Begins or resumes a file that comes piece by piece.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn begin(&self, outline: Outline) -> Result<Partial, BlobError> {
        Partial::begin(self.clone(), outline)
    }

    /// Begins a file whose hash is not known yet, of at most `limit` bytes.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn import(&self, limit: u64) -> Result<Import, BlobError> {
        let number = self.0.uploads.fetch_add(1, Ordering::Relaxed);
        Import::begin(self.clone(), self.paths().upload(number), limit.min(BLOB_BYTES))
    }

    /// Removes a complete file, unless somebody reads it; whether it
    /// was removed.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn remove(&self, hash: &BlobHash) -> Result<bool, BlobError> {
        self.remove_if(hash, |_| true)
    }

    /// Removes a file of an erased document, whole or not, and keeps it from
    /// coming back until it is named again; whether it is gone. One that
    /// somebody reads just now is not.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn erase(&self, hash: &BlobHash, size: u64) -> Result<bool, BlobError> {
        self.erased().insert(*hash);
        self.remove(hash)?;
        self.remove_partial(hash, size)?;
        Ok(!self.here().contains_key(hash))
    }

    /// Lets files come again that documents name now.
    pub fn let_come(&self, is_named: impl Fn(&BlobHash) -> bool) {
        self.erased().retain(|hash| !is_named(hash));
    }

    fn erased(&self) -> MutexGuard<'_, BTreeSet<BlobHash>> {
        self.0.erased.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes a complete file that came before `before`, unless somebody
    /// reads it or has asked that it stay; whether it was removed.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn remove_older(&self, hash: &BlobHash, before: SystemTime) -> Result<bool, BlobError> {
        self.remove_if(hash, |since| since < before)
    }

    fn remove_if(&self, hash: &BlobHash, when: impl Fn(SystemTime) -> bool) -> Result<bool, BlobError> {
        match self.here().get_mut(hash) {
            Some(held) if held.readers == 0 && !held.leaving && when(held.since) => held.leaving = true,
            _ => return Ok(false),
        }
        let paths = self.paths();
        let removed = files::remove(&paths.whole(hash))
            .and_then(|()| files::remove(&paths.outline(hash)))
            .and_then(|()| files::sync_folder(paths.folder()));
        let mut here = self.here();
        match (&removed, here.get_mut(hash)) {
            (Err(_), Some(held)) => held.leaving = false,
            _ => drop(here.remove(hash)),
        }
        drop(here);
        self.0.changed.notify_one();
        removed.map(|()| true)
    }

    /// Unfinished files: hash, size in the end, and length so far.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn partials(&self) -> Result<Vec<(BlobHash, u64, u64)>, BlobError> {
        let files = list(self.paths().folder())?.into_iter();
        let partials = files.filter_map(|file| match file.name {
            Name::Partial(hash, size) => Some((hash, size, file.size)),
            _ => None,
        });
        Ok(partials.collect())
    }

    /// Removes an unfinished file.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn remove_partial(&self, hash: &BlobHash, size: u64) -> Result<(), BlobError> {
        files::remove(&self.paths().partial(hash, size))
    }

    /// Reads every complete file and checks it. `progress` gets the bytes done
    /// and the bytes in all.
    ///
    /// # Errors
    /// What the disk reports; damage is in the report.
    pub fn check(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<BlobCheck, BlobError> {
        let all = self.all();
        let total = all.iter().map(|stored| stored.size).sum();
        let mut report = BlobCheck::default();
        for stored in all {
            let checked = self.read(&stored.hash).and_then(|reader| {
                (0..reader.outline().count()).try_for_each(|index| reader.piece(index).map(drop))
            });
            match checked {
                Ok(()) => {}
                Err(BlobError::Damaged { hash, .. }) => report.damaged.push(hash),
                // Somebody removed it meanwhile.
                Err(BlobError::NotHere { .. }) => continue,
                Err(error) => return Err(error),
            }
            report.files += 1;
            report.bytes += stored.size;
            progress(report.bytes, total);
        }
        Ok(report)
    }

    /// Puts a file aside whose bytes are not those of its hash.
    pub(super) fn put_aside(&self, hash: &BlobHash) {
        self.here().remove(hash);
        self.0.changed.notify_one();
        let paths = self.paths();
        warn!(%hash, "an attached file is damaged on this disk; it is put aside and asked for again");
        if let Err(error) = fs::rename(paths.whole(hash), paths.damaged(hash)) {
            warn!(%hash, %error, "the damaged file could not be renamed");
        }
        files::tidy_away(&paths.outline(hash));
    }

    /// Gives a whole, synced and checked file its name. It counts from then on.
    pub(super) fn settle(&self, unfinished: &Path, outline: &Outline) -> Result<(), BlobError> {
        let (hash, paths) = (outline.hash(), self.paths());
        match self.here().get(&hash) {
            Some(held) if held.leaving => return Err(BlobError::Leaving { hash }),
            _ => {}
        }
        if outline.count() > 1 {
            files::write_small(&paths.outline(&hash), &outline.bytes())?;
        }
        let whole = paths.whole(&hash);
        fs::rename(unfinished, &whole).map_err(|source| BlobError::io("rename", unfinished, source))?;
        files::sync_folder(paths.folder())?;
        let held = Held { size: outline.size(), since: SystemTime::now(), readers: 0, leaving: false };
        self.here().entry(hash).or_insert(held);
        // Erased before or while it was renamed.
        if self.erased().contains(&hash) {
            self.remove(&hash)?;
            return Err(BlobError::Leaving { hash });
        }
        self.0.changed.notify_one();
        Ok(())
    }

    pub(super) fn paths(&self) -> &Paths {
        &self.0.paths
    }

    /// Keeps a complete file from being removed.
    fn hold(&self, hash: &BlobHash) -> Result<(Hold, u64), BlobError> {
        let mut here = self.here();
        let held = here.get_mut(hash).filter(|held| !held.leaving);
        let held = held.ok_or(BlobError::NotHere { hash: *hash })?;
        held.readers += 1;
        Ok((Hold { folder: self.clone(), hash: *hash }, held.size))
    }

    fn here(&self) -> MutexGuard<'_, BTreeMap<BlobHash, Held>> {
        self.0.here.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Keeps a file from being removed for as long as it lives.
pub(super) struct Hold {
    pub(super) folder: Folder,
    pub(super) hash: BlobHash,
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(held) = self.folder.here().get_mut(&self.hash) {
            held.readers = held.readers.saturating_sub(1);
        }
    }
}

/// A file in the folder.
struct Listed {
    path: PathBuf,
    name: Name,
    size: u64,
    since: SystemTime,
}

/// The folder's files; what has a name of another kind is let alone.
fn list(folder: &Path) -> Result<Vec<Listed>, BlobError> {
    let io = |source| BlobError::io("list", folder, source);
    let mut listed = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let Some(name) = entry.file_name().to_str().and_then(Name::parse) else { continue };
        let about = match entry.metadata() {
            Ok(about) if about.is_dir() => continue,
            Ok(about) => about,
            // Removed between the listing and the look.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(io(error)),
        };
        let since = about.modified().map_err(io)?;
        listed.push(Listed { path: entry.path(), name, size: about.len(), since });
    }
    Ok(listed)
}
