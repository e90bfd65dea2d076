//! Who gets in, who is cut off, and who comes back.

use std::time::Duration;

use super::super::{Command, Event, NetError, PeerKey, Role, ask};
use super::harness::{Peer, identity, limits, pair};

#[tokio::test]
async fn a_stranger_gets_nowhere_as_dialler_or_listener() {
    let mut node = Peer::new(200).await;
    let mut stranger = Peer::new(201).await;
    let known = identity(209).1;
    node.allow(&[known], &[]).await;
    stranger.allow(&[node.key], &[]).await;
    stranger.dial(&[node.target()]).await;
    let refused = |e| match e {
        Event::Refused { what } => Some(what),
        Event::Connected { peer } => panic!("{peer} got in"),
        _ => None,
    };
    let what = node.until("the stranger is refused", refused).await;
    assert!(what.contains("not on the allow list"), "{what}");
    assert!(node.handle.counters.refused_strangers.get() > 0);

    stranger.dial(&[]).await;
    stranger.allow(&[node.key, known], &[]).await;
    node.dial(&[(known, stranger.address.clone())]).await;
    let why = node
        .until("the dial fails", |e| match e {
            Event::DialFailed { why, .. } => Some(why),
            Event::Connected { peer } => panic!("{peer} got in"),
            _ => None,
        })
        .await;
    assert!(why.contains("not on the allow list"), "{why}");
    assert_eq!(node.handle.counters.connections.get(), 0);
    let told = |e| match e {
        Event::DialFailed { .. } => Some(()),
        Event::Connected { peer } => panic!("connected to {peer}"),
        _ => None,
    };
    stranger.until("it learns that it cannot connect", told).await;
}

#[tokio::test]
async fn removal_from_the_allow_list_disconnects() {
    let (mut a, mut b) = pair(210, |_| ()).await;
    b.allow(&[], &[]).await;
    b.disconnected(a.key).await;
    a.disconnected(b.key).await;
    b.allow(&[a.key], &[]).await;
    a.connected(b.key).await;
    b.connected(a.key).await;
}

#[tokio::test]
async fn a_peer_that_is_cut_off_stays_out_for_a_while() {
    let (mut a, mut b) = pair(220, |_| ()).await;
    b.order(Command::Disconnect { peer: a.key, for_seconds: 1 }).await;
    b.disconnected(a.key).await;
    a.disconnected(b.key).await;
    let refused = b.handle.counters.clone();
    b.connected(a.key).await;
    assert!(refused.refused_strangers.get() > 0, "it tried before its time and was refused");
}

#[tokio::test]
async fn a_pause_cuts_everything_and_its_end_restores_it() {
    let (mut a, mut b) = pair(230, |_| ()).await;
    b.order(Command::Pause(true)).await;
    b.disconnected(a.key).await;
    a.disconnected(b.key).await;
    a.until("a dial fails during the pause", |e| matches!(e, Event::DialFailed { .. }).then_some(())).await;
    assert_eq!(b.handle.counters.connections.get(), 0);
    b.order(Command::Pause(false)).await;
    a.connected(b.key).await;
    b.connected(a.key).await;

    a.order(Command::Pause(true)).await;
    a.disconnected(b.key).await;
    a.order(Command::Pause(false)).await;
    a.connected(b.key).await;
}

#[tokio::test]
async fn a_listener_that_comes_back_is_found_again() {
    let (mut a, b) = pair(240, |_| ()).await;
    let port: u16 = b.address.rsplit('/').next().and_then(|p| p.parse().ok()).expect("a port");
    let key = b.key;
    drop(b);
    a.disconnected(key).await;
    a.until("a dial fails", |e| matches!(e, Event::DialFailed { .. }).then_some(())).await;
    let mut again = Peer::with(241, Role::Site, 0, limits(), port).await;
    again.allow(&[a.key], &[]).await;
    a.connected(key).await;
    again.connected(a.key).await;
}

#[tokio::test]
async fn a_panic_is_survived_with_all_wishes() {
    let (mut a, mut b) = pair(250, |_| ()).await;
    let address = b.address.clone();
    b.order(Command::Panic).await;
    b.disconnected(a.key).await;
    let bound = |e| match e {
        Event::Listening(address) => Some(address),
        _ => None,
    };
    assert_eq!(b.until("it listens again", bound).await, address, "the port is kept");
    a.connected(b.key).await;
    b.connected(a.key).await;
    assert_eq!(b.handle.counters.swarm_restarts.get(), 1);
}

