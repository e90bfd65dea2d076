//! Exact fractions.

use super::Trouble;
use super::number;
use std::cmp::Ordering;
use std::fmt;

/// A fraction in lowest terms with a positive denominator, so that equal
/// fractions are equal field by field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    numerator: i128,
    denominator: i128,
}

impl Ratio {
    /// Nothing.
    pub const ZERO: Self = Self::whole(0);

    /// An integer.
    pub const fn whole(number: i128) -> Self {
        Self { numerator: number, denominator: 1 }
    }

    /// One number divided by another.
    ///
    /// # Errors
    /// [`Trouble::TooComplex`] when the divisor is zero or the result does not
    /// fit.
    pub fn new(numerator: i128, denominator: i128) -> Result<Self, Trouble> {
        if denominator == 0 {
            return Err(Trouble::TooComplex);
        }
        let shared = number::divisor(numerator, denominator)?;
        let shared = if denominator < 0 { -shared } else { shared };
        let numerator = number::divide(numerator, shared)?;
        Ok(Self { numerator, denominator: number::divide(denominator, shared)? })
    }

    /// What is divided, in lowest terms.
    pub const fn numerator(self) -> i128 {
        self.numerator
    }

    /// What it is divided by, in lowest terms; above zero.
    pub const fn denominator(self) -> i128 {
        self.denominator
    }

    /// The number, if it is an integer.
    pub const fn integer(self) -> Option<i128> {
        if self.denominator == 1 { Some(self.numerator) } else { None }
    }

    /// The greatest integer that is not above.
    pub const fn floor(self) -> i128 {
        self.numerator.div_euclid(self.denominator)
    }

    /// The least integer that is not below.
    pub const fn ceiling(self) -> i128 {
        let floor = self.floor();
        // A fraction that is no integer is far from the greatest number.
        if self.denominator == 1 { floor } else { floor.saturating_add(1) }
    }

    pub(super) fn plus(self, other: Self) -> Result<Self, Trouble> {
        if self.denominator == 1 && other.denominator == 1 {
            return Ok(Self::whole(number::add(self.numerator, other.numerator)?));
        }
        let shared = number::divisor(self.denominator, other.denominator)?;
        let (left, right) = (other.denominator / shared, self.denominator / shared);
        let scaled = number::multiply(self.numerator, left)?;
        let sum = number::add(scaled, number::multiply(other.numerator, right)?)?;
        Self::new(sum, number::multiply(self.denominator, left)?)
    }

    pub(super) fn times(self, factor: i128) -> Result<Self, Trouble> {
        let shared = number::divisor(factor, self.denominator)?;
        let numerator = number::multiply(self.numerator, factor / shared)?;
        Ok(Self { numerator, denominator: self.denominator / shared })
    }

    pub(super) fn negative(self) -> Result<Self, Trouble> {
        Ok(Self { numerator: number::negate(self.numerator)?, denominator: self.denominator })
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        number::compare((self.numerator, self.denominator), (other.numerator, other.denominator))
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<u64> for Ratio {
    fn from(number: u64) -> Self {
        Self::whole(i128::from(number))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.integer() {
            Some(number) => write!(formatter, "{number}"),
            None => write!(formatter, "{}/{}", self.numerator, self.denominator),
        }
    }
}
