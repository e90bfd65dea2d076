//! Homes, ports and passphrases that are not as they should be: each ends with
//! an exit code and a sentence that says what to do.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use commons_integration_tests::process::{Home, HomeOptions, Node, Place};

use crate::scene::{assert_sound, founder, hospital, path, titles, write};

#[test]
fn a_home_that_cannot_be_used_says_what_to_do() {
    let place = Place::new();
    let home = place.home("hospital");
    home.commons(&["run"]).refused_with("not-running", &["commons init"]);
    home.commons(&["status"]).refused_with("not-running", &["commons init"]);
    // Nothing can be written into something that is no directory.
    let in_the_way = place.home("in-the-way");
    place.file("in-the-way", "a file");
    in_the_way.init(&hospital()).refused_with("local", &["in-the-way"]);

    home.init(&hospital()).ok();
    home.init(&hospital()).refused_with("local", &["already holds a node", "--home"]);
    home.commons(&["status"]).refused_with("not-running", &["commons run"]);
    a_setting_that_makes_no_sense(&home);
}

fn a_setting_that_makes_no_sense(home: &Home) {
    let config = home.path().join("config.toml");
    let good = fs::read_to_string(&config).expect("settings can be read");
    fs::write(&config, good.replace("version = 1", "version = 99")).expect("settings can be written");
    home.commons(&["run"]).refused_with("local", &["config.toml", "99", "version 1"]);
    fs::write(&config, good.replace("[network]", "[netwrok]")).expect("settings can be written");
    home.commons(&["run"]).refused_with("local", &["config.toml, line ", "netwrok"]);
    fs::write(&config, good).expect("settings can be written");
}

#[test]
fn an_occupied_port_is_named() {
    let place = Place::new();
    let occupied = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = occupied.local_addr().expect("it is bound").to_string();
    let options = HomeOptions::member("Clinic", "site").with(&["--api", &address]);
    let home = place.init("clinic", &options);
    home.commons(&["run"]).refused_with("local", &[&address]);
    drop(occupied);
    assert_eq!(home.start().api().address(), address);
}

#[test]
fn a_wrong_passphrase_opens_nothing() {
    let place = Place::new();
    let right = place.file("right", "the right words for this\n");
    let wrong = place.file("wrong", "some other words for this\n");
    let short = place.file("short", "short\n");
    let sealed = |file: &Path| HomeOptions::member("Clinic", "site").with(&["--passphrase-file", path(file)]);
    place.home("clinic").init(&sealed(&short)).refused_with("passphrase", &["longer"]);
    let home = place.init("clinic", &sealed(&right));
    home.commons(&["run"]).refused_with("passphrase", &["--passphrase-file"]);
    home.commons(&["run", "--passphrase-file", path(&wrong)]).refused_with("local", &["passphrase"]);
    home.commons(&["check", "--passphrase-file", path(&wrong)]).refused_with("local", &["passphrase"]);
    let node = home.start_with(&["--passphrase-file", path(&right)]);
    assert_eq!(node.status().organisation.name, "Clinic");
}

#[test]
fn a_damaged_store_is_refused_with_a_way_out() {
    let place = Place::new();
    let home = with_documents(&place).stop();

    let format = home.path().join("store/FORMAT");
    let known = fs::read(&format).expect("FORMAT can be read");
    fs::write(&format, "commons-store 99\n").expect("FORMAT can be written");
    home.commons(&["run"]).refused_with("local", &["version 99", "upgrade"]);
    fs::write(&format, known).expect("FORMAT can be written");

    let segment = first_segment(&home);
    let whole = fs::read(&segment).expect("a segment can be read");
    // What a start reads stops the start; `check` reads everything.
    flip(&segment, whole.len() as u64 / 4);
    for verb in ["run", "check"] {
        home.commons(&[verb]).refused_with("local", &["is damaged at byte", "backup", "peers"]);
    }
    for part in [2, 3] {
        fs::write(&segment, &whole).expect("a segment can be written");
        flip(&segment, whole.len() as u64 / 4 * part);
        assert_eq!(home.commons(&["check"]).code, Some(1), "damage in quarter {part} was not seen");
    }
    fs::write(&segment, &whole).expect("a segment can be written");
    the_index_is_only_a_cache(&home);
    assert_sound(&home);
}

