//! What is proposed and how far the vote has come, in words.

use super::charter_views::quorum_in_words;
use super::disclosures;
use super::membership::words;
use super::policies::in_a_line;
use super::recovery::NewRoot;
use super::status::elector_names;
use super::{Engine, Failure};
use crate::store::Store;
use crate::view::ProposalView;
use commons_protocol::charter::{Charter, Elector, Member, Rules};
use commons_protocol::collection::{DocumentKind, Role, Standing};
use commons_protocol::governance::Governance;
use commons_protocol::id::{CommonsId, EpochHash};
use std::collections::BTreeSet;

impl<S: Store> Engine<S> {
    /// Everything that is proposed on top of the epoch in force.
    pub fn proposals(&self) -> Result<Vec<ProposalView>, Failure> {
        let open: Vec<EpochHash> = self.governance()?.open().keys().copied().collect();
        open.iter().map(|hash| self.proposal_view(hash)).collect()
    }

    /// A proposal, or the epoch that it became.
    pub(super) fn proposal_view(&self, hash: &EpochHash) -> Result<ProposalView, Failure> {
        let governance = self.governance()?;
        let enacted = governance.epochs().windows(2).find(|pair| pair[1].hash == *hash);
        if let Some([parent, epoch]) = enacted.map(|pair| [&pair[0], &pair[1]]) {
            let names = |keys: &BTreeSet<_>| elector_names(&parent.charter, |key| keys.contains(key));
            return Ok(ProposalView {
                needed: parent.charter.votes_needed() as u64,
                endorsed_by: names(&epoch.endorsed),
                missing: elector_names(&parent.charter, |key| !epoch.endorsed.contains(key)),
                committed_by: names(&epoch.certificate),
                state: format!("in force as epoch {}", epoch.charter.number),
                ..plain(governance, &parent.charter, &epoch.charter, hash)
            });
        }
        let charter =
            governance.open().get(hash).ok_or_else(|| Failure::not_found("proposal", &hash.to_string()))?;
        let (parent, ballots) = (governance.current(), governance.ballots());
        let endorsed = ballots.endorsed(hash);
        let round = ballots.round();
        let prepared = round.map(|round| ballots.prepared(round, hash)).unwrap_or_default();
        let committed = ballots.committed(hash);
        let hindered = self.hindrance(charter);
        let view = ProposalView {
            needed: parent.votes_needed() as u64,
            endorsed_by: elector_names(parent, |key| endorsed.contains(key)),
            missing: elector_names(parent, |key| !endorsed.contains(key)),
            round,
            prepared_by: elector_names(parent, |key| prepared.contains(key)),
            committed_by: elector_names(parent, |key| committed.contains(key)),
            hindered,
            ..plain(governance, parent, charter, hash)
        };
        Ok(ProposalView { state: state(parent, charter, &view), ..view })
    }
}

fn plain(governance: &Governance, parent: &Charter, charter: &Charter, hash: &EpochHash) -> ProposalView {
    ProposalView {
        id: hash.to_string(),
        epoch: charter.number,
        changes: changes(Some(parent), charter),
        fingerprint: fingerprints(governance.commons(), parent, charter),
        needed: 0,
        endorsed_by: Vec::new(),
        missing: Vec::new(),
        round: None,
        prepared_by: Vec::new(),
        committed_by: Vec::new(),
        state: String::new(),
        hindered: None,
    }
}

/// Words to compare with the organisations whose keys a proposal brings in.
fn fingerprints(commons: CommonsId, parent: &Charter, charter: &Charter) -> Option<String> {
    let new_keys = |member: &Member| {
        let old = parent.member(&member.organisation)?;
        let keys = NewRoot { root: member.root, next: member.next_root, elector: member.elector };
        let is_same = (old.root, old.next_root, old.elector) == (keys.root, keys.next, keys.elector);
        (!is_same).then(|| (member.name.to_string(), keys.words()))
    };
    let comes = admitted(parent, charter).into_iter();
    let comes = comes.map(|member| (member.name.to_string(), words(&commons, member)));
    let all: Vec<(String, String)> = comes.chain(charter.members.iter().filter_map(new_keys)).collect();
    match all.as_slice() {
        [] => None,
        [(_, words)] => Some(words.clone()),
        several => {
            let named = several.iter().map(|(name, words)| format!("{name}: {words}"));
            Some(named.collect::<Vec<_>>().join(", "))
        }
    }
}

