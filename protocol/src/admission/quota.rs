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
        let weight = object.weight();
        let of_signer = object.signer().map_or(0, |signer| self.held(&signer));
        let is_stranger = object.signer().is_some_and(|signer| !self.known.contains(&signer));
        // Nobody is known before the founding is.
        let crowded = !self.known.is_empty() && is_stranger && self.strangers + weight > OBJECTS_OF_STRANGERS;
        self.total + weight <= OBJECTS && of_signer + weight <= OBJECTS_OF_ONE && !crowded
    }

    /// Counts an object that is kept.
    pub(super) fn add(&mut self, object: &Object) {
        let weight = object.weight();
        self.total += weight;
        if let Some(signer) = object.signer() {
            *self.held.entry(signer).or_default() += weight;
            if !self.known.contains(&signer) {
                self.strangers += weight;
            }
        }
    }

    /// Notes who is known: electors of all epochs, and keys of members.
    pub(super) fn note_known(&mut self, governance: &Governance, keys: &Keys) {
        let charters = || governance.epochs().iter().map(|epoch| &epoch.charter);
        let electors = charters().flat_map(|charter| charter.electors.iter().map(|elector| elector.key));
        let roots = charters().flat_map(|charter| charter.members.iter().map(|member| member.root));
        self.known = electors.chain(roots).chain(keys.signers().copied()).collect();
        let strangers = self.held.iter().filter(|(signer, _)| !self.known.contains(signer));
        self.strangers = strangers.map(|(_, weight)| weight).sum();
    }

    fn held(&self, signer: &PublicKey) -> usize {
        self.held.get(signer).copied().unwrap_or(0)
    }
}
