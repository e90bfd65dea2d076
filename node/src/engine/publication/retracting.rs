//! Withdrawing what was released, and confirming that this node shows it.

use super::super::chains::text;
use super::super::{Caller, Engine, Failure, FailureKind};
use super::{Case, list};
use crate::store::Store;
use crate::view::{RetractRequest, RetractionView};
use commons_protocol::body::{Acknowledge, Content, Release, Retract};
use commons_protocol::bounded::Text;
use commons_protocol::collection::Collection;
use commons_protocol::id::{DocumentId, EntryId, LogId};
use commons_protocol::key::PublicKey;
use commons_protocol::limits::RETRACTED;
use commons_protocol::publication::{Paper, Papers};
use commons_protocol::time::Timestamp;
use std::collections::BTreeMap;

impl<S: Store> Engine<S> {
    /// Withdraws every release of a document that counts, for good, and
    /// confirms it for this organisation.
    pub fn retract(
        &mut self,
        caller: &Caller,
        id: &str,
        request: &RetractRequest,
    ) -> Result<RetractionView, Failure> {
        let person = self.person_of(caller)?;
        let id = self.find_document(id)?;
        let reason = text(&request.reason)?;
        if reason.is_empty() {
            return Err(Failure::invalid("no-reason", "say why: everyone who used it will read it"));
        }
        let instead = request.instead.as_deref().map(|other| self.find_document(other)).transpose()?;
        if instead == Some(id) {
            return Err(Failure::invalid("instead-of-itself", "name another document to use instead"));
        }
        let releases = self.releases_to_retract(&id, &person)?;
        self.check_words(&id, "reason", &reason)?;
        let (case, deps) = (self.case(&id)?, releases.clone());
        let collection = case.subject.kind.collection();
        let body = Retract { document: id, releases: list("releases", releases)?, reason, instead };
        let deps = self.papers_deps(&id, collection, &[], &deps)?;
        let written = self.write(collection, person, deps, &[Content::Retract(body)])?;
        self.commit()?;
        self.acknowledge_retractions()?;
        self.commit()?;
        let entry = written.first().ok_or_else(|| Failure::internal("write", "nothing was written"))?;
        self.retraction_view_of(&id, entry)
    }

    /// The releases that count, are not withdrawn, and that the caller's
    /// organisation may withdraw; sorted.
    fn releases_to_retract(&self, id: &DocumentId, person: &PublicKey) -> Result<Vec<EntryId>, Failure> {
        let case = self.case(id)?;
        let is_open =
            |paper: &&Paper<Release>| case.desk.retraction(&case.subject, case.papers, paper).is_none();
        let open: Vec<&Paper<Release>> = case.counting().into_iter().filter(is_open).collect();
        if open.is_empty() {
            let why = "nothing of this document is released, so there is nothing to withdraw";
            return Err(Failure::conflict("not-released", why));
        }
        let epoch = case.desk.rules.governance.current().number;
        let may = |release: &&&Paper<Release>| {
            let attempt = attempt(&case, release, person, epoch);
            case.desk.retraction(&case.subject, &attempt, release).is_some()
        };
        let mine: Vec<EntryId> = open.iter().filter(may).map(|paper| paper.id).take(RETRACTED).collect();
        if mine.is_empty() {
            let (creator, kind) = (self.name_of(&case.subject.creator), case.subject.kind);
            let why = format!(
                "your organisation may not withdraw this {kind}: {creator} created it, and may; so may an organisation that released it, and electors where the charter says so or {creator} is no active member any more"
            );
            return Err(Failure::new(FailureKind::Forbidden, "not-yours", why));
        }
        Ok(mine)
    }

    /// Confirms retractions that count and that nobody of this organisation
    /// has confirmed yet.
    ///
    /// # Errors
    /// [`Failure`] if the store fails; that nothing may be written now is none.
    pub fn acknowledge_retractions(&mut self) -> Result<(), Failure> {
        let Some(commons) = &mut self.commons else { return Ok(()) };
        let now = (commons.admission.entries(), commons.admission.objects().len());
        let is_new = commons.looked.seen.replace(now) != Some(now);
        let own = self.keys.organisation;
        let is_active = self.governance().is_ok_and(|governance| governance.current().is_active(&own));
        if !is_new || !is_active {
            return Ok(());
        }
        for (document, retraction, collection) in self.unconfirmed_retractions()? {
            let body = Content::Acknowledge(Acknowledge { retraction });
            let deps = self.papers_deps(&document, collection, &[], &[retraction])?;
            if let Err(failure) = self.write(collection, self.operator(), deps, &[body]) {
                // Not delegated yet: nothing to confirm with.
                tracing::debug!(%failure, "a retraction can't be confirmed now");
            }
        }
        Ok(())
    }

    fn unconfirmed_retractions(&self) -> Result<Vec<(DocumentId, EntryId, Collection)>, Failure> {
        let publications = self.commons()?.catalogue.publications();
        let mut open = Vec::new();
        for (id, papers) in publications.documents().filter(|(_, papers)| !papers.retractions.is_empty()) {
            let Ok(case) = self.case(id) else { continue };
            let unconfirmed = papers.retractions.values().filter(|paper| !self.is_confirmed_by_us(&paper.id));
            let unconfirmed: Vec<&Paper<Retract>> = unconfirmed.collect();
            let counting = if unconfirmed.is_empty() { Vec::new() } else { case.counting() };
            let found = unconfirmed.into_iter().filter(|paper| case.is_retracting(&counting, paper));
            open.extend(found.map(|paper| (*id, paper.id, paper.collection)));
        }
        open.retain(|(_, _, collection)| self.profile.collections.contains(collection));
        Ok(open)
    }

    fn is_confirmed_by_us(&self, retraction: &EntryId) -> bool {
        let own = self.keys.organisation;
        self.commons.as_ref().is_some_and(|commons| {
            let keys = commons.admission.keys();
            let mut people = commons.catalogue.publications().acknowledged(retraction);
            people.any(|person| keys.person(person).is_some_and(|person| person.organisation == own))
        })
    }
}

impl<'a> Case<'a> {
    /// Releases that count.
    pub(super) fn counting(&self) -> Vec<&'a Paper<Release>> {
        self.desk.releases(&self.subject, self.papers).into_iter().map(|(paper, _)| paper).collect()
    }

    /// Whether a retraction withdraws one of these releases, which count.
    pub(super) fn is_retracting(&self, counting: &[&Paper<Release>], paper: &Paper<Retract>) -> bool {
        let retractions = BTreeMap::from([(paper.id, paper.clone())]);
        let alone = Papers { retractions, ..Papers::default() };
        let mut named = counting.iter().filter(|release| paper.body.releases.contains(&release.id));
        named.any(|release| self.desk.retraction(&self.subject, &alone, release).is_some())
    }
}

/// What would be said about a release if `person` withdrew it now.
fn attempt(case: &Case<'_>, release: &Paper<Release>, person: &PublicKey, epoch: u64) -> Papers {
    let body = Retract {
        document: case.subject.document,
        // One fits.
        releases: list("releases", vec![release.id]).unwrap_or_default(),
        reason: Text::default(),
        instead: None,
    };
    let paper = Paper {
        id: EntryId([0; 32]),
        log: LogId([0; 32]),
        seq: 0,
        collection: case.subject.kind.collection(),
        epoch,
        time: Timestamp(0),
        person: *person,
        body,
    };
    Papers { retractions: BTreeMap::from([(paper.id, paper)]), ..Papers::default() }
}
