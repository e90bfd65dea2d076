//! What must hold of votes, epochs, pins, stable points and faults at the end
//! of a run.

use super::node::NodeId;
use super::oracles::Contents;
use super::world::World;
use commons_protocol::charter::Point;
use commons_protocol::entry::Entry;
use commons_protocol::fault::faults;
use commons_protocol::governance::Governance;
use commons_protocol::id::{CommonsId, EntryId, EpochHash, LogId};
use commons_protocol::key::PublicKey;
use commons_protocol::limits::{OBJECTS, WAITING_IN_ALL};
use commons_protocol::object::Object;
use commons_protocol::vote::{Phase, Vote};
use std::collections::{BTreeMap, BTreeSet};

/// Quarters of an hour after which a vote in a calm world must be over.
const LONG_VOTE: usize = 24;

impl World {
    /// Notes the stable points that an honest node computes now.
    pub fn note_stable(&mut self, node: NodeId) {
        if self.byzantine.contains(&node) {
            return;
        }
        let Some(admission) = self.admission(node) else { return };
        let logs: Vec<LogId> = admission.attested().logs().copied().collect();
        let stable: Vec<Point> = logs.iter().filter_map(|log| admission.stable(log)).collect();
        self.stable.extend(stable.into_iter().map(|point| (point.log, point.seq, point.entry)));
    }

    /// Checks everything about the charter, once the world is quiet.
    pub(super) fn check_governance(&mut self, union: &Contents, admitted: &BTreeMap<EntryId, &Entry>) {
        let chief = self.chief().and_then(|chief| chief.governance()).expect("a commons").clone();
        self.check_chains(&chief);
        let everything: Vec<Object> = self.ids().flat_map(|id| self.contents(id).objects).collect();
        check_certificates(&chief, &everything);
        self.check_honesty(&chief, &everything);
        check_pins(self.commons(), &chief, admitted);
        self.check_stable(admitted);
        self.check_proofs(union);
        self.check_pools();
        for id in &self.refused {
            assert!(!admitted.contains_key(id), "an entry that names an epoch before a cut was admitted");
        }
    }

    /// Honest nodes have one chain of epochs, those that were cut off a
    /// beginning of it.
    fn check_chains(&self, chief: &Governance) {
        let chain: Vec<EpochHash> = chief.epochs().iter().map(|epoch| epoch.hash).collect();
        let settled = self.settled();
        for id in self.running().into_iter().filter(|id| !self.byzantine.contains(id)) {
            let Some(own) = self.admission(id).and_then(|admission| admission.governance()) else { continue };
            let own: Vec<EpochHash> = own.epochs().iter().map(|epoch| epoch.hash).collect();
            let name = &self.nodes[id].name;
            assert!(chain.starts_with(&own), "{name} has other epochs: {own:?} instead of {chain:?}");
            assert!(!settled.contains(&id) || own == chain, "{name} lacks epochs: {own:?} of {chain:?}");
        }
    }

    /// Nothing that an honest member signed is a fault, unless its disk was
    /// an old one.
    fn check_honesty(&self, chief: &Governance, everything: &[Object]) {
        let keys = self.chief().expect("a commons").keys();
        for fault in faults(everything, chief, keys) {
            let culprit = self.nodes.iter().position(|node| node.keys.organisation == fault.organisation);
            let culprit = culprit.expect("faults are of members");
            let is_excused = self.byzantine.contains(&culprit) || self.restored.contains(&culprit);
            assert!(is_excused, "{} is honest, yet: {fault:?}", self.nodes[culprit].name);
        }
    }

    fn check_stable(&self, admitted: &BTreeMap<EntryId, &Entry>) {
        for (log, seq, entry) in &self.stable {
            // Nobody holds any more what went with old disks.
            let is_lost =
                !self.restored.is_empty() && self.running().iter().all(|id| !self.holds(*id, entry));
            assert!(
                admitted.contains_key(entry) || is_lost,
                "{entry:?} at {seq} of {log:?} was stable and does not count any more"
            );
        }
    }

    /// Whether a node's records hold an entry.
    pub(super) fn holds(&self, node: NodeId, entry: &EntryId) -> bool {
        let runs = self.contents(node).runs;
        runs.iter().flat_map(|run| run.entries()).any(|one| one.id == *entry)
    }

    /// What can be proved of what was done, every honest node lists.
    fn check_proofs(&mut self, union: &Contents) {
        let ids: BTreeSet<_> = union.objects.iter().map(Object::id).collect();
        let mut proved = 0;
        for id in self.settled() {
            let admission = self.admission(id).expect("it is settled");
            let found = faults(
                admission.objects().values(),
                admission.governance().expect("it is settled"),
                admission.keys(),
            );
            let frozen = admission.frozen();
            for crime in &self.crimes {
                let is_provable = match &crime.log {
                    Some(log) => union
                        .objects
                        .iter()
                        .any(|object| matches!(object, Object::Fork(fork) if fork.log() == *log)),
                    None => crime.evidence.iter().all(|id| ids.contains(id)),
                };
                if !is_provable {
                    continue;
                }
                proved += 1;
                let is_listed =
                    found.iter().any(|fault| (fault.kind, fault.culprit) == (crime.kind, crime.culprit));
                assert!(is_listed, "{} does not list {crime:?} but {found:?}", self.nodes[id].name);
                let is_frozen = crime.log.is_none_or(|log| frozen.contains_key(&log));
                assert!(is_frozen, "{}: a forked log is not frozen", self.nodes[id].name);
            }
        }
        self.proved += proved;
    }

