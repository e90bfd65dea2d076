//! Which of this node's logs to go on with.
//!
//! A disk that was restored from an old copy, or a virtual machine that was
//! rolled back, does not know how its own logs went on. So after each start a
//! log is continued only once *every* other active organisation with which this
//! node talks has confirmed, by ending a catch-up in step, that it knows nothing
//! beyond our head: one of them is not enough, since what was written before the
//! disk was replaced may have reached another one only. Otherwise, and whenever somebody turns out to
//! hold more of our log than we do, writing goes on in a log with an unused
//! nonce; so nobody waits for a member that is away.

use commons_protocol::admission::Admission;
use commons_protocol::collection::Collection;
use commons_protocol::entry::LogName;
use commons_protocol::governance::Governance;
use commons_protocol::id::{LogId, OrganisationId};
use commons_protocol::key::PublicKey;
use std::collections::{BTreeMap, BTreeSet};

/// All 256 nonces of a collection are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this node has used all 256 log numbers of the collection {0}; it can write again once it is in step with another member"
)]
pub struct NoncesUsedUp(pub Collection);

/// What is known of this node's own logs since it started.
#[derive(Debug, Default)]
pub struct OwnLogs {
    is_new: bool,
    confirmed: BTreeSet<OrganisationId>,
    chosen: BTreeMap<Collection, u8>,
    abandoned: BTreeSet<LogId>,
}

impl OwnLogs {
    /// A peer of another organisation is in step with us.
    pub fn confirm(&mut self, by: OrganisationId) {
        self.confirmed.insert(by);
    }

    /// Nobody can hold anything of ours: the commons was just founded here.
    pub fn confirm_all(&mut self) {
        self.is_new = true;
    }

    /// Whether anybody has confirmed our logs since the start.
    pub fn is_confirmed(&self) -> bool {
        self.is_new || !self.confirmed.is_empty()
    }

    /// How many of `organisations` could hold something of ours that nobody
    /// else does, and have not confirmed since the start that they don't. Two
    /// that listen nowhere never talk to each other: what one has of the other
    /// came through somebody else.
    pub fn unconfirmed(
        &self,
        admission: &Admission,
        node: &PublicKey,
        organisations: impl Iterator<Item = OrganisationId>,
    ) -> usize {
        if self.is_new {
            return 0;
        }
        let own = admission.keys().node(node);
        let listens = own.is_some_and(|own| !own.addresses.is_empty());
        let nodes = admission.keys().nodes().values();
        let listening: BTreeSet<OrganisationId> =
            nodes.filter(|node| !node.addresses.is_empty()).map(|node| node.organisation).collect();
        let own = own.map(|own| own.organisation);
        let talks = |other: &OrganisationId| listens || listening.contains(other);
        organisations
            .filter(|other| Some(*other) != own && talks(other) && !self.confirmed.contains(other))
            .count()
    }

    fn is_confirmed_by_all(&self, admission: &Admission, node: &PublicKey) -> bool {
        let Some(charter) = admission.governance().map(Governance::current) else { return false };
        let active = charter.members.iter().map(|member| member.organisation);
        let active: Vec<_> = active.filter(|member| charter.is_active(member)).collect();
        self.unconfirmed(admission, node, active.into_iter()) == 0
    }

    /// Somebody holds more of this log than we wrote.
    pub fn abandon(&mut self, log: &LogId) {
        self.abandoned.insert(*log);
        self.chosen.clear();
    }

    /// Whether nothing can be added to a log any more: it forked, was cut, or
    /// something of it waits here, which it would not do if all were well.
    fn is_closed(&self, admission: &Admission, node: &PublicKey, log: &LogId) -> bool {
        self.abandoned.contains(log)
            || admission.frozen().contains_key(log)
            || admission.governance().is_some_and(|governance| governance.pin(log).is_some())
            || admission.keys().end_of(node, log).is_some()
            || admission.waiting().runs(log).next().is_some()
    }

    /// The log in which to write next. `random` picks among unused nonces.
    pub fn choose(
        &mut self,
        admission: &Admission,
        node: PublicKey,
        collection: Collection,
        random: u8,
    ) -> Result<LogName, NoncesUsedUp> {
        let name = |nonce| LogName { node, collection, nonce };
        let commons = admission.commons();
        let is_closed = |nonce: &u8| self.is_closed(admission, &node, &name(*nonce).id(&commons));
        if let Some(nonce) = self.chosen.get(&collection).filter(|nonce| !is_closed(nonce)) {
            return Ok(name(*nonce));
        }
        let is_used = |nonce: &u8| admission.head(&name(*nonce).id(&commons)).is_some() || is_closed(nonce);
        let is_confirmed = self.is_confirmed_by_all(admission, &node);
        let goes_on = |nonce: &u8| is_confirmed && !is_closed(nonce);
        let newest = (0..=u8::MAX).rev().find(is_used);
        let fresh = (0..=u8::MAX).map(|step| random.wrapping_add(step)).find(|nonce| !is_used(nonce));
        // With all numbers used up, one confirmation must do: the node would
        // otherwise never write again.
        let last_resort = newest.filter(|nonce| self.is_confirmed() && !is_closed(nonce));
        let nonce = newest.filter(goes_on).or(fresh).or(last_resort).ok_or(NoncesUsedUp(collection))?;
        self.chosen.insert(collection, nonce);
        Ok(name(nonce))
    }
}
