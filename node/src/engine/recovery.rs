//! Recovering an organisation whose disk is dead, from exported keys and its
//! peers; and rotating its root key.

use super::load::Fact;
use super::{Caller, Commons, Engine, Failure};
use crate::net::{DialTarget, PeerKey};
use crate::store::{Store, StoreError, Table};
use commons_protocol::codec;
use commons_protocol::id::{Commitment, CommonsId, ObjectId, OrganisationId, hash};
use commons_protocol::invitation::fingerprint;
use commons_protocol::key::{PublicKey, SecretKey};
use commons_protocol::keylog::KeyAction;
use minicbor::{Decode, Encode};

/// Bytes of what an export holds beside the keys.
const RECOVERY_BYTES: usize = 64 * 1024;

/// Members' nodes that an export names.
const HUBS: usize = 256;

/// What an export holds beside the keys: where to find the commons again.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Recovery {
    /// The organisation.
    #[n(0)]
    pub organisation: OrganisationId,
    /// The commons, if it belongs to one.
    #[n(1)]
    pub commons: Option<CommonsId>,
    /// Members' nodes with their addresses.
    #[n(2)]
    pub hubs: Vec<Hub>,
}

/// A node that can be dialled.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Hub {
    /// Its transport identity.
    #[n(0)]
    pub peer: PublicKey,
    /// Its addresses.
    #[n(1)]
    pub addresses: Vec<String>,
}

impl Recovery {
    /// Decodes what an export holds.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        codec::decode(bytes, RECOVERY_BYTES).ok()
    }

    /// The bytes.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }
}

impl<S: Store> Engine<S> {
    /// What is to be exported beside the keys.
    pub fn recovery(&self) -> Recovery {
        let own = self.keys.peer.public();
        let nodes = self.commons.as_ref().map(|commons| commons.admission.keys().nodes());
        let others = nodes
            .into_iter()
            .flat_map(|nodes| nodes.values())
            .filter(|node| node.peer != own && node.revoked.is_none());
        let hub = |node: &commons_protocol::keys::NodeKey| Hub {
            peer: node.peer,
            addresses: node.addresses.iter().map(ToString::to_string).collect(),
        };
        Recovery {
            organisation: self.keys.organisation,
            commons: self.commons.as_ref().map(|commons| commons.admission.commons()),
            hubs: others.map(hub).take(HUBS).collect(),
        }
    }

    /// Starts an empty node from an export: it goes to the members' nodes and
    /// asks for everything.
    pub fn recover(&mut self, recovery: &Recovery) -> Result<(), Failure> {
        let hubs = recovery
            .hubs
            .iter()
            .map(|hub| DialTarget { peer: PeerKey(hub.peer.0), addresses: hub.addresses.clone() });
        self.joining.set_hubs(hubs.collect());
        if let Some(commons) = recovery.commons.filter(|_| self.commons.is_none()) {
            self.keep_fact(&Fact::Commons(commons))?;
            self.commons = Some(Commons::new(commons));
        }
        self.refresh_network();
        Ok(())
    }

    /// What follows a catch-up: things that wait for knowing what others know.
    pub(super) fn after_catch_up(&mut self) {
        self.catch_up_with_rotation();
        // A vote may have been due, but only a node in step may cast it.
        if let Err(failure) = self.vote_due(false).and_then(|()| self.check_entry()) {
            self.notice(failure.to_string());
        }
        self.delegate_own_node();
        if let Err(failure) = self.take_over() {
            self.notice(format!("the admin keys of the lost root could not be revoked: {failure}"));
        }
        self.announce_addresses();
    }

    /// Once the members have put this root key in the place of a lost one: it
    /// appoints this node's admin key and revokes all others.
    fn take_over(&mut self) -> Result<(), Failure> {
        let own = self.keys.organisation;
        let (root, admin) = (self.keys.root.public(), self.keys.admin.public());
        let Ok(governance) = self.governance() else { return Ok(()) };
        let replaced = governance.current().member(&own).filter(|member| !member.former.is_empty());
        let commons = self.commons()?;
        if replaced.is_none_or(|member| member.root != root) || !commons.own_logs.is_confirmed() {
            return Ok(());
        }
        let keys = commons.admission.keys();
        let mut actions: Vec<KeyAction> = keys
            .admins(&own)
            .filter(|other| **other != admin)
            .map(|other| KeyAction::RevokeAdmin { admin: *other, last: keys.tip(other).last })
            .collect();
        if !keys.admins(&own).any(|known| *known == admin) {
            actions.push(KeyAction::AppointAdmin { admin });
        }
        match actions.is_empty() {
            true => Ok(()),
            false => self.issue_root(actions),
        }
    }

