//! Whether a header is admitted: one pure function of the header, of what is
//! known of governance and keys, and of what is already admitted.

use crate::charter::{Charter, Point};
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

/// What a judge asks of what is known.
pub trait Known {
    /// The collection of an admitted entry.
    fn collection(&self, entry: &EntryId) -> Option<Collection>;
    /// Whether a quorum attested an entry, or one in a higher place of its log.
    fn is_covered(&self, entry: &Point) -> bool;
}

impl Context<'_> {
    /// Judges `entry` of `log`, whose predecessor is admitted and named
    /// `previous_epoch`.
    pub fn judge(&self, entry: &Entry, log: &LogId, previous_epoch: u64, known: &impl Known) -> Judgement {
        match self.check(entry, log, previous_epoch, known) {
            Ok(()) => Judgement::Admit,
            Err(wait) => Judgement::Wait(wait),
        }
    }

    fn check(&self, entry: &Entry, log: &LogId, previous_epoch: u64, known: &impl Known) -> Result<(), Wait> {
        let header = &entry.header;
        let charter = self.governance.epoch(header.epoch).ok_or(Wait::Epoch(header.epoch))?;
        let node = self.keys.node(&header.log.node).ok_or(Wait::Node(header.log.node))?;
        require(header.epoch >= previous_epoch, Refusal::EpochWentBack)?;
        let is_delegated = |collections: &[Collection]| collections.contains(&header.log.collection);
        let was_delegated = || is_delegated(&node.ever) && is_stable(entry, log, known);
        require(is_delegated(&node.collections) || was_delegated(), Refusal::OutOfScope)?;
        require(charter.is_active(&node.organisation), Refusal::NotAMember)?;
        require(self.epochs_keep(entry, log, &node.organisation), Refusal::BeyondPin)?;
        require(self.is_kept_by_owner(entry, log, node) || is_stable(entry, log, known), Refusal::BeyondPin)?;
        self.check_person(entry, log, node.organisation, known)?;
        check_dependencies(header, known)
    }

    /// Whether no epoch cuts it: at a pin stands nothing but the pinned entry,
    /// and beyond it nothing that names an earlier epoch.
    fn epochs_keep(&self, entry: &Entry, log: &LogId, organisation: &OrganisationId) -> bool {
        let header = &entry.header;
        let mut cutting = self.governance.epochs().iter().filter(|epoch| !epoch.cuts.is_nothing());
        cutting.all(|epoch| {
            let is_later = epoch.charter.number > header.epoch;
            match epoch.charter.pin(log) {
                Some(pin) => pin.covers(header.seq, &entry.id) || (header.seq > pin.seq && !is_later),
                None => !is_later || !(epoch.cuts.writers || epoch.cuts.members.contains(organisation)),
            }
        })
    }

    /// Whether its organisation neither revoked the node's key nor ended the
    /// log before it.
    fn is_kept_by_owner(&self, entry: &Entry, log: &LogId, node: &NodeKey) -> bool {
        let seq = entry.header.seq;
        let end = self.keys.end(&node.organisation, log);
        node.revoked.as_ref().is_none_or(|pins| stands(pins, log, seq, &entry.id))
            && end.is_none_or(|end| end.covers(seq, &entry.id))
    }

    fn check_person(
        &self,
        entry: &Entry,
        log: &LogId,
        organisation: OrganisationId,
        known: &impl Known,
    ) -> Result<(), Wait> {
        let header = &entry.header;
        let person = self.keys.person(&header.person).ok_or(Wait::Person(header.person))?;
        require(person.organisation == organisation, Refusal::NotThePerson)?;
        let kept = person.revoked.as_ref().is_none_or(|pins| stands(pins, log, header.seq, &entry.id));
        require(kept || is_stable(entry, log, known), Refusal::BeyondPin)?;
        let charter = self.governance.epoch(header.epoch).ok_or(Wait::Epoch(header.epoch))?;
        let may = |roles: &[Role]| permits(charter, roles, header.kind);
        let might = || may(&person.ever) && is_stable(entry, log, known);
        require(may(&person.roles) || might(), Refusal::RoleForbids)
    }
}

/// Whether the entry is at or below its log's stable point, so that its
/// organisation can't void it any more.
fn is_stable(entry: &Entry, log: &LogId, known: &impl Known) -> bool {
    known.is_covered(&Point { log: *log, seq: entry.header.seq, entry: entry.id })
}

/// Whether `roles` may contribute entries of this kind.
pub fn permits(charter: &Charter, roles: &[Role], kind: EntryKind) -> bool {
    let writes = roles.iter().any(|role| charter.writers.contains(role));
    match kind {
        EntryKind::Create
        | EntryKind::Change
        | EntryKind::Request
        | EntryKind::Release
        | EntryKind::Attach => writes,
        EntryKind::Submit => writes || roles.contains(&Role::Improver),
        EntryKind::Erase | EntryKind::Retract => writes || roles.contains(&Role::Administrator),
        // Which reviews count is for the policy to say.
        EntryKind::Receipt | EntryKind::Acknowledge | EntryKind::Review => true,
    }
}

fn check_dependencies(header: &Header, known: &impl Known) -> Result<(), Wait> {
    header.deps.iter().try_for_each(|dep| {
        let collection = known.collection(dep).ok_or(Wait::Dependency(*dep))?;
        require(collection == header.log.collection, Refusal::OutOfScope)
    })
}

fn require(holds: bool, refusal: Refusal) -> Result<(), Wait> {
    holds.then_some(()).ok_or(Wait::Refused(refusal))
}
