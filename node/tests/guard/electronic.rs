//! Generated e-mail, IP and MAC addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

use commons_node::guard::Kind;

use crate::measure::Measurement;
use crate::random::Random;

const NAMES: [&str; 12] = [
    "ana", "j.okafor", "mueller", "m_lopez", "tmb", "o'brien", "zoe-k", "P.Singh", "mama", "kim", "søren",
    "li",
];
const HOSTS: [&str; 12] = [
    "gmail.com",
    "example.org",
    "hospital.nhs.uk",
    "klinikum-nord.de",
    "cs.uni-x.edu",
    "mail.example.co.uk",
    "EXAMPLE.COM",
    "kinder.health",
    "x.io",
    "münchen-klinik.de",
    "parents.museum",
    "a1.b2.example.net",
];

#[test]
fn emails() {
    Measurement {
        kind: Kind::Email,
        seed: 11,
        recall: 0.95,
        announcing: &[
            "E-mail: {}",
            "write to {}",
            "mail me at {}.",
            "<{}>",
            "[write](mailto:{})",
            "cc {}, please",
        ],
        value: |random| (email(random), false),
        near_miss: near_email,
    }
    .run();
}

fn email(random: &mut Random) -> String {
    let mut name = random.pick(&NAMES).to_owned();
    if random.chance(40) {
        name += &random.digits(2);
    }
    if random.chance(15) {
        name += "+list";
    }
    let host = random.pick(&HOSTS);
    match random.number(1, 20) {
        1 => format!("{name} [at] {}", host.replace('.', " [dot] ")),
        2 => format!("{name}(at){host}"),
        3 => format!("{name} at {}", host.replace('.', " dot ")),
        4 => format!("{name}\\@{host}"),
        5 => format!("{name}&#64;{host}"),
        6 => format!("{name}\u{200b}@{host}"),
        7 => format!("{name} @ {host}"),
        8 => format!("{name}＠{host}"),
        9 => format!("{name} (at) {host}"),
        _ => format!("{name}@{host}"),
    }
}

fn near_email(random: &mut Random) -> String {
    match random.number(1, 9) {
        1 => format!("@{}", random.pick(&NAMES)),
        2 => format!("{}@localhost", random.pick(&NAMES)),
        3 => format!("logo@{}x.png", random.number(2, 4)),
        4 => format!("{} mg @ {} min", random.number(1, 90), random.number(1, 90)),
        5 => format!(
            "https://social.example/@{}@{}/{}",
            random.pick(&NAMES),
            random.pick(&HOSTS),
            random.digits(9)
        ),
        6 => format!("package@{}.{}.{}", random.number(0, 9), random.number(0, 20), random.number(0, 9)),
        7 => format!("{}@", random.pick(&NAMES)),
        8 => format!("look at the dot in the middle of {}", random.pick(&HOSTS)),
        _ => format!("[@{}{}]", random.pick(&NAMES), random.number(1990, 2025)),
    }
}

#[test]
fn ip_addresses() {
    Measurement {
        kind: Kind::IpAddress,
        seed: 12,
        recall: 0.95,
        announcing: &[
            "IP address {}",
            "logged in from {}.",
            "host {}:8080",
            "http://{}/",
            "ping {} now",
            "at [{}]",
        ],
        value: ip,
        near_miss: near_ip,
    }
    .run();
}

fn ip(random: &mut Random) -> (String, bool) {
    let v4 = Ipv4Addr::from(u32::try_from(random.number(0x0100_0000, 0xFFFF_FFFF)).expect("32 bits"));
    let mut parts = [0u16; 8];
    parts.iter_mut().for_each(|part| *part = u16::try_from(random.number(0, 0xFFFF)).expect("16 bits"));
    parts[0] = 0x2001;
    let hole = random.chance(60);
    if hole {
        parts[2..6].fill(0);
    }
    let v6 = Ipv6Addr::from(parts);
    let full = || parts.map(|part| format!("{part:04X}")).join(":");
    let value = match random.number(1, 10) {
        1 => format!("{v4}/24"),
        2 | 3 => v6.to_string(),
        4 => full(),
        5 => format!("fe80::{:x}", random.number(1, 0xFFFF)),
        6 => format!("::ffff:{v4}"),
        7 => format!("{v6}/64"),
        _ => v4.to_string(),
    };
    (value, false)
}

fn near_ip(random: &mut Random) -> String {
    match random.number(1, 10) {
        1 => format!(
            "{}.{}.{}.{}",
            random.number(256, 999),
            random.number(1, 9),
            random.number(1, 9),
            random.number(1, 9)
        ),
        2 => random.fill("8.8.8.8.8"),
        3 => format!("version {}", random.fill("8.9.9.89")),
        4 => random.fill("section 8.8.8.8"),
        5 => format!("{:02}:{:02}:{:02}", random.number(0, 23), random.number(0, 59), random.number(0, 59)),
        6 => random.fill("ratio 8:8:8:8"),
        7 => format!("{}.{}.20{}", random.number(1, 28), random.number(1, 12), random.number(10, 25)),
        8 => random.fill("v8.8.89"),
        9 => format!("std::vec::{}", random.fill("aAA")),
        _ => random.fill("FFFF:FFFF:FFFF:FFFF:FFFF"),
    }
}

#[test]
fn mac_addresses() {
    Measurement {
        kind: Kind::MacAddress,
        seed: 13,
        recall: 0.95,
        announcing: &["MAC {}", "MAC address: {}.", "the pump's hardware address is {}", "Bluetooth {}"],
        value: mac,
        near_miss: near_mac,
    }
    .run();
}

fn mac(random: &mut Random) -> (String, bool) {
    let form = random.pick(&["FF:FF:FF:FF:FF:FF", "FF-FF-FF-FF-FF-FF", "aFFF.FFFF.FFFF", "dFFFFFFFFFFF"]);
    let value = random.fill(form);
    let value = if random.chance(50) { value.to_uppercase() } else { value };
    (value, !form.contains([':', '-', '.']))
}

fn near_mac(random: &mut Random) -> String {
    match random.number(1, 8) {
        1 => random.fill("FF:FF:FF:FF:FF"),
        2 => random.fill("FF:FF:FF:FF:FF:FF:FF"),
        3 => "ZZ:ZZ:ZZ:ZZ:ZZ:ZZ".to_owned(),
        4 => random.fill("FF:FF-FF:FF-FF:FF"),
        5 => "00:00:00:00:00:00".to_owned(),
        6 => random.fill("FFFFFFFF-FFFF-4FFF-aFFF-FFFFFFFFFFFF"),
        7 => random.fill("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"),
        _ => random.fill("99:99:99"),
    }
}
