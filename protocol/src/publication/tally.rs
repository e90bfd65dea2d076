//! Reviews counted against a policy: what counts, what does not and why, and
//! what is missing.

use super::{Paper, Papers, Subject};
use crate::body::Release;
use crate::charter::Charter;
use crate::collection::Role;
use crate::governance::Governance;
use crate::id::{EntryId, OrganisationId};
use crate::key::PublicKey;
use crate::keys::Keys;
use crate::policy::Policy;
use crate::stable::Attested;
use crate::statement::{Review, Verdict};
use crate::version::Cover;
use std::collections::BTreeSet;
use std::fmt;

/// What papers are judged by.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The chain of epochs.
    pub governance: &'a Governance,
    /// The delegations.
    pub keys: &'a Keys,
    /// What electors attested.
    pub attested: &'a Attested,
}

/// Reviews of one version, counted against one policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Approvals that count.
    pub approvals: Vec<EntryId>,
    /// Reviews that don't, and why.
    pub discounted: Vec<(EntryId, Discount)>,
    /// What is missing; nothing: the version may be released.
    pub lacks: Vec<Lack>,
}

/// Why a review does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discount {
    /// The reviewer contributed to the version.
    Author,
    /// The reviewer's organisation is not an active member in that epoch.
    NotAMember,
    /// The reviewer was never given the role.
    RoleNotGiven,
    /// The policy does not ask for that role.
    RoleNotAsked,
    /// It asks for changes.
    AsksForChanges,
}

/// What a version lacks to be released, or a release to count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Approvals by people in one of these roles.
    Approvals {
        /// The roles.
        roles: Vec<Role>,
        /// People who approved.
        has: usize,
        /// People who must.
        needs: usize,
    },
    /// Organisations from which the approvals come.
    Organisations {
        /// Organisations whose people approved.
        has: usize,
        /// Organisations that it needs.
        needs: usize,
    },
    /// Somebody declines.
    Declined(EntryId),
    /// A review that the release lists is not here, or was erased.
    ReviewMissing(EntryId),
    /// A review that the release lists is of another version.
    OtherVersion(EntryId),
    /// A review that the release lists was replaced by a later one of the same
    /// person, which the release lists too or must.
    Replaced(EntryId),
    /// It says that it is another kind of document, or stands in another
    /// collection.
    WrongKind,
    /// The epoch that it names is not known.
    UnknownEpoch(u64),
    /// Under the policy of a later epoch, since no quorum held it before.
    UnderPolicy(u64, Box<Lack>),
}

impl Rules<'_> {
    /// Counts `reviews` of a version, one of each reviewer, by the policy of
    /// `charter`.
    pub fn tally(&self, charter: &Charter, cover: &Cover, reviews: &[&Paper<Review>]) -> Tally {
        let policy = charter.policy(cover.kind);
        let mut tally = Tally::default();
        let mut counted: Vec<(&Paper<Review>, OrganisationId)> = Vec::new();
        for paper in reviews {
            match self.discount(charter, &policy, cover, &paper.body) {
                Err(why) => tally.discounted.push((paper.id, why)),
                Ok(_) if paper.body.verdict == Verdict::RequestChanges => {
                    tally.discounted.push((paper.id, Discount::AsksForChanges));
                }
                Ok(_) if paper.body.verdict == Verdict::Decline => {
                    if policy.declines_block {
                        tally.lacks.push(Lack::Declined(paper.id));
                    }
                }
                Ok(organisation) => counted.push((paper, organisation)),
            }
        }
        tally.approvals = counted.iter().map(|(paper, _)| paper.id).collect();
        tally.lacks.extend(shortages(&policy, &counted));
        tally
    }

    /// The organisation for which a review counts, or why it does not.
    fn discount(
        &self,
        charter: &Charter,
        policy: &Policy,
        cover: &Cover,
        review: &Review,
    ) -> Result<OrganisationId, Discount> {
        let person = self.keys.person(&review.reviewer).ok_or(Discount::RoleNotGiven)?;
        let has_role = person.roles.contains(&review.role) || person.ever.contains(&review.role);
        let wrote = cover.contributors.contains(&review.reviewer);
        let is_approval = review.verdict == Verdict::Approve;
        match () {
            () if !has_role => Err(Discount::RoleNotGiven),
            () if !charter.is_active(&person.organisation) => Err(Discount::NotAMember),
            () if !policy.asks_for(review.role) => Err(Discount::RoleNotAsked),
            () if wrote && is_approval && !policy.authors_may_review => Err(Discount::Author),
            () => Ok(person.organisation),
        }
    }

    /// Counts the reviews that a release lists. It counts if nothing lacks.
    pub fn judge(&self, subject: &Subject, release: &Paper<Release>, papers: &Papers) -> Tally {
        let body = &release.body;
        let fits = body.cover.kind == subject.kind
            && release.collection == subject.kind.collection()
            && body.document == subject.document
            && body.cover.hash(&body.heads) == body.version.cover;
        let Some(charter) = self.governance.epoch(release.epoch).filter(|_| fits) else {
            let lack = if fits { Lack::UnknownEpoch(release.epoch) } else { Lack::WrongKind };
            return Tally { lacks: vec![lack], ..Tally::default() };
        };
        let (listed, broken) = listed(release, papers);
        let mut tally = self.tally(charter, &body.cover, &listed);
        tally.lacks.extend(broken);
        tally.lacks.extend(self.later_lacks(release, &listed));
        tally
    }

    /// Whether the epoch at `index` binds a paper though its header names an
    /// earlier one: no quorum held the paper before. Else who lost a right
    /// could still use it under an old date.
    pub(super) fn binds<T>(&self, index: usize, paper: &Paper<T>) -> bool {
        let epochs = self.governance.epochs();
        epochs.get(index).is_some_and(|epoch| epoch.charter.number > paper.epoch)
            && !self.attested.covers(&epochs[..index], &paper.point())
    }

    /// What it lacks under policies that came later: a release that no quorum
    /// held before the policy changed could have been made afterwards.
    fn later_lacks(&self, release: &Paper<Release>, listed: &[&Paper<Review>]) -> Vec<Lack> {
        let epochs = self.governance.epochs();
        let kind = release.body.cover.kind;
        let changed =
            epochs.iter().enumerate().skip(1).filter(|(index, epoch)| {
                epochs[index - 1].charter.policy(kind) != epoch.charter.policy(kind)
            });
        let binding = changed.filter(|(index, _)| self.binds(*index, release));
        let lacks = binding.flat_map(|(_, epoch)| {
            let tally = self.tally(&epoch.charter, &release.body.cover, listed);
            let number = epoch.charter.number;
            tally.lacks.into_iter().map(move |lack| Lack::UnderPolicy(number, Box::new(lack)))
        });
        lacks.collect()
    }
}

