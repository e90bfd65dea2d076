//! Review policies: what a version needs before it may be released. They are
//! part of the charter, so they are data that members vote on.

mod words;

use crate::bounded::BoundedVec;
use crate::charter::is_ascending;
use crate::collection::{DocumentKind, Role};
use crate::limits::{POLICIES, REQUIREMENTS, REVIEWERS, ROLES};
use crate::refusal::Refusal;
use minicbor::{Decode, Encode};

/// The policies of a charter, one per kind, sorted by kind.
pub type Policies = BoundedVec<Policy, POLICIES>;

/// What a version of one kind of document needs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Policy {
    /// The kind.
    #[n(0)]
    pub kind: DocumentKind,
    /// Approvals that it needs. No role stands in two of them, so that each
    /// review counts in one place.
    #[n(1)]
    pub requirements: BoundedVec<Requirement, REQUIREMENTS>,
    /// Organisations from which the approvals that count must come, at least.
    #[n(2)]
    pub organisations: u8,
    /// Whether people who contributed to the version may approve it.
    #[n(3)]
    pub authors_may_review: bool,
    /// Whether one who declines stands in the way until that person has
    /// changed that review.
    #[n(4)]
    pub declines_block: bool,
    /// Months after its release when it is due for review at the latest.
    #[n(5)]
    pub valid_months: Option<u16>,
    /// Whether electors may retract what another organisation released, even
    /// while that one is active.
    #[n(6)]
    pub electors_retract: bool,
}

/// So many approvals by people who review in one of these roles.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Requirement {
    /// The roles, sorted.
    #[n(0)]
    pub roles: BoundedVec<Role, ROLES>,
    /// How many different people.
    #[n(1)]
    pub count: u8,
}

impl Policy {
    /// The policy of a kind where the charter names none: a patient or family
    /// member and a clinician, from two organisations, neither of them an
    /// author; nobody declines; due for review after two years.
    pub fn standard(kind: DocumentKind) -> Self {
        let need = |roles: &[Role]| Requirement {
            // Fewer roles than the bound.
            roles: BoundedVec::new(roles.to_vec()).unwrap_or_default(),
            count: 1,
        };
        let requirements = vec![need(&[Role::Patient, Role::Family]), need(&[Role::Clinician])];
        Self {
            kind,
            requirements: BoundedVec::new(requirements).unwrap_or_default(),
            organisations: 2,
            authors_may_review: false,
            declines_block: true,
            valid_months: Some(24),
            electors_retract: false,
        }
    }

    /// Checks that people can understand and meet it.
    pub fn check(&self) -> Result<(), Refusal> {
        let roles: Vec<Role> = self.requirements.iter().flat_map(|one| one.roles.to_vec()).collect();
        let mut distinct = roles.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let is_sound = |one: &Requirement| {
            is_ascending(&one.roles)
                && !one.roles.is_empty()
                && (1..=REVIEWERS).contains(&usize::from(one.count))
        };
        let people: usize = self.requirements.iter().map(|one| usize::from(one.count)).sum();
        let sound = self.requirements.iter().all(is_sound)
            && distinct.len() == roles.len()
            && people <= REVIEWERS
            && usize::from(self.organisations) <= people
            && self.valid_months != Some(0);
        sound.then_some(()).ok_or(Refusal::BadProposal)
    }

    /// Whether `role` counts for anything.
    pub fn asks_for(&self, role: Role) -> bool {
        self.requirements.iter().any(|one| one.roles.contains(&role))
    }
}
