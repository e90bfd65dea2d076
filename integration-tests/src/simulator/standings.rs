//! What must hold of releases and retractions at the end of a run: counted here from the records
//! once more, without the protocol's own counting.

use super::node::NodeId;
use super::world::World;
use commons_node::view::StandingView;
use commons_protocol::body::Release;
use commons_protocol::charter::Charter;
use commons_protocol::collection::DocumentKind;
use commons_protocol::governance::Governance;
use commons_protocol::id::{DocumentId, EntryId, OrganisationId};
use commons_protocol::object::Object;
use commons_protocol::policy::Policy;
use commons_protocol::publication::{Paper, Said};
use commons_protocol::statement::{Review, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// How readers see a document, but for words that only some nodes can say.
type Seen = (String, Option<String>, Option<String>, Option<String>, Option<String>, Option<String>);

fn seen(view: &StandingView) -> Seen {
    let StandingView { status, release, draft, due, retracted_because, superseded_by, .. } = view.clone();
    (status, release, draft, due, retracted_because, superseded_by)
}

impl World {
    /// Checks every document on every honest node, once the world is quiet.
    pub(super) fn check_standings(&mut self) {
        let settled = self.settled();
        let first = settled[0];
        let standings = self.standings(first);
        for id in &settled {
            let own = self.standings(*id);
            assert_eq!(own, standings, "{} sees other standings", self.nodes[*id].name);
        }
        let papers = self.papers_of(first);
        for (document, seen) in standings {
            self.check_document(first, document, &seen, &papers);
        }
    }

    fn standings(&mut self, node: NodeId) -> BTreeMap<DocumentId, Seen> {
        self.work(node);
        let documents = self.engine(node).documents(None).expect("documents can be listed");
        let ids = documents.iter().map(|document| document.id.parse().expect("an id is hexadecimal"));
        ids.map(|id| (id, seen(&self.nodes[node].engine.as_ref().expect("it runs").standing_of(&id))))
            .collect()
    }

    fn check_document(
        &mut self,
        node: NodeId,
        document: DocumentId,
        (status, release, ..): &Seen,
        papers: &BTreeMap<EntryId, Paper<Said>>,
    ) {
        let word = match status.as_str() {
            "draft" => "shown as draft",
            "in review" => "shown in review",
            "eligible" => "shown as eligible",
            "released" | "review due" => "shown as released",
            "retracted" => "shown as retracted",
            "superseded" => "shown as superseded",
            other => panic!("no status: {other}"),
        };
        self.count_publishing(word);
        let view = self.engine(node).publication(&document.to_string()).expect("it can be shown");
        for shown in &view.releases {
            let id: EntryId = shown.id.parse().expect("an id is hexadecimal");
            let is_justified = self.is_justified(node, &id, papers);
            // One that only repeats an earlier release is justified and does not count.
            let repeats = shown.why_not.iter().any(|why| why.contains("released already"));
            assert_eq!(shown.counts || repeats, is_justified, "{status}: {id}: {:?}", shown.why_not);
            assert!(!shown.counts || !self.never_counts.contains(&id), "a forged release counts: {id}");
            if !shown.counts {
                self.count_publishing("releases that don't count");
            }
        }
        let counting: BTreeSet<&str> =
            view.releases.iter().filter(|one| one.counts).map(|one| one.id.as_str()).collect();
        assert_eq!(release.is_some(), !counting.is_empty(), "{status}: {counting:?}");
        assert!(release.iter().all(|id| counting.contains(id.as_str())), "{status}: {release:?}");
        let liars: Vec<&str> = self.byzantine.iter().map(|id| self.nodes[*id].name.as_str()).collect();
        let retractions = view.retractions.iter().filter(|one| one.counts);
        let mut confirmed = 0;
        for retraction in retractions {
            let missing = retraction.missing.iter().filter(|name| !liars.contains(&name.as_str()));
            let missing: Vec<_> = missing.collect();
            assert!(missing.is_empty(), "the retraction {} is not confirmed by {missing:?}", retraction.id);
            confirmed += retraction.acknowledged_by.len();
        }
        (0..confirmed).for_each(|_| self.count_publishing("confirmations"));
    }

    /// Whether a release lists what every policy that binds it asks for.
    fn is_justified(&self, node: NodeId, id: &EntryId, papers: &BTreeMap<EntryId, Paper<Said>>) -> bool {
        let Some(paper) = papers.get(id) else { return false };
        let Said::Release(body) = &paper.body else { return false };
        let governance = self.governance(node);
        let mut reviewers = BTreeSet::new();
        let mut reviews: Vec<&Review> = Vec::new();
        for id in &body.reviews {
            match papers.get(id).map(|paper| &paper.body) {
                Some(Said::Review(review))
                    if review.version == body.version && reviewers.insert(review.reviewer) =>
                {
                    reviews.push(review);
                }
                _ => return false,
            }
        }
        let has_definition = body.cover.measure.is_some() == (body.cover.kind == DocumentKind::Measure);
        let fits = body.cover.kind.collection() == paper.collection
            && has_definition
            && body.cover.hash(&body.heads) == body.version.cover;
        fits && self.binding(node, governance, paper, body.cover.kind).all(|charter| {
            let policy = charter.policy(body.cover.kind);
            self.meets(node, charter, &policy, body, &reviews)
        })
    }

    /// The charter that a release names, and later ones with another policy before which no quorum
    /// of one epoch had attested it.
    fn binding<'a>(
        &'a self,
        node: NodeId,
        governance: &'a Governance,
        paper: &Paper<Said>,
        kind: DocumentKind,
    ) -> impl Iterator<Item = &'a Charter> {
        let epochs = governance.epochs();
        let point = paper.point();
        let objects = self.admission(node).expect("it takes part").objects();
        let is_held_in = move |index: usize| {
            let epoch = &epochs[index];
            let holders = objects.values().filter_map(|object| match object {
                Object::Attestation(one) if one.value().epoch == epoch.hash => Some(one.value()),
                _ => None,
            });
            let holders = holders.filter(|one| {
                one.points.iter().any(|held| {
                    let is_same = held.seq == point.seq && held.entry == point.entry;
                    held.log == point.log && (held.seq > point.seq || is_same)
                })
            });
            let holders: BTreeSet<_> = holders.map(|one| one.elector).collect();
            let electors = epoch.charter.electors.iter().filter(|elector| holders.contains(&elector.key));
            electors.count() >= epoch.charter.votes_needed()
        };
        let named = paper.epoch;
        (0..epochs.len())
            .filter(move |index| {
                let number = epochs[*index].charter.number;
                let changes =
                    || epochs[*index].charter.policy(kind) != epochs[*index - 1].charter.policy(kind);
                number == named || (number > named && changes() && !(0..*index).any(is_held_in))
            })
            .map(move |index| &epochs[index].charter)
    }

    fn meets(
        &self,
        node: NodeId,
        charter: &Charter,
        policy: &Policy,
        release: &Release,
        reviews: &[&Review],
    ) -> bool {
        let keys = self.admission(node).expect("it takes part").keys();
        let mut organisations: BTreeSet<OrganisationId> = BTreeSet::new();
        let mut counts = vec![0_u8; policy.requirements.len()];
        for review in reviews {
            let Some(person) = keys.person(&review.reviewer) else { continue };
            let wanted = policy.requirements.iter().position(|one| one.roles.contains(&review.role));
            let was_given = person.roles.contains(&review.role) || person.ever.contains(&review.role);
            let Some(place) = wanted.filter(|_| was_given && charter.is_active(&person.organisation)) else {
                continue;
            };
            let wrote = release.cover.contributors.contains(&review.reviewer);
            match review.verdict {
                Verdict::Decline if policy.declines_block => return false,
                Verdict::Approve if !wrote || policy.authors_may_review => {
                    counts[place] += 1;
                    organisations.insert(person.organisation);
                }
                _ => {}
            }
        }
        let enough = policy.requirements.iter().zip(&counts).all(|(one, count)| *count >= one.count);
        enough && organisations.len() >= usize::from(policy.organisations)
    }
}
