//! How a document stands on a day: a pure function of what is admitted.

use super::tally::{Rules, Tally};
use super::{Paper, Papers, Publications, Subject};
use crate::body::{Release, Retract};
use crate::charter::Charter;
use crate::collection::DocumentKind;
use crate::date::Date;
use crate::fence::ChangeHash;
use crate::id::{EntryId, OrganisationId};
use crate::policy::Policy;
use crate::statement::Verdict;
use crate::version::VersionName;
use std::collections::{BTreeMap, BTreeSet};

/// Where a document, or its draft, is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Nobody was asked to review what it says now.
    Draft,
    /// What it says now is being reviewed.
    InReview,
    /// What it says now may be released.
    Eligible,
    /// Released, and nothing below.
    Released,
    /// Released, and due for review.
    ReviewDue,
    /// Another document replaces it.
    Superseded,
    /// Withdrawn.
    Retracted,
}

impl Status {
    /// The words that people use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::InReview => "in review",
            Self::Eligible => "eligible",
            Self::Released => "released",
            Self::ReviewDue => "review due",
            Self::Superseded => "superseded",
            Self::Retracted => "retracted",
        }
    }
}

/// How a document stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What readers are told: that of the release if there is one, else that
    /// of the draft.
    pub status: Status,
    /// The release that readers see, or saw before it was withdrawn.
    pub release: Option<EntryId>,
    /// How what was written since the release stands; none if nothing was.
    pub draft: Option<Status>,
    /// When the release is due for review.
    pub due: Option<Date>,
    /// Other releases that count and that nothing replaces: made at the same
    /// time elsewhere.
    pub beside: Vec<EntryId>,
    /// The retraction of the release.
    pub retraction: Option<EntryId>,
    /// The document that replaces this one.
    pub superseded_by: Option<crate::id::DocumentId>,
    /// Reviews of the released version that decline it and that the release
    /// does not list.
    pub objections: Vec<EntryId>,
}

/// What a standing is computed from.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// What is said about documents.
    pub publications: &'a Publications,
    /// What it is judged by.
    pub rules: Rules<'a>,
    /// The day.
    pub today: Date,
}

/// A release that counts, in its line.
struct Link<'p> {
    paper: &'p Paper<Release>,
    tally: Tally,
    /// The one that it follows.
    before: Option<EntryId>,
    /// How many come before it, and whether it is the creator's.
    rank: (usize, bool),
}

/// Says whether heads are those of a document's content now.
pub type IsCurrent<'a> = &'a dyn Fn(&[ChangeHash]) -> bool;

