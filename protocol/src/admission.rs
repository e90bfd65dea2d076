//! Chain admission, incrementally: the state that a node keeps of all logs.
//!
//! Invariant: whatever the order, duplication and batching of what came in,
//! the admitted heads equal [`crate::recompute::recompute`] of it – as long
//! as nothing that waits was evicted, and after a rebuild where one is asked
//! for. Growth is incremental; what shrinks the admitted set (a fork, a
//! revocation, a removal) is rare and rebuilds from what is stored.

mod forks;
mod objects;
mod quota;
mod view;

use crate::branch::Tree;
use crate::charter::Point;
use crate::collection::Collection;
use crate::entry::{Entry, LogName};
use crate::governance::Governance;
use crate::id::{CommonsId, EntryId, EpochHash, LogId, ObjectId};
use crate::keys::Keys;
use crate::object::Object;
use crate::recompute::Heads;
use crate::refusal::Refusal;
use crate::rules::{Context, Judgement, Wait};
use crate::run::VerifiedRun;
use crate::stable::{Attested, Lineage as _};
use crate::waiting::Waiting;
use quota::Quota;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use view::View;

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

/// Two different entries in one place of a log.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// The place.
    pub place: (LogId, u64),
    /// The run that came in.
    pub run: VerifiedRun,
    /// The run that waited; none if the other entry was admitted.
    pub other: Option<VerifiedRun>,
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
    /// A fork that nobody has proved yet: the proof is to be made and given
    /// back as an object.
    pub fork: Option<Conflict>,
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
    attested: Attested,
    quota: Quota,
    chosen: BTreeSet<EpochHash>,
    proofs: BTreeMap<LogId, (u64, ObjectId)>,
    logs: Vec<Log>,
    by_id: HashMap<LogId, u32>,
    admitted: HashMap<EntryId, Place>,
    frozen: BTreeMap<LogId, u64>,
    trees: BTreeMap<LogId, Tree>,
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
            attested: Attested::default(),
            quota: Quota::default(),
            chosen: BTreeSet::new(),
            proofs: BTreeMap::new(),
            logs: Vec::new(),
            by_id: HashMap::new(),
            admitted: HashMap::new(),
            frozen: BTreeMap::new(),
            trees: BTreeMap::new(),
            waiting: Waiting::default(),
            evicted: 0,
        }
    }

    /// An empty state to which everything stored is to be given again: it
    /// keeps the governance objects, the known forks and how the entries of
    /// forked logs descend from each other.
    pub fn emptied(&self) -> Self {
        let mut fresh = Self::new(self.commons);
        fresh.objects.clone_from(&self.objects);
        fresh.attested.clone_from(&self.attested);
        fresh.quota.clone_from(&self.quota);
        fresh.chosen.clone_from(&self.chosen);
        fresh.proofs.clone_from(&self.proofs);
        fresh.frozen.clone_from(&self.frozen);
        fresh.trees.clone_from(&self.trees);
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

    /// The attestations.
    pub fn attested(&self) -> &Attested {
        &self.attested
    }

    /// The epoch that stands whatever the votes say, if any.
    pub fn chosen(&self) -> &BTreeSet<EpochHash> {
        &self.chosen
    }

    /// The stable point of a log.
    pub fn stable(&self, log: &LogId) -> Option<Point> {
        let tree = self.tree(log);
        View { admission: self, tree: &tree }.stable(log)
    }

    /// Whether one of two points of a log is known to lead to the other.
    pub fn is_in_line(&self, one: &Point, other: &Point, waiting: &Tree) -> bool {
        let view = View { admission: self, tree: waiting };
        view.leads_to(one, other) || view.leads_to(other, one)
    }

    /// Sequence number of an entry of `log` that is admitted, waits here, or
    /// is part of the proof that the log forked: what follows a fork spreads
    /// only once its branch was picked.
    pub fn seq_of(&self, log: &LogId, entry: &EntryId) -> Option<u64> {
        let admitted = self.place(entry).filter(|place| self.index_of(log) == Some(place.log));
        let mut known = self.unadmitted(log).flat_map(VerifiedRun::entries);
        let mut waiting = || known.find(|one| one.id == *entry).map(|entry| entry.header.seq);
        admitted.map(|place| u64::from(place.seq)).or_else(&mut waiting)
    }

    /// Whether an entry is known here with everything before it in its log.
    pub fn holds(&self, point: &Point) -> bool {
        let tree = Tree::of(self.unadmitted(&point.log));
        self.seq_of(&point.log, &point.entry) == Some(point.seq)
            && View { admission: self, tree: &tree }.reaches(point, 0)
    }

    /// What is known of a log beside what is admitted.
    fn unadmitted(&self, log: &LogId) -> impl Iterator<Item = &VerifiedRun> {
        let proof = self.proofs.get(log).and_then(|(_, id)| self.objects.get(id));
        let proved = proof.into_iter().filter_map(|object| match object {
            Object::Fork(fork) => Some(fork.branches().iter()),
            _ => None,
        });
        self.waiting.runs(log).chain(proved.flatten())
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

    /// The heads as points, with the names of their logs.
    pub fn head_points(&self) -> impl Iterator<Item = (LogName, Point)> {
        self.heads().map(|(log, name, head)| (name, Point { log, seq: head.seq, entry: head.id }))
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

    /// The lowest places where logs forked.
    pub fn frozen(&self) -> &BTreeMap<LogId, u64> {
        &self.frozen
    }

    /// What waits, and why.
    pub fn waiting(&self) -> &Waiting {
        &self.waiting
    }

    /// Forgets what waits in a log: this node's own writing that was refused
    /// and that nobody else has seen.
    pub fn forget_waiting(&mut self, log: &LogId) {
        self.waiting.take(log);
    }

    /// Runs that had to leave the waiting pool since the start.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Takes in a run whose signature verified.
    pub fn take_run(&mut self, run: VerifiedRun) -> Outcome {
        let mut outcome = Outcome::default();
        let log = run.log().id(&self.commons);
        if let Some((seq, other)) = self.conflict(&log, &run) {
            outcome.refused = Some(Refusal::Fork);
            if self.frozen.get(&log).is_none_or(|lowest| seq < *lowest) {
                outcome.is_new = true;
                outcome.rebuild |= self.freeze(log, seq);
                outcome.fork = Some(Conflict { place: (log, seq), run: run.clone(), other });
            }
        }
        if self.frozen.contains_key(&log) {
            self.note_lineage(log, &run);
            outcome.rebuild |= self.has_left_branch(&log);
        }
        self.advance(log, Some(run), &mut outcome);
        self.wake(Vec::new(), &mut outcome);
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
            self.advance(log, None, outcome);
        }
    }

    /// Admits as much as possible of what waits in `log` and of what came in.
    fn advance(&mut self, log: LogId, incoming: Option<VerifiedRun>, outcome: &mut Outcome) {
        let mut runs = self.waiting.take(&log);
        runs.extend(incoming);
        runs.sort_by_key(|run| (run.first(), run.last().id));
        let frozen = self.frozen.get(&log).copied();
        let tree = self.trees.remove(&log).unwrap_or_default();
        let branch = frozen.map(|seq| (seq, self.chosen_branch(&log, seq, &tree)));
        for run in runs {
            self.advance_run(log, run, &tree, branch.as_ref(), outcome);
        }
        if frozen.is_some() {
            self.trees.insert(log, tree);
        }
    }

    fn advance_run(
        &mut self,
        log: LogId,
        run: VerifiedRun,
        tree: &Tree,
        branch: Option<&(u64, BTreeSet<EntryId>)>,
        outcome: &mut Outcome,
    ) {
        let next = self.head(&log).map_or(0, |head| head.seq + 1);
        if run.first() > next {
            return self.wait(log, run, Wait::Previous, outcome);
        }
        let Some(run) = run.from_seq(next) else { return };
        let mut count = 0;
        let reason = run.entries().iter().find_map(|entry| {
            let off = branch.is_some_and(|(seq, ids)| entry.header.seq >= *seq && !ids.contains(&entry.id));
            let judgement = match off {
                true => Judgement::Wait(Wait::Refused(Refusal::Fork)),
                false => self.judge(&log, entry, tree),
            };
            match judgement {
                Judgement::Admit => {
                    let index = self.index_or_insert(run.log());
                    let head = Head { seq: entry.header.seq, id: entry.id, epoch: entry.header.epoch };
                    self.set_head(index, head);
                    count += 1;
                    None
                }
                Judgement::Wait(reason) => Some(reason),
            }
        });
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

    fn judge(&self, log: &LogId, entry: &Entry, tree: &Tree) -> Judgement {
        let head = self.head(log);
        let Some(governance) = &self.governance else {
            return Judgement::Wait(Wait::Epoch(entry.header.epoch));
        };
        if entry.header.prev != head.map(|head| head.id) {
            return Judgement::Wait(Wait::Refused(Refusal::OtherBranch));
        }
        let context = Context { governance, keys: &self.keys };
        let known = View { admission: self, tree };
        context.judge(entry, log, head.map_or(0, |head| head.epoch), &known)
    }

    fn collection_of(&self, entry: &EntryId) -> Option<Collection> {
        let place = self.admitted.get(entry)?;
        self.logs.get(place.log as usize).map(|log| log.name.collection)
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
