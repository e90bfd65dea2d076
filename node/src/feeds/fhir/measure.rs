//! The definition as a `Measure`. What is counted is told in words: nobody
//! computes it from FHIR data.

use super::elements::{
    code, codes, concept, fresh_id, improvement, layout, put, scoring, text, url, version,
};
use super::report::GROUP;
use crate::figures::fhir::words::{OWN_POPULATIONS, PER, POPULATIONS};
use crate::view::{FeedView, MeasureView, StratifierView};
use serde_json::{Map, Value, json};

/// The measure of a feed.
pub fn resource(feed: &FeedView) -> Value {
    let view = &feed.measure;
    let layout = layout(view);
    let mut measure = Map::new();
    let mut set = |name: &str, value: Value| measure.insert(name.to_owned(), value);
    set("resourceType", json!("Measure"));
    set("id", json!(fresh_id(&["measure", &feed.commons, &view.id, version(feed)])));
    set("extension", json!([{"url": PER, "valueUnsignedInt": view.per}]));
    set("url", json!(url(feed)));
    set("version", json!(version(feed)));
    set("status", json!(if view.release.is_some() { "active" } else { "draft" }));
    set("scoring", scoring(&layout));
    let mut group = Map::new();
    group.insert("id".to_owned(), json!(GROUP));
    group.insert("population".to_owned(), Value::Array(populations(view)));
    let stratifiers: Vec<Value> = view.stratifiers.iter().map(|one| stratifier(feed, one)).collect();
    put(&mut group, "stratifier", Some(stratifiers).filter(|all| !all.is_empty()));
    set("group", json!([group]));
    put(&mut measure, "title", text(&view.title));
    put(&mut measure, "date", view.released.clone());
    put(&mut measure, "description", text(&view.population));
    put(&mut measure, "improvementNotation", improvement(view, &layout));
    Value::Object(measure)
}

/// Its populations with their words; a count has only those who are counted.
fn populations(view: &MeasureView) -> Vec<Value> {
    let one = |name: &str, words: &str| {
        let words = text(words).or_else(|| text(&view.title)).unwrap_or_else(|| name.to_owned());
        let system = if name == "excluded" { OWN_POPULATIONS } else { POPULATIONS };
        json!({
            "id": name,
            "code": concept(system, name),
            "criteria": {"language": "text/plain", "expression": words},
        })
    };
    match layout(view).denominator {
        None => {
            vec![one("initial-population", &view.numerator), one("excluded", "Who was left out of the count")]
        }
        Some(_) => vec![
            one("initial-population", &view.population),
            one("numerator", &view.numerator),
            one("denominator", &view.denominator),
            one("denominator-exclusion", "Who was left out of the denominator"),
        ],
    }
}

/// A way to split it, with the labels of its strata.
fn stratifier(feed: &FeedView, stratifier: &StratifierView) -> Value {
    let labels = stratifier.strata.iter().map(|(code, label)| format!("{code}: {label}"));
    let labels = text(&labels.collect::<Vec<_>>().join("; "));
    let mut one = Map::new();
    let id = code(&stratifier.code);
    put(&mut one, "id", Some(id).filter(|id| !id.contains(' ')));
    one.insert("code".to_owned(), concept(&codes(feed, "stratifiers"), &code(&stratifier.code)));
    put(&mut one, "description", labels.clone());
    let words = labels.unwrap_or_else(|| code(&stratifier.code));
    one.insert("criteria".to_owned(), json!({"language": "text/plain", "expression": words}));
    Value::Object(one)
}
