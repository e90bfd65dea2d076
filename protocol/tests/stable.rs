//! What is stable stays, what is pinned ends, whatever comes later and in any order.
#![allow(clippy::disallowed_methods, reason = "seed and number of cases come from the environment")]

#[path = "common/node.rs"]
mod node;
#[path = "common/story.rs"]
mod story;
#[path = "common/world.rs"]
mod world;

use commons_protocol::charter::{Charter, Point};
use commons_protocol::collection::{Collection, Standing};
use commons_protocol::entry::EntryKind;
use commons_protocol::fork::Fork;
use commons_protocol::id::{EntryId, EpochHash};
use commons_protocol::keylog::KeyAction;
use commons_protocol::object::Object;
use commons_protocol::run::VerifiedRun;
use node::{Item, Memory, Node};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;
use story::{Step, plans};
use world::{Dice, World, Writer, key, list, text};

/// Runs a check with many dice, whose number a failure names.
fn for_many_seeds(cases: u64, check: impl Fn(&mut Dice)) {
    let first: u64 = std::env::var("COMMONS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    let cases = if std::env::var_os("COMMONS_LONG").is_some() { cases * 50 } else { cases };
    for seed in first..first + cases {
        let guard = Named(seed);
        check(&mut Dice(seed));
        std::mem::forget(guard);
    }
}

/// Says which seed failed.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        eprintln!("COMMONS_SEED={}", self.0);
    }
}

/// Four electors, one who may become one, and one more member, whose log has a trunk and two branches.
struct Scene {
    world: World,
    /// The trunk with the first branch.
    one: Writer,
    /// The trunk with the other branch.
    other: Writer,
    /// Entries of the trunk.
    trunk: usize,
}

const OWNER: usize = 5;

fn scene(dice: &mut Dice) -> Scene {
    let world = World::new(6, 4);
    let mut one = world.writer(OWNER, Collection::Toolkits, 0);
    let trunk = dice.below(4);
    (0..trunk).for_each(|_| _ = one.create());
    let mut other = one.fork_at(trunk);
    (0..2 + dice.below(5)).for_each(|_| _ = one.create());
    (0..1 + dice.below(6)).for_each(|_| _ = other.receipt(EntryId([9; 32])));
    Scene { world, one, other, trunk }
}

impl Scene {
    /// Stretches of both branches, some more than once.
    fn runs(&self, dice: &mut Dice) -> Vec<VerifiedRun> {
        let mut runs = Vec::new();
        for log in [&self.one, &self.other] {
            runs.extend(log.runs(1 + dice.below(3)));
            runs.extend(log.runs(1 + dice.below(9)));
        }
        runs
    }

    fn point(&self, branch: &Writer, length: usize) -> Point {
        branch.pin(length.clamp(1, branch.ids.len())).expect("an entry")
    }

    /// Whatever the owner can do to its log.
    fn mischief(&mut self, dice: &mut Dice) {
        let branch = if dice.below(2) == 0 { self.one.clone() } else { self.other.clone() };
        let point = self.point(&branch, 1 + dice.below(8));
        let owner = &self.world.organisations[OWNER];
        let key = if dice.below(2) == 0 { owner.node.public() } else { owner.person.public() };
        let pins = if dice.below(2) == 0 { list([point]) } else { list([]) };
        match dice.below(5) {
            0 => _ = self.world.admin_event(OWNER, KeyAction::Revoke { key, pins }),
            1 => _ = self.world.admin_event(OWNER, KeyAction::EndLogs { ends: list([point]) }),
            2 => {
                let (one, other) = (&self.one, &self.other);
                let runs = (one.run(0, one.ids.len()), other.run(0, other.ids.len()));
                let proof = Fork::new(self.world.commons, &runs.0, &runs.1).expect("they differ");
                self.world.objects.push(proof.into());
            }
            // A lying elector attests anything.
            3 => self.world.attest(3, vec![point]),
            _ => self.world.attest(OWNER, vec![point]),
        }
    }
}

fn shuffled(objects: &[Object], runs: Vec<VerifiedRun>, dice: &mut Dice) -> Vec<Item> {
    let mut items: Vec<Item> = objects.iter().map(|object| Item::Objects(vec![object.clone()])).collect();
    items.extend(runs.into_iter().map(Item::Run));
    dice.shuffle(&mut items);
    items
}

