//! The chain of epochs that a set of proposals and votes makes.
//!
//! A pure function of the set: order of arrival, duplicates and time play no
//! part. An epoch stands when enough electors of its parent committed to it.

use crate::charter::Charter;
use crate::id::{CommonsId, EpochHash};
use crate::key::PublicKey;
use crate::refusal::Refusal;
use crate::vote::{Phase, Proposal, Vote};
use std::collections::{BTreeMap, BTreeSet};

/// What the votes of one parent say about one proposal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Electors that endorsed it.
    pub endorsed: BTreeSet<PublicKey>,
    /// Electors that committed to it.
    pub committed: BTreeSet<PublicKey>,
}

/// The chain of epochs and what is proposed on top of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Governance {
    commons: CommonsId,
    chain: Vec<Charter>,
    certificates: Vec<BTreeSet<PublicKey>>,
    open: BTreeMap<EpochHash, (Charter, Tally)>,
}

impl Governance {
    /// Computes the chain of `commons`. `None` while its founding proposal
    /// with the founders' votes is not in the set.
    pub fn compute<'a>(
        commons: CommonsId,
        proposals: impl IntoIterator<Item = &'a Proposal>,
        votes: impl IntoIterator<Item = &'a Vote>,
    ) -> Option<Self> {
        let proposals = by_hash(proposals);
        let tallies = tally(commons, votes);
        let founding = EpochHash(commons.0);
        let charter = proposals.get(&founding)?.iter().find_map(|proposal| founding_charter(proposal))?;
        let certificate = certified(&charter, tallies.get(&founding)?)?;
        let mut governance =
            Self { commons, chain: vec![charter], certificates: vec![certificate], open: BTreeMap::new() };
        while let Some((charter, certificate)) = governance.next(&proposals, &tallies) {
            governance.chain.push(charter);
            governance.certificates.push(certificate);
        }
        governance.open = governance.candidates(&proposals, &tallies);
        Some(governance)
    }

    /// The commons.
    pub fn commons(&self) -> CommonsId {
        self.commons
    }

    /// The charter in force.
    pub fn current(&self) -> &Charter {
        match self.chain.last() {
            Some(charter) => charter,
            // `compute` starts the chain with the founding charter.
            None => unreachable!("a chain of epochs starts with its founding charter"),
        }
    }

    /// The charter of an epoch, if it is known.
    pub fn epoch(&self, number: u64) -> Option<&Charter> {
        self.chain.get(usize::try_from(number).ok()?)
    }

    /// The epochs from the founding on.
    pub fn epochs(&self) -> &[Charter] {
        &self.chain
    }

    /// The electors whose commits certify an epoch.
    pub fn certificate(&self, number: u64) -> Option<&BTreeSet<PublicKey>> {
        self.certificates.get(usize::try_from(number).ok()?)
    }

    /// Valid proposals on top of the epoch in force, with their votes.
    pub fn open(&self) -> &BTreeMap<EpochHash, (Charter, Tally)> {
        &self.open
    }

    /// Whether something that counted under `older` may not count any more:
    /// an epoch was replaced, or a later one cuts the logs of a member.
    pub fn removes_since(&self, older: &Self) -> bool {
        let mut steps = self.chain.windows(2).skip(older.chain.len() - 1);
        !self.chain.starts_with(&older.chain) || steps.any(|step| cuts_more(&step[0], &step[1]))
    }

    /// The proposal to which the elector with `key` should commit now: one
    /// that all electors endorsed and, if it committed before, one with a
    /// lower hash that somebody committed to (see [`crate::vote`]).
    pub fn commit_due(&self, key: &PublicKey) -> Option<EpochHash> {
        self.current().elector(key)?;
        let mine =
            self.open.iter().find(|(_, (_, tally))| tally.committed.contains(key)).map(|(hash, _)| *hash);
        let ready = |tally: &Tally| tally.endorsed.len() == self.current().electors.len();
        let due = self.open.iter().find(|(_, (_, tally))| match mine {
            None => ready(tally),
            Some(_) => ready(tally) && !tally.committed.is_empty(),
        });
        due.map(|(hash, _)| *hash).filter(|hash| mine.is_none_or(|mine| *hash < mine))
    }

    fn next(
        &self,
        proposals: &Proposals<'_>,
        tallies: &BTreeMap<EpochHash, Tally>,
    ) -> Option<(Charter, BTreeSet<PublicKey>)> {
        let candidates = self.candidates(proposals, tallies);
        candidates
            .into_values()
            .find_map(|(charter, tally)| Some((charter, certified(self.current(), &tally)?)))
    }

    fn candidates(
        &self,
        proposals: &Proposals<'_>,
        tallies: &BTreeMap<EpochHash, Tally>,
    ) -> BTreeMap<EpochHash, (Charter, Tally)> {
        let parent = self.current();
        let parent_hash = parent.hash();
        let follows = |proposal: &Proposal| {
            proposal.commons == Some(self.commons)
                && proposal.charter.parent == Some(parent_hash)
                && parent.elector(&proposal.by).is_some()
                && proposal.charter.check_follows(parent).is_ok()
        };
        let valid = proposals
            .iter()
            .filter_map(|(hash, copies)| Some((hash, copies.iter().find(|proposal| follows(proposal))?)));
        valid
            .map(|(hash, proposal)| {
                let tally = tallies.get(hash).map(|tally| tally.of_electors(parent)).unwrap_or_default();
                (*hash, (proposal.charter.clone(), tally))
            })
            .collect()
    }
}

