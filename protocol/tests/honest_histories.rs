//! Honest histories of several people pass the fence in every causal order of arrival, and all
//! arrive at the same document.

mod common;

use common::{ALICE, BOB, MALLORY};
use commons_protocol::document::{Document, Fields};
use commons_protocol::fence::{Actor, ChangeHash, FenceRefusal};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

const SEED: [u8; 32] = *b"honest histories of three people";
const PEOPLE: [Actor; 3] = [ALICE, BOB, MALLORY];

type Sent = (ChangeHash, Actor, Vec<u8>);

/// One thing a person does.
#[derive(Clone, Debug)]
enum Action {
    Edit { person: usize, at: usize, delete: usize, insert: String },
    Retitle { person: usize, title: String },
    EditOlder { person: usize, version: usize, insert: String },
    Exchange { from: usize, to: usize },
}

fn action() -> impl Strategy<Value = Action> {
    let person = 0..PEOPLE.len();
    prop_oneof![
        4 => (person.clone(), 0..200usize, 0..20usize, "[a-zé✓ ]{0,12}")
            .prop_map(|(person, at, delete, insert)| Action::Edit { person, at, delete, insert }),
        1 => (person.clone(), "[A-Z][a-z]{1,8}")
            .prop_map(|(person, title)| Action::Retitle { person, title }),
        1 => (person.clone(), 0..50usize, "[a-z ]{1,12}")
            .prop_map(|(person, version, insert)| Action::EditOlder { person, version, insert }),
        2 => (person.clone(), person)
            .prop_map(|(from, to)| Action::Exchange { from, to }),
    ]
}

struct World {
    documents: Vec<Document>,
    sent: Vec<Sent>,
    time: u64,
}

impl World {
    fn new() -> Self {
        let mut first = Document::new();
        let fields = common::fields("Rest when you need to, and tell your school about it.");
        let made = first.create(&PEOPLE[0], &fields, 1).expect("creates");
        let mut world = Self { documents: vec![Document::new(); PEOPLE.len()], sent: Vec::new(), time: 1 };
        world.send(PEOPLE[0], made);
        (0..PEOPLE.len()).for_each(|to| world.deliver(to, &world.sent.clone()));
        world
    }

    fn send(&mut self, actor: Actor, changes: Vec<Vec<u8>>) {
        for bytes in changes {
            let change = automerge::Change::try_from(&bytes[..]).expect("reads");
            self.sent.push((change.hash().into(), actor, bytes));
        }
    }

    fn deliver(&mut self, to: usize, changes: &[Sent]) {
        for (_, actor, bytes) in changes {
            self.documents[to].offer(actor, bytes).expect("honest changes pass");
        }
        self.documents[to].settle().expect("builds");
    }

    fn act(&mut self, action: &Action) {
        self.time += 1;
        match action {
            Action::Edit { person, at, delete, insert } => {
                let mut fields = self.documents[*person].fields().expect("reads");
                fields.text = spliced(&fields.text, *at, *delete, insert);
                self.edit(*person, &fields);
            }
            Action::Retitle { person, title } => {
                let mut fields = self.documents[*person].fields().expect("reads");
                fields.title.clone_from(title);
                self.edit(*person, &fields);
            }
            Action::EditOlder { person, version, insert } => {
                self.edit_older(*person, *version, insert);
            }
            Action::Exchange { from, to } => {
                let known: Vec<_> = self
                    .sent
                    .iter()
                    .filter(|sent| self.documents[*from].contains(&sent.0))
                    .cloned()
                    .collect();
                self.deliver(*to, &known);
            }
        }
    }

    fn edit(&mut self, person: usize, fields: &Fields) {
        let document = &mut self.documents[person];
        let made = document.edit(&PEOPLE[person], fields, self.time).expect("edits");
        assert_eq!(document.fields().expect("reads"), *fields);
        self.send(PEOPLE[person], made);
    }

    fn edit_older(&mut self, person: usize, version: usize, insert: &str) {
        let document = &mut self.documents[person];
        let versions: Vec<_> = document.changes().map(|change| change.hash).collect();
        let base = [versions[version % versions.len()]];
        let mut fields = document.fields_at(&base).expect("reads the version");
        fields.text.push_str(insert);
        let made = document.edit_at(&PEOPLE[person], &base, &fields, self.time).expect("edits");
        assert!(document.fields().expect("reads").text.contains(insert));
        self.send(PEOPLE[person], made);
    }
}

fn spliced(text: &str, at: usize, delete: usize, insert: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let at = at.min(characters.len());
    let end = (at + delete).min(characters.len());
    let parts = [&characters[..at], &insert.chars().collect::<Vec<_>>(), &characters[end..]];
    parts.concat().into_iter().collect()
}

/// Offers changes in the order of `keys`, again and again until none waits.
fn replay(sent: &[Sent], keys: &[u32]) -> Document {
    let mut order: Vec<_> = sent.iter().collect();
    let mut keys = keys.iter().cycle();
    order.sort_by_cached_key(|_| *keys.next().expect("keys repeat"));
    let mut document = Document::new();
    while !order.is_empty() {
        let before = order.len();
        order.retain(|(_, actor, bytes)| match document.offer(actor, bytes) {
            Ok(_) => false,
            Err(FenceRefusal::Missing { .. }) => true,
            Err(refusal) => panic!("refused an honest change: {refusal}"),
        });
        assert!(order.len() < before, "changes wait for each other");
        if before % 2 == 0 {
            document.settle().expect("builds");
        }
    }
    document.settle().expect("builds");
    document
}

fn run(actions: &[Action], orders: &[Vec<u32>]) -> Result<(), TestCaseError> {
    let mut world = World::new();
    actions.iter().for_each(|action| world.act(action));
    let all = world.sent.clone();
    (0..PEOPLE.len()).for_each(|to| world.deliver(to, &all));
    let first = &world.documents[0];
    let changes: Vec<_> = first.changes().collect();
    let others = orders.iter().map(|keys| replay(&all, keys));
    for other in others.chain(world.documents[1..].iter().cloned()) {
        prop_assert_eq!(other.heads(), first.heads());
        let saved = |document: &Document| document.save_canonical().expect("saves");
        prop_assert_eq!(saved(&other), saved(first));
        prop_assert_eq!(other.fields().expect("reads"), first.fields().expect("reads"));
        prop_assert_eq!(other.changes().collect::<Vec<_>>(), changes.clone());
    }
    Ok(())
}

#[test]
fn honest_histories_pass_in_any_order() {
    println!("seed {SEED:?}");
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &SEED);
    let config = Config { failure_persistence: None, ..Config::with_cases(64) };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let strategy = (
        proptest::collection::vec(action(), 1..14),
        proptest::collection::vec(proptest::collection::vec(any::<u32>(), 31), 2),
    );
    let outcome = runner.run(&strategy, |(actions, orders)| run(&actions, &orders));
    outcome.expect("all histories pass");
}