/// The reviews of its version among those that a release lists, one of each
/// reviewer, and what is wrong with the others. Whoever holds the release's
/// collection may not hold another.
fn listed<'a>(release: &Paper<Release>, papers: &'a Papers) -> (Vec<&'a Paper<Review>>, Vec<Lack>) {
    let (mut found, mut broken) = (Vec::<&Paper<Review>>::new(), Vec::new());
    for id in &release.body.reviews {
        match papers.reviews.get(id).filter(|paper| paper.collection == release.collection) {
            None => broken.push(Lack::ReviewMissing(*id)),
            Some(paper) if paper.body.version != release.body.version => {
                broken.push(Lack::OtherVersion(*id));
            }
            Some(paper) => found.push(paper),
        }
    }
    found.sort_by_key(|paper| {
        let review = &paper.body;
        (review.reviewer, std::cmp::Reverse((review.number, review.verdict, paper.id)))
    });
    let mut last: Option<PublicKey> = None;
    found.retain(|paper| {
        let is_latest = last.replace(paper.body.reviewer) != Some(paper.body.reviewer);
        if !is_latest {
            broken.push(Lack::Replaced(paper.id));
        }
        is_latest
    });
    (found, broken)
}

fn shortages(policy: &Policy, counted: &[(&Paper<Review>, OrganisationId)]) -> Vec<Lack> {
    let short = policy.requirements.iter().filter_map(|requirement| {
        let has = counted.iter().filter(|(paper, _)| requirement.roles.contains(&paper.body.role)).count();
        let needs = usize::from(requirement.count);
        let roles = requirement.roles.to_vec();
        (has < needs).then_some(Lack::Approvals { roles, has, needs })
    });
    let organisations: BTreeSet<OrganisationId> = counted.iter().map(|(_, one)| *one).collect();
    let (has, needs) = (organisations.len(), usize::from(policy.organisations));
    short.chain((has < needs).then_some(Lack::Organisations { has, needs })).collect()
}

impl fmt::Display for Discount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Author => "the reviewer contributed to this version",
            Self::NotAMember => "the reviewer's organisation is not an active member",
            Self::RoleNotGiven => "the reviewer's organisation never gave the reviewer that role",
            Self::RoleNotAsked => "the policy does not ask for that role",
            Self::AsksForChanges => "the reviewer asks for changes",
        })
    }
}

/// What somebody in a role is called.
fn noun(role: Role) -> &'static str {
    match role {
        Role::Family => "family member",
        role => role.word(),
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Approvals { roles, has, needs } => {
                let words: Vec<&str> = roles.iter().map(|role| noun(*role)).collect();
                write!(f, "approval by a {}: has {has} of {needs}", words.join(" or "))
            }
            Self::Organisations { has, needs } => {
                write!(f, "approvals from different organisations: has {has} of {needs}")
            }
            Self::Declined(id) => write!(f, "the review {id} declines it"),
            Self::ReviewMissing(id) => write!(f, "the listed review {id} is missing"),
            Self::OtherVersion(id) => write!(f, "the listed review {id} is of another version"),
            Self::Replaced(id) => write!(f, "the listed review {id} was replaced by a later one"),
            Self::WrongKind => f.write_str("it does not fit the document that it names"),
            Self::UnknownEpoch(number) => write!(f, "epoch {number} of the charter is not known"),
            Self::UnderPolicy(number, lack) => {
                write!(
                    f,
                    "no quorum held it before the policy changed in epoch {number}, under which: {lack}"
                )
            }
        }
    }
}
