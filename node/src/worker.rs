//! The engine's thread: takes jobs and events in order, makes what they wrote
//! durable together, and only then answers and sends.

use crate::blobs::{Blobs, Folder};
use crate::clock;
use crate::config::OrganisationKind;
use crate::engine::{Caller, Engine, Failure, Files, Keyring};
use crate::keystore::{self, Backup, Keys, Keystore, Passphrase, PersonSecret, Seed};
use crate::net;
use crate::store::{DiskStore, StoreError};
use crate::tokens::{Holder, Tokens};
use crate::view::{
    ChangeView, InvitationView, NewRootView, PersonCreated, PersonRequest, PersonView, SealedKeysView,
    StatusView,
};
use commons_protocol::collection::Role;
use commons_protocol::id::{BlobHash, OrganisationId};
use commons_protocol::key::{PublicKey, SecretKey};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::time::Instant;
use tokio::sync::{broadcast, mpsc, watch};

/// Inputs that share one fsync at most.
const BATCH: usize = 64;

/// Ticks after which it is told again which files documents need: once a
/// second.
const TICKS_PER_TELLING: u32 = 4;

/// What the worker does with an answer once the batch is durable, or once it
/// is known that it is not.
pub(crate) type Reply = Box<dyn FnOnce(Option<Failure>)>;

/// Something for the engine's thread to run.
pub(crate) type Job = Box<dyn FnOnce(&mut Worker) -> Reply + Send>;

/// What comes in.
pub(crate) enum Input {
    /// A request of a person.
    Job(Job),
    /// An event of the network.
    Event(net::Event),
    /// Time has gone by.
    Tick,
}

/// Everything that the engine's thread owns.
pub(crate) struct Worker {
    pub(crate) engine: Engine<DiskStore>,
    keystore: Keystore,
    secrets: Keys,
    tokens: Tokens,
    organisation: (String, OrganisationKind),
    network: net::Handle,
    changes: broadcast::Sender<ChangeView>,
    stop: watch::Sender<bool>,
    started: Instant,
    blobs: Blobs,
    ticks: u32,
    /// What other parts of the node tell the operator, by who tells it.
    notices: BTreeMap<String, String>,
}

/// What a worker is made of.
pub(crate) struct Parts {
    pub(crate) engine: Engine<DiskStore>,
    pub(crate) keystore: Keystore,
    pub(crate) secrets: Keys,
    pub(crate) tokens: Tokens,
    pub(crate) organisation: (String, OrganisationKind),
    pub(crate) network: net::Handle,
    pub(crate) changes: broadcast::Sender<ChangeView>,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) blobs: Blobs,
}

