//! What an export of a document is made of.

use super::{Engine, Failure};
use crate::export::SignedReview;
use crate::store::Store;
use crate::view::{ReleaseView, StandingView};
use commons_protocol::body::Content;
use commons_protocol::date::Date;
use commons_protocol::id::EntryId;
use commons_protocol::time::Timestamp;
use commons_protocol::version::Version;

/// A document with all that an export says of it, but for the bytes of its
/// attachments.
pub struct Exported {
    /// The content.
    pub version: Version,
    /// The release, unless it is a draft.
    pub release: Option<ReleaseView>,
    /// How the document stands today.
    pub standing: StandingView,
    /// Name of the commons.
    pub commons_name: String,
    /// Name of the organisation that created the document.
    pub organisation: String,
    /// Today.
    pub today: Date,
    /// The reviews that the release lists.
    pub reviews: Vec<SignedReview>,
    /// The proof of the release.
    pub proof: Option<Vec<u8>>,
}

impl<S: Store> Engine<S> {
    /// What was released of a document, or what it says now.
    ///
    /// # Errors
    /// [`Failure`] if nothing is released, or not everything is here.
    pub fn exported(&mut self, id: &str, is_draft: bool) -> Result<Exported, Failure> {
        let (version, release) = match is_draft {
            true => (self.draft(id)?, None),
            false => self.released(id, None).map(|(version, release)| (version, Some(release)))?,
        };
        let listed = release.as_ref().map(|release| release.reviews.as_slice()).unwrap_or_default();
        let ids = listed.iter().filter_map(|review| review.id.parse().ok());
        let reviews = ids.map(|id| self.signed_review(&id)).collect::<Result<Vec<_>, Failure>>()?;
        let proof = release.as_ref().map(|_| self.proof(id)).transpose()?;
        let created = self.created(&version.document);
        Ok(Exported {
            standing: self.standing_of(&version.document),
            commons_name: self.governance()?.current().name.to_string(),
            organisation: created.map(|(_, by)| self.name_of(&by)).unwrap_or_default(),
            today: Date::of(Timestamp(self.now)),
            reviews: reviews.into_iter().flatten().collect(),
            proof,
            version,
            release,
        })
    }

    /// A review with its signature; none if its body is not here.
    fn signed_review(&self, id: &EntryId) -> Result<Option<SignedReview>, Failure> {
        let commons = self.commons()?;
        let Some(place) = commons.admission.place(id) else { return Ok(None) };
        let Some(entry) = self.entry_at(commons, place)? else { return Ok(None) };
        let content = entry.body.bytes().and_then(|bytes| Content::decode(entry.header.kind, bytes).ok());
        let Some(Content::Review(signed)) = content else { return Ok(None) };
        let reviewer = signed.envelope.verify()?.reviewer;
        Ok(Some(SignedReview { entry: id.to_string(), json: signed.envelope.to_json(&reviewer) }))
    }
}
