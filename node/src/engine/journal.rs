//! From memory to disk: what was taken in is appended in batches and made
//! durable before anyone is told.
//!
//! The index keeps one row per stored run: where it lies, the ids of its
//! admitted entries and what their bodies mean. From these rows alone the
//! whole state is loaded at start, without reading a body.

use crate::store::{Position, Record, Store, StoreError, Table};
use commons_protocol::bounded::BoundedVec;
use commons_protocol::catalogue::{Catalogue, Meaning};
use commons_protocol::codec;
use commons_protocol::collection::DocumentKind;
use commons_protocol::entry::LogName;
use commons_protocol::id::{DocumentId, EntryId, LogId};
use commons_protocol::limits::RUN_ENTRIES;
use commons_protocol::object::Object;
use commons_protocol::refusal::Refusal;
use commons_protocol::run::VerifiedRun;
use minicbor::{Decode, Encode};

/// A run: its wire bytes.
pub const RUN: u8 = 1;
/// A governance object: its wire bytes.
pub const OBJECT: u8 = 2;

/// What waits to be appended.
#[derive(Debug)]
pub enum Pending {
    /// A run of which `count` entries were admitted.
    Run {
        /// Its log.
        log: LogId,
        /// The run.
        run: VerifiedRun,
        /// How many of its entries were admitted.
        count: usize,
    },
    /// A governance object.
    Object(Object),
}

/// The index row of a stored run.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(array)]
pub struct RunRow {
    /// Where the record lies.
    #[n(0)]
    position: PositionBytes,
    /// The log.
    #[n(1)]
    pub log: LogName,
    /// Sequence number of its first entry.
    #[n(2)]
    pub first: u64,
    /// The epoch that its last admitted entry names.
    #[n(3)]
    pub epoch: u64,
    /// Ids of the admitted entries, one after the other.
    #[n(4)]
    #[cbor(with = "minicbor::bytes")]
    ids: Vec<u8>,
    /// What each admitted entry's body means: an index into `documents`, or
    /// one of the numbers above them.
    #[n(5)]
    marks: BoundedVec<u16, RUN_ENTRIES>,
    /// Documents that the entries change.
    #[n(6)]
    documents: BoundedVec<DocumentId, RUN_ENTRIES>,
}

#[derive(Clone, Copy, Debug, Encode, Decode)]
#[cbor(transparent)]
struct PositionBytes(#[cbor(with = "minicbor::bytes")] [u8; 8]);

const MISSING: u16 = 1_000;
const ERASED: u16 = 1_001;
const REFUSED: u16 = 1_002;
const ERASES: u16 = 1_003;
const UNDECIDED: u16 = 1_004;
/// A submission that is refused: its body is not kept, and nobody is asked
/// for it.
const UNWANTED: u16 = 1_005;
const CREATES: u16 = 1_100;

/// What the index knows of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// As the catalogue means it.
    Known(Meaning),
    /// It must be read again: an erasure or a receipt, or a refused body.
    Read,
}

impl RunRow {
    /// The row of a run of which `count` entries were admitted.
    pub fn new(position: Position, run: &VerifiedRun, count: usize) -> Self {
        let admitted = &run.entries()[..count];
        let mut documents: Vec<DocumentId> = Vec::new();
        let marks = admitted.iter().map(|entry| mark(&Catalogue::meaning(entry), &mut documents)).collect();
        Self {
            position: PositionBytes(position.to_bytes()),
            log: run.log(),
            first: run.first(),
            epoch: admitted.last().map_or(0, |entry| entry.header.epoch),
            ids: admitted.iter().flat_map(|entry| entry.id.0).collect(),
            // A run never has more entries than these can hold.
            marks: BoundedVec::new(marks).unwrap_or_default(),
            documents: BoundedVec::new(documents).unwrap_or_default(),
        }
    }

    /// Where the record lies.
    pub fn position(&self) -> Position {
        Position::from_bytes(self.position.0)
    }

    /// Ids of the admitted entries.
    pub fn ids(&self) -> impl Iterator<Item = EntryId> {
        self.ids.chunks_exact(32).map(|chunk| {
            let mut id = [0; 32];
            id.copy_from_slice(chunk);
            EntryId(id)
        })
    }

