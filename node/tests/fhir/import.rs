//! What is read, and what is refused with which code.

use commons_node::figures::fhir::{ENTRIES, LARGEST_FILE, LARGEST_RESOURCE, read};
use commons_node::figures::{Figure, Number, Reading};
use serde_json::{Value, json};

/// Whose files these are.
const OWN: &str = "0a";

const MASKED: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
const SCORING: &str = "http://hl7.org/fhir/uv/deqm/StructureDefinition/deqm-measureScoring";
const QUANTITY: &str = "http://hl7.org/fhir/StructureDefinition/measurereport-countQuantity";

fn population(code: &str, count: Value) -> Value {
    json!({"code": {"coding": [{"code": code}]}, "count": count})
}

fn scored(code: &str) -> Value {
    json!([{"url": SCORING, "valueCodeableConcept": {"coding": [{"code": code}]}}])
}

/// A report with these populations.
fn with(populations: &[(&str, u64)]) -> Value {
    let populations: Vec<Value> =
        populations.iter().map(|(code, count)| population(code, json!(count))).collect();
    json!({
        "resourceType": "MeasureReport",
        "status": "complete",
        "type": "summary",
        "measure": "http://example.org/Measure/remission|1",
        "period": {"start": "2026-03-01", "end": "2026-03-31"},
        "extension": scored("proportion"),
        "group": [{"population": populations}],
    })
}

fn good() -> Value {
    with(&[("initial-population", 120), ("numerator", 40), ("denominator", 100)])
}

fn stratum(value: &str, numerator: u64, denominator: u64) -> Value {
    let populations =
        [population("numerator", json!(numerator)), population("denominator", json!(denominator))];
    json!({"value": {"coding": [{"code": value}]}, "population": populations})
}

fn taken(report: &Value) -> Reading {
    read(report.to_string().as_bytes(), OWN).expect("a file that can be read")
}

fn codes(reading: &Reading) -> Vec<(&str, bool)> {
    reading.remarks.iter().map(|remark| (remark.code.as_str(), remark.refused)).collect()
}

/// What a good report becomes with the value at `path` replaced.
fn changed(path: &str, value: Value) -> Value {
    let mut report = good();
    let (parent, name) = path.rsplit_once('/').expect("a path");
    let parent = report.pointer_mut(parent).expect("the path leads somewhere");
    match (parent, name.parse::<usize>()) {
        (Value::Array(all), Ok(at)) => all[at] = value,
        (Value::Object(object), _) => {
            object.insert(name.to_owned(), value);
        }
        (other, _) => panic!("{other} has no parts"),
    }
    report
}

fn known(figure: &Figure) -> (Number, Option<Number>, Option<Number>) {
    (figure.numerator, figure.denominator, figure.excluded)
}

#[test]
fn a_summary_becomes_a_figure() {
    let reading = taken(&good());
    assert_eq!(codes(&reading), []);
    let [figure] = reading.figures.as_slice() else { panic!("{reading:?}") };
    assert_eq!(figure.at, "report, group 1");
    assert_eq!(figure.measure.as_deref(), Some("http://example.org/Measure/remission|1"));
    assert_eq!(figure.period.to_string(), "2026-03");
    assert_eq!(known(figure), (Number::Known(40), Some(Number::Known(100)), None));
}

