//! Exact bounds of unknown counts: known systems, a published table, and
//! thousands of random systems against other ways of solving them.

#[path = "linear/agreement.rs"]
mod agreement;
#[path = "linear/corners.rs"]
mod corners;
#[path = "linear/dice.rs"]
mod dice;
#[path = "linear/extremes.rs"]
mod extremes;
#[path = "linear/floating.rs"]
mod floating;
#[path = "linear/known.rs"]
mod known;
#[path = "linear/stalling.rs"]
mod stalling;
#[path = "linear/tables.rs"]
mod tables;
