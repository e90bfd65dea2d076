//! What a policy asks for, in words that people understand.

use super::{Policy, Requirement};
use crate::collection::{DocumentKind, Role};

impl Policy {
    /// What it asks for, one sentence each.
    pub fn in_words(&self) -> Vec<String> {
        let blocks = match self.declines_block {
            true => "Whoever declines stands in the way until that person reviews it again.",
            false => "Whoever declines does not stand in the way.",
        };
        let due = match self.valid_months {
            Some(1) => "A release is due for review after 1 month at the latest.".to_owned(),
            Some(months) => format!("A release is due for review after {months} months at the latest."),
            None => "A release is due for review only when its authors say so.".to_owned(),
        };
        let retracts = match self.electors_retract {
            true => "Electors may retract what other organisations released.",
            false => "Who wrote or released it may retract it; electors only once that organisation is gone.",
        };
        vec![approvals_in_words(self), blocks.to_owned(), due, retracts.to_owned()]
    }
}

fn approvals_in_words(policy: &Policy) -> String {
    let subject = match policy.kind {
        DocumentKind::Toolkit => "A toolkit needs",
        DocumentKind::Measure => "A measure needs",
        DocumentKind::Guidance => "Guidance needs",
    };
    if policy.requirements.is_empty() {
        return format!("{subject} no approval.");
    }
    let needs: Vec<String> = policy.requirements.iter().enumerate().map(approval_in_words).collect();
    let from = match policy.organisations {
        0 | 1 => String::new(),
        several => format!(", from {several} organisations"),
    };
    let authors = match policy.authors_may_review {
        true => "; authors may approve too",
        false => ", none of them by an author",
    };
    format!("{subject} {}{from}{authors}.", and(&needs))
}

fn approval_in_words((index, requirement): (usize, &Requirement)) -> String {
    let count = requirement.count;
    let noun = match (index, count) {
        (0, 1) => " approval",
        (0, _) => " approvals",
        _ => "",
    };
    let article = if count == 1 { "a " } else { "" };
    let roles: Vec<String> = requirement.roles.iter().map(|role| role_in_words(*role, count > 1)).collect();
    let article = match roles.first() {
        Some(first) if count == 1 && first.starts_with(['a', 'i']) => "an ",
        _ => article,
    };
    format!("{count}{noun} by {article}{}", roles.join(" or "))
}

fn role_in_words(role: Role, is_plural: bool) -> String {
    let one = match role {
        Role::Family => "family member",
        other => other.word(),
    };
    if is_plural { format!("{one}s") } else { one.to_owned() }
}

fn and(items: &[String]) -> String {
    match items {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        items => items.concat(),
    }
}
