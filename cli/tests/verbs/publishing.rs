//! Reviewing, releasing, attaching and exporting, step by step.

use std::fs;

use serde_json::{Value, json};

use crate::answers::{document, problem, publication, review};
use crate::mock::{Mock, Reply};
use crate::{commons, home, run, stderr, stdout};

#[test]
fn a_release_that_is_refused_tells_rule_by_rule_what_is_missing() {
    for (arguments, told) in [
        ("release publish ab12", "  - approval by a patient or family member: has 0 of 1\n"),
        ("release publish ab12 --version f1f1", "  - approval by a patient"),
        ("release publish ab12 --version 00", "Not yet.\n"),
    ] {
        let refusal = || Reply::problem(409, problem(409, "not-eligible", "Not yet."));
        let mock =
            Mock::start(vec![refusal(), Reply::ok(publication()), refusal(), Reply::ok(publication())]);
        let home = home(&mock);
        let output = run(home.path(), arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments}");
        let text = stdout(&output);
        assert!(text.starts_with("NOT RELEASED: \"School plan\"") && text.contains(told), "{text}");
        assert!(text.contains("commons review approve abababababab --role ROLE"), "{text}");
        let output = run(home.path(), &format!("{arguments} --json"));
        assert_eq!(output.status.code(), Some(1), "{arguments}");
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&value["ok"], &value["error"]["code"]), (&json!(false), &json!("not-eligible")));
        assert_eq!(value["policy"], publication()["policy"]);
        let requests = mock.finish();
        assert_eq!(requests[1].path, "/v1/documents/ab12/publication");
    }
}

#[test]
fn an_earlier_version_that_may_be_released_is_named() {
    let mut publication = publication();
    let mut earlier = publication["versions"][0].clone();
    earlier["version"] = json!("0a".repeat(32));
    earlier["missing"] = json!([]);
    earlier["current"] = json!(false);
    publication["versions"].as_array_mut().unwrap().push(earlier);
    let refusal = Reply::problem(409, problem(409, "not-eligible", "Not yet."));
    let mock = Mock::start(vec![refusal, Reply::ok(publication)]);
    let home = home(&mock);
    let text = stdout(&run(home.path(), "release publish ab12"));
    assert!(text.contains("commons release publish abababababab --version 0a0a0a0a0a0a"), "{text}");
    mock.finish();
}

#[test]
fn a_filled_in_checklist_goes_into_the_review() {
    let form = commons_node::forms::form("cdc-cci-1").unwrap();
    let filled = commons_node::forms::template(form).replace("answer = \"\"", "answer = \"yes\"");
    let filled: String =
        filled.lines().map(|line| format!("{}\n", line.replace("= \"\"", "= \"n\""))).collect();
    let mock = Mock::start(vec![Reply::ok(review())]);
    let home = home(&mock);
    fs::write(home.path().join("filled.toml"), filled).unwrap();
    let output = run(home.path(), "review approve ab12 --checklist HOME/filled.toml");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let requests = mock.finish();
    let checklist = &requests[0].body["checklist"];
    assert_eq!((&checklist["form"], &checklist["answers"]["01"]), (&json!("cdc-cci-1"), &json!("yes")));
}

#[test]
fn a_blank_checklist_is_refused_before_anything_is_sent() {
    let form = commons_node::forms::form("cdc-cci-1").unwrap();
    let mock = Mock::start(Vec::new());
    let home = home(&mock);
    fs::write(home.path().join("blank.toml"), commons_node::forms::template(form)).unwrap();
    let output = run(home.path(), "review approve ab12 --checklist HOME/blank.toml --json");
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(told.contains("blank.toml: not answered yet: ") && told.contains("item 01"), "{told}");
    assert!(mock.finish().is_empty());
}

#[test]
fn keys_that_documents_do_not_have_are_named_with_those_that_they_have() {
    let mock = Mock::start(Vec::new());
    let home = home(&mock);
    fs::write(home.path().join("foreign.md"), "---\ntitle: T\ncolour: green\n---\nText.\n").unwrap();
    for arguments in [
        "toolkit new --from HOME/foreign.md",
        "toolkit import HOME/foreign.md",
        "toolkit edit ab12 --from HOME/foreign.md",
        "toolkit edit ab12 --unset colour",
        "toolkit new --from HOME/plain.txt --set colour=green",
    ] {
        let output = run(home.path(), arguments);
        let told = stderr(&output);
        assert_ne!(output.status.code(), Some(0), "{arguments}");
        assert!(told.contains("have no colour") && told.contains("audience"), "{arguments}: {told}");
    }
    assert!(mock.finish().is_empty());
}

