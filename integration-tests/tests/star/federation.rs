//! All nodes of the star, running in this process.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use commons_integration_tests::process::{Api, free_port};
use commons_node::node::{Node, NodeError};
use commons_node::view::{DocumentSummary, StatusView};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::seeding::{Founder, Start};

/// Nodes that listen.
pub const HUBS: usize = 4;

/// How long any one condition may take. Generous: it is only reached when
/// something is wrong.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often the nodes are asked.
const POLL: Duration = Duration::from_millis(100);
/// Threads that ask nodes at the same time.
const ASKING: usize = 8;

/// The nodes, hubs first.
pub struct Federation {
    runtime: Runtime,
    stop: watch::Sender<bool>,
    running: Vec<JoinHandle<Result<(), NodeError>>>,
    apis: Vec<Api>,
    _homes: TempDir,
}

impl Federation {
    /// Makes and starts the hubs and so many sites. The hubs know everybody;
    /// a site knows the hubs and itself.
    pub fn start(sites: usize) -> Self {
        // What 64 nodes have to say is for nobody.
        tracing::subscriber::set_global_default(tracing::subscriber::NoSubscriber::new())
            .expect("nothing logs yet");
        let homes = TempDir::with_prefix("commons-star-").expect("a temporary directory can be made");
        let home = |who: usize| homes.path().join(who.to_string());
        let founders: Vec<Founder> = (0..HUBS + sites)
            .map(|who| {
                let address = (who < HUBS).then(|| format!("/ip4/127.0.0.1/tcp/{}", free_port()));
                let kind = if who < HUBS { "Hub" } else { "Site" };
                Founder::install(&home(who), &format!("{kind} {who}"), address)
            })
            .collect();
        let start = Start::of(&founders);
        for (who, founder) in founders.iter().enumerate() {
            let known = (0..founders.len()).filter(|other| who < HUBS || *other < HUBS || *other == who);
            start.put_into(&home(who), founder, known);
        }
        let runtime = Runtime::new().expect("a runtime can be started");
        let (stop, stopping) = watch::channel(false);
        let run = |who: usize| {
            let node = Node::open(&home(who), None).expect("a node can be opened");
            runtime.spawn(node.run(stopped(stopping.clone())))
        };
        let running = (0..founders.len()).map(run).collect();
        let apis = (0..founders.len()).map(|who| api(&home(who))).collect();
        Self { runtime, stop, running, apis, _homes: homes }
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.apis.len()
    }

    /// The API of a node as its operator.
    pub fn api(&self, who: usize) -> &Api {
        &self.apis[who]
    }

    /// What a node lists.
    pub fn documents(&self, who: usize) -> Vec<DocumentSummary> {
        self.api(who).get("/v1/documents").expect("a node lists its documents")
    }

    /// Does something at all nodes, at several of them at the same time.
    pub fn at_all(&self, work: impl Fn(usize, &Api) + Sync) {
        let work = &work;
        thread::scope(|scope| {
            for first in 0..ASKING {
                scope.spawn(move || {
                    for who in (first..self.len()).step_by(ASKING) {
                        work(who, self.api(who));
                    }
                });
            }
        });
    }

    /// Waits until `is_so` of every node.
    #[track_caller]
    pub fn wait(&self, what: &str, is_so: impl Fn(&StatusView) -> bool) {
        for who in 0..self.len() {
            self.until(&format!("{what}: node {who}"), || is_so(&self.status(who)));
        }
    }

    /// Waits until all nodes hold and show the same, and `enough` of it.
    #[track_caller]
    pub fn wait_until_equal(&self, enough: impl Fn(&StatusView) -> bool) {
        self.until("all nodes hold the same", || {
            let first = self.status(0);
            let is_same = |other: &StatusView| {
                other.heads_digest == first.heads_digest
                    && other.documents_digest == first.documents_digest
                    && other.waiting.is_empty()
                    && other.missing_bodies == 0
            };
            enough(&first) && (0..self.len()).all(|who| is_same(&self.status(who)))
        });
    }

    /// Waits until `is_so`.
    #[track_caller]
    pub fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so() {
            if Instant::now() >= deadline {
                for who in 0..self.len() {
                    let status = self.status(who);
                    let connected = status.peers.iter().filter(|peer| peer.connected).count();
                    eprintln!(
                        "{who}: {} documents, {} entries, {connected} connected, {} {}, waits {:?}, notices {:?}",
                        status.documents,
                        status.entries,
                        status.heads_digest,
                        status.documents_digest,
                        status.waiting,
                        status.notices
                    );
                }
                panic!("waited {PATIENCE:?} in vain until {what}");
            }
            thread::sleep(POLL);
        }
    }

    fn status(&self, who: usize) -> StatusView {
        self.api(who).get("/v1/status").expect("a node answers")
    }

    /// Stops all nodes in order.
    pub fn stop(self) {
        self.stop.send_replace(true);
        for running in self.running {
            let ended = self.runtime.block_on(running).expect("a node does not panic");
            ended.expect("a node ends well");
        }
    }
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    // The sender outlives the nodes.
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// The API of a node that starts, once it answers.
fn api(home: &Path) -> Api {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(api) = answering(home) {
            return api;
        }
        assert!(Instant::now() < deadline, "the node of {} does not answer", home.display());
        thread::sleep(Duration::from_millis(5));
    }
}

fn answering(home: &Path) -> Option<Api> {
    let file: Value = serde_json::from_slice(&fs::read(home.join("api.json")).ok()?).ok()?;
    let token = fs::read_to_string(home.join("operator.token")).ok()?;
    let api = Api::new(file["address"].as_str()?, token.trim());
    api.get::<StatusView>("/v1/status").ok()?;
    Some(api)
}
