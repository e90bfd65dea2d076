//! The task that owns the swarm: takes orders, watches the swarm and the clock, and never waits for anybody else.

mod orders;
mod swarm_events;

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
    time::Duration,
};

use futures::StreamExt;
use libp2p::{
    PeerId,
    identity::Keypair,
    swarm::dial_opts::{DialOpts, PeerCondition},
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{
    Command, Event, NetConfig, NetCounters, NetError, NetLimits, PeerKey, Verdict, address,
    behaviour::Built,
    exchange::Exchanges,
    gate::{Gate, Refusal},
    gossip::{self, FloodMeter, Pending, PublishQueue},
    join::dial_failures,
    listeners::Listeners,
    outbox::Outbox,
    redial::Redial,
    session::Sessions,
    slots::Slots,
};

/// Why the task ended.
pub(super) enum Ended {
    /// Nobody gives orders or listens any more.
    Stopped,
    /// A connection panicked.
    Broken,
}

/// With nothing to do the clock is looked at this often.
const AT_LEAST: Duration = Duration::from_secs(60);

/// Everything that survives a restart of the swarm.
pub(super) struct Node {
    gate: Gate,
    limits: NetLimits,
    counters: Arc<NetCounters>,
    events: mpsc::Sender<Event>,
    outbox: Outbox,
    listeners: Listeners,
    redial: Redial,
    sessions: Sessions,
    joins: Slots,
    exchanges: Exchanges,
    topics: BTreeSet<String>,
    publish: PublishQueue,
    pending: Pending,
    flood: FloodMeter,
    connected: HashSet<PeerId>,
}

impl Node {
    pub(super) fn new(
        config: &NetConfig,
        keypair: &Keypair,
        events: mpsc::Sender<Event>,
        counters: Arc<NetCounters>,
    ) -> Result<Self, NetError> {
        let limits = config.limits.clone();
        let id = keypair.public().to_peer_id();
        let own = address::peer_key(&id).unwrap_or(PeerKey([0; 32]));
        Ok(Self {
            gate: Gate::new(counters.clone()),
            outbox: Outbox::default(),
            listeners: Listeners::new(&config.listen)?,
            redial: Redial::new(own, &limits),
            sessions: Sessions::new(&limits, events.clone(), counters.clone()),
            joins: Slots::new(limits.joins, 1),
            exchanges: Exchanges::new(&limits, counters.clone()),
            topics: BTreeSet::new(),
            publish: PublishQueue::new(limits.publish_queue, limits.publish_interval),
            pending: Pending::new(limits.verdicts, limits.verdict_time),
            flood: FloodMeter::new(limits.gossip_burst, limits.gossip_rate),
            connected: HashSet::new(),
            counters,
            events,
            limits,
        })
    }

    pub(super) fn gate(&self) -> &Gate {
        &self.gate
    }

    pub(super) fn counters(&self) -> &NetCounters {
        &self.counters
    }

    /// The first listening, whose failure is the caller's to know.
    pub(super) fn listen(&mut self, built: &mut Built) -> Result<(), NetError> {
        self.listeners.open(&mut built.swarm)
    }

    /// Carries everything that was wished for over to a new swarm.
    pub(super) fn restart(&mut self, built: &mut Built) {
        for peer in std::mem::take(&mut self.connected) {
            if let Some(key) = address::peer_key(&peer) {
                self.outbox.disconnected(key);
            }
        }
        self.counters.connections.set(0);
        self.pending.clear();
        self.exchanges.reset();
        self.listeners.reset();
        self.redial.reset(Instant::now());
        self.subscribe(built);
    }

    /// Runs until there is nobody to run for.
    pub(super) async fn run(&mut self, built: &mut Built, orders: &mut mpsc::Receiver<Command>) -> Ended {
        let events = self.events.clone();
        loop {
            self.on_time(built);
            let wake = self.wake();
            tokio::select! {
                event = built.swarm.select_next_some() => self.on_swarm(built, event),
                order = orders.recv() => match order {
                    Some(order) => self.on_order(built, order),
                    None => return Ended::Stopped,
                },
                room = events.reserve(), if !self.outbox.is_empty() => match (room, self.outbox.pop()) {
                    (Ok(room), Some(event)) => room.send(event),
                    (Ok(_), None) => {}
                    (Err(_), _) => return Ended::Stopped,
                },
                () = built.broken.notified() => return Ended::Broken,
                () = sleep_until(wake) => {}
            }
        }
    }

    fn wake(&self) -> Instant {
        let latest = Instant::now() + AT_LEAST;
        if self.gate.paused() {
            return self.pending.wake().unwrap_or(latest).min(latest);
        }
        let all = [self.listeners.wake(), self.redial.wake(), self.publish.wake(), self.pending.wake()];
        all.into_iter().flatten().min().unwrap_or(latest).min(latest)
    }

    /// Everything whose time has come.
    fn on_time(&mut self, built: &mut Built) {
        let now = Instant::now();
        while let Some((id, source)) = self.pending.expired(now) {
            self.report(built, id, source, Verdict::Ignore);
        }
        if self.gate.paused() {
            return;
        }
        self.listeners.keep_open(&mut built.swarm, now);
        for (peer, addresses) in self.redial.due(now) {
            self.dial(built, peer, addresses, now);
        }
        if let Some(message) = self.publish.due(now) {
            self.publish_now(built, message);
        }
    }

    fn dial(&mut self, built: &mut Built, peer: PeerId, addresses: Vec<libp2p::Multiaddr>, now: Instant) {
        match self.gate.standing(&peer) {
            Ok(_) => {}
            Err(Refusal::Stranger(_) | Refusal::CutOff(_) | Refusal::Paused) => {
                return self.redial.postpone(&peer, now);
            }
        }
        if built.swarm.is_connected(&peer) {
            return self.redial.connected(&peer, now);
        }
        let order = DialOpts::peer_id(peer).addresses(addresses).condition(PeerCondition::Always).build();
        if let Err(error) = built.swarm.dial(order) {
            self.dial_failed(&peer, &error, now);
        }
    }

    fn dial_failed(&mut self, peer: &PeerId, error: &libp2p::swarm::DialError, now: Instant) {
        self.counters.dial_failures.add(1);
        if !self.connected.contains(peer) {
            self.redial.lost(peer, now);
        }
        let Some(peer) = address::peer_key(peer) else {
            return;
        };
        for (address, why) in dial_failures(error) {
            self.outbox.push(Event::DialFailed { peer, address, why });
        }
    }

    fn subscribe(&mut self, built: &mut Built) {
        let gossip = &mut built.swarm.behaviour_mut().members.gossip;
        for what in gossip::subscribe(gossip, &built.topics, &self.topics) {
            self.outbox.refused(what);
        }
    }
}
