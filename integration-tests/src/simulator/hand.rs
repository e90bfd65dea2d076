//! Misbehaviour: what the forging hand signs, and to whom it shows it.

use super::behaviour::Behaviour;
use super::forge::{gossip_message, junk_change};
use super::happening::Carried;
use super::network::gossip_id;
use super::node::NodeId;
use super::world::World;
use commons_protocol::admission::Admission;
use commons_protocol::charter::Point;
use commons_protocol::collection::Collection;
use commons_protocol::fault::FaultKind;
use commons_protocol::id::{CommonsId, DocumentId, EntryId, EpochHash, LogId, ObjectId};
use commons_protocol::key::PublicKey;
use commons_protocol::object::Object;
use commons_protocol::run::VerifiedRun;
use commons_protocol::vote::Phase;
use std::collections::BTreeSet;

/// Objects of one flood.
const FLOOD: u64 = 16;

/// Something provable that a member did.
#[derive(Clone, Debug)]
pub struct Crime {
    /// The fault that it is.
    pub kind: FaultKind,
    /// Whose key it is.
    pub culprit: PublicKey,
    /// The objects that prove it; none if a fork of `log` does.
    pub evidence: Vec<ObjectId>,
    /// The log that forked.
    pub log: Option<LogId>,
}

impl World {
    /// Makes a node misbehave from now on, whenever [`World::misbehave`] says
    /// so. It still runs the production engine.
    pub fn corrupt(&mut self, node: NodeId) {
        self.note(format!("{} turns Byzantine", self.nodes[node].name));
        self.byzantine.insert(node);
    }

    /// The state of a node that runs and takes part.
    pub fn admission(&self, node: NodeId) -> Option<&Admission> {
        self.nodes[node].engine.as_ref()?.admission()
    }

    pub(super) fn count_behaviour(&mut self, behaviour: Behaviour) {
        *self.behaviours.entry(behaviour).or_default() += 1;
    }

    /// Lets a Byzantine node do something; false if it can't do that now.
    pub fn misbehave(&mut self, node: NodeId, behaviour: Behaviour) -> bool {
        if self.admission(node).is_none_or(|admission| admission.governance().is_none()) {
            return false;
        }
        let is_of_session = Behaviour::OF_SESSIONS.contains(&behaviour);
        if is_of_session
            && (self.dice.chance(50)
                || matches!(behaviour, Behaviour::Withhold | Behaviour::StaleHub | Behaviour::LieAboutHeads))
        {
            self.note(format!("{} from now on: {behaviour:?}", self.nodes[node].name));
            self.nodes[node].tampering = Some(behaviour);
            return true;
        }
        let done = match behaviour {
            Behaviour::Equivocate => self.equivocate(node),
            Behaviour::Backfill => self.backfill(node),
            Behaviour::DoubleSign => self.double_sign(node),
            Behaviour::BreakLock => self.break_lock(node),
            Behaviour::Attest => self.attest_falsely(node),
            Behaviour::Replay => self.replay(node),
            Behaviour::PolicyShop => self.shop_for_policies(node),
            Behaviour::Flood => self.flood_with_junk(node),
            Behaviour::JunkSignature => self.junk_signature(node),
            Behaviour::Bomb => self.bomb(node),
            Behaviour::BorrowReviews => self.borrow_reviews(node),
            Behaviour::DropContributors => self.drop_contributors(node),
            Behaviour::SwapHeads => self.swap_heads(node),
            Behaviour::ApproveItself => self.approve_itself(node),
            Behaviour::BackDateRelease => self.back_date_release(node),
            Behaviour::ReportUnsafely => self.report_unsafely(node),
            Behaviour::ReportOutOfPlace => self.report_out_of_place(node),
            Behaviour::ForkReports => self.fork_reports(node),
            Behaviour::Withhold | Behaviour::LieAboutHeads | Behaviour::StaleHub => None,
        };
        if done.is_some() {
            self.note(format!("{}: {behaviour:?}", self.nodes[node].name));
            self.count_behaviour(behaviour);
        }
        done.is_some()
    }

