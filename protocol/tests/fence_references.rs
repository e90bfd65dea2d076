//! For each rule on what a change refers to: what happens without it, and that the fence refuses
//! with its code.

mod common;

use automerge::legacy::{Key, MarkData, ObjectId, OpType};
use automerge::{Automerge, Change, ObjType, ScalarValue};
use common::{
    ALICE, BOB, Harm, MALLORY, Story, bytes, draft, element, entry, hush_and_catch, id, insertion, object,
    operation, put, unfenced,
};
use commons_protocol::document::Document;
use commons_protocol::fence::FenceRefusal;

fn honest(story: &Story) -> Vec<u8> {
    bytes(story.draft(vec![entry("title", put("Sleep"), vec![id(1, ALICE)])]))
}

#[test]
fn an_honest_hand_made_change_passes() {
    let story = Story::new();
    assert_eq!(story.code_of_bytes(&honest(&story)), "accepted");
}

#[test]
fn an_unknown_object_breaks_automerge() {
    let story = Story::new();
    let change = || {
        let key = Key::Map("x".into());
        story.draft(vec![operation(object(999, ALICE), key, put(1), vec![])])
    };
    assert_eq!(story.unfenced(change()), Harm::Panics);
    assert_eq!(story.code(change()), "unknown-object");
}

#[test]
fn a_scalar_is_no_object() {
    let story = Story::new();
    let change = || {
        let key = Key::Map("x".into());
        story.draft(vec![operation(object(1, ALICE), key, put(1), vec![])])
    };
    assert_eq!(story.unfenced(change()), Harm::Panics);
    assert_eq!(story.code(change()), "unknown-object");
}

#[test]
fn an_unknown_element_breaks_automerge() {
    let story = Story::new();
    let change = || {
        let after = element(500, ALICE);
        story.draft(vec![insertion(object(4, ALICE), after, put("x"))])
    };
    assert_eq!(story.unfenced(change()), Harm::Panics);
    assert_eq!(story.code(change()), "unknown-element");
}

#[test]
fn an_element_of_another_list_is_unknown() {
    let story = Story::new();
    let change = || {
        let list = OpType::Make(ObjType::List);
        story.draft(vec![
            entry("list", list, vec![]),
            insertion(object(10, MALLORY), element(5, ALICE), put("x")),
        ])
    };
    assert_ne!(story.unfenced(change()), Harm::None);
    assert_eq!(story.code(change()), "unknown-element");
}

#[test]
fn an_unknown_predecessor_spoils_the_saved_document() {
    let story = Story::new();
    let change = || story.draft(vec![entry("title", put("x"), vec![id(777, ALICE)])]);
    assert_eq!(story.unfenced(change()), Harm::SavedDocumentDoesNotLoad);
    assert_eq!(story.code(change()), "unknown-predecessor");
}

#[test]
fn a_predecessor_under_another_key_is_unknown() {
    let story = Story::new();
    let change = || story.draft(vec![entry("title", put("x"), vec![id(2, ALICE)])]);
    assert_ne!(story.unfenced(change()), Harm::None);
    assert_eq!(story.code(change()), "unknown-predecessor");
}

#[test]
fn a_deletion_is_no_predecessor() {
    let story = Story::new();
    let change = || {
        story.draft(vec![
            entry("title", OpType::Delete, vec![id(1, ALICE)]),
            entry("title", put("x"), vec![id(10, MALLORY)]),
        ])
    };
    assert_ne!(story.unfenced(change()), Harm::None);
    assert_eq!(story.code(change()), "unknown-predecessor");
}

#[test]
fn a_predecessor_named_twice_is_refused() {
    let story = Story::new();
    let pred = vec![id(1, ALICE), id(1, ALICE)];
    let change = story.draft(vec![entry("title", put("x"), pred)]);
    assert_eq!(story.code(change), "predecessor-order");
}

#[test]
fn an_unknown_actor_breaks_automerge() {
    let story = Story::new();
    let change = || story.draft(vec![entry("title", put("x"), vec![id(1, BOB)])]);
    assert_eq!(story.unfenced(change()), Harm::Panics);
    assert_eq!(story.code(change()), "unknown-actor");
}

#[test]
fn another_author_than_the_log_is_refused() {
    let story = Story::new();
    let mut document = story.document.clone();
    let refusal = document.offer(&BOB, &honest(&story)).expect_err("refuses");
    assert_eq!(refusal.code(), "wrong-actor");
}

#[test]
fn a_sequence_gap_breaks_automerge() {
    let story = Story::new();
    let change = || draft(MALLORY, 5, 10, vec![story.base], vec![entry("x", put(1), vec![])]);
    assert_eq!(story.unfenced(change()), Harm::Panics);
    assert_eq!(story.code(change()), "sequence-gap");
}

#[test]
fn reused_counters_spoil_the_saved_document() {
    let story = Story::new();
    let change = || draft(MALLORY, 1, 1, vec![story.base], vec![entry("x", put(1), vec![])]);
    assert_eq!(story.unfenced(change()), Harm::SavedDocumentDoesNotLoad);
    assert_eq!(story.code(change()), "start-operation");
}

#[test]
fn counters_near_the_end_break_later_edits() {
    let story = Story::new();
    let start = u64::from(u32::MAX) - 1;
    let change = || draft(MALLORY, 1, start, vec![story.base], vec![entry("x", put(1), vec![])]);
    let later = hush_and_catch(|| {
        let mut document = Automerge::load(&story.document.save()).expect("loads");
        document.apply_changes([Change::from(change())]).expect("applies");
        for value in 0..3 {
            let mut edit = document.transaction();
            automerge::transaction::Transactable::put(&mut edit, automerge::ROOT, "y", value).expect("puts");
            edit.commit();
        }
    });
    assert!(later.is_none(), "automerge survived");
    assert_eq!(story.code(change()), "start-operation");
}

