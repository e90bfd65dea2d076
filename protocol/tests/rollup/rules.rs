//! What is shown of a row, rule by rule.

use crate::scene::{
    MASKED, Network, by_age, code, count, counts, definition, ground, known, month, organisation, share,
    split, total,
};
use commons_protocol::disclosure::{Policy, Stratum};
use commons_protocol::measure::MeasureKind;
use commons_protocol::rollup::{Reason, Row, Sum};
use commons_protocol::series::{Cell, LARGEST, Value};

const DOMINATED: Sum = Sum::Withheld(Reason::Dominated);
const TOO_FEW: Sum = Sum::Withheld(Reason::TooFew);

fn between(low: u64, high: Option<u64>) -> Sum {
    Sum::Between { low, high }
}

fn stratum(stratifier: &str, name: &str) -> Stratum {
    Some((code(stratifier), code(name)))
}

fn row(network: &Network, stratum: &Stratum) -> Row {
    network.rollup().row(month(0), stratum).expect("a row")
}

fn sum(numbers: &[Value]) -> Sum {
    row(&counts(numbers), &None).numerator
}

#[test]
fn sums_of_counts_by_case() {
    let (a, zero) = (known(100), known(0));
    let cases: [(&str, Vec<Value>, Sum); 12] = [
        ("all told", vec![a, a, a], Sum::Known(300)),
        ("two organisations", vec![a, a], TOO_FEW),
        ("nobody anywhere", vec![zero; 3], Sum::Known(0)),
        ("zeros contribute", vec![a, a, zero], Sum::Known(200)),
        ("exactly the share", vec![known(900), known(50), known(50)], Sum::Known(1_000)),
        ("one above the share", vec![known(901), known(50), known(50)], DOMINATED),
        ("all of it in one place", vec![a, zero, zero], DOMINATED),
        ("too few comes before dominated", vec![known(901), known(50)], TOO_FEW),
        ("masked without an end", vec![a, a, MASKED], between(200, None)),
        ("one told among masked", vec![a, MASKED, MASKED], DOMINATED),
        ("all masked", vec![MASKED; 3], between(0, None)),
        ("the largest there are", vec![known(LARGEST); 3], Sum::Known(3 * LARGEST)),
    ];
    for (what, numbers, expected) in cases {
        assert_eq!(sum(&numbers), expected, "{what}");
    }
}

#[test]
fn a_row_says_how_many_contribute_and_how_many_mask() {
    let row = row(&counts(&[known(100), MASKED, known(0), MASKED, known(90)]), &None);
    assert_eq!((row.organisations, row.masked, row.denominator), (5, 2, None));
}

/// Organisations of which all boys and girls are told, and one whose total is
/// told and whose boys and girls are not.
fn with_masked_strata(told: u64, hidden: u64, organisations: u8) -> Network {
    let mut network = Network::default();
    let cell = |number: Value, of: Value| share(number, of);
    let half = cell(known(told), known(2 * told));
    for who in 1..organisations {
        let table =
            split(month(0), Some(cell(known(2 * told), known(4 * told))), &[(1, 0, half), (1, 1, half)]);
        network.say(who, &by_age(), table);
    }
    let masked = cell(MASKED, MASKED);
    let table =
        split(month(0), Some(cell(known(hidden), known(2 * hidden))), &[(1, 0, masked), (1, 1, masked)]);
    network.say(organisations, &by_age(), table);
    network
}

#[test]
fn a_masked_number_counts_with_its_most_against_the_others_least() {
    let girls = stratum("sex", "f");
    // 2 × 100 told and at most 1,800 masked: just the share of 90 %.
    let row_of = |hidden| row(&with_masked_strata(100, hidden, 3), &girls);
    let shown = row_of(1_800);
    assert_eq!(shown.numerator, between(200, Some(2_000)));
    assert_eq!(shown.denominator, Some(between(400, Some(4_000))));
    assert_eq!((shown.organisations, shown.masked), (3, 1));
    assert_eq!(row_of(1_801).numerator, DOMINATED);
    // What is told of everybody is not dominated by what is masked of one.
    assert_eq!(row(&with_masked_strata(100, 1_801, 3), &None).numerator, Sum::Known(2_201));
}

#[test]
fn numerator_and_denominator_are_shown_together_or_not_at_all() {
    let cell = |numerator, denominator, excluded| Cell {
        numerator: known(numerator),
        denominator: Some(known(denominator)),
        excluded: Some(known(excluded)),
    };
    let of = |cells: [Cell; 3]| {
        let mut network = Network::default();
        (1..).zip(cells).for_each(|(who, cell)| network.say(who, &by_age(), total(month(0), cell)));
        let row = row(&network, &None);
        (row.numerator, row.denominator, row.excluded)
    };
    let even = cell(50, 100, 20);
    let all = |numerator, denominator, excluded| (numerator, Some(denominator), Some(excluded));
    assert_eq!(of([even; 3]), all(Sum::Known(150), Sum::Known(300), Sum::Known(60)));
    let by_numerator = [cell(0, 100, 20), cell(0, 100, 20), even];
    assert_eq!(of(by_numerator), all(DOMINATED, DOMINATED, Sum::Known(60)));
    let by_denominator = [even, even, cell(50, 5_000, 20)];
    assert_eq!(of(by_denominator), all(DOMINATED, DOMINATED, Sum::Known(60)));
    let by_excluded = [even, even, cell(50, 100, 2_000)];
    assert_eq!(of(by_excluded), all(Sum::Known(150), Sum::Known(300), DOMINATED));
    // Turned round, the failures would be those of one organisation: only what
    // is reported is held against the share.
    assert_eq!(of([cell(100, 100, 20), cell(100, 100, 20), even]).0, Sum::Known(250));
}

