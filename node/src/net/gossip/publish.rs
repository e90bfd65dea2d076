//! Own messages wait their turn: a burst overruns the queues of the whole mesh.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

/// A message that waits to be published.
pub(in super::super) struct Outgoing {
    pub(in super::super) topic: String,
    pub(in super::super) data: Vec<u8>,
}

/// A bounded queue that lets one message out per interval.
pub(in super::super) struct PublishQueue {
    waiting: VecDeque<Outgoing>,
    capacity: usize,
    interval: Duration,
    next: Instant,
}

impl PublishQueue {
    pub(in super::super) fn new(capacity: usize, interval: Duration) -> Self {
        Self { waiting: VecDeque::new(), capacity, interval, next: Instant::now() }
    }

    /// Queues a message; false when the queue is full.
    pub(in super::super) fn push(&mut self, message: Outgoing) -> bool {
        if self.waiting.len() >= self.capacity {
            return false;
        }
        self.waiting.push_back(message);
        true
    }

    /// The next message, if it is its time.
    pub(in super::super) fn due(&mut self, now: Instant) -> Option<Outgoing> {
        if now < self.next {
            return None;
        }
        let message = self.waiting.pop_front()?;
        self.next = now + self.interval;
        Some(message)
    }

    /// When to look again.
    pub(in super::super) fn wake(&self) -> Option<Instant> {
        (!self.waiting.is_empty()).then_some(self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_is_bounded_and_paced() {
        let mut queue = PublishQueue::new(3, Duration::from_millis(10));
        let message = || Outgoing { topic: "t".into(), data: vec![1] };
        assert_eq!((0..5).filter(|_| queue.push(message())).count(), 3);
        let now = Instant::now();
        assert!(queue.due(now).is_some());
        assert!(queue.due(now).is_none(), "the second waits");
        assert_eq!(queue.wake(), Some(now + Duration::from_millis(10)));
        assert!(queue.due(now + Duration::from_millis(10)).is_some());
    }
}
