//! What must not matter does not: order, names, repetition and company.

use crate::dice::{Dice, Puzzle, cases};
use commons_protocol::linear::{Bounds, Trouble};

fn medium(dice: &mut Dice) -> Puzzle {
    let (variables, equations) = (1 + dice.index(14), dice.index(8));
    let (largest, filled) = (dice.between(1, 3), 10 + dice.below(60));
    Puzzle::random(dice, variables, equations, largest, filled)
}

/// The bounds of each variable.
fn bounds(puzzle: &Puzzle) -> Vec<Result<Bounds, Trouble>> {
    let system = puzzle.system();
    (0..puzzle.upper.len()).map(|variable| system.bounds(&[(variable, 1)])).collect()
}

#[test]
fn asking_together_is_asking_one_by_one() {
    cases(1_000, |dice| {
        let puzzle = medium(dice);
        let mut order: Vec<usize> = (0..puzzle.upper.len()).collect();
        dice.shuffle(&mut order);
        let objectives: Vec<Vec<(usize, i64)>> = order.iter().map(|variable| vec![(*variable, 1)]).collect();
        let together = puzzle.system().all_bounds(&objectives);
        let alone = bounds(&puzzle);
        for (place, variable) in order.iter().enumerate() {
            assert_eq!(together.as_ref().map(|all| all[place]).map_err(|trouble| *trouble), alone[*variable]);
        }
    });
}

#[test]
fn the_order_of_equations_and_variables_does_not_matter() {
    cases(1_000, |dice| {
        let puzzle = medium(dice);
        let mut names: Vec<usize> = (0..puzzle.upper.len()).collect();
        dice.shuffle(&mut names);
        let mut other = puzzle.clone();
        dice.shuffle(&mut other.equations);
        other.upper = names.iter().map(|name| puzzle.upper[*name]).collect();
        for (terms, _) in &mut other.equations {
            *terms = names.iter().map(|name| terms[*name]).collect();
        }
        let (before, after) = (bounds(&puzzle), bounds(&other));
        for (place, name) in names.iter().enumerate() {
            assert_eq!(after[place], before[*name], "{puzzle:?}");
        }
    });
}

/// Sums and multiples of equations say nothing new.
#[test]
fn equations_that_follow_do_not_matter() {
    cases(1_000, |dice| {
        let puzzle = medium(dice);
        let mut other = puzzle.clone();
        for _ in 0..puzzle.equations.len() {
            let (left, right) = (dice.index(other.equations.len()), dice.index(other.equations.len()));
            let (first, second) = (dice.between(-2, 2), dice.between(-2, 2));
            let (left, right) = (other.equations[left].clone(), other.equations[right].clone());
            let terms = left.0.iter().zip(&right.0).map(|(a, b)| first * a + second * b).collect();
            other.equations.push((terms, i128::from(first) * left.1 + i128::from(second) * right.1));
        }
        assert_eq!(bounds(&other), bounds(&puzzle), "{puzzle:?}");
        assert_eq!(other.system().is_feasible(), puzzle.system().is_feasible());
    });
}
