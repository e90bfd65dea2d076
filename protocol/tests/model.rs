//! Model check of the rules of voting: whatever honest electors do within `Ballots::permits`, in
//! any order and with liars who sign anything, no two proposals are decided.
//!
//! Every liar has signed everything from the start, with every claim of a lock, and everybody
//! endorses everything. An honest elector sees all votes at once: with fewer it may do less, for
//! only its own votes ever forbid it a step. `COMMONS_LONG=1` adds larger commons.
#![allow(clippy::disallowed_methods, reason = "the environment says whether to run for long")]

use commons_protocol::ballot::{Ballots, Step};
use commons_protocol::id::{CommonsId, EpochHash};
use commons_protocol::key::PublicKey;
use commons_protocol::vote::{Phase, Vote};
use stateright::{Checker, HasDiscoveries, Model, Property, Representative};

/// What each honest elector has signed: a set of indices into [`Commons::steps`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Signed(Vec<u64>);

/// Honest electors are alike.
impl Representative for Signed {
    fn representative(&self) -> Self {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        Self(sorted)
    }
}

/// A rule that honest electors break in a check that must find two decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broken {
    /// None.
    Nothing,
    /// A prepare vote needs no lock after a commit.
    Lock,
    /// A prepare vote is a commit too.
    TwoPhases,
    /// A commit is allowed in rounds below the voter's.
    CommitInOwnRound,
    /// A voter prepares more than once in a round.
    OnePreparePerRound,
}

#[derive(Clone, Copy, Debug)]
struct Size {
    electors: usize,
    liars: usize,
    needed: usize,
    rounds: u32,
    proposals: u8,
}

struct Commons {
    size: Size,
    broken: Broken,
    /// Whether a prepare vote is kept without its lock once it was cast: a vote that counted goes
    /// on counting, and nobody looks at its lock again. Leaves fewer states to visit.
    drops_locks: bool,
    /// Every step within the bounds.
    steps: Vec<Step>,
    /// By elector, honest ones first: the votes that the steps are.
    votes: Vec<Vec<Vote>>,
    endorsements: Vec<Vote>,
}

fn elector(index: usize) -> PublicKey {
    PublicKey([u8::try_from(index).expect("few electors"); 32])
}

fn proposal(value: u8) -> EpochHash {
    EpochHash([value; 32])
}

fn vote(elector: PublicKey, phase: Phase, round: u32, proposal: EpochHash, lock: Option<u32>) -> Vote {
    Vote { commons: CommonsId([0; 32]), parent: None, round, phase, proposal, elector, lock, attested: None }
}

fn vote_of(elector: PublicKey, step: &Step) -> Vote {
    match *step {
        Step::Prepare { round, proposal, lock } => vote(elector, Phase::Prepare, round, proposal, lock),
        Step::Commit { round, proposal } => vote(elector, Phase::Commit, round, proposal, None),
    }
}

fn steps_of(size: Size) -> Vec<Step> {
    let mut steps = Vec::new();
    for round in 0..size.rounds {
        for proposal in (1..=size.proposals).map(proposal) {
            let locks = (0..round).map(Some).chain([None]);
            steps.extend(locks.map(|lock| Step::Prepare { round, proposal, lock }));
            steps.push(Step::Commit { round, proposal });
        }
    }
    assert!(steps.len() <= 64, "a set of steps is kept in 64 bits");
    steps
}

impl Commons {
    fn new(size: Size, broken: Broken) -> Self {
        let steps = steps_of(size);
        let votes = |index| steps.iter().map(|step| vote_of(elector(index), step)).collect();
        let votes = (0..size.electors).map(votes).collect();
        let endorse = |value| {
            (0..size.electors).map(move |who| vote(elector(who), Phase::Endorse, 0, proposal(value), None))
        };
        let endorsements = (1..=size.proposals).flat_map(endorse).collect();
        Self { size, broken, drops_locks: false, steps, votes, endorsements }
    }

    fn honest(&self) -> usize {
        self.size.electors - self.size.liars
    }

