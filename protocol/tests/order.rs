//! Whatever the order, duplication and batching in which objects and runs come in, incremental
//! admission ends where the specification does.
//!
//! `COMMONS_LONG=1` runs 100,000 cases; `COMMONS_SEED=<number>` repeats the cases of a failure.
#![allow(clippy::disallowed_methods, reason = "seed and number of cases come from the environment")]

#[path = "common/node.rs"]
mod node;
#[path = "common/story.rs"]
mod story;
#[path = "common/world.rs"]
mod world;

use commons_protocol::id::EntryId;
use commons_protocol::key::PublicKey;
use commons_protocol::keys::stands;
use commons_protocol::object::Object;
use commons_protocol::run::VerifiedRun;
use node::{Item, Memory, Node};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::collections::{BTreeMap, BTreeSet};
use story::{Story, plans};
use world::Dice;

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
    items.extend(story.chosen.iter().map(|epoch| Item::Choice(*epoch)));
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
    let mut node = Node::new(story.commons, memory);
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
            let again = items.iter().filter(|item| !matches!(item, Item::Choice(_)));
            again.for_each(|item| node.take(item));
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

/// What happened in a story, as a node that heard all of it sees it.
type Kinds = BTreeMap<&'static str, usize>;

fn count(kinds: &mut Kinds, what: &'static str, times: usize) {
    *kinds.entry(what).or_default() += times;
}

#[test]
fn stories_are_worth_telling() {
    let strategy = plans();
    let mut runner = TestRunner::deterministic();
    let mut kinds = Kinds::new();
    for _ in 0..300 {
        let plan = strategy.new_tree(&mut runner).expect("a plan").current();
        let story = plan.tell();
        let mut node = Node::new(story.commons, Memory::Whole);
        deliveries(&story, &mut Dice(plan.order)).iter().for_each(|item| node.take(item));
        let entries = usize::try_from(node.admission.entries()).expect("small");
        count(&mut kinds, "admitted entries", entries / 10);
        count(&mut kinds, "logs that wait", node.admission.waiting().logs().len());
        count_forks(&mut kinds, &node, &story);
        count_epochs(&mut kinds, &node, &story);
        count_cuts(&mut kinds, &node);
    }
    println!("{kinds:#?}");
    let few: Vec<_> = KINDS.iter().filter(|kind| kinds.get(*kind).is_none_or(|times| *times < 5)).collect();
    assert!(few.is_empty(), "too few of {few:?} in {kinds:#?}");
}

/// What must happen in the stories.
const KINDS: [&str; 26] = [
    "admitted entries",
    "logs that wait",
    "forked logs",
    "logs forked at the first entry",
    "forks proved by others",
    "forks of which a branch never came",
    "stable logs",
    "logs that a pin takes beyond a fork",
    "logs that their owner takes beyond a fork",
    "logs that stable points take beyond a fork",
    "attestations that nobody may make",
    "later epochs",
    "epochs without some elector",
    "epochs with four electors or more",
    "epochs that were chosen",
    "epochs that wait for a lost attestation",
    "epochs that cut members with pins",
    "epochs that cut members without",
    "epochs that cut writers with pins",
    "epochs that cut writers without",
    "epochs that replace a root",
    "members reinstated",
    "ended logs",
    "revoked nodes",
    "revoked people",
    "logs kept beyond a revocation",
];

