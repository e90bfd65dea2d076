//! Gossip for members alone: the connection of a joiner gets an empty handler, so it negotiates no gossip protocol and
//! the gossip behaviour never hears of it.

use std::{
    collections::HashSet,
    task::{Context, Poll},
};

use either::Either;
use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
        THandlerOutEvent, ToSwarm, dummy,
    },
};

use super::{
    gate::{Gate, Standing},
    gossip::Gossip,
};

/// The gossip behaviour behind the allow list.
pub(super) struct MembersOnly {
    pub(super) gossip: Gossip,
    gate: Gate,
    connections: HashSet<ConnectionId>,
}

impl MembersOnly {
    pub(super) fn new(gossip: Gossip, gate: Gate) -> Self {
        Self { gossip, gate, connections: HashSet::new() }
    }

    fn is_member(&mut self, peer: &PeerId, connection: ConnectionId) -> bool {
        let member = self.gate.standing(peer) == Ok(Standing::Member);
        if member {
            self.connections.insert(connection);
        }
        member
    }

    /// Whether gossip should hear of this event.
    fn concerns(&mut self, event: &FromSwarm<'_>) -> bool {
        match event {
            FromSwarm::ConnectionEstablished(e) => self.connections.contains(&e.connection_id),
            FromSwarm::AddressChange(e) => self.connections.contains(&e.connection_id),
            FromSwarm::ConnectionClosed(e) => self.connections.remove(&e.connection_id),
            FromSwarm::ListenFailure(e) => !self.connections.remove(&e.connection_id),
            FromSwarm::DialFailure(e) => !self.connections.remove(&e.connection_id),
            _ => true,
        }
    }
}

impl NetworkBehaviour for MembersOnly {
    type ConnectionHandler = Either<THandler<Gossip>, dummy::ConnectionHandler>;
    type ToSwarm = <Gossip as NetworkBehaviour>::ToSwarm;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        if !self.is_member(&peer, connection) {
            return Ok(Either::Right(dummy::ConnectionHandler));
        }
        self.gossip.handle_established_inbound_connection(connection, peer, local, remote).map(Either::Left)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        if !self.is_member(&peer, connection) {
            return Ok(Either::Right(dummy::ConnectionHandler));
        }
        self.gossip
            .handle_established_outbound_connection(connection, peer, address, role, port)
            .map(Either::Left)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if self.concerns(&event) {
            self.gossip.on_swarm_event(event);
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {
            Either::Left(event) => self.gossip.on_connection_handler_event(peer, connection, event),
            Either::Right(never) => match never {},
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        self.gossip.poll(cx).map(|event| event.map_in(Either::Left))
    }
}
