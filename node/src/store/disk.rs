//! The store on disk.

use std::ops::ControlFlow;
use std::path::Path;

use super::checkpoint::Checkpoint;
use super::error::StoreError;
use super::home::Home;
use super::index::{CACHE, Index};
use super::layout::{ROLL_AT, SEGMENT_HEADER};
use super::position::Position;
use super::reader::Reader;
use super::record::{Record, VOID};
use super::recovery;
use super::rewrite;
use super::segments::Segments;
use super::{Change, RecordVisitor, RowVisitor, Store, Table};

/// How many places of damage a check lists; it counts the rest.
const DAMAGE_LISTED: usize = 100;

/// Sizes that a test makes small.
#[derive(Debug, Clone, Copy)]
pub struct DiskOptions {
    /// A segment that would grow beyond this many bytes is closed and the next one begun.
    pub roll_at: u32,
    /// The size of the index's cache in bytes.
    pub cache: u64,
}

impl Default for DiskOptions {
    fn default() -> Self {
        Self { roll_at: ROLL_AT, cache: CACHE }
    }
}

/// What opening a store found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenReport {
    /// How many segments there are.
    pub segments: u32,
    /// How many bytes they have.
    pub bytes: u64,
    /// How many of these were checked: those after the last checkpoint.
    pub checked_bytes: u64,
    /// Bytes of an unfinished, never acknowledged batch that were cut off.
    pub torn_bytes: u64,
    /// The index is empty and is to be built from all records.
    pub index_rebuilt: bool,
}

/// Damage that a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Where.
    pub at: Position,
    /// What is wrong there.
    pub what: &'static str,
}

/// What a check of all records found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// How many segments were read.
    pub segments: u32,
    /// How many bytes were read.
    pub bytes: u64,
    /// How many records are whole.
    pub records: u64,
    /// How many records were erased.
    pub erased: u64,
    /// How many places are damaged.
    pub damaged: u64,
    /// The first of them.
    pub damage: Vec<Damage>,
}

/// Records in segment files, the index in sled.
pub struct DiskStore {
    // Dropped in this order: the lock in `home` goes last.
    index: Index,
    segments: Segments,
    home: Home,
}

impl DiskStore {
    /// Opens the store in a directory, making one if the directory is empty or missing.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::NewerStore`], [`StoreError::NotAStore`], [`StoreError::Corrupt`], and
    /// whatever the disk reports.
    pub fn open(dir: &Path) -> Result<(Self, OpenReport), StoreError> {
        Self::open_with(dir, DiskOptions::default())
    }

    /// [`DiskStore::open`] with other sizes.
    ///
    /// # Errors
    /// As for [`DiskStore::open`].
    pub fn open_with(dir: &Path, options: DiskOptions) -> Result<(Self, OpenReport), StoreError> {
        let home = Home::open(dir)?;
        let checkpoint = Checkpoint::open(&home.checkpoint())?;
        let roll_at = options.roll_at.min(ROLL_AT);
        let mut segments = Segments::open(&home.segments(), roll_at, checkpoint)?;
        let recovered = recovery::recover(&mut segments).inspect_err(|_| segments.distrust());
        let recovered = recovered?;
        let index = Index::open(home.path(), options.cache, segments.end())?;
        let report = OpenReport {
            segments: segments.count(),
            bytes: segments.bytes(),
            checked_bytes: recovered.checked,
            torn_bytes: recovered.torn,
            index_rebuilt: segments.end() > first() && index.mark()? == Position::START,
        };
        let store = Self { index, segments, home };
        Ok((store, report))
    }

    /// The store's directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.home.path()
    }

    /// Reads every record and verifies its checksum, going on after damage. `progress` gets the bytes done and the
    /// bytes in all.
    ///
    /// # Errors
    /// What the disk reports; damage is in the report.
    pub fn check(&self, progress: &mut dyn FnMut(u64, u64)) -> Result<CheckReport, StoreError> {
        let mut report = CheckReport::default();
        let all = self.segments.bytes();
        for number in 1..=self.segments.count() {
            match self.segments.segment(number) {
                Ok(segment) => {
                    let len = u64::from(segment.len);
                    check_segment(Reader::new(segment, SEGMENT_HEADER), &mut report)?;
                    report.bytes += len;
                }
                Err(damage) => report.note(damage)?,
            }
            report.segments += 1;
            progress(report.bytes, all);
        }
        Ok(report)
    }

    /// Makes the next append fail as a disk would.
    #[cfg(test)]
    pub(super) fn fail_next_append(&mut self, fault: super::FaultKind) {
        self.segments.fault = Some(fault);
    }
}

