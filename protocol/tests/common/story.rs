//! Stories for the order of arrival: plans that a generator draws and shrinks, and what they
//! make of a small commons.
#![allow(dead_code)]

#[path = "story/rule.rs"]
mod rule;
#[path = "story/teller.rs"]
mod teller;

use crate::world::{Dice, World, Writer};
use commons_protocol::collection::Standing;
use commons_protocol::id::{CommonsId, EpochHash};
use commons_protocol::object::Object;
use commons_protocol::run::VerifiedRun;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any};
use proptest::{collection, prop_oneof};
use std::collections::BTreeSet;
use teller::Teller;

/// Something that happens. Numbers choose among what there is, modulo how much there is.
#[derive(Clone, Debug)]
pub enum Step {
    /// An entry on top of some entries of any log, the right collection or not.
    Write { log: u8, deps: Vec<u16> },
    /// An entry with something wrong: person, kind or epoch.
    Odd { log: u8, what: u8 },
    /// Other entries in the place of the last `back` of a log.
    Fork { log: u8, back: u8, entries: u8 },
    /// A proof of a fork; hidden: its runs never arrive.
    Prove { fork: u8, hidden: bool },
    /// One organisation attests some points: the first `keep` entries of a log or of a fork of it.
    Attest { by: u8, log: u8, keep: u8, branch: bool, how: Attesting },
    /// So many organisations, from one on, attest about the same point.
    Agree { by: u8, many: u8, log: u8, keep: u8, branch: bool },
    /// A revocation that leaves `keep` entries of each of the organisation's logs.
    Revoke { organisation: u8, person: bool, keep: u8 },
    /// An organisation ends a log after the first `keep` entries of it or of a fork of it.
    End { log: u8, keep: u8, branch: bool },
    /// Two different events in one place of an admin's chain.
    ForkAdmin { organisation: u8 },
    /// The root revokes its admin key after its first `keep` events.
    RevokeAdmin { organisation: u8, keep: u8 },
    /// The person gets other roles under another key, or the node its delegation.
    Delegate { organisation: u8, writes: bool },
    /// What electors propose for the next epoch, and who of them votes for it.
    Epoch { rule: Rule, voting: Voting },
}

/// How an attestation goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attesting {
    /// It does not.
    Well,
    /// It never arrives: the elector's chain has a gap.
    Lost,
    /// It names an entry that nobody wrote.
    Unknown,
    /// It names a place that is not the entry's.
    Misplaced,
}

/// What an epoch changes.
#[derive(Clone, Debug)]
pub enum Rule {
    /// The standing of a member, with pins that leave `keep` entries of its logs, or none.
    Stand { organisation: u8, standing: Standing, keep: Option<u8> },
    /// Who may write; with pins of all logs or without.
    Writers { keep: Option<u8> },
    /// It pins one log, or a fork of it, and so picks a branch.
    Pin { log: u8, keep: u8, branch: bool },
    /// A member's root is lost; the first `keep` events of it count.
    Root { organisation: u8, keep: u8 },
    /// A member votes from now on, or no longer.
    Elector { organisation: u8 },
    /// Another organisation comes in.
    Admit,
}

/// Who votes for an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voting {
    /// All electors.
    All,
    /// As many as are needed.
    Quorum,
    /// One too few: it stays proposed, and another may be decided.
    TooFew,
    /// Nobody, but the operator chooses it, and the others go on from there.
    Chosen,
    /// Nobody, but the operator chooses it, and the others go on without it.
    ChosenAlone,
}

/// A story before it is told.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Electors at the founding.
    pub electors: u8,
    pub steps: Vec<Step>,
    /// Chooses the batches.
    pub batches: u64,
    /// Chooses the order of arrival.
    pub order: u64,
    /// Some runs never arrive.
    pub lossy: bool,
}

/// All objects and runs that there are.
pub struct Story {
    pub commons: CommonsId,
    pub objects: Vec<Object>,
    pub runs: Vec<VerifiedRun>,
    /// The epochs that the operator chooses.
    pub chosen: BTreeSet<EpochHash>,
}

/// Plans of up to sixty steps.
pub fn plans() -> impl Strategy<Value = Plan> {
    let electors = prop_oneof![1 => 1..=3_u8, 4 => Just(4), 1 => Just(5)];
    let parts = (electors, collection::vec(steps(), 1..60), any::<u64>(), any::<u64>(), any::<bool>());
    parts.prop_map(|(electors, steps, batches, order, lossy)| Plan { electors, steps, batches, order, lossy })
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        30 => writing(),
        7 => forking(),
        7 => attesting(),
        5 => delegating(),
        5 => (rules(), votings()).prop_map(|(rule, voting)| Step::Epoch { rule, voting }),
    ]
}

/// Most of what happens happens to a few logs.
fn logs() -> BoxedStrategy<u8> {
    prop_oneof![4 => 0..3_u8, 1 => any::<u8>()].boxed()
}

fn writing() -> BoxedStrategy<Step> {
    let writes = (logs(), collection::vec(any::<u16>(), 0..3));
    prop_oneof![
        15 => writes.prop_map(|(log, deps)| Step::Write { log, deps }),
        1 => (logs(), 0..6_u8).prop_map(|(log, what)| Step::Odd { log, what }),
    ]
    .boxed()
}

