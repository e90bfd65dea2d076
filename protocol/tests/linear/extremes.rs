//! Numbers and sizes at the ends of what is allowed: a refusal, never a wrong
//! value and never a panic.

use crate::dice::cases;
use commons_protocol::linear::{Bounds, MAX_EQUATIONS, MAX_VARIABLES, Ratio, System, Trouble};
use std::cmp::Ordering;

fn refused(system: &System) {
    assert_eq!(system.bounds(&[]), Err(Trouble::TooComplex));
    assert_eq!(system.all_bounds(&[]), Err(Trouble::TooComplex));
    assert_eq!(system.is_feasible(), Err(Trouble::TooComplex));
    assert_eq!(system.determined(), Err(Trouble::TooComplex));
}

#[test]
fn the_number_of_variables_is_limited() {
    assert_eq!(System::new(MAX_VARIABLES).is_feasible(), Ok(true));
    refused(&System::new(MAX_VARIABLES + 1));
    refused(&System::new(usize::MAX));
}

#[test]
fn the_number_of_equations_is_limited() {
    let mut system = System::new(2);
    for _ in 0..MAX_EQUATIONS {
        system.equation(&[(0, 1), (1, 1)], 4);
    }
    assert_eq!(system.is_feasible(), Ok(true));
    system.equation(&[(0, 1), (1, 1)], 4);
    refused(&system);
}

#[test]
fn variables_must_exist() {
    let mut system = System::new(2);
    assert_eq!(system.bounds(&[(2, 1)]), Err(Trouble::TooComplex));
    system.equation(&[(2, 1)], 0);
    refused(&system);
    let mut system = System::new(2);
    system.at_most(2, 1);
    refused(&system);
}

#[test]
fn the_greatest_counts_are_exact() {
    let mut system = System::new(3);
    let sum = i128::from(u64::MAX) * 2;
    system.equation(&[(0, 1), (1, 1)], sum - 1);
    system.equation(&[(1, 1), (2, 1)], sum);
    system.at_most(0, u64::MAX);
    system.at_most(1, u64::MAX);
    system.at_most(2, u64::MAX);
    let most = i128::from(u64::MAX);
    let exactly = |value| Bounds { low: Ratio::whole(value), high: Some(Ratio::whole(value)) };
    assert_eq!(system.bounds(&[(0, 1)]), Ok(exactly(most - 1)));
    assert_eq!(system.bounds(&[(0, 1), (2, -1)]), Ok(exactly(-1)));
}

#[test]
fn values_may_be_any_number() {
    for value in [i128::MAX, i128::MAX - 1, i128::MIN, i128::MIN + 1] {
        for coefficient in [i64::MAX, i64::MIN, 1, -1] {
            let mut system = System::new(2);
            system.equation(&[(0, coefficient)], value);
            system.equation(&[(0, coefficient), (1, 1)], value);
            let feasible = (value > 0) == (coefficient > 0);
            let verdict = system.is_feasible();
            assert!(verdict == Ok(feasible) || verdict == Err(Trouble::TooComplex), "{verdict:?}");
            let _ = (system.bounds(&[(0, i64::MIN), (1, i64::MAX)]), system.determined());
        }
    }
}

/// Each variable is 2^62 times the one before.
#[test]
fn values_beyond_arithmetic_are_refused() {
    let mut system = System::new(4);
    system.equation(&[(0, 1)], 3);
    for next in 1..4 {
        system.equation(&[(next, 1), (next - 1, -(1 << 62))], 0);
    }
    assert_eq!(system.bounds(&[(0, 1)]), Err(Trouble::TooComplex));
    assert_eq!(system.determined(), Err(Trouble::TooComplex));
}

/// Whatever the coefficients are, there is an answer or a refusal; where all
/// values are known, the answer contains them.
#[test]
fn huge_random_coefficients_are_survived() {
    cases(2_000, |dice| {
        let variables = 1 + dice.index(7);
        let solution: Vec<i64> = (0..variables).map(|_| dice.between(0, i64::from(u32::MAX))).collect();
        let shift = dice.below(63);
        let mut system = System::new(variables);
        for _ in 0..=dice.index(6) {
            let terms: Vec<(usize, i64)> = (0..variables)
                .map(|variable| (variable, dice.between(i64::MIN / 2, i64::MAX / 2) >> shift))
                .collect();
            let value = terms.iter().map(|(variable, a)| i128::from(*a) * i128::from(solution[*variable]));
            system.equation(&terms, value.sum());
        }
        for (variable, value) in solution.iter().enumerate() {
            let value = Ratio::whole(i128::from(*value));
            match system.bounds(&[(variable, 1)]) {
                Ok(bounds) => assert!(bounds.low <= value && bounds.high.is_none_or(|high| high >= value)),
                Err(trouble) => assert_eq!(trouble, Trouble::TooComplex),
            }
            if let Ok(found) = system.determined() {
                assert!(found.get(&variable).is_none_or(|found| *found == value));
            }
        }
    });
}

#[test]
fn fractions_are_in_lowest_terms() {
    let half = Ratio::new(-3, -6).expect("a half");
    assert_eq!((half.numerator(), half.denominator()), (1, 2));
    assert_eq!(Ratio::new(3, -6).expect("minus a half").numerator(), -1);
    assert_eq!(Ratio::new(0, -5), Ok(Ratio::ZERO));
    assert_eq!(Ratio::new(1, 0), Err(Trouble::TooComplex));
    assert_eq!(Ratio::new(1, i128::MIN), Err(Trouble::TooComplex));
    assert_eq!(Ratio::new(i128::MIN, -1), Err(Trouble::TooComplex));
    assert_eq!(half.to_string(), "1/2");
    assert_eq!(Ratio::from(12).to_string(), "12");
    assert_eq!((half.integer(), Ratio::new(8, 4).expect("two").integer()), (None, Some(2)));
}

#[test]
fn fractions_round_to_both_sides() {
    for (numerator, floor, ceiling) in [(7, 3, 4), (-7, -4, -3), (8, 4, 4), (-8, -4, -4), (0, 0, 0)] {
        let ratio = Ratio::new(numerator, 2).expect("halves");
        assert_eq!((ratio.floor(), ratio.ceiling()), (floor, ceiling));
    }
    assert_eq!(Ratio::whole(i128::MAX).ceiling(), i128::MAX);
}

/// Products of these do not fit, and neighbours differ in the last digit.
#[test]
fn fractions_are_ordered_without_overflow() {
    let ratio = |numerator, denominator| Ratio::new(numerator, denominator).expect("fits");
    let most = i128::MAX;
    let ascending = [
        Ratio::whole(i128::MIN),
        Ratio::whole(-most),
        ratio(-most, 2),
        ratio(-1, most),
        Ratio::ZERO,
        ratio(1, most),
        ratio(1, most - 1),
        ratio(most / 8 * 3 + 2, most),
        ratio(3, 8),
        ratio(most / 8 * 3 + 3, most),
        ratio(most - 2, most - 1),
        ratio(most - 1, most),
        Ratio::whole(1),
        ratio(most, most - 1),
        ratio(most - 1, most - 2),
        ratio(most, 2),
        Ratio::whole(most),
    ];
    for (left, low) in ascending.iter().enumerate() {
        for (right, high) in ascending.iter().enumerate() {
            assert_eq!(low.cmp(high), left.cmp(&right), "{low} {high}");
        }
    }
    assert_eq!(ratio(most, most - 1).cmp(&ratio(most, most - 1)), Ordering::Equal);
}