#[test]
fn a_file_is_stored_and_then_attached() {
    let stored = json!({"hash": "ef".repeat(32), "size": 4});
    let mock = Mock::start(vec![Reply::ok(stored), Reply::ok(document("Body.\n"))]);
    let home = home(&mock);
    fs::write(home.path().join("stoma bag.png"), "\"x\" ").unwrap();
    let file = home.path().join("stoma bag.png");
    let arguments = ["toolkit", "attach", "ab12", file.to_str().unwrap(), "--alt", "Where it goes"];
    let output = commons(home.path(), &arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("Attached stoma-bag.png (image/png, 4 bytes)"), "{}", stdout(&output));
    let requests = mock.finish();
    assert_eq!((&*requests[0].method, &*requests[0].path), ("POST", "/v1/blobs"));
    assert_eq!((&*requests[0].token, &requests[0].body), ("Bearer secret", &json!("x")));
    assert_eq!(requests[1].path, "/v1/documents/ab12/attachments");
    assert_eq!(
        requests[1].body,
        json!({"hash": "ef".repeat(32), "name": "stoma-bag.png", "media_type": "image/png",
               "alt": "Where it goes", "override_reason": null})
    );
}

#[test]
fn what_can_not_be_attached_is_told_before_anything_is_sent() {
    let mock = Mock::start(Vec::new());
    let home = home(&mock);
    fs::write(home.path().join("a.png"), "x").unwrap();
    for (arguments, shows) in [
        ("toolkit attach ab12 HOME/a.png", "--alt"),
        ("toolkit attach ab12 HOME/passphrase", "--media-type"),
        ("toolkit attach ab12 HOME/a.png --name a/b --alt x", "is no name for an attachment"),
        ("toolkit attach ab12 HOME/none.pdf", "none.pdf cannot be read"),
        ("toolkit attach ab12 HOME --media-type text/plain", "is no file"),
    ] {
        let output = run(home.path(), arguments);
        assert_ne!(output.status.code(), Some(0), "{arguments}");
        assert!(stderr(&output).contains(shows), "{arguments}: {}", stderr(&output));
    }
    assert!(mock.finish().is_empty());
}

#[test]
fn proofs_and_exports_become_files_that_are_never_overwritten() {
    for (arguments, path, file) in [
        ("release export ab12 HOME/a.proof", "/v1/documents/ab12/proof", "a.proof"),
        ("toolkit export ab12 HOME/a.html", "/v1/documents/ab12/export?format=html&draft=false", "a.html"),
        (
            "guidance export ab12 HOME/a --format ro-crate --draft",
            "/v1/documents/ab12/export?format=ro-crate&draft=true",
            "a",
        ),
    ] {
        let mock = Mock::start(vec![Reply::ok(json!([1])), Reply::ok(json!([2]))]);
        let home = home(&mock);
        let output = run(home.path(), arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments}: {}", stderr(&output));
        assert_eq!(fs::read_to_string(home.path().join(file)).unwrap(), "[1]");
        let output = run(home.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        assert_eq!(fs::read_to_string(home.path().join(file)).unwrap(), "[1]");
        assert_eq!(mock.finish()[0].path, path);
    }
}

#[test]
fn the_feed_of_releases_replaces_an_earlier_one_and_nothing_else() {
    let feed = |title: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">{title}"
        )
    };
    let mock =
        Mock::start(vec![Reply::file(&feed("one")), Reply::file(&feed("two")), Reply::file(&feed("three"))]);
    let home = home(&mock);
    let file = home.path().join("releases.atom");
    for (arguments, title) in [
        ("release feed HOME/releases.atom", "one"),
        ("release feed HOME/releases.atom --site https://a.org/b", "two"),
    ] {
        let output = run(home.path(), arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(fs::read_to_string(&file).unwrap(), feed(title));
        assert!(!home.path().join("releases.atom.new").exists());
    }
    let output = run(home.path(), "release feed HOME/plain.txt");
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    assert!(stderr(&output).contains("not replaced"), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(home.path().join("plain.txt")).unwrap(), "\u{feff}Only text.\r\n");
    let paths: Vec<String> = mock.finish().into_iter().map(|request| request.path).collect();
    let site = "/v1/atom/releases?site=https%3A%2F%2Fa.org%2Fb";
    assert_eq!(paths, ["/v1/atom/releases", site, "/v1/atom/releases"]);
}
