//! The causal past of a change, as the last sequence number of each actor in it.

use std::sync::Arc;

/// A vector clock. An author's changes in a row share the clock of what lies before them.
#[derive(Clone, Debug)]
pub(in crate::fence) struct Clock {
    own: u32,
    sequence: u32,
    past: Arc<[u32]>,
}

impl Clock {
    /// The clock of the change `sequence` by `own`, whose dependencies have the clocks `parents`.
    pub(in crate::fence) fn after(own: u32, sequence: u32, parents: &[&Self]) -> Self {
        if let [parent] = parents
            && parent.own == own
        {
            let past = Arc::clone(&parent.past);
            return Self { own, sequence, past };
        }
        let mut past = Vec::new();
        parents.iter().for_each(|parent| parent.merge_into(&mut past));
        Self { own, sequence, past: past.into() }
    }

    fn merge_into(&self, merged: &mut Vec<u32>) {
        let length = self.past.len().max(self.own as usize + 1);
        if merged.len() < length {
            merged.resize(length, 0);
        }
        for (mine, theirs) in merged.iter_mut().zip(self.past.iter()) {
            *mine = (*mine).max(*theirs);
        }
        let own = &mut merged[self.own as usize];
        *own = (*own).max(self.sequence);
    }

    /// How many actors lie in this past, the author included.
    pub(in crate::fence) fn actors(&self) -> usize {
        let mut others = (0..).zip(self.past.iter());
        1 + others.by_ref().filter(|(actor, seen)| **seen > 0 && *actor != self.own).count()
    }

    /// The last sequence number of `actor`, zero if it is not in this past.
    pub(in crate::fence) fn of(&self, actor: u32) -> u32 {
        if actor == self.own {
            return self.sequence;
        }
        self.past.get(actor as usize).copied().unwrap_or(0)
    }
}
