//! Contributions that were cut off together with something on which they
//! build, and what becomes of them.

use commons_integration_tests::simulator::{Dice, NodeId, World, figure, keeps};
use commons_node::engine::{Engine, Profile};
use commons_node::net::Command;
use commons_node::store::{MemoryStore, Store};
use commons_node::view::{DocumentView, ProposeRequest, ReissueRequest, ReissueView};
use commons_protocol::body::{Change, Content};
use commons_protocol::bounded::{BoundedBytes, BoundedVec};
use commons_protocol::collection::{Collection, OrganisationKind};
use commons_protocol::document::{Document, Fields};
use commons_protocol::entry::{Body, LogName};
use commons_protocol::fence::Actor;
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::run::{Packed, VerifiedRun};
use commons_protocol::time::Timestamp;

const HOSPITAL: NodeId = 0;
const LAKESIDE: NodeId = 1;
const HILLSIDE: NodeId = 2;
const COUNCIL: NodeId = 3;

/// Those who stay.
const OTHERS: [NodeId; 3] = [HOSPITAL, LAKESIDE, COUNCIL];

/// Longest time in which a change of the charter must have settled.
const SETTLED_MS: u64 = 20 * 60_000;

/// Four electors, of which three decide.
fn four(seed: u64) -> World {
    let mut world = World::new(seed);
    for name in ["hospital", "lakeside", "hillside", "council"] {
        world.organisation(name);
    }
    world.all_join();
    world
}

fn text(world: &mut World, node: NodeId, id: &str) -> String {
    world.document(node, id).expect("the document is here").text
}

fn epoch(world: &mut World, node: NodeId) -> u64 {
    world.engine(node).status().commons.expect("a commons").epoch
}

fn propose(world: &mut World, node: NodeId, request: &ProposeRequest) {
    world.request(node, |engine, caller| engine.propose(caller, request)).expect("it may propose");
}

/// Lets time go by until `nodes` are in this epoch and hold the same.
fn settle(world: &mut World, nodes: &[NodeId], number: u64) {
    for _ in 0..SETTLED_MS / 1_000 {
        world.run_for(1_000);
        for node in nodes {
            while world.engine(*node).work().expect("a store in memory can be read") {}
        }
        let states: Vec<_> = nodes.iter().map(|node| world.state(*node)).collect();
        let is_there = nodes.iter().all(|node| epoch(world, *node) == number);
        if is_there && states.windows(2).all(|two| two[0] == two[1]) {
            return;
        }
    }
    for node in nodes {
        let proposals = world.engine(*node).members().map(|members| members.proposals);
        eprintln!("{node}: in epoch {}, {:?}, {proposals:?}", epoch(world, *node), world.state(*node));
    }
    panic!("the nodes did not settle");
}

/// Whoever attested something attests nothing more for an hour; after some
/// rounds everybody has.
fn let_everybody_attest(world: &mut World) {
    for round in 0..4 {
        world.write(HOSPITAL, &format!("Minutes {round}"), "attested\n").expect("it is written");
        world.run_for(5_000);
    }
}

/// Hillside edits, Lakeside edits on top of it, `meanwhile` happens, and then
/// Hillside is removed with pins that the hospital, which was cut off, took
/// below all that.
fn cut_hillside(world: &mut World, toolkit: &str, meanwhile: impl FnOnce(&mut World)) {
    let_everybody_attest(world);
    world.partition(&[HOSPITAL]);
    world.edit(HILLSIDE, toolkit, None, "one\nof hillside\n").expect("it is kept");
    world.run_for(10_000);
    let before = text(world, LAKESIDE, toolkit);
    assert!(before.contains("of hillside"), "{before}");
    world.edit(LAKESIDE, toolkit, None, &format!("{before}of lakeside\n")).expect("it is kept");
    meanwhile(world);
    world.run_for(10_000);
    assert!(text(world, COUNCIL, toolkit).contains("of lakeside"));
    world.power_off(HILLSIDE);
    let number = epoch(world, HOSPITAL) + 1;
    propose(world, HOSPITAL, &ProposeRequest::Remove { organisations: vec!["hillside".to_owned()] });
    world.heal_network();
    settle(world, &OTHERS, number);
}

fn reissues(world: &mut World, node: NodeId) -> Vec<ReissueView> {
    world.engine(node).reissues().expect("they can be listed")
}

fn apply(world: &mut World, node: NodeId, document: &str) -> Result<DocumentView, String> {
    let request = ReissueRequest { document: document.to_owned() };
    let applied = world.request(node, |engine, caller| engine.reissue(caller, &request));
    applied.map_err(|failure| failure.code)
}

