//! What the API says about contributions that were cut off.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A document of which contributions of this organisation were cut off,
/// together with something on which they build.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReissueView {
    /// Id of the document.
    pub document: String,
    /// Its title when they were written.
    pub title: String,
    /// Whether the document still exists; if not, a new one would be made.
    pub exists: bool,
    /// Why they were cut off, in words.
    pub why: String,
    /// How many contributions.
    pub contributions: u64,
    /// What our people wrote, as differences; empty if what it builds on is
    /// not here any more.
    pub wrote: String,
}

/// Writes contributions that were cut off again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReissueRequest {
    /// Id of the document; a unique prefix is enough.
    pub document: String,
}
