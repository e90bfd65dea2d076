//! Signing key events: the chains of this organisation's root and admin keys.

use super::{Engine, Failure};
use crate::store::Store;
use commons_protocol::bounded::{BoundedVec, Text};
use commons_protocol::collection::{Collection, Role};
use commons_protocol::id::CommonsId;
use commons_protocol::key::{PublicKey, SecretKey};
use commons_protocol::keylog::{KeyAction, KeyEvent, consent};
use commons_protocol::keys::Tip;
use commons_protocol::limits::ROLES;
use commons_protocol::object::Object;
use commons_protocol::signed::Verified;

/// The next events of one key's chain.
pub struct Chain<'a> {
    key: &'a SecretKey,
    tip: Tip,
}

impl<S: Store> Engine<S> {
    /// The first events of this organisation: admin key, node, first person.
    /// They come out the same each time, since a joining node may send them
    /// more than once; addresses are announced later.
    pub(super) fn first_key_events(
        &self,
        commons: CommonsId,
        operator: PublicKey,
    ) -> Result<Vec<Object>, Failure> {
        let start = Tip { length: 0, last: None };
        let mut root = Chain { key: &self.keys.root, tip: start };
        let mut admin = Chain { key: &self.keys.admin, tip: start };
        let roles = BoundedVec::new(vec![Role::Administrator]).unwrap_or_default();
        let key = self
            .keys
            .people
            .get(&operator)
            .ok_or_else(|| Failure::internal("keys", "the operator has no key"))?;
        let person = self.person_delegation(commons, key, text("Operator")?, roles);
        Ok(vec![
            self.event(commons, &mut root, KeyAction::AppointAdmin { admin: self.keys.admin.public() })?,
            self.event(commons, &mut admin, self.node_delegation(commons))?,
            self.event(commons, &mut admin, person)?,
        ])
    }

    /// A restored disk may have forgotten key events, and a second one in the
    /// same place would end the chain: so a peer must be in step first.
    fn check_knows_own_chains(&self) -> Result<(), Failure> {
        let is_confirmed = self.commons()?.own_logs.is_confirmed();
        (is_confirmed || self.is_alone()).then_some(()).ok_or_else(|| {
            Failure::unavailable("not-in-step", "this node has not been in step with another member since it started; connect it (see `commons status`) and try again")
        })
    }

    /// Signs and spreads an event of the admin key.
    pub(super) fn issue_admin(&mut self, action: KeyAction) -> Result<(), Failure> {
        self.check_knows_own_chains()?;
        let commons = self.commons()?.admission.commons();
        let object = {
            let mut chain = Chain { key: &self.keys.admin, tip: self.tip(&self.keys.admin)? };
            self.event(commons, &mut chain, action)?
        };
        self.issue(vec![object])
    }

    /// Signs and spreads events of the root key.
    pub(super) fn issue_root(&mut self, actions: Vec<KeyAction>) -> Result<(), Failure> {
        self.check_knows_own_chains()?;
        let commons = self.commons()?.admission.commons();
        let objects = {
            let mut chain = Chain { key: &self.keys.root, tip: self.tip(&self.keys.root)? };
            let signed = actions.into_iter().map(|action| self.event(commons, &mut chain, action));
            signed.collect::<Result<Vec<_>, _>>()?
        };
        self.issue(objects)
    }

    /// The delegation of this node's key.
    pub(super) fn node_delegation(&self, commons: CommonsId) -> KeyAction {
        KeyAction::DelegateNode {
            proof: consent(&commons, &self.keys.organisation, &self.keys.node),
            node: self.keys.node.public(),
            peer: self.keys.peer.public(),
            collections: BoundedVec::new(Collection::ALL.to_vec()).unwrap_or_default(),
            addresses: BoundedVec::default(),
        }
    }

    /// The delegation of a person's key.
    pub(super) fn person_delegation(
        &self,
        commons: CommonsId,
        key: &SecretKey,
        name: Text<200>,
        roles: BoundedVec<Role, ROLES>,
    ) -> KeyAction {
        let proof = consent(&commons, &self.keys.organisation, key);
        KeyAction::DelegatePerson { person: key.public(), name, roles, proof }
    }

    /// Announces the node's addresses if the key log names others.
    pub(super) fn announce_addresses(&mut self) {
        let node = self.keys.node.public();
        let Some(commons) = &self.commons else { return };
        let Some(known) = commons.admission.keys().node(&node).map(|node| node.addresses.clone()) else {
            return;
        };
        if self.check_knows_own_chains().is_err() {
            // Once a catch-up has ended in step this is tried again.
            return;
        }
        match self.addresses() {
            Ok(addresses) if *addresses == *known || addresses.is_empty() => {}
            Ok(addresses) => {
                if let Err(failure) = self.issue_admin(KeyAction::Announce { node, addresses }) {
                    self.notice(format!("the node's new addresses could not be announced: {failure}"));
                }
            }
            Err(failure) => self.notice(failure.to_string()),
        }
    }

    /// The addresses to announce: those of the configuration, else those on
    /// which the node listens.
    pub(super) fn addresses(&self) -> Result<BoundedVec<Text<256>, 8>, Failure> {
        let source = if self.profile.public_addresses.is_empty() {
            &self.listening
        } else {
            &self.profile.public_addresses
        };
        let texts: Result<Vec<_>, _> = source.iter().take(8).map(|address| text(address)).collect();
        BoundedVec::new(texts?).map_err(|error| Failure::internal("addresses", error.to_string()))
    }

    /// Revokes a node's or person's key; every log is cut where it stands now.
    pub(super) fn revocation(&self, key: PublicKey) -> Result<KeyAction, Failure> {
        self.commons()?;
        let mut pins = self.pins_of(&[self.keys.organisation]);
        pins.sort_by_key(|pin| pin.log);
        let pins =
            BoundedVec::new(pins).map_err(|error| Failure::conflict("too-many-logs", error.to_string()))?;
        Ok(KeyAction::Revoke { key, pins })
    }

    fn tip(&self, key: &SecretKey) -> Result<Tip, Failure> {
        Ok(self.commons()?.admission.keys().tip(&key.public()))
    }

    fn event(&self, commons: CommonsId, chain: &mut Chain<'_>, action: KeyAction) -> Result<Object, Failure> {
        let event = KeyEvent {
            commons,
            organisation: self.keys.organisation,
            signer: chain.key.public(),
            seq: chain.tip.length,
            prev: chain.tip.last,
            action,
        };
        let signed = Verified::sign(event, chain.key)?;
        chain.tip = Tip { length: chain.tip.length + 1, last: Some(signed.id()) };
        Ok(signed.into())
    }
}

/// A bounded text from what a person typed.
pub fn text<const N: usize>(input: &str) -> Result<Text<N>, Failure> {
    Text::new(input.trim())
        .map_err(|error| Failure::invalid("text", format!("the text does not fit: {error}")))
}
