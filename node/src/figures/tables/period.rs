//! What the cells of periods say.

use super::{Refusal, shown};
use commons_protocol::date::Date;
use commons_protocol::period::Period;

/// A period in one cell: `2026-03`, `2026-Q1`, or the first day of a month,
/// which stands for the month.
pub(super) fn one(text: &str) -> Result<Period, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::new("period", "it has no period", ADVICE));
    }
    if let Ok(date) = text.parse::<Date>() {
        return of_first_day(date);
    }
    let parsed = text.parse().or_else(|_| spelled(text).parse());
    parsed.map_err(|_| Refusal::new("period", format!("\"{}\" is no period", shown(text)), ADVICE))
}

const ADVICE: &str = "write a month such as 2026-03 or a quarter such as 2026-Q1; where a spreadsheet turns that \
                      into something else, set the column's format to text";

/// `2026q1`, `2026 Q1` and `2026/03` as periods are written.
fn spelled(text: &str) -> String {
    let upper: String =
        text.chars().take(10).collect::<String>().to_ascii_uppercase().replace([' ', '/'], "-");
    match upper.find('Q') {
        Some(at) if !upper[..at].ends_with('-') => format!("{}-{}", &upper[..at], &upper[at..]),
        _ => upper,
    }
}

fn of_first_day(date: Date) -> Result<Period, Refusal> {
    let (year, month, day) = date.parts();
    let period = Period::month(year, month).filter(|_| day == 1);
    period.ok_or_else(|| {
        let text = format!("{date} is a day, and no month begins on it");
        Refusal::new("a-day", text, "figures are of whole months or quarters; write one such as 2026-03")
    })
}

/// A period by its first and last day.
pub(super) fn span(first: &str, last: &str) -> Result<Period, Refusal> {
    let date = |text: &str| {
        let parsed = text.trim().parse::<Date>();
        parsed.map_err(|_| {
            Refusal::new(
                "period",
                format!("\"{}\" is no date", shown(text)),
                "write dates such as 2026-03-31",
            )
        })
    };
    let advice = "send figures of single months or quarters, as the measure says";
    Period::of(date(first)?, date(last)?).map_err(|error| Refusal::new("span", error.to_string(), advice))
}

#[cfg(test)]
mod tests {
    use super::{one, span};

    #[test]
    fn periods_are_read_in_their_spellings() {
        for (text, expected) in [
            ("2026-03", "2026-03"),
            (" 2026-Q1 ", "2026-Q1"),
            ("2026-03-01", "2026-03"),
            ("2026q4", "2026-Q4"),
            ("2026 Q4", "2026-Q4"),
            ("2026/03", "2026-03"),
        ] {
            assert_eq!(one(text).unwrap().to_string(), expected, "{text}");
        }
        assert_eq!(span("2026-01-01", "2026-03-31").unwrap().to_string(), "2026-Q1");
        assert_eq!(span(" 2026-02-01", "2026-02-28").unwrap().to_string(), "2026-02");
    }

    #[test]
    fn other_text_is_refused() {
        for text in
            ["", "03/2026", "Mar-26", "2026", "2026-13", "46082", "2026-Q5", "é026Q1", "QQQQ", "2026Q", "Q"]
        {
            assert_eq!(one(text).unwrap_err().code, "period", "{text}");
        }
        assert_eq!(one("2026-03-17").unwrap_err().code, "a-day");
        assert_eq!(span("2026-01-01", "2026-12-31").unwrap_err().code, "span");
        assert_eq!(span("2026-01-01", "").unwrap_err().code, "period");
        assert_eq!(span("2026-02-01", "2026-01-31").unwrap_err().code, "span");
    }
}
