//! What leaves can be read again.

use crate::samples::{all, continuous, proportion, rate, reports, today};
use commons_node::feeds::fhir;
use commons_node::figures::Number;
use commons_node::figures::fhir::read;
use commons_node::view::{FeedRow, FeedView, NumberView};

/// Period, stratum and the three numbers.
type Cell = (String, Option<(String, String)>, Number, Option<Number>, Option<Number>);

fn number(number: &NumberView) -> Number {
    match number {
        NumberView::Known { number } => Number::Known(*number),
        NumberView::Masked { .. } | NumberView::Withheld => Number::Masked,
    }
}

/// FHIR's codes have no double spaces.
fn code(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cell(row: &FeedRow) -> Cell {
    let stratum = row.stratifier.as_deref().map(code).zip(row.stratum.as_deref().map(code));
    let optional = |view: &Option<NumberView>| view.as_ref().map(number);
    (row.period.clone(), stratum, number(&row.numerator), optional(&row.denominator), optional(&row.excluded))
}

/// The feed of one organisation.
fn only(feed: &FeedView, organisation: &str) -> FeedView {
    let mut feed = feed.clone();
    feed.rows.retain(|row| row.organisation.as_deref() == Some(organisation));
    feed
}

#[test]
fn what_one_organisation_said_reads_back() {
    for (name, feed) in all() {
        for organisation in ["a", "b", "c"] {
            let feed = only(&feed, organisation);
            if feed.rows.is_empty() {
                continue;
            }
            let expected: Vec<Cell> = feed.rows.iter().map(cell).collect();
            let bundle = fhir::bundle(&feed, today()).to_string();
            for text in [fhir::ndjson(&feed, today()), bundle] {
                let reading = read(text.as_bytes(), organisation).expect("our own export");
                let unusual: Vec<_> =
                    reading.remarks.iter().filter(|remark| remark.code != "ignored-resource").collect();
                // The one without a total says so.
                let told = if organisation == "c" { vec!["no-count"] } else { Vec::new() };
                assert_eq!(
                    unusual.iter().map(|one| one.code.as_str()).collect::<Vec<_>>(),
                    told,
                    "{name}: {unusual:?}"
                );
                assert!(reading.remarks.iter().all(|remark| !remark.refused), "{name}");
                let found = reading.figures.into_iter().map(|one| {
                    assert_eq!(one.measure.as_deref(), Some(feed.measure.id.as_str()), "{name}");
                    (one.period.to_string(), one.stratum, one.numerator, one.denominator, one.excluded)
                });
                assert_eq!(found.collect::<Vec<_>>(), expected, "{name} of {organisation}");
            }
        }
    }
}

#[test]
fn totals_of_the_network_are_nobodys_own_figures() {
    for (name, mut feed) in all() {
        feed.rows.retain(|row| row.organisation.is_none());
        let text = fhir::ndjson(&feed, today());
        if text.is_empty() {
            continue;
        }
        let reading = read(text.as_bytes(), "a").expect("our own export");
        assert_eq!(reading.figures, [], "{name}");
        assert!(reading.remarks.iter().all(|one| one.refused && one.code == "network-total"), "{name}");
    }
}

#[test]
fn others_reports_are_nobodys_own_figures() {
    let feed = all().into_iter().next().expect("a sample").1;
    let reading = read(fhir::ndjson(&only(&feed, "b"), today()).as_bytes(), "a").expect("our own export");
    assert_eq!(reading.figures, []);
    let codes: Vec<_> = reading.remarks.iter().map(|one| (one.code.as_str(), one.refused)).collect();
    assert_eq!(codes, [("other-organisation", true)]);
}

#[test]
fn a_plain_quotient_has_no_unit_but_that_of_a_measurement() {
    let score = |mut feed: FeedView, unit: &str| {
        feed.measure.unit = Some(unit.to_owned());
        let feed = only(&feed, "a");
        let text = fhir::ndjson(&feed, today());
        let reading = read(text.as_bytes(), "a").expect("our own export");
        assert!(reading.remarks.iter().all(|one| one.code != "score-differs"), "{:?}", reading.remarks);
        reports(&feed)[0]["group"][0]["measureScore"].clone()
    };
    let unit = |score: serde_json::Value| score.get("unit").and_then(|unit| unit.as_str()).map(str::to_owned);
    // The score is 0.62, not 0.62 %.
    assert_eq!(unit(score(proportion(), "%")), None);
    assert_eq!(unit(score(rate(), "per 1,000 days")), None);
    assert_eq!(unit(score(continuous(), "days")).as_deref(), Some("days"));
    let mut hundreds = continuous();
    hundreds.measure.per = 100;
    assert_eq!(unit(score(hundreds, "days")), None, "the unit is that of what is shown");
}
