//! Reads an RO-Crate that a commons wrote. Its description is used to find the
//! text and for nothing else; reviews and proof stay behind.

use super::archive::{self, Files};
use super::import::{ImportError, read_markdown};
use super::ro_crate::{ATTACHMENTS, METADATA, TEXT};
use crate::view::NewDocument;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The specification that crates of ours follow.
const SPECIFICATION: &str = "https://w3id.org/ro/crate/1.2";

/// Bytes of a description that is read: read JSON takes many times its size.
const METADATA_BYTES: usize = 4 * 1024 * 1024;

/// What a crate holds for a new draft.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// The document, without its attachments.
    pub document: NewDocument,
    /// The attachments, to be stored and attached.
    pub files: Vec<ImportedFile>,
    /// Sentences on what was left out.
    pub notices: Vec<String>,
}

/// A file to attach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedFile {
    /// Name within the document.
    pub name: String,
    /// Media type, as the document says.
    pub media_type: String,
    /// What an image shows; empty if nobody said.
    pub alt: String,
    /// The bytes; their BLAKE3 is what the document says.
    pub bytes: Vec<u8>,
}

/// Reads a crate into a new document and its files.
///
/// # Errors
/// [`ImportError`].
pub fn read_ro_crate(bytes: &[u8]) -> Result<Imported, ImportError> {
    let mut files = archive::read(bytes)?;
    check_metadata(&files)?;
    let text = files.remove(TEXT).ok_or(ImportError::NotOurs { why: "it has no file text.md" })?;
    let text = String::from_utf8(text).map_err(|_| ImportError::Encoding { path: TEXT.to_owned() })?;
    let document = read_markdown(&text)?;
    Ok(attach(document, &files))
}

/// Whether the description is that of a crate of ours.
fn check_metadata(files: &Files) -> Result<(), ImportError> {
    let bytes =
        files.get(METADATA).ok_or(ImportError::NotOurs { why: "it has no ro-crate-metadata.json" })?;
    if bytes.len() > METADATA_BYTES {
        return Err(ImportError::TooLarge { what: METADATA.to_owned(), limit: METADATA_BYTES as u64 });
    }
    let metadata: Value = serde_json::from_slice(bytes)?;
    let graph = metadata["@graph"].as_array().map(Vec::as_slice).unwrap_or_default();
    let find = |id: &str| graph.iter().find(|entity| entity["@id"] == id);
    if find(METADATA).is_none_or(|one| one["conformsTo"]["@id"] != SPECIFICATION) {
        return Err(ImportError::NotOurs { why: "it does not follow RO-Crate 1.2" });
    }
    match find("./").is_some_and(|root| root["mainEntity"]["@id"] == TEXT) {
        true => Ok(()),
        false => Err(ImportError::NotOurs { why: "its main entity is not text.md" }),
    }
}

/// Takes the attachments out of the particulars: they are set again when their
/// files are attached.
fn attach(mut document: NewDocument, files: &Files) -> Imported {
    let all = std::mem::take(&mut document.particulars);
    let (attachments, particulars) =
        all.into_iter().partition::<BTreeMap<_, _>, _>(|(name, _)| is_attachment(name));
    document.particulars = particulars;
    let here = files.iter().filter(|(path, _)| path.starts_with(ATTACHMENTS));
    let by_hash: BTreeMap<String, &Vec<u8>> =
        here.map(|(_, bytes)| (blake3::hash(bytes).to_hex().to_string(), bytes)).collect();
    let mut imported = Imported { document, ..Imported::default() };
    let names: BTreeSet<&str> = attachments.keys().filter_map(|name| name.split('/').nth(1)).collect();
    for name in names {
        let part =
            |part: &str| attachments.get(&format!("attachment/{name}/{part}")).map_or("", String::as_str);
        match by_hash.get(part("hash")) {
            Some(bytes) => imported.files.push(ImportedFile {
                name: name.to_owned(),
                media_type: part("media-type").to_owned(),
                alt: part("alt").to_owned(),
                bytes: (*bytes).clone(),
            }),
            None => {
                imported.notices.push(format!("the attachment {name} is not in the crate and was left out"))
            }
        }
    }
    imported
}

fn is_attachment(name: &str) -> bool {
    name.starts_with("attachment/")
}
