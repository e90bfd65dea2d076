//! The egress ledger: what left this organisation, when, under which rule.

use super::super::{Engine, Failure};
use crate::store::Store;
use crate::view::EgressView;

impl<S: Store> Engine<S> {
    /// Every table that this organisation sent, oldest first.
    pub fn egress(&mut self) -> Result<Vec<EgressView>, Failure> {
        Err(Failure::unavailable("later", "not yet"))
    }
}