#[test]
fn what_was_excluded_is_shown_if_everybody_reports_it() {
    let mut network = Network::default();
    let excluded = |number| Cell { excluded: Some(known(number)), ..share(known(50), known(100)) };
    (1..=3).for_each(|who| network.say(who, &by_age(), total(month(0), excluded(30))));
    assert_eq!(row(&network, &None).excluded, Some(Sum::Known(90)));
    network.say(4, &by_age(), total(month(0), share(known(50), known(100))));
    assert_eq!(row(&network, &None).excluded, None);
    assert_eq!(row(&network, &None).numerator, Sum::Known(200));
}

#[test]
fn strata_that_are_not_listed_contribute_zero() {
    let mut network = Network::default();
    let cell = share(known(50), known(100));
    for who in 1..=3 {
        network.say(who, &by_age(), split(month(0), Some(cell), &[(0, 2, cell)]));
    }
    let zero = row(&network, &stratum("age", "0-4"));
    assert_eq!((zero.numerator, zero.denominator), (Sum::Known(0), Some(Sum::Known(0))));
    assert_eq!((zero.organisations, zero.masked, zero.excluded), (3, 0, None));
    assert_eq!(row(&network, &stratum("age", "5-11")).denominator, Some(Sum::Known(300)));
    let sex = network.rollup().row(month(0), &stratum("sex", "f"));
    assert_eq!(sex, None, "nobody states this stratifier");
    let own: Vec<_> = network.rollup().contributions(month(0)).collect();
    assert_eq!(own.len(), 12, "a total and three ages each");
    assert_eq!((own[1].0, own[1].1.numerator), (organisation(1), Sum::Known(0)));
}

#[test]
fn releases_with_other_codes_go_together_where_they_agree() {
    let mut network = Network::default();
    let release = |number, ages: &[&str]| {
        ground(number, definition(MeasureKind::Count, &[("age", ages), ("sex", &["f"])]))
    };
    let releases = [release(1, &["0-4", "12-17", "5-11"]), release(2, &["0-4", "5-17"])];
    for who in 1..=5 {
        // The first code in order: "0-4" in both.
        let table = split(month(0), None, &[(0, 0, count(known(50)))]);
        network.say(who, &releases[usize::from(who > 2)], table);
    }
    let row_of = |name| row(&network, &stratum("age", name));
    assert_eq!(row_of("0-4").numerator, Sum::Known(250));
    assert_eq!((row_of("5-11").numerator, row_of("5-11").organisations), (TOO_FEW, 2));
    assert_eq!((row_of("5-17").numerator, row_of("5-17").organisations), (Sum::Known(0), 3));
    assert_eq!(network.rollup().row(month(0), &None), None, "nobody states a total");
    let rows: Vec<Stratum> = network.rollup().rows().map(|row| row.stratum).collect();
    assert!(rows.is_sorted() && rows.len() == 4, "{rows:?}");
    assert_eq!(network.rollup().releases(month(0)..=month(0)).len(), 2);
}

#[test]
fn rows_come_by_period_and_all_together_first() {
    let mut network = Network::default();
    let cell = share(known(50), known(100));
    for number in [3, 1, 2] {
        network.say(1, &by_age(), split(month(number), Some(cell), &[(1, 0, cell)]));
    }
    let rollup = network.rollup();
    let places: Vec<_> = rollup.rows().map(|row| (row.period, row.stratum)).collect();
    assert!(places.is_sorted() && places.len() == 9 && places[0].1.is_none(), "{places:?}");
}

/// The strata of a total that is dominated never add up to it: one of them is
/// dominated too.
#[test]
fn a_dominated_total_has_a_dominated_stratum() {
    let mut dominated = 0;
    for seed in 0..400 {
        let mut dice = crate::world::Dice(seed);
        let mut network = Network::default();
        let ground = ground(5, definition(MeasureKind::Count, &[("part", &["a", "b", "c"])]));
        for who in 1..=3 {
            let weight = [1, 1, 30][dice.below(3)];
            let parts: Vec<u64> = (0..3).map(|_| weight * (11 + dice.below(90) as u64)).collect();
            let cells: Vec<_> =
                (0..).zip(&parts).map(|(code, number)| (0, code, count(known(*number)))).collect();
            network.say(who, &ground, split(month(0), Some(count(known(parts.iter().sum()))), &cells));
        }
        let rows: Vec<Row> = network.rollup().rows().collect();
        if rows[0].numerator == DOMINATED {
            dominated += 1;
            assert!(rows[1..].iter().any(|row| row.numerator == DOMINATED), "seed {seed}");
        }
    }
    assert!(dominated > 20, "{dominated}");
}

#[test]
fn policies_are_obeyed() {
    let network = counts(&[known(950), known(20), known(30)]);
    let with = |organisations, share| {
        let policy = Policy { organisations, share, ..Policy::default() };
        network.rollup_by(policy).row(month(0), &None).expect("a row").numerator
    };
    assert_eq!(with(3, 90), DOMINATED);
    assert_eq!(with(3, 95), Sum::Known(1_000));
    assert_eq!(with(3, 94), DOMINATED);
    assert_eq!(with(3, 100), Sum::Known(1_000));
    assert_eq!(with(4, 100), TOO_FEW);
}
