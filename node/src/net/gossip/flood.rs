//! How much gossip one peer may bring.

use std::collections::HashMap;

use libp2p::PeerId;
use tokio::time::Instant;

/// A token bucket per peer. It bounds the duplicate cache, which remembers every message for two minutes. The state
/// outlives connections, so reconnecting refills nothing.
pub(in super::super) struct FloodMeter {
    burst: f64,
    per_second: f64,
    buckets: HashMap<PeerId, Bucket>,
}

struct Bucket {
    tokens: f64,
    at: Instant,
}

impl FloodMeter {
    pub(in super::super) fn new(burst: u32, per_second: u32) -> Self {
        Self { burst: f64::from(burst), per_second: f64::from(per_second), buckets: HashMap::new() }
    }

    /// Counts one message; false when the peer is over its share.
    pub(in super::super) fn allows(&mut self, peer: PeerId, now: Instant) -> bool {
        let bucket = self.buckets.entry(peer).or_insert(Bucket { tokens: self.burst, at: now });
        let earned = now.saturating_duration_since(bucket.at).as_secs_f64() * self.per_second;
        bucket.tokens = (bucket.tokens + earned).min(self.burst);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            return false;
        }
        bucket.tokens -= 1.0;
        true
    }

    /// Forgets peers that are no longer known.
    pub(in super::super) fn retain(&mut self, known: impl Fn(&PeerId) -> bool) {
        self.buckets.retain(|peer, _| known(peer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_burst_is_allowed_and_then_the_rate() {
        let mut meter = FloodMeter::new(10, 2);
        let (peer, start) = (PeerId::random(), Instant::now());
        assert_eq!((0..20).filter(|_| meter.allows(peer, start)).count(), 10);
        let later = start + Duration::from_secs(2);
        assert_eq!((0..20).filter(|_| meter.allows(peer, later)).count(), 4);
        assert!(meter.allows(PeerId::random(), later), "others are not affected");
    }
}
