//! Systems whose bounds can be seen.

use commons_protocol::linear::{Bounds, Ratio, System, Trouble};

/// The terms of an equation and its value.
type Sum = (&'static [(usize, i64)], i128);

fn between(low: i128, high: i128) -> Bounds {
    Bounds { low: Ratio::whole(low), high: Some(Ratio::whole(high)) }
}

fn from(low: i128) -> Bounds {
    Bounds { low: Ratio::whole(low), high: None }
}

fn ratio(numerator: i128, denominator: i128) -> Ratio {
    Ratio::new(numerator, denominator).expect("a small fraction")
}

#[test]
fn parts_of_a_sum_lie_between_nothing_and_the_sum() {
    let mut system = System::new(2);
    system.equation(&[(0, 1), (1, 1)], 10);
    assert_eq!(system.bounds(&[(0, 1)]), Ok(between(0, 10)));
    assert_eq!(system.bounds(&[(0, 1), (1, 1)]), Ok(between(10, 10)));
    assert_eq!(system.bounds(&[(0, 1), (1, -1)]), Ok(between(-10, 10)));
}

#[test]
fn what_the_others_cannot_reach_must_be_here() {
    let mut system = System::new(3);
    system.equation(&[(0, 1), (1, 1), (2, 1)], 30);
    system.at_most(1, 9);
    system.at_most(2, 9);
    assert_eq!(system.bounds(&[(0, 1)]), Ok(between(12, 30)));
    system.at_most(0, 25);
    system.at_most(0, 99);
    assert_eq!(system.bounds(&[(0, 1)]), Ok(between(12, 25)));
    assert_eq!(system.bounds(&[(1, 2)]), Ok(between(0, 18)));
    assert_eq!(system.bounds(&[(1, -1)]), Ok(between(-9, 0)));
    assert_eq!(system.bounds(&[(1, 1), (2, 1)]), Ok(between(5, 18)));
}

#[test]
fn differences_have_no_greatest_value() {
    let mut system = System::new(2);
    system.equation(&[(0, 1), (1, -1)], 3);
    assert_eq!(system.bounds(&[(0, 1)]), Ok(from(3)));
    assert_eq!(system.bounds(&[(1, 5)]), Ok(from(0)));
    assert_eq!(system.bounds(&[(1, -1)]), Err(Trouble::NoLeast));
    system.at_most(1, 4);
    assert_eq!(system.bounds(&[(0, 1)]), Ok(between(3, 7)));
    assert_eq!(system.bounds(&[(1, -1)]), Ok(between(-4, 0)));
}

#[test]
fn bounds_may_be_fractions() {
    let mut system = System::new(2);
    system.equation(&[(0, 2), (1, 3)], 7);
    assert_eq!(system.bounds(&[(0, 1)]), Ok(Bounds { low: Ratio::ZERO, high: Some(ratio(7, 2)) }));
    system.at_most(0, 1);
    let second = system.bounds(&[(1, 1)]).expect("feasible");
    assert_eq!(second, Bounds { low: ratio(5, 3), high: Some(ratio(7, 3)) });
    assert_eq!(second.integers().least, 2);
    assert_eq!(second.integers().greatest, Some(2));
    assert_eq!(second.integers().count(), Some(1));
}

#[test]
fn integers_are_counted_between_bounds() {
    let count = |low, high| Bounds { low, high: Some(high) }.integers().count();
    assert_eq!(count(Ratio::whole(47), Ratio::whole(47)), Some(1));
    assert_eq!(count(Ratio::whole(0), Ratio::whole(9)), Some(10));
    assert_eq!(count(ratio(1, 3), ratio(2, 3)), Some(0));
    assert_eq!(count(ratio(-1, 2), ratio(1, 2)), Some(1));
    assert_eq!(count(ratio(-7, 2), ratio(-1, 2)), Some(3));
    assert_eq!(from(4).integers().count(), None);
    assert_eq!(from(4).integers().least, 4);
}

#[test]
fn values_follow_from_equations_alone() {
    let mut system = System::new(5);
    system.equation(&[(0, 1), (1, 1)], 5);
    system.equation(&[(0, 1), (1, -1)], 1);
    system.equation(&[(2, 1), (3, 1)], 9);
    system.equation(&[(2, 1), (3, 1), (4, 2)], 12);
    let values: Vec<_> = system.determined().expect("feasible").into_iter().collect();
    assert_eq!(values, [(0, Ratio::whole(3)), (1, Ratio::whole(2)), (4, ratio(3, 2))]);
    assert_eq!(system.bounds(&[(4, 2)]), Ok(between(3, 3)));
    assert_eq!(system.bounds(&[(3, 1)]), Ok(between(0, 9)));
}

#[test]
fn bounds_see_what_equations_alone_do_not() {
    let mut system = System::new(3);
    system.equation(&[(0, 1), (1, 1)], 0);
    system.equation(&[(0, 1), (2, 1)], 6);
    assert!(system.determined().expect("feasible").is_empty());
    assert_eq!(system.bounds(&[(2, 1)]), Ok(between(6, 6)));
}

#[test]
fn objectives_reach_over_parts_constants_and_free_variables() {
    let mut system = System::new(6);
    system.equation(&[(0, 1), (1, 1)], 10);
    system.equation(&[(2, 1), (3, 1)], 4);
    system.equation(&[(4, 3)], 21);
    system.at_most(5, 2);
    assert_eq!(system.bounds(&[(0, 1), (2, -2), (4, 1), (5, 1)]), Ok(between(-1, 19)));
    assert_eq!(system.bounds(&[]), Ok(between(0, 0)));
    assert_eq!(system.bounds(&[(0, 1), (0, -1)]), Ok(between(0, 0)));
}

#[test]
fn saying_it_twice_changes_nothing() {
    let mut system = System::new(3);
    for factor in [1, 2, -3] {
        system.equation(&[(0, factor), (1, factor), (1, 0)], i128::from(8 * factor));
        system.equation(&[(1, factor), (2, 2 * factor), (2, -factor)], i128::from(5 * factor));
    }
    assert_eq!(system.bounds(&[(1, 1)]), Ok(between(0, 5)));
    assert_eq!(system.bounds(&[(0, 1)]), Ok(between(3, 8)));
}

#[test]
fn contradictions_are_infeasible() {
    let contradictions: [&[Sum]; 7] = [
        &[(&[], 1)],
        &[(&[(0, 1)], -1)],
        &[(&[(0, 1)], 8)],
        &[(&[(1, 1), (2, 1)], 4), (&[(1, 1), (2, 1)], 5)],
        &[(&[(1, 1), (2, 1)], -4)],
        &[(&[(0, 1), (1, 1)], 9), (&[(0, 1), (1, 2)], 9)],
        &[(&[(0, 1), (1, 1)], 9), (&[(1, 1), (2, 1)], 5), (&[(0, 1), (2, -1)], 5)],
    ];
    for equations in contradictions {
        let mut system = System::new(3);
        system.at_most(0, 7);
        for (terms, value) in equations {
            system.equation(terms, *value);
        }
        assert_eq!(system.is_feasible(), Ok(false), "{equations:?}");
        assert_eq!(system.bounds(&[(2, 1)]), Err(Trouble::Infeasible), "{equations:?}");
        assert_eq!(system.all_bounds(&[]), Err(Trouble::Infeasible), "{equations:?}");
    }
}

#[test]
fn determined_values_must_be_allowed() {
    let mut system = System::new(2);
    system.equation(&[(0, 1), (1, 1)], 3);
    system.equation(&[(0, 1), (1, -1)], 5);
    assert_eq!(system.determined(), Err(Trouble::Infeasible));
    let mut system = System::new(1);
    system.at_most(0, 4);
    system.equation(&[(0, 2)], 10);
    assert_eq!(system.determined(), Err(Trouble::Infeasible));
    let mut system = System::new(2);
    system.equation(&[(0, 1), (1, 1)], 3);
    system.equation(&[(0, 2), (1, 2)], 5);
    assert_eq!(system.determined(), Err(Trouble::Infeasible));
}

#[test]
fn troubles_say_what_to_do() {
    assert!(Trouble::Infeasible.to_string().contains("wrong"));
    assert!(Trouble::TooComplex.to_string().contains("smaller"));
    assert!(Trouble::NoLeast.to_string().contains("bound"));
}
