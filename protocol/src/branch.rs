//! Which branch of a forked log counts: that of a pin, of its organisation's
//! choice, or of its stable point. A log that forked ends there.

use crate::charter::Point;
use crate::epoch::{Epoch, furthest_pin};
use crate::id::{EntryId, LogId};
use crate::key::PublicKey;
use crate::run::VerifiedRun;
use crate::stable::{Attested, Lineage};
use std::collections::{BTreeMap, BTreeSet};

/// Entries of one log, with their places and the ids of those before them.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    entries: BTreeMap<EntryId, (u64, Option<EntryId>)>,
    node: Option<PublicKey>,
}

impl Tree {
    /// The entries of these runs of one log.
    pub fn of<'a>(runs: impl IntoIterator<Item = &'a VerifiedRun>) -> Self {
        let mut tree = Self::default();
        runs.into_iter().for_each(|run| tree.add(run));
        tree
    }

    /// Takes in the entries of one more run of the log.
    pub fn add(&mut self, run: &VerifiedRun) {
        self.node = Some(run.log().node);
        let entries = run.entries().iter().map(|entry| (entry.id, (entry.header.seq, entry.header.prev)));
        self.entries.extend(entries);
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The key that writes the log, if anything of it is here.
    pub fn node(&self) -> Option<PublicKey> {
        self.node
    }

    /// The ids and places from `point` downwards, as far as the tree knows
    /// them; the last one is not in the tree. It breaks off where an entry
    /// stands in another place than the one that it is said to stand in.
    pub fn down<'a>(&'a self, point: &Point) -> impl Iterator<Item = (EntryId, u64)> + 'a {
        let fits = |(id, seq): &(EntryId, u64)| self.entries.get(id).is_none_or(|(own, _)| own == seq);
        std::iter::successors(Some((point.entry, point.seq)).filter(fits), move |(id, seq)| {
            let prev = self.entries.get(id)?.1?;
            Some((prev, seq.checked_sub(1)?)).filter(fits)
        })
    }

    /// The ids of the entries that lead to `point`, itself included.
    pub fn branch(&self, point: &Point) -> BTreeSet<EntryId> {
        self.down(point).map(|(id, _)| id).collect()
    }
}

/// A log that forked, and what decides between its branches.
#[derive(Clone, Copy, Debug)]
pub struct Forked<'a> {
    /// The log.
    pub log: LogId,
    /// The lowest place where two entries are known.
    pub seq: u64,
    /// Where its organisation ended it.
    pub end: Option<Point>,
    /// The epochs, whose pins decide.
    pub epochs: &'a [Epoch],
    /// What is stable.
    pub attested: &'a Attested,
}

impl Forked<'_> {
    /// The point up to which the log counts, among those whose branch is
    /// known down to the fork: an epoch's pin, or else where its organisation
    /// ended it unless a quorum attested something else, or what is stable; of
    /// two on one line the further one.
    pub fn anchor(&self, lineage: &impl Lineage) -> Option<Point> {
        let is_here = |point: &Point| lineage.reaches(point, self.seq);
        let further = |base: Point, other: Option<Point>| {
            other.filter(|other| lineage.leads_to(&base, other)).unwrap_or(base)
        };
        let stable = self.attested.stable_among(self.epochs, &self.log, lineage, is_here);
        let is_opposed = |end: &Point| self.attested.is_opposed(self.epochs, end, lineage);
        let end = self.end.filter(|end| is_here(end) && !is_opposed(end));
        let chosen = end.map(|end| further(end, stable)).or(stable);
        match furthest_pin(self.epochs, &self.log) {
            Some(pin) if is_here(pin) => Some(further(*pin, chosen)),
            // Electors pin nothing below what is stable.
            Some(_) => stable,
            None => chosen,
        }
    }
}
