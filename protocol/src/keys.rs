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
    /// Collections for which it was ever delegated, even by a chain that
    /// counts no longer: what is stable there stays.
    pub ever: Vec<Collection>,
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
    /// Roles that the person was ever given, even by a chain that counts no
    /// longer.
    pub ever: Vec<Role>,
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
        for member in &charter.members {
            let said = ever_said(member, &chains);
            said.into_iter().for_each(|action| keys.remember(member.organisation, action));
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
                let is_same = (&new.collections, &new.revoked) == (&old.collections, &old.revoked);
                new.organisation == old.organisation && (is_same || old.is_only_remembered())
            })
        });
        let people = older.people.iter().all(|(key, old)| {
            self.people.get(key).is_some_and(|new| {
                let is_same = (&new.roles, &new.revoked) == (&old.roles, &old.revoked);
                new.organisation == old.organisation && (is_same || old.is_only_remembered())
            })
        });
        nodes && people && self.ends == older.ends
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
                    ever: Vec::new(),
                };
                self.nodes.entry(*node).or_insert(key);
            }
            KeyAction::DelegatePerson { person, name, roles, .. } => {
                let key = PersonKey {
                    organisation,
                    name: name.clone(),
                    roles: roles.to_vec(),
                    revoked: None,
                    ever: Vec::new(),
                };
                self.people.entry(*person).or_insert(key);
            }
            _ => {}
        }
    }

    /// Remembers a delegation whether it counts or not. An organisation can
    /// void its delegations, but nothing stable that was done under them.
    fn remember(&mut self, organisation: OrganisationId, action: &KeyAction) {
        match action {
            KeyAction::DelegateNode { node, peer, collections, .. } => {
                let key = self.nodes.entry(*node).or_insert_with(|| NodeKey {
                    organisation,
                    peer: *peer,
                    collections: Vec::new(),
                    addresses: Vec::new(),
                    revoked: Some(Vec::new()),
                    ever: Vec::new(),
                });
                if key.organisation == organisation {
                    key.ever.extend(
                        collections.iter().filter(|one| !key.ever.contains(one)).copied().collect::<Vec<_>>(),
                    );
                    key.ever.sort_unstable();
                }
            }
            KeyAction::DelegatePerson { person, name, roles, .. } => {
                let key = self.people.entry(*person).or_insert_with(|| PersonKey {
                    organisation,
                    name: name.clone(),
                    roles: Vec::new(),
                    revoked: Some(Vec::new()),
                    ever: Vec::new(),
                });
                if key.organisation == organisation {
                    key.ever.extend(
                        roles.iter().filter(|one| !key.ever.contains(one)).copied().collect::<Vec<_>>(),
                    );
                    key.ever.sort_unstable();
                }
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

impl NodeKey {
    /// Whether no delegation of it counts any more.
    fn is_only_remembered(&self) -> bool {
        self.collections.is_empty() && self.revoked.as_ref().is_some_and(Vec::is_empty)
    }
}

impl PersonKey {
    /// Whether no delegation of it counts any more.
    fn is_only_remembered(&self) -> bool {
        self.roles.is_empty() && self.revoked.as_ref().is_some_and(Vec::is_empty)
    }
}

/// Everything that a member's admin keys ever said, on all branches of their
/// chains, whoever of them was revoked and whichever root was lost.
fn ever_said<'a>(member: &Member, chains: &Chains<'a>) -> Vec<&'a KeyAction> {
    let said = |signer: PublicKey| {
        let chain = chains.get(&(member.organisation, signer)).into_iter().flat_map(BTreeMap::values);
        chain.flatten().map(|event| &event.value().action)
    };
    let lost = member.former.iter().map(|lost| (lost.root, lost.next_root));
    let mut roots: Vec<(PublicKey, Commitment)> = lost.chain([(member.root, member.next_root)]).collect();
    let (mut seen, mut admins) = (BTreeSet::new(), BTreeSet::new());
    while let Some((root, next)) = roots.pop() {
        if !seen.insert((root, next)) {
            continue;
        }
        for action in said(root) {
            match action {
                KeyAction::RotateRoot { root, next: after } if Commitment::to(root) == next => {
                    roots.push((*root, *after));
                }
                KeyAction::AppointAdmin { admin } => _ = admins.insert(*admin),
                _ => {}
            }
        }
    }
    admins.into_iter().flat_map(said).collect()
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