#[test]
fn one_bad_thing_refuses_a_report_with_its_code() {
    let patient = json!([{"resourceType": "Patient"}]);
    let results = json!([{"population": [{"subjectResults": {"reference": "List/1"}}]}]);
    let cases = [
        ("/type", json!("individual"), "individual"),
        ("/type", json!("subject-list"), "subject-list"),
        ("/type", json!("data-collection"), "data-collection"),
        ("/type", json!("banana"), "not-r4"),
        ("/type", json!(1), "not-r4"),
        ("/status", json!("pending"), "not-complete"),
        ("/status", json!("done"), "not-r4"),
        ("/status", Value::Null, "not-r4"),
        ("/subject", json!({"reference": "Patient/7"}), "person-subject"),
        ("/subject", json!({"reference": "Group/7", "type": "Patient"}), "person-subject"),
        ("/subject", json!({"identifier": {"value": "7"}}), "person-subject"),
        ("/contained", patient, "contained-clinical"),
        ("/evaluatedResource", json!([]), "evaluated-resource"),
        ("/group", results, "subject-results"),
        ("/measure", json!(" "), "no-measure"),
        ("/period", json!({"start": "2026-03-01"}), "no-period"),
        ("/period", json!({"start": "2026-03", "end": "2026-03"}), "period-precision"),
        ("/period", json!({"start": "2026-03-01", "end": "2026-04-01"}), "off-grid"),
        ("/period", json!({"start": "2026-01-01", "end": "2026-12-31"}), "off-grid"),
        ("/period", json!({"start": "2026-03-01T08:00:00Z", "end": "2026-03-31"}), "off-grid"),
        ("/period", json!({"start": "2026-02-30", "end": "2026-03-31"}), "not-r4"),
        ("/period", json!({"start": "2026-03-0é", "end": "2026-03-31"}), "period-precision"),
        ("/group", json!([]), "no-group"),
        ("/group", json!({}), "not-r4"),
        ("/scoring", json!({}), "not-r4"),
        ("/modifierExtension", json!([]), "modifier-extension"),
        ("/implicitRules", json!("http://example.org"), "modifier-extension"),
        ("/extension", scored("composite"), "unsupported-scoring"),
        ("/extension", json!([scored("ratio")[0], scored("cohort")[0]]), "not-r4"),
        (
            "/reporter",
            json!({"identifier": {"system": "urn:commons:fhir:network", "value": "x"}}),
            "network-total",
        ),
    ];
    for (path, value, code) in cases {
        let reading = taken(&changed(path, value.clone()));
        assert_eq!(codes(&reading), [(code, true)], "{path} {value}");
        assert_eq!(reading.figures, [], "{path} {value}");
    }
}

#[test]
fn one_bad_thing_refuses_a_group_with_its_code() {
    let quantity = json!([{"url": QUANTITY, "valueQuantity": {"value": 40}}]);
    let masked = json!({"extension": [{"url": MASKED, "valueCode": "masked"}]});
    let unknown = json!({"coding": [{"code": "denominators"}]});
    let foreign = json!({"coding": [{"system": "http://example.org", "code": "numerator"}]});
    let cases = [
        ("/group/0/population/1/count", json!("40"), "not-a-count"),
        ("/group/0/population/1/count", json!(1.5), "not-a-count"),
        ("/group/0/population/1/count", json!(-1), "not-a-count"),
        ("/group/0/population/0/count", json!(-1), "not-a-count"),
        ("/group/0/population/1/count", json!(1_000_000_000_001u64), "not-a-count"),
        ("/group/0/population/1/count", json!(101), "numerator-exceeds"),
        ("/group/0/population/1/extension", quantity, "count-twice"),
        ("/group/0/population/1/_count", masked, "count-and-mask"),
        ("/group/0/population/1/code", unknown, "unknown-population"),
        ("/group/0/population/1/code", foreign, "unknown-population"),
        ("/group/0/population/1", json!({"count": 5}), "unknown-population"),
        ("/group/0/population/1", json!({"code": {"coding": [{"code": "numerator"}]}}), "no-count"),
        ("/group/0/population/1", population("denominator", json!(5)), "population-twice"),
        ("/group/0/population/1", population("numerator-exclusion", json!(5)), "no-numerator"),
        ("/group/0/population/2", population("denominator-exclusion", json!(5)), "no-denominator"),
        ("/group/0/population/0", population("denominator-exclusion", json!(101)), "negative"),
        ("/group/0/population/0", population("numerator-exclusion", json!(41)), "negative"),
        ("/group/0/population", json!([]), "no-population"),
        ("/group/0/measureScoreQuantity", json!({}), "not-r4"),
        ("/group/0/linkId", json!("x"), "not-r4"),
        ("/group/0/measureScore", json!({"value": "0.4"}), "not-r4"),
    ];
    for (path, value, code) in cases {
        let reading = taken(&changed(path, value.clone()));
        assert_eq!(codes(&reading), [(code, true)], "{path} {value}");
        assert_eq!(reading.figures, [], "{path} {value}");
    }
}

