//! Files that nothing names any more. They go only after they were seen unused
//! for a while: while the node builds its state again, nothing is named.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use commons_protocol::id::BlobHash;
use tokio::time::Instant;

use super::error::BlobError;
use super::folder::Folder;

/// How long a file must have been seen unused.
const GRACE: Duration = Duration::from_secs(3_600);
/// How long an upload stays, so that somebody can attach it.
pub(super) const FRESH: Duration = Duration::from_secs(24 * 3_600);

/// A file that may have to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unused {
    /// A complete file.
    Whole(BlobHash),
    /// An unfinished one, with the size that it was to have.
    Partial(BlobHash, u64),
}

/// Since when files were seen unused.
#[derive(Debug, Default)]
pub(super) struct Garbage(BTreeMap<Unused, Instant>);

impl Garbage {
    /// Takes all that is unused now; gives what was unused for long enough.
    pub fn ripe(&mut self, unused: impl IntoIterator<Item = Unused>, now: Instant) -> Vec<Unused> {
        let before = std::mem::take(&mut self.0);
        self.0 = unused.into_iter().map(|file| (file, before.get(&file).copied().unwrap_or(now))).collect();
        let ripe = self.0.iter().filter(|(_, since)| now.saturating_duration_since(**since) >= GRACE);
        ripe.map(|(file, _)| *file).collect()
    }
}

/// Everything in the folder that neither is named nor is to be fetched.
pub(super) fn unused(
    folder: &Folder,
    named: impl Fn(&BlobHash) -> bool,
    fetched: impl Fn(&BlobHash, u64) -> bool,
) -> Result<Vec<Unused>, BlobError> {
    let whole = folder.all().into_iter().map(|stored| stored.hash).filter(|hash| !named(hash));
    let partial = folder.partials()?.into_iter().filter(|(hash, size, _)| !fetched(hash, *size));
    let partial = partial.map(|(hash, size, _)| Unused::Partial(hash, size));
    Ok(whole.map(Unused::Whole).chain(partial).collect())
}

/// Removes files, except those that came within the last day or are read;
/// how many were removed.
pub(super) fn remove(folder: &Folder, ripe: Vec<Unused>) -> Result<usize, BlobError> {
    let before = SystemTime::now().checked_sub(FRESH).unwrap_or(SystemTime::UNIX_EPOCH);
    let mut removed = 0;
    for file in ripe {
        removed += match file {
            Unused::Whole(hash) => usize::from(folder.remove_older(&hash, before)?),
            Unused::Partial(hash, size) => folder.remove_partial(&hash, size).map(|()| 1)?,
        };
    }
    Ok(removed)
}
