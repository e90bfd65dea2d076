//! Taking things in: from verified bytes to admitted, catalogued and pending.

use super::Engine;
use super::journal::Pending;
use super::series::{Refused, Withheld};
use crate::store::{Store, StoreError};
use crate::view::ChangeView;
use commons_protocol::admission::{Admitted, Conflict, Outcome, Place};
use commons_protocol::catalogue::{Catalogue, Meaning, Observed};
use commons_protocol::entry::{Entry, EntryKind};
use commons_protocol::fork::Fork;
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::object::Object;
use commons_protocol::refusal::Refusal;
use commons_protocol::run::VerifiedRun;
use std::collections::BTreeSet;

/// What taking something in came to, for the peer that sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intake {
    /// New, and part of the commons.
    New,
    /// Known already.
    Known,
    /// It waits for something.
    Waits,
    /// New, but for a body that nobody needs.
    Withheld,
    /// Refused.
    Refused(Refusal),
}

impl<S: Store> Engine<S> {
    /// Takes in a verified run.
    pub(super) fn take_run(&mut self, run: VerifiedRun) -> Result<Intake, StoreError> {
        let Some(commons) = &mut self.commons else { return Ok(Intake::Waits) };
        let log = run.log().id(&commons.admission.commons());
        let last = run.last().id;
        if commons.admission.place(&last).is_some() {
            return Ok(Intake::Known);
        }
        let is_own = run.log().node == self.keys.node.public();
        let outcome = commons.admission.take_run(run);
        if is_own && outcome.is_new {
            // Somebody holds more of our own log than we do: this disk is an
            // old one, and what else was written with it can't be known.
            commons.own_logs.abandon(&log);
        }
        let admitted = !outcome.admitted.is_empty();
        let refused = outcome.refused;
        commons.series.withheld = Withheld::Nothing;
        self.absorb(outcome)?;
        let withheld = self.commons.as_ref().map(|commons| commons.series.withheld).unwrap_or_default();
        Ok(match (admitted, refused, withheld) {
            (true, _, Withheld::Nothing) => Intake::New,
            // Its body would travel with it.
            (true, _, Withheld::Unwanted) => Intake::Withheld,
            (true, _, Withheld::Undecided) | (false, None, _) => Intake::Waits,
            (false, Some(refusal), _) => Intake::Refused(refusal),
        })
    }

    /// Takes in a run that this node has just signed.
    pub(super) fn take_own_run(&mut self, run: VerifiedRun) -> Result<(), super::Failure> {
        let last = run.last().id;
        let commons = self.commons_mut()?;
        let log = run.log().id(&commons.admission.commons());
        let outcome = commons.admission.take_run(run);
        let refused = outcome.refused;
        self.absorb(outcome)?;
        let admission = &mut self.commons_mut()?.admission;
        match admission.place(&last) {
            Some(_) => Ok(()),
            None => {
                // Nobody has seen it, so it is as if it had not been written.
                admission.forget_waiting(&log);
                Err(refused.unwrap_or(Refusal::BrokenChain).into())
            }
        }
    }

    /// Takes in verified governance objects.
    pub(super) fn take_objects(&mut self, objects: Vec<Object>) -> Result<Intake, StoreError> {
        let Some(commons) = &mut self.commons else { return Ok(Intake::Waits) };
        let mut fresh: Vec<Object> = Vec::new();
        let mut refused = None;
        let mut ids = BTreeSet::new();
        for object in objects {
            match commons.admission.check_object(&object) {
                Ok(true) if ids.insert(object.id()) => fresh.push(object),
                Ok(_) => {}
                Err(refusal) => refused = Some(refusal),
            }
        }
        if fresh.is_empty() {
            return Ok(refused.map_or(Intake::Known, Intake::Refused));
        }
        let outcome = commons.admission.take_objects(fresh.iter().cloned());
        self.pending.extend(fresh.into_iter().map(Pending::Object));
        self.absorb(outcome)?;
        self.after_governance()?;
        Ok(Intake::New)
    }

