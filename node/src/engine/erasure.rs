//! Erasing what should never have been written, and confirming it.
//!
//! An erase entry is durable before anything is erased, so an interrupted
//! erasure is finished at the next start. A receipt is written only after the
//! bytes on this node's disk are gone.

mod kept;

use super::chains::text;
use super::journal::RunRow;
use super::membership::unique_prefix;
use super::{Caller, Engine, Failure, guarding};
use crate::store::{Position, Record, Store, StoreError, Table};
use crate::view::{EraseRequest, ErasureView};
use commons_protocol::admission::Place;
use commons_protocol::body::{Content, Erase, EraseTarget, Receipt};
use commons_protocol::bounded::BoundedVec;
use commons_protocol::catalogue::Erasure;
use commons_protocol::collection::{Collection, Standing};
use commons_protocol::entry::{Entry, EntryKind};
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::limits::ERASE_ENTRIES;
use commons_protocol::run::VerifiedRun;
use std::collections::{BTreeMap, BTreeSet};

impl<S: Store> Engine<S> {
    /// Asks every node to erase a document or entries.
    pub fn erase(&mut self, caller: &Caller, request: &EraseRequest) -> Result<ErasureView, Failure> {
        let person = self.person_of(caller)?;
        let reason = text(&request.reason)?;
        if reason.is_empty() {
            return Err(Failure::invalid(
                "no-reason",
                "say why: everyone who is asked to erase will read it",
            ));
        }
        guarding::check_reason(&reason)?;
        let (targets, collection) = self.erase_targets(request)?;
        let erase = |target| Content::Erase(Erase { target, reason: reason.clone() });
        let contents: Vec<Content> = targets.into_iter().map(erase).collect();
        let ids = self.write(collection, person, Vec::new(), &contents)?;
        self.commit()?;
        self.finish_erasures()?;
        let id = *ids.last().ok_or_else(|| Failure::internal("write", "nothing was written"))?;
        let erasure = self.commons()?.catalogue.erasures().get(&id);
        let erasure = erasure.ok_or_else(|| Failure::internal("erase", "the erasure did not take effect"))?;
        Ok(self.erasure_view(&id, erasure))
    }

    /// All erasures, with who has confirmed them.
    pub fn erasures(&self) -> Result<Vec<ErasureView>, Failure> {
        let erasures = self.commons()?.catalogue.erasures().iter();
        Ok(erasures.map(|(id, erasure)| self.erasure_view(id, erasure)).collect())
    }

    /// Erases from disk and memory what is to be erased, and writes receipts
    /// for erasures that this node has carried out. Both are repeated until
    /// done, also after a crash in the middle.
    pub fn finish_erasures(&mut self) -> Result<(), StoreError> {
        let Some(commons) = &mut self.commons else { return Ok(()) };
        // Files first: the entries that name them are still on the disk if
        // this is interrupted.
        let files = commons.library.take_files();
        let left = self.remove_files(files);
        let Some(commons) = &mut self.commons else { return Ok(()) };
        let (entries, documents) = commons.library.take_erasures();
        // Documents wait for their own files, and for no others: somebody
        // reads one just now, and may do so for ever.
        let held: BTreeSet<DocumentId> = left.iter().map(|attach| attach.document).collect();
        let (waiting, documents) = documents.into_iter().partition(|document| held.contains(document));
        commons.library.erase_files(left);
        commons.library.erase(BTreeSet::new(), waiting);
        let places = commons.library.take_places();
        let is_idle = entries.is_empty() && documents.is_empty() && places.is_empty();
        let done = if is_idle { Ok(()) } else { self.carry_out(&entries, &documents, &places) };
        if let Err(error) = done {
            // Nothing is confirmed before it is done.
            if let Some(commons) = &mut self.commons {
                commons.library.erase(entries, documents);
                commons.library.erase_at(places);
            }
            return Err(error);
        }
        self.repeat_erasures()?;
        self.write_receipts(&held)
    }

    fn carry_out(
        &mut self,
        entries: &BTreeSet<EntryId>,
        documents: &BTreeSet<DocumentId>,
        places: &BTreeSet<Place>,
    ) -> Result<(), StoreError> {
        self.commit()?;
        for document in documents {
            self.explain_own(document)?;
        }
        let mut all = self.places_to_erase(entries, documents);
        all.extend(places);
        self.erase_places(&all)?;
        self.erase_leftovers(entries, documents)
    }

