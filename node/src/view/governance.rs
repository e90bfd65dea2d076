//! What the API says about changes of the charter.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::PolicyView;

/// A change of the charter that is proposed to the electors.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "change", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ProposeRequest {
    /// Admits an organisation that asked to join.
    Admit {
        /// Id of its request; a unique prefix is enough.
        request: String,
    },
    /// Removes members; what they contributed so far stands.
    Remove {
        /// Ids or names.
        organisations: Vec<String>,
    },
    /// Suspends members until they are reinstated.
    Suspend {
        /// Ids or names.
        organisations: Vec<String>,
    },
    /// Lets suspended or removed members contribute again.
    Reinstate {
        /// Ids or names.
        organisations: Vec<String>,
    },
    /// Changes policies; what is not named stays.
    Policy {
        /// Roles that may write.
        writers: Option<Vec<String>>,
        /// Votes that a change needs, if more than the least.
        quorum: Option<u8>,
        /// Name of the commons.
        name: Option<String>,
        /// Its purpose.
        purpose: Option<String>,
    },
    /// Changes what a kind of document needs to be released.
    ReviewPolicy(PolicyView),
    /// Changes what is told of counts of people; what is not named stays.
    Disclosure {
        /// Counts from 1 to this are masked: 5 to 100.
        threshold: Option<u16>,
        /// Organisations that a network's total needs, at least: 2 to 100.
        organisations: Option<u8>,
        /// Per cent of a network's total that one organisation may make up,
        /// at most: 50 to 100.
        share: Option<u8>,
    },
    /// Changes who votes.
    Elector {
        /// Members that become electors: ids or names.
        #[serde(default)]
        add: Vec<String>,
        /// Electors that stay members without a vote.
        #[serde(default)]
        remove: Vec<String>,
    },
    /// Replaces the lost root key of a member.
    Root {
        /// The member: id or name.
        organisation: String,
        /// The code that the member's `commons keys new-root` printed.
        code: String,
    },
    /// Chooses the branch of a log that forked; the log ends there.
    Branch {
        /// Id of the log; a unique prefix is enough.
        log: String,
        /// Id of the last entry that counts.
        entry: String,
    },
}

/// A proposed next epoch and how far the vote has come.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProposalView {
    /// Id to endorse: hash of the proposed charter.
    pub id: String,
    /// Number of the epoch that it would become.
    pub epoch: u64,
    /// What it changes, in words.
    pub changes: Vec<String>,
    /// Fingerprint words of an organisation that it would admit, or whose
    /// keys it would replace: to compare with it by phone.
    pub fingerprint: Option<String>,
    /// How many electors must endorse it.
    pub needed: u64,
    /// Names of the electors who endorsed it.
    pub endorsed_by: Vec<String>,
    /// Names of the electors whose endorsement is missing.
    pub missing: Vec<String>,
    /// The round of voting, once electors' nodes vote.
    pub round: Option<u32>,
    /// Names of the electors whose nodes prepared it in that round.
    pub prepared_by: Vec<String>,
    /// Names of the electors whose nodes committed to it.
    pub committed_by: Vec<String>,
    /// What is missing, in words.
    pub state: String,
    /// Why this organisation's node can't vote for it now.
    pub hindered: Option<String>,
}

/// Names a proposal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposalRequest {
    /// Its id; a unique prefix is enough.
    pub id: String,
}

/// Goes on under a proposal without the decision of the electors.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefoundRequest {
    /// The proposal's id; a unique prefix is enough.
    pub id: String,
    /// Must be true: the operator knows that nodes that don't choose the same
    /// go separate ways.
    pub confirm: bool,
}

/// Ends a log of this organisation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndLogRequest {
    /// Id of the log; a unique prefix is enough.
    pub log: String,
    /// Id of the last entry that counts.
    pub entry: String,
}

/// Revokes a node key of this organisation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeKeyRequest {
    /// The key; a unique prefix is enough.
    pub key: String,
}

/// A node key of this organisation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct KeyView {
    /// The key.
    pub id: String,
    /// Whether it is in force.
    pub active: bool,
    /// Whether it is this installation's.
    pub this_node: bool,
    /// Logs that it wrote, with their last entry that counts.
    pub logs: Vec<LogView>,
}

/// A log.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LogView {
    /// Its id.
    pub id: String,
    /// Its collection.
    pub collection: String,
    /// Number of entries that count.
    pub entries: u64,
    /// Id of the last of them.
    pub head: Option<String>,
    /// Number of entries that are stable: nothing can void them.
    pub stable: u64,
    /// Where it forked, if it did.
    pub forked_at: Option<u64>,
    /// Last entries of the branches that are known, if it forked.
    pub branches: Vec<String>,
}

/// A new root key for an organisation that lost its own.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewRootView {
    /// The code to give to another member, who proposes it.
    pub code: String,
    /// What to do with it.
    pub message: String,
}