fn is_noticed(world: &mut World, node: NodeId) -> bool {
    world.engine(node).status().notices.iter().any(|notice| notice.contains("commons reissue"))
}

fn is_forked(world: &mut World, node: NodeId) -> bool {
    world.engine(node).status().notices.iter().any(|notice| notice.contains("frozen"))
}

/// The node's engine over a copy of its records, without an index.
fn rebuilt(world: &World, node: NodeId) -> Engine<MemoryStore> {
    let mut store = world.node(node).store().snapshot();
    store.clear_index().expect("a store in memory can clear its index");
    let profile = Profile {
        name: world.node(node).name.clone(),
        kind: OrganisationKind::Site,
        collections: Collection::ALL.to_vec(),
        public_addresses: Vec::new(),
    };
    let mut dice = Dice::new(1);
    let random = Box::new(move || dice.bytes());
    Engine::open(store, profile, world.node(node).keys().clone(), random, 0).expect("it opens")
}

#[test]
fn what_was_cut_off_with_a_removed_member_is_offered_and_written_again() {
    let mut world = four(31);
    let toolkit = world.write(HOSPITAL, "Going home", "one\n").expect("it is written").summary.id;
    world.run_until_quiet();
    cut_hillside(&mut world, &toolkit, |_| {});
    for node in OTHERS {
        assert_eq!(text(&mut world, node, &toolkit), "one\n");
    }
    assert!(reissues(&mut world, HOSPITAL).is_empty() && reissues(&mut world, COUNCIL).is_empty());
    for start in 0..3 {
        let offers = reissues(&mut world, LAKESIDE);
        let [offer] = offers.as_slice() else { panic!("after {start} restarts: {offers:?}") };
        assert_eq!((offer.document.as_str(), offer.title.as_str()), (toolkit.as_str(), "Going home"));
        assert!(offer.exists && offer.contributions == 1, "{offer:?}");
        assert!(offer.why.contains("hillside") && offer.why.contains("epoch"), "{}", offer.why);
        assert!(offer.wrote.contains("+of lakeside") && !offer.wrote.contains("+of hillside"), "{offer:?}");
        assert!(is_noticed(&mut world, LAKESIDE));
        world.restart(LAKESIDE);
    }
    world.edit(COUNCIL, &toolkit, None, "one\nof the council\n").expect("the others go on");
    world.run_for(30_000);
    let written = apply(&mut world, LAKESIDE, &toolkit[..8]).expect("it is written again");
    for (words, is_there) in [("one", true), ("council", true), ("lakeside", true), ("hillside", false)] {
        assert_eq!(written.text.contains(words), is_there, "{words}: {}", written.text);
    }
    let number = epoch(&mut world, HOSPITAL);
    settle(&mut world, &OTHERS, number);
    for node in OTHERS {
        assert_eq!(text(&mut world, node, &toolkit), written.text);
        assert!(!is_forked(&mut world, node));
    }
    assert_eq!(apply(&mut world, LAKESIDE, &toolkit).expect_err("it is done"), "nothing-to-reissue");
    assert_eq!(text(&mut world, LAKESIDE, &toolkit), written.text);
    assert!(reissues(&mut world, LAKESIDE).is_empty() && !is_noticed(&mut world, LAKESIDE));
    let mut again = rebuilt(&world, LAKESIDE);
    assert!(again.reissues().expect("they can be listed").is_empty(), "a rebuild offers it again");
}

#[test]
fn a_log_of_which_the_end_was_cut_is_never_continued() {
    let mut world = four(32);
    let toolkit = world.write(HOSPITAL, "Going home", "one\n").expect("it is written").summary.id;
    world.run_until_quiet();
    world.edit(LAKESIDE, &toolkit, None, "one\ntwo\n").expect("it is kept");
    world.run_until_quiet();
    cut_hillside(&mut world, &toolkit, |_| {});
    // After a restart in step with everybody nothing but the facts tells it.
    world.restart(LAKESIDE);
    world.run_for(120_000);
    world.edit(LAKESIDE, &toolkit, None, "one\ntwo\nthree\n").expect("it is kept");
    let number = epoch(&mut world, HOSPITAL);
    settle(&mut world, &OTHERS, number);
    let heads = world.engine(LAKESIDE).node_keys().expect("keys can be listed");
    let logs = heads.iter().find(|key| key.this_node).map_or(0, |key| key.logs.len());
    assert_eq!(logs, 2, "{heads:?}");
    for node in OTHERS {
        assert_eq!(text(&mut world, node, &toolkit), "one\ntwo\nthree\n");
        assert!(!is_forked(&mut world, node));
    }
}