#[test]
fn exclusions_and_exceptions_leave_numerator_and_denominator() {
    let report = with(&[
        ("initial-population", 1_000),
        ("numerator", 300),
        ("numerator-exclusion", 20),
        ("denominator", 900),
        ("denominator-exclusion", 90),
        ("denominator-exception", 10),
    ]);
    let reading = taken(&report);
    assert_eq!(codes(&reading), []);
    let expected = (Number::Known(280), Some(Number::Known(800)), Some(Number::Known(100)));
    assert_eq!(known(&reading.figures[0]), expected);
}

#[test]
fn what_is_computed_from_a_masked_count_is_masked() {
    let mask = |index: usize| {
        let mut report = with(&[("numerator", 300), ("denominator", 900), ("denominator-exclusion", 90)]);
        let one = report.pointer_mut(&format!("/group/0/population/{index}")).and_then(Value::as_object_mut);
        let one = one.expect("a population");
        one.remove("count");
        one.insert("_count".to_owned(), json!({"extension": [{"url": MASKED, "valueCode": "masked"}]}));
        known(&taken(&report).figures[0])
    };
    let (part, whole, out) = (Number::Known(300), Some(Number::Known(810)), Some(Number::Known(90)));
    assert_eq!(mask(0), (Number::Masked, whole, out));
    assert_eq!(mask(1), (part, Some(Number::Masked), out));
    assert_eq!(mask(2), (part, Some(Number::Masked), Some(Number::Masked)));
}

#[test]
fn scoring_says_which_populations_count() {
    let said = |code: &str, populations: &[(&str, u64)]| {
        let mut report = with(populations);
        report["extension"] = scored(code);
        report
    };
    let events = taken(&said("ratio", &[("numerator", 300), ("denominator", 100)]));
    assert_eq!(known(&events.figures[0]), (Number::Known(300), Some(Number::Known(100)), None));
    let cohort = taken(&said("cohort", &[("initial-population", 44)]));
    assert_eq!(known(&cohort.figures[0]), (Number::Known(44), None, None));
    let continuous = said("continuous-variable", &[("measure-population", 50), ("measure-observation", 50)]);
    assert_eq!(codes(&taken(&continuous)), [("no-sum", true)]);
    let mut continuous =
        said("continuous-variable", &[("measure-population", 50), ("measure-population-exclusion", 8)]);
    let quantity = json!([{"url": QUANTITY, "valueQuantity": {"value": 700}}]);
    let sum = json!({"code": {"coding": [{"code": "measure-observation"}]}, "extension": quantity});
    continuous["group"][0]["population"].as_array_mut().expect("a list").push(sum);
    let expected = (Number::Known(700), Some(Number::Known(42)), Some(Number::Known(8)));
    assert_eq!(known(&taken(&continuous).figures[0]), expected);
}

#[test]
fn a_wrong_score_is_told_and_the_counts_are_taken() {
    for (score, code) in [
        (json!({"value": 0.4}), None),
        (json!({"value": 0.404}), None),
        (json!({"value": 0.44}), Some("score-differs")),
        (json!({"value": 40, "unit": "%"}), None),
        (json!({"value": 44, "code": "%"}), Some("score-differs")),
        (json!({"value": 40}), Some("score-differs")),
    ] {
        let reading = taken(&changed("/group/0/measureScore", score.clone()));
        let expected: Vec<(&str, bool)> = code.map(|code| (code, false)).into_iter().collect();
        // 0.404 has three decimals, so rounding does not excuse it.
        let expected = if score["value"] == json!(0.404) { vec![("score-differs", false)] } else { expected };
        assert_eq!(codes(&reading), expected, "{score}");
        assert_eq!(reading.figures.len(), 1);
    }
    let mut empty = with(&[("numerator", 0), ("denominator", 0)]);
    empty["group"][0]["measureScore"] = json!({"value": 0});
    assert_eq!(codes(&taken(&empty)), [("score-of-nothing", false)]);
    let mut masked = changed("/group/0/measureScore", json!({"value": 0.4}));
    masked["group"][0]["population"][1] = json!({
        "code": {"coding": [{"code": "numerator"}]},
        "_count": {"extension": [{"url": MASKED, "valueCode": "masked"}]},
    });
    assert_eq!(codes(&taken(&masked)), [("score-shows-masked", false)]);
}

