//! Zip archives: written with fixed times, read within bounds.

use super::import::ImportError;
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

/// Files of one archive: all that a crate of ours can hold.
pub(super) const MAX_FILES: usize = 1_024;
/// Bytes of an archive and of all its files unpacked.
pub(super) const MAX_BYTES: u64 = 384 * 1024 * 1024;
/// Characters of a name in an archive.
const MAX_PATH: usize = 256;

/// Files by their path.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// An archive of `files`. Nothing is compressed: the bytes then depend on no
/// other software's choices, and anybody can find the text in them.
pub(super) fn write(files: &[(&str, &[u8])]) -> zip::result::ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .system(System::Unix)
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        zip.start_file(*path, options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// Unpacks an archive of a stranger into memory.
pub(super) fn read(bytes: &[u8]) -> Result<Files, ImportError> {
    let too_large = || ImportError::TooLarge { what: "the archive".to_owned(), limit: MAX_BYTES };
    if bytes.len() as u64 > MAX_BYTES {
        return Err(too_large());
    }
    let mut zip = ZipArchive::new(Cursor::new(bytes))?;
    if zip.len() > MAX_FILES {
        return Err(ImportError::TooManyFiles { found: zip.len(), limit: MAX_FILES });
    }
    let mut files = Files::new();
    let mut room = MAX_BYTES;
    for index in 0..zip.len() {
        let mut file = zip.by_index(index)?;
        let path = file.name().to_owned();
        if !is_path(&path) || file.is_symlink() || files.contains_key(&path) {
            return Err(ImportError::Path { path: path.chars().take(MAX_PATH).collect() });
        }
        if file.is_dir() {
            continue;
        }
        // What the archive says about sizes is not believed: one byte more
        // than there is room for is read, and tells.
        let mut content = Vec::new();
        let read = file.by_ref().take(room + 1).read_to_end(&mut content);
        read.map_err(|source| ImportError::Unpack { path: path.clone(), source })?;
        room = room.checked_sub(content.len() as u64).ok_or_else(too_large)?;
        files.insert(path, content);
    }
    Ok(files)
}

/// Whether a path stays inside its archive on every system.
fn is_path(path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    let is_part = |part: &str| !part.is_empty() && !part.bytes().all(|byte| byte == b'.');
    let is_plain = |char: char| !char.is_control() && !matches!(char, '\\' | ':');
    path.chars().count() <= MAX_PATH && path.chars().all(is_plain) && path.split('/').all(is_part)
}

#[cfg(test)]
mod tests {
    /// Made once, and read with Python's zipfile. Nothing in it may depend on
    /// the machine, the day or the release of a library.
    const GOLDEN: &str = concat!(
        "504b03040a000000000000002100c7a78b3b040000000400000007000000612f622e74787474657874504b0102",
        "0a030a000000000000002100c7a78b3b0400000004000000070000000000000000000000a48100000000612f62",
        "2e747874504b0506000000000100010035000000290000000000",
    );

    #[test]
    fn an_archive_has_the_same_bytes_everywhere() {
        let bytes = super::write(&[("a/b.txt", b"text")]).unwrap();
        assert_eq!(hex::encode(&bytes), GOLDEN);
        assert_eq!(super::read(&bytes).unwrap()["a/b.txt"], b"text");
    }
}
