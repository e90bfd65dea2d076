//! The specification of admission: what a set of verified objects and runs
//! means, computed the slow and obvious way. [`crate::admission`] must always
//! agree with it.

use crate::branch::{Forked, Tree};
use crate::charter::Point;
use crate::collection::Collection;
use crate::entry::Entry;
use crate::governance::{Evidence, Governance};
use crate::id::{CommonsId, EntryId, EpochHash, LogId};
use crate::keys::Keys;
use crate::object::Object;
use crate::rules::{Context, Judgement, Known};
use crate::run::VerifiedRun;
use crate::stable::{Attested, Lineage};
use std::collections::{BTreeMap, BTreeSet};

/// The admitted head of every log: sequence number and id.
pub type Heads = BTreeMap<LogId, (u64, EntryId)>;

/// What objects mean: the chain of epochs, the delegations, the attestations.
#[derive(Clone, Debug)]
pub struct Judges {
    /// The chain of epochs.
    pub governance: Governance,
    /// The delegations.
    pub keys: Keys,
}

/// Computes the admitted heads of everything that is known. `chosen` are the
/// epochs that the operator chose.
pub fn recompute(
    commons: CommonsId,
    objects: &[Object],
    runs: &[VerifiedRun],
    chosen: &BTreeSet<EpochHash>,
) -> Heads {
    let attested = attested(objects.iter());
    let Some(judges) = judges(commons, objects.iter(), &attested, chosen) else { return Heads::new() };
    let mut everything = Everything::new(commons, &judges, &attested, runs);
    everything.find_forks(objects);
    everything.admit_all();
    everything.heads()
}

/// All entries, and those that are admitted so far.
struct Everything<'a> {
    judges: &'a Judges,
    attested: &'a Attested,
    entries: BTreeMap<EntryId, (LogId, &'a Entry)>,
    trees: BTreeMap<LogId, Tree>,
    admitted: BTreeMap<EntryId, (LogId, &'a Entry)>,
    /// Of each log that forked: the lowest place where two entries are known,
    /// and the entries that lead to what decides between them.
    forks: BTreeMap<LogId, (u64, BTreeSet<EntryId>)>,
}

impl<'a> Everything<'a> {
    fn new(commons: CommonsId, judges: &'a Judges, attested: &'a Attested, runs: &'a [VerifiedRun]) -> Self {
        let (mut entries, mut trees) = (BTreeMap::new(), BTreeMap::<LogId, Tree>::new());
        for run in runs {
            let log = run.log().id(&commons);
            trees.entry(log).or_default().add(run);
            entries.extend(run.entries().iter().map(|entry| (entry.id, (log, entry))));
        }
        Self { judges, attested, entries, trees, admitted: BTreeMap::new(), forks: BTreeMap::new() }
    }

    fn find_forks(&mut self, objects: &[Object]) {
        let mut lowest: BTreeMap<LogId, u64> = BTreeMap::new();
        let mut note = |log: LogId, seq: u64| {
            let known = lowest.entry(log).or_insert(seq);
            *known = seq.min(*known);
        };
        let mut seen: BTreeSet<(LogId, u64)> = BTreeSet::new();
        for (log, entry) in self.entries.values() {
            if !seen.insert((*log, entry.header.seq)) {
                note(*log, entry.header.seq);
            }
        }
        for object in objects {
            if let Object::Fork(fork) = object {
                note(fork.log(), fork.seq());
            }
        }
        self.forks =
            lowest.into_iter().map(|(log, seq)| (log, (seq, self.chosen_branch(&log, seq)))).collect();
    }

    fn chosen_branch(&self, log: &LogId, seq: u64) -> BTreeSet<EntryId> {
        let Some(tree) = self.trees.get(log) else { return BTreeSet::new() };
        let end = tree.node().and_then(|node| self.judges.keys.end_of(&node, log));
        let (epochs, attested) = (self.judges.governance.epochs(), self.attested);
        let anchor = Forked { log: *log, seq, end, epochs, attested }.anchor(self);
        anchor.map(|anchor| tree.branch(&anchor)).unwrap_or_default()
    }

    /// What is admitted never keeps anything else out, so the order in which
    /// entries are tried plays no part.
    fn admit_all(&mut self) {
        loop {
            let before = self.admitted.len();
            let mut rest: Vec<(LogId, &Entry)> = self.entries.values().copied().collect();
            rest.retain(|(_, entry)| !self.admitted.contains_key(&entry.id));
            rest.sort_by_key(|(_, entry)| entry.header.seq);
            for (log, entry) in rest {
                if self.is_admissible(&log, entry) {
                    self.admitted.insert(entry.id, (log, entry));
                }
            }
            if self.admitted.len() == before {
                return;
            }
        }
    }

    fn is_admissible(&self, log: &LogId, entry: &Entry) -> bool {
        let precedes = |one: &&(LogId, &Entry)| {
            one.0 == *log && one.1.header.seq.checked_add(1) == Some(entry.header.seq)
        };
        let previous = entry.header.prev.map(|prev| self.admitted.get(&prev).filter(precedes));
        let previous_epoch = match previous {
            Some(None) => return false,
            Some(Some((_, previous))) => previous.header.epoch,
            None if entry.header.seq == 0 => 0,
            None => return false,
        };
        let is_on_branch = self
            .forks
            .get(log)
            .is_none_or(|(seq, branch)| entry.header.seq < *seq || branch.contains(&entry.id));
        let context = Context { governance: &self.judges.governance, keys: &self.judges.keys };
        is_on_branch && context.judge(entry, log, previous_epoch, self) == Judgement::Admit
    }

    fn heads(&self) -> Heads {
        let mut heads = Heads::new();
        for (log, entry) in self.admitted.values() {
            let head = heads.entry(*log).or_insert((entry.header.seq, entry.id));
            *head = (*head).max((entry.header.seq, entry.id));
        }
        heads
    }

    /// The id `steps` below `point`, if all in between is here.
    fn below(&self, point: &Point, steps: u64) -> Option<EntryId> {
        let steps = usize::try_from(steps).ok()?;
        match self.trees.get(&point.log) {
            Some(tree) => tree.down(point).nth(steps).map(|(id, _)| id),
            None => (steps == 0).then_some(point.entry),
        }
    }
}

impl Known for Everything<'_> {
    fn collection(&self, entry: &EntryId) -> Option<Collection> {
        self.admitted.get(entry).map(|(_, entry)| entry.header.log.collection)
    }

    fn is_covered(&self, entry: &Point) -> bool {
        self.attested.covers(self.judges.governance.epochs(), entry)
    }
}

