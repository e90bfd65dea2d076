//! One node: keys, disk, engine, and what its people were told.

use super::behaviour::Behaviour;
use super::dice::Dice;
use super::disk::{Disk, Switch};
use super::happening::Carried;
use commons_node::engine::{Caller, Engine, Keyring, Profile};
use commons_node::net::{GossipId, PeerKey};
use commons_node::store::{MemoryStore, Store};
use commons_protocol::collection::{Collection, OrganisationKind};
use commons_protocol::id::{EntryId, OrganisationId};
use commons_protocol::key::SecretKey;
use std::collections::{BTreeMap, BTreeSet};

/// Index of a node in its world.
pub type NodeId = usize;

/// A node of a world.
pub struct Node {
    /// Name of its organisation.
    pub name: String,
    /// Whether others can dial it.
    pub is_hub: bool,
    pub(super) keys: Keyring,
    pub(super) caller: Caller,
    /// The running engine; none while it is off or played by the test.
    pub(super) engine: Option<Engine<Disk>>,
    /// The disk while the engine is off.
    pub(super) disk: Option<Disk>,
    /// How often it was started; what was on the way to an earlier start is
    /// lost.
    pub(super) start: u64,
    pub(super) invitations: Vec<([u8; 32], u64)>,
    pub(super) backup: Option<Backup>,
    /// Entries that were acknowledged to its people.
    pub(super) acknowledged: BTreeSet<EntryId>,
    pub(super) wire: Wire,
    /// What arrived for a node that the test plays itself.
    pub(super) heard: Option<Vec<Carried>>,
    /// What it does to its sessions, if it does not play by the rules.
    pub(super) tampering: Option<Behaviour>,
    /// Makes the disk fail.
    pub(super) switch: Switch,
    /// Whether its batch of inputs is open.
    pub(super) is_batching: bool,
    /// Whether the store needs a restart.
    pub(super) is_broken: bool,
    dice: Dice,
}

/// An old copy of a node's disk and keys.
pub(super) struct Backup {
    pub keys: Keyring,
    pub disk: MemoryStore,
    pub invitations: Vec<([u8; 32], u64)>,
}

/// What a node told its network.
#[derive(Default)]
pub(super) struct Wire {
    pub members: BTreeSet<PeerKey>,
    pub joiners: BTreeSet<PeerKey>,
    pub targets: Vec<PeerKey>,
    pub topics: BTreeSet<String>,
    pub paused: bool,
    pub refused: BTreeMap<PeerKey, u64>,
    pub seen: BTreeSet<GossipId>,
    pub undecided: BTreeMap<GossipId, (NodeId, String, Vec<u8>)>,
}

impl Node {
    pub(super) fn new(name: &str, is_hub: bool, mut dice: Dice) -> Self {
        let mut key = || SecretKey::from_seed(dice.bytes());
        let (root, operator) = (key(), key());
        let person = operator.public();
        let keys = Keyring {
            organisation: OrganisationId::of(&root.public()),
            root,
            next_root: key(),
            admin: key(),
            elector: key(),
            node: key(),
            peer: key(),
            people: BTreeMap::from([(person, operator)]),
        };
        let caller = Caller { person: person.to_string(), name: "Operator".to_owned(), administrator: true };
        Self {
            name: name.to_owned(),
            is_hub,
            keys,
            caller,
            engine: None,
            disk: Some(Disk::default()),
            start: 0,
            invitations: Vec::new(),
            backup: None,
            acknowledged: BTreeSet::new(),
            wire: Wire::default(),
            heard: None,
            tampering: None,
            switch: Switch::default(),
            is_batching: false,
            is_broken: false,
            dice,
        }
    }

    /// Its transport identity.
    pub fn peer(&self) -> PeerKey {
        PeerKey(self.keys.peer.public().0)
    }

    /// Its keys.
    pub fn keys(&self) -> &Keyring {
        &self.keys
    }

    /// Whether it runs, or the test plays it.
    pub fn is_on(&self) -> bool {
        self.engine.is_some() || self.heard.is_some()
    }

    /// The store, running or not.
    pub fn store(&self) -> &MemoryStore {
        match (&self.engine, &self.disk) {
            (Some(engine), _) => engine.store(),
            (None, Some(disk)) => disk,
            (None, None) => unreachable!("a node that is off has its disk"),
        }
    }

    /// Where it can be dialled.
    pub fn address(&self) -> String {
        format!("/dns4/{}.test/tcp/4001", self.name)
    }

    /// Opens the engine over the disk, as a process that starts.
    pub(super) fn open(&mut self, now: u64) {
        let disk = self.disk.take().unwrap_or_default();
        self.start += 1;
        self.switch = disk.switch();
        self.switch.set(None);
        let engine = open_engine(disk, self, now, self.dice.split(self.start));
        self.wire = Wire::default();
        self.is_broken = false;
        self.engine = Some(engine);
    }

    /// Ends the process; the disk keeps what a power failure leaves.
    pub(super) fn close(&mut self, keep: impl FnOnce(usize) -> usize) {
        if let Some(engine) = self.engine.take() {
            let mut disk = engine.into_store();
            let kept = keep(disk.unsynced());
            disk.crash(kept);
            self.disk = Some(disk);
        }
        self.start += 1;
        self.is_batching = false;
        self.wire = Wire::default();
    }

    pub(super) fn back_up(&mut self) {
        self.backup = Some(Backup {
            keys: self.keys.clone(),
            disk: self.store().snapshot(),
            invitations: self.invitations.clone(),
        });
    }

    /// A second engine over a copy of the records, without an index.
    pub(super) fn fresh(&self, now: u64) -> Engine<Disk> {
        let mut copy = self.store().snapshot();
        copy.clear_index().expect("a store in memory can clear its index");
        open_engine(Disk::new(copy), self, now, self.dice.split(u64::MAX))
    }
}

fn open_engine(disk: Disk, node: &Node, now: u64, mut dice: Dice) -> Engine<Disk> {
    let profile = Profile {
        name: node.name.clone(),
        kind: OrganisationKind::Site,
        collections: Collection::ALL.to_vec(),
        public_addresses: if node.is_hub { vec![node.address()] } else { Vec::new() },
    };
    let random = Box::new(move || dice.bytes());
    Engine::open(disk, profile, node.keys.clone(), random, now)
        .expect("the engine opens whatever a crash leaves")
}
