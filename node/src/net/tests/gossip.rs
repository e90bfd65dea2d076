//! Gossip reaches everybody it should and nobody it should not.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tokio::{sync::mpsc, time::timeout};

use super::super::{Command, Event, Handle, PeerKey, Role, Verdict};
use super::harness::{Peer, limits};

const OVERALL: Duration = Duration::from_secs(90);
const TOPIC: &str = "commons/guidance";

/// What a node heard.
struct Heard {
    by: PeerKey,
    data: Vec<u8>,
}

/// A net of nodes that judge by content: what starts with `bad` is rejected, `hmm` ignored, the rest accepted.
struct Net {
    handles: BTreeMap<PeerKey, Handle>,
    heard: mpsc::Receiver<Heard>,
    keys: Vec<PeerKey>,
}

impl Net {
    async fn new(first: u16, roles: &[Role], sites: usize, edges: &[(usize, usize)]) -> Self {
        let mut peers = Vec::new();
        for (number, role) in (first..).zip(roles) {
            peers.push(Peer::with(number, *role, sites, limits(), 0).await);
        }
        let keys: Vec<PeerKey> = peers.iter().map(|p| p.key).collect();
        for (at, peer) in peers.iter().enumerate() {
            peer.allow(&keys, &[]).await;
            peer.order(Command::Topics(vec![TOPIC.into()])).await;
            let to: Vec<_> =
                edges.iter().filter(|(from, _)| *from == at).map(|(_, to)| peers[*to].target()).collect();
            peer.dial(&to).await;
        }
        let (tell, heard) = mpsc::channel(1024);
        let handles = peers.iter().map(|p| (p.key, p.handle.clone())).collect();
        for peer in peers {
            tokio::spawn(judge(peer, tell.clone()));
        }
        Self { handles, heard, keys }
    }

    async fn publish(&self, by: PeerKey, data: &[u8]) {
        let order = Command::Publish { topic: TOPIC.into(), data: data.to_vec() };
        self.handles[&by].commands.send(order).await.expect("it runs");
    }

    /// Repeats fresh messages from everybody until a round of them has reached everybody: the mesh is there.
    async fn warm_up(&mut self) {
        let keys = self.keys.clone();
        let all: BTreeSet<PeerKey> = keys.iter().copied().collect();
        let warm = async {
            for round in 0_u32.. {
                for (at, key) in keys.iter().enumerate() {
                    self.publish(*key, format!("warm {round} {at}").as_bytes()).await;
                }
                let mut got: BTreeMap<Vec<u8>, BTreeSet<PeerKey>> = BTreeMap::new();
                let this_round = format!("warm {round} ");
                while let Ok(Some(heard)) = timeout(Duration::from_secs(2), self.heard.recv()).await {
                    if heard.data.starts_with(this_round.as_bytes()) {
                        got.entry(heard.data).or_default().insert(heard.by);
                    }
                    if got.len() == keys.len() && got.values().all(|by| by.len() + 1 == all.len()) {
                        return;
                    }
                }
            }
        };
        timeout(OVERALL, warm).await.expect("the mesh forms");
    }

    /// Waits until each of these messages was heard by so many nodes.
    async fn wait_for(
        &mut self,
        wanted: &[Vec<u8>],
        listeners: usize,
    ) -> BTreeMap<Vec<u8>, BTreeSet<PeerKey>> {
        let mut got: BTreeMap<Vec<u8>, BTreeSet<PeerKey>> = BTreeMap::new();
        let wait = async {
            while !wanted.iter().all(|w| got.get(w).is_some_and(|by| by.len() >= listeners)) {
                let heard = self.heard.recv().await.expect("nodes run");
                got.entry(heard.data).or_default().insert(heard.by);
            }
        };
        let complete = timeout(OVERALL, wait).await.is_ok();
        let counts: Vec<_> = wanted.iter().map(|w| got.get(w).map_or(0, BTreeSet::len)).collect();
        assert!(complete, "messages were heard by {counts:?} of {listeners}");
        got
    }
}

async fn judge(mut peer: Peer, tell: mpsc::Sender<Heard>) {
    while let Some(event) = peer.events.recv().await {
        let Event::Gossip { id, data, .. } = event else {
            continue;
        };
        let verdict = match data.get(..3) {
            Some(b"bad") => Verdict::Reject,
            Some(b"hmm") => Verdict::Ignore,
            _ => Verdict::Accept,
        };
        peer.order(Command::Verdict { message: id, verdict }).await;
        if tell.send(Heard { by: peer.key, data }).await.is_err() {
            return;
        }
    }
}