    /// Journals and catalogues what an outcome admitted.
    pub(super) fn absorb(&mut self, outcome: Outcome) -> Result<(), StoreError> {
        if let Some(refusal) = outcome.refused {
            self.count_refusal(refusal.code());
        }
        let proof = outcome.fork.map(|conflict| self.prove(&conflict)).transpose()?.flatten();
        let Some(commons) = &mut self.commons else { return Ok(()) };
        commons.digests.forget();
        commons.series.refused.begin(self.now, self.keys.organisation);
        for part in outcome.admitted {
            self.absorb_part(part);
        }
        if outcome.rebuild {
            self.rebuild()?;
        }
        match proof {
            Some(fork) => self.take_objects(vec![fork.into()]).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Makes the proof of a fork that came to light.
    fn prove(&mut self, conflict: &Conflict) -> Result<Option<Fork>, StoreError> {
        // What was taken in a moment ago may be the other branch.
        self.commit()?;
        let Some(commons) = &self.commons else { return Ok(None) };
        let (log, seq) = conflict.place;
        let other = match (&conflict.other, commons.admission.index_of(&log)) {
            (Some(other), _) => Some(other.clone()),
            (None, Some(index)) => self.run_at(commons, index, seq)?.map(|run| (*run).clone()),
            (None, None) => None,
        };
        Ok(other.and_then(|other| Fork::new(commons.admission.commons(), &conflict.run, &other)))
    }

    fn absorb_part(&mut self, part: Admitted) {
        let drop = self.observe_part(&part);
        let Some(commons) = &mut self.commons else { return };
        let places: Vec<Place> = drop.iter().filter_map(|id| commons.admission.place(id)).collect();
        commons.library.erase_at(places);
        let Admitted { mut run, count } = part;
        let is_submission =
            |entry: &Entry| entry.header.kind == EntryKind::Submit && entry.body.bytes().is_some();
        if run.entries()[count..].iter().any(is_submission) {
            // Nobody can judge yet what is not admitted.
            commons.series.withhold(Withheld::Undecided);
        }
        run.drop_bodies(|entry| drop.contains(&entry.id));
        let log = run.log().id(&commons.admission.commons());
        self.pending.push(Pending::Run { log, run, count });
    }

    /// Catalogues the admitted entries of a run. Returns those whose bodies
    /// must not be kept.
    pub(super) fn observe_part(&mut self, part: &Admitted) -> BTreeSet<EntryId> {
        let mut drop = BTreeSet::new();
        for entry in &part.run.entries()[..part.count] {
            let Some((place, organisation)) = self.author_of(&entry.id) else { continue };
            let Some(commons) = &mut self.commons else { continue };
            let meaning = Catalogue::meaning(entry);
            let meaning = commons.settle(entry, organisation, meaning, &mut self.changes);
            // Of a submission only an accepted one is kept, whatever it holds.
            let is_submission = entry.header.kind == EntryKind::Submit && entry.body.bytes().is_some();
            if is_submission && !matches!(meaning, Meaning::Reports(_)) {
                drop.insert(entry.id);
            }
            let observed = commons.catalogue.observe(
                entry.id,
                place,
                entry.header.log.collection,
                organisation,
                &meaning,
            );
            if observed.is_erased {
                drop.insert(entry.id);
            }
            if let Some(document) = observed.document {
                commons.library.note(document, entry, place);
            }
            self.after_observing(observed);
        }
        drop
    }

    /// Where an entry stands and which organisation wrote it.
    pub(super) fn author_of(&self, id: &EntryId) -> Option<(Place, commons_protocol::id::OrganisationId)> {
        let commons = self.commons.as_ref()?;
        let place = commons.admission.place(id)?;
        let (_, name, _) = commons.admission.log_at(place.log)?;
        let node = commons.admission.keys().node(&name.node)?;
        Some((place, node.organisation))
    }

    pub(super) fn after_observing(&mut self, observed: Observed) {
        if let Some(refusal) = observed.refused {
            self.count_refusal(refusal.code());
        }
        let touched: BTreeSet<DocumentId> = observed.document.into_iter().chain(observed.discussed).collect();
        self.changes.extend(touched.iter().map(changed));
        if let Some(commons) = &mut self.commons {
            commons.library.erase(observed.erase, observed.erase_documents);
            commons.library.erase_files(observed.files);
        }
    }

    /// Builds the state again from everything that is stored: the admitted
    /// set may have shrunk.
    fn rebuild(&mut self) -> Result<(), StoreError> {
        self.commit()?;
        self.store.clear_index()?;
        if let Some(commons) = &mut self.commons {
            // Other epochs may be in force, and other rules with them.
            commons.series.refused = Refused::default();
        }
        self.reload()
    }
}

/// The notice that a document changed.
pub fn changed(document: &DocumentId) -> ChangeView {
    ChangeView::Document { id: document.to_string() }
}
