//! Numbers of a row: known, masked with an interval, or withheld.

use super::elements::concept;
use crate::figures::fhir::words::{ABSENT, COUNT_QUANTITY, INTERVAL, OWN_POPULATIONS, POPULATIONS};
use crate::view::{NumberView, RatioView};
use serde_json::{Map, Value, json};

/// The largest FHIR `integer`. Larger counts are quantities.
const LARGEST_INTEGER: u64 = 2_147_483_647;

/// A population of a group or stratum, with the extensions that it has.
pub fn population(code: &str, number: Option<&NumberView>, link: Value) -> Value {
    let mut extensions = vec![link];
    let mut population = Map::new();
    let system = if code == "excluded" { OWN_POPULATIONS } else { POPULATIONS };
    population.insert("code".to_owned(), concept(system, code));
    match number {
        Some(NumberView::Known { number }) if *number > LARGEST_INTEGER => {
            extensions.push(json!({"url": COUNT_QUANTITY, "valueQuantity": {"value": number}}));
        }
        Some(NumberView::Known { number }) => {
            population.insert("count".to_owned(), json!(number));
        }
        Some(NumberView::Masked { low, high }) => {
            let interval =
                json!({"url": INTERVAL, "valueRange": range(json!(low), high.map(|high| json!(high)))});
            population.insert("_count".to_owned(), json!({"extension": [absent("masked"), interval]}));
        }
        Some(NumberView::Withheld) => {
            population.insert("_count".to_owned(), json!({"extension": [absent("masked")]}));
        }
        None => {
            population.insert("_count".to_owned(), json!({"extension": [absent("unknown")]}));
        }
    }
    population.insert("extension".to_owned(), Value::Array(extensions));
    Value::Object(population)
}

/// Why something has no value.
pub fn absent(reason: &str) -> Value {
    json!({"url": ABSENT, "valueCode": reason})
}

fn range(low: Value, high: Option<Value>) -> Value {
    match high {
        Some(high) => json!({"low": {"value": low}, "high": {"value": high}}),
        None => json!({"low": {"value": low}}),
    }
}

/// The interval of a score, not multiplied for showing.
pub fn score_range(value: RatioView, per: u32) -> Value {
    let plain = |shown: f64| json!(shown / f64::from(per.max(1)));
    range(plain(value.low), value.high.map(plain))
}

/// The denominator before exclusions, as FHIR counts it.
pub fn gross(denominator: &NumberView, excluded: Option<&NumberView>) -> NumberView {
    let Some(excluded) = excluded else { return denominator.clone() };
    match (bounds(denominator), bounds(excluded)) {
        (Some((low, high)), Some((more, most))) => {
            let (low, high) =
                (low.saturating_add(more), high.zip(most).map(|(one, two)| one.saturating_add(two)));
            match is_known(denominator) && is_known(excluded) {
                true => NumberView::Known { number: low },
                false => NumberView::Masked { low, high },
            }
        }
        _ => NumberView::Withheld,
    }
}

/// Least and most; none if the number is withheld.
fn bounds(number: &NumberView) -> Option<(u64, Option<u64>)> {
    match number {
        NumberView::Known { number } => Some((*number, Some(*number))),
        NumberView::Masked { low, high } => Some((*low, *high)),
        NumberView::Withheld => None,
    }
}

/// Whether it is told.
pub fn is_known(number: &NumberView) -> bool {
    matches!(number, NumberView::Known { .. })
}

/// Numerator by denominator, if both are told and there is a denominator.
#[expect(clippy::cast_precision_loss, reason = "a score is a decimal")]
pub fn score(numerator: &NumberView, denominator: Option<&NumberView>) -> Option<f64> {
    match (numerator, denominator) {
        (NumberView::Known { number: part }, Some(NumberView::Known { number: whole })) if *whole > 0 => {
            Some(*part as f64 / *whole as f64)
        }
        _ => None,
    }
}
