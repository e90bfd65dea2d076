//! Chain admission, incrementally: the state that a node keeps of all logs.
//!
//! Invariant: whatever the order, duplication and batching of what came in,
//! the admitted heads equal [`crate::recompute::recompute`] of it – as long
//! as nothing that waits was evicted, and after a rebuild where one is asked
//! for. Growth is incremental; what shrinks the admitted set (a fork, a
//! revocation, a removal) is rare and rebuilds from what is stored.

use crate::collection::Collection;
use crate::entry::{Entry, LogName};
use crate::governance::{Governance, check_proposal};
use crate::id::{CommonsId, EntryId, LogId, ObjectId};
use crate::keys::Keys;
use crate::limits::OBJECTS;
use crate::object::Object;
use crate::recompute::Heads;
use crate::refusal::Refusal;
use crate::rules::{Context, Judgement, Wait};
use crate::run::VerifiedRun;
use crate::waiting::Waiting;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Where an admitted entry stands: index of its log, sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Index of the log, in the order in which this node met them.
    pub log: u32,
    /// Sequence number.
    pub seq: u32,
}

/// The end of what is admitted of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Sequence number of the last admitted entry.
    pub seq: u64,
    /// Its id.
    pub id: EntryId,
    /// The epoch that it names.
    pub epoch: u64,
}

#[derive(Clone, Debug)]
struct Log {
    name: LogName,
    id: LogId,
    head: Option<Head>,
}

/// Entries of a run that were admitted together.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// The run from its first newly admitted entry on.
    pub run: VerifiedRun,
    /// How many of its entries were admitted.
    pub count: usize,
}

/// What taking something in did.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What was admitted, in an order in which every entry follows what it
    /// depends on.
    pub admitted: Vec<Admitted>,
    /// Whether it was new: worth storing, worth passing on.
    pub is_new: bool,
    /// Why the last entries of it were refused, if they were.
    pub refused: Option<Refusal>,
    /// A run that proves a fork, to be stored as evidence.
    pub fork: Option<VerifiedRun>,
    /// Whether the admitted set may shrink: the state must be built again
    /// from everything that is stored.
    pub rebuild: bool,
}

/// All logs, all keys, all epochs of one commons.
#[derive(Debug)]
pub struct Admission {
    commons: CommonsId,
    objects: BTreeMap<ObjectId, Object>,
    governance: Option<Governance>,
    keys: Keys,
    logs: Vec<Log>,
    by_id: HashMap<LogId, u32>,
    admitted: HashMap<EntryId, Place>,
    frozen: BTreeMap<LogId, u64>,
    waiting: Waiting,
    evicted: u64,
}

impl Admission {
    /// An empty state of `commons`.
    pub fn new(commons: CommonsId) -> Self {
        Self {
            commons,
            objects: BTreeMap::new(),
            governance: None,
            keys: Keys::default(),
            logs: Vec::new(),
            by_id: HashMap::new(),
            admitted: HashMap::new(),
            frozen: BTreeMap::new(),
            waiting: Waiting::default(),
            evicted: 0,
        }
    }

    /// An empty state to which everything stored is to be given again: it
    /// keeps the governance objects and the known forks.
    pub fn emptied(&self) -> Self {
        let mut fresh = Self::new(self.commons);
        fresh.objects.clone_from(&self.objects);
        fresh.frozen.clone_from(&self.frozen);
        fresh.refresh();
        fresh
    }

    /// The commons.
    pub fn commons(&self) -> CommonsId {
        self.commons
    }

    /// The chain of epochs, once the founding is known.
    pub fn governance(&self) -> Option<&Governance> {
        self.governance.as_ref()
    }

    /// The delegations.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The governance objects by id.
    pub fn objects(&self) -> &BTreeMap<ObjectId, Object> {
        &self.objects
    }

    /// Where an admitted entry stands.
    pub fn place(&self, entry: &EntryId) -> Option<Place> {
        self.admitted.get(entry).copied()
    }

    /// Ids of all admitted entries, in no order.
    pub fn entry_ids(&self) -> impl Iterator<Item = &EntryId> {
        self.admitted.keys()
    }

    /// Number of admitted entries.
    pub fn entries(&self) -> u64 {
        self.admitted.len() as u64
    }

    /// Every log with its head.
    pub fn heads(&self) -> impl Iterator<Item = (LogId, LogName, Head)> {
        self.logs.iter().filter_map(|log| Some((log.id, log.name, log.head?)))
    }