#[test]
fn nothing_that_is_stable_is_voided() {
    for_many_seeds(60, |dice| {
        let mut scene = scene(dice);
        let stable = scene.trunk + dice.below(scene.one.ids.len() - scene.trunk + 1);
        if stable == 0 {
            return;
        }
        let point = scene.point(&scene.one, stable);
        (0..3).for_each(|elector| scene.world.attest(elector, vec![point]));
        let mut node = Node::new(scene.world.commons, Memory::Whole);
        let mut items = shuffled(&scene.world.objects, scene.one.runs(2), dice);
        let before = scene.world.objects.len();
        (0..1 + dice.below(8)).for_each(|_| scene.mischief(dice));
        if dice.below(2) == 0 {
            // Electors pin nothing below what they attested.
            let pins = vec![scene.point(&scene.one, stable + dice.below(3))];
            let standing = if dice.below(2) == 0 { Standing::Suspended } else { Standing::Active };
            let charter = scene.world.standing_charter(OWNER, standing, pins);
            scene.world.enact_by(charter, &[0, 1, 2]);
        }
        let runs = scene.runs(dice);
        let later = shuffled(&scene.world.objects[before..], runs, dice);
        let is_later = |_: &Item| dice.below(2) == 0;
        let (some, rest): (Vec<Item>, Vec<Item>) = later.into_iter().partition(is_later);
        // Some of it comes before what makes the point stable is all here.
        items.extend(some);
        dice.shuffle(&mut items);
        items.iter().for_each(|item| node.take(item));
        for item in &rest {
            assert!(node.admission.place(&point.entry).is_some(), "the stable entry {stable} is admitted");
            node.take(item);
        }
        assert!(node.admission.place(&point.entry).is_some(), "the stable entry {stable} stays");
        assert_eq!(node.admission.stable(&point.log).map(|stable| stable.seq >= point.seq), Some(true));
    });
}

#[test]
fn nothing_beyond_a_pin_is_ever_admitted() {
    for_many_seeds(60, |dice| {
        let mut scene = scene(dice);
        let branch = if dice.below(2) == 0 { scene.one.clone() } else { scene.other.clone() };
        let pin = scene.point(&branch, 1 + dice.below(7));
        let standing = if dice.below(3) == 0 { Standing::Active } else { Standing::Removed };
        let charter = scene.world.standing_charter(OWNER, standing, vec![pin]);
        scene.world.enact_by(charter, &[0, 1, 3]);
        let pinned = scene.world.objects.len();
        // Afterwards it is let in again, and goes on from the pin or not.
        if dice.below(2) == 0 {
            let charter = scene.world.standing_charter(OWNER, Standing::Active, Vec::new());
            scene.world.enact_by(charter, &[1, 2, 3]);
        }
        (0..dice.below(8)).for_each(|_| scene.mischief(dice));
        let honest: Vec<usize> = (0..3).filter(|_| dice.below(2) == 0).collect();
        honest.iter().for_each(|elector| scene.world.attest(*elector, vec![pin]));
        let mut on = branch.fork_at(usize::try_from(pin.seq).expect("small") + 1);
        on.epoch = scene.world.current().number;
        (0..2).for_each(|_| _ = on.write(EntryKind::Receipt, vec![7], vec![]));
        let mut runs = scene.runs(dice);
        runs.extend(on.runs(1));
        let mut node = Node::new(scene.world.commons, Memory::Whole);
        let (first, later) = scene.world.objects.split_at(pinned);
        let early = runs.split_off(dice.below(runs.len()));
        shuffled(&[], early, dice).iter().for_each(|item| node.take(item));
        node.take(&Item::Objects(first.to_vec()));
        for item in shuffled(later, runs, dice) {
            check_pin(&node, &branch, &pin);
            node.take(&item);
        }
        check_pin(&node, &branch, &pin);
    });
}

/// What is admitted of the log up to the pin leads to it, and what lies beyond names a later epoch.
fn check_pin(node: &Node, branch: &Writer, pin: &Point) {
    let admitted = node.seen.iter().flat_map(VerifiedRun::entries);
    for entry in admitted.filter(|entry| node.admission.place(&entry.id).is_some()) {
        let seq = entry.header.seq;
        assert!(seq <= pin.seq || entry.header.epoch > 0, "entry {seq} lies beyond the pin {}", pin.seq);
        assert!(seq != pin.seq || entry.id == pin.entry, "another entry stands at the pin");
    }
    let is_whole = node.admission.place(&pin.entry).is_some();
    for id in node.admission.entry_ids().filter(|_| is_whole) {
        let place = node.admission.place(id).expect("admitted");
        let is_below = u64::from(place.seq) <= pin.seq;
        assert!(!is_below || branch.ids.contains(id), "nothing is backfilled below the pin");
    }
}

