//! Only the right key over the right bytes of the right type in the right commons.

#[path = "common/samples.rs"]
mod samples;
#[path = "common/world.rs"]
mod world;

use commons_protocol::admission::Admission;
use commons_protocol::attestation::Attestation;
use commons_protocol::charter::Point;
use commons_protocol::codec;
use commons_protocol::collection::Collection;
use commons_protocol::entry::ENTRY_TYPE;
use commons_protocol::fork::Fork;
use commons_protocol::id::{CommonsId, EntryId, LogId};
use commons_protocol::invitation::Application;
use commons_protocol::key::{PublicKey, SecretKey, Signature};
use commons_protocol::keylog::{KeyAction, KeyEvent, consent};
use commons_protocol::object::Object;
use commons_protocol::refusal::Refusal;
use commons_protocol::run::{Run, VerifiedRun};
use commons_protocol::signed::{Payload, Signed, Verified};
use commons_protocol::vote::{Proposal, Vote};
use world::{World, key, list};

fn verdict<T: Payload>(bytes: &[u8], signature: Signature) -> Option<Refusal> {
    Signed::<T>::new(bytes.to_vec(), signature).verify().err()
}

/// Everything that can be wrong with the signature of one value.
fn check_payload<T: Payload>(value: T, signer: &SecretKey) {
    let bytes = codec::encode(&value);
    let right = signer.sign(T::TYPE, &bytes);
    assert_eq!(verdict::<T>(&bytes, right), None, "{}", T::TYPE);
    let wrong = Some(Refusal::BadSignature);
    assert_eq!(verdict::<T>(&bytes, key("thief").sign(T::TYPE, &bytes)), wrong);
    let types = [Proposal::TYPE, Vote::TYPE, KeyEvent::TYPE, Attestation::TYPE, Application::TYPE];
    for other in types.into_iter().chain([ENTRY_TYPE, ""]) {
        let verdict = verdict::<T>(&bytes, signer.sign(other, &bytes));
        assert_eq!(verdict.is_none(), other == T::TYPE, "signed as {other}");
    }
    for bit in 0..512 {
        let mut signature = right;
        signature.0[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(verdict::<T>(&bytes, signature), wrong, "bit {bit} of the signature");
    }
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        let verdict = verdict::<T>(&changed, right);
        assert!(
            matches!(verdict, Some(Refusal::BadSignature | Refusal::Malformed)),
            "byte {place}: {verdict:?}"
        );
    }
    assert_eq!(
        verdict::<T>(&bytes, with_other_scalar(right)),
        wrong,
        "the same signature, S plus the group's order"
    );
    assert_eq!(Verified::sign(value, &key("thief")).err(), Some(Refusal::NotEntitled));
}

/// Adds the order of the group to S: plain Ed25519 of old accepted that.
fn with_other_scalar(mut signature: Signature) -> Signature {
    let order: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0;
    for (byte, more) in signature.0[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(more) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    signature
}

#[test]
fn every_signed_type_is_bound_to_key_bytes_and_type() {
    let mut world = World::new(2, 1);
    let point = Point { log: LogId([3; 32]), seq: 2, entry: EntryId([4; 32]) };
    world.attest(0, vec![point]);
    let own = &world.organisations[0];
    for object in &world.objects {
        match object {
            Object::Proposal(proposal) => check_payload(proposal.value().clone(), &own.elector),
            Object::Vote(vote) => check_payload(vote.value().clone(), &own.elector),
            Object::Key(event) if event.value().signer == own.root.public() => {
                check_payload(event.value().clone(), &own.root);
            }
            Object::Attestation(attestation) => check_payload(attestation.value().clone(), &own.elector),
            Object::Key(_) | Object::Fork(_) => {}
        }
    }
    let (application, organisation) = samples::an_application("Families");
    check_payload(application, &organisation.root);
}

#[test]
fn an_object_does_not_pass_under_another_tag() {
    let mut world = World::new(1, 1);
    world.attest(0, vec![Point { log: LogId([3; 32]), seq: 2, entry: EntryId([4; 32]) }]);
    world.objects.push(samples::a_fork().into());
    for object in &world.objects {
        let bytes = object.encode();
        assert_eq!(Object::decode(&bytes).as_ref(), Ok(object));
        for tag in 0..24 {
            let mut other = bytes.clone();
            other[1] = tag;
            assert_eq!(Object::decode(&other).is_ok(), tag == bytes[1], "tag {tag}");
        }
    }
}

/// Points of small order, in canonical and other encodings.
const WEAK: [&str; 10] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000080",
];

