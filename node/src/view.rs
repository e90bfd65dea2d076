//! What the API shows and takes: one struct per request and answer, shared by
//! the server ([`crate::api`]) and by the command line. Hashes, keys and ids
//! are lower-case hexadecimal text; times are milliseconds since 1970 as
//! claimed by their author.

mod blobs;
mod charters;
mod faults;
mod feed;
mod governance;
mod publication;
mod reissue;
mod series;

pub use blobs::{BlobView, BlobsView, StoredBlob};
pub use charters::{CharterDiffView, EpochDetailView, EpochMemberView};
pub use faults::{FaultView, ProvedView};
pub use feed::{
    ContributorView, FeedEvent, FeedQuery, FeedRow, FeedView, MeasureView, NumberView, RatioView,
    StratifierView,
};
pub use governance::{
    EndLogRequest, KeyView, LogView, NewRootView, ProposalRequest, ProposalView, ProposeRequest,
    RefoundRequest, RevokeKeyRequest,
};
pub use publication::{
    AskReviewRequest, AttachRequest, ChecklistView, FormView, PolicyView, PublicationView, ReadabilityView,
    ReleaseRequest, ReleaseView, ReleasedView, RequestView, RequirementView, RestoreRequest, RetractRequest,
    RetractionView, ReviewRequest, ReviewView, StandingView, VersionView,
};
pub use reissue::{ReissueRequest, ReissueView};
pub use series::{
    CellView, DropHeldRequest, EgressView, HeldCellView, HeldView, NumbersView, SubmissionOptions,
    SubmissionView, TableView, VerifiedSnapshotView, WithdrawRequest,
};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The truth about this node, in numbers and in words.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StatusView {
    /// Version of the software.
    pub version: String,
    /// This organisation.
    pub organisation: OrganisationView,
    /// The commons, once one is founded or joined.
    pub commons: Option<CommonsView>,
    /// Seconds since the node started.
    pub uptime_seconds: u64,
    /// Whether the operator has paused the network.
    pub network_paused: bool,
    /// Addresses on which peers can reach this node.
    pub listening: Vec<String>,
    /// Every known peer, connected or not.
    pub peers: Vec<PeerView>,
    /// Accepted entries.
    pub entries: u64,
    /// Logs with at least one accepted entry.
    pub logs: u64,
    /// Documents that are known here.
    pub documents: u64,
    /// Digest over the accepted heads of all logs: equal on two nodes that
    /// accepted the same contributions.
    pub heads_digest: String,
    /// Digest over all documents with their heads: equal on two nodes that
    /// show the same documents.
    pub documents_digest: String,
    /// What waits for something that is not here yet, with the reason.
    pub waiting: Vec<WaitingView>,
    /// Bodies of accepted entries that are not here yet.
    pub missing_bodies: u64,
    /// What was refused since the node started, by stable code.
    pub refused: Vec<CountView>,
    /// Faults of members that are proved here, see `commons faults`.
    #[serde(default)]
    pub faults: u64,
    /// Sentences that an operator should read; empty when all is well.
    pub notices: Vec<String>,
}

/// An organisation, as the charter knows it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrganisationView {
    /// Organisation id.
    pub id: String,
    /// Name in the charter.
    pub name: String,
    /// `site`, `council`, `research`, `advocacy`, `steward` or `other`.
    pub kind: String,
}

/// A commons in short.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CommonsView {
    /// Commons id: the hash of the founding charter.
    pub id: String,
    /// Name in the charter.
    pub name: String,
    /// Number of the epoch in force.
    pub epoch: u64,
    /// Hash of the epoch in force.
    pub epoch_hash: String,
    /// Number of members.
    pub members: u64,
    /// Number of electors.
    pub electors: u64,
    /// Votes that a change of the charter needs.
    pub quorum: u64,
    /// Whether fewer than four electors means no fault tolerance.
    pub founding_mode: bool,
}

/// Another node, seen from here.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PeerView {
    /// Key of the peer's transport identity.
    pub peer: String,
    /// Name of its organisation.
    pub organisation: String,
    /// Whether a connection is open now.
    pub connected: bool,
    /// Addresses known from its organisation's key log.
    pub addresses: Vec<String>,
    /// Whether the last catch-up ended with nothing left to exchange.
    pub in_step: bool,
    /// When the last catch-up with it ended, if any.
    pub last_sync_ms: Option<u64>,
    /// Why the last dial failed, if it did.
    pub problem: Option<String>,
}

/// Something that waits.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WaitingView {
    /// What waits, in words.
    pub what: String,
    /// For what it waits, in words.
    pub why: String,
    /// How many such things.
    pub count: u64,
}

/// A stable code with a count.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CountView {
    /// Stable refusal code.
    pub code: String,
    /// How often.
    pub count: u64,
}

