//! What is remembered of our contributions that were cut off: where they
//! stand, never what they say, so that an erasure stays complete.

use commons_protocol::admission::Admission;
use commons_protocol::id::{DocumentId, EntryId, LogId};
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};

/// Documents that are remembered at most.
const DOCUMENTS: usize = 4_096;

/// Logs that are remembered per document: a cut log is never continued, and
/// a collection has 256.
const STRETCHES: usize = 64;

/// A part of one of our logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Stretch {
    /// The log.
    #[n(0)]
    pub log: LogId,
    /// Sequence number of the first entry that is meant.
    #[n(1)]
    pub first: u64,
    /// Sequence number of the last entry that is meant.
    #[n(2)]
    pub last: u64,
    /// Id of the last entry that is meant.
    #[n(3)]
    pub entry: EntryId,
}

impl Stretch {
    /// Whether it covers a place.
    pub fn covers(&self, log: &LogId, seq: u64) -> bool {
        self.log == *log && (self.first..=self.last).contains(&seq)
    }
}

/// Contributions to one document that were cut off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Cut {
    /// The document; none stands for everything that was cut in a log,
    /// erasures and receipts included.
    #[n(0)]
    pub document: Option<DocumentId>,
    /// What is still to be offered.
    #[n(1)]
    pub open: Vec<Stretch>,
    /// What was written again.
    #[n(2)]
    pub done: Vec<Stretch>,
}

impl Cut {
    /// Remembers an entry. Returns whether that was new.
    fn note(&mut self, log: LogId, seq: u64, entry: EntryId) -> bool {
        if self.done.iter().any(|stretch| stretch.covers(&log, seq)) {
            return false;
        }
        let before = self.open.clone();
        let has_room = self.open.len() < STRETCHES;
        match self.open.iter_mut().find(|stretch| stretch.log == log) {
            Some(stretch) => {
                stretch.first = stretch.first.min(seq);
                if seq >= stretch.last {
                    (stretch.last, stretch.entry) = (seq, entry);
                }
            }
            None if has_room => self.open.push(Stretch { log, first: seq, last: seq, entry }),
            None => {}
        }
        self.open != before
    }

    /// Nothing of it is to be offered any more.
    fn settle(&mut self) {
        self.done.append(&mut self.open);
        // Forgetting the oldest means at worst to offer it again.
        let surplus = self.done.len().saturating_sub(STRETCHES);
        self.done.drain(..surplus);
    }
}

/// All of them, and which are not on disk yet.
#[derive(Clone, Debug, Default)]
pub struct Cuts {
    known: BTreeMap<Option<DocumentId>, Cut>,
    unsaved: BTreeSet<Option<DocumentId>>,
}

impl Cuts {
    /// Takes in what was remembered on disk; the newest counts.
    pub fn learn(&mut self, cut: Cut) {
        self.known.insert(cut.document, cut);
    }

    /// Remembers one of our entries that is not admitted any more.
    pub fn note(&mut self, document: Option<DocumentId>, log: LogId, seq: u64, entry: EntryId) {
        if !self.known.contains_key(&document) && self.known.len() >= DOCUMENTS {
            return;
        }
        let fresh = || Cut { document, ..Cut::default() };
        if self.known.entry(document).or_insert_with(fresh).note(log, seq, entry) {
            self.unsaved.insert(document);
        }
    }

    /// Remembers that the disk holds records that the index does not know:
    /// of entries that don't count, or that were stored more than once.
    pub fn note_leftovers(&mut self) {
        if !self.has_leftovers() {
            self.known.insert(None, Cut::default());
            self.unsaved.insert(None);
        }
    }

    /// Whether the disk holds records that the index does not know.
    pub fn has_leftovers(&self) -> bool {
        self.known.contains_key(&None)
    }

    /// Our logs of which something was cut: nothing may be added to them,
    /// since what was cut may lie on other disks.
    pub fn logs(&self) -> impl Iterator<Item = LogId> {
        self.known.values().flat_map(|cut| cut.open.iter().chain(&cut.done)).map(|stretch| stretch.log)
    }

    /// What is to be offered of a document, or what erasures to repeat.
    pub fn open(&self, document: Option<DocumentId>, admission: &Admission) -> Vec<Stretch> {
        let open = self.known.get(&document).map(|cut| cut.open.clone()).unwrap_or_default();
        open.into_iter().filter(|stretch| admission.place(&stretch.entry).is_none()).collect()
    }

    /// The documents of which something is to be offered.
    pub fn documents(&self, admission: &Admission) -> impl Iterator<Item = DocumentId> {
        let is_open = |stretch: &Stretch| admission.place(&stretch.entry).is_none();
        let open = self.known.values().filter(move |cut| cut.open.iter().any(is_open));
        open.filter_map(|cut| cut.document)
    }

    /// Nothing of this is to be offered any more.
    pub fn settle(&mut self, document: Option<DocumentId>) {
        if let Some(cut) = self.known.get_mut(&document).filter(|cut| !cut.open.is_empty()) {
            cut.settle();
            self.unsaved.insert(document);
        }
    }

    /// What is not on disk yet.
    pub fn unsaved(&self) -> Vec<Cut> {
        self.unsaved.iter().filter_map(|document| self.known.get(document)).cloned().collect()
    }

    /// Everything is on disk now.
    pub fn saved(&mut self) {
        self.unsaved.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use commons_protocol::codec;
    use commons_protocol::id::CommonsId;

    fn log(n: u8) -> LogId {
        LogId([n; 32])
    }

    #[test]
    fn what_was_written_again_is_not_offered_again() {
        let admission = Admission::new(CommonsId([0; 32]));
        let document = Some(DocumentId([7; 32]));
        let mut cuts = Cuts::default();
        cuts.note(document, log(1), 5, EntryId([5; 32]));
        cuts.note(document, log(1), 9, EntryId([9; 32]));
        assert_eq!(cuts.documents(&admission).count(), 1);
        cuts.settle(document);
        cuts.note(document, log(1), 7, EntryId([7; 32]));
        assert_eq!(cuts.documents(&admission).count(), 0);
        // Something that was cut later is offered by itself.
        cuts.note(document, log(1), 3, EntryId([3; 32]));
        let open = cuts.open(document, &admission);
        assert_eq!(open, [Stretch { log: log(1), first: 3, last: 3, entry: EntryId([3; 32]) }]);
        assert_eq!(cuts.logs().collect::<BTreeSet<_>>(), BTreeSet::from([log(1)]));
    }

    #[test]
    fn the_largest_fact_fits_what_is_read_back() {
        let document = Some(DocumentId([7; 32]));
        let mut cuts = Cuts::default();
        for round in 0..2 {
            for n in 0..=u8::MAX {
                cuts.note(document, log(n), u64::MAX - round, EntryId([n; 32]));
            }
            cuts.settle(document);
        }
        for n in 0..=u8::MAX {
            cuts.note(document, log(n), 1, EntryId([n; 32]));
        }
        let unsaved = cuts.unsaved();
        let [cut] = unsaved.as_slice() else { panic!("one document") };
        assert_eq!((cut.open.len(), cut.done.len()), (STRETCHES, STRETCHES));
        let bytes = codec::encode(&super::super::super::load::Fact::Cut(cut.clone()));
        assert!(bytes.len() <= 16 * 1024, "{} bytes", bytes.len());
    }
}
