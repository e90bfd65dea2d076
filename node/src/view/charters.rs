//! What the API says about the charter of one epoch, and of two.

use super::OrganisationView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The charter of one epoch in full, and how it came about.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EpochDetailView {
    /// Number, starting at 0.
    pub number: u64,
    /// Its hash.
    pub hash: String,
    /// Hash of the epoch before; none for the founding charter.
    pub parent: Option<String>,
    /// Whether it is in force now.
    pub in_force: bool,
    /// Name of the commons.
    pub name: String,
    /// Shared purpose.
    pub purpose: String,
    /// Members with their standing, in the order of the charter.
    pub members: Vec<EpochMemberView>,
    /// Names of the electors.
    pub electors: Vec<String>,
    /// What a change of it needs, in words.
    pub quorum: String,
    /// Roles whose people may write.
    pub writers: Vec<String>,
    /// Rule versions, one line each.
    pub rules: Vec<String>,
    /// Number of logs that it ends where they stood.
    pub pins: u64,
    /// What it changed of the epoch before, in words.
    pub changes: Vec<String>,
    /// Names of the electors of the epoch before who endorsed it.
    pub endorsed_by: Vec<String>,
    /// Names of the electors whose nodes decided on it.
    pub decided_by: Vec<String>,
    /// How it came about, in words.
    pub origin: String,
}

/// A member in the charter of an epoch.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EpochMemberView {
    /// The organisation.
    pub organisation: OrganisationView,
    /// `active`, `suspended` or `removed`.
    pub standing: String,
    /// Whether it votes on the charter.
    pub elector: bool,
}

/// What differs between the charters of two epochs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CharterDiffView {
    /// Number of the older epoch.
    pub from: u64,
    /// Number of the newer epoch.
    pub to: u64,
    /// What changed, in words.
    pub changes: Vec<String>,
}
