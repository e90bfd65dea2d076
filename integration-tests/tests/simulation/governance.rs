//! Stories of people who govern a commons together, and of those who don't
//! play by its rules.

use commons_integration_tests::simulator::{Behaviour, NodeId, World};
use commons_node::view::ProposeRequest;
use commons_protocol::bounded::BoundedVec;
use commons_protocol::id::{EntryId, LogId};
use commons_protocol::keylog::{KeyAction, KeyEvent};
use commons_protocol::object::Object;
use commons_protocol::signed::Verified;

const HOSPITAL: NodeId = 0;
const CLINIC: NodeId = 1;
const GROUP: NodeId = 2;
const COUNCIL: NodeId = 3;
const MALLORY: NodeId = 4;

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;

/// Organisations with these names that share a commons; each votes.
fn commons(seed: u64, names: &[&str]) -> World {
    let mut world = World::new(seed);
    for name in names {
        world.organisation(name);
    }
    world.all_join();
    world
}

/// Four electors.
fn four(seed: u64) -> World {
    commons(seed, &["hospital", "clinic", "group", "council"])
}

/// Four electors, and Mallory, a member without a vote.
fn four_and_mallory(seed: u64) -> World {
    let mut world = commons(seed, &["hospital", "clinic", "group", "council", "mallory"]);
    let request = ProposeRequest::Elector { add: Vec::new(), remove: vec!["mallory".to_owned()] };
    world.propose(HOSPITAL, &request).expect("it is proposed");
    world.run_until_quiet();
    assert_eq!(world.governance(HOSPITAL).current().electors.len(), 4);
    world
}

fn remove(name: &str) -> ProposeRequest {
    ProposeRequest::Remove { organisations: vec![name.to_owned()] }
}

fn rename(name: &str) -> ProposeRequest {
    ProposeRequest::Policy { writers: None, quorum: None, name: Some(name.to_owned()), purpose: None }
}

fn text(world: &mut World, node: NodeId, id: &str) -> String {
    world.document(node, id).expect("the document is here").text
}

fn head(world: &World, node: NodeId, log: &LogId) -> Option<EntryId> {
    world.admission(node)?.head(log).map(|head| head.id)
}

fn faults(world: &mut World, node: NodeId) -> usize {
    world.engine(node).faults().expect("it takes part").len()
}

#[test]
fn a_removal_sticks_though_an_old_friend_was_away_with_what_came_after() {
    let mut world = four_and_mallory(41);
    let id = world.write(MALLORY, "Going home", "one\n").expect("it is written").summary.id;
    world.run_until_quiet();
    world.partition(&[COUNCIL, MALLORY]);
    world.edit(MALLORY, &id, None, "one\nlate\n").expect("the friends are among themselves");
    world.run_for(20_000);
    assert_eq!(text(&mut world, COUNCIL, &id), "one\nlate\n");
    let epoch = world.epoch(HOSPITAL);
    world.propose(HOSPITAL, &remove("mallory")).expect("it is proposed");
    world.run_for(MINUTE);
    assert_eq!(world.epoch(HOSPITAL), epoch + 1, "three of four electors are enough");
    assert_eq!(world.epoch(COUNCIL), epoch);
    world.heal();
    world.run_until_quiet();
    world.run_for(5 * MINUTE);
    for node in [HOSPITAL, CLINIC, GROUP, COUNCIL] {
        assert!(!world.is_active_for(node, MALLORY));
        assert_eq!(text(&mut world, node, &id), "one\n", "what stood stands, and nothing else");
    }
    world.check();
}

#[test]
fn in_founding_mode_a_removal_needs_everyone() {
    let mut world = commons(42, &["hospital", "clinic", "group"]);
    world.power_off(GROUP);
    let view = world.propose(HOSPITAL, &remove("group")).expect("it is proposed");
    world.run_for(10 * MINUTE);
    assert!(world.is_active_for(HOSPITAL, GROUP), "nobody is removed without a say");
    let open = world.engine(CLINIC).proposals().expect("it takes part");
    let open = open.iter().find(|one| one.id == view.id).expect("it is open");
    assert!(open.state.contains("every elector must endorse"), "{}", open.state);
    world.power_on(GROUP);
    world.run_for(2 * MINUTE);
    world.run_until_quiet();
    assert!(!world.is_active_for(HOSPITAL, GROUP), "it agreed");
}

/// Lets Mallory fork its log; returns the log and the ends of the branches.
fn fork(world: &mut World) -> (LogId, Vec<EntryId>) {
    assert!(world.misbehave(MALLORY, Behaviour::Equivocate), "it has a log");
    world.run_for(2 * MINUTE);
    world.run_until_quiet();
    let objects = world.admission(HOSPITAL).expect("it takes part").objects();
    let mut forks = objects.values().filter_map(|object| match object {
        Object::Fork(fork) => Some(fork),
        _ => None,
    });
    let fork = forks.next_back().expect("there is a proof");
    (fork.log(), fork.branches().iter().map(|branch| branch.last().id).collect())
}

