//! One period of one organisation, or of the network, as a `MeasureReport`.

use super::elements::{Layout, code, codes, fresh_id, improvement, layout, put, scoring, text, url, version};
use super::numbers::{gross, is_known, population, score, score_range};
use crate::figures::fhir::words::{
    CONTRIBUTORS, EFFECTIVE, LINK, MASKED_CONTRIBUTORS, MASKED_SCORE, NETWORK, ORGANISATION, PROFILE, REPORT,
    SCORING, WITHHELD,
};
use crate::view::{FeedRow, FeedView, MeasureView, NumberView};
use commons_protocol::date::Date;
use serde_json::{Map, Value, json};

/// Name of the only group, in the measure and in reports.
pub const GROUP: &str = "group";

/// The report of `rows`, which have one period and organisation.
pub fn resource(feed: &FeedView, rows: &[FeedRow], today: Date) -> Value {
    let layout = layout(&feed.measure);
    let Some(first) = rows.first() else { return Value::Null };
    let who = first.organisation.as_deref().unwrap_or("network");
    let name = format!("{}/{}/{who}", feed.measure.id, first.period);
    let mut report = Map::new();
    let mut set = |name: &str, value: Value| report.insert(name.to_owned(), value);
    set("resourceType", json!("MeasureReport"));
    set("id", json!(fresh_id(&["report", &feed.commons, &feed.measure.id, &first.period, who])));
    set("meta", json!({"profile": [PROFILE], "source": format!("{}:feed:{}", url(feed), feed.digest)}));
    set("extension", json!([{"url": SCORING, "valueCodeableConcept": scoring(&layout)}]));
    set("identifier", json!([{"system": REPORT, "value": name}]));
    set("status", json!("complete"));
    set("type", json!("summary"));
    set("measure", json!(format!("{}|{}", url(feed), version(feed))));
    set("date", json!(today.to_string()));
    set("reporter", reporter(feed, first));
    set("period", json!({"start": first.first, "end": first.last}));
    set("group", json!([group(feed, rows, &layout)]));
    put(&mut report, "improvementNotation", improvement(&feed.measure, &layout));
    Value::Object(report)
}

/// The organisation; the commons itself for the network's totals.
fn reporter(feed: &FeedView, row: &FeedRow) -> Value {
    let (system, value, display) = match &row.organisation {
        None => (NETWORK, feed.commons.as_str(), Some("All organisations of the commons".to_owned())),
        Some(id) => {
            let known = feed.organisations.iter().find(|one| one.id == *id);
            (ORGANISATION, id.as_str(), known.and_then(|one| text(&one.name)))
        }
    };
    let mut reporter = Map::new();
    reporter.insert("type".to_owned(), json!("Organization"));
    reporter.insert("identifier".to_owned(), json!({"system": system, "value": value}));
    put(&mut reporter, "display", display);
    Value::Object(reporter)
}

/// All together, and the strata by stratifier.
fn group(feed: &FeedView, rows: &[FeedRow], layout: &Layout) -> Value {
    let total = rows.iter().find(|row| row.stratifier.is_none());
    let mut group = cell(feed, total, layout, "group");
    push_extension(&mut group, link("group", GROUP));
    let mut stratifiers: Vec<(&str, Vec<Value>)> = Vec::new();
    for row in rows {
        let Some(stratifier) = row.stratifier.as_deref() else { continue };
        let mut stratum = cell(feed, Some(row), layout, "group.stratifier.stratum");
        stratum.insert(
            "value".to_owned(),
            stratum_value(feed, stratifier, row.stratum.as_deref().unwrap_or_default()),
        );
        match stratifiers.iter_mut().find(|(code, _)| *code == stratifier) {
            Some((_, strata)) => strata.push(Value::Object(stratum)),
            None => stratifiers.push((stratifier, vec![Value::Object(stratum)])),
        }
    }
    let one = |(name, strata): (&str, Vec<Value>)| {
        let concept = json!({"coding": [{"system": codes(feed, "stratifiers"), "code": code(name)}]});
        json!({"extension": [link("group.stratifier", name)], "code": [concept], "stratum": strata})
    };
    let stratifiers: Vec<Value> = stratifiers.into_iter().map(one).collect();
    put(&mut group, "stratifier", Some(stratifiers).filter(|all| !all.is_empty()));
    Value::Object(group)
}

