//! The history of a document: who changed what, what differs between two
//! versions, and going back to one.

use super::super::library::{Absent, Built, Contribution};
use super::super::{Caller, Engine, Failure, guarding};
use super::{Saving, empty, parse_heads};
use crate::store::Store;
use crate::view::{DiffView, DocumentView, EditView, RestoreRequest};
use commons_protocol::document::{Document, Fields};
use commons_protocol::fence::ChangeHash;
use commons_protocol::id::DocumentId;
use std::collections::{BTreeSet, HashMap};

/// Edits of which a history says which fields they changed, newest first:
/// reading an old version costs about as much as reading the document.
const COMPARED: usize = 100;

/// Characters of the versions that a history compares; beyond that it says
/// nothing about the fields of older edits.
const COMPARED_CHARACTERS: usize = 2_000_000;

impl<S: Store> Engine<S> {
    /// The edits of a document, oldest first.
    pub fn history(&mut self, id: &str) -> Result<Vec<EditView>, Failure> {
        let id = self.find_document(id)?;
        let mut history = self.plain_history(&id)?;
        let built = self.built(&id).ok_or_else(|| Failure::not_found("document", &id.to_string()))?;
        let mut room = COMPARED_CHARACTERS;
        for edit in history.iter_mut().rev().filter(|edit| !edit.version.is_empty()).take(COMPARED) {
            let Some(fields) = changed_fields(built, edit, &mut room) else { break };
            edit.fields = fields;
        }
        Ok(history)
    }

    /// The edits without the fields that they changed.
    fn plain_history(&mut self, id: &DocumentId) -> Result<Vec<EditView>, Failure> {
        self.build(id)?;
        let built = self.built(id).ok_or_else(|| Failure::not_found("document", &id.to_string()))?;
        let mut edits: Vec<Vec<&Contribution>> = Vec::new();
        for contribution in in_order(built) {
            let goes_on =
                contribution.continues && edits.last().is_some_and(|edit| follows(edit, contribution));
            match edits.last_mut().filter(|_| goes_on) {
                Some(edit) => edit.push(contribution),
                None => edits.push(vec![contribution]),
            }
        }
        Ok(edits.iter().enumerate().filter_map(|(index, edit)| self.edit_view(built, index, edit)).collect())
    }

    /// What differs between two versions: heads, or the id of an edit; by
    /// default the last edit.
    pub fn diff(&mut self, id: &str, from: Option<&str>, to: Option<&str>) -> Result<DiffView, Failure> {
        let id = self.find_document(id)?;
        let history = self.plain_history(&id)?;
        let current: Vec<String> = self
            .built(&id)
            .map(|built| built.document.heads())
            .unwrap_or_default()
            .iter()
            .map(ToString::to_string)
            .collect();
        let to = to.map_or(Ok(current), |text| version_of(&history, text))?;
        let before = history.iter().rev().find(|edit| edit.version != to && !edit.version.is_empty());
        let from = match from {
            Some(text) => version_of(&history, text)?,
            None => before.map(|edit| edit.version.clone()).unwrap_or_default(),
        };
        let older = if from.is_empty() { empty() } else { self.fields(&id, Some(&parse_heads(&from)?))? };
        let newer = self.fields(&id, Some(&parse_heads(&to)?))?;
        let (older, newer) = (as_text(&older), as_text(&newer));
        let diff = similar::TextDiff::from_lines(&older, &newer);
        let unified = diff.unified_diff().context_radius(3).header("before", "after").to_string();
        Ok(DiffView { from, to, unified })
    }

    /// Makes a document say again what it said at an older version, by an edit
    /// like any other: what others wrote since stays in the history.
    pub fn restore(
        &mut self,
        caller: &Caller,
        id: &str,
        request: &RestoreRequest,
    ) -> Result<DocumentView, Failure> {
        let person = self.person_of(caller)?;
        let id = self.find_document(id)?;
        let current = self.content_to_edit(&id, None)?;
        let history = self.plain_history(&id)?;
        let heads = parse_heads(&version_of(&history, request.version.trim())?)?;
        if heads.is_empty() {
            let why = "that edit is not shown, so there is no version to go back to; see `history`";
            return Err(Failure::conflict("bad-version", why));
        }
        let fields = self.fields(&id, Some(&heads))?;
        let (kind, _) = self.created(&id).ok_or_else(|| Failure::not_found("document", &id.to_string()))?;
        let overrides = guarding::check(&current, &fields, request.override_reason.as_deref())?;
        self.save(Saving { overrides, ..Saving::of(id, kind.collection(), person, &fields) })?;
        self.document(&id.to_string(), None)
    }