    /// Names those of our entries that the erasure of their document does not
    /// name, since its writer did not know them: once their bodies are gone,
    /// nobody could tell why they are absent.
    fn explain_own(&mut self, document: &DocumentId) -> Result<(), StoreError> {
        let Some((collection, entries)) = self.unexplained(document)? else { return Ok(()) };
        let reason = text("part of a document that was erased").unwrap_or_default();
        let erase = |entries: &[EntryId]| {
            let entries = BoundedVec::new(entries.to_vec()).unwrap_or_default();
            Content::Erase(Erase {
                target: EraseTarget::Document(*document, entries),
                reason: reason.clone(),
            })
        };
        let contents: Vec<Content> = entries.chunks(ERASE_ENTRIES).map(erase).collect();
        match self.write(collection, self.operator(), Vec::new(), &contents) {
            Ok(_) => self.commit(),
            Err(failure) => {
                tracing::debug!(%failure, "absent bodies can't be explained now");
                Ok(())
            }
        }
    }

    /// Entries of this node in an erased document that no erasure names, with
    /// their collection.
    fn unexplained(&self, document: &DocumentId) -> Result<Option<(Collection, Vec<EntryId>)>, StoreError> {
        let Some(commons) = &self.commons else { return Ok(None) };
        let Some(listing) = commons.catalogue.document(document) else { return Ok(None) };
        let Some(created) = listing.created.filter(|_| commons.catalogue.is_document_erased(document)) else {
            return Ok(None);
        };
        let node = self.keys.node.public();
        let is_own = |place: &&Place| {
            commons.admission.log_at(place.log).is_some_and(|(_, name, _)| name.node == node)
        };
        let mut entries = Vec::new();
        for place in listing.changes.iter().chain(&listing.papers).filter(is_own) {
            entries.extend(self.entry_at(commons, *place)?.map(|entry| entry.id));
        }
        entries.retain(|id| !commons.catalogue.is_explained(id));
        Ok((!entries.is_empty()).then_some((created.kind.collection(), entries)))
    }

    /// Replaces a stored run by one with other bodies. All rows of its record
    /// go with it: it has several if it was admitted in parts when the index
    /// was built again.
    pub(super) fn replace_run(&mut self, place: Place, run: VerifiedRun) -> Result<(), StoreError> {
        let Some(commons) = &self.commons else { return Ok(()) };
        let Some((_, at)) = commons.runs.find(place.log, u64::from(place.seq)) else { return Ok(()) };
        let mut rows = Vec::new();
        for first in commons.runs.firsts(place.log, &run, at) {
            let seq = u32::try_from(first).unwrap_or(u32::MAX);
            rows.extend(self.row_at(commons, Place { seq, ..place })?);
        }
        if rows.is_empty() {
            return Ok(());
        }
        let log = run.log().id(&commons.admission.commons());
        let record = Record { kind: super::journal::RUN, payload: run.encode() };
        let moved = self.store.replace(vec![(at, record)])?;
        let Some(moved) = moved.first().copied() else { return Ok(()) };
        let change = |(key, row): &(Vec<u8>, RunRow)| {
            Some((key.clone(), Some(self.moved_row(row, &run, moved)?.encode())))
        };
        let changes = rows.iter().filter_map(change).collect();
        self.store.put(Table::Runs, changes)?;
        if let Some(commons) = &mut self.commons {
            for (_, row) in &rows {
                commons.runs.insert(&commons.admission, &log, row.first, moved);
            }
            commons.runs.forget_decoded();
        }
        Ok(())
    }

    /// A row of a record that was replaced by `run`, which lies at `moved`.
    fn moved_row(&self, row: &RunRow, run: &VerifiedRun, moved: Position) -> Option<RunRow> {
        let admitted = run.clone().from_seq(row.first)?;
        let absent: BTreeSet<EntryId> = admitted
            .entries()
            .iter()
            .filter(|entry| entry.body.bytes().is_none())
            .map(|entry| entry.id)
            .collect();
        let mut row = RunRow::new(moved, &admitted, row.ids().count().min(admitted.entries().len()));
        let commons = self.commons.as_ref()?;
        row.erase(|id| absent.contains(id) && !commons.catalogue.is_missing(id));
        row.refuse(|id| commons.series.refused.has(id));
        Some(row)
    }