#[test]
fn honest_attestations_only_add() {
    let strategy = plans();
    let mut runner = TestRunner::deterministic();
    let mut added = 0;
    for case in 0..150 {
        let mut plan = strategy.new_tree(&mut runner).expect("a plan").current();
        plan.steps.retain(|step| !matches!(step, Step::Attest { .. } | Step::Agree { .. }));
        let (story, mut world) = plan.tell_with_world();
        let mut dice = Dice(case);
        let mut node = Node::new(story.commons, Memory::Whole);
        let mut runs: Vec<Item> = story.runs.iter().cloned().map(Item::Run).collect();
        dice.shuffle(&mut runs);
        // Electors attest what they hold while the key events and epochs are still on their way.
        let cut = story.objects.len() * (2 + dice.below(8)) / 10;
        node.take(&Item::Objects(story.objects[..cut].to_vec()));
        runs.iter().for_each(|item| node.take(item));
        let held = heads(&node);
        node.take(&Item::Objects(story.objects[cut..].to_vec()));
        story.chosen.iter().for_each(|epoch| node.take(&Item::Choice(*epoch)));
        let mut before = heads(&node);
        for round in 0..12 {
            let points: Vec<Point> = held
                .iter()
                .filter(|_| dice.below(5) != 0)
                .map(|(log, (seq, entry))| Point { log: *log, seq: *seq, entry: *entry })
                .collect();
            let epochs = node.admission.governance().map_or(0, |governance| governance.epochs().len());
            if points.is_empty() || epochs == 0 {
                continue;
            }
            let epoch = node.admission.governance().expect("founded").epochs()[dice.below(epochs)].hash;
            node.take(&Item::Objects(vec![world.attestation_in(epoch, round % 5, points)]));
            let after = heads(&node);
            for (log, (seq, entry)) in &before {
                let longer = after.get(log).is_some_and(|(now, _)| now >= seq);
                assert!(longer && node.admission.place(entry).is_some(), "case {case}: {plan:#?}");
            }
            added += usize::from(before != after);
            before = after;
        }
    }
    assert!(added > 5, "attestations saved something {added} times");
}

fn heads(node: &Node) -> BTreeMap<commons_protocol::id::LogId, (u64, EntryId)> {
    node.admission.head_map()
}

/// Those who vote at any time in the story of two branches; four at once.
const ELECTORS: usize = 5;

/// What one elector knows.
#[derive(Clone, Default)]
struct Known {
    /// The branch of which it holds entries; after it learnt of the other, it attests the trunk.
    on_other: bool,
    knows_both: bool,
    /// The epoch in which it is, and whether it may still attest there.
    epoch: usize,
    has_voted: bool,
    /// Attested points that it heard of.
    heard: Vec<(usize, usize, Point)>,
}

/// Electors attest two branches of one log over several epochs.
struct Town {
    scene: Scene,
    electors: Vec<Known>,
    said: Vec<(usize, usize, Point)>,
    liars: usize,
    is_guarded: bool,
}

impl Town {
    fn new(dice: &mut Dice, liars: usize, is_guarded: bool) -> Self {
        let scene = scene(dice);
        let elector = |on_other| Known { on_other, ..Known::default() };
        let electors = (0..ELECTORS).map(|_| elector(dice.below(2) == 0)).collect();
        Self { scene, electors, said: Vec::new(), liars, is_guarded }
    }

    /// The last of the first four electors lie.
    fn is_liar(&self, index: usize) -> bool {
        (4 - self.liars..4).contains(&index)
    }

    fn branch(&self, on_other: bool) -> &Writer {
        if on_other { &self.scene.other } else { &self.scene.one }
    }

    /// Whether two points of the log are on one line.
    fn in_line(&self, one: &Point, other: &Point) -> bool {
        [&self.scene.one, &self.scene.other].iter().any(|branch| {
            let holds = |point: &Point| branch.ids.get(point.seq as usize) == Some(&point.entry);
            holds(one) && holds(other)
        })
    }

