//! RO-Crate 1.2: a zip archive that describes itself, with the text, the
//! attachments, the signed reviews and the proof.

use super::archive;
use super::citation::pretty;
use super::facts::Facts;
use super::{AttachedFile, CRATE_ATTACHMENT_BYTES, Published};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::BTreeSet;

mod metadata;

/// Path of the description.
pub(super) const METADATA: &str = "ro-crate-metadata.json";
/// Path of the text.
pub(super) const TEXT: &str = "text.md";
/// Folder of the attachments.
pub(super) const ATTACHMENTS: &str = "attachments/";

/// Why a document can't become a crate.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Attachments that no crate takes.
    #[error(
        "the attachments have {found} bytes, a crate takes {limit}; export the page or the Markdown instead"
    )]
    TooLarge {
        /// Bytes found.
        found: u64,
        /// Bytes that fit.
        limit: u64,
    },
    /// The archive could not be written.
    #[error("the archive can't be written: {0}")]
    Archive(#[from] zip::result::ZipError),
}

/// A file of the crate.
struct Part<'a> {
    path: String,
    name: String,
    about: String,
    media_type: &'a str,
    bytes: Cow<'a, [u8]>,
}

/// The document as a crate: a zip archive whose bytes depend on nothing but
/// the input.
///
/// # Errors
/// [`ExportError`].
pub fn ro_crate(published: &Published<'_>) -> Result<Vec<u8>, ExportError> {
    let found: u64 = present(published.files).map(|(_, bytes)| bytes.len() as u64).sum();
    if found > CRATE_ATTACHMENT_BYTES {
        return Err(ExportError::TooLarge { found, limit: CRATE_ATTACHMENT_BYTES });
    }
    let facts = Facts::new(published);
    let parts = parts(&facts);
    let described = pretty(&metadata::describe(&facts, &parts));
    let mut files = vec![(METADATA, described.as_bytes())];
    files.extend(parts.iter().map(|part| (part.path.as_str(), part.bytes.as_ref())));
    Ok(archive::write(&files)?)
}

fn parts<'a>(facts: &Facts<'a>) -> Vec<Part<'a>> {
    let of = facts.of;
    let mut parts = vec![
        part(
            TEXT,
            "Text",
            "What the document says, Markdown with front matter",
            "text/markdown",
            super::markdown(&of),
        ),
        part("text.html", "Page", "The document as a page to read and print", "text/html", super::html(&of)),
        part(
            "citation.bib",
            "Citation",
            "How to cite the document, BibTeX",
            "application/x-bibtex",
            super::bibtex(&of),
        ),
        part(
            "citation.json",
            "Citation",
            "How to cite the document, CSL-JSON",
            "application/vnd.citationstyles.csl+json",
            super::csl_json(&of),
        ),
        part(
            "version.cbor",
            "Version",
            "The exact bytes that reviewers signed and that the hashes name",
            "application/cbor",
            of.version.encode(),
        ),
    ];
    for review in facts.release.map_or(&[][..], |_| of.reviews) {
        // Ids are hexadecimal; what is not can't become a path.
        let id: String = review.entry.chars().filter(char::is_ascii_hexdigit).take(64).collect();
        let path = format!("reviews/{id}.dsse.json");
        let about = "A review: an in-toto statement in a DSSE envelope, signed by the reviewer";
        parts.push(part(
            &path,
            "Signed review",
            about,
            "application/vnd.dsse.envelope.v1+json",
            review.json.as_bytes(),
        ));
    }
    if let (Some(proof), Some(_)) = (of.proof, facts.release) {
        let about = "Everything that proves the release, to be checked with commons verify";
        parts.push(part(
            "proof.cbor",
            "Proof of the release",
            about,
            "application/vnd.commons.proof+cbor",
            proof,
        ));
    }
    parts.extend(attachments(of.files));
    let mut paths = BTreeSet::new();
    parts.retain(|part| paths.insert(part.path.clone()));
    parts
}

fn part<'a>(
    path: &str,
    name: &str,
    about: &str,
    media_type: &'a str,
    bytes: impl Into<Bytes<'a>>,
) -> Part<'a> {
    Part {
        path: path.to_owned(),
        name: name.to_owned(),
        about: about.to_owned(),
        media_type,
        bytes: bytes.into().0,
    }
}

/// Bytes, borrowed or made here.
struct Bytes<'a>(Cow<'a, [u8]>);

impl From<String> for Bytes<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text.into_bytes()))
    }
}

impl From<Vec<u8>> for Bytes<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Cow::Owned(bytes))
    }
}

impl<'a> From<&'a [u8]> for Bytes<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self(Cow::Borrowed(bytes))
    }
}

/// The attachments whose bytes are here.
fn present(files: &[AttachedFile]) -> impl Iterator<Item = (&AttachedFile, &[u8])> {
    files.iter().filter_map(|file| Some((file, file.bytes.as_deref()?)))
}

fn attachments(files: &[AttachedFile]) -> impl Iterator<Item = Part<'_>> {
    present(files).enumerate().map(|(index, (file, bytes))| {
        let about = match file.alt.trim() {
            "" => "An attached file".to_owned(),
            alt => alt.to_owned(),
        };
        let path = format!("{ATTACHMENTS}{}-{}", index + 1, file_name(&file.name));
        Part {
            path,
            name: file.name.clone(),
            about,
            media_type: &file.media_type,
            bytes: Cow::Borrowed(bytes),
        }
    })
}

/// A name that is one on every system: the number in front of it keeps names
/// apart that differ in nothing but the size of letters, and keeps out names
/// such as `..` or `NUL`.
fn file_name(name: &str) -> String {
    let plain = |char: char| if char.is_ascii_alphanumeric() || "._-".contains(char) { char } else { '_' };
    let name: String = name.chars().map(plain).take(100).collect();
    name.trim_matches('.').to_owned()
}

/// SHA-256, hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
