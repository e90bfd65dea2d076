//! Whether a header is admitted: one pure function of the header, of what is
//! known of governance and keys, and of what is already admitted.

use crate::charter::Charter;
use crate::collection::{Collection, Role};
use crate::entry::{Entry, EntryKind, Header};
use crate::governance::Governance;
use crate::id::{EntryId, LogId, OrganisationId};
use crate::key::PublicKey;
use crate::keys::{Keys, NodeKey, stands};
use crate::refusal::Refusal;

/// What is missing before an entry can be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wait {
    /// An epoch that is not known here.
    Epoch(u64),
    /// The delegation of the node's key.
    Node(PublicKey),
    /// The delegation of the person's key.
    Person(PublicKey),
    /// The entry before it in its log.
    Previous,
    /// An entry on which it builds.
    Dependency(EntryId),
    /// Nothing: it is refused, but what becomes known later could change that.
    Refused(Refusal),
}

/// The verdict on a header whose predecessor is admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It is part of the commons.
    Admit,
    /// It can't be judged yet, or not in its favour.
    Wait(Wait),
}

/// What entries are judged against.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The chain of epochs.
    pub governance: &'a Governance,
    /// The delegations.
    pub keys: &'a Keys,
}

impl Context<'_> {
    /// Judges `entry` of `log`, whose predecessor is admitted and named
    /// `previous_epoch`. `admitted` tells the collection of an admitted entry.
    pub fn judge(
        &self,
        entry: &Entry,
        log: &LogId,
        previous_epoch: u64,
        admitted: impl Fn(&EntryId) -> Option<Collection>,
    ) -> Judgement {
        match self.check(entry, log, previous_epoch, admitted) {
            Ok(()) => Judgement::Admit,
            Err(wait) => Judgement::Wait(wait),
        }
    }

    fn check(
        &self,
        entry: &Entry,
        log: &LogId,
        previous_epoch: u64,
        admitted: impl Fn(&EntryId) -> Option<Collection>,
    ) -> Result<(), Wait> {
        let header = &entry.header;
        let charter = self.governance.epoch(header.epoch).ok_or(Wait::Epoch(header.epoch))?;
        let node = self.keys.node(&header.log.node).ok_or(Wait::Node(header.log.node))?;
        require(header.epoch >= previous_epoch, Refusal::EpochWentBack)?;
        require(node.collections.contains(&header.log.collection), Refusal::OutOfScope)?;
        require(charter.is_active(&node.organisation), Refusal::NotAMember)?;
        require(self.stands(entry, log, node), Refusal::BeyondPin)?;
        self.check_person(entry, log, charter, node.organisation)?;
        check_dependencies(header, admitted)
    }

    /// Whether no later epoch and no revocation of the node's key cuts it.
    fn stands(&self, entry: &Entry, log: &LogId, node: &NodeKey) -> bool {
        let seq = entry.header.seq;
        let later =
            self.governance.epochs().iter().skip_while(|charter| charter.number <= entry.header.epoch);
        let epochs_keep = later
            .filter(|charter| !charter.is_active(&node.organisation))
            .all(|charter| stands(&charter.pins, log, seq, &entry.id));
        epochs_keep && node.revoked.as_ref().is_none_or(|pins| stands(pins, log, seq, &entry.id))
    }

    fn check_person(
        &self,
        entry: &Entry,
        log: &LogId,
        charter: &Charter,
        organisation: OrganisationId,
    ) -> Result<(), Wait> {
        let header = &entry.header;
        let person = self.keys.person(&header.person).ok_or(Wait::Person(header.person))?;
        require(person.organisation == organisation, Refusal::NotThePerson)?;
        let kept = person.revoked.as_ref().is_none_or(|pins| stands(pins, log, header.seq, &entry.id));
        require(kept, Refusal::BeyondPin)?;
        require(permits(charter, &person.roles, header.kind), Refusal::RoleForbids)
    }
}

/// Whether `roles` may contribute entries of this kind.
fn permits(charter: &Charter, roles: &[Role], kind: EntryKind) -> bool {
    let writes = roles.iter().any(|role| charter.writers.contains(role));
    match kind {
        EntryKind::Create | EntryKind::Change => writes,
        EntryKind::Erase => writes || roles.contains(&Role::Administrator),
        EntryKind::Receipt => true,
    }
}

fn check_dependencies(
    header: &Header,
    admitted: impl Fn(&EntryId) -> Option<Collection>,
) -> Result<(), Wait> {
    header.deps.iter().try_for_each(|dep| {
        let collection = admitted(dep).ok_or(Wait::Dependency(*dep))?;
        require(collection == header.log.collection, Refusal::OutOfScope)
    })
}

fn require(holds: bool, refusal: Refusal) -> Result<(), Wait> {
    holds.then_some(()).ok_or(Wait::Refused(refusal))
}
