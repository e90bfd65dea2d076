//! Numbers with a grammar or a check digit: social security, Medicare, NHS and
//! payment cards.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Kind;
use super::candidate::{Candidate, Weight};
use super::links::Links;
use super::pattern::{before, digits, following, in_number, in_word, previous, regex, scan};
use super::phone::{CATALOGUE_WORD, toll_free};

static SSN: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"[0-9]{3}-[0-9]{2}-[0-9]{4}|[0-9]{3} [0-9]{2} [0-9]{4}|[0-9]{3}\.[0-9]{2}\.[0-9]{4}",
        r"|[0-9]{3} - [0-9]{2} - [0-9]{4}|[0-9]{3}-[0-9]{6}|[0-9]{5}-[0-9]{4}|[0-9]{9}"
    ))
});

static SSN_WORD: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)\b(?:ssn|itin|social security|soc\.? sec\.?|taxpayer|tax id|ss ?#)(?:[^0-9\n]{0,24})$")
});

/// What stands before a US ZIP code with its four further digits.
static STATE_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?:\b[A-Z]{2}\.?|[a-z]|(?i:\bzip)(?i: code)?:?),? {1,2}$"));

/// The eleven characters of a Medicare beneficiary identifier, whose letters
/// leave out S, L, O, I, B and Z.
static MBI: LazyLock<Regex> = LazyLock::new(|| {
    let letter = "[ac-hjkmnp-rt-yAC-HJKMNP-RT-Y]";
    let either = "[0-9ac-hjkmnp-rt-yAC-HJKMNP-RT-Y]";
    let groups = |gap: &str| {
        format!("[1-9]{letter}{either}[0-9]{gap}{letter}{either}[0-9]{gap}{letter}{letter}[0-9][0-9]")
    };
    regex(&format!("{}|{}|{}", groups("-"), groups(" "), groups("")))
});

static NHS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"[0-9]{3}[ .-][0-9]{3}[ .-][0-9]{4}|[0-9]{3} - [0-9]{3} - [0-9]{4}|[0-9]{3}  [0-9]{3}  [0-9]{4}|[0-9]{10}",
    )
});

static NHS_WORD: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)\b(?:nhs|chi|h&c|health and care|national health service)\b[^0-9\n]{0,24}$")
});

/// The ways in which card numbers are written, in groups or not.
static CARDS: LazyLock<[Regex; 4]> = LazyLock::new(|| {
    [
        regex(r"[0-9]{4}(?:-[0-9]{4}){2}-[0-9]{1,4}(?:-[0-9]{1,3})?|[0-9]{4}-[0-9]{6}-[0-9]{4,5}"),
        regex(r"[0-9]{4}(?:[ .][0-9]{4}){3}[ .][0-9]{1,3}|[0-9]{4} {1,2}[0-9]{6} {1,2}[0-9]{4,5}"),
        regex(r"[0-9]{4}(?:(?: {1,2}|\.)[0-9]{4}){2}(?: {1,2}|\.)[0-9]{1,4}"),
        regex(r"[0-9]{12,19}"),
    ]
});

/// Issuers: first digits from, to (as many digits each), and the lengths.
const ISSUERS: [(&str, &str, &[usize]); 21] = [
    ("4", "4", &[13, 16, 19]),
    ("51", "55", &[16]),
    ("2221", "2720", &[16]),
    ("34", "34", &[15]),
    ("37", "37", &[15]),
    ("300", "305", &[14, 16]),
    ("3095", "3095", &[14, 16]),
    ("36", "36", &[14, 16]),
    ("38", "39", &[14, 16]),
    ("35", "35", &[16, 17, 18, 19]),
    ("6011", "6011", &[16, 17, 18, 19]),
    ("644", "649", &[16, 17, 18, 19]),
    ("65", "65", &[16, 17, 18, 19]),
    ("62", "62", &[16, 17, 18, 19]),
    ("60", "60", &[16]),
    ("50", "50", &[12, 13, 14, 15, 16, 17, 18, 19]),
    ("56", "59", &[12, 13, 14, 15, 16, 17, 18, 19]),
    ("63", "69", &[12, 13, 14, 15, 16, 17, 18, 19]),
    ("2200", "2204", &[16]),
    ("2131", "2131", &[15]),
    ("1", "1", &[15]),
];

/// All of them in a folded text.
pub fn find(text: &str, links: &Links) -> Vec<Candidate> {
    let mut found = Vec::new();
    social_security(text, links, &mut found);
    medicare(text, links, &mut found);
    nhs(text, links, &mut found);
    cards(text, links, &mut found);
    found
}

