//! The network: who is connected, sessions as ordered streams, gossip as
//! flooding under the verdicts of those who receive it.

use super::behaviour::Behaviour;
use super::happening::{Carried, Happening};
use super::node::NodeId;
use super::world::World;
use commons_node::net::{CloseReason, Command, Event, GossipId, PeerKey, SessionId, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// Longest frame that the network carries.
const MAX_FRAME: usize = commons_node::net::MAX_FRAME;

/// Milliseconds after which a session on which nothing moves is ended.
const IDLE: u64 = 30_000;

/// Connections, sessions and what is wrong with the wires.
#[derive(Debug)]
pub(super) struct Network {
    pub connected: BTreeSet<(NodeId, NodeId)>,
    /// Pairs that can't reach each other.
    pub cut: BTreeSet<(NodeId, NodeId)>,
    pub sessions: BTreeMap<SessionId, Session>,
    /// Per cent of gossip messages that get lost.
    pub loss: u64,
    /// Per cent of gossip messages that arrive twice.
    pub doubling: u64,
    /// Most milliseconds on the way.
    pub latency: u64,
    next_session: u64,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            connected: BTreeSet::new(),
            cut: BTreeSet::new(),
            sessions: BTreeMap::new(),
            loss: 0,
            doubling: 0,
            latency: 40,
            next_session: 1,
        }
    }
}

/// One session: its two ends, the caller first.
#[derive(Debug)]
pub(super) struct Session {
    ends: [NodeId; 2],
    is_open: [bool; 2],
    /// When something last moved.
    moved: u64,
    /// When the last thing sent towards each end arrives.
    busy_until: [u64; 2],
}

/// A pair in its one order.
pub(super) fn pair(a: NodeId, b: NodeId) -> (NodeId, NodeId) {
    (a.min(b), a.max(b))
}

impl World {
    fn latency(&mut self) -> u64 {
        1 + self.dice.below(self.network.latency)
    }

    fn find(&self, peer: &PeerKey) -> Option<NodeId> {
        self.nodes.iter().position(|node| node.peer() == *peer)
    }

    fn is_connected(&self, a: NodeId, b: NodeId) -> bool {
        self.network.connected.contains(&pair(a, b))
    }

    pub(super) fn peers_of(&self, node: NodeId) -> Vec<NodeId> {
        self.ids().filter(|other| *other != node && self.is_connected(node, *other)).collect()
    }

    /// Whether packets go from one to the other.
    pub(super) fn is_reachable(&self, a: NodeId, b: NodeId) -> bool {
        let is_up = |node: NodeId| self.nodes[node].is_on() && !self.nodes[node].wire.paused;
        is_up(a) && is_up(b) && !self.network.cut.contains(&pair(a, b))
    }

    fn admits(&self, node: NodeId, other: NodeId) -> bool {
        let (wire, peer) = (&self.nodes[node].wire, self.nodes[other].peer());
        wire.members.contains(&peer) && wire.refused.get(&peer).is_none_or(|until| *until <= self.now)
    }

    /// Dials everyone whom the node wants to reach and does not.
    pub(super) fn dial(&mut self, node: NodeId) {
        for peer in self.nodes[node].wire.targets.clone() {
            let Some(other) = self.find(&peer).filter(|other| !self.is_connected(node, *other)) else {
                continue;
            };
            let is_good = self.nodes[other].is_hub
                && self.is_reachable(node, other)
                && self.admits(node, other)
                && self.admits(other, node);
            if is_good {
                self.network.connected.insert(pair(node, other));
                self.bring(0, node, Carried::Connected(other));
                self.bring(0, other, Carried::Connected(node));
            } else if self.nodes[node].engine.is_some() && !self.nodes[node].wire.paused {
                self.bring(0, node, Carried::DialFailed(other));
            }
        }
    }

