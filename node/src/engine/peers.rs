//! Peers: whom to let in, whom to dial, when to catch up, and what to do
//! about those who send what nobody should.

use super::replica::View;
use super::{Caller, Engine, Failure};
use crate::net::{Command, DialTarget, Event, PeerKey, SessionId};
use crate::store::{Store, StoreError};
use crate::view::{ChangeView, NetworkRequest};
use commons_protocol::id::OrganisationId;
use commons_protocol::refusal::Refusal;
use commons_protocol::sync::Session;
use commons_protocol::sync::session::{Output, Summary};
use std::collections::{BTreeMap, BTreeSet};

/// Milliseconds between catch-ups with a random peer when nothing else calls
/// for one.
const ROUND_MS: u64 = 60_000;

/// Least milliseconds between two catch-ups with one peer that were asked
/// for by gossip or by changes here.
const PAUSE_MS: u64 = 300;

/// Milliseconds after a contribution of our own until peers are asked whether
/// gossip brought it to them.
const SOON_MS: u64 = 2_000;

/// Peers that are asked in one round.
const PEERS_PER_ROUND: usize = 3;

/// Faults after which a peer is cut off.
const FAULTS: u32 = 5;

/// Seconds for which a faulty peer is cut off.
const CUT_OFF_SECONDS: u32 = 300;

/// What is known of a peer.
#[derive(Clone, Debug, Default)]
pub struct Peer {
    /// Whether a connection is open.
    pub connected: bool,
    /// Whether the last catch-up ended with both ends holding the same.
    pub in_step: bool,
    /// When the last catch-up ended.
    pub last_sync: Option<u64>,
    /// Why it was cut off, until it is back.
    pub cut_off: Option<String>,
    /// Why it can't be reached.
    pub problem: Option<String>,
    faults: u32,
    session: Option<SessionId>,
    is_opening: bool,
    last_started: u64,
    wants_more: bool,
}

/// A session with what is needed to know what it brought.
#[derive(Debug)]
struct OpenSession {
    peer: PeerKey,
    session: Session,
    entries_before: u64,
}

/// All peers and the sessions with them.
#[derive(Debug, Default)]
pub struct Peers {
    known: BTreeMap<PeerKey, Peer>,
    sessions: BTreeMap<SessionId, OpenSession>,
    paused: bool,
    next_round: u64,
    joiners: BTreeSet<PeerKey>,
}

impl Peers {
    /// Every peer that was seen or is expected.
    pub fn known(&self) -> &BTreeMap<PeerKey, Peer> {
        &self.known
    }

    /// Whether the operator paused the network.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Replaces the one-time identities that may ask to join.
    pub fn set_joiners(&mut self, joiners: BTreeSet<PeerKey>) {
        self.joiners = joiners;
    }
}

impl<S: Store> Engine<S> {
    /// Takes in one event of the network.
    pub fn on_event(&mut self, event: Event) -> Result<(), StoreError> {
        match event {
            Event::Listening(address) => self.on_listening(address),
            Event::Connected { peer } => self.on_connected(peer),
            Event::Disconnected { peer } => self.on_disconnected(peer),
            Event::Gossip { id, from, data, .. } => self.on_gossip(id, from, &data)?,
            Event::SessionOpened { session, peer, initiator } => self.on_session(session, peer, initiator)?,
            Event::OpenFailed { peer, .. } => self.peer(peer).is_opening = false,
            Event::Frame { session, frame } => self.on_frame(session, &frame)?,
            Event::SessionClosed { session, .. } => self.on_session_closed(session),
            Event::Join { peer, request, reply } => {
                if let Some(answer) = self.on_join_ask(peer, &request) {
                    // The asker may be gone; then nobody waits for it.
                    let _ = reply.send(answer);
                }
            }
            Event::DialFailed { peer, address, why } => {
                self.peer(peer).problem = Some(format!("{address}: {}", in_words(&why)))
            }
            Event::Refused { what } => tracing::info!(what, "the network refused something"),
        }
        Ok(())
    }

    /// What is due as time goes by. `now` in milliseconds.
    pub fn tick(&mut self, now: u64) -> Result<(), StoreError> {
        self.now = now;
        self.expire_invitations();
        if now >= self.peers.next_round {
            let random = (self.random)();
            let jitter = u64::from(random[1]) * ROUND_MS / 512;
            self.peers.next_round = now + ROUND_MS * 3 / 4 + jitter;
            self.random_round(random[0]);
        }
        let due: Vec<PeerKey> =
            self.peers.known.iter().filter(|(_, peer)| peer.wants_more).map(|(key, _)| *key).collect();
        due.into_iter().for_each(|peer| self.catch_up_with(peer));
        if let Err(failure) = self.vote_in_time().and_then(|()| self.attest_in_time()) {
            self.notice(failure.to_string());
        }
        if let Err(failure) = self.acknowledge_retractions() {
            self.notice(failure.to_string());
        }
        self.mark_indexed()
    }

