//! What the task does with each event of the swarm.

use libp2p::{
    Multiaddr, PeerId, Stream, gossipsub, ping,
    swarm::{ListenError, SwarmEvent},
};
use tokio::{sync::mpsc::error::TrySendError, time::Instant};

use super::{
    super::{
        Event, GossipId, PeerKey, Verdict, address,
        behaviour::{BehaviourEvent, Built},
        gate::Standing,
        join::{self, chain},
        streams::{Protocol, StreamEvent},
    },
    Node,
};

/// How long a peer that floods gossip is cut off, in seconds.
const FLOOD_SECONDS: u32 = 60;

impl Node {
    pub(super) fn on_swarm(&mut self, built: &mut Built, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour(built, event),
            SwarmEvent::ConnectionEstablished { peer_id, .. } => self.on_connected(built, peer_id),
            SwarmEvent::ConnectionClosed { peer_id, num_established, .. } => {
                self.on_closed(built, peer_id, num_established)
            }
            SwarmEvent::OutgoingConnectionError { peer_id: Some(peer), error, .. } => {
                self.dial_failed(&peer, &error, Instant::now())
            }
            SwarmEvent::IncomingConnectionError { send_back_addr, error, .. } => {
                self.refused_inbound(&send_back_addr, &error);
            }
            SwarmEvent::NewListenAddr { listener_id, address } => {
                self.listeners.bound(listener_id, &address);
                self.outbox.push(Event::Listening(address.to_string()));
            }
            SwarmEvent::ListenerClosed { listener_id, .. } => {
                self.listeners.ended(listener_id, Instant::now())
            }
            SwarmEvent::ListenerError { error, .. } => {
                tracing::warn!(%error, "a listener had trouble")
            }
            _ => {}
        }
    }

    fn refused_inbound(&mut self, from: &Multiaddr, error: &ListenError) {
        if !matches!(error, ListenError::Aborted) {
            let why = chain(error);
            self.outbox.refused(format!("a connection from {from}: {why}"));
        }
    }

    fn on_behaviour(&mut self, built: &mut Built, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Streams(event) => self.on_stream(event),
            BehaviourEvent::Members(gossipsub::Event::Message {
                propagation_source,
                message_id,
                message,
            }) => {
                self.on_gossip(built, propagation_source, &message_id, message);
            }
            BehaviourEvent::Members(_) => {}
            BehaviourEvent::Ping(ping) => match ping.result {
                // Who only asks to join does not speak ping.
                Ok(_) | Err(ping::Failure::Unsupported) => {}
                Err(_) => drop(built.swarm.close_connection(ping.connection)),
            },
        }
    }

    fn on_connected(&mut self, built: &Built, peer: PeerId) {
        self.count_connections(built);
        self.redial.connected(&peer, Instant::now());
        let member = self.gate.standing(&peer) == Ok(Standing::Member);
        if member
            && self.connected.insert(peer)
            && let Some(key) = address::peer_key(&peer)
        {
            self.outbox.connected(key);
        }
    }

    fn on_closed(&mut self, built: &Built, peer: PeerId, remaining: u32) {
        self.count_connections(built);
        if remaining > 0 {
            return;
        }
        self.redial.lost(&peer, Instant::now());
        if self.connected.remove(&peer)
            && let Some(key) = address::peer_key(&peer)
        {
            self.outbox.disconnected(key);
        }
    }

    fn count_connections(&self, built: &Built) {
        let count = built.swarm.network_info().connection_counters().num_established();
        self.counters.connections.set(count.into());
    }

    fn on_stream(&mut self, event: StreamEvent) {
        match event {
            StreamEvent::Inbound { peer, protocol: Protocol::Sync, stream } => {
                self.start_session(peer, stream, false)
            }
            StreamEvent::Opened { peer, protocol: Protocol::Sync, stream } => {
                self.start_session(peer, stream, true)
            }
            StreamEvent::Inbound { peer, protocol: Protocol::Join, stream } => self.serve_join(peer, stream),
            StreamEvent::Inbound { peer, protocol: Protocol::Blob, stream } => {
                self.serve_exchange(&peer, stream)
            }
            StreamEvent::Opened { peer, protocol: Protocol::Blob, stream } => match self.member(&peer) {
                Some(key) => self.exchanges.opened(&peer, key, stream),
                None => self.exchanges.failed(&peer, "the peer is no member any more".to_owned()),
            },
            StreamEvent::OpenFailed { peer, protocol: Protocol::Blob, why } => {
                self.exchanges.failed(&peer, why)
            }
            StreamEvent::OpenFailed { peer, protocol: Protocol::Sync | Protocol::Join, why } => {
                self.open_failed(peer, why);
            }
            // This node asks to join through connections of its own, never through these.
            StreamEvent::Opened { protocol: Protocol::Join, .. } => {}
        }
    }

    fn start_session(&mut self, peer: PeerId, stream: Stream, initiator: bool) {
        let Some(key) = self.member(&peer) else {
            return;
        };
        if self.sessions.start(key, stream, initiator) {
            return;
        }
        let why = "too many sessions are open already";
        if initiator {
            self.open_failed(peer, why.into());
        } else {
            self.outbox.refused(format!("a session from {key}: {why}"));
        }
    }

    fn serve_exchange(&mut self, peer: &PeerId, stream: Stream) {
        if let Some(key) = self.member(peer)
            && !self.exchanges.take(key, stream)
        {
            self.outbox.refused(format!("a request for a file from {key}: too many are being served"));
        }
    }

    fn member(&self, peer: &PeerId) -> Option<PeerKey> {
        let member = self.gate.standing(peer) == Ok(Standing::Member);
        member.then(|| address::peer_key(peer)).flatten()
    }

    fn open_failed(&mut self, peer: PeerId, why: String) {
        if let Some(peer) = address::peer_key(&peer) {
            self.outbox.push(Event::OpenFailed { peer, why });
        }
    }

    fn serve_join(&mut self, peer: PeerId, stream: Stream) {
        let Some(key) = address::peer_key(&peer) else {
            return;
        };
        match self.joins.take(key) {
            Some(slot) => {
                drop(tokio::spawn(join::serve(stream, key, self.events.clone(), self.limits.join_time, slot)))
            }
            None => self.outbox.refused(format!("a join request from {key}: too many are being served")),
        }
    }

    /// Passes a message on, if the consumer has room; otherwise it is ignored and will be fetched later.
    fn on_gossip(
        &mut self,
        built: &mut Built,
        source: PeerId,
        id: &gossipsub::MessageId,
        message: gossipsub::Message,
    ) {
        self.counters.gossip_in.add(1);
        let now = Instant::now();
        if !self.flood.allows(source, now) {
            self.outbox.refused(format!("{source} floods gossip and is cut off for {FLOOD_SECONDS} s"));
            self.cut_off_id(built, source, FLOOD_SECONDS);
        }
        let (Some(from), Ok(bytes)) = (address::peer_key(&source), <[u8; 20]>::try_from(id.0.as_slice()))
        else {
            return;
        };
        let id = GossipId(bytes);
        if !self.pending.insert(id, source, now) {
            return self.report(built, id, source, Verdict::Ignore);
        }
        let event = Event::Gossip { id, from, topic: message.topic.into_string(), data: message.data };
        if let Err(TrySendError::Full(_) | TrySendError::Closed(_)) = self.events.try_send(event) {
            self.pending.take(&id);
            self.report(built, id, source, Verdict::Ignore);
        }
    }
}
