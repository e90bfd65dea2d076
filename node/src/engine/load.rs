//! Loading at start: the index first, then what was appended after it.

use super::journal::{Mark, OBJECT, RUN, RunRow};
use super::library::DocumentRow;
use super::reissue::cuts::Cut;
use super::runs::read_run;
use super::series::{Held, Refused};
use super::{Commons, Engine};
use crate::store::{Position, Record, Store, StoreError, Table};
use commons_protocol::admission::{Admitted, Outcome, Place};
use commons_protocol::catalogue::Meaning;
use commons_protocol::codec;
use commons_protocol::id::{CommonsId, Digest, DocumentId, EntryId, EpochHash, OrganisationId};
use commons_protocol::object::Object;
use commons_protocol::refusal::Refusal;
use commons_protocol::run::VerifiedRun;
use minicbor::{Decode, Encode};
use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;

/// A fact about this node alone, kept as a record because the index may be
/// deleted at any time.
pub const FACT: u8 = 4;

/// Facts about this node alone.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Fact {
    /// The commons in which it takes part.
    #[n(1)]
    Commons(#[n(0)] CommonsId),
    /// The invitation with which it asks to join; none once that is over.
    #[n(2)]
    Joining(#[n(0)] Option<String>),
    /// The organisation, whose id outlives its root keys.
    #[n(3)]
    Organisation(#[n(0)] OrganisationId),
    /// The epoch that stands here whatever the votes say: the last one that
    /// was accepted, or one that the operator chose.
    #[n(4)]
    Chosen(#[n(0)] EpochHash),
    /// Contributions of this organisation that were cut off.
    #[n(5)]
    Cut(#[n(0)] Cut),
    /// A correction that is too small to be told.
    #[n(6)]
    Held(#[n(0)] Held),
}

/// The largest fact: a table whose correction is held.
const FACT_BYTES: usize = 128 * 1024;

impl Fact {
    fn key(&self) -> Vec<u8> {
        match self {
            Self::Commons(_) => b"fact/commons".to_vec(),
            Self::Joining(_) => b"fact/joining".to_vec(),
            Self::Organisation(_) => b"fact/organisation".to_vec(),
            // After the commons, to which it belongs.
            Self::Chosen(_) => b"fact/epoch".to_vec(),
            Self::Held(held) => {
                let key = [&b"fact/held/"[..], &held.measure.0].concat();
                [key, codec::encode(&held.period)].concat()
            }
            Self::Cut(cut) => {
                cut.document.iter().fold(b"fact/cut/".to_vec(), |key, id| [&key[..], &id.0].concat())
            }
        }
    }
}

impl<S: Store> Engine<S> {
    /// Keeps a fact durably.
    pub(super) fn keep_fact(&mut self, fact: &Fact) -> Result<(), StoreError> {
        self.keep_facts(std::slice::from_ref(fact))
    }

    /// Keeps facts durably, all or none.
    pub(super) fn keep_facts(&mut self, facts: &[Fact]) -> Result<(), StoreError> {
        let record = |fact: &Fact| Record { kind: FACT, payload: codec::encode(fact) };
        self.store.append(&facts.iter().map(record).collect::<Vec<_>>())?;
        let rows = facts.iter().map(|fact| (fact.key(), Some(codec::encode(fact))));
        self.store.put(Table::Meta, rows.collect())
    }

    /// Forgets what is in memory and loads it from the disk again.
    pub(super) fn reload(&mut self) -> Result<(), StoreError> {
        self.pending.clear();
        let before = self.commons.take();
        self.refused_before = before.as_ref().map(|commons| commons.series.refused.remembered());
        let own_logs = before.map(|commons| commons.own_logs);
        let loaded = self.load();
        self.refused_before = None;
        loaded?;
        if let Some((commons, own_logs)) = self.commons.as_mut().zip(own_logs) {
            commons.own_logs = own_logs;
        }
        self.close_cut_logs();
        self.refresh_network();
        Ok(())
    }

    pub(super) fn load(&mut self) -> Result<(), StoreError> {
        match self.load_once() {
            // A crash between the records of an erasure and their index rows.
            Err(StoreError::Erased { .. }) => {
                tracing::warn!("the index names an erased record; it is built again");
                self.store.clear_index()?;
                self.commons = None;
                self.load_once()
            }
            loaded => loaded,
        }
    }

    fn load_once(&mut self) -> Result<(), StoreError> {
        self.load_facts()?;
        self.load_objects()?;
        self.load_runs()?;
        self.load_documents()?;
        self.replay()
    }

    /// Says up to where the index is right, so that the next start is quick.
    pub fn mark_indexed(&mut self) -> Result<(), StoreError> {
        self.keep_cuts()?;
        let end = self.store.end();
        if self.pending.is_empty() && self.store.indexed_to()? != end {
            self.store.set_indexed_to(end)?;
        }
        Ok(())
    }

    fn load_facts(&mut self) -> Result<(), StoreError> {
        let mut facts = Vec::new();
        self.store.each(Table::Meta, b"fact/", &mut |_, value| {
            facts.extend(codec::decode::<Fact>(value, FACT_BYTES));
            ControlFlow::Continue(())
        })?;
        facts.into_iter().for_each(|fact| self.learn(fact));
        Ok(())
    }

    fn learn(&mut self, fact: Fact) {
        match fact {
            Fact::Commons(id) if self.commons.is_none() => {
                let mut commons = Commons::new(id);
                // The index may have lost it.
                commons.series.refused =
                    self.refused_before.as_ref().map(Refused::remembered).unwrap_or_default();
                commons.series.is_loading = true;
                self.commons = Some(commons);
            }
            Fact::Commons(_) => {}
            Fact::Joining(code) => self.joining.resume(code.as_deref(), self.commons.is_some()),
            Fact::Organisation(id) => self.keys.organisation = id,
            Fact::Cut(cut) => {
                if let Some(commons) = &mut self.commons {
                    commons.cuts.learn(cut);
                }
            }
            Fact::Held(held) => {
                if let Some(commons) = &mut self.commons {
                    commons.series.learn_held(held);
                }
            }
            Fact::Chosen(epoch) => {
                if let Some(commons) = &mut self.commons {
                    // Nothing is loaded yet that this could change.
                    commons.admission.choose(epoch);
                }
            }
        }
    }

    fn load_objects(&mut self) -> Result<(), StoreError> {
        let mut positions = Vec::new();
        self.store.each(Table::Meta, b"object/", &mut |_, value| {
            positions.extend(value.try_into().ok().map(Position::from_bytes));
            ControlFlow::Continue(())
        })?;
        let records: Result<Vec<Record>, _> = positions.into_iter().map(|at| self.store.read(at)).collect();
        let objects: Vec<Object> =
            records?.iter().filter_map(|record| Object::trusted(&record.payload).ok()).collect();
        if let Some(commons) = &mut self.commons {
            commons.admission.take_objects(objects);
        }
        Ok(())
    }

    fn load_runs(&mut self) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        self.store.each(Table::Runs, b"", &mut |_, value| {
            rows.extend(RunRow::decode(value));
            ControlFlow::Continue(())
        })?;
        for row in rows {
            self.load_row(&row)?;
        }
        if let Some(commons) = &mut self.commons {
            commons.settle_loaded();
        }
        Ok(())
    }

    fn load_row(&mut self, row: &RunRow) -> Result<(), StoreError> {
        let Some(commons) = &mut self.commons else { return Ok(()) };
        let log = row.log.id(&commons.admission.commons());
        let organisation = commons.admission.keys().node(&row.log.node).map(|node| node.organisation);
        commons.admission.load(row.log, row.first, row.ids(), row.epoch);
        commons.runs.insert(&commons.admission, &log, row.first, row.position());
        let Some((organisation, index)) = organisation.zip(commons.admission.index_of(&log)) else {
            return Ok(());
        };
        let mut run = None;
        for ((seq, id), mark) in (row.first..).zip(row.ids()).zip(row.marks()) {
            let place = Place { log: index, seq: u32::try_from(seq).unwrap_or(u32::MAX) };
            let meaning = match mark {
                Mark::Known(meaning) => meaning,
                Mark::Read => {
                    if run.is_none() {
                        run = Some(read_run(&self.store, commons.admission.commons(), row.position())?);
                    }
                    let mut entries = run.iter().flat_map(|run| run.entries());
                    let entry = entries.find(|entry| entry.id == id);
                    entry.map_or(Meaning::Missing, |entry| commons.note_loaded(entry, organisation))
                }
            };
            if meaning == Meaning::Refused(Refusal::Unsafe) {
                commons.series.refused.learn(id);
            }
            let observed = commons.catalogue.observe(id, place, row.log.collection, organisation, &meaning);
            // An interrupted erasure goes on; what is gone already costs a look.
            let (mut entries, mut documents) = (observed.erase, observed.erase_documents);
            if observed.is_erased {
                entries.insert(id);
                documents.extend(observed.document);
                // Of what is said about an erased document nothing is listed.
                if matches!(meaning, Meaning::Says(_)) {
                    commons.library.erase_at([place]);
                }
            }
            commons.library.erase(entries, documents);
        }
        Ok(())
    }

    fn load_documents(&mut self) -> Result<(), StoreError> {
        let Some(commons) = &mut self.commons else { return Ok(()) };
        let catalogue = &mut commons.catalogue;
        self.store.each(Table::Documents, b"", &mut |key, value| {
            if let Some((id, state, contributions)) = document_row(key, value) {
                let listed = catalogue.document(&id).map(|listing| listing.changes.len() as u64);
                catalogue.set_state(&id, Some(state).filter(|_| listed == Some(contributions)));
            }
            ControlFlow::Continue(())
        })?;
        let unchecked = commons.catalogue.documents().filter(|(_, _, listing)| listing.state.is_none());
        let unchecked: Vec<DocumentId> = unchecked.map(|(id, ..)| *id).collect();
        commons.library.mark_stale(unchecked);
        Ok(())
    }

    /// Takes in again what was appended after the index's mark. A record may
    /// need one that lies behind it (an erasure moves records to the end); if
    /// more waits for that than the pool holds, another pass goes on.
    fn replay(&mut self) -> Result<(), StoreError> {
        let from = self.store.indexed_to()?;
        loop {
            let before = self.progress();
            self.replay_pass(from)?;
            let after = self.progress();
            if after.evicted == before.evicted || after.entries == before.entries {
                break;
            }
        }
        if let Some(commons) = &mut self.commons {
            commons.settle_loaded();
            commons.series.is_loading = false;
        }
        self.restore_stored(from)?;
        self.note_cut(from)?;
        self.finish_erasures()?;
        self.mark_indexed()
    }

    /// Puts bodies in their places that only another record holds than the one
    /// from which their entries were admitted.
    fn restore_stored(&mut self, from: Position) -> Result<(), StoreError> {
        let Some(commons) = self.commons.as_ref().filter(|one| one.catalogue.missing().next().is_some())
        else {
            return Ok(());
        };
        let mut found = Vec::new();
        self.each_run(from, &mut |_, run| {
            for entry in run.entries().iter().filter(|entry| commons.catalogue.is_missing(&entry.id)) {
                found.extend(entry.body.bytes().map(|bytes| (entry.id, bytes.to_vec())));
            }
        })?;
        // Submissions may come before those that they follow on.
        let mut is_new = true;
        while std::mem::take(&mut is_new) {
            for (id, body) in &found {
                is_new |= self.take_body(id, body)?.unwrap_or(false);
            }
        }
        Ok(())
    }

    /// Facts and governance first: they decide what runs mean.
    fn replay_pass(&mut self, from: Position) -> Result<(), StoreError> {
        let mut runs = Vec::new();
        let mut others = Vec::new();
        self.store.scan(from, &mut |position, record| {
            match record.kind {
                RUN => runs.push(position),
                _ => others.push((position, record)),
            }
            ControlFlow::Continue(())
        })?;
        let mut objects = Vec::new();
        for (position, record) in others {
            match record.kind {
                FACT => self.replay_fact(&record)?,
                OBJECT => objects.push((position, record)),
                _ => {}
            }
        }
        self.replay_objects(&objects)?;
        let mut seen = Seen::new();
        for position in &runs {
            self.replay_run(*position, &mut seen)?;
        }
        if let Some(commons) = self.commons.as_mut().filter(|commons| !commons.runs.knows_all(&runs)) {
            commons.cuts.note_leftovers();
        }
        Ok(())
    }

    fn progress(&self) -> Progress {
        let admission = self.commons.as_ref().map(|commons| &commons.admission);
        Progress {
            entries: admission.map_or(0, commons_protocol::admission::Admission::entries),
            evicted: admission.map_or(0, commons_protocol::admission::Admission::evicted),
        }
    }

    fn replay_fact(&mut self, record: &Record) -> Result<(), StoreError> {
        let Ok(fact) = codec::decode::<Fact>(&record.payload, FACT_BYTES) else { return Ok(()) };
        self.store.put(Table::Meta, vec![(fact.key(), Some(record.payload.clone()))])?;
        self.learn(fact);
        Ok(())
    }

    fn replay_objects(&mut self, records: &[(Position, Record)]) -> Result<(), StoreError> {
        let Some(commons) = &mut self.commons else { return Ok(()) };
        let objects =
            records.iter().filter_map(|(at, record)| Some((at, Object::trusted(&record.payload).ok()?)));
        let objects: Vec<(&Position, Object)> = objects.collect();
        let rows = objects
            .iter()
            .map(|(at, object)| (super::journal::object_key(object), Some(at.to_bytes().to_vec())));
        self.store.put(Table::Meta, rows.collect())?;
        commons.admission.take_objects(objects.into_iter().map(|(_, object)| object));
        Ok(())
    }

    fn replay_run(&mut self, position: Position, seen: &mut Seen) -> Result<(), StoreError> {
        let Some(commons) = &mut self.commons else { return Ok(()) };
        let run = read_run(&self.store, commons.admission.commons(), position)?;
        seen.entry(run.last().id).or_default().insert((run.first(), position));
        // Where the index names another record for this place, that one must
        // still be there: an interrupted erasure may have moved it here.
        let log = run.log().id(&commons.admission.commons());
        let indexed = commons.admission.index_of(&log).and_then(|log| commons.runs.find(log, run.first()));
        if let Some((_, known)) = indexed.filter(|(_, known)| *known != position) {
            self.store.read(known)?;
        }
        let outcome = commons.admission.take_run(run);
        self.replay_outcome(seen, &outcome)
    }

    /// What was admitted as it is stored, and where. Of several records that
    /// hold it the one with most bodies is meant, and of these the one that
    /// begins lowest: a body that came later is only in one of them.
    fn as_stored(&self, seen: &Seen, part: &Admitted) -> Result<(Admitted, Option<Position>), StoreError> {
        let first = part.run.first();
        let records = seen.get(&part.run.last().id).into_iter().flatten();
        let records: Vec<Position> = records.filter(|(from, _)| *from <= first).map(|(_, at)| *at).collect();
        let Some(commons) = self.commons.as_ref().filter(|_| records.len() > 1) else {
            return Ok((part.clone(), records.first().copied()));
        };
        let mut best: Option<(VerifiedRun, Position)> = None;
        for at in records {
            let stored = read_run(&self.store, commons.admission.commons(), at)?.from_seq(first);
            let Some(stored) = stored else { continue };
            if best.as_ref().is_none_or(|(best, _)| absent_bodies(&stored) < absent_bodies(best)) {
                best = Some((stored, at));
            }
        }
        Ok(match best {
            Some((run, at)) => (Admitted { run, count: part.count }, Some(at)),
            None => (part.clone(), None),
        })
    }

    /// Indexes what a replayed record admitted, itself or of records before it.
    fn replay_outcome(&mut self, seen: &Seen, outcome: &Outcome) -> Result<(), StoreError> {
        let mut rows = Vec::new();
        let mut parts = Vec::new();
        for part in &outcome.admitted {
            let (part, at) = self.as_stored(seen, part)?;
            parts.push(part);
            let (Some(commons), Some((part, at))) = (&mut self.commons, parts.last().zip(at)) else {
                continue;
            };
            let log = part.run.log().id(&commons.admission.commons());
            commons.runs.insert(&commons.admission, &log, part.run.first(), at);
            let mut row = RunRow::new(at, &part.run, part.count);
            row.refuse(|id| commons.series.refused.has(id));
            rows.push((RunRow::key(&log, part.run.first()), Some(row.encode())));
        }
        self.store.put(Table::Runs, rows)?;
        for part in &parts {
            let drop = self.observe_part(part);
            let Some(commons) = &mut self.commons else { return Ok(()) };
            // It did not count when its document was erased, and does again.
            let places: Vec<Place> = drop.iter().filter_map(|id| commons.admission.place(id)).collect();
            commons.library.erase_at(places);
        }
        Ok(())
    }
}

/// Where the runs of a replay lie, by their last entry: all records with their
/// first sequence numbers.
type Seen = HashMap<EntryId, BTreeSet<(u64, Position)>>;

fn absent_bodies(run: &VerifiedRun) -> usize {
    run.entries().iter().filter(|entry| entry.body.bytes().is_none()).count()
}

struct Progress {
    entries: u64,
    evicted: u64,
}

fn document_row(key: &[u8], value: &[u8]) -> Option<(DocumentId, Digest, u64)> {
    let (state, row) = value.split_first_chunk()?;
    let row: DocumentRow = codec::decode(row, 64 * 1024).ok()?;
    Some((DocumentId(key.try_into().ok()?), Digest(*state), row.contributions))
}
