//! What is stable stays, what is pinned ends, whatever comes later and in any order.
#![allow(clippy::disallowed_methods, reason = "seed and number of cases come from the environment")]

#[path = "common/node.rs"]
mod node;
#[path = "common/story.rs"]
mod story;
#[path = "stable/town.rs"]
mod town;
#[path = "common/world.rs"]
mod world;

use commons_protocol::charter::Point;
use commons_protocol::collection::{Collection, Role, Standing};
use commons_protocol::entry::EntryKind;
use commons_protocol::fork::Fork;
use commons_protocol::id::{EntryId, LogId};
use commons_protocol::keylog::KeyAction;
use commons_protocol::object::Object;
use commons_protocol::run::VerifiedRun;
use node::{Item, Memory, Node};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;
use story::{Step, plans};
use town::Town;
use world::{Dice, World, Writer, key, key_event, list};

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
        match dice.below(8) {
            0 => _ = self.world.admin_event(OWNER, KeyAction::Revoke { key, pins }),
            1 => _ = self.world.admin_event(OWNER, KeyAction::EndLogs { ends: list([point]) }),
            2 => {
                let (one, other) = (&self.one, &self.other);
                let runs = (one.run(0, one.ids.len()), other.run(0, other.ids.len()));
                let proof = Fork::new(self.world.commons, &runs.0, &runs.1).expect("they differ");
                self.world.objects.push(proof.into());
            }
            3..6 => self.deny_delegations(dice),
            // A lying elector attests anything.
            6 => self.world.attest(3, vec![point]),
            _ => self.world.attest(OWNER, vec![point]),
        }
    }
}

impl Scene {
    /// The owner revokes the admin key that delegated node and person, or forks its chains, as if
    /// nothing had ever been delegated; or it delegates something else under another key.
    fn deny_delegations(&mut self, dice: &mut Dice) {
        let (commons, owner) = (self.world.commons, self.world.organisations[OWNER].clone());
        let (root, admin) = (&owner.root, &owner.admin);
        let other = key("another admin");
        let appoint = KeyAction::AppointAdmin { admin: other.public() };
        let nothing = KeyAction::Announce { node: other.public(), addresses: list([]) };
        match dice.below(4) {
            0 => {
                _ = self.world.root_event(OWNER, KeyAction::RevokeAdmin { admin: admin.public(), last: None })
            }
            1 => self.world.objects.push(key_event(commons, owner.id(), admin, 0, None, nothing)),
            2 => self.world.objects.push(key_event(commons, owner.id(), root, 0, None, appoint)),
            _ => {
                self.world.root_event(OWNER, appoint);
                let person = owner.person_delegation(commons, &owner.person, &[Role::Improver]);
                self.world.key_event(OWNER, &other, person);
                let node = owner.node_delegation(commons, &[Collection::Needs]);
                self.world.key_event(OWNER, &other, node);
            }
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

fn heads(node: &Node) -> BTreeMap<LogId, (u64, EntryId)> {
    node.admission.head_map()
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

/// More electors lie than may: they attest one branch and pin the other. The pin decides, also when
/// its branch comes last.
#[test]
fn a_pin_decides_once_its_branch_is_here() {
    for_many_seeds(20, |dice| {
        let mut scene = scene(dice);
        let (one, other) = (scene.one.clone(), scene.other.clone());
        let stable = scene.point(&other, other.ids.len());
        (0..3).for_each(|elector| scene.world.attest(elector, vec![stable]));
        let pin = scene.point(&one, one.ids.len());
        let charter = scene.world.standing_charter(OWNER, Standing::Suspended, vec![pin]);
        scene.world.enact(charter);
        let proof =
            Fork::new(scene.world.commons, &one.run(0, one.ids.len()), &other.run(0, other.ids.len()));
        scene.world.objects.extend(proof.map(Object::from));
        let mut node = Node::new(scene.world.commons, Memory::Whole);
        node.take(&Item::Objects(scene.world.objects.clone()));
        other.runs(2).into_iter().for_each(|run| node.take(&Item::Run(run)));
        node.check(&node.seen, "before the pin's branch").expect("as specified");
        one.runs(3).into_iter().for_each(|run| node.take(&Item::Run(run)));
        node.check(&node.seen, "with the pin's branch").expect("as specified");
        assert!(node.admission.place(&pin.entry).is_some());
    });
}

/// What waits on a branch that does not count must not hide what the other branch waits for.
#[test]
fn the_branch_that_counts_is_woken_by_what_it_waits_for() {
    for_many_seeds(20, |dice| {
        let mut scene = scene(dice);
        let mut elsewhere = scene.world.writer(0, Collection::Toolkits, 0);
        let dependency = elsewhere.create();
        let mut one = scene.one.clone();
        one.write(EntryKind::Receipt, vec![1], vec![dependency]);
        let last = scene.point(&one, one.ids.len());
        scene.world.admin_event(OWNER, KeyAction::EndLogs { ends: list([last]) });
        let mut items: Vec<Item> =
            one.runs(2).into_iter().chain(scene.other.runs(2)).map(Item::Run).collect();
        dice.shuffle(&mut items);
        let mut node = Node::new(scene.world.commons, Memory::Whole);
        node.take(&Item::Objects(scene.world.objects.clone()));
        items.iter().for_each(|item| node.take(item));
        assert!(node.admission.place(&last.entry).is_none());
        node.take(&Item::Run(elsewhere.run(0, 1)));
        assert!(node.admission.place(&last.entry).is_some(), "it was woken");
    });
}

#[test]
fn an_elector_that_names_a_wrong_place_moves_no_stable_point() {
    let mut scene = scene(&mut Dice(2));
    let length = scene.one.ids.len();
    let high = scene.point(&scene.one, length);
    (0..2).for_each(|elector| scene.world.attest(elector, vec![high]));
    // The third lies about the place: it can't make the others' entry stable at another one.
    scene.world.attest(2, vec![Point { seq: high.seq - 1, ..high }]);
    let mut node = Node::new(scene.world.commons, Memory::Whole);
    node.take(&Item::Objects(scene.world.objects.clone()));
    scene.one.runs(2).into_iter().for_each(|run| node.take(&Item::Run(run)));
    assert_eq!(node.admission.stable(&high.log), None);
}
