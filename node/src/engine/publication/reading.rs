//! What was released, today or on an earlier day.

use super::super::{Engine, Failure};
use super::Case;
use crate::store::Store;
use crate::view::{DocumentView, ReleaseView};
use commons_protocol::body::{Release, Retract};
use commons_protocol::date::Date;
use commons_protocol::fence::ChangeHash;
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::publication::{Paper, Papers};
use commons_protocol::version::Version;

/// Releases whose content is compared with what was released, newest first:
/// each costs about as much as reading the document.
const COMPARED: usize = 8;

impl<S: Store> Engine<S> {
    /// What readers see of a document: its released version, today or as it
    /// was on a day, by the times that releases and retractions claim.
    pub fn released(&mut self, id: &str, as_of: Option<Date>) -> Result<(Version, ReleaseView), Failure> {
        let id = self.find_document(id)?;
        self.build(&id)?;
        let (entry, heads) = self.released_on(&id, as_of)?;
        let version = self.version_at(&id, &heads)?;
        let case = self.case(&id)?;
        let matches =
            case.papers.releases.get(&entry).is_some_and(|paper| paper.body.version == version.name());
        self.note_match(entry, matches);
        if !matches {
            let why = "what this node builds from the document's changes is not what was released; don't rely on it, and tell the organisation that released it";
            return Err(Failure::conflict("content-differs", why));
        }
        let view = self.release_view_of(&id, &entry)?;
        Ok((version, view))
    }

    /// The same as the API shows documents.
    pub fn released_document(&mut self, id: &str, as_of: Option<Date>) -> Result<DocumentView, Failure> {
        let (version, _) = self.released(id, as_of)?;
        let fields = version.fields();
        let mut summary = self.summary(&version.document)?;
        (summary.title, summary.language) = (fields.title, fields.language);
        Ok(DocumentView {
            summary,
            description: fields.summary,
            text: fields.text,
            particulars: fields.particulars.into_inner(),
            version: version.heads.iter().map(ToString::to_string).collect(),
        })
    }

    /// What a document says now, in the form that is signed.
    pub fn draft(&mut self, id: &str) -> Result<Version, Failure> {
        let id = self.find_document(id)?;
        self.current_version(&id)
    }

    /// The release that counted on a day, with its heads.
    fn released_on(
        &self,
        id: &DocumentId,
        as_of: Option<Date>,
    ) -> Result<(EntryId, Vec<ChangeHash>), Failure> {
        let case = self.case(id)?;
        let known = as_of.map(|day| case.papers_until(day));
        let papers = known.as_ref().unwrap_or(case.papers);
        let by = as_of.map(|day| format!(" by {day}")).unwrap_or_default();
        let tips = case.desk.tips(&case.subject, papers);
        let release = tips.last().ok_or_else(|| {
            Failure::conflict("not-released", format!("nothing of this document was released{by}"))
        })?;
        match case.desk.retraction(&case.subject, papers, release) {
            Some(retraction) => Err(self.withdrawn(retraction)),
            None => Ok((release.id, release.body.heads.to_vec())),
        }
    }

    fn withdrawn(&self, retraction: &Paper<Retract>) -> Failure {
        let (person, organisation) = self.who(&retraction.person);
        let day = Date::of(retraction.time);
        let mut why = format!("{person} ({organisation}) withdrew it on {day}: {}", retraction.body.reason);
        if let Some(instead) = retraction.body.instead {
            why.push_str(&format!("; use {} instead", self.title_of(&instead)));
        }
        Failure::conflict("retracted", why)
    }

    /// Compares what releases say with what the document says at their heads,
    /// as far as that is not known yet.
    pub(super) fn check_releases(&mut self, id: &DocumentId) -> Result<(), Failure> {
        let case = self.case(id)?;
        let mut releases: Vec<&Paper<Release>> = case.papers.releases.values().collect();
        releases.sort_by_key(|paper| std::cmp::Reverse((paper.time, paper.id)));
        let open = releases.into_iter().take(COMPARED).filter(|paper| self.matches(&paper.id).is_none());
        let open: Vec<_> = open.map(|one| (one.id, one.body.heads.clone(), one.body.version)).collect();
        for (entry, heads, name) in open {
            match self.version_at(id, &heads) {
                Ok(version) => self.note_match(entry, version.name() == name),
                Err(failure) => tracing::debug!(%failure, "a release can't be compared now"),
            }
        }
        Ok(())
    }

    /// Whether a release is known to be what the document says at its heads.
    pub(super) fn matches(&self, release: &EntryId) -> Option<bool> {
        self.commons.as_ref()?.looked.matches.get(release).copied()
    }

    pub(super) fn note_match(&mut self, release: EntryId, matches: bool) {
        if let Some(commons) = &mut self.commons {
            commons.looked.matches.insert(release, matches);
        }
    }
}

impl Case<'_> {
    /// What was said up to a day, as its authors claim.
    fn papers_until(&self, day: Date) -> Papers {
        let mut papers = self.papers.clone();
        papers.releases.retain(|_, paper| Date::of(paper.time) <= day);
        papers.retractions.retain(|_, paper| Date::of(paper.time) <= day);
        papers
    }
}
