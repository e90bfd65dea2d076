//! Small elements that measures and reports share.

use crate::figures::fhir::words::{IMPROVEMENT, SCORINGS, measure_url};
use crate::view::{FeedView, MeasureView};
use serde_json::{Map, Value, json};

/// How a kind of measure is told in FHIR.
pub struct Layout {
    /// Its scoring.
    pub scoring: &'static str,
    /// The population that is its numerator, count or sum.
    pub numerator: &'static str,
    /// The population that is its denominator, if it has one.
    pub denominator: Option<&'static str>,
}

/// A continuous measure is a ratio: its sum by its people. The scoring
/// `continuous-variable` has no place for a sum in the strata.
pub fn layout(measure: &MeasureView) -> Layout {
    match measure.kind.as_str() {
        "proportion" => {
            Layout { scoring: "proportion", numerator: "numerator", denominator: Some("denominator") }
        }
        "count" => Layout { scoring: "cohort", numerator: "initial-population", denominator: None },
        _ => Layout { scoring: "ratio", numerator: "numerator", denominator: Some("denominator") },
    }
}

/// A concept with one code.
pub fn concept(system: &str, code: &str) -> Value {
    json!({"coding": [{"system": system, "code": code}]})
}

/// A measure's scoring.
pub fn scoring(layout: &Layout) -> Value {
    concept(SCORINGS, layout.scoring)
}

/// Which way is better. Proportions and ratios must say (deqm-2), also that
/// neither is.
pub fn improvement(measure: &MeasureView, layout: &Layout) -> Option<Value> {
    match &measure.direction {
        Some(direction) => Some(concept(IMPROVEMENT, direction)),
        None if layout.scoring == "cohort" => None,
        None => Some(json!({"extension": [super::numbers::absent("not-applicable")]})),
    }
}

/// Canonical URL of the feed's measure, without version.
pub fn url(feed: &FeedView) -> String {
    measure_url(&feed.commons, &feed.measure.id)
}

/// Version of the feed's measure.
pub fn version(feed: &FeedView) -> &str {
    feed.measure.version.as_deref().unwrap_or("draft")
}

/// System of the codes of stratifiers or strata of the feed's measure.
pub fn codes(feed: &FeedView, of: &str) -> String {
    format!("{}:{of}", url(feed))
}

/// A code as FHIR wants it: no space at the ends and single ones within.
pub fn code(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text as FHIR wants it: not empty, and without control characters.
pub fn text(text: &str) -> Option<String> {
    let is_wanted = |c: char| !c.is_control() || c == '\n' || c == '\t';
    let clean: String = text.chars().map(|c| if is_wanted(c) { c } else { ' ' }).collect();
    Some(clean.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Adds a field, if there is anything to say.
pub fn put(object: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), value.into());
    }
}

/// The id of a resource: a UUID of our own making (version 8), the same for
/// the same parts.
pub fn fresh_id(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("commons fhir resource id 1");
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut id: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    for at in [20, 16, 12, 8] {
        id.insert(at, '-');
    }
    id
}
