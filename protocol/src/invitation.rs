//! Joining: the invitation that a member hands out, the application that an
//! organisation sends back, and the words that people compare.

use crate::bounded::{BoundedBytes, BoundedVec, Text};
use crate::charter::{Elector, Member};
use crate::codec;
use crate::collection::{OrganisationKind, Standing};
use crate::id::{Commitment, CommonsId, EpochHash, ObjectId, OrganisationId};
use crate::key::PublicKey;
use crate::limits::{ADDRESS_BYTES, ADDRESSES, NAME_BYTES};
use crate::signed::Payload;
use data_encoding::BASE32_NOPAD;
use minicbor::{Decode, Encode};

/// What an organisation needs in order to ask to join.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Invitation {
    /// The commons.
    #[n(0)]
    pub commons: CommonsId,
    /// A recent epoch: what the inviter shows must lead to it.
    #[n(1)]
    pub epoch: EpochHash,
    /// Transport identity of the inviter's node.
    #[n(2)]
    pub peer: PublicKey,
    /// Addresses of the inviter's node.
    #[n(3)]
    pub addresses: BoundedVec<Text<ADDRESS_BYTES>, ADDRESSES>,
    /// Seed of a one-time transport identity: the inviter's node lets this
    /// identity, and no other stranger, ask to join.
    #[n(4)]
    pub secret: Secret,
}

crate::id::bytes_type!(
    /// The one-time secret of an invitation.
    Secret, 32
);

const PREFIX: &str = "commons1-";

/// A code that is no invitation.
#[derive(Debug, thiserror::Error)]
pub enum InvitationError {
    /// It does not look like a code at all.
    #[error("an invitation code starts with \"{PREFIX}\" and is copied whole, without spaces")]
    NotACode,
    /// A letter is wrong or missing.
    #[error("the code is damaged: a letter is wrong or missing; copy it again")]
    Damaged,
    /// The content is of another version.
    #[error("the code is of a version that this software does not know: {0}")]
    Unknown(#[from] codec::CodecError),
}

impl Invitation {
    /// The code that people copy.
    pub fn to_code(&self) -> String {
        let mut bytes = codec::encode(self);
        bytes.extend_from_slice(&checksum(&bytes));
        format!("{PREFIX}{}", BASE32_NOPAD.encode(&bytes).to_lowercase())
    }

    /// Reads a code; white space around it does no harm.
    pub fn from_code(code: &str) -> Result<Self, InvitationError> {
        let letters = code.trim().strip_prefix(PREFIX).ok_or(InvitationError::NotACode)?;
        if letters.len() > 8 * 1024 {
            return Err(InvitationError::NotACode);
        }
        let bytes =
            BASE32_NOPAD.decode(letters.to_uppercase().as_bytes()).map_err(|_| InvitationError::Damaged)?;
        let (body, sum) = bytes.split_last_chunk::<4>().ok_or(InvitationError::Damaged)?;
        match checksum(body) == *sum {
            true => Ok(codec::decode(body, 8 * 1024)?),
            false => Err(InvitationError::Damaged),
        }
    }
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invitation").field("commons", &self.commons).finish_non_exhaustive()
    }
}

/// An organisation's request to join, signed with its root key over the
/// commons that it asks to join.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Application {
    /// The commons.
    #[n(0)]
    pub commons: CommonsId,
    /// Name of the organisation.
    #[n(1)]
    pub name: Text<NAME_BYTES>,
    /// Its kind.
    #[n(2)]
    pub kind: OrganisationKind,
    /// Its root key.
    #[n(3)]
    pub root: PublicKey,
    /// Commitment to its next root key.
    #[n(4)]
    pub next_root: Commitment,
    /// The key with which it would vote.
    #[n(5)]
    pub elector: PublicKey,
}

impl Payload for Application {
    const TYPE: &'static str = "application/vnd.commons.application.v1";
    const LIMIT: usize = 2_048;
    fn signer(&self) -> PublicKey {
        self.root
    }
}

impl Application {
    /// The member that it would become.
    pub fn member(&self) -> Member {
        Member {
            organisation: OrganisationId::of(&self.root),
            name: self.name.clone(),
            kind: self.kind,
            root: self.root,
            next_root: self.next_root,
            standing: Standing::Active,
            former: BoundedVec::default(),
            elector: self.elector,
        }
    }

    /// The elector that it would become.
    pub fn as_elector(&self) -> Elector {
        Elector { organisation: OrganisationId::of(&self.root), key: self.elector }
    }
}

/// What the applicant's node asks, again and again until it is admitted.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct JoinAsk {
    /// The signed application.
    #[n(0)]
    pub application: BoundedBytes<2_048>,
    /// Its signature.
    #[n(1)]
    pub signature: crate::key::Signature,
    /// The applicant's first key events, to be spread once it is admitted.
    #[n(2)]
    pub keys: BoundedVec<BoundedBytes<4_096>, 8>,
}

/// What the inviter's node answers. Once admitted, the applicant's node
/// connects as a member and catches up like any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct JoinAnswer {
    /// The member that the applicant is, once the members have admitted it –
    /// or have put its new root key in the place of one that it lost.
    #[n(0)]
    pub admitted_as: Option<OrganisationId>,
}

/// Five pronounceable words that stand for 80 bits of an application's id, to
/// be compared over the telephone (the proquint alphabet).
pub fn fingerprint(id: &ObjectId) -> String {
    let words: Vec<String> =
        id.0.chunks_exact(2).take(5).map(|pair| word(u16::from_be_bytes([pair[0], pair[1]]))).collect();
    words.join("-")
}

fn word(bits: u16) -> String {
    const CONSONANTS: [char; 16] =
        ['b', 'd', 'f', 'g', 'h', 'j', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'z'];
    const VOWELS: [char; 4] = ['a', 'i', 'o', 'u'];
    let letter = |shift: u16, is_vowel: bool| {
        let index = usize::from(bits >> shift);
        if is_vowel { VOWELS[index & 3] } else { CONSONANTS[index & 15] }
    };
    [letter(12, false), letter(10, true), letter(6, false), letter(4, true), letter(0, false)]
        .into_iter()
        .collect()
}

fn checksum(bytes: &[u8]) -> [u8; 4] {
    let digest = *blake3::hash(bytes).as_bytes();
    [digest[0], digest[1], digest[2], digest[3]]
}
