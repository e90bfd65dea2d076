//! What our people wrote, as differences, and how it goes into a document as
//! it is now.

use super::found::Piece;
use commons_protocol::document::{Document, EditError, Fields, Particulars};
use commons_protocol::fence::{Actor, ChangeHash, FenceRefusal};
use commons_protocol::id::{DocumentId, EntryId, LogId};
use std::collections::{BTreeMap, BTreeSet};

/// Something that our people wrote without anybody between: the document
/// before and after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Before; none if the document had no content.
    pub base: Option<Fields>,
    /// After.
    pub mine: Fields,
}

/// What the open entries among `pieces` did, in an order in which each
/// follows what it builds on. `forks` are the places from which on logs
/// forked: there what is admitted may be another branch than the one that we
/// built on.
pub fn steps(
    document: &DocumentId,
    pieces: &BTreeMap<EntryId, Piece>,
    forks: &BTreeMap<LogId, u64>,
) -> Vec<Step> {
    let Some(collection) = pieces.values().find(|piece| piece.is_open).map(|piece| piece.collection) else {
        return Vec::new();
    };
    let fitting: Vec<&Piece> = pieces.values().filter(|piece| piece.collection == collection).collect();
    let is_other_branch =
        |piece: &&Piece| piece.is_admitted && forks.get(&piece.log).is_some_and(|fork| piece.seq >= *fork);
    let without: Vec<&Piece> = fitting.iter().copied().filter(|piece| !is_other_branch(piece)).collect();
    let is_forked = without.len() < fitting.len();
    let first = Version::build(document, without);
    let second = is_forked.then(|| Version::build(document, fitting)).flatten();
    let best = second.into_iter().chain(first).max_by_key(|version| version.ours.len());
    best.map(|version| version.steps()).unwrap_or_default()
}

/// The document with what was cut off.
struct Version {
    document: Document,
    ours: BTreeSet<ChangeHash>,
}

impl Version {
    /// Offers everything until nothing more fits.
    fn build(id: &DocumentId, mut waiting: Vec<&Piece>) -> Option<Self> {
        waiting.sort_by_key(|piece| (piece.time, piece.log, piece.seq));
        let mut version = Self { document: Document::new(), ours: BTreeSet::new() };
        loop {
            let before = waiting.len();
            waiting.retain(|piece| version.offer(id, piece));
            if waiting.len() == before {
                break;
            }
        }
        version.document.settle().ok()?;
        Some(version)
    }

    /// Returns whether the piece waits for others. What it holds already is
    /// taken again without effect.
    fn offer(&mut self, id: &DocumentId, piece: &Piece) -> bool {
        let actor = Actor::derive(&piece.log.0, &id.0);
        for bytes in &piece.changes {
            match self.document.offer(&actor, bytes) {
                Ok(hash) if piece.is_open => _ = self.ours.insert(hash),
                Ok(_) => {}
                Err(FenceRefusal::Missing { .. }) => return true,
                Err(_) => return false,
            }
        }
        false
    }

    fn steps(&self) -> Vec<Step> {
        let mut spans: Vec<(Vec<ChangeHash>, ChangeHash)> = Vec::new();
        for change in self.document.changes().filter(|change| self.ours.contains(&change.hash)) {
            let base = self.document.dependencies(&change.hash).unwrap_or_default();
            match spans.last_mut().filter(|(_, last)| base == [*last]) {
                Some((_, last)) => *last = change.hash,
                None => spans.push((base.to_vec(), change.hash)),
            }
        }
        let step = |(base, last): (Vec<ChangeHash>, ChangeHash)| {
            let base = match base.as_slice() {
                [] => None,
                base => Some(self.document.fields_at(base).ok()?),
            };
            Some(Step { base, mine: self.document.fields_at(&[last]).ok()? })
        };
        spans.into_iter().filter_map(step).collect()
    }
}

/// What `steps` make of a document as it is now; of nothing, if there is no
/// such document. None if there are no steps.
pub fn apply(steps: &[Step], current: Option<Fields>) -> Result<Option<Fields>, EditError> {
    steps.iter().try_fold(current, |current, step| merge(step, current).map(Some))
}

