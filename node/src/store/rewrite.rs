//! Erasure: a segment is written anew with some records' bytes made zero, and takes the place of the old one.
//!
//! Every other byte stays where it was, so positions stay valid. The new file is complete and durable before it
//! takes the old one's name; a crash leaves the one or the other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use tracing::warn;

use super::error::StoreError;
use super::files::{self, UNFINISHED};
use super::position::Position;
use super::reader::Segment;
use super::record::{Header, VOID, encode};
use super::segments::Segments;

/// The records to erase, by segment and offset.
pub(super) type Doomed = BTreeMap<u32, BTreeSet<u32>>;

/// Finds the records to erase. Those erased before are left out.
pub(super) fn find(
    segments: &Segments,
    positions: impl Iterator<Item = Position>,
) -> Result<Doomed, StoreError> {
    let mut doomed = Doomed::new();
    for at in positions {
        match segments.read(at) {
            Ok(_) => {
                doomed.entry(at.segment).or_default().insert(at.offset);
            }
            Err(StoreError::Erased { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(doomed)
}

/// Makes the records' bytes zero on disk.
pub(super) fn erase(segments: &mut Segments, doomed: &Doomed) -> Result<(), StoreError> {
    for (&number, offsets) in doomed {
        let segment = segments.segment(number)?;
        let headers = headers(&segment, offsets)?;
        let old = File::options()
            .write(true)
            .open(&segment.path)
            .map_err(|e| StoreError::io("open", &segment.path, 0, e))?;
        exchange(&segment, &headers)?;
        segments.reopen(number)?;
        if let Err(error) = files::zero(&old) {
            warn!(segment = number, %error, "could not zero the old copy of a segment after an erasure");
        }
    }
    Ok(())
}

fn headers(segment: &Segment, offsets: &BTreeSet<u32>) -> Result<Vec<(u32, Header)>, StoreError> {
    let mut headers = Vec::with_capacity(offsets.len());
    for &offset in offsets {
        headers.push((offset, segment.record(offset)?.0));
    }
    Ok(headers)
}

/// Puts a copy without the erased bytes in the segment's place.
fn exchange(segment: &Segment, erased: &[(u32, Header)]) -> Result<(), StoreError> {
    let unfinished = segment.path.with_extension(UNFINISHED);
    if let Err(e) = write_copy(segment, erased, &unfinished) {
        files::remove_unfinished(&unfinished);
        let needed = u64::from(segment.len);
        return Err(StoreError::io("rewrite", &segment.path, needed, e));
    }
    files::put_in_place(&unfinished, &segment.path)
}

fn write_copy(segment: &Segment, erased: &[(u32, Header)], path: &Path) -> io::Result<()> {
    let mut copy = File::create(path)?;
    let mut done = 0;
    for (offset, header) in erased {
        files::copy_range(&segment.file, done, u64::from(*offset), &mut copy)?;
        copy.write_all(&void(segment.at(*offset), segment, header))?;
        done = u64::from(offset + header.size());
    }
    files::copy_range(&segment.file, done, u64::from(segment.len), &mut copy)?;
    copy.sync_all()
}

/// An erased record: the same size and place in its batch, no content.
fn void(at: Position, segment: &Segment, header: &Header) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(header.size() as usize);
    let zeros = vec![0; header.len as usize];
    encode(&mut bytes, at, segment.mark, (VOID, header.flags), &zeros);
    bytes
}
