//! Electors that vote, honest and not, and what each of them knows.
#![allow(dead_code)]

use commons_protocol::ballot::{Ballots, Step};
use commons_protocol::id::{CommonsId, EpochHash};
use commons_protocol::key::PublicKey;
use commons_protocol::limits::ROUNDS_OF_A_VOTE;
use commons_protocol::vote::{Phase, Vote};
use std::collections::BTreeSet;
use std::fmt;

/// Proposals of a history.
const PROPOSALS: u8 = 3;

/// The highest round into which an elector roams.
const ROAMED: u32 = 40;

/// Numbers that a seed determines.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).expect("a usize")
    }

    pub fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }
}

pub fn elector(index: usize) -> PublicKey {
    PublicKey([u8::try_from(index).expect("few electors"); 32])
}

pub fn name(value: u8) -> EpochHash {
    EpochHash([value; 32])
}

fn vote(who: usize, phase: Phase, round: u32, value: u8, lock: Option<u32>) -> Vote {
    let (elector, proposal) = (elector(who), name(value));
    Vote { commons: CommonsId([0; 32]), parent: None, round, phase, proposal, elector, lock, attested: None }
}

pub fn endorse(who: usize, value: u8) -> Vote {
    vote(who, Phase::Endorse, 0, value, None)
}

pub fn prepare(who: usize, round: u32, value: u8, lock: Option<u32>) -> Vote {
    vote(who, Phase::Prepare, round, value, lock)
}

pub fn commit(who: usize, round: u32, value: u8) -> Vote {
    vote(who, Phase::Commit, round, value, None)
}

fn signed(who: usize, step: &Step) -> Vote {
    match *step {
        Step::Prepare { round, proposal, lock } => prepare(who, round, proposal.0[0], lock),
        Step::Commit { round, proposal } => commit(who, round, proposal.0[0]),
    }
}

/// The votes of `electors` electors, as the charter's rule makes a quorum.
pub fn count(electors: usize, needed: usize, votes: &[Vote]) -> Ballots {
    Ballots::count((0..electors).map(elector), needed, votes)
}

/// How many make a quorum of `electors`.
pub fn needed(electors: usize) -> usize {
    if electors < 4 { electors } else { 2 * electors / 3 + 1 }
}

/// Electors, all votes ever signed, and which of them each honest elector has.
pub struct History {
    pub electors: usize,
    pub needed: usize,
    /// The first so many electors are honest.
    pub honest: usize,
    pub votes: Vec<Vote>,
    known: Vec<BTreeSet<usize>>,
    /// By honest elector, proposals that it doesn't accept before a quorum has prepared them.
    refused: Vec<BTreeSet<EpochHash>>,
    /// Whether the liars sign nothing at all.
    are_silent: bool,
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} electors, {} needed, {} honest", self.electors, self.needed, self.honest)?;
        for (index, vote) in self.votes.iter().enumerate() {
            let Vote { round, phase, lock, .. } = vote;
            let holders: Vec<_> = (0..self.honest).filter(|who| self.known[*who].contains(&index)).collect();
            let (who, value) = (vote.elector.0[0], vote.proposal.0[0]);
            writeln!(f, "{who}: {phase:?} {value} in {round}, lock {lock:?}, held by {holders:?}")?;
        }
        writeln!(f, "refused: {:?}", self.refused)
    }
}

impl History {
    /// As many liars as can be borne, or fewer; sometimes a higher quorum. Everybody accepts the
    /// first proposal.
    pub fn new(electors: usize, dice: &mut Dice) -> Self {
        let least = needed(electors);
        let needed = if dice.one_in(3) { least + dice.below(electors - least + 1) } else { least };
        let honest = electors - dice.below(electors - needed + 1);
        let mut refuses = || (2..=PROPOSALS).map(name).filter(|_| dice.one_in(4)).collect();
        let refused = (0..honest).map(|_| refuses()).collect();
        let are_silent = dice.one_in(3);
        Self { refused, are_silent, ..Self::between(electors, needed, honest) }
    }

    /// Nothing signed yet, and nothing refused.
    pub fn between(electors: usize, needed: usize, honest: usize) -> Self {
        let (known, refused) = (vec![BTreeSet::new(); honest], vec![BTreeSet::new(); honest]);
        Self { electors, needed, honest, votes: Vec::new(), known, refused, are_silent: true }
    }

    /// Lets people endorse, votes travel, liars lie and honest electors `step` at random.
    pub fn run(&mut self, dice: &mut Dice, events: usize, step: fn(&mut Self, usize, &mut Dice) -> bool) {
        for _ in 0..events {
            let who = dice.below(self.honest);
            match dice.below(10) {
                0 => self.sign(who, endorse(who, 1 + dice.pick(&[0, 1, 2]))),
                1..=2 => self.lie(dice),
                3..=6 => self.deliver(who, dice),
                _ => {
                    self.check_step(who, dice, step);
                }
            }
        }
    }

