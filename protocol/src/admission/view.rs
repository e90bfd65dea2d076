//! What a judge sees of the state: what is admitted, and what else is known of
//! the log that is judged.

use super::Admission;
use crate::branch::{Forked, Tree};
use crate::charter::Point;
use crate::collection::Collection;
use crate::id::{EntryId, LogId};
use crate::rules::Known;
use crate::stable::Lineage;

/// The state beside the entries of one log that are not admitted.
pub(super) struct View<'a> {
    /// The state.
    pub admission: &'a Admission,
    /// What else is known of the log.
    pub tree: &'a Tree,
}

impl View<'_> {
    /// The stable point of the log.
    pub(super) fn stable(&self, log: &LogId) -> Option<Point> {
        self.admission.attested().stable(self.admission.governance()?.epochs(), log, self)
    }

    /// What decides between the branches of a log that forked at `seq`.
    pub(super) fn anchor(&self, log: &LogId, seq: u64) -> Option<Point> {
        let known = self.admission.index_of(log).and_then(|index| self.admission.log_at(index));
        let node = known.map(|(_, name, _)| name.node).or(self.tree.node());
        let end = node.and_then(|node| self.admission.keys().end_of(&node, log));
        let (epochs, attested) = (self.admission.governance()?.epochs(), self.admission.attested());
        Forked { log: *log, seq, end, epochs, attested }.anchor(self)
    }

    /// The place of an entry that is admitted in `log`.
    fn admitted(&self, log: &LogId, id: &EntryId) -> Option<u64> {
        let place = self.admission.place(id)?;
        (self.admission.index_of(log) == Some(place.log)).then_some(u64::from(place.seq))
    }

    /// Follows `point` downwards, at most `steps`, to the first entry that is
    /// admitted: the steps that are left there and its place. Of what is not
    /// admitted, the id after all steps.
    fn descend(&self, point: &Point, steps: u64) -> Descent {
        for (left, (id, seq)) in (0..=steps).rev().zip(self.tree.down(point)) {
            match self.admitted(&point.log, &id) {
                Some(place) if place == seq => return Descent::Admitted { left, seq },
                Some(_) => return Descent::Unknown,
                None if left == 0 => return Descent::Other(id),
                None => {}
            }
        }
        Descent::Unknown
    }
}

/// Where a descent ended.
enum Descent {
    /// At an admitted entry, with so many steps left; what is admitted of a
    /// log is one chain.
    Admitted { left: u64, seq: u64 },
    /// After all steps, at an entry that is not admitted.
    Other(EntryId),
    /// Before all steps: something is not here, or not in its place.
    Unknown,
}

impl Known for View<'_> {
    fn collection(&self, entry: &EntryId) -> Option<Collection> {
        self.admission.collection_of(entry)
    }

    fn is_covered(&self, entry: &Point) -> bool {
        let governance = self.admission.governance();
        governance.is_some_and(|governance| self.admission.attested().covers(governance.epochs(), entry))
    }
}

impl Lineage for View<'_> {
    fn leads_to(&self, ancestor: &Point, entry: &Point) -> bool {
        let Some(steps) = entry.seq.checked_sub(ancestor.seq) else { return false };
        match self.descend(entry, steps) {
            Descent::Admitted { left, seq } => {
                let below = self.admitted(&entry.log, &ancestor.entry);
                below.is_some_and(|below| below.checked_add(left) == Some(seq))
            }
            Descent::Other(id) => id == ancestor.entry,
            Descent::Unknown => false,
        }
    }

    fn reaches(&self, point: &Point, seq: u64) -> bool {
        match self.descend(point, point.seq.saturating_sub(seq)) {
            Descent::Admitted { left, seq } => left <= seq,
            Descent::Other(_) => true,
            Descent::Unknown => false,
        }
    }
}