    /// A new installation of a known organisation delegates its new node key,
    /// so that it can write again.
    fn delegate_own_node(&mut self) {
        let node = self.keys.node.public();
        let Some(commons) = &self.commons else { return };
        let keys = commons.admission.keys();
        let is_known = commons
            .admission
            .governance()
            .is_some_and(|governance| governance.current().is_active(&self.keys.organisation));
        let admin_tip = keys.tip(&self.keys.admin.public());
        if keys.node(&node).is_some()
            || !is_known
            || admin_tip.length == 0
            || !commons.own_logs.is_confirmed()
        {
            return;
        }
        let delegation = self.node_delegation(commons.admission.commons());
        if let Err(failure) = self.issue_admin(delegation) {
            self.notice(format!("this installation could not delegate its key: {failure}"));
        }
    }

    /// Hands over to the next root key, which was committed to before, and
    /// commits to the one after it. That one is derived from the next, so a
    /// crash at any moment leaves a keystore that can go on.
    pub fn rotate_root(&mut self, _: &Caller) -> Result<(), Failure> {
        let own = self.keys.organisation;
        if self.commons()?.admission.keys().root(&own) != Some(&self.keys.root.public()) {
            return Err(Failure::conflict(
                "root-not-in-force",
                "the members have not put this root key into the charter yet; see `commons proposals`",
            ));
        }
        let next = self.keys.next_root.clone();
        let after = root_after(&next);
        let action = KeyAction::RotateRoot { root: next.public(), next: Commitment::to(&after.public()) };
        self.issue_root(vec![action])?;
        self.keys.root = next;
        self.keys.next_root = after;
        Ok(())
    }

    /// Goes on with the root key that the key log names, if a rotation was
    /// recorded but the keystore was not sealed again.
    pub(super) fn catch_up_with_rotation(&mut self) {
        let Some(commons) = &self.commons else { return };
        while commons.admission.keys().root(&self.keys.organisation) == Some(&self.keys.next_root.public()) {
            self.keys.root = self.keys.next_root.clone();
            self.keys.next_root = root_after(&self.keys.root);
        }
    }

    /// Remembers the organisation's id, which its first root key gave it.
    pub(super) fn keep_organisation(&mut self) -> Result<(), StoreError> {
        match self.store.get(Table::Meta, b"fact/organisation")? {
            Some(_) => Ok(()),
            None => self.keep_fact(&Fact::Organisation(self.keys.organisation)),
        }
    }
}

/// What an organisation that lost its root key gives to another member: the
/// new root key, the commitment to the one after it, and the voting key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewRoot {
    /// The new root key.
    pub root: PublicKey,
    /// Commitment to the root key after it.
    pub next: Commitment,
    /// The key with which the organisation votes.
    pub elector: PublicKey,
}

impl NewRoot {
    /// The code that people copy.
    pub fn to_code(self) -> String {
        format!("{}-{}-{}", self.root, self.next, self.elector)
    }

    /// Words to compare by telephone: the electors see them with the proposal,
    /// so nobody can slip in keys of their own.
    pub fn words(&self) -> String {
        let parts = [&self.root.0[..], &self.next.0, &self.elector.0];
        fingerprint(&ObjectId(hash("commons new root fingerprint 1", &parts)))
    }

    /// Reads a code.
    pub fn from_code(code: &str) -> Result<Self, Failure> {
        let parts: Vec<&str> = code.trim().split('-').collect();
        let read = |parts: &[&str]| match parts {
            [root, next, elector] => Some(Self {
                root: root.parse().ok()?,
                next: next.parse().ok()?,
                elector: elector.parse().ok()?,
            }),
            _ => None,
        };
        let usable = |new: &Self| new.root.is_usable() && new.elector.is_usable();
        read(&parts).filter(usable).ok_or_else(|| {
            Failure::invalid(
                "bad-root-code",
                "this is not what `commons keys new-root` printed; copy the code whole",
            )
        })
    }
}

/// The root key that follows `key`.
fn root_after(key: &SecretKey) -> SecretKey {
    SecretKey::from_seed(hash("commons next root key 1", &[key.seed()]))
}
