//! Reviews, releases and retractions of documents, as the API shows them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How a document stands today.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StandingView {
    /// `draft`, `in review`, `eligible`, `released`, `review due`,
    /// `superseded` or `retracted`: what readers are told.
    pub status: String,
    /// One sentence that says so.
    pub sentence: String,
    /// The release that readers see, if there is one.
    pub release: Option<String>,
    /// How what was written since the release stands: `draft`, `in review` or
    /// `eligible`; none if nothing was.
    pub draft: Option<String>,
    /// When the release is due for review, `2027-03-31`.
    pub due: Option<String>,
    /// Why it was withdrawn.
    pub retracted_because: Option<String>,
    /// The document that replaces it.
    pub superseded_by: Option<String>,
    /// What readers should know besides: objections, another release made at
    /// the same time, a text that does not match.
    pub notices: Vec<String>,
}

/// Everything about a document's versions.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct PublicationView {
    /// The document.
    pub document: String,
    /// Title of what it says now.
    pub title: String,
    /// How it stands today.
    pub standing: StandingView,
    /// What the charter asks for, in sentences.
    pub policy: Vec<String>,
    /// Versions that somebody was asked to review, newest first.
    pub versions: Vec<VersionView>,
    /// Releases, newest first, with those that don't count.
    pub releases: Vec<ReleaseView>,
    /// Retractions, newest first.
    pub retractions: Vec<RetractionView>,
}

/// A version under review.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct VersionView {
    /// BLAKE3 of its bytes.
    pub version: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its heads.
    pub heads: Vec<String>,
    /// Whether this is what the document says now.
    pub current: bool,
    /// Who asked for the review, with the note.
    pub requests: Vec<RequestView>,
    /// Reviews of it.
    pub reviews: Vec<ReviewView>,
    /// What it still lacks to be released, in sentences; empty: it is eligible.
    pub missing: Vec<String>,
}

/// A request for reviews.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct RequestView {
    /// Id of its entry.
    pub id: String,
    /// Who asks: name, organisation.
    pub person: String,
    /// Name of the organisation.
    pub organisation: String,
    /// Claimed time.
    pub time_ms: u64,
    /// Words for the reviewers.
    pub note: String,
}

/// A review.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ReviewView {
    /// Id of its entry.
    pub id: String,
    /// BLAKE3 of the version's bytes.
    pub version: String,
    /// `approve`, `request-changes` or `decline`.
    pub verdict: String,
    /// The role in which the person reviewed.
    pub role: String,
    /// Name or pseudonym of the reviewer.
    pub person: String,
    /// Name of the organisation that vouches for the reviewer.
    pub organisation: String,
    /// Words for everybody.
    pub comment: String,
    /// Declared conflicts of interest; empty: none.
    pub conflicts: String,
    /// The checklist, if one was filled in.
    pub checklist: Option<ChecklistView>,
    /// Claimed time.
    pub time_ms: u64,
    /// Whether it counts by the policy in force.
    pub counts: bool,
    /// Why it does not count, if so.
    pub why_not: Option<String>,
}

/// A filled-in checklist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistView {
    /// Id of the form, such as `cdc-cci-1`.
    pub form: String,
    /// Answers by item.
    pub answers: BTreeMap<String, String>,
}

/// A release.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ReleaseView {
    /// Id of its entry.
    pub id: String,
    /// Title of what was released.
    pub title: String,
    /// BLAKE3 of the version's bytes.
    pub version: String,
    /// SHA-256 of the version's bytes.
    pub sha256: String,
    /// Its heads.
    pub heads: Vec<String>,
    /// Who released it.
    pub person: String,
    /// Name of the organisation.
    pub organisation: String,
    /// Claimed time.
    pub time_ms: u64,
    /// Epoch of the charter whose policy it met.
    pub epoch: u64,
    /// When it is due for review.
    pub due: Option<String>,
    /// The reviews that it lists.
    pub reviews: Vec<ReviewView>,
    /// Whether it counts.
    pub counts: bool,
    /// Why it does not count, in sentences.
    pub why_not: Vec<String>,
    /// The retraction, if it was withdrawn.
    pub retracted: Option<String>,
    /// Whether the document's content at those heads is what was released;
    /// none while that can't be told here.
    pub matches: Option<bool>,
}

/// A release in a list of what was released lately.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleasedView {
    /// Id of its entry.
    pub id: String,
    /// The document.
    pub document: String,
    /// `toolkit`, `guidance` or `measure`.
    pub kind: String,
    /// Title of what was released.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// Name of the organisation that released it.
    pub organisation: String,
    /// Claimed time.
    pub time_ms: u64,
}

