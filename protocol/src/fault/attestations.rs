//! Attestations that contradict each other, a vote, or what is stable.

use super::{Electorates, Fault, FaultKind, Place};
use crate::attestation::Attestation;
use crate::charter::Point;
use crate::fork::Fork;
use crate::id::{EntryId, EpochHash, LogId, ObjectId};
use crate::key::PublicKey;
use crate::signed::Verified;
use std::collections::{BTreeMap, BTreeSet};

/// Attestations of electors, by their chains and by what they say.
#[derive(Default)]
pub(super) struct Attestations<'a> {
    chains: BTreeMap<(PublicKey, EpochHash), Chain>,
    claims: Vec<Claim<'a>>,
    forks: BTreeMap<LogId, &'a Fork>,
}

/// One elector's attestations in one epoch.
#[derive(Default)]
struct Chain {
    places: BTreeMap<u64, BTreeSet<ObjectId>>,
    seqs: BTreeMap<ObjectId, u64>,
}

/// One point of one attestation.
#[derive(Clone, Copy)]
struct Claim<'a> {
    point: &'a Point,
    /// Place of the epoch in the chain of epochs.
    epoch: usize,
    by: &'a Verified<Attestation>,
}

impl Claim<'_> {
    fn elector(&self) -> PublicKey {
        self.by.value().elector
    }

    fn place(&self) -> (LogId, u64) {
        (self.point.log, self.point.seq)
    }
}

impl<'a> Attestations<'a> {
    /// Takes in an attestation, if an elector of its epoch made it.
    pub fn add(&mut self, attestation: &'a Verified<Attestation>, electorates: &Electorates<'_>) {
        let value = attestation.value();
        let Some(epoch) = electorates.index(&value.epoch) else { return };
        if electorates.voter(Some(&value.epoch), &value.elector).is_none() {
            return;
        }
        let chain = self.chains.entry((value.elector, value.epoch)).or_default();
        chain.places.entry(value.seq).or_default().insert(attestation.id());
        if chain.seqs.insert(attestation.id(), value.seq).is_none() {
            self.claims.extend(value.points.iter().map(|point| Claim { point, epoch, by: attestation }));
        }
    }

    /// Takes in what is known of the two branches of a log.
    pub fn add_fork(&mut self, fork: &'a Fork) {
        let known = self.forks.entry(fork.log()).or_insert(fork);
        if fork.rank() < known.rank() {
            *known = fork;
        }
    }

