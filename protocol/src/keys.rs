//! Which keys speak for whom: the meaning of a set of key events.
//!
//! A pure function of the events and the charter in force. A chain counts up
//! to the first place where two events stand, and an admin's chain at most up
//! to where the root revoked it.

use crate::bounded::Text;
use crate::charter::{Charter, Member, Point};
use crate::collection::{Collection, Role};
use crate::id::{Commitment, CommonsId, EntryId, LogId, ObjectId, OrganisationId};
use crate::key::PublicKey;
use crate::keylog::{KeyAction, KeyEvent};
use crate::limits::{ADDRESS_BYTES, KEY_LOG_EVENTS, NAME_BYTES};
use crate::signed::Verified;
use std::collections::{BTreeMap, BTreeSet};

/// A node key in force or revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeKey {
    /// Whose node it is.
    pub organisation: OrganisationId,
    /// Its transport identity.
    pub peer: PublicKey,
    /// Collections in which it may write.
    pub collections: Vec<Collection>,
    /// Addresses on which it can be dialled.
    pub addresses: Vec<Text<ADDRESS_BYTES>>,
    /// Where its logs end, if it is revoked.
    pub revoked: Option<Vec<Point>>,
}

/// A person's key in force or revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonKey {
    /// Who vouches for the person.
    pub organisation: OrganisationId,
    /// Name or pseudonym.
    pub name: Text<NAME_BYTES>,
    /// Roles.
    pub roles: Vec<Role>,
    /// Where logs end for this person, if revoked.
    pub revoked: Option<Vec<Point>>,
}

/// All delegations of all members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    nodes: BTreeMap<PublicKey, NodeKey>,
    people: BTreeMap<PublicKey, PersonKey>,
    tips: BTreeMap<PublicKey, Tip>,
    roots: BTreeMap<OrganisationId, PublicKey>,
    ends: BTreeMap<(OrganisationId, LogId), Point>,
    admins: BTreeMap<OrganisationId, BTreeSet<PublicKey>>,
}

/// The end of a chain that counts: where its signer goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Number of events that count.
    pub length: u64,
    /// The last of them.
    pub last: Option<ObjectId>,
}

/// A root key with its rotations, up to `last` where an epoch replaced it.
struct RootPart {
    root: PublicKey,
    next: Commitment,
    last: Option<Option<ObjectId>>,
}

/// Admin keys, each with the end of its chain where the root cut it.
type Admins = BTreeMap<PublicKey, Option<Option<ObjectId>>>;

type Chains<'a> = BTreeMap<(OrganisationId, PublicKey), BTreeMap<u64, Vec<&'a Verified<KeyEvent>>>>;

