//! What waits: verified runs that can't be admitted yet, bounded per log and
//! in all. Dropping something here loses nothing: the next catch-up finds the
//! difference again and fetches it again.

use crate::entry::Entry;
use crate::id::{EntryId, LogId};
use crate::limits::{WAITING_IN_ALL, WAITING_PER_LOG};
use crate::refusal::Refusal;
use crate::rules::Wait;
use crate::run::VerifiedRun;
use std::collections::{BTreeMap, BTreeSet, HashMap};

type Key = (u64, EntryId);

#[derive(Debug, Default)]
struct WaitingLog {
    runs: BTreeMap<Key, (VerifiedRun, usize)>,
    bytes: usize,
    reason: Option<Wait>,
}

/// The waiting pool.
#[derive(Debug, Default)]
pub struct Waiting {
    logs: BTreeMap<LogId, WaitingLog>,
    woken_by: HashMap<Wait, BTreeSet<LogId>>,
    bytes: usize,
}

impl Waiting {
    /// Keeps `run` of `log` until `reason` is gone. Returns the number of
    /// runs that had to go for it.
    pub fn keep(&mut self, log: LogId, run: VerifiedRun, reason: Wait) -> usize {
        let size = weight(&run);
        let key = (run.first(), run.last().id);
        let waiting = self.logs.entry(log).or_default();
        if waiting.runs.insert(key, (run, size)).is_none() {
            waiting.bytes += size;
            self.bytes += size;
        }
        // A gap above, or another branch, must not hide what the entry after
        // the head waits for.
        if waiting.reason.is_none_or(|known| rank(&reason) >= rank(&known)) {
            self.set_reason(log, reason);
        }
        self.evict(log)
    }

    /// Names why the runs of `log` wait.
    pub fn set_reason(&mut self, log: LogId, reason: Wait) {
        let Some(waiting) = self.logs.get_mut(&log) else { return };
        if let Some(old) = waiting.reason.replace(reason) {
            self.forget(old, &log);
        }
        self.woken_by.entry(reason).or_default().insert(log);
    }

    /// Takes everything that waits in `log`, lowest first.
    pub fn take(&mut self, log: &LogId) -> Vec<VerifiedRun> {
        let Some(waiting) = self.logs.remove(log) else { return Vec::new() };
        self.bytes -= waiting.bytes;
        if let Some(reason) = waiting.reason {
            self.forget(reason, log);
        }
        waiting.runs.into_values().map(|(run, _)| run).collect()
    }

    /// A run that waits with a different entry in the place of `entry`.
    pub fn conflicting(&self, log: &LogId, entry: &Entry) -> Option<&VerifiedRun> {
        let seq = entry.header.seq;
        let differs = |run: &&VerifiedRun| {
            let here = run.entries_from(seq).first();
            here.is_some_and(|other| other.header.seq == seq && other.id != entry.id)
        };
        self.runs(log).find(differs)
    }

    /// The runs that wait in `log`, lowest first.
    pub fn runs(&self, log: &LogId) -> impl Iterator<Item = &VerifiedRun> {
        self.logs.get(log).into_iter().flat_map(|waiting| waiting.runs.values()).map(|(run, _)| run)
    }

    /// The first sequence number from `next` on that is not waiting here.
    /// What waits because it does not follow the head does not count: what
    /// does follow must still be fetched.
    pub fn contiguous_from(&self, log: &LogId, mut next: u64) -> u64 {
        let reason = self.logs.get(log).and_then(|waiting| waiting.reason);
        if matches!(reason, Some(Wait::Refused(Refusal::OtherBranch | Refusal::Fork))) {
            return next;
        }
        for (run, _) in self.logs.get(log).into_iter().flat_map(|waiting| waiting.runs.values()) {
            if run.first() <= next {
                next = next.max(run.last().header.seq + 1);
            }
        }
        next
    }

    /// The logs that wait for this.
    pub fn waiting_for(&self, reason: &Wait) -> Vec<LogId> {
        self.woken_by.get(reason).into_iter().flatten().copied().collect()
    }

    /// All logs in which something waits.
    pub fn logs(&self) -> Vec<LogId> {
        self.logs.keys().copied().collect()
    }

    /// Everything that waits: log, reason, number of entries.
    pub fn reasons(&self) -> impl Iterator<Item = (LogId, Wait, usize)> {
        self.logs.iter().filter_map(|(log, waiting)| {
            let entries = waiting.runs.values().map(|(run, _)| run.entries().len()).sum();
            Some((*log, waiting.reason?, entries))
        })
    }

    /// Bytes that wait, by weight.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn forget(&mut self, reason: Wait, log: &LogId) {
        if let Some(logs) = self.woken_by.get_mut(&reason) {
            logs.remove(log);
            if logs.is_empty() {
                self.woken_by.remove(&reason);
            }
        }
    }

    /// Makes room: the highest runs go first, since what is lowest in a log
    /// is what can be admitted soonest.
    fn evict(&mut self, log: LogId) -> usize {
        let mut evicted = 0;
        while self.logs.get(&log).is_some_and(|waiting| waiting.bytes > WAITING_PER_LOG) {
            evicted += self.drop_highest(log);
        }
        while self.bytes > WAITING_IN_ALL {
            let largest = self.logs.iter().max_by_key(|(_, waiting)| waiting.bytes).map(|(log, _)| *log);
            match largest {
                Some(log) => evicted += self.drop_highest(log),
                None => break,
            }
        }
        evicted
    }

    fn drop_highest(&mut self, log: LogId) -> usize {
        let Some(waiting) = self.logs.get_mut(&log) else { return 0 };
        let dropped = waiting.runs.pop_last();
        let size = dropped.as_ref().map_or(0, |(_, (_, size))| *size);
        waiting.bytes -= size;
        self.bytes -= size;
        if waiting.runs.is_empty() {
            self.take(&log);
        }
        usize::from(dropped.is_some())
    }
}

/// How much a reason says about the entry after the head.
fn rank(reason: &Wait) -> u8 {
    match reason {
        Wait::Previous => 0,
        Wait::Refused(Refusal::OtherBranch | Refusal::Fork) => 1,
        _ => 2,
    }
}

/// What a run costs in memory, roughly: bodies and headers.
fn weight(run: &VerifiedRun) -> usize {
    run.entries()
        .iter()
        .map(|entry| 320 + 32 * entry.header.deps.len() + entry.body.bytes().map_or(0, <[u8]>::len))
        .sum()
}
