//! Logs that forked: where, what is known of their branches, and which one
//! counts.

use super::Admission;
use super::view::View;
use crate::branch::Tree;
use crate::charter::Point;
use crate::id::{EntryId, LogId};
use crate::limits::{LINEAGE_IN_ALL, LINEAGE_PER_LOG};
use crate::run::VerifiedRun;
use crate::stable::Lineage as _;
use std::borrow::Cow;
use std::collections::BTreeSet;

impl Admission {
    /// The lowest place where `run` differs from an entry that is known, with
    /// the run of the other one if it waits.
    pub(super) fn conflict(&self, log: &LogId, run: &VerifiedRun) -> Option<(u64, Option<VerifiedRun>)> {
        let head = self.head(log).map(|head| head.seq);
        run.entries().iter().find_map(|entry| {
            let seq = entry.header.seq;
            let differs = head.is_some_and(|head| seq <= head) && !self.admitted.contains_key(&entry.id);
            match self.waiting.conflicting(log, entry) {
                None if differs => Some((seq, None)),
                other => other.map(|other| (seq, Some(other.clone()))),
            }
        })
    }

    /// Notes that a log forked at `seq`. Returns whether something beyond is
    /// admitted, so that the state must be built again.
    pub(super) fn freeze(&mut self, log: LogId, seq: u64) -> bool {
        let is_lower = self.frozen.get(&log).is_none_or(|lowest| seq < *lowest);
        if is_lower && self.frozen.insert(log, seq).is_none() {
            let waiting: Vec<VerifiedRun> = self.waiting.runs(&log).cloned().collect();
            waiting.iter().for_each(|run| self.note_lineage(log, run));
        }
        is_lower && self.head(&log).is_some_and(|head| head.seq >= seq)
    }

    /// Remembers how the entries of a forked log descend from each other,
    /// which a rebuild and a full pool must not forget.
    pub(super) fn note_lineage(&mut self, log: LogId, run: &VerifiedRun) {
        let all: usize = self.trees.values().map(Tree::len).sum();
        let own = self.trees.get(&log).map_or(0, Tree::len);
        let more = run.entries().len();
        if own + more <= LINEAGE_PER_LOG && all + more <= LINEAGE_IN_ALL {
            self.trees.entry(log).or_default().add(run);
        }
    }

    /// What is known of the entries of a log beside those that are admitted.
    pub(super) fn tree(&self, log: &LogId) -> Cow<'_, Tree> {
        match self.trees.get(log) {
            Some(tree) => Cow::Borrowed(tree),
            None => Cow::Owned(Tree::of(self.waiting.runs(log))),
        }
    }

    /// The entries that count of a log that forked at `seq`.
    pub(super) fn chosen_branch(&self, log: &LogId, seq: u64, tree: &Tree) -> BTreeSet<EntryId> {
        let anchor = View { admission: self, tree }.anchor(log, seq);
        anchor.map(|anchor| tree.branch(&anchor)).unwrap_or_default()
    }

    /// Whether a log that forked is admitted beyond the fork on another branch
    /// than the one that counts now.
    pub(super) fn has_left_branch(&self, log: &LogId) -> bool {
        let Some(seq) = self.frozen.get(log) else { return false };
        let Some(head) = self.head(log).filter(|head| head.seq >= *seq) else { return false };
        let head = Point { log: *log, seq: head.seq, entry: head.id };
        let tree = self.tree(log);
        let view = View { admission: self, tree: &tree };
        !view.anchor(log, *seq).is_some_and(|anchor| view.leads_to(&head, &anchor))
    }
}
