//! Every acknowledged save is there – in another document if it was written
//! again because its own is gone –, or a pin cut it and its author was removed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Case, Save, ensure, saved, texts};
use crate::process::history::{Answered, Asked, Event};

/// Checks all acknowledged saves; `cut` are the ids of entries that don't
/// count. Gives back how many saves there were, and how many were cut.
pub fn check(case: &Case<'_>, cut: &BTreeSet<String>) -> Result<(usize, usize), String> {
    let texts: Vec<(&str, BTreeMap<&str, &str>)> =
        case.members.iter().map(|ending| (ending.node.as_str(), texts(ending))).collect();
    let reissued = reissued(case.history);
    let (mut all, mut missed) = (0, 0);
    for save in saved(case.history) {
        let again = reissued.get(&(save.node, save.document)).copied();
        let is_shown = |(_, texts): &&(&str, BTreeMap<&str, &str>)| {
            let mut places = [Some(save.document), again].into_iter().flatten();
            places.any(|id| texts.get(id).is_some_and(|text| text.contains(save.mark)))
        };
        let shown: Vec<&str> = texts.iter().filter(is_shown).map(|(node, _)| *node).collect();
        all += 1;
        let (mark, is_cut) = (save.mark, is_cut(case, &save, cut));
        if shown.len() == texts.len() {
            ensure(!is_cut, || format!("{mark} is shown although a pin cut it"))?;
            continue;
        }
        missed += 1;
        ensure(shown.is_empty(), || format!("{mark} is shown by {shown:?} only"))?;
        ensure(is_cut, || {
            format!("{mark} was acknowledged by {} in {} and is lost", save.node, save.document)
        })?;
    }
    Ok((all, missed))
}

/// Where a node's people wrote again what was cut off of a document.
fn reissued(history: &[Event]) -> BTreeMap<(&str, &str), &str> {
    let pairs = history.iter().filter_map(|event| match (&event.asked, &event.answered) {
        (Asked::Reissue { document: old }, Answered::Saved { document, .. }) => {
            Some(((event.node.as_str(), old.as_str()), document.as_str()))
        }
        _ => None,
    });
    pairs.collect()
}

/// Whether a save is by a removed member and all entries that carry it are
/// cut: found in the history that the author's own node shows.
fn is_cut(case: &Case<'_>, save: &Save<'_>, cut: &BTreeSet<String>) -> bool {
    let Some(author) = case.removed.iter().find(|ending| ending.node == save.node) else { return false };
    let document = author.documents.iter().find(|(document, _)| document.summary.id == save.document);
    let edits = document.into_iter().flat_map(|(_, history)| history);
    let mut entries =
        edits.filter(|edit| edit.version == save.version).flat_map(|edit| &edit.entries).peekable();
    entries.peek().is_some() && entries.all(|entry| cut.contains(entry))
}
