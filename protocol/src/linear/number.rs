//! Integer arithmetic that says so when a result does not fit.

use super::Trouble;
use std::cmp::Ordering;

pub(super) fn add(left: i128, right: i128) -> Result<i128, Trouble> {
    left.checked_add(right).ok_or(Trouble::TooComplex)
}

pub(super) fn subtract(left: i128, right: i128) -> Result<i128, Trouble> {
    left.checked_sub(right).ok_or(Trouble::TooComplex)
}

pub(super) fn multiply(left: i128, right: i128) -> Result<i128, Trouble> {
    left.checked_mul(right).ok_or(Trouble::TooComplex)
}

pub(super) fn negate(number: i128) -> Result<i128, Trouble> {
    number.checked_neg().ok_or(Trouble::TooComplex)
}

pub(super) fn divide(number: i128, divisor: i128) -> Result<i128, Trouble> {
    number.checked_div(divisor).ok_or(Trouble::TooComplex)
}

/// `number − factor · other`, without a multiplication for the factors that
/// tables nearly always have.
pub(super) fn less(number: i128, factor: i128, other: i128) -> Result<i128, Trouble> {
    match factor {
        1 => subtract(number, other),
        -1 => add(number, other),
        _ => subtract(number, multiply(factor, other)?),
    }
}

/// The greatest common divisor; of zero and another number it is the other.
pub(super) fn gcd(mut left: u128, mut right: u128) -> u128 {
    while right != 0 {
        // A division of 64 bits takes a fraction of the time.
        if let (Ok(left), Ok(right)) = (u64::try_from(left), u64::try_from(right)) {
            return u128::from(short_gcd(left, right));
        }
        (left, right) = (right, left % right);
    }
    left
}

fn short_gcd(mut left: u64, mut right: u64) -> u64 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}

/// [`gcd`] as a signed number.
pub(super) fn divisor(left: i128, right: i128) -> Result<i128, Trouble> {
    i128::try_from(gcd(left.unsigned_abs(), right.unsigned_abs())).map_err(|_| Trouble::TooComplex)
}

/// Compares two fractions (numerator, positive denominator), reduced or not.
pub(super) fn compare(left: (i128, i128), right: (i128, i128)) -> Ordering {
    match (left.0.checked_mul(right.1), right.0.checked_mul(left.1)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => compare_slowly(left, right),
    }
}

/// Compares the continued fractions, digit by digit, which can't overflow.
fn compare_slowly(mut left: (i128, i128), mut right: (i128, i128)) -> Ordering {
    loop {
        let digits = (left.0.div_euclid(left.1), right.0.div_euclid(right.1));
        let rests = (left.0.rem_euclid(left.1), right.0.rem_euclid(right.1));
        match (digits.0.cmp(&digits.1), rests) {
            (Ordering::Equal, (0, 0)) => return Ordering::Equal,
            (Ordering::Equal, (0, _)) => return Ordering::Less,
            (Ordering::Equal, (_, 0)) => return Ordering::Greater,
            // The greater fraction has the smaller reciprocal.
            (Ordering::Equal, _) => (left, right) = ((right.1, rests.1), (left.1, rests.0)),
            (order, _) => return order,
        }
    }
}