fn bytes<const N: usize>(hexadecimal: &str) -> [u8; N] {
    hex::decode(hexadecimal).expect("hexadecimal").try_into().expect("the right length")
}

#[test]
fn weak_keys_sign_nothing() {
    // With the neutral element as key and R, and S = 0, every message verifies by the plain rule.
    let mut universal = [0; 64];
    universal[0] = 1;
    for weak in WEAK {
        let weak = PublicKey(bytes(weak));
        assert!(!weak.is_usable(), "{weak}");
        for message in [&b"one"[..], b"two", b""] {
            assert!(weak.verify("type", message, &Signature(universal)).is_err());
            let mut own = [0; 64];
            own[..32].copy_from_slice(&weak.0);
            assert!(weak.verify("type", message, &Signature(own)).is_err());
        }
        let world = World::new(1, 1);
        let Object::Vote(vote) = &world.objects[1] else { panic!("a vote") };
        let vote = Vote { elector: weak, ..vote.value().clone() };
        let refused = verdict::<Vote>(&codec::encode(&vote), Signature(universal));
        assert_eq!(refused, Some(Refusal::BadSignature));
    }
    assert!(key("anyone").public().is_usable());
}

#[test]
fn a_weak_point_in_the_signature_is_refused() {
    let signer = key("signer");
    let right = signer.sign("type", b"bytes");
    for weak in WEAK {
        let mut signature = right;
        signature.0[..32].copy_from_slice(&bytes::<32>(weak));
        assert!(signer.public().verify("type", b"bytes", &signature).is_err());
    }
}

fn three_entries() -> (World, VerifiedRun) {
    let world = World::new(1, 1);
    let mut writer = world.writer(0, Collection::Toolkits, 0);
    (0..3).for_each(|_| _ = writer.create());
    let run = writer.run(0, 3);
    (world, run)
}

#[test]
fn a_run_is_bound_to_its_commons_log_place_and_entries() {
    let (world, run) = three_entries();
    let again = || Run::decode(&run.encode()).expect("its own encoding");
    let refused = |run: Run| run.verify(world.commons).err();
    assert_eq!(refused(again()), None);
    let elsewhere = again().verify(CommonsId([9; 32])).err();
    assert_eq!(elsewhere, Some(Refusal::BadSignature), "signed for another commons");
    let wrong = Some(Refusal::BadSignature);
    let mut moved = again();
    moved.log.nonce = 1;
    assert_eq!(refused(moved), wrong);
    let mut other = again();
    other.log.collection = Collection::Guidance;
    assert_eq!(refused(other), wrong);
    let mut stolen = again();
    stolen.log.node = key("thief").public();
    assert_eq!(refused(stolen), wrong);
    let mut later = again();
    (later.first, later.prev) = (3, Some(run.last().id));
    assert_eq!(refused(later), wrong);
    let mut shorter = again();
    shorter.entries = list(shorter.entries.iter().take(2).cloned());
    assert_eq!(refused(shorter), wrong);
    let mut swapped = again();
    let mut entries = swapped.entries.to_vec();
    entries.swap(0, 1);
    swapped.entries = list(entries);
    assert_eq!(refused(swapped), wrong);
}

#[test]
fn no_bit_of_a_run_can_be_changed() {
    let (world, run) = three_entries();
    let bytes = run.encode();
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1 << (place % 8);
        let verdict = Run::decode(&changed).and_then(|run| run.verify(world.commons)).err();
        let is_refused =
            matches!(verdict, Some(Refusal::BadSignature | Refusal::Malformed | Refusal::TooLarge));
        assert!(is_refused, "byte {place}: {verdict:?}");
    }
}

