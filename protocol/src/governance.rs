//! The chain of epochs that a set of proposals and votes makes.
//!
//! A pure function of the set: order of arrival, duplicates and time play no
//! part. An epoch stands when the electors of its parent decided on it (see
//! [`crate::ballot`]), or when this node's operator chose it: the right to go
//! on without electors who are gone for good.

use crate::ballot::Ballots;
use crate::charter::{Charter, Member, Point};
use crate::epoch::{Cuts, Epoch, furthest_pin};
use crate::id::{CommonsId, EpochHash, LogId};
use crate::refusal::Refusal;
use crate::stable::Attested;
use crate::vote::{Proposal, Vote};
use std::collections::{BTreeMap, BTreeSet};

/// The chain of epochs and what is proposed on top of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Governance {
    commons: CommonsId,
    chain: Vec<Epoch>,
    open: BTreeMap<EpochHash, Charter>,
    ballots: Ballots,
}

/// What epochs are computed from.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The attestations: a vote counts once the one that it names is here.
    pub attested: &'a Attested,
    /// Epochs that stand without a decision, with all before them, because
    /// this node's operator chose them.
    pub chosen: &'a BTreeSet<EpochHash>,
}

impl Governance {
    /// Computes the chain of `commons`. `None` while its founding proposal
    /// with the founders' votes is not in the set.
    pub fn compute<'a>(
        commons: CommonsId,
        proposals: impl IntoIterator<Item = &'a Proposal>,
        votes: impl IntoIterator<Item = &'a Vote>,
        evidence: Evidence<'_>,
    ) -> Option<Self> {
        let proposals = by_parent(proposals);
        let votes = votes_by_parent(commons, votes, evidence.attested);
        let chosen = with_ancestors(evidence.chosen, &proposals);
        let founding = EpochHash(commons.0);
        let charter = proposals.get(&None)?.get(&founding)?.iter().find_map(|one| founding_charter(one))?;
        let open = BTreeMap::from([(founding, charter)]);
        let ballots = count(open.get(&founding)?, None, &votes);
        let mut governance = Self { commons, chain: Vec::new(), open, ballots };
        while governance.advance(&chosen) {
            let parent = governance.head();
            let open = candidates(commons, parent, &proposals, &chosen);
            let ballots = count(&parent.charter, Some(parent.hash), &votes);
            (governance.open, governance.ballots) = (open, ballots);
        }
        (!governance.chain.is_empty()).then_some(governance)
    }

    /// Moves a proposal that was decided or chosen to the end of the chain.
    fn advance(&mut self, chosen: &BTreeSet<EpochHash>) -> bool {
        let picked = self.open.keys().find(|hash| chosen.contains(hash)).copied();
        let decided = self.ballots.decided();
        let certificate = match (picked, &decided) {
            (Some(hash), decision) => {
                decision.filter(|(one, _)| *one == hash).map(|(_, voters)| voters.clone())
            }
            (None, decision) => decision.map(|(_, voters)| voters.clone()),
        };
        let Some(hash) = picked.or(decided.map(|(hash, _)| hash)) else { return false };
        let endorsed = self.ballots.endorsed(&hash);
        match self.open.remove(&hash) {
            Some(charter) => {
                let cuts =
                    self.chain.last().map(|parent| Cuts::of(&parent.charter, &charter)).unwrap_or_default();
                let certificate = certificate.unwrap_or_default();
                self.chain.push(Epoch { charter, hash, certificate, endorsed, cuts });
                true
            }
            None => false,
        }
    }

    /// The commons.
    pub fn commons(&self) -> CommonsId {
        self.commons
    }

    /// The charter in force.
    pub fn current(&self) -> &Charter {
        &self.head().charter
    }

    /// The epoch in force.
    pub fn head(&self) -> &Epoch {
        match self.chain.last() {
            Some(epoch) => epoch,
            // `compute` starts the chain with the founding charter.
            None => unreachable!("a chain of epochs starts with its founding charter"),
        }
    }

    /// The charter of an epoch, if it is known.
    pub fn epoch(&self, number: u64) -> Option<&Charter> {
        self.chain.get(usize::try_from(number).ok()?).map(|epoch| &epoch.charter)
    }

    /// The epochs from the founding on.
    pub fn epochs(&self) -> &[Epoch] {
        &self.chain
    }

    /// Valid proposals on top of the epoch in force.
    pub fn open(&self) -> &BTreeMap<EpochHash, Charter> {
        &self.open
    }

    /// The votes on them.
    pub fn ballots(&self) -> &Ballots {
        &self.ballots
    }

    /// The furthest pin of a log in all epochs.
    pub fn pin(&self, log: &LogId) -> Option<&Point> {
        furthest_pin(&self.chain, log)
    }

    /// Whether something that counted under `older` may not count any more:
    /// an epoch was replaced, or a later one cuts logs.
    pub fn removes_since(&self, older: &Self) -> bool {
        let is_longer = self.chain.len() >= older.chain.len();
        let keeps = is_longer && older.chain.iter().zip(&self.chain).all(|(old, new)| old.hash == new.hash);
        !keeps || self.chain.iter().skip(older.chain.len()).any(|epoch| !epoch.cuts.is_nothing())
    }
}

