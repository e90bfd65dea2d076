//! Counted permission to do something with a peer, given back on drop.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use super::PeerKey;

/// A bounded number of slots, in all and per peer.
#[derive(Clone)]
pub(super) struct Slots {
    taken: Arc<Mutex<HashMap<PeerKey, usize>>>,
    total: usize,
    per_peer: usize,
}

/// One taken slot.
pub(super) struct Slot {
    peer: PeerKey,
    taken: Arc<Mutex<HashMap<PeerKey, usize>>>,
}

impl Slots {
    pub(super) fn new(total: usize, per_peer: usize) -> Self {
        Self { taken: Arc::default(), total, per_peer }
    }

    /// A slot for this peer, if one is free.
    pub(super) fn take(&self, peer: PeerKey) -> Option<Slot> {
        let mut taken = lock(&self.taken);
        let in_all: usize = taken.values().sum();
        let mine = taken.get(&peer).copied().unwrap_or(0);
        if in_all >= self.total || mine >= self.per_peer {
            return None;
        }
        taken.insert(peer, mine + 1);
        Some(Slot { peer, taken: self.taken.clone() })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        match taken.get_mut(&self.peer) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                taken.remove(&self.peer);
            }
        }
    }
}

fn lock(taken: &Mutex<HashMap<PeerKey, usize>>) -> MutexGuard<'_, HashMap<PeerKey, usize>> {
    taken.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_bounded_and_come_back() {
        let slots = Slots::new(3, 2);
        let (a, b) = (PeerKey([1; 32]), PeerKey([2; 32]));
        let first = slots.take(a).expect("free");
        let _second = slots.take(a).expect("free");
        assert!(slots.take(a).is_none(), "two per peer");
        let _third = slots.take(b).expect("free");
        assert!(slots.take(b).is_none(), "three in all");
        drop(first);
        assert!(slots.take(b).is_some());
    }
}
