//! Logs and entries. An entry is a header, which is signed and chained, and a
//! body, which the header names by hash and which may be erased.

use crate::bounded::{BoundedBytes, BoundedVec};
use crate::codec;
use crate::collection::Collection;
use crate::id::{BodyHash, CommonsId, EntryId, LogId, hash};
use crate::key::PublicKey;
use crate::limits::{BODY_BYTES, DEPENDENCIES};
use crate::time::Timestamp;
use minicbor::{Decode, Encode};

/// DSSE payload type of entry headers.
pub const ENTRY_TYPE: &str = "application/vnd.commons.entry.v1";

/// What makes a log: who writes it, in which collection, which of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct LogName {
    /// Key of the node that writes it.
    #[n(0)]
    pub node: PublicKey,
    /// The collection.
    #[n(1)]
    pub collection: Collection,
    /// Which of the node's logs in that collection: a node that can't be sure
    /// of its log's end starts another.
    #[n(2)]
    pub nonce: u8,
}

impl LogName {
    /// The id of this log within `commons`.
    pub fn id(&self, commons: &CommonsId) -> LogId {
        LogId(hash("commons log 1", &[&commons.0, &self.node.0, &[self.collection.number(), self.nonce]]))
    }
}

/// What an entry's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum EntryKind {
    /// Creates a document.
    #[n(1)]
    Create,
    /// Changes a document.
    #[n(2)]
    Change,
    /// Erases bodies everywhere.
    #[n(3)]
    Erase,
    /// Confirms an erasure.
    #[n(4)]
    Receipt,
    /// Asks for a review of a version.
    #[n(5)]
    Request,
    /// Reviews a version.
    #[n(6)]
    Review,
    /// Releases a version.
    #[n(7)]
    Release,
    /// Withdraws releases.
    #[n(8)]
    Retract,
    /// Confirms that a retraction was seen.
    #[n(9)]
    Acknowledge,
    /// Attaches a file to a document.
    #[n(10)]
    Attach,
    /// Reports an organisation's numbers.
    #[n(11)]
    Submit,
}

/// The part of an entry that is signed, chained and kept for ever.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Header {
    /// The commons.
    #[n(0)]
    pub commons: CommonsId,
    /// Number of the newest epoch that the writer knew.
    #[n(1)]
    pub epoch: u64,
    /// The log.
    #[n(2)]
    pub log: LogName,
    /// Place in the log, from 0.
    #[n(3)]
    pub seq: u64,
    /// The entry before it in the log.
    #[n(4)]
    pub prev: Option<EntryId>,
    /// Entries of other logs in the same collection on which this one builds,
    /// sorted.
    #[n(5)]
    pub deps: BoundedVec<EntryId, DEPENDENCIES>,
    /// When, as the writer claims; display only.
    #[n(6)]
    pub time: Timestamp,
    /// Key of the person who contributed it.
    #[n(7)]
    pub person: PublicKey,
    /// What the body is.
    #[n(8)]
    pub kind: EntryKind,
    /// Length of the body in bytes.
    #[n(9)]
    pub body_length: u32,
    /// Hash of the body.
    #[n(10)]
    pub body_hash: BodyHash,
}

impl Header {
    /// The id of the entry: BLAKE3 of the header's bytes.
    pub fn id(&self) -> EntryId {
        EntryId(blake3::hash(&codec::encode(self)).into())
    }
}

/// A body, or what remains of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The bytes.
    Here(BoundedBytes<BODY_BYTES>),
    /// Erased, refused or not here; the header still stands.
    Absent {
        /// Length of the missing bytes.
        length: u32,
        /// Their hash.
        hash: BodyHash,
    },
}

impl Body {
    /// Length of the body in bytes, here or not.
    pub fn length(&self) -> u32 {
        match self {
            // Bounded by BODY_BYTES, far below 4 GiB.
            Self::Here(bytes) => u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            Self::Absent { length, .. } => *length,
        }
    }

    /// Hash of the body, here or not.
    pub fn hash(&self) -> BodyHash {
        match self {
            Self::Here(bytes) => BodyHash(blake3::hash(bytes).into()),
            Self::Absent { hash, .. } => *hash,
        }
    }

    /// The bytes, if they are here.
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Here(bytes) => Some(bytes),
            Self::Absent { .. } => None,
        }
    }

    /// The same body without its bytes.
    pub fn without_bytes(&self) -> Self {
        Self::Absent { length: self.length(), hash: self.hash() }
    }
}

impl<C> Encode<C> for Body {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Self::Here(bytes) => bytes.encode(e, ctx),
            Self::Absent { length, hash } => {
                e.array(2)?.u32(*length)?;
                hash.encode(e, ctx)
            }
        }
    }
}

impl<'b, C> Decode<'b, C> for Body {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        match d.datatype()? {
            minicbor::data::Type::Bytes => Ok(Self::Here(BoundedBytes::decode(d, ctx)?)),
            _ => match d.array()? {
                Some(2) => Ok(Self::Absent { length: d.u32()?, hash: BodyHash::decode(d, ctx)? }),
                _ => Err(minicbor::decode::Error::message("neither a body nor its length and hash")),
            },
        }
    }
}

/// An entry whose place in a signed chain was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// Its header.
    pub header: Header,
    /// Its body.
    pub body: Body,
}
