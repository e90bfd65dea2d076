//! The examples of the documentation are files that can be read.

use super::{lines, read_csv, read_ndjson, refused};
use commons_node::figures::Reading;

const FORMATS: &str = include_str!("../../../docs/formats.md");

/// The blocks of a language.
fn blocks(language: &str) -> Vec<&'static str> {
    let start = format!("```{language}\n");
    let parts = FORMATS.split(start.as_str()).skip(1);
    parts.map(|part| part.split("```").next().unwrap_or_default()).collect()
}

#[test]
fn examples_can_be_copied() {
    let whole = |reading: Reading| {
        assert_eq!(refused(&reading), [""; 0]);
        lines(&reading)
    };
    let tables: Vec<Vec<String>> =
        blocks("csv").into_iter().map(|text| whole(read_csv(text.as_bytes()).unwrap())).collect();
    assert_eq!(tables.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 3]);
    assert_eq!(tables[0][1], "Clinical remission 2026-01 age:0-9 96/118 0");
    assert_eq!(tables[1][3], "Visits 2026-02 all 1288/none none");
    assert_eq!(tables[2][2], "Clinical remission 2026-01 age:10-17 316/383 none");
    for text in blocks("json") {
        assert_eq!(whole(read_ndjson(text.as_bytes()).unwrap()).len(), 2);
    }
}

#[test]
fn every_code_is_documented() {
    let source = [
        include_str!("../../src/figures/csv.rs"),
        include_str!("../../src/figures/csv/form.rs"),
        include_str!("../../src/figures/tables/choice.rs"),
        include_str!("../../src/figures/naming.rs"),
        include_str!("../../src/figures/ndjson.rs"),
        include_str!("../../src/figures/tables.rs"),
        include_str!("../../src/figures/tables/collect.rs"),
        include_str!("../../src/figures/tables/layout.rs"),
        include_str!("../../src/figures/tables/number.rs"),
        include_str!("../../src/figures/tables/period.rs"),
        include_str!("../../src/figures/tables/row.rs"),
    ];
    let mut codes = std::collections::BTreeSet::new();
    for text in source {
        for start in ["Refusal::new(", "unreadable(", "code: ", "note(lines, ", "note(first, "] {
            let rests = text.split(start).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
            codes.extend(rests.filter_map(|rest| rest.split('"').next()));
        }
    }
    assert!(codes.len() > 25, "{codes:?}");
    for code in codes {
        assert!(FORMATS.contains(&format!("`{code}`")), "docs/formats.md does not name `{code}`");
    }
}