impl Keys {
    /// Computes the delegations of the members of `charter`.
    pub fn compute<'a>(
        commons: CommonsId,
        charter: &Charter,
        events: impl IntoIterator<Item = &'a Verified<KeyEvent>>,
    ) -> Self {
        let chains = chains(commons, events);
        let mut keys = Self::default();
        for member in &charter.members {
            keys.add_member(member, &chains);
        }
        keys
    }

    /// The node key, in force or revoked.
    pub fn node(&self, key: &PublicKey) -> Option<&NodeKey> {
        self.nodes.get(key)
    }

    /// The person's key, in force or revoked.
    pub fn person(&self, key: &PublicKey) -> Option<&PersonKey> {
        self.people.get(key)
    }

    /// All node keys.
    pub fn nodes(&self) -> &BTreeMap<PublicKey, NodeKey> {
        &self.nodes
    }

    /// All people's keys.
    pub fn people(&self) -> &BTreeMap<PublicKey, PersonKey> {
        &self.people
    }

    /// The root key in force of an organisation.
    pub fn root(&self, organisation: &OrganisationId) -> Option<&PublicKey> {
        self.roots.get(organisation)
    }

    /// Where the chain of a root or admin key goes on.
    pub fn tip(&self, signer: &PublicKey) -> Tip {
        self.tips.get(signer).copied().unwrap_or(Tip { length: 0, last: None })
    }

    /// Every root and admin key whose chain was followed.
    pub fn signers(&self) -> impl Iterator<Item = &PublicKey> {
        self.tips.keys()
    }

    /// The admin keys in force of an organisation.
    pub fn admins(&self, organisation: &OrganisationId) -> impl Iterator<Item = &PublicKey> {
        self.admins.get(organisation).into_iter().flatten()
    }

    /// Where an organisation ended one of its logs.
    pub fn end(&self, organisation: &OrganisationId, log: &LogId) -> Option<&Point> {
        self.ends.get(&(*organisation, *log))
    }

    /// Where the organisation of `node` ended that node's log, by ending it or
    /// by revoking the key.
    pub fn end_of(&self, node: &PublicKey, log: &LogId) -> Option<Point> {
        let key = self.nodes.get(node)?;
        let revoked = key.revoked.iter().flatten().find(|pin| pin.log == *log);
        let ended = self.ends.get(&(key.organisation, *log));
        revoked.into_iter().chain(ended).min_by_key(|point| point.seq).copied()
    }

    /// Whether everything that `older` allowed is still allowed.
    pub fn extends(&self, older: &Self) -> bool {
        let nodes = older.nodes.iter().all(|(key, old)| {
            self.nodes.get(key).is_some_and(|new| {
                (new.organisation, &new.collections, &new.revoked)
                    == (old.organisation, &old.collections, &old.revoked)
            })
        });
        let ends = self.ends == older.ends;
        nodes && ends && older.people.iter().all(|(key, old)| self.people.get(key) == Some(old))
    }

    fn add_member(&mut self, member: &Member, chains: &Chains<'_>) {
        let mut admins = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for lost in &member.former {
            let mut part = RootPart { root: lost.root, next: lost.next_root, last: Some(lost.last) };
            self.follow_roots(member.organisation, &mut part, chains, &mut admins, &mut seen);
        }
        let mut part = RootPart { root: member.root, next: member.next_root, last: None };
        self.follow_roots(member.organisation, &mut part, chains, &mut admins, &mut seen);
        let organisation = member.organisation;
        let in_force = admins.iter().filter(|(_, cut)| cut.is_none()).map(|(admin, _)| *admin);
        self.admins.insert(organisation, in_force.collect());
        let chains = admins.into_iter().map(|(admin, last)| self.unforked(organisation, admin, last, chains));
        let events: Vec<_> = chains.flatten().collect();
        // One admin key may revoke what another delegated, so all delegations come first.
        events.iter().for_each(|event| self.delegate(organisation, &event.value().action));
        events.iter().for_each(|event| self.amend(organisation, &event.value().action));
    }

    /// Follows a root key through its rotations, each key's chain once.
    fn follow_roots(
        &mut self,
        organisation: OrganisationId,
        part: &mut RootPart,
        chains: &Chains<'_>,
        admins: &mut Admins,
        seen: &mut BTreeSet<PublicKey>,
    ) {
        while seen.insert(part.root) {
            self.roots.insert(organisation, part.root);
            match self.follow_root(organisation, part, chains, admins) {
                Some(rotation) => (part.root, part.next) = rotation,
                None => break,
            }
        }
    }

    /// Applies one root key's chain; returns the rotation that ends it.
    fn follow_root(
        &mut self,
        organisation: OrganisationId,
        part: &RootPart,
        chains: &Chains<'_>,
        admins: &mut Admins,
    ) -> Option<(PublicKey, Commitment)> {
        let events = self.unforked(organisation, part.root, part.last, chains);
        for event in events {
            match &event.value().action {
                KeyAction::RotateRoot { root, next: after } if Commitment::to(root) == part.next => {
                    // Nothing after the last event that counts does.
                    return (part.last != Some(Some(event.id()))).then_some((*root, *after));
                }
                KeyAction::AppointAdmin { admin } => _ = admins.entry(*admin).or_insert(None),
                KeyAction::RevokeAdmin { admin, last } => _ = admins.insert(*admin, Some(*last)),
                _ => {}
            }
        }
        None
    }

    fn delegate(&mut self, organisation: OrganisationId, action: &KeyAction) {
        match action {
            KeyAction::DelegateNode { node, peer, collections, addresses, .. } => {
                let key = NodeKey {
                    organisation,
                    peer: *peer,
                    collections: collections.to_vec(),
                    addresses: addresses.to_vec(),
                    revoked: None,
                };
                self.nodes.entry(*node).or_insert(key);
            }
            KeyAction::DelegatePerson { person, name, roles, .. } => {
                let key =
                    PersonKey { organisation, name: name.clone(), roles: roles.to_vec(), revoked: None };
                self.people.entry(*person).or_insert(key);
            }
            _ => {}
        }
    }

    fn amend(&mut self, organisation: OrganisationId, action: &KeyAction) {
        match action {
            KeyAction::Announce { node, addresses } => {
                if let Some(key) = self.nodes.get_mut(node).filter(|key| key.organisation == organisation) {
                    key.addresses = addresses.to_vec();
                }
            }
            KeyAction::Revoke { key, pins } => self.revoke(organisation, key, pins),
            KeyAction::EndLogs { ends } => {
                for end in ends {
                    self.ends.entry((organisation, end.log)).or_insert(*end);
                }
            }
            _ => {}
        }
    }

    fn revoke(&mut self, organisation: OrganisationId, key: &PublicKey, pins: &[Point]) {
        if let Some(node) = self.nodes.get_mut(key).filter(|node| node.organisation == organisation) {
            node.revoked.get_or_insert_with(|| pins.to_vec());
        }
        if let Some(person) = self.people.get_mut(key).filter(|person| person.organisation == organisation) {
            person.revoked.get_or_insert_with(|| pins.to_vec());
        }
    }

    /// The events of one chain that count: linked from 0, one at each place,
    /// of the right kind, up to `last` where the root cut it.
    fn unforked<'a>(
        &mut self,
        organisation: OrganisationId,
        signer: PublicKey,
        last: Option<Option<ObjectId>>,
        chains: &Chains<'a>,
    ) -> Vec<&'a Verified<KeyEvent>> {
        let mut counted: Vec<&Verified<KeyEvent>> = Vec::new();
        let is_root = self.roots.get(&organisation) == Some(&signer);
        for (seq, events) in chains.get(&(organisation, signer)).into_iter().flatten() {
            let prev = counted.last().map(|event| event.id());
            let cut = last.is_some_and(|last| last == prev);
            match events.as_slice() {
                [event]
                    if *seq == counted.len() as u64
                        && *seq < KEY_LOG_EVENTS
                        && event.value().prev == prev
                        && event.value().action.is_for_root() == is_root
                        && !cut =>
                {
                    counted.push(event)
                }
                _ => break,
            }
        }
        let tip = Tip { length: counted.len() as u64, last: counted.last().map(|event| event.id()) };
        // Anybody can appoint another's key: their empty chain is not its end.
        let known = self.tips.entry(signer).or_insert(tip);
        if known.length < tip.length {
            *known = tip;
        }
        counted
    }
}

/// Whether the entry `id` at `(log, seq)` lies within what `pins` leave
/// standing.
pub fn stands(pins: &[Point], log: &LogId, seq: u64, id: &EntryId) -> bool {
    pins.iter().any(|pin| pin.log == *log && pin.covers(seq, id))
}

fn chains<'a>(commons: CommonsId, events: impl IntoIterator<Item = &'a Verified<KeyEvent>>) -> Chains<'a> {
    let mut chains: Chains<'a> = BTreeMap::new();
    for event in events {
        let value = event.value();
        if value.commons == commons {
            chains
                .entry((value.organisation, value.signer))
                .or_default()
                .entry(value.seq)
                .or_default()
                .push(event);
        }
    }
    chains
}