/// Checks what can be checked of a governance object before its parent is
/// known, so that junk is not stored.
pub fn check_proposal(commons: CommonsId, proposal: &Proposal) -> Result<(), Refusal> {
    proposal.charter.check()?;
    let names_commons = match proposal.commons {
        None => proposal.charter.hash().founds() == commons,
        Some(named) => named == commons && proposal.charter.parent.is_some(),
    };
    names_commons.then_some(()).ok_or(Refusal::WrongCommons)
}

/// Proposals by parent and hash. Anybody can sign a copy of a charter: it must
/// not hide the elector's.
type Proposals<'a> = BTreeMap<Option<EpochHash>, BTreeMap<EpochHash, Vec<&'a Proposal>>>;

fn by_parent<'a>(proposals: impl IntoIterator<Item = &'a Proposal>) -> Proposals<'a> {
    let mut sorted = Proposals::new();
    for proposal in proposals {
        let copies = sorted.entry(proposal.charter.parent).or_default();
        copies.entry(proposal.charter.hash()).or_default().push(proposal);
    }
    sorted
}

type Votes<'a> = BTreeMap<Option<EpochHash>, Vec<&'a Vote>>;

/// Votes by parent; without those that name an attestation that is not here.
fn votes_by_parent<'a>(
    commons: CommonsId,
    votes: impl IntoIterator<Item = &'a Vote>,
    attested: &Attested,
) -> Votes<'a> {
    let mut sorted = Votes::new();
    for vote in votes.into_iter().filter(|vote| vote.commons == commons) {
        if attested.supports(vote) {
            sorted.entry(vote.parent).or_default().push(vote);
        }
    }
    sorted
}

/// The chosen epochs with all that lie before them: a charter's hash covers
/// its parent's.
fn with_ancestors(chosen: &BTreeSet<EpochHash>, proposals: &Proposals<'_>) -> BTreeSet<EpochHash> {
    let mut all = BTreeSet::new();
    if chosen.is_empty() {
        return all;
    }
    let parents: BTreeMap<EpochHash, Option<EpochHash>> = proposals
        .iter()
        .flat_map(|(parent, children)| children.keys().map(|child| (*child, *parent)))
        .collect();
    for hash in chosen {
        let mut next = Some(*hash);
        while let Some(hash) = next.filter(|hash| all.insert(*hash)) {
            next = parents.get(&hash).copied().flatten();
        }
    }
    all
}

fn candidates(
    commons: CommonsId,
    parent: &Epoch,
    proposals: &Proposals<'_>,
    chosen: &BTreeSet<EpochHash>,
) -> BTreeMap<EpochHash, Charter> {
    let follows = |proposal: &Proposal, is_chosen: bool| {
        proposal.commons == Some(commons)
            && (is_chosen || parent.charter.elector(&proposal.by).is_some())
            && proposal.charter.check_follows(&parent.charter, parent.hash).is_ok()
    };
    let copies = proposals.get(&Some(parent.hash)).into_iter().flatten();
    copies
        .filter_map(|(hash, copies)| {
            let is_chosen = chosen.contains(hash);
            Some((*hash, copies.iter().find(|copy| follows(copy, is_chosen))?.charter.clone()))
        })
        .collect()
}

/// Counts the votes of `electorate` on what follows it – also those for a
/// proposal that is not here: a voter must know all of its own.
fn count(electorate: &Charter, parent: Option<EpochHash>, votes: &Votes<'_>) -> Ballots {
    let electors = electorate.electors.iter().map(|elector| elector.key);
    let votes = votes.get(&parent).into_iter().flatten().copied();
    Ballots::count(electors, electorate.votes_needed(), votes)
}

fn founding_charter(proposal: &Proposal) -> Option<Charter> {
    let charter = &proposal.charter;
    let sound = proposal.commons.is_none()
        && charter.number == 0
        && charter.check().is_ok()
        && charter.members.iter().all(Member::is_named_by_its_root);
    (sound && charter.elector(&proposal.by).is_some()).then(|| charter.clone())
}
