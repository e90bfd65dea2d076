//! Names and durability of the files in the folder.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use commons_protocol::id::BlobHash;
use tracing::warn;

use super::error::BlobError;

/// The end of the name of a file that is put aside.
const DAMAGED: &str = "damaged";
/// The end of the name of an outline.
const OUTLINE: &str = "outline";
/// The end of the name of a file of which pieces are missing.
const PARTIAL: &str = "partial";
/// The beginning of the name of an unfinished upload.
const UPLOAD: &str = "upload";
/// The end of the name of a small file while it is written.
const UNFINISHED: &str = "tmp";

/// What a name in the folder means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// A complete file.
    Whole(BlobHash),
    /// The outline of a complete file.
    Outline(BlobHash),
    /// A file of that size of which pieces are missing.
    Partial(BlobHash, u64),
    /// A file whose bytes changed on the disk.
    Damaged(BlobHash),
    /// Left over from something that did not end.
    Unfinished,
}

impl Name {
    /// Reads a name; nothing for names that this folder never gives.
    pub fn parse(name: &str) -> Option<Self> {
        let (first, rest) = name.split_once('.').unwrap_or((name, ""));
        if first == UPLOAD || rest.ends_with(UNFINISHED) {
            return Some(Self::Unfinished);
        }
        let hash = first.parse().ok()?;
        match rest.split_once('.') {
            Some((size, PARTIAL)) => Some(Self::Partial(hash, size.parse().ok()?)),
            Some(_) => None,
            None if rest.is_empty() => Some(Self::Whole(hash)),
            None if rest == OUTLINE => Some(Self::Outline(hash)),
            None if rest == DAMAGED => Some(Self::Damaged(hash)),
            None => None,
        }
    }
}

/// Where the files of a folder lie.
#[derive(Clone, Debug)]
pub(super) struct Paths(PathBuf);

impl Paths {
    pub fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    pub fn folder(&self) -> &Path {
        &self.0
    }

    pub fn whole(&self, hash: &BlobHash) -> PathBuf {
        self.0.join(hash.to_string())
    }

    pub fn outline(&self, hash: &BlobHash) -> PathBuf {
        self.0.join(format!("{hash}.{OUTLINE}"))
    }

    pub fn damaged(&self, hash: &BlobHash) -> PathBuf {
        self.0.join(format!("{hash}.{DAMAGED}"))
    }

    pub fn partial(&self, hash: &BlobHash, size: u64) -> PathBuf {
        self.0.join(format!("{hash}.{size}.{PARTIAL}"))
    }

    pub fn upload(&self, number: u64) -> PathBuf {
        self.0.join(format!("{UPLOAD}.{number}"))
    }
}

/// Creates the folder, with its parents, if it is missing.
pub(super) fn make_folder(path: &Path) -> Result<(), BlobError> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path).map_err(|source| BlobError::io("create", path, source))?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(path: &Path) -> Result<(), BlobError> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let synced = File::open(path).and_then(|folder| folder.sync_all());
    synced.map_err(|source| BlobError::io("sync the directory", path, source))
}

/// Writes a small file whole or not at all; its name is durable after the next
/// [`sync_folder`].
pub(super) fn write_small(path: &Path, bytes: &[u8]) -> Result<(), BlobError> {
    let unfinished = path.with_added_extension(UNFINISHED);
    let written = File::create(&unfinished).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    });
    written.map_err(|source| {
        tidy_away(&unfinished);
        BlobError::io("write", path, source)
    })
}

/// Removes a file; that it is gone already is fine.
pub(super) fn remove(path: &Path) -> Result<(), BlobError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(BlobError::io("remove", path, source)),
        _ => Ok(()),
    }
}

/// Removes a file after something else failed; the next opening does it if
/// this fails too.
pub(super) fn tidy_away(path: &Path) {
    if let Err(error) = remove(path) {
        warn!(%error, "an unfinished file is left over");
    }
}
