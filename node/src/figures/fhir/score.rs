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
    let Some(score) = Score::read(parent)? else { return Ok(None) };
    match (counts.numerator, counts.denominator) {
        (_, None) => Ok(None),
        (_, Some(Number::Known(0))) => Ok(Some(score.of_nothing())),
        (Number::Known(part), Some(Number::Known(whole))) => Ok(score.differs(part, whole)),
        _ => {
            let advice = "Mask the score as well, wherever the report goes. It is not taken.";
            let text = format!("the score {score} is given beside a masked count, which it may show");
            Ok(Some(Problem::new("score-shows-masked", text, advice)))
        }
    }
}

/// The score as it is written, if it is a number.
pub fn written(parent: &Object) -> Option<String> {
    let value = parent.get("measureScore")?.get("value")?;
    value.is_number().then(|| value.to_string())
}

/// A published score, in its own unit.
struct Score {
    /// As the file writes it: its decimals say how it was rounded.
    written: String,
    value: f64,
    is_percent: bool,
}

impl Score {
    fn read(parent: &Object) -> Result<Option<Self>, Problem> {
        let Some(score) = object(parent, "measureScore")? else { return Ok(None) };
        let Some(value) = score.get("value") else { return Ok(None) };
        let number = value.as_f64().filter(|score| score.is_finite());
        let number = number.ok_or_else(|| Problem::not_r4("the score's value is no number"))?;
        let is_percent = text(score, "unit")? == Some("%") || text(score, "code")? == Some("%");
        Ok(Some(Self { written: value.to_string(), value: number, is_percent }))
    }

    /// What a fraction is multiplied by to be in the score's unit.
    fn scale(&self) -> f64 {
        if self.is_percent { 100.0 } else { 1.0 }
    }

    fn unit(&self) -> &'static str {
        if self.is_percent { " %" } else { "" }
    }

    /// Half a unit of the last decimal that it is written with; for scores up
    /// to 1, or 100 %, at most [`TOLERANCE`].
    fn tolerance(&self) -> f64 {
        let (mantissa, exponent) = self.written.split_once(['e', 'E']).unwrap_or((&self.written, "0"));
        let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let decimals = i32::try_from(decimals).unwrap_or(i32::MAX);
        let decimals = decimals.saturating_sub(exponent.parse().unwrap_or(0)).clamp(0, 18);
        let half = 0.5 * 10f64.powi(-decimals);
        if self.value.abs() <= self.scale() { half.min(TOLERANCE * self.scale()) } else { half }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are at most 10^12")]
    fn differs(&self, part: u64, whole: u64) -> Option<Problem> {
        let computed = part as f64 / whole as f64 * self.scale();
        let (difference, tolerance) = ((self.value - computed).abs(), self.tolerance());
        if difference <= tolerance + NOISE * computed.max(1.0) {
            return None;
        }
        let unit = self.unit();
        let text = format!(
            "the published score is {self}, but {part} of {whole} is {computed:.6}{unit} (difference \
             {difference:.6}, tolerance {tolerance})"
        );
        let advice = "The counts are taken, the score is not. Check which of them is wrong.";
        Some(Problem::new("score-differs", text, advice))
    }

    fn of_nothing(&self) -> Problem {
        let text = format!("the published score is {self}, but the denominator is 0");
        Problem::new("score-of-nothing", text, "The counts are taken, the score is not.")
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.written, self.unit())
    }
}

#[cfg(test)]
mod tests {
    use super::Score;

    fn score(written: &str, is_percent: bool) -> Score {
        Score { written: written.to_owned(), value: written.parse().expect("a number"), is_percent }
    }

    #[test]
    fn rounding_is_excused_and_nothing_else() {
        for (written, is_percent, expected) in [
            ("0.699", false, 0.0005),
            ("0.8", false, 0.005),
            ("0.66", false, 0.005),
            ("1", false, 0.005),
            ("6e-1", false, 0.005),
            ("62.1", false, 0.05),
            ("66.7", true, 0.05),
            ("67", true, 0.5),
            ("7e1", true, 0.5),
            ("0.25", true, 0.005),
            ("150", true, 0.5),
        ] {
            let tolerance = score(written, is_percent).tolerance();
            assert!((tolerance - expected).abs() < 1e-15, "{written}: {tolerance}");
        }
        assert!(score("0.6867", false).differs(103, 150).is_none(), "0.68667 rounds to 0.6867");
        assert!(score("0.6866", false).differs(103, 150).is_some());
        assert!(score("0.5", false).differs(1, 2).is_none());
    }

    #[test]
    fn a_difference_is_told_in_the_unit_of_the_file() {
        let told = score("0.699", false).differs(243, 392).expect("a difference").text;
        for number in ["0.699", "243 of 392", "0.619898", "0.0005"] {
            assert!(told.contains(number), "{told} lacks {number}");
        }
        let told = score("66.5", true).differs(2, 3).expect("a difference").text;
        for number in ["66.5 %", "2 of 3 is 66.666667 %", "difference 0.166667", "tolerance 0.05)"] {
            assert!(told.contains(number), "{told} lacks {number}");
        }
    }
}
