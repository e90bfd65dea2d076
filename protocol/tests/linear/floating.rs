//! Against another solver, in floating point, on systems of the size of tables.

use crate::dice::{Dice, Puzzle, cases, sparse};
use commons_protocol::linear::{Bounds, Ratio, Trouble};
use microlp::{ComparisonOp, Error, OptimizationDirection, Problem, SolveOutcome};

/// The best value of an objective as the other solver sees it.
fn best(puzzle: &Puzzle, objective: &[i64], direction: OptimizationDirection) -> Result<f64, Error> {
    let mut problem = Problem::new(direction);
    let variables: Vec<_> = puzzle
        .upper
        .iter()
        .zip(objective)
        .map(|(upper, factor)| {
            let upper = upper.map_or(f64::INFINITY, |upper| upper as f64);
            problem.add_var(*factor as f64, (0.0, upper))
        })
        .collect();
    for (terms, value) in &puzzle.equations {
        let terms: Vec<_> =
            sparse(terms).iter().map(|(variable, a)| (variables[*variable], *a as f64)).collect();
        problem.add_constraint(&terms, ComparisonOp::Eq, *value as f64);
    }
    match problem.solve()? {
        SolveOutcome::Solution(solution) => Ok(solution.objective()),
        SolveOutcome::Interrupted(_) => panic!("no limit was set"),
    }
}

fn near(exact: Ratio, found: f64) -> bool {
    let exact = exact.numerator() as f64 / exact.denominator() as f64;
    (exact - found).abs() <= 1e-6 * exact.abs().max(1.0)
}

fn agree(puzzle: &Puzzle, objective: &[i64], found: Result<Bounds, Trouble>) {
    let low = best(puzzle, objective, OptimizationDirection::Minimize);
    let high = best(puzzle, objective, OptimizationDirection::Maximize);
    let same = match (&found, &low, &high) {
        (Err(Trouble::Infeasible), Err(Error::Infeasible), _) => true,
        (Err(Trouble::NoLeast), Err(Error::Unbounded), _) => true,
        (Ok(bounds), Ok(low), Ok(high)) => {
            near(bounds.low, *low) && bounds.high.is_some_and(|exact| near(exact, *high))
        }
        (Ok(bounds), Ok(low), Err(Error::Unbounded)) => near(bounds.low, *low) && bounds.high.is_none(),
        _ => false,
    };
    assert!(same, "{found:?}, but {low:?} and {high:?} for {objective:?} in {puzzle:?}");
}

fn compare(dice: &mut Dice, puzzle: &Puzzle) {
    let variables = puzzle.upper.len();
    let mut objectives: Vec<Vec<i64>> = vec![(0..variables).map(|_| dice.between(-2, 4)).collect()];
    for _ in 0..3 {
        let chosen = dice.index(variables);
        objectives.push((0..variables).map(|variable| i64::from(variable == chosen)).collect());
    }
    for objective in &objectives {
        agree(puzzle, objective, puzzle.system().bounds(&sparse(objective)));
    }
}

#[test]
fn networks_agree_with_floating_point() {
    cases(1_000, |dice| {
        let (variables, equations) = (2 + dice.index(40), 1 + dice.index(20));
        let mut puzzle = Puzzle::random(dice, variables, equations, 0, 0);
        let solution: Vec<i128> = puzzle.upper.iter().map(|_| i128::from(dice.below(30))).collect();
        puzzle.upper = solution
            .iter()
            .map(|value| dice.chance(50).then(|| u64::try_from(value + 5).expect("small")))
            .collect();
        for variable in 0..variables {
            for sign in [1, if dice.chance(70) { 1 } else { -1 }] {
                let row = dice.index(equations);
                puzzle.equations[row].0[variable] = sign;
            }
        }
        for (terms, value) in &mut puzzle.equations {
            *value = terms.iter().zip(&solution).map(|(a, x)| i128::from(*a) * x).sum();
        }
        if dice.chance(10) {
            puzzle.equations[0].1 += 7;
        }
        compare(dice, &puzzle);
    });
}

#[test]
fn other_systems_agree_with_floating_point() {
    cases(1_000, |dice| {
        let (variables, equations) = (2 + dice.index(25), 1 + dice.index(12));
        let (largest, filled) = (dice.between(1, 4), 5 + dice.below(60));
        let puzzle = Puzzle::random(dice, variables, equations, largest, filled);
        compare(dice, &puzzle);
    });
}