    /// An honest elector attests what it holds, unless the guard forbids it; a liar says anything.
    fn attest(&mut self, index: usize, dice: &mut Dice) {
        let known = self.electors[index].clone();
        let on_other = if self.is_liar(index) { dice.below(2) == 0 } else { known.on_other };
        let branch = self.branch(on_other);
        let longest = if known.knows_both && !self.is_liar(index) { self.scene.trunk } else { branch.ids.len() };
        let length = 1 + dice.below(longest.max(1));
        if longest == 0 || (known.has_voted && !self.is_liar(index)) {
            return;
        }
        let point = self.scene.point(branch, length);
        let epoch = if self.is_liar(index) { dice.below(self.scene.world.charters.len()) } else { known.epoch };
        let conflicts = |(of, by, other): &(usize, usize, Point)| {
            (*of < epoch || *by == index) && !self.in_line(&point, other)
        };
        if self.is_guarded && !self.is_liar(index) && known.heard.iter().any(conflicts) {
            return;
        }
        let charter = &self.scene.world.charters[epoch];
        if charter.elector(&self.scene.world.organisations[index].elector.public()).is_none() {
            return;
        }
        let hash: EpochHash = charter.hash();
        let object = self.scene.world.attestation_in(hash, index, vec![point]);
        self.scene.world.objects.push(object);
        self.said.push((epoch, index, point));
        self.electors[index].heard.push((epoch, index, point));
    }

    /// Three electors close an epoch. Who hears of it knows what those attested in it, of the liars
    /// as little as they like.
    fn close(&mut self, dice: &mut Dice) {
        let epoch = self.scene.world.charters.len() - 1;
        let mut voting = self.scene.world.electors();
        dice.shuffle(&mut voting);
        voting.truncate(3);
        if voting.iter().any(|index| !self.is_liar(*index) && self.electors[*index].epoch != epoch) {
            return;
        }
        let charter = self.next_charter(dice);
        self.scene.world.enact_by(charter, &voting);
        for index in voting {
            self.electors[index].has_voted = true;
            let told = self.said.iter().filter(|(of, by, _)| *of == epoch && *by == index);
            let told: Vec<_> = told.filter(|_| !self.is_liar(index) || dice.below(2) == 0).copied().collect();
            self.closing().extend(told);
        }
    }

    /// The next epoch, in which the one who does not vote may take the place of an honest elector.
    fn next_charter(&self, dice: &mut Dice) -> Charter {
        let world = &self.scene.world;
        let mut charter =
            Charter { name: text(&format!("Epoch {}", world.charters.len())), ..world.next_charter() };
        let spare = (0..ELECTORS).find(|index| !world.electors().contains(index)).expect("one of five");
        let gone = world.electors()[dice.below(4)];
        if !self.is_liar(gone) && !self.is_liar(spare) {
            let mut electors = charter.electors.to_vec();
            electors.retain(|elector| elector.organisation != world.organisations[gone].id());
            electors.push(world.organisations[spare].as_elector());
            electors.sort_by_key(|elector| elector.organisation);
            charter.electors = list(electors);
        }
        charter
    }

    /// What the votes that closed epochs name, kept with the last elector as a notice board.
    fn closing(&mut self) -> &mut Vec<(usize, usize, Point)> {
        if self.electors.len() == ELECTORS {
            self.electors.push(Known::default());
        }
        &mut self.electors[ELECTORS].heard
    }

    /// An elector hears of the next epoch, and of what the votes for it name.
    fn catch_up(&mut self, index: usize) {
        let board = self.closing().clone();
        let last = self.scene.world.charters.len() - 1;
        let elector = &mut self.electors[index];
        if elector.epoch < last {
            elector.epoch += 1;
            elector.has_voted = false;
            let epoch = elector.epoch;
            elector.heard.extend(board.into_iter().filter(|(of, ..)| *of < epoch));
        }
    }

    fn live(&mut self, dice: &mut Dice) {
        for _ in 0..80 {
            let index = dice.below(ELECTORS);
            match dice.below(8) {
                0..4 => self.attest(index, dice),
                4..6 => self.catch_up(index),
                6 if self.scene.world.charters.len() < 5 => self.close(dice),
                _ if dice.below(4) == 0 => self.electors[index].knows_both = true,
                _ => {}
            }
        }
    }