    /// The heads in the form of the specification.
    pub fn head_map(&self) -> Heads {
        self.heads().map(|(log, _, head)| (log, (head.seq, head.id))).collect()
    }

    /// Id, name and head of a log by its index.
    pub fn log_at(&self, index: u32) -> Option<(LogId, LogName, Option<Head>)> {
        self.logs.get(index as usize).map(|log| (log.id, log.name, log.head))
    }

    /// The head of a log.
    pub fn head(&self, log: &LogId) -> Option<Head> {
        self.by_id.get(log).and_then(|index| self.logs.get(*index as usize)).and_then(|log| log.head)
    }

    /// The index of a log.
    pub fn index_of(&self, log: &LogId) -> Option<u32> {
        self.by_id.get(log).copied()
    }

    /// The places from which logs are frozen because they forked.
    pub fn frozen(&self) -> &BTreeMap<LogId, u64> {
        &self.frozen
    }

    /// What waits, and why.
    pub fn waiting(&self) -> &Waiting {
        &self.waiting
    }

    /// Runs that had to leave the waiting pool since the start.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Takes in governance objects.
    pub fn take_objects(&mut self, objects: impl IntoIterator<Item = Object>) -> Outcome {
        let mut outcome = Outcome::default();
        for object in objects {
            match self.check_object(&object) {
                Ok(false) => {}
                Ok(true) => {
                    outcome.is_new = true;
                    self.objects.insert(object.id(), object);
                }
                Err(refusal) => outcome.refused = Some(refusal),
            }
        }
        if outcome.is_new {
            outcome.rebuild = self.refresh();
            self.wake(self.waiting.logs(), &mut outcome);
        }
        outcome
    }

    /// Whether an object is new here and may be kept.
    pub fn check_object(&self, object: &Object) -> Result<bool, Refusal> {
        if self.objects.contains_key(&object.id()) {
            return Ok(false);
        }
        self.check_commons(object)?;
        (self.objects.len() < OBJECTS).then_some(true).ok_or(Refusal::OverQuota)
    }

    /// Takes in a run whose signature verified.
    pub fn take_run(&mut self, run: VerifiedRun) -> Outcome {
        let mut outcome = Outcome::default();
        let log = run.log().id(&self.commons);
        if let Some(seq) = self.conflict(&log, &run) {
            self.freeze(log, seq, &run, &mut outcome);
        }
        self.advance(log, run, &mut outcome);
        self.wake(vec![log], &mut outcome);
        outcome
    }

    /// Takes in a run that this node admitted and stored before, `count` of
    /// its entries; used to load a state without judging again.
    pub fn load(&mut self, log: LogName, first: u64, ids: impl Iterator<Item = EntryId>, epoch: u64) {
        let index = self.index_or_insert(log);
        for (seq, id) in (first..).zip(ids) {
            self.set_head(index, Head { seq, id, epoch });
        }
    }

    /// Remembers a fork that was found before a restart.
    pub fn load_fork(&mut self, log: LogId, seq: u64) {
        let lowest = self.frozen.entry(log).or_insert(seq);
        *lowest = seq.min(*lowest);
    }

    fn check_commons(&self, object: &Object) -> Result<(), Refusal> {
        let commons = match object {
            Object::Proposal(proposal) => return check_proposal(self.commons, proposal.value()),
            Object::Vote(vote) => vote.value().commons,
            Object::Key(event) => event.value().commons,
        };
        (commons == self.commons).then_some(()).ok_or(Refusal::WrongCommons)
    }

    /// Computes governance and keys again; returns whether a right that was
    /// used may have shrunk.
    fn refresh(&mut self) -> bool {
        let Some((governance, keys)) = crate::recompute::judges(self.commons, self.objects.values()) else {
            return false;
        };
        let shrinks = !keys.extends(&self.keys)
            || self.governance.as_ref().is_some_and(|old| governance.removes_since(old));
        self.governance = Some(governance);
        self.keys = keys;
        shrinks && !self.admitted.is_empty()
    }

    /// Tries the runs that wait in `logs`, and in all logs that what is
    /// admitted sets free.
    fn wake(&mut self, logs: Vec<LogId>, outcome: &mut Outcome) {
        let mut seen = 0;
        let mut queue: VecDeque<LogId> = logs.into();
        loop {
            for id in outcome.admitted[seen..]
                .iter()
                .flat_map(|part| &part.run.entries()[..part.count])
                .map(|entry| entry.id)
            {
                queue.extend(self.waiting.waiting_for(&Wait::Dependency(id)));
            }
            seen = outcome.admitted.len();
            let Some(log) = queue.pop_front() else { return };
            for run in self.waiting.take(&log) {
                self.advance(log, run, outcome);
            }
        }
    }

