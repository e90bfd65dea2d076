//! What a node keeps: an append-only sequence of records, and an index derived from it.
//!
//! Records are the truth. [`Store::append`] returns once they are durable, so whatever a node acknowledges, it
//! appends first. The index is a set of small tables that can be deleted at any time and built again by visiting
//! the records from [`Store::indexed_to`]; nothing may live in the index alone.
//!
//! ```text
//! append ──▶ records (segments)  ──scan──▶  put ──▶ tables (index) ──▶ set_indexed_to
//! ```
//!
//! The store knows nothing of what the records mean: a record is a kind and a payload. The bytes on disk are
//! described in `docs/storage.md`.

mod checkpoint;
#[cfg(test)]
mod conformance;
mod disk;
#[cfg(test)]
mod disk_tests;
mod error;
mod files;
mod home;
mod index;
#[cfg(test)]
mod kill_tests;
mod layout;
mod memory;
#[cfg(test)]
mod model_tests;
mod position;
mod reader;
mod record;
mod recovery;
mod rewrite;
mod salvage;
mod segments;

use std::ops::ControlFlow;

pub use disk::{CheckReport, Damage, DiskOptions, DiskStore, OpenReport};
pub use error::StoreError;
pub use layout::{MAX_BATCH, MAX_KEY, MAX_VALUE};
pub use memory::{FaultKind, MemoryStore};
pub use position::Position;
pub use record::{MAX_RECORD, Record};
pub use salvage::{SalvageReport, salvage};

/// A table of the index. Every table can be rebuilt from the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Facts about the whole node, the positions of governance objects, forks.
    Meta,
    /// Where the runs of entries lie, and what their bodies mean.
    Runs,
    /// Documents derived from entries: a cache of content, see [`Store::replace`].
    Documents,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 3] = [Self::Meta, Self::Runs, Self::Documents];

    /// The name on disk. It carries the version of the rows: changing what a row means changes the name, and an
    /// index with other names is built anew.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta-1",
            Self::Runs => "runs-1",
            Self::Documents => "documents-1",
        }
    }
}

/// A change to one row of a table: the key, and its new value or `None` to remove it.
pub type Change = (Vec<u8>, Option<Vec<u8>>);

/// Called for each record in order; breaking off ends the visit.
pub type RecordVisitor<'a> = dyn FnMut(Position, Record) -> ControlFlow<()> + 'a;

/// Called for each row in order of keys; breaking off ends the visit.
pub type RowVisitor<'a> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'a;

/// Records that are kept, and the index derived from them.
///
/// One owner uses a store at a time. Errors of the index ([`StoreError::IndexDown`]) never touch the records:
/// reopening the store or [`Store::clear_index`] and visiting the records again mends it.
pub trait Store: Send {
    /// Appends a batch and makes it durable before it returns: one write and one sync for the whole batch.
    ///
    /// A batch is kept whole or not at all: after a crash in the middle none of it is there.
    ///
    /// # Errors
    /// [`StoreError::Full`] leaves what was kept before intact, and appending works again once there is room.
    /// After any other failure to write, the store answers [`StoreError::Broken`] until it is reopened.
    fn append(&mut self, records: &[Record]) -> Result<Vec<Position>, StoreError>;

    /// The record at a position that `append`, `replace` or `scan` gave.
    ///
    /// # Errors
    /// [`StoreError::Erased`] for a record that was replaced, [`StoreError::NoRecord`] for a position beyond the
    /// end, [`StoreError::Corrupt`] when the bytes are not what was written.
    fn read(&self, at: Position) -> Result<Record, StoreError>;

    /// Visits the records in order from `from` (inclusive; [`Position::START`] for all), leaving out erased ones.
    ///
    /// Returns the position after the last record visited, from which a later scan continues.
    ///
    /// # Errors
    /// As for [`Store::read`]; records before the damage have been visited.
    fn scan(&self, from: Position, visit: &mut RecordVisitor<'_>) -> Result<Position, StoreError>;

    /// The position after the last record.
    fn end(&self) -> Position;

    /// Erases records: keeps the replacements durably, then makes the bytes of the old records zero on disk.
    ///
    /// Returns the positions of the replacements, in order. Replacing is idempotent: after a crash or an error in
    /// between, the old and the new record may both be there, and calling it again with the same positions
    /// finishes the work (it appends the replacements once more). The caller's own record of *what* is to be
    /// erased is therefore appended first and honoured again whenever the records are visited.
    ///
    /// The index is the caller's: rows that hold content of an erased record leave their bytes in the index file
    /// even when removed, until [`Store::clear_index`].
    ///
    /// # Errors
    /// As for [`Store::append`] and [`Store::read`]; nothing is appended when a position holds no record.
    fn replace(&mut self, changes: Vec<(Position, Record)>) -> Result<Vec<Position>, StoreError>;

    /// The value of a row.
    ///
    /// # Errors
    /// [`StoreError::IndexDown`].
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Changes rows of one table, all or none. Changes survive a crash as a prefix of the calls made, so the mark
    /// of [`Store::set_indexed_to`] is set after the rows that it speaks for.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] for a key over [`MAX_KEY`] or a value over [`MAX_VALUE`] bytes;
    /// [`StoreError::IndexDown`], [`StoreError::Full`].
    fn put(&mut self, table: Table, changes: Vec<Change>) -> Result<(), StoreError>;

    /// Visits the rows whose keys begin with `prefix`, in order of keys.
    ///
    /// # Errors
    /// [`StoreError::IndexDown`].
    fn each(&self, table: Table, prefix: &[u8], visit: &mut RowVisitor<'_>) -> Result<(), StoreError>;

    /// The position up to which the index is right; [`Position::START`] for a new one.
    ///
    /// # Errors
    /// [`StoreError::IndexDown`].
    fn indexed_to(&self) -> Result<Position, StoreError>;

    /// Says that the index is right up to `to`.
    ///
    /// # Errors
    /// [`StoreError::IndexDown`], [`StoreError::Full`].
    fn set_indexed_to(&mut self, to: Position) -> Result<(), StoreError>;

    /// Deletes the index, zeroing its bytes as well as it can, and begins an empty one.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::Full`].
    fn clear_index(&mut self) -> Result<(), StoreError>;

    /// Makes the index durable. Only saves work after a crash: it can always be built again.
    ///
    /// # Errors
    /// [`StoreError::IndexDown`], [`StoreError::Full`].
    fn flush_index(&mut self) -> Result<(), StoreError>;
}
