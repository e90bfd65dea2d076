//! Random tables: what is planned is accepted and hides enough, what is hidden
//! decides nothing, and planning takes few trials.

use crate::attacker;
use crate::dice::{Dice, cases};
use crate::scene::{count, definition, ground, month, plan_all, raw_of, say, sent};
use commons_protocol::disclosure::mask::{Outcome, RawTable};
use commons_protocol::disclosure::{Account, Ground};
use commons_protocol::measure::MeasureKind;
use commons_protocol::series::{self, Value};
use std::collections::{BTreeMap, BTreeSet};

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
                assert!(left.is_none_or(|left| left >= 10.0), "{number:?} is one of {left:?}: {table:?}");
            }
        }
        for (period, outcome) in plan_all(&account, &ground, tables) {
            assert_eq!(outcome, Outcome::Unchanged, "{period}");
        }
    });
}

/// Tables of three strata with this sum.
fn tables_of(sum: u64) -> impl Iterator<Item = [u64; 4]> {
    (0..=sum).flat_map(move |first| {
        (0..=sum - first).map(move |second| [first, second, sum - first - second, sum])
    })
}

/// Somebody who plans every raw table and keeps those that would be published
/// like this one knows more than the rules mind: why a smaller choice was not
/// made. That never tells a number, and seldom narrows it.
#[test]
fn who_knows_how_masks_are_chosen_learns_too_little_of_three_strata() {
    let ground = ground(definition(MeasureKind::Count, &[("p", &["a", "b", "c"])]));
    let mut published: BTreeMap<String, Vec<[u64; 4]>> = BTreeMap::new();
    for numbers in (0..=45).flat_map(tables_of) {
        let strata: Vec<_> = (0..3).map(|code| ((0, code), count(numbers[usize::from(code)]))).collect();
        let raw = raw_of(month(1), count(numbers[3]), &strata);
        let table = sent(&plan_all(&Account::default(), &ground, vec![raw]).remove(0).1);
        if !attacker::masked(&ground, &table).is_empty() {
            published.entry(format!("{table:?}")).or_default().push(numbers);
        }
    }
    let (mut all, mut few) = (0, 0);
    for (table, raw) in &published {
        let values = |index: usize| raw.iter().map(|numbers| numbers[index]).collect::<BTreeSet<u64>>().len();
        // What is told has one value; what is told as zero, too.
        let least = (0..4).map(values).filter(|left| *left > 1).min();
        let least = least.unwrap_or_else(|| panic!("who plans {table} knows it"));
        all += raw.len();
        few += if least < 10 { raw.len() } else { 0 };
    }
    println!("of {all} tables with masks {few} leave fewer than 10 values to who plans them all");
    assert!(few * 30 < all);
}
