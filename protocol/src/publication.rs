//! Requests, reviews, releases and retractions: what has been said about the
//! versions of documents.
//!
//! This module collects what admitted entries say. [`tally`] counts reviews
//! against a policy, [`standing`] says how a document stands on a day. All of
//! it is a function of the admitted entries, whatever their order.

pub mod standing;
pub mod tally;

use crate::body::{Attach, Content, Release, Request, Retract};
use crate::charter::Point;
use crate::collection::Collection;
use crate::entry::Entry;
use crate::id::{BlobHash, CommonsId, DocumentId, EntryId, LogId, OrganisationId};
use crate::key::PublicKey;
use crate::refusal::Refusal;
use crate::statement::Review;
use crate::time::Timestamp;
use crate::version::VersionName;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What an entry says about a document, with what its header says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper<T> {
    /// The entry.
    pub id: EntryId,
    /// Its log.
    pub log: LogId,
    /// Its place in the log.
    pub seq: u64,
    /// The collection of the log.
    pub collection: Collection,
    /// The epoch that it names.
    pub epoch: u64,
    /// Claimed time.
    pub time: Timestamp,
    /// Who contributed it.
    pub person: PublicKey,
    /// What it says.
    pub body: T,
}

impl<T> Paper<T> {
    /// The entry by its place and hash.
    pub fn point(&self) -> Point {
        Point { log: self.log, seq: self.seq, entry: self.id }
    }

    fn with<U>(&self, body: U) -> Paper<U> {
        let Self { id, log, seq, collection, epoch, time, person, .. } = *self;
        Paper { id, log, seq, collection, epoch, time, person, body }
    }
}

/// What is said about documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Asks for a review.
    Request(Request),
    /// Reviews.
    Review(Box<Review>),
    /// Releases.
    Release(Release),
    /// Withdraws releases.
    Retract(Retract),
    /// Confirms a retraction.
    Acknowledge(EntryId),
    /// Attaches a file.
    Attach(Attach),
}

impl Said {
    /// The document that it is about; none for a confirmation.
    pub fn document(&self) -> Option<DocumentId> {
        match self {
            Self::Request(body) => Some(body.document),
            Self::Review(review) => Some(review.document),
            Self::Release(body) => Some(body.document),
            Self::Retract(body) => Some(body.document),
            Self::Attach(body) => Some(body.document),
            Self::Acknowledge(_) => None,
        }
    }
}

/// Reads what `entry` says about a document; none for other kinds of entries.
///
/// # Errors
/// Why the body is refused: for good, since it needs nothing else.
pub fn read(entry: &Entry, content: Content) -> Result<Option<Paper<Said>>, Refusal> {
    let header = &entry.header;
    let body = match content {
        Content::Request(body) => Said::Request(body),
        Content::Release(body) => Said::Release(body),
        Content::Retract(body) => Said::Retract(body),
        Content::Acknowledge(body) => Said::Acknowledge(body.retraction),
        Content::Attach(body) => Said::Attach(body),
        Content::Review(signed) => {
            let review = signed.envelope.verify()?;
            let is_whole = review.commons == header.commons
                && review.document == signed.document
                && review.reviewer == header.person;
            Said::Review(Box::new(is_whole.then_some(review).ok_or(Refusal::BadBody)?))
        }
        Content::Create(_)
        | Content::Change(_)
        | Content::Erase(_)
        | Content::Receipt(_)
        | Content::Submit(_) => return Ok(None),
    };
    Ok(Some(Paper {
        id: entry.id,
        log: header.log.id(&header.commons),
        seq: header.seq,
        collection: header.log.collection,
        epoch: header.epoch,
        time: header.time,
        person: header.person,
        body,
    }))
}

/// What has been said about one document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Papers {
    /// Requests for reviews.
    pub requests: BTreeMap<EntryId, Paper<Request>>,
    /// Reviews.
    pub reviews: BTreeMap<EntryId, Paper<Review>>,
    /// Releases, whether they count or not.
    pub releases: BTreeMap<EntryId, Paper<Release>>,
    /// Retractions, whether they count or not.
    pub retractions: BTreeMap<EntryId, Paper<Retract>>,
    /// Attached files, by the entry that attaches them.
    pub files: BTreeMap<EntryId, Paper<Attach>>,
}

