//! An external checker: from a recorded history and from what the nodes say
//! and leave behind at the end, whether all is as it must be. It counts votes
//! and walks logs by itself; for what the records mean it has the
//! specification of admission.

mod edits;
mod epochs;
mod pins;

use std::collections::{BTreeMap, BTreeSet};

use commons_protocol::id::{CommonsId, EntryId, LogId};
use commons_protocol::object::Object;
use commons_protocol::recompute::{Heads, recompute};
use commons_protocol::run::VerifiedRun;
use commons_protocol::sync::table::{Row, digest};

use super::ending::{Ending, Records};
use super::history::{Answered, Asked, Event};

/// What is judged.
pub struct Case<'a> {
    /// What was asked of whom.
    pub history: &'a [Event],
    /// The nodes of those who are members to the end.
    pub members: &'a [Ending],
    /// The nodes of members that were removed.
    pub removed: &'a [Ending],
}

/// What a verdict counted, so that a test can see that it judged something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Saves that were acknowledged.
    pub saved: usize,
    /// Those among them that a pin cut.
    pub cut: usize,
    /// Epochs after the founding.
    pub epochs: usize,
    /// Entries that count.
    pub entries: u64,
}

/// Judges a case.
///
/// # Errors
/// What is wrong, in words.
pub fn judge(case: &Case<'_>) -> Result<Counts, String> {
    ensure(case.members.len() >= 2, || "nothing could differ".to_owned())?;
    let commons = commons_of(&case.members[0]);
    let epochs = epochs::check(case)?;
    let heads = all_agree(case, commons)?;
    let cut = pins::check(case, commons, &heads)?;
    let (saved, cut) = edits::check(case, &cut)?;
    Ok(Counts { saved, cut, epochs, entries: heads.values().map(|(seq, _)| seq + 1).sum() })
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn commons_of(ending: &Ending) -> CommonsId {
    ending.charter.commons.id.parse().expect("a commons has an id")
}

/// All members accepted and show the same, and it is what the specification
/// makes of everything that anybody holds, the removed ones included.
fn all_agree(case: &Case<'_>, commons: CommonsId) -> Result<Heads, String> {
    let first = &case.members[0];
    let digests =
        |ending: &Ending| (ending.status.heads_digest.clone(), ending.status.documents_digest.clone());
    for other in case.members {
        ensure(digests(first) == digests(other), || format!("{} and {} differ", first.node, other.node))?;
        ensure(texts(first) == texts(other), || {
            format!("{} and {} show other texts", first.node, other.node)
        })?;
    }
    let everything = union(case.members.iter().chain(case.removed).map(|ending| &ending.records));
    let heads = recompute(commons, &everything.objects, &everything.runs, &BTreeSet::new());
    let row =
        |(log, (seq, entry)): (&LogId, &(u64, EntryId))| Row { id: log.0, version: seq + 1, tag: entry.0 };
    let specified = digest(heads.iter().map(row).collect()).to_string();
    ensure(first.status.heads_digest == specified, || {
        format!("the nodes accepted {}, but must accept {specified}", first.status.heads_digest)
    })?;
    Ok(heads)
}

/// The text of every document that a node shows.
fn texts(ending: &Ending) -> BTreeMap<&str, &str> {
    let documents = ending.documents.iter();
    documents.map(|(document, _)| (document.summary.id.as_str(), document.text.as_str())).collect()
}

/// Everything that is in any of these stores, once.
fn union<'a>(all: impl Iterator<Item = &'a Records>) -> Records {
    let (mut objects, mut runs): (Vec<Object>, Vec<VerifiedRun>) = (Vec::new(), Vec::new());
    let (mut known_objects, mut known_entries) = (BTreeSet::new(), BTreeSet::new());
    for records in all {
        objects.extend(records.objects.iter().filter(|object| known_objects.insert(object.id())).cloned());
        let is_new = |run: &&VerifiedRun| {
            let fresh = run.entries().iter().map(|entry| known_entries.insert(entry.id));
            // Not short-circuiting: every entry is to be noted.
            fresh.fold(false, |any, fresh| any | fresh)
        };
        runs.extend(records.runs.iter().filter(is_new).cloned());
    }
    Records { objects, runs }
}

/// The saves that nodes acknowledged: who, mark, document, version.
fn saved<'a>(history: &'a [Event]) -> impl Iterator<Item = Save<'a>> {
    history.iter().filter_map(|event| match (&event.asked, &event.answered) {
        (Asked::Write { mark }, Answered::Saved { document, version }) => {
            Some(Save { node: &event.node, mark, document, version })
        }
        _ => None,
    })
}

/// An acknowledged save.
struct Save<'a> {
    node: &'a str,
    mark: &'a str,
    document: &'a str,
    version: &'a [String],
}
