//! Telephone and fax numbers: North American, with a national `0`, and
//! international. Toll-free numbers and short codes are public by nature.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Kind;
use super::candidate::{Candidate, Weight};
use super::contacts::{number, without_extension};
use super::links::Links;
use super::pattern::{after, before, digits, following, in_number, previous, regex, scan};

/// North American area codes that cost the caller nothing.
const TOLL_FREE: [&str; 7] = ["800", "888", "877", "866", "855", "844", "833"];

const EXTENSION: &str = r"(?:,? {0,2}(?:[eE][xX][tT](?:ension|\.)?|[xX]|#) {0,2}[0-9]{1,6}\b)?";

/// North American with separators.
static SEPARATED: LazyLock<Regex> = LazyLock::new(|| {
    let separator = r"(?: ?[-.] ?| {1,2}|-{2})";
    regex(&format!(
        r"(?:\+1[ .-]{{0,2}}|1[ .-]?)?(?:\( ?[2-9][0-9]{{2}} ?\)[ .-]{{0,2}}\n?|[2-9][0-9]{{2}}(?:{separator}|/)){}",
        format_args!(r"[2-9][0-9]{{2}}{separator}?[0-9]{{4}}{EXTENSION}")
    ))
});

/// North American as one run of digits.
static PLAIN: LazyLock<Regex> =
    LazyLock::new(|| regex(&format!(r"(?:\+?1 ?)?[2-9][0-9]{{2}}[2-9][0-9]{{6}}{EXTENSION}")));

/// North American without the area code.
static LOCAL: LazyLock<Regex> = LazyLock::new(|| regex(r"[2-9][0-9]{2}[-. ][0-9]{4}"));

/// With a national `0`.
static NATIONAL: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"\(?0[1-9][0-9]{{0,4}}\)?(?:[ ./-]{{1,2}}|)[0-9]{{3,8}}(?:[ .-][0-9]{{3,6}}){{0,2}}{EXTENSION}"
    ))
});

/// With a national `0`, in pairs.
static PAIRS: LazyLock<Regex> = LazyLock::new(|| regex(r"0[1-9](?:[ .-][0-9]{2}){4}"));

/// With the country's code.
static INTERNATIONAL: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?:\+ ?|\b00 ?|\b011[ -])[1-9][0-9]{{0,13}}(?:[ ./-]{{0,2}}\(?[0-9]{{1,14}}\)?){{0,7}}{EXTENSION}"
    ))
});

static WORD: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)\b(?:tele)?(?:phone|fax|tel|call|mobile|cell|text|sms|whatsapp|dial|ring|reach|contact|hotline",
        r"|helpline|tty|tdd|toll[- ]free|pager|voicemail|landline|telefon|teléfono|téléphone|ph)\b[^0-9\n]{0,24}$"
    ))
});

static STRONG_WORD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:phone|telephone|fax|tel|call|mobile|cell|text|dial|ring|reach|pager|voicemail|landline|telefon|teléfono|téléphone)\b[^0-9\n]{0,18}$",
    )
});

/// Numbers that name a publication or a thing.
pub static CATALOGUE_WORD: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)\b(?:isbn(?:-1[03])?|issn|doi|pmid|pmcid|pmc|orcid|nct|isrctn|eudract|grants?|award|contract|lot|ndc|upc|ean",
        r"|gtin|catalogu?e?|order|invoice|charity|registration|registered|trial|patent|npi|protocol|publication",
        r"|article|serial|model|barcode|sku|din|pzn|cas)\b[^0-9\n]{0,24}$"
    ))
});

/// What makes three numbers in a row quantities.
static UNIT: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)^[ -]?(?:mg|mcg|µg|μg|ug|g|kg|ml|mL|l|iu|units?|kcal|cal|calories|mmol|%|percent|patients?|people|persons",
        r"|participants|children|adults|cases|cells|copies|steps|women|men|families|visits|doses|deaths|births)\b"
    ))
});

/// Whether a match is a telephone number, and which part of it.
type Judge = fn(&str, &Range<usize>) -> Option<Range<usize>>;

