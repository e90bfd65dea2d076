//! Catch-up sessions between replicas in memory: both end with the union, at a bounded cost, and
//! a hostile peer gains nothing.
#![allow(clippy::disallowed_methods, reason = "seed and number of cases come from the environment")]

#[path = "common/replica.rs"]
mod replica;
#[path = "common/story.rs"]
mod story;
#[path = "common/world.rs"]
mod world;

use commons_protocol::bounded::BoundedVec;
use commons_protocol::collection::Collection;
use commons_protocol::entry::{EntryKind, LogName};
use commons_protocol::id::ObjectId;
use commons_protocol::keylog::KeyAction;
use commons_protocol::limits::{ROWS, WANTS};
use commons_protocol::object::Object;
use commons_protocol::recompute::recompute;
use commons_protocol::run::VerifiedRun;
use commons_protocol::sync::frame::{Range, Rows, Want};
use commons_protocol::sync::table::{BucketSet, Short, ShortRow, Table};
use commons_protocol::sync::{Frame, Replica, Session};
use proptest::strategy::Strategy as _;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use replica::{Memory, Talk, converse};
use std::collections::BTreeSet;
use story::{Plan, Step, Story, plans};
use world::{Dice, World, Writer};

/// Gives each part of a story to one node or both.
fn divide(story: &Story, dice: &mut Dice) -> (Memory, Memory) {
    let (mut left, mut right) = (Memory::new(story.commons), Memory::new(story.commons));
    let both = 1 + dice.below(4);
    for object in &story.objects {
        let side = dice.below(2 + both);
        if side != 0 {
            left.add_objects(vec![object.clone()]);
        }
        if side != 1 {
            right.add_objects(vec![object.clone()]);
        }
    }
    for run in &story.runs {
        let side = dice.below(2 + both);
        if side != 0 {
            left.add_run(run.clone());
        }
        if side != 1 {
            right.add_run(run.clone());
        }
    }
    (left, right)
}

fn hold_for_all(cases: u32, check: impl Fn(&Plan) -> Result<(), TestCaseError>) {
    let seed: u64 = std::env::var("COMMONS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let cases = if std::env::var_os("COMMONS_LONG").is_some() { cases * 500 } else { cases };
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 100, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    // An entry may be stable by descendants that are not admitted; those do not travel.
    let is_said = |step: &Step| !matches!(step, Step::Attest { .. } | Step::Agree { .. });
    let plans = plans().prop_map(move |mut plan| {
        plan.steps.retain(is_said);
        plan
    });
    let result = runner.run(&plans, |plan| check(&plan));
    if let Err(TestError::Fail(reason, plan)) = result {
        panic!("COMMONS_SEED={seed}: {reason}\nsmallest story: {plan:#?}");
    }
    result.expect("no case was given up");
}

fn rounds(talk: &Talk) -> usize {
    let is_hello = |frame: &&replica::Sent| matches!(Frame::decode(&frame.bytes), Ok(Frame::Hello(_)));
    talk.frames.iter().filter(|frame| frame.by_caller).filter(is_hello).count()
}

fn in_step(left: &mut Memory, right: &mut Memory) -> bool {
    [Table::Objects, Table::Heads].into_iter().all(|table| left.digest(table) == right.digest(table))
}

/// Both ends hold the same, and all that follows from the union of what they admitted.
fn same_union(story: &Story, left: &mut Memory, right: &mut Memory) -> Result<(), TestCaseError> {
    proptest::prop_assert_eq!(left.admission.head_map(), right.admission.head_map());
    proptest::prop_assert_eq!(left.admission.frozen(), right.admission.frozen());
    proptest::prop_assert!(in_step(left, right));
    proptest::prop_assert_eq!(distinct(left.admission.objects().values()), distinct(&story.objects));
    Ok(())
}

/// All but proofs of forks, of which one per log is kept and which nodes make themselves.
fn distinct<'a>(objects: impl IntoIterator<Item = &'a Object>) -> BTreeSet<ObjectId> {
    let others = objects.into_iter().filter(|object| !matches!(object, Object::Fork(_)));
    others.map(Object::id).collect()
}

#[test]
fn after_one_session_both_hold_the_union() {
    hold_for_all(64, |plan| {
        let story = plan.tell();
        let (mut left, mut right) = divide(&story, &mut Dice(plan.order));
        let talk = converse(&mut left, &mut right, 1, None);
        proptest::prop_assert!(rounds(&talk) <= 12, "{} rounds", rounds(&talk));
        let caller = talk.caller.clone().expect("the caller came to an end");
        proptest::prop_assert_eq!(caller.fault, None);
        proptest::prop_assert!(caller.in_step, "after {} rounds", rounds(&talk));
        same_union(&story, &mut left, &mut right)
    });
}

