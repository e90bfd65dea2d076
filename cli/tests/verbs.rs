//! Every verb against an API that is played by a script: which request it
//! sends, what it prints, and how it ends.
#![allow(clippy::unwrap_used, reason = "a test that can't go on should say where")]

#[path = "verbs/answers.rs"]
mod answers;
#[path = "verbs/cases.rs"]
mod cases;
#[path = "verbs/feeds.rs"]
mod feeds;
#[path = "verbs/measures.rs"]
mod measures;
#[path = "verbs/mock.rs"]
mod mock;
#[path = "verbs/publishing.rs"]
mod publishing;
#[path = "verbs/series.rs"]
mod series;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use answers::{check, document, join, problem, proposal, sealed};
use cases::all_cases;
use mock::{Mock, Reply};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A home whose node is played by `mock`, with some files.
fn home(mock: &Mock) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(home.path().join(name), text).unwrap();
    write("api.json", &json!({"address": mock.address(), "pid": 1}).to_string());
    write("operator.token", "secret\n");
    write("passphrase", "five random words here now\n");
    write("school-plan.md", "---\ntitle: School\nlanguage: en\nsummary: For teachers.\n---\n\nBody.\n");
    write("plain.txt", "\u{feff}Only text.\r\n");
    home
}

fn commons(home: &Path, arguments: &[&str]) -> Command {
    let shown = home.display().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_commons"));
    command
        .args(arguments.iter().map(|argument| argument.replace("HOME", &shown)))
        .env_remove("COMMONS_TOKEN")
        .env_remove("COMMONS_PASSPHRASE")
        .env_remove("VISUAL")
        .env_remove("EDITOR")
        .env("COMMONS_HOME", home);
    command
}

