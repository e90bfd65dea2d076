//! Text that a spreadsheet would run. A text that begins like a formula gets
//! an apostrophe before it, as spreadsheets themselves do to keep text text,
//! and loses it when it is read again.

/// What formulas begin with, in the wide forms of East Asian keyboards too.
const STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Text that no spreadsheet runs.
pub fn guarded(text: &str) -> String {
    match text.trim_start_matches('\'').starts_with(STARTS) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// Text as a cell of a table in CSV: one line that no spreadsheet runs. What is
/// not a letter becomes a visible mark.
pub fn cell(text: &str) -> String {
    let clean: String =
        text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect();
    let safe = guarded(&clean);
    match safe.contains([',', ';', '"']) {
        true => format!("\"{}\"", safe.replace('"', "\"\"")),
        false => safe,
    }
}

/// The text before [`guarded`].
pub fn plain(text: &str) -> &str {
    let guarded = text.strip_prefix('\'');
    guarded.filter(|text| text.trim_start_matches('\'').starts_with(STARTS)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::{cell, guarded, plain};

    #[test]
    fn formulas_become_text_and_read_back() {
        for text in [
            "=1+1", "+1", "-4", "@SUM(A1)", "\t=1", "\r=1", "＝1", "'=1", "''-1", "0-4", "'", "", "o'clock",
            "'a",
        ] {
            let safe = guarded(text);
            assert!(!safe.starts_with(super::STARTS), "{safe}");
            assert_eq!(plain(&safe), text);
        }
        assert_eq!(guarded("=1+1"), "'=1+1");
        assert_eq!(guarded("0-4"), "0-4");
    }

    #[test]
    fn a_cell_is_one_line_and_holds_what_separates_others() {
        for (text, safe) in [
            ("Visits", "Visits"),
            ("a,b;\"c\"", "\"a,b;\"\"c\"\"\""),
            ("=1,2", "\"'=1,2\""),
            ("a\tb\r\nc", "a\u{fffd}b\u{fffd}\u{fffd}c"),
            ("", ""),
        ] {
            assert_eq!(cell(text), safe);
        }
    }
}
