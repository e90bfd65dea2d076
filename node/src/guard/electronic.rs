//! E-mail addresses, and the addresses of machines.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Kind;
use super::candidate::{Candidate, Weight};
use super::links::Links;
use super::pattern::{after, before, following, in_number, in_word, previous, regex, scan};

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"[\p{L}\p{N}._%+'-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){0,6}",
        r"\.(?:[\p{L}]{2,24}|(?i:xn--[a-z0-9-]{2,40}))"
    ))
});

/// An address that is spelled out: `name (at) host (dot) org`.
static SPELLED_EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)[a-z0-9._%+-]{1,64}(?: {0,2}[\[({] {0,1}(?:at|@) {0,1}[\])}] {0,2}| at )",
        r"[a-z0-9-]{1,63}(?:(?:\.| {0,2}[\[({] {0,1}(?:dot|\.) {0,1}[\])}] {0,2}| dot )[a-z0-9-]{2,63}){1,4}"
    ))
});

static DOT_OR_AT: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)[\[({] ?(?:at|@) ?[\])}]| dot |\( ?dot|\[ ?dot"));

static IPV4: LazyLock<Regex> = LazyLock::new(|| regex(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2}\b)?"));

/// A run that may be an IPv6 address; the standard library decides.
static IPV6: LazyLock<Regex> = LazyLock::new(|| regex(r"[0-9a-fA-F:]{1,6}:[0-9a-fA-F:.]{1,60}"));

/// What numbers with three dots also are.
static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)(?:\b(?:version|release|section|sect?\.|chapter|clause|part|table|figure|fig\.|step|item|ec|build|firmware|software)|§|\bv)\.? {0,2}$")
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
    scan(&EMAIL, text, |range| {
        let file = FILE_ENDINGS.iter().any(|ending| text[range.clone()].to_lowercase().ends_with(ending));
        let taken = !file && !links.hold_email(&range);
        if taken {
            found.push(Candidate::new(Kind::Email, range, Weight::Certain, "an e-mail address"));
        }
        taken
    });
    scan(&SPELLED_EMAIL, text, |range| {
        let spelled = DOT_OR_AT.is_match(&text[range.clone()]) && !in_word(text, &range);
        if spelled {
            found.push(Candidate::new(Kind::Email, range, Weight::Certain, "an e-mail address, spelled out"));
        }
        spelled
    });
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
        let closed = if text[whole.clone()].contains("::") { text[whole.clone()].trim_end_matches('.') } else { address };
        let attached = previous(text, whole.start).is_some_and(|c| c.is_alphanumeric() || c == '_');
        let continues = following(text, whole.end).is_some_and(|c| c.is_alphanumeric() || c == '_');
        let known = |text: &&str| text.parse::<Ipv6Addr>().is_ok();
        let Some(address) = Some(closed).filter(known).or(Some(address).filter(known)) else { continue };
        let range = whole.start..whole.start + address.len();
        let digits = address.bytes().any(|byte| byte.is_ascii_digit());
        if digits && !attached && !continues && !links.hold_number(&range) {
            found.push(Candidate::new(Kind::IpAddress, range, Weight::Certain, "an IPv6 address"));
        }
    }
}

/// The end of the run of hexadecimal digits, colons and dots.
fn run_end(text: &str, from: usize) -> usize {
    let more = text[from..].bytes().take_while(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'));
    from + more.count()
}

fn macs(text: &str, links: &Links, found: &mut Vec<Candidate>) {
    scan(&MAC, text, |range| {
        let taken = is_mac(text, &range) && !links.hold_number(&range);
        if taken {
            found.push(Candidate::new(Kind::MacAddress, range, Weight::Certain, "a network interface's address"));
        }
        taken
    });
}

fn is_mac(text: &str, range: &Range<usize>) -> bool {
    let address = &text[range.clone()];
    let joins = |c: Option<char>| c.is_some_and(|c| c == ':' || c == '-');
    let longer = joins(previous(text, range.start))
        || (joins(following(text, range.end)) && after(text, range.end + 1, 1).bytes().all(|b| b.is_ascii_hexdigit()));
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
