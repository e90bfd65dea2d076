//! What the parts of a file prove, computed from them alone.

use super::branches::Branches;
use super::{
    EPOCHS, PAPERS, Person, Proof, ProofError, Proved, ProvedRelease, ProvedRetraction, ProvedReview,
    VERSIONS,
};
use crate::body::{Content, Release};
use crate::charter::Point;
use crate::collection::{Collection, DocumentKind};
use crate::date::Date;
use crate::entry::Entry;
use crate::governance::Governance;
use crate::id::{EntryId, EpochHash, OrganisationId};
use crate::key::PublicKey;
use crate::keys::Keys;
use crate::publication::standing::Desk;
use crate::publication::tally::{Rules, Tally};
use crate::publication::{self, Paper, Papers, Publications, Said, Subject};
use crate::recompute::{Judges, attested, judges};
use crate::refusal::Refusal;
use crate::rules::{Context, Judgement, Known, Wait};
use crate::statement::Review;
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What the objects of a file mean.
struct Court<'a> {
    proof: &'a Proof,
    governance: Governance,
    keys: Keys,
    /// The entries whose bodies are here, each once.
    said: BTreeMap<EntryId, &'a Entry>,
    branches: Branches,
}

impl Proof {
    /// What the file proves.
    ///
    /// # Errors
    /// [`ProofError`]: the first thing that is wrong.
    pub fn judge(&self) -> Result<Proved, ProofError> {
        let court = Court::of(self)?;
        let chosen = court.chosen_epochs()?;
        let exporter = court.exporter()?;
        let (subject, publications) = court.hear()?;
        let desk = Desk {
            publications: &publications,
            rules: court.rules(),
            // What is proved does not depend on the day.
            today: Date::of(self.time),
        };
        let releases = court.releases(&subject, &desk)?;
        let head = court.governance.head();
        Ok(Proved {
            commons: self.commons,
            commons_name: head.charter.name.to_string(),
            epoch: head.charter.number,
            epoch_hash: head.hash,
            chosen,
            document: self.document,
            kind: subject.kind,
            creator: court.name(&subject.creator),
            exporter: court.name(&exporter),
            time: self.time,
            releases,
        })
    }
}

impl<'a> Court<'a> {
    fn of(proof: &'a Proof) -> Result<Self, ProofError> {
        let attested = attested(proof.objects.values());
        let judged = judges(proof.commons, proof.objects.values(), &attested, &proof.chosen);
        let Judges { governance, keys } = judged.ok_or(ProofError::NotFounded(proof.commons))?;
        let entries = proof.runs.iter().flat_map(|run| run.entries());
        let said: BTreeMap<EntryId, &Entry> =
            entries.filter(|entry| entry.body.bytes().is_some()).map(|entry| (entry.id, entry)).collect();
        if said.len() > PAPERS || governance.epochs().len() > EPOCHS {
            return Err(ProofError::TooLarge);
        }
        let branches = Branches::of(proof, &said, (&governance, &keys), attested)?;
        Ok(Self { proof, governance, keys, said, branches })
    }