#[test]
fn an_erased_document_is_not_offered_and_no_disk_keeps_what_was_cut_off() {
    let mut world = four(33);
    let toolkit = world.write(HOSPITAL, "Notes", "one\n").expect("it is written").summary.id;
    world.run_until_quiet();
    cut_hillside(&mut world, &toolkit, |_| {});
    assert_eq!(reissues(&mut world, LAKESIDE).len(), 1);
    for node in [LAKESIDE, COUNCIL] {
        assert!(
            keeps(world.node(node).store(), "of lakeside") && keeps(world.node(node).store(), "of hillside")
        );
    }
    world.erase(HOSPITAL, &toolkit).expect("its author erases it");
    let number = epoch(&mut world, HOSPITAL);
    settle(&mut world, &OTHERS, number);
    for start in 0..2 {
        assert!(reissues(&mut world, LAKESIDE).is_empty(), "after {start} restarts");
        assert!(!is_noticed(&mut world, LAKESIDE));
        assert_eq!(apply(&mut world, LAKESIDE, &toolkit).expect_err("it is erased"), "nothing-to-reissue");
        for node in OTHERS {
            for words in ["of lakeside", "of hillside"] {
                assert!(
                    !keeps(world.node(node).store(), words),
                    "{} keeps \"{words}\"",
                    world.node(node).name
                );
            }
        }
        world.restart(LAKESIDE);
    }
    assert!(rebuilt(&world, LAKESIDE).reissues().expect("they can be listed").is_empty());
}

#[test]
fn a_document_that_went_with_its_log_becomes_a_new_one() {
    let mut world = four(34);
    let toolkit = world.write(HOSPITAL, "Going home", "one\n").expect("it is written").summary.id;
    world.run_until_quiet();
    let mut own = String::new();
    cut_hillside(&mut world, &toolkit, |world| {
        own = world.write(LAKESIDE, "At home", "our own\n").expect("it is written").summary.id;
    });
    assert!(OTHERS.into_iter().all(|node| world.document(node, &own).is_none()));
    let offers = reissues(&mut world, LAKESIDE);
    let offer = offers.iter().find(|offer| offer.document == own).expect("it is offered");
    assert!(offers.len() == 2 && !offer.exists, "{offers:?}");
    assert_eq!(offer.title, "At home");
    let written = apply(&mut world, LAKESIDE, &own).expect("it is written again");
    assert!(written.summary.id != own && written.summary.kind == "toolkit");
    let number = epoch(&mut world, HOSPITAL);
    settle(&mut world, &OTHERS, number);
    for node in OTHERS {
        let view = world.document(node, &written.summary.id).expect("it is here");
        assert_eq!((view.summary.title.as_str(), view.text.as_str()), ("At home", "our own\n"));
    }
    assert_eq!(reissues(&mut world, LAKESIDE).len(), 1);
}

#[test]
fn erasures_and_receipts_that_were_cut_off_are_repeated_by_the_node() {
    let mut world = four(35);
    let toolkit = world.write(HOSPITAL, "Going home", "one\n").expect("it is written").summary.id;
    let own = world.write(LAKESIDE, "Notes", "Jane Miller\n").expect("it is written").summary.id;
    let other = world.write(COUNCIL, "Notes", "John Baker\n").expect("it is written").summary.id;
    world.run_until_quiet();
    cut_hillside(&mut world, &toolkit, |world| {
        world.erase(LAKESIDE, &own).expect("its author erases it");
        world.erase(COUNCIL, &other).expect("its author erases it");
    });
    let number = epoch(&mut world, HOSPITAL);
    world.run_for(120_000);
    settle(&mut world, &OTHERS, number);
    for node in OTHERS {
        for id in [&own, &other] {
            assert!(world.document(node, id).is_none(), "{node} shows {id}");
        }
        for words in ["Jane Miller", "John Baker"] {
            assert!(!keeps(world.node(node).store(), words), "{} keeps \"{words}\"", world.node(node).name);
        }
        let erasures = world.engine(node).erasures().expect("they can be listed");
        assert_eq!(erasures.len(), 2, "{erasures:?}");
        assert!(erasures.iter().all(|erasure| erasure.missing.is_empty()), "{erasures:?}");
        assert_eq!(world.engine(node).status().missing_bodies, 0);
    }
}

