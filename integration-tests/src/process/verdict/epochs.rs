//! Every epoch has the endorsements and commits of its parent's electors, and
//! there is one chain.

use std::collections::{BTreeMap, BTreeSet};

use commons_protocol::charter::Charter;
use commons_protocol::id::EpochHash;
use commons_protocol::key::PublicKey;
use commons_protocol::object::Object;
use commons_protocol::vote::{Phase, Vote};

use super::{Case, ensure};
use crate::process::ending::{Ending, Records};

/// Checks the chain of every member's node. Gives back how many epochs follow
/// the founding.
pub fn check(case: &Case<'_>) -> Result<usize, String> {
    let first = hashes(&case.members[0])?;
    for ending in case.members {
        ensure(hashes(ending)? == first, || format!("{} has other epochs", ending.node))?;
        check_views(ending)?;
        check_records(ending, &first)?;
    }
    for ending in case.removed {
        let known = hashes(ending)?;
        ensure(first.starts_with(&known), || format!("{} was led to another chain: {known:?}", ending.node))?;
    }
    Ok(first.len() - 1)
}

/// The epochs that a node shows, oldest first.
fn hashes(ending: &Ending) -> Result<Vec<String>, String> {
    let mut epochs: Vec<_> =
        ending.charter.epochs.iter().map(|epoch| (epoch.number, epoch.hash.clone())).collect();
    epochs.sort();
    let has_all = epochs.iter().map(|(number, _)| *number).eq(0..epochs.len() as u64);
    ensure(has_all, || format!("{} leaves out epochs", ending.node))?;
    Ok(epochs.into_iter().map(|(_, hash)| hash).collect())
}

/// What a node shows to people names a quorum for every epoch.
fn check_views(ending: &Ending) -> Result<(), String> {
    let charters = charters(&ending.records);
    for epoch in &ending.charter.epochs {
        let hash: EpochHash = epoch.hash.parse().expect("an epoch has a hash");
        let Some(parent) = charters.get(&hash).and_then(|charter| charter.parent) else { continue };
        let needed = needed(charters[&parent]);
        for (what, names) in [("endorsed", &epoch.endorsed_by), ("decided", &epoch.certified_by)] {
            let different: BTreeSet<_> = names.iter().collect();
            let (node, number) = (&ending.node, epoch.number);
            ensure(different.len() >= needed, || {
                format!("{node} shows epoch {number} as {what} by {names:?}, but {needed} are needed")
            })?;
        }
    }
    Ok(())
}

/// The votes in a store make the chain that its node shows, counted here.
fn check_records(ending: &Ending, chain: &[String]) -> Result<(), String> {
    let charters = charters(&ending.records);
    for pair in chain.windows(2) {
        let [parent, hash] = [&pair[0], &pair[1]].map(|hash| hash.parse::<EpochHash>().expect("a hash"));
        let charter = charters.get(&hash).ok_or_else(|| format!("{} lacks a charter", ending.node))?;
        let (node, number) = (&ending.node, charter.number);
        ensure(charter.parent == Some(parent), || format!("{node} shows a chain with a gap"))?;
        let votes = Votes { parent: charters[&parent], hash: parent, all: &ending.records };
        ensure(votes.is_decided(&hash), || format!("{node} has too few votes for epoch {number}"))?;
        let mut others = charters.keys().filter(|other| **other != hash);
        ensure(!others.any(|other| votes.is_decided(other)), || format!("there are two epochs {number}"))?;
    }
    Ok(())
}

fn charters(records: &Records) -> BTreeMap<EpochHash, &Charter> {
    let charters = records.objects.iter().filter_map(|object| match object {
        Object::Proposal(proposal) => Some(&proposal.value().charter),
        _ => None,
    });
    charters.map(|charter| (charter.hash(), charter)).collect()
}

/// More than two thirds of the electors; all of them if they are fewer than
/// four.
fn needed(charter: &Charter) -> usize {
    let electors = charter.electors.len();
    if electors < 4 { electors } else { (electors * 2 / 3 + 1).max(usize::from(charter.quorum)) }
}

/// The votes of an epoch's electors on what follows it.
struct Votes<'a> {
    parent: &'a Charter,
    hash: EpochHash,
    all: &'a Records,
}

impl Votes<'_> {
    fn is_decided(&self, proposal: &EpochHash) -> bool {
        let needed = needed(self.parent);
        let rounds: BTreeSet<u32> = self.on(proposal).map(|vote| vote.round).collect();
        let has_quorum = |phase, round| self.voters(proposal, phase, round).len() >= needed;
        has_quorum(Phase::Endorse, 0)
            && rounds
                .into_iter()
                .any(|round| has_quorum(Phase::Prepare, round) && has_quorum(Phase::Commit, round))
    }

    fn voters(&self, proposal: &EpochHash, phase: Phase, round: u32) -> BTreeSet<PublicKey> {
        let votes = self.on(proposal).filter(|vote| vote.phase == phase && vote.round == round);
        votes.map(|vote| vote.elector).filter(|key| self.is_elector(key)).collect()
    }

    fn is_elector(&self, key: &PublicKey) -> bool {
        self.parent.electors.iter().any(|elector| elector.key == *key)
    }

    fn on(&self, proposal: &EpochHash) -> impl Iterator<Item = &Vote> {
        let votes = self.all.objects.iter().filter_map(|object| match object {
            Object::Vote(vote) => Some(vote.value()),
            _ => None,
        });
        votes.filter(move |vote| vote.proposal == *proposal && vote.parent == Some(self.hash))
    }
}
