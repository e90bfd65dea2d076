//! A system in parts that share no variable, each solved on its own: what an
//! objective can be is the sum of what its parts can be.

use super::effort::Effort;
use super::number;
use super::presolve::{Equation, Reduced, reduce};
use super::tableau::Tableau;
use super::{Bounds, Ratio, Trouble};
use std::collections::BTreeMap;

/// A system that has solutions.
pub(super) struct Problem {
    places: Vec<Place>,
    parts: Vec<Part>,
}

/// Where a variable is decided.
#[derive(Clone, Copy)]
enum Place {
    Fixed(Ratio),
    /// In no equation.
    Free(Option<u64>),
    Part {
        part: usize,
        /// The number of the variable in the part.
        variable: usize,
    },
}

/// Variables connected by equations.
struct Part {
    equations: Vec<Equation>,
    upper: Vec<Option<u64>>,
    /// Made when it is needed: a plain sum has a closed form for most questions.
    tableau: Option<Tableau>,
}

/// The least and the greatest value, `None` when there is none.
#[derive(Clone, Copy)]
struct Extent {
    low: Option<Ratio>,
    high: Option<Ratio>,
}

impl Problem {
    pub(super) fn new(
        equations: &[Equation],
        upper: &[Option<u64>],
        effort: &mut Effort,
    ) -> Result<Self, Trouble> {
        let mut problem = Self::split(reduce(equations, upper, effort)?, upper);
        for part in &mut problem.parts {
            part.check(effort)?;
        }
        Ok(problem)
    }

    fn split(reduced: Reduced, upper: &[Option<u64>]) -> Self {
        let groups = groups(&reduced.equations, upper.len());
        let mut problem = Self { places: Vec::with_capacity(upper.len()), parts: Vec::new() };
        let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
        let connected = occurring(&reduced.equations, upper.len());
        for (variable, &bound) in upper.iter().enumerate() {
            let place = match reduced.fixed[variable] {
                Some(value) => Place::Fixed(value),
                None if !connected[variable] => Place::Free(bound),
                None => {
                    let next = numbers.len();
                    let part = *numbers.entry(groups[variable]).or_insert(next);
                    problem.place(part, bound)
                }
            };
            problem.places.push(place);
        }
        for equation in reduced.equations {
            problem.assign(equation);
        }
        problem
    }

    /// Adds a variable to a part.
    fn place(&mut self, part: usize, bound: Option<u64>) -> Place {
        if part == self.parts.len() {
            self.parts.push(Part { equations: Vec::new(), upper: Vec::new(), tableau: None });
        }
        let upper = &mut self.parts[part].upper;
        upper.push(bound);
        Place::Part { part, variable: upper.len() - 1 }
    }

    /// Adds an equation to the part that has its variables.
    fn assign(&mut self, mut equation: Equation) {
        let mut home = None;
        for (variable, _) in &mut equation.terms {
            if let Place::Part { part, variable: number } = self.places[*variable] {
                *variable = number;
                home = Some(part);
            }
        }
        if let Some(part) = home {
            self.parts[part].equations.push(equation);
        }
    }

    pub(super) fn bounds(
        &mut self,
        objective: &[(usize, i128)],
        effort: &mut Effort,
    ) -> Result<Bounds, Trouble> {
        let mut sum = Extent::of(Ratio::ZERO);
        let mut shares: BTreeMap<usize, Vec<(usize, i128)>> = BTreeMap::new();
        for &(variable, factor) in objective {
            let known = match self.places[variable] {
                Place::Fixed(value) => Extent::of(value).times(factor)?,
                Place::Free(upper) => Extent::up_to(upper).times(factor)?,
                Place::Part { part, variable } => {
                    shares.entry(part).or_default().push((variable, factor));
                    continue;
                }
            };
            sum = sum.plus(known)?;
        }
        for (part, share) in shares {
            sum = sum.plus(self.parts[part].extent(&share, effort)?)?;
        }
        Ok(Bounds { low: sum.low.ok_or(Trouble::NoLeast)?, high: sum.high })
    }
}

impl Part {
    /// Makes sure that there is a solution.
    fn check(&mut self, effort: &mut Effort) -> Result<(), Trouble> {
        match self.sum() {
            Some(value) => self.check_sum(value),
            None => self.tableau(effort).map(|_| ()),
        }
    }

