//! Which of this node's logs to go on with.
//!
//! A disk that was restored from an old copy, or a virtual machine that was
//! rolled back, does not know how its own logs went on. So after each start a
//! log is continued only once a peer of another organisation has confirmed,
//! by ending a catch-up in step, that it knows nothing beyond our head.
//! Otherwise, and whenever somebody turns out to hold more of our log than we
//! do, writing goes on in a log with an unused nonce.

use commons_protocol::admission::Admission;
use commons_protocol::collection::Collection;
use commons_protocol::entry::LogName;
use commons_protocol::id::LogId;
use commons_protocol::key::PublicKey;
use std::collections::{BTreeMap, BTreeSet};

/// All 256 nonces of a collection are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this node has used all 256 log numbers of the collection {0}")]
pub struct NoncesUsedUp(pub Collection);

/// What is known of this node's own logs since it started.
#[derive(Debug, Default)]
pub struct OwnLogs {
    confirmed: bool,
    chosen: BTreeMap<Collection, u8>,
    abandoned: BTreeSet<LogId>,
}

impl OwnLogs {
    /// A peer of another organisation is in step with us.
    pub fn confirm(&mut self) {
        self.confirmed = true;
    }

    /// Whether a peer has confirmed our logs since the start.
    pub fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// Somebody holds more of this log than we wrote.
    pub fn abandon(&mut self, log: &LogId) {
        self.abandoned.insert(*log);
        self.chosen.clear();
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
        if let Some(nonce) = self.chosen.get(&collection) {
            return Ok(name(*nonce));
        }
        let commons = admission.commons();
        let is_used = |nonce: &u8| {
            let id = name(*nonce).id(&commons);
            admission.head(&id).is_some() || self.abandoned.contains(&id)
        };
        let goes_on = |nonce: &u8| {
            let id = name(*nonce).id(&commons);
            self.confirmed && !self.abandoned.contains(&id) && !admission.frozen().contains_key(&id)
        };
        let newest = (0..=u8::MAX).rev().find(is_used).filter(goes_on);
        let fresh = (0..=u8::MAX).map(|step| random.wrapping_add(step)).find(|nonce| !is_used(nonce));
        let nonce = newest.or(fresh).ok_or(NoncesUsedUp(collection))?;
        self.chosen.insert(collection, nonce);
        Ok(name(nonce))
    }
}
