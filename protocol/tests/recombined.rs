//! Changes made of parts that exist, put together at random: right and wrong objects, elements,
//! predecessors and pasts. Whatever passes the fence must build, save, load and stay editable,
//! one by one and all at once.
#![allow(clippy::disallowed_methods, reason = "the number of cases comes from the environment")]

mod common;

use automerge::ObjType;
use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use common::{ALICE, BOB, MALLORY, bytes, draft, fields, id, put};
use commons_protocol::document::Document;
use commons_protocol::fence::{Actor, ChangeHash};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

const SEED: [u8; 32] = *b"recombined changes of three ones";
const PEOPLE: [Actor; 3] = [ALICE, BOB, MALLORY];
const KEYS: [&str; 3] = ["title", "text", "other"];

/// Endless choices from a finite list of numbers.
struct Choices<'a>(std::iter::Cycle<std::slice::Iter<'a, u32>>);

impl Choices<'_> {
    fn below(&mut self, limit: usize) -> usize {
        *self.0.next().expect("cycles") as usize % limit.max(1)
    }

    fn of<T: Clone>(&mut self, list: &[T]) -> Option<T> {
        list.get(self.below(list.len())).cloned()
    }

    fn rarely(&mut self) -> bool {
        self.below(12) == 0
    }
}

#[derive(Clone)]
struct Known {
    id: OpId,
    object: ObjectId,
    key: Key,
    action: OpType,
    insert: bool,
}

impl Known {
    fn element(&self) -> Key {
        if self.insert { Key::Seq(ElementId::Id(self.id.clone())) } else { self.key.clone() }
    }
}

#[derive(Clone)]
struct Accepted {
    hash: ChangeHash,
    actor: usize,
    last: u64,
}

struct World {
    document: Document,
    accepted: Vec<Accepted>,
    known: Vec<Known>,
    sent: Vec<(Actor, Vec<u8>)>,
    offered: usize,
}

impl World {
    fn new() -> Self {
        let mut document = Document::new();
        let made = document.create(&ALICE, &fields("hello"), 1).expect("creates");
        let change = automerge::Change::try_from(&made[0][..]).expect("reads");
        let mut world = Self {
            accepted: vec![Accepted { hash: change.hash().into(), actor: 0, last: change.max_op() }],
            document,
            known: Vec::new(),
            sent: vec![(ALICE, made[0].clone())],
            offered: 0,
        };
        world.learn(0, 1, &change.decode().operations);
        world
    }

    fn learn(&mut self, actor: usize, first: u64, operations: &[Op]) {
        for (counter, op) in (first..).zip(operations) {
            self.known.push(Known {
                id: id(counter, PEOPLE[actor]),
                object: op.obj.clone(),
                key: op.key.clone(),
                action: op.action.clone(),
                insert: op.insert,
            });
        }
    }

    fn offer(&mut self, choices: &mut Choices<'_>) {
        let actor = choices.below(PEOPLE.len());
        let mut deps: Vec<Accepted> =
            (0..1 + choices.below(2)).filter_map(|_| choices.of(&self.accepted)).collect();
        deps.extend(self.accepted.iter().rfind(|change| change.actor == actor).cloned());
        let first = deps.iter().map(|dep| dep.last).max().unwrap_or(0) + 1;
        let seq = self.accepted.iter().filter(|change| change.actor == actor).count() as u64 + 1;
        let mut hashes: Vec<_> = deps.iter().map(|dep| dep.hash).collect();
        hashes.sort();
        hashes.dedup();
        let before = self.known.len();
        let mut operations = Vec::new();
        for counter in first..=first + choices.below(4) as u64 {
            let op = self.operation(choices);
            self.learn(actor, counter, std::slice::from_ref(&op));
            operations.push(op);
        }
        let last = first + operations.len() as u64 - 1;
        let made = bytes(draft(PEOPLE[actor], seq, first, hashes, operations));
        self.offered += 1;
        match self.document.offer(&PEOPLE[actor], &made) {
            Ok(hash) => {
                self.accepted.push(Accepted { hash, actor, last });
                self.sent.push((PEOPLE[actor], made));
            }
            Err(_) => self.known.truncate(before),
        }
    }

    fn operation(&self, choices: &mut Choices<'_>) -> Op {
        let mut op = match choices.below(4) {
            0 => self.entry(choices),
            1 => self.nested(choices),
            2 => self.replacement(choices),
            _ => self.insertion(choices),
        };
        if choices.rarely() {
            op.action = self.action(choices);
        }
        if choices.rarely() {
            op.insert = !op.insert;
        }
        if choices.rarely() {
            op.pred = choices.of(&self.known).map(|known| known.id).into_iter().collect();
        }
        if choices.rarely() {
            op.obj = choices.of(&self.known).map_or(ObjectId::Root, |known| ObjectId::Id(known.id));
        }
        op
    }