#[test]
fn a_header_is_signed_as_a_header_alone() {
    let (world, run) = three_entries();
    let mut again = Run::decode(&run.encode()).expect("its own encoding");
    let header = codec::encode(&run.last().header);
    again.signature = world.organisations[0].node.sign(Vote::TYPE, &header);
    assert_eq!(again.verify(world.commons).err(), Some(Refusal::BadSignature));
}

#[test]
fn a_body_is_restored_only_if_it_is_the_right_one() {
    let (_, run) = three_entries();
    let body = run.entries()[1].body.bytes().expect("here").to_vec();
    let mut bare = run.clone();
    assert!(bare.drop_bodies(|entry| entry.header.seq == 1));
    assert_eq!(bare.restore_body(1, b"other"), Err(Refusal::WrongBody));
    assert_eq!(bare.restore_body(9, &body), Err(Refusal::WrongBody));
    assert_eq!(bare.restore_body(1, &vec![0; 47 * 1024]), Err(Refusal::TooLarge));
    assert_eq!(bare.restore_body(1, &body), Ok(()));
    assert_eq!(bare, run);
}

#[test]
fn a_key_is_delegated_only_with_its_consent() {
    let world = World::new(2, 1);
    let (own, other) = (&world.organisations[0], &world.organisations[1]);
    let delegate = |organisation, node: &SecretKey, proof| {
        let action = KeyAction::DelegateNode {
            node: node.public(),
            peer: node.public(),
            collections: list([Collection::Toolkits]),
            addresses: list([]),
            proof,
        };
        let signer = own.admin.public();
        let event = KeyEvent { commons: world.commons, organisation, signer, seq: 0, prev: None, action };
        let bytes = codec::encode(&event);
        verdict::<KeyEvent>(&bytes, own.admin.sign(KeyEvent::TYPE, &bytes))
    };
    let right = consent(&world.commons, &own.id(), &own.node);
    assert_eq!(delegate(own.id(), &own.node, right), None);
    let wrong = Some(Refusal::BadSignature);
    assert_eq!(delegate(own.id(), &other.node, right), wrong, "another's key");
    assert_eq!(delegate(other.id(), &own.node, right), wrong, "for another organisation");
    let elsewhere = consent(&CommonsId([9; 32]), &own.id(), &own.node);
    assert_eq!(delegate(own.id(), &own.node, elsewhere), wrong, "for another commons");
    let stolen = consent(&world.commons, &own.id(), &key("thief"));
    assert_eq!(delegate(own.id(), &own.node, stolen), wrong, "by another key");
}

#[test]
fn a_proof_of_a_fork_holds_two_signed_branches_of_one_log() {
    let fork = samples::a_fork();
    let bytes = fork.encode();
    assert_eq!(Fork::decode(&bytes).as_ref(), Ok(&fork));
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1 << (place % 8);
        assert!(Fork::decode(&changed).is_err(), "byte {place}");
    }
    let world = World::new(1, 1);
    let mut writer = world.writer(0, Collection::Toolkits, 0);
    (0..3).for_each(|_| _ = writer.create());
    let mut other = writer.fork_at(1);
    other.receipt(EntryId([1; 32]));
    let mut elsewhere = world.writer(0, Collection::Toolkits, 1);
    elsewhere.receipt(EntryId([1; 32]));
    let proof = |one: &VerifiedRun, other: &VerifiedRun| Fork::new(world.commons, one, other);
    assert!(proof(&writer.run(0, 3), &other.run(1, 2)).is_some_and(|fork| fork.seq() == 1));
    assert_eq!(proof(&writer.run(0, 3), &other.run(0, 1)), None, "one is the beginning of the other");
    assert_eq!(proof(&writer.run(2, 3), &other.run(0, 2)), None, "they share no place");
    assert_eq!(proof(&writer.run(0, 3), &elsewhere.run(0, 1)), None, "other logs");
}

#[test]
fn objects_of_another_commons_are_refused_with_that_code() {
    let (here, elsewhere) = (World::new(1, 1), World::new(2, 2));
    assert_ne!(here.commons, elsewhere.commons);
    let mut admission = Admission::new(here.commons);
    for object in &elsewhere.objects {
        let outcome = admission.take_objects([object.clone()]);
        assert_eq!((outcome.refused, outcome.is_new), (Some(Refusal::WrongCommons), false));
    }
    assert!(admission.objects().is_empty());
}