    fn edit_view(&self, built: &Built, index: usize, edit: &[&Contribution]) -> Option<EditView> {
        let (first, last) = (edit.first()?, edit.last()?);
        let person = self.commons.as_ref()?.admission.keys().person(&first.person)?;
        let shown = edit.iter().rev().find_map(|one| one.changes.last());
        let what = match edit.iter().find_map(|one| one.absent.as_ref()) {
            None if index == 0 => "created".to_owned(),
            None => "edited".to_owned(),
            Some(Absent::Waits) => "waits for a contribution on which it builds".to_owned(),
            Some(Absent::Refused(code)) => format!("refused ({code})"),
            Some(Absent::Missing) => "not here yet".to_owned(),
        };
        let version = shown.map(|change| version_after(&built.document, change)).unwrap_or_default();
        Some(EditView {
            id: last.entry.to_string(),
            entries: edit.iter().map(|one| one.entry.to_string()).collect(),
            organisation: self.name_of(&person.organisation),
            person: person.name.to_string(),
            roles: person.roles.iter().map(ToString::to_string).collect(),
            time_ms: first.time,
            version,
            what,
            fields: Vec::new(),
            overrides: edit.iter().flat_map(|one| overrides_in_words(one)).collect(),
        })
    }
}

fn overrides_in_words(contribution: &Contribution) -> Vec<String> {
    let Some(overrides) = &contribution.overrides else { return Vec::new() };
    let found = overrides.found.iter().map(|found| format!("asked about {found}"));
    std::iter::once(format!("kept because: {}", overrides.reason)).chain(found).collect()
}

/// The names of the fields that an edit changed, compared with what its author
/// saw before; none if that costs too much.
fn changed_fields(built: &Built, edit: &EditView, room: &mut usize) -> Option<Vec<String>> {
    let after = parse_heads(&edit.version).ok()?;
    let before = before_edit(built, edit);
    let read = |heads: &[ChangeHash]| match heads.is_empty() {
        true => Some(empty()),
        false => built.document.fields_at(heads).ok(),
    };
    let (before, after) = (read(&before)?, read(&after)?);
    *room = room.checked_sub(before.text.len() + after.text.len())?;
    Some(differing(&before, &after))
}

/// The version on which an edit builds.
fn before_edit(built: &Built, edit: &EditView) -> Vec<ChangeHash> {
    let is_of_edit = |entry: &str| edit.entries.iter().any(|one| one == entry);
    let contributions = built.contributions.values().filter(|one| is_of_edit(&one.entry.to_string()));
    let own: BTreeSet<ChangeHash> = contributions.flat_map(|one| one.changes.iter().copied()).collect();
    let dependencies = own.iter().filter_map(|change| built.document.dependencies(change)).flatten();
    let before: BTreeSet<ChangeHash> = dependencies.filter(|change| !own.contains(change)).copied().collect();
    before.into_iter().collect()
}

fn differing(before: &Fields, after: &Fields) -> Vec<String> {
    let fixed = [
        ("title", before.title != after.title),
        ("language", before.language != after.language),
        ("description", before.summary != after.summary),
        ("text", before.text != after.text),
    ];
    let both = [&before.particulars, &after.particulars];
    let names: BTreeSet<&str> = both.into_iter().flat_map(|one| one.iter().map(|(name, _)| name)).collect();
    let changed =
        names.into_iter().filter(|name| before.particulars.get(name) != after.particulars.get(name));
    let fixed = fixed.into_iter().filter_map(|(name, differs)| differs.then_some(name));
    fixed.chain(changed).map(str::to_owned).collect()
}

/// The version that the author of a change had after it: the change itself,
/// since it builds on everything that its author saw.
fn version_after(document: &Document, change: &ChangeHash) -> Vec<String> {
    if document.contains(change) { vec![change.to_string()] } else { Vec::new() }
}

/// Contributions so that each follows what it builds on.
fn in_order(built: &Built) -> Vec<&Contribution> {
    let rank: HashMap<ChangeHash, usize> =
        built.document.changes().enumerate().map(|(rank, change)| (change.hash, rank)).collect();
    let mut before: Option<(&Contribution, usize)> = None;
    let mut ordered: Vec<(usize, &Contribution)> = Vec::new();
    for one in built.contributions.values() {
        let own = one.changes.first().and_then(|change| rank.get(change)).copied();
        // One without changes goes on with the edit before it.
        let last = before.filter(|(last, _)| one.continues && follows(&[*last], one)).map(|(_, rank)| rank);
        let rank = own.or(last).unwrap_or(usize::MAX);
        before = Some((one, rank));
        ordered.push((rank, one));
    }
    ordered.sort_by_key(|(rank, one)| (*rank, one.place));
    ordered.into_iter().map(|(_, one)| one).collect()
}

fn follows(edit: &[&Contribution], next: &Contribution) -> bool {
    edit.last().is_some_and(|last| last.place.log == next.place.log && last.place.seq + 1 == next.place.seq)
}

fn version_of(history: &[EditView], text: &str) -> Result<Vec<String>, Failure> {
    let is_heads = text.split(',').all(|head| head.len() == 64);
    let edit = history.iter().find(|edit| edit.id.starts_with(text) && text.len() >= 4);
    match edit {
        Some(edit) => Ok(edit.version.clone()),
        None if is_heads => Ok(text.split(',').map(str::to_owned).collect()),
        None => Err(Failure::not_found("edit", text)),
    }
}

fn as_text(fields: &Fields) -> String {
    format!(
        "title: {}\nlanguage: {}\nsummary: {}\n{}\n{}\n",
        fields.title,
        fields.language,
        fields.summary,
        fields.particulars.iter().map(|(name, value)| format!("{name}: {value}\n")).collect::<String>(),
        fields.text
    )
}
