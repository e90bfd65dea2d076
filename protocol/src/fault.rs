//! Faults: signatures of one key that an honest node never makes together.
//!
//! They are derived from the set of objects, so all nodes that hold the same
//! objects see the same faults, and each carries the objects that prove it. A
//! fault changes nothing by itself: what to do about it is for people.

mod attestations;
mod excerpt;
mod proof;
mod votes;
mod words;

pub(crate) use excerpt::epoch_excerpt;
pub(crate) use proof::belongs;
pub use proof::{FaultProof, PROOF_BYTES, ProofError, Proved};

use crate::charter::Charter;
use crate::governance::Governance;
use crate::id::{EpochHash, LogId, ObjectId, OrganisationId, bytes_type, hash};
use crate::key::PublicKey;
use crate::keys::Keys;
use crate::object::Object;
use attestations::Attestations;
use std::collections::BTreeMap;
use votes::Votes;

bytes_type!(
    /// Names a fault: what, who and where. More evidence for the same fault
    /// doesn't change it.
    FaultId, 32
);

/// What an honest node never does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// Two different prepare votes in one round.
    DoublePrepare,
    /// Commits to two proposals in one round.
    DoubleCommit,
    /// A commit beside a prepare vote in a later round whose lock is none or
    /// lower than the commit's round.
    BrokenLock,
    /// An attestation after the one that a vote of the same elector names as
    /// its last.
    AttestedAfterVote,
    /// Two attestations in one place of the elector's chain.
    ForkedAttestations,
    /// Two branches of one log attested by one elector.
    AttestedTwoBranches,
    /// An attestation against what a quorum of an earlier epoch attested.
    AttestedAgainstStable,
    /// Two entries in one place of a log.
    ForkedLog,
}

/// Where a fault lies. There is at most one of a kind, culprit and place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A round of the vote on what follows an epoch; none: on the founding.
    Round(Option<EpochHash>, u32),
    /// The vote on what follows an epoch, and the attestations made in it.
    Epoch(Option<EpochHash>),
    /// A log.
    Log(LogId),
}

/// Something that an honest node never does, with what proves it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// What it is.
    pub kind: FaultKind,
    /// The organisation whose key it is.
    pub organisation: OrganisationId,
    /// The key that signed what contradicts itself.
    pub culprit: PublicKey,
    /// Where.
    pub place: Place,
    /// The objects that prove it, beside those that make the epochs. Of
    /// several that would do, the same ones are named everywhere.
    pub evidence: Vec<ObjectId>,
}

impl Fault {
    /// Its id.
    pub fn id(&self) -> FaultId {
        let (epoch, round, log) = match self.place {
            Place::Round(epoch, round) => (epoch, Some(round), None),
            Place::Epoch(epoch) => (epoch, None, None),
            Place::Log(log) => (None, None, Some(log)),
        };
        let epoch = epoch.map(|epoch| epoch.0);
        let round = round.map(u32::to_be_bytes);
        let optional = |bytes: Option<&[u8]>| bytes.unwrap_or_default().to_vec();
        FaultId(hash(
            "commons fault 1",
            &[
                self.kind.code().as_bytes(),
                &self.organisation.0,
                &self.culprit.0,
                &optional(epoch.as_ref().map(|epoch| &epoch[..])),
                &optional(round.as_ref().map(|round| &round[..])),
                &optional(log.as_ref().map(|log| &log.0[..])),
            ],
        ))
    }
}

/// The faults that a set of objects proves, sorted. Order and duplicates play
/// no part. Only keys that are or were electors of the epoch concerned, and
/// the nodes of members, can be at fault: what others sign is noise.
pub fn faults<'a>(
    objects: impl IntoIterator<Item = &'a Object>,
    governance: &Governance,
    keys: &Keys,
) -> Vec<Fault> {
    let electorates = Electorates::of(governance);
    let mut votes = Votes::default();
    let mut attestations = Attestations::default();
    let mut found = Vec::new();
    let commons = governance.commons();
    for object in objects.into_iter().filter(|object| object.commons() == Some(commons)) {
        match object {
            Object::Vote(vote) => votes.add(vote, &electorates),
            Object::Attestation(attestation) => attestations.add(attestation, &electorates),
            Object::Fork(fork) => {
                let node = fork.name().node;
                attestations.add_fork(fork);
                found.extend(keys.node(&node).map(|key| Fault {
                    kind: FaultKind::ForkedLog,
                    organisation: key.organisation,
                    culprit: node,
                    place: Place::Log(fork.log()),
                    evidence: vec![fork.id()],
                }));
            }
            Object::Proposal(_) | Object::Key(_) => {}
        }
    }
    votes.faults(&attestations, &mut found);
    attestations.faults(&electorates, &mut found);
    found.sort();
    found.dedup_by(|one, other| one.id() == other.id());
    found
}

/// Who voted in which epoch, and which epochs electors decided on.
pub(crate) struct Electorates<'a> {
    epochs: Vec<(EpochHash, &'a Charter)>,
    by_hash: BTreeMap<EpochHash, usize>,
    /// How many epochs up to each one stand without a decision.
    undecided: Vec<usize>,
}

impl<'a> Electorates<'a> {
    /// Of all epochs of a chain.
    pub fn of(governance: &'a Governance) -> Self {
        let epochs = governance.epochs();
        let chosen = epochs.iter().scan(0, |count, epoch| {
            *count += usize::from(epoch.certificate.is_empty());
            Some(*count)
        });
        Self {
            undecided: chosen.collect(),
            by_hash: epochs.iter().enumerate().map(|(index, epoch)| (epoch.hash, index)).collect(),
            epochs: epochs.iter().map(|epoch| (epoch.hash, &epoch.charter)).collect(),
        }
    }

    /// The place of an epoch in the chain.
    pub fn index(&self, epoch: &EpochHash) -> Option<usize> {
        self.by_hash.get(epoch).copied()
    }

    /// The charter at a place of the chain.
    pub fn charter(&self, index: usize) -> Option<&'a Charter> {
        self.epochs.get(index).map(|(_, charter)| *charter)
    }

    /// The organisation that votes with this key on what follows `parent`, or
    /// on the founding.
    pub fn voter(&self, parent: Option<&EpochHash>, key: &PublicKey) -> Option<OrganisationId> {
        let index = parent.map_or(Some(0), |parent| self.index(parent))?;
        self.charter(index)?.elector(key).map(|elector| elector.organisation)
    }

    /// Whether electors decided on each epoch after `before` up to `after`:
    /// then those of `after` hold what those of `before` attested.
    pub fn are_decided(&self, before: usize, after: usize) -> bool {
        before < after && self.undecided.get(before) == self.undecided.get(after)
    }
}