    /// Admits as much of `run` as possible; the rest waits.
    fn advance(&mut self, log: LogId, run: VerifiedRun, outcome: &mut Outcome) {
        let next = self.head(&log).map_or(0, |head| head.seq + 1);
        if run.first() > next {
            return self.wait(log, run, Wait::Previous, outcome);
        }
        let Some(run) = run.from_seq(next) else { return };
        let (count, reason) = self.admit_prefix(&log, &run);
        let rest = reason.and_then(|reason| Some((run.clone().from_seq(next + count as u64)?, reason)));
        if count > 0 {
            outcome.is_new = true;
            outcome.admitted.push(Admitted { run, count });
        }
        if let Some((rest, reason)) = rest {
            self.wait(log, rest, reason, outcome);
        }
    }

    fn wait(&mut self, log: LogId, run: VerifiedRun, reason: Wait, outcome: &mut Outcome) {
        if let Wait::Refused(refusal) = reason {
            outcome.refused = Some(refusal);
        }
        self.evicted += self.waiting.keep(log, run, reason) as u64;
    }

    fn admit_prefix(&mut self, log: &LogId, run: &VerifiedRun) -> (usize, Option<Wait>) {
        for (count, entry) in run.entries().iter().enumerate() {
            match self.judge(log, entry) {
                Judgement::Admit => {
                    let index = self.index_or_insert(run.log());
                    self.set_head(
                        index,
                        Head { seq: entry.header.seq, id: entry.id, epoch: entry.header.epoch },
                    );
                }
                Judgement::Wait(reason) => return (count, Some(reason)),
            }
        }
        (run.entries().len(), None)
    }

    fn judge(&self, log: &LogId, entry: &Entry) -> Judgement {
        let head = self.head(log);
        let Some(governance) = &self.governance else {
            return Judgement::Wait(Wait::Epoch(entry.header.epoch));
        };
        if entry.header.prev != head.map(|head| head.id) {
            return Judgement::Wait(Wait::Refused(Refusal::OtherBranch));
        }
        if self.frozen.get(log).is_some_and(|seq| entry.header.seq >= *seq) {
            return Judgement::Wait(Wait::Refused(Refusal::Fork));
        }
        let context = Context { governance, keys: &self.keys };
        context.judge(entry, log, head.map_or(0, |head| head.epoch), |id| self.collection_of(id))
    }

    fn collection_of(&self, entry: &EntryId) -> Option<Collection> {
        let place = self.admitted.get(entry)?;
        self.logs.get(place.log as usize).map(|log| log.name.collection)
    }

    /// The lowest place where `run` differs from an entry that is known.
    fn conflict(&self, log: &LogId, run: &VerifiedRun) -> Option<u64> {
        let head = self.head(log).map(|head| head.seq);
        let is_other = |entry: &&Entry| {
            let differs =
                head.is_some_and(|head| entry.header.seq <= head) && !self.admitted.contains_key(&entry.id);
            differs || self.waiting.differs(log, entry)
        };
        run.entries().iter().find(is_other).map(|entry| entry.header.seq)
    }

    /// Freezes a log from `seq` on: two different entries stand there.
    fn freeze(&mut self, log: LogId, seq: u64, run: &VerifiedRun, outcome: &mut Outcome) {
        let is_lower = self.frozen.get(&log).is_none_or(|lowest| seq < *lowest);
        if is_lower {
            self.frozen.insert(log, seq);
            outcome.is_new = true;
            outcome.rebuild |= self.head(&log).is_some_and(|head| head.seq >= seq);
            outcome.fork = Some(run.clone());
        }
        outcome.refused = Some(Refusal::Fork);
    }

    fn index_or_insert(&mut self, name: LogName) -> u32 {
        let id = name.id(&self.commons);
        if let Some(index) = self.by_id.get(&id) {
            return *index;
        }
        // A log costs its writer a delegated key and one of 256 nonces.
        let index = u32::try_from(self.logs.len()).unwrap_or(u32::MAX);
        self.logs.push(Log { name, id, head: None });
        self.by_id.insert(id, index);
        index
    }

    fn set_head(&mut self, index: u32, head: Head) {
        let seq = u32::try_from(head.seq).unwrap_or(u32::MAX);
        if let Some(log) = self.logs.get_mut(index as usize) {
            log.head = Some(head);
            self.admitted.insert(head.id, Place { log: index, seq });
        }
    }
}
