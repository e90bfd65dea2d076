//! Feeds as FHIR R4 (4.0.1): a `Measure` and summary `MeasureReport`s that
//! follow the profile of *Data Exchange for Quality Measures*.
//!
//! A report holds one period of one organisation, or of the network: all
//! together and its strata. It has no narrative and nothing contained. A
//! masked or withheld count has no value: `_count` says `masked` and gives the
//! interval. `docs/fhir-verdicts.md` has our extensions.

mod elements;
mod measure;
mod numbers;
mod report;

use crate::view::{FeedRow, FeedView};
use commons_protocol::date::Date;
use elements::fresh_id;
use serde_json::{Value, json};

/// The definition.
pub fn measure(feed: &FeedView) -> Value {
    measure::resource(feed)
}

/// The reports, one to a line: one for each period and organisation, and for
/// the network, in the order of the rows. `today` is the day of the export.
pub fn ndjson(feed: &FeedView, today: Date) -> String {
    reports(feed, today).map(|report| format!("{report}\n")).collect()
}

/// Definition and reports as a Bundle.
pub fn bundle(feed: &FeedView, today: Date) -> Value {
    let entry = |resource: Value| {
        let id = resource.get("id").and_then(Value::as_str).unwrap_or_default();
        json!({"fullUrl": format!("urn:uuid:{id}"), "resource": resource})
    };
    let all: Vec<Value> = std::iter::once(measure(feed)).chain(reports(feed, today)).map(entry).collect();
    let id = fresh_id(&["bundle", &feed.commons, &feed.measure.id, &feed.digest]);
    json!({"resourceType": "Bundle", "id": id, "type": "collection", "entry": all})
}

fn reports(feed: &FeedView, today: Date) -> impl Iterator<Item = Value> {
    let same =
        |one: &FeedRow, other: &FeedRow| one.period == other.period && one.organisation == other.organisation;
    feed.rows.chunk_by(same).map(move |rows| report::resource(feed, rows, today))
}
