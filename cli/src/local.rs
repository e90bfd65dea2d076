//! The work that needs no running node: making a home and being the node.

use std::io;
use std::path::{Path, PathBuf};

use commons_node::node::{Node, NodeError, Salvaged, Setup};
use serde::{Deserialize, Serialize};

use crate::view::CheckView;

/// What a new home is made from.
#[derive(Clone, Debug, Default)]
pub struct InitOptions {
    /// Name of the organisation; from the exported keys when absent.
    pub name: Option<String>,
    /// Kind of organisation; from the exported keys when absent.
    pub kind: Option<String>,
    /// Addresses to listen on.
    pub listen: Vec<String>,
    /// Addresses at which others reach the node.
    pub public: Vec<String>,
    /// `member` or `hub`.
    pub role: String,
    /// Address and port of the API.
    pub api: Option<String>,
    /// Passphrase for the keys of the new home; a key file when absent.
    pub passphrase: Option<String>,
    /// File with exported keys to recover an organisation from.
    pub from_keys: Option<PathBuf>,
    /// Passphrase of that file.
    pub keys_passphrase: Option<String>,
}

/// What `init` made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InitReport {
    /// Organisation id.
    pub organisation: String,
    /// Name of the organisation.
    pub name: String,
    /// The home.
    pub home: PathBuf,
    /// Its settings.
    pub config: PathBuf,
    /// The token of the first administrator.
    pub token: PathBuf,
}

/// Why work on the home failed.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// The node library said so.
    #[error("{0}")]
    Node(#[from] NodeError),
    /// A file could not be read.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The runtime could not be started.
    #[error("the program could not start its threads: {0}")]
    Runtime(io::Error),
}

/// Makes a home at `home`, which must be empty or absent.
pub fn init(home: &Path, options: InitOptions) -> Result<InitReport, LocalError> {
    let recovered = match options.from_keys {
        Some(path) => {
            let sealed = std::fs::read(&path).map_err(|source| LocalError::File { path, source })?;
            Some((sealed, options.keys_passphrase.unwrap_or_default()))
        }
        None => None,
    };
    let installed = commons_node::node::install(
        home,
        &Setup {
            name: options.name.unwrap_or_default(),
            kind: options.kind.unwrap_or_default(),
            passphrase: options.passphrase,
            recovered,
            is_hub: options.role == "hub",
            listen: options.listen,
            public_addresses: options.public,
            api: options.api,
        },
    )?;
    Ok(InitReport {
        organisation: installed.organisation,
        name: installed.name,
        home: home.to_owned(),
        config: installed.config,
        token: installed.token,
    })
}

/// Runs the node of `home` until it is stopped.
pub fn run(home: &Path, passphrase: Option<String>) -> Result<(), LocalError> {
    let node = Node::open(home, passphrase)?;
    let runtime = tokio::runtime::Runtime::new().map_err(LocalError::Runtime)?;
    Ok(runtime.block_on(node.run(stopped()))?)
}

/// Resolves when somebody asks the process to stop.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// Puts what is readable of the store of `home` into a new one.
pub fn salvage(home: &Path) -> Result<Salvaged, LocalError> {
    Ok(commons_node::node::salvage(home)?)
}

/// Verifies the store of `home`, whose node must not be running.
pub fn check(home: &Path, passphrase: Option<String>) -> Result<CheckView, LocalError> {
    Ok(commons_node::node::check(home, passphrase)?)
}