/// Telephone numbers in a folded text.
pub fn find(text: &str, links: &Links) -> Vec<Candidate> {
    let mut found = Vec::new();
    let rules: [(&Regex, Judge, &'static str); 6] = [
        (&SEPARATED, separated, "a North American telephone number"),
        (&PLAIN, plain, "ten digits that form a North American telephone number"),
        (&LOCAL, local, "seven digits after a word for telephone"),
        (&NATIONAL, national, "a telephone number with a national 0"),
        (&PAIRS, pairs, "a telephone number with a national 0"),
        (&INTERNATIONAL, international, "an international telephone number"),
    ];
    for (pattern, judge, why) in rules {
        scan(pattern, text, |range| {
            let Some(range) = judge(text, &range).filter(|range| !links.hold_number(range)) else {
                return false;
            };
            if !toll_free(&text[range.clone()]) {
                found.push(Candidate::new(Kind::Phone, range.clone(), weight(text, &range), why));
            }
            true
        });
    }
    found
}

/// Whether these are the digits of a toll-free number, on either side of the
/// Atlantic or anywhere.
pub fn toll_free(text: &str) -> bool {
    let number = number(text);
    let universal = text.trim_start().starts_with("00800") || text.replace(' ', "").starts_with("+800");
    let american = number.len() == 10 && TOLL_FREE.iter().any(|area| number.starts_with(area));
    universal || american || number.starts_with("0800") || number.starts_with("0808")
}

fn weight(text: &str, range: &Range<usize>) -> Weight {
    let marked = text[range.clone()].starts_with(['+', '(']) || text[range.clone()].contains(['x', '#']);
    if marked || WORD.is_match(before(text, range.start, 48)) { Weight::Certain } else { Weight::Form }
}

/// Whether the match stands alone: no digits go on, no letter is joined to its
/// beginning, and no unit follows.
fn alone(text: &str, range: &Range<usize>) -> bool {
    let joined =
        previous(text, range.start).is_some_and(|c| c.is_alphanumeric() || c == '+' || c == '$' || c == '£');
    let goes_on = following(text, range.end).is_some_and(char::is_alphanumeric);
    !joined
        && !goes_on
        && !in_number(text, range, &['-', '.', '/', ',', ':'])
        && !UNIT.is_match(after(text, range.end, 16))
}

fn separated(text: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let number = number(&text[range.clone()]);
    (north_american(&number) && alone(text, range)).then(|| range.clone())
}

/// Area code and exchange are not service codes such as 411.
fn north_american(number: &str) -> bool {
    let part = |range: Range<usize>| number.get(range).unwrap_or_default();
    number.len() == 10
        && [part(0..3), part(3..6)].iter().all(|code| code.starts_with(|c| c >= '2') && !code.ends_with("11"))
}

fn plain(text: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let named = || WORD.is_match(before(text, range.start, 48));
    let catalogue = || CATALOGUE_WORD.is_match(before(text, range.start, 48));
    let found = separated(text, range)?;
    (named() || !catalogue()).then_some(found)
}

fn local(text: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let named = STRONG_WORD.is_match(before(text, range.start, 32));
    (named && alone(text, range)).then(|| range.clone())
}

fn national(text: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let found = &text[range.clone()];
    let open = found.starts_with('(') && !found.contains(')');
    let range = range.start + usize::from(open)..range.end;
    let number = number(found);
    let groups: Vec<&str> =
        found.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    let years = groups
        .iter()
        .skip(1)
        .any(|group| group.len() == 4 && (group.starts_with("19") || group.starts_with("20")));
    let slash_date = found.contains('/') && groups.first().is_some_and(|group| group.len() < 3);
    let before = before(text, range.start, 48);
    let likely = match (groups.len(), number.len()) {
        (1, 10) => WORD.is_match(before),
        (1, 11) => WORD.is_match(before) || !CATALOGUE_WORD.is_match(before),
        (_, 10 | 11) => !(slash_date || years && groups[0].len() == 2),
        _ => false,
    };
    (likely && alone(text, &range)).then_some(range)
}

fn pairs(text: &str, range: &Range<usize>) -> Option<Range<usize>> {
    alone(text, range).then(|| range.clone())
}

fn international(text: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let found = &text[range.clone()];
    let range = range.start..range.start + shortened(found);
    let found = &text[range.clone()];
    let digits = digits(without_extension(found));
    let likely = if let Some(rest) = found.strip_prefix('+') {
        let american = rest.trim_start().starts_with('1');
        if american { north_american(&number(found)) } else { (8..=15).contains(&digits.len()) }
    } else {
        let divided = found.contains([' ', '-', '.', '/', '(']);
        (10..=17).contains(&digits.len()) && (divided || WORD.is_match(before(text, range.start, 48)))
    };
    (likely && alone(text, &range)).then_some(range)
}

/// The length of the beginning of `found` that holds no more digits than a
/// telephone number has: other numbers may follow after a space.
fn shortened(found: &str) -> usize {
    let most = if found.starts_with('+') { 15 } else { 17 };
    let whole = without_extension(found).len();
    if whole < found.len() || digits(found).len() <= most {
        return found.len();
    }
    let mut end = found.len();
    while digits(&found[..end]).len() > most {
        let Some(gap) = found[..end].rfind(' ') else { return found.len() };
        end = gap;
    }
    end
}