fn social_security(text: &str, links: &Links, found: &mut Vec<Candidate>) {
    scan(&SSN, text, |range| {
        let named = SSN_WORD.is_match(before(text, range.start, 48));
        let number = &text[range.clone()];
        let form = match number.len() {
            9 => named,
            10 if number.as_bytes()[5] == b'-' => {
                named || !STATE_BEFORE.is_match(before(text, range.start, 16))
            }
            _ => true,
        };
        let attached = following(text, range.end).is_some_and(char::is_alphanumeric)
            || previous(text, range.start).is_some_and(char::is_alphanumeric);
        let whole = !attached && !in_number(text, &range, &['-', '.', '/']);
        let why = assigned(&digits(number)).filter(|_| form && whole && !links.hold_number(&range));
        if let Some(why) = why {
            found.push(Candidate::new(Kind::Ssn, range, weight(named), why));
        }
        why.is_some()
    });
}

/// Whether the nine digits lie in the ranges that are given out.
fn assigned(digits: &[u32]) -> Option<&'static str> {
    let number = |range: Range<usize>| digits[range].iter().fold(0, |number, digit| number * 10 + digit);
    let (area, group, serial) = (number(0..3), number(3..5), number(5..9));
    if serial == 0 {
        return None;
    }
    match (area, group) {
        (900.., 50..=65 | 70..=88 | 90..=92 | 94..=99) => {
            Some("nine digits in the range of US taxpayer numbers")
        }
        (900.. | 0 | 666, _) | (_, 0) => None,
        _ => Some("nine digits in the ranges of US social security numbers"),
    }
}

fn medicare(text: &str, links: &Links, found: &mut Vec<Candidate>) {
    scan(&MBI, text, |range| {
        let joined = |c: Option<char>| c.is_some_and(|c| c == '-');
        let whole = !in_word(text, &range)
            && !joined(previous(text, range.start))
            && !joined(following(text, range.end));
        let taken = whole && !links.hold_number(&range);
        if taken {
            let why = "eleven characters in the form of a Medicare beneficiary identifier";
            found.push(Candidate::new(Kind::Mbi, range, Weight::Certain, why));
        }
        taken
    });
}

fn nhs(text: &str, links: &Links, found: &mut Vec<Candidate>) {
    scan(&NHS, text, |range| {
        let number = &text[range.clone()];
        let named = NHS_WORD.is_match(before(text, range.start, 48));
        let other = !named && (toll_free(number) || CATALOGUE_WORD.is_match(before(text, range.start, 48)));
        let dialled = previous(text, range.start) == Some('+');
        let whole = !in_word(text, &range) && !in_number(text, &range, &['-', '.', '/', ',']) && !dialled;
        let taken = whole && !other && fits_nhs(&digits(number)) && !links.hold_number(&range);
        if taken {
            let why = "ten digits whose check digit fits an NHS number";
            found.push(Candidate::new(Kind::NhsNumber, range, weight(named), why));
        }
        taken
    });
}

/// The check digit modulo 11; ten times the same digit is nobody's number.
fn fits_nhs(digits: &[u32]) -> bool {
    let weights = (2..=10).rev();
    let sum: u32 = digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum();
    let check = (11 - sum % 11) % 11;
    digits.get(9) == Some(&check) && digits.iter().any(|digit| *digit != digits[0])
}

fn cards(text: &str, links: &Links, found: &mut Vec<Candidate>) {
    for pattern in CARDS.iter() {
        scan(pattern, text, |range| {
            let attached = in_word(text, &range) || in_number(text, &range, &['-', '.']);
            let digits = digits(&text[range.clone()]);
            let taken = !attached && issued(&digits) && fits_luhn(&digits) && !links.hold_number(&range);
            if taken {
                let why = "the number of a payment card, with a check digit that fits";
                found.push(Candidate::new(Kind::PaymentCard, range, Weight::Certain, why));
            }
            taken
        });
    }
}

/// Whether an issuer gives out numbers with this beginning and length.
fn issued(digits: &[u32]) -> bool {
    let number: String = digits.iter().filter_map(|digit| char::from_digit(*digit, 10)).collect();
    ISSUERS.iter().any(|(from, to, lengths)| {
        let head = number.get(..from.len()).unwrap_or_default();
        (*from..=*to).contains(&head) && lengths.contains(&number.len())
    })
}

fn fits_luhn(digits: &[u32]) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 =
        digits.iter().rev().enumerate().map(|(at, d)| if at % 2 == 1 { doubled(*d) } else { *d }).sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != 0)
}

fn weight(named: bool) -> Weight {
    if named { Weight::Certain } else { Weight::Form }
}
