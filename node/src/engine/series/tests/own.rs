//! What an organisation sees of its own series.

use super::*;
use crate::view::{DropHeldRequest, HeldCellView, NumbersView};

fn known(number: u64) -> NumberView {
    NumberView::Known { number }
}

fn numbers(numerator: NumberView, denominator: NumberView) -> NumbersView {
    NumbersView { numerator, denominator: Some(denominator), excluded: None }
}

fn drop_request(period: &str) -> DropHeldRequest {
    DropHeldRequest { measure: TITLE.to_owned(), period: period.to_owned() }
}

#[test]
fn what_is_held_is_shown_beside_what_was_told_to_administrators_alone() {
    let (mut engine, caller) = reporting();
    let figures = |small: u64| {
        vec![
            figure("2026-01", None, 80 + small, 120),
            figure("2026-01", Some("0-11"), 80, 100),
            figure("2026-01", Some("12-17"), small, 20),
        ]
    };
    submit(&mut engine, &caller, figures(4));
    let held = submit(&mut engine, &caller, figures(6));
    assert_eq!(held.held, 1, "{held:?}");
    let held = engine.held_series(&caller).unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!((held[0].period.as_str(), held[0].threshold), ("2026-01", 10));
    assert!(held[0].reason.contains("of 1 to 10"), "{}", held[0].reason);
    let masked = || NumberView::Masked { low: 0, high: None };
    let cell = |stratum: Option<&str>, held: NumbersView, told: NumbersView| HeldCellView {
        stratifier: stratum.map(|_| "age".to_owned()),
        stratum: stratum.map(str::to_owned),
        held,
        told: Some(told),
    };
    assert_eq!(
        held[0].cells,
        [
            cell(None, numbers(known(86), known(120)), numbers(known(84), known(120))),
            cell(Some("0-11"), numbers(known(80), known(100)), numbers(masked(), known(100))),
            cell(Some("12-17"), numbers(known(6), known(20)), numbers(masked(), known(20))),
        ]
    );
    let improver = Caller { administrator: false, ..caller.clone() };
    let told = engine.held_series(&improver).unwrap();
    assert_eq!((told.len(), told[0].cells.len()), (1, 0), "that it is held, without its numbers");
}

#[test]
fn what_is_held_can_be_dropped_for_good() {
    let (mut engine, caller) = reporting();
    submit(&mut engine, &caller, vec![figure("2026-01", None, 84, 120)]);
    submit(&mut engine, &caller, vec![figure("2026-01", None, 87, 120)]);
    for (period, code) in [("2026-02", "not-held"), ("soon", "bad-period")] {
        assert_eq!(engine.drop_held(&caller, &drop_request(period)).unwrap_err().code, code);
    }
    let nobody = Caller { person: "ab".repeat(32), ..caller.clone() };
    assert!(engine.drop_held(&nobody, &drop_request("2026-01")).is_err());
    assert_eq!(engine.held_series(&caller).unwrap().len(), 1);
    let dropped = engine.drop_held(&caller, &drop_request("2026-01")).unwrap();
    assert_eq!(dropped.cells[0].held, numbers(known(87), known(120)));
    assert!(engine.held_series(&caller).unwrap().is_empty());
    engine.reload().unwrap();
    assert!(engine.held_series(&caller).unwrap().is_empty(), "it stays dropped");
    submit(&mut engine, &caller, vec![figure("2026-02", None, 90, 130)]);
    assert_eq!(told(&mut engine, "2026-01")[&None], known(84), "what was told stands");
}

#[test]
fn own_series_are_those_of_measures_that_were_reported() {
    let (mut engine, caller) = reporting();
    assert!(engine.own_series(None).unwrap().is_empty(), "nothing was reported yet");
    let empty = engine.own_series(Some(TITLE)).unwrap();
    assert_eq!((empty.len(), empty[0].rows.len()), (1, 0), "a measure that is named is shown without rows");
    submit(&mut engine, &caller, vec![figure("2026-01", None, 84, 120)]);
    let own = engine.own_series(None).unwrap();
    assert_eq!((own.len(), own[0].rows.len(), own[0].organisations.len()), (1, 1, 1));
    let organisation = engine.keyring().organisation.to_string();
    assert!(own[0].rows.iter().all(|row| row.organisation.as_ref() == Some(&organisation)), "{own:?}");
    assert_eq!(engine.own_series(Some(TITLE)).unwrap(), own);
    assert_eq!(engine.own_series(Some("Births")).unwrap_err().code, "not-found");
    let request =
        WithdrawRequest { measure: TITLE.to_owned(), period: "2026-01".to_owned(), take_over: false };
    engine.withdraw_series(&caller, &request).unwrap();
    assert!(engine.own_series(None).unwrap().is_empty(), "it was taken back");
}

#[test]
fn an_erased_measure_hides_no_other_series() {
    let (mut engine, caller) = reporting();
    submit(&mut engine, &caller, vec![figure("2026-01", None, 84, 120)]);
    let document = engine.find_measure(TITLE).unwrap();
    erasing::erase_from_elsewhere(&mut engine, EraseTarget::Document(document, BoundedVec::default()));
    assert_eq!(engine.own_series(None).unwrap().len(), 1, "what this organisation said stays its own");
}

#[test]
fn a_measure_is_found_by_title_id_and_beginning_of_an_id() {
    let (mut engine, _) = reporting();
    let id = engine.measures().unwrap()[0].id.clone();
    for name in [TITLE, "clinical remission", &id, &id[..12]] {
        assert_eq!(engine.measure(name).unwrap().id, id, "{name}");
    }
    assert_eq!(engine.measure("Births").unwrap_err().code, "not-found");
}

#[test]
fn a_feed_is_narrowed_to_a_stratifier_or_one_stratum() {
    let (mut engine, caller) = reporting();
    let figures = vec![
        figure("2026-01", None, 84, 120),
        figure("2026-01", Some("0-11"), 44, 60),
        figure("2026-01", Some("12-17"), 40, 60),
    ];
    assert!(submit(&mut engine, &caller, figures).sent);
    let strata = |engine: &mut Engine<MemoryStore>, query: FeedQuery| {
        let feed = engine.feed(TITLE, &query).unwrap();
        let own = feed.rows.into_iter().filter(|row| row.organisation.is_some());
        own.map(|row| row.stratum.unwrap_or_else(|| "all".to_owned())).collect::<Vec<_>>()
    };
    let one =
        |code: &str| FeedQuery { stratum: Some(("age".to_owned(), code.to_owned())), ..FeedQuery::default() };
    let all = |code: &str| FeedQuery { stratifier: Some(code.to_owned()), ..FeedQuery::default() };
    assert_eq!(strata(&mut engine, FeedQuery::default()), ["all", "0-11", "12-17"]);
    assert_eq!(strata(&mut engine, all("age")), ["0-11", "12-17"]);
    assert_eq!(strata(&mut engine, all("total")), ["all"]);
    assert_eq!(strata(&mut engine, one("12-17")), ["12-17"]);
    assert!(strata(&mut engine, one("90-")).is_empty());
}
