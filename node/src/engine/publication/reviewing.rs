//! Reviewing a version: the reviewer's own node rebuilds it before the
//! reviewer's key signs.

use super::super::people::roles;
use super::super::{Caller, Engine, Failure, FailureKind};
use super::Named;
use crate::forms::Filled;
use crate::store::Store;
use crate::view::{ChecklistView, ReviewRequest, ReviewView};
use commons_protocol::body::{Content, SignedReview};
use commons_protocol::collection::Role;
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::key::PublicKey;
use commons_protocol::policy::Policy;
use commons_protocol::statement::{Checklist, Review, Verdict};
use commons_protocol::version::VersionName;
use std::collections::BTreeSet;

const VERDICTS: [Verdict; 3] = [Verdict::Approve, Verdict::RequestChanges, Verdict::Decline];

impl<S: Store> Engine<S> {
    /// Reviews a version in a person's name. A later review by the same person
    /// replaces it. The answer says whether it counts, and why not.
    pub fn review(
        &mut self,
        caller: &Caller,
        id: &str,
        request: &ReviewRequest,
    ) -> Result<ReviewView, Failure> {
        let person = self.person_of(caller)?;
        let id = self.find_document(id)?;
        let verdict = parse_verdict(&request.verdict)?;
        self.build(&id)?;
        let named = self.version_to_review(&id, request.version.as_deref())?;
        let role = self.role_for(&person, &self.case(&id)?.desk.policy(named.cover.kind), request)?;
        request.checklist.as_ref().map_or(Ok(()), check_checklist)?;
        self.check_review_words(&id, request)?;
        self.check_version(&id, &named)?;
        let review = Review {
            commons: self.commons()?.admission.commons(),
            document: id,
            version: named.name,
            reviewer: person,
            role,
            verdict,
            number: self.next_number(&id, &person, &named.name)?,
            comment: request.comment.trim().to_owned(),
            conflicts: request.conflicts.trim().to_owned(),
            checklist: request
                .checklist
                .clone()
                .map(|one| Checklist { form: one.form, answers: one.answers }),
            time: self.now,
        };
        let entry = self.write_review(&id, &named, &review)?;
        self.review_view_of(&id, &entry)
    }

    /// The version that is meant: by the first characters of its name, else of
    /// those that somebody was asked to review what the document says now, else
    /// the newest. Times are claimed: a late request for an old version must
    /// not come before it.
    fn version_to_review(&self, id: &DocumentId, prefix: Option<&str>) -> Result<Named, Failure> {
        let case = self.case(id)?;
        if let Some(prefix) = prefix {
            return case.find(prefix);
        }
        let asked: BTreeSet<VersionName> =
            case.papers.requests.values().map(|one| one.body.version).collect();
        let mut versions = case.versions();
        versions.retain(|one| asked.contains(&one.name));
        versions.sort_by_key(|one| self.is_current(id, &one.heads) != Some(true));
        versions.into_iter().next().ok_or_else(|| {
            Failure::conflict(
                "nothing-to-review",
                "nobody was asked to review this document; ask with `commons review ask` first",
            )
        })
    }

    /// Rebuilds the version and compares its name with the one that was asked
    /// for.
    fn check_version(&mut self, id: &DocumentId, named: &Named) -> Result<(), Failure> {
        let version = self.version_at(id, &named.heads)?;
        (version.name() == named.name).then_some(()).ok_or_else(|| {
            Failure::conflict(
                "version-differs",
                "what this node builds from the document's changes is not the version that was asked for, so nothing was signed; ask for a review anew, and tell whoever asked if it happens again",
            )
        })
    }

    /// The role in which a person reviews.
    fn role_for(
        &self,
        person: &PublicKey,
        policy: &Policy,
        request: &ReviewRequest,
    ) -> Result<Role, Failure> {
        let known = self.commons()?.admission.keys().person(person);
        let given = known.map(|known| known.roles.clone()).unwrap_or_default();
        let own = given.iter().map(|role| role.word()).collect::<Vec<_>>().join(", ");
        if let Some(word) = &request.role {
            let role = *roles::<1>(std::slice::from_ref(word))?
                .first()
                .ok_or_else(|| Failure::invalid("no-role", "name the role in which you review"))?;
            return given.contains(&role).then_some(role).ok_or_else(|| {
                let why = format!(
                    "your organisation did not give you the role {role}; review in one of yours ({own}), or let an administrator give you that role"
                );
                Failure::new(FailureKind::Forbidden, "role-not-given", why)
            });
        }
        let asked: Vec<Role> = given.iter().copied().filter(|role| policy.asks_for(*role)).collect();
        match (asked.as_slice(), given.as_slice()) {
            ([role], _) | ([], [role]) => Ok(*role),
            _ => Err(Failure::invalid(
                "which-role",
                format!("you have several roles ({own}); say in which one you review"),
            )),
        }
    }

    fn next_number(
        &self,
        id: &DocumentId,
        person: &PublicKey,
        version: &VersionName,
    ) -> Result<u32, Failure> {
        let case = self.case(id)?;
        let own = case.papers.reviews.values().map(|paper| &paper.body);
        let own = own.filter(|review| review.reviewer == *person && review.version == *version);
        let highest = own.map(|review| review.number).max().unwrap_or(0);
        highest
            .checked_add(1)
            .ok_or_else(|| Failure::conflict("review-number", "this version was reviewed too often"))
    }

    fn write_review(&mut self, id: &DocumentId, named: &Named, review: &Review) -> Result<EntryId, Failure> {
        if !review.is_bounded() {
            let why = "the review is too long: comment and conflicts take 4,000 characters each, answers 500 bytes each; please shorten it";
            return Err(Failure::invalid("too-large", why));
        }
        let key = self.keys.people.get(&review.reviewer).ok_or_else(|| {
            Failure::new(FailureKind::Forbidden, "no-key", "this node does not hold the key of this person")
        })?;
        let envelope = review.sign(key)?;
        let collection = named.cover.kind.collection();
        let deps = self.papers_deps(id, collection, &named.heads, &[])?;
        let body = Content::Review(SignedReview { document: *id, envelope });
        let written = self.write(collection, review.reviewer, deps, &[body])?;
        self.commit()?;
        written.first().copied().ok_or_else(|| Failure::internal("write", "nothing was written"))
    }

    fn check_review_words(&self, id: &DocumentId, request: &ReviewRequest) -> Result<(), Failure> {
        self.check_words(id, "comment", &request.comment)?;
        self.check_words(id, "conflicts", &request.conflicts)?;
        let answers = request.checklist.iter().flat_map(|one| &one.answers);
        answers.into_iter().try_for_each(|(item, answer)| self.check_words(id, item, answer))
    }
}

/// Whether a checklist is one that is known, with an answer to each item.
fn check_checklist(filled: &ChecklistView) -> Result<(), Failure> {
    let answers = filled.answers.iter().map(|(item, answer)| (item.as_str(), answer.as_str()));
    let read = Filled::from_pairs(&filled.form, answers);
    read.map(|_| ()).map_err(|error| Failure::invalid("checklist", error.to_string()))
}

fn parse_verdict(word: &str) -> Result<Verdict, Failure> {
    VERDICTS.into_iter().find(|verdict| verdict.word() == word).ok_or_else(|| {
        let known: Vec<&str> = VERDICTS.iter().map(|verdict| verdict.word()).collect();
        Failure::invalid(
            "unknown-verdict",
            format!("\"{word}\" is no verdict; use one of: {}", known.join(", ")),
        )
    })
}
