//! From one solution at a corner to the next better one, until there is none.
//!
//! The rule which variable moves is that of Bland (1977): of those that improve
//! the objective the first, and of those that stop it the first. It never comes
//! back to a corner, so it ends.

use super::effort::Effort;
use super::number;
use super::row::Row;
use super::tableau::Tableau;
use super::{MAX_PIVOTS, Ratio, Trouble};
use std::cmp::Ordering;

/// What stops a variable that grows.
#[derive(Clone, Copy)]
enum Stop {
    Nothing,
    /// Its own upper bound.
    Itself,
    /// The variable that a row is solved for, at zero or at its upper bound.
    Row {
        row: usize,
        at_upper: bool,
    },
}

/// The nearest stop so far.
struct Nearest {
    stop: Stop,
    /// How far away it is: numerator and positive denominator.
    distance: (i128, i128),
    /// What is stopped there; rows that lack something come first.
    stopped: Option<usize>,
}

impl Tableau {
    /// The least value of an objective, `None` when there is none. Goes on from
    /// the corner where the last search ended.
    pub(super) fn least(
        &mut self,
        objective: &[(usize, i128)],
        effort: &mut Effort,
    ) -> Result<Option<Ratio>, Trouble> {
        if let Some(end) = self.touched(objective) {
            return end.map(Some);
        }
        let mut costs = self.costs(objective, effort)?;
        let limited = self.descend(&mut costs, effort)?;
        limited.then(|| self.value(objective)).transpose()
    }

    /// The least value of an objective that is one variable, if that was at its
    /// best bound before.
    fn touched(&self, objective: &[(usize, i128)]) -> Option<Result<Ratio, Trouble>> {
        let &[(variable, factor)] = objective else { return None };
        let end = if factor > 0 {
            self.touched_zero[variable].then_some(0)
        } else {
            self.upper[variable].filter(|_| self.touched_upper[variable])
        };
        end.map(|end| Ratio::whole(end).times(factor))
    }

    /// Lowers the costs as far as possible; whether there is a limit to that.
    pub(super) fn descend(&mut self, costs: &mut Row, effort: &mut Effort) -> Result<bool, Trouble> {
        for _ in 0..MAX_PIVOTS {
            let Some(entering) = costs.coefficients.iter().position(|cost| *cost < 0) else {
                return Ok(true);
            };
            effort.spend(self.rows.len() + self.columns(), 1)?;
            match self.stop(entering)? {
                Stop::Nothing => return Ok(false),
                Stop::Itself => self.turn(entering, costs)?,
                Stop::Row { row, at_upper } => {
                    if at_upper {
                        self.turn_basic(row)?;
                    }
                    self.pivot(row, entering, costs, effort)?;
                }
            }
            self.note()?;
        }
        Err(Trouble::TooComplex)
    }

    /// What stops a variable that grows from zero.
    fn stop(&self, entering: usize) -> Result<Stop, Trouble> {
        let mut nearest = Nearest { stop: Stop::Nothing, distance: (0, 1), stopped: None };
        if let Some(upper) = self.upper[entering] {
            nearest.offer(Stop::Itself, (upper, 1), Some(entering));
        }
        for (index, row) in self.rows.iter().enumerate() {
            let slope = row.coefficients[entering];
            match slope.cmp(&0) {
                Ordering::Greater => {
                    let stop = Stop::Row { row: index, at_upper: false };
                    nearest.offer(stop, (row.value, slope), self.basis[index]);
                }
                Ordering::Less => {
                    if let Some(most) = self.most(index)? {
                        let distance = (number::subtract(most, row.value)?, number::negate(slope)?);
                        let stop = Stop::Row { row: index, at_upper: true };
                        nearest.offer(stop, distance, self.basis[index]);
                    }
                }
                Ordering::Equal => {}
            }
        }
        Ok(nearest.stop)
    }
}

impl Nearest {
    fn offer(&mut self, stop: Stop, distance: (i128, i128), stopped: Option<usize>) {
        let order = match self.stop {
            Stop::Nothing => Ordering::Less,
            _ => number::compare(distance, self.distance).then(stopped.cmp(&self.stopped)),
        };
        if order == Ordering::Less {
            *self = Self { stop, distance, stopped };
        }
    }
}
