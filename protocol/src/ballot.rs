//! The rules of voting on what follows one epoch: rounds of two phases with
//! locks, for electors that may be away for days.
//!
//! People *endorse* any number of proposals. Once a quorum endorsed one, the
//! electors' nodes close the vote among themselves:
//!
//! 1. *Prepare*: at most one proposal per round. A prepare vote may name a
//!    lower round as its *lock*; it counts once a quorum of counted prepare
//!    votes for the same proposal in that round is here.
//! 2. *Commit*: to a proposal that a quorum prepared in the voter's current
//!    round. A commit locks the voter: later it prepares only with a lock of
//!    that round or a higher one.
//!
//! A proposal is decided when a quorum endorsed it, prepared it in one round
//! and committed to it in that round. Two quorums share more electors than
//! may lie, so no two proposals are decided. Time plays no part in what
//! counts; a voter may enter a higher round whenever it likes.

use crate::id::EpochHash;
use crate::key::PublicKey;
use crate::limits::ROUNDS_OF_A_VOTE;
use crate::vote::{Phase, Vote};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

type Voters = BTreeSet<PublicKey>;

/// The locks that each voter named.
type Locks = BTreeMap<PublicKey, BTreeSet<Option<u32>>>;

/// The votes of one electorate on what follows its epoch: a function of the
/// set of votes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ballots {
    electors: Voters,
    needed: usize,
    endorsed: BTreeMap<EpochHash, Voters>,
    prepared: BTreeMap<u32, BTreeMap<EpochHash, Locks>>,
    committed: BTreeMap<u32, BTreeMap<EpochHash, Voters>>,
    certified: BTreeSet<(u32, EpochHash)>,
}

/// A vote that an elector's node casts by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Prepare a proposal in a round, justified by a lower one.
    Prepare {
        /// The round.
        round: u32,
        /// The proposal.
        proposal: EpochHash,
        /// The round of the justifying prepare votes.
        lock: Option<u32>,
    },
    /// Commit to a proposal in a round.
    Commit {
        /// The round.
        round: u32,
        /// The proposal.
        proposal: EpochHash,
    },
}

