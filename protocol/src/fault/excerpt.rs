//! The objects that a stranger needs to see a fault for himself: what makes
//! the epochs up to the one concerned, and the evidence.

use super::{Electorates, Fault, FaultKind, Place, ProofError};
use crate::ballot::Ballots;
use crate::charter::Charter;
use crate::epoch::Epoch;
use crate::governance::Governance;
use crate::id::{EpochHash, ObjectId};
use crate::key::PublicKey;
use crate::keylog::KeyEvent;
use crate::keys::Keys;
use crate::object::Object;
use crate::recompute::attested;
use crate::signed::Verified;
use crate::stable::Attested;
use crate::vote::{Phase, Proposal, Vote};
use std::collections::{BTreeMap, BTreeSet};

/// Objects by id.
pub(super) type Objects = BTreeMap<ObjectId, Object>;

/// Collects what proves a fault.
pub(super) struct Excerpt<'a> {
    objects: &'a Objects,
    governance: &'a Governance,
    attested: Attested,
    ids: BTreeSet<ObjectId>,
    chosen: BTreeSet<EpochHash>,
}

/// The ids of the objects that prove `fault`, and the epochs among them that
/// stand because somebody chose them.
pub(super) fn excerpt(
    fault: &Fault,
    objects: &Objects,
    governance: &Governance,
) -> Result<(BTreeSet<ObjectId>, BTreeSet<EpochHash>), ProofError> {
    let mut excerpt = Excerpt {
        objects,
        governance,
        attested: attested(objects.values()),
        ids: fault.evidence.iter().copied().collect(),
        chosen: BTreeSet::new(),
    };
    let last = excerpt.last_epoch(fault).ok_or(ProofError::Missing)?;
    excerpt.add_epochs(last)?;
    if fault.kind == FaultKind::ForkedLog {
        let events: Vec<ObjectId> = excerpt.key_events(fault).map(Verified::id).collect();
        excerpt.ids.extend(events);
    }
    Ok((excerpt.ids, excerpt.chosen))
}

/// The ids of the objects that make all epochs, and the epochs that stand
/// because somebody chose them; none if something is missing.
pub(crate) fn epoch_excerpt(
    objects: &Objects,
    governance: &Governance,
) -> Option<(BTreeSet<ObjectId>, BTreeSet<EpochHash>)> {
    let mut excerpt = Excerpt {
        objects,
        governance,
        attested: attested(objects.values()),
        ids: BTreeSet::new(),
        chosen: BTreeSet::new(),
    };
    excerpt.add_epochs(governance.epochs().len().checked_sub(1)?).ok()?;
    Some((excerpt.ids, excerpt.chosen))
}

impl<'a> Excerpt<'a> {
    /// The newest epoch that the fault has to do with.
    fn last_epoch(&self, fault: &Fault) -> Option<usize> {
        let electorates = Electorates::of(self.governance);
        match fault.place {
            Place::Round(parent, _) | Place::Epoch(parent) => {
                parent.map_or(Some(0), |parent| electorates.index(&parent))
            }
            Place::Log(_) if fault.kind == FaultKind::ForkedLog => self.first_with_node(fault),
            Place::Log(_) => {
                let epochs = fault.evidence.iter().filter_map(|id| match self.objects.get(id)? {
                    Object::Attestation(attestation) => electorates.index(&attestation.value().epoch),
                    _ => None,
                });
                epochs.max()
            }
        }
    }

    /// The first epoch in which the key is a node's of its organisation.
    fn first_with_node(&self, fault: &Fault) -> Option<usize> {
        let commons = self.governance.commons();
        let has_node = |epoch: &Epoch| {
            epoch.charter.member(&fault.organisation).is_some()
                && Keys::compute(commons, &epoch.charter, self.key_events(fault))
                    .node(&fault.culprit)
                    .is_some()
        };
        self.governance.epochs().iter().position(has_node)
    }

