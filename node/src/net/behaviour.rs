//! The swarm: transport and behaviours put together.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use libp2p::swarm::NetworkBehaviour;
use libp2p::{
    PeerId, Swarm, Transport,
    connection_limits::{self, ConnectionLimits},
    core::{muxing::StreamMuxerBox, transport::Boxed, upgrade::Version},
    dns,
    identity::Keypair,
    memory_connection_limits, noise, ping, swarm, tcp, yamux,
};
use tokio::sync::Notify;

use super::{
    NetConfig, NetError, NetLimits,
    gate::{Gate, GatedNoise},
    gossip::{self, OwnTopics},
    members_only::MembersOnly,
    streams::Streams,
};

/// Time for a connection to be made, handshake included.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// A joiner's connection goes after this long without a stream.
const IDLE: Duration = Duration::from_secs(30);
/// Time between two signs of life.
const PING: Duration = Duration::from_secs(15);
/// Streams of one connection, all protocols together.
const MAX_STREAMS: usize = 64;
/// Streams of one connection that have not agreed on a protocol yet.
const MAX_NEGOTIATING: usize = 16;

/// Everything that runs on a connection. The order matters: what refuses connections comes before what remembers them.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    limits: connection_limits::Behaviour,
    memory: memory_connection_limits::Behaviour,
    pub(super) streams: Streams,
    pub(super) members: MembersOnly,
    ping: ping::Behaviour,
}

/// A swarm, its topic list, and the signal that one of its connections panicked.
pub(super) struct Built {
    pub(super) swarm: Swarm<Behaviour>,
    pub(super) topics: OwnTopics,
    pub(super) broken: Arc<Notify>,
}

/// A fresh swarm that listens nowhere yet.
pub(super) fn build(config: &NetConfig, keypair: &Keypair, gate: &Gate) -> Result<Built, NetError> {
    let (gossip, topics) = gossip::build(config.role, config.expected_sites)?;
    let behaviour = Behaviour {
        limits: connection_limits::Behaviour::new(limits(&config.limits)),
        memory: memory_connection_limits::Behaviour::with_max_bytes(config.limits.process_bytes),
        streams: Streams::new(gate.clone()),
        members: MembersOnly::new(gossip, gate.clone()),
        ping: ping::Behaviour::new(ping::Config::new().with_interval(PING)),
    };
    let (swarm, broken) = swarm_of(behaviour, keypair, gate)?;
    Ok(Built { swarm, topics, broken })
}

/// A swarm around any behaviour, with the gated transport.
pub(super) fn swarm_of<B: NetworkBehaviour>(
    behaviour: B,
    keypair: &Keypair,
    gate: &Gate,
) -> Result<(Swarm<B>, Arc<Notify>), NetError> {
    let transport = transport(keypair, gate)?;
    let broken = Arc::new(Notify::new());
    let config = swarm::Config::with_executor(executor(broken.clone()))
        .with_idle_connection_timeout(IDLE)
        .with_max_negotiating_inbound_streams(MAX_NEGOTIATING);
    let id = keypair.public().to_peer_id();
    Ok((Swarm::new(transport, behaviour, id, config), broken))
}

type Job = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs connections as tasks. A connection that panics would stay in the swarm's books for ever, so it is reported and
/// the swarm is built again.
fn executor(broken: Arc<Notify>) -> impl Fn(Job) {
    move |job| {
        let broken = broken.clone();
        tokio::spawn(async move {
            if AssertUnwindSafe(job).catch_unwind().await.is_err() {
                broken.notify_one();
            }
        });
    }
}

fn limits(limits: &NetLimits) -> ConnectionLimits {
    ConnectionLimits::default()
        .with_max_established(Some(limits.connections))
        .with_max_established_per_peer(Some(limits.connections_per_peer))
        .with_max_pending_incoming(Some(limits.pending_in))
        .with_max_pending_outgoing(Some(limits.pending_out))
}

type Connections = Boxed<(PeerId, StreamMuxerBox)>;

fn transport(keypair: &Keypair, gate: &Gate) -> Result<Connections, NetError> {
    let noise = GatedNoise { noise: noise::Config::new(keypair)?, gate: gate.clone() };
    let transport = match dns::tokio::Transport::system(tcp_transport()) {
        Ok(resolving) => secured(resolving, noise),
        Err(error) => {
            tracing::warn!(%error, "no usable DNS settings on this machine: only numeric addresses can be dialled");
            secured(tcp_transport(), noise)
        }
    };
    Ok(with_quic(transport, keypair))
}

fn tcp_transport() -> tcp::tokio::Transport {
    tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
}

fn secured<T>(inner: T, noise: GatedNoise) -> Connections
where
    T: Transport + Send + Unpin + 'static,
    T::Output: futures::AsyncRead + futures::AsyncWrite + Unpin + Send + 'static,
    T::Error: Send + Sync,
    T::Dial: Send,
    T::ListenerUpgrade: Send,
{
    let mut muxer = yamux::Config::default();
    muxer.set_max_num_streams(MAX_STREAMS);
    // Not the lazy version: it would report a connection before the other end has admitted this node.
    inner.upgrade(Version::V1).authenticate(noise).multiplex(muxer).timeout(HANDSHAKE).boxed()
}

#[cfg(not(feature = "quic"))]
fn with_quic(transport: Connections, _: &Keypair) -> Connections {
    transport
}

/// QUIC has its own handshake: there [`Streams`] refuses unknown keys, right after it.
#[cfg(feature = "quic")]
fn with_quic(transport: Connections, keypair: &Keypair) -> Connections {
    let quic = libp2p::quic::tokio::Transport::new(libp2p::quic::Config::new(keypair))
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    quic.or_transport(transport).map(|either, _| either.into_inner()).boxed()
}
