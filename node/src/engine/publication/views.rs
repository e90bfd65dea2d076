//! Papers as the API shows them.

use super::super::{Engine, Failure};
use super::{Case, Named};
use crate::store::Store;
use crate::view::{
    ChecklistView, PublicationView, ReleaseView, RequestView, RetractionView, ReviewView, VersionView,
};
use commons_protocol::body::{Release, Request, Retract};
use commons_protocol::collection::Standing;
use commons_protocol::id::{DocumentId, EntryId, OrganisationId};
use commons_protocol::publication::Paper;
use commons_protocol::publication::tally::{Lack, Tally};
use commons_protocol::statement::{Review, Verdict};
use commons_protocol::version::VersionName;
use std::collections::BTreeSet;

/// Versions, releases and retractions that are shown of one document, newest
/// first.
const SHOWN: usize = 64;

impl<S: Store> Engine<S> {
    pub(super) fn publication_view(&self, id: &DocumentId) -> Result<PublicationView, Failure> {
        let case = self.case(id)?;
        let asked: BTreeSet<VersionName> =
            case.papers.requests.values().map(|paper| paper.body.version).collect();
        let versions = case.versions().into_iter().filter(|one| asked.contains(&one.name)).take(SHOWN);
        let mut releases: Vec<&Paper<Release>> = case.papers.releases.values().collect();
        releases.sort_by_key(|paper| std::cmp::Reverse((paper.time, paper.id)));
        let mut retractions: Vec<&Paper<Retract>> = case.papers.retractions.values().collect();
        retractions.sort_by_key(|paper| std::cmp::Reverse((paper.time, paper.id)));
        let counting = case.counting();
        let retractions = retractions.into_iter().take(SHOWN);
        Ok(PublicationView {
            document: id.to_string(),
            title: self.document_row(id)?.map(|row| row.title).unwrap_or_default(),
            standing: self.standing_of(id),
            policy: case.desk.policy(case.subject.kind).in_words(),
            versions: versions.map(|one| self.version_view(&case, &one)).collect(),
            releases: releases
                .into_iter()
                .take(SHOWN)
                .map(|one| self.release_view(&case, &counting, one))
                .collect(),
            retractions: retractions.map(|one| self.retraction_view(&case, &counting, one)).collect(),
        })
    }

    fn version_view(&self, case: &Case<'_>, named: &Named) -> VersionView {
        let tally = case.desk.progress(case.papers, &named.name, &named.cover);
        let requests = case.papers.requests.values().filter(|paper| paper.body.version == named.name);
        let mut requests: Vec<RequestView> = requests.map(|paper| self.request_view(paper)).collect();
        requests.sort_by_key(|view| view.time_ms);
        let reviews = case.papers.reviews.values().filter(|paper| paper.body.version == named.name);
        let current: BTreeSet<EntryId> =
            case.papers.reviews_of(&named.name).iter().map(|paper| paper.id).collect();
        let mut reviews: Vec<ReviewView> = reviews
            .map(|paper| self.review_view(paper, current.contains(&paper.id).then_some(&tally)))
            .collect();
        reviews.sort_by_key(|view| view.time_ms);
        VersionView {
            version: named.name.blake3.to_string(),
            sha256: named.name.sha256.to_string(),
            heads: named.heads.iter().map(ToString::to_string).collect(),
            current: self.is_current(&case.subject.document, &named.heads) == Some(true),
            requests,
            reviews,
            missing: tally.lacks.iter().map(|lack| self.lack_in_words(case, lack)).collect(),
        }
    }

    fn request_view(&self, paper: &Paper<Request>) -> RequestView {
        let (person, organisation) = self.who(&paper.person);
        RequestView {
            id: paper.id.to_string(),
            person,
            organisation,
            time_ms: paper.time.0,
            note: paper.body.note.to_string(),
        }
    }

    /// A review that was just written.
    pub(super) fn review_view_of(&self, id: &DocumentId, entry: &EntryId) -> Result<ReviewView, Failure> {
        let case = self.case(id)?;
        let paper = case.papers.reviews.get(entry);
        let paper = paper.ok_or_else(|| Failure::internal("review", "the review did not take effect"))?;
        let cover = case.versions().into_iter().find(|one| one.name == paper.body.version);
        let tally = cover.map(|one| case.desk.progress(case.papers, &one.name, &one.cover));
        Ok(self.review_view(paper, tally.as_ref()))
    }

