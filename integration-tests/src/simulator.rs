//! A seeded simulator of network, clock and disk around the production engine.
//!
//! A [`World`] holds many nodes. Each runs the engine that a real node runs,
//! over a store in memory whose disk can fail; the world is its network and
//! its clock. Everything random comes from one seed, so a run that failed can
//! be repeated step by step.
//!
//! ```text
//! dice ─▶ plan, faults ─▶ world (clock, wires, sessions, gossip) ─▶ engines ─▶ oracles
//! ```

mod behaviour;
mod dice;
mod disk;
mod faults;
mod forge;
mod governing;
mod hand;
mod happening;
mod misreport;
mod misreview;
mod network;
mod node;
mod oracles;
mod people;
mod plan;
mod publishing;
mod report;
mod reporting;
mod requests;
mod series;
mod standings;
mod tamper;
mod verdicts;
mod world;

pub use behaviour::Behaviour;
pub use dice::Dice;
pub use disk::{Disk, keeps};
pub use faults::Fault;
pub use forge::{gossip_message, junk_change};
pub use hand::Crime;
pub use happening::Carried;
pub use node::{Node, NodeId};
pub use oracles::Contents;
pub use plan::{Plan, run_seed};
pub use publishing::Reviewer;
pub use report::{Counters, Report};
pub use reporting::figure;
pub use world::World;
