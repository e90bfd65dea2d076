//! Stable points: what so many electors hold that nothing may void it.
//!
//! The *stable point* of a log is the highest entry that a quorum of one
//! epoch's electors attested, directly or by a descendant. Attestations are
//! never taken back, so a stable point only moves up.

use crate::attestation::Attestation;
use crate::charter::{Charter, Point};
use crate::epoch::Epoch;
use crate::id::{EntryId, EpochHash, LogId, ObjectId};
use crate::key::PublicKey;
use crate::signed::Verified;
use crate::vote::Vote;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of how entries of one log descend from each other.
pub trait Lineage {
    /// Whether `ancestor` is `entry` or is known to lie before it, in its own
    /// place.
    fn leads_to(&self, ancestor: &Point, entry: &Point) -> bool;
    /// Whether everything from `point` down to the place `seq` is known.
    fn reaches(&self, point: &Point, seq: u64) -> bool;
}

type Points = BTreeMap<PublicKey, BTreeSet<(u64, EntryId)>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Link {
    epoch: EpochHash,
    elector: PublicKey,
    seq: u64,
    prev: Option<ObjectId>,
}

/// All attestations, by what they say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attested {
    points: BTreeMap<LogId, BTreeMap<EpochHash, Points>>,
    links: BTreeMap<ObjectId, Link>,
    complete: BTreeSet<ObjectId>,
    followers: BTreeMap<ObjectId, BTreeSet<ObjectId>>,
}

impl Attested {
    /// Takes in an attestation; one more time has no effect.
    pub fn add(&mut self, attestation: &Verified<Attestation>) {
        let (id, value) = (attestation.id(), attestation.value());
        let link = Link { epoch: value.epoch, elector: value.elector, seq: value.seq, prev: value.prev };
        self.links.insert(id, link);
        for point in &value.points {
            let epochs = self.points.entry(point.log).or_default();
            let electors = epochs.entry(value.epoch).or_default();
            electors.entry(value.elector).or_default().insert((point.seq, point.entry));
        }
        if let Some(prev) = value.prev {
            self.followers.entry(prev).or_default().insert(id);
        }
        self.complete_from(id);
    }

    /// The same without the points that `keep` does not want.
    pub fn keeping(mut self, keep: impl Fn(&Point) -> bool) -> Self {
        for (log, epochs) in &mut self.points {
            for held in epochs.values_mut().flat_map(BTreeMap::values_mut) {
                held.retain(|one| keep(&at(*log, one)));
            }
        }
        self
    }

    /// Notes the chains that are whole now.
    fn complete_from(&mut self, id: ObjectId) {
        let mut queue = vec![id];
        while let Some(id) = queue.pop() {
            let Some(link) = self.links.get(&id) else { continue };
            let is_complete = match link.prev {
                None => true,
                Some(prev) => {
                    let follows = |before: &Link| {
                        (before.epoch, before.elector, before.seq + 1) == (link.epoch, link.elector, link.seq)
                    };
                    self.complete.contains(&prev) && self.links.get(&prev).is_some_and(follows)
                }
            };
            if is_complete && self.complete.insert(id) {
                queue.extend(self.followers.get(&id).into_iter().flatten());
            }
        }
    }

    /// Whether the attestation that a vote names is here, with all before it,
    /// and is the voter's own of the parent epoch.
    pub fn supports(&self, vote: &Vote) -> bool {
        vote.attested.is_none_or(|id| {
            let is_own = |link: &Link| link.elector == vote.elector && Some(link.epoch) == vote.parent;
            self.complete.contains(&id) && self.links.get(&id).is_some_and(is_own)
        })
    }

    /// The end of an elector's chain of attestations in an epoch, with its
    /// length.
    pub fn tip(&self, epoch: &EpochHash, elector: &PublicKey) -> Option<(ObjectId, u64)> {
        let own = |id: &&ObjectId| {
            self.links.get(id).is_some_and(|link| (link.epoch, link.elector) == (*epoch, *elector))
        };
        let tip =
            self.complete.iter().filter(own).max_by_key(|id| self.links.get(id).map(|link| link.seq))?;
        Some((*tip, self.links.get(tip)?.seq + 1))
    }

    /// Every point that anybody attested of a log, by epoch and elector.
    pub fn points(&self, log: &LogId) -> impl Iterator<Item = (&EpochHash, &PublicKey, Point)> {
        let log = *log;
        let epochs = self.points.get(&log).into_iter().flatten();
        epochs.flat_map(move |(epoch, electors)| {
            electors.iter().flat_map(move |(elector, points)| {
                points
                    .iter()
                    .map(move |(seq, entry)| (epoch, elector, Point { log, seq: *seq, entry: *entry }))
            })
        })
    }