#[test]
fn percentages_are_rounded_where_they_are_written() {
    for (score, is_told) in [
        (json!({"value": 66.7, "unit": "%"}), false),
        (json!({"value": 66.67, "code": "%"}), false),
        (json!({"value": 67, "unit": "%"}), false),
        (json!({"value": 66.5, "unit": "%"}), true),
        (json!({"value": 66, "unit": "%"}), true),
        (json!({"value": 0.667, "unit": "%"}), true),
    ] {
        let mut report = with(&[("numerator", 200), ("denominator", 300)]);
        report["group"][0]["measureScore"] = score.clone();
        let reading = taken(&report);
        let expected = if is_told { vec![("score-differs", false)] } else { Vec::new() };
        assert_eq!(codes(&reading), expected, "{score}");
        for remark in &reading.remarks {
            assert!(remark.text.contains(&format!("{} %", score["value"])), "{remark:?}");
        }
    }
}

#[test]
fn strata_are_taken_whole_and_compared_with_the_total() {
    let split = |strata: Value| {
        changed("/group/0/stratifier", json!([{"code": [{"text": "age"}], "stratum": strata}]))
    };
    let reading = taken(&split(json!([stratum("0-4", 15, 60), stratum("5-17", 25, 40)])));
    assert_eq!(codes(&reading), []);
    let strata: Vec<_> = reading.figures.iter().filter_map(|figure| figure.stratum.clone()).collect();
    assert_eq!(strata, [("age".to_owned(), "0-4".to_owned()), ("age".to_owned(), "5-17".to_owned())]);
    let reading = taken(&split(json!([stratum("0-4", 15, 60), stratum("5-17", 24, 40)])));
    assert_eq!((codes(&reading), reading.figures.len()), (vec![("strata-sum", false)], 3));
    let reading = taken(&split(json!([stratum("0-4", 15, 60), stratum("5-17", 41, 40)])));
    assert_eq!(codes(&reading), [("numerator-exceeds", true), ("incomplete-stratifier", true)]);
    assert_eq!(reading.figures.len(), 1);
    let reading = taken(&split(json!([stratum("0-4", 20, 50), stratum("0-4", 20, 50)])));
    assert_eq!((codes(&reading), reading.figures.len()), (vec![("duplicate", false)], 2));
}

#[test]
fn crossed_strata_are_refused() {
    let mut component = stratum("0-4", 15, 60);
    component["component"] = json!([{"code": {"text": "age"}, "value": {"text": "0-4"}}]);
    let cases = [
        (json!([{"code": [{"text": "age"}, {"text": "sex"}], "stratum": []}]), vec![("crossed", true)]),
        (
            json!([{"code": [{"text": "age"}], "stratum": [component]}]),
            vec![("crossed", true), ("incomplete-stratifier", true)],
        ),
        (json!([{"stratum": []}]), vec![("no-stratifier-code", true)]),
        (json!([{"code": {"text": "age"}, "stratum": []}]), vec![("not-r4", true)]),
    ];
    for (stratifier, expected) in cases {
        let reading = taken(&changed("/group/0/stratifier", stratifier.clone()));
        assert_eq!(codes(&reading), expected, "{stratifier}");
        assert_eq!(reading.figures.len(), 1);
    }
}

