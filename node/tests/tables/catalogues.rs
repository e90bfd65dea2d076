//! What catalogues of data and feed readers get.

use super::samples::{HOSTILE, feed, items, publication};
use commons_node::feeds::atom::{MAX_ITEMS, atom};
use commons_node::feeds::dcat::describe;
use commons_protocol::time::Timestamp;
use serde_json::Value;

/// The node of a type in the graph.
fn node(description: &Value, kind: &str) -> Value {
    let graph = description["@graph"].as_array().unwrap();
    graph.iter().find(|node| node["@type"] == kind).unwrap_or_else(|| panic!("a {kind}")).clone()
}

#[test]
fn a_feed_is_a_series_and_what_it_holds_now_is_a_member() {
    let feed = feed();
    let description = describe(&feed, &publication());
    let (series, member) = (node(&description, "dcat:DatasetSeries"), node(&description, "dcat:Dataset"));
    let publisher = node(&description, "foaf:Organization");
    assert_eq!(series["last"], member["@id"]);
    assert_eq!(member["inSeries"], series["@id"]);
    assert_eq!(member["version"], feed.digest.as_str());
    assert_eq!(series["issued"], "2026-01-15");
    assert!(series.get("distribution").is_none(), "a series has members, and they have distributions");
    for one in [&series, &member] {
        assert_eq!(one["publisher"], publisher["@id"]);
        assert_eq!(one["license"], "https://creativecommons.org/licenses/by/4.0/");
        assert_eq!(one["accrualPeriodicity"], "http://purl.org/cld/freq/monthly");
        assert_eq!(one["conformsTo"][0], format!("urn:blake3:{}", "9e".repeat(32)));
        assert_eq!(one["temporal"]["startDate"], "2026-01-01");
        assert_eq!(one["temporal"]["endDate"], "2026-01-31");
        assert!(one["description"].as_str().unwrap().contains("from 1 to 10 are masked"));
    }
    let distributions = member["distribution"].as_array().unwrap();
    let formats = ["csv", "parquet", "ndjson", "fhir"];
    assert_eq!(distributions.len(), formats.len());
    for (distribution, format) in distributions.iter().zip(formats) {
        let address = format!("https://node.example/v1/feeds/{}/export?format={format}", feed.measure.id);
        assert_eq!(distribution["downloadURL"], address);
        let has = |name: &str| distribution.get(name).is_some();
        assert!(has("mediaType") != has("format"), "{distribution}");
    }
}

#[test]
fn an_empty_feed_says_no_time() {
    let mut feed = feed();
    feed.rows.clear();
    feed.measure.calendar = "quarter".to_owned();
    feed.measure.version = None;
    feed.measure.released = None;
    let series = node(&describe(&feed, &publication()), "dcat:DatasetSeries");
    assert_eq!((series.get("temporal"), series.get("issued")), (None, None));
    assert_eq!(series["temporalResolution"], "P3M");
    assert_eq!(series["conformsTo"].as_array().map(Vec::len), Some(0));
}

/// Where readers fetch the releases.
const ADDRESS: &str = "https://node.example/v1/atom/releases";

#[test]
fn releases_are_an_atom_feed() {
    let feed = atom("c0", ADDRESS, &items());
    assert_eq!(feed, include_str!("releases.atom"));
    assert!(!feed.contains("<script") && !feed.contains(HOSTILE) && !feed.contains('\u{8}'));
}

#[test]
fn an_item_keeps_its_id_and_the_feed_its_bound() {
    let mut many: Vec<_> = items();
    let first = many[0].clone();
    for number in 0..500 {
        let mut item = first.clone();
        (item.id, item.released) = (format!("{number:064x}"), Timestamp(number));
        many.push(item);
    }
    let long = atom("c0", ADDRESS, &many);
    assert_eq!(long.matches("<entry>").count(), MAX_ITEMS);
    many.reverse();
    assert_eq!(atom("c0", ADDRESS, &many), long, "the order of the items makes no difference");
    many.retain(|item| *item == first);
    let short = atom("c0", ADDRESS, &many);
    let entry = |feed: &str| {
        let at = feed.find(&format!("urn:commons:release:{}", first.id)).unwrap();
        feed[at..].split("</entry>").next().unwrap().to_owned()
    };
    assert_eq!(entry(&short), entry(&long));
    assert!(atom("c0", "", &[]).contains("<updated>1970-01-01T00:00:00Z</updated>"));
}
