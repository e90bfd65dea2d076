//! False alarms on real health-education documents.

use std::path::Path;

use commons_node::guard::{Finding, Severity, examine_text};

use crate::shared;

/// How many documents the folder holds.
const DOCUMENTS: usize = 9;

/// What an author would declare as public contacts of the publishers.
const CONTACTS: [&str; 3] = [
    "Vaccine Adverse Event Reporting System 1-800-822-7967",
    "National Vaccine Injury Compensation Program 1-800-338-2382",
    "CDC 1-800-232-4636",
];

#[test]
fn real_documents_raise_no_false_alarm() {
    let Some(folder) = shared::folder() else { return shared::skipped("false alarms on real documents") };
    let contacts: Vec<String> = CONTACTS.map(str::to_owned).to_vec();
    let mut documents = 0;
    let mut hard = 0;
    for path in texts(&folder.join("documents")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text =
            String::from_utf8_lossy(&std::fs::read(&path).expect("a document can be read")).into_owned();
        let findings = examine_text(&name, &text, &contacts);
        let (blocking, asking): (Vec<&Finding>, Vec<&Finding>) =
            findings.iter().partition(|finding| finding.kind.severity() == Severity::Hard);
        println!("documents: {name}: {} hard, {} soft", blocking.len(), asking.len());
        findings.iter().for_each(|finding| println!("    {finding}"));
        assert!(blocking.is_empty(), "{name} has hard false alarms: {blocking:?}");
        documents += 1;
        hard += blocking.len();
    }
    assert_eq!(documents, DOCUMENTS, "all documents were read");
    println!("documents: {hard} hard false alarms in {documents} documents");
}

fn texts(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut texts: Vec<_> = entries.map(|entry| entry.expect("an entry can be read").path()).collect();
    texts.retain(|path| path.extension().is_some_and(|ending| ending == "md" || ending == "txt"));
    texts.sort();
    texts
}
