//! Documents in memory: built from their entries when somebody reads them or
//! when there is time, and kept while they are used.

use super::journal::RunRow;
use super::{Commons, Engine};
use crate::store::{Store, StoreError, Table};
use commons_protocol::admission::Place;
use commons_protocol::body::{Attach, Change, Content, Overrides};
use commons_protocol::collection::DocumentKind;
use commons_protocol::document::Document;
use commons_protocol::entry::{Entry, EntryKind};
use commons_protocol::fence::{Actor, ChangeHash, FENCE_VERSION, FenceRefusal};
use commons_protocol::id::{Digest, DocumentId, EntryId, OrganisationId, hash};
use commons_protocol::key::PublicKey;
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

/// Built documents that are kept in memory.
const KEPT: usize = 64;

/// Why an entry is not part of the document that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absent {
    /// A change on which it builds is not here, erased or refused.
    Waits,
    /// The fence refuses it.
    Refused(String),
    /// Its body is not here.
    Missing,
}

/// What one entry contributed to a document.
#[derive(Clone, Debug)]
pub struct Contribution {
    /// The entry.
    pub entry: EntryId,
    /// Where it stands.
    pub place: Place,
    /// Claimed time.
    pub time: u64,
    /// Who contributed it.
    pub person: PublicKey,
    /// Whether it goes on with the edit of the entry before it.
    pub continues: bool,
    /// Why its author kept what the identifier guard had asked about.
    pub overrides: Option<Overrides>,
    /// Its changes, as far as they are part of the document.
    pub changes: Vec<ChangeHash>,
    /// Why it is not part of the document, if it is not.
    pub absent: Option<Absent>,
    /// What it wants to change, as long as that waits.
    waiting: Option<Change>,
}

/// A document as built from its entries.
#[derive(Debug)]
pub struct Built {
    /// The content.
    pub document: Document,
    /// What each entry contributed.
    pub contributions: BTreeMap<Place, Contribution>,
    /// The entry that carries each change.
    pub carriers: HashMap<ChangeHash, EntryId>,
    /// Why the whole document can't be shown, if it can't.
    pub quarantine: Option<String>,
}

/// The documents that are built now, and what is to be erased.
#[derive(Debug, Default)]
pub struct Library {
    built: HashMap<DocumentId, Built>,
    used: VecDeque<DocumentId>,
    stale: BTreeSet<DocumentId>,
    erase_entries: BTreeSet<EntryId>,
    erase_documents: BTreeSet<DocumentId>,
    erase_places: BTreeSet<Place>,
    erase_files: Vec<Attach>,
}

/// The index row of a document: the digest of its heads, then what lists show.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(array)]
pub struct DocumentRow {
    /// Title.
    #[n(0)]
    pub title: String,
    /// Language.
    #[n(1)]
    pub language: String,
    /// Number of edits.
    #[n(2)]
    pub edits: u64,
    /// Claimed time of the newest edit.
    #[n(3)]
    pub updated: u64,
    /// Sentences about what is not shown.
    #[n(4)]
    pub notices: Vec<String>,
    /// Number of contributions from which it was built: a row that an
    /// interrupted start left behind has fewer than the document.
    #[n(5)]
    pub contributions: u64,
}

impl Library {
    /// A newly admitted entry touches this document: a built one takes it in
    /// at once when it next settles, any other is built later.
    pub fn note(&mut self, document: DocumentId, entry: &Entry, place: Place) {
        self.stale.insert(document);
        if entry.header.kind == EntryKind::Create {
            return;
        }
        if let Some(built) = self.built.get_mut(&document) {
            built.add(entry, place);
        }
    }

    /// What must be erased from disk and memory.
    pub fn erase(&mut self, entries: BTreeSet<EntryId>, documents: BTreeSet<DocumentId>) {
        self.erase_entries.extend(entries);
        self.erase_documents.extend(documents);
    }

    /// An entry came whose body must not be kept: records that were stored
    /// while it waited may hold it all the same.
    pub fn erase_at(&mut self, places: impl IntoIterator<Item = Place>) {
        self.erase_places.extend(places);
    }

    /// Files whose documents were erased.
    pub fn erase_files(&mut self, files: Vec<Attach>) {
        self.erase_files.extend(files);
    }