#[test]
fn several_groups_are_several_rates() {
    let mut report = good();
    let mut other = report["group"][0].clone();
    other["id"] = json!("second");
    report["group"].as_array_mut().expect("a list").push(other);
    let reading = taken(&report);
    assert_eq!(codes(&reading), [("several-measures", false)]);
    let names: Vec<_> = reading.figures.into_iter().filter_map(|figure| figure.measure).collect();
    assert_eq!(
        names,
        ["http://example.org/Measure/remission|1#1", "http://example.org/Measure/remission|1#second"]
    );
}

#[test]
fn narrative_and_what_is_contained_are_dropped_and_told() {
    let mut report = changed("/text", json!({"status": "generated", "div": "<div>Anna got well</div>"}));
    report["contained"] = json!([{"resourceType": "Organization"}]);
    report["measure"] = json!("Measure/remission");
    let reading = taken(&report);
    let expected =
        [("measure-unversioned", false), ("narrative-dropped", false), ("contained-dropped", false)];
    assert_eq!(codes(&reading), expected);
    assert!(!format!("{reading:?}").contains("Anna"), "narrative is not repeated");
}

#[test]
fn one_bad_report_voids_no_other() {
    let april =
        changed("/period", json!({"start": "2026-04-01T00:00:00+02:00", "end": "2026-04-30T23:59:59+02:00"}));
    let entries = [good(), changed("/type", json!("individual")), json!({"resourceType": "Patient"}), april];
    let bundle: Vec<Value> = entries.iter().map(|one| json!({"resource": one})).collect();
    let bundle = json!({"resourceType": "Bundle", "type": "searchset", "entry": bundle});
    let lines: String = entries.iter().map(|one| format!("{one}\r\n")).collect();
    let broken = format!("\u{feff}{}\n\n{{\"resourceType\":\n[[{}", lines, good());
    for (text, at, refused) in [
        (bundle.to_string(), "entry 4, group 1", vec!["individual", "not-a-report"]),
        (lines, "line 4, group 1", vec!["individual", "not-a-report"]),
        (broken, "line 4, group 1", vec!["individual", "not-a-report", "not-json", "not-json"]),
        (format!("{bundle}\n"), "entry 4, group 1", vec!["individual", "not-a-report"]),
        (
            serde_json::to_string_pretty(&bundle).expect("text"),
            "entry 4, group 1",
            vec!["individual", "not-a-report"],
        ),
    ] {
        let reading = read(text.as_bytes(), OWN).expect("a file that can be read");
        let months: Vec<_> = reading.figures.iter().map(|figure| figure.period.to_string()).collect();
        assert_eq!(months, ["2026-03", "2026-04"]);
        assert_eq!(reading.figures[1].at, at);
        assert_eq!(codes(&reading), refused.into_iter().map(|code| (code, true)).collect::<Vec<_>>());
    }
}

#[test]
fn the_same_figure_is_taken_once_and_other_reporters_are_told() {
    let mut other = good();
    let mut report = good();
    report["reporter"] = json!({"reference": "Organization/1"});
    other["reporter"] = json!({"reference": "Organization/2"});
    let both =
        |other: &Value| read(format!("{report}\n{other}").as_bytes(), OWN).expect("a file that can be read");
    let reading = both(&other);
    assert_eq!(codes(&reading), [("duplicate", false), ("several-reporters", false)]);
    assert_eq!(reading.figures.len(), 1);
    // None of two that disagree is silently preferred.
    other["group"][0]["population"][1]["count"] = json!(41);
    let reading = both(&other);
    assert_eq!(codes(&reading), [("several-reporters", false)]);
    assert_eq!(reading.figures.len(), 2);
}

#[test]
fn reports_of_another_member_are_not_taken_for_our_own() {
    let by = |system: &str, id: &str| json!({"identifier": {"system": system, "value": id}});
    for (reporter, expected) in [
        (by("urn:commons:fhir:organisation", OWN), vec![]),
        (by("urn:commons:fhir:organisation", "0b"), vec![("other-organisation", true)]),
        (
            json!({"identifier": {"system": "urn:commons:fhir:organisation"}}),
            vec![("other-organisation", true)],
        ),
        (by("https://fhir.nhs.uk/Id/ods-organization-code", "0b"), vec![]),
    ] {
        let reading = taken(&changed("/reporter", reporter.clone()));
        assert_eq!(codes(&reading), expected, "{reporter}");
        assert_eq!(reading.figures.len(), usize::from(expected.is_empty()), "{reporter}");
    }
}

