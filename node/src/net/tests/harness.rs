//! A node under test.

use std::{collections::BTreeSet, time::Duration};

use libp2p::identity::Keypair;
use tokio::{sync::mpsc, time::timeout};
use zeroize::Zeroizing;

use super::super::{
    Command, DialTarget, Event, Handle, NetConfig, NetLimits, PeerKey, Role, SessionId, address, start,
};

/// No test waits longer than this for anything.
const OVERALL: Duration = Duration::from_secs(60);

pub(super) struct Peer {
    pub(super) key: PeerKey,
    pub(super) address: String,
    pub(super) handle: Handle,
    pub(super) events: mpsc::Receiver<Event>,
}

/// The secret and public key with this number.
pub(super) fn identity(number: u16) -> ([u8; 32], PeerKey) {
    let mut secret = [7; 32];
    secret[..2].copy_from_slice(&number.to_be_bytes());
    let keypair = Keypair::ed25519_from_bytes(secret).expect("32 bytes are a key");
    let id = keypair.public().to_peer_id();
    (secret, address::peer_key(&id).expect("ed25519"))
}

pub(super) fn limits() -> NetLimits {
    NetLimits {
        redial_min: Duration::from_millis(50),
        redial_max: Duration::from_secs(1),
        ..NetLimits::default()
    }
}

impl Peer {
    /// A site that listens on loopback and allows nobody yet.
    pub(super) async fn new(number: u16) -> Self {
        Self::with(number, Role::Site, 0, limits(), 0).await
    }

    pub(super) async fn with(
        number: u16,
        role: Role,
        expected_sites: usize,
        limits: NetLimits,
        port: u16,
    ) -> Self {
        let (secret, key) = identity(number);
        let listen = vec![format!("/ip4/127.0.0.1/tcp/{port}")];
        let config = NetConfig { secret: Zeroizing::new(secret), listen, role, expected_sites, limits };
        let (handle, events) = start(config).expect("loopback is free");
        let mut peer = Self { key, address: String::new(), handle, events };
        peer.address = peer
            .until("listening", |event| match event {
                Event::Listening(address) => Some(address),
                _ => None,
            })
            .await;
        peer
    }

    pub(super) async fn order(&self, order: Command) {
        self.handle.commands.send(order).await.expect("the network runs");
    }

    pub(super) async fn allow(&self, members: &[PeerKey], joiners: &[PeerKey]) {
        let set = |keys: &[PeerKey]| keys.iter().copied().collect::<BTreeSet<_>>();
        self.order(Command::Allow { members: set(members), joiners: set(joiners) }).await;
    }

    pub(super) async fn dial(&self, others: &[(PeerKey, String)]) {
        let target = |(peer, address): &(PeerKey, String)| DialTarget {
            peer: *peer,
            addresses: vec![address.clone()],
        };
        self.order(Command::Dial { peers: others.iter().map(target).collect() }).await;
    }

    pub(super) fn target(&self) -> (PeerKey, String) {
        (self.key, self.address.clone())
    }

    /// The next event.
    pub(super) async fn next(&mut self, what: &str) -> Event {
        match timeout(OVERALL, self.events.recv()).await {
            Ok(Some(event)) => event,
            Ok(None) => panic!("{}: the network ended while waiting for: {what}", self.key),
            Err(_) => panic!("{}: nothing happened while waiting for: {what}", self.key),
        }
    }

    /// Skips events until one fits.
    pub(super) async fn until<T>(&mut self, what: &str, mut fits: impl FnMut(Event) -> Option<T>) -> T {
        let wait = async {
            loop {
                let event = self.next(what).await;
                if let Some(found) = fits(event) {
                    return found;
                }
            }
        };
        timeout(OVERALL, wait).await.unwrap_or_else(|_| panic!("never happened: {what}"))
    }

    pub(super) async fn connected(&mut self, other: PeerKey) {
        self.until("connected", |e| matches!(e, Event::Connected { peer } if peer == other).then_some(()))
            .await;
    }

    pub(super) async fn disconnected(&mut self, other: PeerKey) {
        self.until("disconnected", |e| {
            matches!(e, Event::Disconnected { peer } if peer == other).then_some(())
        })
        .await;
    }

    pub(super) async fn opened(&mut self) -> SessionId {
        self.until("a session opens", |e| match e {
            Event::SessionOpened { session, .. } => Some(session),
            Event::OpenFailed { why, .. } => panic!("the session could not be opened: {why}"),
            _ => None,
        })
        .await
    }

    pub(super) async fn frame(&mut self, wanted: SessionId) -> Vec<u8> {
        self.until("a frame", |e| match e {
            Event::Frame { session, frame } if session == wanted => Some(frame),
            Event::SessionClosed { session, reason } if session == wanted => {
                panic!("closed: {reason}")
            }
            _ => None,
        })
        .await
    }
}

/// Two members of each other, connected.
pub(super) async fn pair(first: u16, mut limits_of_second: impl FnMut(&mut NetLimits)) -> (Peer, Peer) {
    let mut limits = limits();
    limits_of_second(&mut limits);
    let mut a = Peer::new(first).await;
    let mut b = Peer::with(first + 1, Role::Site, 0, limits, 0).await;
    a.allow(&[b.key], &[]).await;
    b.allow(&[a.key], &[]).await;
    a.dial(&[b.target()]).await;
    a.connected(b.key).await;
    b.connected(a.key).await;
    (a, b)
}

/// The same with a session: the peers and the session's name at each.
pub(super) async fn session(first: u16) -> (Peer, Peer, SessionId, SessionId) {
    let (mut a, mut b) = pair(first, |_| ()).await;
    a.order(Command::OpenSession { peer: b.key }).await;
    let (at_a, at_b) = (a.opened().await, b.opened().await);
    (a, b, at_a, at_b)
}

/// Bytes that no compressor makes smaller.
pub(super) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().update(&seed.to_be_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}