    fn has(signed: u64, step: usize) -> bool {
        signed & (1 << step) != 0
    }

    fn count<'a>(&'a self, signed: &'a [u64], counts: impl Fn(&Vote) -> bool) -> Ballots {
        let honest = self.votes.iter().zip(signed).flat_map(|(votes, signed)| {
            votes.iter().enumerate().filter(|(step, _)| Self::has(*signed, *step)).map(|(_, vote)| vote)
        });
        let liars = self.votes.iter().skip(self.honest()).flatten();
        let votes = self.endorsements.iter().chain(honest).chain(liars).filter(|vote| counts(vote));
        Ballots::count((0..self.size.electors).map(elector), self.size.needed, votes)
    }

    /// Whether votes for one proposal alone decide it: how many others are decided plays no part.
    fn is_decided(&self, state: &Signed, value: u8) -> bool {
        let ballots = self.count(&state.0, |vote| vote.proposal == proposal(value));
        ballots.decided().is_some_and(|(decided, _)| decided == proposal(value))
    }

    fn decided(&self, state: &Signed) -> usize {
        (1..=self.size.proposals).filter(|value| self.is_decided(state, *value)).count()
    }

    /// Whether a proposal is decided, and that by commits in the last round alone.
    fn is_decided_late(&self, state: &Signed, value: u8) -> bool {
        if !self.is_decided(state, value) {
            return false;
        }
        let is_earlier = |vote: &Vote| vote.phase == Phase::Commit && vote.round + 1 < self.size.rounds;
        let late = self.count(&state.0, |vote| !is_earlier(vote) && vote.proposal == proposal(value));
        let early = self.count(&state.0, |vote| is_earlier(vote) || vote.phase != Phase::Commit);
        late.decided().is_some() && early.decided().is_none()
    }

    /// The steps that honest elector `who` may take.
    fn permitted(&self, state: &Signed, who: usize, ballots: &Ballots) -> Vec<usize> {
        let forgetful = |step: &Step| {
            self.count(&state.0, |vote| vote.elector != elector(who) || self.broken.remembers(vote, step))
        };
        let may = |step: &Step| match self.broken {
            Broken::Nothing => ballots.permits(&elector(who), step),
            _ => forgetful(step).permits(&elector(who), step),
        };
        let steps = self.steps.iter().enumerate();
        steps.filter(|(_, step)| may(step)).map(|(index, _)| index).collect()
    }

    /// What an elector that takes this step has signed.
    fn signature(&self, step: usize) -> u64 {
        match self.steps[step] {
            Step::Prepare { round, proposal, .. } if self.broken == Broken::TwoPhases => {
                1 << step | self.only(Step::Commit { round, proposal })
            }
            Step::Prepare { round, proposal, .. } if self.drops_locks => {
                self.only(Step::Prepare { round, proposal, lock: None })
            }
            _ => 1 << step,
        }
    }

    fn only(&self, step: Step) -> u64 {
        self.steps.iter().position(|one| *one == step).map_or(0, |index| 1 << index)
    }
}

impl Broken {
    /// Whether a voter that thinks of taking `step` remembers this vote of its own.
    fn remembers(self, own: &Vote, step: &Step) -> bool {
        match (self, step) {
            (Self::Lock | Self::TwoPhases, Step::Prepare { round, .. }) => {
                own.phase != Phase::Commit || own.round >= *round
            }
            (Self::OnePreparePerRound, Step::Prepare { round, .. }) => {
                own.phase != Phase::Prepare || own.round != *round
            }
            (Self::CommitInOwnRound, Step::Commit { round, .. }) => own.round <= *round,
            _ => true,
        }
    }
}

impl Model for Commons {
    type State = Signed;
    /// Which honest elector takes which step.
    type Action = (usize, usize);

    fn init_states(&self) -> Vec<Signed> {
        vec![Signed(vec![0; self.honest()])]
    }