/// What is missing, in words.
fn state(parent: &Charter, charter: &Charter, view: &ProposalView) -> String {
    let lacking = usize::try_from(view.needed).unwrap_or(usize::MAX).saturating_sub(view.endorsed_by.len());
    if lacking > 0 {
        let missing = view.missing.join(", ");
        return match parent.is_founding_mode() {
            true => format!(
                "in founding mode every elector must endorse it; missing: {missing}{}",
                against_its_will(parent, charter)
            ),
            false => format!("{lacking} more must endorse it, of {missing}"),
        };
    }
    if view.committed_by.is_empty() && view.prepared_by.is_empty() {
        return "enough electors endorsed it; their nodes decide as soon as they are in touch".to_owned();
    }
    format!(
        "enough electors endorsed it; their nodes decide, in round {}: {} of {} prepared, {} committed",
        view.round.unwrap_or(0) + 1,
        view.prepared_by.len(),
        view.needed,
        view.committed_by.len()
    )
}

/// What to know of a proposal that takes the standing of electors in founding
/// mode, where they must agree to that themselves.
fn against_its_will(parent: &Charter, charter: &Charter) -> String {
    let goes = |elector: &&Elector| !charter.is_active(&elector.organisation);
    let members = parent.electors.iter().filter(goes).filter_map(|one| parent.member(&one.organisation));
    let names: Vec<String> = members.map(|member| member.name.to_string()).collect();
    if names.is_empty() {
        return String::new();
    }
    let names = names.join(", ");
    format!(
        ". That is {names} too, whom it concerns; without {names}, the others can only refound (`commons refound`)"
    )
}

/// Members of `next` that `current` does not have.
pub(super) fn admitted<'a>(current: &Charter, next: &'a Charter) -> Vec<&'a Member> {
    next.members.iter().filter(|member| current.member(&member.organisation).is_none()).collect()
}

/// What an epoch changes, in words.
pub(super) fn changes(parent: Option<&Charter>, charter: &Charter) -> Vec<String> {
    let Some(parent) = parent else { return vec![format!("founds the commons \"{}\"", charter.name)] };
    let mut changes = differences(parent, charter);
    changes.extend(pins_in_words(charter.pins.len()));
    changes
}

/// What differs between two charters, but for what they end. Everything that
/// a charter says must show: people decide by these words.
pub(super) fn differences(before: &Charter, after: &Charter) -> Vec<String> {
    let comes = admitted(before, after).into_iter();
    let mut changes: Vec<String> = comes.map(admission_in_words).collect();
    for member in &after.members {
        if let Some(old) = before.member(&member.organisation) {
            changes.extend(member_changes(old, member));
        }
    }
    changes.extend(elector_changes(before, after));
    changes.extend(policy_changes(before, after));
    changes.extend(review_policy_changes(before, after));
    changes.extend(disclosure_changes(before, after));
    changes
}

/// That logs end, in words.
pub(super) fn pins_in_words(logs: usize) -> Option<String> {
    let what = match logs {
        0 => return None,
        1 => "one log".to_owned(),
        logs => format!("{logs} logs"),
    };
    Some(format!("fixes what counts so far of {what}"))
}

fn admission_in_words(member: &Member) -> String {
    let admits = format!("admits {} ({})", member.name, member.kind);
    match member.standing {
        Standing::Active => admits,
        other => format!("{admits}, now {other}"),
    }
}

