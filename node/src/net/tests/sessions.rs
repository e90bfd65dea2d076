//! Frames arrive, whole and in order, and nothing else does harm.

use super::super::{CloseReason, Command, Event, MAX_FRAME, SessionId};
use super::harness::{Peer, noise, pair, session};

async fn closed(peer: &mut Peer, wanted: SessionId) -> CloseReason {
    peer.until("the session closes", |e| match e {
        Event::SessionClosed { session, reason } if session == wanted => Some(reason),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn frames_go_both_ways() {
    let (mut a, mut b, at_a, at_b) = session(100).await;
    let frames = [vec![], b"hello".to_vec(), vec![9; MAX_FRAME], noise(MAX_FRAME, 1), b"end".to_vec()];
    for frame in &frames {
        a.order(Command::Send { session: at_a, frame: frame.clone() }).await;
        b.order(Command::Send { session: at_b, frame: frame.clone() }).await;
    }
    for frame in &frames {
        assert!(a.frame(at_a).await == *frame);
        assert!(b.frame(at_b).await == *frame);
    }
    let bytes = a.handle.counters.session_bytes_in.get();
    let raw = u64::try_from(MAX_FRAME).expect("fits");
    assert!(bytes > raw && bytes < raw + 10_000, "one of two large frames shrinks: {bytes}");
}

#[tokio::test]
async fn closing_loses_nothing_that_was_sent() {
    let (a, mut b, at_a, at_b) = session(110).await;
    for n in 0..20 {
        a.order(Command::Send { session: at_a, frame: noise(100_000, n) }).await;
    }
    a.order(Command::Close { session: at_a }).await;
    for n in 0..20 {
        assert!(b.frame(at_b).await == noise(100_000, n), "frame {n}");
    }
    assert_eq!(closed(&mut b, at_b).await, CloseReason::Remote);
    let mut a = a;
    assert_eq!(closed(&mut a, at_a).await, CloseReason::Local);
}

#[tokio::test]
async fn an_own_frame_over_the_limit_closes_the_session_only() {
    let (mut a, mut b, at_a, at_b) = session(120).await;
    a.order(Command::Send { session: at_a, frame: vec![0; MAX_FRAME + 1] }).await;
    assert!(matches!(closed(&mut a, at_a).await, CloseReason::BadFrame(_)));
    closed(&mut b, at_b).await;
    a.order(Command::OpenSession { peer: b.key }).await;
    let (at_a, at_b) = (a.opened().await, b.opened().await);
    a.order(Command::Send { session: at_a, frame: vec![1] }).await;
    assert_eq!(b.frame(at_b).await, [1]);
}

#[tokio::test]
async fn sessions_are_bounded_per_peer() {
    let (mut a, mut b) = pair(130, |_| ()).await;
    for _ in 0..2 {
        a.order(Command::OpenSession { peer: b.key }).await;
        a.opened().await;
        b.opened().await;
    }
    a.order(Command::OpenSession { peer: b.key }).await;
    let why = a
        .until("the third is refused", |e| match e {
            Event::OpenFailed { why, .. } => Some(why),
            Event::SessionOpened { .. } => panic!("a third session"),
            _ => None,
        })
        .await;
    assert!(why.contains("too many"), "{why}");
}

#[tokio::test]
async fn a_session_to_nobody_fails_with_a_reason() {
    let (mut a, b) = pair(140, |_| ()).await;
    let other = super::harness::identity(149).1;
    a.order(Command::OpenSession { peer: other }).await;
    let why = a
        .until("refused", |e| match e {
            Event::OpenFailed { peer, why } if peer == other => Some(why),
            _ => None,
        })
        .await;
    assert!(why.contains("not connected"), "{why}");
    drop(b);
}

/// Takes frames from the session until it closes, and checks that they are the first ones, without gaps.
async fn drain(peer: &mut Peer, wanted: SessionId) -> u64 {
    let mut arrived = 0;
    loop {
        match peer.next("frames or the end").await {
            Event::Frame { session, frame } if session == wanted => {
                assert!(frame == noise(MAX_FRAME, arrived), "frame {arrived}");
                arrived += 1;
            }
            Event::SessionClosed { session, .. } if session == wanted => return arrived,
            _ => {}
        }
    }
}

/// A sender that never waits overruns its own bounded queue; the session ends and says so.
#[tokio::test]
async fn overflow_closes_the_session() {
    let (mut a, mut b) = pair(150, |limits| limits.events = 4).await;
    a.order(Command::OpenSession { peer: b.key }).await;
    let at_a = a.opened().await;
    let mut sent = 0_u64;
    let reason = loop {
        a.order(Command::Send { session: at_a, frame: noise(MAX_FRAME, sent) }).await;
        sent += 1;
        assert!(sent < 5_000, "more than a gigabyte was taken without a consumer");
        match a.events.try_recv() {
            Ok(Event::SessionClosed { reason, .. }) => break reason,
            _ => tokio::task::yield_now().await,
        }
    };
    assert_eq!(reason, CloseReason::Overflow);
    let at_b = b.opened().await;
    assert!(drain(&mut b, at_b).await <= sent);
}

/// A consumer that does not look: its node stops reading, the sender stalls with little in flight, and nothing is lost
/// when the consumer looks again.
#[tokio::test]
async fn a_slow_consumer_pushes_back_and_loses_nothing() {
    const STALLED: std::time::Duration = std::time::Duration::from_secs(1);
    let (mut a, mut b) = pair(152, |limits| limits.events = 4).await;
    a.order(Command::OpenSession { peer: b.key }).await;
    let at_a = a.opened().await;
    let counters = a.handle.counters.clone();
    let frame_bytes = u64::try_from(MAX_FRAME).expect("fits");
    let mut sent = 0_u64;
    loop {
        a.order(Command::Send { session: at_a, frame: noise(MAX_FRAME, sent) }).await;
        sent += 1;
        assert!(sent < 512, "128 MiB were taken without a consumer");
        let written = async {
            while counters.session_bytes_out.get() < sent * frame_bytes {
                tokio::task::yield_now().await;
            }
        };
        if tokio::time::timeout(STALLED, written).await.is_err() {
            break;
        }
    }
    println!("stalled after {sent} frames");
    a.order(Command::Close { session: at_a }).await;
    let at_b = b.opened().await;
    assert_eq!(drain(&mut b, at_b).await, sent);
}

/// An idle session ends, and only the session.
#[tokio::test]
async fn idle_sessions_end() {
    let (mut a, mut b) =
        pair(160, |limits| limits.session_idle = std::time::Duration::from_millis(200)).await;
    a.order(Command::OpenSession { peer: b.key }).await;
    let (at_a, at_b) = (a.opened().await, b.opened().await);
    assert_eq!(closed(&mut b, at_b).await, CloseReason::Idle);
    closed(&mut a, at_a).await;
    a.order(Command::OpenSession { peer: b.key }).await;
    a.opened().await;
}
