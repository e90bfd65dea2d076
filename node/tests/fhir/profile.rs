//! The rules of the profile of summaries, and the arithmetic, written here a
//! second time: what a report breaks. No validator checks these.

use crate::samples::{all, proportion, report_of, reports};
use serde_json::{Value, json};

const SCORING: &str = "http://hl7.org/fhir/uv/deqm/StructureDefinition/deqm-measureScoring";
const QUANTITY: &str = "http://hl7.org/fhir/StructureDefinition/measurereport-countQuantity";
const IMPROVEMENT: &str = "http://hl7.org/fhir/uv/deqm/StructureDefinition/deqm-groupImprovementNotation";

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

fn extension<'a>(value: &'a Value, url: &str) -> Option<&'a Value> {
    list(value, "extension").iter().find(|one| one["url"] == json!(url))
}

fn scoring(value: &Value) -> Option<&str> {
    extension(value, SCORING)?["valueCodeableConcept"]["coding"][0]["code"].as_str()
}

fn is_scored(code: Option<&str>) -> bool {
    matches!(code, Some("proportion" | "ratio" | "continuous-variable"))
}

/// The names of the rules that a report breaks.
pub fn broken(report: &Value) -> Vec<String> {
    let mut broken = Vec::new();
    let mut need = |rule: &str, holds: bool| {
        if !holds && !broken.iter().any(|known| known == rule) {
            broken.push(rule.to_owned());
        }
    };
    let groups = list(report, "group");
    let versioned = report["measure"].as_str().and_then(|measure| measure.split_once('|'));
    need("deqm-0", versioned.is_some_and(|(_, version)| !version.is_empty()));
    let is_day = |name: &str| report["period"][name].as_str().is_some_and(|day| day.len() > 9);
    need("deqm-1", is_day("start") && is_day("end"));
    need("deqm-2", !is_scored(scoring(report)) || report["improvementNotation"].is_object());
    let scored_groups = groups.iter().filter(|group| scoring(group).is_some()).count();
    let is_once = if scoring(report).is_some() { scored_groups == 0 } else { scored_groups == groups.len() };
    need("deqm-3", is_once);
    need("type", report["type"] == json!("summary") && report["status"] == json!("complete"));
    need("date", report["date"].is_string());
    need("reporter", report["reporter"].is_object());
    need("group", !groups.is_empty());
    need("subject", report.get("subject").is_none());
    for name in ["evaluatedResource", "contained", "text", "subjectResults", "modifierExtension"] {
        need(name, !has_field(report, name));
    }
    for group in groups {
        let code = scoring(group).or(scoring(report));
        need("deqm-4", !is_scored(scoring(group)) || extension(group, IMPROVEMENT).is_some());
        need("deqm-5", !list(group, "population").is_empty());
        need("linkId", is_linked(group));
        cell(group, code, &mut need);
        for stratifier in list(group, "stratifier") {
            need("linkId", is_linked(stratifier));
            let strata = list(stratifier, "stratum");
            let has_component = strata.iter().any(|stratum| stratum.get("component").is_some());
            need("deqm-7", stratifier.get("code").is_some() != has_component);
            need("strata-sum", adds_up(group, strata));
            for stratum in strata {
                need("stratum-value", stratum["value"]["coding"][0]["code"].is_string());
                cell(stratum, code, &mut need);
            }
        }
    }
    broken
}

fn has_field(value: &Value, name: &str) -> bool {
    match value {
        Value::Object(object) => object.iter().any(|(key, value)| key == name || has_field(value, name)),
        Value::Array(all) => all.iter().any(|value| has_field(value, name)),
        _ => false,
    }
}

fn is_linked(value: &Value) -> bool {
    let links = list(value, "extension")
        .iter()
        .filter(|one| one["url"].as_str().is_some_and(|url| url.ends_with(".linkId")));
    links.filter(|link| link["valueString"].as_str().is_some_and(|name| !name.is_empty())).count() == 1
}

/// The rules of a group's or stratum's populations and score.
fn cell(cell: &Value, scoring: Option<&str>, need: &mut impl FnMut(&str, bool)) {
    for population in list(cell, "population") {
        need("linkId", is_linked(population));
        need("population-code", population["code"]["coding"][0]["code"].is_string());
        // An element that has only extensions exists, too.
        let has_count = population.get("count").is_some() || population.get("_count").is_some();
        need("deqm-8", has_count != extension(population, QUANTITY).is_some());
        let reason = &population["_count"]["extension"][0]["valueCode"];
        need(
            "masked-count",
            population.get("count").is_some() != reason.is_string()
                || extension(population, QUANTITY).is_some(),
        );
    }
    let Some(score) = cell.get("measureScore") else { return };
    let value = score["value"].as_f64();
    need("deqm-6", scoring != Some("proportion") || value.is_some_and(|value| (0.0..=1.0).contains(&value)));
    let computed = computed(cell);
    need(
        "score",
        computed.is_some_and(|computed| value.is_some_and(|value| (value - computed).abs() < 1e-12)),
    );
}

