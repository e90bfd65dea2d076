//! Files, written so that a crash leaves the old or the new content, never half of it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use tracing::warn;

use super::error::StoreError;

/// The end of the name of unfinished files; they are removed when the store is opened.
pub(super) const UNFINISHED: &str = "tmp";
/// Bytes copied or zeroed at a time.
const CHUNK: usize = 256 * 1024;

/// Creates a directory, with its parents, if it is missing, and makes its name durable.
pub(super) fn make_dir(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path).map_err(|e| StoreError::io("create", path, 0, e))?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Makes the names in a directory durable.
pub(super) fn sync_dir(path: &Path) -> Result<(), StoreError> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    File::open(path)
        .and_then(|dir| dir.sync_all())
        .map_err(|e| StoreError::io("sync the directory", path, 0, e))
}

/// Writes a file whole: under an unfinished name, synced, then renamed.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let unfinished = path.with_extension(UNFINISHED);
    let written = File::create(&unfinished).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    if let Err(e) = written {
        remove_unfinished(&unfinished);
        return Err(StoreError::io("write", path, bytes.len() as u64, e));
    }
    put_in_place(&unfinished, path)
}

/// Gives a finished file its name, durably.
pub(super) fn put_in_place(unfinished: &Path, path: &Path) -> Result<(), StoreError> {
    fs::rename(unfinished, path).map_err(|e| StoreError::io("rename", unfinished, 0, e))?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Removes an unfinished file after a failure. If that fails too, the next opening does it.
pub(super) fn remove_unfinished(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        warn!(path = %path.display(), %error, "could not remove an unfinished file");
    }
}

/// Appends the bytes `from..to` of one file to another.
pub(super) fn copy_range(source: &File, mut from: u64, to: u64, target: &mut File) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    while from < to {
        let part = usize::try_from(to - from).map_or(CHUNK, |left| left.min(CHUNK));
        source.read_exact_at(&mut buffer[..part], from)?;
        target.write_all(&buffer[..part])?;
        from += part as u64;
    }
    Ok(())
}

/// Overwrites a file's bytes with zeros. Best effort: file systems that copy on write, snapshots and flash keep
/// old blocks anyway.
pub(super) fn zero(file: &File) -> io::Result<()> {
    let len = file.metadata()?.len();
    let zeros = vec![0; CHUNK];
    let mut at = 0;
    while at < len {
        let part = usize::try_from(len - at).map_or(CHUNK, |left| left.min(CHUNK));
        file.write_all_at(&zeros[..part], at)?;
        at += part as u64;
    }
    file.sync_data()
}

/// Zeroes every file below a directory as well as it can, then removes the directory.
pub(super) fn wipe_dir(path: &Path) -> Result<(), StoreError> {
    if let Err(error) = zero_all(path) {
        warn!(path = %path.display(), %error, "could not zero all of a directory before removing it");
    }
    match fs::remove_dir_all(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(StoreError::io("remove", path, 0, e)),
        _ => path.parent().map_or(Ok(()), sync_dir),
    }
}

fn zero_all(dir: &Path) -> io::Result<()> {
    if !dir.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            zero_all(&entry.path())?;
        } else if kind.is_file() {
            zero(&File::options().write(true).open(entry.path())?)?;
        }
    }
    Ok(())
}