    /// Opens a catch-up with a peer, unless one is under way or has just been.
    pub(super) fn catch_up_with(&mut self, key: PeerKey) {
        let now = self.now;
        if self.commons.is_none() || self.peers.paused {
            return;
        }
        let peer = self.peer(key);
        let busy = peer.session.is_some() || peer.is_opening;
        peer.wants_more = peer.connected && (busy || now < peer.last_started + PAUSE_MS);
        if peer.connected && !peer.wants_more {
            peer.is_opening = true;
            peer.last_started = now;
            self.commands.push(Command::OpenSession { peer: key });
        }
    }

    /// Pauses or resumes the network.
    pub fn set_network(&mut self, _: &Caller, request: &NetworkRequest) -> Result<(), Failure> {
        self.peers.paused = request.paused;
        self.commands.push(Command::Pause(request.paused));
        self.changes.push(ChangeView::Peers);
        Ok(())
    }

    /// Counts a fault against a peer; too many, and it is cut off for a while.
    pub(super) fn blame(&mut self, key: PeerKey, refusal: Refusal) {
        let peer = self.peer(key);
        peer.faults += 1;
        let faults = peer.faults;
        tracing::warn!(peer = %key, code = refusal.code(), faults, "a peer sent what must be refused");
        if faults >= FAULTS {
            self.peer(key).faults = 0;
            self.peer(key).cut_off = Some(format!("cut off for a while: {}", refusal.sentence()));
            self.commands.push(Command::Disconnect { peer: key, for_seconds: CUT_OFF_SECONDS });
        }
    }

    /// Tells the network whom to let in, whom to dial and which topics to
    /// follow, after anything that could have changed it.
    pub(super) fn refresh_network(&mut self) {
        let own = self.own_peer();
        let nodes = self.members_nodes();
        let mut members: BTreeSet<PeerKey> = nodes.keys().copied().collect();
        members.extend(self.joining.known_peers());
        members.remove(&own);
        let mut targets: Vec<DialTarget> = nodes
            .into_iter()
            .filter(|(peer, addresses)| *peer != own && !addresses.is_empty())
            .map(|(peer, addresses)| DialTarget { peer, addresses })
            .collect();
        targets.extend(self.joining.dial_targets());
        for peer in &members {
            self.peers.known.entry(*peer).or_default();
        }
        self.peers.known.retain(|peer, state| state.connected || members.contains(peer));
        let topics = self.commons.as_ref().map_or_else(Vec::new, |commons| {
            let id = commons.admission.commons();
            let collections =
                self.profile.collections.iter().map(|collection| super::gossip::topic(&id, *collection));
            collections.chain([super::gossip::governance_topic(&id)]).collect()
        });
        self.commands.push(Command::Allow { members, joiners: self.peers.joiners.clone() });
        self.commands.push(Command::Topics(topics));
        self.commands.push(Command::Dial { peers: targets });
    }

    /// The nodes of active members with their addresses.
    fn members_nodes(&self) -> BTreeMap<PeerKey, Vec<String>> {
        let Some(commons) = &self.commons else { return BTreeMap::new() };
        let Some(governance) = commons.admission.governance() else { return BTreeMap::new() };
        let charter = governance.current();
        let nodes = commons.admission.keys().nodes().values();
        let active = nodes.filter(|node| node.revoked.is_none() && charter.is_active(&node.organisation));
        let addresses =
            |node: &commons_protocol::keys::NodeKey| node.addresses.iter().map(ToString::to_string).collect();
        active.map(|node| (PeerKey(node.peer.0), addresses(node))).collect()
    }

    /// The organisation of a peer.
    pub(super) fn organisation_of(&self, peer: &PeerKey) -> Option<OrganisationId> {
        let nodes = self.commons.as_ref()?.admission.keys().nodes();
        nodes.values().find(|node| node.peer.0 == peer.0).map(|node| node.organisation)
    }

    pub(super) fn own_peer(&self) -> PeerKey {
        PeerKey(self.keys.peer.public().0)
    }

    fn peer(&mut self, key: PeerKey) -> &mut Peer {
        self.peers.known.entry(key).or_default()
    }

    fn on_listening(&mut self, address: String) {
        if !self.listening.contains(&address) {
            self.listening.push(address);
            self.announce_addresses();
        }
    }

    fn on_connected(&mut self, key: PeerKey) {
        let peer = self.peer(key);
        peer.connected = true;
        peer.problem = None;
        peer.cut_off = None;
        peer.last_started = 0;
        self.changes.push(ChangeView::Peers);
        if let Some(organisation) = self.organisation_of(&key) {
            self.redeem(organisation);
        }
        // One end is enough to open; the other end's changes travel too.
        if self.own_peer() < key {
            self.catch_up_with(key);
        }
    }

    fn on_disconnected(&mut self, key: PeerKey) {
        let peer = self.peer(key);
        peer.connected = false;
        peer.in_step = false;
        peer.is_opening = false;
        peer.wants_more = false;
        if let Some(session) = peer.session.take() {
            self.peers.sessions.remove(&session);
        }
        self.changes.push(ChangeView::Peers);
    }

