//! A replica in memory, and two of them in conversation.
#![allow(dead_code)]

use commons_protocol::admission::{Admission, Conflict, Outcome};
use commons_protocol::fork::Fork;
use commons_protocol::id::{CommonsId, Digest, EntryId, LogId, ObjectId};
use commons_protocol::limits::{BUCKETS, RUN_BYTES};
use commons_protocol::object::Object;
use commons_protocol::refusal::Refusal;
use commons_protocol::run::{Run, VerifiedRun};
use commons_protocol::sync::session::Taken;
use commons_protocol::sync::table::{Row, Table, bucket_digests, digest};
use commons_protocol::sync::{Frame, Output, Replica, Session, Summary};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Admission with the runs that it let in.
pub struct Memory {
    pub admission: Admission,
    stored: BTreeMap<LogId, BTreeMap<u64, VerifiedRun>>,
    all: Vec<VerifiedRun>,
    absent: BTreeMap<EntryId, (LogId, u64)>,
}

impl Memory {
    pub fn new(commons: CommonsId) -> Self {
        Self {
            admission: Admission::new(commons),
            stored: BTreeMap::new(),
            all: Vec::new(),
            absent: BTreeMap::new(),
        }
    }

    pub fn add_objects(&mut self, objects: Vec<Object>) -> Outcome {
        let outcome = self.admission.take_objects(objects);
        self.settle(outcome.clone());
        outcome
    }

    pub fn add_run(&mut self, run: VerifiedRun) -> Outcome {
        self.all.push(run.clone());
        let outcome = self.admission.take_run(run);
        self.settle(outcome.clone());
        outcome
    }

    /// Every run that ever came in.
    pub fn runs(&self) -> &[VerifiedRun] {
        &self.all
    }

    /// Stores what came of something, gives back the proofs of forks, and builds again for as long
    /// as that is asked for.
    fn settle(&mut self, mut outcome: Outcome) {
        loop {
            let (rebuild, proof) = (outcome.rebuild, outcome.fork.take().and_then(|fork| self.prove(&fork)));
            self.store(outcome);
            outcome = match proof {
                Some(fork) => self.admission.take_objects([fork]),
                None => Outcome::default(),
            };
            if rebuild || outcome.rebuild {
                outcome = self.rebuild();
            } else if outcome.fork.is_none() {
                return self.store(outcome);
            }
        }
    }

    /// The proof of a fork: the run that came in and one that differs.
    fn prove(&self, conflict: &Conflict) -> Option<Object> {
        let others = conflict.other.iter().chain(&self.all);
        let mut proofs = others.filter_map(|other| Fork::new(self.admission.commons(), &conflict.run, other));
        proofs.find(|fork| fork.seq() == conflict.place.1).map(Object::from)
    }

    fn store(&mut self, outcome: Outcome) {
        for part in outcome.admitted {
            let log = part.run.log().id(&self.admission.commons());
            for entry in &part.run.entries()[..part.count] {
                if entry.body.bytes().is_none() {
                    self.absent.insert(entry.id, (log, entry.header.seq));
                }
            }
            self.stored.entry(log).or_default().insert(part.run.first(), part.run);
        }
    }

    fn rebuild(&mut self) -> Outcome {
        self.admission = self.admission.emptied();
        self.stored.clear();
        self.absent.clear();
        let mut all = Outcome::default();
        for run in self.all.clone() {
            let outcome = self.admission.take_run(run);
            all.rebuild |= outcome.rebuild;
            all.fork = all.fork.or_else(|| outcome.fork.clone());
            self.store(outcome);
        }
        all
    }

    fn table(&self, table: Table) -> Vec<Row> {
        match table {
            Table::Objects => {
                self.admission.objects().keys().map(|id| Row { id: id.0, version: 0, tag: id.0 }).collect()
            }
            Table::Heads => self.heads(),
        }
    }

    fn heads(&self) -> Vec<Row> {
        let heads = self.admission.heads();
        heads.map(|(log, _, head)| Row { id: log.0, version: head.seq + 1, tag: head.id.0 }).collect()
    }

    fn take_encoded(&mut self, bytes: &[u8], taken: &mut Taken) -> Result<(), Refusal> {
        let run = Run::decode(bytes)?.verify(self.admission.commons())?;
        let log = run.log().id(&self.admission.commons());
        let before = self.next_wanted(&log.0);
        if self.admission.place(&run.last().id).is_some() {
            return Ok(());
        }
        let outcome = self.add_run(run);
        if outcome.refused == Some(Refusal::OtherBranch) {
            taken.broken.push(log.0);
        }
        taken.progress |= outcome.is_new || self.next_wanted(&log.0) > before;
        Ok(())
    }
}

impl Replica for Memory {
    fn commons(&self) -> CommonsId {
        self.admission.commons()
    }

    fn epoch(&self) -> u64 {
        self.admission.governance().map_or(0, |governance| governance.current().number)
    }

    fn digest(&mut self, table: Table) -> Digest {
        digest(self.table(table))
    }

    fn buckets(&mut self, table: Table) -> [u64; BUCKETS] {
        bucket_digests(self.table(table).into_iter())
    }

    fn rows(&self, table: Table) -> Vec<Row> {
        self.table(table)
    }

    fn next_wanted(&self, log: &[u8; 32]) -> u64 {
        let log = LogId(*log);
        let next = self.admission.head(&log).map_or(0, |head| head.seq + 1);
        self.admission.waiting().contiguous_from(&log, next)
    }