    /// The value of the only equation, if that is a plain sum.
    fn sum(&self) -> Option<i128> {
        match self.equations.as_slice() {
            [equation] if equation.is_sum() => Some(equation.value),
            _ => None,
        }
    }

    fn check_sum(&self, value: i128) -> Result<(), Trouble> {
        let enough = self.others(None).is_none_or(|most| most >= value);
        if value >= 0 && enough { Ok(()) } else { Err(Trouble::Infeasible) }
    }

    /// The most that all variables but one can add up to; `None` when there is
    /// no end of it.
    fn others(&self, except: Option<usize>) -> Option<i128> {
        let others = self.upper.iter().enumerate().filter(|(variable, _)| Some(*variable) != except);
        others.map(|(_, bound)| bound.map(i128::from)).sum()
    }

    fn tableau(&mut self, effort: &mut Effort) -> Result<&mut Tableau, Trouble> {
        let tableau = match self.tableau.take() {
            Some(tableau) => tableau,
            None => Tableau::solved(&self.equations, &self.upper, effort)?,
        };
        Ok(self.tableau.insert(tableau))
    }

    fn extent(&mut self, objective: &[(usize, i128)], effort: &mut Effort) -> Result<Extent, Trouble> {
        if let (&[(variable, factor)], Some(value)) = (objective, self.sum()) {
            return self.in_sum(variable, value)?.times(factor);
        }
        let opposite: Result<Vec<_>, Trouble> =
            objective.iter().map(|&(variable, factor)| Ok((variable, number::negate(factor)?))).collect();
        let tableau = self.tableau(effort)?;
        let low = tableau.least(objective, effort)?;
        let high = tableau.least(&opposite?, effort)?.map(Ratio::negative).transpose()?;
        Ok(Extent { low, high })
    }

    /// What a variable of a plain sum can be: at least what the others leave
    /// over when they are as large as they can be.
    fn in_sum(&self, variable: usize, value: i128) -> Result<Extent, Trouble> {
        let low = match self.others(Some(variable)) {
            Some(others) => number::subtract(value, others)?.max(0),
            None => 0,
        };
        let high = self.upper[variable].map_or(value, |bound| value.min(i128::from(bound)));
        Ok(Extent { low: Some(Ratio::whole(low)), high: Some(Ratio::whole(high)) })
    }
}

impl Extent {
    fn of(value: Ratio) -> Self {
        Self { low: Some(value), high: Some(value) }
    }

    fn up_to(upper: Option<u64>) -> Self {
        Self { low: Some(Ratio::ZERO), high: upper.map(Ratio::from) }
    }

    fn plus(self, other: Self) -> Result<Self, Trouble> {
        let add = |left: Option<Ratio>, right: Option<Ratio>| match (left, right) {
            (Some(left), Some(right)) => left.plus(right).map(Some),
            _ => Ok(None),
        };
        Ok(Self { low: add(self.low, other.low)?, high: add(self.high, other.high)? })
    }

    /// A negative factor exchanges the ends.
    fn times(self, factor: i128) -> Result<Self, Trouble> {
        let scale = |end: Option<Ratio>| end.map(|end| end.times(factor)).transpose();
        let (low, high) = (scale(self.low)?, scale(self.high)?);
        Ok(if factor < 0 { Self { low: high, high: low } } else { Self { low, high } })
    }
}

/// Which variables are in any equation.
fn occurring(equations: &[Equation], variables: usize) -> Vec<bool> {
    let mut occurs = vec![false; variables];
    for (variable, _) in equations.iter().flat_map(|equation| &equation.terms) {
        occurs[*variable] = true;
    }
    occurs
}

/// For each variable the least one that it is connected with (union and find,
/// Tarjan 1975).
fn groups(equations: &[Equation], variables: usize) -> Vec<usize> {
    let mut parents: Vec<usize> = (0..variables).collect();
    for equation in equations {
        for pair in equation.terms.windows(2) {
            let (left, right) = (root(&mut parents, pair[0].0), root(&mut parents, pair[1].0));
            parents[left.max(right)] = left.min(right);
        }
    }
    (0..variables).map(|variable| root(&mut parents, variable)).collect()
}

/// The representative of a variable's group; halves the path to it.
fn root(parents: &mut [usize], mut variable: usize) -> usize {
    while parents[variable] != variable {
        parents[variable] = parents[parents[variable]];
        variable = parents[variable];
    }
    variable
}
