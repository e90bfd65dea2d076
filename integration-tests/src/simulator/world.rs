//! The world: clock, order of events, and the way from an input to a node's
//! answers, which is the one of the node's own worker thread.

use super::behaviour::Behaviour;
use super::dice::Dice;
use super::disk::Disk;
use super::faults::Fault;
use super::hand::Crime;
use super::happening::{Carried, Happening};
use super::network::Network;
use super::node::{Node, NodeId};
use super::publishing::Reviewer;
use super::report::Counters;
use commons_node::engine::{Engine, Failure};
use commons_node::net::{Command, Event};
use commons_node::store::StoreError;
use commons_protocol::id::{CommonsId, EntryId, LogId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// When worlds begin: 1 March 2026, in milliseconds.
const BEGIN: u64 = 1_772_323_200_000;

/// Milliseconds between two ticks of a node.
const TICK: u64 = 1_000;

/// Events of the script that are printed when a run fails.
const SCRIPT: usize = 400;

/// Many nodes with one clock and one network.
pub struct World {
    pub(super) seed: u64,
    pub(super) dice: Dice,
    pub(super) now: u64,
    pub(super) nodes: Vec<Node>,
    pub(super) network: Network,
    pub(super) counters: Counters,
    pub(super) faults: BTreeMap<Fault, u64>,
    pub(super) commons: Option<CommonsId>,
    /// Contributions that nobody but a replaced disk held.
    pub(super) excused: BTreeSet<EntryId>,
    /// Whether administrators approve what they see.
    pub(super) approving: bool,
    /// Times in a hundred that an administrator lets a second go by.
    pub(super) reluctance: u64,
    /// Nodes that don't play by the rules.
    pub(super) byzantine: BTreeSet<NodeId>,
    pub(super) behaviours: BTreeMap<Behaviour, u64>,
    pub(super) crimes: Vec<Crime>,
    /// Crimes that honest nodes could prove at the end.
    pub(super) proved: u64,
    /// Forged entries that nobody may ever admit.
    pub(super) refused: BTreeSet<EntryId>,
    /// Nodes that got an old disk.
    pub(super) restored: BTreeSet<NodeId>,
    /// Every stable point that an honest node was seen to compute.
    pub(super) stable: BTreeSet<(LogId, u64, EntryId)>,
    /// Contributions that an epoch or their own organisation cut.
    pub(super) cut: BTreeSet<EntryId>,
    /// People who review.
    pub(super) reviewers: Vec<Reviewer>,
    /// What people published, and how readers saw it at the end.
    pub(super) publishing: BTreeMap<&'static str, u64>,
    /// Forged releases that may never count.
    pub(super) never_counts: BTreeSet<EntryId>,
    /// Forged submissions that nobody may keep.
    pub(super) never_told: BTreeSet<EntryId>,
    queue: BTreeMap<(u64, u64), Happening>,
    next: u64,
    script: VecDeque<String>,
}

impl World {
    /// An empty world.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            dice: Dice::new(seed),
            now: BEGIN,
            nodes: Vec::new(),
            network: Network::default(),
            counters: Counters::default(),
            faults: BTreeMap::new(),
            commons: None,
            excused: BTreeSet::new(),
            approving: true,
            reluctance: 0,
            byzantine: BTreeSet::new(),
            behaviours: BTreeMap::new(),
            crimes: Vec::new(),
            proved: 0,
            refused: BTreeSet::new(),
            restored: BTreeSet::new(),
            stable: BTreeSet::new(),
            cut: BTreeSet::new(),
            reviewers: Vec::new(),
            publishing: BTreeMap::new(),
            never_counts: BTreeSet::new(),
            never_told: BTreeSet::new(),
            queue: BTreeMap::new(),
            next: 0,
            script: VecDeque::new(),
        }
    }

    /// A node of an organisation of its own, which others can dial.
    pub fn organisation(&mut self, name: &str) -> NodeId {
        self.add(name, true)
    }

    /// A node of an organisation of its own, which can only dial.
    pub fn site(&mut self, name: &str) -> NodeId {
        self.add(name, false)
    }

    fn add(&mut self, name: &str, is_hub: bool) -> NodeId {
        let id = self.nodes.len();
        let dice = self.dice.split(id as u64 + 1);
        self.nodes.push(Node::new(name, is_hub, dice));
        self.power_on(id);
        let first = self.dice.below(TICK);
        self.plan(first, Happening::Tick(id));
        self.plan(first / 2, Happening::Dial(id));
        id
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    /// The time, in milliseconds.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The commons that was founded.
    pub fn commons(&self) -> CommonsId {
        self.commons.expect("a commons was founded")
    }

    /// All nodes.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        0..self.nodes.len()
    }

    /// The nodes whose engine runs.
    pub fn running(&self) -> Vec<NodeId> {
        self.ids().filter(|id| self.nodes[*id].engine.is_some()).collect()
    }

    /// Takes a node over: from now on the test plays it, with its keys, its
    /// connections and [`World::order`]. Returns its records as they are.
    pub fn take_over(&mut self, id: NodeId) {
        self.note(format!("{} turns hostile", self.nodes[id].name));
        let node = &mut self.nodes[id];
        node.disk = node.engine.take().map(Engine::into_store);
        node.heard = Some(Vec::new());
    }

    /// Gives the network an order in the name of a node.
    pub fn order(&mut self, id: NodeId, command: Command) {
        self.execute(id, command);
    }

    /// What arrived for a node that was taken over, since the last call.
    pub fn take_heard(&mut self, id: NodeId) -> Vec<Carried> {
        self.nodes[id].heard.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The engine of a node that runs.
    pub fn engine(&mut self, id: NodeId) -> &mut Engine<Disk> {
        self.nodes[id].engine.as_mut().expect("the node runs")
    }

    /// Notes a line of the script that is printed when the run fails.
    pub fn note(&mut self, line: impl Into<String>) {
        if self.script.len() == SCRIPT && std::env::var("COMMONS_TRACE").is_err() {
            self.script.pop_front();
        }
        let at = (self.now - BEGIN) as f64 / 1_000.0;
        self.script.push_back(format!("{at:>9.3} s  {}", line.into()));
    }

    /// The script as far as it is kept.
    pub fn script(&self) -> impl Iterator<Item = &String> {
        self.script.iter()
    }

    /// Lets `milliseconds` go by.
    pub fn run_for(&mut self, milliseconds: u64) {
        let end = self.now + milliseconds;
        while self.queue.first_key_value().is_some_and(|((at, _), _)| *at <= end) {
            self.step();
        }
        self.now = end;
    }

    /// Lets time go by in which nothing happens anywhere, as if all machines
    /// slept.
    pub fn sleep(&mut self, milliseconds: u64) {
        self.note(format!("everything sleeps for {} s", milliseconds / 1_000));
        self.now += milliseconds;
        let later = std::mem::take(&mut self.queue);
        self.queue = later.into_iter().map(|((at, id), what)| ((at + milliseconds, id), what)).collect();
    }

    /// Whether nothing is on the way between these nodes.
    pub(super) fn is_silent(&self, among: &[NodeId]) -> bool {
        let counts = |happening: &Happening| match happening {
            Happening::Bring { to, what, .. } => {
                let from = match what {
                    Carried::Gossip { from, .. } => *from,
                    _ => *to,
                };
                among.contains(to) && among.contains(&from) && self.session_is_among(what, among)
            }
            Happening::Finish { node, .. } | Happening::Answer { node, .. } => among.contains(node),
            _ => false,
        };
        !self.has_session_among(among) && !self.queue.values().any(counts)
    }

    pub(super) fn plan(&mut self, delay: u64, happening: Happening) {
        self.next += 1;
        self.queue.insert((self.now + delay, self.next), happening);
    }

    /// Plans something that a node is brought, unless it restarts before.
    pub(super) fn bring(&mut self, delay: u64, to: NodeId, what: Carried) {
        let start = self.nodes[to].start;
        self.plan(delay, Happening::Bring { to, start, what });
    }

    fn step(&mut self) {
        let Some(((at, _), happening)) = self.queue.pop_first() else { return };
        self.now = at;
        self.counters.steps += 1;
        match happening {
            Happening::Tick(node) => {
                self.end_idle_sessions();
                self.on_tick(node);
            }
            Happening::Finish { node, start } => {
                if self.nodes[node].start == start && self.nodes[node].is_batching {
                    self.finish(node);
                }
            }
            Happening::Dial(node) => {
                self.dial(node);
                let pause = 500 + self.dice.below(1_000);
                self.plan(pause, Happening::Dial(node));
            }
            Happening::Ask(node) => self.ask_inviter(node),
            Happening::Answer { node, start, answer } => {
                if self.nodes[node].start == start {
                    self.on_answer(node, answer);
                }
            }
            Happening::Bring { to, start, what } => {
                if self.nodes[to].start == start {
                    self.on_brought(to, what);
                }
            }
            Happening::PowerOn(node) => self.power_on(node),
        }
    }

    fn on_tick(&mut self, node: NodeId) {
        self.plan(TICK, Happening::Tick(node));
        if self.nodes[node].engine.is_none() {
            return;
        }
        let now = self.now;
        let outcome = self.engine(node).tick(now);
        self.count_store_error(node, outcome.err());
        self.finish(node);
        if self.approving {
            self.approve_what_is_open(node);
        }
    }

    fn on_brought(&mut self, to: NodeId, what: Carried) {
        let Some(what) = self.deliver(to, what) else { return };
        if let Some(heard) = &mut self.nodes[to].heard {
            heard.push(what);
            return;
        }
        let event = self.event(what);
        self.give(to, event);
    }

    /// Hands an event to a node's engine, as its worker thread does: some
    /// inputs share a batch with the next.
    pub(super) fn give(&mut self, node: NodeId, event: Event) {
        let now = self.now;
        let Some(engine) = &mut self.nodes[node].engine else { return };
        engine.set_now(now);
        let outcome = engine.on_event(event);
        self.count_store_error(node, outcome.err());
        if self.dice.chance(25) {
            let start = self.nodes[node].start;
            self.nodes[node].is_batching = true;
            let delay = self.dice.below(5);
            self.plan(delay, Happening::Finish { node, start });
        } else {
            self.finish(node);
        }
    }

    /// Ends a batch: durable first, then commands go out.
    pub(super) fn finish(&mut self, node: NodeId) -> bool {
        self.nodes[node].is_batching = false;
        let Some(engine) = &mut self.nodes[node].engine else { return false };
        let committed = engine.commit().and_then(|()| engine.finish_erasures());
        let is_committed = committed.is_ok() & !engine.take_lost();
        self.count_store_error(node, committed.err());
        self.release(node);
        if self.dice.chance(50) {
            self.work(node);
        }
        is_committed
    }

    /// Builds documents while there is time.
    pub(super) fn work(&mut self, node: NodeId) {
        while let Some(engine) = &mut self.nodes[node].engine {
            match engine.work() {
                Ok(true) => self.release(node),
                Ok(false) => break,
                Err(error) => return self.count_store_error(node, Some(error)),
            }
        }
    }

    fn release(&mut self, node: NodeId) {
        let Some(engine) = &mut self.nodes[node].engine else { return };
        let commands = engine.take_commands();
        engine.take_changes();
        for command in commands {
            self.execute(node, command);
        }
    }

    /// Answers a person's request: acknowledged only when everything that it
    /// wrote is durable.
    pub fn request<T>(
        &mut self,
        node: NodeId,
        job: impl FnOnce(&mut Engine<Disk>, &commons_node::engine::Caller) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let now = self.now;
        let caller = self.nodes[node].caller.clone();
        let before = self.end_of(node);
        let engine = self.engine(node);
        engine.set_now(now);
        let answer = job(engine, &caller);
        let keys = engine.keyring().clone();
        self.nodes[node].keys = keys;
        let is_committed = self.finish(node);
        if let Err(failure) = &answer
            && failure.code == "store"
        {
            self.nodes[node].is_broken = true;
        }
        match is_committed {
            true if answer.is_ok() => self.acknowledge(node, before),
            true => {}
            false => return Err(Failure::unavailable("disk", "the batch could not be kept")),
        }
        answer
    }

    fn count_store_error(&mut self, node: NodeId, error: Option<StoreError>) {
        match error {
            None | Some(StoreError::Full { .. }) => {}
            Some(StoreError::Io { .. } | StoreError::Broken) => self.nodes[node].is_broken = true,
            Some(other) => {
                panic!("{}: the store failed in a way that nobody injected: {other}", self.nodes[node].name)
            }
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the last events of the failed run ---");
            self.script.iter().for_each(|line| eprintln!("{line}"));
            eprintln!(
                "--- seed {}, step {}; repeat it with COMMONS_SEED={} ---",
                self.seed, self.counters.steps, self.seed
            );
        }
    }
}
