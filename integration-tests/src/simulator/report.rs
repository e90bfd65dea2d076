//! What a run was like, in numbers.

use super::behaviour::Behaviour;
use super::faults::Fault;
use std::collections::BTreeMap;
use std::fmt;

/// What the network carried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Steps of the world.
    pub steps: u64,
    /// Catch-up sessions.
    pub sessions: u64,
    /// Bytes of their frames.
    pub session_bytes: u64,
    /// Gossip messages that reached a node for the first time.
    pub gossip_new: u64,
    /// Gossip messages that a node had already.
    pub gossip_again: u64,
    /// Gossip messages that were lost on the way.
    pub gossip_lost: u64,
    /// Contributions that were acknowledged to a person.
    pub acknowledged: u64,
}

/// What came of one or more runs.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many runs.
    pub seeds: u64,
    /// What the network carried.
    pub counters: Counters,
    /// Faults that were injected.
    pub faults: BTreeMap<Fault, u64>,
    /// Entries that were admitted at the end.
    pub entries: u64,
    /// Contributions that only a disk held which was replaced by an older one.
    pub excused: u64,
    /// Contributions that an epoch or their own organisation cut.
    pub cut: u64,
    /// What people published, and how readers saw it at the end.
    pub publishing: BTreeMap<&'static str, u64>,
    /// Misbehaviour, by kind.
    pub behaviours: BTreeMap<Behaviour, u64>,
    /// Lies that honest nodes could prove at the end, once for each node.
    pub proved: u64,
    /// Stable points that were seen and still counted at the end.
    pub stable: u64,
    /// Epochs beyond the founding ones.
    pub epochs: u64,
    /// Epochs that were decided beyond the first round.
    pub later_rounds: u64,
}

impl Report {
    /// Adds another report.
    pub fn add(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.entries += other.entries;
        self.excused += other.excused;
        self.cut += other.cut;
        self.proved += other.proved;
        self.stable += other.stable;
        self.epochs += other.epochs;
        self.later_rounds += other.later_rounds;
        for (what, count) in &other.publishing {
            *self.publishing.entry(what).or_default() += count;
        }
        for (behaviour, count) in &other.behaviours {
            *self.behaviours.entry(*behaviour).or_default() += count;
        }
        for (fault, count) in &other.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
        let (sum, more) = (&mut self.counters, &other.counters);
        sum.steps += more.steps;
        sum.sessions += more.sessions;
        sum.session_bytes += more.session_bytes;
        sum.gossip_new += more.gossip_new;
        sum.gossip_again += more.gossip_again;
        sum.gossip_lost += more.gossip_lost;
        sum.acknowledged += more.acknowledged;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum = &self.counters;
        let per_session = sum.session_bytes / sum.sessions.max(1);
        let redundant = 100 * sum.gossip_again / (sum.gossip_new + sum.gossip_again).max(1);
        write!(
            f,
            "{} seeds, {} steps, {} entries ({} contributions acknowledged, {} lost with an old disk, {} cut); {} epochs, {} of them in later rounds, {} stable points, {} lies proved; {} sessions of {per_session} bytes; gossip: {} new, {redundant} % redundant, {} lost; faults:",
            self.seeds,
            sum.steps,
            self.entries,
            sum.acknowledged,
            self.excused,
            self.cut,
            self.epochs,
            self.later_rounds,
            self.stable,
            self.proved,
            sum.sessions,
            sum.gossip_new,
            sum.gossip_lost,
        )?;
        self.faults.iter().try_for_each(|(fault, count)| write!(f, " {fault:?} {count}"))?;
        write!(f, "; publishing:")?;
        self.publishing.iter().try_for_each(|(what, count)| write!(f, " {what} {count},"))?;
        write!(f, " behaviours:")?;
        self.behaviours.iter().try_for_each(|(behaviour, count)| write!(f, " {behaviour:?} {count}"))
    }
}
