//! What makes a version released: every rule with a row that it alone decides.

#![allow(clippy::disallowed_methods, reason = "seed and number of cases come from the environment")]

#[path = "common/scene.rs"]
mod scene;
#[path = "common/world.rs"]
mod world;

#[path = "publication/orders.rs"]
mod orders;
#[path = "publication/releases.rs"]
mod releases;
#[path = "publication/saga.rs"]
mod saga;
#[path = "publication/standing.rs"]
mod standing;
#[path = "publication/statements.rs"]
mod statements;
#[path = "publication/tally.rs"]
mod tally;
#[path = "publication/versions.rs"]
mod versions;
#[path = "publication/withdrawing.rs"]
mod withdrawing;