fn run(home: &Path, arguments: &str) -> Output {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    commons(home, &arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn every_verb_sends_its_request_and_shows_the_answer() {
    for case in all_cases() {
        let mock = Mock::start(vec![Reply::ok(case.reply.clone())]);
        let home = home(&mock);
        let output = run(home.path(), case.arguments);
        let line = case.arguments;
        assert_eq!(output.status.code(), Some(0), "{line}: {}", stderr(&output));
        assert!(stdout(&output).contains(case.shows), "{line}: {}", stdout(&output));
        let requests = mock.finish();
        assert_eq!(requests.len(), 1, "{line}");
        assert_eq!(requests[0].method, case.method, "{line}");
        assert_eq!(requests[0].path, case.path, "{line}");
        assert_eq!(requests[0].body, case.body, "{line}");
        assert_eq!(requests[0].token, "Bearer secret", "{line}");
    }
}

#[test]
fn every_verb_answers_in_json_that_holds_the_whole_answer() {
    for case in all_cases() {
        let mock = Mock::start(vec![Reply::ok(case.reply.clone())]);
        let home = home(&mock);
        let output = run(home.path(), &format!("{} --json", case.arguments));
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(value, case.reply, "{}", case.arguments);
        mock.finish();
    }
}

#[test]
fn every_verb_passes_a_refusal_on() {
    for case in all_cases() {
        let mock = Mock::start(vec![Reply::problem(403, problem(403, "not-allowed", "Ask Ann."))]);
        let home = home(&mock);
        let output = run(home.path(), &format!("{} --json", case.arguments));
        let line = case.arguments;
        assert_eq!(output.status.code(), Some(1), "{line}");
        assert!(stderr(&output).contains("Ask Ann."), "{line}: {}", stderr(&output));
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(value["error"]["code"], "not-allowed", "{line}");
        mock.finish();
    }
}

#[test]
fn every_verb_without_a_node_says_how_to_start_it() {
    for case in all_cases() {
        let mock = Mock::start(Vec::new());
        let home = home(&mock);
        fs::remove_file(home.path().join("api.json")).unwrap();
        if case.arguments == "check" {
            continue;
        }
        let output = run(home.path(), case.arguments);
        assert_eq!(output.status.code(), Some(1), "{}", case.arguments);
        let told = format!("commons run --home {}", home.path().display());
        assert!(stderr(&output).contains(&told), "{}: {}", case.arguments, stderr(&output));
        assert!(mock.finish().is_empty());
    }
}

#[test]
fn a_failed_check_or_join_ends_with_one() {
    for (arguments, reply) in [("check", check(false)), ("join", join("failed"))] {
        let mock = Mock::start(vec![Reply::ok(reply)]);
        let home = home(&mock);
        let output = run(home.path(), arguments);
        assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
        mock.finish();
    }
}

#[test]
fn a_vote_is_found_by_the_first_characters_of_its_id() {
    for (arguments, code, shows) in [
        ("vote 7b7b", 0, "Proposal 7b7b7b"),
        ("vote 8c8c", 1, "No open proposal starts with 8c8c"),
        ("vote 7", 1, "More than one"),
    ] {
        let mut other = proposal();
        other["id"] = json!("7a".repeat(32));
        let mock = Mock::start(vec![Reply::ok(json!([proposal(), other]))]);
        let home = home(&mock);
        let output = run(home.path(), arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments}: {}", stderr(&output));
        let told = stdout(&output) + &stderr(&output);
        assert!(told.contains(shows), "{arguments}: {told}");
        let requests = mock.finish();
        assert_eq!((&*requests[0].method, &*requests[0].path), ("GET", "/v1/proposals"));
    }
}

#[test]
fn what_can_not_be_taken_back_needs_a_yes() {
    for (arguments, shows) in
        [("refound 7b7b", "go separate ways"), ("keys new-root", "gives up the root key")]
    {
        let mock = Mock::start(Vec::new());
        let home = home(&mock);
        let output = run(home.path(), &format!("{arguments} --json"));
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        assert!(stderr(&output).contains(shows), "{arguments}: {}", stderr(&output));
        assert!(stderr(&output).contains("--yes"), "{arguments}: {}", stderr(&output));
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(value["error"]["code"], "usage");
        assert!(mock.finish().is_empty(), "{arguments}: nothing is sent");
    }
}

#[test]
fn an_edit_from_a_file_names_the_version_it_was_made_from() {
    let head = "cd".repeat(32);
    let mock = Mock::start(vec![Reply::ok(document("Old.\n")), Reply::ok(document("Theirs.\nNew.\n"))]);
    let home = home(&mock);
    let text = format!("---\ntitle: Renamed\ncommons-version: {head}\n---\n\nNew.\n");
    fs::write(home.path().join("edited.md"), text).unwrap();
    let output = run(home.path(), "toolkit edit ab12 --from HOME/edited.md");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("merged with yours"), "{}", stdout(&output));
    let requests = mock.finish();
    assert_eq!(requests[0].path, format!("/v1/documents/ab12?version={head}"));
    assert_eq!(requests[1].method, "PUT");
    assert_eq!(
        requests[1].body,
        json!({"title": "Renamed", "language": null, "description": null, "text": "New.\n",
               "particulars": {"audience": null, "condition/ICD-10:K50": null}, "base": [head],
               "override_reason": null})
    );
}

#[test]
fn an_option_alone_changes_just_that() {
    let mock = Mock::start(vec![Reply::ok(document("Old.\n")), Reply::ok(document("Old.\n"))]);
    let home = home(&mock);
    let output = run(home.path(), "guidance edit ab12 --title New");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let requests = mock.finish();
    assert_eq!(requests[1].body["title"], "New");
    assert_eq!(requests[1].body["text"], Value::Null);
}

#[cfg(unix)]
#[test]
fn the_editor_changes_a_document_and_only_the_text_is_sent() {
    let mock = Mock::start(vec![Reply::ok(document("Old.\n")), Reply::ok(document("New.\n"))]);
    let home = home(&mock);
    let output = commons(home.path(), &["toolkit", "edit", "ab12"])
        .env("EDITOR", "sed -i s/Old/New/")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let requests = mock.finish();
    assert_eq!(requests[1].body["text"], "New.\n");
    assert_eq!(requests[1].body["title"], Value::Null);
    assert_eq!(requests[1].body["particulars"], Value::Null);
    assert_eq!(requests[1].body["base"], json!(["cd".repeat(32)]));
}

#[cfg(unix)]
#[test]
fn an_untouched_draft_saves_nothing() {
    let mock = Mock::start(vec![Reply::ok(document("Old.\n"))]);
    let home = home(&mock);
    let output = commons(home.path(), &["toolkit", "edit", "ab12"]).env("VISUAL", "true").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("nothing was saved"));
    assert_eq!(mock.finish().len(), 1);
}

