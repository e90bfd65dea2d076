//! What can go wrong with attached files.

use std::io;
use std::path::{Path, PathBuf};

use commons_protocol::blob::BlobFault;
use commons_protocol::id::BlobHash;

/// Why the folder of attached files did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// No room is left.
    #[error(
        "the disk has no room for attached files ({}): free some space; what is complete is intact, and \
         nothing half is kept",
        path.display()
    )]
    Full {
        /// The file that could not grow.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The disk reported an error.
    #[error("could not {doing} {}: {source}; check the disk and the permissions", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The file is not here, or not whole yet.
    #[error("the attached file {hash} is not here; connect to a member that has it")]
    NotHere {
        /// The file.
        hash: BlobHash,
    },
    /// The file is being removed at this moment.
    #[error("the attached file {hash} is being removed at this moment; try again")]
    Leaving {
        /// The file.
        hash: BlobHash,
    },
    /// The disk holds other bytes than it was given.
    #[error(
        "the attached file {hash} is damaged on this disk and was put aside as `{hash}.damaged`; members \
         send it again"
    )]
    Damaged {
        /// The file.
        hash: BlobHash,
        /// What is wrong with it.
        source: BlobFault,
    },
    /// What was offered is not the file that was asked for.
    #[error(transparent)]
    Wrong(#[from] BlobFault),
    /// Pieces are missing.
    #[error("the attached file {hash} lacks {missing} pieces")]
    Unfinished {
        /// The file.
        hash: BlobHash,
        /// How many pieces are missing.
        missing: usize,
    },
    /// More bytes than are allowed.
    #[error("an attached file has at most {limit} bytes; split it or make it smaller")]
    TooLarge {
        /// Bytes that are allowed.
        limit: u64,
    },
    /// The share of the disk that is meant for attached files is used up.
    #[error(
        "{used} of the {total} bytes for attached files are used: remove what is not needed, or raise `total` \
         below [blobs] in config.toml"
    )]
    NoRoom {
        /// Bytes that are used.
        used: u64,
        /// Bytes that may be.
        total: u64,
    },
    /// The node is stopping, or a thread of it failed.
    #[error("the node did not finish this: {0}; try again")]
    Stopping(#[source] tokio::task::JoinError),
}

impl BlobError {
    /// Wraps an error of the disk, telling a full one from the rest.
    pub(super) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path, source },
            _ => Self::Io { doing, path, source },
        }
    }

    /// Whether no room is left on the disk.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }
}