fn member_changes(old: &Member, new: &Member) -> Vec<String> {
    let mut changes = Vec::new();
    if old.standing != new.standing {
        changes.push(format!("{} {}, was {}", new.name, standing_in_words(new.standing), old.standing));
    }
    if (old.root, old.next_root) != (new.root, new.next_root) {
        changes.push(format!("replaces the lost root key of {}", new.name));
    }
    if old.name != new.name {
        changes.push(format!("{} is called {} from now on", old.name, new.name));
    }
    if old.kind != new.kind {
        changes.push(format!("{} is of the kind {} instead of {}", new.name, new.kind, old.kind));
    }
    if old.elector != new.elector {
        changes.push(format!("{} votes with another key from now on", new.name));
    }
    changes
}

fn standing_in_words(standing: Standing) -> &'static str {
    match standing {
        Standing::Active => "is active again",
        Standing::Suspended => "is suspended",
        Standing::Removed => "is removed",
    }
}

fn elector_changes(before: &Charter, after: &Charter) -> Vec<String> {
    let lacks = |charter: &Charter, elector: &Elector| {
        !charter.electors.iter().any(|other| other.organisation == elector.organisation)
    };
    let joins = elector_names_by(after, |elector| lacks(before, elector)).into_iter();
    let leaves = elector_names_by(before, |elector| lacks(after, elector)).into_iter();
    let joins = joins.map(|name| format!("{name} becomes an elector"));
    let leaves = leaves.map(|name| format!("{name} is no elector any more"));
    let weight = |charter: &Charter| (charter.electors.len(), charter.votes_needed());
    let then = (weight(before) != weight(after)).then(|| format!("from then on {}", quorum_in_words(after)));
    joins.chain(leaves).chain(then).collect()
}

fn elector_names_by(charter: &Charter, is_meant: impl Fn(&Elector) -> bool) -> Vec<String> {
    let meant = charter.electors.iter().filter(|elector| is_meant(elector));
    let members = meant.filter_map(|elector| charter.member(&elector.organisation));
    members.map(|member| member.name.to_string()).collect()
}

fn policy_changes(parent: &Charter, charter: &Charter) -> Vec<String> {
    let mut changes = Vec::new();
    if parent.name != charter.name {
        changes.push(format!("names the commons \"{}\"", charter.name));
    }
    if parent.purpose != charter.purpose {
        changes.push(format!("changes the purpose to \"{}\"", charter.purpose));
    }
    if parent.writers != charter.writers {
        let words: Vec<&str> = charter.writers.iter().map(|role: &Role| role.word()).collect();
        changes.push(format!("lets people with these roles write: {}", words.join(", ")));
    }
    if parent.quorum != charter.quorum {
        changes.push(format!("asks for at least {} votes for a change", charter.quorum));
    }
    if parent.rules != charter.rules {
        let Rules { fence, disclosure } = charter.rules;
        changes.push(format!("asks for version {fence} of the change fence and {disclosure} of disclosure"));
    }
    changes
}

/// What documents need from then on. A policy that is only written down as it
/// held before is said too, since a later version may have another default.
fn review_policy_changes(parent: &Charter, charter: &Charter) -> Vec<String> {
    if parent.policies == charter.policies {
        return Vec::new();
    }
    let kinds = DocumentKind::ALL.iter().map(|kind| (parent.policy(*kind), charter.policy(*kind)));
    let changed = kinds.filter(|(before, after)| before != after);
    let mut changes: Vec<String> = changed
        .map(|(_, after)| format!("changes what is needed for a release: {}", in_a_line(&after)))
        .collect();
    if changes.is_empty() {
        changes.push("writes down what is needed for a release, as it was before".to_owned());
    }
    changes
}

/// What is told of counts of people from then on.
fn disclosure_changes(parent: &Charter, charter: &Charter) -> Option<String> {
    let (before, after) = (parent.disclosure(), charter.disclosure());
    (before != after)
        .then(|| format!("changes what is told of counts of people: {}", disclosures::in_a_line(&after)))
}

#[cfg(test)]
mod tests;