    fn actions(&self, state: &Signed, actions: &mut Vec<Self::Action>) {
        let ballots = self.count(&state.0, |_| true);
        for who in 0..self.honest() {
            let steps = self.permitted(state, who, &ballots);
            actions.extend(steps.into_iter().map(|step| (who, step)));
        }
    }

    fn next_state(&self, state: &Signed, (who, step): Self::Action) -> Option<Signed> {
        let mut next = state.clone();
        next.0[who] |= self.signature(step);
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(AGREEMENT, |commons: &Self, state| commons.decided(state) <= 1),
            Property::sometimes(FIRST, |commons: &Self, state| commons.is_decided(state, 1)),
            Property::sometimes(LATE, |commons: &Self, state| commons.is_decided_late(state, 2)),
        ]
    }
}

const AGREEMENT: &str = "at most one proposal is decided";
const FIRST: &str = "proposal 1 is decided";
const LATE: &str = "proposal 2 is decided in the last round";

fn size(electors: usize, liars: usize, needed: usize, rounds: u32, proposals: u8) -> Size {
    Size { electors, liars, needed, rounds, proposals }
}

fn holds(size: Size) {
    holds_in(Commons::new(size, Broken::Nothing));
}

/// All states are visited, agreement holds in each, and decisions are possible.
fn holds_in(commons: Commons) {
    let (size, drops_locks) = (commons.size, commons.drops_locks);
    let checker = commons.checker().symmetry().spawn_dfs().join();
    let (states, steps) = (checker.unique_state_count(), checker.state_count());
    println!("{size:?}, drops_locks {drops_locks}: {states} states, {steps} steps");
    checker.assert_properties();
    assert!(checker.is_done(), "all states are visited");
}

/// Without one rule two proposals are decided.
fn forks(size: Size, broken: Broken) {
    let checker = Commons::new(size, broken).checker().symmetry();
    let checker = checker.finish_when(HasDiscoveries::AnyFailures).spawn_dfs().join();
    let path = checker.discovery(AGREEMENT);
    println!("{size:?} without {broken:?}: {} states", checker.unique_state_count());
    let path = path.unwrap_or_else(|| panic!("{size:?} without {broken:?} agrees"));
    let last = path.last_state().clone();
    println!("  two decisions after {} steps: {last:?}", path.into_actions().len());
}

fn runs_for_long() -> bool {
    std::env::var_os("COMMONS_LONG").is_some()
}

#[test]
fn four_electors_with_a_liar_agree() {
    holds(size(4, 1, 3, 3, 2));
}

#[test]
fn five_electors_with_a_liar_agree() {
    holds(size(5, 1, 4, 2, 2));
}

#[test]
fn seven_electors_with_two_liars_agree() {
    holds(size(7, 2, 5, 2, 2));
}

#[test]
fn three_founders_agree() {
    holds(size(3, 0, 3, 3, 2));
}

#[test]
fn larger_commons_agree() {
    let sizes = [size(4, 1, 3, 3, 2), size(4, 1, 3, 3, 3), size(4, 1, 3, 4, 2)];
    for size in sizes.into_iter().filter(|_| runs_for_long()) {
        holds_in(Commons { drops_locks: true, ..Commons::new(size, Broken::Nothing) });
    }
}

#[test]
fn without_locks_they_fork() {
    forks(size(4, 1, 3, 2, 2), Broken::Lock);
}

#[test]
fn with_one_phase_signed_again_in_each_round_they_fork() {
    forks(size(4, 1, 3, 2, 2), Broken::TwoPhases);
}

#[test]
fn with_plain_majorities_they_fork() {
    forks(size(5, 1, 3, 1, 2), Broken::Nothing);
}

#[test]
fn with_commits_in_any_round_they_fork() {
    forks(size(4, 1, 3, 2, 2), Broken::CommitInOwnRound);
}

#[test]
fn with_two_prepares_in_a_round_they_fork() {
    forks(size(4, 1, 3, 2, 2), Broken::OnePreparePerRound);
}

#[test]
fn with_one_liar_too_many_they_fork() {
    forks(size(4, 2, 3, 1, 2), Broken::Nothing);
}
