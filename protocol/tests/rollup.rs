//! Roll-ups: the network's numbers of one measure.

#[path = "rollup/naive.rs"]
mod naive;
#[path = "rollup/rules.rs"]
mod rules;
#[path = "rollup/scene.rs"]
mod scene;
#[path = "rollup/snapshots.rs"]
mod snapshots;
#[path = "common/world.rs"]
mod world;

use commons_protocol::disclosure::{Ground, Policy};
use commons_protocol::id::Digest;
use commons_protocol::period::Period;
use commons_protocol::rollup::{Reason, Rollup, Sum};
use scene::{COMMONS, MEASURE, Network, any_table, by_age, by_other_age, month, withdrawn};
use std::collections::{BTreeMap, BTreeSet};
use world::Dice;

/// Organisations and months of a random story.
const ORGANISATIONS: usize = 5;
const MONTHS: usize = 2;

/// One organisation says something about a month.
fn step(dice: &mut Dice, network: &mut Network) -> (u8, Period, bool) {
    let who = u8::try_from(1 + dice.below(ORGANISATIONS)).expect("few");
    let period = month(u32::try_from(dice.below(MONTHS)).expect("few"));
    let grounds: [Ground; 2] = [by_age(), by_other_age()];
    let ground = &grounds[usize::from(dice.below(4) == 0)];
    let table = match dice.below(10) {
        0 => withdrawn(period),
        _ => any_table(dice, ground, period),
    };
    (who, period, network.try_say(who, ground, table))
}

fn any_policy(dice: &mut Dice) -> Policy {
    let (organisations, share) = ([2, 3, 4][dice.below(3)], [50, 75, 90, 100][dice.below(4)]);
    Policy { organisations, share, ..Policy::default() }
}

fn kind_of(sum: Sum) -> &'static str {
    match sum {
        Sum::Known(_) => "known",
        Sum::Between { high: Some(_), .. } => "between",
        Sum::Between { high: None, .. } => "at least",
        Sum::Withheld(Reason::TooFew) => "too few",
        Sum::Withheld(Reason::Dominated) => "dominated",
    }
}

#[test]
fn rows_are_those_of_the_plainest_recomputation() {
    let (mut accepted, mut kinds) = (0, BTreeMap::new());
    for seed in 0..250 {
        let mut dice = Dice(seed);
        let mut network = Network::default();
        let policy = any_policy(&mut dice);
        let mut rollup = Rollup::new(COMMONS, MEASURE, policy);
        for number in 0..40 {
            let (who, period, is_accepted) = step(&mut dice, &mut network);
            accepted += usize::from(is_accepted);
            network.tell(&mut rollup, who, period);
            if number % 8 == 0 {
                // Whoever asks between changes must not see what was before.
                assert_eq!(rollup.digest(), network.rollup_by(policy).digest(), "seed {seed}");
            }
        }
        let (rows, expected) = (rollup.rows().collect::<Vec<_>>(), naive::rows(&network, &policy));
        assert_eq!(rows, expected, "seed {seed}");
        assert!(rows.iter().all(|row| row.is_sound()), "seed {seed}");
        assert_eq!(rollup.digest(), network.rollup_by(policy).digest(), "seed {seed}");
        rows.iter().for_each(|row| *kinds.entry(kind_of(row.numerator)).or_insert(0) += 1);
    }
    println!("{accepted} of 10000 submissions accepted, rows: {kinds:?}");
    assert!(accepted > 2_000 && kinds.len() == 5 && kinds.values().all(|count| *count > 10), "{kinds:?}");
}

#[test]
fn the_order_in_which_tables_come_does_not_matter() {
    for seed in 0..40 {
        let mut dice = Dice(seed);
        let mut network = Network::default();
        (0..60).for_each(|_| _ = step(&mut dice, &mut network));
        let all: Vec<(u8, Period)> =
            (1..=5).flat_map(|who| (0..2).map(move |number| (who, month(number)))).collect();
        let digests: BTreeSet<Digest> = (0..6)
            .map(|_| {
                let mut order = [&all[..], &all[..]].concat();
                dice.shuffle(&mut order);
                let mut rollup = Rollup::new(COMMONS, MEASURE, Policy::default());
                order.iter().for_each(|(who, period)| _ = network.tell(&mut rollup, *who, *period));
                rollup.digest()
            })
            .collect();
        assert_eq!(digests.len(), 1, "seed {seed}");
    }
}

#[test]
fn what_was_withdrawn_was_never_there() {
    for seed in 0..40 {
        let mut dice = Dice(seed);
        let mut network = Network::default();
        (0..20).for_each(|_| _ = step(&mut dice, &mut network));
        let (before, mut rollup) = (network.rollup(), network.rollup());
        let mut passing = Network::default();
        passing.say(77, &by_age(), scene::total(month(30), scene::share(scene::known(20), scene::known(50))));
        passing.say(77, &by_age(), scene::total(month(1), scene::share(scene::known(20), scene::known(50))));
        for period in [month(1), month(30)] {
            assert!(passing.tell(&mut rollup, 77, period));
            assert!(!passing.tell(&mut rollup, 77, period), "the same again changes nothing");
            assert_ne!(rollup.digest(), before.digest(), "seed {seed}");
            assert!(rollup.set(scene::organisation(77), period, None));
            assert!(!rollup.set(scene::organisation(77), period, None), "there is nothing left to withdraw");
        }
        assert_eq!(rollup.digest(), before.digest(), "seed {seed}");
        assert!(rollup.rows().eq(before.rows()) && rollup.periods().eq(before.periods()), "seed {seed}");
        assert_eq!(rollup.contributors(month(0)..=month(99)), before.contributors(month(0)..=month(99)));
    }
}

#[test]
fn everything_that_goes_in_changes_the_digest() {
    let network = scene::counts(&[scene::known(100), scene::known(200), scene::MASKED]);
    let policy = Policy::default();
    let others = [
        Policy { share: 80, ..policy },
        Policy { organisations: 2, ..policy },
        Policy { threshold: 11, ..policy },
    ];
    let mut digests: BTreeSet<Digest> = others.iter().map(|one| network.rollup_by(*one).digest()).collect();
    digests.insert(network.rollup().digest());
    digests.insert(Rollup::new(COMMONS, MEASURE, policy).digest());
    digests.insert(Rollup::new(commons_protocol::id::CommonsId([9; 32]), MEASURE, policy).digest());
    digests.insert(Rollup::new(COMMONS, commons_protocol::id::DocumentId([9; 32]), policy).digest());
    for numbers in [[101, 200, 300], [100, 200, 300], [200, 100, 300]] {
        digests.insert(scene::counts(&numbers.map(scene::known)).rollup().digest());
    }
    assert_eq!(digests.len(), 10);
}
