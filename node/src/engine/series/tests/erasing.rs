//! What is never erased, and what is left of a measure that was.

use super::*;
use crate::view::EraseRequest;
use commons_protocol::body::Erase;
use commons_protocol::bounded::Text;
use commons_protocol::id::{DocumentId, EntryId};

fn request(document: Option<DocumentId>, entries: &[EntryId]) -> EraseRequest {
    EraseRequest {
        document: document.map(|id| id.to_string()),
        entries: entries.iter().map(ToString::to_string).collect(),
        reason: "wrong figures".to_owned(),
    }
}

/// An erasure that an older node of this organisation wrote.
pub(super) fn erase_from_elsewhere(engine: &mut Engine<MemoryStore>, target: EraseTarget) {
    let erase = Content::Erase(Erase { target, reason: Text::new("It was not ours").unwrap() });
    let person = engine.operator();
    engine.write(Collection::Aggregates, person, Vec::new(), &[erase]).unwrap();
    engine.commit().unwrap();
    engine.finish_erasures().unwrap();
}

fn of_document(id: DocumentId) -> EraseTarget {
    EraseTarget::Document(id, BoundedVec::default())
}

#[test]
fn who_asks_to_erase_figures_is_told_that_they_stay() {
    let (mut engine, caller) = reporting();
    let measure = engine.find_measure(TITLE).unwrap();
    let release = engine.ground(&measure).unwrap().release;
    let sent = submit(&mut engine, &caller, vec![figure("2026-01", None, 84, 120)]);
    let entry: EntryId = sent.entries[0].parse().unwrap();
    let before = engine.admission().unwrap().entries();
    for (request, advice) in [
        (request(None, &[entry]), "series withdraw"),
        (request(None, &[release]), "retract"),
        (request(Some(measure), &[]), "retract"),
    ] {
        let refused = engine.erase(&caller, &request).unwrap_err();
        assert_eq!(refused.code, "never-erased", "{refused}");
        assert!(refused.detail.contains(advice), "{refused}");
    }
    assert_eq!(engine.admission().unwrap().entries(), before, "nothing is signed");
    assert!(engine.erasures().unwrap().is_empty());
}

#[test]
fn a_measure_that_nobody_reported_may_be_erased() {
    let (mut engine, caller) = reporting();
    let measure = engine.find_measure(TITLE).unwrap();
    let erasure = engine.erase(&caller, &request(Some(measure), &[])).unwrap();
    assert!(erasure.missing.is_empty(), "it is confirmed");
    assert_eq!(engine.find_measure(TITLE).unwrap_err().code, "not-found");
}

#[test]
fn nobody_confirms_an_erasure_of_what_stays() {
    let (mut engine, caller) = reporting();
    let measure = engine.find_measure(TITLE).unwrap();
    let sent = submit(&mut engine, &caller, vec![figure("2026-01", None, 84, 120)]);
    let entry: EntryId = sent.entries[0].parse().unwrap();
    erase_from_elsewhere(&mut engine, EraseTarget::Entries(BoundedVec::new(vec![entry]).unwrap()));
    erase_from_elsewhere(&mut engine, of_document(measure));
    engine.reload().unwrap();
    engine.finish_erasures().unwrap();
    let erasures = engine.erasures().unwrap();
    assert!(erasures.len() >= 2);
    assert!(erasures.iter().all(|erasure| erasure.confirmed_by.is_empty()), "{erasures:?}");
}

#[test]
fn figures_of_an_erased_measure_can_be_read_and_taken_back_by_who_sent_them() {
    let (mut engine, caller) = reporting();
    let measure = engine.find_measure(TITLE).unwrap();
    let figures = vec![
        figure("2026-01", None, 84, 120),
        figure("2026-01", Some("0-11"), 44, 60),
        figure("2026-01", Some("12-17"), 40, 60),
    ];
    submit(&mut engine, &caller, figures);
    let before = engine.own_series(None).unwrap();
    erase_from_elsewhere(&mut engine, of_document(measure));
    for round in ["now", "after a restart", "without the index"] {
        assert!(engine.measures().unwrap().is_empty());
        assert_eq!(engine.feed(&measure.to_string(), &FeedQuery::default()).unwrap_err().code, "erased");
        let own = engine.own_series(None).unwrap();
        assert_eq!(own.len(), 1, "{round}");
        assert_eq!(own[0].measure.title, TITLE, "{round}");
        assert_eq!(own[0].rows, before[0].rows, "{round}");
        assert_eq!(own, engine.own_series(Some(&measure.to_string()[..12])).unwrap(), "{round}");
        assert!(engine.egress().unwrap().iter().all(|row| row.title == TITLE), "{round}");
        engine.reload().unwrap();
        if round == "after a restart" {
            engine.store.clear_index().unwrap();
            engine.reload().unwrap();
        }
    }
    let sent = engine.submit_series(
        &caller,
        reading(vec![Figure { measure: Some(measure.to_string()), ..figure("2026-02", None, 84, 120) }]),
        &SubmissionOptions::default(),
    );
    let sent = sent.unwrap();
    assert!(!sent.sent && sent.remarks[0].code == "erased", "{sent:?}");
    let request =
        WithdrawRequest { measure: measure.to_string(), period: "2026-01".to_owned(), take_over: false };
    assert!(engine.withdraw_series(&caller, &request).unwrap().sent);
    assert!(engine.own_series(None).unwrap().is_empty(), "it was taken back");
}
