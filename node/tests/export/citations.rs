//! Citations.

use super::samples::{guidance, toolkit};
use commons_node::export;
use serde_json::Value;

#[test]
fn a_citation_is_one_line_that_names_the_bytes() {
    let sample = toolkit();
    let name = sample.version.name();
    let digest = data_encoding::BASE64URL_NOPAD.encode(&name.sha256.0);
    let expected = format!(
        "Mina, mother of two; Dr. A. \"Sam\" O'Neil & team (2026). Ten days at home. Toolkit of Riverside patient \
         council in Riverside & Hill commons. Version {}. Released 2026-11-20, to be reviewed again by 2027-11-20. \
         ni:///sha-256;{digest} urn:blake3:{}\n",
        &name.blake3.to_string()[..12],
        name.blake3,
    );
    assert_eq!(export::citation(&sample.published()), expected);
}

#[test]
fn a_citation_of_a_draft_says_so() {
    let text = export::citation(&guidance().draft().published());
    assert!(text.starts_with("Riverside patient council (2026). Fever at home."), "{text}");
    assert!(text.contains("DRAFT – not reviewed"), "{text}");
}

/// The fields of an entry, read as BibTeX reads them: by counting braces.
fn fields(entry: &str) -> Vec<(String, String)> {
    let (mut fields, mut depth, mut name, mut value) = (Vec::new(), 0_i32, String::new(), String::new());
    for char in entry.chars() {
        match char {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        assert!(depth >= 0, "a brace too many: {entry}");
        match (depth, char) {
            (1, '}') => {
                fields.push((name.trim_matches([' ', ',', '=', '\n']).to_owned(), std::mem::take(&mut value)))
            }
            (1, ',') => name.clear(),
            (1, other) => name.push(other),
            (2.., '{') if depth == 2 && value.is_empty() => value.push_str(""),
            (2.., other) => value.push(other),
            _ => {}
        }
    }
    assert_eq!(depth, 0, "a brace too few: {entry}");
    fields
}

#[test]
fn no_name_breaks_an_entry() {
    let plain: Vec<String> =
        fields(&export::bibtex(&toolkit().published())).into_iter().map(|(name, _)| name).collect();
    let expected = [
        "author",
        "title",
        "publisher",
        "howpublished",
        "year",
        "month",
        "version",
        "language",
        "copyright",
        "url",
        "note",
    ];
    assert_eq!(plain, expected);
    let entry = export::bibtex(&super::hostile::sample().published());
    let found: Vec<String> = fields(&entry).into_iter().map(|(name, _)| name).collect();
    assert_eq!(found, expected);
    assert!(!entry.contains("\\input"), "{entry}");
    assert_eq!(entry.matches('@').count(), 1);
}

#[test]
fn names_stay_whole() {
    let entry = export::bibtex(&toolkit().published());
    assert!(
        entry.contains("author = {{Mina, mother of two} and {Dr. A. \"Sam\" O'Neil \\& team}}"),
        "{entry}"
    );
}

#[test]
fn csl_has_what_data_catalogues_ask_for() {
    let sample = toolkit();
    let items: Value = serde_json::from_str(&export::csl_json(&sample.published())).expect("JSON");
    let item = &items[0];
    assert_eq!(item["author"][0]["literal"], "Mina, mother of two");
    assert_eq!(item["issued"]["date-parts"][0], serde_json::json!([2026, 11, 20]));
    assert_eq!(item["version"], sample.version.name().blake3.to_string());
    let datacite = &item["custom"]["datacite"];
    assert_eq!(datacite["creators"][1]["name"], "Dr. A. \"Sam\" O'Neil & team");
    assert_eq!(datacite["titles"][0]["title"], "Ten days at home");
    assert_eq!(datacite["publisher"]["name"], "Riverside patient council");
    assert_eq!(datacite["publicationYear"], "2026");
    assert_eq!(datacite["language"], "en");
    assert_eq!(datacite["rightsList"][0]["rightsIdentifier"], "CC-BY-4.0");
    assert_eq!(datacite["contributors"][1]["name"], "Reviewer 7 (clinician, reviewer)");
    assert_eq!(datacite["subjects"][0]["classificationCode"], "K50");
    assert_eq!(datacite["identifiers"][0]["identifier"], item["URL"]);
}
