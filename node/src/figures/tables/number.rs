//! What the cells of numbers say.

use super::{Refusal, shown};
use commons_protocol::series::LARGEST;

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// Nothing: that is not zero.
    Missing,
    /// The file masks it.
    Masked,
    /// A number.
    Known(u64),
}

/// What stands where there is no number.
const MISSING: [&str; 10] = ["", "-", "–", ".", "na", "n/a", "nan", "null", "none", "missing"];
/// What stands for a number that is not told.
const MASKED: [&str; 4] = ["masked", "suppressed", "redacted", "[c]"];

/// Reads a cell. Only digits are a number: what one country writes for a
/// thousand is a decimal in another.
pub(super) fn number(text: &str) -> Result<Cell, Refusal> {
    let text = text.trim();
    if !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return known(text);
    }
    let lower = text.to_lowercase();
    if MISSING.contains(&lower.as_str()) {
        return Ok(Cell::Missing);
    }
    if is_mask(&lower) {
        return Ok(Cell::Masked);
    }
    match text.strip_suffix(".0") {
        Some(whole) if is_digits(whole) => known(whole),
        _ => Err(refuse(text)),
    }
}

fn known(digits: &str) -> Result<Cell, Refusal> {
    match digits.parse::<u64>() {
        Ok(number) if number <= LARGEST => Ok(Cell::Known(number)),
        _ => Err(too_large(digits)),
    }
}

fn too_large(text: &str) -> Refusal {
    let text = format!("{} is more than {LARGEST}, the largest number of a cell", shown(text));
    Refusal::new("too-large", text, "check the number, or report in a larger unit")
}

/// `*`, `<10`, `≤ 10` and words.
fn is_mask(lower: &str) -> bool {
    let bound =
        lower.strip_prefix("<=").or_else(|| lower.strip_prefix('<')).or_else(|| lower.strip_prefix('≤'));
    let is_star = !lower.is_empty() && lower.bytes().all(|byte| byte == b'*');
    MASKED.contains(&lower) || is_star || bound.is_some_and(|bound| is_digits(bound.trim()))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Why text is no number, as exactly as can be said.
fn refuse(text: &str) -> Refusal {
    let quoted = shown(text);
    let starts_with_digit = text.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    if is_digits(text) {
        return too_large(text);
    }
    if has_groups(text) {
        let digits: String = text.chars().filter(char::is_ascii_digit).take(20).collect();
        let text = format!("\"{quoted}\" may be a number with separated thousands, or one with decimals");
        let advice = format!(
            "if thousands are separated, write {digits}; of a number with decimals, send the counts behind it"
        );
        return Refusal::new("thousands", text, advice);
    }
    if text
        .strip_prefix(['-', '−'])
        .is_some_and(|rest| rest.bytes().next().is_some_and(|b| b.is_ascii_digit()))
    {
        let advice =
            "write the count; if it is masked, write \"masked\"; if it is not known, leave the row out";
        return Refusal::new("negative", format!("\"{quoted}\" is below zero"), advice);
    }
    if starts_with_digit && text.chars().all(|char| char.is_ascii_digit() || ".,%eE+- ".contains(char)) {
        let advice =
            "send the counts from which it was computed, as whole numbers; rates are computed everywhere";
        return Refusal::new("not-a-count", format!("\"{quoted}\" is not a whole number"), advice);
    }
    let advice = "write a whole number in digits, or \"masked\"";
    Refusal::new("not-a-number", format!("\"{quoted}\" is no number"), advice)
}

/// One to three digits, not beginning with a zero, then groups of three: 0.738
/// is no thousand in any country.
fn has_groups(text: &str) -> bool {
    let is_separator =
        |char: char| matches!(char, ',' | '.' | '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}' | '_');
    let mut groups = text.split(is_separator);
    let first =
        groups.next().is_some_and(|group| is_digits(group) && group.len() <= 3 && !group.starts_with('0'));
    let mut others = groups.peekable();
    first && others.peek().is_some() && others.all(|group| is_digits(group) && group.len() == 3)
}

#[cfg(test)]
mod tests {
    use super::{Cell, number};
    use commons_protocol::series::LARGEST;

    #[test]
    fn digits_are_numbers() {
        for (text, expected) in [("0", 0), (" 12 ", 12), ("007", 7), ("12.0", 12), ("\u{a0}5", 5)] {
            assert_eq!(number(text).unwrap(), Cell::Known(expected), "{text}");
        }
        assert_eq!(number(&LARGEST.to_string()).unwrap(), Cell::Known(LARGEST));
    }

    #[test]
    fn nothing_is_missing_and_never_zero() {
        for text in ["", "  ", "-", "NA", "n/a", "NaN", "null", "."] {
            assert_eq!(number(text).unwrap(), Cell::Missing, "{text}");
        }
    }

    #[test]
    fn masks_are_recognised() {
        for text in ["masked", "Masked", "*", "***", "<10", "< 5", "<=10", "≤10", "[c]", "Suppressed"] {
            assert_eq!(number(text).unwrap(), Cell::Masked, "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_a_reason() {
        for (text, code) in [
            ("1,234", "thousands"),
            ("1.234", "thousands"),
            ("1 234 567", "thousands"),
            ("1'234", "thousands"),
            ("1\u{202f}234", "thousands"),
            ("-1", "negative"),
            ("−1", "negative"),
            ("0.82", "not-a-count"),
            ("0.738", "not-a-count"),
            ("0,738", "not-a-count"),
            ("012.345", "not-a-count"),
            ("82%", "not-a-count"),
            ("82,5", "not-a-count"),
            ("1e5", "not-a-count"),
            ("1000.00", "not-a-count"),
            ("1000000000001", "too-large"),
            ("18446744073709551616", "too-large"),
            ("99999999999999999999999999999999", "too-large"),
            ("+5", "not-a-number"),
            ("٣", "not-a-number"),
            ("５", "not-a-number"),
            ("ten", "not-a-number"),
            ("=1+1", "not-a-number"),
            ("<", "not-a-number"),
            ("0x10", "not-a-number"),
            ("1\u{0}", "not-a-number"),
        ] {
            let refusal = number(text).expect_err(text);
            assert_eq!(refusal.code, code, "{text}: {}", refusal.text);
            assert!(!refusal.advice.is_empty());
        }
        assert!(number("1,234").unwrap_err().advice.contains("1234"));
        for rate in ["0.738", "0,738", "1.234"] {
            let refusal = number(rate).unwrap_err();
            assert!(refusal.advice.contains("send the counts"), "{refusal:?}");
            assert!(!refusal.advice.contains("0738"), "{refusal:?}");
        }
    }
}
