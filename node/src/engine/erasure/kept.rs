//! What is never erased: what organisations reported, and the definitions by
//! which it is judged. People are told before anything is signed, and nobody
//! confirms what was not done.

use super::super::{Commons, Engine, Failure};
use crate::store::Store;
use commons_protocol::admission::Place;
use commons_protocol::body::EraseTarget;
use commons_protocol::entry::EntryKind;
use commons_protocol::id::{DocumentId, EntryId};

impl Commons {
    /// Whether something stays of what an erasure names, so that nobody may
    /// confirm it.
    pub(in crate::engine) fn stays(&self, target: &EraseTarget) -> bool {
        match target {
            EraseTarget::Document(document, _) => self.is_reported(document),
            EraseTarget::Entries(entries) => {
                let is_kept = |id: &EntryId| self.catalogue.is_kept(id) && !self.series.refused.has(id);
                entries.iter().any(is_kept)
            }
        }
    }
}

impl<S: Store> Engine<S> {
    /// Refuses to ask for what no node would do.
    pub(super) fn check_entry_may_go(&self, id: &EntryId, place: Place) -> Result<(), Failure> {
        let commons = self.commons()?;
        let kind = self.entry_at(commons, place)?.map(|entry| entry.header.kind);
        let why = if kind == Some(EntryKind::Submit) {
            format!(
                "entry {id} holds figures that were sent, which are never erased: all that follows is judged by them; \
                 `commons series withdraw` takes a table back, and no feed shows it any more"
            )
        } else if commons.catalogue.is_kept(id) {
            format!(
                "entry {id} releases a measure, and its definition is never erased: figures are judged by it; \
                 `commons retract` withdraws the measure"
            )
        } else {
            return Ok(());
        };
        Err(Failure::conflict("never-erased", why))
    }

    /// Refuses to erase a measure to which figures were reported: they stay,
    /// and nobody could read any more what they mean.
    pub(super) fn check_document_may_go(&self, id: &DocumentId) -> Result<(), Failure> {
        if !self.commons()?.is_reported(id) {
            return Ok(());
        }
        let why = format!(
            "figures were reported for {}, and these and what it defines are never erased; `commons retract` \
             withdraws the measure, and `commons series withdraw` takes your own figures back",
            self.title_of(id)
        );
        Err(Failure::conflict("never-erased", why))
    }
}
