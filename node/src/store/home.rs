//! The store's directory: whose it is, which version it has, and that one process uses it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::error::StoreError;
use super::files::{self, UNFINISHED};

/// The version of the directory's layout.
pub(super) const VERSION: u32 = 1;
const NAME: &str = "commons-store";
const FORMAT: &str = "FORMAT";
const LOCK: &str = "lock";
/// How often, and how long apart, the lock is tried: a process that this one has just started holds a copy of every
/// open file, locks included, until it runs its own program.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// A directory that this process holds.
pub(super) struct Home {
    path: PathBuf,
    /// Held until the store is dropped; the operating system lets go of it when the process ends.
    _lock: File,
}

impl Home {
    /// Takes hold of a directory, making it a store if it is empty or missing.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        files::make_dir(path)?;
        let format = path.join(FORMAT);
        let known = read_format(&format)?;
        if known.is_none() {
            refuse_strangers(path)?;
        }
        let lock = lock(path)?;
        if known.is_none() {
            files::write_whole(&format, format!("{NAME} {VERSION}\n").as_bytes())?;
        }
        let home = Self { path: path.to_owned(), _lock: lock };
        files::make_dir(&home.segments())?;
        Ok(home)
    }

    /// The store's directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the segments are.
    pub fn segments(&self) -> PathBuf {
        self.path.join("segments")
    }

    /// The checkpoint's file.
    pub fn checkpoint(&self) -> PathBuf {
        self.path.join("checkpoint")
    }
}

/// Checks the version, or says that there is no such file yet.
fn read_format(path: &Path) -> Result<Option<()>, StoreError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) if e.kind() == io::ErrorKind::InvalidData => return Err(not_a_store(path)),
        Err(e) => return Err(StoreError::io("read", path, 0, e)),
    };
    let version = text
        .strip_prefix(NAME)
        .and_then(|rest| rest.strip_prefix(' '))
        .and_then(|rest| rest.strip_suffix('\n'))
        .and_then(|number| number.parse::<u32>().ok());
    match version {
        Some(VERSION) => Ok(Some(())),
        Some(found) if found > VERSION => Err(StoreError::NewerStore {
            path: path.parent().unwrap_or(path).to_owned(),
            found,
            known: VERSION,
        }),
        _ => Err(not_a_store(path)),
    }
}

fn not_a_store(path: &Path) -> StoreError {
    StoreError::NotAStore { path: path.to_owned(), what: "the FORMAT file does not name a store version" }
}

/// A directory without a FORMAT file becomes a store only if nothing but the beginnings of one is in it.
fn refuse_strangers(path: &Path) -> Result<(), StoreError> {
    let entries = fs::read_dir(path).map_err(|e| StoreError::io("list", path, 0, e))?;
    for entry in entries {
        let entry = entry.map_err(|e| StoreError::io("list", path, 0, e))?;
        let name = entry.file_name();
        let unfinished = Path::new(FORMAT).with_extension(UNFINISHED);
        if name != LOCK && name.as_os_str() != unfinished.as_os_str() {
            return Err(StoreError::NotAStore {
                path: entry.path(),
                what: "the directory has other files and no FORMAT file",
            });
        }
    }
    Ok(())
}

fn lock(path: &Path) -> Result<File, StoreError> {
    let file = path.join(LOCK);
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&file)
        .map_err(|e| StoreError::io("open", &file, 0, e))?;
    for _ in 0..LOCK_TRIES {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(e)) => return Err(StoreError::io("lock", &file, 0, e)),
        }
    }
    Err(StoreError::InUse { path: path.to_owned() })
}
