//! Published scores against the counts beside them. Scores are recomputed and
//! never taken; one that differs by more than rounding is told.

use super::populations::Counts;
use super::remarks::Problem;
use super::shape::{Object, object, text};
use crate::figures::Number;

/// The most that rounding excuses for scores up to 1. JSON readers lose zeros
/// at the end, so 0.80 looks as if it had one decimal.
const TOLERANCE: f64 = 0.005;
/// What computing with floating-point numbers may add.
const NOISE: f64 = 1e-12;

/// What is to say about the score of a group or stratum.
///
/// # Errors
/// `not-r4` if the score is no quantity.
pub fn check(parent: &Object, counts: &Counts) -> Result<Option<Problem>, Problem> {
    let Some(score) = object(parent, "measureScore")? else { return Ok(None) };
    let Some(value) = score.get("value") else { return Ok(None) };
    let published = value.as_f64().filter(|score| score.is_finite());
    let published = published.ok_or_else(|| Problem::not_r4("the score's value is no number"))?;
    let is_percent = text(score, "unit")? == Some("%") || text(score, "code")? == Some("%");
    let scale = if is_percent { 100.0 } else { 1.0 };
    match (counts.numerator, counts.denominator) {
        (_, None) => Ok(None),
        (_, Some(Number::Known(0))) => Ok(Some(of_nothing(published))),
        (Number::Known(part), Some(Number::Known(whole))) => {
            let tolerance = tolerance(&value.to_string(), published / scale) / scale;
            Ok(differs(published / scale, part, whole, tolerance))
        }
        _ => {
            let advice = "Mask the score as well, wherever the report goes. It is not taken.";
            let text = format!("the score {published} is given beside a masked count, which it may show");
            Ok(Some(Problem::new("score-shows-masked", text, advice)))
        }
    }
}

/// The score as it is written, if it is a number.
pub fn written(parent: &Object) -> Option<String> {
    let value = parent.get("measureScore")?.get("value")?;
    value.is_number().then(|| value.to_string())
}

#[expect(clippy::cast_precision_loss, reason = "counts are at most 10^12")]
fn differs(published: f64, part: u64, whole: u64, tolerance: f64) -> Option<Problem> {
    let computed = part as f64 / whole as f64;
    let difference = (published - computed).abs();
    if difference <= tolerance + NOISE * computed.max(1.0) {
        return None;
    }
    let text = format!(
        "the published score is {published}, but {part} of {whole} is {computed:.6} (difference {difference:.6}, \
         tolerance {tolerance})"
    );
    let advice = "The counts are taken, the score is not. Check which of them is wrong.";
    Some(Problem::new("score-differs", text, advice))
}

fn of_nothing(published: f64) -> Problem {
    let text = format!("the published score is {published}, but the denominator is 0");
    Problem::new("score-of-nothing", text, "The counts are taken, the score is not.")
}

/// Half a unit of the last decimal that the score is written with; for scores
/// up to 1 at most [`TOLERANCE`].
fn tolerance(written: &str, score: f64) -> f64 {
    let (mantissa, exponent) = written.split_once(['e', 'E']).unwrap_or((written, "0"));
    let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let decimals = i32::try_from(decimals).unwrap_or(i32::MAX);
    let decimals = decimals.saturating_sub(exponent.parse().unwrap_or(0)).clamp(0, 18);
    let half = 0.5 * 10f64.powi(-decimals);
    if score.abs() <= 1.0 { half.min(TOLERANCE) } else { half }
}

#[cfg(test)]
mod tests {
    use super::{differs, tolerance};

    #[test]
    fn rounding_is_excused_and_nothing_else() {
        for (written, expected) in [
            ("0.699", 0.0005),
            ("0.8", 0.005),
            ("0.66", 0.005),
            ("1", 0.005),
            ("6e-1", 0.005),
            ("62.1", 0.05),
        ] {
            let score: f64 = written.parse().expect("a number");
            assert!((tolerance(written, score) - expected).abs() < 1e-15, "{written}");
        }
        assert!(differs(0.6867, 103, 150, 0.00005).is_none(), "0.68667 rounds to 0.6867");
        assert!(differs(0.6866, 103, 150, 0.00005).is_some());
        assert!(differs(0.5, 1, 2, 0.0).is_none());
        let told = differs(0.699, 243, 392, 0.0005).expect("a difference").text;
        for number in ["0.699", "243 of 392", "0.619898", "0.0005"] {
            assert!(told.contains(number), "{told} lacks {number}");
        }
    }
}
