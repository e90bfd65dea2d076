//! One world for each rule that somebody breaks on purpose.
#![allow(dead_code)]

use crate::world::{World, Writer, list, sign_vote, text};
use commons_protocol::attestation::Attestation;
use commons_protocol::charter::{Charter, Point};
use commons_protocol::collection::Collection;
use commons_protocol::fault::{Fault, FaultKind, faults};
use commons_protocol::fork::Fork;
use commons_protocol::governance::Governance;
use commons_protocol::id::{EpochHash, ObjectId};
use commons_protocol::object::Object;
use commons_protocol::recompute::{Judges, attested, judges};
use commons_protocol::signed::Verified;
use commons_protocol::vote::{Phase, Vote};
use std::collections::{BTreeMap, BTreeSet};

/// The organisation that breaks the rules.
pub const LIAR: usize = 1;

/// Breaks a rule in a world that has come as far as its second epoch.
pub type Breach = fn(&mut World);

pub const BREACHES: [(FaultKind, Breach); 10] = [
    (FaultKind::DoublePrepare, |world| {
        prepare(world, 2, "one", None);
        prepare(world, 2, "other", None);
    }),
    (FaultKind::DoublePrepare, |world| {
        prepare(world, 2, "one", None);
        prepare(world, 2, "one", Some(1));
    }),
    (FaultKind::DoubleCommit, |world| {
        commit(world, 2, "one");
        commit(world, 2, "other");
    }),
    (FaultKind::BrokenLock, |world| {
        commit(world, 2, "one");
        prepare(world, 3, "other", None);
    }),
    (FaultKind::BrokenLock, |world| {
        commit(world, 2, "one");
        prepare(world, 7, "one", Some(1));
    }),
    (FaultKind::AttestedAfterVote, |world| {
        let log = log(world);
        world.attest(LIAR, log.pin(1).into_iter().collect());
        let last = world.objects.last().expect("just attested").id();
        cast(world, Vote { attested: Some(last), ..blank(world, Phase::Prepare, 0, "one") });
        world.attest(LIAR, log.pin(2).into_iter().collect());
    }),
    (FaultKind::AttestedAfterVote, |world| {
        prepare(world, 0, "one", None);
        let log = log(world);
        world.attest(LIAR, log.pin(1).into_iter().collect());
    }),
    (FaultKind::ForkedAttestations, |world| {
        let log = log(world);
        for length in [1, 2] {
            sign_attestation(world, LIAR, 0, None, log.pin(length).into_iter().collect());
        }
    }),
    (FaultKind::AttestedTwoBranches, |world| {
        let (one, other) = branches(world);
        world.attest(LIAR, one.pin(5).into_iter().collect());
        let charter = renamed(world, "Next days");
        world.enact(charter);
        world.attest(LIAR, other.pin(5).into_iter().collect());
    }),
    (FaultKind::AttestedAgainstStable, |world| {
        let (one, other) = branches(world);
        [0, 2, 3].into_iter().for_each(|index| world.attest(index, one.pin(5).into_iter().collect()));
        let charter = renamed(world, "Next days");
        world.enact(charter);
        world.attest(LIAR, other.pin(5).into_iter().collect());
    }),
];

/// Four electors and a member that does not vote, two epochs, some honest attestations.
pub fn world() -> World {
    let mut world = World::new(5, 4);
    let log = log(&world);
    (0..4).for_each(|index| world.attest(index, log.pin(1).into_iter().collect()));
    let charter = renamed(&world, "Good days");
    world.enact(charter);
    world
}

/// A world in which the node of [`LIAR`] forked its log, with the proof.
pub fn forked() -> World {
    let mut world = world();
    let (one, other) = branches(&world);
    let fork = Fork::new(world.commons, &one.run(0, 6), &other.run(0, 6)).expect("they differ");
    world.objects.push(fork.into());
    world
}

/// A world with this breach.
pub fn broken(breach: Breach) -> World {
    let mut world = world();
    breach(&mut world);
    world
}

/// What a set of objects means when these epochs are chosen.
pub fn judged(world: &World, objects: &[Object], chosen: &BTreeSet<EpochHash>) -> Judges {
    let attested = attested(objects.iter());
    judges(world.commons, objects.iter(), &attested, chosen).expect("founded")
}

/// The faults in a set of objects.
pub fn found_in(world: &World, objects: &[Object]) -> Vec<Fault> {
    let Judges { governance, keys } = judged(world, objects, &BTreeSet::new());
    faults(objects, &governance, &keys)
}

/// The faults in a world, with its objects by id and its epochs.
pub fn found(world: &World) -> (Vec<Fault>, BTreeMap<ObjectId, Object>, Governance) {
    let Judges { governance, keys } = judged(world, &world.objects, &BTreeSet::new());
    let objects = world.objects.iter().map(|object| (object.id(), object.clone())).collect();
    (faults(&world.objects, &governance, &keys), objects, governance)
}

pub fn renamed(world: &World, name: &str) -> Charter {
    Charter { name: text(name), ..world.next_charter() }
}

/// A log of the last organisation with six entries.
pub fn log(world: &World) -> Writer {
    let mut writer = world.writer(4, Collection::Toolkits, 0);
    (0..6).for_each(|_| _ = writer.create());
    writer
}

/// Two branches of a log of the liar: they differ from place 3 on.
pub fn branches(world: &World) -> (Writer, Writer) {
    let mut one = world.writer(LIAR, Collection::Toolkits, 0);
    (0..6).for_each(|_| _ = one.create());
    let mut other = one.fork_at(3);
    let document = other.ids[0];
    (0..3).for_each(|_| _ = other.change(document, b"another", vec![]));
    (one, other)
}

/// A vote of the liar on what follows the epoch in force.
pub fn blank(world: &World, phase: Phase, round: u32, name: &str) -> Vote {
    let parent = world.current().hash();
    let elector = world.organisations[LIAR].elector.public();
    let proposal = renamed(world, name).hash();
    Vote {
        commons: world.commons,
        parent: Some(parent),
        round,
        phase,
        proposal,
        elector,
        lock: None,
        attested: None,
    }
}

/// Signs a vote of the liar.
pub fn cast(world: &mut World, vote: Vote) {
    let vote = sign_vote(vote, &world.organisations[LIAR].elector);
    world.objects.push(vote);
}

pub fn prepare(world: &mut World, round: u32, name: &str, lock: Option<u32>) {
    let vote = Vote { lock, ..blank(world, Phase::Prepare, round, name) };
    cast(world, vote);
}

pub fn commit(world: &mut World, round: u32, name: &str) {
    let vote = blank(world, Phase::Commit, round, name);
    cast(world, vote);
}

/// Signs an attestation in any place of the chain in the epoch in force.
pub fn sign_attestation(
    world: &mut World,
    index: usize,
    seq: u64,
    prev: Option<ObjectId>,
    points: Vec<Point>,
) {
    let elector = &world.organisations[index].elector;
    let (commons, epoch) = (world.commons, world.current().hash());
    let points = list(points);
    let attestation = Attestation { commons, epoch, elector: elector.public(), seq, prev, points };
    let object = Object::from(Verified::sign(attestation, elector).expect("its own key"));
    world.objects.push(object);
}
