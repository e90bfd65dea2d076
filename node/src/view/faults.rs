//! What the API says about what members' keys signed against the rules.

use super::OrganisationView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that an honest node never signs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FaultView {
    /// Id, the same on all nodes.
    pub id: String,
    /// Stable code of its kind.
    pub kind: String,
    /// The member whose key it is.
    pub organisation: OrganisationView,
    /// Whether that is the organisation of this node.
    pub this_node: bool,
    /// The key that signed.
    pub key: String,
    /// Where, in words.
    pub place: String,
    /// Who did what and where, in one sentence.
    pub what: String,
    /// What the members can do about it.
    pub advice: String,
    /// What proves it, one line each.
    pub evidence: Vec<String>,
}

/// What a proof file proves.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProvedView {
    /// Id of the commons, to compare with the one that the reader trusts.
    pub commons: String,
    /// Its name.
    pub commons_name: String,
    /// Id of the fault.
    pub fault: String,
    /// Stable code of its kind.
    pub kind: String,
    /// Name of the organisation whose key it is.
    pub organisation: String,
    /// The key that signed.
    pub key: String,
    /// Number of the newest epoch in the file.
    pub epoch: u64,
    /// Its hash.
    pub epoch_hash: String,
    /// Hashes of epochs that stand in the file without a vote.
    pub chosen_epochs: Vec<String>,
    /// Everything that a reader should know, one paragraph each.
    pub text: Vec<String>,
    /// What proves it, one line each.
    pub evidence: Vec<String>,
}