    /// Takes them.
    pub fn take_files(&mut self) -> Vec<Attach> {
        std::mem::take(&mut self.erase_files)
    }

    /// Takes the places of such entries.
    pub fn take_places(&mut self) -> BTreeSet<Place> {
        std::mem::take(&mut self.erase_places)
    }

    /// Takes what is to be erased.
    pub fn take_erasures(&mut self) -> (BTreeSet<EntryId>, BTreeSet<DocumentId>) {
        (std::mem::take(&mut self.erase_entries), std::mem::take(&mut self.erase_documents))
    }

    /// Forgets a built document.
    pub fn forget(&mut self, document: &DocumentId) {
        self.built.remove(document);
        self.used.retain(|used| used != document);
        self.stale.insert(*document);
    }

    /// A document that is to be built or settled when there is time.
    pub fn next_stale(&self) -> Option<DocumentId> {
        self.stale.first().copied()
    }

    /// Number of documents that are not checked yet.
    pub fn stale(&self) -> usize {
        self.stale.len()
    }

    /// Marks documents as not checked yet.
    pub fn mark_stale(&mut self, documents: impl IntoIterator<Item = DocumentId>) {
        self.stale.extend(documents);
    }

    /// Whether the document is built and nothing came since.
    fn is_current(&self, id: &DocumentId) -> bool {
        self.built.contains_key(id) && !self.stale.contains(id)
    }

    fn keep(&mut self, id: DocumentId, built: Built) {
        self.used.retain(|used| *used != id);
        self.used.push_back(id);
        if self.used.len() > KEPT
            && let Some(oldest) = self.used.pop_front()
        {
            self.built.remove(&oldest);
        }
        self.built.insert(id, built);
    }
}

impl Built {
    fn new() -> Self {
        Self {
            document: Document::new(),
            contributions: BTreeMap::new(),
            carriers: HashMap::new(),
            quarantine: None,
        }
    }

    /// Adds an entry; its changes are tried by [`Built::settle`].
    fn add(&mut self, entry: &Entry, place: Place) {
        let content = entry.body.bytes().map(|bytes| Content::decode(entry.header.kind, bytes));
        let (absent, waiting) = match content {
            Some(Ok(Content::Change(change))) => (Absent::Waits, Some(change)),
            Some(_) => (Absent::Refused("bad-body".into()), None),
            None => (Absent::Missing, None),
        };
        let contribution = Contribution {
            entry: entry.id,
            place,
            time: entry.header.time.0,
            person: entry.header.person,
            continues: waiting.as_ref().is_some_and(|change| change.continues),
            overrides: waiting.as_ref().and_then(|change| change.overrides.clone()),
            changes: Vec::new(),
            absent: Some(absent),
            waiting,
        };
        self.contributions.insert(place, contribution);
    }

    /// The content at the heads, by digest.
    pub fn state(&self) -> Digest {
        state_of(&self.document.heads())
    }

    /// The people who contributed to the content at `heads`, the same on every
    /// node: of several entries of a log that carry one change, the first
    /// counts, so that nobody joins the authors afterwards.
    pub fn contributors(&self, heads: &[ChangeHash]) -> Result<Vec<PublicKey>, NotAVersion> {
        let past = self.past(heads)?;
        let mut seen = HashSet::new();
        let mut people = BTreeSet::new();
        // Each change has one log; places are in the order of logs.
        for contribution in self.contributions.values() {
            let fresh = contribution.changes.iter().filter(|change| past.contains(*change));
            if fresh.filter(|change| seen.insert(**change)).count() > 0 {
                people.insert(contribution.person);
            }
        }
        Ok(people.into_iter().collect())
    }

    /// Every change in the past of `heads`, themselves included.
    pub fn past(&self, heads: &[ChangeHash]) -> Result<HashSet<ChangeHash>, NotAVersion> {
        let mut below = HashSet::new();
        let mut queue = heads.to_vec();
        while let Some(change) = queue.pop() {
            let dependencies = self.document.dependencies(&change).ok_or(NotAVersion::Missing)?;
            queue.extend(dependencies.iter().filter(|dependency| below.insert(**dependency)));
        }
        if heads.is_empty() || heads.iter().any(|head| below.contains(head)) {
            return Err(NotAVersion::NotHeads);
        }
        below.extend(heads);
        Ok(below)
    }
}

