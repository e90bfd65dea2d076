//! Organisation key logs: the root key appoints admin keys, admin keys
//! delegate node and person keys. Each key signs its own chain of events, so
//! a forked admin log never blocks the root's.

use crate::bounded::{BoundedVec, Text};
use crate::charter::Point;
use crate::collection::{Collection, Role};
use crate::id::{Commitment, CommonsId, ObjectId, OrganisationId};
use crate::key::{PublicKey, SecretKey, Signature};
use crate::limits::{ADDRESS_BYTES, ADDRESSES, NAME_BYTES, OBJECT_BYTES, PINS, ROLES};
use crate::refusal::Refusal;
use crate::signed::Payload;
use minicbor::{Decode, Encode};

/// One event of a root or admin key's chain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct KeyEvent {
    /// The commons.
    #[n(0)]
    pub commons: CommonsId,
    /// The organisation.
    #[n(1)]
    pub organisation: OrganisationId,
    /// The root or admin key that signs this chain.
    #[n(2)]
    pub signer: PublicKey,
    /// Place in the signer's chain, from 0.
    #[n(3)]
    pub seq: u64,
    /// The event before it in the chain.
    #[n(4)]
    pub prev: Option<ObjectId>,
    /// What happens.
    #[n(5)]
    pub action: KeyAction,
}

impl Payload for KeyEvent {
    const TYPE: &'static str = "application/vnd.commons.key-event.v1";
    const LIMIT: usize = OBJECT_BYTES;
    fn signer(&self) -> PublicKey {
        self.signer
    }
    fn check(&self) -> Result<(), Refusal> {
        match &self.action {
            KeyAction::DelegateNode { node: key, proof, .. }
            | KeyAction::DelegatePerson { person: key, proof, .. } => {
                Ok(key.verify(CONSENT_TYPE, &consented(&self.commons, &self.organisation), proof)?)
            }
            _ => Ok(()),
        }
    }
}

/// DSSE payload type of a key's consent to be delegated.
pub const CONSENT_TYPE: &str = "application/vnd.commons.consent.v1";

/// A key's consent to speak for an organisation: without it, an organisation
/// could claim another's key, and with it everything that the key signed.
pub fn consent(commons: &CommonsId, organisation: &OrganisationId, key: &SecretKey) -> Signature {
    key.sign(CONSENT_TYPE, &consented(commons, organisation))
}

fn consented(commons: &CommonsId, organisation: &OrganisationId) -> Vec<u8> {
    [&commons.0[..], &organisation.0[..]].concat()
}

/// What a key event does. The first three are for root keys, the others for
/// admin keys.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum KeyAction {
    /// Hands over to the root key that was committed to before, and commits
    /// to the one after it. Ends the signer's chain.
    #[n(1)]
    RotateRoot {
        /// The new root key.
        #[n(0)]
        root: PublicKey,
        /// Commitment to the root key after that.
        #[n(1)]
        next: Commitment,
    },
    /// Appoints an admin key.
    #[n(2)]
    AppointAdmin {
        /// The admin key.
        #[n(0)]
        admin: PublicKey,
    },
    /// Revokes an admin key: its chain ends at `last` (none: nothing counts).
    #[n(3)]
    RevokeAdmin {
        /// The admin key.
        #[n(0)]
        admin: PublicKey,
        /// Its last event that counts.
        #[n(1)]
        last: Option<ObjectId>,
    },
    /// Delegates a node key.
    #[n(4)]
    DelegateNode {
        /// The key that signs the node's logs.
        #[n(0)]
        node: PublicKey,
        /// The node's transport identity.
        #[n(1)]
        peer: PublicKey,
        /// Collections in which it may write, sorted.
        #[n(2)]
        collections: BoundedVec<Collection, 16>,
        /// Addresses on which it can be dialled.
        #[n(3)]
        addresses: BoundedVec<Text<ADDRESS_BYTES>, ADDRESSES>,
        /// The node key's consent, see [`consent`].
        #[n(4)]
        proof: Signature,
    },
    /// Announces other addresses of a node.
    #[n(5)]
    Announce {
        /// The node's key.
        #[n(0)]
        node: PublicKey,
        /// Addresses on which it can be dialled.
        #[n(1)]
        addresses: BoundedVec<Text<ADDRESS_BYTES>, ADDRESSES>,
    },
    /// Delegates a person's key.
    #[n(6)]
    DelegatePerson {
        /// The person's key.
        #[n(0)]
        person: PublicKey,
        /// Name or pseudonym.
        #[n(1)]
        name: Text<NAME_BYTES>,
        /// Roles, sorted.
        #[n(2)]
        roles: BoundedVec<Role, ROLES>,
        /// The person key's consent, see [`consent`].
        #[n(3)]
        proof: Signature,
    },
    /// Revokes a node or person key. Entries beyond the pins don't count; a
    /// log without a pin ends before its first entry by this key.
    #[n(7)]
    Revoke {
        /// The key.
        #[n(0)]
        key: PublicKey,
        /// Where the logs end for it, sorted by log.
        #[n(1)]
        pins: BoundedVec<Point, PINS>,
    },
    /// Ends logs of the organisation's nodes: of a log that forked, this
    /// chooses the branch.
    #[n(8)]
    EndLogs {
        /// The last entries that count, sorted by log.
        #[n(0)]
        ends: BoundedVec<Point, PINS>,
    },
}

impl KeyAction {
    /// Whether only a root key can do this.
    pub fn is_for_root(&self) -> bool {
        matches!(self, Self::RotateRoot { .. } | Self::AppointAdmin { .. } | Self::RevokeAdmin { .. })
    }
}
