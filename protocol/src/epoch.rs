//! An epoch: a charter that stands, who decided on it, and what it takes away.

use crate::charter::{Charter, Member, Point};
use crate::id::{EpochHash, LogId, OrganisationId};
use crate::key::PublicKey;
use std::collections::BTreeSet;

/// An epoch in force or before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// Its charter.
    pub charter: Charter,
    /// The charter's hash.
    pub hash: EpochHash,
    /// The electors of the epoch before whose commits decided on it; empty if
    /// it stands because the operator chose it.
    pub certificate: BTreeSet<PublicKey>,
    /// The electors of the epoch before who endorsed it.
    pub endorsed: BTreeSet<PublicKey>,
    /// What it takes away.
    pub cuts: Cuts,
}

/// What an epoch takes away that the one before it allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cuts {
    /// Members that are no longer active.
    pub members: BTreeSet<OrganisationId>,
    /// Whether a role lost the right to write.
    pub writers: bool,
    /// Whether it pins logs, or replaces a lost root.
    pub others: bool,
}

impl Cuts {
    /// What `after` takes away that `before` allowed.
    pub fn of(before: &Charter, after: &Charter) -> Self {
        let active = before.members.iter().map(|member| member.organisation);
        let active = active.filter(|organisation| before.is_active(organisation));
        let new_root = |old: &Member| after.member(&old.organisation).is_some_and(|new| new.root != old.root);
        Self {
            members: active.filter(|organisation| !after.is_active(organisation)).collect(),
            writers: before.writers.iter().any(|role| !after.writers.contains(role)),
            others: !after.pins.is_empty() || before.members.iter().any(new_root),
        }
    }

    /// Whether everything that was allowed still is.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// The furthest pin of a log in all of `epochs`.
pub fn furthest_pin<'a>(epochs: &'a [Epoch], log: &LogId) -> Option<&'a Point> {
    epochs.iter().filter_map(|epoch| epoch.charter.pin(log)).max_by_key(|pin| pin.seq)
}