/// Why changes are not the heads of a version that can be shown here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAVersion {
    /// One of them, or one on which they build, is not here.
    Missing,
    /// There are none, or one lies in the past of another.
    NotHeads,
}

/// The digest of a document that ends with `heads`, sorted.
pub fn state_of(heads: &[ChangeHash]) -> Digest {
    Digest(hash("commons document state 1", &heads.iter().map(|head| &head.0[..]).collect::<Vec<_>>()))
}

impl<S: Store> Engine<S> {
    /// Makes sure that the document is built and up to date in memory.
    pub(super) fn build(&mut self, id: &DocumentId) -> Result<(), StoreError> {
        self.commit()?;
        let Some(commons) = &mut self.commons else { return Ok(()) };
        if commons.library.is_current(id) {
            return Ok(());
        }
        let mut built = match commons.library.built.remove(id) {
            Some(built) => built,
            None => self.gather(id)?,
        };
        self.settle(id, &mut built);
        let row = self.row_of(&built);
        let state = built.state();
        let Some(commons) = &mut self.commons else { return Ok(()) };
        let is_listed = commons.catalogue.document(id).is_some_and(|listing| listing.created.is_some());
        commons.catalogue.set_state(id, Some(state));
        commons.library.stale.remove(id);
        commons.library.keep(*id, built);
        if is_listed {
            let value = [&state.0[..], &commons_protocol::codec::encode(&row)].concat();
            self.store.put(Table::Documents, vec![(id.0.to_vec(), Some(value))])?;
        }
        Ok(())
    }

    /// The built document; call [`Engine::build`] first.
    pub(super) fn built(&self, id: &DocumentId) -> Option<&Built> {
        self.commons.as_ref()?.library.built.get(id)
    }

    /// The built document, to be edited.
    pub(super) fn built_mut(&mut self, id: &DocumentId) -> Option<&mut Built> {
        self.commons.as_mut()?.library.built.get_mut(id)
    }

    /// Builds one document that is not checked yet, if there is one. Returns
    /// whether there was.
    pub fn work(&mut self) -> Result<bool, StoreError> {
        let Some(id) = self.commons.as_ref().and_then(|commons| commons.library.next_stale()) else {
            return Ok(false);
        };
        self.build(&id)?;
        Ok(true)
    }

    fn gather(&self, id: &DocumentId) -> Result<Built, StoreError> {
        let mut built = Built::new();
        let Some(commons) = &self.commons else { return Ok(built) };
        let places =
            commons.catalogue.document(id).map(|listing| listing.changes.clone()).unwrap_or_default();
        for place in places {
            if let Some(entry) = self.entry_at(commons, place)? {
                built.add(&entry, place);
            }
        }
        Ok(built)
    }

    /// Offers what waits until nothing more fits, then builds it in.
    fn settle(&self, id: &DocumentId, built: &mut Built) {
        let Some(commons) = &self.commons else { return };
        if self.needs_upgrade() {
            return;
        }
        loop {
            let waiting = built.contributions.values().filter(|one| one.absent == Some(Absent::Waits));
            let mut waiting: Vec<(u64, Place)> = waiting.map(|one| (one.time, one.place)).collect();
            // Claimed times decide nothing, but trying in their order mostly
            // meets what others build on first.
            waiting.sort_unstable();
            let changed = waiting.iter().filter(|(_, place)| offer(commons, id, built, *place)).count();
            if changed == 0 {
                break;
            }
        }
        if let Err(quarantine) = built.document.settle() {
            tracing::error!(document = %id, %quarantine, "a document can't be built; it is set aside");
            built.quarantine = Some(quarantine.to_string());
        }
    }

    /// Whether the charter asks for rules that this software does not know:
    /// then changes wait for an upgrade; they are never refused for it.
    pub(super) fn needs_upgrade(&self) -> bool {
        let governance = self.commons.as_ref().and_then(|commons| commons.admission.governance());
        governance.is_some_and(|governance| governance.current().rules.fence > FENCE_VERSION)
    }

    /// The same for rules of disclosure: then figures wait.
    pub(super) fn needs_disclosure_upgrade(&self) -> bool {
        let governance = self.commons.as_ref().and_then(|commons| commons.admission.governance());
        governance.is_some_and(|governance| !super::series::knows(governance.current()))
    }