impl CheckReport {
    /// Counts damage; other errors are handed back.
    fn note(&mut self, error: StoreError) -> Result<(), StoreError> {
        let StoreError::Corrupt { segment, offset, what } = error else {
            return Err(error);
        };
        self.damaged += 1;
        if self.damage.len() < DAMAGE_LISTED {
            let at = Position { segment, offset };
            self.damage.push(Damage { at, what });
        }
        Ok(())
    }
}

fn check_segment(mut reader: Reader, report: &mut CheckReport) -> Result<(), StoreError> {
    loop {
        match reader.next() {
            Ok(Some(item)) if item.header.kind == VOID => report.erased += 1,
            Ok(Some(_)) => report.records += 1,
            Ok(None) => return Ok(()),
            Err(damage) => {
                let from = reader.offset();
                report.note(damage)?;
                if reader.resume_after(from, false)?.is_none() {
                    return Ok(());
                }
            }
        }
    }
}

/// Where the first record of a store lies.
pub(super) fn first() -> Position {
    Position { segment: 1, offset: SEGMENT_HEADER }
}

impl Store for DiskStore {
    fn append(&mut self, records: &[Record]) -> Result<Vec<Position>, StoreError> {
        self.segments.append(records)
    }

    fn read(&self, at: Position) -> Result<Record, StoreError> {
        self.segments.read(at)
    }

    fn scan(&self, from: Position, visit: &mut RecordVisitor<'_>) -> Result<Position, StoreError> {
        let end = self.end();
        if from > end {
            return Err(StoreError::NoRecord { at: from });
        }
        let mut at = from.max(first());
        loop {
            let segment = self.segments.segment(at.segment)?;
            if at.offset < SEGMENT_HEADER || at.offset > segment.len {
                return Err(StoreError::NoRecord { at });
            }
            let mut reader = Reader::new(segment, at.offset);
            while let Some(item) = reader.next()? {
                at.offset = item.end();
                let flow =
                    item.to_record().map_or(ControlFlow::Continue(()), |record| visit(item.at, record));
                if flow.is_break() {
                    return Ok(at);
                }
            }
            if at.segment == end.segment {
                return Ok(at);
            }
            at = Position { segment: at.segment + 1, offset: SEGMENT_HEADER };
        }
    }

    fn end(&self) -> Position {
        self.segments.end()
    }

    fn replace(&mut self, changes: Vec<(Position, Record)>) -> Result<Vec<Position>, StoreError> {
        let doomed = rewrite::find(&self.segments, changes.iter().map(|(at, _)| *at))?;
        let replacements: Vec<Record> = changes.into_iter().map(|(_, record)| record).collect();
        let places = self.segments.append(&replacements)?;
        rewrite::erase(&mut self.segments, &doomed)?;
        self.index.forget_broken()?;
        Ok(places)
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.index.get(table, key)
    }

    fn put(&mut self, table: Table, changes: Vec<Change>) -> Result<(), StoreError> {
        self.index.put(table, changes)
    }

    fn each(&self, table: Table, prefix: &[u8], visit: &mut RowVisitor<'_>) -> Result<(), StoreError> {
        self.index.each(table, prefix, visit)
    }

    fn indexed_to(&self) -> Result<Position, StoreError> {
        self.index.mark()
    }

    fn set_indexed_to(&mut self, to: Position) -> Result<(), StoreError> {
        self.index.set_mark(to)
    }

    fn clear_index(&mut self) -> Result<(), StoreError> {
        self.index.clear()
    }

    fn flush_index(&mut self) -> Result<(), StoreError> {
        self.index.flush()
    }
}
