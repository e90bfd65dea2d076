//! Record numbers: a word for the record, and a value with digits.

use std::sync::LazyLock;

use regex::Regex;

use super::Kind;
use super::candidate::{Candidate, Weight};
use super::links::Links;
use super::pattern::{digits, following, regex, scan};

/// The words that say by themselves that a number follows.
const ALONE: &str = "mrn|mrno|med\\.? rec\\.?|medical record|health record|hospital number|hosp\\.? no";

/// The words that do so together with "number" and its like.
const WITH_NUMBER: &str = concat!(
    "medical record|health record|record|patient|chart|case|account|acct\\.?|policy|member|subscriber|hospital",
    "|encounter|visit|accession|health plan|insurance|beneficiary|claim|group|specimen|prescription|rx",
    "|admission|study subject|file|client|enrollee|participant"
);

const NUMBER: &str = r"(?:ids?|identifier|identification|no\.?|nos\.?|number|num\.?|nr\.?|ref\.?|reference)";

static RECORD: LazyLock<Regex> = LazyLock::new(|| {
    let link = r"(?: (?:is|was|are)|[:=#.()*_|]|-| ){0,6}";
    let label = format!(
        r"(?:(?:{ALONE})\b(?: {{0,2}}{NUMBER})?|(?:{WITH_NUMBER})(?:'s)?[ _-]{{0,2}}(?:{NUMBER}\b|#)(?: {{0,1}}(?:{NUMBER}\b|#))?)"
    );
    let value = r"(?P<value>[a-z]{0,6}[-/ ]?[0-9][0-9a-z]{0,15}(?:[-/. ]?[0-9][0-9a-z]{0,15}){0,5})";
    regex(&format!(r"(?i)\b{label}{link}{value}"))
});

/// The fewest digits of a record number.
const FEWEST_DIGITS: usize = 4;

/// Record numbers in a folded text.
pub fn find(text: &str, links: &Links) -> Vec<Candidate> {
    let mut found = Vec::new();
    scan(&RECORD, text, |range| {
        let value = RECORD.captures_at(text, range.start).and_then(|captures| captures.name("value"));
        let Some(value) = value else { return false };
        let continues = following(text, value.end()).is_some_and(char::is_alphanumeric);
        let taken =
            digits(value.as_str()).len() >= FEWEST_DIGITS && !continues && !links.hold_number(&value.range());
        if taken {
            let why = "a value after a word for a record's number";
            found.push(Candidate::new(Kind::RecordNumber, value.range(), Weight::Certain, why));
        }
        taken
    });
    found
}
