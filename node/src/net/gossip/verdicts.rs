//! Messages that wait for a verdict.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use libp2p::PeerId;
use tokio::time::Instant;

use super::GossipId;

/// A bounded table with a deadline for each message. All wait equally long, so the deadlines are in order of arrival.
pub(in super::super) struct Pending {
    sources: HashMap<GossipId, PeerId>,
    deadlines: VecDeque<(Instant, GossipId)>,
    capacity: usize,
    patience: Duration,
}

impl Pending {
    pub(in super::super) fn new(capacity: usize, patience: Duration) -> Self {
        Self { sources: HashMap::new(), deadlines: VecDeque::new(), capacity, patience }
    }

    /// Remembers a message; false when too many wait already.
    pub(in super::super) fn insert(&mut self, id: GossipId, source: PeerId, now: Instant) -> bool {
        // Deadlines outlive their verdicts; counting them keeps both collections bounded.
        if self.deadlines.len() >= self.capacity {
            return false;
        }
        self.sources.insert(id, source);
        self.deadlines.push_back((now + self.patience, id));
        true
    }

    /// Who brought the message, if it still waits.
    pub(in super::super) fn take(&mut self, id: &GossipId) -> Option<PeerId> {
        let source = self.sources.remove(id);
        while self.deadlines.front().is_some_and(|(_, id)| !self.sources.contains_key(id)) {
            self.deadlines.pop_front();
        }
        source
    }

    /// One message whose time is over.
    pub(in super::super) fn expired(&mut self, now: Instant) -> Option<(GossipId, PeerId)> {
        while let Some((deadline, id)) = self.deadlines.front().copied() {
            if deadline > now {
                return None;
            }
            self.deadlines.pop_front();
            if let Some(source) = self.sources.remove(&id) {
                return Some((id, source));
            }
        }
        None
    }

    /// When to look again.
    pub(in super::super) fn wake(&self) -> Option<Instant> {
        self.deadlines.front().map(|(deadline, _)| *deadline)
    }

    /// Forgets everything, as a new swarm has.
    pub(in super::super) fn clear(&mut self) {
        self.sources.clear();
        self.deadlines.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_wait_until_their_deadline_and_no_longer() {
        let mut pending = Pending::new(3, Duration::from_secs(1));
        let (peer, now) = (PeerId::random(), Instant::now());
        let ids: Vec<_> = (0..4).map(|n| GossipId([n; 20])).collect();
        assert_eq!(ids.iter().filter(|id| pending.insert(**id, peer, now)).count(), 3);
        assert_eq!(pending.take(&ids[1]), Some(peer));
        assert_eq!(pending.take(&ids[1]), None);
        assert_eq!(pending.expired(now), None);
        let later = now + Duration::from_secs(1);
        assert_eq!(pending.expired(later), Some((ids[0], peer)));
        assert_eq!(pending.expired(later), Some((ids[2], peer)));
        assert_eq!(pending.expired(later), None);
        assert_eq!(pending.wake(), None);
        assert!(pending.insert(ids[3], peer, later), "there is room again");
    }
}
