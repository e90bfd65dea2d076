//! Events that wait until the consumer has room. Bounded: connection changes by what the allow list holds, the rest
//! by a fixed number.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use super::{Event, PeerKey};

/// Events other than connection changes that may wait.
const MAX_WAITING: usize = 256;
/// Time between two reports of refusals.
const REFUSAL_PAUSE: Duration = Duration::from_secs(1);

/// A queue in order of time.
#[derive(Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Event>,
    others: usize,
    refusals_from: Option<Instant>,
}

impl Outbox {
    pub(super) fn connected(&mut self, peer: PeerKey) {
        self.waiting.push_back(Event::Connected { peer });
    }

    /// A connection that came and went before the consumer looked is not mentioned, so a peer has at most two events
    /// here.
    pub(super) fn disconnected(&mut self, peer: PeerKey) {
        let unseen =
            self.waiting.iter().rposition(|e| matches!(e, Event::Connected { peer: p } if *p == peer));
        match unseen {
            Some(at) => drop(self.waiting.remove(at)),
            None => self.waiting.push_back(Event::Disconnected { peer }),
        }
    }

    /// Any other event; dropped when too many wait.
    pub(super) fn push(&mut self, event: Event) {
        if self.others >= MAX_WAITING {
            tracing::warn!(?event, "the consumer of network events is slow: event dropped");
            return;
        }
        self.others += 1;
        self.waiting.push_back(event);
    }

    /// A refusal, unless one was reported just before: strangers must not be able to fill the queue.
    pub(super) fn refused(&mut self, what: String) {
        tracing::debug!(what, "refused");
        let now = Instant::now();
        if self.refusals_from.is_some_and(|from| now < from) {
            return;
        }
        self.refusals_from = Some(now + REFUSAL_PAUSE);
        self.push(Event::Refused { what });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn pop(&mut self) -> Option<Event> {
        let event = self.waiting.pop_front()?;
        if !matches!(event, Event::Connected { .. } | Event::Disconnected { .. }) {
            self.others -= 1;
        }
        Some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(outbox: &mut Outbox) -> Vec<String> {
        std::iter::from_fn(|| outbox.pop()).map(|e| format!("{e:?}").chars().take(4).collect()).collect()
    }

    #[test]
    fn flapping_peers_take_two_places_at_most() {
        let mut outbox = Outbox::default();
        let peer = PeerKey([1; 32]);
        outbox.connected(peer);
        outbox.disconnected(peer);
        assert!(outbox.is_empty());
        outbox.disconnected(peer);
        for _ in 0..100 {
            outbox.connected(peer);
            outbox.disconnected(peer);
        }
        outbox.connected(peer);
        assert_eq!(names(&mut outbox), ["Disc", "Conn"]);
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_and_other_events_are_bounded() {
        let mut outbox = Outbox::default();
        outbox.refused("first".into());
        outbox.refused("too soon".into());
        assert_eq!(names(&mut outbox).len(), 1);
        tokio::time::advance(REFUSAL_PAUSE).await;
        outbox.refused("later".into());
        for _ in 0..1000 {
            outbox.push(Event::Listening(String::new()));
        }
        assert_eq!(names(&mut outbox).len(), MAX_WAITING);
        outbox.push(Event::Listening(String::new()));
        assert!(!outbox.is_empty(), "there is room again");
    }
}