fn forking() -> BoxedStrategy<Step> {
    let forks = (logs(), 0..8_u8, 1..4_u8);
    prop_oneof![
        4 => forks.prop_map(|(log, back, entries)| Step::Fork { log, back, entries }),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(fork, hidden)| Step::Prove { fork, hidden }),
        2 => (logs(), 1..8_u8, any::<bool>())
            .prop_map(|(log, keep, branch)| Step::End { log, keep, branch }),
    ]
    .boxed()
}

fn attesting() -> BoxedStrategy<Step> {
    let how = prop_oneof![
        6 => Just(Attesting::Well),
        1 => Just(Attesting::Lost),
        1 => Just(Attesting::Unknown),
        1 => Just(Attesting::Misplaced),
    ];
    let one = (any::<u8>(), logs(), 1..8_u8, any::<bool>(), how);
    let many = (any::<u8>(), 2..6_u8, logs(), 1..8_u8, any::<bool>());
    prop_oneof![
        2 => one.prop_map(|(by, log, keep, branch, how)| Step::Attest { by, log, keep, branch, how }),
        3 => many.prop_map(|(by, many, log, keep, branch)| Step::Agree { by, many, log, keep, branch }),
    ]
    .boxed()
}

fn delegating() -> BoxedStrategy<Step> {
    prop_oneof![
        2 => (any::<u8>(), any::<bool>(), 0..8_u8)
            .prop_map(|(organisation, person, keep)| Step::Revoke { organisation, person, keep }),
        1 => any::<u8>().prop_map(|organisation| Step::ForkAdmin { organisation }),
        1 => (any::<u8>(), 1..4_u8).prop_map(|(organisation, keep)| Step::RevokeAdmin { organisation, keep }),
        2 => (any::<u8>(), any::<bool>())
            .prop_map(|(organisation, writes)| Step::Delegate { organisation, writes }),
    ]
    .boxed()
}

fn rules() -> BoxedStrategy<Rule> {
    let keep = || proptest::option::of(0..8_u8);
    prop_oneof![
        5 => (any::<u8>(), standings(), keep())
            .prop_map(|(organisation, standing, keep)| Rule::Stand { organisation, standing, keep }),
        2 => keep().prop_map(|keep| Rule::Writers { keep }),
        2 => (logs(), 1..8_u8, any::<bool>()).prop_map(|(log, keep, branch)| Rule::Pin { log, keep, branch }),
        1 => (any::<u8>(), 0..3_u8).prop_map(|(organisation, keep)| Rule::Root { organisation, keep }),
        1 => any::<u8>().prop_map(|organisation| Rule::Elector { organisation }),
        1 => Just(Rule::Admit),
    ]
    .boxed()
}

fn standings() -> BoxedStrategy<Standing> {
    prop_oneof![2 => Just(Standing::Active), 2 => Just(Standing::Suspended), 1 => Just(Standing::Removed)]
        .boxed()
}

fn votings() -> BoxedStrategy<Voting> {
    prop_oneof![
        4 => Just(Voting::All),
        4 => Just(Voting::Quorum),
        1 => Just(Voting::TooFew),
        1 => Just(Voting::Chosen),
        1 => Just(Voting::ChosenAlone),
    ]
    .boxed()
}

impl Plan {
    /// Makes the objects and runs.
    pub fn tell(&self) -> Story {
        self.tell_with_world().0
    }

    /// Makes the objects and runs; the world is as it was left.
    pub fn tell_with_world(&self) -> (Story, World) {
        let mut teller = Teller::new(usize::from(self.electors));
        self.steps.iter().for_each(|step| teller.step(step));
        let mut dice = Dice(self.batches);
        let is_here = |number: &usize| !teller.hidden.contains(number);
        let forks = (0..teller.forks.len()).filter(is_here).map(|number| &teller.forks[number].1);
        let mut runs: Vec<VerifiedRun> =
            teller.logs.iter().chain(forks).flat_map(|log| batches(log, &mut dice)).collect();
        if self.lossy {
            runs.retain(|_| dice.below(8) != 0);
        }
        let Teller { world, chosen, .. } = teller;
        (Story { commons: world.commons, objects: world.objects.clone(), runs, chosen }, world)
    }
}

/// Runs over one log: one batching whole, and stretches of another with joined ones.
fn batches(log: &Writer, dice: &mut Dice) -> Vec<VerifiedRun> {
    let mut runs = Vec::new();
    let mut from = 0;
    while from < log.ids.len() {
        let to = from + 1 + dice.below((log.ids.len() - from).min(5));
        runs.push(log.run(from, to));
        if from > 0 && dice.below(3) == 0 {
            let mut joined = runs[runs.len() - 2].clone();
            joined.join(log.run(from, to)).expect("stretches that follow each other join");
            runs.push(joined);
        }
        from = to;
    }
    for _ in 0..dice.below(3) {
        if let Some(from) = log.ids.len().checked_sub(1).map(|last| dice.below(last + 1)) {
            runs.push(log.run(from, from + 1 + dice.below(log.ids.len() - from)));
        }
    }
    runs
}
