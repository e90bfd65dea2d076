//! Writing, reading and merging fenced documents.

mod common;

use automerge::legacy::OpType;
use automerge::{Change, ObjType};
use common::{ALICE, BOB, MALLORY, Story, bytes, draft, entry, fields, id, object, put};
use commons_protocol::document::{Document, EditError, FieldError, Fields, ReadError};
use commons_protocol::fence::{Actor, FenceLimits};

/// Bytes of a small edit, of which 32 name the change before.
const SMALL: usize = 150;

fn offer_all(document: &mut Document, actor: Actor, changes: &[Vec<u8>]) {
    for bytes in changes {
        document.offer(&actor, bytes).expect("accepts");
    }
    document.settle().expect("builds");
}

#[test]
fn content_is_read_as_written() {
    let story = Story::new();
    assert_eq!(story.document.fields().expect("reads"), fields("hello"));
    let heads = story.document.heads();
    assert_eq!(story.document.fields_at(&heads).expect("reads"), fields("hello"));
    let summary = story.document.changes().next().expect("one change");
    assert_eq!((summary.actor, summary.sequence, summary.time), (ALICE, 1, common::TIME));
}

#[test]
fn an_empty_document_has_no_title() {
    let error = Document::new().fields().expect_err("nothing to read");
    assert!(matches!(error, ReadError::Absent { field: "title" }), "{error}");
}

#[test]
fn a_document_is_created_once() {
    let mut story = Story::new();
    let error = story.document.create(&BOB, &fields("again"), 2).expect_err("exists");
    assert!(matches!(error, EditError::Exists), "{error}");
}

#[test]
fn fields_have_bounds() {
    let good = fields("text");
    let title = |title: String| Fields { title, ..good.clone() }.check();
    let language = |tag: &str| Fields { language: tag.into(), ..good.clone() }.check();
    assert_eq!(title("é".repeat(300)), Ok(()));
    assert!(matches!(title("é".repeat(301)), Err(FieldError::TooLong { found: 301, .. })));
    assert!(matches!(title("  ".into()), Err(FieldError::Blank { .. })));
    for tag in ["en", "pt-BR", "zh-Hant-TW", "de-CH-1996"] {
        assert_eq!(language(tag), Ok(()), "{tag}");
    }
    for tag in ["", "e", "en-", "-en", "en_GB", "12", "en-toolongpart", "é"] {
        assert!(matches!(language(tag), Err(FieldError::Language { .. })), "{tag}");
    }
}

#[test]
fn a_small_edit_is_a_small_change() {
    let mut document = Document::new();
    let text = "Families and clinics write this together. ".repeat(50);
    document.create(&ALICE, &fields(&text), 1).expect("creates");
    let made = document.edit(&BOB, &fields(&text.replacen("write", "wrote", 1)), 1_760_000_000);
    let made = made.expect("edits");
    assert_eq!(made.len(), 1);
    assert!(made[0].len() <= SMALL, "{} bytes", made[0].len());
    let nothing = document.edit(&BOB, &document.fields().expect("reads"), 3);
    assert!(nothing.expect("no change is fine").is_empty());
}

#[test]
fn needless_dependencies_are_dropped() {
    let mut story = Story::new();
    story.document.edit(&BOB, &fields("hello you"), 2).expect("edits");
    let made = story.document.edit(&ALICE, &fields("hello you all"), 3).expect("edits");
    let change = Change::try_from(&made[0][..]).expect("reads");
    assert_eq!(change.deps().len(), 1, "Alice's first change lies in the past of Bob's");
}

#[test]
fn a_large_text_becomes_several_changes_that_anyone_accepts() {
    let limits = FenceLimits::default();
    let mut document = Document::new();
    let text = "Wörter ✓ and words. ".repeat(3_000);
    let made = document.create(&ALICE, &fields(&text), 1).expect("creates");
    assert!(made.len() > 1);
    for bytes in &made {
        assert!(bytes.len() <= limits.change_bytes, "{} bytes", bytes.len());
        let operations = Change::try_from(&bytes[..]).expect("reads").len();
        assert!(operations <= limits.operations_per_change, "{operations} operations");
    }
    let mut other = Document::new();
    offer_all(&mut other, ALICE, &made);
    assert_eq!(other.fields().expect("reads").text, text);
    let emptied = document.edit(&BOB, &fields(""), 2).expect("deletes all");
    offer_all(&mut other, BOB, &emptied);
    assert_eq!(other.fields().expect("reads").text, "");
}

#[test]
fn edits_of_an_older_version_merge() {
    let mut document = Document::new();
    let text = |text: &str| fields(text);
    document.create(&ALICE, &text("Rest often. Drink water."), 1).expect("creates");
    let base = document.heads();
    document.edit(&ALICE, &text("Rest very often. Drink water."), 2).expect("edits");
    document.edit_at(&BOB, &base, &text("Rest often. Drink warm water."), 3).expect("edits");
    assert_eq!(document.heads().len(), 2);
    assert_eq!(document.fields().expect("reads").text, "Rest very often. Drink warm water.");
    assert_eq!(document.fields_at(&base).expect("reads").text, "Rest often. Drink water.");
}

