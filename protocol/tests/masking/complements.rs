//! Complementary masks: as few as possible, chosen by what is public.

use crate::attacker;
use crate::scene::{
    cell, count, definition, excluding, ground, ground_of, masks, month, planned, raw, raw_of, say, sent,
};
use commons_protocol::disclosure::mask::{Options, Outcome, Why, plan};
use commons_protocol::disclosure::{Account, Ground};
use commons_protocol::measure::Component::{self, Denominator, Excluded, Numerator};
use commons_protocol::measure::MeasureKind;
use commons_protocol::series::Cell;

fn ages(kind: MeasureKind) -> Ground {
    ground(definition(kind, &[("age", &["a", "b", "c", "d"])]))
}

/// The numbers that are masked besides.
fn besides(outcome: &Outcome) -> Vec<(String, Component)> {
    let all = masks(outcome).into_iter();
    all.filter(|(.., why)| *why == Why::Complementary).map(|(name, component, _)| (name, component)).collect()
}

fn strata(cells: &[Cell]) -> Vec<((u8, u8), Cell)> {
    let place = |index: usize| (0, u8::try_from(index).expect("few strata"));
    cells.iter().enumerate().map(|(index, cell)| (place(index), *cell)).collect()
}

fn shares(cells: &[(u64, u64)]) -> Outcome {
    let total = cells.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let cells: Vec<Cell> = cells.iter().map(|one| cell(one.0, one.1)).collect();
    let ground = ages(MeasureKind::Proportion);
    let outcome = planned(&Account::default(), &ground, raw(cell(total.0, total.1), &strata(&cells)));
    check(&ground, &outcome);
    outcome
}

fn check(ground: &Ground, outcome: &Outcome) {
    let table = sent(outcome);
    for number in attacker::masked(ground, &table) {
        let left = attacker::left(ground, &table, number);
        assert!(left.is_none_or(|left| left >= 10.0), "{number:?} is one of {left:?}: {table:?}");
    }
    say(&mut Account::default(), ground, &table);
}

#[test]
fn one_small_count_takes_one_more_of_the_smallest_published_denominator() {
    let outcome = shares(&[(5, 100), (90, 400), (60, 300), (70, 350)]);
    assert_eq!(besides(&outcome), [("c".to_owned(), Numerator)]);
}

#[test]
fn two_small_counts_whose_sum_is_large_enough_take_none() {
    // From 1 to 10 each, since zeros are told.
    assert_eq!(besides(&shares(&[(5, 100), (6, 400), (60, 300), (70, 350)])), []);
}

#[test]
fn two_small_counts_whose_sum_tells_them_take_another() {
    let outcome = shares(&[(5, 100), (5, 400), (60, 300), (70, 350)]);
    assert_eq!(besides(&outcome), [("c".to_owned(), Numerator)]);
}

#[test]
fn an_empty_stratum_hides_nothing_of_a_share() {
    let outcome = shares(&[(5, 100), (0, 0), (60, 300), (70, 350)]);
    assert_eq!(besides(&outcome), [("c".to_owned(), Numerator)]);
}

#[test]
fn a_small_denominator_takes_another_denominator() {
    let outcome = shares(&[(3, 9), (90, 400), (60, 300), (70, 350)]);
    let both = [("b".to_owned(), Numerator), ("b".to_owned(), Denominator)];
    assert_eq!(besides(&outcome), both, "denominators are hidden, so the order of the definition decides");
}

#[test]
fn strata_of_an_unlisted_stratum_can_be_masked() {
    let cells = [((0, 0), count(12)), ((0, 1), count(7))];
    let ground = ages(MeasureKind::Count);
    let outcome = planned(&Account::default(), &ground, raw(count(19), &cells));
    assert_eq!(besides(&outcome), [("a".to_owned(), Numerator)]);
    check(&ground, &outcome);
    let cells = [((0, 1), count(7)), ((0, 2), count(30)), ((0, 3), count(13))];
    let outcome = planned(&Account::default(), &ground, raw(count(50), &cells));
    assert_eq!(besides(&outcome), [("c".to_owned(), Numerator)], "with nobody in \"a\" the sum would be 7");
    check(&ground, &outcome);
}

#[test]
fn small_exclusions_take_other_exclusions() {
    let with = |numbers: (u64, u64), excluded| excluding(cell(numbers.0, numbers.1), excluded);
    let cells = [with((50, 100), 5), with((50, 100), 40), with((50, 100), 0), with((50, 100), 55)];
    let ground = ages(MeasureKind::Proportion);
    let outcome = planned(&Account::default(), &ground, raw(with((200, 400), 100), &strata(&cells)));
    assert_eq!(besides(&outcome), [("b".to_owned(), Excluded)]);
    check(&ground, &outcome);
}

