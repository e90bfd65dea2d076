//! A member that speaks the protocols of the stream layer but breaks the rules of framing.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::{Stream, Swarm, identity::Keypair, swarm::SwarmEvent, swarm::dial_opts::DialOpts};
use tokio::time::timeout;

use super::super::{
    CloseReason, Event, MAX_FRAME, NetCounters, PeerKey, address, behaviour, frame,
    gate::{Gate, Standing},
    streams::{Protocol, StreamEvent, Streams},
};
use super::harness::{Peer, identity};

/// A swarm of bare streams.
struct Bare {
    swarm: Swarm<Streams>,
    node: PeerKey,
}

impl Bare {
    async fn connect(number: u16, node: &Peer) -> Self {
        let keypair = Keypair::ed25519_from_bytes(identity(number).0).expect("a key");
        let id = address::peer_id(&node.key).expect("a key");
        let gate = Gate::new(Arc::new(NetCounters::default()));
        gate.replace(HashMap::from([(id, Standing::Member)]));
        let (mut swarm, _) = behaviour::swarm_of(Streams::new(gate.clone()), &keypair, &gate).expect("built");
        let to = address::parse(&node.address).expect("valid");
        swarm.dial(DialOpts::peer_id(id).addresses(vec![to]).build()).expect("it dials");
        while !matches!(swarm.select_next_some().await, SwarmEvent::ConnectionEstablished { .. }) {}
        Self { swarm, node: node.key }
    }

    /// A new stream on the one connection there is; a closed connection fails the test.
    async fn open(&mut self, protocol: Protocol) -> Stream {
        let id = address::peer_id(&self.node).expect("a key");
        self.swarm.behaviour_mut().open(id, protocol).expect("still connected");
        loop {
            match self.swarm.select_next_some().await {
                SwarmEvent::Behaviour(StreamEvent::Opened { stream, .. }) => return stream,
                SwarmEvent::Behaviour(StreamEvent::OpenFailed { why, .. }) => panic!("{why}"),
                SwarmEvent::ConnectionClosed { .. } => panic!("the connection was closed"),
                _ => {}
            }
        }
    }

    /// Keeps the connection going while something else is awaited.
    async fn meanwhile<T>(&mut self, other: impl Future<Output = T>) -> T {
        let drive = async {
            loop {
                if let SwarmEvent::ConnectionClosed { .. } = self.swarm.select_next_some().await {
                    panic!("the connection was closed");
                }
            }
        };
        let bounded = timeout(Duration::from_secs(60), other);
        tokio::select! {
            done = bounded => done.expect("it happens in time"),
            () = drive => unreachable!("it drives for ever"),
        }
    }
}

fn bomb() -> Vec<u8> {
    let packed = zstd::bulk::compress(&vec![0; 200 << 20], 19).expect("compressible");
    assert!(packed.len() < MAX_FRAME);
    frame::wire(1, &packed)
}

#[tokio::test]
async fn broken_frames_close_the_session_and_nothing_else() {
    let mut node = Peer::new(600).await;
    node.allow(&[identity(601).1], &[]).await;
    let mut hostile = Bare::connect(601, &node).await;
    let too_long = [vec![0, 4, 0, 1, 0], vec![0; 100]].concat();
    let attacks = [
        ("too long", too_long),
        ("endless", vec![255; 5]),
        ("unknown flag", frame::wire(7, b"x")),
        ("no zstd", frame::wire(1, b"nonsense")),
        ("a bomb", bomb()),
    ];
    for (name, bytes) in attacks {
        let mut stream = hostile.open(Protocol::Sync).await;
        let good = frame::encode(b"good", MAX_FRAME).expect("small");
        let wanted = node.until("the session closes", |event| match event {
            Event::Frame { frame, .. } => {
                assert_eq!(frame, b"good", "{name}: what came before is delivered");
                None
            }
            Event::SessionClosed { reason, .. } => Some(reason),
            Event::Disconnected { .. } => panic!("{name}: the connection was closed"),
            _ => None,
        });
        let attack = async {
            stream.write_all(&good).await.expect("open");
            stream.write_all(&bytes).await.expect("open");
            stream.flush().await.expect("open");
            wanted.await
        };
        let reason = hostile.meanwhile(attack).await;
        assert!(matches!(reason, CloseReason::BadFrame(_)), "{name}: {reason}");
    }
    assert_eq!(node.handle.counters.swarm_restarts.get(), 0);
}

#[tokio::test]
async fn a_join_request_over_its_limit_gets_no_answer() {
    let mut node = Peer::new(610).await;
    node.allow(&[], &[identity(611).1]).await;
    let mut hostile = Bare::connect(611, &node).await;
    let mut stream = hostile.open(Protocol::Join).await;
    let end = async {
        stream.write_all(&frame::wire(0, &vec![1; 65 * 1024])[..100]).await.expect("open");
        stream.flush().await.expect("open");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        answer
    };
    assert!(hostile.meanwhile(end).await.is_empty());
    assert!(node.events.try_recv().is_err(), "the request is not passed on");
}

/// Streams that are opened and abandoned take no session away from others for ever.
#[tokio::test]
async fn abandoned_streams_free_their_places() {
    let mut node = Peer::new(620).await;
    node.allow(&[identity(621).1], &[]).await;
    let mut hostile = Bare::connect(621, &node).await;
    for _ in 0..50 {
        let stream = hostile.open(Protocol::Sync).await;
        drop(stream);
        let closed = node.until("the session closes or is refused", |event| {
            matches!(event, Event::SessionClosed { .. } | Event::Refused { .. }).then_some(())
        });
        hostile.meanwhile(closed).await;
    }
    let _stream = hostile.open(Protocol::Sync).await;
    let opened = node.until("a session", |event| matches!(event, Event::SessionOpened { .. }).then_some(()));
    hostile.meanwhile(opened).await;
}
