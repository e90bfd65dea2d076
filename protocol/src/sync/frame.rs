//! The frames of `/commons/sync/1`.

use crate::bounded::{BoundedBytes, BoundedVec};
use crate::codec;
use crate::id::{CommonsId, Digest, EntryId};
use crate::limits::{BODIES, BODY_BYTES, BUCKETS, FRAME_BYTES, WANTS};
use crate::refusal::Refusal;
use crate::sync::table::{BucketSet, Salt, Short, ShortRows, Table};
use minicbor::{Decode, Encode};

/// Version of the protocol that HELLO names.
pub const VERSION: u8 = 1;

/// One message of a session.
#[expect(
    clippy::large_enum_variant,
    reason = "a frame is decoded, handled and dropped; a box would save nothing"
)]
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Frame {
    /// Opens a round: what is here, in digests.
    #[n(1)]
    Hello(#[n(0)] Hello),
    /// The digests of a table's buckets.
    #[n(2)]
    Buckets(#[n(0)] Table, #[n(1)] BucketDigests),
    /// Rows of a table.
    #[n(3)]
    Rows(#[n(0)] Rows),
    /// What the sender lacks.
    #[n(4)]
    Want(#[n(0)] Want),
    /// Runs, in the order of their logs.
    #[n(5)]
    Runs(#[n(0)] BoundedVec<BoundedBytes<FRAME_BYTES>, 1024>),
    /// Governance objects.
    #[n(6)]
    Objects(#[n(0)] BoundedVec<BoundedBytes<FRAME_BYTES>, 4096>),
    /// The last WANT is answered as far as it will be.
    #[n(7)]
    Served(#[n(0)] Table),
    /// The sender wants nothing more of this table in this round.
    #[n(8)]
    Done(#[n(0)] Table),
    /// Bodies that the sender lacks.
    #[n(9)]
    WantBodies(#[n(0)] BoundedVec<EntryId, BODIES>),
    /// Bodies.
    #[n(10)]
    Bodies(#[n(0)] BoundedVec<BodyOf, BODIES>),
    /// Ends the session.
    #[n(11)]
    Bye,
}

/// What a node holds, in digests.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Hello {
    /// Version of the protocol.
    #[n(0)]
    pub version: u8,
    /// The commons.
    #[n(1)]
    pub commons: CommonsId,
    /// Number of the epoch in force.
    #[n(2)]
    pub epoch: u64,
    /// Digest of all governance objects.
    #[n(3)]
    pub objects: Digest,
    /// Digest of all log heads.
    #[n(4)]
    pub heads: Digest,
    /// Random bytes for the short names of this session.
    #[n(5)]
    pub salt: Salt,
}

/// Rows of the differing buckets of a table.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Rows {
    /// The table.
    #[n(0)]
    pub table: Table,
    /// The buckets that are compared.
    #[n(1)]
    pub buckets: BucketSet,
    /// The rows.
    #[n(2)]
    pub rows: ShortRows,
    /// Whether more rows follow in another frame.
    #[n(3)]
    pub more: bool,
}

/// What the sender lacks.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Want {
    /// The table.
    #[n(0)]
    pub table: Table,
    /// Short names, with the first sequence number wanted of a log.
    #[n(1)]
    pub ranges: BoundedVec<Range, WANTS>,
    /// Bytes that the answer may have.
    #[n(2)]
    pub max_bytes: u32,
}

/// From where a log is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Range {
    /// Short name of the log or object.
    #[n(0)]
    pub name: Short,
    /// First sequence number; 0 for objects.
    #[n(1)]
    pub from: u64,
}

/// A body with the entry to which it belongs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct BodyOf {
    /// The entry.
    #[n(0)]
    pub entry: EntryId,
    /// The bytes.
    #[n(1)]
    pub body: BoundedBytes<BODY_BYTES>,
}

/// 256 digests of eight bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketDigests(pub [u64; BUCKETS]);

impl<C> Encode<C> for BucketDigests {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|digest| digest.to_be_bytes()).collect();
        e.bytes(&bytes)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for BucketDigests {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = d.bytes()?;
        if bytes.len() != BUCKETS * 8 {
            return Err(minicbor::decode::Error::message("not 256 digests"));
        }
        let mut digests = [0; BUCKETS];
        for (digest, chunk) in digests.iter_mut().zip(bytes.chunks_exact(8)) {
            *digest = chunk.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
        }
        Ok(Self(digests))
    }
}

impl Frame {
    /// Decodes strictly.
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        Ok(codec::decode(bytes, FRAME_BYTES)?)
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }
}
