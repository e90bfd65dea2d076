//! Feeds to export, and the files that validators outside read.

use commons_node::feeds::fhir;
use commons_node::view::{
    ContributorView, FeedRow, FeedView, MeasureView, NumberView, RatioView, StratifierView,
};
use commons_protocol::date::Date;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

pub fn today() -> Date {
    "2026-11-22".parse().expect("a date")
}

pub fn known(number: u64) -> NumberView {
    NumberView::Known { number }
}

pub fn masked(low: u64, high: Option<u64>) -> NumberView {
    NumberView::Masked { low, high }
}

/// A number, a stratifier with a stratum, and what stands in the cell.
type Cell = (Option<(&'static str, &'static str)>, [Option<NumberView>; 3]);

fn row(organisation: Option<&str>, (stratum, [numerator, denominator, excluded]): Cell, per: u32) -> FeedRow {
    let numerator = numerator.expect("a numerator");
    let bounds = |number: &NumberView| match number {
        NumberView::Known { number } => Some((*number, Some(*number))),
        NumberView::Masked { low, high } => Some((*low, *high)),
        NumberView::Withheld => None,
    };
    let value = denominator.as_ref().and_then(|denominator| {
        let ((low, high), (least, most)) = (bounds(&numerator)?, bounds(denominator)?);
        let share = |part: u64, whole: u64| part as f64 / whole as f64 * f64::from(per);
        most.filter(|most| *most > 0).map(|most| RatioView {
            low: share(low, most),
            high: high.filter(|_| least > 0).map(|high| share(high, least)),
        })
    });
    let is_withheld = numerator == NumberView::Withheld;
    FeedRow {
        period: "2026-03".to_owned(),
        first: "2026-03-01".to_owned(),
        last: "2026-03-31".to_owned(),
        organisation: organisation.map(str::to_owned),
        stratifier: stratum.map(|(stratifier, _)| stratifier.to_owned()),
        stratum: stratum.map(|(_, stratum)| stratum.to_owned()),
        numerator,
        denominator,
        excluded,
        value,
        organisations: if organisation.is_some() { 1 } else { 2 },
        masked: 0,
        withheld: is_withheld.then(|| "only two organisations contribute".to_owned()),
    }
}

fn measure(kind: &str, per: u32) -> MeasureView {
    let strata =
        |codes: &[&str]| codes.iter().map(|code| ((*code).to_owned(), format!("{code} years"))).collect();
    MeasureView {
        id: "ab".repeat(32),
        title: "Remission".to_owned(),
        kind: kind.to_owned(),
        calendar: "month".to_owned(),
        population: "Everybody with Crohn's disease".to_owned(),
        numerator: "Those in remission".to_owned(),
        denominator: "Those seen".to_owned(),
        direction: Some("increase".to_owned()),
        per,
        unit: None,
        target: Some(82.0),
        threshold: 10,
        extremes_are_sensitive: false,
        stratifiers: vec![
            StratifierView { code: "age".to_owned(), strata: strata(&["0-4", "5-17"]) },
            StratifierView { code: "sex".to_owned(), strata: strata(&["f", "m"]) },
        ],
        release: Some("cd".repeat(32)),
        version: Some("ef".repeat(32)),
        released: Some("2026-02-01".to_owned()),
    }
}

fn feed(measure: MeasureView, rows: Vec<FeedRow>) -> FeedView {
    let organisation = |id: &str, name: &str| ContributorView { id: id.to_owned(), name: name.to_owned() };
    FeedView {
        commons: "12".repeat(32),
        measure,
        digest: "34".repeat(32),
        organisations: vec![organisation("a", "Riverside"), organisation("b", "Hillside")],
        rows,
    }
}

/// A row of three known numbers at most.
fn cell(stratum: Option<(&'static str, &'static str)>, numbers: [Option<u64>; 3]) -> Cell {
    (stratum, numbers.map(|number| number.map(known)))
}

