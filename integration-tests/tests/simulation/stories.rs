//! Short stories of a few nodes.

use commons_integration_tests::simulator::{NodeId, World, keeps};

const HOSPITAL: NodeId = 0;
const CLINIC: NodeId = 1;
const GROUP: NodeId = 2;

/// A hospital, a clinic and a patients' group that share a commons.
fn three(seed: u64) -> World {
    let mut world = World::new(seed);
    for name in ["hospital", "clinic", "group"] {
        world.organisation(name);
    }
    world.all_join();
    world
}

fn text(world: &mut World, node: NodeId, id: &str) -> String {
    world.document(node, id).expect("the document is here").text
}

#[test]
fn a_node_that_was_off_for_weeks_catches_up_by_itself() {
    let mut world = three(1);
    let toolkit = world.write(HOSPITAL, "Going home", "one\n").expect("it is written").summary.id;
    world.run_until_quiet();
    world.power_off(GROUP);
    for day in 0..21 {
        let text = format!("{}day {day}\n", text(&mut world, CLINIC, &toolkit));
        world.edit(CLINIC, &toolkit, None, &text).expect("it is kept");
        world.run_for(24 * 3_600 * 1_000 / 96);
    }
    world.power_on(GROUP);
    world.run_until_quiet();
    assert!(text(&mut world, GROUP, &toolkit).contains("day 20"));
    world.check();
}

#[test]
fn a_newcomer_gets_everything_from_an_invitation() {
    let mut world = three(2);
    let ids: Vec<String> = (0..5)
        .map(|n| world.write(n % 3, &format!("toolkit {n}"), "text\n").expect("it is written").summary.id)
        .collect();
    world.run_until_quiet();
    let council = world.site("council");
    world.join(council, CLINIC);
    world.run_until_quiet();
    for id in ids {
        assert_eq!(text(&mut world, council, &id), "text\n");
    }
    world.write(council, "from the newcomer", "hello\n").expect("it may write now");
    world.run_until_quiet();
    world.check();
}

#[test]
fn a_node_restored_from_an_old_disk_forks_nothing() {
    let mut world = three(3);
    let toolkit = world.write(CLINIC, "Going home", "one\n").expect("it is written").summary.id;
    world.run_until_quiet();
    world.back_up(CLINIC);
    // What the clinic writes now only the group receives, which is away when
    // the clinic comes back with its old disk.
    world.partition(&[HOSPITAL]);
    world.edit(CLINIC, &toolkit, None, "one\nbefore\n").expect("it is kept");
    world.run_for(10_000);
    world.power_off(GROUP);
    world.heal_network();
    world.restore(CLINIC);
    world.run_for(60_000);
    world.edit(CLINIC, &toolkit, None, "one\nafter\n").expect("it is kept");
    world.run_for(60_000);
    world.power_on(GROUP);
    world.run_until_quiet();
    world.check();
    let merged = text(&mut world, HOSPITAL, &toolkit);
    assert!(merged.contains("before") && merged.contains("after"), "{merged}");
}

#[test]
fn people_who_edit_one_text_at_once_get_the_same_text() {
    let mut world = three(4);
    let toolkit = world.write(HOSPITAL, "Going home", "first\n\nlast\n").expect("it is written").summary.id;
    world.run_until_quiet();
    world.partition(&[HOSPITAL]);
    world.partition(&[CLINIC]);
    for (node, name) in [(HOSPITAL, "hospital"), (CLINIC, "clinic"), (GROUP, "group")] {
        world.edit(node, &toolkit, None, &format!("first\n{name} was here\n\nlast\n")).expect("it is kept");
    }
    world.heal();
    world.run_until_quiet();
    world.check();
    let merged = text(&mut world, GROUP, &toolkit);
    for name in ["first", "hospital was here", "clinic was here", "group was here", "last"] {
        assert!(merged.contains(name), "{name} is lost in:\n{merged}");
    }
    assert_eq!(merged, text(&mut world, HOSPITAL, &toolkit));
    assert_eq!(merged, text(&mut world, CLINIC, &toolkit));
}

#[test]
fn an_erased_document_is_gone_from_every_disk_and_everybody_confirms() {
    let mut world = three(5);
    let secret = "Jane Miller";
    let toolkit = world.write(HOSPITAL, "Notes", &format!("{secret}\n")).expect("it is written").summary.id;
    world.run_until_quiet();
    assert!((0..3).all(|node| keeps(world.node(node).store(), secret)));
    world.erase(HOSPITAL, &toolkit).expect("its author erases it");
    world.run_until_quiet();
    for node in world.ids() {
        assert!(!keeps(world.node(node).store(), secret), "{} still has it", world.node(node).name);
        assert!(world.document(node, &toolkit).is_none());
        let erasures = world.engine(node).erasures().expect("there is one");
        assert_eq!(erasures[0].confirmed_by.len(), 3, "{:?}", erasures[0].missing);
    }
    world.check();
}

#[test]
fn an_erasure_that_comes_before_what_it_erases_acts_when_that_comes() {
    let mut world = three(6);
    let secret = "Jane Miller";
    let toolkit = world.write(HOSPITAL, "Notes", "one\n").expect("it is written").summary.id;
    world.run_until_quiet();
    world.partition(&[CLINIC]);
    world.edit(CLINIC, &toolkit, None, &format!("one\n{secret}\n")).expect("it is kept");
    world.erase(HOSPITAL, &toolkit).expect("its author erases it");
    world.run_for(10_000);
    world.heal();
    world.run_until_quiet();
    for node in world.ids() {
        assert!(!keeps(world.node(node).store(), secret), "{} still has it", world.node(node).name);
    }
    world.check();
}

#[test]
fn a_full_disk_promises_nothing_and_the_node_goes_on_when_there_is_room() {
    let mut world = three(7);
    let toolkit = world.write(HOSPITAL, "Going home", "one\n").expect("it is written").summary.id;
    world.run_until_quiet();
    world.fill_disk(HOSPITAL);
    assert!(
        world.edit(HOSPITAL, &toolkit, None, "one\nlost\n").is_none(),
        "it promised what it could not keep"
    );
    world.edit(CLINIC, &toolkit, None, "one\ntwo\n").expect("the others go on");
    world.run_for(30_000);
    assert_eq!(text(&mut world, HOSPITAL, &toolkit), "one\n");
    world.make_room(HOSPITAL);
    world.run_until_quiet();
    assert_eq!(text(&mut world, HOSPITAL, &toolkit), "one\ntwo\n");
    world.edit(HOSPITAL, &toolkit, None, "one\ntwo\nthree\n").expect("there is room");
    world.run_until_quiet();
    assert_eq!(text(&mut world, GROUP, &toolkit), "one\ntwo\nthree\n");
    world.check();
}
