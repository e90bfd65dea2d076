//! What bodies mean for documents and erasures: which entries make up which
//! document, and which bodies must be gone.
//!
//! Order of arrival plays no part: an erasure that comes before what it
//! erases acts when that arrives.

use crate::admission::Place;
use crate::body::{Attach, Content, EraseTarget};
use crate::collection::{Collection, DocumentKind};
use crate::entry::{Body, Entry, EntryKind};
use crate::id::{Digest, DocumentId, EntryId, OrganisationId};
use crate::publication::{self, Paper, Publications, Said};
use crate::refusal::Refusal;
use crate::series::Submission;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A document as the sum of the entries that name it.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// What it is and who created it, once its creating entry is here.
    pub created: Option<Created>,
    /// Entries that change it, in the order in which they were admitted here.
    pub changes: Vec<Place>,
    /// Entries that say something about its versions, in the same order.
    pub papers: Vec<Place>,
    /// Digest of its heads, while they are known to be right.
    pub state: Option<Digest>,
}

/// The entry that created a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Created {
    /// What the document is.
    pub kind: DocumentKind,
    /// Who created it.
    pub organisation: OrganisationId,
    /// Where the creating entry stands.
    pub place: Place,
}

/// An erasure and who confirmed it.
#[derive(Clone, Debug)]
pub struct Erasure {
    /// What it names.
    pub target: EraseTarget,
    /// Why.
    pub reason: String,
    /// Who asks for it.
    pub organisation: OrganisationId,
    /// The collection in which it stands.
    pub collection: Collection,
    /// Organisations whose receipts are here.
    pub receipts: BTreeSet<OrganisationId>,
}

/// What an entry's body means; enough to load a catalogue without the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The body is neither here nor erased.
    Missing,
    /// A submission whose body is not here, or can't be judged yet.
    Undecided,
    /// Erased: nothing remains to be shown.
    Erased,
    /// Refused: no value of its kind, or of the wrong collection.
    Refused(Refusal),
    /// It creates a document.
    Creates(DocumentKind),
    /// It changes a document.
    Changes(DocumentId),
    /// It erases or confirms.
    Erases(Box<Content>),
    /// It says something about a document's versions.
    Says(Box<Paper<Said>>),
    /// It reports numbers.
    Reports(Box<Submission>),
}

impl Meaning {
    /// Whether the body stays whatever an erasure says: what an organisation
    /// reported, and the definitions by which that is judged. They name
    /// nobody, and without them nobody could judge what follows.
    pub fn is_kept(&self) -> bool {
        match self {
            Self::Reports(_) | Self::Undecided => true,
            Self::Says(paper) => {
                matches!(&paper.body, Said::Release(release) if release.cover.measure.is_some())
            }
            _ => false,
        }
    }
}

/// What observing an entry did.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// The document whose state is no longer right.
    pub document: Option<DocumentId>,
    /// The document about whose versions something was said.
    pub discussed: Option<DocumentId>,
    /// Whether this entry's body must not be kept.
    pub is_erased: bool,
    /// Earlier entries whose bodies must go now.
    pub erase: BTreeSet<EntryId>,
    /// Documents of which every body must go now.
    pub erase_documents: BTreeSet<DocumentId>,
    /// Files that were attached to those documents.
    pub files: Vec<Attach>,
    /// Why the body is refused, if it is.
    pub refused: Option<Refusal>,
}

/// Documents and erasures of a commons.
#[derive(Debug, Default)]
pub struct Catalogue {
    documents: HashMap<DocumentId, Listing>,
    erasures: BTreeMap<EntryId, Erasure>,
    receipts: HashMap<EntryId, BTreeSet<OrganisationId>>,
    erased_entries: HashMap<EntryId, BTreeSet<OrganisationId>>,
    erased_documents: HashMap<DocumentId, BTreeSet<OrganisationId>>,
    /// With their authors, who may erase them.
    missing: BTreeMap<EntryId, OrganisationId>,
    explained: HashMap<EntryId, DocumentId>,
    /// Entries whose bodies stay.
    kept: HashSet<EntryId>,
    publications: Publications,
}

