//! Series: what organisations report, judged before it is kept, and what this
//! organisation reports itself.
//!
//! ```text
//! figures → assemble (tables) → plan (masked, held, refused) → send (signed)
//! entry → settle (accepted, undecided, refused) → account → feed
//! ```

mod assembling;
mod continuing;
mod egress;
mod erased;
mod feeds;
mod holding;
mod measures;
mod naming;
mod own;
mod planned;
mod refused;
mod settling;
mod submitting;
#[cfg(test)]
mod tests;

pub use holding::Held;
pub(super) use refused::Refused;
pub(super) use settling::{Withheld, knows};

use commons_protocol::id::DocumentId;
use commons_protocol::period::Period;
use commons_protocol::reports::{Report, Reports};
use std::collections::BTreeMap;

/// The series of a commons.
#[derive(Debug, Default)]
pub(super) struct Series {
    /// What organisations reported.
    pub reports: Reports,
    /// Submissions that were read from disk and wait for those before them.
    waiting: Vec<Report>,
    /// Corrections that are held.
    held: BTreeMap<(DocumentId, Period), Held>,
    /// Why a body was not kept since the last look, if one was not: what
    /// carried it is not passed on.
    pub withheld: Withheld,
    /// What was refused.
    pub refused: Refused,
    /// Whether records are read: their submissions are judged once all are.
    pub is_loading: bool,
    /// Roll-ups that somebody asked for.
    rolled: feeds::Rolled,
}

impl Series {
    /// Notes that a correction is held, or no longer.
    pub fn learn_held(&mut self, held: Held) {
        match held.cells {
            Some(_) => _ = self.held.insert((held.measure, held.period), held),
            None => _ = self.held.remove(&(held.measure, held.period)),
        }
    }
}
