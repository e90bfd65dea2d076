//! Every acknowledged save is there, or a pin cut it and its author was
//! removed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Case, Save, saved};
use crate::process::ending::Ending;

/// Checks all acknowledged saves; `cut` are the ids of entries that don't
/// count. Gives back how many saves there were, and how many were cut.
pub fn check(case: &Case<'_>, cut: &BTreeSet<String>) -> (usize, usize) {
    let texts: Vec<(&str, BTreeMap<&str, &str>)> =
        case.members.iter().map(|ending| (ending.node.as_str(), texts(ending))).collect();
    let (mut all, mut missed) = (0, 0);
    for save in saved(case.history) {
        let is_shown = |(_, texts): &&(&str, BTreeMap<&str, &str>)| {
            texts.get(save.document).is_some_and(|text| text.contains(save.mark))
        };
        let shown: Vec<&str> = texts.iter().filter(is_shown).map(|(node, _)| *node).collect();
        all += 1;
        if shown.len() == texts.len() {
            assert!(!is_cut(case, &save, cut), "{} is shown although a pin cut it", save.mark);
            continue;
        }
        missed += 1;
        assert!(shown.is_empty(), "{} is shown by {shown:?} only", save.mark);
        assert!(
            is_cut(case, &save, cut),
            "{} was acknowledged by {} in {} and is lost",
            save.mark,
            save.node,
            save.document
        );
    }
    (all, missed)
}

fn texts(ending: &Ending) -> BTreeMap<&str, &str> {
    ending
        .documents
        .iter()
        .map(|(document, _)| (document.summary.id.as_str(), document.text.as_str()))
        .collect()
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
