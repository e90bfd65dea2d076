//! Reviews, releases and retractions: what people say about exact versions of
//! documents, and how documents stand because of it.
//!
//! What counts is for [`commons_protocol::publication`] to say; here people's
//! requests become entries, and what is known becomes words. A node signs
//! nothing about a version that it has not rebuilt from the changes it holds.

mod attaching;
mod listing;
mod proving;
mod reading;
mod releasing;
mod requesting;
mod retracting;
mod reviewing;
mod standings;
mod views;
mod words;

pub use attaching::Files;

use super::library::{NotAVersion, state_of};
use super::{Engine, Failure};
use crate::store::Store;
use crate::view::PublicationView;
use commons_protocol::bounded::BoundedVec;
use commons_protocol::collection::Collection;
use commons_protocol::date::Date;
use commons_protocol::fence::ChangeHash;
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::key::PublicKey;
use commons_protocol::limits::DEPENDENCIES;
use commons_protocol::publication::standing::Desk;
use commons_protocol::publication::tally::Rules;
use commons_protocol::publication::{Papers, Subject};
use commons_protocol::time::Timestamp;
use commons_protocol::version::{Cover, Heads, Origin, Version, VersionName};
use std::collections::{BTreeMap, HashMap};

/// What this node found out about releases and retractions, to save work: it
/// is right for as long as the process runs, and computed anew afterwards.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// Whether the content at a release's heads is what was released.
    matches: HashMap<EntryId, bool>,
    /// Entries and objects at the last look for retractions.
    seen: Option<(u64, usize)>,
}

/// A document with what is said about it, and the rules by which that counts.
pub(super) struct Case<'a> {
    /// What it is judged by.
    pub desk: Desk<'a>,
    /// The document.
    pub subject: Subject,
    /// What is said about it.
    pub papers: &'a Papers,
}

/// A version that somebody asked to review, or released.
struct Named {
    name: VersionName,
    heads: Heads,
    cover: Cover,
}

/// Stands for documents about which nothing was said.
static NOTHING: Papers = Papers {
    requests: BTreeMap::new(),
    reviews: BTreeMap::new(),
    releases: BTreeMap::new(),
    retractions: BTreeMap::new(),
    files: BTreeMap::new(),
};

impl<S: Store> Engine<S> {
    /// Everything about a document's versions.
    pub fn publication(&mut self, id: &str) -> Result<PublicationView, Failure> {
        let id = self.find_document(id)?;
        self.build(&id)?;
        self.check_releases(&id)?;
        self.publication_view(&id)
    }

    /// The version that a document has at `heads`, built here from its changes.
    ///
    /// # Errors
    /// [`Failure`] if not all of it is here, if these are no heads, or if it is
    /// more than can be reviewed.
    pub fn version_at(&mut self, id: &DocumentId, heads: &[ChangeHash]) -> Result<Version, Failure> {
        self.build(id)?;
        let unknown = || Failure::not_found("document", &id.to_string());
        let (kind, _) = self.created(id).ok_or_else(unknown)?;
        let commons = self.commons()?.admission.commons();
        let built = self.built(id).ok_or_else(unknown)?;
        let contributors = built.contributors(heads).map_err(not_a_version)?;
        let fields = self.fields(id, Some(heads))?;
        let origin = Origin { commons, document: *id, kind, heads: heads.to_vec(), contributors };
        Version::new(origin, &fields).map_err(|error| Failure::conflict("version", error.to_string()))
    }

    /// The version that a document has now.
    ///
    /// # Errors
    /// As [`Engine::version_at`].
    pub fn current_version(&mut self, id: &DocumentId) -> Result<Version, Failure> {
        self.build(id)?;
        let heads = self.built(id).map(|built| built.document.heads()).unwrap_or_default();
        self.version_at(id, &heads)
    }

