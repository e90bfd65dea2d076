//! Each rule broken on purpose is found, with who and where; what honest electors do never is.
//!
//! `COMMONS_LONG=1` plays 5,000 honest histories; `COMMONS_SEED=<number>` repeats one.
#![allow(clippy::disallowed_methods, reason = "seed and number of cases come from the environment")]

#[path = "common/breaches.rs"]
mod breaches;
#[path = "faults/honest.rs"]
mod honest;
#[path = "common/world.rs"]
mod world;

use breaches::{
    BREACHES, LIAR, blank, branches, broken, cast, commit, forked, found, found_in, judged, log, prepare,
    renamed, sign_attestation,
};
use commons_protocol::charter::Charter;
use commons_protocol::fault::{FaultKind, Place, faults};
use commons_protocol::object::Object;
use commons_protocol::recompute::Judges;
use commons_protocol::vote::{Phase, Vote};
use std::collections::BTreeSet;
use world::{Dice, World, key, list, sign_vote};

fn kinds(world: &World) -> Vec<FaultKind> {
    found(world).0.iter().map(|fault| fault.kind).collect()
}

#[test]
fn each_broken_rule_is_one_fault_of_the_one_who_broke_it() {
    assert_eq!(kinds(&breaches::world()), [], "before anybody breaks anything");
    for (kind, breach) in BREACHES {
        let world = broken(breach);
        let (faults, objects, governance) = found(&world);
        let [fault] = faults.as_slice() else { panic!("{kind}: {faults:?}") };
        assert_eq!(fault.kind, kind);
        assert_eq!(fault.organisation, world.organisations[LIAR].id(), "{kind}");
        assert_eq!(fault.culprit, world.organisations[LIAR].elector.public(), "{kind}");
        assert!(fault.evidence.iter().all(|id| objects.contains_key(id)), "{kind}");
        assert!(fault.in_words(&governance).starts_with("Site 1 "), "{}", fault.in_words(&governance));
    }
}

#[test]
fn every_kind_has_its_code_and_its_words() {
    let codes: BTreeSet<&str> = FaultKind::ALL.iter().map(|kind| kind.code()).collect();
    let sentences: BTreeSet<&str> = FaultKind::ALL.iter().map(|kind| kind.sentence()).collect();
    assert_eq!((codes.len(), sentences.len()), (FaultKind::ALL.len(), FaultKind::ALL.len()));
    let broken: BTreeSet<FaultKind> = BREACHES.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(broken.len() + 1, FaultKind::ALL.len(), "a breach for every kind, beside the forked log");
}

#[test]
fn each_piece_of_evidence_is_needed() {
    for (kind, breach) in BREACHES {
        let world = broken(breach);
        let evidence = found(&world).0.remove(0).evidence;
        for missing in evidence {
            let objects: Vec<Object> =
                world.objects.iter().filter(|object| object.id() != missing).cloned().collect();
            assert_eq!(found_in(&world, &objects), [], "{kind} without {missing}");
        }
    }
}

#[test]
fn a_forked_log_is_its_nodes_fault() {
    let mut world = forked();
    let faults = found(&world).0;
    let [fault] = faults.as_slice() else { panic!("{faults:?}") };
    assert_eq!(fault.kind, FaultKind::ForkedLog);
    assert_eq!(fault.culprit, world.organisations[LIAR].node.public());
    assert_eq!(fault.place, Place::Log(branches(&world).0.log()));
    world.objects.retain(|object| !matches!(object, Object::Key(_)));
    assert_eq!(kinds(&world), [], "a key that no member delegated");
}

#[test]
fn entries_beyond_a_known_fork_lie_on_two_branches() {
    let mut world = forked();
    let (one, other) = branches(&world);
    world.attest(LIAR, one.pin(4).into_iter().collect());
    world.attest(LIAR, other.pin(6).into_iter().collect());
    assert_eq!(kinds(&world), [FaultKind::AttestedTwoBranches, FaultKind::ForkedLog]);
    world.objects.retain(|object| !matches!(object, Object::Fork(_)));
    assert_eq!(kinds(&world), [], "nobody can know that they are not on one line");
}

#[test]
fn one_fault_per_place_whatever_is_signed() {
    let mut world = breaches::world();
    for round in 0..8 {
        for name in ["a", "b", "c", "d", "e"] {
            prepare(&mut world, round, name, None);
            commit(&mut world, round, name);
        }
    }
    let count = |kind| kinds(&world).iter().filter(|one| **one == kind).count();
    assert_eq!(count(FaultKind::DoublePrepare), 8);
    assert_eq!(count(FaultKind::DoubleCommit), 8);
    assert_eq!(count(FaultKind::BrokenLock), 1);
}

#[test]
fn more_evidence_does_not_rename_a_fault() {
    for (kind, breach) in BREACHES {
        let mut world = broken(breach);
        let before: Vec<_> = found(&world).0.iter().map(commons_protocol::fault::Fault::id).collect();
        for name in ["a", "b", "c", "d"] {
            prepare(&mut world, 2, name, None);
            commit(&mut world, 2, name);
        }
        let after: Vec<_> = found(&world).0.iter().map(commons_protocol::fault::Fault::id).collect();
        assert!(before.iter().all(|id| after.contains(id)), "{kind}");
        let ids: BTreeSet<_> = after.iter().collect();
        assert_eq!(ids.len(), after.len(), "{kind}: no two faults have one id");
    }
}

