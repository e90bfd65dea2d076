//! Which peers to keep connected and when to dial them next.

use std::{collections::HashMap, time::Duration};

use libp2p::{Multiaddr, PeerId};
use tokio::time::Instant;

use super::{DialTarget, NetLimits, PeerKey, address};

/// Peers that are kept connected at most.
const MAX_TARGETS: usize = 1024;
/// Addresses tried per peer.
const MAX_ADDRESSES: usize = 16;
/// A connection that lasted this long was a good one: the next failure starts again from the shortest delay.
const GOOD: Duration = Duration::from_secs(10);
/// Longer than any dial of all addresses takes.
const GIVE_UP: Duration = Duration::from_secs(120);
/// When to look again at a peer that may not be dialled for now.
const LATER: Duration = Duration::from_secs(1);

/// The peers to keep connected.
pub(super) struct Redial {
    own: PeerKey,
    first: Duration,
    longest: Duration,
    targets: HashMap<PeerId, Target>,
}

struct Target {
    addresses: Vec<Multiaddr>,
    failures: u32,
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    /// To be dialled at this moment.
    Waiting(Instant),
    /// Being dialled; if nothing is heard until this moment, it is dialled again.
    Dialling(Instant),
    /// Connected since.
    Connected(Instant),
}

/// What could not be used: peer, address, cause.
pub(super) type Unusable = (PeerKey, String, String);

impl Redial {
    pub(super) fn new(own: PeerKey, limits: &NetLimits) -> Self {
        Self {
            own,
            first: limits.redial_min,
            longest: limits.redial_max.max(limits.redial_min),
            targets: HashMap::new(),
        }
    }

    /// Replaces the targets. Those that stay keep their history.
    pub(super) fn replace(
        &mut self,
        peers: Vec<DialTarget>,
        now: Instant,
        connected: impl Fn(&PeerId) -> bool,
    ) -> Vec<Unusable> {
        let mut unusable = Vec::new();
        let mut old = std::mem::take(&mut self.targets);
        for DialTarget { peer, addresses } in
            peers.into_iter().filter(|t| t.peer != self.own).take(MAX_TARGETS)
        {
            let id = match address::peer_id(&peer) {
                Ok(id) => id,
                Err(error) => {
                    unusable.push((peer, String::new(), error.to_string()));
                    continue;
                }
            };
            let addresses = usable(peer, addresses, &mut unusable);
            let start = if connected(&id) { State::Connected(now) } else { State::Waiting(now) };
            let (failures, state) = old.remove(&id).map_or((0, start), |t| (t.failures, t.state));
            self.targets.insert(id, Target { addresses, failures, state });
        }
        unusable
    }

    /// The peers to dial now, with their addresses. Each is taken to be dialling until told otherwise.
    pub(super) fn due(&mut self, now: Instant) -> Vec<(PeerId, Vec<Multiaddr>)> {
        let ready = |target: &Target| {
            matches!(target.state, State::Waiting(at) | State::Dialling(at) if at <= now)
                && !target.addresses.is_empty()
        };
        let mut due = Vec::new();
        for (peer, target) in self.targets.iter_mut().filter(|(_, t)| ready(t)) {
            target.state = State::Dialling(now + GIVE_UP);
            due.push((*peer, target.addresses.clone()));
        }
        due
    }

    /// The peer may not be dialled for now, through no fault of its own.
    pub(super) fn postpone(&mut self, peer: &PeerId, now: Instant) {
        self.set(peer, State::Waiting(now + LATER));
    }

    /// A connection is there.
    pub(super) fn connected(&mut self, peer: &PeerId, now: Instant) {
        self.set(peer, State::Connected(now));
    }

    /// The last connection is gone or a dial failed.
    pub(super) fn lost(&mut self, peer: &PeerId, now: Instant) {
        let (own, first, longest) = (self.own, self.first, self.longest);
        let Some(target) = self.targets.get_mut(peer) else {
            return;
        };
        if matches!(target.state, State::Connected(since) if now.saturating_duration_since(since) >= GOOD) {
            target.failures = 0;
        }
        let delay = delay(&own, peer, target.failures, first, longest);
        target.failures = target.failures.saturating_add(1);
        target.state = State::Waiting(now + delay);
    }

    /// Dials everybody who is not connected as soon as possible, as after a pause.
    pub(super) fn hurry(&mut self, now: Instant) {
        for target in self.targets.values_mut() {
            if matches!(target.state, State::Waiting(_)) {
                target.failures = 0;
                target.state = State::Waiting(now);
            }
        }
    }

