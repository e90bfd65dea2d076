//! Governance objects as they travel and are stored: a tag, the signed bytes
//! and the signature. They form an unordered set; what they mean is computed
//! from the set.

use crate::bounded::BoundedBytes;
use crate::codec;
use crate::id::ObjectId;
use crate::key::Signature;
use crate::keylog::KeyEvent;
use crate::limits::OBJECT_BYTES;
use crate::refusal::Refusal;
use crate::signed::{Payload, Signed, Verified};
use crate::vote::{Proposal, Vote};
use minicbor::{Decode, Encode};

/// A governance object whose signature verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// A proposed epoch.
    Proposal(Box<Verified<Proposal>>),
    /// A vote.
    Vote(Box<Verified<Vote>>),
    /// An event of a key log.
    Key(Box<Verified<KeyEvent>>),
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

impl Object {
    /// Decodes strictly and checks the signature.
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        let wire: Wire = codec::decode(bytes, ENCODED_OBJECT_BYTES)?;
        match wire.tag {
            PROPOSAL => verify::<Proposal>(wire).map(Self::from),
            VOTE => verify::<Vote>(wire).map(Self::from),
            KEY => verify::<KeyEvent>(wire).map(Self::from),
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
            _ => Err(Refusal::Malformed),
        }
    }

    /// The bytes as they travel and are stored.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Proposal(object) => wire(PROPOSAL, object.signed()),
            Self::Vote(object) => wire(VOTE, object.signed()),
            Self::Key(object) => wire(KEY, object.signed()),
        }
    }

    /// Its id.
    pub fn id(&self) -> ObjectId {
        match self {
            Self::Proposal(object) => object.id(),
            Self::Vote(object) => object.id(),
            Self::Key(object) => object.id(),
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

fn verify<T: Payload>(wire: Wire) -> Result<Verified<T>, Refusal> {
    Signed::new(wire.bytes.into_inner(), wire.signature).verify()
}

fn trust<T: Payload>(wire: Wire) -> Result<Verified<T>, Refusal> {
    Signed::new(wire.bytes.into_inner(), wire.signature).trust()
}

fn wire<T: Payload>(tag: u8, signed: &Signed<T>) -> Vec<u8> {
    // A signed payload passed its own, smaller limit when it was made.
    let bytes = BoundedBytes::new(signed.bytes().to_vec()).unwrap_or_default();
    codec::encode(&Wire { tag, bytes, signature: signed.signature() })
}
