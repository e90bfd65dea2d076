//! What somebody can compute from published sums: exact bounds of unknown
//! counts.
//!
//! A masked table is a system of linear equations: every published margin is
//! the sum of its cells, and the masked ones are the unknowns, none of them
//! below zero. The least and the greatest value that an unknown can still take
//! is what an attacker learns about it.
//!
//! ```text
//! System → presolve (substitute, deduplicate) → parts that share no variable
//!        → closed form for a plain sum, simplex tableau for everything else
//! ```
//!
//! Nodes must reach the same verdict, so there are no floating point numbers,
//! no randomness and no clock: fractions of `i128`, each operation checked. A
//! system that would overflow or take too long is [`Trouble::TooComplex`] on
//! every node alike, which depends on the order in which variables, and
//! objectives of one call, are numbered; so callers number them canonically.
//!
//! Bounds are over the *real* solutions. In a two-way table every integer
//! between them is the value in some integer solution (the matrix is totally
//! unimodular: Hoffman and Kruskal 1956). In other systems some of the integers
//! in between may be impossible, so the count of [`Integers`] is then an upper
//! bound of what remains possible.

mod effort;
mod number;
mod phase_one;
mod presolve;
mod problem;
mod rank;
mod ratio;
mod row;
mod simplex;
mod tableau;

pub use effort::Effort;
pub use ratio::Ratio;

use presolve::Equation;
use problem::Problem;
use std::collections::BTreeMap;
use std::fmt;

/// Variables of one system: the masked cells of one table and what it overlaps.
pub const MAX_VARIABLES: usize = 512;

/// Equations of one system.
pub const MAX_EQUATIONS: usize = 512;

/// Pivots on the way to one bound. The most that a table of 300 masked cells
/// took was 1,000.
pub const MAX_PIVOTS: u32 = 10_000;

/// Entries of tableaux that one call may visit, over all its objectives: about
/// two seconds. All bounds of 300 masked cells took 14 million in two-way
/// tables and 70 million in a three-way one.
pub const MAX_WORK: u64 = 100_000_000;

/// Unknown counts, none of them below zero, and what is known about them.
#[derive(Clone, Debug)]
pub struct System {
    /// The greatest value of each variable, where it has one.
    upper: Vec<Option<u64>>,
    equations: Vec<Equation>,
    /// Something was said that is over the limits; nothing else is kept then.
    oversized: bool,
}

/// The least and the greatest value of an objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The least value.
    pub low: Ratio,
    /// The greatest value; `None` when there is none.
    pub high: Option<Ratio>,
}

/// The integers between two bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integers {
    /// The least integer that is not below the lower bound.
    pub least: i128,
    /// The greatest integer that is not above the upper bound; `None` when
    /// there is no upper bound. Below `least` when no integer lies between.
    pub greatest: Option<i128>,
}

/// Why there are no bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing satisfies all that was said, so something in it is false.
    Infeasible,
    /// Over a limit of this module, or too large for exact arithmetic; also
    /// when a term names a variable that the system does not have.
    TooComplex,
    /// An objective with a negative coefficient falls for ever, so that it has
    /// no least value.
    NoLeast,
}

impl fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Infeasible => "no counts satisfy all the sums: one of them must be wrong",
            Self::TooComplex => "too many sums and unknowns to check exactly: publish a smaller table",
            Self::NoLeast => "the difference asked for has no least value: bound what is subtracted",
        })
    }
}

impl std::error::Error for Trouble {}

impl Integers {
    /// How many they are; `None` when there is no end of them.
    pub fn count(&self) -> Option<u128> {
        let greatest = self.greatest?;
        if greatest < self.least { Some(0) } else { greatest.abs_diff(self.least).checked_add(1) }
    }
}

impl Bounds {
    /// The integers that lie between the bounds, the bounds included.
    pub fn integers(&self) -> Integers {
        Integers { least: self.low.ceiling(), greatest: self.high.map(Ratio::floor) }
    }
}

impl System {
    /// `variables` unknowns, numbered from 0, each at least zero.
    pub fn new(variables: usize) -> Self {
        let oversized = variables > MAX_VARIABLES;
        let kept = if oversized { 0 } else { variables };
        Self { upper: vec![None; kept], equations: Vec::new(), oversized }
    }

