//! Full dates in the life of a person, and ages over 89.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Kind;
use super::candidate::{Candidate, Weight};
use super::pattern::{after, before, in_number, in_word, regex, scan};

static DATE: LazyLock<Regex> = LazyLock::new(|| {
    let month = "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)";
    let day = "(?:[12][0-9]|3[01]|0?[1-9])";
    let number = "(?:1[0-2]|0?[1-9])";
    let year = "(?:(?:19|20)[0-9]{2}|'?[0-9]{2})";
    regex(&format!(
        r"(?i)(?:{month}\.? {day}(?:st|nd|rd|th)?,? (?:19|20)[0-9]{{2}}|{day}(?:st|nd|rd|th)?(?: of)?[ -]{month}\.?,?[ -]{year}|(?:19|20)[0-9]{{2}}[-/.]{number}[-/.]{day}|{number}[-/.]{day}[-/.]{year}|{day}[-/.]{number}[-/.]{year})"
    ))
});

static PERSON_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)\b(?:born|birth|birthday|dob|b\.|died|dies|death|deceased|passed away|admitted|admission|discharged?|diagnosed|diagnosis",
        r"|surgery|operation|operated|transplant(?:ed)?|hospitali[sz]ed|seen|visit(?:ed)?|appointment|enrolled|patient|she|he|him|her",
        r"|(?:my|our|his|her|their|your) (?:[a-z-]{1,12} ){0,2}(?:son|daughter|child|baby|boy|girl|mother|father|mom|mum|dad|husband|wife",
        r"|partner|brother|sister|twins?|grandson|granddaughter|niece|nephew|friend|parents?))\b[^\n]{0,60}$"
    ))
});

static PERSON_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^[^\n.]{0,24}\b(?:my|our|his|she|he|i|was born|born|died|was admitted|was discharged|was diagnosed|passed away|date of birth|dob|birthday)\b",
    )
});

/// What the date of a document or a rule stands with.
static OF_A_DOCUMENT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:reviewed|updated|published|revised|accessed|retrieved|effective|copyright|version|due|expires|issued|released|last checked)\b[^\n]{0,16}$",
    )
});

static AGE: LazyLock<Regex> = LazyLock::new(|| {
    let number = "(?:9[0-9]|1[0-2][0-9]|ninety(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|(?:one|a) hundred(?:[ -](?:and )?(?:one|two|three|four|five|six|seven|eight|nine|ten))?)";
    regex(&format!(
        r"(?i)\b(?:(?:aged?|age of|age:|age is|age was|turned|turns|turning|at age|at the age of|nearly|almost)(?: of| is| was|:)? {{0,2}}{number}|{number}[- ]?(?:years?|yrs?|y)[- ]{{0,1}}(?:old|of age|olds)|{number} ?(?:y/?o|yo|y\.o\.|yr old)|{number}(?:st|nd|rd|th) birthday|{number} years? (?:young|when (?:she|he)))"
    ))
});

/// An age that is pooled: "90 and over".
static POOLED: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)^(?: ?\+| ?(?:years?(?: of age| old)?)? ?(?:and|or) (?:over|older|above|up|more)\b)")
});

static PERCENT: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)^ ?(?:%|per ?cent)"));

/// Dates and ages in a folded text.
pub fn find(text: &str) -> Vec<Candidate> {
    let mut found = Vec::new();
    scan(&DATE, text, |range| {
        let taken = is_of_person(text, &range);
        if taken {
            let why = "a full date near a word about a person";
            found.push(Candidate::new(Kind::FullDate, range, Weight::Form, why));
        }
        taken
    });
    scan(&AGE, text, |range| {
        let taken = !in_word(text, &range) && is_single(text, &range);
        if taken {
            found.push(Candidate::new(Kind::HighAge, range, Weight::Form, "an age over 89 years"));
        }
        taken
    });
    found
}

fn is_of_person(text: &str, range: &Range<usize>) -> bool {
    let context = before(text, range.start, 90);
    let near = PERSON_BEFORE.is_match(context) || PERSON_AFTER.is_match(after(text, range.end, 48));
    let whole = !in_word(text, range) && !in_number(text, range, &['-', '/', '.']);
    whole && near && !OF_A_DOCUMENT.is_match(context)
}

/// Whether the age is one person's and no pooled group, range or percentage.
fn is_single(text: &str, range: &Range<usize>) -> bool {
    let rest = after(text, range.end, 24);
    !POOLED.is_match(rest) && !PERCENT.is_match(rest) && !in_number(text, range, &['-', '.', ','])
}