#[test]
fn order_and_duplicates_play_no_part() {
    let mut dice = Dice(11);
    for (kind, breach) in BREACHES {
        let mut world = broken(breach);
        (0..3).for_each(|round| prepare(&mut world, round, "a further one", None));
        let expected = found_in(&world, &world.objects);
        for _ in 0..20 {
            let mut objects = world.objects.clone();
            let again: Vec<Object> = (0..10).map(|_| objects[dice.below(objects.len())].clone()).collect();
            objects.extend(again);
            dice.shuffle(&mut objects);
            assert_eq!(found_in(&world, &objects), expected, "{kind}");
        }
    }
}

#[test]
fn what_the_rules_allow_is_no_fault() {
    let allowed: [(&str, breaches::Breach); 7] = [
        ("endorses two proposals", |world| {
            for name in ["one", "other"] {
                let vote = blank(world, Phase::Endorse, 0, name);
                cast(world, vote);
            }
        }),
        ("prepares another one with the lock of its commit", |world| {
            commit(world, 2, "one");
            prepare(world, 3, "other", Some(2));
        }),
        ("prepares before it commits", |world| {
            prepare(world, 1, "one", None);
            commit(world, 2, "other");
        }),
        ("prepares one and commits to what others prepared", |world| {
            prepare(world, 2, "one", None);
            commit(world, 2, "other");
        }),
        ("commits to two in two rounds", |world| {
            commit(world, 1, "one");
            commit(world, 2, "other");
        }),
        ("attests before it votes", |world| {
            let log = log(world);
            (1..4).for_each(|length| world.attest(LIAR, log.pin(length).into_iter().collect()));
            let last = world.objects.last().expect("just attested").id();
            cast(world, Vote { attested: Some(last), ..blank(world, Phase::Commit, 0, "one") });
        }),
        ("attests a shorter prefix after a longer one", |world| {
            let log = log(world);
            [5, 2].into_iter().for_each(|length| world.attest(LIAR, log.pin(length).into_iter().collect()));
        }),
    ];
    for (what, breach) in allowed {
        assert_eq!(kinds(&broken(breach)), [], "it {what}");
    }
}

#[test]
fn what_others_than_electors_sign_is_noise() {
    let strangers = [key("stranger"), World::new(5, 4).organisations[4].elector.clone()];
    for stranger in strangers {
        let mut world = breaches::world();
        let log = log(&world);
        for (phase, name) in [(Phase::Prepare, "one"), (Phase::Prepare, "other"), (Phase::Commit, "one")] {
            let vote = Vote { elector: stranger.public(), ..blank(&world, phase, 1, name) };
            world.objects.push(sign_vote(vote, &stranger));
        }
        world.organisations[4].elector = stranger;
        for length in [1, 2] {
            sign_attestation(&mut world, 4, 0, None, log.pin(length).into_iter().collect());
        }
        assert_eq!(kinds(&world), []);
    }
}

#[test]
fn votes_of_another_commons_or_an_unknown_epoch_are_noise() {
    let mut world = breaches::world();
    let elsewhere = commons_protocol::id::CommonsId([9; 32]);
    let unknown = Some(commons_protocol::id::EpochHash([9; 32]));
    for name in ["one", "other"] {
        let vote = Vote { commons: elsewhere, ..blank(&world, Phase::Prepare, 1, name) };
        cast(&mut world, vote);
        let vote = Vote { parent: unknown, ..blank(&world, Phase::Prepare, 1, name) };
        cast(&mut world, vote);
    }
    assert_eq!(kinds(&world), []);
}

#[test]
fn an_elector_that_lost_its_vote_answers_for_what_it_signed_before() {
    let mut world = broken(BREACHES[0].1);
    let liar = world.organisations[LIAR].id();
    let remaining = world.current().electors.iter().filter(|elector| elector.organisation != liar).cloned();
    let charter = Charter { electors: list(remaining.collect::<Vec<_>>()), ..world.next_charter() };
    world.enact_by(charter, &[0, 2, 3]);
    assert_eq!(kinds(&world), [FaultKind::DoublePrepare]);
}

#[test]
fn a_chosen_epoch_does_not_know_what_was_stable_before_it() {
    let mut world = breaches::world();
    let (one, other) = branches(&world);
    [0, 2, 3].into_iter().for_each(|index| world.attest(index, one.pin(5).into_iter().collect()));
    let charter = renamed(&world, "Chosen days");
    world.propose(&charter, 0);
    let chosen = BTreeSet::from([charter.hash()]);
    world.charters.push(charter);
    world.attest(LIAR, other.pin(5).into_iter().collect());
    let Judges { governance, keys } = judged(&world, &world.objects, &chosen);
    assert_eq!(governance.current().number, 2);
    assert_eq!(faults(&world.objects, &governance, &keys), []);
}

#[test]
fn fewer_than_a_quorum_make_nothing_stable() {
    let mut world = breaches::world();
    let (one, other) = branches(&world);
    [0, 2].into_iter().for_each(|index| world.attest(index, one.pin(5).into_iter().collect()));
    let charter = renamed(&world, "Next days");
    world.enact(charter);
    world.attest(LIAR, other.pin(5).into_iter().collect());
    assert_eq!(kinds(&world), []);
}

#[test]
fn strangers_make_nothing_stable() {
    let mut world = breaches::world();
    let (one, other) = branches(&world);
    [0, 2].into_iter().for_each(|index| world.attest(index, one.pin(5).into_iter().collect()));
    for stranger in ["a stranger", "another one"] {
        world.organisations[4].elector = key(stranger);
        sign_attestation(&mut world, 4, 0, None, one.pin(5).into_iter().collect());
    }
    let charter = renamed(&world, "Next days");
    world.enact(charter);
    world.attest(LIAR, other.pin(5).into_iter().collect());
    assert_eq!(kinds(&world), []);
}

#[test]
fn honest_electors_are_never_at_fault() {
    honest::many_histories();
}