#[test]
fn without_forks_the_union_is_what_the_specification_says() {
    hold_for_all(64, |plan| {
        let mut plan = plan.clone();
        plan.steps.retain(|step| !matches!(step, Step::Fork { .. }));
        let story = plan.tell();
        let (mut left, mut right) = divide(&story, &mut Dice(plan.order));
        converse(&mut left, &mut right, 1, None);
        same_union(&story, &mut left, &mut right)?;
        let expected = recompute(story.commons, &story.objects, &story.runs, &BTreeSet::new());
        proptest::prop_assert_eq!(left.admission.head_map(), expected);
        Ok(())
    });
}

#[test]
fn a_second_session_has_nothing_to_say() {
    hold_for_all(16, |plan| {
        let story = plan.tell();
        let (mut left, mut right) = divide(&story, &mut Dice(plan.order));
        converse(&mut left, &mut right, 1, None);
        let talk = converse(&mut right, &mut left, 2, None);
        let runs = talk.last_runs();
        proptest::prop_assert_eq!(runs, None);
        proptest::prop_assert_eq!(rounds(&talk), 1);
        proptest::prop_assert!(talk.bytes() < 512, "{} bytes", talk.bytes());
        Ok(())
    });
}

#[test]
fn a_session_cut_at_any_frame_is_made_good_by_the_next() {
    hold_for_all(6, |plan| {
        let story = plan.tell();
        let (mut left, mut right) = divide(&story, &mut Dice(plan.order));
        let whole = converse(&mut left, &mut right, 1, None).frames.len();
        for cut in 0..whole {
            let (mut one, mut other) = divide(&story, &mut Dice(plan.order));
            converse(&mut one, &mut other, 1, Some(cut));
            converse(&mut other, &mut one, 2, None);
            proptest::prop_assert_eq!(one.admission.head_map(), left.admission.head_map(), "cut at {}", cut);
            same_union(&story, &mut one, &mut other)?;
        }
        Ok(())
    });
}

/// `logs` logs of `length` entries, known to both; then ten entries more on each side in five logs.
fn large(logs: usize, length: usize) -> (Memory, Memory, usize) {
    let mut world = World::new(1, 1);
    let person = world.organisations[0].person.public();
    let mut writers: Vec<Writer> = Vec::new();
    for node in 0..logs.div_ceil(250) {
        let key = world::key(&format!("node {node}"));
        let organisation = world.organisations[0].id();
        let action = KeyAction::DelegateNode {
            node: key.public(),
            peer: key.public(),
            collections: world::list([Collection::Toolkits]),
            addresses: world::list([]),
            proof: commons_protocol::keylog::consent(&world.commons, &organisation, &key),
        };
        world.admin_event(0, action);
        for nonce in 0..250.min(logs - writers.len()) {
            let nonce = u8::try_from(nonce).expect("below 250");
            let name = LogName { node: key.public(), collection: Collection::Toolkits, nonce };
            writers.push(Writer::new(world.commons, name, key.clone(), person));
        }
    }
    let (mut left, mut right) = (Memory::new(world.commons), Memory::new(world.commons));
    left.add_objects(world.objects.clone());
    right.add_objects(world.objects.clone());
    for writer in &mut writers {
        (0..length).for_each(|_| _ = writer.write(EntryKind::Receipt, vec![1; 100], vec![]));
        for run in writer.runs(256) {
            left.add_run(run.clone());
            right.add_run(run);
        }
    }
    let mut payload = 0;
    for number in 0..20 {
        let writer = &mut writers[(number % 10) * logs / 10];
        writer.write(EntryKind::Receipt, vec![2; 100], vec![]);
        payload += 100;
        let last = writer.ids.len();
        let side = if number % 10 < 5 { &mut left } else { &mut right };
        side.add_run(writer.run(last - 1, last));
    }
    (left, right, payload)
}

fn measure(logs: usize, length: usize, budget: usize) {
    let (mut left, mut right, payload) = large(logs, length);
    let entries = left.admission.entries();
    let talk = converse(&mut left, &mut right, 3, None);
    assert!(in_step(&mut left, &mut right));
    assert_eq!(left.admission.entries(), entries + 10);
    let last = talk.last_runs().expect("runs were sent");
    let turns = talk.turns_before(last).div_ceil(2);
    let beyond = talk.bytes() - payload;
    println!(
        "{logs} logs x {length}: {} bytes, {beyond} beyond the payload, {turns} round trips",
        talk.bytes()
    );
    assert!(beyond <= budget, "{beyond} bytes beyond the payload");
    assert!(turns <= 3, "{turns} round trips before the last run");
}

#[test]
fn ten_new_entries_on_each_side_of_300_logs_cost_little() {
    measure(300, 333, 8 * 1024);
}

#[test]
fn ten_new_entries_on_each_side_of_3000_logs_cost_little() {
    measure(3_000, 33, 16 * 1024);
}