#[test]
fn what_a_suspended_member_wrote_is_offered_once_it_is_back() {
    let mut world = four(36);
    let toolkit = world.write(HOSPITAL, "Going home", "one\n").expect("it is written").summary.id;
    world.run_until_quiet();
    world.partition(&[LAKESIDE]);
    world.edit(LAKESIDE, &toolkit, None, "one\nof lakeside\n").expect("it does not know");
    let names = || vec!["lakeside".to_owned()];
    let number = epoch(&mut world, HOSPITAL);
    propose(&mut world, HOSPITAL, &ProposeRequest::Suspend { organisations: names() });
    settle(&mut world, &[HOSPITAL, HILLSIDE, COUNCIL], number + 1);
    propose(&mut world, HOSPITAL, &ProposeRequest::Reinstate { organisations: names() });
    settle(&mut world, &[HOSPITAL, HILLSIDE, COUNCIL], number + 2);
    world.heal_network();
    settle(&mut world, &[HOSPITAL, LAKESIDE, HILLSIDE, COUNCIL], number + 2);
    assert_eq!(text(&mut world, LAKESIDE, &toolkit), "one\n");
    let offers = reissues(&mut world, LAKESIDE);
    let [offer] = offers.as_slice() else { panic!("{offers:?}") };
    assert!(offer.why.contains("cut lakeside off"), "{}", offer.why);
    apply(&mut world, LAKESIDE, &toolkit).expect("it is written again");
    settle(&mut world, &[HOSPITAL, LAKESIDE, HILLSIDE, COUNCIL], number + 2);
    assert_eq!(text(&mut world, COUNCIL, &toolkit), "one\nof lakeside\n");
}

#[test]
fn a_suspended_node_waits_with_its_receipts_until_it_is_back() {
    let mut world = four(37);
    let other = world.write(COUNCIL, "Notes", "John Baker\n").expect("it is written").summary.id;
    world.run_until_quiet();
    let_everybody_attest(&mut world);
    world.partition(&[HOSPITAL]);
    world.erase(COUNCIL, &other).expect("its author erases it");
    world.run_for(10_000);
    let number = epoch(&mut world, HOSPITAL);
    let names = || vec!["lakeside".to_owned()];
    propose(&mut world, HOSPITAL, &ProposeRequest::Suspend { organisations: names() });
    world.heal_network();
    let others = [HOSPITAL, HILLSIDE, COUNCIL];
    settle(&mut world, &others, number + 1);
    world.run_for(10 * 60_000);
    // It knows, and does not sign again and again what nobody would take.
    assert_eq!(epoch(&mut world, LAKESIDE), number + 1);
    let waiting: u64 = world.engine(LAKESIDE).status().waiting.iter().map(|waiting| waiting.count).sum();
    assert!(waiting <= 1, "{:?}", world.engine(LAKESIDE).status().waiting);
    propose(&mut world, HOSPITAL, &ProposeRequest::Reinstate { organisations: names() });
    settle(&mut world, &[HOSPITAL, LAKESIDE, HILLSIDE, COUNCIL], number + 2);
    world.run_for(120_000);
    for node in [HOSPITAL, LAKESIDE, HILLSIDE, COUNCIL] {
        let erasures = world.engine(node).erasures().expect("they can be listed");
        assert!(erasures.iter().all(|erasure| erasure.missing.is_empty()), "{node}: {erasures:?}");
    }
}

#[test]
fn what_no_node_would_take_is_not_signed() {
    let mut world = four(39);
    let number = epoch(&mut world, HOSPITAL);
    let writers = Some(vec!["administrator".to_owned(), "clinician".to_owned()]);
    let policy = ProposeRequest::Policy { writers, quorum: None, name: None, purpose: None };
    propose(&mut world, HOSPITAL, &policy);
    settle(&mut world, &[HOSPITAL, LAKESIDE, HILLSIDE, COUNCIL], number + 1);
    let patient = world.add_person(LAKESIDE, "Ada").expect("a person is added").id;
    for _ in 0..3 {
        let failure = world.write_as(LAKESIDE, Some(&patient), "Notes", "text\n").expect_err("no writer");
        assert_eq!(failure.code, "role-forbids");
    }
    assert!(world.engine(LAKESIDE).status().waiting.is_empty());
}