    fn on_session(&mut self, id: SessionId, key: PeerKey, initiator: bool) -> Result<(), StoreError> {
        let random = (self.random)();
        let mut salt = [0; 16];
        salt.copy_from_slice(&random[..16]);
        let mut session = Session::new(initiator, salt);
        let peer = self.peer(key);
        if initiator {
            peer.is_opening = false;
        }
        if self.commons.is_none() {
            self.commands.push(Command::Close { session: id });
            return Ok(());
        }
        self.peer(key).session = Some(id);
        let outputs = if initiator { self.with_view(|view| session.open(view))? } else { Vec::new() };
        let entries_before = self.entries();
        self.peers.sessions.insert(id, OpenSession { peer: key, session, entries_before });
        self.run_outputs(id, outputs);
        Ok(())
    }

    fn entries(&self) -> u64 {
        self.commons.as_ref().map_or(0, |commons| commons.admission.entries())
    }

    fn on_frame(&mut self, id: SessionId, frame: &[u8]) -> Result<(), StoreError> {
        let Some(mut open) = self.peers.sessions.remove(&id) else { return Ok(()) };
        let outputs = match self.with_view(|view| open.session.handle(frame, view)) {
            Ok(outputs) => outputs,
            Err(error) => {
                self.give_up(id, open.peer);
                return Err(error);
            }
        };
        self.peers.sessions.insert(id, open);
        self.run_outputs(id, outputs);
        Ok(())
    }

    /// Ends a session that this node can't go on with.
    fn give_up(&mut self, id: SessionId, key: PeerKey) {
        self.commands.push(Command::Close { session: id });
        let peer = self.peer(key);
        peer.session = None;
        peer.wants_more = peer.connected;
    }

    /// What was to be sent is lost with a batch that could not be kept: ends
    /// every session, and begins anew when the next tick comes.
    pub(super) fn give_up_sessions(&mut self) {
        for (id, open) in std::mem::take(&mut self.peers.sessions) {
            self.give_up(id, open.peer);
        }
        for peer in self.peers.known.values_mut().filter(|peer| peer.is_opening) {
            peer.is_opening = false;
            peer.wants_more = peer.connected;
        }
    }

    fn with_view<T>(&mut self, run: impl FnOnce(&mut View<'_, S>) -> T) -> Result<T, StoreError> {
        let mut view = View { engine: self, fault: None };
        let result = run(&mut view);
        view.fault.map_or(Ok(result), Err)
    }

    fn run_outputs(&mut self, id: SessionId, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send(frame) => self.commands.push(Command::Send { session: id, frame }),
                Output::End(summary) => self.end_session(id, &summary),
            }
        }
    }

    fn end_session(&mut self, id: SessionId, summary: &Summary) {
        let Some(OpenSession { peer: key, entries_before, .. }) = self.peers.sessions.remove(&id) else {
            return;
        };
        self.commands.push(Command::Close { session: id });
        if self.entries() > entries_before {
            self.announce_heads();
        }
        let now = self.now;
        let peer = self.peer(key);
        peer.session = None;
        peer.in_step = summary.in_step;
        peer.last_sync = Some(now);
        if let Some(refusal) = summary.fault {
            self.count_refusal(refusal.code());
            self.blame(key, refusal);
        }
        let own = self.keys.organisation;
        if summary.in_step
            && let Some(other) = self.organisation_of(&key).filter(|organisation| *organisation != own)
            && let Some(commons) = &mut self.commons
        {
            commons.own_logs.confirm(other);
        }
        self.after_catch_up();
        self.changes.push(ChangeView::Peers);
    }

    fn on_session_closed(&mut self, id: SessionId) {
        if let Some(open) = self.peers.sessions.remove(&id) {
            let peer = self.peer(open.peer);
            peer.session = None;
            // It was cut off in the middle: go on when it is possible again.
            peer.wants_more = peer.connected;
        }
    }

    /// Asks a few random peers whether they hold the same.
    fn random_round(&mut self, random: u8) {
        let mut connected: Vec<PeerKey> =
            self.peers.known.iter().filter(|(_, peer)| peer.connected).map(|(key, _)| *key).collect();
        let start = usize::from(random) % connected.len().max(1);
        connected.rotate_left(start);
        connected.into_iter().take(PEERS_PER_ROUND).for_each(|peer| self.catch_up_with(peer));
    }

    /// Gossip is only a hint: after a contribution of our own, makes sure
    /// soon that it arrived.
    pub(super) fn hasten(&mut self) {
        self.peers.next_round = self.peers.next_round.min(self.now + SOON_MS);
    }
}

/// Why a dial failed, for people: a node that refuses a stranger ends the
/// handshake without a word.
fn in_words(why: &str) -> String {
    match why.contains("negotiation failed") {
        true => format!("it ended the handshake; is this organisation still a member there? ({why})"),
        false => why.to_owned(),
    }
}
