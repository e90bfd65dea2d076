//! What a node is told before it opens the network.

use std::time::Duration;

use zeroize::Zeroizing;

/// Whether a node listens for others or only dials out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Listens; its gossip mesh is as wide as the sites that hang on it.
    Hub,
    /// Dials out to a few hubs.
    Site,
}

/// The configuration of the network of one node.
pub struct NetConfig {
    /// The node's ed25519 secret key (seed).
    pub secret: Zeroizing<[u8; 32]>,
    /// Multiaddresses to listen on, such as `/ip4/0.0.0.0/tcp/4001`; empty for nodes that only dial out. Port 0 is
    /// replaced by the port found at the first listening and then kept.
    pub listen: Vec<String>,
    /// The gossip profile.
    pub role: Role,
    /// For hubs: how many sites are expected to connect. The mesh is made this wide.
    pub expected_sites: usize,
    /// Bounds and paces.
    pub limits: NetLimits,
}

/// Bounds and paces. The defaults suit a hub of 300 sites.
#[derive(Clone, Debug)]
pub struct NetLimits {
    /// Established connections in all.
    pub connections: u32,
    /// Connections per peer: two, because both ends may dial at the same moment.
    pub connections_per_peer: u32,
    /// Incoming connections that have not finished their handshake.
    pub pending_in: u32,
    /// Dials that have not finished their handshake.
    pub pending_out: u32,
    /// No new connections while the process uses more physical memory than this, in bytes.
    pub process_bytes: usize,
    /// Sessions in all.
    pub sessions: usize,
    /// Sessions per peer.
    pub sessions_per_peer: usize,
    /// Frames that may wait to be written to one session; one more closes it.
    pub session_queue: usize,
    /// A session without any traffic for this long is closed.
    pub session_idle: Duration,
    /// Join exchanges served at once.
    pub joins: usize,
    /// Time for one whole join exchange.
    pub join_time: Duration,
    /// Exchanges that are served at once.
    pub exchanges: usize,
    /// The same per peer.
    pub exchanges_per_peer: usize,
    /// Time for one frame of an exchange; a piece of 256 KiB comes through a line of 5 KB/s.
    pub exchange_patience: Duration,
    /// Capacity of the event channel, in events of at most one frame (256 KiB) each.
    pub events: usize,
    /// Capacity of the command channel.
    pub commands: usize,
    /// Own gossip messages waiting to be published; one more is refused.
    pub publish_queue: usize,
    /// Time between two published messages.
    pub publish_interval: Duration,
    /// Gossip messages waiting for a verdict; what comes beyond is ignored.
    pub verdicts: usize,
    /// How long a verdict may take before the message is ignored.
    pub verdict_time: Duration,
    /// Gossip messages that one peer may bring in a burst.
    pub gossip_burst: u32,
    /// Gossip messages per second that one peer may bring in the long run; beyond it is cut off for a minute.
    pub gossip_rate: u32,
    /// First delay before dialling a peer again; doubles up to `redial_max`.
    pub redial_min: Duration,
    /// Longest delay before dialling a peer again.
    pub redial_max: Duration,
}

impl Default for NetLimits {
    fn default() -> Self {
        Self {
            connections: 1024,
            connections_per_peer: 2,
            pending_in: 64,
            pending_out: 32,
            process_bytes: 2 << 30,
            sessions: 64,
            sessions_per_peer: 2,
            session_queue: 32,
            session_idle: Duration::from_secs(30),
            joins: 8,
            join_time: Duration::from_secs(20),
            exchanges: 16,
            exchanges_per_peer: 2,
            exchange_patience: Duration::from_secs(60),
            events: 128,
            commands: 256,
            publish_queue: 1024,
            publish_interval: Duration::from_millis(10),
            verdicts: 1024,
            verdict_time: Duration::from_secs(1),
            gossip_burst: 20_000,
            gossip_rate: 500,
            redial_min: Duration::from_millis(500),
            redial_max: Duration::from_secs(60),
        }
    }
}
