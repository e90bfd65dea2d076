//! Step 1: the envelope. Only one uncompressed change, and nothing behind it.
//!
//! Compression belongs to transport and storage, where the output is bounded. Document and
//! bundle chunks hold many changes at once and would bypass the judgement of each.

use super::FenceRefusal;
use super::columns::Reader;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHECKSUM_BYTES: usize = 4;
const CHANGE: u8 = 1;

/// The part of `bytes` behind the chunk header.
pub(super) fn open(bytes: &[u8], limit: usize) -> Result<&[u8], FenceRefusal> {
    if bytes.len() > limit {
        let size = bytes.len();
        return Err(FenceRefusal::ChangeTooLarge { size, limit });
    }
    let mut reader = Reader::new(bytes);
    if reader.take(MAGIC.len())? != MAGIC {
        return Err(FenceRefusal::NotAutomerge);
    }
    reader.take(CHECKSUM_BYTES)?;
    let found = reader.byte()?;
    if found != CHANGE {
        return Err(FenceRefusal::ChunkType { found });
    }
    let stated = reader.unsigned()?;
    let body = reader.rest();
    if usize::try_from(stated) != Ok(body.len()) {
        let found = body.len();
        return Err(FenceRefusal::ChunkLength { stated, found });
    }
    Ok(body)
}

/// The checksum that the chunk header of `bytes` states.
pub(super) fn checksum(bytes: &[u8]) -> Option<&[u8]> {
    bytes.get(MAGIC.len()..MAGIC.len() + CHECKSUM_BYTES)
}