impl Catalogue {
    /// What the body of `entry` means.
    pub fn meaning(entry: &Entry) -> Meaning {
        let Body::Here(bytes) = &entry.body else {
            return match entry.header.kind {
                EntryKind::Submit => Meaning::Undecided,
                _ => Meaning::Missing,
            };
        };
        match Content::decode(entry.header.kind, bytes) {
            Ok(Content::Create(create)) if create.kind.collection() == entry.header.log.collection => {
                Meaning::Creates(create.kind)
            }
            Ok(Content::Create(_)) => Meaning::Refused(Refusal::WrongDocument),
            Ok(Content::Change(change)) => Meaning::Changes(change.document),
            Ok(content @ (Content::Erase(_) | Content::Receipt(_))) => Meaning::Erases(Box::new(content)),
            Ok(Content::Submit(submission)) => match entry.header.log.collection {
                Collection::Aggregates => Meaning::Reports(Box::new(submission)),
                _ => Meaning::Refused(Refusal::WrongDocument),
            },
            Ok(content) => match publication::read(entry, content) {
                Ok(Some(paper)) => Meaning::Says(Box::new(paper)),
                Ok(None) => Meaning::Refused(Refusal::BadBody),
                Err(refusal) => Meaning::Refused(refusal),
            },
            Err(refusal) => Meaning::Refused(refusal),
        }
    }

    /// Takes in an admitted entry by `organisation`.
    pub fn observe(
        &mut self,
        id: EntryId,
        place: Place,
        collection: Collection,
        organisation: OrganisationId,
        meaning: &Meaning,
    ) -> Observed {
        self.missing.remove(&id);
        if meaning.is_kept() {
            self.kept.insert(id);
        }
        let mut observed = match meaning {
            Meaning::Missing | Meaning::Undecided => self.observe_missing(id, organisation),
            Meaning::Erased => Observed::default(),
            Meaning::Refused(refusal) => Observed { refused: Some(*refusal), ..Observed::default() },
            Meaning::Creates(kind) => self.observe_create(id, Created { kind: *kind, organisation, place }),
            Meaning::Changes(document) => self.observe_change(*document, place),
            Meaning::Erases(content) => self.observe_erase(id, collection, organisation, content),
            Meaning::Says(paper) => self.observe_paper(paper, place),
            Meaning::Reports(_) => Observed::default(),
        };
        let erased_by_author = self.erased_entries.get(&id).is_some_and(|who| who.contains(&organisation));
        if erased_by_author && !meaning.is_kept() {
            self.missing.remove(&id);
            observed.is_erased = true;
            observed.document = self.forget(&id, place, meaning).or(observed.document);
        }
        observed
    }

    /// A document.
    pub fn document(&self, id: &DocumentId) -> Option<&Listing> {
        self.documents.get(id)
    }

    /// Documents that were created and not erased.
    pub fn documents(&self) -> impl Iterator<Item = (&DocumentId, &Created, &Listing)> {
        let created =
            self.documents.iter().filter_map(|(id, listing)| Some((id, listing.created.as_ref()?, listing)));
        created.filter(|(id, ..)| !self.is_document_erased(id))
    }

    /// Notes the digest of a document's heads, or that it is no longer known.
    pub fn set_state(&mut self, id: &DocumentId, state: Option<Digest>) {
        if let Some(listing) = self.documents.get_mut(id) {
            listing.state = state;
        }
    }

    /// Whether the organisation that created the document erased it.
    pub fn is_document_erased(&self, id: &DocumentId) -> bool {
        let creator =
            self.documents.get(id).and_then(|listing| listing.created).map(|created| created.organisation);
        creator.is_some_and(|creator| self.erased_documents.get(id).is_some_and(|who| who.contains(&creator)))
    }

    /// Whether an erasure by the author covers this entry.
    pub fn is_entry_erased(&self, id: &EntryId, author: &OrganisationId) -> bool {
        self.erased_entries.get(id).is_some_and(|who| who.contains(author))
    }

    /// The erasures by the id of their entry.
    pub fn erasures(&self) -> &BTreeMap<EntryId, Erasure> {
        &self.erasures
    }

    /// Admitted entries whose bodies are not here and not erased.
    pub fn missing(&self) -> impl Iterator<Item = &EntryId> {
        self.missing_with_authors().map(|(id, _)| id)
    }

    /// The same, with the organisations that wrote them.
    pub fn missing_with_authors(&self) -> impl Iterator<Item = (&EntryId, &OrganisationId)> {
        self.missing.iter().filter(move |(id, author)| self.is_wanted(id, author))
    }

    /// Whether this entry's body is not here and not erased.
    pub fn is_missing(&self, id: &EntryId) -> bool {
        self.missing.get(id).is_some_and(|author| self.is_wanted(id, author))
    }

    /// Whether this entry's body stays whatever an erasure says.
    pub fn is_kept(&self, id: &EntryId) -> bool {
        self.kept.contains(id)
    }

    fn is_wanted(&self, id: &EntryId, author: &OrganisationId) -> bool {
        self.kept.contains(id) || (!self.is_explained(id) && !self.is_entry_erased(id, author))
    }

