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

/// The text before [`guarded`].
pub fn plain(text: &str) -> &str {
    let guarded = text.strip_prefix('\'');
    guarded.filter(|text| text.trim_start_matches('\'').starts_with(STARTS)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::{guarded, plain};

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
}