fn merge(step: &Step, current: Option<Fields>) -> Result<Fields, EditError> {
    let mine = &step.mine;
    let nothing = |fields: &Fields| Fields { text: String::new(), ..fields.clone() };
    // Against an empty text everything is new; titles are no texts.
    let base = step.base.clone().unwrap_or_else(|| nothing(mine));
    let current = current.unwrap_or_else(|| nothing(&base));
    Ok(Fields {
        title: scalar(&base.title, &mine.title, &current.title),
        language: scalar(&base.language, &mine.language, &current.language),
        summary: scalar(&base.summary, &mine.summary, &current.summary),
        text: text(&base.text, &mine.text, &current.text)?,
        particulars: particulars(&base.particulars, &mine.particulars, &current.particulars),
    })
}

/// Takes each value that is ours where nobody else changed it.
fn particulars(base: &Particulars, mine: &Particulars, current: &Particulars) -> Particulars {
    let all = [base, mine, current];
    let names: BTreeSet<&str> = all.iter().flat_map(|one| one.iter().map(|(name, _)| name)).collect();
    let value = |name: &str| if current.get(name) == base.get(name) { mine } else { current }.get(name);
    let values = names.into_iter().filter_map(|name| Some((name.to_owned(), value(name)?.to_owned())));
    Particulars::fitting(values)
}

fn scalar(base: &str, mine: &str, current: &str) -> String {
    if current == base { mine } else { current }.to_owned()
}

/// Merges as two people who edited `base` at once.
fn text(base: &str, mine: &str, current: &str) -> Result<String, EditError> {
    if mine == base {
        return Ok(current.to_owned());
    }
    if current == base {
        return Ok(mine.to_owned());
    }
    let fields = |text: &str| Fields {
        title: "text".to_owned(),
        language: "und".to_owned(),
        text: text.to_owned(),
        ..Fields::default()
    };
    let mut document = Document::new();
    document.create(&Actor([0; Actor::LENGTH]), &fields(base), 0)?;
    let heads = document.heads();
    document.edit_at(&Actor([1; Actor::LENGTH]), &heads, &fields(current), 0)?;
    document.edit_at(&Actor([2; Actor::LENGTH]), &heads, &fields(mine), 0)?;
    Ok(document.fields()?.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(title: &str, text: &str) -> Fields {
        Fields {
            title: title.to_owned(),
            language: "en".to_owned(),
            text: text.to_owned(),
            ..Fields::default()
        }
    }

    fn step(base: Option<Fields>, mine: Fields) -> Step {
        Step { base, mine }
    }

    #[test]
    fn our_words_stay_and_those_that_were_cut_go() {
        let steps = [step(Some(fields("T", "one\ntheirs\n")), fields("T", "one\ntheirs\nours\n"))];
        let merged = apply(&steps, Some(fields("T", "one\nlater\n"))).unwrap().unwrap();
        for (word, is_there) in [("one", true), ("later", true), ("ours", true), ("theirs", false)] {
            assert_eq!(merged.text.contains(word), is_there, "{word} in {:?}", merged.text);
        }
    }

    #[test]
    fn what_others_wrote_between_is_left_to_them() {
        let steps = [
            step(Some(fields("T", "one\n")), fields("T", "one\nours\n")),
            step(Some(fields("T", "one\nours\ntheirs\n")), fields("T", "one\nours\ntheirs\nagain ours\n")),
        ];
        let merged = apply(&steps, Some(fields("T", "one\n"))).unwrap().unwrap();
        assert_eq!(merged.text, "one\nours\nagain ours\n");
    }

    #[test]
    fn titles_are_ours_unless_somebody_else_changed_them() {
        let steps = [step(Some(fields("old", "")), fields("ours", ""))];
        assert_eq!(apply(&steps, Some(fields("old", ""))).unwrap().unwrap().title, "ours");
        assert_eq!(apply(&steps, Some(fields("later", ""))).unwrap().unwrap().title, "later");
    }

    #[test]
    fn a_document_that_is_gone_is_made_of_our_words_alone() {
        let steps = [step(None, fields("T", "ours\n"))];
        assert_eq!(apply(&steps, None).unwrap(), Some(fields("T", "ours\n")));
        let steps = [step(Some(fields("T", "theirs\n")), fields("T", "theirs\nours\n"))];
        assert_eq!(apply(&steps, None).unwrap(), Some(fields("T", "ours\n")));
        assert_eq!(apply(&[], None).unwrap(), None);
    }

    #[test]
    fn first_content_beside_another_first_content_takes_nothing_away() {
        let steps = [step(None, fields("ours", "ours\n"))];
        let merged = apply(&steps, Some(fields("theirs", "theirs\n"))).unwrap().unwrap();
        assert_eq!(merged.title, "theirs");
        assert!(merged.text.contains("ours") && merged.text.contains("theirs"), "{:?}", merged.text);
    }
}