/// Answers the first join request; the node lives on in the result until the asker has its answer.
fn answer_one(mut node: Peer, answer: Vec<u8>) -> tokio::task::JoinHandle<(PeerKey, Vec<u8>, Peer)> {
    tokio::spawn(async move {
        let asked = |event| match event {
            Event::Join { peer, request, reply } => {
                reply.send(answer.clone()).expect("it waits");
                Some((peer, request))
            }
            Event::Connected { peer } => panic!("a joiner is not a member: {peer}"),
            _ => None,
        };
        let (peer, request) = node.until("a join request", asked).await;
        (peer, request, node)
    })
}

#[tokio::test]
async fn a_joiner_can_ask_once() {
    let node = Peer::new(260).await;
    let (secret, joiner) = identity(261);
    node.allow(&[], &[joiner]).await;
    let (key, address) = node.target();
    let serving = answer_one(node, vec![5; 60_000]);
    let answer = ask(&secret, key, &[address], b"let me in".to_vec(), Duration::from_secs(20))
        .await
        .expect("answered");
    assert!(answer == vec![5; 60_000]);
    let (peer, request, _node) = serving.await.expect("served");
    assert_eq!((peer, request), (joiner, b"let me in".to_vec()));
}

#[tokio::test]
async fn asking_without_invitation_or_of_the_wrong_peer_fails() {
    let node = Peer::new(270).await;
    let (secret, _) = identity(271);
    let (key, address) = node.target();
    let time = Duration::from_secs(20);
    let uninvited = ask(&secret, key, std::slice::from_ref(&address), vec![1], time).await;
    assert!(matches!(uninvited, Err(NetError::Unreachable { .. } | NetError::NoAnswer(_))), "{uninvited:?}");
    let other = identity(272).1;
    let wrong = ask(&secret, other, &[address], vec![1], time).await;
    assert!(matches!(wrong, Err(NetError::Unreachable { .. })), "{wrong:?}");
    let too_large = ask(&secret, key, &[], vec![1; 70_000], time).await;
    assert!(matches!(too_large, Err(NetError::Frame(_))), "{too_large:?}");
}

/// A node that takes itself for a member while the other knows it as a joiner: no session, no gossip.
#[tokio::test]
async fn a_joiner_can_open_nothing_else() {
    let mut node = Peer::new(280).await;
    let mut joiner = Peer::new(281).await;
    let mut member = Peer::new(282).await;
    node.allow(&[member.key], &[joiner.key]).await;
    joiner.allow(&[node.key], &[]).await;
    member.allow(&[node.key], &[]).await;
    for peer in [&node, &joiner, &member] {
        peer.order(Command::Topics(vec!["t".into()])).await;
    }
    joiner.dial(&[node.target()]).await;
    joiner.connected(node.key).await;
    member.dial(&[node.target()]).await;
    member.connected(node.key).await;
    node.connected(member.key).await;
    joiner.order(Command::OpenSession { peer: node.key }).await;
    let why = joiner
        .until("no session", |e| match e {
            Event::OpenFailed { why, .. } => Some(why),
            Event::SessionOpened { .. } => panic!("a session for a joiner"),
            _ => None,
        })
        .await;
    assert!(why.contains("does not offer"), "{why}");
    // The member's message arrives at the node; the joiner's, published before and after, never does.
    let mut count = 0_u32;
    loop {
        count += 1;
        joiner.order(Command::Publish { topic: "t".into(), data: format!("joiner {count}").into() }).await;
        member.order(Command::Publish { topic: "t".into(), data: format!("member {count}").into() }).await;
        let tick = tokio::time::timeout(Duration::from_millis(100), node.events.recv()).await;
        match tick {
            Ok(Some(Event::Gossip { from, .. })) => {
                assert_eq!(from, member.key);
                if count > 5 {
                    break;
                }
            }
            Ok(Some(Event::SessionOpened { .. })) => panic!("a session for a joiner"),
            _ => assert!(count < 600, "the member's gossip never came"),
        }
    }
    assert_eq!(joiner.handle.counters.gossip_out.get(), 0, "nobody took the joiner's gossip");
}
