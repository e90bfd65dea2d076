//! Attesting: an elector's node signs what it holds, so that nothing may void
//! it any more.

use super::{Engine, Failure};
use crate::store::Store;
use commons_protocol::attestation::Attestation;
use commons_protocol::bounded::BoundedVec;
use commons_protocol::branch::Tree;
use commons_protocol::charter::Point;
use commons_protocol::governance::Governance;
use commons_protocol::id::{EpochHash, LogId};
use commons_protocol::key::PublicKey;
use commons_protocol::limits::{ATTESTATIONS, ATTESTED};
use commons_protocol::signed::Verified;

/// Milliseconds between two attestations while logs grow.
pub const ATTEST_MS: u64 = 3_600_000;

impl<S: Store> Engine<S> {
    /// Attests what grew since the last time, if it is time.
    pub(super) fn attest_in_time(&mut self) -> Result<(), Failure> {
        let is_time = self.attested_at.is_none_or(|last| self.now >= last + ATTEST_MS);
        if is_time && self.attest()? {
            self.attested_at = Some(self.now);
        }
        Ok(())
    }

    /// Attests what grew since the last time, if anything did and this node
    /// may. Returns whether it did.
    fn attest(&mut self) -> Result<bool, Failure> {
        let Ok(governance) = self.governance() else { return Ok(false) };
        let elector = self.keys.elector.public();
        let is_bound = governance.ballots().has_voted(&elector);
        let is_elector = governance.current().elector(&elector).is_some();
        if is_bound || !is_elector || !self.knows_own_votes(governance) {
            return Ok(false);
        }
        let points = self.points_to_attest(governance);
        if points.is_empty() {
            return Ok(false);
        }
        let admission = &self.commons()?.admission;
        let (commons, epoch) = (governance.commons(), governance.head().hash);
        let (mut prev, mut seq) = match admission.attested().tip(&epoch, &elector) {
            Some((tip, length)) => (Some(tip), length),
            None => (None, 0),
        };
        let mut signed = Vec::new();
        for chunk in points.chunks(ATTESTED) {
            if seq >= ATTESTATIONS {
                break;
            }
            // A chunk is never longer than an attestation can be.
            let points = BoundedVec::new(chunk.to_vec()).unwrap_or_default();
            let attestation = Attestation { commons, epoch, elector, seq, prev, points };
            let attestation = Verified::sign(attestation, &self.keys.elector)?;
            prev = Some(attestation.id());
            seq += 1;
            signed.push(attestation.into());
        }
        self.issue(signed)?;
        Ok(true)
    }

    /// The heads that are not stable yet and that this elector has not
    /// attested in this epoch.
    fn points_to_attest(&self, governance: &Governance) -> Vec<Point> {
        let Ok(commons) = self.commons() else { return Vec::new() };
        let admission = &commons.admission;
        let (elector, epoch) = (self.keys.elector.public(), governance.head().hash);
        let mut points: Vec<Point> = admission
            .head_points()
            .map(|(_, point)| point)
            .filter(|point| {
                let mut own = admission.attested().points(&point.log);
                let is_attested = own.any(|(of, by, one)| (*of, *by, one) == (epoch, elector, *point));
                // What follows a fork does not travel, so there the head itself is attested,
                // though it is stable by what is known to follow it.
                let forked = admission.frozen().contains_key(&point.log);
                let is_stable =
                    || !forked && admission.stable(&point.log).is_some_and(|stable| stable.seq >= point.seq);
                !is_attested
                    && !is_about_to_end(governance, &point.log)
                    && !is_stable()
                    && self.is_in_line(point, &epoch)
            })
            .collect();
        points.sort_by_key(|point| point.log);
        points
    }

    /// Whether an entry is on one line with everything that electors attested
    /// of its log in earlier epochs, and that this elector ever attested: so
    /// two epochs never make two branches stable.
    fn is_in_line(&self, point: &Point, epoch: &EpochHash) -> bool {
        let Ok(commons) = self.commons() else { return false };
        let own = self.keys.elector.public();
        let Some(governance) = commons.admission.governance() else { return false };
        let may = |of: &EpochHash, by: &PublicKey| {
            let epoch = governance.epochs().iter().find(|epoch| epoch.hash == *of);
            epoch.is_some_and(|epoch| epoch.charter.elector(by).is_some())
        };
        let tree = Tree::of(commons.admission.waiting().runs(&point.log));
        let points = commons.admission.attested().points(&point.log);
        let mut earlier = points.filter(|(of, by, _)| **by == own || (*of != epoch && may(of, by)));
        earlier.all(|(.., other)| commons.admission.is_in_line(point, &other, &tree))
    }
}

/// Whether a proposal that at least one honest elector endorsed ends what
/// counts of a log: to attest beyond that would stand in its way.
fn is_about_to_end(governance: &Governance, log: &LogId) -> bool {
    let charter = governance.current();
    let liars = charter.electors.len() - charter.votes_needed();
    let mut wanted = governance
        .open()
        .iter()
        .filter(|(hash, _)| governance.ballots().endorsed(hash).len() > liars)
        .map(|(_, charter)| charter);
    wanted.any(|charter| charter.pin(log).is_some())
}
