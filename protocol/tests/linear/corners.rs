//! Against all corners: a bounded objective is least and greatest at corners,
//! and an unbounded one grows along an edge of the cone of directions.

use crate::dice::{Dice, Puzzle, cases, sparse};
use commons_protocol::linear::{Bounds, Ratio, Trouble};

/// A fraction, not necessarily in lowest terms; small enough here.
#[derive(Clone, Copy, Debug)]
struct Fraction(i128, i128);

impl Fraction {
    fn minus_product(self, factor: Self, other: Self) -> Self {
        Self(self.0 * factor.1 * other.1 - factor.0 * other.0 * self.1, self.1 * factor.1 * other.1).reduced()
    }

    fn divided(self, by: Self) -> Self {
        Self(self.0 * by.1, self.1 * by.0).reduced()
    }

    fn reduced(self) -> Self {
        let (mut left, mut right) = (self.0.abs(), self.1.abs());
        while right != 0 {
            (left, right) = (right, left % right);
        }
        let shared = left * self.1.signum();
        Self(self.0 / shared, self.1 / shared)
    }

    fn at_most(self, other: Self) -> bool {
        self.0 * other.1 <= other.0 * self.1
    }
}

/// The only solution of the equations for the chosen columns, if there is one.
fn solve(mut rows: Vec<Vec<Fraction>>, unknowns: usize) -> Option<Vec<Fraction>> {
    for column in 0..unknowns {
        let found = (column..rows.len()).find(|row| rows[*row][column].0 != 0)?;
        rows.swap(column, found);
        let leader = rows[column][column];
        let pivot: Vec<Fraction> = rows[column].iter().map(|entry| entry.divided(leader)).collect();
        for (index, row) in rows.iter_mut().enumerate() {
            let factor = row[column];
            if index != column && factor.0 != 0 {
                for (entry, other) in row.iter_mut().zip(&pivot) {
                    *entry = entry.minus_product(factor, *other);
                }
            }
        }
        rows[column] = pivot;
    }
    rows[unknowns..]
        .iter()
        .all(|row| row[unknowns].0 == 0)
        .then(|| rows[..unknowns].iter().map(|row| row[unknowns]).collect())
}

/// Solutions in which all variables but those of an independent set of columns
/// are at a bound.
fn corners(puzzle: &Puzzle) -> Vec<Vec<Fraction>> {
    let variables = puzzle.upper.len();
    let mut corners = Vec::new();
    for choice in 0..3_u32.pow(u32::try_from(variables).expect("few variables")) {
        let roles: Vec<u32> = (0..variables)
            .map(|variable| choice / 3_u32.pow(u32::try_from(variable).expect("few")) % 3)
            .collect();
        corners.extend(corner(puzzle, &roles));
    }
    corners
}

/// Roles: 0 for a variable at zero, 1 at its upper bound, 2 for an unknown one.
fn corner(puzzle: &Puzzle, roles: &[u32]) -> Option<Vec<Fraction>> {
    let mut values = vec![Fraction(0, 1); roles.len()];
    for (variable, role) in roles.iter().enumerate() {
        if *role == 1 {
            values[variable] = Fraction(i128::from(puzzle.upper[variable]?), 1);
        }
    }
    let unknown: Vec<usize> = (0..roles.len()).filter(|variable| roles[*variable] == 2).collect();
    let rows = puzzle.equations.iter().map(|(terms, value)| {
        let known: i128 = terms.iter().zip(&values).map(|(a, x)| i128::from(*a) * x.0).sum();
        let entries = unknown.iter().map(|variable| Fraction(i128::from(terms[*variable]), 1));
        entries.chain([Fraction(*value - known, 1)]).collect()
    });
    for (variable, value) in unknown.iter().zip(solve(rows.collect(), unknown.len())?) {
        values[*variable] = value;
    }
    let allowed = values.iter().zip(&puzzle.upper).all(|(value, upper)| {
        value.0 >= 0 && upper.is_none_or(|upper| value.at_most(Fraction(i128::from(upper), 1)))
    });
    allowed.then_some(values)
}

/// Directions in which solutions go on for ever, one for each edge.
fn directions(puzzle: &Puzzle) -> Vec<Vec<Fraction>> {
    let mut cone = puzzle.clone();
    for (_, value) in &mut cone.equations {
        *value = 0;
    }
    cone.equations.push((vec![1; puzzle.upper.len()], 1));
    for upper in &mut cone.upper {
        *upper = upper.map(|_| 0);
    }
    corners(&cone)
}

fn product(objective: &[i64], values: &[Fraction]) -> Fraction {
    objective.iter().zip(values).fold(Fraction(0, 1), |sum, (factor, value)| {
        sum.minus_product(Fraction(-i128::from(*factor), 1), *value)
    })
}

