//! Proof files: they convince a stranger, hold nothing beside what is needed, and any that was
//! changed, cut or put together from others proves nothing.
//!
//! `COMMONS_LONG=1` flips every byte of every proof instead of a sample.
#![allow(clippy::disallowed_methods, reason = "the environment says whether to run for long")]

#[path = "common/breaches.rs"]
mod breaches;
#[path = "common/world.rs"]
mod world;

use breaches::{
    BREACHES, LIAR, branches, broken, cast, forked, found, judged, prepare, renamed, sign_attestation,
};
use commons_protocol::bounded::{BoundedBytes, BoundedVec, Text};
use commons_protocol::charter::Salt;
use commons_protocol::codec;
use commons_protocol::fault::{FaultId, FaultKind, FaultProof, PROOF_BYTES, ProofError, Proved, faults};
use commons_protocol::id::{CommonsId, EpochHash};
use commons_protocol::object::{ENCODED_OBJECT_BYTES, Object};
use commons_protocol::recompute::Judges;
use commons_protocol::vote::{Phase, Vote};
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};
use world::{Dice, World, ballot, founding_charter, proposal};

/// The form of a proof file, to make wrong ones.
#[derive(Clone, Encode, Decode)]
#[cbor(array)]
struct File {
    #[n(0)]
    magic: Text<32>,
    #[n(1)]
    commons: CommonsId,
    #[n(2)]
    fault: FaultId,
    #[n(3)]
    chosen: BoundedVec<EpochHash, 1_024>,
    #[n(4)]
    objects: BoundedVec<BoundedBytes<ENCODED_OBJECT_BYTES>, 65_536>,
}

impl File {
    fn of(bytes: &[u8]) -> Self {
        codec::decode(bytes, PROOF_BYTES).expect("the form of a proof")
    }

    fn objects(&self) -> Vec<Object> {
        self.objects.iter().map(|bytes| Object::decode(bytes).expect("sound")).collect()
    }

    fn with(&self, objects: &[Object]) -> Self {
        let sorted: BTreeMap<_, _> = objects.iter().map(|object| (object.id(), object.encode())).collect();
        let objects = sorted.into_values().map(|bytes| BoundedBytes::new(bytes).expect("fits")).collect();
        Self { objects: BoundedVec::new(objects).expect("few"), ..self.clone() }
    }

    fn verify(&self) -> Result<Proved, ProofError> {
        FaultProof::verify(&codec::encode(self))
    }
}

/// The proof of the first fault in a world.
fn proof_in(world: &World) -> Vec<u8> {
    let (faults, objects, governance) = found(world);
    let proof = FaultProof::new(&faults[0], &objects, &governance).expect("everything is here");
    proof.encode().expect("small")
}

/// A proof of each breach, and of a forked log, with its world.
fn proofs() -> Vec<(FaultKind, World, Vec<u8>)> {
    let mut worlds: Vec<_> = BREACHES.iter().map(|(kind, breach)| (*kind, broken(*breach))).collect();
    worlds.push((FaultKind::ForkedLog, forked()));
    worlds
        .into_iter()
        .map(|(kind, world)| (kind, proof_in(&world), world))
        .map(|(k, p, w)| (k, w, p))
        .collect()
}

/// How many positions of each file are tried.
fn stride(length: usize) -> usize {
    if std::env::var_os("COMMONS_LONG").is_some() { 1 } else { length / 60 }
}

#[test]
fn a_proof_says_who_did_what_where_and_in_which_commons() {
    for (kind, world, bytes) in proofs() {
        let proved = FaultProof::verify(&bytes).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(proved.fault, found(&world).0[0], "{kind}: the same fault with the same evidence");
        assert_eq!((proved.commons, proved.organisation.as_str()), (world.commons, "Site 1"), "{kind}");
        assert_eq!(proved.chosen, [], "{kind}");
        assert_eq!(proved.evidence.len(), proved.fault.evidence.len(), "{kind}");
        let text = proved.paragraphs().join("\n");
        println!("{text}\n{}\n", proved.evidence.join("\n"));
        assert!(text.contains(&world.commons.to_string()) && text.contains(kind.sentence()), "{text}");
        let is_of_epoch = !matches!(
            kind,
            FaultKind::ForkedLog | FaultKind::AttestedTwoBranches | FaultKind::AttestedAgainstStable
        );
        assert_eq!(text.contains("epoch 1 ("), is_of_epoch, "{text}");
    }
}

