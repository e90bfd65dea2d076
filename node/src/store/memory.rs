//! A store in memory, for tests and simulations: the same positions and rules as on disk, and failures on demand.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::path::Path;

use super::error::StoreError;
use super::layout::{self, ROLL_AT, SEGMENT_HEADER, table_index};
use super::position::Position;
use super::record::{HEADER, Record};
use super::{Change, RecordVisitor, RowVisitor, Store, Table};

/// How an append is to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The disk is full.
    Full,
    /// The disk reports an error.
    Io,
}

impl FaultKind {
    /// The error that the operating system would give.
    pub(super) fn error(self) -> io::Error {
        match self {
            Self::Full => io::ErrorKind::StorageFull.into(),
            Self::Io => io::Error::other("the disk does not answer"),
        }
    }
}

/// A record that may have been erased.
#[derive(Debug, Clone)]
struct Slot {
    size: u32,
    record: Option<Record>,
}

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// The tables, and the mark.
#[derive(Debug, Clone, Default)]
struct Tables {
    rows: [Rows; Table::ALL.len()],
    mark: Position,
}

/// A change of the index, kept until it is flushed.
#[derive(Debug, Clone)]
enum Unsynced {
    Rows(Table, Vec<Change>),
    Mark(Position),
}

/// Records and tables in memory.
#[derive(Debug)]
pub struct MemoryStore {
    records: BTreeMap<Position, Slot>,
    end: Position,
    roll_at: u32,
    tables: Tables,
    /// What undoes the unsynced changes of the index, oldest first.
    undo: Vec<Unsynced>,
    fault: Option<FaultKind>,
    broken: bool,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::with_roll_at(ROLL_AT)
    }

    /// An empty store whose segments roll at another size, in bytes.
    #[must_use]
    pub fn with_roll_at(roll_at: u32) -> Self {
        let end = Position { segment: 1, offset: SEGMENT_HEADER };
        Self {
            records: BTreeMap::new(),
            end,
            roll_at: roll_at.min(ROLL_AT),
            tables: Tables::default(),
            undo: Vec::new(),
            fault: None,
            broken: false,
        }
    }

    /// Stops and starts again as after a power failure: the records stay; of the changes of the index since it was
    /// last flushed, the first `keep` calls of `put` and `set_indexed_to` stay.
    pub fn crash(&mut self, keep: usize) {
        while self.undo.len() > keep {
            match self.undo.pop() {
                Some(Unsynced::Rows(table, changes)) => {
                    apply(&mut self.tables.rows[table_index(table)], changes);
                }
                Some(Unsynced::Mark(to)) => self.tables.mark = to,
                None => break,
            }
        }
        self.undo.clear();
        self.fault = None;
        self.broken = false;
    }

    /// How many changes of the index a crash may lose.
    #[must_use]
    pub fn unsynced(&self) -> usize {
        self.undo.len()
    }

    /// A copy as of now: the disk that somebody puts back later.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        Self {
            records: self.records.clone(),
            end: self.end,
            roll_at: self.roll_at,
            tables: self.tables.clone(),
            undo: Vec::new(),
            fault: None,
            broken: false,
        }
    }

    /// Makes the next append of a batch fail.
    pub fn fail_next_append(&mut self, fault: FaultKind) {
        self.fault = Some(fault);
    }

    fn fail(&mut self, needed: u32, fault: FaultKind) -> StoreError {
        self.broken = fault == FaultKind::Io;
        let path = Path::new("memory");
        StoreError::io("append to", path, u64::from(needed), fault.error())
    }

    fn slot(&self, at: Position) -> Result<&Slot, StoreError> {
        self.records.get(&at).ok_or(StoreError::NoRecord { at })
    }
}

/// Applies changes and returns those that undo them.
fn apply(rows: &mut Rows, changes: Vec<Change>) -> Vec<Change> {
    let mut undo = Vec::with_capacity(changes.len());
    for (key, value) in changes {
        let old = match value {
            Some(value) => rows.insert(key.clone(), value),
            None => rows.remove(&key),
        };
        undo.push((key, old));
    }
    undo.reverse();
    undo
}

impl Store for MemoryStore {
    fn append(&mut self, records: &[Record]) -> Result<Vec<Position>, StoreError> {
        if self.broken {
            return Err(StoreError::Broken);
        }
        let size = layout::batch_size(records)?;
        if records.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(fault) = self.fault.take() {
            return Err(self.fail(size, fault));
        }
        if layout::rolls(self.end, size, self.roll_at) {
            self.end = layout::segment_after(self.end.segment)?;
        }
        let places = layout::places(self.end, records);
        self.end.offset += size;
        for (at, record) in places.iter().zip(records) {
            let len = u32::try_from(record.payload.len()).expect("batch_size checked the payloads");
            let slot = Slot { size: HEADER + len, record: Some(record.clone()) };
            self.records.insert(*at, slot);
        }
        Ok(places)
    }

