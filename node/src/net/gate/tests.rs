//! Strangers end at the noise handshake, whoever dials.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt;
use libp2p::{
    Transport,
    core::{
        transport::{DialOpts, ListenerId, PortUse, TransportEvent},
        upgrade::Version,
    },
    identity::Keypair,
    tcp, yamux,
};

use super::*;

/// Counts how often the muxer is reached.
#[derive(Clone)]
struct CountedMuxer(yamux::Config, Arc<AtomicUsize>);

impl UpgradeInfo for CountedMuxer {
    type Info = <yamux::Config as UpgradeInfo>::Info;
    type InfoIter = <yamux::Config as UpgradeInfo>::InfoIter;

    fn protocol_info(&self) -> Self::InfoIter {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.protocol_info()
    }
}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> InboundConnectionUpgrade<T> for CountedMuxer {
    type Output = <yamux::Config as InboundConnectionUpgrade<T>>::Output;
    type Error = io::Error;
    type Future = <yamux::Config as InboundConnectionUpgrade<T>>::Future;

    fn upgrade_inbound(self, socket: T, info: Self::Info) -> Self::Future {
        self.0.upgrade_inbound(socket, info)
    }
}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> OutboundConnectionUpgrade<T> for CountedMuxer {
    type Output = <yamux::Config as OutboundConnectionUpgrade<T>>::Output;
    type Error = io::Error;
    type Future = <yamux::Config as OutboundConnectionUpgrade<T>>::Future;

    fn upgrade_outbound(self, socket: T, info: Self::Info) -> Self::Future {
        self.0.upgrade_outbound(socket, info)
    }
}

type Muxed = libp2p::core::transport::Boxed<(PeerId, libp2p::core::muxing::StreamMuxerBox)>;

/// One end: its transport, its id, how often its muxer was reached, and its gate.
struct End {
    transport: Muxed,
    id: PeerId,
    muxed: Arc<AtomicUsize>,
    gate: Gate,
}

fn end() -> End {
    let keypair = Keypair::generate_ed25519();
    let gate = Gate::new(Arc::default());
    let muxed = Arc::new(AtomicUsize::new(0));
    let noise = noise::Config::new(&keypair).expect("fresh keys");
    let transport = tcp::tokio::Transport::default()
        .upgrade(Version::V1)
        .authenticate(GatedNoise { noise, gate: gate.clone() })
        .multiplex(CountedMuxer(yamux::Config::default(), muxed.clone()))
        .boxed();
    End { transport, id: keypair.public().to_peer_id(), muxed, gate }
}

fn allow(end: &End, peer: PeerId) {
    end.gate.replace(HashMap::from([(peer, Standing::Member)]));
}

/// Lets one dial the other; what each of them got.
async fn meet(dialler: &mut End, listener: &mut End) -> [Result<PeerId, String>; 2] {
    let any = "/ip4/127.0.0.1/tcp/0".parse().expect("an address");
    listener.transport.listen_on(ListenerId::next(), any).expect("loopback");
    let TransportEvent::NewAddress { listen_addr, .. } = listener.transport.select_next_some().await else {
        panic!("the first event is the address")
    };
    let how = DialOpts { role: libp2p::core::Endpoint::Dialer, port_use: PortUse::New };
    let dial = dialler.transport.dial(listen_addr, how).expect("a TCP address");
    let answer = async {
        loop {
            if let TransportEvent::Incoming { upgrade, .. } = listener.transport.select_next_some().await {
                return upgrade.await;
            }
        }
    };
    let (dialled, answered) = futures::join!(dial, answer);
    [dialled, answered].map(|r| r.map(|(peer, _)| peer).map_err(|e| super::super::join::chain(&e)))
}

#[tokio::test]
async fn friends_meet() {
    let (mut a, mut b) = (end(), end());
    allow(&a, b.id);
    allow(&b, a.id);
    assert_eq!(meet(&mut a, &mut b).await, [Ok(b.id), Ok(a.id)]);
    assert!(a.muxed.load(Ordering::SeqCst) > 0 && b.muxed.load(Ordering::SeqCst) > 0);
}

#[tokio::test]
async fn a_stranger_who_dials_never_reaches_the_muxer() {
    let (mut stranger, mut node) = (end(), end());
    allow(&stranger, node.id);
    let [_, answered] = meet(&mut stranger, &mut node).await;
    let why = answered.expect_err("strangers are refused");
    assert!(why.contains("not on the allow list"), "{why}");
    assert_eq!(node.muxed.load(Ordering::SeqCst), 0);
    assert_eq!(node.gate.counters.refused_strangers.get(), 1);
}

#[tokio::test]
async fn a_stranger_who_listens_never_reaches_the_muxer() {
    let (mut node, mut stranger) = (end(), end());
    allow(&stranger, node.id);
    let [dialled, _] = meet(&mut node, &mut stranger).await;
    let why = dialled.expect_err("strangers are refused");
    assert!(why.contains("not on the allow list"), "{why}");
    assert_eq!(node.muxed.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn standing_follows_the_list_the_clock_and_the_operator() {
    let gate = Gate::new(Arc::default());
    let (peer, other) = (PeerId::random(), PeerId::random());
    assert_eq!(gate.standing(&peer), Err(Refusal::Stranger(peer)));
    assert!(gate.replace(HashMap::from([(peer, Standing::Joiner)])).is_empty());
    assert_eq!(gate.standing(&peer), Ok(Standing::Joiner));
    let promoted = gate.replace(HashMap::from([(peer, Standing::Member)]));
    assert_eq!(promoted, [peer], "a connection as joiner does not fit a member");
    let second = std::time::Duration::from_secs(1);
    gate.cut_off(peer, Instant::now() + second);
    gate.cut_off(other, Instant::now() + second);
    assert_eq!(gate.standing(&peer), Err(Refusal::CutOff(peer)));
    tokio::time::advance(second).await;
    assert_eq!(gate.standing(&peer), Ok(Standing::Member));
    gate.pause(true);
    assert_eq!(gate.standing(&peer), Err(Refusal::Paused));
    gate.pause(false);
    assert_eq!(gate.replace(HashMap::new()), [peer]);
}
