//! Random tables: what is planned is accepted and hides enough, what is hidden
//! decides nothing, and planning takes few trials.

use crate::attacker;
use crate::dice::{Dice, cases};
use crate::scene::{definition, ground, month, plan_all, raw_of, say, sent};
use commons_protocol::disclosure::mask::{Outcome, RawTable, Why};
use commons_protocol::disclosure::{Account, Ground};
use commons_protocol::measure::{Component, MeasureKind};
use commons_protocol::series::{self, Value};
use std::cell::Cell;

const STRATA: [&[&str]; 2] = [&["a", "b", "c", "d"], &["e", "f", "g"]];

fn random_ground(dice: &mut Dice) -> Ground {
    let kinds = [MeasureKind::Proportion, MeasureKind::Proportion, MeasureKind::Count, MeasureKind::Rate];
    let stratifiers = [("p", STRATA[0]), ("q", STRATA[1])];
    let mut random = definition(kinds[dice.index(4)], &stratifiers[..1 + dice.index(2)]);
    random.extremes_are_sensitive = dice.chance(20);
    ground(random)
}

/// A count that is often small.
fn number(dice: &mut Dice, most: u64) -> u64 {
    let end = if dice.chance(50) { 14 } else { 60 };
    dice.below(end).min(most)
}

/// People in two ways at once: who is in one stratum of the first stratifier is
/// in one of the second.
fn random_table(dice: &mut Dice, ground: &Ground, at: u32) -> RawTable {
    let has_excluded = dice.chance(20);
    let zero = Numbers { numerator: 0, denominator: 0, excluded: 0 };
    let mut sums = [[zero; 4]; 2];
    let mut total = zero;
    for first in 0..4 {
        for second in 0..3 {
            let denominator = number(dice, 60);
            let numerator = number(dice, denominator);
            let one = Numbers { numerator, denominator, excluded: number(dice, 20) };
            sums[0][first].add(one);
            sums[1][second].add(one);
            total.add(one);
        }
    }
    let cell = |one: Numbers| series::Cell {
        numerator: Value::Known(one.numerator),
        denominator: ground.definition.kind.has_denominator().then_some(Value::Known(one.denominator)),
        excluded: has_excluded.then_some(Value::Known(one.excluded)),
    };
    let mut strata = Vec::new();
    for (stratifier, sums) in sums.iter().enumerate().take(ground.definition.stratifiers.len()) {
        for (code, sum) in sums.iter().enumerate().take(STRATA[stratifier].len()) {
            let place = (u8::try_from(stratifier).expect("two"), u8::try_from(code).expect("four"));
            strata.push((place, cell(*sum)));
        }
    }
    raw_of(month(at), cell(total), &strata)
}

#[derive(Clone, Copy)]
struct Numbers {
    numerator: u64,
    denominator: u64,
    excluded: u64,
}

impl Numbers {
    fn add(&mut self, other: Self) {
        self.numerator += other.numerator;
        self.denominator += other.denominator;
        self.excluded += other.excluded;
    }
}

#[test]
fn what_is_planned_is_accepted_and_hides_enough() {
    cases(400, |dice| {
        let ground = random_ground(dice);
        let tables: Vec<RawTable> = (1..=3).map(|at| random_table(dice, &ground, at)).collect();
        let mut account = Account::default();
        for (period, outcome) in plan_all(&account, &ground, tables.clone()) {
            let Outcome::Send { table, .. } = outcome else { panic!("{period}: {outcome:?}: {tables:?}") };
            say(&mut account, &ground, &table);
            for number in attacker::masked(&ground, &table) {
                let left = attacker::left(&ground, &table, number);
                assert!(left.is_none_or(|left| left >= 10), "{number:?} is one of {left:?}: {table:?}");
            }
        }
        for (period, outcome) in plan_all(&account, &ground, tables) {
            assert_eq!(outcome, Outcome::Unchanged, "{period}");
        }
    });
}

/// Moves one from a masked numerator of the first stratifier to another where
/// that changes neither what is told nor which masks are primary.
fn moved(raw: &RawTable, ground: &Ground, outcome: &Outcome) -> Option<RawTable> {
    let Outcome::Send { masks, .. } = outcome else { return None };
    let why = |code: u8| {
        let codes = ground.definition.stratum((0, code)).map(|(first, second)| (first.clone(), second.clone()));
        let mut here = masks.iter().filter(|mask| mask.stratum == codes);
        let first = here.next().filter(|mask| mask.component == Component::Numerator)?;
        here.next().is_none().then_some(first.why)
    };
    let small = |why| matches!(why, Some(Why::Small { component: Component::Numerator }));
    let from = (0..4).find(|code| small(why(*code)))?;
    let to = (0..4).find(|code| why(*code) == Some(Why::Complementary))?;
    let mut moved = raw.clone();
    for (code, is_taken) in [(from, true), (to, false)] {
        let cell = moved.strata.get_mut(&(0, code))?;
        let numerator = cell.numerator.known()?;
        let numerator = if is_taken { numerator.checked_sub(1).filter(|left| *left > 0)? } else { numerator + 1 };
        let is_far = |rest: u64| rest > 10;
        if cell.denominator.is_some_and(|all| !all.known().is_some_and(|all| all > numerator && is_far(all - numerator))) {
            return None;
        }
        cell.numerator = Value::Known(numerator);
    }
    Some(moved)
}

#[test]
fn what_is_hidden_decides_nothing() {
    let compared = Cell::new(0);
    cases(400, |dice| {
        let ground = random_ground(dice);
        let raw = random_table(dice, &ground, 1);
        let outcome = plan_all(&Account::default(), &ground, vec![raw.clone()]).remove(0).1;
        let Some(moved) = moved(&raw, &ground, &outcome) else { return };
        let other = plan_all(&Account::default(), &ground, vec![moved.clone()]).remove(0).1;
        assert_eq!(sent(&outcome), sent(&other), "{raw:?} and {moved:?}");
        compared.set(compared.get() + 1);
    });
    assert!(compared.get() > 20, "{compared:?}");
}
