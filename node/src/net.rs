//! The network: authenticated connections between known nodes, gossip and framed sessions.
//!
//! This module moves bytes and knows nothing of what they mean. A peer is its 32-byte ed25519 public key; nobody
//! whose key is not on the allow list gets further than the end of the noise handshake.
//!
//! One task owns the swarm. [`Command`]s go in through a bounded channel which that task always drains, so sending a
//! command never waits for the consumer of events. [`Event`]s come out through a bounded channel: frames of sessions
//! wait for the consumer and push back on the remote peer, gossip is dropped when the consumer is slow (anti-entropy
//! fetches it later), and connection changes are kept in order and compressed.

mod address;
mod behaviour;
mod config;
mod counters;
mod error;
mod exchange;
mod frame;
mod gate;
mod gossip;
mod join;
mod listeners;
mod members_only;
mod message;
mod outbox;
mod peer;
mod redial;
mod session;
mod slots;
mod streams;
mod supervisor;
mod task;

#[cfg(test)]
mod tests;

pub use config::{NetConfig, NetLimits, Role};
pub use counters::{Counter, NetCounters};
pub use error::NetError;
pub use exchange::Exchange;
pub use frame::{FrameError, MAX_FRAME, MAX_JOIN_FRAME};
pub use join::ask;
pub use message::{CloseReason, Command, DialTarget, Event, GossipId, SessionId, Verdict};
pub use peer::PeerKey;
pub use supervisor::{Handle, start};