#[test]
fn a_forked_log_is_frozen_until_an_epoch_picks_a_branch() {
    let mut world = four_and_mallory(43);
    let id = world.write(MALLORY, "Going home", "one\n").expect("it is written").summary.id;
    world.run_until_quiet();
    world.corrupt(MALLORY);
    let (log, branches) = fork(&mut world);
    for node in [HOSPITAL, CLINIC, GROUP, COUNCIL] {
        assert!(head(&world, node, &log).is_none_or(|head| !branches.contains(&head)), "it is frozen");
        assert_eq!(faults(&mut world, node), 1);
        assert_eq!(text(&mut world, node, &id), "one\n");
    }
    let (log, entry) = (log.to_string(), branches[1].to_string());
    world.propose(CLINIC, &ProposeRequest::Branch { log: log.clone(), entry }).expect("it is proposed");
    world.run_for(2 * MINUTE);
    world.run_until_quiet();
    let log: LogId = log.parse().expect("an id");
    for node in [HOSPITAL, CLINIC, GROUP, COUNCIL] {
        assert_eq!(head(&world, node, &log), Some(branches[1]), "the branch that was picked counts");
    }
    world.check();
}

#[test]
fn a_forked_log_is_frozen_until_its_organisation_picks_a_branch() {
    let mut world = four_and_mallory(44);
    world.write(MALLORY, "Going home", "one\n").expect("it is written");
    world.run_until_quiet();
    world.corrupt(MALLORY);
    let (log, branches) = fork(&mut world);
    assert!(world.end_log(MALLORY, &log.to_string(), &branches[0].to_string()));
    world.run_for(2 * MINUTE);
    world.run_until_quiet();
    for node in [HOSPITAL, CLINIC, GROUP, COUNCIL] {
        assert_eq!(head(&world, node, &log), Some(branches[0]));
    }
    world.check();
}

#[test]
fn what_is_stable_survives_a_late_fork_and_a_back_dated_revocation() {
    let mut world = four_and_mallory(45);
    let eve = world.add_person(MALLORY, "Eve").expect("it is added").id;
    world.run_until_quiet();
    let id = world.write_as(MALLORY, Some(&eve), "Going home", "by Eve\n").expect("it is written").summary.id;
    world.run_until_quiet();
    world.sleep(2 * 60 * MINUTE);
    world.run_for(MINUTE);
    world.run_until_quiet();
    let (nonce, after) = world.own_log(MALLORY).expect("it wrote");
    world.corrupt(MALLORY);
    let epoch = world.epoch(HOSPITAL);
    let entry = world.forge_entry(MALLORY, epoch, &World::plain_content());
    let run = world.forge_run(MALLORY, nonce, (0, None), entry);
    let log = run.log().id(&world.commons());
    let stable =
        world.admission(HOSPITAL).and_then(|admission| admission.stable(&log)).expect("it is stable");
    assert_eq!(Some(stable.entry), after.1);
    world.show_run(MALLORY, &run);
    let revocation = revoke_from_the_start(&world, &eve);
    world.show_object(MALLORY, &revocation);
    world.run_for(2 * MINUTE);
    world.run_until_quiet();
    for node in [HOSPITAL, CLINIC, GROUP, COUNCIL] {
        let admission = world.admission(node).expect("it takes part");
        assert_eq!(admission.frozen().get(&log), Some(&0), "the fork is known");
        assert_eq!(head(&world, node, &log), Some(stable.entry), "what is stable stands");
        assert_eq!(text(&mut world, node, &id), "by Eve\n");
    }
    assert!(world.edit_as(MALLORY, Some(&eve), &id, None, "late\n").is_err(), "Eve is revoked");
    world.check();
}

/// A revocation of a person that leaves nothing of it standing.
fn revoke_from_the_start(world: &World, person: &str) -> Object {
    let keys = world.node(MALLORY).keys();
    let tip = world.admission(MALLORY).expect("it takes part").keys().tip(&keys.admin.public());
    let event = KeyEvent {
        commons: world.commons(),
        organisation: keys.organisation,
        signer: keys.admin.public(),
        seq: tip.length,
        prev: tip.last,
        action: KeyAction::Revoke { key: person.parse().expect("a key"), pins: BoundedVec::default() },
    };
    Verified::sign(event, &keys.admin).expect("it can sign").into()
}

#[test]
fn a_lost_root_key_is_replaced_by_an_epoch() {
    let mut world = four(46);
    let organisation = world.node(GROUP).keys().organisation;
    let old = world.node(GROUP).keys().root.public();
    let view = world.request(GROUP, |engine, caller| engine.new_root(caller)).expect("it makes one");
    let root = world.node(GROUP).keys().root.public();
    assert_ne!(old, root);
    let request = ProposeRequest::Root { organisation: "group".to_owned(), code: view.code };
    world.propose(CLINIC, &request).expect("it is proposed");
    world.run_for(MINUTE);
    world.run_until_quiet();
    for node in world.ids() {
        let keys = world.admission(node).expect("it takes part").keys();
        assert_eq!(keys.root(&organisation), Some(&root));
    }
    world.request(GROUP, |engine, caller| engine.rotate_root(caller)).expect("the new key is in charge");
    world.write(GROUP, "We are back", "one\n").expect("its admin key still speaks for it");
    world.run_until_quiet();
    let keys = world.admission(HOSPITAL).expect("it takes part").keys();
    assert_ne!(keys.root(&organisation), Some(&root), "it rotated");
    world.check();
}

