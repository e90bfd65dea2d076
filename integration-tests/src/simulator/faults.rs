//! What goes wrong.

use super::disk::Disk;
use super::happening::Happening;
use super::network::pair;
use super::node::NodeId;
use super::requests::entries_of;
use super::world::World;
use commons_node::net::SessionId;
use commons_node::store::FaultKind;
use commons_node::view::NetworkRequest;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A power failure: the process is gone, and with it the end of the index.
    Crash,
    /// A restart in good order.
    Restart,
    /// An old copy of the disk is put back.
    Restore,
    /// The disk is full once.
    DiskFull,
    /// The disk fails until the node restarts.
    DiskError,
    /// Nodes are cut off from the others.
    Partition,
    /// A session breaks off.
    SessionCut,
    /// Gossip gets lost.
    GossipLoss,
    /// Gossip arrives twice.
    GossipTwice,
    /// The network is slow, so that messages overtake each other.
    Slowness,
    /// The operator pauses the network.
    Pause,
}

impl Fault {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Crash,
        Self::Restart,
        Self::Restore,
        Self::DiskFull,
        Self::DiskError,
        Self::Partition,
        Self::SessionCut,
        Self::GossipLoss,
        Self::GossipTwice,
        Self::Slowness,
        Self::Pause,
    ];
}

impl World {
    fn count(&mut self, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
    }

    /// Switches a node off, as a power failure does: a random part of the
    /// newest changes of the index is lost.
    pub fn power_off(&mut self, id: NodeId) {
        self.count(Fault::Crash);
        self.note(format!("{} loses power", self.nodes[id].name));
        let mut dice = self.dice.clone();
        self.dice.number();
        self.stop(id, |unsynced| dice.index(unsynced + 1));
    }

    /// Stops and starts a node in good order.
    pub fn restart(&mut self, id: NodeId) {
        self.count(Fault::Restart);
        self.stop(id, |unsynced| unsynced);
        self.power_on(id);
    }

    fn stop(&mut self, id: NodeId, keep: impl FnOnce(usize) -> usize) {
        self.nodes[id].close(keep);
        self.disconnect_all(id);
    }

    /// Keeps a copy of a node's disk and keys.
    pub fn back_up(&mut self, id: NodeId) {
        self.note(format!("{}'s disk is copied", self.nodes[id].name));
        self.nodes[id].back_up();
    }

    /// Puts the copy back and starts the node from it. What only the replaced
    /// disk held is lost, and nothing else may be.
    pub fn restore(&mut self, id: NodeId) {
        let Some(backup) = &self.nodes[id].backup else { return };
        let (keys, invitations, old) =
            (backup.keys.clone(), backup.invitations.clone(), backup.disk.snapshot());
        self.count(Fault::Restore);
        self.note(format!("{}'s old disk is put back", self.nodes[id].name));
        self.stop(id, |unsynced| unsynced);
        if let Some(commons) = self.commons {
            let others = self
                .ids()
                .filter(|other| *other != id && !self.byzantine.contains(other))
                .map(|other| entries_of(self.nodes[other].store(), commons));
            let elsewhere: Vec<_> = others.chain([entries_of(&old, commons)]).collect();
            let acknowledged = self.nodes.iter().flat_map(|node| &node.acknowledged);
            let lost = acknowledged.filter(|entry| !elsewhere.iter().any(|held| held.contains(entry)));
            let lost: Vec<_> = lost.copied().collect();
            self.excused.extend(lost);
        }
        self.restored.insert(id);
        let node = &mut self.nodes[id];
        (node.keys, node.invitations, node.disk) = (keys, invitations, Some(Disk::new(old)));
        self.power_on(id);
    }

    /// Makes the disk full, until there is room again.
    pub fn fill_disk(&mut self, id: NodeId) {
        self.count(Fault::DiskFull);
        self.note(format!("{}'s disk is full", self.nodes[id].name));
        self.nodes[id].switch.set(Some(FaultKind::Full));
    }

    /// Makes the disk fail, until the node restarts.
    pub fn break_disk(&mut self, id: NodeId) {
        self.count(Fault::DiskError);
        self.note(format!("{}'s disk does not answer", self.nodes[id].name));
        self.nodes[id].switch.set(Some(FaultKind::Io));
        self.nodes[id].is_broken = true;
    }

    /// Makes room on the disk.
    pub fn make_room(&mut self, id: NodeId) {
        self.note(format!("there is room on {}'s disk", self.nodes[id].name));
        self.nodes[id].switch.set(None);
    }

    /// Cuts `some` off from all others.
    pub fn partition(&mut self, some: &[NodeId]) {
        self.count(Fault::Partition);
        let names: Vec<&str> = some.iter().map(|id| self.nodes[*id].name.as_str()).collect();
        self.note(format!("cut off: {}", names.join(", ")));
        for a in some {
            for b in self.ids().filter(|b| !some.contains(b)) {
                self.network.cut.insert(pair(*a, b));
                self.disconnect(*a, b);
            }
        }
    }

    /// Breaks a session that is open, if there is one.
    pub fn cut_session(&mut self) {
        let open: Vec<SessionId> = self.network.sessions.keys().copied().collect();
        if let Some(session) = self.dice.pick(&open) {
            self.count(Fault::SessionCut);
            self.note("a session is cut");
            self.break_session(session);
        }
    }

    /// Loses and doubles gossip, and lets messages overtake each other.
    pub fn disturb(&mut self, loss: u64, doubling: u64, latency: u64) {
        self.note(format!("gossip: {loss} % lost, {doubling} % twice, up to {latency} ms on the way"));
        (self.network.loss, self.network.doubling, self.network.latency) = (loss, doubling, latency);
        let faults = [
            (loss > 0, Fault::GossipLoss),
            (doubling > 0, Fault::GossipTwice),
            (latency > 40, Fault::Slowness),
        ];
        faults.into_iter().filter(|(is_on, _)| *is_on).for_each(|(_, fault)| self.count(fault));
    }

    /// Pauses or resumes a node's network.
    pub fn pause(&mut self, id: NodeId, paused: bool) {
        if paused {
            self.count(Fault::Pause);
        }
        self.note(format!(
            "{} {} its network",
            self.nodes[id].name,
            if paused { "pauses" } else { "resumes" }
        ));
        // On a broken disk it fails; the network is as it was then.
        let _ = self.request(id, |engine, caller| engine.set_network(caller, &NetworkRequest { paused }));
    }

    /// Switches a node off and plans when it starts again.
    pub(super) fn fail_for_a_while(&mut self, id: NodeId) {
        self.power_off(id);
        let pause = 200 + self.dice.below(15_000);
        self.plan(pause, Happening::PowerOn(id));
    }

    /// Lets everyone reach everyone who is on.
    pub fn heal_network(&mut self) {
        self.network.cut.clear();
        (self.network.loss, self.network.doubling, self.network.latency) = (0, 0, 40);
    }

    /// Ends every fault: everyone runs, everyone reaches everyone.
    pub fn heal(&mut self) {
        self.note("everything is healed");
        self.heal_network();
        for id in self.ids() {
            if self.nodes[id].is_broken {
                self.stop(id, |unsynced| unsynced);
            }
            self.power_on(id);
            self.nodes[id].switch.set(None);
            if self.nodes[id].wire.paused {
                self.pause(id, false);
            }
        }
    }
}