    /// The variable is not above `bound`; of several bounds the least counts.
    pub fn at_most(&mut self, variable: usize, bound: u64) {
        match self.upper.get_mut(variable) {
            Some(upper) => *upper = Some(upper.map_or(bound, |other| other.min(bound))),
            None => self.oversized = true,
        }
    }

    /// The sum of coefficient times variable over all `terms` is `value`.
    pub fn equation(&mut self, terms: &[(usize, i64)], value: i128) {
        match merged(terms, self.upper.len()) {
            Ok(terms) if self.equations.len() < MAX_EQUATIONS => {
                self.equations.push(Equation { terms, value });
            }
            _ => self.oversized = true,
        }
    }

    /// The least and the greatest value of the sum of coefficient times
    /// variable over the terms of `objective`, over all real solutions; exact.
    ///
    /// # Errors
    /// Every [`Trouble`].
    pub fn bounds(&self, objective: &[(usize, i64)]) -> Result<Bounds, Trouble> {
        let mut effort = Effort::default();
        self.problem(&mut effort)?.bounds(&self.objective(objective)?, &mut effort)
    }

    /// [`System::bounds`] of several objectives, which share the search for a
    /// first solution and the allowance of [`MAX_WORK`].
    ///
    /// # Errors
    /// Every [`Trouble`]; one objective in trouble spoils all.
    pub fn all_bounds(&self, objectives: &[Vec<(usize, i64)>]) -> Result<Vec<Bounds>, Trouble> {
        self.all_bounds_within(objectives, &mut Effort::default())
    }

    /// [`System::all_bounds`] within what is left of an allowance. Without
    /// objectives it says only whether any counts satisfy all that was said.
    ///
    /// # Errors
    /// Every [`Trouble`]; one objective in trouble spoils all.
    pub fn all_bounds_within(
        &self,
        objectives: &[Vec<(usize, i64)>],
        effort: &mut Effort,
    ) -> Result<Vec<Bounds>, Trouble> {
        let mut problem = self.problem(effort)?;
        objectives.iter().map(|objective| problem.bounds(&self.objective(objective)?, effort)).collect()
    }

    /// Whether any real counts satisfy all that was said.
    ///
    /// # Errors
    /// [`Trouble::TooComplex`].
    pub fn is_feasible(&self) -> Result<bool, Trouble> {
        match self.problem(&mut Effort::default()) {
            Ok(_) => Ok(true),
            Err(Trouble::Infeasible) => Ok(false),
            Err(trouble) => Err(trouble),
        }
    }

    /// The variables whose value follows from the equations alone, whatever the
    /// bounds are: the first thing to look for, and cheaper than bounds.
    ///
    /// # Errors
    /// [`Trouble::Infeasible`] when the equations contradict each other or a
    /// value that follows is out of its bounds, and [`Trouble::TooComplex`].
    pub fn determined(&self) -> Result<BTreeMap<usize, Ratio>, Trouble> {
        self.determined_within(&mut Effort::default())
    }

    /// [`System::determined`] within what is left of an allowance.
    ///
    /// # Errors
    /// As [`System::determined`].
    pub fn determined_within(&self, effort: &mut Effort) -> Result<BTreeMap<usize, Ratio>, Trouble> {
        self.limited()?;
        let values = rank::determined(&self.equations, self.upper.len(), effort)?;
        for (&variable, &value) in &values {
            presolve::within(value, self.upper[variable])?;
        }
        Ok(values)
    }

    fn problem(&self, effort: &mut Effort) -> Result<Problem, Trouble> {
        self.limited()?;
        Problem::new(&self.equations, &self.upper, effort)
    }

    fn limited(&self) -> Result<(), Trouble> {
        if self.oversized { Err(Trouble::TooComplex) } else { Ok(()) }
    }

    fn objective(&self, terms: &[(usize, i64)]) -> Result<Vec<(usize, i128)>, Trouble> {
        merged(terms, self.upper.len())
    }
}

/// The terms by variable, each variable once, none with the coefficient zero.
fn merged(terms: &[(usize, i64)], variables: usize) -> Result<Vec<(usize, i128)>, Trouble> {
    let mut sums: BTreeMap<usize, i128> = BTreeMap::new();
    for &(variable, coefficient) in terms {
        if variable >= variables {
            return Err(Trouble::TooComplex);
        }
        let sum = sums.entry(variable).or_default();
        *sum = number::add(*sum, i128::from(coefficient))?;
    }
    Ok(sums.into_iter().filter(|(_, coefficient)| *coefficient != 0).collect())
}