#[test]
fn a_proof_decodes_to_what_was_encoded() {
    for (kind, _, bytes) in proofs() {
        assert_eq!(FaultProof::decode(&bytes).and_then(|proof| proof.encode()).ok(), Some(bytes), "{kind}");
    }
}

#[test]
fn the_same_proof_comes_out_of_any_set_that_holds_it() {
    for (kind, mut alone, bytes) in proofs() {
        alone.objects = File::of(&bytes).objects();
        assert_eq!(proof_in(&alone), bytes, "{kind}: from the proof alone");
        Dice(3).shuffle(&mut alone.objects);
        assert_eq!(proof_in(&alone), bytes, "{kind}: in another order");
    }
}

#[test]
fn without_any_one_object_nothing_is_proved() {
    for (kind, _, bytes) in proofs().into_iter().filter(|(kind, ..)| *kind != FaultKind::ForkedLog) {
        let file = File::of(&bytes);
        let objects = file.objects();
        for missing in 0..objects.len() {
            let mut fewer = objects.clone();
            let gone = fewer.remove(missing);
            assert!(file.with(&fewer).verify().is_err(), "{kind} without {gone:?}");
        }
    }
}

#[test]
fn a_proof_with_a_flipped_bit_proves_nothing() {
    let mut dice = Dice(17);
    for (kind, _, bytes) in proofs() {
        let stride = stride(bytes.len());
        for position in (dice.below(stride)..bytes.len()).step_by(stride) {
            let mut flipped = bytes.clone();
            flipped[position] ^= 1 << dice.below(8);
            assert!(FaultProof::verify(&flipped).is_err(), "{kind}: byte {position} of {}", bytes.len());
        }
    }
}

#[test]
fn a_cut_or_lengthened_proof_proves_nothing() {
    for (kind, _, bytes) in proofs() {
        for length in (0..bytes.len()).step_by(stride(bytes.len())) {
            assert!(FaultProof::verify(&bytes[..length]).is_err(), "{kind}: {length} bytes");
        }
        assert!(FaultProof::verify(&[&bytes[..], &[0]].concat()).is_err(), "{kind}: a byte more");
    }
    assert!(matches!(FaultProof::verify(&vec![0; PROOF_BYTES + 1]), Err(ProofError::Malformed(_))));
}

#[test]
fn a_proof_of_another_version_says_so() {
    let (.., bytes) = proofs().remove(0);
    let file = File { magic: world::text("commons fault proof 2"), ..File::of(&bytes) };
    assert!(matches!(file.verify(), Err(ProofError::Version)));
}

/// A commons of the same organisations and keys, founded with another salt.
fn elsewhere() -> World {
    let mut world = World::new(5, 4);
    let charter = commons_protocol::charter::Charter {
        salt: Salt([8; 16]),
        ..founding_charter(&world.organisations, 4)
    };
    let commons = charter.hash().founds();
    world.objects = vec![proposal(charter.clone(), &world.organisations[0].elector, None)];
    for organisation in &world.organisations[..4] {
        world.objects.extend(ballot(commons, None, charter.hash(), &organisation.elector, None));
    }
    (world.commons, world.charters) = (commons, vec![charter]);
    let charter = renamed(&world, "Good days");
    world.enact(charter);
    world
}

