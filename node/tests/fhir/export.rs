//! What exact reports look like, and what never leaves.

use crate::samples::{all, continuous, count, proportion, rate, report_of, today};
use commons_node::feeds::fhir;
use commons_node::view::FeedRow;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn a_masked_count_has_an_interval_and_no_value() {
    let report = report_of(&proportion(), "b");
    let populations = &report["group"][0]["population"];
    let reason = json!({
        "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
        "valueCode": "masked",
    });
    let interval = |low: u64, high: u64| {
        let range = json!({"low": {"value": low}, "high": {"value": high}});
        json!({"extension": [reason, {"url": "urn:commons:fhir:interval", "valueRange": range}]})
    };
    assert_eq!(populations[0]["_count"], interval(1, 10));
    // The denominator before exclusions hides what was excluded.
    assert_eq!(populations[1]["_count"], interval(201, 210));
    assert_eq!(populations[2]["_count"], interval(1, 10));
    assert!(populations.as_array().expect("a list").iter().all(|one| one.get("count").is_none()));
    assert!(report["group"][0].get("measureScore").is_none());
    let open = &report["group"][0]["stratifier"][0]["stratum"][0]["population"][0]["_count"];
    assert_eq!(open["extension"][1]["valueRange"], json!({"low": {"value": 0}}));
}

#[test]
fn the_score_of_a_masked_count_is_an_interval() {
    let report = report_of(&proportion(), "b");
    let found = report["group"][0]["extension"].as_array().expect("a list").iter();
    let found = found.filter(|one| one["url"] == json!("urn:commons:fhir:masked-score"));
    let ranges: Vec<_> = found.map(|one| one["valueRange"].clone()).collect();
    assert_eq!(ranges, [json!({"low": {"value": 0.005}, "high": {"value": 0.05}})]);
}

#[test]
fn a_withheld_total_is_masked_without_interval_and_says_why() {
    let feed = proportion();
    let report = report_of(&feed, &feed.commons);
    assert_eq!(report["reporter"]["identifier"]["system"], json!("urn:commons:fhir:network"));
    let group = &report["group"][0];
    for population in group["population"].as_array().expect("a list") {
        assert_eq!(population["_count"]["extension"].as_array().map(Vec::len), Some(1));
        assert_eq!(population["_count"]["extension"][0]["valueCode"], json!("masked"));
    }
    let why = json!({"url": "urn:commons:fhir:withheld", "valueString": "only two organisations contribute"});
    assert!(group["extension"].as_array().expect("a list").contains(&why));
    assert!(group.get("measureScore").is_none());
}

#[test]
fn numbers_beyond_32_bits_are_quantities() {
    for (report, at) in [(report_of(&rate(), "a"), 1), (report_of(&continuous(), "a"), 0)] {
        let population = &report["group"][0]["population"][at];
        let quantity = &population["extension"][1];
        assert_eq!(
            quantity["url"],
            json!("http://hl7.org/fhir/StructureDefinition/measurereport-countQuantity")
        );
        assert!(quantity["valueQuantity"]["value"].as_u64().expect("a number") > 2_147_483_647);
        assert!(population.get("count").is_none());
    }
}

#[test]
fn a_count_is_a_cohort_without_score() {
    let report = report_of(&count(), "a");
    assert_eq!(report["extension"][0]["valueCodeableConcept"]["coding"][0]["code"], json!("cohort"));
    let group = &report["group"][0];
    assert_eq!(group["population"][0]["code"]["coding"][0]["code"], json!("initial-population"));
    assert_eq!(group["population"][1]["code"]["coding"][0]["system"], json!("urn:commons:fhir:population"));
    assert!(group.get("measureScore").is_none());
}

#[test]
fn the_unit_stands_at_the_score() {
    let report = report_of(&continuous(), "a");
    assert_eq!(report["group"][0]["measureScore"], json!({"value": 3_750_000.0, "unit": "days"}));
}

/// Every string is what FHIR allows: some text, and no control characters.
fn check_text(value: &Value) {
    match value {
        Value::String(text) => {
            assert!(!text.trim().is_empty() && text.trim() == text, "{text:?}");
            assert!(!text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'), "{text:?}");
        }
        Value::Array(all) => {
            assert!(!all.is_empty(), "an empty list");
            all.iter().for_each(check_text);
        }
        Value::Object(object) => {
            assert!(!object.is_empty(), "an empty object");
            object.values().for_each(check_text);
        }
        Value::Null => panic!("a null"),
        Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn no_feed_makes_text_that_fhir_forbids() {
    for (_, feed) in all() {
        check_text(&fhir::bundle(&feed, today()));
    }
}

#[test]
fn reports_and_measure_fit_together() {
    for (name, feed) in all() {
        let bundle = fhir::bundle(&feed, today());
        let entries = bundle["entry"].as_array().expect("entries");
        let ids: BTreeSet<&str> = entries.iter().filter_map(|entry| entry["fullUrl"].as_str()).collect();
        assert_eq!(ids.len(), entries.len(), "{name}: every entry has its own id");
        for id in ids {
            let parts: Vec<&str> = id.trim_start_matches("urn:uuid:").split('-').collect();
            assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
            assert!(parts[2].starts_with('8') && parts[3].starts_with(['8', '9', 'a', 'b']), "{id}");
        }
        let measure = fhir::measure(&feed);
        assert_eq!(entries[0]["resource"], measure);
        let canonical = json!(format!(
            "{}|{}",
            measure["url"].as_str().expect("a url"),
            measure["version"].as_str().expect("a version")
        ));
        let populations = measure["group"][0]["population"].as_array().expect("populations");
        let known: Vec<&Value> = populations.iter().map(|one| &one["code"]["coding"][0]["code"]).collect();
        for entry in &entries[1..] {
            assert_eq!(entry["resource"]["measure"], canonical);
            for population in entry["resource"]["group"][0]["population"].as_array().expect("populations") {
                assert!(known.contains(&&population["code"]["coding"][0]["code"]), "{name}: {population}");
            }
        }
    }
}

#[test]
fn the_same_feed_gives_the_same_bytes() {
    let (first, second) = (proportion(), proportion());
    assert_eq!(fhir::ndjson(&first, today()), fhir::ndjson(&second, today()));
    let lines = fhir::ndjson(&first, today());
    let of = |row: &FeedRow| (row.period.clone(), row.organisation.clone());
    let reports: BTreeSet<_> = first.rows.iter().map(of).collect();
    assert_eq!(lines.lines().count(), reports.len());
    // A later state of the feed has the same reports under the same ids.
    let mut later = proportion();
    later.digest = "56".repeat(32);
    let id = |feed| report_of(feed, "a")["id"].clone();
    assert_eq!(id(&first), id(&later));
}