    /// The logs of which anybody attested anything.
    pub fn logs(&self) -> impl Iterator<Item = &LogId> {
        self.points.keys()
    }

    /// The stable point of a log. If epochs disagree, which takes more liars
    /// than the rules allow for, the earlier one is right.
    pub fn stable(&self, epochs: &[Epoch], log: &LogId, lineage: &impl Lineage) -> Option<Point> {
        self.stable_among(epochs, log, lineage, |_| true)
    }

    /// The highest stable point of a log of which `counts` holds.
    pub fn stable_among(
        &self,
        epochs: &[Epoch],
        log: &LogId,
        lineage: &impl Lineage,
        counts: impl Fn(&Point) -> bool,
    ) -> Option<Point> {
        let mut stable: Option<Point> = None;
        for (charter, points) in self.electorates(epochs, log) {
            let holders = Holders::of(charter, points);
            let found = holders.candidates(*log).find(|one| counts(one) && holders.agree_on(one, lineage));
            stable = match (stable, found) {
                (Some(old), Some(new)) if lineage.leads_to(&old, &new) => Some(new),
                (old, new) => old.or(new),
            };
        }
        stable
    }

    /// Whether a quorum of one epoch's electors attested this entry or one in
    /// a higher place of its log. Unless the log forked, which then decides,
    /// that is the same line: what lies between need not be here.
    pub fn covers(&self, epochs: &[Epoch], entry: &Point) -> bool {
        let covers = |one: &(u64, EntryId)| at(entry.log, one).covers(entry.seq, &entry.entry);
        self.electorates(epochs, &entry.log).any(|(charter, points)| {
            let holders = Holders::of(charter, points);
            holders.count(|held| held.range((entry.seq, EntryId([0; 32]))..).any(covers)) >= holders.needed
        })
    }

    /// Whether a quorum of one epoch's electors attested what is not known to
    /// be on one line with `point`: another branch may become stable.
    pub fn is_opposed(&self, epochs: &[Epoch], point: &Point, lineage: &impl Lineage) -> bool {
        let is_off = |one: &Point| !lineage.leads_to(one, point) && !lineage.leads_to(point, one);
        self.electorates(epochs, &point.log).any(|(charter, points)| {
            let holders = Holders::of(charter, points);
            holders.count(|held| held.iter().any(|one| is_off(&at(point.log, one)))) >= holders.needed
        })
    }

    /// The epochs in which anybody attested anything of a log.
    fn electorates<'a>(
        &'a self,
        epochs: &'a [Epoch],
        log: &LogId,
    ) -> impl Iterator<Item = (&'a Charter, &'a Points)> {
        let points = self.points.get(log);
        epochs.iter().filter_map(move |epoch| Some((&epoch.charter, points?.get(&epoch.hash)?)))
    }
}

/// What each elector of one epoch attested of one log.
struct Holders<'a> {
    needed: usize,
    held: Vec<&'a BTreeSet<(u64, EntryId)>>,
}

impl<'a> Holders<'a> {
    fn of(charter: &Charter, points: &'a Points) -> Self {
        let held = charter.electors.iter().filter_map(|elector| points.get(&elector.key)).collect();
        Self { needed: charter.votes_needed(), held }
    }

    fn count(&self, holds: impl Fn(&BTreeSet<(u64, EntryId)>) -> bool) -> usize {
        self.held.iter().filter(|held| holds(held)).count()
    }

    /// Everything that anybody attested, highest first.
    fn candidates(&self, log: LogId) -> impl Iterator<Item = Point> + use<> {
        let all: BTreeSet<(u64, EntryId)> = self.held.iter().flat_map(|held| held.iter()).copied().collect();
        all.into_iter().rev().map(move |one| at(log, &one))
    }

    /// Whether a quorum attested `point`, directly or by a descendant.
    fn agree_on(&self, point: &Point, lineage: &impl Lineage) -> bool {
        let holds = |held: &BTreeSet<(u64, EntryId)>| {
            held.range((point.seq, EntryId([0; 32]))..)
                .any(|one| lineage.leads_to(point, &at(point.log, one)))
        };
        self.count(holds) >= self.needed
    }
}

fn at(log: LogId, (seq, entry): &(u64, EntryId)) -> Point {
    Point { log, seq: *seq, entry: *entry }
}