    /// Takes a step and checks what must hold of every step of an honest elector.
    fn check_step(&mut self, who: usize, dice: &mut Dice, step: fn(&mut Self, usize, &mut Dice) -> bool) {
        let own = |history: &Self| -> Vec<Vote> {
            let cast = history.votes.iter().filter(|vote| vote.elector == elector(who));
            cast.filter(|vote| vote.phase != Phase::Endorse).cloned().collect()
        };
        let before = own(self);
        if !step(self, who, dice) {
            return;
        }
        let after = own(self);
        let cast = after.last().expect("a step is a vote");
        let round = before.iter().map(|vote| vote.round).max().unwrap_or(0);
        assert!(cast.round >= round, "elector {who} goes back from {round} to {cast:?}");
        assert!(cast.round < ROUNDS_OF_A_VOTE, "there is no such round: {cast:?}");
        let twice = before.iter().filter(|vote| (vote.round, vote.phase) == (cast.round, cast.phase));
        assert_eq!(twice.count(), 0, "elector {who} votes twice in a round and phase: {cast:?}");
        let bound = before.iter().filter(|vote| vote.phase == Phase::Commit).map(|vote| vote.round).max();
        let is_bound = cast.phase == Phase::Prepare && bound.is_some();
        assert!(!is_bound || cast.lock >= bound, "elector {who} forgets its commit in {bound:?}: {cast:?}");
    }

    /// An honest elector's node does what it should.
    pub fn follow(&mut self, who: usize, dice: &mut Dice) -> bool {
        self.step(who, dice.one_in(4))
    }

    /// An honest elector does anything that is permitted.
    pub fn roam(&mut self, who: usize, dice: &mut Dice) -> bool {
        let ballots = self.seen_by(who);
        let round = u32::try_from(dice.below(ROAMED as usize)).expect("a round");
        let proposal = name(1 + dice.pick(&[0, 1, 2]));
        let lock = (0..round).rev().find(|round| ballots.is_certified(*round, &proposal));
        if !ballots.is_endorsed(&proposal) {
            return false;
        }
        let commit = Step::Commit { round, proposal };
        let steps =
            [commit, Step::Prepare { round, proposal, lock: lock.filter(|_| dice.one_in(2)) }, commit];
        let may = |step: &&Step| ballots.permits(&elector(who), step);
        let step = steps.iter().filter(may).nth(dice.below(2)).copied();
        step.inspect(|step| self.sign(who, signed(who, step))).is_some()
    }

    fn step(&mut self, who: usize, is_impatient: bool) -> bool {
        let ballots = self.seen_by(who);
        let prepared = |one: &EpochHash| (0..ROUNDS_OF_A_VOTE).any(|round| ballots.is_certified(round, one));
        let may = |one: &EpochHash| !self.refused[who].contains(one) || prepared(one);
        let Some(step) = ballots.next_step(&elector(who), may, is_impatient) else { return false };
        assert!(ballots.permits(&elector(who), &step), "elector {who} breaks the rules: {step:?}");
        self.sign(who, signed(who, &step));
        true
    }

    /// All honest electors take a step at once; how many did.
    pub fn step_all(&mut self, is_impatient: bool) -> usize {
        (0..self.honest).filter(|who| self.step(*who, is_impatient)).count()
    }

    pub fn sign(&mut self, who: usize, vote: Vote) {
        self.known[who].insert(self.votes.len());
        self.votes.push(vote);
    }

    /// A liar signs anything; later some get it and some don't.
    fn lie(&mut self, dice: &mut Dice) {
        if self.honest == self.electors || self.are_silent {
            return;
        }
        let who = self.honest + dice.below(self.electors - self.honest);
        let round = [0, 1, 2, 3, 4, 5, 6, 7, ROUNDS_OF_A_VOTE - 2, ROUNDS_OF_A_VOTE - 1][dice.below(10)];
        let value = 1 + dice.pick(&[0, 1, 2]);
        let lock = if dice.one_in(2) { None } else { round.checked_sub(1 + dice.pick(&[0, 1, 2])) };
        let lies = [endorse(who, value), commit(who, round, value), prepare(who, round, value, lock)];
        self.votes.push(lies[dice.below(3)].clone());
    }

    fn deliver(&mut self, to: usize, dice: &mut Dice) {
        for _ in 0..self.electors {
            if !self.votes.is_empty() {
                self.known[to].insert(dice.below(self.votes.len()));
            }
        }
    }

    /// The votes that an honest elector has, counted.
    pub fn seen_by(&self, who: usize) -> Ballots {
        let votes = self.known[who].iter().map(|index| &self.votes[*index]);
        Ballots::count((0..self.electors).map(elector), self.needed, votes)
    }

    /// All people endorse the proposal that all can accept.
    pub fn endorse_all(&mut self) {
        (0..self.honest).for_each(|who| self.sign(who, endorse(who, 1)));
    }

    /// Whether at least one honest elector endorsed this.
    pub fn honest_endorsed(&self, proposal: &EpochHash) -> bool {
        (0..self.honest).any(|who| self.votes.contains(&endorse(who, proposal.0[0])))
    }

    /// Every honest elector gets what any of them has.
    pub fn exchange_all(&mut self) {
        let all: BTreeSet<usize> = self.known.iter().flatten().copied().collect();
        self.known.fill(all);
    }

    /// What every honest elector takes for decided, if all do.
    pub fn decided_by_all(&self) -> Option<EpochHash> {
        let decided: BTreeSet<_> =
            (0..self.honest).map(|who| self.seen_by(who).decided().map(|(one, _)| one)).collect();
        decided.first().copied().flatten().filter(|_| decided.len() == 1)
    }

    /// All that the votes of everybody decide, each proposal by its own votes.
    pub fn decided_ever(&self) -> Vec<EpochHash> {
        let is_decided = |one: &EpochHash| {
            let votes = self.votes.iter().filter(|vote| vote.proposal == *one);
            Ballots::count((0..self.electors).map(elector), self.needed, votes).decided().is_some()
        };
        (1..=PROPOSALS).map(name).filter(is_decided).collect()
    }
}
