//! The parts of a text that address a thing and no person: paths of web
//! addresses, targets of links, DOIs. Numbers in them are no identifiers.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern::regex;

/// Where an address of a thing begins.
static BEGINNING: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)\b(?:https?|ftp|sftp|file)://|\bwww\.|\]\(|\bdoi: ?|\b10\.[0-9]{4,9}/|\b(?:mailto|tel|sms|geo):",
        r"|\b[a-z0-9][a-z0-9-]{0,40}\.[a-z]{2,12}/"
    ))
});

/// Links to a person, whose targets are read like any text.
const PERSONAL: [&str; 4] = ["mailto:", "tel:", "sms:", "geo:"];

/// One address.
struct Link {
    whole: Range<usize>,
    /// Where the path begins, behind the host.
    path: usize,
    /// Where the query begins, or the end.
    query: usize,
}

/// All addresses of a text, from left to right.
pub struct Links(Vec<Link>);

impl Links {
    /// Finds them, in time linear in the text.
    pub fn find(text: &str) -> Self {
        let mut links = Vec::new();
        let mut at = 0;
        while let Some(found) = BEGINNING.find_at(text, at) {
            let end = end(text, found.end());
            let personal = PERSONAL.iter().any(|scheme| starts_with(found.as_str(), scheme));
            let inner = PERSONAL.iter().any(|scheme| starts_with(&text[found.end()..], scheme));
            let nested = found.as_str() == "](" && starts_with(&text[found.end()..], "http");
            at = if inner || nested { found.end() } else { end.max(found.end()) };
            if !(personal || inner || nested) {
                links.push(link(text, found.range(), end));
            }
        }
        Self(links)
    }

    /// Whether a number here is a part of a path or query.
    pub fn hold_number(&self, range: &Range<usize>) -> bool {
        self.around(range.start).is_some_and(|link| range.start >= link.path)
    }

    /// Whether what looks like an e-mail address is a part of a web address.
    /// In a query it is one.
    pub fn hold_email(&self, range: &Range<usize>) -> bool {
        self.around(range.start).is_some_and(|link| range.start < link.query)
    }

    fn around(&self, at: usize) -> Option<&Link> {
        let after = self.0.partition_point(|link| link.whole.start <= at);
        after.checked_sub(1).map(|index| &self.0[index]).filter(|link| at < link.whole.end)
    }
}

fn link(text: &str, beginning: Range<usize>, end: usize) -> Link {
    let body = &text[beginning.end..end];
    let hosted = text[beginning.clone()].ends_with("://");
    let path = if hosted { body.find('/').unwrap_or(body.len()) } else { 0 };
    let query = body.find('?').map_or(end, |at| beginning.end + at);
    Link { whole: beginning.start..end, path: beginning.end + path, query }
}

fn end(text: &str, from: usize) -> usize {
    let stops = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | ')' | ']' | '|' | '`');
    text[from..].find(stops).map_or(text.len(), |length| from + length)
}

fn starts_with(text: &str, scheme: &str) -> bool {
    text.as_bytes().get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme.as_bytes()))
}