#[test]
fn two_operators_refound_what_lost_its_quorum_and_one_does_not() {
    let mut world = commons(47, &["hospital", "clinic", "group", "council", "mallory"]);
    let id = world.write(COUNCIL, "Going home", "one\n").expect("it is written").summary.id;
    world.run_until_quiet();
    world.power_off(COUNCIL);
    world.power_off(MALLORY);
    let epoch = world.epoch(HOSPITAL);
    let organisations = vec!["council".to_owned(), "mallory".to_owned()];
    let view = world.propose(HOSPITAL, &ProposeRequest::Remove { organisations }).expect("it is proposed");
    world.run_for(5 * MINUTE);
    assert_eq!(world.epoch(HOSPITAL), epoch, "three of five electors decide nothing");
    world.refound(HOSPITAL, &view.id).expect("its operator opts in");
    world.refound(CLINIC, &view.id).expect("its operator opts in");
    world.run_for(5 * MINUTE);
    assert_eq!(world.epoch(HOSPITAL), epoch + 1);
    assert_eq!(world.governance(HOSPITAL).head().hash, world.governance(CLINIC).head().hash);
    assert_eq!(world.epoch(GROUP), epoch, "nobody is taken along who did not opt in");
    world.edit(CLINIC, &id, None, "one\ntwo\n").expect("they go on");
    world.run_for(MINUTE);
    assert_eq!(text(&mut world, HOSPITAL, &id), "one\ntwo\n");
    world.refound(GROUP, &view.id).expect("it opts in later");
    world.run_until_quiet();
    assert_eq!(text(&mut world, GROUP, &id), "one\ntwo\n");
}

#[test]
fn an_elector_with_an_old_disk_does_not_vote_against_itself() {
    let mut world = four(48);
    world.back_up(GROUP);
    world.partition(&[COUNCIL]);
    world.propose(HOSPITAL, &rename("first")).expect("it is proposed");
    world.run_for(5_000);
    world.restore(GROUP);
    world.heal_network();
    world.propose(COUNCIL, &rename("second")).ok();
    world.run_for(5 * MINUTE);
    world.run_until_quiet();
    world.check();
    for node in world.ids() {
        assert_eq!(faults(&mut world, node), 0, "nobody voted twice");
        assert!(world.governance(node).open().is_empty());
    }
}

#[test]
fn electors_who_are_online_one_at_a_time_decide_within_days() {
    let mut world = four_and_mallory(49);
    // Mallory's node is the hub that is always there; it has no vote.
    let epoch = world.epoch(HOSPITAL);
    let all = [HOSPITAL, CLINIC, GROUP, COUNCIL];
    all.iter().for_each(|node| world.pause(*node, true));
    world.propose(HOSPITAL, &rename("slowly")).expect("it is proposed");
    for day in 0..12 {
        let node = all[day % all.len()];
        world.pause(node, false);
        world.run_for(2 * MINUTE);
        world.pause(node, true);
        world.sleep(DAY);
    }
    all.iter().for_each(|node| assert_eq!(world.epoch(*node), epoch + 1));
    world.heal();
    world.run_until_quiet();
    world.check();
}

#[test]
fn a_suspended_member_writes_again_once_it_is_reinstated() {
    let mut world = four(50);
    let id = world.write(COUNCIL, "Going home", "one\n").expect("it is written").summary.id;
    world.run_until_quiet();
    world.partition(&[COUNCIL]);
    world.edit(COUNCIL, &id, None, "one\nmeanwhile\n").expect("it is kept");
    let organisations = vec!["council".to_owned()];
    world
        .propose(HOSPITAL, &ProposeRequest::Suspend { organisations: organisations.clone() })
        .expect("it is proposed");
    world.run_for(MINUTE);
    assert!(!world.is_active_for(HOSPITAL, COUNCIL));
    world.heal();
    world.run_for(MINUTE);
    assert_eq!(text(&mut world, HOSPITAL, &id), "one\n");
    world.propose(CLINIC, &ProposeRequest::Reinstate { organisations }).expect("it is proposed");
    world.run_for(2 * MINUTE);
    world.run_until_quiet();
    for node in world.ids() {
        assert!(world.is_active_for(node, COUNCIL));
        assert_eq!(text(&mut world, node, &id), "one\n", "what it wrote beyond the pin does not count");
    }
    let cut = world.engine(COUNCIL).reissues().expect("it takes part");
    assert_eq!(cut.len(), 1, "its people are shown what does not count");
    assert!(cut[0].wrote.contains("meanwhile"), "{cut:?}");
    world.edit(COUNCIL, &id, None, "one\nback\n").expect("it writes again");
    world.run_until_quiet();
    for node in world.ids() {
        assert_eq!(text(&mut world, node, &id), "one\nback\n");
    }
    world.check();
}