/// Strata, masks of every sort, and a total that is withheld.
pub fn proportion() -> FeedView {
    let age = |stratum| Some(("age", stratum));
    let rows = vec![
        row(None, (None, [Some(NumberView::Withheld), Some(NumberView::Withheld), None]), 100),
        row(Some("a"), cell(None, [Some(243), Some(392), Some(28)]), 100),
        row(Some("a"), cell(age("0-4"), [Some(43), Some(92), Some(8)]), 100),
        row(Some("a"), cell(age("5-17"), [Some(200), Some(300), Some(20)]), 100),
        row(Some("a"), cell(Some(("sex", "f")), [Some(243), Some(392), Some(28)]), 100),
        row(Some("a"), cell(Some(("sex", "m")), [Some(0), Some(0), Some(0)]), 100),
        row(Some("b"), (None, [Some(masked(1, Some(10))), Some(known(200)), Some(masked(1, Some(10)))]), 100),
        row(Some("b"), (age("0-4"), [Some(masked(0, None)), Some(masked(0, None)), Some(known(40))]), 100),
        row(
            Some("b"),
            (age("5-17"), [Some(known(0)), Some(masked(1, Some(10))), Some(masked(0, Some(9)))]),
            100,
        ),
    ];
    feed(measure("proportion", 100), rows)
}

/// Events per exposure, with a total of the network.
pub fn rate() -> FeedView {
    let mut view = measure("rate", 1_000);
    view.direction = None;
    let rows = vec![
        row(None, (None, [Some(masked(31, Some(40))), Some(known(5_000_000_000)), None]), 1_000),
        row(Some("a"), cell(None, [Some(30), Some(4_999_999_000), None]), 1_000),
        row(Some("b"), (None, [Some(masked(1, Some(10))), Some(known(1_000)), None]), 1_000),
    ];
    feed(view, rows)
}

/// A count without denominator.
pub fn count() -> FeedView {
    let rows = vec![
        row(None, cell(None, [Some(444), None, Some(12)]), 1),
        row(Some("a"), cell(None, [Some(44), None, Some(12)]), 1),
        row(Some("b"), (None, [Some(masked(1, Some(10))), None, Some(masked(1, Some(10)))]), 1),
    ];
    feed(measure("count", 1), rows)
}

/// The sum of a measurement, and words that need care.
pub fn continuous() -> FeedView {
    let mut view = measure("continuous", 1);
    view.unit = Some("days".to_owned());
    view.title = "Länge des \"Aufenthalts\"\u{0} <b>مدة</b>\n|\u{1b}[1m".to_owned();
    view.denominator = String::new();
    view.stratifiers =
        vec![StratifierView { code: "a  b".to_owned(), strata: vec![("x|y".to_owned(), " ".to_owned())] }];
    view.version = None;
    view.release = None;
    view.released = None;
    view.direction = Some("decrease".to_owned());
    let rows = vec![
        row(Some("a"), cell(None, [Some(3_000_000_000), Some(800), Some(11)]), 1),
        row(Some("a"), cell(Some(("a  b", "x|y")), [Some(3_000_000_000), Some(800), Some(11)]), 1),
        // Strata without a total.
        row(Some("c"), cell(Some(("a  b", "x|y")), [Some(7_000), Some(1_000), None]), 1),
    ];
    feed(view, rows)
}

pub fn all() -> [(&'static str, FeedView); 4] {
    [("proportion", proportion()), ("rate", rate()), ("count", count()), ("continuous", continuous())]
}

/// Writes all samples as NDJSON to the folder that `COMMONS_FHIR_SAMPLES`
/// names, for validators outside.
#[test]
#[ignore = "writes files for .ci/fhir-checks"]
fn write_samples() {
    let folder = std::env::var_os("COMMONS_FHIR_SAMPLES").expect("COMMONS_FHIR_SAMPLES names a folder");
    let write = |name: String, text: String| fs::write(Path::new(&folder).join(name), text).expect("a file");
    for (name, feed) in all() {
        write(format!("{name}.ndjson"), fhir::ndjson(&feed, today()));
        write(format!("{name}-measure.ndjson"), format!("{}\n", fhir::measure(&feed)));
        write(format!("{name}-bundle.ndjson"), format!("{}\n", fhir::bundle(&feed, today())));
    }
}

/// The reports of a feed.
pub fn reports(feed: &FeedView) -> Vec<Value> {
    let text = fhir::ndjson(feed, today());
    text.lines().map(|line| serde_json::from_str(line).expect("a report")).collect()
}

/// The first report of a feed about an organisation.
pub fn report_of(feed: &FeedView, organisation: &str) -> Value {
    let is_of = |report: &Value| report["reporter"]["identifier"]["value"] == json!(organisation);
    reports(feed).into_iter().find(is_of).expect("a report")
}
