//! Primary masks: what the rules name number by number.

use crate::scene::{cell, count, definition, excluding, ground, masks, month, planned, raw, raw_of, sent};
use commons_protocol::disclosure::mask::{Options, Outcome, RawTable, Why, plan};
use commons_protocol::disclosure::{Account, Fault, Ground};
use commons_protocol::measure::Component::{Complement, Denominator, Excluded, Numerator};
use commons_protocol::measure::MeasureKind;
use commons_protocol::period::Period;
use commons_protocol::series::{Cell, LARGEST, Value};
use std::collections::BTreeMap;

fn proportion() -> Ground {
    ground(definition(MeasureKind::Proportion, &[("age", &["0-4", "5-9", "older"])]))
}

fn of(ground: &Ground, cell: Cell) -> Outcome {
    planned(&Account::default(), ground, raw(cell, &[]))
}

fn small(component: commons_protocol::measure::Component) -> Why {
    Why::Small { component }
}

fn all(
    one: (commons_protocol::measure::Component, Why),
) -> (String, commons_protocol::measure::Component, Why) {
    ("all".to_owned(), one.0, one.1)
}

#[test]
fn large_counts_and_none_are_told() {
    for numbers in [(0, 100), (11, 22), (100, 100), (0, 0), (50, 61)] {
        let outcome = of(&proportion(), cell(numbers.0, numbers.1));
        assert_eq!(masks(&outcome), [], "{numbers:?}");
        assert_eq!(sent(&outcome).total, Some(cell(numbers.0, numbers.1)));
    }
}

#[test]
fn small_counts_and_complements_are_masked_by_the_numerator() {
    for (numerator, component) in [(1, Numerator), (10, Numerator), (90, Complement), (99, Complement)] {
        let outcome = of(&proportion(), cell(numerator, 100));
        assert_eq!(masks(&outcome), [all((Numerator, small(component)))]);
        let shown = sent(&outcome).total.expect("a total");
        assert_eq!((shown.numerator, shown.denominator), (Value::Masked, Some(Value::Known(100))));
    }
}

#[test]
fn small_denominators_mask_the_whole_cell() {
    let outcome = of(&proportion(), excluding(cell(4, 9), 40));
    let whole = [
        all((Numerator, Why::Denominator)),
        all((Denominator, small(Denominator))),
        all((Excluded, Why::Denominator)),
    ];
    assert_eq!(masks(&outcome), whole);
}

#[test]
fn small_exclusions_are_masked_alone() {
    let outcome = of(&proportion(), excluding(cell(40, 90), 4));
    assert_eq!(masks(&outcome), [all((Excluded, small(Excluded)))]);
}

#[test]
fn sensitive_extremes_are_masked() {
    let mut sensitive = definition(MeasureKind::Proportion, &[]);
    sensitive.extremes_are_sensitive = true;
    for numerator in [0, 100] {
        let outcome = of(&ground(sensitive.clone()), cell(numerator, 100));
        assert_eq!(masks(&outcome), [all((Numerator, Why::Extreme))]);
    }
    assert_eq!(masks(&of(&ground(sensitive), cell(0, 0))), []);
}

#[test]
fn counts_rates_and_sums_have_no_complement() {
    assert_eq!(
        masks(&of(&ground(definition(MeasureKind::Count, &[])), count(7))),
        [all((Numerator, small(Numerator)))]
    );
    assert_eq!(masks(&of(&ground(definition(MeasureKind::Rate, &[])), cell(95, 100))), []);
    assert_eq!(masks(&of(&ground(definition(MeasureKind::Continuous, &[])), cell(7, 100))), []);
    let few = of(&ground(definition(MeasureKind::Continuous, &[])), cell(70, 3));
    assert_eq!(masks(&few), [all((Numerator, Why::Denominator)), all((Denominator, small(Denominator)))]);
}

#[test]
fn a_stricter_measure_masks_more() {
    let mut strict = definition(MeasureKind::Proportion, &[]);
    strict.threshold = Some(30);
    assert_eq!(masks(&of(&ground(strict), cell(30, 100))), [all((Numerator, small(Numerator)))]);
}

#[test]
fn what_the_source_masks_stays_masked() {
    let hidden = Cell { numerator: Value::Masked, ..cell(0, 100) };
    assert_eq!(masks(&of(&proportion(), hidden)), [all((Numerator, Why::Source))]);
    let whole = Cell { denominator: Some(Value::Masked), ..cell(40, 0) };
    assert_eq!(
        masks(&of(&proportion(), whole)),
        [all((Numerator, Why::Denominator)), all((Denominator, Why::Source))]
    );
    let nobody = Cell { numerator: Value::Masked, ..cell(0, 0) };
    assert_eq!(sent(&of(&proportion(), nobody)).total, Some(cell(0, 0)));
}

#[test]
fn masks_hide_no_mistakes() {
    let ground = proportion();
    let fault = |raw: RawTable| match planned(&Account::default(), &ground, raw) {
        Outcome::Refuse(breach) => breach.fault,
        other => panic!("{other:?}"),
    };
    let sum = [((0, 0), cell(5, 50)), ((0, 1), cell(20, 50))];
    assert_eq!(fault(raw(cell(26, 100), &sum)), Fault::Inconsistent);
    assert_eq!(fault(raw(cell(9, 5), &[])), Fault::Inconsistent);
    assert_eq!(fault(raw(count(50), &[])), Fault::Shape);
    assert_eq!(fault(raw(cell(50, LARGEST + 1), &[])), Fault::Shape);
    assert_eq!(fault(raw(cell(50, 100), &[((0, 7), cell(50, 100))])), Fault::UnknownStratum);
    let quarter = Period::quarter(2025, 2).expect("a quarter");
    assert_eq!(fault(raw_of(quarter, cell(50, 100), &[])), Fault::OffGrid);
}

#[test]
fn a_period_is_planned_once_and_nothing_is_nothing() {
    let nothing = RawTable { period: month(2), total: None, strata: BTreeMap::new() };
    let tables = vec![nothing, raw(cell(50, 100), &[]), raw(cell(70, 100), &[])];
    let planned = plan(&Account::default(), &proportion(), tables, Options::default());
    assert!(matches!(&planned[0].1, Outcome::Send { .. }));
    assert!(matches!(&planned[1].1, Outcome::Refuse(breach) if breach.fault == Fault::Order));
    assert_eq!(planned[2], (month(2), Outcome::Unchanged));
}
