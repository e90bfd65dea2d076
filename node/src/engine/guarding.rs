//! The identifier guard before anything is signed: what is new in a document
//! is examined, and so is what people say about it.

use super::chains::text;
use super::{Engine, Failure};
use crate::guard::{Finding, Severity, examine_text};
use crate::store::Store;
use commons_protocol::body::Overrides;
use commons_protocol::bounded::BoundedVec;
use commons_protocol::document::Fields;
use commons_protocol::id::DocumentId;
use std::collections::{BTreeSet, HashSet};

/// Findings that a failure lists.
const LISTED: usize = 50;

/// Findings that an override records; as many as fit an entry.
const RECORDED: usize = 32;

/// Bytes of a recorded finding.
const RECORD_BYTES: usize = 200;

/// Lists whose items people name themselves.
const LISTS: [&str; 6] = ["attachment", "author", "condition", "evidence", "recommendation", "stratum"];

/// Fields that hold a number, a date, an id or one of a few words.
const FIXED: [&str; 12] = [
    "ages",
    "calendar",
    "direction",
    "extremes",
    "life-domain",
    "measure-kind",
    "per",
    "review-due",
    "supersedes",
    "target",
    "threshold",
    "translation-of",
];

/// What a finding is recognised by when its place moves: its line.
type Mark = (crate::guard::Kind, String, String);

impl<S: Store> Engine<S> {
    /// Examines words about a document. There is nowhere to record why soft
    /// findings are right in them, so only hard ones are refused.
    ///
    /// # Errors
    /// `identifiers`.
    pub(super) fn check_words(&self, id: &DocumentId, field: &str, words: &str) -> Result<(), Failure> {
        let fields = self.built(id).and_then(|built| built.document.fields().ok());
        let contacts = fields.as_ref().map(contacts).unwrap_or_default();
        judge(hard(field, words, &contacts), None).map(|_| ())
    }
}

/// Examines a reason that belongs to no document.
///
/// # Errors
/// `identifiers`.
pub(super) fn check_reason(words: &str) -> Result<(), Failure> {
    judge(hard("reason", words, &[]), None).map(|_| ())
}

/// What must not be signed in these words.
fn hard(field: &str, words: &str, contacts: &[String]) -> Vec<Finding> {
    let found = examine_text(field, words, contacts).into_iter();
    found.filter(|finding| finding.kind.severity() == Severity::Hard).collect()
}

/// Examines what `new` says that `old` does not.
///
/// # Errors
/// `identifiers` for what must not be signed, `identifiers-soft` for what
/// needs a `reason`.
pub(super) fn check(old: &Fields, new: &Fields, reason: Option<&str>) -> Result<Option<Overrides>, Failure> {
    check_with(old, new, Vec::new(), reason)
}

/// The same, with what was found in a file that comes with `new`.
///
/// # Errors
/// As [`check`].
pub(super) fn check_with(
    old: &Fields,
    new: &Fields,
    mut in_file: Vec<Finding>,
    reason: Option<&str>,
) -> Result<Option<Overrides>, Failure> {
    let contacts = contacts(new);
    let (old, new) = (words(old), words(new));
    // What stands in both is not new, and reading it costs time.
    let known = old.iter().filter(|one| !new.contains(one));
    let known: HashSet<Mark> = examine(known, &contacts).into_iter().map(|(_, mark)| mark).collect();
    let found = examine(new.iter().filter(|one| !old.contains(one)), &contacts).into_iter();
    in_file.extend(found.filter(|(_, mark)| !known.contains(mark)).map(|(finding, _)| finding));
    // The reason is kept for everybody, so it is read as well.
    in_file.extend(hard("override", reason.unwrap_or_default(), &contacts));
    judge(in_file, reason)
}

/// What the document declares as public contacts.
fn contacts(fields: &Fields) -> Vec<String> {
    let values = fields.particulars.iter().filter(|(name, _)| name.starts_with("contact/"));
    values.map(|(_, value)| value.to_owned()).collect()
}

