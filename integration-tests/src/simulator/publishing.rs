//! What people do to publish: ask, review, release, withdraw.

use super::node::NodeId;
use super::people::outcome;
use super::requests::speaker;
use super::world::World;
use commons_node::engine::Failure;
use commons_node::view::{
    AskReviewRequest, PersonRequest, PublicationView, ReleaseRequest, ReleaseView, RetractRequest,
    RetractionView, ReviewRequest, ReviewView,
};

/// Milliseconds that people give a request or a review to get around.
const PAUSE: u64 = 1_500;

/// The most people whom one asks.
const ASKED: usize = 5;

/// Somebody who reviews.
#[derive(Clone, Debug)]
pub struct Reviewer {
    /// The node of the person's organisation.
    pub node: NodeId,
    /// The person's key.
    pub person: String,
    /// The role that the person has.
    pub role: &'static str,
}

impl World {
    /// Counts something that people or readers saw.
    pub(super) fn count_publishing(&mut self, what: &'static str) {
        *self.publishing.entry(what).or_default() += 1;
    }

    fn note_publishing<T>(
        &mut self,
        node: NodeId,
        what: &'static str,
        id: &str,
        answer: &Result<T, Failure>,
    ) {
        if answer.is_ok() {
            self.count_publishing(what);
        }
        self.note(format!("{}, {what}: {}: {}", self.nodes[node].name, &id[..8], outcome(answer)));
    }

    /// The person of a node's organisation who reviews in `role`, added when there is none.
    pub fn reviewer(&mut self, node: NodeId, role: &'static str) -> Option<Reviewer> {
        let known = self.reviewers.iter().find(|one| one.node == node && one.role == role);
        if let Some(known) = known {
            return Some(known.clone());
        }
        let request = PersonRequest { name: format!("a {role}"), roles: vec![role.to_owned()] };
        let added = self.request(node, |engine, caller| engine.add_person(caller, &request));
        self.note(format!("{} adds a {role}: {}", self.nodes[node].name, outcome(&added)));
        let reviewer = Reviewer { node, person: added.ok()?.id, role };
        self.reviewers.push(reviewer.clone());
        Some(reviewer)
    }

    /// Asks for reviews of what a document says.
    pub fn ask_review(&mut self, node: NodeId, id: &str) -> Result<PublicationView, Failure> {
        let request = AskReviewRequest { note: "please".to_owned(), heads: None };
        let asked = self.request(node, |engine, caller| engine.ask_review(caller, id, &request));
        self.note_publishing(node, "asked", id, &asked);
        asked
    }

    /// Reviews the newest version that somebody was asked to review.
    pub fn review(
        &mut self,
        reviewer: &Reviewer,
        id: &str,
        role: &str,
        verdict: &str,
    ) -> Result<ReviewView, Failure> {
        let request = ReviewRequest {
            verdict: verdict.to_owned(),
            role: Some(role.to_owned()),
            ..ReviewRequest::default()
        };
        let reviewed = self.request(reviewer.node, |engine, caller| {
            engine.review(&speaker(caller, Some(&reviewer.person)), id, &request)
        });
        let what = match verdict {
            "approve" => "approved",
            "decline" => "declined",
            _ => "asked for changes",
        };
        self.note_publishing(reviewer.node, what, id, &reviewed);
        reviewed
    }

    /// Releases a version, or what the document says now.
    pub fn release_version(
        &mut self,
        node: NodeId,
        id: &str,
        version: Option<String>,
    ) -> Result<ReleaseView, Failure> {
        let released =
            self.request(node, |engine, caller| engine.release(caller, id, &ReleaseRequest { version }));
        if released.as_ref().is_err_and(|failure| failure.code == "not-eligible") {
            self.count_publishing("not eligible");
        }
        self.note_publishing(node, "released", id, &released);
        released
    }

    /// Withdraws what was released of a document.
    pub fn retract(&mut self, node: NodeId, id: &str) -> Result<RetractionView, Failure> {
        let request = RetractRequest { reason: "It is wrong".to_owned(), instead: None };
        let retracted = self.request(node, |engine, caller| engine.retract(caller, id, &request));
        self.note_publishing(node, "retracted", id, &retracted);
        retracted
    }

    /// Somebody does something on the way from a draft to a release, or all of it.
    pub(super) fn publish_something(&mut self, node: NodeId) {
        let documents = self.engine(node).documents(None).unwrap_or_default();
        let released = documents.iter().filter(|one| one.standing.release.is_some());
        let released: Vec<String> = released.map(|one| one.id.clone()).collect();
        let all: Vec<String> = documents.into_iter().map(|document| document.id).collect();
        let Some(id) = self.dice.pick(&all) else { return };
        match self.dice.below(12) {
            0..6 => self.campaign(node, &id),
            6 => _ = self.ask_review(node, &id),
            7 => self.have_reviewed(node, &id),
            8 => _ = self.release_version(node, &id, None),
            _ => match self.dice.pick(&released) {
                Some(id) => _ = self.retract(node, &id),
                None => self.campaign(node, &id),
            },
        }
    }

    /// Asks, lets others review, and releases what may be released.
    fn campaign(&mut self, node: NodeId, id: &str) {
        if self.ask_review(node, id).is_err() {
            return;
        }
        self.run_for(PAUSE);
        let first = self.dice.index(self.nodes.len());
        for step in 0..self.nodes.len().min(ASKED) {
            let other = (first + step) % self.nodes.len();
            if self.nodes[other].engine.is_some() && self.is_admitted(other) {
                self.have_reviewed(other, id);
            }
        }
        self.run_for(PAUSE);
        let Some(engine) = self.nodes[node].engine.as_mut() else { return };
        let view = engine.publication(id).ok();
        let eligible = view.and_then(|view| view.versions.into_iter().find(|one| one.missing.is_empty()));
        let _ = self.release_version(node, id, eligible.map(|version| version.version));
    }

    /// Somebody of a node's organisation reviews, as a rule in the own role and in favour.
    fn have_reviewed(&mut self, node: NodeId, id: &str) {
        let role = if self.dice.chance(50) { "patient" } else { "clinician" };
        let Some(reviewer) = self.reviewer(node, role) else { return };
        let claimed = if self.dice.chance(8) { "researcher" } else { role };
        let verdict = match self.dice.below(20) {
            0 => "decline",
            1 => "request-changes",
            _ => "approve",
        };
        let reviewed = self.review(&reviewer, id, claimed, verdict);
        if reviewed.is_err_and(|failure| failure.code == "role-not-given") {
            self.count_publishing("refused a role");
        }
    }
}
