//! Damaged and recombined changes never panic, and never leave a document that does not load.

mod common;

use automerge::{Automerge, Change};
use common::{ALICE, BOB, MALLORY, fields, hush_and_catch, with_checksum};
use commons_protocol::document::{Document, Fields};
use commons_protocol::fence::{Actor, ChangeHash};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

const SEED: [u8; 32] = *b"damaged changes of three people.";
/// Magic, checksum, type and the first byte of the length: damage there is refused at once.
const ENVELOPE: usize = 10;

fn runner(cases: u32) -> TestRunner {
    println!("seed {SEED:?}");
    let config = Config { failure_persistence: None, ..Config::with_cases(cases) };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &SEED))
}

/// A history of three people with a concurrent edit.
fn history() -> Vec<(Actor, Vec<u8>)> {
    let mut document = Document::new();
    let mut sent = Vec::new();
    let mut send = |actor: Actor, made: Vec<Vec<u8>>| {
        sent.extend(made.into_iter().map(|bytes| (actor, bytes)));
    };
    let text = "Rest when you need to, and tell your school.";
    send(ALICE, document.create(&ALICE, &fields(text), 1).expect("creates"));
    let mut bobs = document.clone();
    let longer = fields("Rest when you really need to, and tell your school early.");
    send(BOB, bobs.edit(&BOB, &longer, 2).expect("edits"));
    let titled = Fields { title: "Sleep".into(), ..fields("Rest, and tell your school.") };
    let made = document.edit(&ALICE, &titled, 3).expect("edits");
    made.iter().for_each(|bytes| {
        bobs.offer(&ALICE, bytes).expect("accepts");
    });
    send(ALICE, made);
    let joined = bobs.fields().map(|read| Fields { summary: "New".into(), ..read });
    send(BOB, bobs.edit(&BOB, &joined.expect("reads"), 4).expect("edits"));
    send(MALLORY, bobs.edit(&MALLORY, &fields("Nothing left"), 5).expect("edits"));
    sent
}

fn assert_sound(document: &mut Document) -> Result<(), TestCaseError> {
    prop_assert!(document.settle().is_ok(), "what passed the fence was not built");
    let loaded = Automerge::load(&document.save());
    let mut heads: Vec<ChangeHash> = loaded.expect("loads").get_heads().into_iter().map(Into::into).collect();
    heads.sort();
    prop_assert_eq!(heads, document.heads());
    let _ = document.fields();
    let edit = document.edit(&BOB, &fields("Mended"), 9);
    prop_assert!(edit.is_ok(), "{edit:?}");
    Ok(())
}

/// Changes `at` of the history carries the `damage`; the rest arrives whole before it.
fn damaged(history: &[(Actor, Vec<u8>)], at: usize, damage: &[(usize, u8)]) -> Result<(), TestCaseError> {
    let at = at % history.len();
    let mut document = Document::new();
    for (actor, bytes) in &history[..at] {
        prop_assert!(document.offer(actor, bytes).is_ok());
    }
    let (actor, mut bytes) = history[at].clone();
    let length = bytes.len();
    for (position, value) in damage {
        bytes[ENVELOPE + position % (length - ENVELOPE)] = *value;
    }
    if cheap(&bytes) {
        bytes = with_checksum(bytes);
    }
    let actor = hush_and_catch(|| Change::try_from(&bytes[..]).ok())
        .filter(|_| cheap(&bytes))
        .flatten()
        .and_then(|change| change.actor_id().to_bytes().try_into().ok())
        .map_or(actor, Actor);
    let _ = document.offer(&actor, &bytes);
    assert_sound(&mut document)
}

/// Damaged run lengths can make Automerge run for hours; the fence says so without running it.
fn cheap(bytes: &[u8]) -> bool {
    let refusal = Document::new().offer(&ALICE, bytes).err();
    !matches!(refusal.map(|refusal| refusal.code()), Some("too-many-operations" | "truncated"))
}

#[test]
fn damaged_changes_do_no_harm() {
    let history = history();
    let damage = proptest::collection::vec((any::<usize>(), any::<u8>()), 1..4);
    let strategy = (any::<usize>(), damage);
    let outcome = runner(2_000).run(&strategy, |(at, damage)| damaged(&history, at, &damage));
    outcome.expect("no damage does harm");
}

/// What the fence accepts of a damaged sequence: the longer the history, the more can go wrong.
#[test]
fn the_whole_history_is_honest() {
    let mut document = Document::new();
    for (actor, bytes) in history() {
        document.offer(&actor, &bytes).expect("accepts");
    }
    document.settle().expect("builds");
    assert_eq!(document.fields().expect("reads").text, "Nothing left");
}
