//! What can go wrong in the store, and what to do about it.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use super::position::Position;

/// A failure of the store. The text says what happened, to which thing, and what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process has the store open.
    #[error("the store {} is in use by another process; stop that node first, or choose another home", .path.display())]
    InUse {
        /// The store's directory.
        path: PathBuf,
    },
    /// The store was written by newer software.
    #[error(
        "the store {} has version {found}, this program knows versions up to {known}; upgrade the program, the data is untouched",
        .path.display()
    )]
    NewerStore {
        /// The store's directory.
        path: PathBuf,
        /// The version found.
        found: u32,
        /// The newest version this program reads.
        known: u32,
    },
    /// The directory, or a file in it, is not the store's.
    #[error("{} is not part of a store ({what}); check the path, or move it away", .path.display())]
    NotAStore {
        /// The thing that is out of place.
        path: PathBuf,
        /// Why.
        what: &'static str,
    },
    /// Bytes on disk are not what was written.
    #[error(
        "segment {segment} is damaged at byte {offset} ({what}); restore the segments from a backup, or run \
         `commons salvage`, which keeps what is readable, and let the peers send the rest"
    )]
    Corrupt {
        /// The segment's number; its file is `segments/<number, eight digits>.seg`.
        segment: u32,
        /// Where in the file.
        offset: u32,
        /// What is wrong there.
        what: &'static str,
    },
    /// No record lies at this position.
    #[error("no record lies at {at}; if the index named it, clear the index and build it again")]
    NoRecord {
        /// The position asked for.
        at: Position,
    },
    /// The record was erased.
    #[error("the record at {at} was erased")]
    Erased {
        /// The position asked for.
        at: Position,
    },
    /// Something exceeds a bound of the store.
    #[error("{what} of {size} bytes exceeds the limit of {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size in bytes.
        size: usize,
        /// The largest size in bytes.
        limit: usize,
    },
    /// Kind 0 marks erased records.
    #[error("record kind 0 is reserved for erased records")]
    ReservedKind,
    /// No room is left on the disk.
    #[error(
        "the disk that holds {} is full; free some space (at least {needed} bytes) and try again, everything kept \
         so far is intact",
        .path.display()
    )]
    Full {
        /// The file that could not grow.
        path: PathBuf,
        /// How many bytes were to be written, at least.
        needed: u64,
        /// The cause.
        source: io::Error,
    },
    /// An earlier write failed, so nobody knows what the disk holds beyond the acknowledged records.
    #[error("an earlier write to the store failed; restart the node to check the disk before writing more")]
    Broken,
    /// All segment numbers are used up.
    #[error("the store has used all its segment numbers; salvage it into a new store")]
    Exhausted,
    /// The disk reported an error.
    #[error("could not {doing} {}: {source}; check the disk and the permissions", .path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The index failed. The records are not affected.
    #[error(
        "the index failed ({what}); restart the node, which builds it again from the records if it is damaged"
    )]
    IndexDown {
        /// What failed.
        what: &'static str,
        /// The cause, when it is the first failure.
        source: Option<Box<dyn Error + Send + Sync>>,
    },
}

impl StoreError {
    /// Wraps an input or output error, telling a full disk from the rest.
    pub(super) fn io(doing: &'static str, path: &Path, needed: u64, source: io::Error) -> Self {
        let path = path.to_owned();
        if is_full(&source) { Self::Full { path, needed, source } } else { Self::Io { doing, path, source } }
    }
}

/// Whether an error means that no room is left, on the disk or in the user's quota.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