#[test]
fn a_map_key_in_a_text_spoils_the_saved_document() {
    let story = Story::new();
    let change = || {
        let key = Key::Map("x".into());
        story.draft(vec![operation(object(4, ALICE), key, put(1), vec![])])
    };
    assert_ne!(story.unfenced(change()), Harm::None);
    assert_eq!(story.code(change()), "wrong-place");
}

#[test]
fn an_element_in_a_map_is_refused() {
    let story = Story::new();
    let change = || story.draft(vec![insertion(ObjectId::Root, Key::head(), put(1))]);
    assert_ne!(story.unfenced(change()), Harm::None);
    assert_eq!(story.code(change()), "wrong-place");
}

#[test]
fn a_deletion_of_nothing_spoils_the_saved_document() {
    let story = Story::new();
    let change = || story.draft(vec![entry("title", OpType::Delete, vec![])]);
    assert_eq!(story.unfenced(change()), Harm::SavedDocumentDoesNotLoad);
    assert_eq!(story.code(change()), "no-predecessor");
}

#[test]
fn an_insertion_replaces_nothing() {
    let story = Story::new();
    let mut op = insertion(object(4, ALICE), element(5, ALICE), put("x"));
    op.pred = vec![id(5, ALICE)].into();
    assert_eq!(story.code(story.draft(vec![op])), "insert-replaces");
}

#[test]
fn increments_counters_marks_and_tables_are_refused() {
    let story = Story::new();
    let mark = MarkData { name: "bold".into(), value: true.into(), expand: false };
    let text = |action| insertion(object(4, ALICE), element(5, ALICE), action);
    let cases = [
        (entry("title", OpType::Increment(1), vec![id(1, ALICE)]), "unsupported-operation"),
        (entry("n", put(ScalarValue::counter(1)), vec![]), "unsupported-operation"),
        (entry("t", OpType::Make(ObjType::Table), vec![]), "unsupported-operation"),
        (text(OpType::MarkBegin(mark)), "unknown-column"),
        (text(put("two")), "text-operation"),
        (text(put("")), "text-operation"),
        (text(OpType::Make(ObjType::Map)), "text-operation"),
        (operation(object(4, ALICE), element(5, ALICE), put("x"), vec![id(5, ALICE)]), "text-operation"),
        (entry(&"k".repeat(256), put(1), vec![]), "key-length"),
        (entry("", put(1), vec![]), "key-length"),
    ];
    for (op, code) in cases {
        assert_eq!(story.code(story.draft(vec![op.clone()])), code, "{op:?}");
    }
}

#[test]
fn missing_dependencies_wait() {
    let story = Story::new();
    let mut empty = Document::new();
    let refusal = empty.offer(&MALLORY, &honest(&story)).expect_err("waits");
    assert_eq!(refusal.code(), "missing-dependencies");
    let FenceRefusal::Missing { changes } = refusal else {
        panic!("another refusal: {refusal}");
    };
    assert_eq!(changes, [story.base]);
    empty.offer(&ALICE, &story.changes[0].1).expect("accepts the base");
    empty.offer(&MALLORY, &honest(&story)).expect("and now the change");
}

#[test]
fn two_changes_with_one_number_split_replicas() {
    let story = Story::new();
    let make = |value: &str| bytes(story.draft(vec![entry("x", put(value), vec![])]));
    let (one, two) = (make("one"), make("two"));
    let base = story.changes[0].1.clone();
    let all = vec![base, one.clone(), two.clone()];
    assert_eq!(unfenced(all), Harm::RefusesAll, "automerge keeps whichever came first");

    let mut document = story.document.clone();
    let first = document.offer(&MALLORY, &one).expect("accepts the first");
    let refusal = document.offer(&MALLORY, &two).expect_err("refuses the second");
    assert_eq!(refusal.code(), "sequence-taken");
    let FenceRefusal::SequenceTaken { existing, .. } = refusal else {
        panic!("another refusal: {refusal}");
    };
    assert_eq!(existing, first);
    assert_eq!(document.offer(&MALLORY, &one).expect("again without effect"), first);
    assert_eq!(document.pending(), 1);
}

/// What a document holds beside the causal past depends on what has arrived, and so does what
/// Automerge does: with Bob's character here it can insert behind it, without it panics.
#[test]
fn a_reference_outside_the_causal_past_is_refused_even_if_present() {
    let mut story = Story::new();
    let typed = |actor, seq, after, character| {
        let typed = insertion(object(4, ALICE), after, put(character));
        draft(actor, seq, 10, vec![story.base], vec![typed])
    };
    let by_bob = bytes(typed(BOB, 1, element(5, ALICE), "b"));
    let change = typed(MALLORY, 1, element(10, BOB), "m");
    let base = story.changes[0].1.clone();
    let without = unfenced(vec![base.clone(), bytes(change.clone())]);
    let with = unfenced(vec![base, by_bob.clone(), bytes(change.clone())]);
    assert_eq!((without, with), (Harm::Panics, Harm::None));

    assert_eq!(story.code(change.clone()), "unknown-actor");
    story.document.offer(&BOB, &by_bob).expect("accepts Bob's");
    story.document.settle().expect("builds");
    assert_eq!(story.code(change), "unknown-actor");
}

#[test]
fn later_operations_of_known_actors_are_outside_too() {
    let mut story = Story::new();
    let base = story.base;
    story.document.edit(&ALICE, &common::fields("hello you"), 1).expect("edits");
    let change =
        draft(MALLORY, 1, 10, vec![base], vec![insertion(object(4, ALICE), element(10, ALICE), put("x"))]);
    assert_eq!(story.code(change), "unknown-element");
}
