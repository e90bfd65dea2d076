//! Generated telephone numbers.

use commons_node::guard::Kind;

use crate::measure::Measurement;
use crate::random::Random;

const AREAS: [&str; 16] = [
    "212", "415", "513", "617", "303", "919", "206", "773", "404", "702", "305", "416", "604", "787", "984",
    "279",
];

const AMERICAN: [&str; 24] = [
    "(AAA) EEE-9999",
    "AAA-EEE-9999",
    "AAA.EEE.9999",
    "AAA EEE 9999",
    "+1 AAA EEE 9999",
    "+1-AAA-EEE-9999",
    "1-AAA-EEE-9999",
    "1 (AAA) EEE-9999",
    "+1 (AAA) EEE-9999",
    "AAAEEE9999",
    "+1AAAEEE9999",
    "1AAAEEE9999",
    "(AAA)EEE-9999",
    "(AAA) EEE 9999",
    "AAA-EEE-9999 ext. 99",
    "AAA-EEE-9999 x999",
    "(AAA) EEE-9999, extension 9999",
    "AAA/EEE-9999",
    "+1.AAA.EEE.9999",
    "AAA - EEE - 9999",
    "AAA–EEE–9999",
    "AAA\u{2011}EEE\u{2011}9999",
    "AAA\u{a0}EEE\u{a0}9999",
    "AAA\\-EEE\\-9999",
];

const BRITISH: [&str; 18] = [
    "020 7946 0999",
    "0161 496 0999",
    "01632 960 999",
    "01632 960999",
    "07700 900999",
    "07700 900 999",
    "(020) 7946 0999",
    "(0161) 4960999",
    "02079460999",
    "07700900999",
    "+44 20 7946 0999",
    "+44 (0)20 7946 0999",
    "+44 7700 900999",
    "+447700900999",
    "0044 20 7946 0999",
    "029 2018 0999",
    "0131-496-0999",
    "+44(0)1632 960999",
];

const ABROAD: [&str; 20] = [
    "+49 30 1299999",
    "+49 (0) 30 1299-99",
    "+49/30/1299999",
    "+33 1 29 99 99 99",
    "01 29 99 99 99",
    "+34 612 399 999",
    "+91 98765 99999",
    "+91-9876599999",
    "+81-3-1299-9999",
    "+61 2 9899 9999",
    "+55 11 91299-9999",
    "+353 1 239 9999",
    "+41 44 668 18 99",
    "+46-8-129 999 99",
    "0049 30 129999",
    "+972-3-129-9999",
    "+27 21 999 9999",
    "+86 138 0013 9999",
    "+52 55 1299 9999",
    "+4930129999",
];

#[test]
fn phones() {
    Measurement {
        kind: Kind::Phone,
        seed: 21,
        recall: 0.95,
        announcing: &[
            "Phone: {}",
            "Tel. {}",
            "Fax {}",
            "call {} after six",
            "Call us: {}!",
            "tel:{}",
            "mobile {}, any time",
            "text me on {}",
            "You can reach the mother at {}.",
            "Telefon: {}",
        ],
        value: phone,
        near_miss: near_phone,
    }
    .run();
}

fn phone(random: &mut Random) -> (String, bool) {
    if random.chance(4) {
        return (format!("{}-{}", exchange(random), random.digits(4)), true);
    }
    let value = match random.number(1, 4) {
        1 | 2 => {
            let form = random.pick(&AMERICAN).replace("AAA", random.pick(&AREAS));
            let form = form.replace("EEE", &exchange(random));
            tail(random, &form)
        }
        3 => {
            let form = random.pick(&BRITISH);
            tail(random, form)
        }
        _ => {
            let form = random.pick(&ABROAD);
            tail(random, form)
        }
    };
    (value, false)
}

/// The form with random digits in place of its last nines.
fn tail(random: &mut Random, form: &str) -> String {
    let fixed =
        form.char_indices().find(|(at, _)| form[*at..].chars().all(|c| c == '9' || !c.is_ascii_digit()));
    let fixed = fixed.map_or(form.len(), |(at, _)| at);
    format!("{}{}", &form[..fixed], random.fill(&form[fixed..]).replace('A', "a"))
}

/// Not a service code.
fn exchange(random: &mut Random) -> String {
    loop {
        let exchange = random.number(200, 999).to_string();
        if !exchange.ends_with("11") {
            return exchange;
        }
    }
}

fn near_phone(random: &mut Random) -> String {
    match random.number(1, 18) {
        1 => format!("1{}-{}-{}", random.digits(2), exchange(random), random.digits(4)),
        2 => format!(
            "{}-{}{}-{}",
            random.pick(&AREAS),
            random.number(0, 1),
            random.digits(2),
            random.digits(4)
        ),
        3 => format!("{}-{}-{}", random.pick(&AREAS), exchange(random), random.digits(3)),
        4 => format!("{}-{}-{}", random.pick(&AREAS), exchange(random), random.digits(6)),
        5 => format!("call {}", random.pick(&["911", "988", "112", "999", "116117", "111", "9-1-1", "211"])),
        6 => format!(
            "1-{}-{}-{}",
            random.pick(&["800", "888", "877", "866"]),
            exchange(random),
            random.digits(4)
        ),
        7 => format!("0800 {} {}", random.digits(3), random.digits(3)),
        8 => format!("{}-{}", random.number(1990, 2010), random.number(2011, 2025)),
        9 => format!("doi:10.{}/{}", random.number(1000, 9999), random.fill("899-899-9999")),
        10 => format!("ISBN {}", random.fill("978-9-99-999999-9")),
        11 => format!("PMID {}", random.fill("89999999")),
        12 => format!(
            "{}/{}/{} mg",
            random.number(200, 400),
            random.number(400, 600),
            random.number(1000, 2000)
        ),
        13 => random.fill("8,999,999,999"),
        14 => random.fill("20") + &random.fill("29-0819 12:39"),
        15 => format!("NCT{}", random.digits(8)),
        16 => format!("grant {}", random.fill("8999999999")),
        17 => format!("https://example.org/page/{}", random.fill("899-899-9999")),
        _ => format!("ISSN {}", random.fill("9999-9999")),
    }
}