    fn equivocate(&mut self, node: NodeId) -> Option<()> {
        let (nonce, after) = self.own_log(node)?;
        let epoch = self.admission(node)?.governance()?.current().number;
        let branches: Vec<VerifiedRun> = (0..2)
            .map(|_| {
                let entry = self.forge_entry(node, epoch, &Self::plain_content());
                self.forge_run(node, nonce, after, entry)
            })
            .collect();
        let log = branches[0].log().id(&self.commons());
        let culprit = self.nodes[node].keys.node.public();
        self.crimes.push(Crime { kind: FaultKind::ForkedLog, culprit, evidence: Vec::new(), log: Some(log) });
        let [one, other] = [0, 1].map(|branch| run_message(&branches[branch]));
        self.show_to_halves(node, Collection::Toolkits.number(), &one, &other);
        Some(())
    }

    /// Signs another entry at or below a pin of one of its logs.
    fn backfill(&mut self, node: NodeId) -> Option<()> {
        let own = self.nodes[node].keys.node.public();
        let commons = self.commons();
        let governance = self.chief()?.governance()?;
        let pins: Vec<Point> =
            governance.epochs().iter().flat_map(|epoch| epoch.charter.pins.iter().copied()).collect();
        let contents = self.contents(node);
        let own_runs = contents.runs.iter().filter(|run| run.log().node == own);
        let pinned: Vec<(u8, Point, Option<EntryId>)> = own_runs
            .flat_map(|run| run.entries().iter().map(move |entry| (run.log(), entry)))
            .filter_map(|(log, entry)| {
                let pin = pins.iter().find(|pin| {
                    pin.log == log.id(&commons)
                        && entry.header.seq <= pin.seq
                        && log.collection == Collection::Toolkits
                })?;
                Some((log.nonce, Point { seq: entry.header.seq, ..*pin }, entry.header.prev))
            })
            .collect();
        let (nonce, place, prev) = self.dice.pick(&pinned)?;
        let entry = self.forge_entry(node, 0, &Self::plain_content());
        let run = self.forge_run(node, nonce, (place.seq, prev), entry);
        self.show_to_all(node, Collection::Toolkits.number(), &run_message(&run));
        Some(())
    }

    /// Two proposals to vote for, made up where there are too few.
    fn two_proposals(&mut self, node: NodeId) -> Option<(EpochHash, [EpochHash; 2])> {
        let elector = self.nodes[node].keys.elector.public();
        let governance = self.admission(node)?.governance()?;
        governance.current().elector(&elector)?;
        let parent = governance.head().hash;
        let mut open: Vec<EpochHash> = governance.open().keys().copied().collect();
        while open.len() < 2 {
            let (hash, proposal) = self.forge_proposal(node)?;
            self.show_to_all(node, 0, &object_message(&proposal));
            open.push(hash);
        }
        Some((parent, [open[0], open[1]]))
    }

    fn double_sign(&mut self, node: NodeId) -> Option<()> {
        let (parent, [one, other]) = self.two_proposals(node)?;
        let current = self.admission(node)?.governance()?.ballots().round().unwrap_or(0);
        let round = current + u32::from(self.dice.chance(30));
        let phase = if self.dice.chance(50) { Phase::Prepare } else { Phase::Commit };
        let votes = [one, other].map(|hash| self.forge_vote(node, parent, (round, phase), hash, None));
        let kind = match phase {
            Phase::Commit => FaultKind::DoubleCommit,
            _ => FaultKind::DoublePrepare,
        };
        self.commit_crime(node, kind, &votes);
        let [one, other] = votes.each_ref().map(object_message);
        self.show_to_halves(node, 0, &one, &other);
        Some(())
    }

    fn break_lock(&mut self, node: NodeId) -> Option<()> {
        let (parent, [one, other]) = self.two_proposals(node)?;
        let round = self.admission(node)?.governance()?.ballots().round().unwrap_or(0);
        let commit = self.forge_vote(node, parent, (round, Phase::Commit), one, None);
        let prepare = self.forge_vote(node, parent, (round + 1, Phase::Prepare), other, None);
        let votes = [commit, prepare];
        self.commit_crime(node, FaultKind::BrokenLock, &votes);
        let [one, other] = votes.each_ref().map(object_message);
        self.show_to_halves(node, 0, &one, &other);
        Some(())
    }

