//! Which entries of a file lead to which: a log's entries form trees, and an
//! entry lies on the way to another if that one is below it in its tree.
//!
//! Files are hostile, so every question is answered in constant time after one
//! pass over the entries.

use crate::charter::Point;
use crate::entry::Entry;
use crate::id::{EntryId, LogId};
use crate::run::VerifiedRun;
use crate::stable::Lineage;
use std::collections::{BTreeMap, HashMap};

/// An entry in the tree of its log.
#[derive(Clone, Copy, Debug, Default)]
struct Spot {
    seq: u64,
    /// Number at which a walk through the trees enters it.
    enters: usize,
    /// Number at which it has left everything after it.
    leaves: usize,
    /// The lowest place from which on everything up to it is here.
    floor: u64,
    /// The epoch that it names.
    epoch: u64,
    /// Whether it, or an entry on the way to it, names an older epoch than the
    /// one before.
    falls: bool,
}

/// All entries of a file, bodies here or not.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    spots: HashMap<EntryId, Spot>,
    logs: HashMap<EntryId, LogId>,
    forks: BTreeMap<LogId, u64>,
}

impl Lines {
    /// The entries of these runs, those of proofs of forks among them.
    pub(super) fn of<'a>(runs: impl IntoIterator<Item = (LogId, &'a VerifiedRun)>) -> Self {
        let mut entries: BTreeMap<EntryId, (LogId, &Entry)> = BTreeMap::new();
        for (log, run) in runs {
            entries.extend(run.entries().iter().map(|entry| (entry.id, (log, entry))));
        }
        let mut lines = Self::default();
        let mut places: HashMap<(LogId, u64), EntryId> = HashMap::new();
        let mut roots = Vec::new();
        let mut followers: HashMap<EntryId, Vec<EntryId>> = HashMap::new();
        for (id, (log, entry)) in &entries {
            let header = &entry.header;
            if places.insert((*log, header.seq), *id).is_some() {
                let lowest = lines.forks.entry(*log).or_insert(header.seq);
                *lowest = header.seq.min(*lowest);
            }
            lines.logs.insert(*id, *log);
            let spot = Spot { seq: header.seq, floor: header.seq, epoch: header.epoch, ..Spot::default() };
            lines.spots.insert(*id, spot);
            let follows = |prev: &EntryId| {
                entries.get(prev).is_some_and(|(its, before)| {
                    its == log && before.header.seq.checked_add(1) == Some(header.seq)
                })
            };
            match header.prev.filter(follows) {
                Some(prev) => followers.entry(prev).or_default().push(*id),
                None => roots.push(*id),
            }
        }
        lines.number(&roots, &followers);
        lines
    }

    /// Walks through the trees and notes when each entry is entered and left.
    fn number(&mut self, roots: &[EntryId], followers: &HashMap<EntryId, Vec<EntryId>>) {
        let mut clock = 0;
        let mut walk: Vec<(EntryId, Option<Spot>, bool)> =
            roots.iter().map(|root| (*root, None, false)).collect();
        while let Some((id, before, is_left)) = walk.pop() {
            let Some(spot) = self.spots.get_mut(&id) else { continue };
            if is_left {
                spot.leaves = clock;
                continue;
            }
            if let Some(before) = before {
                spot.floor = before.floor;
                spot.falls = before.falls || spot.epoch < before.epoch;
            }
            spot.enters = clock;
            clock += 1;
            let spot = *spot;
            walk.push((id, None, true));
            walk.extend(followers.get(&id).into_iter().flatten().map(|next| (*next, Some(spot), false)));
        }
    }

    /// Whether an entry, or one on the way to it, names an older epoch than the
    /// one before it.
    pub(super) fn falls(&self, entry: &EntryId) -> bool {
        self.spots.get(entry).is_some_and(|spot| spot.falls)
    }

    /// The lowest place of a log in which two entries are here.
    pub(super) fn fork(&self, log: &LogId) -> Option<u64> {
        self.forks.get(log).copied()
    }

    fn spot(&self, point: &Point) -> Option<&Spot> {
        let is_there = self.logs.get(&point.entry) == Some(&point.log);
        self.spots.get(&point.entry).filter(|spot| is_there && spot.seq == point.seq)
    }
}

impl Lineage for Lines {
    fn leads_to(&self, ancestor: &Point, entry: &Point) -> bool {
        let both = self.spot(ancestor).zip(self.spot(entry));
        let is_below =
            |(before, after): (&Spot, &Spot)| before.enters <= after.enters && after.enters < before.leaves;
        both.map_or(ancestor == entry && !self.spots.contains_key(&entry.entry), is_below)
    }

    fn reaches(&self, point: &Point, seq: u64) -> bool {
        point.seq <= seq || self.spot(point).is_some_and(|spot| spot.floor <= seq)
    }
}
