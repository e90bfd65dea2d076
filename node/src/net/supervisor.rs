//! Starts the network and keeps it running when its task panics.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use libp2p::identity::Keypair;
use tokio::sync::mpsc;

use super::{
    Command, Event, NetConfig, NetCounters, NetError,
    behaviour::{self, Built},
    task::{Ended, Node},
};

/// Time between two attempts to build the swarm again.
const REBUILD_PAUSE: Duration = Duration::from_secs(1);

/// The way into the network. The network ends when every clone of `commands` is gone or the events are no longer read.
#[derive(Clone)]
pub struct Handle {
    /// Takes orders.
    pub commands: mpsc::Sender<Command>,
    /// What happened so far.
    pub counters: Arc<NetCounters>,
}

/// Opens the network: listens, but allows and dials nobody until told so. Must be called inside a tokio runtime.
pub fn start(config: NetConfig) -> Result<(Handle, mpsc::Receiver<Event>), NetError> {
    let runtime = tokio::runtime::Handle::try_current().map_err(|_| NetError::NoRuntime)?;
    let mut secret = config.secret.clone();
    let keypair = Keypair::ed25519_from_bytes(&mut *secret).map_err(NetError::Secret)?;
    let counters = Arc::new(NetCounters::default());
    let (commands, orders) = mpsc::channel(config.limits.commands.max(1));
    let (events, reports) = mpsc::channel(config.limits.events.max(1));
    let mut node = Node::new(&config, &keypair, events, counters.clone())?;
    let mut built = behaviour::build(&config, &keypair, node.gate())?;
    node.listen(&mut built)?;
    runtime.spawn(supervise(config, keypair, node, built, orders));
    Ok((Handle { commands, counters }, reports))
}

/// Runs the node. After a panic, its own or a connection's, it goes on with a new swarm and the same wishes.
async fn supervise(
    config: NetConfig,
    keypair: Keypair,
    mut node: Node,
    mut built: Built,
    mut orders: mpsc::Receiver<Command>,
) {
    loop {
        let ended = AssertUnwindSafe(node.run(&mut built, &mut orders)).catch_unwind().await;
        if let Ok(Ended::Stopped) = ended {
            return;
        }
        node.counters().swarm_restarts.add(1);
        tracing::warn!("the network's task panicked; it starts again with the same settings");
        drop(built);
        built = loop {
            match behaviour::build(&config, &keypair, node.gate()) {
                Ok(built) => break built,
                Err(error) => {
                    tracing::error!(%error, "the network cannot be built again; will try once more")
                }
            }
            tokio::time::sleep(REBUILD_PAUSE).await;
        };
        node.restart(&mut built);
    }
}
