//! Recall on texts that another project's recognisers are tested with.

use std::collections::BTreeMap;

use commons_node::guard::{Finding, Kind, examine_text};
use serde::Deserialize;

use crate::shared;

/// The least share of identifiers found, per kind.
const RECALL: f64 = 0.95;

#[derive(Deserialize)]
struct Vector {
    recognizer: String,
    text: String,
    expected_len: usize,
    expected_positions: Option<Vec<(u32, u32)>>,
    extra: Extra,
}

#[derive(Deserialize)]
struct Extra {
    expected_res: Option<Vec<(u32, u32)>>,
}

impl Vector {
    /// The characters from which on identifiers begin and end; all of the
    /// text, if the file doesn't say where the one identifier is.
    fn spans(&self) -> Vec<(u32, u32)> {
        let whole = || vec![(0, u32::MAX); self.expected_len];
        self.expected_positions.clone().or_else(|| self.extra.expected_res.clone()).unwrap_or_else(whole)
    }
}

/// The kind that a recogniser of the file looks for, if the guard covers it.
fn covered(recognizer: &str) -> Option<Kind> {
    Some(match recognizer {
        "us_ssn" | "us_itin" => Kind::Ssn,
        "us_mbi" => Kind::Mbi,
        "phone" => Kind::Phone,
        "email" => Kind::Email,
        "ip" => Kind::IpAddress,
        "mac" => Kind::MacAddress,
        "credit_card" => Kind::PaymentCard,
        "uk_nhs" => Kind::NhsNumber,
        _ => return None,
    })
}

#[derive(Default)]
struct Score {
    expected: usize,
    found: usize,
    clean: usize,
    false_alarms: usize,
    wrong: Vec<String>,
}

#[test]
fn recall_on_the_vectors_of_another_project() {
    let Some(folder) = shared::folder() else {
        return shared::skipped("recall on another project's vectors");
    };
    let path = folder.join("identifiers/recognizer_vectors.json");
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let vectors: Vec<Vector> = serde_json::from_slice(&bytes).expect("the file holds vectors");
    let mut scores: BTreeMap<Kind, Score> = BTreeMap::new();
    let mut others: BTreeMap<&str, usize> = BTreeMap::new();
    for vector in &vectors {
        match covered(&vector.recognizer) {
            Some(kind) => judge(vector, kind, scores.entry(kind).or_default()),
            None => *others.entry(&vector.recognizer).or_default() += vector.expected_len,
        }
    }
    report(&scores, &others);
    assert_eq!(scores.len(), 8, "the file holds eight kinds that the guard covers");
    for (kind, score) in scores {
        let recall = score.found as f64 / score.expected as f64;
        assert!(recall >= RECALL, "{kind}: {recall:.3}\n{}", score.wrong.join("\n"));
    }
}

fn judge(vector: &Vector, kind: Kind, score: &mut Score) {
    let findings = examine_text("text", &vector.text, &[]);
    let mut found: Vec<&Finding> = findings.iter().filter(|finding| finding.kind == kind).collect();
    for (from, to) in vector.spans() {
        score.expected += 1;
        match found.iter().position(|finding| (from + 1..=to).contains(&finding.column)) {
            Some(at) => {
                found.remove(at);
                score.found += 1;
            }
            None => score.wrong.push(format!("missed in {:?}", vector.text)),
        }
    }
    if vector.expected_len == 0 {
        score.clean += 1;
        score.false_alarms += usize::from(!found.is_empty());
    }
    for finding in found {
        score.wrong.push(format!("not expected in {:?}: {finding}", vector.text));
    }
}

fn report(scores: &BTreeMap<Kind, Score>, others: &BTreeMap<&str, usize>) {
    for (kind, score) in scores {
        let recall = score.found as f64 / score.expected as f64;
        println!(
            "vectors: {kind}: {} of {} found ({recall:.3}); alarms in {} of {} clean texts",
            score.found, score.expected, score.false_alarms, score.clean
        );
        score.wrong.iter().for_each(|wrong| println!("    {wrong}"));
    }
    println!("vectors: not covered, identifiers: {others:?}");
}
