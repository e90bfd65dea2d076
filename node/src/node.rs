//! One node, from its home directory to a running process.

use crate::api;
use crate::blobs::{BlobError, BlobLimits, Blobs};
use crate::clock;
use crate::config::{Config, OrganisationKind, OrganisationName};
use crate::engine::{Engine, Failure, Profile, Recovery};
use crate::handle::Handle;
use crate::home::{Home, HomeError, HomeLock};
use crate::keystore::{self, Keys, Keystore, Passphrase, PersonSecret, Seed};
use crate::logging;
use crate::net::{self, NetConfig, NetLimits, PeerKey};
use crate::store::{self, DiskStore};
use crate::tokens::{Holder, Tokens};
use crate::view::{ChangeView, CheckView};
use crate::webhooks::{self, Hook, WebhookError};
use crate::worker::{Input, Parts, Worker, keyring};
use commons_protocol::collection::{Collection, OrganisationKind as Kind};
use commons_protocol::id::OrganisationId;
use commons_protocol::key::SecretKey;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, watch};

/// How often time is told to the engine.
const TICK: Duration = Duration::from_millis(250);

/// How often a joining node asks again.
const ASK: Duration = Duration::from_millis(1_500);

/// Why a node can't be set up or run; the cause says what to do.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The home directory.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// The keys.
    #[error(transparent)]
    Keystore(#[from] keystore::KeystoreError),
    /// The API's tokens.
    #[error(transparent)]
    Tokens(#[from] crate::tokens::TokenError),
    /// The store.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The network.
    #[error(transparent)]
    Net(#[from] net::NetError),
    /// The API.
    #[error(transparent)]
    Api(#[from] api::ApiError),
    /// The log.
    #[error("the log can't be set up: {0}")]
    Logging(String),
    /// Something that was typed.
    #[error("{0}")]
    Input(String),
    /// A file.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What went wrong.
        source: std::io::Error,
    },
    /// A webhook.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// The attached files.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// The engine.
    #[error(transparent)]
    Engine(#[from] Failure),
    /// The operating system's randomness.
    #[error("the operating system gives no random numbers")]
    Random,
}

/// What a new home is made from.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Name of the organisation.
    pub name: String,
    /// Its kind, in a word.
    pub kind: String,
    /// Passphrase that seals the keys; none for a key file beside them.
    pub passphrase: Option<String>,
    /// Exported keys with their passphrase, to recover an organisation.
    pub recovered: Option<(Vec<u8>, String)>,
    /// Whether others dial this node.
    pub is_hub: bool,
    /// Addresses on which to listen for peers.
    pub listen: Vec<String>,
    /// Addresses to announce.
    pub public_addresses: Vec<String>,
    /// Where the API listens, if not at its usual place.
    pub api: Option<String>,
}

impl Setup {
    fn settings(&self) -> Vec<(&'static str, toml::Value)> {
        let list =
            |items: &[String]| toml::Value::Array(items.iter().cloned().map(toml::Value::String).collect());
        let mut settings = Vec::new();
        if let Some(api) = &self.api {
            settings.push(("address", toml::Value::String(api.clone())));
        }
        if self.is_hub {
            settings.push(("role", toml::Value::String("hub".to_owned())));
        }
        if !self.listen.is_empty() {
            settings.push(("listen", list(&self.listen)));
        }
        if !self.public_addresses.is_empty() {
            settings.push(("public_addresses", list(&self.public_addresses)));
        }
        settings
    }
}

/// What setting up a home gave.
#[derive(Clone, Debug)]
pub struct Installed {
    /// Organisation id.
    pub organisation: String,
    /// Name of the organisation.
    pub name: String,
    /// Where the configuration is.
    pub config: PathBuf,
    /// Where the first administrator's API token is.
    pub token: PathBuf,
}

/// Makes a home: keys, configuration, the first administrator's token.
pub fn install(root: &Path, setup: &Setup) -> Result<Installed, NodeError> {
    let passphrase = |text: &String| Passphrase::new(text.clone()).map_err(NodeError::from);
    let (mut keys, name, kind, recovery) = match &setup.recovered {
        None => {
            let kind = parse_kind(&setup.kind)?;
            (Keys::generate()?, setup.name.clone(), kind, None)
        }
        Some((sealed, words)) => {
            let (keys, backup) = keystore::import(sealed, &passphrase(words)?)?;
            (keys, backup.organisation, backup.kind, Some(backup.recovery))
        }
    };
    let operator = operator(&mut keys)?;
    let home = Home::create(root)?;
    let checked = OrganisationName::try_from(name.clone()).map_err(NodeError::Input)?;
    Config::write_new(&home.config(), &checked, kind, &setup.settings())?;
    Keystore::create(&home.keys(), &keys, setup.passphrase.as_ref().map(passphrase).transpose()?)?;
    let holder = Holder { person: operator, name: "Operator".to_owned(), administrator: true };
    let token = Tokens::open(&home.tokens())?.add(holder)?;
    home.write_operator_token(token.reveal())?;
    let recovered = recovery.as_deref().and_then(Recovery::decode);
    if let Some(bytes) = recovery {
        let path = recovery_file(&home);
        std::fs::write(&path, bytes).map_err(|source| NodeError::File { path, source })?;
    }
    let organisation = recovered.map_or_else(
        || OrganisationId::of(&SecretKey::from_seed(*keys.root.expose()).public()),
        |recovery| recovery.organisation,
    );
    Ok(Installed {
        organisation: organisation.to_string(),
        name,
        config: home.config(),
        token: home.operator_token(),
    })
}

/// A node that is ready to run.
pub struct Node {
    home: Home,
    config: Config,
    keystore: Keystore,
    secrets: Keys,
    engine: Engine<DiskStore>,
    blobs: Blobs,
    listener: std::net::TcpListener,
    hooks: Vec<Hook>,
    _lock: HomeLock,
}

impl Node {
    /// Opens everything that a node needs, and says what is wrong before
    /// anything is started.
    pub fn open(root: &Path, passphrase: Option<String>) -> Result<Self, NodeError> {
        let home = Home::open(root)?;
        let lock = home.lock()?;
        home.check_writable()?;
        let config = Config::load(&home.config())?;
        match logging::init(config.log.format) {
            // Several nodes in one process share one log.
            Ok(()) | Err(logging::LoggingError::Twice(_)) => {}
            Err(error) => return Err(NodeError::Logging(error.to_string())),
        }
        let passphrase = passphrase.map(Passphrase::new).transpose()?;
        let (keystore, secrets) = Keystore::open(&home.keys(), passphrase)?;
        let hooks =
            config.webhooks.iter().map(|hook| Hook::open(home.path(), hook)).collect::<Result<_, _>>()?;
        let engine = open_engine(&home, &config, &secrets)?;
        let blobs = open_blobs(&home, &config)?;
        let listener = api::bind(&config.api)?;
        Ok(Self { home, config, keystore, secrets, engine, blobs, listener, hooks, _lock: lock })
    }

    /// Runs until `stopped` resolves or somebody stops it by the API.
    pub async fn run(self, stopped: impl Future<Output = ()> + Send + 'static) -> Result<(), NodeError> {
        let tokens = Tokens::open(&self.home.tokens())?;
        let lookup = tokens.lookup();
        let (network, events) = net::start(net_config(&self.config, &self.secrets))?;
        let (stop, mut stopping) = watch::channel(false);
        let changes = broadcast::Sender::<ChangeView>::new(256);
        let (inputs, received) = mpsc::channel(256);
        let handle = Handle::new(inputs.clone(), changes.clone(), self.blobs.clone());
        let transfer = self.blobs.start(&network);
        let worker = Worker::new(Parts {
            engine: self.engine,
            keystore: self.keystore,
            secrets: self.secrets,
            tokens,
            organisation: (self.config.organisation.name.as_str().to_owned(), self.config.organisation.kind),
            network,
            changes,
            stop: stop.clone(),
            blobs: self.blobs.clone(),
        });
        let thread = std::thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || worker.run(received))
            .map_err(|source| NodeError::File { path: self.home.path().to_owned(), source })?;
        let tasks = [
            tokio::spawn(forward(events, inputs.clone(), self.blobs)),
            tokio::spawn(tick(inputs.clone())),
            tokio::spawn(ask_to_join(handle.clone())),
            tokio::spawn(webhooks::run(handle.clone(), self.hooks)),
        ];
        drop(inputs);
        let address =
            self.listener.local_addr().map_err(|source| NodeError::File { path: "api".into(), source })?;
        self.home.write_api(&address.to_string())?;
        tracing::info!(%address, home = %self.home.path().display(), "the node runs");
        let shutdown = async move {
            tokio::select! {
                () = stopped => {}
                _ = stopping.wait_for(|stop| *stop) => {}
            }
        };
        let served = api::serve(self.listener, handle, lookup, &self.config.api, shutdown).await;
        self.home.remove_api()?;
        tasks.iter().chain(&transfer).for_each(tokio::task::JoinHandle::abort);
        drop(stop);
        let joined = tokio::task::spawn_blocking(move || thread.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::error!("the engine's thread ended badly; the next start checks the store");
        }
        Ok(served?)
    }
}

/// Checks a home while its node is not running.
pub fn check(root: &Path, passphrase: Option<String>) -> Result<CheckView, NodeError> {
    let home = Home::open(root)?;
    let _lock = home.lock()?;
    let config = Config::load(&home.config())?;
    let passphrase = passphrase.map(Passphrase::new).transpose()?;
    let (_, secrets) = Keystore::open(&home.keys(), passphrase)?;
    let mut view = open_engine(&home, &config, &secrets)?.check()?;
    view.add(open_blobs(&home, &config)?.check()?);
    Ok(view)
}

/// What a salvage brought.
#[derive(Clone, Debug)]
pub struct Salvaged {
    /// Records that are whole.
    pub records: u64,
    /// Places that could not be read.
    pub damaged: u64,
    /// Where the damaged store was put aside.
    pub aside: PathBuf,
}

/// Takes a damaged store out of use: every whole record is copied into a new
/// store, which takes its place; the old one is kept aside. The node must not
/// be running; peers send again what is missing.
pub fn salvage(root: &Path) -> Result<Salvaged, NodeError> {
    let home = Home::open(root)?;
    let _lock = home.lock()?;
    let (fresh, aside) = (home.path().join("store.salvaged"), home.path().join("store.damaged"));
    if let Some(path) = [&fresh, &aside].into_iter().find(|path| path.exists()) {
        return Err(NodeError::Input(format!(
            "{} exists already, from an earlier salvage: move it away first",
            path.display()
        )));
    }
    let report = store::salvage(&home.store(), &fresh)?;
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| NodeError::File { path, source }
    };
    std::fs::rename(home.store(), &aside).map_err(file(&aside))?;
    std::fs::rename(&fresh, home.store()).map_err(file(&fresh))?;
    Ok(Salvaged { records: report.records, damaged: report.damaged, aside })
}

