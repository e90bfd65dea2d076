//! The committed table of verdicts: what the reader says of each published
//! example, and of our own fixtures with the same facts.

use commons_node::figures::fhir::read;
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

/// A file's verdict, how many figures are taken, and all that is said.
fn row(path: &Path) -> String {
    let name = path.file_name().expect("a name").to_string_lossy();
    let (verdict, figures, said) = match read(&fs::read(path).expect("a file")) {
        Err(error) => (format!("refuse: `{}`", error.code), 0, "the whole file".to_owned()),
        Ok(reading) => {
            let refused = reading.remarks.iter().filter(|remark| remark.refused).count();
            let verdict = match (reading.figures.len(), refused, reading.remarks.len()) {
                (0, _, _) => "refuse",
                (_, 0, 0) => "accept",
                (_, 0, _) => "accept with warning",
                _ => "accept in part",
            };
            let said = reading.remarks.iter().map(|remark| {
                let left = if remark.refused { "refused" } else { "told" };
                format!("{}: `{}` ({left}): {}", remark.at, remark.code, remark.text.replace('|', "\\|"))
            });
            (verdict.to_owned(), reading.figures.len(), said.collect::<Vec<_>>().join("<br>"))
        }
    };
    format!("| {name} | {verdict} | {figures} | {said} |\n")
}

fn table(folder: &Path) -> String {
    let head = "| file | verdict | figures | what is said |\n|---|---|---|---|\n";
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