impl Worker {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { engine, keystore, secrets, tokens, organisation, network, changes, stop, blobs } = parts;
        let mut worker = Self {
            engine,
            keystore,
            secrets,
            tokens,
            organisation,
            network,
            changes,
            stop,
            started: Instant::now(),
            blobs,
            ticks: 0,
            notices: BTreeMap::new(),
        };
        let folder = worker.blobs.folder().clone();
        worker.engine.set_files(Box::new(Held(folder)));
        worker.reopen_invitations();
        worker
    }

    /// Runs until every sender of inputs is gone.
    pub(crate) fn run(mut self, mut inputs: mpsc::Receiver<Input>) {
        self.release();
        while let Some(input) = self.next(&mut inputs) {
            let mut replies = Vec::new();
            let mut faults = Vec::new();
            self.engine.set_now(clock::now());
            self.take(input, &mut replies, &mut faults);
            for _ in 1..BATCH {
                let Ok(input) = inputs.try_recv() else { break };
                self.take(input, &mut replies, &mut faults);
            }
            self.finish(replies, faults);
        }
        if let Err(error) = self.engine.commit().and_then(|()| self.engine.mark_indexed()) {
            tracing::error!(%error, "the store could not be closed properly; the next start checks it");
        }
    }

    /// The next input; builds documents while there is none.
    fn next(&mut self, inputs: &mut mpsc::Receiver<Input>) -> Option<Input> {
        loop {
            match inputs.try_recv() {
                Ok(input) => return Some(input),
                Err(mpsc::error::TryRecvError::Disconnected) => return None,
                Err(mpsc::error::TryRecvError::Empty) => {}
            }
            match self.engine.work() {
                Ok(true) => self.release(),
                Ok(false) => return inputs.blocking_recv(),
                Err(error) => {
                    tracing::error!(%error, "a document could not be built");
                    return inputs.blocking_recv();
                }
            }
        }
    }

    fn take(&mut self, input: Input, replies: &mut Vec<Reply>, faults: &mut Vec<StoreError>) {
        match input {
            Input::Job(job) => replies.push(job(self)),
            Input::Event(event) => faults.extend(self.engine.on_event(event).err()),
            Input::Tick => {
                faults.extend(self.engine.tick(clock::now()).err());
                self.tell_references();
            }
        }
    }

    /// Tells now and then which files documents need. Computing it costs a walk
    /// over all documents, so it is not done for every change.
    fn tell_references(&mut self) {
        if self.ticks.is_multiple_of(TICKS_PER_TELLING) {
            let commons = self.engine.admission().map(|admission| admission.commons());
            self.blobs.set_references(commons, self.engine.blob_references());
        }
        self.ticks = self.ticks.wrapping_add(1);
    }

    /// Makes the batch durable, then lets answers and commands go.
    fn finish(&mut self, replies: Vec<Reply>, mut faults: Vec<StoreError>) {
        if let Err(failure) = self.engine.acknowledge_retractions() {
            tracing::error!(%failure, "a retraction could not be confirmed");
        }
        let committed = self.engine.commit().and_then(|()| self.engine.finish_erasures());
        let lost = self.engine.take_lost().then(|| {
            Failure::unavailable("not-kept", "the disk refused a write, so this was not kept; look at the status and the log, then try again")
        });
        let failure = committed.as_ref().err().map(Failure::from_store).or(lost);
        faults.extend(committed.err());
        for fault in faults {
            tracing::error!(error = %fault, "the store failed");
        }
        self.forget_redeemed();
        if let Err(failure) = self.keep_rotation() {
            tracing::error!(%failure, "the rotated root key could not be sealed");
        }
        self.release();
        replies.into_iter().for_each(|reply| reply(failure.clone()));
    }

    fn release(&mut self) {
        for command in self.engine.take_commands() {
            if self.network.commands.blocking_send(command).is_err() {
                tracing::debug!("the network is gone");
                break;
            }
        }
        for change in self.engine.take_changes() {
            // No listener is no fault.
            let _ = self.changes.send(change);
        }
    }

    pub(crate) fn stop(&mut self) {
        self.stop.send_replace(true);
    }

    pub(crate) fn status(&mut self) -> StatusView {
        let mut status = self.engine.status();
        status.uptime_seconds = self.started.elapsed().as_secs();
        status.notices.extend(self.notices.values().cloned());
        status
    }

    /// Sets what a part of the node tells the operator; none takes it back.
    pub(crate) fn set_notice(&mut self, who: String, text: Option<String>) {
        match text {
            Some(text) => self.notices.insert(who, text),
            None => self.notices.remove(&who),
        };
    }

    pub(crate) fn invite(&mut self, caller: &Caller) -> Result<InvitationView, Failure> {
        let now = clock::now();
        let expires = now + 7 * 24 * 3_600 * 1_000;
        let secret = self
            .secrets
            .invite(now, expires)
            .map_err(|error| Failure::internal("keystore", error.to_string()))?;
        let view = self.engine.invite(caller, *secret.expose())?;
        self.save_keys()?;
        Ok(view)
    }

    pub(crate) fn add_person(
        &mut self,
        caller: &Caller,
        request: &PersonRequest,
    ) -> Result<PersonCreated, Failure> {
        let person = self.engine.add_person(caller, request)?;
        let key: PublicKey =
            person.id.parse().map_err(|_| Failure::internal("person", "the new key has no id"))?;
        if let Some(secret) = self.engine.keyring().people.get(&key) {
            let seed = Seed::from_bytes(secret.seed());
            self.secrets.persons.insert(person.id.clone(), PersonSecret { seed, name: person.name.clone() });
        }
        self.save_keys()?;
        let administrator = person.roles.iter().any(|role| role == Role::Administrator.word());
        let holder = Holder { person: person.id.clone(), name: person.name.clone(), administrator };
        let token =
            self.tokens.add(holder).map_err(|error| Failure::internal("tokens", error.to_string()))?;
        Ok(PersonCreated { person, token: token.reveal().to_owned() })
    }

    pub(crate) fn revoke_person(&mut self, caller: &Caller, id: &str) -> Result<PersonView, Failure> {
        let person = self.engine.revoke_person(caller, id)?;
        self.tokens.revoke(&person.id).map_err(|error| Failure::internal("tokens", error.to_string()))?;
        Ok(person)
    }

    pub(crate) fn rotate_root(&mut self, caller: &Caller) -> Result<String, Failure> {
        self.engine.rotate_root(caller)?;
        self.engine.commit()?;
        self.keep_rotation()?;
        Ok("The root key is replaced. Export the keys again and destroy older exports.".to_owned())
    }

    /// Makes a new root key and seals it before its code goes out.
    pub(crate) fn new_root(&mut self, caller: &Caller) -> Result<NewRootView, Failure> {
        let view = self.engine.new_root(caller)?;
        self.keep_rotation()?;
        Ok(view)
    }

    /// Seals the root keys again if they moved on.
    pub(crate) fn keep_rotation(&mut self) -> Result<(), Failure> {
        let keyring = self.engine.keyring();
        if self.secrets.root.expose() == keyring.root.seed() {
            return Ok(());
        }
        self.secrets.root = Seed::from_bytes(keyring.root.seed());
        self.secrets.next_root = Seed::from_bytes(keyring.next_root.seed());
        self.save_keys()
    }

    pub(crate) fn backup(&self) -> (Keys, Backup) {
        let (organisation, kind) = self.organisation.clone();
        (self.secrets.clone(), Backup { organisation, kind, recovery: self.engine.recovery().encode() })
    }

    pub(crate) fn metrics(&mut self) -> Result<String, Failure> {
        let status = self.status();
        let mut registry = Registry::with_prefix("commons");
        let mut gauge = |name: &str, help: &str, value: u64| {
            let gauge = Gauge::<i64>::default();
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
            registry.register(name, help, gauge);
        };
        gauge("entries", "Accepted entries", status.entries);
        gauge("logs", "Logs with accepted entries", status.logs);
        gauge("documents", "Documents", status.documents);
        gauge("missing_bodies", "Bodies that are not here", status.missing_bodies);
        gauge("waiting", "Things that wait", status.waiting.iter().map(|waiting| waiting.count).sum());
        gauge("refused", "Refused since the start", status.refused.iter().map(|refused| refused.count).sum());
        gauge(
            "peers_connected",
            "Connected peers",
            status.peers.iter().filter(|peer| peer.connected).count() as u64,
        );
        gauge(
            "peers_in_step",
            "Peers in step",
            status.peers.iter().filter(|peer| peer.in_step).count() as u64,
        );
        gauge("uptime_seconds", "Seconds since the start", status.uptime_seconds);
        let (files_here, files_wanted) = self.blobs.counts();
        gauge("files_here", "Attached files that documents need and that are here", files_here);
        gauge("files_wanted", "Attached files that documents need", files_wanted);
        gauge("files_bytes", "Bytes of attached files on this disk", self.blobs.folder().used_bytes());
        let network = &self.network.counters;
        gauge("connections", "Open connections", network.connections.get());
        gauge("session_bytes_in", "Bytes received in catch-ups", network.session_bytes_in.get());
        gauge("session_bytes_out", "Bytes sent in catch-ups", network.session_bytes_out.get());
        gauge("file_bytes_in", "Bytes of attached files received", network.exchange_bytes_in.get());
        gauge("file_bytes_out", "Bytes of attached files sent", network.exchange_bytes_out.get());
        gauge("gossip_in", "Gossip messages received", network.gossip_in.get());
        gauge("gossip_out", "Gossip messages sent", network.gossip_out.get());
        gauge("gossip_rejected", "Gossip messages rejected as invalid", network.gossip_rejected.get());
        gauge("refused_strangers", "Strangers refused in the handshake", network.refused_strangers.get());
        gauge("dial_failures", "Dials that failed", network.dial_failures.get());
        let mut text = String::new();
        encode(&mut text, &registry).map_err(|error| Failure::internal("metrics", error.to_string()))?;
        Ok(text)
    }

    fn reopen_invitations(&mut self) {
        let now = clock::now();
        for invitation in self.secrets.invitations.iter().filter(|invitation| invitation.expires_ms > now) {
            self.engine.open_invitation(*invitation.secret.expose(), invitation.expires_ms);
        }
    }

    /// Forgets the secrets of invitations whose organisation has come in.
    fn forget_redeemed(&mut self) {
        let redeemed = self.engine.take_redeemed();
        if redeemed.is_empty() {
            return;
        }
        let identity = |seed: &Seed| net::PeerKey(SecretKey::from_seed(*seed.expose()).public().0);
        self.secrets.invitations.retain(|invitation| !redeemed.contains(&identity(&invitation.secret)));
        if let Err(failure) = self.save_keys() {
            tracing::error!(%failure, "a used invitation could not be forgotten");
        }
    }

    fn save_keys(&self) -> Result<(), Failure> {
        self.keystore.save(&self.secrets).map_err(|error| Failure::internal("keystore", error.to_string()))
    }
}

