//! Documents for the world outside: a page, Markdown, a citation, an
//! RO-Crate. And back: a Markdown file or a crate becomes a new draft.
//!
//! Pure functions from one [`Published`] to bytes: the same input gives the
//! same bytes on every node. What is exported says of itself how it stood on a
//! day, and never calls "released" what the release at hand does not name.
//! What is read back is trusted in nothing: signatures and releases stay
//! behind, the content is a draft like any other.

mod archive;
mod citation;
mod crate_reader;
mod escape;
mod facts;
mod front_matter;
mod import;
mod json_ld;
mod page;
mod ro_crate;

use crate::view::{ReleaseView, StandingView};
use commons_protocol::date::Date;
use commons_protocol::version::Version;

pub use citation::{bibtex, citation, csl_json};
pub use crate_reader::{Imported, ImportedFile, read_ro_crate};
pub use front_matter::{FrontMatterError, quote, unquote};
pub use import::{ImportError, markdown, read_markdown};
pub use page::html;
pub use ro_crate::{ExportError, ro_crate};

/// Bytes of all attachments that one crate takes. Larger ones are named in it
/// by their hash and fetched from a node.
pub const CRATE_ATTACHMENT_BYTES: u64 = 256 * 1024 * 1024;

/// What is exported.
#[derive(Clone, Copy, Debug)]
pub struct Published<'a> {
    /// The content, at exact heads.
    pub version: &'a Version,
    /// The release of this version; none for a draft. One that names another
    /// version, or that does not count, makes no release of this one.
    pub release: Option<&'a ReleaseView>,
    /// How the document stands on `today`.
    pub standing: &'a StandingView,
    /// Name of the commons.
    pub commons_name: &'a str,
    /// Name of the organisation that publishes it.
    pub organisation: &'a str,
    /// The day of the export, by the node's clock.
    pub today: Date,
    /// Its attachments.
    pub files: &'a [AttachedFile],
    /// The signed reviews that the release lists.
    pub reviews: &'a [SignedReview],
    /// The proof bundle of the release.
    pub proof: Option<&'a [u8]>,
}

/// A file that is attached to a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttachedFile {
    /// Name within the document.
    pub name: String,
    /// Media type, such as `application/pdf`.
    pub media_type: String,
    /// BLAKE3 of the bytes, hexadecimal.
    pub hash: String,
    /// Bytes.
    pub size: u64,
    /// What an image shows, in words; empty if nobody said.
    pub alt: String,
    /// The bytes, if they are here.
    pub bytes: Option<Vec<u8>>,
}

/// A review with its signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignedReview {
    /// Id of its entry, hexadecimal.
    pub entry: String,
    /// The DSSE envelope, JSON.
    pub json: String,
}