/// An edit of Hillside's node, which the test plays, as the first entry of a
/// log: the text as it stands with `words` at its end.
fn edit_by_hand(world: &mut World, toolkit: &str, words: &str) -> VerifiedRun {
    let id: DocumentId = toolkit.parse().expect("an id is hexadecimal");
    let keys = world.node(HILLSIDE).keys().clone();
    let log = LogName { node: keys.node.public(), collection: Collection::Toolkits, nonce: 99 };
    let mut document = Document::new();
    for run in world.contents(HOSPITAL).runs {
        let actor = Actor::derive(&run.log().id(&world.commons()).0, &id.0);
        for entry in run.entries() {
            let content = entry.body.bytes().map(|bytes| Content::decode(entry.header.kind, bytes));
            if let Some(Ok(Content::Change(change))) = content
                && change.document == id
            {
                change.changes.iter().for_each(|bytes| _ = document.offer(&actor, bytes));
            }
        }
    }
    document.settle().expect("it builds");
    let fields = document.fields().expect("it has content");
    let text = format!("{}{words}\n", fields.text);
    let actor = Actor::derive(&log.id(&world.commons()).0, &id.0);
    let changes = document.edit(&actor, &Fields { text, ..fields }, 0).expect("it can be edited");
    let changes = changes.into_iter().map(|bytes| BoundedBytes::new(bytes).expect("short")).collect();
    let changes = BoundedVec::new(changes).expect("few");
    let content = Content::Change(Change { document: id, continues: false, changes, overrides: None });
    let packed = Packed {
        epoch: epoch(world, HOSPITAL),
        deps: BoundedVec::new(vec![EntryId(id.0)]).expect("one"),
        time: Timestamp(0),
        person: *keys.people.keys().next().expect("an operator"),
        kind: content.kind(),
        body: Body::Here(BoundedBytes::new(content.encode()).expect("short")),
    };
    VerifiedRun::sign(world.commons(), log, 0, None, vec![packed], &keys.node).expect("it can sign")
}

/// Publishes a run in Hillside's name as gossip does.
fn publish(world: &mut World, run: &VerifiedRun) {
    let run = run.encode();
    let length = u16::try_from(run.len()).expect("short").to_be_bytes();
    let data = [&[0x82, 1, 0x81, 0x59][..], &length, &run].concat();
    let topic = format!("{}/{}", &world.commons().to_string()[..12], Collection::Toolkits.number());
    world.order(HILLSIDE, Command::Publish { topic, data });
    world.run_for(5_000);
}

#[test]
fn what_was_built_on_a_log_that_forked_is_offered() {
    let mut world = four(38);
    let toolkit = world.write(HOSPITAL, "Going home", "one\n").expect("it is written").summary.id;
    world.run_until_quiet();
    let_everybody_attest(&mut world);
    world.take_over(HILLSIDE);
    let one = edit_by_hand(&mut world, &toolkit, "of hillside");
    let other = edit_by_hand(&mut world, &toolkit, "of hillside, too");
    publish(&mut world, &one);
    assert_eq!(text(&mut world, LAKESIDE, &toolkit), "one\nof hillside\n");
    world.edit(LAKESIDE, &toolkit, None, "one\nof hillside\nof lakeside\n").expect("it is kept");
    world.run_for(5_000);
    publish(&mut world, &other);
    let number = epoch(&mut world, HOSPITAL);
    settle(&mut world, &OTHERS, number);
    assert!(OTHERS.into_iter().all(|node| is_forked(&mut world, node)));
    assert_eq!(text(&mut world, COUNCIL, &toolkit), "one\n");
    world.restart(LAKESIDE);
    let offers = reissues(&mut world, LAKESIDE);
    let [offer] = offers.as_slice() else { panic!("{offers:?}") };
    assert!(offer.why.contains("hillside") && offer.why.contains("forked"), "{}", offer.why);
    apply(&mut world, LAKESIDE, &toolkit).expect("it is written again");
    settle(&mut world, &OTHERS, number);
    for node in OTHERS {
        assert_eq!(text(&mut world, node, &toolkit), "one\nof lakeside\n");
    }
}

#[test]
fn figures_whose_measure_was_cut_stay_in_the_ledger() {
    let mut world = four(37);
    world.let_measures_be_released();
    let toolkit = world.write(HOSPITAL, "Going home", "one\n").expect("it is written").summary.id;
    world.run_until_quiet();
    cut_hillside(&mut world, &toolkit, |world| {
        let measure = world.define_measure(HILLSIDE, "Remission").expect("it is defined");
        world.run_for(10_000);
        let figures = vec![figure("2026-01", None, (84, 120))];
        let sent = world.report(LAKESIDE, &measure, figures).expect("it is kept");
        assert!(sent.sent, "{sent:?}");
    });
    for _ in 0..2 {
        let rows = world.engine(LAKESIDE).egress().expect("it can be read");
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        assert!(!row.counts && (row.numerators, row.denominators) == (1, 1), "{row:?}");
        assert_eq!((row.period.as_str(), row.what.as_str()), ("2026-01", "report"));
        world.restart(LAKESIDE);
    }
    assert!(world.engine(HOSPITAL).egress().expect("it can be read").is_empty());
}
