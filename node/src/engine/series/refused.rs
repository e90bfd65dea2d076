//! Submissions that are refused: for good, since each is judged by what it
//! names. And how many of an organisation are judged at a time: judging may be
//! dear, and who sends what must be refused is in no hurry.

use commons_protocol::id::{EntryId, OrganisationId};
use std::collections::{BTreeMap, HashSet};

/// Refusals of an organisation in a minute, after which what else it sends
/// stays undecided until the next one. Honest nodes sign nothing that is
/// refused.
const PER_MINUTE: u32 = 4;

const MINUTE_MS: u64 = 60_000;

/// What was refused here.
#[derive(Debug, Default)]
pub struct Refused {
    ids: HashSet<EntryId>,
    /// Whose submissions are all judged; none while those of everybody are:
    /// what comes from this node's own disk.
    own: Option<OrganisationId>,
    minute: u64,
    counts: BTreeMap<OrganisationId, u32>,
}

impl Refused {
    /// Whether a submission was refused.
    pub fn has(&self, id: &EntryId) -> bool {
        self.ids.contains(id)
    }

    /// Takes in what was refused before.
    pub fn learn(&mut self, id: EntryId) {
        self.ids.insert(id);
    }

    /// Notes a refusal.
    pub fn note(&mut self, id: EntryId, organisation: OrganisationId) {
        self.ids.insert(id);
        *self.counts.entry(organisation).or_default() += 1;
    }

    /// What is refused here, for a state that is loaded from the disk, where
    /// everything is judged.
    pub fn remembered(&self) -> Self {
        Self { ids: self.ids.clone(), ..Self::default() }
    }

    /// From now on judges what peers of the organisation `own` sent, at a time
    /// in milliseconds.
    pub fn begin(&mut self, now: u64, own: OrganisationId) {
        self.own = Some(own);
        if self.minute != now / MINUTE_MS {
            self.minute = now / MINUTE_MS;
            self.counts.clear();
        }
    }

    /// Whether what an organisation sent is judged now.
    pub fn is_its_turn(&self, organisation: &OrganisationId) -> bool {
        let is_limited = self.own.is_some_and(|own| own != *organisation);
        !is_limited || self.counts.get(organisation).is_none_or(|count| *count < PER_MINUTE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_refused_often_waits_for_the_next_minute() {
        let [one, other, own] = [1, 2, 3].map(|number| OrganisationId([number; 32]));
        let mut refused = Refused::default();
        refused.begin(1_000, own);
        for number in 0..4 {
            assert!(refused.is_its_turn(&one));
            refused.note(EntryId([number; 32]), one);
            refused.note(EntryId([10 + number; 32]), own);
        }
        assert!(!refused.is_its_turn(&one) && refused.is_its_turn(&other) && refused.is_its_turn(&own));
        refused.begin(59_999, own);
        assert!(!refused.is_its_turn(&one), "the same minute");
        let loaded = refused.remembered();
        assert!(loaded.is_its_turn(&one) && loaded.has(&EntryId([3; 32])), "what is on the disk is judged");
        refused.begin(60_000, own);
        assert!(refused.is_its_turn(&one));
        assert!(refused.has(&EntryId([3; 32])), "for good");
    }
}
