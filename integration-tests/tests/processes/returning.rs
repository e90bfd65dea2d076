//! Nodes that come back: after weeks off, and from an old disk.

use commons_integration_tests::process::{Node, Place, wait_until_equal};

use crate::scene::{assert_nothing_forked, assert_sound, edit, pair, show, titles, write};

#[test]
fn a_node_that_was_off_catches_up_by_itself() {
    let place = Place::new();
    let (hospital, council) = pair(&place);
    let id = write(&place, &hospital, "Visits", "One.\n");
    wait_until_equal(&[&hospital, &council], |status| status.documents == 1);
    let council = council.stop();

    let mut shown = show(&hospital, &id);
    for words in ["Two.\n", "Three.\n"] {
        let text = format!("{}{words}", shown.text);
        shown = edit(&place, &hospital, &id, &shown.version, &text);
    }
    for number in 0..10 {
        write(&place, &hospital, &format!("Sheet {number}"), "Text.\n");
    }
    // Whoever was away finds the others even if they were away as well.
    let hospital = hospital.stop().start();
    let council = council.start();
    wait_until_equal(&[&hospital, &council], |status| status.documents == 11);
    assert_eq!(show(&council, &id).text, "One.\nTwo.\nThree.\n");
    assert!(council.status().peers.iter().any(|peer| peer.connected && peer.in_step));
}

#[test]
fn a_node_restored_from_an_old_copy_forks_nothing() {
    let place = Place::new();
    let (hospital, council) = pair(&place);
    write(&place, &council, "Before the copy", "Text.\n");
    wait_until_equal(&[&hospital, &council], |status| status.documents == 1);
    let council = council.stop();
    let copy = place.path().join("copy");
    council.copy_to(&copy);

    let council = council.start();
    write(&place, &council, "After the copy", "Text.\n");
    wait_until_equal(&[&hospital, &council], |status| status.documents == 2);
    let council = council.stop();
    council.restore_from(&copy);

    // It may write before it has met anybody who knows better.
    let hospital = hospital.stop();
    let council = council.start();
    assert_eq!(titles(&council), ["Before the copy"]);
    write(&place, &council, "Alone", "Text.\n");
    let hospital = hospital.start();
    write(&place, &council, "Together", "Text.\n");
    wait_until_equal(&[&hospital, &council], |status| status.documents == 4);
    assert_all_kept(&[&hospital, &council]);

    // And once more after an ordinary restart.
    let council = council.stop().start();
    write(&place, &council, "Later", "Text.\n");
    wait_until_equal(&[&hospital, &council], |status| status.documents == 5);
    assert_all_kept(&[&hospital, &council]);
}

fn assert_all_kept(nodes: &[&Node]) {
    for node in nodes {
        let titles = titles(node);
        for title in ["Before the copy", "After the copy", "Alone", "Together"] {
            assert!(titles.iter().any(|found| found == title), "{title} is missing in {titles:?}");
        }
        assert_nothing_forked(node);
        assert_sound(node);
    }
}
