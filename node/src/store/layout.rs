//! Where records go: the rules that the disk and the memory store share.

use super::error::StoreError;
use super::position::Position;
use super::record::{FIRST, HEADER, LAST, MAX_RECORD, Mark, Record, VOID, encode};
use super::{Change, Table};

/// The largest batch in bytes, headers included: it is built in memory and written at once.
pub const MAX_BATCH: usize = 16 * 1024 * 1024;
/// The largest key of a row, in bytes.
pub const MAX_KEY: usize = 1024;
/// The largest value of a row, in bytes: larger ones would leave the index file for files that nobody syncs.
pub const MAX_VALUE: usize = 64 * 1024 - 1;
/// The size of a segment's header in bytes.
pub(super) const SEGMENT_HEADER: u32 = 28;
/// A segment that would grow beyond this many bytes is closed and the next one begun.
pub(super) const ROLL_AT: u32 = 64 * 1024 * 1024;

/// Checks a batch and returns its size in bytes.
pub(super) fn batch_size(records: &[Record]) -> Result<u32, StoreError> {
    let mut size = 0usize;
    for record in records {
        if record.kind == VOID {
            return Err(StoreError::ReservedKind);
        }
        bounded("a record", record.payload.len(), MAX_RECORD)?;
        size = size.saturating_add(HEADER as usize + record.payload.len());
    }
    bounded("a batch", size, MAX_BATCH)?;
    Ok(u32::try_from(size).expect("a batch is at most MAX_BATCH bytes"))
}

/// Checks the sizes of keys and values.
pub(super) fn check_rows(changes: &[Change]) -> Result<(), StoreError> {
    for (key, value) in changes {
        bounded("a key", key.len(), MAX_KEY)?;
        bounded("a value", value.as_ref().map_or(0, Vec::len), MAX_VALUE)?;
    }
    Ok(())
}

fn bounded(what: &'static str, size: usize, limit: usize) -> Result<(), StoreError> {
    if size > limit {
        return Err(StoreError::TooLarge { what, size, limit });
    }
    Ok(())
}

/// Whether a batch of `size` bytes goes to a new segment. A batch is never split, so one that exceeds the limit
/// alone gets a segment of its own.
pub(super) fn rolls(end: Position, size: u32, roll_at: u32) -> bool {
    end.offset > SEGMENT_HEADER && end.offset.saturating_add(size) > roll_at
}

/// The first position of the segment after `number`.
pub(super) fn segment_after(number: u32) -> Result<Position, StoreError> {
    Ok(Position { segment: number.checked_add(1).ok_or(StoreError::Exhausted)?, offset: SEGMENT_HEADER })
}

/// The positions that records get when they are laid down one after the other from `start`.
pub(super) fn places(start: Position, records: &[Record]) -> Vec<Position> {
    let mut at = start;
    let mut places = Vec::with_capacity(records.len());
    for record in records {
        places.push(at);
        let len = u32::try_from(record.payload.len()).expect("batch_size checked the payloads");
        at.offset += HEADER + len;
    }
    places
}

/// The bytes of a batch.
pub(super) fn encode_batch(records: &[Record], places: &[Position], mark: Mark, size: u32) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size as usize);
    for (i, (record, at)) in records.iter().zip(places).enumerate() {
        let first = if i == 0 { FIRST } else { 0 };
        let last = if i + 1 == records.len() { LAST } else { 0 };
        encode(&mut bytes, *at, mark, (record.kind, first | last), &record.payload);
    }
    bytes
}

/// The place of a table in arrays with one element per table.
pub(super) fn table_index(table: Table) -> usize {
    match table {
        Table::Meta => 0,
        Table::Runs => 1,
        Table::Documents => 2,
    }
}
