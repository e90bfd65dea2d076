//! How much of the governance objects one signer may fill.

use crate::governance::Governance;
use crate::key::PublicKey;
use crate::keys::Keys;
use crate::limits::{OBJECTS, OBJECTS_OF_ONE, OBJECTS_OF_STRANGERS};
use crate::object::Object;
use std::collections::{BTreeMap, BTreeSet};

/// What is held, by signer.
#[derive(Clone, Debug, Default)]
pub(super) struct Quota {
    held: BTreeMap<PublicKey, usize>,
    total: usize,
    known: BTreeSet<PublicKey>,
    strangers: usize,
}

impl Quota {
    /// Whether there is room for an object.
    pub(super) fn has_room(&self, object: &Object) -> bool {
        let (weight, signer) = (object.weight(), object.signer());
        // Nobody is known before the founding is.
        let is_stranger = !self.known.is_empty() && !self.known.contains(&signer);
        let crowded = is_stranger && self.strangers + weight > OBJECTS_OF_STRANGERS;
        self.total + weight <= OBJECTS && self.held(&signer) + weight <= OBJECTS_OF_ONE && !crowded
    }

    /// Counts an object that is kept.
    pub(super) fn add(&mut self, object: &Object) {
        let (weight, signer) = (object.weight(), object.signer());
        self.total += weight;
        *self.held.entry(signer).or_default() += weight;
        if !self.known.contains(&signer) {
            self.strangers += weight;
        }
    }

    /// Counts an object no more: another took its place.
    pub(super) fn remove(&mut self, object: &Object) {
        let (weight, signer) = (object.weight(), object.signer());
        self.total = self.total.saturating_sub(weight);
        if let Some(held) = self.held.get_mut(&signer) {
            *held = held.saturating_sub(weight);
        }
        if !self.known.contains(&signer) {
            self.strangers = self.strangers.saturating_sub(weight);
        }
    }

    /// Notes who is known: electors of all epochs, and keys of members.
    pub(super) fn note_known(&mut self, governance: &Governance, keys: &Keys) {
        let charters = || governance.epochs().iter().map(|epoch| &epoch.charter);
        let electors = charters().flat_map(|charter| charter.electors.iter().map(|elector| elector.key));
        let roots = charters().flat_map(|charter| charter.members.iter().map(|member| member.root));
        let signers = keys.signers().chain(keys.nodes().keys()).copied();
        self.known = electors.chain(roots).chain(signers).collect();
        let strangers = self.held.iter().filter(|(signer, _)| !self.known.contains(signer));
        self.strangers = strangers.map(|(_, weight)| weight).sum();
    }

    fn held(&self, signer: &PublicKey) -> usize {
        self.held.get(signer).copied().unwrap_or(0)
    }
}
