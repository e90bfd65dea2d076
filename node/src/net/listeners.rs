//! Where the node listens. A listener that fails is opened again; a port that was chosen once is kept.

use std::time::Duration;

use libp2p::{Multiaddr, Swarm, core::transport::ListenerId, swarm::NetworkBehaviour};
use tokio::time::Instant;

use super::{NetError, address};

/// Time before a listener that failed is opened again.
const RETRY: Duration = Duration::from_secs(5);

/// All listeners of a node.
pub(super) struct Listeners {
    all: Vec<Listener>,
}

struct Listener {
    address: Multiaddr,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Closed,
    Open(ListenerId),
    RetryAt(Instant),
}

impl Listeners {
    pub(super) fn new(addresses: &[String]) -> Result<Self, NetError> {
        let listener =
            |text: &String| address::parse(text).map(|address| Listener { address, state: State::Closed });
        Ok(Self { all: addresses.iter().map(listener).collect::<Result<_, _>>()? })
    }

    /// Opens what is closed; the first failure is returned and the rest stays closed.
    pub(super) fn open<B: NetworkBehaviour>(&mut self, swarm: &mut Swarm<B>) -> Result<(), NetError> {
        for listener in self.all.iter_mut().filter(|l| l.state == State::Closed) {
            let address = listener.address.clone();
            let id = swarm
                .listen_on(address.clone())
                .map_err(|source| NetError::Listen { address: address.to_string(), source })?;
            listener.state = State::Open(id);
        }
        Ok(())
    }

    /// Opens what is closed or due; failures are logged and tried again.
    pub(super) fn keep_open<B: NetworkBehaviour>(&mut self, swarm: &mut Swarm<B>, now: Instant) {
        for listener in &mut self.all {
            match listener.state {
                State::Open(_) => continue,
                State::RetryAt(at) if at > now => continue,
                State::RetryAt(_) | State::Closed => {}
            }
            listener.state = match swarm.listen_on(listener.address.clone()) {
                Ok(id) => State::Open(id),
                Err(error) => {
                    tracing::warn!(address = %listener.address, %error, "cannot listen; will try again");
                    State::RetryAt(now + RETRY)
                }
            };
        }
    }

    /// Closes all, as for a pause.
    pub(super) fn close<B: NetworkBehaviour>(&mut self, swarm: &mut Swarm<B>) {
        for listener in &mut self.all {
            if let State::Open(id) = listener.state {
                swarm.remove_listener(id);
            }
            listener.state = State::Closed;
        }
    }

    /// A listener reported the address it really uses.
    pub(super) fn bound(&mut self, id: ListenerId, bound: &Multiaddr) {
        if let Some(listener) = self.all.iter_mut().find(|l| l.state == State::Open(id)) {
            listener.address = address::pin_port(&listener.address, bound);
        }
    }

    /// A listener ended by itself.
    pub(super) fn ended(&mut self, id: ListenerId, now: Instant) {
        if let Some(listener) = self.all.iter_mut().find(|l| l.state == State::Open(id)) {
            listener.state = State::RetryAt(now + RETRY);
        }
    }

    /// A new swarm has no listeners.
    pub(super) fn reset(&mut self) {
        self.all.iter_mut().for_each(|l| l.state = State::Closed);
    }

    /// When to look again.
    pub(super) fn wake(&self) -> Option<Instant> {
        let waiting = self.all.iter().filter_map(|l| match l.state {
            State::RetryAt(at) => Some(at),
            State::Closed | State::Open(_) => None,
        });
        waiting.min()
    }
}
