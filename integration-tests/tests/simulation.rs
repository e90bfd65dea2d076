//! The production engine in a simulated world: random runs with faults, and
//! short stories.
//!
//! `COMMONS_SEED=n` repeats one run, `COMMONS_SEEDS=n` runs n of them,
//! `COMMONS_LONG=1` runs twenty thousand.

#[path = "simulation/governance.rs"]
mod governance;
#[path = "simulation/hostile.rs"]
mod hostile;
#[path = "simulation/publication.rs"]
mod publication;
#[path = "simulation/reissue.rs"]
mod reissue;
#[path = "simulation/seeds.rs"]
mod seeds;
#[path = "simulation/stories.rs"]
mod stories;