    fn read_runs(&mut self, log: &[u8; 32], from: u64, max_bytes: usize) -> Vec<Vec<u8>> {
        let log = LogId(*log);
        let mut runs: Vec<VerifiedRun> = Vec::new();
        let (mut seq, mut bytes) = (from, 0);
        let head = self.admission.head(&log).map(|head| head.seq);
        while head.is_some_and(|head| seq <= head) && bytes < max_bytes {
            let stored = self.stored.get(&log).and_then(|runs| runs.range(..=seq).next_back());
            let Some(part) = stored.and_then(|(_, run)| run.clone().from_seq(seq)) else { break };
            seq = part.last().header.seq + 1;
            let size = part.encode().len();
            bytes += size;
            let joins = runs.last().is_some_and(|last| last.encode().len() + size < RUN_BYTES);
            if !joins || runs.last_mut().is_some_and(|last| last.join(part.clone()).is_err()) {
                runs.push(part);
            }
        }
        runs.iter().map(VerifiedRun::encode).collect()
    }

    fn read_object(&mut self, id: &[u8; 32]) -> Option<Vec<u8>> {
        self.admission.objects().get(&ObjectId(*id)).map(Object::encode)
    }

    fn take_runs(&mut self, runs: Vec<Vec<u8>>) -> Taken {
        let mut taken = Taken::default();
        for bytes in runs {
            if let Err(fault) = self.take_encoded(&bytes, &mut taken) {
                taken.fault = Some(fault);
                break;
            }
        }
        taken
    }

    fn take_objects(&mut self, objects: Vec<Vec<u8>>) -> Taken {
        let objects: Result<Vec<Object>, Refusal> =
            objects.iter().map(|bytes| Object::decode(bytes)).collect();
        match objects {
            Err(refusal) => Taken { fault: Some(refusal), ..Taken::default() },
            Ok(objects) => Taken { progress: self.add_objects(objects).is_new, ..Taken::default() },
        }
    }

    fn missing_bodies(&mut self) -> Vec<EntryId> {
        self.absent.keys().copied().collect()
    }

    fn read_bodies(&mut self, entries: &[EntryId]) -> Vec<(EntryId, Vec<u8>)> {
        let wanted: BTreeSet<_> = entries.iter().collect();
        let held = self.stored.values().flat_map(BTreeMap::values).flat_map(|run| run.entries());
        let held = held.filter(|entry| wanted.contains(&entry.id));
        held.filter_map(|entry| Some((entry.id, entry.body.bytes()?.to_vec()))).collect()
    }

    fn take_bodies(&mut self, bodies: Vec<(EntryId, Vec<u8>)>) -> Taken {
        let mut taken = Taken::default();
        for (id, body) in bodies {
            let Some((log, seq)) = self.absent.get(&id).copied() else { continue };
            let run = self.stored.get_mut(&log).and_then(|runs| runs.range_mut(..=seq).next_back());
            match run.map(|(_, run)| run.restore_body(seq, &body)) {
                Some(Ok(())) => {
                    taken.progress = true;
                    self.absent.remove(&id);
                }
                Some(Err(refusal)) => taken.fault = Some(refusal),
                None => {}
            }
        }
        taken
    }
}

/// A frame on its way.
pub struct Sent {
    pub by_caller: bool,
    pub bytes: Vec<u8>,
}

/// What two ends said to each other.
#[derive(Default)]
pub struct Talk {
    pub frames: Vec<Sent>,
    pub caller: Option<Summary>,
    pub callee: Option<Summary>,
}

impl Talk {
    /// Bytes of all frames.
    pub fn bytes(&self) -> usize {
        self.frames.iter().map(|frame| frame.bytes.len()).sum()
    }

    /// How often the side that speaks had changed when frame `index` was sent.
    pub fn turns_before(&self, index: usize) -> usize {
        self.frames[..=index].windows(2).filter(|pair| pair[0].by_caller != pair[1].by_caller).count()
    }

    /// Index of the last frame with runs.
    pub fn last_runs(&self) -> Option<usize> {
        self.frames.iter().rposition(|frame| matches!(Frame::decode(&frame.bytes), Ok(Frame::Runs(_))))
    }
}

/// One session between a caller and a callee; after `cut` frames the stream is dead.
pub fn converse(caller: &mut Memory, callee: &mut Memory, salt: u8, cut: Option<usize>) -> Talk {
    let mut ends = (Session::new(true, [salt; 16]), Session::new(false, [!salt; 16]));
    let mut talk = Talk::default();
    let mut queue: VecDeque<Sent> = VecDeque::new();
    let opening = ends.0.open(caller);
    note(&mut talk, &mut queue, true, opening);
    let mut delivered = 0;
    while let Some(frame) = queue.pop_front() {
        if cut == Some(delivered) || delivered > 1_000 {
            break;
        }
        delivered += 1;
        let is_over = if frame.by_caller { talk.callee.is_some() } else { talk.caller.is_some() };
        if is_over {
            continue;
        }
        let outputs = match frame.by_caller {
            true => ends.1.handle(&frame.bytes, callee),
            false => ends.0.handle(&frame.bytes, caller),
        };
        let by_caller = !frame.by_caller;
        talk.frames.push(frame);
        note(&mut talk, &mut queue, by_caller, outputs);
    }
    talk
}

fn note(talk: &mut Talk, queue: &mut VecDeque<Sent>, by_caller: bool, outputs: Vec<Output>) {
    for output in outputs {
        match output {
            Output::Send(bytes) => queue.push_back(Sent { by_caller, bytes }),
            Output::End(summary) if by_caller => talk.caller = Some(summary),
            Output::End(summary) => talk.callee = Some(summary),
        }
    }
}
