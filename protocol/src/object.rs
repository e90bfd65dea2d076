//! Governance objects as they travel and are stored: a tag, the signed bytes
//! and the signature. They form an unordered set; what they mean is computed
//! from the set.

use crate::attestation::Attestation;
use crate::bounded::BoundedBytes;
use crate::codec;
use crate::fork::Fork;
use crate::id::{CommonsId, ObjectId};
use crate::key::{PublicKey, Signature};
use crate::keylog::KeyEvent;
use crate::limits::OBJECT_BYTES;
use crate::refusal::Refusal;
use crate::run::VerifiedRun;
use crate::signed::{Payload, Signed, Verified};
use crate::vote::{Proposal, Vote};
use minicbor::{Decode, Encode};

/// A governance object whose signatures verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// A proposed epoch.
    Proposal(Box<Verified<Proposal>>),
    /// A vote.
    Vote(Box<Verified<Vote>>),
    /// An event of a key log.
    Key(Box<Verified<KeyEvent>>),
    /// What an elector holds.
    Attestation(Box<Verified<Attestation>>),
    /// The proof that a log forked.
    Fork(Box<Fork>),
}

/// Bytes that an encoded object may have: the signed bytes with their frame.
pub const ENCODED_OBJECT_BYTES: usize = OBJECT_BYTES + 128;

#[derive(Encode, Decode)]
#[cbor(array)]
struct Wire {
    #[n(0)]
    tag: u8,
    #[n(1)]
    bytes: BoundedBytes<OBJECT_BYTES>,
    #[n(2)]
    signature: Signature,
}

const PROPOSAL: u8 = 1;
const VOTE: u8 = 2;
const KEY: u8 = 3;
const ATTESTATION: u8 = 4;
const FORK: u8 = 5;

impl Object {
    /// Decodes strictly and checks the signature.
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        let wire: Wire = codec::decode(bytes, ENCODED_OBJECT_BYTES)?;
        match wire.tag {
            PROPOSAL => verify::<Proposal>(wire).map(Self::from),
            VOTE => verify::<Vote>(wire).map(Self::from),
            KEY => verify::<KeyEvent>(wire).map(Self::from),
            ATTESTATION => verify::<Attestation>(wire).map(Self::from),
            FORK if wire.signature == UNSIGNED => Fork::decode(&wire.bytes).map(Self::from),
            _ => Err(Refusal::Malformed),
        }
    }

    /// Decodes an object that this node verified before it stored it.
    pub fn trusted(bytes: &[u8]) -> Result<Self, Refusal> {
        let wire: Wire = codec::decode(bytes, ENCODED_OBJECT_BYTES)?;
        match wire.tag {
            PROPOSAL => trust::<Proposal>(wire).map(Self::from),
            VOTE => trust::<Vote>(wire).map(Self::from),
            KEY => trust::<KeyEvent>(wire).map(Self::from),
            ATTESTATION => trust::<Attestation>(wire).map(Self::from),
            FORK => Fork::trusted(&wire.bytes).map(Self::from),
            _ => Err(Refusal::Malformed),
        }
    }

    /// The bytes as they travel and are stored.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Proposal(object) => wire(PROPOSAL, object.signed()),
            Self::Vote(object) => wire(VOTE, object.signed()),
            Self::Key(object) => wire(KEY, object.signed()),
            Self::Attestation(object) => wire(ATTESTATION, object.signed()),
            Self::Fork(fork) => pack(FORK, fork.encode(), UNSIGNED),
        }
    }

    /// Its id.
    pub fn id(&self) -> ObjectId {
        match self {
            Self::Proposal(object) => object.id(),
            Self::Vote(object) => object.id(),
            Self::Key(object) => object.id(),
            Self::Attestation(object) => object.id(),
            Self::Fork(fork) => fork.id(),
        }
    }

    /// The key that signed it: of a proof, the key that signed both branches.
    pub fn signer(&self) -> PublicKey {
        match self {
            Self::Proposal(object) => object.value().by,
            Self::Vote(object) => object.value().elector,
            Self::Key(object) => object.value().signer,
            Self::Attestation(object) => object.value().elector,
            Self::Fork(fork) => fork.name().node,
        }
    }

    /// What it counts against quotas: one, and one more per 4 KiB.
    pub fn weight(&self) -> usize {
        let bytes = match self {
            Self::Proposal(object) => object.signed().bytes().len(),
            Self::Vote(object) => object.signed().bytes().len(),
            Self::Key(object) => object.signed().bytes().len(),
            Self::Attestation(object) => object.signed().bytes().len(),
            Self::Fork(fork) => fork.branches().iter().map(VerifiedRun::header_weight).sum(),
        };
        1 + bytes / 4_096
    }

    /// The commons that it names; none in a founding proposal, whose hash is
    /// the name.
    pub fn commons(&self) -> Option<CommonsId> {
        match self {
            Self::Proposal(object) => object.value().commons,
            Self::Vote(object) => Some(object.value().commons),
            Self::Key(object) => Some(object.value().commons),
            Self::Attestation(object) => Some(object.value().commons),
            Self::Fork(fork) => Some(fork.commons()),
        }
    }
}

impl From<Verified<Proposal>> for Object {
    fn from(object: Verified<Proposal>) -> Self {
        Self::Proposal(Box::new(object))
    }
}

impl From<Verified<Vote>> for Object {
    fn from(object: Verified<Vote>) -> Self {
        Self::Vote(Box::new(object))
    }
}

impl From<Verified<KeyEvent>> for Object {
    fn from(object: Verified<KeyEvent>) -> Self {
        Self::Key(Box::new(object))
    }
}

impl From<Verified<Attestation>> for Object {
    fn from(object: Verified<Attestation>) -> Self {
        Self::Attestation(Box::new(object))
    }
}

impl From<Fork> for Object {
    fn from(fork: Fork) -> Self {
        Self::Fork(Box::new(fork))
    }
}

/// What stands in the place of the signature of an object that is proved by
/// the signatures inside it.
const UNSIGNED: Signature = Signature([0; 64]);

fn verify<T: Payload>(wire: Wire) -> Result<Verified<T>, Refusal> {
    Signed::new(wire.bytes.into_inner(), wire.signature).verify()
}

fn trust<T: Payload>(wire: Wire) -> Result<Verified<T>, Refusal> {
    Signed::new(wire.bytes.into_inner(), wire.signature).trust()
}

fn wire<T: Payload>(tag: u8, signed: &Signed<T>) -> Vec<u8> {
    pack(tag, signed.bytes().to_vec(), signed.signature())
}

fn pack(tag: u8, bytes: Vec<u8>, signature: Signature) -> Vec<u8> {
    // What is in an object passed its own, smaller limit when it was made.
    let bytes = BoundedBytes::new(bytes).unwrap_or_default();
    codec::encode(&Wire { tag, bytes, signature })
}
