//! What people are told of files on their way: how far each has come, and what
//! stands in the way. The lock is held for look-ups only.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use commons_protocol::id::BlobHash;

/// Files of which a problem is remembered.
const PROBLEMS: usize = 256;

#[derive(Default)]
pub(super) struct Notes(Mutex<State>);

#[derive(Default)]
struct State {
    progress: BTreeMap<BlobHash, u64>,
    problems: BTreeMap<BlobHash, String>,
    disk: Option<String>,
}

impl Notes {
    /// So many bytes of a file are here.
    pub fn progress(&self, hash: BlobHash, done: u64) {
        self.state().progress.insert(hash, done);
    }

    /// A file is not on its way any more, or is here.
    pub fn rest(&self, hash: &BlobHash) {
        self.state().progress.remove(hash);
    }

    /// Bytes of a file that is on its way.
    pub fn done(&self, hash: &BlobHash) -> Option<u64> {
        self.state().progress.get(hash).copied()
    }

    /// Why a file did not come.
    pub fn problem(&self, hash: BlobHash, what: String) {
        let mut state = self.state();
        if state.problems.len() < PROBLEMS || state.problems.contains_key(&hash) {
            state.problems.insert(hash, what);
        }
    }

    /// The last problem with a file.
    pub fn problem_of(&self, hash: &BlobHash) -> Option<String> {
        self.state().problems.get(hash).cloned()
    }

    /// What the disk complained about.
    pub fn disk_failed(&self, what: String) {
        self.state().disk = Some(what);
    }

    /// The disk's complaint, if it lasts.
    pub fn disk(&self) -> Option<String> {
        self.state().disk.clone()
    }

    /// A file came whole: its problem and the disk's are over.
    pub fn arrived(&self, hash: &BlobHash) {
        let mut state = self.state();
        state.progress.remove(hash);
        state.problems.remove(hash);
        state.disk = None;
    }

    /// Forgets the problems of files that nobody wants any more.
    pub fn keep_problems(&self, wanted: impl Fn(&BlobHash) -> bool) {
        self.state().problems.retain(|hash, _| wanted(hash));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