    fn read(&self, at: Position) -> Result<Record, StoreError> {
        let record = self.slot(at)?.record.clone();
        record.ok_or(StoreError::Erased { at })
    }

    fn scan(&self, from: Position, visit: &mut RecordVisitor<'_>) -> Result<Position, StoreError> {
        if from > self.end {
            return Err(StoreError::NoRecord { at: from });
        }
        let mut end = from.max(Position { segment: 1, offset: SEGMENT_HEADER });
        for (&at, slot) in self.records.range(from..) {
            end = Position { segment: at.segment, offset: at.offset + slot.size };
            if let Some(record) = slot.record.clone()
                && visit(at, record).is_break()
            {
                return Ok(end);
            }
        }
        Ok(end.max(self.end))
    }

    fn end(&self) -> Position {
        self.end
    }

    fn replace(&mut self, changes: Vec<(Position, Record)>) -> Result<Vec<Position>, StoreError> {
        for (at, _) in &changes {
            self.slot(*at)?;
        }
        let (old, new): (Vec<Position>, Vec<Record>) = changes.into_iter().unzip();
        let places = self.append(&new)?;
        for at in old {
            if let Some(slot) = self.records.get_mut(&at) {
                slot.record = None;
            }
        }
        Ok(places)
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.tables.rows[table_index(table)].get(key).cloned())
    }

    fn put(&mut self, table: Table, changes: Vec<Change>) -> Result<(), StoreError> {
        layout::check_rows(&changes)?;
        let undo = apply(&mut self.tables.rows[table_index(table)], changes);
        self.undo.push(Unsynced::Rows(table, undo));
        Ok(())
    }

    fn each(&self, table: Table, prefix: &[u8], visit: &mut RowVisitor<'_>) -> Result<(), StoreError> {
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let rows = self.tables.rows[table_index(table)].range::<[u8], _>(from);
        for (key, value) in rows.take_while(|(key, _)| key.starts_with(prefix)) {
            if visit(key, value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn indexed_to(&self) -> Result<Position, StoreError> {
        Ok(self.tables.mark)
    }

    fn set_indexed_to(&mut self, to: Position) -> Result<(), StoreError> {
        self.undo.push(Unsynced::Mark(self.tables.mark));
        self.tables.mark = to;
        Ok(())
    }

    fn clear_index(&mut self) -> Result<(), StoreError> {
        self.tables = Tables::default();
        self.undo.clear();
        Ok(())
    }

    fn flush_index(&mut self) -> Result<(), StoreError> {
        self.undo.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance::{conformance, record};

    #[test]
    fn conforms() {
        conformance(|| Box::new(MemoryStore::with_roll_at(2048)));
    }

    fn row(value: u8) -> Vec<Change> {
        vec![(b"k".to_vec(), Some(vec![value]))]
    }

    #[test]
    fn a_crash_keeps_records_and_a_prefix_of_the_index() {
        for keep in 0..5 {
            let mut store = MemoryStore::new();
            store.put(Table::Meta, row(1)).unwrap();
            store.flush_index().unwrap();
            let at = store.append(&[record(1, 10)]).unwrap()[0];
            store.put(Table::Meta, row(2)).unwrap();
            store.set_indexed_to(store.end()).unwrap();
            store.put(Table::Meta, vec![(b"k".to_vec(), None)]).unwrap();
            assert_eq!(store.unsynced(), 3);
            store.crash(keep);
            let expected = [Some(vec![1]), Some(vec![2]), Some(vec![2]), None, None];
            assert_eq!(store.get(Table::Meta, b"k").unwrap(), expected[keep]);
            assert_eq!(store.indexed_to().unwrap() == store.end(), keep >= 2);
            assert_eq!(store.read(at).unwrap(), record(1, 10));
        }
    }

    #[test]
    fn faults_are_like_a_disks() {
        let mut store = MemoryStore::new();
        store.fail_next_append(FaultKind::Full);
        let full = store.append(&[record(1, 10)]);
        assert!(matches!(full, Err(StoreError::Full { needed: 30, .. })));
        store.append(&[record(1, 10)]).unwrap();
        let old = store.snapshot();
        store.fail_next_append(FaultKind::Io);
        assert!(matches!(store.append(&[record(2, 10)]), Err(StoreError::Io { .. })));
        assert!(matches!(store.append(&[record(2, 10)]), Err(StoreError::Broken)));
        store.crash(0);
        store.append(&[record(2, 10)]).unwrap();
        assert!(old.end() < store.end());
    }
}
