//! Which measure a name means, whatever others call theirs.

use super::*;
use crate::view::RetractRequest;

fn draft(engine: &mut Engine<MemoryStore>, caller: &Caller, title: &str) -> String {
    let document = NewDocument {
        kind: "measure".to_owned(),
        title: title.to_owned(),
        text: "Another one.".to_owned(),
        ..NewDocument::default()
    };
    let created = engine.new_document(caller, &document).unwrap().summary.id;
    engine.commit().unwrap();
    created
}

#[test]
fn nobodys_draft_takes_the_place_of_another_measure() {
    let (mut engine, caller) = reporting();
    let id = engine.find_measure(TITLE).unwrap().to_string();
    for title in [&id, &id[..12], &id[..8], TITLE, "  clinical REMISSION "] {
        draft(&mut engine, &caller, title);
    }
    for name in [&id, &id.to_uppercase(), &id[..12], &id[..8], TITLE, " Clinical remission"] {
        assert_eq!(engine.find_measure(name).unwrap().to_string(), id, "{name}");
    }
    assert!(submit(&mut engine, &caller, vec![figure("2026-01", None, 84, 120)]).sent);
    engine.reload().unwrap();
    assert!(engine.feed(TITLE, &FeedQuery::default()).is_ok());
}

#[test]
fn drafts_are_found_by_title_where_nothing_released_has_it() {
    let (mut engine, caller) = reporting();
    let one = draft(&mut engine, &caller, "Births");
    assert_eq!(engine.find_measure("births").unwrap().to_string(), one);
    assert_eq!(engine.find_measure(&one[..5]).unwrap().to_string(), one, "a few digits are enough");
    let other = draft(&mut engine, &caller, "Births");
    let failure = engine.find_measure("births").unwrap_err();
    assert_eq!(failure.code, "ambiguous");
    assert!(failure.detail.contains(&one) && failure.detail.contains(&other), "{failure}");
    for name in ["", "  ", "abc", "Deaths", &"x".repeat(10_000)] {
        let failure = engine.find_measure(name).unwrap_err();
        assert_eq!(failure.code, "not-found", "{failure}");
        assert!(failure.detail.len() < 300);
    }
}

#[test]
fn what_was_withdrawn_gives_way_to_what_replaces_it() {
    let (mut engine, caller) = reporting();
    let old = engine.find_measure(TITLE).unwrap().to_string();
    engine.retract(&caller, &old, &RetractRequest { reason: "Wrong".to_owned(), instead: None }).unwrap();
    draft(&mut engine, &caller, TITLE);
    assert_eq!(engine.find_measure(TITLE).unwrap().to_string(), old, "no draft replaces it");
}
