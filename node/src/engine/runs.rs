//! Where the entries of each log lie on disk.

use super::journal::{Pending, RUN};
use super::{Commons, Engine};
use crate::store::{Position, Store, StoreError};
use commons_protocol::admission::{Admission, Place};
use commons_protocol::entry::Entry;
use commons_protocol::id::{CommonsId, LogId};
use commons_protocol::limits::{RUN_BYTES, RUN_ENTRIES, RUN_HEADER_BYTES};
use commons_protocol::run::{Run, VerifiedRun};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// Decoded runs that are kept: documents are built from neighbours.
const CACHED_RUNS: usize = 24;

/// First sequence number → position of the record, by log.
#[derive(Debug, Default)]
pub struct RunIndex {
    logs: HashMap<u32, BTreeMap<u64, Position>>,
    cache: RefCell<VecDeque<(Position, Arc<VerifiedRun>)>>,
}

impl RunIndex {
    /// Notes where newly appended runs lie.
    pub fn note(&mut self, admission: &Admission, pending: &[Pending], positions: &[Position]) {
        for (item, position) in pending.iter().zip(positions) {
            if let Pending::Run { log, run, .. } = item {
                self.insert(admission, log, run.first(), *position);
            }
        }
    }

    /// Notes where a run lies.
    pub fn insert(&mut self, admission: &Admission, log: &LogId, first: u64, position: Position) {
        if let Some(index) = admission.index_of(log) {
            self.logs.entry(index).or_default().insert(first, position);
        }
    }

    /// The record that holds the entry at this place.
    pub fn find(&self, log: u32, seq: u64) -> Option<(u64, Position)> {
        let (first, position) = self.logs.get(&log)?.range(..=seq).next_back()?;
        Some((*first, *position))
    }

    /// Whether all of these records are known here. What was stored more than
    /// once may not be: one of the records admitted everything.
    pub fn knows_all(&self, records: &[Position]) -> bool {
        let known: HashSet<Position> = self.logs.values().flat_map(BTreeMap::values).copied().collect();
        records.iter().all(|record| known.contains(record))
    }

    /// Every record that may hold the entry at this place: the one in which
    /// it was admitted, and those before it that reach so far.
    pub fn holding(&self, log: u32, seq: u64) -> Vec<Position> {
        let from = seq.saturating_sub(RUN_ENTRIES as u64);
        let runs = self.logs.get(&log).into_iter().flat_map(|runs| runs.range(from..=seq));
        runs.map(|(_, position)| *position).collect()
    }

    /// Where the rows of the record at `at`, which holds `run`, begin.
    pub fn firsts(&self, log: u32, run: &VerifiedRun, at: Position) -> Vec<u64> {
        let seqs = run.first()..=run.last().header.seq;
        let runs = self.logs.get(&log).into_iter().flat_map(|runs| runs.range(seqs.clone()));
        runs.filter(|(_, position)| **position == at).map(|(first, _)| *first).collect()
    }

    fn cached(&self, at: Position) -> Option<Arc<VerifiedRun>> {
        let cache = self.cache.borrow();
        cache.iter().find(|(position, _)| *position == at).map(|(_, run)| Arc::clone(run))
    }

    fn keep(&self, at: Position, run: &Arc<VerifiedRun>) {
        let mut cache = self.cache.borrow_mut();
        if cache.len() == CACHED_RUNS {
            cache.pop_front();
        }
        cache.push_back((at, Arc::clone(run)));
    }

    /// Forgets decoded runs, after their bodies were erased.
    pub fn forget_decoded(&self) {
        self.cache.borrow_mut().clear();
    }
}

impl<S: Store> Engine<S> {
    /// The admitted entry at a place.
    pub(super) fn entry_at(&self, commons: &Commons, place: Place) -> Result<Option<Entry>, StoreError> {
        let Some(run) = self.run_at(commons, place.log, u64::from(place.seq))? else { return Ok(None) };
        let offset =
            u64::from(place.seq).checked_sub(run.first()).and_then(|offset| usize::try_from(offset).ok());
        Ok(offset.and_then(|offset| run.entries().get(offset)).cloned())
    }

    /// The stored run that holds `seq` of a log.
    pub(super) fn run_at(
        &self,
        commons: &Commons,
        log: u32,
        seq: u64,
    ) -> Result<Option<Arc<VerifiedRun>>, StoreError> {
        let Some((_, at)) = commons.runs.find(log, seq) else { return Ok(None) };
        if let Some(run) = commons.runs.cached(at) {
            return Ok(Some(run));
        }
        let run = Arc::new(read_run(&self.store, commons.admission.commons(), at)?);
        commons.runs.keep(at, &run);
        Ok(Some(run))
    }

    /// Runs of a log from `from` on for a peer: joined while they fit, each
    /// ending on a signature, together about `max_bytes`.
    pub(super) fn serve_log(
        &self,
        commons: &Commons,
        log: &LogId,
        from: u64,
        max_bytes: usize,
    ) -> Result<Vec<VerifiedRun>, StoreError> {
        let Some((index, head)) = commons.admission.index_of(log).zip(commons.admission.head(log)) else {
            return Ok(Vec::new());
        };
        let mut served = Served::default();
        let mut seq = from;
        while seq <= head.seq && served.bytes < max_bytes {
            let Some(run) = self.run_at(commons, index, seq)? else { break };
            let Some(mut part) = (*run).clone().from_seq(seq) else { break };
            part.drop_bodies(|entry| !commons.may_serve(entry));
            seq = part.last().header.seq + 1;
            served.add(part);
        }
        Ok(served.runs)
    }
}

/// Reads and rebuilds a stored run.
pub fn read_run(store: &impl Store, commons: CommonsId, at: Position) -> Result<VerifiedRun, StoreError> {
    let record = store.read(at)?;
    decode_run(commons, record.kind, &record.payload).ok_or_else(|| StoreError::Corrupt {
        segment: at.segment,
        offset: at.offset,
        what: "a record that should be a run is none",
    })
}

/// Rebuilds a run from a record of a run.
pub fn decode_run(commons: CommonsId, kind: u8, payload: &[u8]) -> Option<VerifiedRun> {
    (kind == RUN).then_some(())?;
    Run::decode(payload).ok()?.trusted(commons).ok()
}

#[derive(Default)]
struct Served {
    runs: Vec<VerifiedRun>,
    bytes: usize,
    open: usize,
}

impl Served {
    fn add(&mut self, run: VerifiedRun) {
        let size = size(&run);
        self.bytes += size;
        let joins = self.runs.last().is_some_and(|last| {
            last.entries().len() + run.entries().len() <= RUN_ENTRIES
                && self.open + size <= RUN_BYTES
                && last.header_weight() + run.header_weight() <= RUN_HEADER_BYTES
        });
        self.open = if joins { self.open + size } else { size };
        match self.runs.last_mut().filter(|_| joins) {
            // Consecutive runs of one log join by construction.
            Some(last) => _ = last.join(run),
            None => self.runs.push(run),
        }
    }
}

/// An upper bound of a run's encoded size.
pub fn size(run: &VerifiedRun) -> usize {
    let entries = run.entries().iter();
    256 + entries
        .map(|entry| 96 + 34 * entry.header.deps.len() + entry.body.bytes().map_or(40, <[u8]>::len))
        .sum::<usize>()
}