/// Found a commons.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FoundRequest {
    /// Name of the commons, at most 200 characters.
    pub name: String,
    /// Shared purpose, at most 4,000 characters.
    pub purpose: String,
}

/// A fresh invitation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct InvitationView {
    /// The code to hand to the organisation that is to join; it holds a
    /// one-time secret.
    pub code: String,
    /// Until when it is good, by this node's clock.
    pub expires_ms: u64,
}

/// Join with an invitation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinRequest {
    /// The code of the invitation.
    pub code: String,
}

/// How far joining has come.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct JoinView {
    /// `none`, `asking`, `waiting` (for the vote), `admitted` or `failed`.
    pub state: String,
    /// Words to compare, out of band, with those that the members see.
    pub fingerprint: Option<String>,
    /// What happens next or what went wrong, in words.
    pub message: String,
}

/// Members and those who want to become members.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MembersView {
    /// The members in force.
    pub members: Vec<MemberView>,
    /// Requests to join that wait for a decision.
    pub requests: Vec<JoinRequestView>,
    /// Proposed next epochs that wait for votes.
    pub proposals: Vec<ProposalView>,
}

/// A member.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MemberView {
    /// The organisation.
    pub organisation: OrganisationView,
    /// `active`, `suspended` or `removed`.
    pub standing: String,
    /// Whether it votes on the charter.
    pub elector: bool,
    /// Whether this is the organisation of this node.
    pub this_node: bool,
    /// Number of its nodes in force.
    pub nodes: u64,
    /// Number of its people in force.
    pub people: u64,
}

/// A request to join.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct JoinRequestView {
    /// Id to approve.
    pub id: String,
    /// Who asks.
    pub organisation: OrganisationView,
    /// Words to compare out of band before approving.
    pub fingerprint: String,
    /// When it came in.
    pub received_ms: u64,
}

/// Approve a request or a proposal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveRequest {
    /// Id of the request or proposal; a unique prefix is enough.
    pub id: String,
}

/// The charter in force and its history.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CharterView {
    /// Short form.
    pub commons: CommonsView,
    /// Shared purpose.
    pub purpose: String,
    /// Members by name.
    pub members: Vec<MemberView>,
    /// Rule versions and limits, one line each.
    pub rules: Vec<String>,
    /// The chain of epochs, newest first.
    pub epochs: Vec<EpochView>,
}

/// One epoch.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EpochView {
    /// Number, starting at 0.
    pub number: u64,
    /// Its hash.
    pub hash: String,
    /// What it changed, in words.
    pub changes: Vec<String>,
    /// Names of the electors whose nodes decided on it; empty if it stands
    /// because this node's operator chose it.
    pub certified_by: Vec<String>,
    /// Names of the electors who endorsed it.
    pub endorsed_by: Vec<String>,
}

/// A person of this organisation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PersonView {
    /// Key of the person.
    pub id: String,
    /// Name or pseudonym.
    pub name: String,
    /// Roles: `patient`, `family`, `clinician`, `researcher`, `improver`,
    /// `administrator`.
    pub roles: Vec<String>,
    /// Whether the delegation is in force.
    pub active: bool,
}

/// Add a person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonRequest {
    /// Name or pseudonym, at most 100 characters.
    pub name: String,
    /// Roles, at least one.
    pub roles: Vec<String>,
}

/// A person was added.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PersonCreated {
    /// The person.
    pub person: PersonView,
    /// Bearer token for this node's API; shown once.
    pub token: String,
}

/// A document in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DocumentSummary {
    /// Document id.
    pub id: String,
    /// `toolkit`, `guidance` or `measure`.
    pub kind: String,
    /// Title.
    pub title: String,
    /// Language, BCP 47.
    pub language: String,
    /// Name of the organisation that created it.
    pub organisation: String,
    /// Number of edits.
    pub edits: u64,
    /// Claimed time of the newest edit.
    pub updated_ms: u64,
    /// How it stands today.
    #[serde(default)]
    pub standing: StandingView,
    /// Sentences about waiting, erased or refused parts.
    pub notices: Vec<String>,
}

/// A document in full.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DocumentView {
    /// Short form.
    pub summary: DocumentSummary,
    /// One or two sentences on what it is for.
    pub description: String,
    /// The text, Markdown.
    pub text: String,
    /// Everything else that it says, by name: `audience`,
    /// `condition/ICD-10:K50`, `recommendation/1/strength`, …
    #[serde(default)]
    pub particulars: BTreeMap<String, String>,
    /// Heads of the version shown, to name as `base` of an edit.
    pub version: Vec<String>,
}