    fn observe_missing(&mut self, id: EntryId, author: OrganisationId) -> Observed {
        self.missing.insert(id, author);
        Observed::default()
    }

    /// Whether an erasure names this entry as part of a document that was
    /// erased, so that everybody knows why its body is absent.
    pub fn is_explained(&self, id: &EntryId) -> bool {
        self.explained.get(id).is_some_and(|document| self.is_document_erased(document))
    }

    fn observe_create(&mut self, id: EntryId, created: Created) -> Observed {
        let document = id.creates();
        let listing = self.documents.entry(document).or_default();
        listing.created = Some(created);
        listing.state = None;
        self.publications.forget_outside(&document, created.kind.collection());
        let mut observed = Observed { document: Some(document), ..Observed::default() };
        if self.is_document_erased(&document) {
            observed.files = self.publications.forget_document(&document);
            observed.erase_documents.insert(document);
        }
        observed
    }

    fn observe_change(&mut self, document: DocumentId, place: Place) -> Observed {
        let is_erased = self.is_document_erased(&document);
        let listing = self.documents.entry(document).or_default();
        listing.state = None;
        if !listing.changes.contains(&place) {
            listing.changes.push(place);
        }
        Observed { document: Some(document), is_erased, ..Observed::default() }
    }

    fn observe_erase(
        &mut self,
        id: EntryId,
        collection: Collection,
        organisation: OrganisationId,
        content: &Content,
    ) -> Observed {
        match content {
            Content::Erase(erase) => {
                let receipts = self.receipts.get(&id).cloned().unwrap_or_default();
                let (target, reason) = (erase.target.clone(), erase.reason.to_string());
                self.erasures.insert(id, Erasure { target, reason, organisation, collection, receipts });
                self.note_target(&erase.target, organisation)
            }
            Content::Receipt(receipt) => {
                self.receipts.entry(receipt.erase).or_default().insert(organisation);
                if let Some(erasure) = self.erasures.get_mut(&receipt.erase) {
                    erasure.receipts.insert(organisation);
                }
                Observed::default()
            }
            _ => Observed::default(),
        }
    }

    fn observe_paper(&mut self, paper: &Paper<Said>, place: Place) -> Observed {
        let Some(document) = paper.body.document() else {
            self.publications.add(paper.clone());
            return Observed::default();
        };
        if self.is_document_erased(&document) {
            let files = match &paper.body {
                Said::Attach(attach) => vec![attach.clone()],
                _ => Vec::new(),
            };
            return Observed { is_erased: !self.kept.contains(&paper.id), files, ..Observed::default() };
        }
        let listing = self.documents.entry(document).or_default();
        if !listing.papers.contains(&place) && !self.kept.contains(&paper.id) {
            listing.papers.push(place);
        }
        let is_outside = |created: Created| created.kind.collection() != paper.collection;
        if listing.created.is_some_and(is_outside) {
            return Observed { refused: Some(Refusal::WrongDocument), ..Observed::default() };
        }
        self.publications.add(paper.clone());
        Observed { discussed: Some(document), ..Observed::default() }
    }

    /// What is said about documents' versions.
    pub fn publications(&self) -> &Publications {
        &self.publications
    }

    fn note_target(&mut self, target: &EraseTarget, organisation: OrganisationId) -> Observed {
        let mut observed = Observed::default();
        match target {
            EraseTarget::Document(document, entries) => {
                self.explained.extend(entries.iter().map(|entry| (*entry, *document)));
                self.erased_documents.entry(*document).or_default().insert(organisation);
                if self.is_document_erased(document) {
                    observed.files = self.publications.forget_document(document);
                    observed.erase_documents.insert(*document);
                }
            }
            EraseTarget::Entries(entries) => {
                for entry in entries {
                    self.erased_entries.entry(*entry).or_default().insert(organisation);
                    if !self.kept.contains(entry) {
                        observed.erase.insert(*entry);
                    }
                }
            }
        }
        observed
    }

    /// Forgets what the body of an erased entry said.
    fn forget(&mut self, id: &EntryId, place: Place, meaning: &Meaning) -> Option<DocumentId> {
        let document = match meaning {
            Meaning::Creates(_) => id.creates(),
            Meaning::Changes(document) => *document,
            Meaning::Says(paper) => {
                self.publications.forget(id, &paper.body);
                let document = paper.body.document()?;
                if let Some(listing) = self.documents.get_mut(&document) {
                    listing.papers.retain(|known| *known != place);
                }
                return None;
            }
            _ => return None,
        };
        let listing = self.documents.get_mut(&document)?;
        listing.changes.retain(|change| *change != place);
        listing.state = None;
        Some(document)
    }
}
