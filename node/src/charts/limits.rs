//! Centre lines and limits.
//!
//! The limits are those of Shewhart charts, three standard deviations (sigma)
//! from the middle, with sigma by kind:
//!
//! | chart | middle | sigma |
//! |---|---|---|
//! | run | median | – |
//! | I | mean | mean moving range / 1.128 |
//! | MR | mean moving range | so that the upper limit is 3.267 × the middle |
//! | p | Σ numerators / Σ denominators | √(middle (1 − middle) / denominator) |
//! | u | Σ numerators / Σ denominators | √(middle / denominator) |
//! | p′, u′ | the same | that of p or u × mean moving range of the standardised values / 1.128 (Laney) |
//! | c | mean | √middle |
//! | g | mean; the median is drawn | √(middle (middle + 1)) |
//! | t | I chart of y^(1/3.6), brought back | |
//!
//! Moving ranges of 3.267 times their mean and more are left out of the mean,
//! once, so that one jump doesn't widen the limits by itself. They bridge
//! excluded points, which are as if they weren't there, and don't bridge
//! missing and masked ones.

use super::input::Kind;
use super::points::Row;

/// Mean of the moving range of two normal values, in standard deviations.
const D2: f64 = 1.128;
/// The upper limit of moving ranges, in mean moving ranges.
const RANGE_LIMIT: f64 = 3.267;
/// The root that makes times between rare events look normal.
const T_ROOT: f64 = 3.6;
/// How far from the middle limits lie, in sigma.
pub const SIGMAS: f64 = 3.0;

/// The centre line and what limits are made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// The line that is drawn and that runs are counted against.
    pub centre: Option<f64>,
    /// What limits lie around; for the t chart on the scale of the roots.
    middle: Option<f64>,
    /// Per point, if there are limits.
    sigmas: Vec<Option<f64>>,
}

/// Computes it for the rows of one phase.
pub fn spread(kind: Kind, rows: &[Row]) -> Spread {
    let Some(middle) = middle(kind, rows) else {
        return Spread { centre: None, middle: None, sigmas: vec![None; rows.len()] };
    };
    let sigmas = sigmas(kind, rows, middle);
    let centre = match kind {
        Kind::G => median(rows),
        Kind::T => Some(middle.powf(T_ROOT)),
        _ => Some(middle),
    };
    Spread { centre, middle: Some(middle), sigmas }
}

/// Lower and upper limit per point, `sigmas` from the middle and within what
/// is possible.
pub fn bounds(kind: Kind, spread: &Spread, sigmas: f64) -> Vec<Option<(f64, f64)>> {
    let bound = |sigma: &Option<f64>| {
        let (middle, sigma) = (spread.middle?, (*sigma)?);
        Some(possible(kind, middle - sigmas * sigma, middle + sigmas * sigma))
    };
    spread.sigmas.iter().map(bound).collect()
}

fn possible(kind: Kind, lower: f64, upper: f64) -> (f64, f64) {
    match kind {
        Kind::Run | Kind::I => (lower, upper),
        Kind::P | Kind::PPrime => (lower.max(0.0), upper.min(1.0)),
        Kind::T => (lower.max(0.0).powf(T_ROOT), upper.max(0.0).powf(T_ROOT)),
        Kind::Mr | Kind::U | Kind::UPrime | Kind::C | Kind::G => (lower.max(0.0), upper),
    }
}

fn middle(kind: Kind, rows: &[Row]) -> Option<f64> {
    match kind {
        Kind::Run => median(rows),
        Kind::P | Kind::PPrime | Kind::U | Kind::UPrime => pooled(rows),
        Kind::T => mean(values(rows).map(root)),
        Kind::I | Kind::Mr | Kind::C | Kind::G => mean(values(rows)),
    }
}

fn sigmas(kind: Kind, rows: &[Row], middle: f64) -> Vec<Option<f64>> {
    let same = |sigma: Option<f64>| vec![sigma; rows.len()];
    match kind {
        Kind::Run => same(None),
        Kind::I => same(mean_range(rows, |row| row.value).map(|range| range / D2)),
        Kind::T => same(mean_range(rows, |row| row.value.map(root)).map(|range| range / D2)),
        Kind::Mr => same(Some(middle * (RANGE_LIMIT - 1.0) / SIGMAS)),
        Kind::C => same(Some(middle.sqrt())),
        Kind::G => same(Some((middle * (middle + 1.0)).sqrt())),
        Kind::P | Kind::U => rows.iter().map(|row| ratio_sigma(kind, row, middle)).collect(),
        Kind::PPrime | Kind::UPrime => laney(kind, rows, middle),
    }
}

/// The standard deviation of a proportion or rate at the row's denominator.
fn ratio_sigma(kind: Kind, row: &Row, middle: f64) -> Option<f64> {
    let variance = if kind.is_proportion() { middle * (1.0 - middle) } else { middle };
    // Rounding could leave a proportion a hair above 1.
    Some((variance.max(0.0) / row.denominator?).sqrt())
}

fn laney(kind: Kind, rows: &[Row], middle: f64) -> Vec<Option<f64>> {
    let standard = |row: &Row| {
        let sigma = ratio_sigma(kind, row, middle)?;
        // Without any variation every value is in the middle.
        Some(if sigma > 0.0 { (row.value? - middle) / sigma } else { 0.0 })
    };
    let widening = mean_range(rows, standard).map(|range| range / D2);
    rows.iter().map(|row| Some(ratio_sigma(kind, row, middle)? * widening?)).collect()
}

/// The values that count.
fn values(rows: &[Row]) -> impl Iterator<Item = f64> {
    rows.iter().filter(|row| row.counts()).filter_map(|row| row.value)
}

fn root(value: f64) -> f64 {
    value.powf(1.0 / T_ROOT)
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value;
        count += 1.0;
    }
    (count > 0.0).then(|| sum / count)
}

fn median(rows: &[Row]) -> Option<f64> {
    let mut sorted: Vec<f64> = values(rows).collect();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        length if length % 2 == 1 => Some(sorted[half]),
        _ => Some(f64::midpoint(sorted[half - 1], sorted[half])),
    }
}

/// All numerators over all denominators.
fn pooled(rows: &[Row]) -> Option<f64> {
    let (mut numerators, mut denominators) = (0.0, 0.0);
    for row in rows.iter().filter(|row| row.counts()) {
        if let Some(denominator) = row.denominator {
            numerators += row.numerator;
            denominators += denominator;
        }
    }
    (denominators > 0.0).then(|| numerators / denominators)
}

/// The mean moving range of what `of` gives for the rows that count, without
/// those that are far from the others. Nothing with fewer than two neighbours.
fn mean_range(rows: &[Row], of: impl Fn(&Row) -> Option<f64>) -> Option<f64> {
    let values: Vec<Option<f64>> = rows.iter().filter(|row| row.counts()).map(of).collect();
    let ranges: Vec<f64> = values.windows(2).filter_map(|pair| Some((pair[1]? - pair[0]?).abs())).collect();
    let all = mean(ranges.iter().copied())?;
    let near = mean(ranges.into_iter().filter(|range| *range < RANGE_LIMIT * all));
    // All ranges 0: none is below the limit, and the mean is 0.
    Some(near.unwrap_or(all))
}
