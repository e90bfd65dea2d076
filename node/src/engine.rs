//! One organisation's node as a state machine over a [`Store`]: events from
//! the network and requests of people go in, commands to the network come
//! out. It has no clock, no sockets and no global randomness of its own, so
//! the simulator runs this very code.
//!
//! ```text
//! events, requests ─▶ handle ─▶ journal ─▶ commit (durable) ─▶ commands, answers
//! ```
//!
//! Nothing leaves – no answer, no frame, no gossip – before [`Engine::commit`]
//! has made durable what it speaks of.

pub mod attest;
mod chains;
mod charter_views;
mod charters;
mod check;
mod disclosures;
mod documents;
mod erasure;
mod exporting;
mod failure;
mod faults;
#[cfg(test)]
mod fixture;
mod gossip;
mod governance;
mod guarding;
mod intake;
pub mod journal;
mod keyring;
mod library;
mod load;
mod membership;
mod own_keys;
mod own_logs;
mod peers;
mod people;
mod policies;
mod proposals;
mod publication;
mod recovery;
mod reissue;
mod replica;
mod runs;
mod series;
mod status;
mod voiding;
mod writing;

pub use exporting::Exported;
pub use failure::{Failure, FailureKind};
pub use faults::{PROOF_BYTES, verify_proof};
pub use keyring::Keyring;
pub use membership::JoinState;
pub use publication::Files;
pub use recovery::Recovery;

use crate::net;
use crate::store::{Store, StoreError};
use crate::view::ChangeView;
use commons_protocol::admission::Admission;
use commons_protocol::catalogue::Catalogue;
use commons_protocol::collection::{Collection, OrganisationKind};
use commons_protocol::id::{CommonsId, EntryId};
use journal::Pending;
use library::Library;
use own_logs::OwnLogs;
use peers::Peers;
use runs::RunIndex;
use std::collections::BTreeMap;

/// Notices that are kept for the operator.
const NOTICES: usize = 32;

/// Who is at the keyboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Key of the person, hexadecimal.
    pub person: String,
    /// Name of the person.
    pub name: String,
    /// Whether the person runs the node.
    pub administrator: bool,
}

/// What an engine needs to know of its installation.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Name of the organisation.
    pub name: String,
    /// Its kind.
    pub kind: OrganisationKind,
    /// Collections that this node holds.
    pub collections: Vec<Collection>,
    /// Addresses to announce; those on which it listens when empty.
    pub public_addresses: Vec<String>,
}

/// Source of random bytes: the operating system's, or a seeded one in the
/// simulator.
pub type Random = Box<dyn FnMut() -> [u8; 32] + Send>;

/// The node.
pub struct Engine<S: Store> {
    store: S,
    profile: Profile,
    keys: Keyring,
    random: Random,
    now: u64,
    commons: Option<Commons>,
    joining: membership::Joining,
    peers: Peers,
    pending: Vec<Pending>,
    commands: Vec<net::Command>,
    changes: Vec<ChangeView>,
    refused: BTreeMap<&'static str, u64>,
    listening: Vec<String>,
    notices: Vec<String>,
    lost: bool,
    patience: governance::Patience,
    attested_at: Option<u64>,
    files: Option<Box<dyn Files>>,
    /// What was refused here, while the state is loaded again.
    refused_before: Option<series::Refused>,
}

/// The state of the one commons in which this node takes part.
pub(crate) struct Commons {
    admission: Admission,
    catalogue: Catalogue,
    runs: RunIndex,
    library: Library,
    own_logs: OwnLogs,
    cuts: reissue::cuts::Cuts,
    digests: replica::Digests,
    asking: replica::Asking,
    faults: faults::Found,
    looked: publication::Looked,
    series: series::Series,
}

impl Commons {
    fn new(id: CommonsId) -> Self {
        Self::with(Admission::new(id))
    }