/// Both sides of a world in which every admitted entry is known beforehand.
fn small() -> (World, Vec<VerifiedRun>, Memory) {
    let world = World::new(2, 1);
    let mut writer = world.writer(0, Collection::Toolkits, 0);
    (0..6).for_each(|_| _ = writer.create());
    let runs = writer.runs(2);
    let mut memory = Memory::new(world.commons);
    memory.add_objects(world.objects.clone());
    runs.iter().take(2).for_each(|run| _ = memory.add_run(run.clone()));
    (world, runs, memory)
}

fn hostile_frame(dice: &mut Dice, honest: &[Vec<u8>], runs: &[VerifiedRun]) -> Vec<u8> {
    let short = |dice: &mut Dice| Short(dice.roll().to_be_bytes());
    let table = if dice.below(2) == 0 { Table::Objects } else { Table::Heads };
    let row = |dice: &mut Dice| ShortRow {
        name: short(dice),
        version: if dice.below(2) == 0 { u64::MAX - 1 } else { dice.roll() },
        tag: short(dice),
    };
    let buckets = BucketSet::differing(&[0; 256], &[dice.roll(); 256]);
    match dice.below(8) {
        0 => {
            let rows = BoundedVec::new((0..dice.below(40)).map(|_| row(dice)).collect()).expect("few");
            Frame::Rows(Rows { table, buckets, rows, more: dice.below(3) == 0 }).encode()
        }
        1 => {
            let rows = BoundedVec::new(vec![row(dice); ROWS]).expect("as many as fit");
            Frame::Rows(Rows { table, buckets, rows, more: true }).encode()
        }
        2 => {
            let ranges =
                (0..dice.below(WANTS)).map(|_| Range { name: short(dice), from: dice.roll() }).collect();
            let ranges = BoundedVec::new(ranges).expect("few enough");
            Frame::Want(Want { table, ranges, max_bytes: u32::MAX }).encode()
        }
        3 => {
            let mut run = runs[dice.below(runs.len())].encode();
            let place = dice.below(run.len());
            run[place] ^= 1 << dice.below(8);
            Frame::Runs(world::list([world_bytes(run)])).encode()
        }
        4 => (0..dice.below(200)).map(|_| dice.roll().to_be_bytes()[0]).collect(),
        5 => {
            let mut frame = honest[dice.below(honest.len())].clone();
            let place = dice.below(frame.len());
            frame[place] ^= 1 << dice.below(8);
            frame
        }
        _ => honest[dice.below(honest.len())].clone(),
    }
}

fn world_bytes<const N: usize>(bytes: Vec<u8>) -> commons_protocol::bounded::BoundedBytes<N> {
    commons_protocol::bounded::BoundedBytes::new(bytes).expect("small")
}

#[test]
fn hostile_frames_neither_panic_nor_get_anything_admitted() {
    let (world, runs, _) = small();
    let mut whole = Memory::new(world.commons);
    whole.add_objects(world.objects.clone());
    runs.iter().for_each(|run| _ = whole.add_run(run.clone()));
    let honest: Vec<Vec<u8>> =
        converse(&mut whole, &mut small().2, 9, None).frames.into_iter().map(|frame| frame.bytes).collect();
    for seed in 0..400 {
        let mut dice = Dice(seed);
        let mut memory = small().2;
        let is_caller = dice.below(2) == 0;
        let mut session = Session::new(is_caller, [5; 16]);
        if is_caller {
            session.open(&mut memory);
        }
        for _ in 0..30 {
            session.handle(&hostile_frame(&mut dice, &honest, &runs), &mut memory);
        }
        for (log, (seq, id)) in memory.admission.head_map() {
            let known = whole.admission.head(&log).expect("no log comes from nowhere");
            assert!(seq <= known.seq && whole.admission.place(&id).is_some(), "seed {seed}");
        }
        assert_eq!(memory.admission.objects(), whole.admission.objects(), "seed {seed}");
        assert!(memory.admission.frozen().is_empty(), "seed {seed}");
    }
}

#[test]
fn missing_bodies_are_fetched() {
    let (world, runs, _) = small();
    let (mut left, mut right) = (Memory::new(world.commons), Memory::new(world.commons));
    for memory in [&mut left, &mut right] {
        memory.add_objects(world.objects.clone());
    }
    for run in &runs {
        left.add_run(run.clone());
        let mut bare = run.clone();
        bare.drop_bodies(|entry| entry.header.seq % 2 == 0);
        right.add_run(bare);
    }
    assert_eq!(right.missing_bodies().len(), 3);
    converse(&mut left, &mut right, 4, None);
    assert_eq!(right.missing_bodies().len(), 0, "the callee asks for them");
    let mut third = Memory::new(world.commons);
    third.add_objects(world.objects.clone());
    for run in &runs {
        let mut bare = run.clone();
        bare.drop_bodies(|_| true);
        third.add_run(bare);
    }
    converse(&mut third, &mut right, 5, None);
    assert_eq!(third.missing_bodies().len(), 0, "the caller asks for them");
}