#[cfg(unix)]
#[test]
fn a_text_that_could_not_be_saved_is_kept() {
    let refusal = problem(422, "guard", "It names a person.");
    let mock = Mock::start(vec![Reply::ok(document("Old.\n")), Reply::problem(422, refusal)]);
    let home = home(&mock);
    let output = commons(home.path(), &["toolkit", "edit", "ab12", "--json"])
        .env("EDITOR", "sed -i s/Old/Precious/")
        .env("TMPDIR", home.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(told.contains("It names a person."), "{told}");
    let rest = told.split("kept in ").nth(1).unwrap();
    let path = rest.split(".md").next().unwrap().to_owned() + ".md";
    let kept = fs::read_to_string(&path).unwrap();
    assert!(kept.contains("Precious"), "{kept}");
    assert!(told.contains(&format!("--from {path}")), "{told}");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["error"]["code"], "guard");
    mock.finish();
}

#[test]
fn events_are_printed_until_the_stream_ends() {
    let stream = ": hi\n\ndata: {\"type\":\"document\",\"id\":\"abcd\"}\n\ndata: {\"type\":\"peers\"}\n\n\
                  data: {\"type\":\"feed\",\"measure\":\"d0\",\"periods\":[\"2026-03\",\"2026-04\"]}\n\n";
    for (arguments, expected) in [
        (
            "events",
            "document abcd changed\na peer came, went or is in step\nthe feed of measure d0 changed: 2026-03, 2026-04\n",
        ),
        (
            "events --json",
            "{\"type\":\"document\",\"id\":\"abcd\"}\n{\"type\":\"peers\"}\n\
             {\"type\":\"feed\",\"measure\":\"d0\",\"periods\":[\"2026-03\",\"2026-04\"]}\n",
        ),
    ] {
        let mock = Mock::start(vec![Reply::stream(stream)]);
        let home = home(&mock);
        let output = run(home.path(), arguments);
        assert_eq!(stdout(&output), expected, "{}", stderr(&output));
        assert_eq!(mock.finish()[0].path, "/v1/events");
    }
}

#[test]
fn exported_keys_go_to_a_new_private_file_only() {
    let mock = Mock::start(vec![Reply::ok(sealed()), Reply::ok(sealed())]);
    let home = home(&mock);
    let line = "keys export --out HOME/keys.age --passphrase-file HOME/passphrase --json";
    let output = run(home.path(), line);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["sealed"], Value::Null, "the keys are in the file alone");
    let path = home.path().join("keys.age");
    assert!(fs::read_to_string(&path).unwrap().contains("BEGIN AGE"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let output = run(home.path(), line);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    mock.finish();
}

#[test]
fn another_persons_token_is_sent_and_never_printed() {
    let mock = Mock::start(vec![Reply::problem(401, problem(401, "token", "Unknown token."))]);
    let home = home(&mock);
    let output = run(home.path(), "status --token f0reign");
    assert_eq!(output.status.code(), Some(1));
    assert!(!stderr(&output).contains("f0reign"), "{}", stderr(&output));
    assert_eq!(mock.finish()[0].token, "Bearer f0reign");
}

#[test]
fn completions_and_manual_pages_are_made_without_a_node() {
    let home = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let output = run(home.path(), &format!("completions {shell}"));
        assert!(stdout(&output).contains("toolkit"), "{shell}");
        let output = run(home.path(), &format!("completions {shell} --json"));
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(value["shell"], shell);
    }
    let output = run(home.path(), "man HOME/man --json");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let files = value["files"].as_array().unwrap();
    assert!(files.iter().any(|file| file == "commons-toolkit-new.1"), "{files:?}");
    assert!(home.path().join("man/commons.1").is_file());
}

#[test]
fn wrong_usage_ends_with_two() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [
        "fly",
        "toolkit",
        "erase --reason x",
        "init",
        "propose",
        "propose remove",
        "propose policy",
        "propose policy --writers king",
        "propose elector",
        "vote --go-on",
        "charter show first",
        "log end ab12",
        "propose disclosure",
        "measure define x",
        "measure define x --kind count --calendar week --population p --numerator n",
        "series submit f --dry-run --yes",
        "feed show x --stratum age",
        "chart x",
    ] {
        assert_eq!(run(home.path(), arguments).status.code(), Some(2), "{arguments}");
    }
}

#[test]
fn a_home_that_does_not_exist_is_told_apart() {
    let place = tempfile::tempdir().unwrap();
    for arguments in ["status", "run", "run --json"] {
        let output = run(&place.path().join("none"), arguments);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("commons init"), "{}", stderr(&output));
    }
}
