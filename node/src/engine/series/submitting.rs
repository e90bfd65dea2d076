//! Reporting: from figures to signed submissions.

use super::super::{Caller, Engine, Failure};
use crate::figures::Reading;
use crate::store::Store;
use crate::view::{HeldView, SubmissionOptions, SubmissionView, WithdrawRequest};

impl<S: Store> Engine<S> {
    /// What would become of figures.
    pub fn plan_series(
        &mut self,
        _caller: &Caller,
        _reading: Reading,
        _options: &SubmissionOptions,
    ) -> Result<SubmissionView, Failure> {
        Err(Failure::unavailable("later", "not yet"))
    }

    /// Signs and sends what may be told of figures.
    pub fn submit_series(
        &mut self,
        _caller: &Caller,
        _reading: Reading,
        _options: &SubmissionOptions,
    ) -> Result<SubmissionView, Failure> {
        Err(Failure::unavailable("later", "not yet"))
    }

    /// Takes the table of a measure and period back.
    pub fn withdraw_series(&mut self, _caller: &Caller, _request: &WithdrawRequest) -> Result<SubmissionView, Failure> {
        Err(Failure::unavailable("later", "not yet"))
    }

    /// Corrections that are held.
    pub fn held_series(&self) -> Result<Vec<HeldView>, Failure> {
        Err(Failure::unavailable("later", "not yet"))
    }
}
