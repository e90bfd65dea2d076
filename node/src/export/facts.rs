//! What every format says of a document, read from it once.

use super::Published;
use super::escape::line;
use crate::view::{ReleaseView, ReviewView};
use commons_protocol::collection::DocumentKind;
use commons_protocol::date::Date;
use commons_protocol::document::Fields;
use commons_protocol::time::Timestamp;
use commons_protocol::version::VersionName;

/// A document with what can be told from it.
pub(super) struct Facts<'a> {
    /// What is exported.
    pub of: Published<'a>,
    /// Its content.
    pub fields: Fields,
    /// The name of its bytes.
    pub name: VersionName,
    /// The release, if it is one of these very bytes and counts.
    pub release: Option<&'a ReleaseView>,
    /// How it stands.
    pub state: State<'a>,
}

/// How a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State<'a> {
    /// Not released; why, in words.
    Draft(&'static str),
    /// Released.
    Released,
    /// Released, and due for review.
    Due,
    /// Another document replaces it.
    Superseded,
    /// Withdrawn; why, in the words of who withdrew it.
    Withdrawn(&'a str),
}

/// What a measure says of itself, with the words for it.
const MEASURE: [(&str, &str); 13] = [
    ("Kind of number", "measure-kind"),
    ("Reported by", "calendar"),
    ("Population", "population"),
    ("Numerator", "numerator"),
    ("Denominator", "denominator"),
    ("Better is", "direction"),
    ("Target", "target"),
    ("Shown per", "per"),
    ("Unit", "unit"),
    ("0 % and 100 % are", "extremes"),
    ("Counts are masked up to", "threshold"),
    ("The numerator is the quantity", "numerator-quantity"),
    ("The denominator is the quantity", "denominator-quantity"),
];

/// A condition that a document is about.
pub(super) struct Condition<'a> {
    /// The coding system, such as `ICD-10`.
    pub system: Option<&'a str>,
    /// The code within it.
    pub code: &'a str,
    /// The label.
    pub label: &'a str,
}

/// One recommendation of guidance.
pub(super) struct Recommendation<'a> {
    pub statement: &'a str,
    pub strength: Option<&'a str>,
    pub certainty: Option<&'a str>,
    pub evidence: Option<&'a str>,
}

impl<'a> Facts<'a> {
    pub fn new(of: &Published<'a>) -> Self {
        let name = of.version.name();
        let is_same = |release: &&ReleaseView| release.counts && release.version == name.blake3.to_string();
        let release = of.release.filter(is_same);
        let state = state(of, release);
        Self { of: *of, fields: of.version.fields(), name, release, state }
    }

