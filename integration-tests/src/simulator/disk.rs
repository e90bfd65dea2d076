//! A disk that fails when it is told to.

use commons_node::store::{
    Change, FaultKind, MemoryStore, Position, Record, RecordVisitor, RowVisitor, Store, StoreError, Table,
};
use std::ops::{ControlFlow, Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

/// The store in memory with a switch for its faults that stays outside while
/// the engine owns the disk.
#[derive(Debug, Default)]
pub struct Disk {
    memory: MemoryStore,
    switch: Switch,
}

/// How the next appends are to go.
#[derive(Clone, Debug, Default)]
pub struct Switch(Arc<Mutex<Option<FaultKind>>>);

impl Switch {
    /// From now on appends fail so, or succeed again.
    pub fn set(&self, fault: Option<FaultKind>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    fn get(&self) -> Option<FaultKind> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk {
    /// A disk with this content.
    pub fn new(memory: MemoryStore) -> Self {
        Self { memory, switch: Switch::default() }
    }

    /// The switch.
    pub fn switch(&self) -> Switch {
        self.switch.clone()
    }

    fn arm(&mut self) {
        if let Some(fault) = self.switch.get() {
            self.memory.fail_next_append(fault);
        }
    }
}

impl Deref for Disk {
    type Target = MemoryStore;
    fn deref(&self) -> &MemoryStore {
        &self.memory
    }
}

impl DerefMut for Disk {
    fn deref_mut(&mut self) -> &mut MemoryStore {
        &mut self.memory
    }
}

impl Store for Disk {
    fn append(&mut self, records: &[Record]) -> Result<Vec<Position>, StoreError> {
        self.arm();
        self.memory.append(records)
    }

    fn read(&self, at: Position) -> Result<Record, StoreError> {
        self.memory.read(at)
    }

    fn scan(&self, from: Position, visit: &mut RecordVisitor<'_>) -> Result<Position, StoreError> {
        self.memory.scan(from, visit)
    }

    fn end(&self) -> Position {
        self.memory.end()
    }

    fn replace(&mut self, changes: Vec<(Position, Record)>) -> Result<Vec<Position>, StoreError> {
        self.arm();
        self.memory.replace(changes)
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.memory.get(table, key)
    }

    fn put(&mut self, table: Table, changes: Vec<Change>) -> Result<(), StoreError> {
        self.memory.put(table, changes)
    }

    fn each(&self, table: Table, prefix: &[u8], visit: &mut RowVisitor<'_>) -> Result<(), StoreError> {
        self.memory.each(table, prefix, visit)
    }

    fn indexed_to(&self) -> Result<Position, StoreError> {
        self.memory.indexed_to()
    }

    fn set_indexed_to(&mut self, to: Position) -> Result<(), StoreError> {
        self.memory.set_indexed_to(to)
    }

    fn clear_index(&mut self) -> Result<(), StoreError> {
        self.memory.clear_index()
    }

    fn flush_index(&mut self) -> Result<(), StoreError> {
        self.memory.flush_index()
    }
}

/// Whether a node's records or index contain `needle`.
pub fn keeps(store: &MemoryStore, needle: &str) -> bool {
    let contains = |bytes: &[u8]| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
    let mut found = false;
    let scanned = store.scan(Position::START, &mut |_, record| {
        found |= contains(&record.payload);
        ControlFlow::Continue(())
    });
    scanned.expect("the records can be read");
    for table in Table::ALL {
        let read = store.each(table, b"", &mut |_, value| {
            found |= contains(value);
            ControlFlow::Continue(())
        });
        read.expect("the index can be read");
    }
    found
}