#[test]
fn a_proof_put_together_from_two_commons_proves_nothing() {
    let mut there = elsewhere();
    assert_eq!(found(&there).0, [], "before");
    let theirs = there.objects.clone();
    prepare(&mut there, 2, "one", None);
    prepare(&mut there, 2, "other", None);
    let their_proof = File::of(&proof_in(&there));
    for (kind, world, bytes) in proofs() {
        let file = File::of(&bytes);
        let objects = file.objects();
        assert!(File { commons: there.commons, ..file.clone() }.verify().is_err(), "{kind}: renamed");
        assert!(file.with(&theirs).verify().is_err(), "{kind}: their objects");
        let mixed = File { commons: there.commons, ..file.with(&[&objects[..], &theirs].concat()) };
        assert!(mixed.verify().is_err(), "{kind}: both, under their name");
        let mixed = file.with(&[&objects[..], &theirs].concat());
        assert!(matches!(mixed.verify(), Err(ProofError::OtherCommons { .. })), "{kind}: both");
        let evidence = found(&world).0.remove(0).evidence;
        let accused: Vec<Object> =
            world.objects.into_iter().filter(|one| evidence.contains(&one.id())).collect();
        let framed = their_proof.with(&[&theirs[..], &accused].concat());
        assert!(framed.verify().is_err(), "{kind}: their epochs, our evidence");
    }
}

#[test]
fn a_proof_proves_the_fault_that_it_names_alone() {
    let named: Vec<FaultId> = proofs().iter().map(|(.., bytes)| File::of(bytes).fault).collect();
    for (kind, _, bytes) in proofs() {
        let file = File::of(&bytes);
        for other in named.iter().filter(|other| **other != file.fault) {
            let wrong = File { fault: *other, ..file.clone() };
            assert!(matches!(wrong.verify(), Err(ProofError::NotProved(_))), "{kind}");
        }
    }
}

#[test]
fn objects_out_of_order_or_twice_are_refused() {
    let (.., bytes) = proofs().remove(0);
    let file = File::of(&bytes);
    let objects = file.objects.to_vec();
    let swapped = [&[objects[1].clone(), objects[0].clone()], &objects[2..]].concat();
    let twice = [&[objects[0].clone()], &objects[..]].concat();
    for wrong in [swapped, twice] {
        let file = File { objects: BoundedVec::new(wrong).expect("few"), ..file.clone() };
        assert!(matches!(file.verify(), Err(ProofError::OutOfOrder)));
    }
}

/// A world whose newest epoch was chosen by whoever makes the proof.
fn refounded() -> (World, BTreeSet<EpochHash>) {
    let mut world = breaches::world();
    let charter = renamed(&world, "Chosen days");
    world.propose(&charter, 0);
    let chosen = BTreeSet::from([charter.hash()]);
    world.charters.push(charter);
    prepare(&mut world, 2, "one", None);
    prepare(&mut world, 2, "other", None);
    (world, chosen)
}

#[test]
fn a_proof_names_the_epochs_that_nobody_voted_for() {
    let (world, chosen) = refounded();
    let Judges { governance, keys } = judged(&world, &world.objects, &chosen);
    let fault = faults(&world.objects, &governance, &keys).remove(0);
    let objects = world.objects.iter().map(|object| (object.id(), object.clone())).collect();
    let bytes =
        FaultProof::new(&fault, &objects, &governance).and_then(|proof| proof.encode()).expect("proves");
    let proved = FaultProof::verify(&bytes).expect("proves");
    let hash = *chosen.first().expect("one");
    assert_eq!(proved.chosen, [(2, hash)]);
    assert!(
        proved
            .paragraphs()
            .iter()
            .any(|text| text.contains("without a vote") && text.contains(&hash.to_string()))
    );
    let file = File::of(&bytes);
    let choose =
        |epochs: Vec<EpochHash>| File { chosen: BoundedVec::new(epochs).expect("few"), ..file.clone() };
    assert!(matches!(choose(vec![]).verify(), Err(ProofError::NotProved(_))), "the epoch does not stand");
    let unknown = EpochHash([0xff; 32]);
    assert!(matches!(choose(vec![hash, unknown]).verify(), Err(ProofError::NotChosen(_))), "not there");
    let mut voted = vec![hash, world.charters[1].hash()];
    voted.sort();
    assert!(matches!(choose(voted).verify(), Err(ProofError::NotChosen(_))), "decided by a vote");
}

