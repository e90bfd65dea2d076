//! Plain counters that anybody may read at any time.

use std::sync::atomic::{AtomicU64, Ordering};

/// One number, updated without locks.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// The current value.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn add(&self, amount: usize) {
        let amount = u64::try_from(amount).unwrap_or(u64::MAX);
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    pub(super) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }
}

/// What the network has done since the start of the node.
#[derive(Debug, Default)]
pub struct NetCounters {
    /// Established connections at this moment.
    pub connections: Counter,
    /// Bytes received in sessions, as framed on the wire.
    pub session_bytes_in: Counter,
    /// Bytes sent in sessions, as framed on the wire.
    pub session_bytes_out: Counter,
    /// Bytes of attached files received, as framed on the wire.
    pub exchange_bytes_in: Counter,
    /// Bytes of attached files sent, as framed on the wire.
    pub exchange_bytes_out: Counter,
    /// Gossip messages received (each once).
    pub gossip_in: Counter,
    /// Own gossip messages handed to at least one peer.
    pub gossip_out: Counter,
    /// Gossip messages accepted and forwarded.
    pub gossip_accepted: Counter,
    /// Gossip messages ignored: by verdict, by deadline or because the consumer was slow.
    pub gossip_ignored: Counter,
    /// Gossip messages rejected as invalid.
    pub gossip_rejected: Counter,
    /// Handshakes refused because the key was not allowed at that moment.
    pub refused_strangers: Counter,
    /// Dials that failed.
    pub dial_failures: Counter,
    /// Times the swarm was built again after a panic.
    pub swarm_restarts: Counter,
}
