//! A document with honest changes.

use commons_protocol::document::{Document, Fields};
use commons_protocol::fence::Actor;

/// Actors that a record can name.
pub const ACTORS: [Actor; 3] = [Actor([0xaa; 16]), Actor([0xbb; 16]), Actor([0x66; 16])];

/// A populated document: two people, concurrent edits, a merge; and its changes.
pub fn seed() -> (Document, Vec<(Actor, Vec<u8>)>) {
    let mut document = Document::new();
    let mut fields = Fields {
        title: "Fatigue".into(),
        language: "en".into(),
        summary: "What helps".into(),
        text: "Rest when you need to.".into(),
        ..Fields::default()
    };
    let mut sent = Vec::new();
    let mut note = |actor, made: Vec<Vec<u8>>| {
        sent.extend(made.into_iter().map(|bytes| (actor, bytes)));
    };
    note(ACTORS[0], document.create(&ACTORS[0], &fields, 1).expect("creates"));
    let base = document.heads();
    fields.text.push_str(" Tell your school.");
    note(ACTORS[0], document.edit(&ACTORS[0], &fields, 2).expect("edits"));
    fields.text.insert_str(0, "Please. ");
    note(ACTORS[1], document.edit_at(&ACTORS[1], &base, &fields, 3).expect("edits"));
    fields.title = "Sleep".into();
    note(ACTORS[0], document.edit(&ACTORS[0], &fields, 4).expect("edits"));
    (document, sent)
}