#[test]
fn one_person_may_edit_an_older_version_too() {
    let mut document = Document::new();
    document.create(&ALICE, &fields("Rest often. Drink water."), 1).expect("creates");
    let base = document.heads();
    document.edit(&ALICE, &fields("Rest very often. Drink water."), 2).expect("edits");
    let other_tab = fields("Rest often. Drink warm water.");
    document.edit_at(&ALICE, &base, &other_tab, 3).expect("edits");
    assert_eq!(document.heads().len(), 1);
    assert_eq!(document.fields().expect("reads").text, "Rest very often. Drink warm water.");
}

#[test]
fn an_unknown_version_is_named() {
    let mut story = Story::new();
    let stranger = Document::new().create(&BOB, &fields("other"), 1).expect("creates");
    let stranger = Change::try_from(&stranger[0][..]).expect("reads").hash().into();
    let error = story.document.edit_at(&ALICE, &[stranger], &fields("x"), 2).expect_err("unknown");
    assert!(matches!(error, EditError::UnknownVersion { change } if change == stranger), "{error}");
    let error = story.document.fields_at(&[stranger]).expect_err("unknown");
    assert!(matches!(error, ReadError::UnknownVersion { change } if change == stranger), "{error}");
}

#[test]
fn accepted_changes_are_read_only_when_built() {
    let mut story = Story::new();
    let made = bytes(story.draft(vec![entry("title", put("Sleep"), vec![id(1, ALICE)])]));
    let hash = story.document.offer(&MALLORY, &made).expect("accepts");
    assert!(story.document.contains(&hash));
    assert_eq!(story.document.dependencies(&hash), Some(&[story.base][..]));
    assert_eq!(story.document.heads(), [story.base]);
    let error = story.document.fields_at(&[hash]).expect_err("not built");
    assert!(matches!(error, ReadError::UnknownVersion { .. }), "{error}");
    story.document.settle().expect("builds");
    assert_eq!(story.document.heads(), [hash]);
    assert_eq!(story.document.fields().expect("reads").title, "Sleep");
}

#[test]
fn wrong_types_are_reported_and_an_edit_mends_them() {
    let cases = [
        vec![entry("title", put(7), vec![id(1, ALICE)])],
        vec![entry("title", OpType::Delete, vec![id(1, ALICE)])],
        vec![entry("title", put("x".repeat(301)), vec![id(1, ALICE)])],
        vec![entry("text", put("plain"), vec![id(4, ALICE)])],
        vec![entry("text", OpType::Make(ObjType::Map), vec![id(4, ALICE)])],
        vec![entry("language", OpType::Make(ObjType::List), vec![id(2, ALICE)])],
        vec![entry("summary", put(true), vec![]), entry("summary", put(1.5), vec![])],
    ];
    for operations in cases {
        let mut story = Story::new();
        let made = bytes(story.draft(operations.clone()));
        offer_all(&mut story.document, MALLORY, &[made]);
        assert!(story.document.fields().is_err(), "{operations:?}");
        story.document.edit(&BOB, &fields("mended"), 9).expect("edits");
        assert_eq!(story.document.fields().expect("reads"), fields("mended"));
    }
}

#[test]
fn more_heads_than_dependencies_are_joined_first() {
    let mut story = Story::new();
    for author in 0..150 {
        let actor = Actor([author; 16]);
        let typed = common::insertion(object(4, ALICE), common::element(5, ALICE), put("x"));
        let made = bytes(draft(actor, 1, 10, vec![story.base], vec![typed]));
        story.document.offer(&actor, &made).expect("accepts");
    }
    story.document.settle().expect("builds");
    assert_eq!(story.document.heads().len(), 150);
    let mut other = story.document.clone();
    let made = story.document.edit(&ALICE, &fields("tidy"), 5).expect("edits");
    assert_eq!(story.document.heads().len(), 1);
    offer_all(&mut other, ALICE, &made);
    assert_eq!(other.fields().expect("reads"), fields("tidy"));
}

#[test]
fn a_failed_edit_changes_nothing() {
    let limits = FenceLimits { document_operations: 2_000, ..FenceLimits::default() };
    let mut document = Document::with_limits(limits);
    document.create(&ALICE, &fields("short"), 1).expect("creates");
    let before = document.save();
    let error = document.edit(&ALICE, &fields(&"too long ".repeat(300)), 2).expect_err("full");
    let EditError::Refused(refusal) = error else {
        panic!("another error: {error}");
    };
    assert_eq!(refusal.code(), "document-full");
    assert_eq!(document.save(), before);
    assert_eq!(document.pending(), 0);
}
