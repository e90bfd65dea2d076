//! Who may connect. The answer is asked for inside the noise upgrade, in both directions, so that the code of the
//! muxer and of every protocol above it is out of a stranger's reach. (QUIC does its own handshake and multiplexing in
//! one; there the same question is asked right after the handshake, before any stream is accepted.)

use std::{
    collections::HashMap,
    io,
    pin::Pin,
    sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use futures::{AsyncRead, AsyncWrite};
use libp2p::{
    PeerId,
    core::upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade, UpgradeInfo},
    noise,
};
use tokio::time::Instant;

use super::NetCounters;

/// What an allowed peer may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Everything.
    Member,
    /// The join protocol alone.
    Joiner,
}

/// Why a peer may not connect.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Refusal {
    #[error("{0} is not on the allow list")]
    Stranger(PeerId),
    #[error("{0} is cut off for a while")]
    CutOff(PeerId),
    #[error("the network is paused by the operator")]
    Paused,
}

/// The allow list, shared between the swarm's task and the handshakes. The lock is held for look-ups only.
#[derive(Clone)]
pub(super) struct Gate {
    state: Arc<RwLock<State>>,
    counters: Arc<NetCounters>,
}

#[derive(Default)]
struct State {
    peers: HashMap<PeerId, Standing>,
    cut_off: HashMap<PeerId, Instant>,
    paused: bool,
}

impl Gate {
    pub(super) fn new(counters: Arc<NetCounters>) -> Self {
        Self { state: Arc::default(), counters }
    }

    /// What the peer may do now.
    pub(super) fn standing(&self, peer: &PeerId) -> Result<Standing, Refusal> {
        let state = self.read();
        if state.paused {
            return Err(Refusal::Paused);
        }
        let standing = *state.peers.get(peer).ok_or(Refusal::Stranger(*peer))?;
        match state.cut_off.get(peer) {
            Some(until) if Instant::now() < *until => Err(Refusal::CutOff(*peer)),
            _ => Ok(standing),
        }
    }

    /// The same, and a refusal is counted.
    pub(super) fn admit(&self, peer: &PeerId) -> Result<Standing, Refusal> {
        self.standing(peer).inspect_err(|_| self.counters.refused_strangers.add(1))
    }

    /// Replaces the allow list and returns the peers whose connections no longer fit it.
    pub(super) fn replace(&self, peers: HashMap<PeerId, Standing>) -> Vec<PeerId> {
        let mut state = self.write();
        state.cut_off.retain(|peer, _| peers.contains_key(peer));
        let old = std::mem::replace(&mut state.peers, peers);
        old.into_iter()
            .filter(|(peer, standing)| state.peers.get(peer) != Some(standing))
            .map(|(peer, _)| peer)
            .collect()
    }

    /// Refuses an allowed peer until the given moment.
    pub(super) fn cut_off(&self, peer: PeerId, until: Instant) {
        let mut state = self.write();
        if state.peers.contains_key(&peer) {
            state.cut_off.insert(peer, until);
        }
    }

    /// Whether the peer is on the list at all.
    pub(super) fn knows(&self, peer: &PeerId) -> bool {
        self.read().peers.contains_key(peer)
    }

    pub(super) fn pause(&self, paused: bool) {
        self.write().paused = paused;
    }

    pub(super) fn paused(&self) -> bool {
        self.read().paused
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// The noise handshake that ends in an error unless the remote key is allowed.
#[derive(Clone)]
pub(super) struct GatedNoise {
    pub(super) noise: noise::Config,
    pub(super) gate: Gate,
}

/// Why a handshake failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum HandshakeError {
    #[error("the handshake failed")]
    Noise(#[from] noise::Error),
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl From<HandshakeError> for io::Error {
    fn from(error: HandshakeError) -> Self {
        Self::other(error)
    }
}

impl UpgradeInfo for GatedNoise {
    type Info = <noise::Config as UpgradeInfo>::Info;
    type InfoIter = <noise::Config as UpgradeInfo>::InfoIter;

    fn protocol_info(&self) -> Self::InfoIter {
        self.noise.protocol_info()
    }
}

type Handshake<T> = Pin<Box<dyn Future<Output = Result<(PeerId, noise::Output<T>), HandshakeError>> + Send>>;

impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> InboundConnectionUpgrade<T> for GatedNoise {
    type Output = (PeerId, noise::Output<T>);
    type Error = HandshakeError;
    type Future = Handshake<T>;

    fn upgrade_inbound(self, socket: T, info: Self::Info) -> Self::Future {
        Box::pin(async move {
            let (peer, channel) = self.noise.upgrade_inbound(socket, info).await?;
            self.gate.admit(&peer)?;
            Ok((peer, channel))
        })
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> OutboundConnectionUpgrade<T> for GatedNoise {
    type Output = (PeerId, noise::Output<T>);
    type Error = HandshakeError;
    type Future = Handshake<T>;

    fn upgrade_outbound(self, socket: T, info: Self::Info) -> Self::Future {
        Box::pin(async move {
            let (peer, channel) = self.noise.upgrade_outbound(socket, info).await?;
            self.gate.admit(&peer)?;
            Ok((peer, channel))
        })
    }
}

#[cfg(test)]
mod tests;
