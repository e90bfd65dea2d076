//! Raw streams of the session, join and blob protocols, as a libp2p behaviour.
//!
//! The allow list is asked again here when a connection is established, because it may have changed since the
//! handshake. What a connection may speak is fixed by its peer's standing at that moment: a joiner's connection never
//! offers, and so never negotiates, anything but the join protocol.

mod handler;

use std::{
    collections::{HashMap, VecDeque},
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId, Stream,
    core::{Endpoint, transport::PortUse},
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NotifyHandler, THandlerInEvent,
        THandlerOutEvent, ToSwarm,
    },
};

use super::gate::{Gate, Refusal, Standing};
use handler::{Handler, HandlerEvent};

/// A protocol that runs on a stream of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Framed sessions between members.
    Sync,
    /// One frame each way.
    Join,
    /// Attached files, one question on each stream, between members.
    Blob,
}

impl AsRef<str> for Protocol {
    fn as_ref(&self) -> &str {
        match self {
            Self::Sync => "/commons/sync/1",
            Self::Join => "/commons/join/1",
            Self::Blob => "/commons/blob/1",
        }
    }
}

/// What the behaviour reports.
#[derive(Debug)]
pub(crate) enum StreamEvent {
    /// The peer opened a stream.
    Inbound { peer: PeerId, protocol: Protocol, stream: Stream },
    /// A stream that was ordered is open.
    Opened { peer: PeerId, protocol: Protocol, stream: Stream },
    /// A stream that was ordered could not be opened.
    OpenFailed { peer: PeerId, protocol: Protocol, why: String },
}

/// Streams that may be under negotiation on one connection.
const MAX_PENDING: usize = 4;

/// The behaviour.
pub(crate) struct Streams {
    gate: Gate,
    connections: HashMap<ConnectionId, Connection>,
    queue: VecDeque<ToSwarm<StreamEvent, Protocol>>,
}

struct Connection {
    peer: PeerId,
    pending: Vec<Protocol>,
}

impl Streams {
    pub(super) fn new(gate: Gate) -> Self {
        Self { gate, connections: HashMap::new(), queue: VecDeque::new() }
    }

    /// Orders a stream to a connected peer. Answered by exactly one event, unless this returns an error.
    pub(super) fn open(&mut self, peer: PeerId, protocol: Protocol) -> Result<(), &'static str> {
        let mine = self.connections.iter_mut().filter(|(_, c)| c.peer == peer);
        let (id, connection) =
            mine.min_by_key(|(_, c)| c.pending.len()).ok_or("the peer is not connected")?;
        if connection.pending.len() >= MAX_PENDING {
            return Err("too many streams are being opened to this peer");
        }
        connection.pending.push(protocol);
        self.queue.push_back(ToSwarm::NotifyHandler {
            peer_id: peer,
            handler: NotifyHandler::One(*id),
            event: protocol,
        });
        Ok(())
    }

    fn handler(&mut self, peer: PeerId) -> Result<Handler, ConnectionDenied> {
        match self.gate.admit(&peer) {
            Ok(standing) => Ok(Handler::new(standing)),
            Err(refusal) => Err(ConnectionDenied::new(refusal)),
        }
    }

    fn settled(&mut self, connection: ConnectionId, protocol: Protocol) {
        if let Some(connection) = self.connections.get_mut(&connection)
            && let Some(at) = connection.pending.iter().position(|p| *p == protocol)
        {
            connection.pending.swap_remove(at);
        }
    }

    fn closed(&mut self, connection: ConnectionId) {
        let Some(Connection { peer, pending }) = self.connections.remove(&connection) else {
            return;
        };
        for protocol in pending {
            let why = "the connection was closed".into();
            self.queue.push_back(ToSwarm::GenerateEvent(StreamEvent::OpenFailed { peer, protocol, why }));
        }
    }
}

impl NetworkBehaviour for Streams {
    type ConnectionHandler = Handler;
    type ToSwarm = StreamEvent;

    fn handle_pending_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        if self.gate.paused() { Err(ConnectionDenied::new(Refusal::Paused)) } else { Ok(()) }
    }

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<Handler, ConnectionDenied> {
        self.handler(peer)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<Handler, ConnectionDenied> {
        self.handler(peer)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(e) => {
                self.connections.insert(e.connection_id, Connection { peer: e.peer_id, pending: Vec::new() });
            }
            FromSwarm::ConnectionClosed(e) => self.closed(e.connection_id),
            _ => {}
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        let event = match event {
            HandlerEvent::Inbound(protocol, stream) => StreamEvent::Inbound { peer, protocol, stream },
            HandlerEvent::Opened(protocol, stream) => {
                self.settled(connection, protocol);
                StreamEvent::Opened { peer, protocol, stream }
            }
            HandlerEvent::Failed(protocol, why) => {
                self.settled(connection, protocol);
                StreamEvent::OpenFailed { peer, protocol, why }
            }
        };
        self.queue.push_back(ToSwarm::GenerateEvent(event));
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<StreamEvent, THandlerInEvent<Self>>> {
        match self.queue.pop_front() {
            Some(event) => Poll::Ready(event),
            None => Poll::Pending,
        }
    }
}

/// The protocols that a peer of this standing is offered.
fn offered(standing: Standing) -> Vec<Protocol> {
    match standing {
        Standing::Member => vec![Protocol::Sync, Protocol::Join, Protocol::Blob],
        Standing::Joiner => vec![Protocol::Join],
    }
}
