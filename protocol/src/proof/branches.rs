//! Which branch of a log counts, as far as a file shows it, and what electors
//! attested on it. A stranger does not know the logs, so nothing is taken for
//! granted: whatever cuts or covers an entry must be seen to come after it.

use super::lines::Lines;
use super::{Proof, ProofError};
use crate::branch::Forked;
use crate::charter::Point;
use crate::entry::{Entry, Header};
use crate::fork::Fork;
use crate::governance::Governance;
use crate::id::{EntryId, LogId};
use crate::key::PublicKey;
use crate::keys::Keys;
use crate::object::Object;
use crate::stable::{Attested, Lineage};
use std::collections::BTreeMap;

/// Attested points of logs that forked, in one file.
const FORKED_POINTS: usize = 4_096;

/// The logs of a file.
pub(super) struct Branches {
    lines: Lines,
    /// What electors attested after the entries with bodies, as far as the
    /// file shows that it is on their line.
    pub(super) attested: Attested,
    /// Of each log that forked, the lowest known place where it did, and the
    /// point up to which it counts.
    forks: BTreeMap<LogId, (u64, Option<Point>)>,
}

impl Branches {
    pub(super) fn of(
        proof: &Proof,
        said: &BTreeMap<EntryId, &Entry>,
        judges: (&Governance, &Keys),
        attested: Attested,
    ) -> Result<Self, ProofError> {
        let branches = forks(proof).flat_map(|fork| fork.branches().iter().map(|run| (fork.log(), run)));
        let runs = proof.runs.iter().map(|run| (run.log().id(&proof.commons), run));
        let lines = Lines::of(runs.chain(branches));
        let chains = Chains::of(proof, said.values().copied(), &lines);
        let attested = attested.keeping(|point| chains.lead_to(point, &lines));
        let mut branches = Self { lines, attested, forks: BTreeMap::new() };
        branches.find_forks(proof, judges)?;
        Ok(branches)
    }

    /// Notes where logs forked, by proofs and by the entries themselves, and
    /// which branches count.
    fn find_forks(
        &mut self,
        proof: &Proof,
        (governance, keys): (&Governance, &Keys),
    ) -> Result<(), ProofError> {
        let logs: BTreeMap<LogId, PublicKey> =
            proof.runs.iter().map(|run| (run.log().id(&proof.commons), run.log().node)).collect();
        let seen = logs.keys().filter_map(|log| Some((*log, self.lines.fork(log)?)));
        let mut lowest: BTreeMap<LogId, u64> = seen.collect();
        for fork in forks(proof).filter(|fork| logs.contains_key(&fork.log())) {
            let seq = lowest.entry(fork.log()).or_insert(fork.seq());
            *seq = fork.seq().min(*seq);
        }
        let points: usize = lowest.keys().map(|log| self.attested.points(log).count()).sum();
        if points > FORKED_POINTS {
            return Err(ProofError::TooLarge);
        }
        for (log, seq) in lowest {
            let end = logs.get(&log).and_then(|node| keys.end_of(node, &log));
            let forked = Forked { log, seq, end, epochs: governance.epochs(), attested: &self.attested };
            self.forks.insert(log, (seq, forked.anchor(&self.lines)));
        }
        Ok(())
    }

    /// Whether an entry, or one on the way to it, names an older epoch than the
    /// one before it.
    pub(super) fn fall(&self, entry: &EntryId) -> bool {
        self.lines.falls(entry)
    }

    /// Whether the file shows that an entry leads to each point that cuts its
    /// log above it, and, if the log forked below it, lies on the branch that
    /// counts. What electors attested its owner can't cut any more.
    pub(super) fn count(&self, entry: &Entry, (governance, keys): (&Governance, &Keys)) -> bool {
        let log = entry.header.log.id(&governance.commons());
        let own = Point { log, seq: entry.header.seq, entry: entry.id };
        let leads = |end: &Point| end.seq < own.seq || self.lines.leads_to(&own, end);
        let is_kept = |ends: &[Point]| ends.is_empty() || ends.iter().any(leads);
        let epochs = governance.epochs();
        let is_on_branch = match self.forks.get(&log) {
            Some((seq, anchor)) if own.seq >= *seq => {
                anchor.is_some_and(|anchor| self.lines.leads_to(&own, &anchor))
            }
            _ => true,
        };
        is_on_branch
            && epochs.iter().filter_map(|epoch| epoch.charter.pin(&log)).all(leads)
            && (is_kept(&owners_ends(keys, &entry.header, &own)) || self.attested.covers(epochs, &own))
    }
}

/// Of each log the entries with bodies that lie on one line, in order, and
/// the place from which on they don't.
#[derive(Default)]
struct Chains(BTreeMap<LogId, (Vec<Point>, Option<u64>)>);

impl Chains {
    fn of<'a>(proof: &Proof, said: impl Iterator<Item = &'a Entry>, lines: &Lines) -> Self {
        let mut said: Vec<Point> = said
            .map(|entry| {
                let log = entry.header.log.id(&proof.commons);
                Point { log, seq: entry.header.seq, entry: entry.id }
            })
            .collect();
        said.sort_unstable_by_key(|point| point.seq);
        let mut chains = Self::default();
        for point in said {
            let (chain, broken) = chains.0.entry(point.log).or_default();
            let follows = chain.last().is_none_or(|last| lines.leads_to(last, &point));
            match (&broken, follows) {
                (Some(_), _) => {}
                (None, true) => chain.push(point),
                (None, false) => *broken = Some(point.seq),
            }
        }
        chains
    }

    /// Whether all entries with bodies that lie in no higher place of the log
    /// lead to this point; at least one does.
    fn lead_to(&self, point: &Point, lines: &Lines) -> bool {
        let Some((chain, broken)) = self.0.get(&point.log) else { return false };
        let below = chain.partition_point(|one| one.seq <= point.seq);
        let last = below.checked_sub(1).and_then(|index| chain.get(index));
        broken.is_none_or(|seq| point.seq < seq) && last.is_some_and(|last| lines.leads_to(last, point))
    }
}

/// Where an entry's organisation ended its log, for everybody or for the
/// entry's person: of the points that are not below the entry the lowest, all
/// of them if there are several.
pub(super) fn owners_ends(keys: &Keys, header: &Header, own: &Point) -> Vec<Point> {
    let person = keys.person(&header.person);
    let revoked = person.iter().flat_map(|person| person.revoked.iter().flatten());
    let revoked = revoked.filter(|pin| pin.log == own.log).copied();
    let ends = revoked.chain(keys.end_of(&header.log.node, &own.log));
    let mut ends: Vec<Point> = ends.filter(|end| end.seq >= own.seq).collect();
    let lowest = ends.iter().map(|end| end.seq).min();
    ends.retain(|end| Some(end.seq) == lowest);
    ends
}

fn forks(proof: &Proof) -> impl Iterator<Item = &Fork> {
    proof.objects.values().filter_map(|object| match object {
        Object::Fork(fork) => Some(&**fork),
        _ => None,
    })
}
