//! The plotted values of an input, phase by phase.

use super::input::{Input, Kind, Value};

/// One point while the lines are computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// What is plotted, if it's known.
    pub value: Option<f64>,
    /// The count or measurement behind it.
    pub numerator: f64,
    /// What it is divided by, for ratios.
    pub denominator: Option<f64>,
    /// Leave it out of centre, limits and runs.
    pub excluded: bool,
    /// Whether it is one of those from which centre and limits are made, as
    /// far as phase and freeze go.
    pub baseline: bool,
}

impl Row {
    /// Whether it has a say in centre and limits.
    pub fn counts(&self) -> bool {
        self.baseline && !self.excluded
    }
}

/// Where each phase begins, and the end.
pub fn bounds(input: &Input) -> Vec<usize> {
    let mut bounds = vec![0];
    bounds.extend(&input.splits);
    bounds.push(input.entries.len());
    bounds
}

/// The rows of the phase from point `first` up to `end`.
pub fn rows(kind: Kind, input: &Input, first: usize, end: usize) -> Vec<Row> {
    let frozen = if first == 0 { input.freeze.unwrap_or(end) } else { end };
    let plain = |at: usize| {
        let entry = &input.entries[at];
        let (value, numerator, denominator) = plotted(kind, entry.value);
        Row { value, numerator, denominator, excluded: entry.excluded, baseline: at < frozen }
    };
    let rows: Vec<Row> = (first..end).map(plain).collect();
    if kind == Kind::Mr { moving_ranges(&rows) } else { rows }
}

/// What is plotted, with the numbers that it's made from.
fn plotted(kind: Kind, value: Value) -> (Option<f64>, f64, Option<f64>) {
    match value {
        Value::Measured(measured) => (Some(measured), measured, None),
        Value::Count { numerator, denominator: None } => (Some(numerator), numerator, None),
        // Nothing over nothing is no value, neither 0 nor 1.
        Value::Count { denominator: Some(0.0), .. } => (None, 0.0, None),
        Value::Count { numerator, denominator: Some(denominator) } => {
            let limited = if kind.is_ratio() { Some(denominator) } else { None };
            (Some(numerator / denominator), numerator, limited)
        }
        Value::Masked { .. } | Value::Withheld | Value::Missing => (None, 0.0, None),
    }
}

/// How much each value differs from the one before. What an excluded value
/// made doesn't count either.
fn moving_ranges(rows: &[Row]) -> Vec<Row> {
    let range = |at: usize| {
        let before = at.checked_sub(1).map(|before| rows[before]);
        let value = before.and_then(|before| Some((rows[at].value? - before.value?).abs()));
        let excluded = rows[at].excluded || before.is_some_and(|before| before.excluded);
        Row { value, numerator: value.unwrap_or(0.0), excluded, ..rows[at] }
    };
    (0..rows.len()).map(range).collect()
}
