//! Members that do not play by the rules.

use commons_integration_tests::simulator::{Carried, Dice, NodeId, World};
use commons_node::net::{Command, SessionId};
use commons_protocol::body::{Change, Content};
use commons_protocol::bounded::{BoundedBytes, BoundedVec};
use commons_protocol::collection::Collection;
use commons_protocol::entry::{Body, LogName};
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::key::{PublicKey, SecretKey};
use commons_protocol::run::{Packed, VerifiedRun};
use commons_protocol::time::Timestamp;

const HOSPITAL: NodeId = 0;
const CLINIC: NodeId = 1;
const MALLORY: NodeId = 2;

/// A hospital and a clinic with a document, and Mallory, whose node the test
/// plays from now on.
fn with_mallory(seed: u64) -> (World, DocumentId) {
    let mut world = World::new(seed);
    for name in ["hospital", "clinic", "mallory"] {
        world.organisation(name);
    }
    world.all_join();
    let view = world.write(HOSPITAL, "Going home", "one\n").expect("it is written");
    world.run_until_quiet();
    world.take_over(MALLORY);
    (world, view.summary.id.parse().expect("an id is hexadecimal"))
}

fn refused(world: &mut World, node: NodeId, code: &str) -> u64 {
    let status = world.engine(node).status();
    status.refused.iter().find(|refused| refused.code == code).map_or(0, |refused| refused.count)
}

/// Publishes a run as gossip does.
fn publish(world: &mut World, run: Vec<u8>) {
    let topic = topic(world, Collection::Toolkits.number());
    publish_bytes(world, topic, gossip(1, &run));
}

fn publish_bytes(world: &mut World, topic: String, data: Vec<u8>) {
    world.order(MALLORY, Command::Publish { topic, data });
    world.run_for(3_000);
}

fn topic(world: &World, number: u8) -> String {
    format!("{}/{number}", &world.commons().to_string()[..12])
}

/// A gossip message by hand: `[tag, [bytes]]`.
fn gossip(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let length = match u8::try_from(bytes.len()) {
        Ok(length) if length >= 24 => vec![0x58, length],
        _ => [&[0x59][..], &u16::try_from(bytes.len()).expect("a short message").to_be_bytes()].concat(),
    };
    [&[0x82, tag, 0x81][..], &length, bytes].concat()
}

fn junk_change(document: DocumentId) -> Content {
    let bytes = BoundedBytes::new(vec![0x85, 0x6f, 0x4a, 0x83, 1, 2, 3, 4, 1, 4, 9, 9, 9, 9]).expect("short");
    Content::Change(Change {
        document,
        continues: false,
        changes: BoundedVec::new(vec![bytes]).expect("one"),
        overrides: None,
    })
}

fn packed(person: PublicKey, content: &Content) -> Packed {
    Packed {
        epoch: 0,
        deps: BoundedVec::default(),
        time: Timestamp(0),
        person,
        kind: content.kind(),
        body: Body::Here(BoundedBytes::new(content.encode()).expect("a short body")),
    }
}

fn sign(
    world: &World,
    key: &SecretKey,
    nonce: u8,
    after: Option<(u64, EntryId)>,
    entry: Packed,
) -> VerifiedRun {
    let log = LogName { node: key.public(), collection: Collection::Toolkits, nonce };
    let (first, prev) = after.map_or((0, None), |(seq, id)| (seq + 1, Some(id)));
    VerifiedRun::sign(world.commons(), log, first, prev, vec![entry], key).expect("Mallory can sign")
}

/// The epoch in force, which an entry has to name.
fn epoch(world: &mut World) -> u64 {
    world.engine(HOSPITAL).status().commons.expect("a commons").epoch
}

#[test]
fn what_a_hostile_member_publishes_is_refused_and_nothing_is_lost() {
    let (mut world, document) = with_mallory(11);
    let before = world.state(HOSPITAL);
    let keys = world.node(MALLORY).keys().clone();
    let person = *keys.people.keys().next().expect("an operator");
    let other = *world.node(CLINIC).keys().people.keys().next().expect("an operator");
    let epoch = epoch(&mut world);
    let entry = |person| Packed { epoch, ..packed(person, &junk_change(document)) };

    let mut forged = sign(&world, &keys.node, 7, None, entry(person)).encode();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    publish(&mut world, forged);
    assert!(refused(&mut world, HOSPITAL, "bad-signature") > 0);

    let named = sign(&world, &keys.node, 8, None, entry(other)).encode();
    publish(&mut world, named);
    assert!(refused(&mut world, HOSPITAL, "not-the-person") > 0);

    let stranger = SecretKey::from_seed(Dice::new(5).bytes());
    let unknown = sign(&world, &stranger, 0, None, entry(person)).encode();
    publish(&mut world, unknown);

    let governance = topic(&world, 0);
    publish_bytes(&mut world, governance.clone(), b"no message at all".to_vec());
    publish_bytes(&mut world, governance, vec![0; 200_000]);
    assert!(refused(&mut world, HOSPITAL, "malformed") + refused(&mut world, HOSPITAL, "too-large") > 0);

    assert_eq!(world.state(HOSPITAL), before, "nothing of it may be admitted");
    assert_eq!(world.state(CLINIC), before);
}

