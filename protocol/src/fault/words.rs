//! What faults are called, what they mean, and what members can do.

use super::{Fault, FaultKind, Place};
use crate::charter::Point;
use crate::governance::Governance;
use crate::id::{EpochHash, LogId, OrganisationId, to_hex};
use crate::object::Object;
use crate::vote::{Phase, Vote};

impl FaultKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::DoublePrepare,
        Self::DoubleCommit,
        Self::BrokenLock,
        Self::AttestedAfterVote,
        Self::ForkedAttestations,
        Self::AttestedTwoBranches,
        Self::AttestedAgainstStable,
        Self::ForkedLog,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        self.text().0
    }

    /// One sentence for people.
    pub fn sentence(self) -> &'static str {
        self.text().1
    }

    /// What the members can do about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::ForkedLog => {
                "The log is frozen where it forked; what is stable stands. Most often a copy of a machine was \
                 started, or a disk restored from an old copy: ask the organisation, it may well be honest. It can \
                 say which branch counts (`commons log end`) or revoke the node's key (`commons keys revoke`); or \
                 the electors choose the branch (`commons propose branch`) or remove it (`commons propose remove`)."
            }
            _ => {
                "Ask the organisation: its voting key may be stolen or in use on two machines, or its disk restored \
                 from an old copy. If there is no good explanation, propose to take its vote (`commons propose \
                 elector`) or to remove it (`commons propose remove`). With four electors or more, decisions stay \
                 safe while fewer than a third of them do such things."
            }
        }
    }

    fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::DoublePrepare => {
                ("double-prepare", "signed two different prepare votes in one round of a vote")
            }
            Self::DoubleCommit => {
                ("double-commit", "committed to two different proposals in one round of a vote")
            }
            Self::BrokenLock => (
                "broken-lock",
                "committed in one round of a vote and signed a prepare vote in a later one as if it had not",
            ),
            Self::AttestedAfterVote => (
                "attested-after-vote",
                "attested more in an epoch after a vote in which it declared its last attestation there",
            ),
            Self::ForkedAttestations => {
                ("forked-attestations", "signed two different attestations with one number")
            }
            Self::AttestedTwoBranches => {
                ("attested-two-branches", "attested two branches of a log, of which only one can count")
            }
            Self::AttestedAgainstStable => (
                "attested-against-stable",
                "attested another entry than the one that the electors of an earlier epoch had made stable",
            ),
            Self::ForkedLog => (
                "forked-log",
                "wrote two different entries into one place of a log (or a restored disk made its node do so)",
            ),
        }
    }
}

impl std::fmt::Display for FaultKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl Fault {
    /// Where it lies, in words.
    pub fn place_in_words(&self, governance: &Governance) -> String {
        let vote = |epoch: Option<EpochHash>| match epoch {
            None => "the vote on the founding".to_owned(),
            Some(epoch) => format!("the vote on what follows {}", epoch_in_words(governance, &epoch)),
        };
        match self.place {
            Place::Round(epoch, round) => format!("round {round} of {}", vote(epoch)),
            Place::Epoch(Some(epoch)) if self.kind == FaultKind::ForkedAttestations => {
                epoch_in_words(governance, &epoch)
            }
            Place::Epoch(epoch) => vote(epoch),
            Place::Log(log) => format!("log {}", short(&log.0)),
        }
    }

    /// Who did what and where, in one sentence.
    pub fn in_words(&self, governance: &Governance) -> String {
        let name = organisation_name(governance, &self.organisation);
        let (what, place) = (self.kind.sentence(), self.place_in_words(governance));
        format!("{name} {what}: {place}, with its key {}.", short(&self.culprit.0))
    }

    /// One line about a piece of evidence.
    pub fn evidence_in_words(&self, object: &Object, governance: &Governance) -> String {
        let id = short(&object.id().0);
        match object {
            Object::Vote(vote) => format!("vote {id}: {}", vote_in_words(vote.value())),
            Object::Attestation(attestation) => {
                let value = attestation.value();
                let epoch = epoch_in_words(governance, &value.epoch);
                let signer = short(&value.elector.0);
                let what = match self.place {
                    Place::Log(log) => points_in_words(&value.points, &log),
                    _ if value.points.len() == 1 => "one log".to_owned(),
                    _ => format!("{} logs", value.points.len()),
                };
                format!("attestation {id}: number {} of key {signer} in {epoch}: {what}", value.seq)
            }
            Object::Fork(fork) => {
                let [one, other] = fork.entries();
                let (log, node) = (short(&fork.log().0), short(&fork.name().node.0));
                format!(
                    "fork {id}: log {log} of key {node} holds the entries {} and {} in place {}",
                    short(&one.0),
                    short(&other.0),
                    fork.seq()
                )
            }
            Object::Proposal(_) => format!("proposal {id}"),
            Object::Key(_) => format!("key event {id}"),
        }
    }
}

fn vote_in_words(vote: &Vote) -> String {
    let (round, proposal) = (vote.round, short(&vote.proposal.0));
    let last = match vote.attested {
        Some(attested) => format!("its last attestation is {}", short(&attested.0)),
        None => "it has attested nothing".to_owned(),
    };
    match (vote.phase, vote.lock) {
        (Phase::Endorse, _) => format!("endorses proposal {proposal}"),
        (Phase::Prepare, None) => {
            format!("prepares proposal {proposal} in round {round} without a lock; {last}")
        }
        (Phase::Prepare, Some(lock)) => {
            format!("prepares proposal {proposal} in round {round} with the lock of round {lock}; {last}")
        }
        (Phase::Commit, _) => format!("commits to proposal {proposal} in round {round}; {last}"),
    }
}

fn points_in_words(points: &[Point], log: &LogId) -> String {
    match points.iter().find(|point| point.log == *log) {
        Some(point) => {
            format!("entry {} in place {} of log {}", short(&point.entry.0), point.seq, short(&log.0))
        }
        None => "another log".to_owned(),
    }
}

/// An epoch by its number and hash.
fn epoch_in_words(governance: &Governance, epoch: &EpochHash) -> String {
    let number = governance.epochs().iter().position(|one| one.hash == *epoch);
    match number {
        Some(number) => format!("epoch {number} ({})", short(&epoch.0)),
        None => format!("epoch {}", short(&epoch.0)),
    }
}

/// The name that the newest charter gives an organisation.
pub(super) fn organisation_name(governance: &Governance, organisation: &OrganisationId) -> String {
    match governance.current().member(organisation) {
        Some(member) => member.name.to_string(),
        None => format!("organisation {}", short(&organisation.0)),
    }
}

/// The first digits of an id, enough to tell it from others.
fn short(id: &[u8; 32]) -> String {
    to_hex(&id[..6])
}