    fn erase_targets(&self, request: &EraseRequest) -> Result<(Vec<EraseTarget>, Collection), Failure> {
        match (&request.document, request.entries.as_slice()) {
            (Some(document), []) => self.document_targets(document),
            (None, [_, ..]) => self.entries_target(&request.entries),
            _ => Err(Failure::invalid(
                "erase-what",
                "name either one document or one or more entries (see `history`)",
            )),
        }
    }

    /// The whole document, with the entries that are known to belong to it:
    /// where their bodies are absent, everybody knows why.
    fn document_targets(&self, prefix: &str) -> Result<(Vec<EraseTarget>, Collection), Failure> {
        let id = self.find_document(prefix)?;
        let (kind, organisation) = self.created(&id).ok_or_else(|| Failure::not_found("document", prefix))?;
        self.check_own(organisation)?;
        self.check_document_may_go(&id)?;
        let commons = self.commons()?;
        let listing = commons.catalogue.document(&id);
        let places = listing.into_iter().flat_map(|listing| listing.changes.iter().chain(&listing.papers));
        let mut entries = Vec::new();
        for place in places {
            entries.extend(self.entry_at(commons, *place)?.map(|entry| entry.id));
        }
        let target = |entries: &[EntryId]| {
            EraseTarget::Document(id, BoundedVec::new(entries.to_vec()).unwrap_or_default())
        };
        let targets = match entries.is_empty() {
            true => vec![target(&[])],
            false => entries.chunks(ERASE_ENTRIES).map(target).collect(),
        };
        Ok((targets, kind.collection()))
    }

    fn entries_target(&self, prefixes: &[String]) -> Result<(Vec<EraseTarget>, Collection), Failure> {
        let mut targets = Vec::new();
        let mut collections = BTreeSet::new();
        for prefix in prefixes {
            let (id, place) = self.find_entry(prefix)?;
            let (_, organisation) = self.author_of(&id).ok_or_else(|| Failure::not_found("entry", prefix))?;
            self.check_own(organisation)?;
            self.check_entry_may_go(&id, place)?;
            collections
                .extend(self.commons()?.admission.log_at(place.log).map(|(_, name, _)| name.collection));
            targets.push(id);
        }
        let collection = match collections.into_iter().collect::<Vec<_>>().as_slice() {
            [collection] => *collection,
            _ => {
                return Err(Failure::invalid(
                    "erase-what",
                    "the entries are of different collections; erase them one collection at a time",
                ));
            }
        };
        let entries =
            BoundedVec::new(targets).map_err(|error| Failure::invalid("too-large", error.to_string()))?;
        Ok((vec![EraseTarget::Entries(entries)], collection))
    }

    fn check_own(&self, organisation: commons_protocol::id::OrganisationId) -> Result<(), Failure> {
        match organisation == self.keys.organisation {
            true => Ok(()),
            false => Err(commons_protocol::refusal::Refusal::NotTheAuthor.into()),
        }
    }

    fn find_entry(&self, prefix: &str) -> Result<(EntryId, Place), Failure> {
        let admission = &self.commons()?.admission;
        let id = unique_prefix("entry", prefix, admission.entry_ids().map(ToString::to_string))?;
        let id: EntryId = id.parse().map_err(|_| Failure::not_found("entry", prefix))?;
        let place = admission.place(&id).ok_or_else(|| Failure::not_found("entry", prefix))?;
        Ok((id, place))
    }

    fn places_to_erase(
        &self,
        entries: &BTreeSet<EntryId>,
        documents: &BTreeSet<DocumentId>,
    ) -> BTreeSet<Place> {
        let Some(commons) = &self.commons else { return BTreeSet::new() };
        let by_author = entries.iter().filter_map(|id| {
            let (place, author) = self.author_of(id)?;
            commons.catalogue.is_entry_erased(id, &author).then_some(place)
        });
        let erased = documents.iter().filter(|id| commons.catalogue.is_document_erased(id));
        let of_documents = erased.filter_map(|id| commons.catalogue.document(id)).flat_map(|listing| {
            listing
                .changes
                .iter()
                .chain(&listing.papers)
                .copied()
                .chain(listing.created.map(|created| created.place))
        });
        by_author.chain(of_documents).collect()
    }