#[test]
fn without_a_total_nothing_adds_up() {
    let ground = ages(MeasureKind::Count);
    let mut table = raw(count(0), &strata(&[count(5), count(50), count(60), count(70)]));
    table.total = None;
    let outcome = planned(&Account::default(), &ground, table);
    assert_eq!(besides(&outcome), []);
    check(&ground, &outcome);
}

#[test]
fn zeros_are_told_and_hide_nothing() {
    let ground = ages(MeasureKind::Count);
    for (first, second, is_told) in [(5, 6, true), (4, 5, false)] {
        let cells = [count(first), count(second), count(0), count(0)];
        let outcome = planned(&Account::default(), &ground, raw(count(first + second), &strata(&cells)));
        assert_eq!(besides(&outcome), []);
        let table = sent(&outcome);
        assert_eq!(table.total.is_some_and(|total| total.numerator.known().is_some()), is_told);
        assert_eq!(table.strata.iter().filter(|one| one.cell == count(0)).count(), 2);
        check(&ground, &outcome);
    }
}

#[test]
fn the_pattern_of_the_month_before_is_kept() {
    let ground = ages(MeasureKind::Proportion);
    let cells = |small: u64, denominators: [u64; 4]| {
        let numerators = [small, 60, 60, 60];
        let all: Vec<Cell> =
            numerators.iter().zip(denominators).map(|(part, whole)| cell(*part, whole)).collect();
        (cell(small + 180, denominators.iter().sum()), strata(&all))
    };
    let tables = |first: u32| {
        let denominators = [[100, 500, 200, 400], [100, 300, 600, 600], [100, 300, 600, 600]];
        let month = |index: u32| {
            let (total, strata) = cells(5, denominators[index as usize]);
            raw_of(month(first + index), total, &strata)
        };
        (0..3).map(month).collect::<Vec<_>>()
    };
    let mut account = Account::default();
    for first in [1, 4] {
        let planned = plan(&account, &ground, tables(first), Options::default());
        for (_, outcome) in &planned {
            assert_eq!(besides(outcome), [("c".to_owned(), Numerator)]);
            say(&mut account, &ground, &sent(outcome));
        }
    }
}

#[test]
fn several_stratifiers_are_made_safe_together() {
    let names: Vec<String> = (0..6).map(|number| format!("by{number}")).collect();
    let stratifiers: Vec<(&str, &[&str])> =
        names.iter().map(|name| (name.as_str(), ["a", "b", "c"].as_slice())).collect();
    let ground = ground(definition(MeasureKind::Count, &stratifiers));
    let cells = (0..6).flat_map(|stratifier| {
        [((stratifier, 0), count(4)), ((stratifier, 1), count(36)), ((stratifier, 2), count(60))]
    });
    let outcome = planned(&Account::default(), &ground, raw(count(100), &cells.collect::<Vec<_>>()));
    assert_eq!(besides(&outcome), [("all".to_owned(), Numerator)], "the total alone hides all six");
    check(&ground, &outcome);
}

#[test]
fn a_quantity_that_another_measure_tells_is_minded() {
    let with = |number, kind| {
        let mut shared = definition(kind, &[("age", &["a", "b", "c"])]);
        let code = Some(crate::scene::code("visits"));
        match kind {
            MeasureKind::Count => shared.numerator = code,
            _ => shared.denominator = code,
        }
        ground_of(number, shared)
    };
    let (visits, breaches) = (with(1, MeasureKind::Count), with(2, MeasureKind::Proportion));
    let mut account = Account::default();
    let counts = [((0, 0), count(100)), ((0, 1), count(300)), ((0, 2), count(200))];
    let counts = sent(&planned(&account, &visits, raw(count(600), &counts)));
    say(&mut account, &visits, &counts);
    let cells = [((0, 0), cell(5, 100)), ((0, 1), cell(70, 300)), ((0, 2), cell(60, 200))];
    let outcome = planned(&account, &breaches, raw(cell(135, 600), &cells));
    assert_eq!(besides(&outcome), [("c".to_owned(), Numerator)]);
    say(&mut account, &breaches, &sent(&outcome));
}

#[test]
fn what_cannot_be_checked_goes_without_strata() {
    let codes: Vec<String> = (0..100).map(|number| format!("{number:02}")).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let names = ["p", "q", "r"];
    let stratifiers: Vec<(&str, &[&str])> = names.iter().map(|name| (*name, codes.as_slice())).collect();
    let ground = ground(definition(MeasureKind::Count, &stratifiers));
    let cells: Vec<_> = (0..3).map(|stratifier| ((stratifier, 0), count(50))).collect();
    let outcome = planned(&Account::default(), &ground, raw(count(50), &cells));
    assert!(matches!(&outcome, Outcome::Send { without_strata: true, masks, .. } if masks.is_empty()));
    assert_eq!(sent(&outcome).total, Some(count(50)));
    check(&ground, &outcome);
}
