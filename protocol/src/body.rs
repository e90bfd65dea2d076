//! What bodies say.

use crate::bounded::{BoundedBytes, BoundedVec, Text};
use crate::codec;
use crate::collection::DocumentKind;
use crate::entry::EntryKind;
use crate::id::{BlobHash, DocumentId, EntryId};
use crate::limits::{BODY_BYTES, CHANGES_PER_ENTRY, ERASE_ENTRIES, PROSE_BYTES, RETRACTED, REVIEWERS};
use crate::refusal::Refusal;
use crate::series::Submission;
use crate::statement::Envelope;
use crate::version::{Cover, Heads, VersionName};
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
    /// What the identifier guard had asked about, and why it was said all the
    /// same. In the last entry of a save, if at all.
    #[n(3)]
    pub overrides: Option<Overrides>,
}

/// A person's decision to keep what looks as if it could identify somebody.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Overrides {
    /// Why that is right.
    #[n(0)]
    pub reason: Text<500>,
    /// What was found, in the words of the guard: kind, field and place.
    #[n(1)]
    pub found: BoundedVec<Text<200>, 32>,
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

/// Asks people to review a version.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Request {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// The version.
    #[n(1)]
    pub version: VersionName,
    /// Its heads.
    #[n(2)]
    pub heads: Heads,
    /// Its cover.
    #[n(3)]
    pub cover: Cover,
    /// Words for the reviewers; may be empty.
    #[n(4)]
    pub note: Text<2_000>,
}

/// A review: the statement is signed by the person, beside the node's
/// signature of the log.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SignedReview {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// What the reviewer signed.
    #[n(1)]
    pub envelope: Envelope,
}

/// Releases a version. It counts if the reviews that it lists meet the policy
/// of the epoch that its header names.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Release {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// The version.
    #[n(1)]
    pub version: VersionName,
    /// Its heads.
    #[n(2)]
    pub heads: Heads,
    /// Its cover.
    #[n(3)]
    pub cover: Cover,
    /// The reviews, sorted.
    #[n(4)]
    pub reviews: BoundedVec<EntryId, REVIEWERS>,
    /// The release of the same document that this one follows.
    #[n(5)]
    pub previous: Option<EntryId>,
}

/// Withdraws releases of a document, for good.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Retract {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// Its releases, sorted.
    #[n(1)]
    pub releases: BoundedVec<EntryId, RETRACTED>,
    /// Why, in words that everyone will read.
    #[n(2)]
    pub reason: Text<PROSE_BYTES>,
    /// What to use instead.
    #[n(3)]
    pub instead: Option<DocumentId>,
}

/// Confirms that this organisation's node shows a retraction.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Acknowledge {
    /// The retraction.
    #[n(0)]
    pub retraction: EntryId,
}

/// Attaches a file to a document: nodes that hold the document fetch it. What
/// it is called and what it shows stands in the document.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Attach {
    /// The document.
    #[n(0)]
    pub document: DocumentId,
    /// The file.
    #[n(1)]
    pub file: BlobHash,
    /// Its size in bytes.
    #[n(2)]
    pub size: u64,
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
    /// Asks for a review.
    Request(Request),
    /// Reviews.
    Review(SignedReview),
    /// Releases.
    Release(Release),
    /// Withdraws releases.
    Retract(Retract),
    /// Confirms a retraction.
    Acknowledge(Acknowledge),
    /// Attaches a file.
    Attach(Attach),
    /// Reports numbers.
    Submit(Submission),
}

impl Content {
    /// The document that the body is about, if it names one.
    pub fn document(&self) -> Option<DocumentId> {
        match self {
            Self::Change(body) => Some(body.document),
            Self::Request(body) => Some(body.document),
            Self::Review(body) => Some(body.document),
            Self::Release(body) => Some(body.document),
            Self::Retract(body) => Some(body.document),
            Self::Attach(body) => Some(body.document),
            Self::Create(_) | Self::Erase(_) | Self::Receipt(_) | Self::Acknowledge(_) | Self::Submit(_) => {
                None
            }
        }
    }

    /// Decodes a body of this kind strictly.
    pub fn decode(kind: EntryKind, bytes: &[u8]) -> Result<Self, Refusal> {
        let content = match kind {
            EntryKind::Create => codec::decode(bytes, BODY_BYTES).map(Self::Create),
            EntryKind::Change => codec::decode(bytes, BODY_BYTES).map(Self::Change),
            EntryKind::Erase => codec::decode(bytes, BODY_BYTES).map(Self::Erase),
            EntryKind::Receipt => codec::decode(bytes, BODY_BYTES).map(Self::Receipt),
            EntryKind::Request => codec::decode(bytes, BODY_BYTES).map(Self::Request),
            EntryKind::Review => codec::decode(bytes, BODY_BYTES).map(Self::Review),
            EntryKind::Release => codec::decode(bytes, BODY_BYTES).map(Self::Release),
            EntryKind::Retract => codec::decode(bytes, BODY_BYTES).map(Self::Retract),
            EntryKind::Acknowledge => codec::decode(bytes, BODY_BYTES).map(Self::Acknowledge),
            EntryKind::Attach => codec::decode(bytes, BODY_BYTES).map(Self::Attach),
            EntryKind::Submit => codec::decode(bytes, BODY_BYTES).map(Self::Submit),
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
            Self::Request(_) => EntryKind::Request,
            Self::Review(_) => EntryKind::Review,
            Self::Release(_) => EntryKind::Release,
            Self::Retract(_) => EntryKind::Retract,
            Self::Acknowledge(_) => EntryKind::Acknowledge,
            Self::Attach(_) => EntryKind::Attach,
            Self::Submit(_) => EntryKind::Submit,
        }
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Create(body) => codec::encode(body),
            Self::Change(body) => codec::encode(body),
            Self::Erase(body) => codec::encode(body),
            Self::Receipt(body) => codec::encode(body),
            Self::Request(body) => codec::encode(body),
            Self::Review(body) => codec::encode(body),
            Self::Release(body) => codec::encode(body),
            Self::Retract(body) => codec::encode(body),
            Self::Acknowledge(body) => codec::encode(body),
            Self::Attach(body) => codec::encode(body),
            Self::Submit(body) => codec::encode(body),
        }
    }
}