    fn rules(&self) -> Rules<'_> {
        Rules { governance: &self.governance, keys: &self.keys, attested: &self.branches.attested }
    }

    /// The organisation whose node made the file: a member in good standing,
    /// as of the file.
    fn exporter(&self) -> Result<OrganisationId, ProofError> {
        let node = self.keys.node(&self.proof.exporter).filter(|node| node.revoked.is_none());
        let active = node.filter(|node| self.governance.current().is_active(&node.organisation));
        active.map(|node| node.organisation).ok_or(ProofError::Exporter)
    }

    /// The epochs that stand because they were chosen: exactly those that the
    /// file calls so.
    fn chosen_epochs(&self) -> Result<Vec<(u64, EpochHash)>, ProofError> {
        let chosen = self.governance.epochs().iter().filter(|epoch| epoch.certificate.is_empty());
        let chosen: Vec<_> = chosen.map(|epoch| (epoch.charter.number, epoch.hash)).collect();
        let surplus = self.proof.chosen.iter().find(|named| !chosen.iter().any(|(_, hash)| hash == *named));
        surplus.map_or(Ok(chosen), |named| Err(ProofError::NotChosen(*named)))
    }

    /// Judges every entry whose body is here, and reads what it says.
    fn hear(&self) -> Result<(Subject, Publications), ProofError> {
        self.said.values().try_for_each(|entry| self.admit(entry))?;
        let created = self.said.get(&self.proof.document.entry()).ok_or(ProofError::NotCreated)?;
        let subject = self.subject(created)?;
        let mut publications = Publications::default();
        let mut retractions = BTreeSet::new();
        let mut confirmed = BTreeMap::new();
        for entry in self.said.values().filter(|entry| entry.id != created.id) {
            let paper = self.read(entry, &subject)?;
            match &paper.body {
                Said::Acknowledge(retraction) => _ = confirmed.insert(entry.id, *retraction),
                Said::Retract(_) => _ = retractions.insert(entry.id),
                _ => {}
            }
            publications.add(paper);
        }
        let stray = confirmed.iter().find(|(_, retraction)| !retractions.contains(retraction));
        stray.map_or(Ok((subject, publications)), |(id, _)| Err(ProofError::Foreign(*id)))
    }

    fn subject(&self, created: &Entry) -> Result<Subject, ProofError> {
        let content = created.body.bytes().map(|bytes| Content::decode(created.header.kind, bytes));
        let kind = match content {
            Some(Ok(Content::Create(create)))
                if create.kind.collection() == created.header.log.collection =>
            {
                create.kind
            }
            _ => return Err(ProofError::NotCreated),
        };
        let node = self.keys.node(&created.header.log.node).ok_or(ProofError::NotCreated)?;
        Ok(Subject {
            commons: self.proof.commons,
            document: self.proof.document,
            kind,
            creator: node.organisation,
        })
    }

    /// What an entry says about the document.
    fn read(&self, entry: &Entry, subject: &Subject) -> Result<Paper<Said>, ProofError> {
        let foreign = || ProofError::Foreign(entry.id);
        let bytes = entry.body.bytes().ok_or_else(foreign)?;
        let not_admitted = |refusal| ProofError::NotAdmitted { entry: entry.id, refusal };
        let content = Content::decode(entry.header.kind, bytes).map_err(not_admitted)?;
        let paper = publication::read(entry, content).map_err(not_admitted)?.ok_or_else(foreign)?;
        let belongs = match paper.body {
            Said::Acknowledge(_) => true,
            Said::Review(_) | Said::Release(_) | Said::Retract(_) => {
                paper.body.document() == Some(subject.document)
            }
            Said::Request(_) | Said::Attach(_) => false,
        };
        // Confirmations name a retraction, wherever they stand.
        let is_inside = paper.collection == subject.kind.collection() || paper.body.document().is_none();
        match (belongs, is_inside) {
            (false, _) => Err(foreign()),
            (true, false) => Err(not_admitted(Refusal::WrongDocument)),
            (true, true) => Ok(paper),
        }
    }

    /// Whether an entry counts, as far as that does not depend on others.
    fn admit(&self, entry: &Entry) -> Result<(), ProofError> {
        let header = &entry.header;
        let log = header.log.id(&self.proof.commons);
        let context = Context { governance: &self.governance, keys: &self.keys };
        let alone = Alone { court: self, collection: header.log.collection };
        let before = if self.branches.fall(&entry.id) { u64::MAX } else { header.epoch };
        let unknown = |what| Err(ProofError::Unknown { entry: entry.id, what });
        match context.judge(entry, &log, before, &alone) {
            Judgement::Admit => {
                let counts = self.branches.count(entry, (&self.governance, &self.keys));
                counts.then_some(()).ok_or(ProofError::OffBranch(entry.id))
            }
            Judgement::Wait(Wait::Refused(refusal)) => {
                Err(ProofError::NotAdmitted { entry: entry.id, refusal })
            }
            Judgement::Wait(Wait::Epoch(_)) => unknown("the epoch that it names"),
            Judgement::Wait(Wait::Node(_)) => unknown("the delegation of the node's key"),
            Judgement::Wait(Wait::Person(_)) => unknown("the delegation of the person's key"),
            // Asked of nothing here: see `Alone`.
            Judgement::Wait(Wait::Previous | Wait::Dependency(_)) => unknown("an entry before it"),
        }
    }

    /// The releases, all of which must count and have their content here, as
    /// they follow each other.
    fn releases(&self, subject: &Subject, desk: &Desk<'_>) -> Result<Vec<ProvedRelease>, ProofError> {
        let nothing = Papers::default();
        let papers = desk.publications.papers(&subject.document).unwrap_or(&nothing);
        if papers.releases.len() > VERSIONS {
            return Err(ProofError::TooLarge);
        }
        let mut used = BTreeSet::new();
        let mut withdrawn = BTreeSet::new();
        let mut releases = Vec::new();
        for paper in papers.releases.values() {
            let release = self.release(subject, desk, papers, paper)?;
            used.insert(release.name);
            withdrawn.extend(release.retraction.as_ref().map(|retraction| retraction.id));
            releases.push(release);
        }
        if let Some(surplus) = self.proof.versions.keys().find(|name| !used.contains(name)) {
            return Err(ProofError::Surplus(*surplus));
        }
        if let Some(other) = papers.reviews.values().find(|one| !used.contains(&one.body.version)) {
            return Err(ProofError::Foreign(other.id));
        }
        if let Some(idle) = papers.retractions.keys().find(|id| !withdrawn.contains(id)) {
            return Err(ProofError::NotRetracted(*idle));
        }
        match releases.is_empty() {
            true => Err(ProofError::NoRelease),
            false => Ok(in_line(releases, &desk.ranks(subject, papers))),
        }
    }

    fn release(
        &self,
        subject: &Subject,
        desk: &Desk<'_>,
        papers: &Papers,
        paper: &Paper<Release>,
    ) -> Result<ProvedRelease, ProofError> {
        let body = &paper.body;
        let tally = desk.rules.judge(subject, paper, papers);
        let reviews = self.reviews(body, papers, &tally);
        if !tally.lacks.is_empty() {
            let discounted = reviews.iter().filter_map(|review| {
                let why = review.discounted.as_ref()?;
                Some(format!("the review by {} does not count: {why}", review.by.name))
            });
            let discounted = discounted.collect();
            return Err(ProofError::NotReleased { release: paper.id, lacks: tally.lacks, discounted });
        }
        let version = self.proof.versions.get(&body.version).ok_or(ProofError::NoContent(paper.id))?;
        let is_same = version.cover == body.cover
            && version.heads == body.heads
            && version.document == subject.document
            && version.commons == subject.commons;
        if !is_same {
            return Err(ProofError::OtherContent(paper.id));
        }
        if body.cover.contributors.iter().any(|key| self.keys.person(key).is_none()) {
            let what = "the delegation of a contributor's key";
            return Err(ProofError::Unknown { entry: paper.id, what });
        }
        let epoch = usize::try_from(paper.epoch).ok().and_then(|index| self.governance.epochs().get(index));
        let epoch = epoch.ok_or(ProofError::NotFounded(self.proof.commons))?;
        Ok(ProvedRelease {
            id: paper.id,
            version: version.clone(),
            name: body.version,
            time: paper.time,
            by: self.person(&paper.person),
            epoch: paper.epoch,
            epoch_hash: epoch.hash,
            policy: epoch.charter.policy(body.cover.kind),
            due: desk.due(paper),
            previous: body.previous,
            reviews,
            contributors: body.cover.contributors.iter().map(|key| self.person(key)).collect(),
            retraction: self.retraction(subject, desk, papers, paper),
        })
    }

    /// The reviews of a released version: those that the release lists, and
    /// what others think of it, or the same people later.
    fn reviews(&self, body: &Release, papers: &Papers, tally: &Tally) -> Vec<ProvedReview> {
        let listed = body.reviews.iter().filter_map(|id| papers.reviews.get(id));
        let listed = listed.filter(|paper| paper.body.version == body.version);
        let latest = papers.reviews_of(&body.version);
        let others = latest.into_iter().filter(|paper| !body.reviews.contains(&paper.id));
        listed.chain(others).map(|paper| self.review(paper, &body.reviews, tally)).collect()
    }

    fn review(&self, paper: &Paper<Review>, listed: &[EntryId], tally: &Tally) -> ProvedReview {
        let why = tally.discounted.iter().find(|(id, _)| *id == paper.id).map(|(_, why)| why.to_string());
        ProvedReview {
            id: paper.id,
            by: self.person(&paper.person),
            role: paper.body.role,
            verdict: paper.body.verdict,
            conflicts: paper.body.conflicts.clone(),
            comment: paper.body.comment.clone(),
            time: Timestamp(paper.body.time),
            listed: listed.contains(&paper.id),
            discounted: why,
        }
    }

    fn retraction(
        &self,
        subject: &Subject,
        desk: &Desk<'_>,
        papers: &Papers,
        release: &Paper<Release>,
    ) -> Option<ProvedRetraction> {
        let paper = desk.retraction(subject, papers, release)?;
        let confirmed = desk.publications.acknowledged(&paper.id);
        let organisations = confirmed.filter_map(|key| Some(self.keys.person(key)?.organisation));
        Some(ProvedRetraction {
            id: paper.id,
            by: self.person(&paper.person),
            time: paper.time,
            reason: paper.body.reason.to_string(),
            instead: paper.body.instead,
            acknowledged: organisations.map(|organisation| self.name(&organisation)).collect(),
        })
    }

    fn person(&self, key: &PublicKey) -> Person {
        let known = self.keys.person(key);
        Person {
            key: *key,
            name: known.map_or_else(|| key.to_string(), |person| person.name.to_string()),
            organisation: known.map_or_else(|| "nobody".to_owned(), |person| self.name(&person.organisation)),
        }
    }

    fn name(&self, organisation: &OrganisationId) -> String {
        let member = self.governance.current().member(organisation);
        member.map_or_else(|| organisation.to_string(), |member| member.name.to_string())
    }
}

