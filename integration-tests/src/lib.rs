//! Harnesses of the suites: a seeded simulator around the production engine,
//! and real processes of the `commons` command.

pub mod process;
pub mod simulator;
