//! The node's state as a catch-up session sees it.

mod asking;

pub use asking::Asking;

use super::intake::Intake;
use super::{Commons, Engine};
use crate::store::Store;
use commons_protocol::admission::Place;
use commons_protocol::catalogue::{Catalogue, Meaning};
use commons_protocol::entry::{Entry, EntryKind};
use commons_protocol::id::{CommonsId, Digest, EntryId, LogId, ObjectId};
use commons_protocol::limits::{BODIES, BUCKETS};
use commons_protocol::object::Object;
use commons_protocol::refusal::Refusal;
use commons_protocol::rules::Wait;
use commons_protocol::run::{Run, VerifiedRun};
use commons_protocol::sync::Replica;
use commons_protocol::sync::session::Taken;
use commons_protocol::sync::table::{Row, Table, bucket_digests, digest};

/// Digests of both tables, computed when they are asked for.
#[derive(Debug, Default)]
pub struct Digests {
    objects: Option<Digest>,
    heads: Option<Digest>,
}

impl Digests {
    /// The tables changed.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

impl Commons {
    /// The digest of a table.
    pub(super) fn digest(&mut self, table: Table) -> Digest {
        let known = match table {
            Table::Objects => self.digests.objects,
            Table::Heads => self.digests.heads,
        };
        let digest = known.unwrap_or_else(|| digest(rows(self, table).collect()));
        match table {
            Table::Objects => self.digests.objects = Some(digest),
            Table::Heads => self.digests.heads = Some(digest),
        }
        digest
    }
}

fn rows(commons: &Commons, table: Table) -> Box<dyn Iterator<Item = Row> + '_> {
    match table {
        Table::Objects => {
            Box::new(commons.admission.objects().keys().map(|id| Row { id: id.0, version: 0, tag: id.0 }))
        }
        Table::Heads => Box::new(commons.admission.heads().map(|(log, _, head)| Row {
            id: log.0,
            version: head.seq + 1,
            tag: head.id.0,
        })),
    }
}

/// The engine with what a session needs to know beside it: the first fault of
/// the store, which ends the session.
pub(super) struct View<'a, S: Store> {
    pub engine: &'a mut Engine<S>,
    pub fault: Option<crate::store::StoreError>,
}

impl<S: Store> View<'_, S> {
    fn commons(&self) -> Option<&Commons> {
        self.engine.commons.as_ref()
    }

    fn keep<T>(&mut self, result: Result<T, crate::store::StoreError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault.get_or_insert(error);
                None
            }
        }
    }

    fn take_run(&mut self, bytes: &[u8], taken: &mut Taken) {
        let Some(commons) = self.commons().map(|commons| commons.admission.commons()) else { return };
        let run = match Run::decode(bytes).and_then(|run| run.verify(commons)) {
            Ok(run) => run,
            Err(refusal) => {
                taken.fault = Some(refusal);
                return;
            }
        };
        let log = run.log().id(&commons);
        let before = self.next_wanted(&log.0);
        let result = self.engine.take_run(run);
        match self.keep(result) {
            Some(Intake::New) => taken.progress = true,
            Some(Intake::Refused(Refusal::OtherBranch)) => taken.broken.push(log.0),
            Some(_) => taken.progress |= self.next_wanted(&log.0) > before,
            None => {}
        }
    }
}

