//! What can go wrong when the network is opened or asked once.

use std::io;

use super::frame::FrameError;

/// Errors of the network module.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The network needs a tokio runtime.
    #[error("the network must be started inside a tokio runtime")]
    NoRuntime,
    /// The secret key was not accepted.
    #[error("the node's secret key is not a usable ed25519 key: {0}")]
    Secret(#[source] libp2p::identity::DecodingError),
    /// A public key is not a point on the curve.
    #[error("{0} is not a valid ed25519 public key")]
    PeerKey(super::PeerKey),
    /// An address could not be used.
    #[error("the address `{address}` cannot be used: {why}; expected something like /ip4/192.0.2.1/tcp/4001")]
    Address {
        /// The address as given, cut to a readable length.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// Listening failed.
    #[error("cannot listen on {address}: {source}; is another program using the port?")]
    Listen {
        /// The address to listen on.
        address: String,
        /// The cause.
        source: libp2p::TransportError<io::Error>,
    },
    /// The handshake keys could not be made.
    #[error("cannot prepare the noise handshake")]
    Noise(#[from] libp2p::noise::Error),
    /// The gossip settings contradict each other.
    #[error("the gossip settings are not consistent: {0}")]
    Gossip(String),
    /// A request could not reach the peer.
    #[error("cannot reach {peer}: {why}; check the address and that the peer has invited this key")]
    Unreachable {
        /// The peer that was dialled.
        peer: super::PeerKey,
        /// Every attempt with its cause.
        why: String,
    },
    /// A request took too long.
    #[error("{0} did not answer in time; try again later")]
    TimedOut(super::PeerKey),
    /// The bytes of the exchange were wrong.
    #[error("the exchange with the peer failed")]
    Frame(#[from] FrameError),
    /// The peer closed the exchange without an answer.
    #[error("{0} closed the connection without an answer; it may be busy or may not know this key")]
    NoAnswer(super::PeerKey),
}
