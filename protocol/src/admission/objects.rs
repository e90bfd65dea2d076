//! Taking in governance objects: which are kept, and what they change.

use super::{Admission, Outcome};
use crate::governance::check_proposal;
use crate::id::EpochHash;
use crate::keys::Keys;
use crate::object::Object;
use crate::recompute::{Judges, judges};
use crate::refusal::Refusal;
use std::collections::BTreeSet;

impl Admission {
    /// Takes in governance objects.
    pub fn take_objects(&mut self, objects: impl IntoIterator<Item = Object>) -> Outcome {
        let mut outcome = Outcome::default();
        for object in objects {
            match self.check_object(&object) {
                Ok(false) => {}
                Ok(true) => {
                    outcome.is_new = true;
                    outcome.rebuild |= self.keep_object(object);
                }
                Err(refusal) => outcome.refused = Some(refusal),
            }
        }
        if outcome.is_new {
            self.after_objects(&mut outcome);
        }
        outcome
    }

    /// Lets an epoch stand, with all before it, whatever the votes say: one
    /// that was accepted before, or that the operator chose. It takes the
    /// place of the one that was chosen before.
    pub fn choose(&mut self, epoch: EpochHash) -> Outcome {
        let mut outcome = Outcome::default();
        let chosen = BTreeSet::from([epoch]);
        outcome.is_new = self.chosen != chosen;
        self.chosen = chosen;
        // What is in force already changes nothing.
        let is_in_force = self.governance.as_ref().is_some_and(|governance| governance.head().hash == epoch);
        if outcome.is_new && !is_in_force {
            self.after_objects(&mut outcome);
        }
        outcome
    }

    fn after_objects(&mut self, outcome: &mut Outcome) {
        outcome.rebuild |= self.refresh() || self.frozen.keys().any(|log| self.has_left_branch(log));
        self.wake(self.waiting.logs(), outcome);
    }

    /// Keeps an object; returns whether it freezes what is admitted.
    fn keep_object(&mut self, object: Object) -> bool {
        let mut freezes = false;
        match &object {
            Object::Attestation(attestation) => self.attested.add(attestation),
            Object::Fork(fork) => {
                let replaced = self.proofs.insert(fork.log(), fork.rank());
                if let Some(old) = replaced.and_then(|(_, old)| self.objects.remove(&old)) {
                    self.quota.remove(&old);
                }
                freezes = self.freeze(fork.log(), fork.seq());
            }
            _ => {}
        }
        self.quota.add(&object);
        self.objects.insert(object.id(), object);
        freezes
    }

    /// Whether an object is new here and may be kept.
    pub fn check_object(&self, object: &Object) -> Result<bool, Refusal> {
        if self.objects.contains_key(&object.id()) {
            return Ok(false);
        }
        self.check_commons(object)?;
        if let Object::Fork(fork) = object
            && self.proofs.get(&fork.log()).is_some_and(|known| *known <= fork.rank())
        {
            return Ok(false);
        }
        self.quota.has_room(object).then_some(true).ok_or(Refusal::OverQuota)
    }

    fn check_commons(&self, object: &Object) -> Result<(), Refusal> {
        match object {
            Object::Proposal(proposal) => check_proposal(self.commons, proposal.value()),
            _ if object.commons() == Some(self.commons) => Ok(()),
            _ => Err(Refusal::WrongCommons),
        }
    }

    /// Computes governance and keys again; returns whether a right that was
    /// used may have shrunk.
    pub(super) fn refresh(&mut self) -> bool {
        let judges = judges(self.commons, self.objects.values(), &self.attested, &self.chosen);
        let Some(Judges { governance, keys }) = judges else {
            // Another choice of the operator's, the way to which is not here.
            self.keys = Keys::default();
            return self.governance.take().is_some() && !self.admitted.is_empty();
        };
        let shrinks = !keys.extends(&self.keys)
            || self.governance.as_ref().is_some_and(|old| governance.removes_since(old));
        self.quota.note_known(&governance, &keys);
        self.governance = Some(governance);
        self.keys = keys;
        shrinks && !self.admitted.is_empty()
    }
}