fn open_engine(home: &Home, config: &Config, secrets: &Keys) -> Result<Engine<DiskStore>, NodeError> {
    let (store, report) = DiskStore::open(&home.store())?;
    if report.torn_bytes > 0 {
        tracing::warn!(bytes = report.torn_bytes, "cut off an unfinished write that nobody was told about");
    }
    if report.index_rebuilt {
        tracing::warn!("the index is built again from the records");
    }
    let recovery = read_recovery(home)?;
    let profile = Profile {
        name: config.organisation.name.as_str().to_owned(),
        kind: protocol_kind(config.organisation.kind),
        collections: Collection::ALL.to_vec(),
        public_addresses: config
            .network
            .public_addresses
            .iter()
            .map(|address| address.as_str().to_owned())
            .collect(),
    };
    let keys = keyring(secrets, recovery.as_ref().map(|recovery| recovery.organisation));
    let random = Box::new(|| random().unwrap_or_else(|_| std::process::abort()));
    let mut engine = Engine::open(store, profile, keys, random, clock::now())?;
    if let Some(recovery) = recovery {
        engine.recover(&recovery)?;
    }
    Ok(engine)
}

fn open_blobs(home: &Home, config: &Config) -> Result<Blobs, BlobError> {
    let limits = BlobLimits {
        per_organisation: config.blobs.quota_per_organisation.bytes(),
        total: config.blobs.total.bytes(),
    };
    Blobs::open(&home.blobs(), limits)
}