impl<S: Store> Replica for View<'_, S> {
    fn commons(&self) -> CommonsId {
        self.commons().map_or(CommonsId([0; 32]), |commons| commons.admission.commons())
    }

    fn epoch(&self) -> u64 {
        let governance = self.commons().and_then(|commons| commons.admission.governance());
        governance.map_or(0, |governance| governance.current().number)
    }

    fn digest(&mut self, table: Table) -> Digest {
        self.engine.commons.as_mut().map_or(Digest([0; 32]), |commons| commons.digest(table))
    }

    fn buckets(&mut self, table: Table) -> [u64; BUCKETS] {
        self.commons().map_or([0; BUCKETS], |commons| bucket_digests(rows(commons, table)))
    }

    fn rows(&self, table: Table) -> Vec<Row> {
        self.commons().map_or_else(Vec::new, |commons| rows(commons, table).collect())
    }

    fn next_wanted(&self, log: &[u8; 32]) -> u64 {
        let Some(commons) = self.commons() else { return 0 };
        let log = LogId(*log);
        let next = commons.admission.head(&log).map_or(0, |head| head.seq + 1);
        commons.admission.waiting().contiguous_from(&log, next)
    }

    fn read_runs(&mut self, log: &[u8; 32], from: u64, max_bytes: usize) -> Vec<Vec<u8>> {
        let committed = self.engine.commit();
        if self.keep(committed).is_none() {
            return Vec::new();
        }
        let Some(commons) = self.commons() else { return Vec::new() };
        let runs = self.engine.serve_log(commons, &LogId(*log), from, max_bytes);
        self.keep(runs).unwrap_or_default().iter().map(VerifiedRun::encode).collect()
    }

    fn read_object(&mut self, id: &[u8; 32]) -> Option<Vec<u8>> {
        self.commons()?.admission.objects().get(&ObjectId(*id)).map(Object::encode)
    }

    fn take_runs(&mut self, runs: Vec<Vec<u8>>) -> Taken {
        let mut taken = Taken::default();
        for bytes in runs {
            self.take_run(&bytes, &mut taken);
            if taken.fault.is_some() {
                break;
            }
        }
        taken
    }

    fn take_objects(&mut self, objects: Vec<Vec<u8>>) -> Taken {
        let objects: Result<Vec<Object>, Refusal> =
            objects.iter().map(|bytes| Object::decode(bytes)).collect();
        match objects {
            Err(refusal) => Taken { fault: Some(refusal), ..Taken::default() },
            Ok(objects) => {
                let result = self.engine.take_objects(objects);
                let progress = self.keep(result) == Some(Intake::New);
                Taken { progress, ..Taken::default() }
            }
        }
    }

    fn missing_bodies(&mut self) -> Vec<EntryId> {
        let (now, own) = (self.engine.now, self.engine.keys.organisation);
        let Some(commons) = &mut self.engine.commons else { return Vec::new() };
        let refused = &mut commons.series.refused;
        refused.begin(now, own);
        let missing = commons.catalogue.missing_with_authors();
        commons.asking.next(missing.filter(|(_, author)| refused.is_its_turn(author)), BODIES)
    }

    fn read_bodies(&mut self, entries: &[EntryId]) -> Vec<(EntryId, Vec<u8>)> {
        let committed = self.engine.commit();
        if self.keep(committed).is_none() {
            return Vec::new();
        }
        let mut bodies = Vec::new();
        for id in entries {
            let Some(commons) = self.commons() else { break };
            let Some(place) = commons.admission.place(id) else { continue };
            let entry = self.engine.entry_at(commons, place);
            let entry = self.keep(entry).flatten();
            let Some(commons) = self.commons() else { break };
            let entry = entry.filter(|entry| commons.may_serve(entry));
            let body = entry.and_then(|entry| entry.body.bytes().map(<[u8]>::to_vec));
            bodies.extend(body.map(|body| (*id, body)));
        }
        bodies
    }

    fn take_bodies(&mut self, bodies: Vec<(EntryId, Vec<u8>)>) -> Taken {
        let mut taken = Taken::default();
        for (id, body) in bodies {
            let result = self.engine.take_body(&id, &body);
            match self.keep(result) {
                Some(Ok(is_new)) => taken.progress |= is_new,
                Some(Err(refusal)) => taken.fault = Some(refusal),
                None => {}
            }
        }
        taken
    }
}