    /// The document with what is said about it.
    pub(super) fn case(&self, id: &DocumentId) -> Result<Case<'_>, Failure> {
        let subject = self.subject(id).ok_or_else(|| Failure::not_found("document", &id.to_string()))?;
        let desk = self.desk()?;
        Ok(Case { subject, papers: desk.publications.papers(id).unwrap_or(&NOTHING), desk })
    }

    /// What documents are judged by today.
    fn desk(&self) -> Result<Desk<'_>, Failure> {
        let commons = self.commons()?;
        let admission = &commons.admission;
        let governance = admission.governance().ok_or_else(Failure::no_commons)?;
        let rules = Rules { governance, keys: admission.keys(), attested: admission.attested() };
        let today = Date::of(Timestamp(self.now));
        Ok(Desk { publications: commons.catalogue.publications(), rules, today })
    }

    /// A document that can be shown, as what is said about it is judged by it.
    fn subject(&self, id: &DocumentId) -> Option<Subject> {
        let (kind, creator) = self.created(id)?;
        let commons = self.commons.as_ref()?.admission.commons();
        Some(Subject { commons, document: *id, kind, creator })
    }

    /// Whether `heads` are those of what a document says now; none while that
    /// is not checked.
    fn is_current(&self, id: &DocumentId, heads: &[ChangeHash]) -> Option<bool> {
        let state = self.commons.as_ref()?.catalogue.document(id)?.state?;
        Some(state == state_of(heads))
    }

    /// Entries of other logs on which an entry builds: `first`, then those that
    /// carry the heads of a version.
    fn papers_deps(
        &mut self,
        id: &DocumentId,
        collection: Collection,
        heads: &[ChangeHash],
        first: &[EntryId],
    ) -> Result<Vec<EntryId>, Failure> {
        let own_log = self.log_in(collection)?;
        let admission = &self.commons()?.admission;
        let carriers = self.built(id).map(|built| &built.carriers);
        let carriers = heads.iter().filter_map(|head| carriers?.get(head));
        let mut deps: Vec<EntryId> = Vec::new();
        for entry in first.iter().chain(carriers) {
            let is_foreign = admission.place(entry).is_some_and(|place| place.log != own_log);
            if is_foreign && !deps.contains(entry) && deps.len() < DEPENDENCIES {
                deps.push(*entry);
            }
        }
        deps.sort_unstable();
        Ok(deps)
    }

    /// Name of a person and of the organisation that vouches for the person.
    fn who(&self, person: &PublicKey) -> (String, String) {
        let keys = self.commons.as_ref().map(|commons| commons.admission.keys());
        match keys.and_then(|keys| keys.person(person)) {
            Some(known) => (known.name.to_string(), self.name_of(&known.organisation)),
            None => (person.to_string(), "unknown".to_owned()),
        }
    }
}

impl Case<'_> {
    /// The versions that somebody asked to review or released, newest first by
    /// claimed time.
    fn versions(&self) -> Vec<Named> {
        let requests = self.papers.requests.values().map(|paper| {
            let body = &paper.body;
            (paper.time, body.version, &body.heads, &body.cover)
        });
        let releases = self.papers.releases.values().map(|paper| {
            let body = &paper.body;
            (paper.time, body.version, &body.heads, &body.cover)
        });
        let mut newest: BTreeMap<VersionName, (Timestamp, Named)> = BTreeMap::new();
        for (time, name, heads, cover) in requests.chain(releases) {
            let is_sound = cover.kind == self.subject.kind && cover.hash(heads) == name.cover;
            let is_newer = newest.get(&name).is_none_or(|(known, _)| *known < time);
            if is_sound && is_newer {
                newest.insert(name, (time, Named { name, heads: heads.clone(), cover: cover.clone() }));
            }
        }
        let mut versions: Vec<(Timestamp, Named)> = newest.into_values().collect();
        versions.sort_by_key(|(time, named)| std::cmp::Reverse((*time, named.name)));
        versions.into_iter().map(|(_, named)| named).collect()
    }

    /// The version whose BLAKE3 starts with `prefix`.
    fn find(&self, prefix: &str) -> Result<Named, Failure> {
        let mut versions = self.versions();
        let names = versions.iter().map(|one| one.name.blake3.to_string());
        let found = super::membership::unique_prefix("version under review", prefix, names)?;
        let at = versions.iter().position(|one| one.name.blake3.to_string() == found);
        at.map(|at| versions.swap_remove(at))
            .ok_or_else(|| Failure::not_found("version under review", prefix))
    }
}

fn not_a_version(why: NotAVersion) -> Failure {
    match why {
        NotAVersion::Missing => Failure::unavailable(
            "version-not-here",
            "this node does not hold everything of that version yet; it comes with the next catch-up, try again then",
        ),
        NotAVersion::NotHeads => Failure::invalid(
            "bad-version",
            "these changes are not the end of any version; copy the whole version from `history`, or leave it out for what the document says now",
        ),
    }
}

/// A list that an entry carries.
fn list<T, const N: usize>(what: &str, items: Vec<T>) -> Result<BoundedVec<T, N>, Failure> {
    BoundedVec::new(items).map_err(|error| Failure::conflict("too-large", format!("the {what}: {error}")))
}
