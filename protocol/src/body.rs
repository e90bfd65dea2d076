//! What bodies say.

use crate::bounded::{BoundedBytes, BoundedVec, Text};
use crate::codec;
use crate::collection::DocumentKind;
use crate::entry::EntryKind;
use crate::id::{DocumentId, EntryId};
use crate::limits::{BODY_BYTES, CHANGES_PER_ENTRY, ERASE_ENTRIES};
use crate::refusal::Refusal;
use minicbor::{Decode, Encode};

/// Creates a document; the document's id is the entry's.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Create {
    /// What it is.
    #[n(0)]
    pub kind: DocumentKind,
}

/// Changes a document.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Change {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// Whether it continues the edit of the log's previous entry: one save by
    /// one person can need several entries.
    #[n(1)]
    pub continues: bool,
    /// Automerge changes, uncompressed, in order.
    #[n(2)]
    pub changes: BoundedVec<BoundedBytes<BODY_BYTES>, CHANGES_PER_ENTRY>,
}

/// Erases bodies on every node. Headers stay.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Erase {
    /// What is erased.
    #[n(0)]
    pub target: EraseTarget,
    /// Why, in words that everyone can read.
    #[n(1)]
    pub reason: Text<500>,
}

/// What an erasure names.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum EraseTarget {
    /// A whole document, everyone's contributions included, by the
    /// organisation that created it; with entries that belong to it, so that
    /// a node which never had their bodies knows why nobody has them.
    #[n(1)]
    Document(#[n(0)] DocumentId, #[n(1)] BoundedVec<EntryId, ERASE_ENTRIES>),
    /// Entries; by the organisation that wrote them.
    #[n(2)]
    Entries(#[n(0)] BoundedVec<EntryId, ERASE_ENTRIES>),
}

/// Confirms that this node has erased what an erase entry names, bytes on
/// disk included.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Receipt {
    /// The erase entry.
    #[n(0)]
    pub erase: EntryId,
}

/// A decoded body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Creates a document.
    Create(Create),
    /// Changes a document.
    Change(Change),
    /// Erases bodies.
    Erase(Erase),
    /// Confirms an erasure.
    Receipt(Receipt),
}

impl Content {
    /// Decodes a body of this kind strictly.
    pub fn decode(kind: EntryKind, bytes: &[u8]) -> Result<Self, Refusal> {
        let content = match kind {
            EntryKind::Create => codec::decode(bytes, BODY_BYTES).map(Self::Create),
            EntryKind::Change => codec::decode(bytes, BODY_BYTES).map(Self::Change),
            EntryKind::Erase => codec::decode(bytes, BODY_BYTES).map(Self::Erase),
            EntryKind::Receipt => codec::decode(bytes, BODY_BYTES).map(Self::Receipt),
        };
        content.map_err(|_| Refusal::BadBody)
    }

    /// The kind of entry that carries it.
    pub fn kind(&self) -> EntryKind {
        match self {
            Self::Create(_) => EntryKind::Create,
            Self::Change(_) => EntryKind::Change,
            Self::Erase(_) => EntryKind::Erase,
            Self::Receipt(_) => EntryKind::Receipt,
        }
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Create(body) => codec::encode(body),
            Self::Change(body) => codec::encode(body),
            Self::Erase(body) => codec::encode(body),
            Self::Receipt(body) => codec::encode(body),
        }
    }
}