impl<S: Store> Engine<S> {
    /// Puts a missing body in its place. Refused if it is not the body that
    /// the entry's header names.
    pub(super) fn take_body(
        &mut self,
        id: &EntryId,
        body: &[u8],
    ) -> Result<Result<bool, Refusal>, crate::store::StoreError> {
        self.commit()?;
        let Some(commons) = &self.commons else { return Ok(Ok(false)) };
        let Some(place) = commons.admission.place(id).filter(|_| commons.catalogue.is_missing(id)) else {
            return Ok(Ok(false));
        };
        let Some(run) = self.run_at(commons, place.log, u64::from(place.seq))? else { return Ok(Ok(false)) };
        let mut run = (*run).clone();
        if let Err(refusal) = run.restore_body(u64::from(place.seq), body) {
            return Ok(Err(refusal));
        }
        if is_of_erased(commons, &run, place) {
            // Somebody has not erased it yet; nobody needs it any more.
            return Ok(Ok(false));
        }
        let entry = run.entries_from(u64::from(place.seq)).first().cloned();
        if let Some(entry) = entry.filter(|entry| entry.header.kind == EntryKind::Submit) {
            return self.take_report(place, run, &entry).map(Ok);
        }
        self.replace_run(place, run)?;
        self.observe_restored(place)?;
        Ok(Ok(true))
    }

    /// Keeps the body of a submission if it may be accepted now.
    fn take_report(
        &mut self,
        place: Place,
        run: VerifiedRun,
        entry: &Entry,
    ) -> Result<bool, crate::store::StoreError> {
        let Some((_, organisation)) = self.author_of(&entry.id) else { return Ok(false) };
        let own = self.keys.organisation;
        let Some(commons) = &mut self.commons else { return Ok(false) };
        commons.series.refused.begin(self.now, own);
        let meaning = commons.settle(entry, organisation, Catalogue::meaning(entry), &mut self.changes);
        let observed =
            commons.catalogue.observe(entry.id, place, entry.header.log.collection, organisation, &meaning);
        self.after_observing(observed);
        match meaning {
            Meaning::Reports(_) => self.replace_run(place, run).map(|()| true),
            Meaning::Refused(_) => self.note_refused(place).map(|()| false),
            _ => Ok(false),
        }
    }

    /// Notes on the disk that a submission is refused: nobody is asked for it
    /// again.
    fn note_refused(&mut self, place: Place) -> Result<(), crate::store::StoreError> {
        let Some(commons) = &self.commons else { return Ok(()) };
        let Some((key, mut row)) = self.row_at(commons, place)? else { return Ok(()) };
        row.refuse(|id| commons.series.refused.has(id));
        self.store.put(crate::store::Table::Runs, vec![(key, Some(row.encode()))])
    }

    fn observe_restored(&mut self, place: Place) -> Result<(), crate::store::StoreError> {
        let Some(commons) = &self.commons else { return Ok(()) };
        let Some(entry) = self.entry_at(commons, place)? else { return Ok(()) };
        let Some((_, organisation)) = self.author_of(&entry.id) else { return Ok(()) };
        let Some(commons) = &mut self.commons else { return Ok(()) };
        let meaning = commons.settle(&entry, organisation, Catalogue::meaning(&entry), &mut self.changes);
        let observed =
            commons.catalogue.observe(entry.id, place, entry.header.log.collection, organisation, &meaning);
        if let Some(document) = observed.document {
            commons.library.forget(&document);
        }
        self.after_observing(observed);
        Ok(())
    }

    /// What waits, by reason: for status.
    pub(super) fn waits(&self) -> Vec<(LogId, Wait, usize)> {
        self.commons.as_ref().map_or_else(Vec::new, |commons| commons.admission.waiting().reasons().collect())
    }
}

/// Whether the entry at `place` of a run belongs to a document that was erased.
fn is_of_erased(commons: &Commons, run: &VerifiedRun, place: Place) -> bool {
    let entry = run.entries_from(u64::from(place.seq)).first();
    match entry.map(Catalogue::meaning) {
        Some(Meaning::Changes(document)) => commons.catalogue.is_document_erased(&document),
        Some(meaning) if meaning.is_kept() => false,
        Some(Meaning::Says(paper)) => {
            paper.body.document().is_some_and(|document| commons.catalogue.is_document_erased(&document))
        }
        _ => false,
    }
}
