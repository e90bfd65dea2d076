//! The keys that this node signs with.

use commons_protocol::id::{Commitment, OrganisationId};
use commons_protocol::key::{PublicKey, SecretKey};
use std::collections::BTreeMap;

/// Everything secret of one installation, ready to sign.
#[derive(Clone, Debug)]
pub struct Keyring {
    /// The organisation's root key.
    pub root: SecretKey,
    /// The root key after this one.
    pub next_root: SecretKey,
    /// The admin key that delegates nodes and people.
    pub admin: SecretKey,
    /// The key that votes.
    pub elector: SecretKey,
    /// The key that signs this node's logs; made anew at each installation.
    pub node: SecretKey,
    /// The node's transport identity.
    pub peer: SecretKey,
    /// People's keys by public key.
    pub people: BTreeMap<PublicKey, SecretKey>,
    /// The organisation's id: it stays the same when the root key rotates.
    pub organisation: OrganisationId,
}

impl Keyring {
    /// The commitment to the next root key.
    pub fn next_root_commitment(&self) -> Commitment {
        Commitment::to(&self.next_root.public())
    }
}
