//! Generated numbers of people: social security, Medicare, NHS, cards and
//! records.

use commons_node::guard::Kind;

use crate::measure::Measurement;
use crate::random::Random;

#[test]
fn social_security_numbers() {
    Measurement {
        kind: Kind::Ssn,
        seed: 31,
        recall: 0.95,
        announcing: &[
            "SSN: {}",
            "Social Security number {}",
            "his SSN is {}.",
            "SSN#{}",
            "Social security no. {}",
            "ITIN {}",
        ],
        value: ssn,
        near_miss: near_ssn,
    }
    .run();
}

fn ssn(random: &mut Random) -> (String, bool) {
    let area = loop {
        let area = random.number(1, 899);
        if area != 666 {
            break area;
        }
    };
    let (group, serial) = (random.number(1, 99), random.number(1, 9999));
    let separator = random.pick(&["-", "-", "-", " ", ".", "–", "\u{2011}", " - ", "\u{a0}", ""]);
    let taxpayer = random.chance(20);
    let (area, group) =
        if taxpayer { (random.number(900, 999), random.number(70, 88)) } else { (area, group) };
    (format!("{area:03}{separator}{group:02}{separator}{serial:04}"), separator.is_empty())
}

fn near_ssn(random: &mut Random) -> String {
    let bad_area = |random: &mut Random| random.pick(&["000", "666"]).to_owned();
    match random.number(1, 11) {
        1 => format!("{}-{}", bad_area(random), random.fill("89-9998")),
        2 => random.fill("189-00-9998"),
        3 => random.fill("189-89-0000"),
        4 => format!("{}-{}-{}", random.number(900, 999), random.number(10, 49), random.fill("9998")),
        5 => random.fill("189-899-899"),
        6 => format!("MD {}", random.fill("20899-9999")),
        7 => random.fill("189-89-99999"),
        8 => random.fill("9189-89-9999"),
        9 => random.fill("899999999"),
        10 => {
            format!("{:02}-{:02}-{}", random.number(1, 12), random.number(1, 28), random.number(1990, 2025))
        }
        _ => random.fill("NDC 89999-999-89"),
    }
}

#[test]
fn medicare_identifiers() {
    Measurement {
        kind: Kind::Mbi,
        seed: 32,
        recall: 0.95,
        announcing: &[
            "Medicare number {}",
            "MBI: {}",
            "on the red, white and blue card: {}",
            "Medicare ID {}",
        ],
        value: |random| (mbi(random), false),
        near_miss: near_mbi,
    }
    .run();
}

/// As the agency describes it: digits, letters without six of them.
fn mbi_parts(random: &mut Random) -> String {
    let letters = "ACDEFGHJKMNPQRTUVWXY";
    let pattern = "CAX9AX9AA99";
    let choose = |c: char| match c {
        'C' => random.one_of("123456789"),
        'A' => random.one_of(letters),
        'X' => random.one_of(&format!("0123456789{letters}")),
        _ => random.one_of("0123456789"),
    };
    pattern.chars().map(choose).collect()
}

fn mbi(random: &mut Random) -> String {
    let plain = mbi_parts(random);
    let separator = random.pick(&["-", "", " ", "\u{2011}"]);
    let divided = format!("{}{separator}{}{separator}{}", &plain[..4], &plain[4..7], &plain[7..]);
    if random.chance(20) { divided.to_lowercase() } else { divided }
}

fn near_mbi(random: &mut Random) -> String {
    let plain = mbi_parts(random);
    let with = |at: usize, c: char| format!("{}{c}{}", &plain[..at], &plain[at + 1..]);
    match random.number(1, 8) {
        1 => with(1, random.one_of("SLOIBZ")),
        2 => with(4, random.one_of("SLOIBZ")),
        3 => with(0, '0'),
        4 => with(3, 'K'),
        5 => plain[..10].to_owned(),
        6 => format!("{plain}7"),
        7 => with(8, '5'),
        _ => random.fill("AAA-9999-AA99"),
    }
}

#[test]
fn nhs_numbers() {
    Measurement {
        kind: Kind::NhsNumber,
        seed: 33,
        recall: 0.95,
        announcing: &["NHS number: {}", "NHS No. {}", "NHS no {}", "his NHS number is {}.", "CHI number {}"],
        value: |random| (nhs(random, 0), false),
        near_miss: near_nhs,
    }
    .run();
}

/// A number whose last digit is `wrong` more than the check digit.
fn nhs(random: &mut Random, wrong: u32) -> String {
    loop {
        let nine = random.fill("499999999").replacen('4', random.pick(&["4", "6", "7", "3"]), 1);
        let sum: u32 = nine
            .chars()
            .zip([10, 9, 8, 7, 6, 5, 4, 3, 2])
            .map(|(c, w)| c.to_digit(10).expect("a digit") * w)
            .sum();
        let check = match 11 - sum % 11 {
            11 => 0,
            10 => continue,
            check => check,
        };
        let last = (check + wrong) % 10;
        let separator = random.pick(&[" ", " ", "-", "", "\u{a0}"]);
        return format!("{}{separator}{}{separator}{}{last}", &nine[..3], &nine[3..6], &nine[6..]);
    }
}

fn near_nhs(random: &mut Random) -> String {
    match random.number(1, 5) {
        1 | 2 => {
            let wrong = u32::try_from(random.number(1, 9)).expect("one digit");
            nhs(random, wrong)
        }
        3 => format!("{}{}", nhs(random, 0), random.number(0, 9)),
        4 => nhs(random, 0).chars().skip(1).collect(),
        _ => format!("ISBN {}", nhs(random, 0).replace([' ', '-', '\u{a0}'], "")),
    }
}