    fn row_of(&self, built: &Built) -> DocumentRow {
        let fields = built.document.fields().ok();
        let shown = built.contributions.values().filter(|one| one.absent.is_none());
        DocumentRow {
            title: fields.as_ref().map_or_else(String::new, |fields| fields.title.clone()),
            language: fields.map_or_else(String::new, |fields| fields.language),
            edits: shown.clone().filter(|one| !one.continues).count() as u64,
            updated: shown.map(|one| one.time).max().unwrap_or_default(),
            notices: notices(built),
            contributions: built.contributions.len() as u64,
        }
    }

    /// The row of a document that was built before.
    pub(super) fn document_row(&self, id: &DocumentId) -> Result<Option<DocumentRow>, StoreError> {
        let value = self.store.get(Table::Documents, &id.0)?;
        Ok(value.and_then(|value| commons_protocol::codec::decode(value.get(32..)?, 64 * 1024).ok()))
    }

    /// Kind and creator of a document that can be shown.
    pub(super) fn created(&self, id: &DocumentId) -> Option<(DocumentKind, OrganisationId)> {
        let commons = self.commons.as_ref()?;
        let created = commons.catalogue.document(id)?.created?;
        (!commons.catalogue.is_document_erased(id)).then_some((created.kind, created.organisation))
    }

    /// The index row of the run that holds an entry.
    pub(super) fn row_at(
        &self,
        commons: &Commons,
        place: Place,
    ) -> Result<Option<(Vec<u8>, RunRow)>, StoreError> {
        let Some((log, ..)) = commons.admission.log_at(place.log) else { return Ok(None) };
        let Some((first, _)) = commons.runs.find(place.log, u64::from(place.seq)) else { return Ok(None) };
        let key = RunRow::key(&log, first);
        let row = self.store.get(Table::Runs, &key)?.and_then(|value| RunRow::decode(&value));
        Ok(row.map(|row| (key, row)))
    }
}

/// Offers the changes of one entry. Returns whether its standing changed.
fn offer(commons: &Commons, id: &DocumentId, built: &mut Built, place: Place) -> bool {
    let Some((log, name, _)) = commons.admission.log_at(place.log) else { return false };
    let Some(contribution) = built.contributions.get_mut(&place) else { return false };
    let Some(change) = contribution.waiting.take() else { return false };
    let created = commons.catalogue.document(id).and_then(|listing| listing.created);
    let fits = created.is_some_and(|created| created.kind.collection() == name.collection);
    let actor = Actor::derive(&log.0, &id.0);
    contribution.changes.clear();
    let mut absent = (!fits).then(|| Absent::Refused("wrong-document".into()));
    for bytes in change.changes.iter().filter(|_| fits) {
        match built.document.offer(&actor, bytes) {
            Ok(hash) => contribution.changes.push(hash),
            Err(refusal) => {
                absent = Some(match refusal {
                    FenceRefusal::Missing { .. } => Absent::Waits,
                    refusal => Absent::Refused(refusal.code().to_owned()),
                });
                break;
            }
        }
    }
    built.carriers.extend(contribution.changes.iter().map(|hash| (*hash, contribution.entry)));
    if absent == Some(Absent::Waits) {
        contribution.waiting = Some(change);
    }
    let changed = contribution.absent != absent;
    contribution.absent = absent;
    changed
}

fn notices(built: &Built) -> Vec<String> {
    let count = |absent: &dyn Fn(&Absent) -> bool| {
        built.contributions.values().filter(|one| one.absent.as_ref().is_some_and(absent)).count()
    };
    let waiting = count(&|absent| matches!(absent, Absent::Waits));
    let refused = count(&|absent| matches!(absent, Absent::Refused(_)));
    let gone = count(&|absent| matches!(absent, Absent::Missing));
    let mut notices = Vec::new();
    if waiting > 0 {
        notices.push(format!("{waiting} contribution(s) wait for others on which they build"));
    }
    if refused > 0 {
        notices.push(format!("{refused} contribution(s) were refused by the change fence"));
    }
    if gone > 0 {
        notices.push(format!("{gone} contribution(s) are not here yet"));
    }
    if let Some(why) = &built.quarantine {
        notices.push(format!("set aside on this node: {why}"));
    }
    notices
}