    fn attest_falsely(&mut self, node: NodeId) -> Option<()> {
        let elector = self.nodes[node].keys.elector.public();
        let admission = self.admission(node)?;
        let governance = admission.governance()?;
        governance.current().elector(&elector)?;
        let epoch = governance.head().hash;
        let place = admission.attested().tip(&epoch, &elector);
        let (prev, seq) = place.map_or((None, 0), |(id, length)| (Some(id), length));
        let heads: Vec<Point> =
            admission.heads().map(|(log, _, head)| Point { log, seq: head.seq, entry: head.id }).collect();
        let real = self.dice.pick(&heads)?;
        let ahead = self.dice.below(2);
        let invented = Point { entry: EntryId(self.dice.bytes()), seq: real.seq + ahead, ..real };
        let attested = [real, invented].map(|point| self.forge_attestation(node, epoch, (seq, prev), point));
        self.commit_crime(node, FaultKind::ForkedAttestations, &attested);
        let [one, other] = attested.each_ref().map(object_message);
        self.show_to_halves(node, 0, &one, &other);
        Some(())
    }

    fn replay(&mut self, node: NodeId) -> Option<()> {
        let contents = self.contents(node);
        let object = self.dice.pick(&contents.objects);
        let run = self.dice.pick(&contents.runs);
        for message in object.iter().map(object_message) {
            self.show_to_all(node, 0, &message);
        }
        if let Some(run) = run {
            self.show_to_all(node, run.log().collection.number(), &run_message(&run));
        }
        let own = self.commons.replace(CommonsId(self.dice.bytes()));
        let entry = self.forge_entry(node, 0, &Self::plain_content());
        let foreign = self.forge_run(node, 0, (0, None), entry);
        let vote = self.forge_vote(node, EpochHash([1; 32]), (0, Phase::Endorse), EpochHash([2; 32]), None);
        self.commons = own;
        self.show_to_all(node, Collection::Toolkits.number(), &run_message(&foreign));
        self.show_to_all(node, 0, &object_message(&vote));
        Some(())
    }

    /// Names an epoch before one that took something from it.
    fn shop_for_policies(&mut self, node: NodeId) -> Option<()> {
        let organisation = self.nodes[node].keys.organisation;
        let governance = self.chief()?.governance()?;
        let cutting = governance
            .epochs()
            .iter()
            .filter(|epoch| epoch.cuts.writers || epoch.cuts.members.contains(&organisation));
        let cutting: Vec<u64> = cutting.map(|epoch| epoch.charter.number).collect();
        let cut = self.dice.pick(&cutting)?;
        let nonce = self.dice.bytes()[0];
        let log = self.forge_entry(node, self.dice.clone().below(cut), &Self::plain_content());
        let run = self.forge_run(node, nonce, (0, None), log);
        let is_known = self.chief()?.head(&run.log().id(&self.commons())).is_some();
        if is_known {
            return None;
        }
        self.refused.extend(run.entries().iter().map(|entry| entry.id));
        self.show_to_all(node, Collection::Toolkits.number(), &run_message(&run));
        Some(())
    }

    fn flood_with_junk(&mut self, node: NodeId) -> Option<()> {
        let parent = self.admission(node)?.governance()?.head().hash;
        for number in 0..FLOOD {
            let proposal = EpochHash(self.dice.bytes());
            let round = u32::try_from(number).unwrap_or(0);
            let vote = self.forge_vote(node, parent, (round, Phase::Prepare), proposal, None);
            self.show_to_all(node, 0, &object_message(&vote));
            let entry = self.forge_entry(node, 0, &Self::plain_content());
            let nonce = self.dice.bytes()[0];
            let gap = (1_000 + number, Some(EntryId(self.dice.bytes())));
            let run = self.forge_run(node, nonce, gap, entry);
            self.show_to_all(node, Collection::Toolkits.number(), &run_message(&run));
        }
        Some(())
    }