/// A stratum's code, with its label.
fn stratum_value(feed: &FeedView, stratifier: &str, stratum: &str) -> Value {
    let known = feed.measure.stratifiers.iter().find(|one| one.code == stratifier);
    let label = known.and_then(|one| one.strata.iter().find(|(code, _)| code == stratum));
    let mut coding = Map::new();
    coding.insert("system".to_owned(), json!(codes(feed, "strata")));
    coding.insert("code".to_owned(), json!(code(stratum)));
    put(&mut coding, "display", label.and_then(|(_, label)| text(label)));
    json!({"coding": [coding]})
}

/// Populations, score and our extensions of a row, as a group or stratum. A
/// row that is not there has populations that nobody reported.
fn cell(feed: &FeedView, row: Option<&FeedRow>, layout: &Layout, path: &str) -> Map<String, Value> {
    let path = format!("{path}.population");
    let add = |code: &str, number: Option<&NumberView>| population(code, number, link(&path, code));
    let excluded = row.and_then(|row| row.excluded.as_ref());
    let mut populations = vec![add(layout.numerator, row.map(|row| &row.numerator))];
    if let Some(name) = layout.denominator {
        let before = row.and_then(|row| row.denominator.as_ref()).map(|number| gross(number, excluded));
        populations.push(add(name, before.as_ref()));
    }
    if excluded.is_some() {
        let name = layout.denominator.map_or("excluded", |_| "denominator-exclusion");
        populations.push(add(name, excluded));
    }
    let mut cell = Map::new();
    cell.insert("population".to_owned(), Value::Array(populations));
    if let Some(row) = row {
        scored(&mut cell, feed, row, layout);
    }
    cell
}

/// The score where it can be told, else what can be said of it.
fn scored(cell: &mut Map<String, Value>, feed: &FeedView, row: &FeedRow, layout: &Layout) {
    let has_score = layout.denominator.is_some();
    match score(&row.numerator, row.denominator.as_ref()).filter(|_| has_score) {
        Some(value) => {
            let mut quantity = Map::new();
            quantity.insert("value".to_owned(), json!(value));
            put(&mut quantity, "unit", unit(&feed.measure).and_then(text));
            cell.insert("measureScore".to_owned(), Value::Object(quantity));
        }
        None => {
            if let Some(value) = row.value.filter(|value| has_score && value.low.is_finite()) {
                let range = score_range(value, feed.measure.per);
                push_extension(cell, json!({"url": MASKED_SCORE, "valueRange": range}));
            }
        }
    }
    if let (Some(NumberView::Known { number }), Some(excluded)) = (&row.denominator, &row.excluded)
        && !is_known(excluded)
    {
        push_extension(cell, json!({"url": EFFECTIVE, "valueDecimal": number}));
    }
    if row.organisation.is_none() {
        push_extension(cell, json!({"url": CONTRIBUTORS, "valueUnsignedInt": row.organisations}));
        push_extension(cell, json!({"url": MASKED_CONTRIBUTORS, "valueUnsignedInt": row.masked}));
    }
    if let Some(why) = row.withheld.as_deref().and_then(text) {
        push_extension(cell, json!({"url": WITHHELD, "valueString": why}));
    }
}

/// The unit of the plain quotient: that of a measurement, if values are shown
/// as they are. Shares and rates have none.
fn unit(measure: &MeasureView) -> Option<&str> {
    measure.unit.as_deref().filter(|_| measure.kind == "continuous" && measure.per == 1)
}

/// The extension that names the element of the measure.
fn link(path: &str, name: &str) -> Value {
    json!({"url": format!("{}{path}{}", LINK.0, LINK.1), "valueString": name})
}

fn push_extension(object: &mut Map<String, Value>, extension: Value) {
    match object.get_mut("extension").and_then(Value::as_array_mut) {
        Some(all) => all.push(extension),
        None => {
            object.insert("extension".to_owned(), Value::Array(vec![extension]));
        }
    }
}