/// What people wrote in a document, by field.
fn words(fields: &Fields) -> BTreeSet<(&str, &str)> {
    let texts = [("title", &*fields.title), ("description", &*fields.summary), ("text", &*fields.text)];
    let values = fields.particulars.iter().filter(|(name, _)| holds_words(name));
    // What people call a file or an item is words too.
    let named = LISTS.into_iter().flat_map(|list| {
        let names = fields.particulars.items(list).into_iter();
        names.map(move |name| (list, name))
    });
    texts.into_iter().chain(values).chain(named).collect()
}

/// Everything that is found in these fields.
fn examine<'a>(
    words: impl Iterator<Item = &'a (&'a str, &'a str)>,
    contacts: &[String],
) -> Vec<(Finding, Mark)> {
    words.flat_map(|(field, text)| examine_field(field, text, contacts)).collect()
}

/// Whether people write the value in words of their own.
fn holds_words(name: &str) -> bool {
    let part = name.rsplit('/').next().unwrap_or(name);
    let is_file = name.starts_with("attachment/") && matches!(part, "hash" | "size");
    !is_file && !FIXED.contains(&name)
}

fn examine_field(field: &str, text: &str, contacts: &[String]) -> Vec<(Finding, Mark)> {
    let found = examine_text(field, text, contacts);
    if found.is_empty() {
        return Vec::new();
    }
    let lines: Vec<&str> = text.lines().collect();
    let mark = |finding: Finding| {
        let at = usize::try_from(finding.line).unwrap_or(usize::MAX).saturating_sub(1);
        let line = lines.get(at).copied().unwrap_or_default().trim().to_owned();
        let mark = (finding.kind, finding.excerpt.clone(), line);
        (finding, mark)
    };
    found.into_iter().map(mark).collect()
}

fn judge(found: Vec<Finding>, reason: Option<&str>) -> Result<Option<Overrides>, Failure> {
    let hard: Vec<&Finding> = found.iter().filter(|one| one.kind.severity() == Severity::Hard).collect();
    if !hard.is_empty() {
        let why = "This could identify a person, so it was not signed or sent. Take it out, or, if it is a public contact of an organisation, declare it as a contact (`--contact`)";
        return Err(Failure::invalid("identifiers", format!("{why}:\n{}", lines(&hard))));
    }
    if found.is_empty() {
        return Ok(None);
    }
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    let Some(reason) = reason else {
        let why = "This may identify a person, so it was not signed or sent. Take it out, or, if it is right as it is, say why (`--override REASON`): the reason is kept with the contribution for everybody to read";
        let all: Vec<&Finding> = found.iter().collect();
        return Err(Failure::conflict("identifiers-soft", format!("{why}:\n{}", lines(&all))));
    };
    record(&found, reason).map(Some)
}

fn lines(found: &[&Finding]) -> String {
    let mut lines: Vec<String> = found.iter().take(LISTED).map(|one| format!("- {one}")).collect();
    if found.len() > LISTED {
        lines.push(format!("- and {} more", found.len() - LISTED));
    }
    lines.join("\n")
}

/// The decision to keep what was found.
fn record(found: &[Finding], reason: &str) -> Result<Overrides, Failure> {
    let words = |one: &Finding| {
        // The place without the excerpt: the record stays for good.
        let place = format!("line {}, character {}", one.line, one.column);
        let room = RECORD_BYTES.saturating_sub(place.len() + one.kind.word().len() + 4);
        let field: String = one.field.chars().take(room / 4).collect();
        text(&format!("{}: {field}, {place}", one.kind))
    };
    let mut words: Vec<_> = found.iter().take(RECORDED).map(words).collect::<Result<_, _>>()?;
    if found.len() > RECORDED {
        words.pop();
        words.push(text(&format!("and {} more", found.len() - RECORDED + 1))?);
    }
    // As many as fit, since they were counted.
    Ok(Overrides { reason: text(reason)?, found: BoundedVec::new(words).unwrap_or_default() })
}

#[cfg(test)]
mod tests;