async fn forward(mut events: mpsc::Receiver<net::Event>, inputs: mpsc::Sender<Input>, blobs: Blobs) {
    while let Some(event) = events.recv().await {
        match &event {
            net::Event::Connected { peer } => blobs.set_connected(*peer, true),
            net::Event::Disconnected { peer } => blobs.set_connected(*peer, false),
            _ => {}
        }
        if inputs.send(Input::Event(event)).await.is_err() {
            break;
        }
    }
}

async fn tick(inputs: mpsc::Sender<Input>) {
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        if inputs.send(Input::Tick).await.is_err() {
            break;
        }
    }
}

/// Asks the inviter again and again until the members have decided.
async fn ask_to_join(handle: Handle) {
    let mut interval = tokio::time::interval(ASK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let ask = match handle.run(|worker| worker.engine.join_ask()).await {
            Ok(Some(ask)) => ask,
            Ok(None) => continue,
            Err(_) => break,
        };
        let (invitation, request) = ask;
        let addresses: Vec<String> = invitation.addresses.iter().map(ToString::to_string).collect();
        let peer = PeerKey(invitation.peer.0);
        let answer = net::ask(&invitation.secret.0, peer, &addresses, request, Duration::from_secs(20)).await;
        let answer = answer.map_err(|error| error.to_string());
        if let Err(failure) = handle.run(move |worker| worker.engine.on_join_answer(answer)).await {
            tracing::warn!(%failure, "joining failed");
        }
    }
}

