//! Catch-up: how two nodes find and exchange what one of them lacks.
//!
//! Both ends hold a [`Session`] over one stream. The caller opens each round
//! with HELLO; equal digests end it. Where they differ, governance objects go
//! first, because nothing else can be judged without them, then log heads:
//!
//! ```text
//! caller                              callee
//! HELLO        ────────────────────▶
//!              ◀────────────────────  HELLO, BUCKETS (256 digests)
//! ROWS of differing buckets, whole ─▶
//!              ◀────────────────────  ROWS that differ, WANT
//! RUNS, WANT   ────────────────────▶
//!              ◀────────────────────  RUNS, DONE
//! DONE         ────────────────────▶
//! ```
//!
//! The cost follows the logs that changed, not the history. Everything that
//! arrives is verified and admitted on its own, so a cut stream loses nothing
//! and the next session goes on where this one stopped.
//!
//! Rows name a log or object by eight bytes of a hash that is keyed with both
//! ends' random salts: nobody can prepare two ids with one short name.

pub mod frame;
pub mod session;
pub mod table;

pub use frame::Frame;
pub use session::{Output, Replica, Session, Summary};
pub use table::{Row, Table};