    /// `toolkit`, `guidance` or `measure`.
    pub fn kind(&self) -> &'static str {
        self.of.version.cover.kind.word()
    }

    /// The title on one line.
    pub fn title(&self) -> String {
        line(&self.fields.title)
    }

    /// A value.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.particulars.get(name)
    }

    /// The names of a list's items: numbers by size, then the others.
    pub fn items(&self, list: &str) -> Vec<&str> {
        let mut items: Vec<&str> = self.fields.particulars.items(list).into_iter().collect();
        items.sort_by_key(|item| (item.parse::<u64>().unwrap_or(u64::MAX), *item));
        items
    }

    /// The values of a list, in the order of its items.
    pub fn list(&self, list: &str) -> Vec<&str> {
        let value = |item| self.fields.particulars.item(list, item, "");
        self.items(list).into_iter().filter_map(value).collect()
    }

    /// Who wrote it: the authors it names, else its publisher.
    pub fn creators(&self) -> Vec<&str> {
        match self.list("author") {
            names if names.is_empty() => vec![self.of.organisation],
            names => names,
        }
    }

    /// The conditions it is about.
    pub fn conditions(&self) -> Vec<Condition<'_>> {
        let condition = |item| {
            let label = self.fields.particulars.item("condition", item, "")?;
            let (system, code) =
                item.split_once(':').map_or((None, item), |(system, code)| (Some(system), code));
            Some(Condition { system, code, label })
        };
        self.items("condition").into_iter().filter_map(condition).collect()
    }

    /// Its recommendations; what has no statement is none.
    pub fn recommendations(&self) -> Vec<Recommendation<'_>> {
        let recommendation = |item| {
            let part = |part| self.fields.particulars.item("recommendation", item, part);
            Some(Recommendation {
                statement: part("statement")?,
                strength: part("strength"),
                certainty: part("certainty"),
                evidence: part("evidence"),
            })
        };
        self.items("recommendation").into_iter().filter_map(recommendation).collect()
    }

    /// What a measure counts and how, line by line; nothing of other documents.
    pub fn measure(&self) -> Vec<(&'static str, Vec<String>)> {
        if self.of.version.cover.kind != DocumentKind::Measure {
            return Vec::new();
        }
        let said = |(name, field): &(&'static str, &str)| Some((*name, vec![self.value(field)?.to_owned()]));
        let mut lines: Vec<_> = MEASURE.iter().filter_map(said).collect();
        let stratum =
            |item: &&str| Some(format!("{} ({item})", self.fields.particulars.item("stratum", item, "")?));
        let strata: Vec<String> = self.items("stratum").iter().filter_map(stratum).collect();
        if !strata.is_empty() {
            lines.push(("Split by", strata));
        }
        lines
    }

    /// When it was released.
    pub fn released_on(&self) -> Option<Date> {
        self.release.map(|release| Date::of(Timestamp(release.time_ms)))
    }

    /// The day of the release; of the export for a draft.
    pub fn day(&self) -> Date {
        self.released_on().unwrap_or(self.of.today)
    }

    /// The reviews that the release lists.
    pub fn reviews(&self) -> &'a [ReviewView] {
        self.release.map_or(&[], |release| &release.reviews)
    }

    /// When the last of the reviews was signed.
    pub fn last_reviewed(&self) -> Option<Date> {
        self.reviews().iter().map(|review| Date::of(Timestamp(review.time_ms))).max()
    }

    /// When it is due for review.
    pub fn due(&self) -> Option<&str> {
        let released = self.release.and_then(|release| release.due.as_deref());
        released.or_else(|| self.value("review-due"))
    }

    /// Where the licence can be read.
    pub fn licence_url(&self) -> String {
        licence_url(self.fields.particulars.licence())
    }

    /// The first characters of the hash: how people call this version.
    pub fn short(&self) -> String {
        self.name.blake3.to_string().chars().take(12).collect()
    }

    /// The address of the version's bytes by their SHA-256 (RFC 6920).
    pub fn uri(&self) -> String {
        format!("ni:///sha-256;{}", data_encoding::BASE64URL_NOPAD.encode(&self.name.sha256.0))
    }

    /// The same by BLAKE3, for which RFC 6920 has no name.
    pub fn urn(&self) -> String {
        format!("urn:blake3:{}", self.name.blake3)
    }

    /// One or two words on how it stands.
    pub fn word(&self) -> &'static str {
        match self.state {
            State::Draft(_) => "DRAFT",
            State::Released => "Released",
            State::Due => "Released, due for review",
            State::Superseded => "Superseded",
            State::Withdrawn(_) => "WITHDRAWN",
        }
    }

    /// How it stands, in one line.
    pub fn headline(&self) -> String {
        let released = self.released_on().map(|day| format!("Released {day}")).unwrap_or_default();
        match self.state {
            State::Draft(why) => format!("DRAFT – {why}"),
            State::Released => match self.due() {
                Some(due) => format!("{released}, to be reviewed again by {due}"),
                None => released,
            },
            State::Due => format!("{released}, now due for review"),
            State::Superseded => format!("{released}, superseded by another document"),
            State::Withdrawn(why) => format!("WITHDRAWN because: {}", line(why)),
        }
    }
}

fn state<'a>(of: &Published<'a>, release: Option<&'a ReleaseView>) -> State<'a> {
    let standing = of.standing;
    let Some(release) = release else { return State::Draft(draft(of)) };
    if release.retracted.is_some() || standing.retracted_because.is_some() {
        return State::Withdrawn(standing.retracted_because.as_deref().unwrap_or("no reason is known here"));
    }
    match standing.superseded_by {
        Some(_) => State::Superseded,
        None if standing.status == "review due" => State::Due,
        None => State::Released,
    }
}

/// Why a version is a draft.
fn draft(of: &Published<'_>) -> &'static str {
    let word = of.standing.draft.as_deref().unwrap_or(&of.standing.status);
    match (of.release, word) {
        (Some(_), _) => "its release does not count",
        (None, "in review") => "in review, not released",
        (None, "eligible") => "reviewed, but not released",
        (None, _) => "not reviewed",
    }
}

/// Where a licence with an SPDX identifier can be read.
pub(super) fn licence_url(licence: &str) -> String {
    let creative = match licence {
        "CC-BY-4.0" => "licenses/by/4.0",
        "CC-BY-SA-4.0" => "licenses/by-sa/4.0",
        "CC-BY-NC-4.0" => "licenses/by-nc/4.0",
        "CC-BY-NC-SA-4.0" => "licenses/by-nc-sa/4.0",
        "CC-BY-ND-4.0" => "licenses/by-nd/4.0",
        "CC-BY-NC-ND-4.0" => "licenses/by-nc-nd/4.0",
        "CC0-1.0" => "publicdomain/zero/1.0",
        // An identifier has nothing but letters, digits, `.`, `+` and `-`.
        other => return format!("https://spdx.org/licenses/{other}.html"),
    };
    format!("https://creativecommons.org/{creative}/")
}