/// A retraction and who has confirmed it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct RetractionView {
    /// Id of its entry.
    pub id: String,
    /// The releases that it withdraws.
    pub releases: Vec<String>,
    /// Why.
    pub reason: String,
    /// What to use instead.
    pub instead: Option<String>,
    /// Who withdrew it.
    pub person: String,
    /// Name of the organisation.
    pub organisation: String,
    /// Claimed time.
    pub time_ms: u64,
    /// Whether it counts.
    pub counts: bool,
    /// Names of active members whose nodes have confirmed it.
    pub acknowledged_by: Vec<String>,
    /// Names of active members whose nodes have not confirmed it yet.
    pub missing: Vec<String>,
}

/// Asks for reviews of what a document says.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskReviewRequest {
    /// Words for the reviewers, at most 2,000 bytes.
    #[serde(default)]
    pub note: String,
    /// The version, by its heads; what the document says now when absent.
    #[serde(default)]
    pub heads: Option<Vec<String>>,
}

/// Reviews a version.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewRequest {
    /// `approve`, `request-changes` or `decline`.
    pub verdict: String,
    /// The version by the first characters of its BLAKE3; the newest one that
    /// somebody was asked to review when absent.
    #[serde(default)]
    pub version: Option<String>,
    /// The role in which the person reviews; the only one that the policy asks
    /// for among the person's roles when absent.
    #[serde(default)]
    pub role: Option<String>,
    /// Words for everybody.
    #[serde(default)]
    pub comment: String,
    /// Declared conflicts of interest; empty: none.
    #[serde(default)]
    pub conflicts: String,
    /// A filled-in checklist.
    #[serde(default)]
    pub checklist: Option<ChecklistView>,
}

/// Releases a version.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseRequest {
    /// The version by the first characters of its BLAKE3; what the document
    /// says now when absent.
    #[serde(default)]
    pub version: Option<String>,
}

/// Withdraws everything of a document that was released.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetractRequest {
    /// Why, in words that everyone will read, at most 4,000 bytes.
    pub reason: String,
    /// Id of the document to use instead.
    #[serde(default)]
    pub instead: Option<String>,
}

/// Attaches a file that was stored before to a document.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachRequest {
    /// BLAKE3 of the file, as `POST /v1/blobs` said.
    pub hash: String,
    /// Name within the document: letters, digits, `.`, `_`, `:` and `-`.
    pub name: String,
    /// Media type, such as `application/pdf`.
    pub media_type: String,
    /// What an image shows, in words: needed for images.
    #[serde(default)]
    pub alt: Option<String>,
    /// Why to say what the identifier guard asks about.
    #[serde(default)]
    pub override_reason: Option<String>,
}

/// Makes what a document says equal to an older version, as a new edit.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreRequest {
    /// The version: its heads with commas, or the id of an edit.
    pub version: String,
    /// Why to say what the identifier guard asks about.
    #[serde(default)]
    pub override_reason: Option<String>,
}

/// How hard a document is to read; advice only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ReadabilityView {
    /// Flesch-Kincaid grade (US school years); none if not computed.
    pub flesch_kincaid: Option<f64>,
    /// SMOG grade (US school years); none if not computed.
    pub smog: Option<f64>,
    /// Words counted.
    pub words: u64,
    /// Sentences counted.
    pub sentences: u64,
    /// What to say about it to the authors.
    pub advice: String,
}

/// A checklist for reviewers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FormView {
    /// Its name and version, such as `cdc-cci-1`.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// Where its content comes from.
    pub source: String,
    /// Number of items.
    pub items: u64,
    /// The file to fill in, TOML.
    pub template: String,
}

/// The review policy of a kind, to be proposed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyView {
    /// `toolkit`, `guidance` or `measure`.
    pub kind: String,
    /// Approvals that a version needs.
    pub requirements: Vec<RequirementView>,
    /// Organisations from which they must come.
    pub organisations: u8,
    /// Whether contributors may approve.
    #[serde(default)]
    pub authors_may_review: bool,
    /// Whether one who declines stands in the way.
    #[serde(default = "yes")]
    pub declines_block: bool,
    /// Months after which a release is due for review at the latest.
    #[serde(default)]
    pub valid_months: Option<u16>,
    /// Whether electors may retract what others released.
    #[serde(default)]
    pub electors_retract: bool,
}

/// So many approvals by people in one of these roles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequirementView {
    /// The roles.
    pub roles: Vec<String>,
    /// How many people.
    pub count: u8,
}

fn yes() -> bool {
    true
}
