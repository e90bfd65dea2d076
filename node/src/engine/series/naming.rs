//! How people name measures. What was released comes before what anybody may
//! have drafted, and an id before every title: nobody's draft takes the place
//! of another measure.

use super::super::{Engine, Failure, FailureKind};
use crate::store::Store;
use commons_protocol::collection::DocumentKind;
use commons_protocol::id::DocumentId;

/// Digits of an id from which on no title comes before it.
const DIGITS: usize = 8;

/// Characters of a name that are repeated to who gave it.
const NAME_CHARACTERS: usize = 100;

/// How far a measure with a title has come: of several with one title, those
/// that came farthest are meant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Draft,
    Withdrawn,
    Released,
}

impl<S: Store> Engine<S> {
    /// The measure that people mean by an id, by eight or more digits with
    /// which one begins, by a title, or by fewer digits.
    ///
    /// # Errors
    /// [`Failure`] if there is no such measure, or several.
    pub(in crate::engine) fn find_measure(&self, name: &str) -> Result<DocumentId, Failure> {
        let name = name.trim();
        let lower = name.to_lowercase();
        if let Some(id) = lower.parse().ok().filter(|id| self.is_known_measure(id)) {
            return Ok(id);
        }
        let is_id = lower.len() >= DIGITS && lower.bytes().all(|digit| digit.is_ascii_hexdigit());
        if is_id && let Some(id) = one(name, &self.beginning(&lower)?)? {
            return Ok(id);
        }
        if let Some(id) = one(name, &self.titled(&lower)?)? {
            return Ok(id);
        }
        let is_short = (4..DIGITS).contains(&lower.len());
        let found = if is_short { one(name, &self.beginning(&lower)?)? } else { None };
        found.ok_or_else(|| {
            let name: String = name.chars().take(NAME_CHARACTERS).collect();
            let why = format!("there is no measure \"{name}\"; see `commons measure list`");
            Failure::new(FailureKind::NotFound, "not-found", why)
        })
    }

    /// Those with a title that have come farthest.
    fn titled(&self, title: &str) -> Result<Vec<DocumentId>, Failure> {
        let is_called = |id: &DocumentId| self.title_of_measure(id).trim().to_lowercase() == title;
        let called = self.measure_ids()?.into_iter().filter(is_called);
        let ranked: Vec<(Rank, DocumentId)> = called.map(|id| (self.rank(&id), id)).collect();
        let best = ranked.iter().map(|(rank, _)| *rank).max();
        Ok(ranked.into_iter().filter(|(rank, _)| Some(*rank) == best).map(|(_, id)| id).collect())
    }

    fn rank(&self, id: &DocumentId) -> Rank {
        let Ok(case) = self.case(id) else { return Rank::Draft };
        match case.desk.tips(&case.subject, case.papers).last() {
            None => Rank::Draft,
            Some(tip) if case.desk.retraction(&case.subject, case.papers, tip).is_some() => Rank::Withdrawn,
            Some(_) => Rank::Released,
        }
    }

    /// Whether it is a measure that is not erased, or that somebody reported
    /// before it was: who did may take the figures back.
    fn is_known_measure(&self, id: &DocumentId) -> bool {
        let is_shown = self.created(id).is_some_and(|(kind, _)| kind == DocumentKind::Measure);
        is_shown || self.commons.as_ref().is_some_and(|commons| commons.is_reported(id))
    }

    /// Those with an id that begins with these digits, or else those among
    /// what this organisation reported of measures that were erased.
    fn beginning(&self, digits: &str) -> Result<Vec<DocumentId>, Failure> {
        let begins = |id: &DocumentId| id.to_string().starts_with(digits);
        let shown: Vec<DocumentId> = self.measure_ids()?.into_iter().filter(begins).collect();
        if !shown.is_empty() {
            return Ok(shown);
        }
        Ok(self.commons()?.reported_by(&self.keys.organisation).into_iter().filter(begins).collect())
    }

    /// The measures that are not erased, sorted.
    pub(super) fn measure_ids(&self) -> Result<Vec<DocumentId>, Failure> {
        let listed = self.commons()?.catalogue.documents();
        let mut ids: Vec<DocumentId> = listed
            .filter(|(_, created, _)| created.kind == DocumentKind::Measure)
            .map(|(id, ..)| *id)
            .collect();
        ids.sort_unstable();
        Ok(ids)
    }
}

/// The only one, if there is one.
fn one(name: &str, found: &[DocumentId]) -> Result<Option<DocumentId>, Failure> {
    match found {
        [] => Ok(None),
        [id] => Ok(Some(*id)),
        several => {
            let name: String = name.chars().take(NAME_CHARACTERS).collect();
            let ids: Vec<String> = several.iter().take(8).map(ToString::to_string).collect();
            let why =
                format!("several measures are called \"{name}\"; name one by its id: {}", ids.join(", "));
            Err(Failure::conflict("ambiguous", why))
        }
    }
}
