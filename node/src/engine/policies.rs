//! Review policies: from what an operator proposes to the charter's form, and
//! from there into words.

use super::Failure;
use super::people::roles;
use crate::view::{PolicyView, RequirementView};
use commons_protocol::bounded::BoundedVec;
use commons_protocol::collection::DocumentKind;
use commons_protocol::limits::REVIEWERS;
use commons_protocol::policy::{Policy, Requirement};
use std::collections::BTreeSet;

/// Longest time that a release may be good for, in months: ten years.
const MONTHS: u16 = 120;

/// The policy that an operator proposes.
///
/// # Errors
/// What nobody could understand or meet.
pub(super) fn from_view(view: &PolicyView) -> Result<Policy, Failure> {
    let kind = DocumentKind::from_word(&view.kind).ok_or_else(|| {
        let why = format!(
            "\"{}\" is no kind of document with releases; use toolkit, guidance or measure",
            view.kind
        );
        Failure::invalid("unknown-kind", why)
    })?;
    let requirements = view.requirements.iter().map(requirement).collect::<Result<Vec<_>, _>>()?;
    check_people(&requirements, view.organisations)?;
    let valid = view.valid_months.is_none_or(|months| (1..=MONTHS).contains(&months));
    if !valid {
        let why = format!("a release is good for 1 to {MONTHS} months, or without end");
        return Err(Failure::invalid("bad-policy", why));
    }
    let policy = Policy {
        kind,
        requirements: BoundedVec::new(requirements).map_err(|error| {
            Failure::invalid("bad-policy", format!("the policy asks for too many kinds of approval: {error}"))
        })?,
        organisations: view.organisations,
        authors_may_review: view.authors_may_review,
        declines_block: view.declines_block,
        valid_months: view.valid_months,
        electors_retract: view.electors_retract,
    };
    policy.check()?;
    Ok(policy)
}

fn requirement(view: &RequirementView) -> Result<Requirement, Failure> {
    let people = 1..=REVIEWERS;
    if !people.contains(&usize::from(view.count)) {
        let why = format!(
            "{} approval(s) by a {} can't be asked for; ask for 1 to {REVIEWERS}",
            view.count,
            view.roles.join(" or ")
        );
        return Err(Failure::invalid("bad-policy", why));
    }
    Ok(Requirement { roles: roles(&view.roles)?, count: view.count })
}

fn check_people(requirements: &[Requirement], organisations: u8) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    let mut named = requirements.iter().flat_map(|one| one.roles.iter());
    if let Some(role) = named.find(|role| !seen.insert(**role)) {
        let why = format!(
            "the role {role} stands in two requirements; name it in one, so that each approval counts in one place"
        );
        return Err(Failure::invalid("bad-policy", why));
    }
    let people: usize = requirements.iter().map(|one| usize::from(one.count)).sum();
    if people > REVIEWERS || usize::from(organisations) > people {
        let why = format!(
            "{people} approval(s) from {organisations} organisations can't be met; ask for at most {REVIEWERS} approvals and no more organisations than approvals"
        );
        return Err(Failure::invalid("bad-policy", why));
    }
    Ok(())
}

/// The policies that a charter names, with `policy` in the place of the one of
/// its kind, sorted by kind.
pub(super) fn replacing(mut policies: Vec<Policy>, policy: Policy) -> Vec<Policy> {
    policies.retain(|other| other.kind != policy.kind);
    policies.push(policy);
    policies.sort_by_key(|policy| policy.kind);
    policies
}

/// What a policy asks for, as one line.
pub(super) fn in_a_line(policy: &Policy) -> String {
    policy.in_words().join(" ")
}

#[cfg(test)]
mod tests;