fn count_forks(kinds: &mut Kinds, node: &Node, story: &Story) {
    let (admission, runs) = (&node.admission, &story.runs);
    let Some(governance) = admission.governance() else { return };
    for (log, seq) in admission.frozen() {
        count(kinds, "forked logs", 1);
        count(kinds, "logs forked at the first entry", usize::from(*seq == 0));
        let entries = runs.iter().flat_map(VerifiedRun::entries);
        let here: BTreeSet<EntryId> = entries
            .filter(|entry| entry.header.log.id(&story.commons) == *log && entry.header.seq == *seq)
            .map(|entry| entry.id)
            .collect();
        count(kinds, "forks of which a branch never came", usize::from(here.len() < 2));
        let name = runs.iter().map(VerifiedRun::log).find(|name| name.id(&story.commons) == *log);
        let is_ended = name.is_some_and(|name| admission.keys().end_of(&name.node, log).is_some());
        let by = match (governance.pin(log), is_ended) {
            (Some(_), _) => "logs that a pin takes beyond a fork",
            (None, true) => "logs that their owner takes beyond a fork",
            (None, false) => "logs that stable points take beyond a fork",
        };
        count(kinds, by, usize::from(admission.head(log).is_some_and(|head| head.seq >= *seq)));
    }
    let proofs = story.objects.iter().filter(|object| matches!(object, Object::Fork(_)));
    count(kinds, "forks proved by others", proofs.count());
    let stable = admission.attested().logs().filter(|log| admission.stable(log).is_some());
    count(kinds, "stable logs", stable.count());
    let electors: BTreeSet<PublicKey> = governance
        .epochs()
        .iter()
        .flat_map(|epoch| epoch.charter.electors.iter())
        .map(|one| one.key)
        .collect();
    let strangers = story.objects.iter().filter(
        |object| matches!(object, Object::Attestation(one) if !electors.contains(&one.value().elector)),
    );
    count(kinds, "attestations that nobody may make", strangers.count());
}

fn count_epochs(kinds: &mut Kinds, node: &Node, story: &Story) {
    let Some(governance) = node.admission.governance() else { return };
    let waiting = story.objects.iter().filter(
        |object| matches!(object, Object::Vote(vote) if !node.admission.attested().supports(vote.value())),
    );
    count(kinds, "epochs that wait for a lost attestation", usize::from(waiting.count() > 0));
    for pair in governance.epochs().windows(2) {
        let [before, epoch] = pair else { continue };
        let electors = before.charter.electors.len();
        count(kinds, "later epochs", 1);
        let some = !epoch.certificate.is_empty() && epoch.certificate.len() < electors;
        count(kinds, "epochs without some elector", usize::from(some));
        count(kinds, "epochs with four electors or more", usize::from(electors >= 4));
        count(kinds, "epochs that were chosen", usize::from(epoch.certificate.is_empty()));
        let is_pinned = !epoch.charter.pins.is_empty();
        let members = match is_pinned {
            true => "epochs that cut members with pins",
            false => "epochs that cut members without",
        };
        count(kinds, members, epoch.cuts.members.len());
        let writers = match is_pinned {
            true => "epochs that cut writers with pins",
            false => "epochs that cut writers without",
        };
        count(kinds, writers, usize::from(epoch.cuts.writers));
        for member in &before.charter.members {
            let now = epoch.charter.member(&member.organisation);
            let is_new = now.is_some_and(|now| now.root != member.root);
            count(kinds, "epochs that replace a root", usize::from(is_new));
            let is_back = !before.charter.is_active(&member.organisation)
                && epoch.charter.is_active(&member.organisation);
            count(kinds, "members reinstated", usize::from(is_back));
        }
    }
}

fn count_cuts(kinds: &mut Kinds, node: &Node) {
    let keys = node.admission.keys();
    let revoked = keys.nodes().values().filter(|node| node.revoked.is_some());
    count(kinds, "revoked nodes", revoked.count());
    let people = keys.people().values().filter(|person| person.revoked.is_some());
    count(kinds, "revoked people", people.count());
    for (log, name, head) in node.admission.heads() {
        let Some(key) = keys.node(&name.node) else { continue };
        count(kinds, "ended logs", usize::from(keys.end(&key.organisation, &log).is_some()));
        let Some(pins) = &key.revoked else { continue };
        let is_kept = stands(pins, &log, head.seq, &head.id);
        count(kinds, "logs kept beyond a revocation", usize::from(!is_kept));
    }
}