    /// Which branches beyond the trunk became stable.
    fn stable(&self) -> Vec<Point> {
        let mut node = Node::new(self.scene.world.commons, Memory::Whole);
        node.take(&Item::Objects(self.scene.world.objects.clone()));
        for log in [&self.scene.one, &self.scene.other] {
            node.take(&Item::Run(log.run(0, log.ids.len())));
        }
        let governance = node.admission.governance().expect("founded");
        assert_eq!(governance.epochs().len(), self.scene.world.charters.len(), "every epoch is decided");
        let (trunk, attested) = (self.scene.trunk as u64, node.admission.attested());
        [&self.scene.one, &self.scene.other]
            .iter()
            .filter_map(|log| {
                let is_on = |point: &Point| {
                    point.seq >= trunk && log.ids.get(point.seq as usize) == Some(&point.entry)
                };
                attested.stable_among(governance, &log.log(), &Lines(&self.scene), is_on)
            })
            .collect()
    }
}

/// Everybody's knowledge of both branches.
struct Lines<'a>(&'a Scene);

impl commons_protocol::stable::Lineage for Lines<'_> {
    fn leads_to(&self, ancestor: &Point, entry: &Point) -> bool {
        [&self.0.one, &self.0.other].iter().any(|branch| {
            let holds = |point: &Point| branch.ids.get(point.seq as usize) == Some(&point.entry);
            ancestor.seq <= entry.seq && holds(ancestor) && holds(entry)
        })
    }

    fn reaches(&self, _: &Point, _: u64) -> bool {
        true
    }
}

/// Towns in which both branches became stable, and in which one did.
fn towns(seeds: u64, liars: usize, is_guarded: bool) -> (usize, usize) {
    let (mut both, mut one) = (0, 0);
    for seed in 0..seeds {
        let mut dice = Dice(seed);
        let mut town = Town::new(&mut dice, liars, is_guarded);
        town.live(&mut dice);
        match town.stable().len() {
            2 => both += 1,
            1 => one += 1,
            _ => {}
        }
    }
    (both, one)
}

#[test]
fn at_most_one_branch_is_ever_stable() {
    let seeds = if std::env::var_os("COMMONS_LONG").is_some() { 20_000 } else { 400 };
    for liars in [0, 1] {
        let (both, one) = towns(seeds, liars, true);
        assert_eq!(both, 0, "with {liars} liars");
        assert!(one > 20, "one branch became stable {one} times with {liars} liars");
    }
}

#[test]
fn without_the_guard_or_with_more_liars_two_branches_become_stable() {
    assert!(towns(400, 1, false).0 > 0, "the guard of earlier epochs is needed");
    assert!(towns(400, 2, true).0 > 0, "two of four may not lie");
}

#[test]
fn a_log_goes_on_to_its_stable_point_beyond_a_pin() {
    let mut scene = scene(&mut Dice(1));
    let (first, last) = (scene.point(&scene.one, 1), scene.one.ids.len());
    let charter = scene.world.standing_charter(OWNER, Standing::Suspended, vec![first]);
    scene.world.enact(charter);
    let charter = scene.world.standing_charter(OWNER, Standing::Active, Vec::new());
    scene.world.enact(charter);
    let mut on = scene.one.fork_at(1);
    on.epoch = 2;
    (0..last).for_each(|_| _ = on.create());
    let mut off = on.fork_at(3);
    off.receipt(EntryId([1; 32]));
    let stable = scene.point(&on, 5);
    (0..3).for_each(|elector| scene.world.attest(elector, vec![stable]));
    let mut node = Node::new(scene.world.commons, Memory::Whole);
    node.take(&Item::Objects(scene.world.objects.clone()));
    on.runs(1).into_iter().chain(off.runs(1)).for_each(|run| node.take(&Item::Run(run)));
    assert_eq!(node.admission.head_map().get(&on.log()), Some(&(stable.seq, stable.entry)));
}

#[test]
fn an_elector_that_names_a_wrong_place_moves_no_stable_point() {
    let mut scene = scene(&mut Dice(2));
    let length = scene.one.ids.len();
    let high = scene.point(&scene.one, length);
    (0..2).for_each(|elector| scene.world.attest(elector, vec![high]));
    // The third lies about the place: it can't make the others' entry stable at another one.
    scene.world.attest(2, vec![Point { seq: high.seq - 1, ..high }]);
    let thief = key("nobody in particular");
    assert!(scene.world.organisations.iter().all(|one| one.elector.public() != thief.public()));
    let mut node = Node::new(scene.world.commons, Memory::Whole);
    node.take(&Item::Objects(scene.world.objects.clone()));
    scene.one.runs(2).into_iter().for_each(|run| node.take(&Item::Run(run)));
    assert_eq!(node.admission.stable(&high.log), None);
}