    fn key_events(&self, fault: &Fault) -> impl Iterator<Item = &'a Verified<KeyEvent>> {
        let organisation = fault.organisation;
        self.objects.values().filter_map(move |object| match object {
            Object::Key(event) if event.value().organisation == organisation => Some(&**event),
            _ => None,
        })
    }

    /// Adds what makes the epochs up to `last`.
    fn add_epochs(&mut self, last: usize) -> Result<(), ProofError> {
        let governance = self.governance;
        let epochs = governance.epochs().get(..=last).ok_or(ProofError::Missing)?;
        let wanted: BTreeSet<EpochHash> = epochs.iter().map(|epoch| epoch.hash).collect();
        let mut votes: BTreeMap<EpochHash, Vec<&Verified<Vote>>> = BTreeMap::new();
        let mut proposals: BTreeMap<EpochHash, Vec<&Verified<Proposal>>> = BTreeMap::new();
        for object in self.objects.values() {
            match object {
                Object::Vote(vote) if wanted.contains(&vote.value().proposal) => {
                    votes.entry(vote.value().proposal).or_default().push(vote);
                }
                Object::Proposal(proposal) => {
                    let hash = proposal.value().charter.hash();
                    if wanted.contains(&hash) {
                        proposals.entry(hash).or_default().push(proposal);
                    }
                }
                _ => {}
            }
        }
        for (index, epoch) in epochs.iter().enumerate() {
            let electorate = index.checked_sub(1).map_or(&epoch.charter, |before| &epochs[before].charter);
            let copies = proposals.remove(&epoch.hash).unwrap_or_default();
            self.ids.insert(entitled(&copies, electorate, epoch).ok_or(ProofError::Missing)?);
            if epoch.certificate.is_empty() {
                self.chosen.insert(epoch.hash);
            } else {
                let votes = votes.remove(&epoch.hash).unwrap_or_default();
                self.add_decision(epoch, electorate, votes);
            }
        }
        Ok(())
    }

    /// Adds a least set of votes that decides on `epoch`, with the attestations
    /// that they name.
    fn add_decision(&mut self, epoch: &Epoch, electorate: &Charter, votes: Vec<&'a Verified<Vote>>) {
        let counts = |vote: &&Verified<Vote>| {
            let value = vote.value();
            value.parent == epoch.charter.parent
                && electorate.elector(&value.elector).is_some()
                && self.attested.supports(value)
        };
        let votes: Vec<&Verified<Vote>> = votes.into_iter().filter(counts).collect();
        let needed = electorate.votes_needed();
        let electors = electorate.electors.iter().map(|elector| elector.key);
        let ballots = Ballots::count(electors, needed, votes.iter().map(|vote| vote.value()));
        let endorsed = self.cheapest(needed, &votes, |vote| vote.phase == Phase::Endorse);
        let committed = |round: u32| {
            let commits =
                self.cheapest(needed, &votes, |vote| vote.phase == Phase::Commit && vote.round == round);
            (commits.len() == needed && ballots.is_certified(round, &epoch.hash)).then_some((round, commits))
        };
        let rounds: BTreeSet<u32> = votes.iter().map(|vote| vote.value().round).collect();
        let Some((round, commits)) = rounds.into_iter().find_map(committed) else { return };
        let mut taken = [endorsed, commits].concat();
        let mut seen = BTreeSet::new();
        let mut rounds = vec![round];
        while let Some(round) = rounds.pop() {
            if seen.insert(round) {
                let counted = |vote: &Vote| {
                    vote.phase == Phase::Prepare
                        && vote.round == round
                        && vote.lock.is_none_or(|lock| ballots.is_certified(lock, &epoch.hash))
                };
                let prepares = self.cheapest(needed, &votes, counted);
                rounds.extend(prepares.iter().filter_map(|vote| vote.value().lock));
                taken.extend(prepares);
            }
        }
        taken.into_iter().for_each(|vote| self.add_vote(vote));
    }

    /// One such vote of each of `needed` electors: those whose chains of
    /// attestations are shortest.
    fn cheapest<'v>(
        &self,
        needed: usize,
        votes: &[&'v Verified<Vote>],
        is_wanted: impl Fn(&Vote) -> bool,
    ) -> Vec<&'v Verified<Vote>> {
        type Cost = (u64, Option<u32>, ObjectId);
        let mut best: BTreeMap<PublicKey, (Cost, &'v Verified<Vote>)> = BTreeMap::new();
        for vote in votes.iter().filter(|vote| is_wanted(vote.value())) {
            let cost = (self.chain_length(vote.value()), vote.value().lock, vote.id());
            let known = best.entry(vote.value().elector).or_insert((cost, *vote));
            if cost < known.0 {
                *known = (cost, *vote);
            }
        }
        let mut best: Vec<_> = best.into_values().collect();
        best.sort_by_key(|(cost, _)| *cost);
        best.into_iter().take(needed).map(|(_, vote)| vote).collect()
    }

    fn chain_length(&self, vote: &Vote) -> u64 {
        match vote.attested.and_then(|id| self.objects.get(&id)) {
            Some(Object::Attestation(last)) => last.value().seq + 1,
            _ => 0,
        }
    }

    fn add_vote(&mut self, vote: &Verified<Vote>) {
        self.ids.insert(vote.id());
        let mut next = vote.value().attested;
        while let Some(id) = next {
            // All before one that is here for another vote are here too,
            // unless it is evidence.
            self.ids.insert(id);
            next = match self.objects.get(&id) {
                Some(Object::Attestation(attestation)) => attestation.value().prev,
                _ => None,
            };
        }
    }
}

/// A copy of the proposal that counts: signed by an elector of the epoch
/// before, or any if the epoch was chosen.
fn entitled(copies: &[&Verified<Proposal>], electorate: &Charter, epoch: &Epoch) -> Option<ObjectId> {
    let may_be_anybodys = epoch.certificate.is_empty() && epoch.charter.number > 0;
    let counts = |copy: &&&Verified<Proposal>| {
        let by_elector = electorate.elector(&copy.value().by).is_some();
        (by_elector || may_be_anybodys) && copy.value().commons.is_none() == (epoch.charter.number == 0)
    };
    copies.iter().filter(counts).map(|copy| copy.id()).min()
}