    /// Cuts the connection of two nodes with everything on it.
    pub(super) fn disconnect(&mut self, a: NodeId, b: NodeId) {
        if !self.network.connected.remove(&pair(a, b)) {
            return;
        }
        let on_it = self
            .network
            .sessions
            .iter()
            .filter(|(_, session)| pair(session.ends[0], session.ends[1]) == pair(a, b));
        let broken: Vec<SessionId> = on_it.map(|(id, _)| *id).collect();
        for session in broken {
            self.break_session(session);
        }
        self.bring(0, a, Carried::Disconnected(b));
        self.bring(0, b, Carried::Disconnected(a));
    }

    /// Ends a session at once; frames on the way are lost.
    pub(super) fn break_session(&mut self, id: SessionId) {
        let Some(session) = self.network.sessions.remove(&id) else { return };
        for (end, is_open) in session.ends.into_iter().zip(session.is_open) {
            if is_open {
                self.bring(0, end, Carried::Closed { session: id, here: false });
            }
        }
    }

    pub(super) fn disconnect_all(&mut self, node: NodeId) {
        for other in self.peers_of(node) {
            self.disconnect(node, other);
        }
    }

    /// Executes what a node orders.
    pub(super) fn execute(&mut self, node: NodeId, command: Command) {
        match command {
            Command::Allow { members, joiners } => {
                self.nodes[node].wire.members = members;
                self.nodes[node].wire.joiners = joiners;
                for other in self.peers_of(node) {
                    if !self.nodes[node].wire.members.contains(&self.nodes[other].peer()) {
                        self.disconnect(node, other);
                    }
                }
            }
            Command::Dial { peers } => {
                self.nodes[node].wire.targets = peers.iter().map(|target| target.peer).collect()
            }
            Command::Topics(topics) => self.nodes[node].wire.topics = topics.into_iter().collect(),
            Command::Publish { topic, data } => self.publish(node, &topic, data),
            Command::Verdict { message, verdict } => self.judge(node, message, verdict),
            Command::OpenSession { peer } => self.open_session(node, &peer),
            Command::Send { session, frame } => self.send(node, session, frame),
            Command::Close { session } => self.close_session(node, session),
            // Attached files are no business of the engine, which the simulator runs.
            Command::ServeExchanges(_) | Command::OpenExchange { .. } => {}
            Command::Pause(paused) => {
                self.nodes[node].wire.paused = paused;
                if paused {
                    self.disconnect_all(node);
                }
            }
            Command::Disconnect { peer, for_seconds } => {
                let until = self.now + u64::from(for_seconds) * 1_000;
                self.nodes[node].wire.refused.insert(peer, until);
                if let Some(other) = self.find(&peer) {
                    self.note(format!("{} cuts {} off", self.nodes[node].name, self.nodes[other].name));
                    self.disconnect(node, other);
                }
            }
        }
    }

    fn open_session(&mut self, node: NodeId, peer: &PeerKey) {
        let delay = self.latency();
        let Some(other) = self.find(peer).filter(|other| self.is_connected(node, *other)) else {
            let peer = self.find(peer).unwrap_or(node);
            return self.bring(delay, node, Carried::OpenFailed(peer));
        };
        let id = SessionId(self.network.next_session);
        self.network.next_session += 1;
        self.counters.sessions += 1;
        let at = self.now + delay;
        let session = Session { ends: [node, other], is_open: [true; 2], moved: at, busy_until: [at; 2] };
        self.network.sessions.insert(id, session);
        self.bring(delay, node, Carried::Opened { session: id, peer: other, initiator: true });
        self.bring(delay, other, Carried::Opened { session: id, peer: node, initiator: false });
    }

    /// Plans something at the far end of a session, after what was sent before.
    fn send_along(&mut self, node: NodeId, id: SessionId, what: Carried) {
        let arrival = self.now + self.latency();
        let Some(session) = self.network.sessions.get_mut(&id) else { return };
        let Some(far) = session.ends.iter().position(|end| *end != node) else { return };
        let at = session.busy_until[far].max(arrival);
        session.busy_until[far] = at;
        session.moved = at;
        let to = session.ends[far];
        self.bring(at - self.now, to, what);
    }

