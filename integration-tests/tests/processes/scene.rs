//! Organisations that share a commons, and what they do again and again.

use std::fs;
use std::path::{Path, PathBuf};

use commons_integration_tests::process::{HomeOptions, Node, Place, join};
use commons_node::view::{DocumentSummary, DocumentView};

/// A hospital that runs a hub.
pub fn hospital() -> HomeOptions {
    HomeOptions::hub("Riverside Hospital", "site")
}

/// A council that only dials out.
pub fn council() -> HomeOptions {
    HomeOptions::member("Family Council", "council")
}

/// A research group that only dials out.
pub fn research() -> HomeOptions {
    HomeOptions::member("Lakes Research", "research")
}

/// A hospital alone in the commons that it founded.
pub fn founder(place: &Place) -> Node {
    let node = place.init("hospital", &hospital()).start();
    node.commons(&["found", "Gut Health", "--purpose", "Share what helps"]).ok();
    node
}

/// A hospital and a council in one commons.
pub fn pair(place: &Place) -> (Node, Node) {
    let hospital = founder(place);
    let council = place.init("council", &council()).start();
    join(&council, &[&hospital]);
    (hospital, council)
}

/// Contributes a toolkit from a file and gives its id.
#[track_caller]
pub fn write(place: &Place, node: &Node, title: &str, text: &str) -> String {
    let file = place.file("new.md", text);
    let view: DocumentView =
        node.commons(&["toolkit", "new", "--title", title, "--from", path(&file)]).view();
    view.summary.id
}

/// Replaces the text of a toolkit.
#[track_caller]
pub fn edit(place: &Place, node: &Node, id: &str, base: &[String], text: &str) -> DocumentView {
    let file = place.file("edited.md", text);
    node.commons(&["toolkit", "edit", id, "--base", &base.join(","), "--from", path(&file)]).view()
}

/// A toolkit as a node shows it.
#[track_caller]
pub fn show(node: &Node, id: &str) -> DocumentView {
    node.commons(&["toolkit", "show", id]).view()
}

/// The titles that a node lists.
#[track_caller]
pub fn titles(node: &Node) -> Vec<String> {
    let listed: Vec<DocumentSummary> = node.commons(&["toolkit", "list"]).view();
    listed.into_iter().map(|summary| summary.title).collect()
}

/// Whether no log is frozen and nothing was refused, as far as a node knows.
#[track_caller]
pub fn assert_nothing_forked(node: &Node) {
    let status = node.status();
    let forks = status.refused.iter().filter(|refused| refused.code.contains("fork")).count();
    assert_eq!(forks, 0, "{:?}", status.refused);
    let frozen = |text: &String| text.contains("frozen") || text.contains("fork");
    assert!(!status.notices.iter().any(frozen), "{:?}", status.notices);
    let waits: Vec<&String> = status.waiting.iter().map(|waiting| &waiting.why).collect();
    assert!(!waits.into_iter().any(frozen), "{:?}", status.waiting);
}

/// `commons check` finds nothing wrong.
#[track_caller]
pub fn assert_sound(home: &commons_integration_tests::process::Home) {
    let check = home.commons(&["check"]).ok();
    assert_eq!(check["ok"], true, "{check}");
}

/// The files under `directory` that hold `needle`.
pub fn files_with(directory: &Path, needle: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory can be read") {
        let path = entry.expect("a directory can be read").path();
        if path.is_dir() {
            found.extend(files_with(&path, needle));
        } else if holds(&path, needle.as_bytes()) {
            found.push(path);
        }
    }
    found
}

fn holds(path: &Path, needle: &[u8]) -> bool {
    match fs::read(path) {
        Ok(bytes) => bytes.windows(needle.len()).any(|window| window == needle),
        // Files come and go while a node runs.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

/// A path as an argument.
pub fn path(path: &Path) -> &str {
    path.to_str().expect("test paths are text")
}