impl Tally {
    /// The part of the tally that electors of `charter` cast.
    fn of_electors(&self, charter: &Charter) -> Self {
        let own = |keys: &BTreeSet<PublicKey>| {
            keys.iter().filter(|key| charter.elector(key).is_some()).copied().collect()
        };
        Self { endorsed: own(&self.endorsed), committed: own(&self.committed) }
    }
}

/// Whether `after` ends logs that `before` let go on or ended elsewhere.
fn cuts_more(before: &Charter, after: &Charter) -> bool {
    let mut inactive = after.members.iter().filter(|member| !after.is_active(&member.organisation));
    inactive.any(|member| before.is_active(&member.organisation) || before.pins != after.pins)
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

/// Anybody can sign a copy of a charter: it must not hide the elector's.
type Proposals<'a> = BTreeMap<EpochHash, Vec<&'a Proposal>>;

fn by_hash<'a>(proposals: impl IntoIterator<Item = &'a Proposal>) -> Proposals<'a> {
    let mut copies = Proposals::new();
    for proposal in proposals {
        copies.entry(proposal.charter.hash()).or_default().push(proposal);
    }
    copies
}

/// Votes by proposal. A vote for a proposal counts only with the parent that
/// the proposal names, which its hash covers; so the parent is not kept.
fn tally<'a>(commons: CommonsId, votes: impl IntoIterator<Item = &'a Vote>) -> BTreeMap<EpochHash, Tally> {
    let mut tallies: BTreeMap<EpochHash, Tally> = BTreeMap::new();
    for vote in votes.into_iter().filter(|vote| vote.commons == commons && vote.round == 0) {
        let tally = tallies.entry(vote.proposal).or_default();
        match vote.phase {
            Phase::Endorse => tally.endorsed.insert(vote.elector),
            Phase::Commit => tally.committed.insert(vote.elector),
            Phase::Prepare => continue,
        };
    }
    tallies
}

fn founding_charter(proposal: &Proposal) -> Option<Charter> {
    let charter = &proposal.charter;
    let roots_match = charter
        .members
        .iter()
        .all(|member| crate::id::OrganisationId::of(&member.root) == member.organisation);
    let sound = proposal.commons.is_none() && charter.number == 0 && charter.check().is_ok() && roots_match;
    (sound && charter.elector(&proposal.by).is_some()).then(|| charter.clone())
}

fn certified(electorate: &Charter, tally: &Tally) -> Option<BTreeSet<PublicKey>> {
    let committed = tally.of_electors(electorate).committed;
    (committed.len() >= electorate.votes_needed()).then_some(committed)
}