    /// An attestation after the last one that a vote names, beside that vote.
    /// `named` are the last ones that the votes name, with the votes.
    pub fn after<'n>(
        &self,
        elector: &PublicKey,
        epoch: &EpochHash,
        named: impl Iterator<Item = (&'n Option<ObjectId>, &'n ObjectId)>,
    ) -> Option<Vec<ObjectId>> {
        let chain = self.chains.get(&(*elector, *epoch))?;
        let first_forbidden = |last: &Option<ObjectId>| match last {
            None => Some(0),
            Some(last) => chain.seqs.get(last).map(|seq| seq + 1),
        };
        let bound = named.filter_map(|(last, vote)| Some((first_forbidden(last)?, *last, *vote)));
        let (seq, last, vote) = bound.min()?;
        let later = *chain.places.range(seq..).next()?.1.first()?;
        Some([Some(vote), last, Some(later)].into_iter().flatten().collect())
    }

    /// Adds the faults in all attestations.
    pub fn faults(mut self, electorates: &Electorates<'_>, found: &mut Vec<Fault>) {
        for ((elector, epoch), chain) in &self.chains {
            let forked = chain.places.values().find(|ids| ids.len() > 1);
            let Some(organisation) = electorates.voter(Some(epoch), elector) else { continue };
            found.extend(forked.map(|ids| Fault {
                kind: FaultKind::ForkedAttestations,
                organisation,
                culprit: *elector,
                place: Place::Epoch(Some(*epoch)),
                evidence: ids.iter().take(2).copied().collect(),
            }));
        }
        self.two_branches(electorates, found);
        self.against_stable(electorates, found);
    }

    /// Finds electors that attested two branches of a log: two entries in one
    /// place, or one on each side of a known fork.
    fn two_branches(&mut self, electorates: &Electorates<'_>, found: &mut Vec<Fault>) {
        self.claims.sort_by_key(|claim| (claim.elector(), claim.place(), claim.point.entry, claim.by.id()));
        let of_one = |one: &Claim<'_>, other: &Claim<'_>| {
            (one.elector(), one.point.log) == (other.elector(), other.point.log)
        };
        for claims in self.claims.chunk_by(of_one) {
            let in_one_place =
                claims.chunk_by(|one, other| one.point.seq == other.point.seq).find_map(other_entry);
            let pair = in_one_place.map(|(one, other)| (one, other, None));
            if let Some((one, other, fork)) = pair.or_else(|| self.across_fork(claims)) {
                let evidence = [Some(one.by.id()), Some(other.by.id()), fork].into_iter().flatten();
                note(FaultKind::AttestedTwoBranches, &one, evidence.collect(), electorates, found);
            }
        }
    }

    /// Two claims about the two branches of a log that forked, with the proof
    /// of the fork.
    fn across_fork(&self, claims: &[Claim<'a>]) -> Option<(Claim<'a>, Claim<'a>, Option<ObjectId>)> {
        let fork = self.forks.get(&claims.first()?.point.log)?;
        let on_branch = |index: usize| {
            let ids: BTreeSet<EntryId> =
                fork.branches()[index].entries().iter().map(|entry| entry.id).collect();
            claims.iter().find(|claim| ids.contains(&claim.point.entry)).copied()
        };
        Some((on_branch(0)?, on_branch(1)?, Some(fork.id())))
    }

    /// Finds electors that attested something else than what a quorum of an
    /// earlier epoch had attested in that place.
    fn against_stable(&mut self, electorates: &Electorates<'_>, found: &mut Vec<Fault>) {
        self.claims.sort_by_key(|claim| {
            (claim.place(), claim.epoch, claim.point.entry, claim.elector(), claim.by.id())
        });
        let mut accused = BTreeSet::new();
        for claims in self.claims.chunk_by(|one, other| one.place() == other.place()) {
            let is_contested = claims.iter().any(|claim| claim.point.entry != claims[0].point.entry);
            let Some(stable) = is_contested.then(|| quorum(claims, electorates)).flatten() else { continue };
            let contradicts = |claim: &&Claim<'_>| {
                claim.point.entry != stable[0].point.entry
                    && electorates.are_decided(stable[0].epoch, claim.epoch)
            };
            for claim in claims.iter().filter(contradicts) {
                if accused.insert((claim.elector(), claim.point.log)) {
                    let evidence: BTreeSet<ObjectId> = stable.iter().map(|one| one.by.id()).collect();
                    let evidence = [claim.by.id()].into_iter().chain(evidence).collect();
                    note(FaultKind::AttestedAgainstStable, claim, evidence, electorates, found);
                }
            }
        }
    }
}

/// Of claims about one place, sorted by entry: one about the first entry and
/// one about another.
fn other_entry<'a>(claims: &[Claim<'a>]) -> Option<(Claim<'a>, Claim<'a>)> {
    let first = claims.first()?;
    let other = claims.iter().find(|claim| claim.point.entry != first.point.entry)?;
    Some((*first, *other))
}

/// Of claims about one place, sorted by epoch, entry and elector: those of the
/// first epoch in which a quorum agrees, one per elector.
fn quorum<'a>(claims: &[Claim<'a>], electorates: &Electorates<'_>) -> Option<Vec<Claim<'a>>> {
    let alike =
        |one: &Claim<'_>, other: &Claim<'_>| (one.epoch, one.point.entry) == (other.epoch, other.point.entry);
    claims.chunk_by(alike).find_map(|claims| {
        let needed = electorates.charter(claims.first()?.epoch)?.votes_needed();
        let one_each = claims.chunk_by(|one, other| one.elector() == other.elector());
        let agreeing: Vec<Claim<'a>> =
            one_each.filter_map(|claims| claims.first()).take(needed).copied().collect();
        (agreeing.len() == needed).then_some(agreeing)
    })
}

fn note(
    kind: FaultKind,
    claim: &Claim<'_>,
    evidence: Vec<ObjectId>,
    electorates: &Electorates<'_>,
    found: &mut Vec<Fault>,
) {
    let culprit = claim.elector();
    if let Some(organisation) = electorates.voter(Some(&claim.by.value().epoch), &culprit) {
        found.push(Fault { kind, organisation, culprit, place: Place::Log(claim.point.log), evidence });
    }
}
