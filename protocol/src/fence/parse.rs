//! Step 3: Automerge reads the change, and must write the same bytes again.
//!
//! One change may have many encodings; only the one Automerge itself writes is taken. That
//! leaves no room for malformed parts that a reader skips.

use automerge::{Change, ExpandedChange};

use super::columns::Counts;
use super::{FenceRefusal, catch, chunk};

/// A change in both forms.
pub(super) struct Parsed {
    pub(super) change: Change,
    pub(super) expanded: ExpandedChange,
}

/// Reads `bytes`, of which [`super::columns`] counted the operations.
pub(super) fn read(bytes: &[u8], counts: &Counts) -> Result<Parsed, FenceRefusal> {
    let change = catch(|| Change::try_from(bytes))
        .map_err(|panic| FenceRefusal::ReaderPanic { panic })?
        .map_err(|source| FenceRefusal::Unreadable { source })?;
    if chunk::checksum(bytes) != Some(&change.hash().0[..4]) {
        return Err(FenceRefusal::Checksum);
    }
    if change.len() != counts.operations {
        return Err(FenceRefusal::ColumnLength);
    }
    let expanded = catch(|| change.decode()).map_err(|panic| FenceRefusal::ReaderPanic { panic })?;
    Ok(Parsed { change, expanded })
}

/// Writes the change anew and compares. Takes the operations apart, so it comes last of all.
pub(super) fn check_canonical(expanded: ExpandedChange, bytes: &[u8]) -> Result<(), FenceRefusal> {
    let rewritten = catch(|| Change::from(expanded)).map_err(|panic| FenceRefusal::ReaderPanic { panic })?;
    if rewritten.raw_bytes() == bytes { Ok(()) } else { Err(FenceRefusal::NotCanonical) }
}
