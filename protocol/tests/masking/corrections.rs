//! Corrections: held while they are small, masked on request, and nothing where
//! nothing changed.

use crate::scene::{cell, definition, ground, masks, planned, planned_with, raw, say, sent};
use commons_protocol::disclosure::mask::{Options, Outcome, RawTable, Why};
use commons_protocol::disclosure::{Account, Fault, Ground};
use commons_protocol::measure::Component::{Complement, Denominator, Numerator};
use commons_protocol::measure::MeasureKind;
use commons_protocol::series::Value;

const MASK: Options = Options { mask_corrections: true };

fn proportion() -> Ground {
    ground(definition(MeasureKind::Proportion, &[("age", &["a", "b", "c"])]))
}

/// An account in which this was said as planned.
fn after(tables: &[RawTable]) -> (Account, Ground) {
    let (mut account, ground) = (Account::default(), proportion());
    for table in tables {
        let table = sent(&planned(&account, &ground, table.clone()));
        say(&mut account, &ground, &table);
    }
    (account, ground)
}

fn split(cells: [(u64, u64); 3]) -> RawTable {
    let sum = |of: fn(&(u64, u64)) -> u64| cells.iter().map(of).sum();
    let places = [(0, 0), (0, 1), (0, 2)];
    let strata: Vec<_> =
        places.into_iter().zip(cells).map(|(place, one)| (place, cell(one.0, one.1))).collect();
    raw(cell(sum(|one| one.0), sum(|one| one.1)), &strata)
}

#[test]
fn a_small_correction_is_held_until_it_is_large_or_gone() {
    let (account, ground) = after(&[raw(cell(50, 200), &[])]);
    let Outcome::Hold { breach, changes } = planned(&account, &ground, raw(cell(53, 204), &[])) else {
        panic!("not held");
    };
    assert_eq!(breach.fault, Fault::SmallChange);
    let told: Vec<_> =
        changes.iter().map(|one| (one.spot.component, one.told, one.now, one.difference())).collect();
    assert_eq!(told[0], (Some(Numerator), 50, 53, 3));
    assert_eq!(told[2], (Some(Complement), 150, 151, 1));
    assert_eq!(told.len(), 3);
    assert_eq!(planned(&account, &ground, raw(cell(50, 200), &[])), Outcome::Unchanged);
    assert_eq!(masks(&planned(&account, &ground, raw(cell(61, 222), &[]))), []);
}

#[test]
fn a_complement_that_changes_a_little_is_held() {
    let (account, ground) = after(&[raw(cell(50, 200), &[])]);
    let Outcome::Hold { changes, .. } = planned(&account, &ground, raw(cell(70, 225), &[])) else {
        panic!("not held");
    };
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].spot.component, changes[0].told, changes[0].now), (Some(Complement), 150, 155));
    // With the denominator told, one who takes the numerator for unchanged would
    // know the complement, and the other way round.
    let outcome = planned_with(&account, &ground, raw(cell(70, 225), &[]), MASK);
    let all = "all".to_owned();
    assert_eq!(
        masks(&outcome),
        [(all.clone(), Numerator, Why::Correction), (all, Denominator, Why::Complementary)]
    );
}

#[test]
fn a_small_correction_can_be_masked() {
    let (mut account, ground) = after(&[raw(cell(50, 200), &[])]);
    let outcome = planned_with(&account, &ground, raw(cell(53, 200), &[]), MASK);
    assert_eq!(masks(&outcome), [("all".to_owned(), Numerator, Why::Correction)]);
    let table = sent(&outcome);
    assert_eq!(table.total.map(|one| one.numerator), Some(Value::Masked));
    say(&mut account, &ground, &table);
    // What was told last still counts.
    let later = planned(&account, &ground, raw(cell(55, 200), &[]));
    assert_eq!(later, Outcome::Unchanged, "it stays masked");
    assert_eq!(masks(&planned(&account, &ground, raw(cell(71, 200), &[]))), []);
}

#[test]
fn a_corrected_stratum_takes_its_total_along() {
    let (account, ground) = after(&[split([(50, 200), (60, 300), (70, 400)])]);
    let corrected = split([(53, 200), (60, 300), (70, 400)]);
    let Outcome::Hold { changes, .. } = planned(&account, &ground, corrected.clone()) else {
        panic!("not held")
    };
    assert_eq!(changes.len(), 4, "numerator and complement, of the stratum and of all: {changes:?}");
    let outcome = planned_with(&account, &ground, corrected, MASK);
    let all: Vec<_> = masks(&outcome).into_iter().map(|(name, ..)| name).collect();
    assert!(all.contains(&"a".to_owned()) && all.contains(&"all".to_owned()), "{all:?}");
    let mut account = account;
    say(&mut account, &ground, &sent(&outcome));
}

#[test]
fn the_same_again_is_nothing_new_whatever_is_masked() {
    for cells in [
        [(50, 200), (60, 300), (70, 400)],
        [(5, 200), (60, 300), (70, 400)],
        [(2, 9), (60, 300), (70, 400)],
        [(5, 200), (4, 300), (3, 400)],
        [(195, 200), (4, 300), (70, 400)],
    ] {
        let (account, ground) = after(&[split(cells)]);
        assert_eq!(planned(&account, &ground, split(cells)), Outcome::Unchanged, "{cells:?}");
    }
}

#[test]
fn a_hidden_change_within_the_masks_is_not_seen() {
    let (account, ground) = after(&[split([(5, 200), (60, 300), (70, 400)])]);
    assert_eq!(planned(&account, &ground, split([(7, 200), (58, 300), (70, 400)])), Outcome::Unchanged);
    let seen = planned(&account, &ground, split([(7, 200), (60, 300), (70, 400)]));
    assert!(matches!(seen, Outcome::Hold { .. }), "{seen:?}");
}

#[test]
fn what_was_masked_in_a_sum_stays_masked() {
    let (mut account, ground) = after(&[split([(5, 200), (60, 300), (70, 400)])]);
    let outcome = planned(&account, &ground, split([(55, 200), (60, 300), (70, 400)]));
    let all = masks(&outcome);
    assert!(all.iter().all(|(.., why)| matches!(why, Why::Earlier | Why::Complementary)), "{all:?}");
    assert!(all.contains(&("a".to_owned(), Numerator, Why::Earlier)), "{all:?}");
    say(&mut account, &ground, &sent(&outcome));
}

#[test]
fn a_new_release_of_the_measure_says_it_again() {
    let (account, mut ground) = after(&[raw(cell(50, 200), &[])]);
    ground.release.0[0] += 1;
    assert!(matches!(planned(&account, &ground, raw(cell(50, 200), &[])), Outcome::Send { .. }));
}
