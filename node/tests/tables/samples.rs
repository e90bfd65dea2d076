//! Feeds to write, and the samples for tools outside.

use commons_node::feeds::atom::{AtomItem, atom};
use commons_node::feeds::dcat::{Publication, describe};
use commons_node::feeds::{csv, ndjson, parquet};
use commons_node::view::{
    ContributorView, FeedRow, FeedView, MeasureView, NumberView, RatioView, StratifierView,
};
use commons_protocol::time::Timestamp;
use std::path::PathBuf;

/// An organisation whose name is a formula, with what XML and CSV mind.
pub const HOSTILE: &str = "=HYPERLINK(\"http://x\";\"<b>&'\u{8}\u{202e}\")";

pub fn known(number: u64) -> NumberView {
    NumberView::Known { number }
}

pub fn masked(low: u64, high: Option<u64>) -> NumberView {
    NumberView::Masked { low, high }
}

pub fn measure() -> MeasureView {
    let strata = |code: &str, codes: &[&str]| StratifierView {
        code: code.to_owned(),
        strata: codes.iter().map(|code| ((*code).to_owned(), format!("Label of {code}"))).collect(),
    };
    MeasureView {
        id: "5b".repeat(32),
        title: "Clinical remission".to_owned(),
        kind: "proportion".to_owned(),
        calendar: "month".to_owned(),
        population: "people with a visit".to_owned(),
        numerator: "in remission".to_owned(),
        denominator: "with a visit".to_owned(),
        direction: Some("increase".to_owned()),
        per: 100,
        unit: None,
        target: Some(85.0),
        threshold: 10,
        extremes_are_sensitive: false,
        // A code that a spreadsheet would take for a formula.
        stratifiers: vec![strata("age", &["-4", "5-17"]), strata("sex", &["f"])],
        release: Some("1c".repeat(32)),
        version: Some("9e".repeat(32)),
        released: Some("2026-01-15".to_owned()),
    }
}

fn row(organisation: Option<&str>, stratum: Option<(&str, &str)>, numbers: [NumberView; 2]) -> FeedRow {
    let [numerator, denominator] = numbers;
    FeedRow {
        period: "2026-01".to_owned(),
        first: "2026-01-01".to_owned(),
        last: "2026-01-31".to_owned(),
        organisation: organisation.map(str::to_owned),
        stratifier: stratum.map(|(of, _)| of.to_owned()),
        stratum: stratum.map(|(_, code)| code.to_owned()),
        numerator,
        denominator: Some(denominator),
        excluded: None,
        value: None,
        organisations: 1,
        masked: 0,
        withheld: None,
    }
}

/// A small feed with every kind of number.
pub fn feed() -> FeedView {
    let value = |low, high| Some(RatioView { low, high });
    let (one, two) = ("a1".repeat(32), "b2".repeat(32));
    let contributor = |id: &str, name: &str| ContributorView { id: id.to_owned(), name: name.to_owned() };
    let rows = vec![
        FeedRow {
            value: value(80.0, Some(80.0)),
            organisations: 3,
            excluded: Some(known(0)),
            ..row(None, None, [known(120), known(150)])
        },
        FeedRow {
            organisations: 3,
            masked: 2,
            ..row(None, Some(("age", "-4")), [masked(2, None), known(50)])
        },
        FeedRow {
            organisations: 2,
            withheld: Some("fewer than 3 organisations, 2".to_owned()),
            ..row(None, Some(("age", "5-17")), [NumberView::Withheld, NumberView::Withheld])
        },
        FeedRow { value: value(1.0 / 3.0, None), ..row(Some(&one), None, [known(0), known(300)]) },
        FeedRow {
            masked: 1,
            value: value(2.5, Some(25.0)),
            excluded: Some(masked(1, Some(10))),
            ..row(Some(&one), Some(("age", "-4")), [masked(1, Some(10)), known(40)])
        },
        FeedRow { denominator: None, ..row(Some(&two), None, [known(999_999_999_999_999_999), known(0)]) },
    ];
    FeedView {
        commons: "c0".repeat(32),
        measure: measure(),
        digest: "d1".repeat(32),
        organisations: vec![
            contributor(&one, "Riverside, \"Children's\" Hospital"),
            contributor(&two, HOSTILE),
        ],
        rows,
    }
}

/// A feed of many rows: more than one group of a Parquet file.
pub fn large() -> FeedView {
    let mut feed = feed();
    let sample = feed.rows.clone();
    feed.rows = (0..17_000_u64)
        .map(|number| {
            let mut row = sample[usize::try_from(number % 6).unwrap()].clone();
            if let NumberView::Known { number: known } = &mut row.numerator {
                *known = number * 7_919 % 10_007;
            }
            row
        })
        .collect();
    feed
}

pub fn items() -> Vec<AtomItem> {
    let item = |number: u64, title: &str, organisation: &str| AtomItem {
        id: format!("{number:064x}"),
        title: title.to_owned(),
        summary: "A & B < C".to_owned(),
        organisation: organisation.to_owned(),
        kind: "toolkit".to_owned(),
        link: format!("https://node.example/v1/documents/{number:x}?a=1&b=2"),
        released: Timestamp(1_767_225_599_999 + number * 86_400_000),
    };
    vec![item(1, "Older", "Riverside"), item(2, "<script>alert(\"1\")</script>\u{0}\u{fffe}", HOSTILE)]
}

pub fn publication() -> Publication<'static> {
    Publication {
        base: "https://node.example",
        publisher: "Lakes Commons",
        licence: "https://creativecommons.org/licenses/by/4.0/",
    }
}

/// Writes the samples into the folder that `COMMONS_PARQUET_SAMPLES` names,
/// for tools outside to check.
#[test]
#[ignore = "writes files for .ci/feed-checks"]
fn write_samples() {
    let folder = std::env::var_os("COMMONS_PARQUET_SAMPLES").expect("COMMONS_PARQUET_SAMPLES names a folder");
    let folder = PathBuf::from(folder);
    let put = |name: String, bytes: Vec<u8>| std::fs::write(folder.join(name), bytes).unwrap();
    let mut empty = feed();
    empty.rows.clear();
    for (name, feed) in [("feed", feed()), ("large", large()), ("empty", empty)] {
        put(format!("{name}.parquet"), parquet::write(&feed).unwrap());
        put(format!("{name}.csv"), csv::write(&feed).into_bytes());
        put(format!("{name}.ndjson"), ndjson::write(&feed).unwrap().into_bytes());
        let metadata = csv::columns(&feed, &format!("{name}.csv"));
        put(format!("{name}.csv-metadata.json"), serde_json::to_vec_pretty(&metadata).unwrap());
        put(
            format!("{name}.dcat.jsonld"),
            serde_json::to_vec_pretty(&describe(&feed, &publication())).unwrap(),
        );
    }
    put(
        "releases.atom".to_owned(),
        atom(&feed().commons, "https://node.example/v1/atom/releases", &items()).into_bytes(),
    );
    put(
        "nothing.atom".to_owned(),
        atom(&feed().commons, "https://node.example/v1/atom/releases", &[]).into_bytes(),
    );
}