    fn check_pools(&self) {
        for id in self.settled() {
            let admission = self.admission(id).expect("it is settled");
            assert!(admission.waiting().bytes() <= WAITING_IN_ALL);
            assert!(admission.objects().len() <= OBJECTS);
        }
    }

    /// Epochs for which electors voted beyond the first round.
    pub(super) fn later_rounds(&self) -> u64 {
        let Some(chief) = self.chief() else { return 0 };
        let votes = chief.objects().values().filter_map(|object| match object {
            Object::Vote(vote) if vote.value().round > 0 && vote.value().phase == Phase::Commit => {
                vote.value().parent
            }
            _ => None,
        });
        votes.collect::<BTreeSet<_>>().len() as u64
    }

    /// In a calm world what a quorum endorsed is decided, unless a node says
    /// why it can't be.
    pub(super) fn check_liveness(&mut self) {
        for _ in 0..LONG_VOTE {
            if self.undecided().is_empty() {
                return;
            }
            // Rounds last longer and longer; most of that is waiting.
            self.sleep(600_000);
            self.run_for(30_000);
        }
        let undecided = self.undecided();
        if !undecided.is_empty() {
            self.explain_unrest();
            panic!("endorsed by a quorum and not decided in a calm world: {undecided:?}");
        }
    }

    fn undecided(&self) -> Vec<EpochHash> {
        let settled = self.settled();
        let Some(chief) = self.chief().and_then(|chief| chief.governance()) else { return Vec::new() };
        let charter = chief.current();
        let honest =
            settled.iter().filter(|id| charter.elector(&self.nodes[**id].keys.elector.public()).is_some());
        let honest: Vec<NodeId> = honest.copied().collect();
        if honest.len() < charter.votes_needed() {
            return Vec::new();
        }
        let endorsed = chief.open().keys().filter(|hash| chief.ballots().is_endorsed(hash)).copied();
        let is_hindered = |hash: &EpochHash| {
            honest.iter().any(|id| {
                let proposals = self.nodes[*id].engine.as_ref().and_then(|engine| engine.proposals().ok());
                let proposals = proposals.unwrap_or_default();
                proposals.iter().any(|one| one.id == hash.to_string() && one.hindered.is_some())
            })
        };
        endorsed.filter(|hash| !is_hindered(hash)).collect()
    }
}

/// Every epoch was endorsed by a quorum, prepared and committed to by one in
/// one round: counted from all votes that anybody ever made.
fn check_certificates(chief: &Governance, everything: &[Object]) {
    let votes: Vec<&Vote> = everything
        .iter()
        .filter_map(|object| match object {
            Object::Vote(vote) => Some(vote.value()),
            _ => None,
        })
        .collect();
    for pair in chief.epochs().windows(2) {
        let [parent, epoch] = pair else { continue };
        let quorum = parent.charter.votes_needed();
        assert!(quorum * 3 > parent.charter.electors.len() * 2, "a quorum is more than two thirds");
        let mut rounds: BTreeMap<(Phase, u32), BTreeSet<PublicKey>> = BTreeMap::new();
        for vote in &votes {
            let is_for_it = vote.parent == Some(parent.hash) && vote.proposal == epoch.hash;
            if is_for_it && parent.charter.elector(&vote.elector).is_some() {
                rounds.entry((vote.phase, vote.round)).or_default().insert(vote.elector);
            }
        }
        let count = |phase, round| rounds.get(&(phase, round)).map_or(0, BTreeSet::len);
        assert!(count(Phase::Endorse, 0) >= quorum, "epoch {} lacks endorsements", epoch.charter.number);
        let is_decided = rounds.keys().any(|(_, round)| {
            count(Phase::Prepare, *round) >= quorum && count(Phase::Commit, *round) >= quorum
        });
        assert!(is_decided, "epoch {} was never committed to in one round", epoch.charter.number);
    }
}

/// Nothing beyond a pin, at a pin nothing but what was pinned.
fn check_pins(commons: CommonsId, chief: &Governance, admitted: &BTreeMap<EntryId, &Entry>) {
    for epoch in chief.epochs() {
        for entry in admitted.values() {
            let Some(pin) = epoch.charter.pin(&entry.header.log.id(&commons)) else { continue };
            let header = &entry.header;
            let is_good = match header.seq.cmp(&pin.seq) {
                std::cmp::Ordering::Less => true,
                std::cmp::Ordering::Equal => entry.id == pin.entry,
                std::cmp::Ordering::Greater => header.epoch >= epoch.charter.number,
            };
            assert!(is_good, "beyond the pin of epoch {}: {entry:?}", epoch.charter.number);
        }
    }
}
