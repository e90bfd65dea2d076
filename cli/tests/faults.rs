//! `commons faults` and `commons verify`.
#![allow(clippy::unwrap_used, reason = "a test that can't go on should say where")]

#[path = "verbs/mock.rs"]
#[allow(dead_code, reason = "shared with the tests of the other verbs")]
mod mock;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mock::{Mock, Reply};
use serde_json::{Value, json};
use tempfile::TempDir;

fn fault(this_node: bool) -> Value {
    json!({
        "id": "fa".repeat(32), "kind": "double-commit", "this_node": this_node, "key": "0b".repeat(32),
        "organisation": {"id": "0a".repeat(32), "name": "Riverside", "kind": "site"},
        "place": "round 2", "what": "Riverside committed to two\u{1b}[2J proposals.", "advice": "Ask Riverside.",
        "evidence": ["vote 11: commits to A", "vote 22: commits to B"]
    })
}

fn home(mock: &Mock) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let address = json!({"address": mock.address(), "pid": 1}).to_string();
    fs::write(home.path().join("api.json"), address).unwrap();
    fs::write(home.path().join("operator.token"), "secret\n").unwrap();
    home
}

fn commons(home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_commons"));
    command.args(arguments).env_remove("COMMONS_TOKEN").env("COMMONS_HOME", home);
    command.output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn no_faults_are_good_news() {
    for verb in [&["faults"][..], &["faults", "list"]] {
        let mock = Mock::start(vec![Reply::ok(json!([]))]);
        let output = commons(home(&mock).path(), verb);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(stdout(&output).starts_with("No faults:"), "{}", stdout(&output));
        assert_eq!(mock.finish()[0].path, "/v1/faults");
    }
}

#[test]
fn a_fault_is_told_with_its_proof_and_what_can_be_done() {
    for (this_node, hint) in [(false, false), (true, true)] {
        let mock = Mock::start(vec![Reply::ok(json!([fault(this_node)]))]);
        let output = commons(home(&mock).path(), &["faults"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let text = stdout(&output);
        for words in
            ["1 fault.", "fafafafafafa  double-commit", "vote 22", "Ask Riverside.", "commons faults proof"]
        {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!text.contains('\u{1b}'), "{text}");
        assert_eq!(text.contains("your own organisation"), hint, "{text}");
        mock.finish();
    }
}

#[test]
fn faults_in_json_are_the_whole_answer() {
    let mock = Mock::start(vec![Reply::ok(json!([fault(false)]))]);
    let output = commons(home(&mock).path(), &["faults", "--json"]);
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), json!([fault(false)]));
    mock.finish();
}

#[test]
fn a_proof_is_written_once() {
    let mock = Mock::start(vec![Reply::ok(json!("the bytes")), Reply::ok(json!("other bytes"))]);
    let home = home(&mock);
    let file = home.path().join("a.proof");
    let arguments = ["faults", "proof", "fa/b", file.to_str().unwrap()];
    let output = commons(home.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("commons verify"), "{}", stdout(&output));
    assert_eq!(fs::read(&file).unwrap(), b"\"the bytes\"");
    let output = commons(home.path(), &arguments);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    assert!(stderr(&output).contains("exists already"), "{}", stderr(&output));
    assert_eq!(fs::read(&file).unwrap(), b"\"the bytes\"");
    assert_eq!(mock.finish()[0].path, "/v1/faults/fa%2Fb/proof");
}

#[test]
fn a_refused_proof_leaves_no_file() {
    let problem =
        json!({"type": "t", "title": "T", "status": 404, "detail": "No such fault.", "code": "not-found"});
    let mock = Mock::start(vec![Reply::problem(404, problem)]);
    let home = home(&mock);
    let file = home.path().join("a.proof");
    let output = commons(home.path(), &["faults", "proof", "fafa", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("No such fault."), "{}", stderr(&output));
    assert!(!file.exists());
    mock.finish();
}

/// A proof of two prepare votes in one round, as a node writes it.
fn golden() -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../protocol/tests/faults/proof.v1.hex");
    let text = fs::read_to_string(path).unwrap();
    let digits: Vec<char> = text.trim().chars().collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// A folder without a home, with this file.
fn stranger(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.proof");
    fs::write(&file, bytes).unwrap();
    (folder, file)
}

#[test]
fn a_stranger_verifies_a_proof_without_a_node() {
    let (folder, file) = stranger(&golden());
    let file = file.to_str().unwrap();
    let absent = folder.path().join("no home");
    let output = commons(&absent, &["verify", file, "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&value["proved"], &value["kind"]), (&json!(true), &json!("double-prepare")));
    let id = value["commons"].as_str().unwrap();
    for arguments in [&["verify", file][..], &["verify", file, "--commons", id]] {
        let output = commons(&absent, arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let text = stdout(&output);
        assert!(text.starts_with("PROVED. Site 1 signed two different prepare votes"), "{text}");
        assert!(text.contains(id), "{text}");
    }
    assert!(!absent.exists());
}

#[test]
fn what_is_not_proved_ends_with_one() {
    let proof = golden();
    let mut flipped = proof.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for (what, bytes) in [("flipped", &flipped[..]), ("cut", &proof[..middle]), ("empty", &[])] {
        let (folder, file) = stranger(bytes);
        let file = file.to_str().unwrap();
        let output = commons(folder.path(), &["verify", file]);
        assert_eq!(output.status.code(), Some(1), "{what}");
        assert!(stdout(&output).starts_with("NOT PROVED: "), "{what}: {}", stdout(&output));
        let output = commons(folder.path(), &["verify", file, "--json"]);
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(value["proved"], false, "{what}");
    }
    let (folder, file) = stranger(&proof);
    let (file, other) = (file.to_str().unwrap(), "ab".repeat(32));
    let output = commons(folder.path(), &["verify", file, "--commons", &other]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("not about abab"), "{}", stdout(&output));
    let output = commons(folder.path(), &["verify", file, "--commons", "abab"]);
    assert_eq!(output.status.code(), Some(2), "a part of an id is not enough");
    let output = commons(folder.path(), &["verify", "/no/such/file"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("cannot be read"), "{}", stderr(&output));
}