#[test]
fn whole_files_are_refused_with_a_code() {
    let code = |bytes: &[u8]| read(bytes, OWN).expect_err("a refusal").code;
    assert_eq!(code(b" \n\t"), "empty");
    assert_eq!(code(b"<MeasureReport/>"), "not-json");
    assert_eq!(code(b"\xff\xfe"), "not-json");
    assert_eq!(code("[".repeat(100_000).as_bytes()), "not-json");
    assert_eq!(code(b"{}"), "not-fhir");
    assert_eq!(code(b"[]"), "not-fhir");
    assert_eq!(code(b"{\"resourceType\": \"Measure\"}"), "not-a-report");
    assert_eq!(code(b"{\"resourceType\": \"Bundle\", \"type\": \"history\"}"), "bundle-type");
    assert_eq!(code(b"{\"resourceType\": \"Bundle\", \"type\": \"batch\", \"entry\": 1}"), "not-r4");
    assert_eq!(code(&vec![b' '; LARGEST_FILE + 1]), "too-large");
    let long = format!("{{\"resourceType\": \"{}\"}}", "x".repeat(LARGEST_RESOURCE));
    assert_eq!(code(long.as_bytes()), "too-large");
    let many = "{}\n".repeat(ENTRIES + 1);
    assert_eq!(code(many.as_bytes()), "too-many-entries");
    let bundle = json!({"resourceType": "Bundle", "type": "batch", "entry": vec![json!({}); ENTRIES + 1]});
    assert_eq!(code(bundle.to_string().as_bytes()), "too-many-entries");
}

#[test]
fn remarks_are_bounded_and_the_rest_is_counted() {
    let reading = read("{}\n".repeat(ENTRIES).as_bytes(), OWN).expect("a file that can be read");
    assert_eq!(reading.remarks.len(), 10_001);
    let last = reading.remarks.last().expect("a remark");
    assert_eq!((last.code.as_str(), last.refused), ("more-remarks", true));
    assert!(last.text.starts_with("10000 more remarks"), "{}", last.text);
}

/// Every path to a value below.
fn paths(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(object) => {
            object.iter().for_each(|(name, value)| paths(value, &format!("{at}/{name}"), all))
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(number, value)| paths(value, &format!("{at}/{number}"), all));
        }
        _ => {}
    }
}

#[test]
fn nothing_in_any_place_makes_the_reader_fail() {
    let strata = json!([stratum("0-4", 15, 60), stratum("5-17", 25, 40)]);
    let mut report = changed("/group/0/stratifier", json!([{"code": [{"text": "age"}], "stratum": strata}]));
    report["group"][0]["measureScore"] = json!({"value": 0.4});
    report["reporter"] = json!({"identifier": {"system": "x", "value": "y"}});
    report["group"][0]["population"][0]["_count"] =
        json!({"extension": [{"url": MASKED, "valueCode": "masked"}]});
    let values = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!("é|\u{0}"),
        json!([]),
        json!([[]]),
        json!({}),
        json!({"extension": [{"url": SCORING}]}),
    ];
    let mut all = Vec::new();
    paths(&report, "", &mut all);
    assert!(all.len() > 60);
    for path in all.iter().filter(|path| !path.is_empty()) {
        for value in &values {
            let mut bad = report.clone();
            *bad.pointer_mut(path).expect("a path") = value.clone();
            if let Ok(reading) = read(bad.to_string().as_bytes(), OWN) {
                // Whatever was taken is a count, and what was not is told.
                let told = reading.remarks.iter().any(|remark| remark.refused);
                assert!(told || !reading.figures.is_empty(), "{path} {value}");
            }
        }
    }
}
