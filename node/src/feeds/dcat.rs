//! A feed for catalogues of data: DCAT 3 in JSON-LD. The feed is a series of
//! data sets; what it holds now, named by its digest, is its latest member and
//! can be downloaded in several formats.

use super::columns::SCHEMA;
use crate::view::FeedView;
use serde_json::{Map, Value, json};

/// What a feed does not know of itself.
#[derive(Clone, Copy, Debug)]
pub struct Publication<'a> {
    /// Address of the API, without a slash at the end.
    pub base: &'a str,
    /// Name of the commons, which publishes.
    pub publisher: &'a str,
    /// Address of the licence.
    pub licence: &'a str,
}

/// Format of the export, its media type and whether that is registered with
/// IANA.
const FORMATS: [(&str, &str, bool); 4] = [
    ("csv", "text/csv", true),
    ("parquet", "application/vnd.apache.parquet", true),
    ("ndjson", "application/x-ndjson", false),
    ("fhir", "application/fhir+ndjson", false),
];

/// The description.
pub fn describe(feed: &FeedView, of: &Publication<'_>) -> Value {
    json!({
        "@context": context(),
        "@graph": [series(feed, of), member(feed, of), publisher(feed, of)],
    })
}

fn context() -> Value {
    let id = |term: &str| json!({ "@id": term, "@type": "@id" });
    let typed = |term: &str, datatype: &str| json!({ "@id": term, "@type": datatype });
    json!({
        "dcat": "http://www.w3.org/ns/dcat#",
        "dct": "http://purl.org/dc/terms/",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "title": "dct:title",
        "description": "dct:description",
        "identifier": "dct:identifier",
        "name": "foaf:name",
        "format": "dct:format",
        "temporal": "dct:temporal",
        "distribution": "dcat:distribution",
        "version": "dcat:version",
        "publisher": id("dct:publisher"),
        "license": id("dct:license"),
        "conformsTo": id("dct:conformsTo"),
        "accrualPeriodicity": id("dct:accrualPeriodicity"),
        "landingPage": id("dcat:landingPage"),
        "inSeries": id("dcat:inSeries"),
        "last": id("dcat:last"),
        "accessURL": id("dcat:accessURL"),
        "downloadURL": id("dcat:downloadURL"),
        "mediaType": id("dcat:mediaType"),
        "startDate": typed("dcat:startDate", "xsd:date"),
        "endDate": typed("dcat:endDate", "xsd:date"),
        "issued": typed("dct:issued", "xsd:date"),
        "temporalResolution": typed("dcat:temporalResolution", "xsd:duration"),
    })
}

fn series(feed: &FeedView, of: &Publication<'_>) -> Value {
    let mut all = common(feed, of);
    all.insert("@id".to_owned(), json!(address(feed, of)));
    all.insert("@type".to_owned(), json!("dcat:DatasetSeries"));
    all.insert("identifier".to_owned(), json!(format!("{}/{}", feed.commons, feed.measure.id)));
    all.insert("last".to_owned(), json!(member_id(feed)));
    if let Some(released) = &feed.measure.released {
        all.insert("issued".to_owned(), json!(released));
    }
    Value::Object(all)
}

fn member(feed: &FeedView, of: &Publication<'_>) -> Value {
    let mut all = common(feed, of);
    all.insert("@id".to_owned(), json!(member_id(feed)));
    all.insert("@type".to_owned(), json!("dcat:Dataset"));
    all.insert("identifier".to_owned(), json!(feed.digest));
    all.insert("version".to_owned(), json!(feed.digest));
    all.insert("inSeries".to_owned(), json!(address(feed, of)));
    let distributions: Vec<Value> = FORMATS.iter().map(|format| distribution(feed, of, *format)).collect();
    all.insert("distribution".to_owned(), json!(distributions));
    Value::Object(all)
}

/// What holds of the series and of what it holds now.
fn common(feed: &FeedView, of: &Publication<'_>) -> Map<String, Value> {
    let measure = &feed.measure;
    let (periodicity, resolution) = match measure.calendar.as_str() {
        "quarter" => ("http://purl.org/cld/freq/quarterly", "P3M"),
        _ => ("http://purl.org/cld/freq/monthly", "P1M"),
    };
    let description = format!(
        "Population: {}. Numerator: {}. Denominator: {}. Counts from 1 to {} are masked: they are given as intervals.",
        measure.population, measure.numerator, measure.denominator, measure.threshold
    );
    let mut all = Map::new();
    let mut set = |name: &str, value: Value| all.insert(name.to_owned(), value);
    set("title", json!(measure.title));
    set("description", json!(description));
    set("publisher", json!(publisher_id(feed)));
    set("license", json!(of.licence));
    set("conformsTo", json!(conforms_to(feed)));
    set("accrualPeriodicity", json!(periodicity));
    set("temporalResolution", json!(resolution));
    set("landingPage", json!(address(feed, of)));
    if let Some(temporal) = temporal(feed) {
        set("temporal", temporal);
    }
    all
}

fn temporal(feed: &FeedView) -> Option<Value> {
    let first = feed.rows.iter().map(|row| row.first.as_str()).min()?;
    let last = feed.rows.iter().map(|row| row.last.as_str()).max()?;
    Some(json!({ "@type": "dct:PeriodOfTime", "startDate": first, "endDate": last }))
}

fn distribution(
    feed: &FeedView,
    of: &Publication<'_>,
    (format, media, is_registered): (&str, &str, bool),
) -> Value {
    let address = format!("{}/export?format={format}", address(feed, of));
    let mut all = Map::new();
    let mut set = |name: &str, value: Value| all.insert(name.to_owned(), value);
    set("@id", json!(address));
    set("@type", json!("dcat:Distribution"));
    set("title", json!(format!("{} ({format})", feed.measure.title)));
    set("accessURL", json!(address));
    set("downloadURL", json!(address));
    set("license", json!(of.licence));
    match is_registered {
        true => set("mediaType", json!(format!("https://www.iana.org/assignments/media-types/{media}"))),
        false => set("format", json!(media)),
    };
    if format != "fhir" {
        set("conformsTo", json!([format!("urn:commons:feed-table:{SCHEMA}")]));
    }
    Value::Object(all)
}

fn publisher(feed: &FeedView, of: &Publication<'_>) -> Value {
    json!({ "@id": publisher_id(feed), "@type": "foaf:Organization", "name": of.publisher })
}

/// The released version of the measure, by name.
fn conforms_to(feed: &FeedView) -> Vec<String> {
    feed.measure.version.iter().map(|version| format!("urn:blake3:{version}")).collect()
}

fn address(feed: &FeedView, of: &Publication<'_>) -> String {
    format!("{}/v1/feeds/{}", of.base, feed.measure.id)
}

fn member_id(feed: &FeedView) -> String {
    format!("urn:commons:feed:{}", feed.digest)
}

fn publisher_id(feed: &FeedView) -> String {
    format!("urn:commons:{}", feed.commons)
}
