//! What the fence remembers of the accepted changes of one document.
//!
//! For each change: its place in the causal order. For each operation: what it made and where,
//! in runs, because typing a sentence makes many operations of one kind. Numbers of actors,
//! objects and keys are local to this index; nothing that leaves it contains them.

mod clock;
mod operations;

use std::collections::HashMap;

pub(super) use self::clock::Clock;
pub(super) use self::operations::{Object, OperationId, OperationLog, Place, Record, Shape};
use super::{Actor, Admission, ChangeHash};

/// The root map, which every document has.
pub(super) const ROOT: u32 = 0;

/// One accepted change.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(super) actor: u32,
    pub(crate) sequence: u64,
    pub(crate) first: u64,
    pub(super) last: u64,
    pub(crate) time: u64,
    pub(crate) dependencies: Box<[ChangeHash]>,
    pub(super) clock: Clock,
}

/// One change in the list of its author's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) hash: ChangeHash,
    pub(super) last: u64,
    /// Bytes of the author's changes up to this one.
    pub(super) bytes: u64,
    /// Operations of the author's changes up to this one.
    pub(super) operations: u64,
}

/// All that one actor did.
#[derive(Clone, Debug)]
pub(super) struct Author {
    pub(super) actor: Actor,
    pub(super) steps: Vec<Step>,
    pub(super) operations: OperationLog,
}

/// The accepted changes of one document.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    entries: HashMap<ChangeHash, Entry>,
    authors: Vec<Author>,
    numbers: HashMap<Actor, u32>,
    objects: Vec<Object>,
    keys: HashMap<Box<str>, u32>,
}

impl Index {
    pub(crate) fn new() -> Self {
        Self {
            entries: HashMap::new(),
            authors: Vec::new(),
            numbers: HashMap::new(),
            objects: vec![Object::ROOT],
            keys: HashMap::new(),
        }
    }

    pub(crate) fn entry(&self, hash: &ChangeHash) -> Option<&Entry> {
        self.entries.get(hash)
    }

    /// All changes, each after those it depends on, in an order that every node shares: by first
    /// counter, which is higher than any in the past, then by hash.
    pub(crate) fn in_order(&self) -> Vec<(ChangeHash, &Entry)> {
        let mut entries: Vec<_> = self.entries.iter().map(|(hash, entry)| (*hash, entry)).collect();
        entries.sort_unstable_by_key(|(hash, entry)| (entry.first, *hash));
        entries
    }

    pub(crate) fn actor_of(&self, entry: &Entry) -> Actor {
        self.authors[entry.actor as usize].actor
    }

    /// The latest change by `actor`.
    pub(crate) fn latest_by(&self, actor: &Actor) -> Option<ChangeHash> {
        let steps = &self.author(self.number(actor)?)?.steps;
        steps.last().map(|step| step.hash)
    }

    /// Whether `hash` is `entry` or lies in its past.
    fn covers(&self, entry: &Entry, hash: &ChangeHash) -> bool {
        self.entry(hash).is_some_and(|past| u64::from(entry.clock.of(past.actor)) >= past.sequence)
    }

    /// `hashes` in rising order, without those that lie in the past of others among them.
    pub(crate) fn frontier(&self, hashes: &[ChangeHash]) -> Vec<ChangeHash> {
        let mut hashes = hashes.to_vec();
        hashes.sort_unstable();
        hashes.dedup();
        let all = hashes.clone();
        hashes.retain(|hash| {
            let mut others = all.iter().filter(|other| *other != hash);
            !others.any(|other| self.entry(other).is_some_and(|entry| self.covers(entry, hash)))
        });
        hashes
    }

    pub(super) fn number(&self, actor: &Actor) -> Option<u32> {
        self.numbers.get(actor).copied()
    }

    /// The number the next unknown actor will get.
    pub(super) fn next_number(&self) -> u32 {
        index_number(self.authors.len())
    }

    pub(super) fn author(&self, number: u32) -> Option<&Author> {
        self.authors.get(number as usize)
    }

    pub(super) fn authors(&self) -> &[Author] {
        &self.authors
    }

    pub(super) fn objects(&self) -> &[Object] {
        &self.objects
    }

    pub(super) fn key(&self, key: &str) -> Option<u32> {
        self.keys.get(key).copied()
    }

    pub(super) fn next_key(&self) -> u32 {
        index_number(self.keys.len())
    }

    /// Adds a change that was judged against this very index.
    pub(crate) fn admit(&mut self, admission: Admission) {
        let number = self.enrol(admission.actor);
        for key in admission.keys {
            let next = self.next_key();
            self.keys.entry(key).or_insert(next);
        }
        self.objects.extend(admission.objects);
        let author = &mut self.authors[number as usize];
        let before = author.steps.last().map_or((0, 0), |s| (s.bytes, s.operations));
        author.steps.push(Step {
            hash: admission.hash,
            last: admission.entry.last,
            bytes: before.0 + admission.bytes,
            operations: before.1 + admission.records.len() as u64,
        });
        author.operations.extend(admission.entry.first, &admission.records);
        self.entries.insert(admission.hash, admission.entry);
    }

    fn enrol(&mut self, actor: Actor) -> u32 {
        let next = self.next_number();
        let number = *self.numbers.entry(actor).or_insert(next);
        if number == next {
            self.authors.push(Author { actor, steps: Vec::new(), operations: OperationLog::default() });
        }
        number
    }
}

/// The number of a thing in a list. Each thing costs bytes, of which a document has few.
pub(super) fn index_number(length: usize) -> u32 {
    u32::try_from(length).expect("the limits of a document keep its lists far below 2^32")
}
