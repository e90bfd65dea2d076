//! What one hostile member must not be able to do.

#[path = "common/world.rs"]
mod world;

use commons_protocol::admission::Admission;
use commons_protocol::collection::Collection;
use commons_protocol::entry::LogName;
use commons_protocol::keylog::KeyAction;
use commons_protocol::recompute::recompute;
use commons_protocol::refusal::Refusal;
use commons_protocol::run::VerifiedRun;
use std::collections::BTreeSet;
use world::{Organisation, World, Writer, key, list, proposal};

fn admission(world: &World) -> Admission {
    let mut admission = Admission::new(world.commons);
    admission.take_objects(world.objects.clone());
    admission
}

/// A stranger signs copies of enacted charters; none may stand in for the elector's.
#[test]
fn a_copy_of_a_proposal_by_a_stranger_changes_nothing() {
    let mut world = World::new(2, 2);
    let charter = world.next_charter();
    world.enact(charter.clone());
    let founding = world.charters[0].clone();
    for stranger in 0..8 {
        let thief = key(&format!("thief {stranger}"));
        world.objects.push(proposal(charter.clone(), &thief, Some(world.commons)));
        world.objects.push(proposal(founding.clone(), &thief, None));
    }
    let admission = admission(&world);
    assert_eq!(admission.governance().map(|governance| governance.current().number), Some(1));
}

/// Another organisation appoints our admin key as its own.
#[test]
fn nobody_else_moves_the_end_of_our_chain() {
    let names: Vec<_> = (0..2).map(|index| Organisation::new(&format!("Site {index}")).id()).collect();
    let mut world = World::new(2, 2);
    let (victim, thief) = if names[0] < names[1] { (0, 1) } else { (1, 0) };
    let admin = world.organisations[victim].admin.public();
    let before = admission(&world).keys().tip(&admin);
    world.root_event(thief, KeyAction::AppointAdmin { admin });
    assert_eq!(admission(&world).keys().tip(&admin), before);
}

/// A second admin key revokes what the first delegated, whatever the order of the keys' bytes.
#[test]
fn any_admin_key_of_an_organisation_can_revoke() {
    for number in 0..8 {
        let mut world = World::new(1, 1);
        let second = key(&format!("second admin {number}"));
        world.root_event(0, KeyAction::AppointAdmin { admin: second.public() });
        let node = world.organisations[0].node.public();
        world.key_event(0, &second, KeyAction::Revoke { key: node, pins: list([]) });
        let admission = admission(&world);
        let known = admission.keys().node(&node).expect("delegated");
        assert!(known.revoked.is_some(), "second admin {number}");
    }
}

/// Runs of keys that nobody delegated leave nothing behind but what waits.
#[test]
fn strangers_do_not_fill_the_table_of_logs() {
    let world = World::new(1, 1);
    let mut admission = admission(&world);
    let stranger = key("stranger");
    let name = LogName { node: stranger.public(), collection: Collection::Toolkits, nonce: 0 };
    let mut writer = Writer::new(world.commons, name, stranger.clone(), stranger.public());
    writer.create();
    admission.take_run(writer.run(0, 1));
    assert_eq!(admission.index_of(&writer.log()), None);
}

/// An epoch that gives a member another root key would void what it wrote.
#[test]
fn an_epoch_cannot_replace_a_root() {
    let world = World::new(2, 1);
    let mut charter = world.next_charter();
    let id = world.organisations[1].id();
    let mut members = charter.members.to_vec();
    members.iter_mut().filter(|m| m.organisation == id).for_each(|m| m.root = key("new root").public());
    charter.members = list(members);
    assert_eq!(charter.check_follows(world.current(), world.current().hash()), Err(Refusal::BadProposal));
}

/// A log that claims to go on from an entry of another log has no beginning:
/// neither the state nor its specification admits any of it.
#[test]
fn a_log_can_not_begin_in_another_one() {
    let world = World::new(2, 1);
    let mut writer = world.writer(0, Collection::Toolkits, 0);
    (0..5).for_each(|_| _ = writer.create());
    let (honest, packed) = (writer.run(0, 4), writer.entries[4].clone());
    let other = LogName { nonce: 8, ..writer.name };
    let grafted = VerifiedRun::sign(world.commons, other, 4, Some(writer.ids[3]), vec![packed], &writer.key);
    let grafted = grafted.expect("its own key signs it");
    let mut admission = admission(&world);
    admission.take_run(honest.clone());
    admission.take_run(grafted.clone());
    assert_eq!(admission.head_map().len(), 1);
    assert_eq!(
        admission.head_map(),
        recompute(world.commons, &world.objects, &[honest, grafted], &BTreeSet::new())
    );
}
