//! E-mail addresses, and the addresses of machines.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Kind;
use super::candidate::{Candidate, Weight};
use super::links::Links;
use super::pattern::{after, before, following, in_number, in_word, previous, regex, scan};

/// The longest part of an e-mail address before the `@`, and behind it, in
/// characters.
const MAX_LOCAL: usize = 64;
const MAX_DOMAIN: usize = 253;

/// An address that is spelled out: `name (at) host (dot) org`.
static SPELLED_EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    let local = r#"[^\s@<>()\[\]{}"',;:|*`]{1,40}"#;
    let label = r#"[^\s@<>()\[\]{}"',;:|./*`]{1,40}"#;
    let at = r"(?: {0,2}[\[({] ?(?:at|@) ?[\])}] {0,2}| at | {1,2}@ {0,2}|@ {1,2})";
    let dot = r"(?:\.| {0,2}[\[({] ?(?:dot|\.) ?[\])}] {0,2}| dot )";
    regex(&format!("(?i){local}{at}{label}(?:{dot}{label}){{1,4}}"))
});

/// The last part of domains that are spelled with mere words; those that are
/// words themselves are left out.
const SPOKEN_ENDINGS: [&str; 28] = [
    "com", "org", "net", "edu", "gov", "info", "io", "uk", "de", "fr", "eu", "ca", "au", "nl", "es", "ch",
    "se", "dk", "fi", "pl", "ie", "nz", "jp", "br", "health", "clinic", "care", "museum",
];

static IPV4: LazyLock<Regex> = LazyLock::new(|| regex(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2}\b)?"));

/// A run that may be an IPv6 address; the standard library decides.
static IPV6: LazyLock<Regex> = LazyLock::new(|| regex(r"[0-9a-fA-F:]{1,6}:[0-9a-fA-F:.]{1,60}"));

/// What numbers with three dots also are.
static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:\b(?:version|release|section|sect?\.|chapter|clause|part|table|figure|fig\.|step|item|ec|build|firmware|software)|§|\bv)\.? {0,2}$",
    )
});

static MAC: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)[0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}",
        r"|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}|[0-9a-f]{2}(?: [0-9a-f]{2}){5}|[0-9a-f]{12}"
    ))
});

static MAC_WORD: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)\b(?:mac|hardware|ethernet|bluetooth|wi-?fi|bssid|hw)\b[^0-9\n]{0,20}$"));

/// Endings of file names that look like domains.
const FILE_ENDINGS: [&str; 8] = [".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".pdf", ".css"];

/// E-mail, IP and MAC addresses in a folded text.
pub fn find(text: &str, links: &Links) -> Vec<Candidate> {
    let mut found = Vec::new();
    emails(text, links, &mut found);
    ipv4(text, links, &mut found);
    ipv6(text, links, &mut found);
    macs(text, links, &mut found);
    found
}

fn emails(text: &str, links: &Links, found: &mut Vec<Candidate>) {
    for (at, _) in text.match_indices('@') {
        let Some(range) = email_around(text, at) else { continue };
        let file = FILE_ENDINGS.iter().any(|ending| text[range.clone()].to_lowercase().ends_with(ending));
        if !file && !links.hold_email(&range) {
            found.push(Candidate::new(Kind::Email, range, Weight::Certain, "an e-mail address"));
        }
    }
    scan(&SPELLED_EMAIL, text, |range| {
        let spelled = is_spelled(&text[range.clone()]) && !in_word(text, &range) && !links.hold_email(&range);
        if spelled {
            found.push(Candidate::new(Kind::Email, range, Weight::Certain, "an e-mail address, spelled out"));
        }
        spelled
    });
}

/// Whether the last part can end a domain; after mere words it must be one
/// that does.
fn is_spelled(found: &str) -> bool {
    let found = found.to_lowercase();
    let marked = found.contains(['@', '(', '[', '{']);
    let last = found
        .trim_end_matches([')', ']', '}', ' '])
        .rsplit([' ', '.', ')', ']', '}'])
        .next()
        .unwrap_or_default();
    let letters = last.chars().count() > 1 && last.chars().all(char::is_alphabetic);
    let name = found.starts_with(char::is_alphanumeric);
    name && letters && (marked || (found.contains(" dot ") && SPOKEN_ENDINGS.contains(&last)))
}

/// The e-mail address around the `@` at `at`.
fn email_around(text: &str, at: usize) -> Option<Range<usize>> {
    let local = |c: &char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '\'' | '-');
    let length: usize = text[..at].chars().rev().take_while(local).take(MAX_LOCAL).map(char::len_utf8).sum();
    let name = text[at - length..at].trim_start_matches(['.', '\'', '-', '%']);
    let part = |c: &char| c.is_alphanumeric() || matches!(c, '.' | '-');
    let length: usize = text[at + 1..].chars().take_while(part).take(MAX_DOMAIN).map(char::len_utf8).sum();
    let domain = text[at + 1..at + 1 + length].trim_end_matches(['.', '-']);
    let (host, top) = domain.rsplit_once('.')?;
    let real = top.chars().all(char::is_alphabetic) && top.chars().count() > 1;
    let known = !name.is_empty() && !host.is_empty() && (real || top.to_lowercase().starts_with("xn--"));
    known.then(|| at - name.len()..at + 1 + domain.len())
}