fn expected(puzzle: &Puzzle, objective: &[i64]) -> Result<Bounds, Trouble> {
    let mut values: Vec<Fraction> = corners(puzzle).iter().map(|corner| product(objective, corner)).collect();
    values.sort_by_key(|value| Ratio::new(value.0, value.1).expect("small"));
    let (Some(least), Some(greatest)) = (values.first(), values.last()) else {
        return Err(Trouble::Infeasible);
    };
    let slopes: Vec<i128> = directions(puzzle).iter().map(|edge| product(objective, edge).0).collect();
    if slopes.iter().any(|slope| *slope < 0) {
        return Err(Trouble::NoLeast);
    }
    let high =
        slopes.iter().all(|slope| *slope <= 0).then(|| Ratio::new(greatest.0, greatest.1).expect("small"));
    Ok(Bounds { low: Ratio::new(least.0, least.1).expect("small"), high })
}

fn small(dice: &mut Dice) -> Puzzle {
    let (variables, equations) = (1 + dice.index(5), dice.index(4));
    let (largest, filled) = (dice.between(1, 3), 40 + dice.below(60));
    Puzzle::random(dice, variables, equations, largest, filled)
}

#[test]
fn single_variables_agree_with_all_corners() {
    cases(3_000, |dice| {
        let puzzle = small(dice);
        let variables = puzzle.upper.len();
        let objectives: Vec<Vec<(usize, i64)>> = (0..variables).map(|variable| vec![(variable, 1)]).collect();
        let found = puzzle.system().all_bounds(&objectives);
        for variable in 0..variables {
            let unit: Vec<i64> = (0..variables).map(|other| i64::from(other == variable)).collect();
            let bounds = found.as_ref().map(|all| all[variable]).map_err(|trouble| *trouble);
            assert_eq!(bounds, expected(&puzzle, &unit), "variable {variable} of {puzzle:?}");
        }
    });
}

#[test]
fn objectives_agree_with_all_corners() {
    cases(3_000, |dice| {
        let puzzle = small(dice);
        let objective: Vec<i64> = puzzle.upper.iter().map(|_| dice.between(-3, 3)).collect();
        let found = puzzle.system().bounds(&sparse(&objective));
        assert_eq!(found, expected(&puzzle, &objective), "{objective:?} of {puzzle:?}");
    });
}

/// What is determined has one value, whatever the bounds are.
#[test]
fn determined_values_are_those_without_a_choice() {
    cases(3_000, |dice| {
        let puzzle = small(dice);
        let (Ok(found), Ok(true)) = (puzzle.system().determined(), puzzle.system().is_feasible()) else {
            return;
        };
        for variable in 0..puzzle.upper.len() {
            let unit: Vec<i64> = (0..puzzle.upper.len()).map(|other| i64::from(other == variable)).collect();
            let bounds = expected(&puzzle, &unit).expect("feasible");
            assert_eq!(found.contains_key(&variable), spanned(&puzzle, &unit), "{variable} of {puzzle:?}");
            if let Some(value) = found.get(&variable) {
                assert_eq!(bounds, Bounds { low: *value, high: Some(*value) });
            }
        }
    });
}

/// Whether the objective is a combination of the equations' left sides: adding
/// it as one more equation leaves the rank as it is.
fn spanned(puzzle: &Puzzle, objective: &[i64]) -> bool {
    let rows: Vec<Vec<i64>> = puzzle.equations.iter().map(|(terms, _)| terms.clone()).collect();
    let mut more = rows.clone();
    more.push(objective.to_vec());
    rank(&rows) == rank(&more)
}

/// The size of the largest minor that is not zero.
fn rank(rows: &[Vec<i64>]) -> usize {
    let columns = rows.first().map_or(0, Vec::len);
    let square = |size: usize| {
        subsets(rows.len(), size).iter().any(|chosen| {
            subsets(columns, size).iter().any(|places| {
                let minor = chosen.iter().map(|row| places.iter().map(|place| rows[*row][*place]).collect());
                determinant(&minor.collect::<Vec<Vec<i64>>>()) != 0
            })
        })
    };
    (1..=rows.len().min(columns)).rev().find(|size| square(*size)).unwrap_or(0)
}

fn subsets(items: usize, size: usize) -> Vec<Vec<usize>> {
    let all = (0_u32..1 << items).filter(|set| set.count_ones() as usize == size);
    all.map(|set| (0..items).filter(|item| set >> item & 1 == 1).collect()).collect()
}

/// Laplace's expansion along the first row.
fn determinant(rows: &[Vec<i64>]) -> i64 {
    let Some((first, others)) = rows.split_first() else { return 1 };
    let minor = |skipped: usize| -> Vec<Vec<i64>> {
        let keep = |row: &Vec<i64>| {
            row.iter().enumerate().filter(|(place, _)| *place != skipped).map(|(_, entry)| *entry).collect()
        };
        others.iter().map(keep).collect()
    };
    let signed = |place: usize| if place.is_multiple_of(2) { 1 } else { -1 };
    first.iter().enumerate().map(|(place, entry)| signed(place) * entry * determinant(&minor(place))).sum()
}