    /// A new swarm knows no connections and no dials.
    pub(super) fn reset(&mut self, now: Instant) {
        for target in self.targets.values_mut() {
            target.state = State::Waiting(now);
        }
    }

    /// When to look again.
    pub(super) fn wake(&self) -> Option<Instant> {
        let waiting = self.targets.values().filter(|t| !t.addresses.is_empty()).filter_map(|target| {
            match target.state {
                State::Waiting(at) | State::Dialling(at) => Some(at),
                State::Connected(_) => None,
            }
        });
        waiting.min()
    }

    fn set(&mut self, peer: &PeerId, state: State) {
        if let Some(target) = self.targets.get_mut(peer) {
            target.state = state;
        }
    }
}

fn usable(peer: PeerKey, addresses: Vec<String>, unusable: &mut Vec<Unusable>) -> Vec<Multiaddr> {
    let mut good = Vec::new();
    for text in addresses.into_iter().take(MAX_ADDRESSES) {
        match address::parse(&text) {
            Ok(address) => good.push(address),
            Err(error) => unusable.push((peer, text.chars().take(80).collect(), error.to_string())),
        }
    }
    good
}

/// Doubles with each failure up to the longest, then takes between a half and the whole of it. The share is derived
/// from both names and the count, so nodes that lost the same hub at once do not come back at once.
fn delay(own: &PeerKey, peer: &PeerId, failures: u32, first: Duration, longest: Duration) -> Duration {
    let whole = first.saturating_mul(1 << failures.min(16)).min(longest);
    let mut hasher = blake3::Hasher::new();
    hasher.update(&own.0).update(&peer.to_bytes()).update(&failures.to_be_bytes());
    let share = f64::from(hasher.finalize().as_bytes()[0]) / 255.0;
    whole.mul_f64(0.5 + share / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use libp2p::identity::Keypair;

    fn somebody() -> (PeerKey, PeerId) {
        let id = Keypair::generate_ed25519().public().to_peer_id();
        (address::peer_key(&id).expect("ed25519"), id)
    }

    fn target(peer: PeerKey) -> DialTarget {
        DialTarget { peer, addresses: vec!["/ip4/127.0.0.1/tcp/1".into(), "bad".into()] }
    }

    #[test]
    fn delays_grow_to_the_longest_and_differ_between_peers() {
        let (first, longest) = (Duration::from_millis(500), Duration::from_secs(60));
        let own = PeerKey([0; 32]);
        let peers: Vec<PeerId> = (0..8).map(|_| PeerId::random()).collect();
        for failures in 0..100 {
            let whole = first.saturating_mul(1 << failures.min(16)).min(longest);
            let delays: Vec<_> = peers.iter().map(|p| delay(&own, p, failures, first, longest)).collect();
            assert!(delays.iter().all(|d| *d >= whole / 2 && *d <= whole), "{failures}: {delays:?}");
            assert!(delays.iter().any(|d| d != &delays[0]));
        }
    }

    #[test]
    fn a_target_is_dialled_once_until_it_is_lost() {
        let (own, (key, id), now) = (somebody().0, somebody(), Instant::now());
        let mut redial = Redial::new(own, &NetLimits::default());
        let unusable = redial.replace(vec![target(key), target(own)], now, |_| false);
        assert_eq!(unusable.len(), 1, "one address is bad and the node itself is left out");
        assert_eq!(redial.due(now).len(), 1);
        assert!(redial.due(now).is_empty());
        redial.lost(&id, now);
        let again = redial.wake().expect("it waits");
        assert!(again > now && redial.due(now).is_empty());
        assert_eq!(redial.due(again).len(), 1);
        redial.connected(&id, again);
        assert_eq!(redial.wake(), None);
    }

    #[test]
    fn only_a_lasting_connection_ends_the_growth() {
        let (own, (key, id), now) = (somebody().0, somebody(), Instant::now());
        let mut redial = Redial::new(own, &NetLimits::default());
        redial.replace(vec![target(key)], now, |_| false);
        for _ in 0..20 {
            redial.connected(&id, now);
            redial.lost(&id, now);
        }
        assert!(redial.wake().expect("waits") >= now + Duration::from_secs(30));
        redial.connected(&id, now);
        redial.lost(&id, now + GOOD);
        assert!(redial.wake().expect("waits") <= now + GOOD + NetLimits::default().redial_min);
    }
}