impl Lineage for Everything<'_> {
    fn leads_to(&self, ancestor: &Point, entry: &Point) -> bool {
        let steps = entry.seq.checked_sub(ancestor.seq);
        steps.and_then(|steps| self.below(entry, steps)) == Some(ancestor.entry)
    }

    fn reaches(&self, point: &Point, seq: u64) -> bool {
        self.below(point, point.seq.saturating_sub(seq)).is_some()
    }
}

/// The attestations among a set of objects.
pub fn attested<'a>(objects: impl Iterator<Item = &'a Object>) -> Attested {
    let mut attested = Attested::default();
    for object in objects {
        if let Object::Attestation(attestation) = object {
            attested.add(attestation);
        }
    }
    attested
}

/// Governance and keys of a set of objects.
pub fn judges<'a>(
    commons: CommonsId,
    objects: impl Iterator<Item = &'a Object> + Clone,
    attested: &Attested,
    chosen: &BTreeSet<EpochHash>,
) -> Option<Judges> {
    let proposals = objects.clone().filter_map(|object| match object {
        Object::Proposal(proposal) => Some(proposal.value()),
        _ => None,
    });
    let votes = objects.clone().filter_map(|object| match object {
        Object::Vote(vote) => Some(vote.value()),
        _ => None,
    });
    let governance = Governance::compute(commons, proposals, votes, Evidence { attested, chosen })?;
    let events: BTreeMap<_, _> = objects
        .filter_map(|object| match object {
            Object::Key(event) => Some((event.id(), &**event)),
            _ => None,
        })
        .collect();
    let keys = Keys::compute(commons, governance.current(), events.into_values());
    Some(Judges { governance, keys })
}
