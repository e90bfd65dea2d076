//! The steps from one content to another, cut into portions that fit one change each.

use std::collections::{BTreeMap, VecDeque};

use automerge::transaction::{Transactable, Transaction};
use automerge::{Automerge, AutomergeError, ObjType, ROOT};

use super::diff::{self, Splice};
use super::fields::{self, Fields, LANGUAGE, ReadError, SUMMARY, TEXT, TITLE};
use crate::fence::{Actor, DEPENDENCIES_PER_CHANGE, FenceLimits, OTHER_ACTORS_PER_CHANGE};

/// Bytes of a change left for its header, with as many dependencies and actors as allowed.
const HEADER_BYTES: usize =
    DEPENDENCIES_PER_CHANGE * 32 + OTHER_ACTORS_PER_CHANGE * (Actor::LENGTH + 1) + 512;
/// What each step may cost beside its content: keys, references, columns.
const STEP_BYTES: usize = 48;
/// What deleting one character may cost, if no two neighbours were typed in a row.
const DELETE_BYTES: usize = 16;
/// What inserting one character may cost beside its own bytes.
const INSERT_BYTES: usize = 1;

/// One step of an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Sets a field of the root map.
    Scalar { field: String, value: String },
    /// Removes a field of the root map.
    Remove { field: String },
    /// Makes an empty text.
    MakeText,
    /// Replaces a part of the text.
    Text(Splice),
}

/// The steps that turn the current content of `automerge` into `fields`. What can't be read is
/// replaced whole.
pub(super) fn plan(automerge: &Automerge, fields: &Fields) -> Result<VecDeque<Step>, ReadError> {
    let mut steps = VecDeque::new();
    let scalars = [(TITLE, &fields.title), (LANGUAGE, &fields.language), (SUMMARY, &fields.summary)];
    for (field, value) in scalars {
        let current = mendable(fields::scalar(automerge, None, field))?;
        if current.as_ref() != Some(value) {
            steps.push_back(Step::Scalar { field: field.to_owned(), value: value.clone() });
        }
    }
    steps.extend(particulars(&fields::values(automerge, None)?, fields));
    let current = mendable(fields::text(automerge, None))?;
    if current.is_none() {
        steps.push_back(Step::MakeText);
    }
    let splices = diff::splices(&current.unwrap_or_default(), &fields.text);
    steps.extend(splices.into_iter().map(Step::Text));
    Ok(steps)
}

/// The steps that set and remove particulars.
fn particulars(current: &BTreeMap<String, String>, fields: &Fields) -> Vec<Step> {
    let wanted = &fields.particulars;
    let gone = current.keys().filter(|name| wanted.get(name).is_none());
    let removals = gone.map(|name| Step::Remove { field: name.clone() });
    let set = wanted.iter().filter(|(name, value)| current.get(*name).is_none_or(|now| now != value));
    let puts = set.map(|(name, value)| Step::Scalar { field: name.to_owned(), value: value.to_owned() });
    removals.chain(puts).collect()
}

/// A missing or wrong value is one to replace; any other failure stays one.
fn mendable(read: Result<String, ReadError>) -> Result<Option<String>, ReadError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(ReadError::Absent { .. } | ReadError::WrongType { .. }) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Applies one step.
pub(super) fn apply(transaction: &mut Transaction<'_>, step: &Step) -> Result<(), StepError> {
    match step {
        Step::Scalar { field, value } => transaction.put(ROOT, field.as_str(), value.as_str())?,
        Step::Remove { field } => transaction.delete(ROOT, field.as_str())?,
        Step::MakeText => {
            transaction.put_object(ROOT, TEXT, ObjType::Text)?;
        }
        Step::Text(splice) => {
            let text = fields::text_object(transaction, None)?;
            let delete =
                isize::try_from(splice.delete).expect("no text has more characters than an isize counts");
            transaction.splice_text(&text, splice.at, delete, &splice.insert)?;
        }
    }
    Ok(())
}

/// A step that Automerge did not take.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The text is gone.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Automerge failed.
    #[error(transparent)]
    Automerge(#[from] AutomergeError),
}

/// Takes from the front of `steps` what surely fits one change: at least one step or part.
pub(super) fn portion(steps: &mut VecDeque<Step>, limits: &FenceLimits) -> Vec<Step> {
    let mut room = Room {
        operations: limits.operations_per_change,
        bytes: limits.change_bytes.saturating_sub(HEADER_BYTES),
    };
    let mut portion = Vec::new();
    while let Some(step) = steps.pop_front() {
        let (fitting, rest) = room.fit(step, portion.is_empty());
        portion.extend(fitting);
        if let Some(rest) = rest {
            steps.push_front(rest);
            break;
        }
    }
    portion
}

struct Room {
    operations: usize,
    bytes: usize,
}

impl Room {
    fn take(&mut self, operations: usize, bytes: usize) -> bool {
        let fits = self.operations >= operations && self.bytes >= bytes;
        if fits {
            self.operations -= operations;
            self.bytes -= bytes;
        }
        fits
    }

    /// The part of a step that fits, and the rest. `forced` takes a step that nothing can make
    /// smaller; the fence then decides.
    fn fit(&mut self, step: Step, forced: bool) -> (Option<Step>, Option<Step>) {
        let content = match &step {
            Step::Scalar { field, value } => field.len() + value.len(),
            Step::Remove { field } => field.len(),
            Step::MakeText => 0,
            Step::Text(splice) => return self.fit_splice(splice),
        };
        if self.take(1, STEP_BYTES + content) || forced { (Some(step), None) } else { (None, Some(step)) }
    }

    fn fit_splice(&mut self, splice: &Splice) -> (Option<Step>, Option<Step>) {
        if !self.take(0, STEP_BYTES) {
            return (None, Some(Step::Text(splice.clone())));
        }
        let mut delete = 0;
        while delete < splice.delete && self.take(1, DELETE_BYTES) {
            delete += 1;
        }
        let mut inserted = (0, 0);
        if delete == splice.delete {
            for character in splice.insert.chars() {
                if !self.take(1, INSERT_BYTES + character.len_utf8()) {
                    break;
                }
                inserted = (inserted.0 + 1, inserted.1 + character.len_utf8());
            }
        }
        let (insert, later) = splice.insert.split_at(inserted.1);
        let rest =
            Splice { at: splice.at + inserted.0, delete: splice.delete - delete, insert: later.to_owned() };
        let fitting = Splice { at: splice.at, delete, insert: insert.to_owned() };
        (non_empty(fitting), non_empty(rest))
    }
}

fn non_empty(splice: Splice) -> Option<Step> {
    (splice.delete > 0 || !splice.insert.is_empty()).then_some(Step::Text(splice))
}
