//! On what the organisation's next submission follows, and who may make it.

use super::super::{Engine, Failure};
use crate::store::Store;
use commons_protocol::bounded::BoundedVec;
use commons_protocol::collection::Collection;
use commons_protocol::disclosure::Account;
use commons_protocol::entry::EntryKind;
use commons_protocol::id::EntryId;
use commons_protocol::key::PublicKey;
use commons_protocol::limits::BRANCHES;
use commons_protocol::series::Submission;

impl<S: Store> Engine<S> {
    /// What the next submission follows on. If some did not know of each other,
    /// all of them, first one of this node: what that says stays in force.
    pub(super) fn previous(&self) -> Result<BoundedVec<EntryId, BRANCHES>, Failure> {
        let ends = self.commons()?.series.reports.ends(&self.keys.organisation);
        let (own, others): (Vec<_>, Vec<_>) = ends.into_iter().partition(|id| self.is_by_this_node(id));
        let all: Vec<EntryId> = own.into_iter().chain(others).take(BRANCHES).collect();
        BoundedVec::new(all).map_err(|error| Failure::internal("previous", error.to_string()))
    }

    /// What this organisation has said so far.
    pub(super) fn own_account(&self) -> Result<Account, Failure> {
        let reports = &self.commons()?.series.reports;
        Ok(reports.account_after(&self.keys.organisation, &self.previous()?).unwrap_or_default())
    }

    /// The submissions before and the measure's release, as far as they stand
    /// in other logs.
    pub(super) fn report_deps(&mut self, submission: &Submission) -> Result<Vec<EntryId>, Failure> {
        let own_log = self.log_in(Collection::Aggregates)?;
        let admission = &self.commons()?.admission;
        let is_foreign = |id: &EntryId| admission.place(id).is_some_and(|place| place.log != own_log);
        let releases = submission.parts.iter().map(|part| part.release);
        let mut deps: Vec<EntryId> =
            submission.previous.iter().copied().chain(releases).filter(is_foreign).collect();
        deps.sort_unstable();
        deps.dedup();
        Ok(deps)
    }

    /// Whether a person may report at this node.
    pub(super) fn check_may_report(&self, person: &PublicKey, take_over: bool) -> Result<(), Failure> {
        self.check_knows_rules()?;
        self.check_may_write(person, EntryKind::Submit)?;
        if take_over {
            return self.check_may_join();
        }
        let reports = &self.commons()?.series.reports;
        let ends = reports.ends(&self.keys.organisation);
        match ends.first() {
            Some(one) if ends.len() > 1 => Err(apart(one, ends.len())),
            Some(end) if !self.is_by_this_node(end) => Err(Failure::conflict(
                "reports-elsewhere",
                "another node of this organisation reports; stop reporting there, catch up, and take over here (--take-over)",
            )),
            _ => Ok(()),
        }
    }

    /// Refuses what every other node would.
    fn check_may_join(&self) -> Result<(), Failure> {
        let reports = &self.commons()?.series.reports;
        match reports.may_follow(&self.keys.organisation, &self.previous()?) {
            true => Ok(()),
            false => Err(Failure::conflict(
                "forked-series",
                "what nodes of this organisation reported without knowing of each other can't be brought together: it is too much, or happened too often; revoke the key of the node that should not have reported, so that what the electors have not attested yet is cut",
            )),
        }
    }

    fn is_by_this_node(&self, id: &EntryId) -> bool {
        let Some(commons) = &self.commons else { return false };
        let place = commons.admission.place(id);
        let log = place.and_then(|place| commons.admission.log_at(place.log));
        log.is_some_and(|(_, name, _)| name.node == self.keys.node.public())
    }
}

/// Two nodes would report side by side.
fn apart(one: &EntryId, ends: usize) -> Failure {
    let why = format!(
        "nodes of this organisation reported without knowing of each other ({ends} times, last in entry {one}), so none of that counts since; submit here with --take-over: what this node reported counts again, what the others reported stays known to everybody and can be sent again from here"
    );
    Failure::conflict("forked-series", why)
}
