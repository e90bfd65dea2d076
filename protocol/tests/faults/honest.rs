//! Histories of electors of whom most do what their nodes do, among liars who sign anything. Each
//! holds other objects at any time; one log has two branches.

use crate::breaches::{branches, judged};
use crate::world::{Dice, World, Writer, proposal, sign_vote};
use commons_protocol::attestation::Attestation;
use commons_protocol::ballot::Step;
use commons_protocol::bounded::BoundedVec;
use commons_protocol::charter::{Charter, Point};
use commons_protocol::fault::faults;
use commons_protocol::governance::Governance;
use commons_protocol::id::{EpochHash, ObjectId};
use commons_protocol::object::Object;
use commons_protocol::recompute::attested;
use commons_protocol::signed::Verified;
use commons_protocol::stable::Attested;
use commons_protocol::vote::{Phase, Vote};
use std::collections::{BTreeMap, BTreeSet};

/// What came of a history.
#[derive(Default)]
struct Tally {
    epochs: u64,
    rounds: u32,
    attestations: usize,
    faults: usize,
}

struct History {
    dice: Dice,
    world: World,
    liars: usize,
    electors: usize,
    branches: [Writer; 2],
    /// What each elector holds.
    held: Vec<BTreeMap<ObjectId, Object>>,
}

/// Plays many histories; none may accuse an honest elector.
pub fn many_histories() {
    let variable = |name| std::env::var(name).ok();
    let seeds = match variable("COMMONS_SEED").and_then(|seed| seed.parse().ok()) {
        Some(seed) => seed..seed + 1,
        None if variable("COMMONS_LONG").is_some() => 0..5_000,
        None => 0..60,
    };
    let is_one = seeds.end - seeds.start == 1;
    let mut total = Tally::default();
    for seed in seeds {
        let tally = History::new(seed).play(seed);
        total.epochs += tally.epochs;
        total.rounds = total.rounds.max(tally.rounds);
        total.attestations += tally.attestations;
        total.faults += tally.faults;
    }
    println!(
        "{} epochs, up to {} rounds, {} attestations, {} faults of liars",
        total.epochs, total.rounds, total.attestations, total.faults
    );
    if !is_one {
        assert!(total.epochs > 30 && total.rounds > 0 && total.attestations > 100 && total.faults > 30);
    }
}

