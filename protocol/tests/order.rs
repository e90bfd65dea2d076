//! Whatever the order, duplication and batching in which objects and runs come in, incremental
//! admission ends where the specification does.
//!
//! `COMMONS_LONG=1` runs 100,000 cases; `COMMONS_SEED=<number>` repeats the cases of a failure.
#![allow(clippy::disallowed_methods, reason = "seed and number of cases come from the environment")]

#[path = "common/story.rs"]
mod story;
#[path = "common/world.rs"]
mod world;

use commons_protocol::admission::{Admission, Outcome};
use commons_protocol::object::Object;
use commons_protocol::recompute::recompute;
use commons_protocol::run::VerifiedRun;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use story::{Story, plans};
use world::Dice;

/// How a node comes by what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Memory {
    /// A rebuild gets every run that ever came in.
    Whole,
    /// A rebuild gets what was admitted and what proves forks; the rest comes again later.
    Admitted,
}

#[derive(Clone)]
enum Item {
    Objects(Vec<Object>),
    Run(VerifiedRun),
}

struct Node {
    admission: Admission,
    memory: Memory,
    objects: Vec<Object>,
    seen: Vec<VerifiedRun>,
    stored: Vec<VerifiedRun>,
}

impl Node {
    fn new(story: &Story, memory: Memory) -> Self {
        let admission = Admission::new(story.commons);
        Self { admission, memory, objects: Vec::new(), seen: Vec::new(), stored: Vec::new() }
    }

    fn take(&mut self, item: &Item) {
        let outcome = match item {
            Item::Objects(objects) => {
                self.objects.extend(objects.iter().cloned());
                self.admission.take_objects(objects.iter().cloned())
            }
            Item::Run(run) => {
                self.seen.push(run.clone());
                self.admission.take_run(run.clone())
            }
        };
        self.settle(outcome);
    }

    /// Stores what came of something; builds again for as long as that is asked for.
    fn settle(&mut self, mut outcome: Outcome) {
        let mut rounds = 0;
        loop {
            let rebuild = outcome.rebuild;
            self.store(outcome);
            if !rebuild {
                return;
            }
            outcome = self.rebuild();
            rounds += 1;
            assert!(rounds < 50, "a rebuild asks for another for ever");
        }
    }

    fn store(&mut self, outcome: Outcome) {
        self.stored.extend(outcome.admitted.into_iter().map(|part| part.run));
        self.stored.extend(outcome.fork);
    }

    fn rebuild(&mut self) -> Outcome {
        self.admission = self.admission.emptied();
        let runs = match self.memory {
            Memory::Whole => self.seen.clone(),
            Memory::Admitted => std::mem::take(&mut self.stored),
        };
        let mut all = Outcome::default();
        for run in runs {
            let outcome = self.admission.take_run(run);
            all.rebuild |= outcome.rebuild;
            self.store(outcome);
        }
        all
    }

    fn check(&self, runs: &[VerifiedRun], when: &str) -> Result<(), TestCaseError> {
        let expected = recompute(self.admission.commons(), &self.objects, runs);
        let heads = self.admission.head_map();
        proptest::prop_assert_eq!(heads, expected, "{} with {:?}", when, self.memory);
        Ok(())
    }
}

/// Everything once or more, in an order and in groups that the dice choose.
fn deliveries(story: &Story, dice: &mut Dice) -> Vec<Item> {
    let mut items = Vec::new();
    let mut rest: &[Object] = &story.objects;
    while !rest.is_empty() {
        let (group, after) = rest.split_at(1 + dice.below(rest.len().min(4)));
        items.push(Item::Objects(group.to_vec()));
        rest = after;
    }
    items.extend(story.runs.iter().cloned().map(Item::Run));
    let duplicates: Vec<Item> =
        (0..items.len() / 4).map(|_| items[dice.below(items.len())].clone()).collect();
    items.extend(duplicates);
    match dice.below(4) {
        0 => {}
        1 => items.reverse(),
        _ => dice.shuffle(&mut items),
    }
    items
}

fn converges(story: &Story, seed: u64, memory: Memory) -> Result<(), TestCaseError> {
    let mut dice = Dice(seed);
    let mut node = Node::new(story, memory);
    let items = deliveries(story, &mut dice);
    let look = dice.below(items.len());
    for (index, item) in items.iter().enumerate() {
        node.take(item);
        if index == look && memory == Memory::Whole {
            node.check(&node.seen, "on the way")?;
        }
    }
    if memory == Memory::Admitted {
        // What a rebuild forgot comes again with the next catch-up.
        for _ in 0..2 {
            items.iter().for_each(|item| node.take(item));
        }
    }
    proptest::prop_assert_eq!(node.admission.evicted(), 0, "the pool is large enough for a story");
    node.check(&story.runs, "at the end")
}

/// Runs cases from one seed, which a failure names together with the smallest story that fails.
fn hold_for_all(cases: u32, check: impl Fn(&Story, u64) -> Result<(), TestCaseError>) {
    let seed: u64 = std::env::var("COMMONS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let long = std::env::var_os("COMMONS_LONG").is_some();
    let config = Config {
        cases: if long { 100_000 } else { cases },
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let result = runner.run(&plans(), |plan| check(&plan.tell(), plan.order));
    if let Err(TestError::Fail(reason, plan)) = result {
        panic!("COMMONS_SEED={seed}: {reason}\nsmallest story: {plan:#?}");
    }
    result.expect("no case was given up");
}

#[test]
fn any_order_gives_the_specified_heads() {
    hold_for_all(64, |story, order| converges(story, order, Memory::Whole));
}

#[test]
fn a_node_that_forgets_what_waited_ends_there_too() {
    hold_for_all(64, |story, order| converges(story, order, Memory::Admitted));
}

#[test]
fn stories_are_worth_telling() {
    let strategy = plans();
    let mut runner = TestRunner::deterministic();
    let (mut admitted, mut frozen, mut waiting, mut cut) = (0, 0, 0, 0);
    for _ in 0..64 {
        use proptest::strategy::{Strategy, ValueTree};
        let plan = strategy.new_tree(&mut runner).expect("a plan").current();
        let story = plan.tell();
        let mut node = Node::new(&story, Memory::Whole);
        deliveries(&story, &mut Dice(plan.order)).iter().for_each(|item| node.take(item));
        admitted += node.admission.entries();
        frozen += node.admission.frozen().len();
        waiting += node.admission.waiting().logs().len();
        cut += usize::from(node.admission.keys().nodes().values().any(|node| node.revoked.is_some()));
        cut += usize::from(
            node.admission.governance().is_some_and(|governance| governance.current().number > 0),
        );
    }
    assert!(admitted > 300 && frozen > 20 && waiting > 50 && cut > 20, "{admitted} {frozen} {waiting} {cut}");
}
