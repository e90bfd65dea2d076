//! The end of the last segment after a crash.
//!
//! A batch that was being written when the power failed is torn: any part of it may be missing. It was never
//! acknowledged, so it is cut off. Damage *before* a later batch is another matter, because a batch is written only
//! when the one before is durable: then acknowledged records are hurt, and the store says so instead of cutting.

use tracing::warn;

use super::error::StoreError;
use super::layout::SEGMENT_HEADER;
use super::position::Position;
use super::reader::{Reader, Segment};
use super::record::LAST;
use super::segments::Segments;

/// What the end of the last segment looked like.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Recovered {
    /// Bytes of an unfinished batch that were cut off.
    pub torn: u64,
    /// Bytes that were checked.
    pub checked: u64,
}

/// Checks the last segment from the checkpoint on and cuts off an unfinished batch.
///
/// What was written but not synced when the process died may still be whole. It is synced now, since whoever
/// visits the records takes them for durable.
pub(super) fn recover(segments: &mut Segments) -> Result<Recovered, StoreError> {
    let noted = segments.load_checkpoint();
    let last = segments.last().clone();
    if noted.is_some_and(|at| at.offset > last.len) {
        let Position { segment, offset } = last.end();
        return Err(StoreError::Corrupt {
            segment,
            offset,
            what: "it ends before records that were acknowledged",
        });
    }
    let from = noted.map_or(SEGMENT_HEADER, |at| at.offset);
    let good = whole_batches(&last, from)?;
    let torn = u64::from(last.len - good);
    if torn > 0 {
        warn!(at = %last.at(good), bytes = torn, "cut off a batch that a crash left unfinished");
        segments.cut(good)?;
    }
    if good > from {
        segments.sync()?;
    }
    segments.write_checkpoint();
    Ok(Recovered { torn, checked: u64::from(last.len - from) })
}

/// The end of the last whole batch.
fn whole_batches(last: &Segment, from: u32) -> Result<u32, StoreError> {
    let mut reader = Reader::new(last.clone(), from);
    let mut good = from;
    loop {
        match reader.next() {
            Ok(Some(item)) if item.header.flags & LAST != 0 => good = item.end(),
            Ok(Some(_)) => {}
            Ok(None) => return Ok(good),
            Err(damage @ StoreError::Corrupt { .. }) => {
                if reader.resume_after(good, true)?.is_some_and(|at| at > good) {
                    return Err(damage);
                }
                return Ok(good);
            }
            Err(error) => return Err(error),
        }
    }
}
