//! A site reports and corrects at random, and somebody who reads all of it
//! works out what is masked, by a search of their own: whatever was accepted
//! leaves at least as many integers as the threshold.
#![allow(clippy::disallowed_methods, reason = "the number of cases comes from the environment")]

#[path = "disclosure/attacker.rs"]
mod attacker;
#[path = "disclosure/hidden.rs"]
mod hidden;
#[path = "disclosure/history.rs"]
mod history;
#[path = "disclosure/honest.rs"]
mod honest;
#[path = "disclosure/integers.rs"]
mod integers;
#[path = "disclosure/kit.rs"]
mod kit;

use history::{Case, Move, Outcome, Reading};
use honest::Honest;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::cell::RefCell;

/// The least threshold that a charter can name: the search is quick.
const THRESHOLD: u16 = 5;
const SEED: u8 = 5;

fn numbers() -> impl Strategy<Value = Vec<u64>> {
    let one = prop_oneof![4 => 0..4_u64, 3 => 4..12_u64, 3 => 12..40_u64, 2 => Just(0)];
    prop::collection::vec(one, 72)
}

fn shapes() -> impl Strategy<Value = hidden::Shape> {
    let small = (0..5_u8, 0..5_u8, 0..4_u8, 2..5_usize, 1..4_usize);
    (small, prop::bool::weighted(0.2), prop::bool::weighted(0.3), numbers()).prop_map(
        |((first, second, sharing, wards, shifts), sensitive, excludes, raw)| hidden::Shape {
            kinds: (first, second),
            sharing,
            wards,
            shifts,
            sensitive,
            excludes,
            raw,
        },
    )
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let change = prop_oneof![3 => Just(0), 2 => -4..5_i64, 3 => -40..41_i64];
    let one = (0..4_u8, 0..12_usize, 0..3_usize, change, any::<u64>(), 0..10_u8, 0..16_u8);
    let one = one.prop_map(|(measures, place, number, by, masks, share, style)| Move {
        measures,
        place,
        number,
        by,
        masks,
        share,
        style,
    });
    prop::collection::vec(one, 1..7)
}

fn run(cases: u32, reading: Reading) -> Outcome {
    let cases = std::env::var("COMMONS_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(cases);
    let mut bytes = [0; 32];
    bytes[0] = SEED;
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 3_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let sum = RefCell::new(Outcome::default());
    let outcome = runner.run(&(shapes(), moves()), |(shape, moves)| {
        let case = Case { shape, moves, threshold: THRESHOLD };
        let one = history::play(&case, reading).map_err(TestCaseError::fail)?;
        sum.borrow_mut().add(&one);
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, (shape, moves))) => {
            let case = Case { shape, moves, threshold: THRESHOLD };
            panic!("seed {SEED}: {reason}\n{}", history::describe(&case));
        }
        Err(other) => panic!("seed {SEED}: {other}"),
    }
    let sum = sum.into_inner();
    println!("{reading:?}: {cases} cases, {sum}");
    sum
}

#[test]
fn nobody_works_out_what_the_tables_in_force_mask() {
    let sum = run(2_000, Reading::InForce);
    assert!(sum.accepted > 1_000 && sum.guessed > 1_000, "too few to mean anything: {sum}");
    assert!(sum.gave_up * 100 < sum.guessed, "the search gave up too often: {sum}");
}

#[test]
fn nobody_works_it_out_from_all_that_was_ever_said() {
    let sum = run(2_000, Reading::Linked);
    assert!(sum.accepted > 1_000 && sum.guessed > 1_000, "too few to mean anything: {sum}");
}

#[test]
fn nobody_works_it_out_from_one_sort_of_number_alone() {
    let sum = run(1_500, Reading::Apart);
    assert!(sum.accepted > 1_000 && sum.guessed > 1_000, "too few to mean anything: {sum}");
}

/// A site without anything to hide, which grows by more than the threshold, is
/// never refused; one that masks what it must and, if that is not enough, more
/// and more, always finds something that it can say.
#[test]
fn honest_sites_are_heard() {
    let mut sum = Honest::default();
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 1_000, failure_persistence: None, ..Config::default() },
        TestRng::from_seed(RngAlgorithm::ChaCha, &[SEED; 32]),
    );
    for _ in 0..1_000 {
        let shape = shapes().new_tree(&mut runner).expect("a shape").current();
        let large = Honest::large(&shape, THRESHOLD);
        assert_eq!(large, Ok(()), "nothing to hide: {shape:?}");
        sum.hear(&shape, THRESHOLD);
    }
    println!("{sum:?}");
    assert!(sum.refused_whole == 0, "nothing at all could be said: {sum:?}");
}
