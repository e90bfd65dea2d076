//! Asking for reviews.

use super::super::chains::text;
use super::super::documents::parse_heads;
use super::super::{Caller, Engine, Failure};
use crate::store::Store;
use crate::view::{AskReviewRequest, PublicationView};
use commons_protocol::body::{Content, Request};
use commons_protocol::id::DocumentId;
use commons_protocol::version::Version;

impl<S: Store> Engine<S> {
    /// Asks people to review what a document says now, or at other heads.
    pub fn ask_review(
        &mut self,
        caller: &Caller,
        id: &str,
        request: &AskReviewRequest,
    ) -> Result<PublicationView, Failure> {
        let person = self.person_of(caller)?;
        let id = self.find_document(id)?;
        let note = text(&request.note)?;
        let version = match &request.heads {
            Some(heads) => self.version_at(&id, &parse_heads(heads)?)?,
            None => self.current_version(&id)?,
        };
        self.check_words(&id, "note", &note)?;
        let body = request_of(&id, &version, note);
        let collection = version.cover.kind.collection();
        let deps = self.papers_deps(&id, collection, &version.heads, &[])?;
        self.write(collection, person, deps, &[Content::Request(body)])?;
        self.commit()?;
        self.publication(&id.to_string())
    }
}

fn request_of(id: &DocumentId, version: &Version, note: commons_protocol::bounded::Text<2_000>) -> Request {
    Request {
        document: *id,
        version: version.name(),
        heads: version.heads.clone(),
        cover: version.cover.clone(),
        note,
    }
}
