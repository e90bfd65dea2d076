//! How a row is added up, and when it is shown.
//!
//! **Sums.** The least that each can be, added up, and the most; nothing
//! bounds the sum if nothing bounds one of them. An organisation that states a
//! stratifier but not one of its strata has nobody there: it contributes zero.
//! Rows are told apart by the codes of their strata, so releases of a measure
//! with other codes go together where they agree.
//!
//! **Too few.** The whole row is withheld.
//!
//! **Dominated.** A sum is not shown if one organisation can make up more than
//! the policy's share of it. What that organisation can have at most is held
//! against the least that the others have: for numbers that are told, its
//! share; for masked ones, the largest that it can be. That covers both ends of
//! the interval that would be shown, since the share of the least in the sum of
//! the least is no larger, nor is that of the most in the sum of the most.
//!
//! Where nothing bounds what an organisation masks, its most would be all there
//! is, and one small masked count would withhold every total. But then nothing
//! bounds the sum either: all that is shown of it is the sum of the least. So
//! such an organisation is held against the others with its least.
//!
//! A sum of zero is nobody's, and is shown. In whole numbers: with share `s`,
//! of an organisation `e` (its most, or its least) and `l` (its least), and `L`
//! the sum of all the least, `e / (e + L − l) > s / 100` is
//! `(100 − s) e + s l > s L`.
//!
//! **Together.** Numerator and denominator are read as one ratio: they are
//! shown together or withheld together. Nothing else in a row is computed from
//! what was excluded: that is withheld by itself.
//!
//! **Strata** stand each for itself. If everybody who contributes to a total
//! splits it, and one organisation dominates the total, it dominates one of the
//! strata too (if it made up at most `s` of each, it would of their sum), so
//! strata never add up to a total that is withheld as dominated. One withheld
//! stratum can be had by subtraction: this is no secret (see
//! [`crate::rollup`]), so no other one is withheld for it.

use super::Sheet;
use super::contribution::{Cell, Form, Number};
use super::row::{Reason, Row, Sum};
use crate::disclosure::{Policy, Stratum};
use crate::period::Period;
use std::collections::BTreeMap;

/// Adds up a period.
pub fn rows(policy: &Policy, forms: &[Form], period: Period, sheet: &Sheet) -> Vec<Row> {
    let mut by_form: BTreeMap<usize, Vec<RowSum>> = BTreeMap::new();
    for one in &sheet.contributions {
        let form = &forms[one.form];
        let rows = by_form.entry(one.form).or_insert_with(|| vec![RowSum::default(); form.cells]);
        one.each_cell(form, |number, cell| rows[number].add(cell, policy));
    }
    let mut all: BTreeMap<Stratum, RowSum> = BTreeMap::new();
    for (form, rows) in by_form {
        for (stratum, row) in forms[form].strata().zip(rows).filter(|(_, row)| row.organisations > 0) {
            all.entry(stratum).or_default().merge(&row);
        }
    }
    all.into_iter().map(|(stratum, row)| row.shown(policy, period, stratum)).collect()
}

/// A row as far as it is added up.
#[derive(Clone, Debug, Default)]
struct RowSum {
    organisations: u32,
    masked: u32,
    /// Numerator, denominator and what was excluded.
    parts: [PartSum; 3],
}

/// A component as far as it is added up. In 128 bits, so that no number of
/// organisations can overflow it.
#[derive(Clone, Copy, Debug)]
struct PartSum {
    /// How many report it.
    reported: u32,
    /// Whether one of them masks it.
    hides: bool,
    /// The sum of the least.
    low: u128,
    /// The sum of the most.
    high: Option<u128>,
    /// `(100 − s) e + s l` of the organisation of which that is largest.
    weight: u128,
}

impl Default for PartSum {
    fn default() -> Self {
        Self { reported: 0, hides: false, low: 0, high: Some(0), weight: 0 }
    }
}

impl RowSum {
    fn add(&mut self, cell: &Cell, policy: &Policy) {
        self.organisations += 1;
        self.masked += u32::from(cell.hides());
        for (part, number) in self.parts.iter_mut().zip(cell.numbers()) {
            if let Some(number) = number {
                part.add(number, policy);
            }
        }
    }

    /// Takes in what others contribute to the same row.
    fn merge(&mut self, other: &Self) {
        self.organisations += other.organisations;
        self.masked += other.masked;
        for (part, other) in self.parts.iter_mut().zip(&other.parts) {
            part.merge(other);
        }
    }

    /// The row as it is shown.
    fn shown(&self, policy: &Policy, period: Period, stratum: Stratum) -> Row {
        let [numerator, denominator, excluded] = &self.parts;
        let everybody = |part: &&PartSum| part.reported == self.organisations;
        let (denominator, excluded) = (Some(denominator).filter(everybody), Some(excluded).filter(everybody));
        let too_few = self.organisations < u32::from(policy.organisations);
        let reason = |is_dominated| match (too_few, is_dominated) {
            (true, _) => Some(Reason::TooFew),
            (false, true) => Some(Reason::Dominated),
            (false, false) => None,
        };
        let dominated = |part: &PartSum| part.is_dominated(policy);
        let ratio = reason(dominated(numerator) || denominator.is_some_and(dominated));
        Row {
            period,
            stratum,
            numerator: numerator.shown(ratio),
            denominator: denominator.map(|part| part.shown(ratio)),
            excluded: excluded.map(|part| part.shown(reason(dominated(part)))),
            organisations: self.organisations,
            masked: self.masked,
        }
    }
}

impl PartSum {
    fn add(&mut self, number: &Number, policy: &Policy) {
        let (low, high, hides) = number.ends();
        self.merge(&Self {
            reported: 1,
            hides,
            low: u128::from(low),
            high: high.map(u128::from),
            weight: weight(policy, low, high.unwrap_or(low)),
        });
    }

    fn merge(&mut self, other: &Self) {
        self.reported += other.reported;
        self.hides |= other.hides;
        self.low += other.low;
        self.high = self.high.zip(other.high).map(|(one, two)| one + two);
        self.weight = self.weight.max(other.weight);
    }

    fn is_dominated(&self, policy: &Policy) -> bool {
        self.weight > u128::from(policy.share) * self.low
    }

    fn shown(&self, withheld: Option<Reason>) -> Sum {
        // Numbers of a cell are far smaller; what doesn't fit is not bounded.
        let low = u64::try_from(self.low).unwrap_or(u64::MAX);
        let high = self.high.and_then(|high| u64::try_from(high).ok());
        match (withheld, self.hides) {
            (Some(reason), _) => Sum::Withheld(reason),
            (None, true) => Sum::Between { low, high },
            (None, false) => Sum::Known(low),
        }
    }
}

fn weight(policy: &Policy, low: u64, most: u64) -> u128 {
    let rest = 100_u8.saturating_sub(policy.share);
    u128::from(rest) * u128::from(most) + u128::from(policy.share) * u128::from(low)
}