impl History {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let (electors, most) = [(1, 0), (3, 0), (4, 1), (5, 1), (7, 2)][dice.below(5)];
        let liars = dice.below(most + 1);
        let world = World::new(electors.max(2), electors);
        let start: BTreeMap<_, _> =
            world.objects.iter().map(|object| (object.id(), object.clone())).collect();
        let (one, other) = branches(&world);
        Self { dice, liars, electors, branches: [one, other], held: vec![start; electors], world }
    }

    fn play(mut self, seed: u64) -> Tally {
        for _ in 0..60 * self.electors {
            let who = self.dice.below(self.electors);
            match self.dice.below(20) {
                0..=7 => self.hear(who),
                _ if who < self.liars => self.lie(who),
                8 => self.propose(who),
                9..=11 => self.endorse(who),
                12 => self.attest(who),
                _ => self.step(who),
            }
        }
        self.judge(seed)
    }

    fn judge(self, seed: u64) -> Tally {
        let all: BTreeMap<_, _> = self.held.into_iter().flatten().collect();
        let objects: Vec<Object> = all.into_values().collect();
        let judges = judged(&self.world, &objects, &BTreeSet::new());
        let found = faults(&objects, &judges.governance, &judges.keys);
        let honest: BTreeSet<_> =
            self.world.organisations[self.liars..].iter().map(|one| one.elector.public()).collect();
        for fault in &found {
            let words = fault.in_words(&judges.governance);
            assert!(!honest.contains(&fault.culprit), "COMMONS_SEED={seed}: an honest elector: {words}");
        }
        Tally {
            epochs: judges.governance.current().number,
            rounds: judges.governance.ballots().round().unwrap_or(0),
            attestations: objects.iter().filter(|object| matches!(object, Object::Attestation(_))).count(),
            faults: found.len(),
        }
    }

    fn view(&self, who: usize) -> (Vec<Object>, Governance) {
        let objects: Vec<Object> = self.held[who].values().cloned().collect();
        let governance = judged(&self.world, &objects, &BTreeSet::new()).governance;
        (objects, governance)
    }

    fn keep(&mut self, who: usize, object: Object) {
        self.held[who].insert(object.id(), object);
    }

    /// Takes in some or all of what another one holds.
    fn hear(&mut self, who: usize) {
        let from = self.dice.below(self.electors);
        let share = [1, 1, 2, 8][self.dice.below(4)];
        let objects: Vec<Object> = self.held[from].values().cloned().collect();
        for object in objects {
            if self.dice.below(share) == 0 {
                self.keep(who, object);
            }
        }
    }

    fn propose(&mut self, who: usize) {
        let (_, governance) = self.view(who);
        let name = format!("Name {}", self.dice.below(3));
        let parent = governance.current();
        let next = Charter { number: parent.number + 1, parent: Some(parent.hash()), ..parent.clone() };
        let charter = Charter { name: crate::world::text(&name), ..next };
        let object = proposal(charter, &self.world.organisations[who].elector, Some(self.world.commons));
        self.keep(who, object);
    }

    fn endorse(&mut self, who: usize) {
        let (_, governance) = self.view(who);
        let open: Vec<EpochHash> = governance.open().keys().copied().collect();
        for proposal in open {
            self.vote(who, Vote { phase: Phase::Endorse, ..self.blank(who, &governance, proposal) });
        }
    }

    fn blank(&self, who: usize, governance: &Governance, proposal: EpochHash) -> Vote {
        Vote {
            commons: self.world.commons,
            parent: Some(governance.head().hash),
            round: 0,
            phase: Phase::Prepare,
            proposal,
            elector: self.world.organisations[who].elector.public(),
            lock: None,
            attested: None,
        }
    }

    fn vote(&mut self, who: usize, vote: Vote) {
        let object = sign_vote(vote, &self.world.organisations[who].elector);
        self.keep(who, object);
    }

    /// Votes as an elector's node does.
    fn step(&mut self, who: usize) {
        let (objects, governance) = self.view(who);
        let elector = self.world.organisations[who].elector.public();
        let (unwanted, is_impatient) = (self.dice.below(16), self.dice.below(4) == 0);
        let may = |hash: &EpochHash| usize::from(hash.0[0] % 16) != unwanted;
        let Some(step) = governance.ballots().next_step(&elector, may, is_impatient) else { return };
        let tip = attested(objects.iter()).tip(&governance.head().hash, &elector).map(|(id, _)| id);
        let vote = match step {
            Step::Prepare { round, proposal, lock } => {
                Vote { round, lock, attested: tip, ..self.blank(who, &governance, proposal) }
            }
            Step::Commit { round, proposal } => {
                let blank = self.blank(who, &governance, proposal);
                Vote { round, phase: Phase::Commit, attested: tip, ..blank }
            }
        };
        self.vote(who, vote);
    }

    /// Attests the end of a branch as an elector's node does: not once it is
    /// bound, and only what is in line with what it attested itself and with
    /// what anybody attested in other epochs.
    fn attest(&mut self, who: usize) {
        let (objects, governance) = self.view(who);
        let elector = self.world.organisations[who].elector.public();
        let known = attested(objects.iter());
        let (branch, length) = (self.dice.below(2), 1 + self.dice.below(6));
        let Some(point) = self.branches[branch].pin(length) else { return };
        let epoch = governance.head().hash;
        let mut earlier = known
            .points(&point.log)
            .filter(|(of, by, _)| **of != epoch || **by == elector)
            .map(|(.., one)| one);
        if governance.ballots().has_voted(&elector) || !earlier.all(|one| self.in_line(&point, &one)) {
            return;
        }
        self.sign_attestation(who, epoch, &known, point);
    }

    fn sign_attestation(&mut self, who: usize, epoch: EpochHash, known: &Attested, point: Point) {
        let key = &self.world.organisations[who].elector;
        let tip = known.tip(&epoch, &key.public());
        let attestation = Attestation {
            commons: self.world.commons,
            epoch,
            elector: key.public(),
            seq: tip.map_or(0, |(_, length)| length),
            prev: tip.map(|(id, _)| id),
            points: BoundedVec::new(vec![point]).expect("one"),
        };
        let object = Object::from(Verified::sign(attestation, key).expect("its own key"));
        self.keep(who, object);
    }

    fn in_line(&self, one: &Point, other: &Point) -> bool {
        let holds = |writer: &Writer, point: &Point| {
            let id = usize::try_from(point.seq).ok().and_then(|seq| writer.ids.get(seq));
            id == Some(&point.entry)
        };
        self.branches.iter().any(|writer| holds(writer, one) && holds(writer, other))
    }

    /// Signs whatever may confuse the others.
    fn lie(&mut self, who: usize) {
        let (objects, governance) = self.view(who);
        let known = attested(objects.iter());
        let open: Vec<EpochHash> = governance.open().keys().copied().collect();
        if open.is_empty() || self.dice.below(4) == 0 {
            let branch = self.dice.below(2);
            let point = self.branches[branch].pin(1 + self.dice.below(6)).expect("one at least");
            return self.sign_attestation(who, governance.head().hash, &known, point);
        }
        let proposal = open[self.dice.below(open.len())];
        let round = u32::try_from(self.dice.below(3)).expect("small");
        let lock = round.checked_sub(1).filter(|_| self.dice.below(2) == 0);
        let blank = Vote { round, ..self.blank(who, &governance, proposal) };
        let vote = match self.dice.below(3) {
            0 => Vote { phase: Phase::Endorse, round: 0, ..blank },
            1 => Vote { lock, ..blank },
            _ => Vote { phase: Phase::Commit, ..blank },
        };
        self.vote(who, vote);
    }
}