    fn entry(&self, choices: &mut Choices<'_>) -> Op {
        let key = Key::Map(choices.of(&KEYS).expect("keys").into());
        common::operation(ObjectId::Root, key, self.action(choices), vec![])
    }

    fn nested(&self, choices: &mut Choices<'_>) -> Op {
        let maps = self.made(|made| made == ObjType::Map);
        let object = choices.of(&maps).unwrap_or(ObjectId::Root);
        let key = Key::Map(choices.of(&KEYS).expect("keys").into());
        common::operation(object, key, self.action(choices), vec![])
    }

    fn replacement(&self, choices: &mut Choices<'_>) -> Op {
        let Some(known) = choices.of(&self.known) else {
            return self.entry(choices);
        };
        let place = known.element();
        let rivals: Vec<_> = self
            .known
            .iter()
            .filter(|other| other.object == known.object && other.element() == place)
            .collect();
        let mut pred = vec![known.id.clone()];
        pred.extend(choices.of(&rivals).filter(|rival| rival.id != known.id).map(|rival| rival.id.clone()));
        let action = if choices.below(2) == 0 { OpType::Delete } else { self.action(choices) };
        common::operation(known.object.clone(), place, action, pred)
    }

    fn insertion(&self, choices: &mut Choices<'_>) -> Op {
        let sequences = self.made(|made| made.is_sequence());
        let object = choices.of(&sequences).unwrap_or(ObjectId::Root);
        let elements: Vec<_> =
            self.known.iter().filter(|known| known.insert && known.object == object).collect();
        let after = choices.of(&elements).map_or(Key::head(), |known| known.element());
        let action = if choices.below(4) == 0 { self.action(choices) } else { put("x") };
        common::insertion(object, after, action)
    }

    fn made(&self, wanted: impl Fn(ObjType) -> bool) -> Vec<ObjectId> {
        let made =
            self.known.iter().filter(|known| matches!(known.action, OpType::Make(made) if wanted(made)));
        made.map(|known| ObjectId::Id(known.id.clone())).collect()
    }

    fn action(&self, choices: &mut Choices<'_>) -> OpType {
        match choices.below(6) {
            0 => OpType::Make(ObjType::Map),
            1 => OpType::Make(ObjType::List),
            2 => OpType::Make(ObjType::Text),
            3 => OpType::Delete,
            4 => put(7),
            _ => put("y"),
        }
    }
}

fn run(numbers: &[u32], batch: usize) -> Result<(usize, usize), TestCaseError> {
    let mut choices = Choices(numbers.iter().cycle());
    let mut world = World::new();
    for turn in 0..40 {
        world.offer(&mut choices);
        if turn % batch == 0 {
            let built = world.document.settle();
            prop_assert!(built.is_ok(), "passed the fence, was not built: {built:?}");
        }
    }
    let built = world.document.settle();
    prop_assert!(built.is_ok(), "passed the fence, was not built: {built:?}");
    let _ = world.document.fields();
    let mut whole = Document::new();
    for (actor, bytes) in &world.sent {
        prop_assert!(whole.offer(actor, bytes).is_ok());
    }
    let built = whole.settle();
    prop_assert!(built.is_ok(), "passed the fence, was not built at once: {built:?}");
    prop_assert_eq!(whole.save_canonical().expect("saves"), world.document.save_canonical().expect("saves"));
    let edit = whole.edit(&BOB, &fields("Mended"), 9);
    prop_assert!(edit.is_ok(), "{edit:?}");
    prop_assert_eq!(whole.fields().expect("reads").text, "Mended");
    Ok((world.sent.len(), world.offered))
}

#[test]
fn what_passes_the_fence_is_sound() {
    println!("seed {SEED:?}");
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let config = Config { failure_persistence: None, ..Config::with_cases(cases.unwrap_or(64)) };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &SEED));
    let accepted = std::cell::Cell::new((0, 0));
    let strategy = (proptest::collection::vec(any::<u32>(), 200..600), 1..9_usize);
    let outcome = runner.run(&strategy, |(numbers, batch)| {
        let (passed, offered) = run(&numbers, batch)?;
        let (p, o) = accepted.get();
        accepted.set((p + passed, o + offered));
        Ok(())
    });
    let (passed, offered) = accepted.get();
    println!("{passed} of {offered} changes passed");
    outcome.expect("all that passes is sound");
    assert!(passed * 5 > offered, "the generator makes too little that passes");
}
