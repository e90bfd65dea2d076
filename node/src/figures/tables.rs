//! Tables of figures, whether they come as CSV or as NDJSON: which column is
//! what ([`names`], [`layout`]), what its cells say ([`number`], [`period`]),
//! and what becomes of rows that can't be read ([`collect`]).

mod choice;
pub(super) mod collect;
pub(super) mod columns;
pub(super) mod layout;
mod names;
mod number;
mod period;
pub(super) mod row;

use super::Unreadable;

/// Bytes of a file.
pub(super) const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Figures of a file: rows times the columns that hold numerators.
pub(super) const MAX_FIGURES: usize = 2_000_000;
/// Columns of a table.
pub(super) const MAX_COLUMNS: usize = 1_000;
/// Bytes of a row: longer ones are the work of a quotation mark that is not
/// closed.
pub(super) const MAX_ROW: usize = 64 * 1024;

/// Why a row, or a part of it, is left out.
#[derive(Debug)]
pub(super) struct Refusal {
    /// Stable code.
    pub code: &'static str,
    /// What is wrong.
    pub text: String,
    /// What to do.
    pub advice: String,
}

impl Refusal {
    pub fn new(code: &'static str, text: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { code, text: text.into(), advice: advice.into() }
    }
}

/// Where a row stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines {
    pub first: u64,
    pub last: u64,
}

impl std::fmt::Display for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.first == self.last {
            true => write!(f, "line {}", self.first),
            false => write!(f, "lines {} to {}", self.first, self.last),
        }
    }
}

/// Text of the file, short and without what could disturb a terminal.
pub(super) fn shown(text: &str) -> String {
    let is_odd = |char: char| {
        char.is_control() || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let clean = |char| if is_odd(char) { '\u{fffd}' } else { char };
    let mut shown: String = text.chars().take(40).map(clean).collect();
    if text.chars().nth(40).is_some() {
        shown.push('…');
    }
    shown
}

/// A file that is too large to be read at once.
pub(super) fn check_size(bytes: &[u8]) -> Result<(), Unreadable> {
    let megabytes = MAX_BYTES / 1024 / 1024;
    match bytes.len() > MAX_BYTES {
        true => Err(Unreadable {
            code: "too-large",
            text: format!("the file has more than {megabytes} MiB; split it by year and send the parts"),
        }),
        false => Ok(()),
    }
}