    fn send(&mut self, node: NodeId, id: SessionId, frame: Vec<u8>) {
        let is_open = self.network.sessions.get(&id).is_some_and(|session| is_open_at(session, node));
        if !is_open {
            return;
        }
        if frame.len() > MAX_FRAME {
            return self.break_session(id);
        }
        if !self.byzantine.contains(&node) {
            return self.send_frame(node, id, frame);
        }
        for frame in self.tampered(node, frame) {
            if frame.len() > MAX_FRAME {
                return self.break_session(id);
            }
            self.send_frame(node, id, frame);
        }
    }

    fn send_frame(&mut self, node: NodeId, id: SessionId, frame: Vec<u8>) {
        self.counters.session_bytes += frame.len() as u64;
        self.send_along(node, id, Carried::Frame { session: id, frame });
    }

    /// Ends sessions on which nothing moves, as the network does.
    pub(super) fn end_idle_sessions(&mut self) {
        let now = self.now;
        let idle = self.network.sessions.iter().filter(|(_, session)| now > session.moved + IDLE);
        let idle: Vec<SessionId> = idle.map(|(id, _)| *id).collect();
        idle.into_iter().for_each(|session| self.break_session(session));
    }

    /// Whether a session is open between two of these nodes.
    pub(super) fn has_session_among(&self, among: &[NodeId]) -> bool {
        self.network.sessions.values().any(|session| session.ends.iter().all(|end| among.contains(end)))
    }

    /// Whether what is carried is not part of a session with somebody else.
    pub(super) fn session_is_among(&self, what: &Carried, among: &[NodeId]) -> bool {
        let (Carried::Frame { session, .. }
        | Carried::Opened { session, .. }
        | Carried::Closed { session, .. }) = what
        else {
            return true;
        };
        let session = self.network.sessions.get(session);
        session.is_none_or(|session| session.ends.iter().all(|end| among.contains(end)))
    }

    fn close_session(&mut self, node: NodeId, id: SessionId) {
        let Some(session) = self.network.sessions.get(&id).filter(|session| is_open_at(session, node)) else {
            return;
        };
        debug_assert!(session.ends.contains(&node));
        self.send_along(node, id, Carried::Closed { session: id, here: false });
        self.bring(1, node, Carried::Closed { session: id, here: true });
    }

    /// Filters what arrives: a session's end is told once, and nothing of a
    /// session comes after it.
    pub(super) fn deliver(&mut self, to: NodeId, what: Carried) -> Option<Carried> {
        if std::env::var("COMMONS_TRACE").is_ok() {
            let text = format!("{what:?}");
            self.note(format!("   to {}: {}", self.nodes[to].name, &text[..text.len().min(120)]));
        }
        if let Carried::Frame { frame, .. } = &what
            && self.is_deaf_to(to, frame)
        {
            return None;
        }
        match &what {
            Carried::Frame { session, .. } | Carried::Opened { session, .. } => {
                let session = self.network.sessions.get(session)?;
                is_open_at(session, to).then_some(what)
            }
            Carried::Closed { session: id, .. } => {
                if let Some(session) = self.network.sessions.get_mut(id) {
                    let end = session.ends.iter().position(|end| *end == to)?;
                    if !std::mem::take(&mut session.is_open[end]) {
                        return None;
                    }
                    if session.is_open == [false; 2] {
                        self.network.sessions.remove(id);
                    }
                }
                Some(what)
            }
            Carried::Gossip { .. } if self.nodes[to].tampering == Some(Behaviour::StaleHub) => None,
            Carried::Gossip { id, from, topic, data } => {
                let wire = &mut self.nodes[to].wire;
                if !wire.topics.contains(topic) || !wire.seen.insert(*id) {
                    self.counters.gossip_again += 1;
                    return None;
                }
                wire.undecided.insert(*id, (*from, topic.clone(), data.clone()));
                self.counters.gossip_new += 1;
                Some(what)
            }
            _ => Some(what),
        }
    }