/// What a file says of an entry's surroundings: the entries on which it builds
/// need not be in it.
struct Alone<'a> {
    court: &'a Court<'a>,
    collection: Collection,
}

impl Known for Alone<'_> {
    fn collection(&self, _: &EntryId) -> Option<Collection> {
        Some(self.collection)
    }

    fn is_covered(&self, entry: &Point) -> bool {
        self.court.branches.attested.covers(self.court.governance.epochs(), entry)
    }
}

/// Each release after the one that it follows; those that repeat others first.
fn in_line(mut releases: Vec<ProvedRelease>, ranks: &BTreeMap<EntryId, (usize, bool)>) -> Vec<ProvedRelease> {
    releases.sort_by_key(|release| (ranks.get(&release.id).copied(), release.id));
    releases
}

impl Proved {
    /// The release that readers saw on `day`, by claimed times: of those
    /// released until then the last in line; none if there was none or it had
    /// been withdrawn by then.
    pub fn on(&self, day: Date) -> Option<&ProvedRelease> {
        let until = |time: Timestamp| Date::of(time) <= day;
        let latest = self.releases.iter().rfind(|release| until(release.time))?;
        let is_withdrawn = latest.retraction.as_ref().is_some_and(|one| until(one.time));
        (!is_withdrawn).then_some(latest)
    }

    /// The kind's word, for sentences.
    pub(super) fn kind_word(&self) -> &'static str {
        match self.kind {
            DocumentKind::Toolkit => "toolkit",
            DocumentKind::Measure => "measure",
            DocumentKind::Guidance => "guidance",
        }
    }
}