/// A world whose newest epoch was decided in round 1, by prepare votes with the lock of round 0.
fn decided_late() -> World {
    let mut world = breaches::world();
    let charter = renamed(&world, "Late days");
    world.propose(&charter, 0);
    for index in [0, 2, 3] {
        let elector = world.organisations[index].elector.clone();
        let blank = |phase, round, lock| {
            let vote = breaches::blank(&world, phase, round, "Late days");
            world::sign_vote(Vote { elector: elector.public(), lock, ..vote }, &elector)
        };
        let votes = [
            blank(Phase::Endorse, 0, None),
            blank(Phase::Prepare, 0, None),
            blank(Phase::Prepare, 1, Some(0)),
            blank(Phase::Commit, 1, None),
        ];
        world.objects.extend(votes);
    }
    world.charters.push(charter);
    world
}

#[test]
fn a_proof_holds_the_votes_that_justify_a_later_round() {
    let mut world = decided_late();
    assert_eq!(found(&world).2.current().number, 2);
    prepare(&mut world, 2, "one", None);
    prepare(&mut world, 2, "other", None);
    let file = File::of(&proof_in(&world));
    assert_eq!(file.verify().expect("proves").epoch, 2);
    let objects = file.objects();
    for missing in 0..objects.len() {
        let mut fewer = objects.clone();
        let gone = fewer.remove(missing);
        assert!(file.with(&fewer).verify().is_err(), "without {gone:?}");
    }
}

#[test]
fn what_a_liar_adds_does_not_make_a_proof_longer() {
    let mut world = breaches::world();
    let charter = renamed(&world, "Next days");
    let log = breaches::log(&world);
    (1..40).for_each(|_| world.attest(LIAR, log.pin(1).into_iter().collect()));
    let last = world.objects.last().expect("just attested").id();
    for round in 0..50 {
        let proposal = charter.hash();
        let blank =
            Vote { proposal, attested: Some(last), ..breaches::blank(&world, Phase::Prepare, round, "") };
        cast(&mut world, Vote { phase: Phase::Commit, ..blank.clone() });
        (0..round).for_each(|lock| cast(&mut world, Vote { lock: Some(lock), ..blank.clone() }));
        cast(&mut world, blank);
    }
    let copies: Vec<Object> = (0..50)
        .map(|one| proposal(charter.clone(), &world::key(&format!("{one}")), Some(world.commons)))
        .collect();
    world.objects.extend(copies);
    world.enact_by(charter, &[0, 2, 3]);
    let (own, _) = branches(&world);
    for length in [1, 2] {
        sign_attestation(&mut world, LIAR, 0, None, own.pin(length).into_iter().collect());
    }
    let (faults, objects, governance) = found(&world);
    assert!(objects.len() > 1_000);
    for fault in faults {
        let proof = FaultProof::new(&fault, &objects, &governance).expect("proves");
        let file = File::of(&proof.encode().expect("small"));
        assert!(file.objects.len() < 120, "{}: {} objects", fault.kind, file.objects.len());
    }
}

/// The golden proof that the command line's tests verify too; `COMMONS_REGENERATE=1` writes it again
/// after a change of the protocol.
#[test]
fn the_golden_proof_is_what_it_was() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/proof.v1.hex");
    let text = hex::encode(proof_in(&broken(BREACHES[0].1))) + "\n";
    if std::env::var_os("COMMONS_REGENERATE").is_some() {
        return std::fs::write(path, text).expect("the proof can be written");
    }
    let golden = std::fs::read_to_string(path).expect("the golden proof");
    assert_eq!(golden, text, "the bytes changed; read vectors/README.md before you change the file");
}
