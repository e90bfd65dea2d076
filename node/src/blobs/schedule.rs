//! Which file is asked for next, and from whom. No clock and no network of its
//! own: the caller says what time it is and what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use super::plan::Want;
use crate::net::PeerKey;

/// Requests to one peer at a time: as many as it serves.
const PER_PEER: usize = 2;
/// Peers that are asked for one file before it rests.
const ROUND: usize = 8;
/// First and longest rest of a file that nobody had, and of a peer that
/// failed.
const FIRST_REST: Duration = Duration::from_secs(2);
const LONGEST_REST: Duration = Duration::from_secs(300);
/// How long a peer that sent wrong bytes is not asked.
const LIAR_RESTS: Duration = Duration::from_secs(600);

/// What came of asking a peer for a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The file is here.
    Complete,
    /// Some of it came, and time is up for this peer.
    Some,
    /// The peer does not have it.
    NotHere,
    /// The peer has too much to do.
    Busy,
    /// The connection failed, or the peer fell silent.
    Failed,
    /// The peer sent wrong bytes.
    Lied,
    /// This node's disk failed.
    Disk,
}

/// A pause that grows with every failure.
#[derive(Clone, Copy, Debug)]
struct Rest {
    until: Option<Instant>,
    next: Duration,
}

impl Rest {
    fn new() -> Self {
        Self { until: None, next: FIRST_REST }
    }

    fn begin(&mut self, now: Instant) {
        self.until = Some(now + self.next);
        self.next = (self.next * 2).min(LONGEST_REST);
    }

    /// Whether it still lasts.
    fn lasts(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| until > now)
    }
}

#[derive(Debug)]
struct Tries {
    asked: BTreeSet<PeerKey>,
    running: bool,
    rest: Rest,
}

#[derive(Debug)]
struct Peer {
    running: usize,
    connected: bool,
    last: u64,
    rest: Rest,
}

/// What is wanted, who is there, and what was tried.
#[derive(Debug)]
pub(super) struct Schedule {
    order: Vec<Want>,
    wants: BTreeMap<Want, Tries>,
    peers: BTreeMap<PeerKey, Peer>,
    disk: Rest,
    turn: u64,
}

impl Schedule {
    pub fn new() -> Self {
        let (wants, peers) = (BTreeMap::new(), BTreeMap::new());
        Self { order: Vec::new(), wants, peers, disk: Rest::new(), turn: 0 }
    }

    /// Replaces what is wanted; what was tried for a file that still is, stays
    /// known.
    pub fn want(&mut self, order: Vec<Want>) {
        let wanted: BTreeSet<Want> = order.iter().copied().collect();
        self.wants.retain(|want, tries| tries.running || wanted.contains(want));
        for want in &order {
            self.wants.entry(*want).or_insert_with(|| Tries {
                asked: BTreeSet::new(),
                running: false,
                rest: Rest::new(),
            });
        }
        self.order = order;
    }

    /// Replaces who is connected. A peer that left and came back is asked
    /// again; that it lied is not forgotten.
    pub fn connect(&mut self, connected: &BTreeSet<PeerKey>) {
        for (key, peer) in &mut self.peers {
            if peer.connected && !connected.contains(key) {
                self.wants.values_mut().for_each(|tries| _ = tries.asked.remove(key));
            }
            peer.connected = connected.contains(key);
        }
        for key in connected {
            self.peers.entry(*key).or_insert_with(|| Peer {
                running: 0,
                connected: true,
                last: 0,
                rest: Rest::new(),
            });
        }
    }

    /// The next file to ask for, and whom. It counts as running until
    /// [`Schedule::done`].
    pub fn next(&mut self, now: Instant) -> Option<(Want, PeerKey)> {
        self.peers.retain(|_, peer| peer.connected || peer.running > 0 || peer.rest.lasts(now));
        if self.disk.lasts(now) {
            return None;
        }
        let order = std::mem::take(&mut self.order);
        let found = order.iter().find_map(|want| self.peer_for(want, now).map(|peer| (*want, peer)));
        self.order = order;
        let (want, key) = found?;
        self.turn += 1;
        if let (Some(tries), Some(peer)) = (self.wants.get_mut(&want), self.peers.get_mut(&key)) {
            tries.running = true;
            peer.running += 1;
            peer.last = self.turn;
        }
        found
    }

    /// Whom to ask for this file: of those that were not asked in this round,
    /// the one whose turn is longest ago. When all were asked, the file rests;
    /// who connects meanwhile is asked at once.
    fn peer_for(&mut self, want: &Want, now: Instant) -> Option<PeerKey> {
        let tries = self.wants.get_mut(want).filter(|tries| !tries.running)?;
        if tries.rest.until.take_if(|until| *until <= now).is_some() {
            tries.asked.clear();
        }
        if tries.asked.len() < ROUND {
            let asked = &tries.asked;
            let unasked = self.peers.iter().filter(|(key, peer)| peer.connected && !asked.contains(key));
            let mut unasked = unasked.peekable();
            if unasked.peek().is_some() {
                let free = unasked.filter(|(_, peer)| peer.running < PER_PEER && !peer.rest.lasts(now));
                return free.min_by_key(|(_, peer)| (peer.running, peer.last)).map(|(key, _)| *key);
            }
        }
        if tries.rest.until.is_none() && !tries.asked.is_empty() {
            tries.rest.begin(now);
        }
        None
    }

    /// Says what came of it.
    pub fn done(&mut self, want: Want, key: PeerKey, outcome: Outcome, now: Instant) {
        if let Some(tries) = self.wants.get_mut(&want) {
            tries.running = false;
            match outcome {
                Outcome::NotHere | Outcome::Failed | Outcome::Lied => _ = tries.asked.insert(key),
                Outcome::Complete | Outcome::Some => tries.rest = Rest::new(),
                Outcome::Busy | Outcome::Disk => {}
            }
        }
        if let Some(peer) = self.peers.get_mut(&key) {
            peer.running = peer.running.saturating_sub(1);
            match outcome {
                Outcome::Complete | Outcome::Some | Outcome::NotHere => peer.rest = Rest::new(),
                Outcome::Failed | Outcome::Busy => peer.rest.begin(now),
                Outcome::Lied => peer.rest.until = Some(now + LIAR_RESTS),
                Outcome::Disk => {}
            }
        }
        match outcome {
            Outcome::Disk => self.disk.begin(now),
            Outcome::Complete | Outcome::Some => self.disk = Rest::new(),
            Outcome::NotHere | Outcome::Busy | Outcome::Failed | Outcome::Lied => {}
        }
    }

    /// When, after `now`, a rest ends next.
    pub fn wake(&self, now: Instant) -> Option<Instant> {
        let wants = self.wants.values().filter_map(|tries| tries.rest.until);
        let peers = self.peers.values().filter_map(|peer| peer.rest.until);
        wants.chain(peers).chain(self.disk.until).filter(|until| *until > now).min()
    }
}