    /// What the admitted entries' bodies mean.
    pub fn marks(&self) -> impl Iterator<Item = Mark> {
        self.marks.iter().map(|mark| match *mark {
            MISSING => Mark::Known(Meaning::Missing),
            UNDECIDED => Mark::Known(Meaning::Undecided),
            ERASED => Mark::Known(Meaning::Erased),
            UNWANTED => Mark::Known(Meaning::Refused(Refusal::Unsafe)),
            number => match self.documents.get(usize::from(number)) {
                Some(document) => Mark::Known(Meaning::Changes(*document)),
                None => kind_of(number).map_or(Mark::Read, |kind| Mark::Known(Meaning::Creates(kind))),
            },
        })
    }

    /// The row's key: log, then first sequence number.
    pub fn key(log: &LogId, first: u64) -> Vec<u8> {
        [&log.0[..], &first.to_be_bytes()].concat()
    }

    /// Marks bodies as erased.
    pub fn erase(&mut self, is_erased: impl Fn(&EntryId) -> bool) {
        self.mark(ERASED, is_erased);
    }

    /// Marks bodies as those of submissions that are refused.
    pub fn refuse(&mut self, is_refused: impl Fn(&EntryId) -> bool) {
        self.mark(UNWANTED, is_refused);
    }

    fn mark(&mut self, new: u16, is_meant: impl Fn(&EntryId) -> bool) {
        let ids: Vec<EntryId> = self.ids().collect();
        let marks =
            ids.iter().zip(self.marks.iter()).map(|(id, mark)| if is_meant(id) { new } else { *mark });
        self.marks = BoundedVec::new(marks.collect()).unwrap_or_default();
    }

    /// Decodes a row that this node wrote.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        codec::decode(bytes, 64 * 1024).ok()
    }

    /// The row's bytes.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }
}

fn mark(meaning: &Meaning, documents: &mut Vec<DocumentId>) -> u16 {
    match meaning {
        Meaning::Missing => MISSING,
        Meaning::Undecided => UNDECIDED,
        Meaning::Erased => ERASED,
        Meaning::Refused(_) => REFUSED,
        Meaning::Erases(_) | Meaning::Says(_) | Meaning::Reports(_) => ERASES,
        Meaning::Creates(kind) => CREATES + u16::from(kind_number(*kind)),
        Meaning::Changes(document) => {
            let known = documents.iter().position(|known| known == document).unwrap_or_else(|| {
                documents.push(*document);
                documents.len() - 1
            });
            // Below RUN_ENTRIES.
            u16::try_from(known).unwrap_or(REFUSED)
        }
    }
}

fn kind_number(kind: DocumentKind) -> u8 {
    kind.number()
}

fn kind_of(number: u16) -> Option<DocumentKind> {
    DocumentKind::ALL.iter().copied().find(|kind| CREATES + u16::from(kind_number(*kind)) == number)
}

/// Appends and indexes everything that is pending, and notes which submissions
/// are refused. Returns the position of each item. Nothing is acknowledged
/// before this returns.
pub fn commit(
    store: &mut impl Store,
    pending: &[Pending],
    is_refused: &dyn Fn(&EntryId) -> bool,
) -> Result<Vec<Position>, StoreError> {
    let records: Vec<Record> = pending.iter().map(record).collect();
    let positions = store.append(&records)?;
    let rows = pending.iter().zip(&positions);
    let runs = rows.clone().filter_map(|(item, position)| match item {
        Pending::Run { log, run, count } => {
            let mut row = RunRow::new(*position, run, *count);
            row.refuse(is_refused);
            Some((RunRow::key(log, run.first()), Some(row.encode())))
        }
        _ => None,
    });
    let objects = rows.filter_map(|(item, position)| match item {
        Pending::Object(object) => Some((object_key(object), Some(position.to_bytes().to_vec()))),
        _ => None,
    });
    // Keys before what they signed: a crash may keep the first of the two only.
    for (table, changes) in [(Table::Meta, objects.collect()), (Table::Runs, runs.collect::<Vec<_>>())] {
        if !changes.is_empty() {
            store.put(table, changes)?;
        }
    }
    Ok(positions)
}

/// The key under which an object's position stands in the table of facts.
pub fn object_key(object: &Object) -> Vec<u8> {
    [b"object/".as_slice(), &object.id().0].concat()
}

fn record(item: &Pending) -> Record {
    match item {
        Pending::Run { run, .. } => Record { kind: RUN, payload: run.encode() },
        Pending::Object(object) => Record { kind: OBJECT, payload: object.encode() },
    }
}