    /// A bad signature first, the good one of the same entry after it.
    fn junk_signature(&mut self, node: NodeId) -> Option<()> {
        let (nonce, after) = self.own_log(node)?;
        let epoch = self.admission(node)?.governance()?.current().number;
        let entry = self.forge_entry(node, epoch, &Self::plain_content());
        let run = self.forge_run(node, nonce, after, entry);
        let mut bytes = run.encode();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        self.show_to_all(node, Collection::Toolkits.number(), &gossip_message(1, &bytes));
        self.show_run(node, &run);
        Some(())
    }

    fn bomb(&mut self, node: NodeId) -> Option<()> {
        let (nonce, after) = self.own_log(node)?;
        let epoch = self.admission(node)?.governance()?.current().number;
        let documents = self.engine(node).documents(None).unwrap_or_default();
        let documents: Vec<DocumentId> =
            documents.iter().filter_map(|document| document.id.parse().ok()).collect();
        let document = self.dice.pick(&documents)?;
        let entry = self.forge_entry(node, epoch, &junk_change(document));
        let run = self.forge_run(node, nonce, after, entry);
        self.show_run(node, &run);
        Some(())
    }

    fn commit_crime(&mut self, node: NodeId, kind: FaultKind, objects: &[Object]) {
        let culprit = self.nodes[node].keys.elector.public();
        let evidence = objects.iter().map(Object::id).collect();
        self.crimes.push(Crime { kind, culprit, evidence, log: None });
    }

    /// Shows a run to all peers, its own engine included.
    pub fn show_run(&mut self, node: NodeId, run: &VerifiedRun) {
        let topic = run.log().collection.number();
        self.show_to_all(node, topic, &run_message(run));
        self.tell_itself(node, topic, &run_message(run));
    }

    /// Shows an object to all peers, its own engine included.
    pub fn show_object(&mut self, node: NodeId, object: &Object) {
        self.show_to_all(node, 0, &object_message(object));
        self.tell_itself(node, 0, &object_message(object));
    }

    /// Shows one thing to some and another to others.
    fn show_to_halves(&mut self, node: NodeId, topic: u8, one: &[u8], other: &[u8]) {
        let mut some = BTreeSet::new();
        for peer in self.audience(node) {
            let message = if self.dice.chance(50) { one } else { other };
            some.insert(message.to_vec());
            self.whisper(node, peer, topic, message);
        }
        // A lie that nobody could ever compare would be none.
        if some.len() < 2 || self.dice.chance(30) {
            self.tell_itself(node, topic, one);
            self.tell_itself(node, topic, other);
        }
    }

    fn show_to_all(&mut self, node: NodeId, topic: u8, message: &[u8]) {
        for peer in self.audience(node) {
            self.whisper(node, peer, topic, message);
        }
    }

    /// Its peers; who was removed has friends who pass things on.
    fn audience(&self, node: NodeId) -> Vec<NodeId> {
        let peers = self.peers_of(node);
        match peers.is_empty() {
            true => self.running().into_iter().filter(|other| *other != node).collect(),
            false => peers,
        }
    }

    fn whisper(&mut self, from: NodeId, to: NodeId, topic: u8, data: &[u8]) {
        let topic = format!("{}/{topic}", &self.commons().to_string()[..12]);
        let what = Carried::Gossip { id: gossip_id(&topic, data), from, topic, data: data.to_vec() };
        let delay = 1 + self.dice.below(40);
        self.bring(delay, to, what);
    }

    /// Its own engine takes it in and serves it to others.
    fn tell_itself(&mut self, node: NodeId, topic: u8, data: &[u8]) {
        self.whisper(node, node, topic, data);
    }
}

fn run_message(run: &VerifiedRun) -> Vec<u8> {
    gossip_message(1, &run.encode())
}

fn object_message(object: &Object) -> Vec<u8> {
    gossip_message(2, &object.encode())
}
