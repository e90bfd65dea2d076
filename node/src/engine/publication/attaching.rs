//! Attaching files: what they are called stands in the document, which file
//! it is in an entry of its own, so that others know what to fetch.

use super::super::documents::{Saving, amended};
use super::super::{Caller, Engine, Failure, guarding};
use crate::guard::Finding;
use crate::store::Store;
use crate::view::{AttachRequest, DocumentView};
use commons_protocol::body::{Attach, Content};
use commons_protocol::id::BlobHash;
use commons_protocol::limits::BLOB_BYTES;
use commons_protocol::publication::FileReference;
use std::collections::BTreeMap;

/// The attached files on this node.
pub trait Files: Send {
    /// Whether a file is here: asked before a release, so it must answer from
    /// memory.
    fn has(&self, file: &BlobHash) -> bool;
    /// Removes a file from the disk, whole or not; whether it is gone. It is
    /// asked again for one that somebody reads just now.
    fn remove(&self, file: &BlobHash, size: u64) -> bool;
}

impl<S: Store> Engine<S> {
    /// Tells the engine where files are. Until then it takes every file to be
    /// here, and none to be on the disk when its document is erased.
    pub fn set_files(&mut self, files: Box<dyn Files>) {
        self.files = Some(files);
    }

    /// Attaches a file that is on this node and has `size` bytes. A file of
    /// the same name is replaced.
    pub fn attach(
        &mut self,
        caller: &Caller,
        id: &str,
        request: &AttachRequest,
        size: u64,
    ) -> Result<DocumentView, Failure> {
        self.attach_examined(caller, id, request, size, Vec::new())
    }

    /// The same, with what the identifier guard found in the file.
    pub fn attach_examined(
        &mut self,
        caller: &Caller,
        id: &str,
        request: &AttachRequest,
        size: u64,
        found: Vec<Finding>,
    ) -> Result<DocumentView, Failure> {
        let person = self.person_of(caller)?;
        let id = self.find_document(id)?;
        let file: BlobHash = request.hash.parse().map_err(|_| {
            Failure::invalid("bad-hash", "name the file by the hash that storing it gave, 64 digits")
        })?;
        if size > BLOB_BYTES {
            let why = format!("the file has {size} bytes; attachments have at most {BLOB_BYTES}");
            return Err(Failure::invalid("too-large", why));
        }
        let alt = request.alt.as_deref().map(str::trim).filter(|alt| !alt.is_empty());
        if alt.is_none() && is_image(&request.media_type) {
            let why = "an image needs words for people who can't see it: say what it shows (`--alt`)";
            return Err(Failure::invalid("no-alt", why));
        }
        let (kind, _) = self.created(&id).ok_or_else(|| Failure::not_found("document", &id.to_string()))?;
        let current = self.content_to_edit(&id, None)?;
        let values = values(request, file, size, alt);
        let mut fields = current.clone();
        fields.particulars = amended(fields.particulars, Some(&values))?;
        let overrides = guarding::check_with(&current, &fields, found, request.override_reason.as_deref())?;
        let attach = Content::Attach(Attach { document: id, file, size });
        let also = self.attaches(&id, &file).then_some(attach);
        let collection = kind.collection();
        self.save(Saving { overrides, also, ..Saving::of(id, collection, person, &fields) })?;
        self.document(&id.to_string(), None)
    }

    /// Files that documents need which are held and not erased, each with the
    /// organisations that attached it.
    pub fn blob_references(&self) -> Vec<FileReference> {
        let Some(commons) = &self.commons else { return Vec::new() };
        let keys = commons.admission.keys();
        let mut references = Vec::new();
        for (id, papers) in commons.catalogue.publications().documents() {
            let Some((kind, _)) = self.created(id) else { continue };
            let is_held = self.profile.collections.contains(&kind.collection());
            let fitting = papers.files.values().filter(|paper| {
                is_held && paper.collection == kind.collection() && paper.body.size <= BLOB_BYTES
            });
            references.extend(fitting.filter_map(|paper| {
                let organisation = keys.person(&paper.person)?.organisation;
                Some(FileReference { file: paper.body.file, size: paper.body.size, organisation })
            }));
        }
        references.sort_unstable();
        references.dedup();
        references
    }

    /// Whether a file is here, as far as the engine was told how to know.
    pub(super) fn has_file(&self, file: &BlobHash) -> bool {
        self.files.as_ref().is_none_or(|files| files.has(file))
    }

    /// Removes files of erased documents that no other document needs. Gives
    /// back those that are still there.
    pub(in crate::engine) fn remove_files(&self, erased: Vec<Attach>) -> Vec<Attach> {
        let (Some(files), false) = (&self.files, erased.is_empty()) else { return Vec::new() };
        let needed = self.blob_references();
        let is_needed = |attach: &Attach| needed.iter().any(|one| one.file == attach.file);
        let unneeded = erased.into_iter().filter(|attach| !is_needed(attach));
        unneeded.filter(|attach| !files.remove(&attach.file, attach.size)).collect()
    }

    /// Whether an entry must say that this organisation attaches the file.
    fn attaches(&self, id: &commons_protocol::id::DocumentId, file: &BlobHash) -> bool {
        let own = self.keys.organisation;
        let Some(commons) = &self.commons else { return true };
        let keys = commons.admission.keys();
        let papers = commons.catalogue.publications().papers(id);
        let mut known = papers.into_iter().flat_map(|papers| papers.files.values());
        !known.any(|paper| {
            let is_own = keys.person(&paper.person).is_some_and(|person| person.organisation == own);
            is_own && paper.body.file == *file
        })
    }
}

/// The values of an attachment, by name; absent ones are removed.
fn values(
    request: &AttachRequest,
    file: BlobHash,
    size: u64,
    alt: Option<&str>,
) -> BTreeMap<String, Option<String>> {
    let name = |part: &str| format!("attachment/{}/{part}", request.name);
    BTreeMap::from([
        (name("hash"), Some(file.to_string())),
        (name("media-type"), Some(request.media_type.clone())),
        (name("size"), Some(size.to_string())),
        (name("alt"), alt.map(str::to_owned)),
    ])
}

/// Whether a media type is that of an image.
pub(super) fn is_image(media_type: &str) -> bool {
    media_type.trim().to_ascii_lowercase().starts_with("image/")
}
