//! Feeds: what is known of a measure, for those who read it.

use super::super::{Engine, Failure};
use crate::store::Store;
use crate::view::{FeedQuery, FeedView, MeasureView, VerifiedSnapshotView};

impl<S: Store> Engine<S> {
    /// All measures, by title.
    pub fn measures(&mut self) -> Result<Vec<MeasureView>, Failure> {
        Err(Failure::unavailable("later", "not yet"))
    }

    /// The feed of a measure, named by id, beginning of an id, or title.
    pub fn feed(&mut self, _measure: &str, _query: &FeedQuery) -> Result<FeedView, Failure> {
        Err(Failure::unavailable("later", "not yet"))
    }

    /// The feed of a measure as it is now, as a file that can be cited.
    pub fn snapshot(&mut self, _measure: &str) -> Result<Vec<u8>, Failure> {
        Err(Failure::unavailable("later", "not yet"))
    }

    /// Computes a snapshot again from the contributions that it names.
    pub fn verify_snapshot(&mut self, _bytes: &[u8]) -> Result<VerifiedSnapshotView, Failure> {
        Err(Failure::unavailable("later", "not yet"))
    }
}