impl Desk<'_> {
    /// How `subject` stands. `is_current` says whether given heads (sorted)
    /// are those of its content now, which needs no more than their digest;
    /// none if that can't be told here. `subject_of` knows other documents.
    pub fn standing(
        &self,
        subject: &Subject,
        is_current: Option<IsCurrent<'_>>,
        subject_of: impl Fn(&crate::id::DocumentId) -> Option<Subject>,
    ) -> Standing {
        let nothing = Papers::default();
        let papers = self.publications.papers(&subject.document).unwrap_or(&nothing);
        let mut tips = self.tips(subject, papers);
        let release = tips.pop();
        let draft = self.draft(subject, papers, is_current, release);
        let Some(release) = release else {
            return Standing { status: draft.unwrap_or(Status::Draft), draft, ..nothing_released() };
        };
        let retraction = self.retraction(subject, papers, release);
        let superseded_by = self.superseded_by(subject, release, subject_of);
        let due = self.due(release);
        let status = match (retraction, superseded_by) {
            (Some(_), _) => Status::Retracted,
            (None, Some(_)) => Status::Superseded,
            (None, None) if due.is_some_and(|due| due < self.today) => Status::ReviewDue,
            (None, None) => Status::Released,
        };
        Standing {
            status,
            release: Some(release.id),
            draft,
            due,
            beside: tips.iter().map(|tip| tip.id).collect(),
            retraction: retraction.map(|paper| paper.id),
            superseded_by,
            objections: self.objections(papers, release),
        }
    }

    /// Releases that count, with their tallies.
    pub fn releases<'p>(&self, subject: &Subject, papers: &'p Papers) -> Vec<(&'p Paper<Release>, Tally)> {
        self.line(subject, papers).into_values().map(|link| (link.paper, link.tally)).collect()
    }

    /// Releases that count and that no other one follows, the one that readers
    /// see last: at the end of the longest line of releases, of several one of
    /// the creator's, then the one with the highest id. Claimed times decide
    /// nothing.
    pub fn tips<'p>(&self, subject: &Subject, papers: &'p Papers) -> Vec<&'p Paper<Release>> {
        let links = self.line(subject, papers);
        let followed: BTreeSet<EntryId> = links.values().filter_map(|link| link.before).collect();
        let mut tips: Vec<&Link<'p>> =
            links.values().filter(|link| !followed.contains(&link.paper.id)).collect();
        tips.sort_by_key(|link| (link.rank, link.paper.id));
        tips.into_iter().map(|link| link.paper).collect()
    }

    /// The places of the releases that count: how many come before each, and
    /// whether it is the creator's.
    pub(crate) fn ranks(&self, subject: &Subject, papers: &Papers) -> BTreeMap<EntryId, (usize, bool)> {
        self.line(subject, papers).into_iter().map(|(id, link)| (id, link.rank)).collect()
    }

    /// Releases that count, each with the one that it follows. One of a version
    /// that is released earlier in the same line, or by the creator, repeats
    /// it and does not count: or else whoever lists old reviews again could
    /// bring back an older version, or withdraw what others released.
    fn line<'p>(&self, subject: &Subject, papers: &'p Papers) -> BTreeMap<EntryId, Link<'p>> {
        let judged =
            papers.releases.iter().map(|(id, one)| (*id, (one, self.rules.judge(subject, one, papers))));
        let mut counted: BTreeMap<EntryId, (&'p Paper<Release>, Tally)> =
            judged.filter(|(_, (_, tally))| tally.lacks.is_empty()).collect();
        let is_creators = |paper: &Paper<Release>| self.organisation(paper) == Some(subject.creator);
        let creators = counted.values().map(|(paper, _)| *paper).filter(|paper| is_creators(paper));
        let creators: BTreeSet<VersionName> = creators.map(|paper| paper.body.version).collect();
        let mut links: BTreeMap<EntryId, Link<'p>> = BTreeMap::new();
        // The last one that repeats nothing, at or before each.
        let mut nearest: BTreeMap<EntryId, Option<EntryId>> = BTreeMap::new();
        while let Some(id) = counted.keys().next().copied() {
            // Hashes make no circles, so this ends.
            let (mut open, mut at) = (Vec::new(), Some(id));
            while let Some((paper, tally)) = at.and_then(|id| counted.remove(&id)) {
                at = paper.body.previous;
                open.push((paper, tally));
            }
            let mut before = at.and_then(|id| nearest.get(&id).copied().flatten());
            while let Some((paper, tally)) = open.pop() {
                let (version, is_creators) = (&paper.body.version, is_creators(paper));
                let is_repeated = !is_creators && creators.contains(version);
                if !is_repeated && !stands_before(&links, before, version) {
                    let depth = before.and_then(|id| links.get(&id)).map_or(0, |link| link.rank.0 + 1);
                    links.insert(paper.id, Link { paper, tally, before, rank: (depth, is_creators) });
                    before = Some(paper.id);
                }
                nearest.insert(paper.id, before);
            }
        }
        links
    }

    /// How what was written since `release` stands.
    fn draft(
        &self,
        subject: &Subject,
        papers: &Papers,
        is_current: Option<IsCurrent<'_>>,
        release: Option<&Paper<Release>>,
    ) -> Option<Status> {
        let is_current = is_current?;
        if release.is_some_and(|release| is_current(&release.body.heads)) {
            return None;
        }
        let requests = papers.requests.values().filter(|paper| {
            let body = &paper.body;
            body.cover.kind == subject.kind
                && body.cover.hash(&body.heads) == body.version.cover
                && is_current(&body.heads)
        });
        let stages = requests.map(|paper| {
            let reviews = papers.reviews_of(&paper.body.version);
            let tally = self.rules.tally(self.rules.governance.current(), &paper.body.cover, &reviews);
            if tally.lacks.is_empty() { Status::Eligible } else { Status::InReview }
        });
        Some(stages.max().unwrap_or(Status::Draft))
    }

    /// The retraction of a release that counts; of several the earliest by
    /// claimed time, so that a later one hides from nobody since when.
    pub fn retraction<'p>(
        &self,
        subject: &Subject,
        papers: &'p Papers,
        release: &Paper<Release>,
    ) -> Option<&'p Paper<Retract>> {
        // What was withdrawn stays so, whoever releases the same version again.
        let is_same = |id: &EntryId| {
            let named = papers.releases.get(id);
            *id == release.id || named.is_some_and(|named| named.body.version == release.body.version)
        };
        let counting = papers.retractions.values().filter(|paper| {
            paper.body.releases.iter().any(is_same)
                && paper.collection == subject.kind.collection()
                && self.may_retract(subject, release, paper)
        });
        counting.min_by_key(|paper| (paper.time, paper.id))
    }

    /// The organisation that created the document or released the version may
    /// retract it; an elector's if the creator's is no active member any more
    /// or the policy says so.
    fn may_retract(&self, subject: &Subject, release: &Paper<Release>, retraction: &Paper<Retract>) -> bool {
        let Some(by) = self.organisation(retraction) else { return false };
        let is_own = by == subject.creator || self.organisation(release) == Some(by);
        let is_orphaned = !self.rules.governance.current().is_active(&subject.creator);
        let may_as_elector = |charter: &Charter| {
            let may_electors = is_orphaned || charter.policy(subject.kind).electors_retract;
            may_electors && charter.is_elector(&by)
        };
        let is_known = self.rules.governance.epoch(retraction.epoch).is_some();
        is_own || (is_known && self.epochs_of(retraction).all(may_as_elector))
    }

    /// The epochs that bind a paper: the one that its header names, and those
    /// after it before which no quorum held the paper.
    fn epochs_of<T>(&self, paper: &Paper<T>) -> impl Iterator<Item = &Charter> {
        let epochs = self.rules.governance.epochs().iter().enumerate();
        let binding = epochs
            .filter(|(index, epoch)| epoch.charter.number == paper.epoch || self.rules.binds(*index, paper));
        binding.map(|(_, epoch)| &epoch.charter)
    }

    /// The organisation of the person who contributed a paper.
    pub fn organisation<T>(&self, paper: &Paper<T>) -> Option<OrganisationId> {
        self.rules.keys.person(&paper.person).map(|person| person.organisation)
    }

    /// The document that replaces this one: released, not withdrawn, and by
    /// the organisation that created or released this one.
    fn superseded_by(
        &self,
        subject: &Subject,
        release: &Paper<Release>,
        subject_of: impl Fn(&crate::id::DocumentId) -> Option<Subject>,
    ) -> Option<crate::id::DocumentId> {
        let replaces = |id: &&crate::id::DocumentId| {
            let newer = subject_of(id).filter(|newer| newer.document != subject.document);
            let papers = self.publications.papers(id);
            newer.zip(papers).is_some_and(|(newer, papers)| {
                self.tips(&newer, papers).last().is_some_and(|tip| {
                    let by = self.organisation(tip);
                    let may = by == Some(subject.creator) || by == self.organisation(release);
                    may && tip.body.cover.supersedes == Some(subject.document)
                        && self.retraction(&newer, papers, tip).is_none()
                })
            })
        };
        let mut newer: Vec<_> = self.publications.replacing(&subject.document).collect();
        newer.sort_unstable();
        newer.into_iter().find(replaces).copied()
    }

    /// The day on which a release is due for review: the one that its authors
    /// name, or the policy's if that is earlier.
    pub fn due(&self, release: &Paper<Release>) -> Option<Date> {
        let charter = self.rules.governance.epoch(release.epoch)?;
        let months = charter.policy(release.body.cover.kind).valid_months;
        let latest = months.map(|months| Date::of(release.time).plus_months(months));
        latest.into_iter().chain(release.body.cover.due).min()
    }

    fn objections(&self, papers: &Papers, release: &Paper<Release>) -> Vec<EntryId> {
        let current = papers.reviews_of(&release.body.version);
        let declines = current.into_iter().filter(|paper| paper.body.verdict == Verdict::Decline);
        declines.map(|paper| paper.id).filter(|id| !release.body.reviews.contains(id)).collect()
    }

    /// The policy in force for a kind.
    pub fn policy(&self, kind: DocumentKind) -> Policy {
        self.rules.governance.current().policy(kind)
    }

    /// The reviews of a version counted by the policy in force.
    pub fn progress(&self, papers: &Papers, version: &VersionName, cover: &crate::version::Cover) -> Tally {
        self.rules.tally(self.rules.governance.current(), cover, &papers.reviews_of(version))
    }
}

/// Whether a version is that of `at` or of one before it. Those are all of
/// different versions, so the way is short.
fn stands_before(
    links: &BTreeMap<EntryId, Link<'_>>,
    mut at: Option<EntryId>,
    version: &VersionName,
) -> bool {
    while let Some(link) = at.and_then(|id| links.get(&id)) {
        if link.paper.body.version == *version {
            return true;
        }
        at = link.before;
    }
    false
}

fn nothing_released() -> Standing {
    Standing {
        status: Status::Draft,
        release: None,
        draft: None,
        due: None,
        beside: Vec::new(),
        retraction: None,
        superseded_by: None,
        objections: Vec::new(),
    }
}
