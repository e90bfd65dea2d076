//! Which kind of chart suits a measure.

use super::{DrawError, values};
use crate::charts::Kind;
use crate::view::{FeedRow, MeasureView};

/// Denominator from which on a p chart's limits are too narrow: with so many
/// people, what varies from month to month is more than chance, and nearly
/// every point would be a signal.
const LARGE: f64 = 2_000.0;

/// The kind that a measure gets where nobody asks for another: p for a
/// proportion, or p′ if half of the known denominators are 2,000 or more; u
/// for a rate; t for what lies between events, since its limits come from the
/// values and suit days and cases alike; c for a count; I for the mean of a
/// continuous measure.
pub fn usual(measure: &MeasureView, rows: &[&FeedRow]) -> Kind {
    match measure.kind.as_str() {
        "proportion" => match has_large_denominators(rows) {
            true => Kind::PPrime,
            false => Kind::P,
        },
        "rate" => Kind::U,
        "between" => Kind::T,
        "count" => Kind::C,
        _ => Kind::I,
    }
}

/// The kind that was asked for, if it suits the measure; the usual one if none
/// was.
pub(super) fn chosen(
    measure: &MeasureView,
    asked: Option<Kind>,
    rows: &[&FeedRow],
) -> Result<Kind, DrawError> {
    let Some(kind) = asked else { return Ok(usual(measure, rows)) };
    let fitting = fitting(&measure.kind);
    if fitting.contains(&kind) {
        return Ok(kind);
    }
    let names: Vec<&str> = fitting.iter().map(|kind| kind.name()).collect();
    Err(DrawError::Unsuitable { kind: kind.name(), measure: measure.kind.clone(), fitting: names.join(", ") })
}

/// Kinds that say something sensible of a kind of measure.
fn fitting(measure: &str) -> &'static [Kind] {
    match measure {
        "proportion" => &[Kind::P, Kind::PPrime, Kind::Run, Kind::I, Kind::Mr],
        "rate" => &[Kind::U, Kind::UPrime, Kind::Run, Kind::I, Kind::Mr],
        "count" => &[Kind::C, Kind::Run, Kind::I, Kind::Mr],
        "between" => &[Kind::T, Kind::G, Kind::U, Kind::UPrime, Kind::Run, Kind::I, Kind::Mr],
        _ => &[Kind::I, Kind::Mr, Kind::Run],
    }
}

fn has_large_denominators(rows: &[&FeedRow]) -> bool {
    let known: Vec<f64> = rows.iter().filter_map(|row| values::known(row.denominator.as_ref()?)).collect();
    let large = known.iter().filter(|denominator| **denominator >= LARGE).count();
    !known.is_empty() && large * 2 >= known.len()
}
