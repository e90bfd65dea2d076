//! The eight organisations and their nodes.

use commons_integration_tests::process::{History, Home, HomeOptions, Node, Place};
use commons_node::view::StatusView;
use serde_json::json;

/// An organisation beforehand.
pub struct Words {
    pub name: &'static str,
    home: &'static str,
    is_hub: bool,
}

const fn hub(name: &'static str, home: &'static str) -> Words {
    Words { name, home, is_hub: true }
}

const fn site(name: &'static str, home: &'static str) -> Words {
    Words { name, home, is_hub: false }
}

/// Founds; a hub.
pub const HUB: usize = 0;
/// Another hub, which is killed.
pub const SECOND_HUB: usize = 1;
/// Comes back from an old disk.
pub const RETURNING: usize = 2;
/// Is stopped while the others vote.
pub const STOPPED: usize = 5;
/// Joins after the old disk was copied.
pub const LATER: usize = 4;
/// Is removed.
pub const REMOVED: usize = 6;
/// A hub without a vote, and the last that listens to the one who is removed.
pub const FRIEND: usize = 7;

/// All of them. The first seven are electors.
pub const WORDS: [Words; 8] = [
    hub("North Hospital", "north"),
    hub("South Hospital", "south"),
    site("East Clinic", "east"),
    site("West Clinic", "west"),
    site("Parents United", "parents"),
    site("Lakes Research", "lakes"),
    site("Hill Practice", "hill"),
    hub("Harbour Network", "harbour"),
];

/// Their nodes; those of stopped ones are none.
pub struct Cast {
    homes: Vec<Home>,
    nodes: Vec<Option<Node>>,
}

impl Cast {
    /// Makes and starts all of them.
    pub fn start(place: &Place) -> Self {
        let make = |words: &Words| {
            let options = match words.is_hub {
                true => HomeOptions::hub(words.name, "site"),
                false => HomeOptions::member(words.name, "site"),
            };
            place.init(words.home, &options)
        };
        let homes: Vec<Home> = WORDS.iter().map(make).collect();
        let nodes = homes.iter().map(|home| Some(home.start())).collect();
        Self { homes, nodes }
    }

    /// Those who join the founder before the old disk is copied.
    pub fn first_electors() -> impl Iterator<Item = usize> {
        (1..FRIEND).filter(|who| *who != LATER)
    }

    /// Those who are members to the end.
    pub fn members(&self) -> impl Iterator<Item = usize> {
        (0..WORDS.len()).filter(|who| *who != REMOVED)
    }

    /// A node that runs.
    #[track_caller]
    pub fn node(&self, who: usize) -> &Node {
        self.nodes[who].as_ref().unwrap_or_else(|| panic!("{} is stopped", WORDS[who].name))
    }

    /// All nodes that run.
    pub fn all(&self) -> Vec<&Node> {
        self.nodes.iter().flatten().collect()
    }

    /// Kills a node.
    pub fn kill(&mut self, who: usize) -> Home {
        self.nodes[who].take().expect("it runs").kill()
    }

    /// Stops a node in order.
    pub fn stop(&mut self, who: usize) {
        self.nodes[who].take().expect("it runs").stop();
    }

    /// Starts a node that was stopped.
    pub fn start_again(&mut self, who: usize) {
        self.nodes[who] = Some(self.homes[who].start());
    }

    /// Stops a node, does something with its home, and starts it again.
    pub fn restart_with(&mut self, who: usize, work: impl FnOnce(&Home)) {
        self.stop(who);
        work(&self.homes[who]);
        self.start_again(who);
    }

    /// Cuts a node off from all others, or lets it back.
    pub fn pause(&self, place: &Place, history: &History, who: usize, paused: bool) {
        history.fault(WORDS[who].name, if paused { "cut off" } else { "connected again" });
        let node = self.node(who);
        let _: StatusView =
            node.api().post("/v1/network", &json!({ "paused": paused })).expect("a node can be paused");
        if paused {
            place.wait("nobody is connected to it", || {
                (!node.status().peers.iter().any(|peer| peer.connected)).then_some(())
            });
        }
    }

    /// The nodes of the members, and the one of the member that was removed.
    pub fn into_nodes(mut self) -> (Vec<Node>, Node) {
        let removed = self.nodes[REMOVED].take().expect("it runs");
        (self.nodes.into_iter().flatten().collect(), removed)
    }
}
