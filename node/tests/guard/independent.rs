//! Recall on values that another generator made; `fixtures/README.md` says
//! how.

use std::collections::BTreeMap;

use commons_node::guard::{Kind, examine_text};

use crate::measure::NEUTRAL;
use crate::random::Random;

const VALUES: &str = include_str!("fixtures/faker.tsv");
const SEED: u64 = 61;
const RECALL: f64 = 0.95;

/// Kinds that the file holds.
const KINDS: usize = 8;

#[test]
fn recall_on_values_of_another_generator() {
    let mut random = Random::new(SEED);
    let mut scores: BTreeMap<Kind, (usize, Vec<String>)> = BTreeMap::new();
    for line in VALUES.lines() {
        let (word, value) = line.split_once('\t').expect("a kind and a value");
        let kind = Kind::from_word(word).expect("a kind");
        let text = random.pick(&NEUTRAL).replace("{}", &value.replace("\\n", "\n"));
        let (cases, missed) = scores.entry(kind).or_default();
        *cases += 1;
        if !examine_text("text", &text, &[]).iter().any(|finding| finding.kind == kind) {
            missed.push(text);
        }
    }
    assert_eq!(scores.len(), KINDS);
    for (kind, (cases, missed)) in &scores {
        let recall = 1.0 - missed.len() as f64 / *cases as f64;
        println!("another generator: {kind}: recall {recall:.3} of {cases}; seed {SEED}");
        missed.iter().for_each(|text| println!("    missed: {text:?}"));
    }
    for (kind, (cases, missed)) in scores {
        let recall = 1.0 - missed.len() as f64 / cases as f64;
        assert!(recall >= RECALL, "{kind}: recall {recall:.3}, seed {SEED}; missed: {missed:#?}");
    }
}
