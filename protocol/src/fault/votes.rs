//! Votes that contradict each other.

use super::attestations::Attestations;
use super::{Electorates, Fault, FaultKind, Place};
use crate::id::{EpochHash, ObjectId, OrganisationId};
use crate::key::PublicKey;
use crate::signed::Verified;
use crate::vote::{Phase, Vote};
use std::collections::BTreeMap;

/// Votes of all electors, each elector's by epoch.
#[derive(Default)]
pub(super) struct Votes(BTreeMap<(PublicKey, Option<EpochHash>), Ballot>);

/// What one elector voted on what follows one epoch. Of several votes that say
/// the same, the one with the least id is kept.
struct Ballot {
    organisation: OrganisationId,
    prepared: BTreeMap<u32, BTreeMap<(EpochHash, Option<u32>), ObjectId>>,
    committed: BTreeMap<u32, BTreeMap<EpochHash, ObjectId>>,
    /// The attestations that its votes name as the last ones.
    named: BTreeMap<Option<ObjectId>, ObjectId>,
}

impl Votes {
    /// Takes in a vote, if an elector cast it.
    pub fn add(&mut self, vote: &Verified<Vote>, electorates: &Electorates<'_>) {
        let (id, vote) = (vote.id(), vote.value());
        let Some(organisation) = electorates.voter(vote.parent.as_ref(), &vote.elector) else { return };
        let ballot = self.0.entry((vote.elector, vote.parent)).or_insert_with(|| Ballot {
            organisation,
            prepared: BTreeMap::new(),
            committed: BTreeMap::new(),
            named: BTreeMap::new(),
        });
        let known = match vote.phase {
            Phase::Endorse => return,
            Phase::Prepare => {
                let round = ballot.prepared.entry(vote.round).or_default();
                round.entry((vote.proposal, vote.lock)).or_insert(id)
            }
            Phase::Commit => {
                let round = ballot.committed.entry(vote.round).or_default();
                round.entry(vote.proposal).or_insert(id)
            }
        };
        *known = id.min(*known);
        let known = ballot.named.entry(vote.attested).or_insert(id);
        *known = id.min(*known);
    }

    /// Adds the faults in all votes.
    pub fn faults(&self, attestations: &Attestations<'_>, found: &mut Vec<Fault>) {
        for ((culprit, parent), ballot) in &self.0 {
            let mut note = |kind, place, evidence| {
                let organisation = ballot.organisation;
                found.push(Fault { kind, organisation, culprit: *culprit, place, evidence });
            };
            for (round, votes) in &ballot.prepared {
                if let Some(pair) = two(votes.values()) {
                    note(FaultKind::DoublePrepare, Place::Round(*parent, *round), pair);
                }
            }
            for (round, votes) in &ballot.committed {
                if let Some(pair) = two(votes.values()) {
                    note(FaultKind::DoubleCommit, Place::Round(*parent, *round), pair);
                }
            }
            if let Some(pair) = ballot.broken_lock() {
                note(FaultKind::BrokenLock, Place::Epoch(*parent), pair);
            }
            let after = parent.and_then(|epoch| attestations.after(culprit, &epoch, ballot.named.iter()));
            if let Some(evidence) = after {
                note(FaultKind::AttestedAfterVote, Place::Epoch(*parent), evidence);
            }
        }
    }
}

impl Ballot {
    /// A commit beside a prepare vote of a later round that doesn't carry its
    /// lock. Whichever was signed first, the other was not allowed any more.
    fn broken_lock(&self) -> Option<Vec<ObjectId>> {
        let prepared =
            self.prepared.iter().flat_map(|(round, votes)| votes.iter().map(move |vote| (round, vote)));
        for (round, ((_, lock), prepare)) in prepared {
            let Some((locked, commits)) = self.committed.range(..round).next_back() else { continue };
            if lock.is_none_or(|lock| lock < *locked) {
                return Some(vec![*commits.values().min()?, *prepare]);
            }
        }
        None
    }
}

/// The two least of several votes.
fn two<'a>(votes: impl Iterator<Item = &'a ObjectId>) -> Option<Vec<ObjectId>> {
    let mut ids: Vec<ObjectId> = votes.copied().collect();
    ids.sort();
    ids.truncate(2);
    (ids.len() == 2).then_some(ids)
}