/// Seals keys for an export.
pub(crate) fn seal(keys: &Keys, backup: &Backup, passphrase: String) -> Result<SealedKeysView, Failure> {
    let passphrase =
        Passphrase::new(passphrase).map_err(|error| Failure::invalid("passphrase", error.to_string()))?;
    let sealed = keystore::export(keys, backup, &passphrase)
        .map_err(|error| Failure::internal("seal", error.to_string()))?;
    let note = "Keep this file away from the node. With it and the passphrase, `commons init --from-keys FILE` sets up a new node of the same organisation, which fetches everything from the other members.".to_owned();
    Ok(SealedKeysView { sealed, note })
}

/// The keys of a keystore, ready to sign.
pub(crate) fn keyring(keys: &Keys, organisation: Option<OrganisationId>) -> Keyring {
    let key = |seed: &Seed| SecretKey::from_seed(*seed.expose());
    let root = key(&keys.root);
    let people = keys.persons.values().map(|person| key(&person.seed));
    Keyring {
        organisation: organisation.unwrap_or_else(|| OrganisationId::of(&root.public())),
        root,
        next_root: key(&keys.next_root),
        admin: key(&keys.admin),
        elector: key(&keys.elector),
        node: key(&keys.node),
        peer: key(&keys.peer),
        people: people.map(|key| (key.public(), key)).collect(),
    }
}

/// The folder of attached files, as the engine uses it.
struct Held(Folder);

impl Files for Held {
    fn has(&self, file: &BlobHash) -> bool {
        self.0.has(file).is_some()
    }

    fn remove(&self, file: &BlobHash, size: u64) -> bool {
        match self.0.erase(file, size) {
            Ok(is_gone) => is_gone,
            Err(error) => {
                tracing::error!(%file, %error, "an erased file could not be removed; it is tried again");
                false
            }
        }
    }
}