/// A population's number.
fn number(cell: &Value, code: &str) -> Option<u64> {
    let found =
        list(cell, "population").iter().find(|one| one["code"]["coding"][0]["code"] == json!(code))?;
    let quantity = extension(found, QUANTITY).and_then(|one| one["valueQuantity"]["value"].as_u64());
    found["count"].as_u64().or(quantity)
}

/// Numerator by denominator after exclusions, from the report alone.
fn computed(cell: &Value) -> Option<f64> {
    let effective = || extension(cell, "urn:commons:fhir:effective-denominator")?["valueDecimal"].as_u64();
    let has_exclusion = list(cell, "population")
        .iter()
        .any(|one| one["code"]["coding"][0]["code"] == json!("denominator-exclusion"));
    let net = || number(cell, "denominator")?.checked_sub(number(cell, "denominator-exclusion")?);
    let denominator = if has_exclusion { net().or_else(effective) } else { number(cell, "denominator") };
    let denominator = denominator.filter(|denominator| *denominator > 0)?;
    Some(number(cell, "numerator")? as f64 / denominator as f64)
}

/// Whether known strata add up to what all together have.
fn adds_up(group: &Value, strata: &[Value]) -> bool {
    ["numerator", "denominator", "denominator-exclusion", "initial-population"].iter().all(|code| {
        let sum = strata.iter().map(|stratum| number(stratum, code)).sum::<Option<u64>>();
        number(group, code).zip(sum).is_none_or(|(all, sum)| all == sum)
    })
}

#[test]
fn every_report_keeps_the_rules() {
    for (name, feed) in all() {
        let reports = reports(&feed);
        assert!(reports.len() > 1, "{name}");
        for report in reports {
            assert_eq!(broken(&report), Vec::<String>::new(), "{name}: {report:#}");
        }
    }
}

/// A good report with the value at `path` replaced, or taken away.
fn spoilt(path: &str, value: Option<Value>) -> Value {
    let mut report = report_of(&proportion(), "a");
    let (parent, name) = path.rsplit_once('/').expect("a path");
    let parent = report.pointer_mut(parent).expect("the path leads somewhere");
    match (parent, value) {
        (Value::Object(object), Some(value)) => drop(object.insert(name.to_owned(), value)),
        (Value::Object(object), None) => drop(object.remove(name).expect("it was there")),
        (Value::Array(all), Some(value)) => all[name.parse::<usize>().expect("a number")] = value,
        (other, _) => panic!("{other} has no parts"),
    }
    report
}

#[test]
fn each_rule_notices_when_it_is_broken() {
    let cases = [
        ("deqm-0", "/measure", Some(json!("urn:x"))),
        ("deqm-0", "/measure", Some(json!("urn:x|"))),
        ("deqm-1", "/period/start", Some(json!("2026-03"))),
        ("deqm-2", "/improvementNotation", None),
        ("deqm-3", "/extension", None),
        ("deqm-3", "/group/0/extension/0", Some(spoilt("/id", None)["extension"][0].clone())),
        ("deqm-4", "/group/0/extension/0", Some(spoilt("/id", None)["extension"][0].clone())),
        ("deqm-5", "/group/0/population", Some(json!([]))),
        ("deqm-6", "/group/0/measureScore", Some(json!({"value": 62}))),
        ("deqm-6", "/group/0/stratifier/0/stratum/0/measureScore", Some(json!({"unit": "1"}))),
        ("deqm-7", "/group/0/stratifier/0/code", None),
        ("deqm-7", "/group/0/stratifier/0/stratum/0/component", Some(json!([]))),
        ("deqm-8", "/group/0/population/0/count", None),
        ("deqm-8", "/group/0/stratifier/0/stratum/0/population/1/count", None),
        ("linkId", "/group/0/extension", None),
        ("linkId", "/group/0/population/0/extension", None),
        ("linkId", "/group/0/stratifier/0/extension", None),
        ("linkId", "/group/0/stratifier/0/stratum/1/population/0/extension", None),
        ("type", "/type", Some(json!("individual"))),
        ("date", "/date", None),
        ("reporter", "/reporter", None),
        ("contained", "/contained", Some(json!([]))),
        ("text", "/text", Some(json!({}))),
        ("evaluatedResource", "/evaluatedResource", Some(json!([]))),
        ("subjectResults", "/group/0/population/0/subjectResults", Some(json!({}))),
        (
            "masked-count",
            "/group/0/population/0/_count",
            Some(json!({"extension": [{"valueCode": "masked"}]})),
        ),
        ("score", "/group/0/population/0/count", Some(json!(244))),
        ("score", "/group/0/population/2/count", Some(json!(29))),
        ("strata-sum", "/group/0/stratifier/0/stratum/0/population/0/count", Some(json!(44))),
        ("population-code", "/group/0/population/0/code", None),
        ("stratum-value", "/group/0/stratifier/1/stratum/0/value", None),
    ];
    for (rule, path, value) in cases {
        let broken = broken(&spoilt(path, value.clone()));
        assert!(broken.iter().any(|name| name == rule), "{path} {value:?} breaks {broken:?}, not {rule}");
    }
}