impl Ballots {
    /// Counts the votes of these electors, of whom `needed` make a quorum;
    /// votes of others have no effect.
    pub fn count<'a>(
        electors: impl IntoIterator<Item = PublicKey>,
        needed: usize,
        votes: impl IntoIterator<Item = &'a Vote>,
    ) -> Self {
        let mut ballots = Self { electors: electors.into_iter().collect(), needed, ..Self::default() };
        votes.into_iter().for_each(|vote| ballots.add(vote));
        ballots.certify();
        ballots
    }

    fn add(&mut self, vote: &Vote) {
        if !self.electors.contains(&vote.elector) {
            return;
        }
        match vote.phase {
            Phase::Endorse => {
                self.endorsed.entry(vote.proposal).or_default().insert(vote.elector);
            }
            Phase::Prepare => {
                let round = self.prepared.entry(vote.round).or_default();
                let voters = round.entry(vote.proposal).or_default();
                voters.entry(vote.elector).or_default().insert(vote.lock);
            }
            Phase::Commit => {
                let round = self.committed.entry(vote.round).or_default();
                round.entry(vote.proposal).or_default().insert(vote.elector);
            }
        }
    }

    /// Finds the certificates, lowest round first: a lock names a lower round.
    fn certify(&mut self) {
        for (round, votes) in &self.prepared {
            for (proposal, voters) in votes {
                let counts = |lock: &Option<u32>| match lock {
                    None => true,
                    Some(lock) => lock < round && self.certified.contains(&(*lock, *proposal)),
                };
                let counted = voters.values().filter(|locks| locks.iter().any(counts)).count();
                if counted >= self.needed {
                    self.certified.insert((*round, *proposal));
                }
            }
        }
    }

    /// Electors that endorsed a proposal.
    pub fn endorsed(&self, proposal: &EpochHash) -> Voters {
        self.endorsed.get(proposal).cloned().unwrap_or_default()
    }

    /// Electors that prepared a proposal in a round, with whatever lock.
    pub fn prepared(&self, round: u32, proposal: &EpochHash) -> Voters {
        let votes = self.prepared.get(&round).and_then(|votes| votes.get(proposal));
        votes.into_iter().flat_map(BTreeMap::keys).copied().collect()
    }

    /// Electors that committed to a proposal, in any round.
    pub fn committed(&self, proposal: &EpochHash) -> Voters {
        self.committed.values().filter_map(|round| round.get(proposal)).flatten().copied().collect()
    }

    /// The highest round in which anybody prepared or committed.
    pub fn round(&self) -> Option<u32> {
        self.prepared.keys().chain(self.committed.keys()).max().copied()
    }

    /// Whether a quorum endorsed this proposal.
    pub fn is_endorsed(&self, proposal: &EpochHash) -> bool {
        self.endorsed.get(proposal).is_some_and(|voters| voters.len() >= self.needed)
    }

    /// Whether a quorum of counted votes prepared `proposal` in `round`.
    pub fn is_certified(&self, round: u32, proposal: &EpochHash) -> bool {
        self.certified.contains(&(round, *proposal))
    }

    /// The decided proposal and the electors whose commits decided it. Of two,
    /// which takes more liars than the rules allow for, the one of the lower
    /// round and then of the lower hash.
    pub fn decided(&self) -> Option<(EpochHash, &Voters)> {
        let is_decided = |(round, proposal): &&(u32, EpochHash)| {
            self.is_endorsed(proposal) && self.commits(*round, proposal) >= self.needed
        };
        let (round, proposal) = self.certified.iter().find(is_decided)?;
        Some((*proposal, self.committed.get(round)?.get(proposal)?))
    }

    /// Whether the rules of voting let `voter`, whose earlier votes are all
    /// here, take this step.
    pub fn permits(&self, voter: &PublicKey, step: &Step) -> bool {
        match step {
            Step::Prepare { round, proposal, lock } => {
                let is_justified = lock.is_none_or(|lock| lock < *round && self.is_certified(lock, proposal));
                *round >= self.round_of(voter)
                    && !self.has_prepared(voter, *round)
                    && !self.has_committed(voter, *round)
                    && is_justified
                    && self.lock_of(voter).is_none_or(|own| lock.is_some_and(|lock| lock >= own))
            }
            Step::Commit { round, proposal } => {
                *round >= self.round_of(voter)
                    && !self.has_committed(voter, *round)
                    && self.is_certified(*round, proposal)
            }
        }
    }

    /// What `voter` should do now, if anything. `may` says which proposals it
    /// could accept; for progress it must come to accept whatever a quorum
    /// prepared. Once a quorum voted in this round, an impatient voter enters
    /// a higher one though something could still be decided here: it should
    /// be impatient only after a time without news, or it outruns the others.
    pub fn next_step(
        &self,
        voter: &PublicKey,
        may: impl Fn(&EpochHash) -> bool,
        is_impatient: bool,
    ) -> Option<Step> {
        let round = self.round_to_be_in(voter);
        let mut certified = self.certified.range((round, EpochHash([0; 32]))..).filter(|(_, one)| may(one));
        let commit = certified
            .next_back()
            .map(|(round, proposal)| Step::Commit { round: *round, proposal: *proposal });
        let permitted = |step: &Step| self.permits(voter, step);
        if let Some(commit) = commit.filter(permitted) {
            return Some(commit);
        }
        let goes_on = (is_impatient && self.has_voted_enough(round)) || !self.is_open(round);
        let entered = if goes_on { round + 1 } else { round };
        let rounds = round..=entered.min(ROUNDS_OF_A_VOTE - 1);
        rounds.filter_map(|round| self.preparation(round, &may)).find(permitted)
    }

    /// What to prepare in a round: what the highest certificate below names,
    /// else something that a quorum endorsed.
    fn preparation(&self, round: u32, may: impl Fn(&EpochHash) -> bool) -> Option<Step> {
        let highest = self.certified.range(..(round, EpochHash([0; 32]))).next_back();
        let (proposal, lock) = match highest {
            Some((lock, proposal)) => (*proposal, Some(*lock)),
            None => (self.wanted(round).into_iter().find(&may)?, None),
        };
        may(&proposal).then_some(Step::Prepare { round, proposal, lock })
    }

    /// What a quorum endorsed, beginning with what most did. Each round begins
    /// with the next one, for electors that can accept different proposals
    /// must come to one that all can.
    fn wanted(&self, round: u32) -> Vec<EpochHash> {
        let endorsed = self.endorsed.iter().filter(|(_, voters)| voters.len() >= self.needed);
        let mut wanted: Vec<_> =
            endorsed.map(|(proposal, voters)| (Reverse(voters.len()), *proposal)).collect();
        wanted.sort_unstable();
        let first = round as usize % wanted.len().max(1);
        wanted.rotate_left(first);
        wanted.into_iter().map(|(_, proposal)| proposal).collect()
    }

    /// The voter's round, or a higher one in which so many are that one of
    /// them is honest.
    fn round_to_be_in(&self, voter: &PublicKey) -> u32 {
        let mut rounds: Vec<u32> = self.electors.iter().map(|elector| self.round_of(elector)).collect();
        rounds.sort_unstable_by(|one, other| other.cmp(one));
        let liars = self.electors.len().saturating_sub(self.needed);
        rounds.get(liars).copied().unwrap_or(0).max(self.round_of(voter))
    }

    /// Whether a quorum voted in `round` or a higher one: without one, another
    /// round would be as little use.
    fn has_voted_enough(&self, round: u32) -> bool {
        let here = |elector: &&PublicKey| self.has_voted(elector) && self.round_of(elector) >= round;
        self.electors.iter().filter(here).count() >= self.needed
    }

    /// Whether something can still be decided in `round`, if those who went
    /// on to higher rounds vote no more in it.
    fn is_open(&self, round: u32) -> bool {
        let staying: Vec<&PublicKey> =
            self.electors.iter().filter(|elector| self.round_of(elector) <= round).collect();
        let to_prepare = staying.iter().filter(|elector| !self.has_prepared(elector, round)).count();
        let to_commit = staying.iter().filter(|elector| !self.has_committed(elector, round)).count();
        let could = |proposal: &EpochHash| {
            self.prepares(round, proposal) + to_prepare >= self.needed
                && self.commits(round, proposal) + to_commit >= self.needed
        };
        let mut named = self.prepared.get(&round).into_iter().flat_map(BTreeMap::keys);
        named.any(could) || to_prepare >= self.needed
    }

    fn prepares(&self, round: u32, proposal: &EpochHash) -> usize {
        self.prepared.get(&round).and_then(|votes| votes.get(proposal)).map_or(0, BTreeMap::len)
    }

    fn commits(&self, round: u32, proposal: &EpochHash) -> usize {
        self.committed.get(&round).and_then(|votes| votes.get(proposal)).map_or(0, BTreeSet::len)
    }

    fn has_prepared(&self, voter: &PublicKey, round: u32) -> bool {
        let votes = self.prepared.get(&round).into_iter().flat_map(BTreeMap::values);
        votes.into_iter().any(|voters| voters.contains_key(voter))
    }

    fn has_committed(&self, voter: &PublicKey, round: u32) -> bool {
        let votes = self.committed.get(&round).into_iter().flat_map(BTreeMap::values);
        votes.into_iter().any(|voters| voters.contains(voter))
    }

    /// Whether the voter has prepared or committed anything.
    pub fn has_voted(&self, voter: &PublicKey) -> bool {
        self.last_prepare(voter).is_some() || self.lock_of(voter).is_some()
    }

    /// A number that grows when an elector goes further: into a higher round,
    /// or to a commit. A liar can make it grow a few hundred times only.
    pub fn progress(&self) -> u64 {
        let of = |elector: &PublicKey| {
            let round = self.round_of(elector);
            2 * u64::from(round)
                + u64::from(self.has_prepared(elector, round))
                + u64::from(self.has_committed(elector, round))
        };
        self.electors.iter().map(of).sum()
    }

    /// Whether a quorum of counted votes prepared `proposal` in any round.
    pub fn was_certified(&self, proposal: &EpochHash) -> bool {
        self.certified.iter().any(|(_, one)| one == proposal)
    }

    /// The highest round in which the voter voted; 0 before it did.
    pub fn round_of(&self, voter: &PublicKey) -> u32 {
        self.last_prepare(voter).max(self.lock_of(voter)).unwrap_or(0)
    }

    fn last_prepare(&self, voter: &PublicKey) -> Option<u32> {
        self.prepared.keys().rev().find(|round| self.has_prepared(voter, **round)).copied()
    }

    /// The highest round in which the voter committed.
    fn lock_of(&self, voter: &PublicKey) -> Option<u32> {
        self.committed.keys().rev().find(|round| self.has_committed(voter, **round)).copied()
    }
}
