//! The charter of one epoch in full, and what differs between two, in words.

use super::disclosures;
use super::policies;
use super::proposals::{changes, differences, pins_in_words};
use super::status::{elector_names, organisation_view};
use super::{Engine, Failure};
use crate::store::Store;
use crate::view::{CharterDiffView, EpochDetailView, EpochMemberView};
use commons_protocol::charter::{Charter, Member};
use commons_protocol::collection::DocumentKind;
use commons_protocol::epoch::Epoch;
use commons_protocol::governance::Governance;
use commons_protocol::id::LogId;
use std::collections::BTreeSet;

impl<S: Store> Engine<S> {
    /// The charter of the epoch with this number, and how it came about.
    pub fn epoch_detail(&self, number: u64) -> Result<EpochDetailView, Failure> {
        let governance = self.governance()?;
        let (index, epoch) = find(governance, number)?;
        let parent = index.checked_sub(1).and_then(|parent| governance.epochs().get(parent));
        Ok(detail(governance, parent.map(|parent| &parent.charter), epoch))
    }

    /// What differs between two epochs; the one in force and the one before
    /// it when they are not named.
    pub fn charter_diff(&self, from: Option<u64>, to: Option<u64>) -> Result<CharterDiffView, Failure> {
        let governance = self.governance()?;
        let to = to.unwrap_or(governance.current().number);
        let from = from.unwrap_or(to.saturating_sub(1));
        let (first, older) = find(governance, from)?;
        let (last, newer) = find(governance, to)?;
        if first > last {
            return Err(Failure::invalid(
                "wrong-order",
                format!("epoch {from} is newer than epoch {to}; name the older one first"),
            ));
        }
        let mut changes = differences(&older.charter, &newer.charter);
        let between = governance.epochs().iter().take(last + 1).skip(first + 1);
        let pinned = between.flat_map(|epoch| epoch.charter.pins.iter().map(|pin| pin.log));
        changes.extend(pins_in_words(pinned.collect::<BTreeSet<LogId>>().len()));
        Ok(CharterDiffView { from, to, changes })
    }
}

/// What a change of this charter needs, in words.
pub(super) fn quorum_in_words(charter: &Charter) -> String {
    let (needed, electors) = (charter.votes_needed(), charter.electors.len());
    match (charter.is_founding_mode(), electors) {
        (true, 1) => "the one elector alone decides on a change of the charter (founding mode)".to_owned(),
        (true, _) => format!("all {electors} electors must agree to a change of the charter (founding mode)"),
        (false, _) => format!("{needed} of {electors} electors must agree to a change of the charter"),
    }
}

/// What documents need to be released, and the versions of the rules, in
/// words.
pub(super) fn rules(charter: &Charter) -> Vec<String> {
    let policies = DocumentKind::ALL.iter().map(|kind| policies::in_a_line(&charter.policy(*kind)));
    let versions = [
        format!("rules of the change fence: version {}", charter.rules.fence),
        format!("rules of disclosure: version {}", charter.rules.disclosure),
    ];
    let disclosure = disclosures::in_a_line(&charter.disclosure());
    policies.chain([disclosure]).chain(versions).collect()
}

fn find(governance: &Governance, number: u64) -> Result<(usize, &Epoch), Failure> {
    let mut epochs = governance.epochs().iter().enumerate();
    epochs.find(|(_, epoch)| epoch.charter.number == number).ok_or_else(|| {
        let last = governance.current().number;
        let mut failure = Failure::not_found("epoch", &number.to_string());
        failure.detail = format!("there is no epoch {number} here; the epochs go from 0 to {last}");
        failure
    })
}

fn detail(governance: &Governance, parent: Option<&Charter>, epoch: &Epoch) -> EpochDetailView {
    let charter = &epoch.charter;
    // The founders vote on the founding charter themselves.
    let electorate = parent.unwrap_or(charter);
    let decided_by = elector_names(electorate, |key| epoch.certificate.contains(key));
    EpochDetailView {
        number: charter.number,
        hash: epoch.hash.to_string(),
        parent: charter.parent.map(|parent| parent.to_string()),
        in_force: governance.head().hash == epoch.hash,
        name: charter.name.to_string(),
        purpose: charter.purpose.to_string(),
        members: charter.members.iter().map(|member| member_view(charter, member)).collect(),
        electors: elector_names(charter, |_| true),
        quorum: quorum_in_words(charter),
        writers: charter.writers.iter().map(ToString::to_string).collect(),
        rules: rules(charter),
        pins: charter.pins.len() as u64,
        changes: changes(parent, charter),
        endorsed_by: elector_names(electorate, |key| epoch.endorsed.contains(key)),
        origin: origin(parent, &decided_by),
        decided_by,
    }
}

fn origin(parent: Option<&Charter>, decided_by: &[String]) -> String {
    match parent {
        None => "founded".to_owned(),
        Some(_) if decided_by.is_empty() => {
            "chosen by the operator of this node without a decision of the electors".to_owned()
        }
        Some(parent) => {
            format!("decided by {} of {} electors", decided_by.len(), parent.electors.len())
        }
    }
}

fn member_view(charter: &Charter, member: &Member) -> EpochMemberView {
    EpochMemberView {
        organisation: organisation_view(member),
        standing: member.standing.to_string(),
        elector: charter.electors.iter().any(|elector| elector.organisation == member.organisation),
    }
}
