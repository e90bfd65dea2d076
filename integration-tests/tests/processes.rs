//! Real processes of the `commons` command: what a person can do, what faults
//! do to it, and what it says to bad input. Everything that is printed or
//! logged here is also searched for secrets and panics.

#[path = "processes/bad_homes.rs"]
mod bad_homes;
#[path = "processes/crashes.rs"]
mod crashes;
#[path = "processes/federation.rs"]
mod federation;
#[path = "processes/measuring.rs"]
mod measuring;
#[path = "processes/publishing.rs"]
mod publishing;
#[path = "processes/recovery.rs"]
mod recovery;
#[path = "processes/returning.rs"]
mod returning;
#[path = "processes/scene.rs"]
mod scene;
#[path = "processes/subscribing.rs"]
mod subscribing;
#[path = "processes/together.rs"]
mod together;
