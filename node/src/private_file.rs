//! Files that only the owner may read: written atomically, read with a bound,
//! refused when others could have read or replaced them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// Permission bits of a private file: the owner reads and writes.
const FILE_MODE: u32 = 0o600;
/// Permission bits of a private directory.
const DIRECTORY_MODE: u32 = 0o700;

/// Why a private file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// There is no such file.
    #[error("{} does not exist", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Others on this machine can read or replace it.
    #[error(
        "{} can be accessed by other users (mode {mode:03o}); run: chmod {wanted:03o} '{}'",
        path.display(), path.display()
    )]
    TooOpen {
        /// The file or directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// The permission bits that it should have.
        wanted: u32,
    },
    /// It is larger than anything that belongs there.
    #[error("{} is larger than {limit} bytes; it is not what it should be", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The bound, in bytes.
        limit: u64,
    },
    /// Something else has its name.
    #[error("{} is not a {wanted}; move it away", path.display())]
    WrongKind {
        /// The path.
        path: PathBuf,
        /// `regular file` or `directory`.
        wanted: &'static str,
    },
}

impl FileError {
    fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::NotFound => FileError::Missing { path },
            _ => FileError::Io { action, path, source },
        }
    }
}

/// Reads a private file of at most `limit` bytes. The buffer is wiped when it
/// is dropped.
pub fn read(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let file = File::open(path).map_err(FileError::io("open", path))?;
    // Judge what was opened, not the path: the path may change meanwhile.
    let meta = file.metadata().map_err(FileError::io("inspect", path))?;
    if !meta.is_file() {
        return Err(wrong_kind(path, "regular file"));
    }
    check_mode(path, &meta, FILE_MODE)?;
    read_bounded(file, path, meta.len(), limit)
}

/// Reads at most `limit` bytes without judging permissions: for files that
/// hold no secret or whose permissions are someone else's business.
pub fn read_open(path: &Path, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let file = File::open(path).map_err(FileError::io("open", path))?;
    let meta = file.metadata().map_err(FileError::io("inspect", path))?;
    if meta.is_dir() {
        return Err(wrong_kind(path, "regular file"));
    }
    read_bounded(file, path, meta.len(), limit)
}

fn read_bounded(file: File, path: &Path, length: u64, limit: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    // Reserving the whole length keeps the vector from growing, which would
    // leave unwiped copies behind.
    let capacity = usize::try_from(length.min(limit)).unwrap_or(0) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    file.take(limit + 1).read_to_end(&mut bytes).map_err(FileError::io("read", path))?;
    if bytes.len() as u64 > limit {
        return Err(FileError::TooLarge { path: path.to_owned(), limit });
    }
    Ok(bytes)
}

/// Replaces a private file: after a crash either the old or the new content is
/// there, whole. Two writers of one path must take turns.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let fresh = fresh_path(path);
    let written = write_fresh(&fresh, bytes)
        .and_then(|()| fs::rename(&fresh, path).map_err(FileError::io("replace", path)));
    if written.is_err() {
        // Best effort: what matters is the first error, and the next write
        // removes the remains as well.
        let _ = fs::remove_file(&fresh);
    }
    written?;
    sync_parent(path)
}

/// Removes a file; one that is not there is fine.
pub fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path).map_err(FileError::io("remove", path)) {
        Err(FileError::Missing { .. }) => Ok(()),
        Err(error) => Err(error),
        Ok(()) => sync_parent(path),
    }
}

/// Makes a directory, and its missing parents, that only the owner may enter.
/// An existing one is checked instead.
pub fn create_directory(path: &Path) -> Result<(), FileError> {
    if path.exists() {
        return check_directory(path);
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    private_directory(&mut builder);
    builder.create(path).map_err(FileError::io("create", path))?;
    sync_parent(path)
}

/// Checks that a directory is one and that only its owner may enter it.
pub fn check_directory(path: &Path) -> Result<(), FileError> {
    let meta = fs::metadata(path).map_err(FileError::io("inspect", path))?;
    if !meta.is_dir() {
        return Err(wrong_kind(path, "directory"));
    }
    check_mode(path, &meta, DIRECTORY_MODE)
}

fn wrong_kind(path: &Path, wanted: &'static str) -> FileError {
    FileError::WrongKind { path: path.to_owned(), wanted }
}

/// One fixed name, so that kills at bad moments leave at most one remainder.
fn fresh_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}

fn write_fresh(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(FileError::io("remove", path)(error));
        }
        _ => {}
    }
    let mut options = OpenOptions::new();
    // `create_new` follows no link that someone may have put there.
    options.write(true).create_new(true);
    private_options(&mut options);
    let mut file = options.open(path).map_err(FileError::io("create", path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(FileError::io("write", path))
}

/// A rename is only durable once its directory is.
fn sync_parent(path: &Path) -> Result<(), FileError> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if cfg!(unix) {
        let directory = File::open(parent).map_err(FileError::io("open", parent))?;
        directory.sync_all().map_err(FileError::io("flush", parent))?;
    }
    Ok(())
}

#[cfg(unix)]
fn check_mode(path: &Path, meta: &fs::Metadata, wanted: u32) -> Result<(), FileError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = meta.permissions().mode() & 0o777;
    if mode & !wanted == 0 {
        return Ok(());
    }
    Err(FileError::TooOpen { path: path.to_owned(), mode, wanted })
}

/// Other systems guard the user's profile directory with access lists.
#[cfg(not(unix))]
fn check_mode(_: &Path, _: &fs::Metadata, _: u32) -> Result<(), FileError> {
    Ok(())
}

#[cfg(unix)]
fn private_options(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(FILE_MODE);
}

#[cfg(not(unix))]
fn private_options(_: &mut OpenOptions) {}

#[cfg(unix)]
fn private_directory(builder: &mut fs::DirBuilder) {
    use std::os::unix::fs::DirBuilderExt;
    builder.mode(DIRECTORY_MODE);
}

#[cfg(not(unix))]
fn private_directory(_: &mut fs::DirBuilder) {}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_written_is_private_and_reads_back() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("a/b");
        create_directory(&directory).unwrap();
        let path = directory.join("secret");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(read(&path, 3).unwrap().as_slice(), b"two");
        assert_eq!((mode(&path), mode(&directory)), (0o600, 0o700));
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
    }

    #[test]
    fn bounds_kinds_and_absence_are_told_apart() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("secret");
        assert!(matches!(read(&path, 9), Err(FileError::Missing { .. })));
        write(&path, b"1234").unwrap();
        assert!(matches!(read(&path, 3), Err(FileError::TooLarge { .. })));
        let error = read(home.path(), 9).unwrap_err();
        assert!(matches!(error, FileError::WrongKind { .. }), "{error}");
    }

    #[test]
    fn open_permissions_are_refused_with_the_command_to_run() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("secret");
        write(&path, b"x").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let text = read(&path, 9).unwrap_err().to_string();
        assert!(text.contains("mode 640") && text.contains("chmod 600"), "{text}");
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let text = check_directory(home.path()).unwrap_err().to_string();
        assert!(text.contains("chmod 700"), "{text}");
    }

    #[test]
    fn a_planted_link_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let victim = home.path().join("victim");
        fs::write(&victim, b"untouched").unwrap();
        let path = home.path().join("secret");
        symlink(&victim, home.path().join("secret.new")).unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"untouched");
        assert_eq!(read(&path, 9).unwrap().as_slice(), b"new");
    }
}