    /// A review, by the tally in which it stands; none if a later one of the
    /// same person replaces it.
    fn review_view(&self, paper: &Paper<Review>, tally: Option<&Tally>) -> ReviewView {
        let review = &paper.body;
        let (person, organisation) = self.who(&review.reviewer);
        let why_not = match tally {
            Some(tally) => why_not(tally, paper),
            None => Some("a later review by the same person replaces it".to_owned()),
        };
        ReviewView {
            id: paper.id.to_string(),
            version: review.version.blake3.to_string(),
            verdict: review.verdict.word().to_owned(),
            role: review.role.word().to_owned(),
            person,
            organisation,
            comment: review.comment.clone(),
            conflicts: review.conflicts.clone(),
            checklist: review
                .checklist
                .clone()
                .map(|one| ChecklistView { form: one.form, answers: one.answers }),
            time_ms: review.time,
            counts: why_not.is_none(),
            why_not,
        }
    }

    /// A release that was just written, or that readers see.
    pub(super) fn release_view_of(&self, id: &DocumentId, entry: &EntryId) -> Result<ReleaseView, Failure> {
        let case = self.case(id)?;
        let paper = case.papers.releases.get(entry);
        let paper = paper.ok_or_else(|| Failure::internal("release", "the release did not take effect"))?;
        Ok(self.release_view(&case, &case.counting(), paper))
    }

    fn release_view(
        &self,
        case: &Case<'_>,
        counting: &[&Paper<Release>],
        paper: &Paper<Release>,
    ) -> ReleaseView {
        let body = &paper.body;
        let tally = case.desk.rules.judge(&case.subject, paper, case.papers);
        let (person, organisation) = self.who(&paper.person);
        let listed = body.reviews.iter().filter_map(|id| case.papers.reviews.get(id));
        let retraction = case.desk.retraction(&case.subject, case.papers, paper);
        let counts = counting.iter().any(|one| one.id == paper.id);
        let mut why_not: Vec<String> =
            tally.lacks.iter().map(|lack| self.lack_in_words(case, lack)).collect();
        if !counts && why_not.is_empty() {
            why_not.push("this version was released already; this release only repeats that".to_owned());
        }
        ReleaseView {
            id: paper.id.to_string(),
            title: body.cover.title.to_string(),
            version: body.version.blake3.to_string(),
            sha256: body.version.sha256.to_string(),
            heads: body.heads.iter().map(ToString::to_string).collect(),
            person,
            organisation,
            time_ms: paper.time.0,
            epoch: paper.epoch,
            due: case.desk.due(paper).map(|day| day.to_string()),
            reviews: listed.map(|paper| self.review_view(paper, Some(&tally))).collect(),
            counts,
            why_not,
            retracted: retraction.map(|paper| paper.id.to_string()),
            matches: self.matches(&paper.id),
        }
    }

    /// A retraction that was just written.
    pub(super) fn retraction_view_of(
        &self,
        id: &DocumentId,
        entry: &EntryId,
    ) -> Result<RetractionView, Failure> {
        let case = self.case(id)?;
        let paper = case.papers.retractions.get(entry);
        let paper =
            paper.ok_or_else(|| Failure::internal("retract", "the retraction did not take effect"))?;
        Ok(self.retraction_view(&case, &case.counting(), paper))
    }

    fn retraction_view(
        &self,
        case: &Case<'_>,
        counting: &[&Paper<Release>],
        paper: &Paper<Retract>,
    ) -> RetractionView {
        let (person, organisation) = self.who(&paper.person);
        let people = case.desk.publications.acknowledged(&paper.id);
        let confirmed: BTreeSet<OrganisationId> =
            people.filter_map(|key| Some(case.desk.rules.keys.person(key)?.organisation)).collect();
        let members = case.desk.rules.governance.current().members.iter();
        let active = members.filter(|member| member.standing == Standing::Active);
        let (acknowledged, missing): (Vec<_>, Vec<_>) =
            active.partition(|member| confirmed.contains(&member.organisation));
        let names = |members: Vec<&commons_protocol::charter::Member>| {
            members.iter().map(|member| member.name.to_string()).collect()
        };
        RetractionView {
            id: paper.id.to_string(),
            releases: paper.body.releases.iter().map(ToString::to_string).collect(),
            reason: paper.body.reason.to_string(),
            instead: paper.body.instead.map(|id| id.to_string()),
            person,
            organisation,
            time_ms: paper.time.0,
            counts: case.is_retracting(counting, paper),
            acknowledged_by: names(acknowledged),
            missing: names(missing),
        }
    }
}

/// Why a review does not count in a tally; none if it does.
fn why_not(tally: &Tally, paper: &Paper<Review>) -> Option<String> {
    if let Some((_, why)) = tally.discounted.iter().find(|(id, _)| *id == paper.id) {
        return Some(why.to_string());
    }
    if tally.approvals.contains(&paper.id) || tally.lacks.contains(&Lack::Declined(paper.id)) {
        return None;
    }
    Some(match paper.body.verdict {
        Verdict::Decline => "the policy lets a version be released although somebody declines it".to_owned(),
        _ => "it is not among the reviews that are counted".to_owned(),
    })
}