#[test]
fn a_change_that_the_fence_refuses_leaves_the_document_as_it_was() {
    let (mut world, document) = with_mallory(12);
    let keys = world.node(MALLORY).keys().clone();
    let person = *keys.people.keys().next().expect("an operator");
    let epoch = epoch(&mut world);
    let bomb = Packed { epoch, ..packed(person, &junk_change(document)) };
    let run = sign(&world, &keys.node, 9, None, bomb).encode();
    publish(&mut world, run);
    world.run_for(30_000);
    for node in [HOSPITAL, CLINIC] {
        let view = world.document(node, &document.to_string()).expect("it is shown");
        assert_eq!(view.text, "one\n");
        assert!(
            view.summary.notices.iter().any(|notice| notice.contains("refused")),
            "{:?}",
            view.summary.notices
        );
    }
    world.edit(CLINIC, &document.to_string(), None, "one\ntwo\n").expect("people go on");
    world.run_for(30_000);
    assert_eq!(world.document(HOSPITAL, &document.to_string()).expect("it is shown").text, "one\ntwo\n");
}

#[test]
fn a_peer_that_sends_junk_is_cut_off_after_five_faults() {
    let (mut world, _) = with_mallory(13);
    let peer = world.node(HOSPITAL).peer();
    let mut faults = 0;
    for _ in 0..20 {
        world.take_heard(MALLORY);
        world.order(MALLORY, Command::OpenSession { peer });
        world.run_for(200);
        let Some(session) = opened(&world.take_heard(MALLORY)) else { break };
        world.order(MALLORY, Command::Send { session, frame: vec![0xff; 100] });
        world.run_for(200);
        faults += 1;
    }
    assert_eq!(faults, 5, "it must be cut off after the fifth fault");
    assert_eq!(refused(&mut world, HOSPITAL, "malformed"), 5);
    let status = world.engine(HOSPITAL).status();
    let mallory = status.peers.iter().find(|peer| peer.organisation == "mallory").expect("it is known");
    assert!(
        !mallory.connected && mallory.problem.as_ref().is_some_and(|why| why.contains("cut off")),
        "{mallory:?}"
    );
    world.write(HOSPITAL, "We go on", "two\n").expect("it is written");
    world.run_until_quiet();
    assert_eq!(world.state(HOSPITAL), world.state(CLINIC));
}

fn opened(heard: &[Carried]) -> Option<SessionId> {
    heard.iter().find_map(|what| match what {
        Carried::Opened { session, initiator: true, .. } => Some(*session),
        _ => None,
    })
}

#[test]
fn what_a_revoked_person_writes_later_is_refused_everywhere() {
    let mut world = World::new(14);
    for name in ["hospital", "clinic", "mallory"] {
        world.organisation(name);
    }
    world.all_join();
    let view = world.write(HOSPITAL, "Going home", "one\n").expect("it is written");
    let document: DocumentId = view.summary.id.parse().expect("an id is hexadecimal");
    world.run_until_quiet();
    let person = world.add_person(MALLORY, "Eve").expect("it is added").id;
    world.run_until_quiet();
    world.edit_as(MALLORY, Some(&person), &view.summary.id, None, "one\nby Eve\n").expect("Eve may write");
    world.run_until_quiet();
    assert!(world.revoke_person(MALLORY, &person));
    world.run_until_quiet();
    assert!(world.edit_as(MALLORY, Some(&person), &view.summary.id, None, "late\n").is_err());
    let before = world.state(HOSPITAL);
    world.take_over(MALLORY);
    let keys = world.node(MALLORY).keys().clone();
    let person: PublicKey = person.parse().expect("a key is hexadecimal");
    let contents = world.contents(MALLORY);
    let own = contents.runs.iter().filter(|run| run.log().node == keys.node.public());
    let last = own.max_by_key(|run| run.last().header.seq).expect("Eve wrote").clone();
    let (head, nonce) = ((last.last().header.seq, last.last().id), last.log().nonce);
    let epoch = epoch(&mut world);
    let entry = Packed { epoch, ..packed(person, &junk_change(document)) };
    let run = sign(&world, &keys.node, nonce, Some(head), entry).encode();
    publish(&mut world, run);
    assert!(refused(&mut world, HOSPITAL, "beyond-pin") > 0);
    assert_eq!(world.state(HOSPITAL), before);
    assert_eq!(world.state(CLINIC), before);
    assert!(
        world.document(CLINIC, &view.summary.id).expect("it is shown").text.contains("by Eve"),
        "what was before stands"
    );
}