    fn with(admission: Admission) -> Self {
        Self {
            admission,
            catalogue: Catalogue::default(),
            runs: RunIndex::default(),
            library: Library::default(),
            own_logs: OwnLogs::default(),
            cuts: reissue::cuts::Cuts::default(),
            digests: replica::Digests::default(),
            asking: replica::Asking::default(),
            faults: faults::Found::default(),
            looked: publication::Looked::default(),
            series: series::Series::default(),
        }
    }
}

impl<S: Store> Engine<S> {
    /// Opens the engine over `store`: loads the index, and takes in again
    /// what was appended after it.
    pub fn open(
        store: S,
        profile: Profile,
        keys: Keyring,
        random: Random,
        now: u64,
    ) -> Result<Self, StoreError> {
        let mut engine = Self {
            store,
            profile,
            keys,
            random,
            now,
            commons: None,
            joining: membership::Joining::default(),
            peers: Peers::default(),
            pending: Vec::new(),
            commands: Vec::new(),
            changes: Vec::new(),
            refused: BTreeMap::new(),
            listening: Vec::new(),
            notices: Vec::new(),
            lost: false,
            patience: governance::Patience::default(),
            attested_at: None,
            files: None,
            refused_before: None,
        };
        engine.load()?;
        engine.keep_organisation()?;
        engine.catch_up_with_rotation();
        engine.refresh_network();
        Ok(engine)
    }

    /// Sets the time that new contributions claim, in milliseconds.
    pub fn set_now(&mut self, now: u64) {
        self.now = now;
    }

    /// Makes everything pending durable. Until then neither commands nor
    /// answers may leave. When the disk refuses, what is in memory is ahead of
    /// what is kept, so the state is loaded again from the disk.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let pending = std::mem::take(&mut self.pending);
        let refused = self.commons.as_ref().map(|commons| &commons.series.refused);
        let is_refused = |id: &EntryId| refused.is_some_and(|refused| refused.has(id));
        match journal::commit(&mut self.store, &pending, &is_refused) {
            Ok(positions) => {
                if let Some(commons) = &mut self.commons {
                    commons.runs.note(&commons.admission, &pending, &positions);
                }
                Ok(())
            }
            Err(error) => {
                self.lost = true;
                self.commands.clear();
                self.changes.clear();
                self.reload()?;
                self.give_up_sessions();
                Err(error)
            }
        }
    }

    /// Whether a commit failed since the last call: then everything that was
    /// pending is gone, also of requests that did not commit themselves.
    pub fn take_lost(&mut self) -> bool {
        std::mem::take(&mut self.lost)
    }

    /// Whether something waits for [`Engine::commit`].
    pub fn is_dirty(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The commands for the network since the last call.
    pub fn take_commands(&mut self) -> Vec<net::Command> {
        std::mem::take(&mut self.commands)
    }

    /// What changed since the last call, for listeners.
    pub fn take_changes(&mut self) -> Vec<ChangeView> {
        std::mem::take(&mut self.changes)
    }

    /// What is admitted and on what grounds, for tests and reports. None
    /// before a commons is founded or joined.
    pub fn admission(&self) -> Option<&Admission> {
        self.commons.as_ref().map(|commons| &commons.admission)
    }

    /// The store, for tests and for maintenance while nothing runs.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Gives the store back.
    pub fn into_store(self) -> S {
        self.store
    }

    /// The keys, to be sealed again when they changed.
    pub fn keyring(&self) -> &Keyring {
        &self.keys
    }

    fn commons(&self) -> Result<&Commons, Failure> {
        self.commons.as_ref().ok_or_else(Failure::no_commons)
    }

    fn commons_mut(&mut self) -> Result<&mut Commons, Failure> {
        self.commons.as_mut().ok_or_else(Failure::no_commons)
    }

    /// Tells the operator something, once.
    fn notice(&mut self, text: String) {
        if self.notices.len() < NOTICES && !self.notices.contains(&text) {
            self.notices.push(text);
        }
    }

    fn count_refusal(&mut self, code: &'static str) {
        *self.refused.entry(code).or_default() += 1;
    }
}