fn net_config(config: &Config, secrets: &Keys) -> NetConfig {
    NetConfig {
        secret: zeroize::Zeroizing::new(*secrets.peer.expose()),
        listen: config.network.listen.iter().map(|address| address.as_str().to_owned()).collect(),
        role: match config.network.role {
            crate::config::Role::Hub => net::Role::Hub,
            crate::config::Role::Site => net::Role::Site,
        },
        expected_sites: usize::from(config.network.expected_sites.get()),
        limits: NetLimits::default(),
    }
}

/// The first administrator's key: there from the start, or kept from an
/// export.
fn operator(keys: &mut Keys) -> Result<String, NodeError> {
    if let Some((person, _)) = keys.persons.iter().find(|(_, person)| person.name == "Operator") {
        return Ok(person.clone());
    }
    let seed = Seed::generate()?;
    let person = SecretKey::from_seed(*seed.expose()).public().to_string();
    keys.persons.insert(person.clone(), PersonSecret { seed, name: "Operator".to_owned() });
    Ok(person)
}

fn recovery_file(home: &Home) -> PathBuf {
    home.path().join("recovery")
}

fn read_recovery(home: &Home) -> Result<Option<Recovery>, NodeError> {
    let path = recovery_file(home);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(Recovery::decode(&bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(NodeError::File { path, source }),
    }
}

fn random() -> Result<[u8; 32], NodeError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| NodeError::Random)?;
    Ok(bytes)
}

fn parse_kind(word: &str) -> Result<OrganisationKind, NodeError> {
    let kinds = [
        OrganisationKind::Site,
        OrganisationKind::Council,
        OrganisationKind::Research,
        OrganisationKind::Advocacy,
        OrganisationKind::Steward,
        OrganisationKind::Other,
    ];
    let found = kinds.into_iter().find(|kind| kind.as_str() == word);
    found.ok_or_else(|| {
        NodeError::Input(format!(
            "\"{word}\" is no kind of organisation; use site, council, research, advocacy, steward or other"
        ))
    })
}

fn protocol_kind(kind: OrganisationKind) -> Kind {
    Kind::from_word(kind.as_str()).unwrap_or(Kind::Other)
}
