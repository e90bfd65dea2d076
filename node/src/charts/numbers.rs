//! Numbers as they are shown, and ticks at round ones.

use super::Shown;

/// Decimals beyond the usual ones for a number that would be shown as 0; one
/// that is smaller still is mostly what is left of rounding.
const MORE: usize = 4;

/// How numbers of one chart are shown.
#[derive(Clone, Debug)]
pub struct Numbers {
    multiplier: f64,
    unit: String,
    decimals: usize,
}

impl Numbers {
    /// Three digits of what lies between `low` and `high` (before the
    /// multiplier).
    pub fn new(multiplier: f64, unit: &str, low: f64, high: f64) -> Self {
        let span = (high - low) * multiplier;
        Self { multiplier, unit: unit.to_owned(), decimals: decimals(span / 100.0) }
    }

    /// What is known about a point.
    pub fn told(&self, shown: Shown) -> String {
        match shown {
            Shown::Missing => "no value".to_owned(),
            Shown::Withheld => "withheld".to_owned(),
            Shown::Value { value } => self.shown(value),
            Shown::Masked { low, high: None } => format!("masked, {} or above", self.shown(low)),
            Shown::Masked { low, high: Some(high) } => {
                format!("masked, between {} and {}", self.shown(low), self.shown(high))
            }
        }
    }

    /// The number with its unit. A number that is small beside the others keeps
    /// two digits: it is not zero.
    pub fn shown(&self, number: f64) -> String {
        let shown = number * self.multiplier;
        let decimals = (self.decimals..=self.decimals + MORE).find(|count| says(&fixed(shown, *count)));
        let text = match decimals {
            // One digit more than the first that says something.
            Some(more) if more > self.decimals => fixed(shown, more + 1),
            _ => fixed(shown, self.decimals),
        };
        format!("{}{}", trimmed(&text), self.unit)
    }
}

/// Decimals that tell apart numbers that differ by `step`.
fn decimals(step: f64) -> usize {
    let mut decimals = 0;
    let mut step = step;
    while step > 0.0 && step < 0.999_999 && decimals < 9 {
        step *= 10.0;
        decimals += 1;
    }
    decimals
}

/// Whether there is a digit other than 0.
fn says(number: &str) -> bool {
    number.bytes().any(|digit| (b'1'..=b'9').contains(&digit))
}

/// With thousands set apart by commas, and no minus before 0.
pub fn fixed(number: f64, decimals: usize) -> String {
    let plain = format!("{:.decimals$}", number.abs());
    let (whole, rest) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let mut shown = String::new();
    if number < 0.0 && says(&plain) {
        shown.push('\u{2212}');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown + rest
}

/// Without decimals that say nothing.
fn trimmed(number: &str) -> &str {
    let Some((whole, rest)) = number.split_once('.') else { return number };
    if rest.bytes().all(|digit| digit == b'0') { whole } else { number }
}

/// A place on an axis and what stands there.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where, before the multiplier.
    pub at: f64,
    /// With its unit.
    pub text: String,
}

/// About `count` ticks at round numbers from `low` to `high`.
pub fn ticks(numbers: &Numbers, low: f64, high: f64, count: usize) -> Vec<Tick> {
    let (first, last) = (low * numbers.multiplier, high * numbers.multiplier);
    let step = round_step((last - first) / count.max(1) as f64);
    if !step.is_finite() || step <= 0.0 {
        return Vec::new();
    }
    let decimals = decimals(step);
    let mut ticks = Vec::new();
    let mut steps = (first / step - 1e-9).ceil();
    while steps * step <= last + step * 1e-9 && ticks.len() < 4 * count.max(1) {
        let number = steps * step;
        let text = format!("{}{}", fixed(number, decimals), numbers.unit);
        ticks.push(Tick { at: number / numbers.multiplier, text });
        steps += 1.0;
    }
    ticks
}

/// The nearest, by ratio, of 1, 2, 5, 10, …
fn round_step(wanted: f64) -> f64 {
    let power = 10f64.powf(wanted.log10().floor());
    let digits = wanted / power;
    let nearest =
        [(2f64, 1.0), (10.0, 2.0), (50.0, 5.0)].into_iter().find(|(square, _)| digits * digits <= *square);
    nearest.map_or(10.0, |(_, round)| round) * power
}

/// So many of what is called `one` or `several`.
pub fn counted(number: usize, one: &str, several: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { several })
}