#[test]
fn what_is_readable_is_salvaged() {
    let place = Place::new();
    let home = with_documents(&place).stop();
    let segment = first_segment(&home);
    flip(&segment, fs::metadata(&segment).expect("a segment can be read").len() * 3 / 4);
    // It is found as the store is opened, or, where the index has been past it,
    // by the check itself.
    let checked = home.commons(&["check"]);
    assert!(checked.code == Some(1) && checked.stdout.contains("is damaged at byte"), "{checked:#?}");
    let salvaged = home.commons(&["salvage"]).ok();
    assert!(salvaged["records"].as_u64() > Some(0) && salvaged["damaged"].as_u64() > Some(0), "{salvaged}");
    assert!(home.path().join("store.damaged").is_dir());
    home.commons(&["salvage"]).refused_with("local", &["move it away first"]);
    let node = home.start();
    assert!(titles(&node).len() < 3, "the damage hit nothing");
    assert_sound(&node.stop());
}

fn the_index_is_only_a_cache(home: &Home) {
    let files = files_of(&index(home));
    assert!(!files.is_empty(), "no index in {}", home.path().display());
    for file in files {
        let length = fs::metadata(&file).expect("a file has a length").len();
        fs::write(&file, vec![0xa5; usize::try_from(length.min(4_096)).expect("small")])
            .expect("an index file can be written");
    }
    let node = home.start();
    assert_eq!(titles(&node).len(), 3);
    node.stop();
    fs::remove_dir_all(index(home)).expect("an index can be removed");
    let node = home.start();
    assert_eq!(titles(&node).len(), 3);
    node.stop();
}

#[test]
fn acknowledged_records_that_are_gone_are_missed() {
    let place = Place::new();
    let home = with_documents(&place).stop();
    let segment = File::options().write(true).open(first_segment(&home)).expect("a segment can be opened");
    let length = segment.metadata().expect("a file has a length").len();
    segment.set_len(length / 2).expect("a segment can be cut");
    for verb in ["run", "check"] {
        home.commons(&[verb]).refused_with("local", &["is damaged at byte"]);
    }
}

#[test]
fn a_write_that_was_cut_short_is_cut_off() {
    let place = Place::new();
    let home = with_documents(&place).kill();
    let segment = last_segment(&home);
    let torn = File::options().append(true).open(&segment).expect("a segment can be opened");
    let end = torn.metadata().expect("a file has a length").len();
    torn.write_at(&[7; 100], end).expect("a segment can grow");
    let node = home.start();
    assert_eq!(titles(&node).len(), 3);
    assert!(node.log_text().contains("cut off an unfinished write"));
    assert_sound(&node);
}

fn with_documents(place: &Place) -> Node {
    let node = founder(place);
    for title in ["One", "Two", "Three"] {
        write(place, &node, title, "Text of a toolkit, long enough to be found in the middle of a file.\n");
    }
    node
}

fn flip(file: &Path, at: u64) {
    let file = File::options().read(true).write(true).open(file).expect("a file can be opened");
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).expect("a byte can be read");
    file.write_all_at(&[!byte[0]], at).expect("a byte can be written");
}

fn index(home: &Home) -> PathBuf {
    home.path().join("store/index")
}

fn first_segment(home: &Home) -> PathBuf {
    files_of(&home.path().join("store/segments")).into_iter().next().expect("a segment")
}

fn last_segment(home: &Home) -> PathBuf {
    files_of(&home.path().join("store/segments")).into_iter().next_back().expect("a segment")
}

/// The files of a tree, in order of their names.
fn files_of(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.expect("a directory can be read").path();
        match path.is_dir() {
            true => files.extend(files_of(&path)),
            false => files.push(path),
        }
    }
    files.sort();
    files
}