/// Five nodes in a line: what the middle accepts goes on, what it ignores or rejects does not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verdicts_decide_what_is_forwarded() {
    let edges = [(0, 1), (1, 2), (2, 3), (3, 4)];
    let mut net = Net::new(300, &[Role::Site; 5], 0, &edges).await;
    net.warm_up().await;
    let (first, second) = (net.keys[0], net.keys[1]);
    net.publish(first, b"hmm, undecided").await;
    net.publish(first, b"bad").await;
    net.publish(first, b"good").await;
    // Whoever heard the last message has heard the ones before, had they been forwarded on the same path.
    let got = net.wait_for(&[b"good".to_vec()], 4).await;
    for stopped in [&b"hmm, undecided"[..], b"bad"] {
        assert_eq!(got.get(stopped), Some(&BTreeSet::from([second])), "{}", String::from_utf8_lossy(stopped));
    }
    let counters = &net.handles[&second].counters;
    assert_eq!(counters.gossip_rejected.get(), 1);
    assert!(counters.gossip_ignored.get() >= 1 && counters.gossip_accepted.get() >= 1);
}

/// Four hubs and twenty sites, each on two hubs: everything reaches everybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_star_of_hubs_delivers_everything() {
    const HUBS: usize = 4;
    const SITES: usize = 20;
    let roles: Vec<Role> = [Role::Hub; HUBS].into_iter().chain([Role::Site; SITES]).collect();
    let mut edges = vec![(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)];
    for site in 0..SITES {
        edges.extend([(HUBS + site, site % HUBS), (HUBS + site, (site + 1) % HUBS)]);
    }
    let mut net = Net::new(400, &roles, SITES, &edges).await;
    net.warm_up().await;
    let mut messages = Vec::new();
    for n in 0..40 {
        let mut data = format!("message {n} ").into_bytes();
        data.resize(2048, b'.');
        let by = net.keys[(n * 7) % net.keys.len()];
        net.publish(by, &data).await;
        messages.push(data);
    }
    net.wait_for(&messages, HUBS + SITES - 1).await;
}

/// Without anybody to read events, gossip is ignored and not piled up.
#[tokio::test]
async fn gossip_for_a_slow_consumer_is_ignored() {
    let mut slow_limits = limits();
    slow_limits.events = 2;
    let mut slow = Peer::with(500, Role::Site, 0, slow_limits, 0).await;
    let mut fast = Peer::new(501).await;
    for (peer, other) in [(&slow, fast.key), (&fast, slow.key)] {
        peer.allow(&[other], &[]).await;
        peer.order(Command::Topics(vec![TOPIC.into()])).await;
    }
    fast.dial(&[slow.target()]).await;
    fast.connected(slow.key).await;
    slow.connected(fast.key).await;
    let counters = slow.handle.counters.clone();
    let wait = async {
        for n in 0_u64.. {
            fast.order(Command::Publish { topic: TOPIC.into(), data: n.to_be_bytes().to_vec() }).await;
            if counters.gossip_ignored.get() >= 20 {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(OVERALL, wait).await.expect("it ignores");
}

/// A peer announces its topics once, on connecting. A node that takes up the topic later still hears and is heard.
#[tokio::test]
async fn topics_may_be_taken_up_after_connecting() {
    let (mut early, mut late) = super::harness::pair(510, |_| ()).await;
    early.order(Command::Topics(vec![TOPIC.into()])).await;
    for (from, to) in [(0, 1), (1, 0)] {
        late.order(Command::Topics(vec!["other".into(), TOPIC.into()])).await;
        let (speaker, listener) = if from < to { (&early, &mut late) } else { (&late, &mut early) };
        let wait = async {
            for n in 0_u64.. {
                let order =
                    Command::Publish { topic: TOPIC.into(), data: format!("{from} {n}").into_bytes() };
                speaker.order(order).await;
                let heard = timeout(Duration::from_millis(50), listener.events.recv()).await;
                if matches!(heard, Ok(Some(Event::Gossip { .. }))) {
                    return;
                }
            }
        };
        timeout(OVERALL, wait).await.expect("it is heard");
    }
}