/// Create a document.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDocument {
    /// `toolkit`, `guidance` or `measure`.
    pub kind: String,
    /// Title, 1 to 300 characters.
    pub title: String,
    /// Language, BCP 47; `en` when absent.
    #[serde(default)]
    pub language: Option<String>,
    /// One or two sentences on what it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// The text, Markdown.
    pub text: String,
    /// Everything else that it says, by name.
    #[serde(default)]
    pub particulars: BTreeMap<String, String>,
    /// Why to say what the identifier guard asks about; kept with the
    /// contribution.
    #[serde(default)]
    pub override_reason: Option<String>,
}

/// Change a document; what is absent stays as it is.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditRequest {
    /// New title.
    #[serde(default)]
    pub title: Option<String>,
    /// New language.
    #[serde(default)]
    pub language: Option<String>,
    /// New description.
    #[serde(default)]
    pub description: Option<String>,
    /// New text.
    #[serde(default)]
    pub text: Option<String>,
    /// Values to set by name, or `null` to remove.
    #[serde(default)]
    pub particulars: Option<BTreeMap<String, Option<String>>>,
    /// The version that was edited; others' changes since then are merged.
    /// The current version when absent.
    #[serde(default)]
    pub base: Option<Vec<String>>,
    /// Why to say what the identifier guard asks about; kept with the
    /// contribution.
    #[serde(default)]
    pub override_reason: Option<String>,
}

/// One edit: what one person saved at one time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EditView {
    /// Id of its last entry.
    pub id: String,
    /// Entries that carry it.
    pub entries: Vec<String>,
    /// Organisation of the author.
    pub organisation: String,
    /// Name of the author, as delegated.
    pub person: String,
    /// Roles of the author.
    pub roles: Vec<String>,
    /// Claimed time.
    pub time_ms: u64,
    /// Heads of the document after it, as its author saw them.
    pub version: Vec<String>,
    /// `created`, `edited`, or why it is not shown (waiting, erased, refused).
    pub what: String,
    /// Names of the fields that it changed: `title`, `text`,
    /// `condition/ICD-10:K50`, …
    #[serde(default)]
    pub fields: Vec<String>,
    /// Why the author said what the identifier guard asked about, with what
    /// that was.
    #[serde(default)]
    pub overrides: Vec<String>,
}

/// What differs between two versions.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DiffView {
    /// Heads of the older version.
    pub from: Vec<String>,
    /// Heads of the newer version.
    pub to: Vec<String>,
    /// Unified diff of title, language, description and text.
    pub unified: String,
}

/// Erase something that should never have been written.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EraseRequest {
    /// Document to erase whole (by the organisation that created it).
    #[serde(default)]
    pub document: Option<String>,
    /// Entries to erase (by the organisation that wrote them).
    #[serde(default)]
    pub entries: Vec<String>,
    /// Why, in words that everyone will read, at most 500 characters.
    pub reason: String,
}

/// An erasure and who has confirmed it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ErasureView {
    /// Id of the erase entry.
    pub id: String,
    /// What it erases, in words.
    pub target: String,
    /// Why.
    pub reason: String,
    /// Organisation that asked.
    pub organisation: String,
    /// Names of the members who confirmed it with a signed receipt.
    pub confirmed_by: Vec<String>,
    /// Names of the members who have not confirmed yet.
    pub missing: Vec<String>,
}

/// The result of walking every chain.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CheckView {
    /// Whether everything is as it should be.
    pub ok: bool,
    /// Records read.
    pub records: u64,
    /// Entries whose chain and signature were verified again.
    pub entries: u64,
    /// Documents that were built again from raw changes.
    pub documents: u64,
    /// What is wrong and what to do, one sentence each.
    pub problems: Vec<String>,
}

impl CheckView {
    /// Adds problems that were found elsewhere.
    pub fn add(&mut self, problems: Vec<String>) {
        self.ok &= problems.is_empty();
        self.problems.extend(problems);
    }
}

/// Pause or resume the network.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkRequest {
    /// Whether all connections are to be closed until further notice.
    pub paused: bool,
}

/// A passphrase for sealing or opening keys.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PassphraseRequest {
    /// The passphrase; never logged.
    pub passphrase: String,
}

/// Keys, sealed with a passphrase.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SealedKeysView {
    /// An armoured age file.
    pub sealed: String,
    /// What it holds and how to use it, in words.
    pub note: String,
}

/// Something changed; ask again for what you show.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ChangeView {
    /// A document changed.
    Document {
        /// Its id.
        id: String,
    },
    /// A feed changed.
    Feed {
        /// Id of its measure.
        measure: String,
        /// Periods that changed.
        periods: Vec<String>,
    },
    /// Members, proposals or the charter changed.
    Charter,
    /// A peer came, went or was caught up with.
    Peers,
    /// The listener was too slow and missed some changes.
    Missed,
}

/// An error, as RFC 9457 problem details.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `https://commons.invalid/problems/CODE`: a name, not a link.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short title.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened, which thing, what to do next.
    pub detail: String,
    /// Stable refusal code.
    pub code: String,
}
