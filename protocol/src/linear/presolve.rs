//! Makes a system smaller without changing what it says: values that follow at
//! once are put in, and equations that say the same are said once.

use super::effort::Effort;
use super::number;
use super::{Ratio, Trouble};

/// Σ coefficient · variable = value; variables ascend, no coefficient is zero.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Equation {
    pub(super) terms: Vec<(usize, i128)>,
    pub(super) value: i128,
}

/// What is left to solve.
pub(super) struct Reduced {
    /// The values that are known.
    pub(super) fixed: Vec<Option<Ratio>>,
    /// The equations of the other variables, in order and each once, with two
    /// terms at least.
    pub(super) equations: Vec<Equation>,
}

/// Puts in all values that follow from a bound of zero or a single equation.
pub(super) fn reduce(
    equations: &[Equation],
    upper: &[Option<u64>],
    effort: &mut Effort,
) -> Result<Reduced, Trouble> {
    let fixed = upper.iter().map(|bound| (*bound == Some(0)).then_some(Ratio::ZERO)).collect();
    let mut reduced = Reduced { fixed, equations: equations.to_vec() };
    while reduced.pass(upper, effort)? {}
    reduced.equations.sort_unstable();
    reduced.equations.dedup();
    let contradicts = |pair: &[Equation]| pair[0].terms == pair[1].terms;
    if reduced.equations.windows(2).any(contradicts) { Err(Trouble::Infeasible) } else { Ok(reduced) }
}

/// Whether a value is allowed.
pub(super) fn within(value: Ratio, upper: Option<u64>) -> Result<(), Trouble> {
    let too_large = upper.is_some_and(|upper| value > Ratio::from(upper));
    if value < Ratio::ZERO || too_large { Err(Trouble::Infeasible) } else { Ok(()) }
}

impl Reduced {
    /// Simplifies each equation once; whether more values are known now.
    fn pass(&mut self, upper: &[Option<u64>], effort: &mut Effort) -> Result<bool, Trouble> {
        let mut changed = false;
        let mut left = Vec::with_capacity(self.equations.len());
        for mut equation in std::mem::take(&mut self.equations) {
            effort.spend(1, equation.terms.len())?;
            equation.substitute(&self.fixed)?;
            equation.normalise()?;
            let found = equation.values()?;
            for &(variable, value) in &found {
                within(value, upper[variable])?;
                self.fixed[variable] = Some(value);
            }
            changed |= !found.is_empty();
            if found.is_empty() && !equation.terms.is_empty() {
                left.push(equation);
            }
        }
        self.equations = left;
        Ok(changed)
    }
}

impl Equation {
    /// Puts in the known values.
    fn substitute(&mut self, fixed: &[Option<Ratio>]) -> Result<(), Trouble> {
        let known = |(variable, coefficient): (usize, i128)| Some((fixed[variable]?, coefficient));
        let mut value = Ratio::whole(self.value);
        for (number, coefficient) in self.terms.iter().copied().filter_map(known) {
            value = value.plus(number.times(number::negate(coefficient)?)?)?;
        }
        self.terms.retain(|(variable, _)| fixed[*variable].is_none());
        for (_, coefficient) in &mut self.terms {
            *coefficient = number::multiply(*coefficient, value.denominator())?;
        }
        self.value = value.numerator();
        Ok(())
    }

    /// Removes common divisors and makes the first coefficient positive.
    fn normalise(&mut self) -> Result<(), Trouble> {
        let mut shared = number::divisor(0, self.value)?;
        for (_, coefficient) in &self.terms {
            shared = number::divisor(shared, *coefficient)?;
        }
        if self.terms.first().is_some_and(|(_, coefficient)| *coefficient < 0) {
            shared = number::negate(shared)?;
        }
        if shared != 0 && shared != 1 {
            self.value = number::divide(self.value, shared)?;
            for (_, coefficient) in &mut self.terms {
                *coefficient = number::divide(*coefficient, shared)?;
            }
        }
        Ok(())
    }

    /// The values that this equation alone determines, all or none.
    fn values(&self) -> Result<Vec<(usize, Ratio)>, Trouble> {
        let positive = self.terms.iter().all(|(_, coefficient)| *coefficient > 0);
        match self.terms.as_slice() {
            [] if self.value != 0 => Err(Trouble::Infeasible),
            &[(variable, coefficient)] => Ok(vec![(variable, Ratio::new(self.value, coefficient)?)]),
            _ if positive && self.value < 0 => Err(Trouble::Infeasible),
            terms if positive && self.value == 0 => {
                Ok(terms.iter().map(|(variable, _)| (*variable, Ratio::ZERO)).collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Whether it is a plain sum.
    pub(super) fn is_sum(&self) -> bool {
        self.terms.iter().all(|(_, coefficient)| *coefficient == 1)
    }
}
