//! What a member that does not play by the rules says about versions.

use super::node::NodeId;
use super::world::World;
use commons_protocol::body::{Content, Release, Request, SignedReview};
use commons_protocol::bounded::BoundedVec;
use commons_protocol::catalogue::{Catalogue, Meaning};
use commons_protocol::collection::{DocumentKind, Role};
use commons_protocol::id::EntryId;
use commons_protocol::publication::{Paper, Said};
use commons_protocol::statement::{Review, Verdict};
use commons_protocol::version::VersionName;
use std::collections::BTreeMap;

impl World {
    /// What is said about documents in the admitted entries of a node.
    pub(super) fn papers_of(&self, node: NodeId) -> BTreeMap<EntryId, Paper<Said>> {
        let Some(admission) = self.admission(node) else { return BTreeMap::new() };
        let runs = self.contents(node).runs;
        let entries = runs.iter().flat_map(|run| run.entries());
        let admitted = entries.filter(|entry| admission.place(&entry.id).is_some());
        let said = admitted.filter_map(|entry| match Catalogue::meaning(entry) {
            Meaning::Says(paper) => Some((entry.id, *paper)),
            _ => None,
        });
        said.collect()
    }

    /// The versions that somebody was asked to review.
    fn requests(&self, node: NodeId) -> Vec<Request> {
        let requests = self.papers_of(node).into_values().filter_map(|paper| match paper.body {
            Said::Request(body) if body.cover.kind == DocumentKind::Toolkit => Some(body),
            _ => None,
        });
        requests.collect()
    }

    fn some_request(&mut self, node: NodeId) -> Option<Request> {
        let requests = self.requests(node);
        self.dice.pick(&requests)
    }

    /// The reviews that `chooses` picks, sorted.
    fn reviews_that(&self, node: NodeId, chooses: impl Fn(&Review) -> bool) -> Vec<EntryId> {
        let papers = self.papers_of(node);
        let chosen = papers.values().filter(|paper| match &paper.body {
            Said::Review(review) => chooses(review),
            _ => false,
        });
        chosen.map(|paper| paper.id).take(32).collect()
    }

    fn reviews_of(&self, node: NodeId, version: VersionName) -> Vec<EntryId> {
        self.reviews_that(node, |review| review.version == version)
    }

    /// Says something in the node's own log, or in a new one. Returns the entry.
    fn say_by_hand(&mut self, node: NodeId, content: &Content) -> Option<EntryId> {
        let new = (self.dice.bytes()[0], (0, None));
        let (nonce, after) = self.own_log(node).unwrap_or(new);
        let epoch = self.admission(node)?.governance()?.current().number;
        let entry = self.forge_entry(node, epoch, content);
        let run = self.forge_run(node, nonce, after, entry);
        self.show_run(node, &run);
        Some(run.last().id)
    }

    /// A release that lists reviews of another version.
    pub(super) fn borrow_reviews(&mut self, node: NodeId) -> Option<()> {
        let request = self.some_request(node)?;
        let others = self.reviews_that(node, |review| review.version != request.version);
        if others.is_empty() {
            return None;
        }
        let entry = self.say_by_hand(node, &release(&request, others))?;
        self.never_counts.insert(entry);
        Some(())
    }

    /// A release whose cover drops contributors, so that they could approve.
    pub(super) fn drop_contributors(&mut self, node: NodeId) -> Option<()> {
        let mut request = self.some_request(node)?;
        let reviews = self.reviews_of(node, request.version);
        request.cover.contributors = BoundedVec::default();
        if self.dice.chance(50) {
            request.version.cover = request.cover.hash(&request.heads);
        }
        let entry = self.say_by_hand(node, &release(&request, reviews))?;
        self.never_counts.insert(entry);
        Some(())
    }

    /// A release with the name and reviews of one version and the heads of another.
    pub(super) fn swap_heads(&mut self, node: NodeId) -> Option<()> {
        let request = self.some_request(node)?;
        let mut others = self.requests(node);
        others.retain(|other| other.heads != request.heads);
        let other = self.dice.pick(&others)?;
        let reviews = self.reviews_of(node, request.version);
        let swapped = Request { heads: other.heads, ..request };
        // Asks for a review of it, too.
        self.say_by_hand(node, &Content::Request(swapped.clone()))?;
        self.run_for(100);
        let entry = self.say_by_hand(node, &release(&swapped, reviews))?;
        self.never_counts.insert(entry);
        Some(())
    }

    /// Approves in a role that was never given, or what this person wrote, and releases it.
    pub(super) fn approve_itself(&mut self, node: NodeId) -> Option<()> {
        let request = self.some_request(node)?;
        let key = self.nodes[node].keys.people.values().next()?.clone();
        let role = self.dice.pick(&[Role::Patient, Role::Clinician])?;
        let review = Review {
            commons: self.commons(),
            document: request.document,
            version: request.version,
            reviewer: key.public(),
            role,
            verdict: Verdict::Approve,
            number: 1 + u32::try_from(self.dice.below(9)).unwrap_or(0),
            comment: String::new(),
            conflicts: String::new(),
            checklist: None,
            time: self.now,
        };
        let envelope = review.sign(&key).ok()?;
        let content = Content::Review(SignedReview { document: request.document, envelope });
        let own = self.say_by_hand(node, &content)?;
        self.run_for(100);
        let mut reviews = self.reviews_of(node, request.version);
        if !reviews.contains(&own) {
            reviews.push(own);
            reviews.sort_unstable();
        }
        self.say_by_hand(node, &release(&request, reviews)).map(|_| ())
    }

    /// A release under an epoch with another policy, in a log of its own.
    pub(super) fn back_date_release(&mut self, node: NodeId) -> Option<()> {
        let request = self.some_request(node)?;
        let reviews = self.reviews_of(node, request.version);
        let governance = self.admission(node)?.governance()?;
        let now = governance.current().policy(request.cover.kind);
        let others = governance.epochs().iter().filter(|one| one.charter.policy(request.cover.kind) != now);
        let others: Vec<u64> = others.map(|one| one.charter.number).collect();
        let epoch = self.dice.pick(&others)?;
        let nonce = self.dice.bytes()[0];
        let entry = self.forge_entry(node, epoch, &release(&request, reviews));
        let run = self.forge_run(node, nonce, (0, None), entry);
        if self.admission(node)?.head(&run.log().id(&self.commons())).is_some() {
            return None;
        }
        self.show_run(node, &run);
        Some(())
    }
}

fn release(request: &Request, reviews: Vec<EntryId>) -> Content {
    Content::Release(Release {
        document: request.document,
        version: request.version,
        heads: request.heads.clone(),
        cover: request.cover.clone(),
        reviews: BoundedVec::new(reviews).unwrap_or_default(),
        previous: None,
    })
}
