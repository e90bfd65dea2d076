//! One record and its bytes.
//!
//! ```text
//! 0       4      5       6       12       20
//! | len   | kind | flags | mark  | check  | payload (len bytes) |
//! ```
//!
//! `mark` is a random number of the segment. Nobody outside the node knows it, so a payload cannot pretend to hold
//! records, and a damaged segment can be searched for the next one. `check` is BLAKE3 over mark, position, length,
//! kind, flags and payload, cut to eight bytes: a record that lies elsewhere than it was written does not pass.

use super::position::Position;

/// The largest payload, in bytes. The largest thing kept whole is a run of entries.
pub const MAX_RECORD: usize = 512 * 1024;

/// The kind of erased records.
pub(super) const VOID: u8 = 0;
/// The size of a record's header in bytes.
pub(super) const HEADER: u32 = 20;
const HEADER_BYTES: usize = HEADER as usize;
/// Where the mark lies in the header.
pub(super) const MARK_AT: u32 = 6;
/// The first record of a batch.
pub(super) const FIRST: u8 = 1;
/// The last record of a batch: what came before it was written whole.
pub(super) const LAST: u8 = 2;

/// A segment's random mark.
pub(super) type Mark = [u8; 6];
/// A checksum.
pub(super) type Check = [u8; 8];

/// A kind, and bytes that the store does not look into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What the payload is. 0 is reserved for erased records.
    pub kind: u8,
    /// At most [`MAX_RECORD`] bytes.
    pub payload: Vec<u8>,
}

/// A record's header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub len: u32,
    pub kind: u8,
    pub flags: u8,
    check: Check,
}

impl Header {
    /// Reads a header and says what is wrong with it, if anything is.
    pub fn decode(bytes: &[u8], mark: Mark) -> Result<Self, &'static str> {
        let Some(bytes) = bytes.first_chunk::<HEADER_BYTES>() else {
            return Err("a record's header is cut off");
        };
        let [a, b, c, d, kind, flags, m0, m1, m2, m3, m4, m5, check @ ..] = *bytes;
        let len = u32::from_be_bytes([a, b, c, d]);
        if [m0, m1, m2, m3, m4, m5] != mark {
            return Err("no record begins here");
        }
        if len as usize > MAX_RECORD || flags & !(FIRST | LAST) != 0 {
            return Err("a record's header is damaged");
        }
        Ok(Self { len, kind, flags, check })
    }

    /// The size of header and payload in bytes.
    pub fn size(&self) -> u32 {
        HEADER + self.len
    }

    /// Whether the payload and the place are those that were written.
    pub fn fits(&self, at: Position, mark: Mark, payload: &[u8]) -> bool {
        self.check == check(at, mark, self.len, self.kind, self.flags, payload)
    }
}

/// Appends a record's bytes to `out`. The payload's length was checked by the caller.
pub(super) fn encode(out: &mut Vec<u8>, at: Position, mark: Mark, (kind, flags): (u8, u8), payload: &[u8]) {
    let len = u32::try_from(payload.len()).expect("payloads are at most MAX_RECORD bytes");
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&mark);
    out.extend_from_slice(&check(at, mark, len, kind, flags, payload));
    out.extend_from_slice(payload);
}

fn check(at: Position, mark: Mark, len: u32, kind: u8, flags: u8, payload: &[u8]) -> Check {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&mark);
    hasher.update(&at.to_bytes());
    hasher.update(&len.to_be_bytes());
    hasher.update(&[kind, flags]);
    hasher.update(payload);
    shorten(&hasher.finalize())
}

/// The first eight bytes of a hash.
pub(super) fn shorten(hash: &blake3::Hash) -> Check {
    let [a, b, c, d, e, f, g, h, ..] = *hash.as_bytes();
    [a, b, c, d, e, f, g, h]
}