fn ipv4(text: &str, links: &Links, found: &mut Vec<Candidate>) {
    scan(&IPV4, text, |range| {
        let address = text[range.clone()].split('/').next().unwrap_or_default();
        let taken = address.parse::<Ipv4Addr>().is_ok()
            && !in_word(text, &range)
            && !in_number(text, &range, &['.'])
            && !links.hold_number(&range)
            && !NUMBERED.is_match(before(text, range.start, 16));
        if taken {
            found.push(Candidate::new(Kind::IpAddress, range, Weight::Certain, "an IPv4 address"));
        }
        taken
    });
}

fn ipv6(text: &str, links: &Links, found: &mut Vec<Candidate>) {
    let mut at = 0;
    while let Some(run) = IPV6.find_at(text, at) {
        let whole = run.start()..run_end(text, run.end());
        at = whole.end;
        let address = text[whole.clone()].trim_end_matches(['.', ':']);
        let closed = if text[whole.clone()].contains("::") {
            text[whole.clone()].trim_end_matches('.')
        } else {
            address
        };
        let attached = previous(text, whole.start).is_some_and(|c| c.is_alphanumeric() || c == '_');
        let continues = following(text, whole.end).is_some_and(|c| c.is_alphanumeric() || c == '_');
        let known = |text: &&str| text.parse::<Ipv6Addr>().is_ok();
        let portless = address.rsplit_once(':').map_or("", |(address, _)| address);
        let Some(address) = [closed, address, portless].into_iter().find(known) else { continue };
        let range = whole.start..whole.start + address.len();
        let digits = address.bytes().any(|byte| byte.is_ascii_digit());
        if digits && !attached && !continues && !links.hold_number(&range) {
            found.push(Candidate::new(Kind::IpAddress, range, Weight::Certain, "an IPv6 address"));
        }
    }
}

/// The end of the run of hexadecimal digits, colons and dots.
fn run_end(text: &str, from: usize) -> usize {
    let more =
        text[from..].bytes().take_while(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'));
    from + more.count()
}

fn macs(text: &str, links: &Links, found: &mut Vec<Candidate>) {
    scan(&MAC, text, |range| {
        let taken = is_mac(text, &range) && !links.hold_number(&range);
        if taken {
            found.push(Candidate::new(
                Kind::MacAddress,
                range,
                Weight::Certain,
                "a network interface's address",
            ));
        }
        taken
    });
}

fn is_mac(text: &str, range: &Range<usize>) -> bool {
    let address = &text[range.clone()];
    let joins = |c: Option<char>| c.is_some_and(|c| c == ':' || c == '-');
    let longer = joins(previous(text, range.start))
        || (joins(following(text, range.end))
            && after(text, range.end + 1, 1).bytes().all(|b| b.is_ascii_hexdigit()));
    let named = || MAC_WORD.is_match(before(text, range.start, 40));
    let form = match address.as_bytes()[2] {
        b':' | b'-' => true,
        b' ' => named(),
        _ if address.contains('.') => address.bytes().any(|byte| byte.is_ascii_alphabetic()) || named(),
        _ => named(),
    };
    let zeros = address.bytes().all(|byte| !byte.is_ascii_hexdigit() || byte == b'0');
    form && !zeros && !in_word(text, range) && !longer
}
