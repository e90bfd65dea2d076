//! The committed table of verdicts: what the reader says of each published
//! example, and of our own fixtures with the same facts.

use commons_node::figures::Reading;
use commons_node::figures::fhir::read;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/fhir-verdicts.md");
    fs::read_to_string(path).expect("docs/fhir-verdicts.md")
}

/// The rows of the table between two marks.
fn committed(mark: &str) -> String {
    let document = document();
    let (_, rest) = document.split_once(&format!("<!-- {mark} -->\n")).expect("the first mark");
    let (table, _) = rest.split_once(&format!("<!-- /{mark} -->")).expect("the last mark");
    table.to_owned()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = entries.collect();
    files.sort();
    files
}

/// A file's verdict, how many figures are taken, how its scores agree with its
/// counts, and all that is said.
fn row(path: &Path) -> String {
    let name = path.file_name().expect("a name").to_string_lossy();
    let bytes = fs::read(path).expect("a file");
    let reading = match read(&bytes, "0a") {
        Err(error) => return format!("| {name} | refuse: `{}` | 0 | – | the whole file |\n", error.code),
        Ok(reading) => reading,
    };
    let said = reading.remarks.iter().map(|remark| {
        let left = if remark.refused { "refused" } else { "told" };
        format!("{}: `{}` ({left}): {}", remark.at, remark.code, remark.text.replace('|', "\\|"))
    });
    let said = said.collect::<Vec<_>>().join("<br>");
    let (verdict, figures) = (verdict(&reading), reading.figures.len());
    format!("| {name} | {verdict} | {figures} | {} | {said} |\n", scores(&bytes, &reading))
}

/// The codes of a refusal are those of whole reports.
fn verdict(reading: &Reading) -> String {
    let refused: Vec<_> = reading.remarks.iter().filter(|remark| remark.refused).collect();
    let codes: BTreeSet<String> = refused
        .iter()
        .filter(|remark| !remark.at.contains("group"))
        .map(|remark| format!("`{}`", remark.code))
        .collect();
    let codes = codes.into_iter().collect::<Vec<_>>().join(", ");
    match (reading.figures.is_empty(), refused.is_empty(), reading.remarks.is_empty()) {
        (true, _, _) => format!("refuse: {codes}"),
        (false, true, true) => "accept".to_owned(),
        (false, true, false) => "accept with warning".to_owned(),
        (false, false, _) => "accept in part".to_owned(),
    }
}

/// The published scores of summaries: those that differ or can't be checked
/// are told, the others agree.
fn scores(bytes: &[u8], reading: &Reading) -> String {
    let value: Value = serde_json::from_slice(bytes).expect("what was read");
    let all = published(&value);
    let differ = reading.remarks.iter().filter(|remark| remark.code == "score-differs").count();
    let unchecked = reading.remarks.iter().filter(|remark| remark.text.contains("can't be checked")).count();
    match all {
        0 => "none".to_owned(),
        _ => format!("{} agree, {differ} differ, {unchecked} unchecked", all - differ - unchecked),
    }
}

fn published(value: &Value) -> usize {
    match value {
        Value::Object(object) if object.get("type").is_some_and(|kind| kind == "individual") => 0,
        Value::Object(object) => {
            let own = usize::from(object.get("measureScore").is_some_and(|score| score["value"].is_number()));
            own + object.values().map(published).sum::<usize>()
        }
        Value::Array(all) => all.iter().map(published).sum(),
        _ => 0,
    }
}

fn table(folder: &Path) -> String {
    let head = "| file | verdict | figures | scores | what is said |\n|---|---|---|---|---|\n";
    head.to_owned() + &files(folder).iter().map(|path| row(path)).collect::<String>()
}

fn compare(mark: &str, folder: &Path) {
    let (found, committed) = (table(folder), committed(mark));
    assert!(found == committed, "docs/fhir-verdicts.md says otherwise between the marks {mark}:\n{found}");
}

#[test]
fn published_examples_get_the_committed_verdicts() {
    let folder = std::env::var_os("COMMONS_SHARED_DATA").map(|folder| Path::new(&folder).join("fhir"));
    match folder.filter(|folder| folder.is_dir()) {
        Some(folder) => {
            compare("verdicts", &folder);
            println!("verdicts on {} published FHIR files", files(&folder).len());
        }
        None => println!("skipped: verdicts on published FHIR files: COMMONS_SHARED_DATA names no folder"),
    }
}

#[test]
fn fixtures_with_the_same_facts_get_the_committed_verdicts() {
    compare("fixtures", &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fhir/fixtures"));
}

#[test]
fn the_wrong_score_of_a_published_example_is_told_with_both_numbers() {
    for mark in ["verdicts", "fixtures"] {
        let table = committed(mark);
        let said = "the published score is 0.699, but 243 of 392 is 0.619898 (difference 0.079102, tolerance 0.0005)";
        assert!(table.contains(said), "{mark}");
    }
}