impl Papers {
    /// Reviews of one version that count: of each reviewer the one with the
    /// highest number, and of several with one number the worst.
    pub fn reviews_of(&self, version: &VersionName) -> Vec<&Paper<Review>> {
        let mut latest: BTreeMap<PublicKey, &Paper<Review>> = BTreeMap::new();
        for paper in self.reviews.values().filter(|paper| paper.body.version == *version) {
            let rank = |paper: &Paper<Review>| (paper.body.number, paper.body.verdict, paper.id);
            let known = latest.entry(paper.body.reviewer).or_insert(paper);
            if rank(known) < rank(paper) {
                *known = paper;
            }
        }
        latest.into_values().collect()
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn insert(&mut self, paper: Paper<Said>) {
        let id = paper.id;
        match &paper.body {
            Said::Request(body) => _ = self.requests.insert(id, paper.with(body.clone())),
            Said::Review(body) => _ = self.reviews.insert(id, paper.with((**body).clone())),
            Said::Release(body) => _ = self.releases.insert(id, paper.with(body.clone())),
            Said::Retract(body) => _ = self.retractions.insert(id, paper.with(body.clone())),
            Said::Attach(body) => _ = self.files.insert(id, paper.with(body.clone())),
            Said::Acknowledge(_) => {}
        }
    }

    fn keep(&mut self, collection: Collection) {
        self.requests.retain(|_, paper| paper.collection == collection);
        self.reviews.retain(|_, paper| paper.collection == collection);
        self.releases.retain(|_, paper| paper.collection == collection);
        self.retractions.retain(|_, paper| paper.collection == collection);
        self.files.retain(|_, paper| paper.collection == collection);
    }

    fn remove(&mut self, id: &EntryId) {
        self.requests.remove(id);
        self.reviews.remove(id);
        self.releases.remove(id);
        self.retractions.remove(id);
        self.files.remove(id);
    }
}

/// What has been said about all documents of a commons.
#[derive(Clone, Debug, Default)]
pub struct Publications {
    papers: HashMap<DocumentId, Papers>,
    acknowledgements: HashMap<EntryId, BTreeMap<EntryId, PublicKey>>,
    replacing: HashMap<DocumentId, BTreeSet<DocumentId>>,
}

impl Publications {
    /// Takes in what an admitted entry says; one more time has no effect.
    pub fn add(&mut self, paper: Paper<Said>) {
        if let Said::Acknowledge(retraction) = paper.body {
            self.acknowledgements.entry(retraction).or_default().insert(paper.id, paper.person);
        }
        let Some(document) = paper.body.document() else { return };
        if let Said::Release(Release { cover, .. }) = &paper.body
            && let Some(old) = cover.supersedes
        {
            self.replacing.entry(old).or_default().insert(document);
        }
        self.papers.entry(document).or_default().insert(paper);
    }

    /// Forgets what an erased entry said.
    pub fn forget(&mut self, id: &EntryId, said: &Said) {
        if let Said::Acknowledge(retraction) = said
            && let Some(known) = self.acknowledgements.get_mut(retraction)
        {
            known.remove(id);
        }
        if let Some(papers) = said.document().and_then(|document| self.papers.get_mut(&document)) {
            papers.remove(id);
        }
    }

    /// Forgets what was said about an erased document. Gives back its files.
    pub fn forget_document(&mut self, document: &DocumentId) -> Vec<Attach> {
        let papers = self.papers.remove(document).unwrap_or_default();
        papers.files.into_values().map(|paper| paper.body).collect()
    }

    /// Forgets what was said about a document in another collection than its
    /// own: not everybody who holds the document holds that.
    pub fn forget_outside(&mut self, document: &DocumentId, collection: Collection) {
        if let Some(papers) = self.papers.get_mut(document) {
            papers.keep(collection);
        }
    }

    /// What has been said about a document.
    pub fn papers(&self, document: &DocumentId) -> Option<&Papers> {
        self.papers.get(document)
    }

    /// All documents about which something has been said, in no order.
    pub fn documents(&self) -> impl Iterator<Item = (&DocumentId, &Papers)> {
        self.papers.iter()
    }

    /// Documents of which a release says that it replaces `document`.
    pub fn replacing(&self, document: &DocumentId) -> impl Iterator<Item = &DocumentId> {
        self.replacing.get(document).into_iter().flatten()
    }

    /// Entries that confirm a retraction.
    pub fn acknowledgements(&self, retraction: &EntryId) -> impl Iterator<Item = &EntryId> {
        self.acknowledgements.get(retraction).into_iter().flat_map(BTreeMap::keys)
    }

    /// People who confirmed a retraction, as their organisations' nodes wrote.
    pub fn acknowledged(&self, retraction: &EntryId) -> impl Iterator<Item = &PublicKey> {
        self.acknowledgements.get(retraction).into_iter().flat_map(BTreeMap::values)
    }
}

/// A document, as far as what is said about it is judged by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The commons.
    pub commons: CommonsId,
    /// The document.
    pub document: DocumentId,
    /// What it is.
    pub kind: crate::collection::DocumentKind,
    /// Who created it.
    pub creator: OrganisationId,
}

/// A file that a document needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileReference {
    /// The file.
    pub file: BlobHash,
    /// Its size in bytes.
    pub size: u64,
    /// Who attached it.
    pub organisation: OrganisationId,
}
