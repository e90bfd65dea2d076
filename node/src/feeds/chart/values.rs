//! What is plotted of a row.

use crate::charts::{Direction, Kind, Value};
use crate::view::{FeedRow, MeasureView, NumberView};

/// How plotted numbers are shown.
pub(super) struct Scale {
    pub axis: String,
    pub unit: String,
    pub multiplier: f64,
    /// Before the multiplier.
    pub target: Option<f64>,
    pub direction: Direction,
}

/// The scale of a measure on a kind of chart.
pub(super) fn scale(measure: &MeasureView, kind: Kind) -> Scale {
    let direction = match measure.direction.as_deref() {
        Some("increase") => Direction::Higher,
        Some("decrease") => Direction::Lower,
        _ => Direction::None,
    };
    let per = f64::from(measure.per.max(1));
    match kind {
        // More between two events is better where fewer events are, and the
        // target is one for events.
        Kind::G | Kind::T => Scale {
            axis: format!("{} between two events", measure.denominator),
            unit: String::new(),
            multiplier: 1.0,
            target: None,
            direction: opposite(direction),
        },
        // How much values differ has no target of its own.
        Kind::Mr => Scale {
            axis: "Difference to the one before".to_owned(),
            unit: unit(measure),
            multiplier: per,
            target: None,
            direction: Direction::None,
        },
        _ => Scale {
            axis: axis(measure),
            unit: unit(measure),
            multiplier: per,
            target: measure.target.map(|target| target / per),
            direction,
        },
    }
}

fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Higher => Direction::Lower,
        Direction::Lower => Direction::Higher,
        Direction::None => Direction::None,
    }
}

fn axis(measure: &MeasureView) -> String {
    match (measure.kind.as_str(), measure.per) {
        ("proportion", 100) => "Per cent".to_owned(),
        ("proportion" | "rate" | "between", 1) => measure.numerator.clone(),
        ("proportion" | "rate" | "between", per) => format!("Per {per} – {}", measure.numerator),
        _ => measure.numerator.clone(),
    }
}

fn unit(measure: &MeasureView) -> String {
    match (measure.kind.as_str(), measure.per, &measure.unit) {
        ("proportion", 100, _) => " %".to_owned(),
        (_, _, Some(unit)) => format!(" {unit}"),
        _ => String::new(),
    }
}

/// The number, if it is told.
#[allow(clippy::cast_precision_loss, reason = "beyond 2^53 charts refuse numbers anyway")]
pub(super) fn known(number: &NumberView) -> Option<f64> {
    match number {
        NumberView::Known { number } => Some(*number as f64),
        NumberView::Masked { .. } | NumberView::Withheld => None,
    }
}

/// The interval in which a number lies; none if it is withheld.
#[allow(clippy::cast_precision_loss, reason = "beyond 2^53 charts refuse numbers anyway")]
pub(super) fn interval(number: &NumberView) -> Option<(f64, Option<f64>)> {
    match number {
        NumberView::Known { number } => Some((*number as f64, Some(*number as f64))),
        NumberView::Masked { low, high } => Some((*low as f64, high.map(|high| high as f64))),
        NumberView::Withheld => None,
    }
}

/// What is plotted of a row; nothing if there is none.
pub(super) fn value(measure: &MeasureView, kind: Kind, row: Option<&FeedRow>) -> Value {
    match row {
        Some(row) if is_withheld(row) => Value::Withheld,
        row => row.and_then(|row| plotted(measure, kind, row)).unwrap_or(Value::Missing),
    }
}

/// Whether a part of what would be plotted is withheld.
pub(super) fn is_withheld(row: &FeedRow) -> bool {
    [Some(&row.numerator), row.denominator.as_ref()].contains(&Some(&NumberView::Withheld))
}

fn plotted(measure: &MeasureView, kind: Kind, row: &FeedRow) -> Option<Value> {
    if measure.kind == "count" {
        return Some(match (known(&row.numerator), interval(&row.numerator)?) {
            (Some(number), _) => Value::Measured(number),
            (None, (low, high)) => Value::Masked { low, high },
        });
    }
    let denominator = row.denominator.as_ref()?;
    if let Some((numerator, denominator)) = known(&row.numerator).zip(known(denominator)) {
        return Some(Value::Count { numerator, denominator: Some(denominator) });
    }
    let (low, high) = match row.value {
        Some(value) => {
            let per = f64::from(measure.per.max(1));
            (value.low / per, value.high.map(|high| high / per))
        }
        None => quotient(interval(&row.numerator)?, interval(denominator)?)?,
    };
    // Rounding must not lead out of what is possible.
    let most = if matches!(kind, Kind::P | Kind::PPrime) { 1.0 } else { f64::INFINITY };
    let low = low.clamp(0.0, most);
    let high = match most.is_finite() {
        true => Some(high.unwrap_or(most).clamp(low, most)),
        false => high.map(|high| high.max(low)),
    };
    Some(Value::Masked { low, high })
}

/// The interval of a quotient; none if there is nobody.
fn quotient(above: (f64, Option<f64>), below: (f64, Option<f64>)) -> Option<(f64, Option<f64>)> {
    if below.1 == Some(0.0) {
        return None;
    }
    let low = below.1.map_or(0.0, |most| above.0 / most);
    let high = above.1.filter(|_| below.0 > 0.0).map(|most| most / below.0);
    Some((low, high))
}
