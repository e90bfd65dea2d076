//! Documentation that can be checked: links, codes, verbs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use commons_integration_tests::process::commons_binary;
use commons_protocol::refusal::Refusal;

use crate::source::{files_with, name, read, root};

fn documents() -> Vec<PathBuf> {
    let mut documents = files_with("docs", "md");
    documents.push(root().join("README.md"));
    documents
}

#[test]
fn every_link_leads_somewhere() {
    let mut dead = Vec::new();
    for path in documents() {
        for link in links(&without_code(&read(&path))) {
            if !link.contains("://") && !link.starts_with("mailto:") && !leads_somewhere(&path, &link) {
                dead.push(format!("{}: {link}", name(&path)));
            }
        }
    }
    assert!(dead.is_empty(), "dead links:\n{}", dead.join("\n"));
}

/// The text without fenced blocks and spans of code.
fn without_code(text: &str) -> String {
    let mut fenced = false;
    let mut kept = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            kept.extend(line.split('`').step_by(2));
            kept.push('\n');
        }
    }
    kept
}

fn links(text: &str) -> Vec<String> {
    let ends = text.match_indices("](").map(|(at, _)| at + 2);
    ends.filter_map(|start| {
        let rest = &text[start..];
        rest.find(')').map(|end| rest[..end].split_whitespace().next().unwrap_or_default().to_owned())
    })
    .collect()
}

fn leads_somewhere(from: &Path, link: &str) -> bool {
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let directory = from.parent().expect("a document lies in a directory");
    let target = if file.is_empty() { from.to_owned() } else { directory.join(file) };
    if !target.exists() {
        return false;
    }
    anchor.is_none_or(|anchor| anchors(&read(&target)).contains(anchor))
}

/// The anchors of headings, as code hosts make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let mut anchors = BTreeSet::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced || !line.starts_with('#') {
            continue;
        }
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        anchors.insert(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
    }
    anchors
}

#[test]
fn headings_become_anchors() {
    let found = anchors("# The `run` verb, 2nd\n```\n# no\n```\n## A–B\n");
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["ab", "the-run-verb-2nd"]);
}

#[test]
fn every_refusal_is_documented() {
    let text = read(&root().join("docs/protocol.md"));
    let missing: Vec<&str> = Refusal::ALL
        .iter()
        .map(|refusal| refusal.code())
        .filter(|code| !text.contains(&format!("`{code}`")))
        .collect();
    assert!(missing.is_empty(), "docs/protocol.md does not explain {missing:?}");
}

#[test]
fn every_verb_is_documented() {
    let help = std::process::Command::new(commons_binary())
        .arg("--help")
        .output()
        .expect("`commons` can be started");
    let help = String::from_utf8(help.stdout).expect("help is text");
    let commands =
        help.split("Commands:").nth(1).and_then(|rest| rest.split("Options").next()).expect("commands");
    let verbs: Vec<&str> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|verb| *verb != "help")
        .collect();
    assert!(verbs.len() > 10, "{help}");
    let text: String = documents().iter().map(|path| read(path)).collect();
    let words = |line: &str| -> BTreeSet<String> {
        let words = line.split(|c: char| !c.is_alphanumeric() && c != '-');
        words.map(str::to_owned).collect()
    };
    // `commons --home site toolkit list`, `commons check` or `erasures`.
    let mut documented: BTreeSet<String> =
        text.lines().filter(|line| line.contains("commons ")).flat_map(words).collect();
    documented.extend(text.split('`').skip(1).step_by(2).flat_map(words));
    let missing: Vec<&str> = verbs.into_iter().filter(|verb| !documented.contains(*verb)).collect();
    assert!(missing.is_empty(), "no document mentions {missing:?}");
}
