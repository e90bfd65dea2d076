//! The part of [`super::Streams`] that lives in a connection's own task.

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
    time::Duration,
    vec,
};

use libp2p::{
    Stream,
    core::upgrade::{InboundUpgrade, OutboundUpgrade, UpgradeInfo},
    swarm::{
        ConnectionHandler, ConnectionHandlerEvent, StreamUpgradeError, SubstreamProtocol,
        handler::{ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound},
    },
};

use super::{Protocol, Standing, offered};

/// Events that may wait for the swarm; more inbound streams than that are dropped, which the peer sees as closed.
const MAX_WAITING: usize = 16;
/// Time to agree on a protocol.
const NEGOTIATION: Duration = Duration::from_secs(10);

/// What the handler reports.
#[derive(Debug)]
pub(crate) enum HandlerEvent {
    Inbound(Protocol, Stream),
    Opened(Protocol, Stream),
    Failed(Protocol, String),
}

/// Negotiates streams on one connection.
pub(crate) struct Handler {
    standing: Standing,
    orders: VecDeque<Protocol>,
    events: VecDeque<HandlerEvent>,
}

impl Handler {
    pub(super) fn new(standing: Standing) -> Self {
        Self { standing, orders: VecDeque::new(), events: VecDeque::new() }
    }
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Protocol;
    type ToBehaviour = HandlerEvent;
    type InboundProtocol = Offer;
    type OutboundProtocol = Offer;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Protocol;

    fn listen_protocol(&self) -> SubstreamProtocol<Offer> {
        SubstreamProtocol::new(Offer(offered(self.standing)), ()).with_timeout(NEGOTIATION)
    }

    /// Members stay connected; a joiner's connection goes when it is idle.
    fn connection_keep_alive(&self) -> bool {
        self.standing == Standing::Member
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ConnectionHandlerEvent<Offer, Protocol, HandlerEvent>> {
        if let Some(event) = self.events.pop_front() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(event));
        }
        if let Some(protocol) = self.orders.pop_front() {
            let protocol = SubstreamProtocol::new(Offer(vec![protocol]), protocol).with_timeout(NEGOTIATION);
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        Poll::Pending
    }

    fn on_behaviour_event(&mut self, protocol: Protocol) {
        self.orders.push_back(protocol);
    }

    fn on_connection_event(&mut self, event: ConnectionEvent<'_, Offer, Offer, (), Protocol>) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol: (protocol, stream),
                ..
            }) if self.events.len() < MAX_WAITING => {
                self.events.push_back(HandlerEvent::Inbound(protocol, stream));
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol: (protocol, stream),
                ..
            }) => {
                self.events.push_back(HandlerEvent::Opened(protocol, stream));
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info, error }) => {
                self.events.push_back(HandlerEvent::Failed(info, explain(error)));
            }
            _ => {}
        }
    }
}

fn explain(error: StreamUpgradeError<Infallible>) -> String {
    match error {
        StreamUpgradeError::Timeout => "the peer did not agree on the protocol in time".into(),
        StreamUpgradeError::NegotiationFailed => "the peer does not offer the protocol to this node".into(),
        StreamUpgradeError::Io(error) => format!("the stream failed: {error}"),
        StreamUpgradeError::Apply(never) => match never {},
    }
}

/// A choice of protocols; the stream comes back with the chosen one.
pub(crate) struct Offer(Vec<Protocol>);

impl UpgradeInfo for Offer {
    type Info = Protocol;
    type InfoIter = vec::IntoIter<Protocol>;

    fn protocol_info(&self) -> Self::InfoIter {
        self.0.clone().into_iter()
    }
}

impl InboundUpgrade<Stream> for Offer {
    type Output = (Protocol, Stream);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_inbound(self, stream: Stream, chosen: Protocol) -> Self::Future {
        ready(Ok((chosen, stream)))
    }
}

impl OutboundUpgrade<Stream> for Offer {
    type Output = (Protocol, Stream);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_outbound(self, stream: Stream, chosen: Protocol) -> Self::Future {
        ready(Ok((chosen, stream)))
    }
}