    fn publish(&mut self, node: NodeId, topic: &str, data: Vec<u8>) {
        let id = gossip_id(topic, &data);
        self.nodes[node].wire.seen.insert(id);
        self.flood(node, None, id, topic, &data);
    }

    fn flood(&mut self, node: NodeId, except: Option<NodeId>, id: GossipId, topic: &str, data: &[u8]) {
        for other in self.peers_of(node) {
            if Some(other) == except || !self.nodes[other].wire.topics.contains(topic) {
                continue;
            }
            if self.dice.chance(self.network.loss) {
                self.counters.gossip_lost += 1;
                continue;
            }
            let copies = if self.dice.chance(self.network.doubling) { 2 } else { 1 };
            for _ in 0..copies {
                let delay = self.latency();
                let what = Carried::Gossip { id, from: node, topic: topic.to_owned(), data: data.to_vec() };
                self.bring(delay, other, what);
            }
        }
    }

    fn judge(&mut self, node: NodeId, id: GossipId, verdict: Verdict) {
        let Some((from, topic, data)) = self.nodes[node].wire.undecided.remove(&id) else { return };
        if verdict == Verdict::Accept {
            self.flood(node, Some(from), id, &topic, &data);
        }
    }

    /// What was carried as the engine's own event.
    pub(super) fn event(&self, what: Carried) -> Event {
        let key = |node: NodeId| self.nodes[node].peer();
        match what {
            Carried::Connected(peer) => Event::Connected { peer: key(peer) },
            Carried::Disconnected(peer) => Event::Disconnected { peer: key(peer) },
            Carried::Opened { session, peer, initiator } => {
                Event::SessionOpened { session, peer: key(peer), initiator }
            }
            Carried::OpenFailed(peer) => {
                Event::OpenFailed { peer: key(peer), why: "not connected".to_owned() }
            }
            Carried::Frame { session, frame } => Event::Frame { session, frame },
            Carried::Closed { session, here } => {
                let reason = if here { CloseReason::Local } else { CloseReason::Remote };
                Event::SessionClosed { session, reason }
            }
            Carried::Gossip { id, from, topic, data } => Event::Gossip { id, from: key(from), topic, data },
            Carried::DialFailed(peer) => {
                let address = self.nodes[peer].address();
                Event::DialFailed { peer: key(peer), address, why: "no answer".to_owned() }
            }
        }
    }

    /// A node that joins asks its inviter over the join protocol.
    pub(super) fn ask_inviter(&mut self, node: NodeId) {
        self.plan(1_500, Happening::Ask(node));
        let Some(engine) = &self.nodes[node].engine else { return };
        let Some((invitation, request)) = engine.join_ask().expect("the request fits its bounds") else {
            return;
        };
        let inviter = self.find(&PeerKey(invitation.peer.0));
        let joiner = PeerKey(commons_protocol::key::SecretKey::from_seed(invitation.secret.0).public().0);
        let reached = inviter.filter(|inviter| {
            self.is_reachable(node, *inviter) && self.nodes[*inviter].wire.joiners.contains(&joiner)
        });
        let answer = match reached {
            None => Err("no answer".to_owned()),
            Some(inviter) => {
                let (reply, mut received) = tokio::sync::oneshot::channel();
                self.give(inviter, Event::Join { peer: joiner, request, reply });
                received.try_recv().map_err(|_| "closed without an answer".to_owned())
            }
        };
        let (start, delay) = (self.nodes[node].start, self.latency());
        self.plan(delay, Happening::Answer { node, start, answer });
    }
}

fn is_open_at(session: &Session, node: NodeId) -> bool {
    session.ends.iter().zip(session.is_open).any(|(end, is_open)| *end == node && is_open)
}

/// A gossip message's id: from topic and content alone.
pub(super) fn gossip_id(topic: &str, data: &[u8]) -> GossipId {
    let hash = blake3::hash(&[topic.as_bytes(), &[0], data].concat());
    let mut id = [0; 20];
    id.copy_from_slice(&hash.as_bytes()[..20]);
    GossipId(id)
}
