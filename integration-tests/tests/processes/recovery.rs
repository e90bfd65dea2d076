//! A dead disk, recovered from exported keys and the other members.

use commons_integration_tests::process::{Home, Node, Place, wait_until_equal};

use crate::scene::{assert_nothing_forked, assert_sound, edit, pair, path, show, titles, write};

#[test]
fn a_dead_disk_is_recovered_from_exported_keys() {
    let place = Place::new();
    let (hospital, council) = pair(&place);
    let words = place.file("passphrase", "six plain words for the safe\n");
    let id = write(&place, &council, "Visits", "Bring a list.\n");
    wait_until_equal(&[&hospital, &council], |status| status.documents == 1);
    let organisation = council.status().organisation.id;

    export(&council, "first.age", &words);
    let council = lose_and_recover(&place, council, "first.age", &words);
    wait_until_equal(&[&hospital, &council], |status| status.documents == 1);
    assert_eq!(council.status().organisation.id, organisation);
    write_again(&place, &hospital, &council, &id, "Bring a list.\nAnd a pen.\n");

    // With a new root key, an older export no longer has the newest.
    council.commons(&["keys", "rotate"]).ok();
    export(&council, "second.age", &words);
    write(&place, &council, "After rotation", "Text.\n");
    wait_until_equal(&[&hospital, &council], |status| status.documents == 2);
    let council = lose_and_recover(&place, council, "second.age", &words);
    wait_until_equal(&[&hospital, &council], |status| status.documents == 2);
    assert!(titles(&council).contains(&"After rotation".to_owned()));
    write_again(&place, &hospital, &council, &id, "Bring a list.\nAnd a pen.\nAnd time.\n");
    council.commons(&["keys", "rotate"]).ok();
    for node in [&hospital, &council] {
        assert_nothing_forked(node);
        assert_sound(node);
    }
}

fn export(node: &Node, file: &str, words: &std::path::Path) {
    let arguments = ["keys", "export", "--out", file, "--passphrase-file", path(words)];
    node.commons(&arguments).ok();
    // An export is never overwritten.
    assert_eq!(node.commons(&arguments).code, Some(2));
}

/// The disk dies; a new one is set up from the export.
fn lose_and_recover(place: &Place, node: Node, file: &str, words: &std::path::Path) -> Node {
    let home: Home = node.kill();
    home.remove();
    let wrong = place.file("wrong", "these are other words\n");
    let recover = |words: &std::path::Path| {
        home.commons(&[
            "init",
            "--from-keys",
            file,
            "--keys-passphrase-file",
            path(words),
            "--api",
            "127.0.0.1:0",
        ])
    };
    recover(&wrong).refused_with("local", &["passphrase"]);
    recover(words).ok();
    home.start()
}

fn write_again(place: &Place, other: &Node, node: &Node, id: &str, text: &str) {
    let base = show(node, id).version;
    edit(place, node, id, &base, text);
    wait_until_equal(&[other, node], |_| show(other, id).text == text);
}
