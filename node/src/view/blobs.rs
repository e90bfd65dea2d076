//! Attached files.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A file that was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoredBlob {
    /// BLAKE3 of the file.
    pub hash: String,
    /// Its size in bytes.
    pub size: u64,
}

/// The attached files of this node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BlobsView {
    /// Files that documents need.
    pub wanted: u64,
    /// Of these, those that are here.
    pub here: u64,
    /// Of these, those that are not.
    pub missing: u64,
    /// Bytes of all complete files.
    pub used_bytes: u64,
    /// Bytes that all files together may have here.
    pub limit_bytes: u64,
    /// Bytes that the files of one organisation may have here.
    pub organisation_limit_bytes: u64,
    /// What the disk complained about, if that lasts.
    pub problem: Option<String>,
    /// Every file: first the wanted ones by hash, then those that nothing
    /// needs (yet).
    pub files: Vec<BlobView>,
}

/// One attached file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BlobView {
    /// BLAKE3 of the file.
    pub hash: String,
    /// Its size in bytes.
    pub size: u64,
    /// `here`; `coming`; `missing`: no connected member had it so far;
    /// `over-quota`: its organisation's share is used up; `no-room`: the room
    /// for all files is; `other-size` or `too-large`: the contribution that
    /// names it is wrong; `unused`: here, but nothing needs it.
    pub state: String,
    /// Bytes that are here and checked.
    pub done_bytes: u64,
    /// Why it did not come when it was last asked for.
    pub problem: Option<String>,
}