#[test]
fn payment_cards() {
    Measurement {
        kind: Kind::PaymentCard,
        seed: 34,
        recall: 0.95,
        announcing: &[
            "card number {}",
            "Visa {}",
            "paid with {}.",
            "Card: {} exp 04/27",
            "credit card no. {}",
        ],
        value: |random| (card(random), false),
        near_miss: near_card,
    }
    .run();
}

/// `head` filled up to `length` digits with a last one that fits, or does not.
fn luhn(random: &mut Random, head: &str, length: usize, fits: bool) -> String {
    let body = format!("{head}{}", random.digits(length - 1 - head.len()));
    let total: u32 = body
        .chars()
        .rev()
        .enumerate()
        .map(|(at, c)| {
            let digit = c.to_digit(10).expect("a digit") * if at % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    let check = (10 - total % 10) % 10;
    let off = if fits { 0 } else { u32::try_from(random.number(1, 9)).expect("one digit") };
    format!("{body}{}", (check + off) % 10)
}

fn card(random: &mut Random) -> String {
    let (head, length) = issuer(random);
    let number = luhn(random, head, length, true);
    grouped(random, &number)
}

fn issuer(random: &mut Random) -> (&'static str, usize) {
    let issuers =
        [("4", 16), ("4", 16), ("4", 13), ("52", 16), ("2345", 16), ("34", 15), ("37", 15), ("6011", 16)];
    let more = [
        ("36", 14),
        ("3540", 16),
        ("62", 16),
        ("6759", 16),
        ("5018", 16),
        ("645", 16),
        ("4", 19),
        ("302", 14),
    ];
    let all = [issuers, more].concat();
    all[usize::try_from(random.number(0, 15)).expect("an index")]
}

fn grouped(random: &mut Random, number: &str) -> String {
    let separator = random.pick(&[" ", "-", "", " ", "\u{a0}"]);
    let sizes: &[usize] = match number.len() {
        15 => &[4, 6, 5],
        14 => &[4, 6, 4],
        13 => &[4, 4, 4, 1],
        _ => &[4, 4, 4, 4, 3],
    };
    let mut rest = number;
    let mut groups = Vec::new();
    for size in sizes {
        let (group, after) = rest.split_at((*size).min(rest.len()));
        groups.push(group);
        rest = after;
    }
    groups.retain(|group| !group.is_empty());
    groups.join(separator)
}

fn near_card(random: &mut Random) -> String {
    let (head, length) = issuer(random);
    match random.number(1, 5) {
        1 | 2 => {
            let number = luhn(random, head, length, false);
            grouped(random, &number)
        }
        3 => {
            let head = random_head(random.number(0, 3));
            let number = luhn(random, head, 16, true);
            grouped(random, &number)
        }
        4 => luhn(random, "4", 11, true),
        _ => random.fill("0000-0009-9999-9999"),
    }
}

/// First digits that no issuer has.
fn random_head(at: u64) -> &'static str {
    ["9", "0", "7", "1"][usize::try_from(at).expect("an index")]
}

#[test]
fn record_numbers() {
    Measurement {
        kind: Kind::RecordNumber,
        seed: 35,
        recall: 0.95,
        announcing: &[],
        value: |random| (record(random), false),
        near_miss: near_record,
    }
    .run();
}

/// A label and a value; the finding begins at the value or before it.
fn record(random: &mut Random) -> String {
    let label = random.pick(&[
        "MRN",
        "mrn:",
        "MRN #",
        "MRN no.",
        "Medical record number",
        "Medical Record No.:",
        "medical record #",
        "Patient ID:",
        "Patient ID is",
        "patient identifier",
        "patient no.",
        "Patient number:",
        "Chart #",
        "Chart No.",
        "Case number",
        "case no.:",
        "Account number:",
        "Acct #",
        "Account No.",
        "Policy number",
        "policy no:",
        "Policy #:",
        "Member ID",
        "Hospital number:",
        "Hospital No.",
        "Patient-ID",
        "| MRN |",
        "Insurance ID:",
        "Record number =",
        "patient id (",
    ]);
    let form = random.pick(&[
        "8999999",
        "00899999",
        "A8999999",
        "89-99-99",
        "2099-00899",
        "AA8999",
        "8999-999",
        "AAA-89999",
        "H89999A",
    ]);
    let value = random.fill(form);
    let value = if random.chance(20) { value.to_lowercase() } else { value };
    format!("{label} {value}")
}

fn near_record(random: &mut Random) -> String {
    let small = random.number(1, 99);
    let large = random.number(1000, 90_000);
    match random.number(1, 13) {
        1 => format!("patient {small}"),
        2 => format!("case study {small}"),
        3 => format!("in case {small} of {large}"),
        4 => format!("{large} patients"),
        5 => format!("Policy No. {small}"),
        6 => format!("these account for {large} visits"),
        7 => format!("a record {large} runners"),
        8 => format!("visit {small} of 12"),
        9 => "ask for your medical record number".to_owned(),
        10 => format!("chart {small}: growth in 2019-2020"),
        11 => format!("patient numbers rose to {large}"),
        12 => format!("the policy of {}", random.number(1995, 2025)),
        _ => format!("group {small}, n = {large}"),
    }
}
