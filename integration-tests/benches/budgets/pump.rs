//! Drives an engine over a real network, as the engine's thread of a node
//! does: events in, one commit for all that came together, commands out. Only
//! the building of documents, for which a node uses idle moments, is left to
//! the rows.

use super::measure::Outcome;
use super::world::Organisation;
use commons_node::engine::Engine;
use commons_node::net::{self, Command, Event, NetConfig, NetLimits, Role};
use commons_node::store::DiskStore;
use commons_node::view::ChangeView;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use zeroize::Zeroizing;

/// How often time is told to an engine.
const TICK: Duration = Duration::from_millis(250);

/// How many frames lie behind each frame under way, so that round trips can
/// be counted: frames of one session arrive in the order in which they left.
#[derive(Default)]
pub struct Chains([Mutex<VecDeque<u64>>; 2]);

/// An engine with its network.
pub struct Side {
    /// The engine.
    pub engine: Engine<DiskStore>,
    /// The network.
    pub network: net::Handle,
    /// Most frames that followed one another so far, to and fro.
    pub depth: u64,
    /// Sessions that were opened so far.
    pub sessions: u64,
    number: usize,
    events: mpsc::Receiver<Event>,
    chains: Arc<Chains>,
    runtime: Runtime,
    ticked: Instant,
    clock: u64,
}

impl Side {
    /// Starts the network of an engine. `number` is 0 or 1, `chains` are
    /// shared by both ends.
    pub fn start(
        engine: Engine<DiskStore>,
        organisation: &Organisation,
        number: usize,
        chains: &Arc<Chains>,
    ) -> Outcome<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listen = if number == 0 { vec!["/ip4/127.0.0.1/tcp/0".to_owned()] } else { Vec::new() };
        let config = NetConfig {
            secret: Zeroizing::new(*organisation.peer.seed()),
            listen,
            role: Role::Hub,
            expected_sites: 8,
            limits: NetLimits::default(),
        };
        let (network, events) = {
            let _inside = runtime.enter();
            net::start(config)?
        };
        let mut side = Self {
            engine,
            network,
            depth: 0,
            sessions: 0,
            number,
            events,
            chains: Arc::clone(chains),
            runtime,
            ticked: Instant::now(),
            clock: super::world::NOW,
        };
        side.release();
        Ok(side)
    }

    /// Waits for events, takes in all that have come, makes them durable and
    /// sends what follows. Returns what changed.
    pub fn step(&mut self) -> Outcome<Vec<ChangeView>> {
        let mut next = self.events.try_recv().ok();
        if next.is_none() {
            let left = TICK.saturating_sub(self.ticked.elapsed());
            let events = &mut self.events;
            let waited = self.runtime.block_on(async { tokio::time::timeout(left, events.recv()).await });
            next = waited.ok().flatten();
        }
        if self.ticked.elapsed() >= TICK {
            self.ticked = Instant::now();
            self.clock += 250;
            self.engine.tick(self.clock)?;
        }
        self.engine.set_now(self.clock);
        while let Some(event) = next {
            self.note(&event);
            self.engine.on_event(event)?;
            next = self.events.try_recv().ok();
        }
        self.engine.commit()?;
        Ok(self.release())
    }

    /// Steps until `found` finds what it looks for among the changes.
    pub fn until<T>(
        &mut self,
        what: &str,
        mut found: impl FnMut(&mut Self, &[ChangeView]) -> Option<T>,
    ) -> Outcome<T> {
        let deadline = Instant::now() + Duration::from_secs(600);
        while Instant::now() < deadline {
            let changes = self.step()?;
            if let Some(result) = found(self, &changes) {
                return Ok(result);
            }
        }
        Err(format!("never happened: {what}").into())
    }

    /// Lets so much time pass that a round with a random peer is due, and
    /// begins to count anew what follows on what.
    pub fn begin_round(&mut self) -> Outcome<()> {
        self.depth = 0;
        self.clock += 120_000;
        self.engine.tick(self.clock)?;
        self.release();
        Ok(())
    }

    /// The address on which it listens.
    pub fn address(&mut self) -> Outcome<String> {
        self.until("listening", |side, _| side.engine.status().listening.first().cloned())
    }

    /// Whether the last catch-up with the only connected peer ended in step.
    pub fn is_in_step(&mut self, changes: &[ChangeView]) -> bool {
        let peers_changed = changes.iter().any(|change| matches!(change, ChangeView::Peers));
        peers_changed && self.engine.status().peers.iter().any(|peer| peer.connected && peer.in_step)
    }

    /// Goes on in a thread of its own until it is stopped.
    pub fn run(mut self) -> Running {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                self.step()?;
            }
            Ok(self)
        });
        Running { stop, thread }
    }

    fn note(&mut self, event: &Event) {
        match event {
            Event::SessionOpened { .. } => self.sessions += 1,
            Event::Frame { .. } => {
                let before = self.queue(1 - self.number, |queue| queue.pop_front());
                self.depth = self.depth.max(before.unwrap_or_default());
            }
            _ => {}
        }
    }

    fn queue<T>(&self, number: usize, run: impl FnOnce(&mut VecDeque<u64>) -> T) -> T {
        let mut queue = self.chains.0[number].lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        run(&mut queue)
    }

    fn release(&mut self) -> Vec<ChangeView> {
        for command in self.engine.take_commands() {
            if matches!(command, Command::Send { .. }) {
                let depth = self.depth + 1;
                self.queue(self.number, |queue| queue.push_back(depth));
            }
            // A network that is gone shows in the events.
            let _ = self.network.commands.blocking_send(command);
        }
        self.engine.take_changes()
    }
}

/// A side that runs in a thread.
pub struct Running {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Outcome<Side>>,
}

impl Running {
    /// Stops the thread and gives the side back.
    pub fn stop(self) -> Outcome<Side> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| "a side panicked")?
    }
}