    /// Drops bodies from every stored record that holds them. The index held
    /// titles and what the bodies meant; only a fresh index is without their
    /// bytes.
    fn erase_places(&mut self, places: &BTreeSet<Place>) -> Result<(), StoreError> {
        let mut changed: BTreeMap<Position, Record> = BTreeMap::new();
        for (at, mut run, seqs) in self.records_with(places)? {
            let is_target =
                |entry: &Entry| seqs.contains(&entry.header.seq) && entry.header.kind != EntryKind::Create;
            if run.drop_bodies(is_target) {
                changed.insert(at, Record { kind: super::journal::RUN, payload: run.encode() });
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        self.store.replace(changed.into_iter().collect())?;
        tracing::info!(bodies = places.len(), "erased bodies from the disk");
        self.store.clear_index()?;
        self.reload()
    }

    /// The stored records that hold entries at these places, with the
    /// sequence numbers that are meant. An entry can lie in several: a run is
    /// stored again from where it was admitted later.
    fn records_with(
        &self,
        places: &BTreeSet<Place>,
    ) -> Result<Vec<(Position, VerifiedRun, BTreeSet<u64>)>, StoreError> {
        let Some(commons) = &self.commons else { return Ok(Vec::new()) };
        let mut seqs: BTreeMap<Position, BTreeSet<u64>> = BTreeMap::new();
        for place in places {
            for at in commons.runs.holding(place.log, u64::from(place.seq)) {
                seqs.entry(at).or_default().insert(u64::from(place.seq));
            }
        }
        let id = commons.admission.commons();
        let read = |(at, seqs)| Ok((at, super::runs::read_run(&self.store, id, at)?, seqs));
        seqs.into_iter().map(read).collect()
    }

    /// Confirms erasures of others and of our own that are carried out here.
    fn write_receipts(&mut self, held: &BTreeSet<DocumentId>) -> Result<(), StoreError> {
        let own = self.keys.organisation;
        let Some(commons) = &self.commons else { return Ok(()) };
        let is_held = |target: &EraseTarget| match target {
            EraseTarget::Document(document, _) => held.contains(document) || commons.stays(target),
            EraseTarget::Entries(_) => commons.stays(target),
        };
        let open = commons.catalogue.erasures().iter();
        let open = open.filter(|(_, erasure)| !erasure.receipts.contains(&own) && !is_held(&erasure.target));
        let open: Vec<(EntryId, Collection)> = open.map(|(id, erasure)| (*id, erasure.collection)).collect();
        for (erase, collection) in open {
            let operator = self.operator();
            match self.write(collection, operator, Vec::new(), &[Content::Receipt(Receipt { erase })]) {
                Ok(_) => self.commit()?,
                // Not delegated yet, or removed: nothing to confirm with.
                Err(failure) => tracing::debug!(%failure, "an erasure can't be confirmed now"),
            }
        }
        Ok(())
    }

    fn erasure_view(&self, id: &EntryId, erasure: &Erasure) -> ErasureView {
        let governance = self.commons.as_ref().and_then(|commons| commons.admission.governance());
        let members = governance.map(|governance| governance.current().members.to_vec()).unwrap_or_default();
        let active = members.iter().filter(|member| member.standing == Standing::Active);
        let (confirmed, missing): (Vec<_>, Vec<_>) =
            active.partition(|member| erasure.receipts.contains(&member.organisation));
        let names = |members: Vec<&commons_protocol::charter::Member>| {
            members.iter().map(|member| member.name.to_string()).collect()
        };
        ErasureView {
            id: id.to_string(),
            target: match &erasure.target {
                EraseTarget::Document(document, _) => format!("document {document}"),
                EraseTarget::Entries(entries) => {
                    let ids: Vec<String> = entries.iter().map(ToString::to_string).collect();
                    format!("entries {}", ids.join(", "))
                }
            },
            reason: erasure.reason.clone(),
            organisation: self.name_of(&erasure.organisation),
            confirmed_by: names(confirmed),
            missing: names(missing),
        }
    }
}

#[cfg(test)]
mod tests;
