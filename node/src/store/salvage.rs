//! The way out of damaged segments: copies every whole record into a new store.

use std::path::Path;

use super::Store;
use super::disk::{DiskStore, first};
use super::error::StoreError;
use super::home::Home;
use super::layout::SEGMENT_HEADER;
use super::reader::Reader;
use super::record::Record;
use super::segments;

/// Bytes of payload copied at a time.
const BATCH: usize = 1024 * 1024;

/// What was salvaged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SalvageReport {
    /// How many records were copied.
    pub records: u64,
    /// How many places could not be read.
    pub damaged: u64,
}

/// Copies every whole record of the store in `from`, however damaged, into a new store in `into`.
///
/// The order is kept; positions are not. The old store is left as it is.
///
/// # Errors
/// [`StoreError::NotAStore`] when `into` already holds records; otherwise what the disk reports.
pub fn salvage(from: &Path, into: &Path) -> Result<SalvageReport, StoreError> {
    let source = Home::open(from)?;
    let (mut target, _) = DiskStore::open(into)?;
    if target.end() > first() {
        return Err(StoreError::NotAStore {
            path: into.to_owned(),
            what: "it already holds records; salvage needs an empty directory",
        });
    }
    let mut report = SalvageReport::default();
    let dir = source.segments();
    for number in segments::list(&dir)? {
        match segments::open_damaged(&dir, number) {
            Ok(segment) => {
                let reader = Reader::new(segment, SEGMENT_HEADER);
                copy(reader, &mut target, &mut report)?;
            }
            Err(StoreError::Corrupt { .. }) => report.damaged += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(report)
}

fn copy(mut reader: Reader, target: &mut DiskStore, report: &mut SalvageReport) -> Result<(), StoreError> {
    let mut batch: Vec<Record> = Vec::new();
    let mut bytes = 0;
    loop {
        let more = match reader.next() {
            Ok(Some(item)) => {
                let record = item.to_record();
                bytes += record.as_ref().map_or(0, |record| record.payload.len());
                batch.extend(record);
                true
            }
            Ok(None) => false,
            Err(StoreError::Corrupt { .. }) => {
                report.damaged += 1;
                let from = reader.offset();
                reader.resume_after(from, false)?.is_some()
            }
            Err(error) => return Err(error),
        };
        if bytes >= BATCH || batch.len() >= BATCH / 64 || !more {
            target.append(&batch)?;
            report.records += batch.len() as u64;
            batch.clear();
            bytes = 0;
        }
        if !more {
            return Ok(());
        }
    }
}
