//! What the records hold of documents of which something was cut off: unlike
//! the index, they keep what is no longer admitted.

use super::cuts::Stretch;
use crate::engine::{Commons, Engine, runs};
use crate::store::{Position, Store, StoreError};
use commons_protocol::body::Content;
use commons_protocol::collection::{Collection, DocumentKind};
use commons_protocol::entry::{Entry, LogName};
use commons_protocol::id::{DocumentId, EntryId, LogId};
use commons_protocol::run::VerifiedRun;
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

/// Entries that don't count whose headers are kept while their cause is
/// looked for.
const LOST: usize = 100_000;

/// An entry that changes a document.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Its log.
    pub log: LogId,
    /// The collection of its log.
    pub collection: Collection,
    /// Its place in the log.
    pub seq: u64,
    /// Its claimed time.
    pub time: u64,
    /// Whether it is one of ours that is to be offered.
    pub is_open: bool,
    /// Whether it is admitted.
    pub is_admitted: bool,
    /// Its changes.
    pub changes: Vec<Vec<u8>>,
}

/// An entry that is not admitted.
#[derive(Clone, Debug)]
pub struct Lost {
    /// Its log.
    pub name: LogName,
    /// Its place in the log.
    pub seq: u64,
    /// What it builds on: the entry before it, and those that it names.
    pub parents: Vec<EntryId>,
}

/// What a scan of the records found.
#[derive(Debug, Default)]
pub struct Found {
    /// The entries that change each of the documents.
    pub pieces: BTreeMap<DocumentId, BTreeMap<EntryId, Piece>>,
    /// What the documents are, of those whose creating entry is not admitted.
    pub kinds: BTreeMap<DocumentId, DocumentKind>,
    /// Entries that are not admitted.
    pub lost: HashMap<EntryId, Lost>,
}

/// What to look for: documents, and what is to be offered of each.
pub type Wanted = BTreeMap<DocumentId, Vec<Stretch>>;

impl Found {
    fn take(&mut self, commons: &Commons, wanted: &Wanted, log: &LogId, entry: &Entry) {
        let is_admitted = commons.admission.place(&entry.id).is_some();
        if !is_admitted && self.lost.len() < LOST {
            let header = &entry.header;
            let parents = header.prev.into_iter().chain(header.deps.iter().copied()).collect();
            self.lost.insert(entry.id, Lost { name: header.log, seq: header.seq, parents });
        }
        match content(entry) {
            Some(Content::Create(create)) if wanted.contains_key(&entry.id.creates()) && !is_admitted => {
                self.kinds.insert(entry.id.creates(), create.kind);
            }
            Some(Content::Change(change)) => {
                let Some(stretches) = wanted.get(&change.document) else { return };
                let seq = entry.header.seq;
                let piece = Piece {
                    log: *log,
                    collection: entry.header.log.collection,
                    seq,
                    time: entry.header.time.0,
                    is_open: !is_admitted && stretches.iter().any(|stretch| stretch.covers(log, seq)),
                    is_admitted,
                    changes: change.changes.iter().map(|bytes| bytes.to_vec()).collect(),
                };
                self.pieces.entry(change.document).or_default().insert(entry.id, piece);
            }
            _ => {}
        }
    }
}

/// What an entry says, if its body is here and can be read.
pub fn content(entry: &Entry) -> Option<Content> {
    Content::decode(entry.header.kind, entry.body.bytes()?).ok()
}

impl<S: Store> Engine<S> {
    /// Visits every stored run from `from` on.
    pub(in crate::engine) fn each_run(
        &self,
        from: Position,
        visit: &mut dyn FnMut(Position, &VerifiedRun),
    ) -> Result<(), StoreError> {
        let Some(commons) = &self.commons else { return Ok(()) };
        let id = commons.admission.commons();
        self.store.scan(from, &mut |at, record| {
            if let Some(run) = runs::decode_run(id, record.kind, &record.payload) {
                visit(at, &run);
            }
            ControlFlow::Continue(())
        })?;
        Ok(())
    }

    /// Reads what the records hold of some documents.
    pub(super) fn find_pieces(&self, wanted: &Wanted) -> Result<Found, StoreError> {
        let mut found = Found::default();
        let Some(commons) = &self.commons else { return Ok(found) };
        self.each_run(Position::START, &mut |_, run| {
            let log = run.log().id(&commons.admission.commons());
            run.entries().iter().for_each(|entry| found.take(commons, wanted, &log, entry));
        })?;
        Ok(found)
    }
}
