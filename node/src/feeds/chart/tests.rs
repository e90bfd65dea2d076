use super::{DrawError, Drawing, Freeze, chart, multiples};
use crate::charts::{Chart, Kind, Shown, Size};
use crate::view::{ContributorView, FeedRow, FeedView, MeasureView, NumberView, RatioView, StratifierView};
use commons_protocol::period::Period;

fn measure(kind: &str) -> MeasureView {
    MeasureView {
        id: "d0".to_owned(),
        title: "Visits without a plan".to_owned(),
        kind: kind.to_owned(),
        calendar: "month".to_owned(),
        population: "everybody".to_owned(),
        numerator: "visits without a plan".to_owned(),
        denominator: "visits".to_owned(),
        direction: Some("decrease".to_owned()),
        per: if kind == "proportion" { 100 } else { 1 },
        unit: None,
        target: Some(5.0),
        threshold: 10,
        extremes_are_sensitive: false,
        stratifiers: vec![StratifierView {
            code: "age".to_owned(),
            strata: vec![("0-4".to_owned(), "Under five".to_owned())],
        }],
        release: None,
        version: None,
        released: None,
    }
}

fn known(number: u64) -> NumberView {
    NumberView::Known { number }
}

fn masked(low: u64, high: Option<u64>) -> NumberView {
    NumberView::Masked { low, high }
}

fn row(period: &str, organisation: Option<&str>, numerator: NumberView, denominator: NumberView) -> FeedRow {
    FeedRow {
        period: period.to_owned(),
        first: format!("{period}-01"),
        last: format!("{period}-28"),
        organisation: organisation.map(str::to_owned),
        stratifier: None,
        stratum: None,
        numerator,
        denominator: Some(denominator),
        excluded: None,
        value: None,
        organisations: 1,
        masked: 0,
        withheld: None,
    }
}

fn feed(kind: &str, rows: Vec<FeedRow>) -> FeedView {
    let one = |id: &str, name: &str| ContributorView { id: id.to_owned(), name: name.to_owned() };
    FeedView {
        commons: "c1".to_owned(),
        measure: measure(kind),
        digest: "00".to_owned(),
        organisations: vec![one("0a11", "Lakes"), one("0a22", "Hills"), one("0b33", "Coast")],
        rows,
    }
}

/// Rows of the network in 2026, numerators over one denominator.
fn months(numerators: &[NumberView], denominator: u64) -> Vec<FeedRow> {
    let month = |(number, one): (usize, &NumberView)| {
        row(&format!("2026-{:02}", number + 1), None, one.clone(), known(denominator))
    };
    numerators.iter().enumerate().map(month).collect()
}

fn shown(chart: &Chart) -> Vec<Shown> {
    chart.points().iter().map(|point| point.shown).collect()
}

fn period(text: &str) -> Period {
    text.parse().unwrap()
}

#[test]
fn each_measure_gets_the_chart_that_suits_it() {
    let rows = |denominator| months(&[known(30), known(31), known(29)], denominator);
    for (kind, denominator, usual) in [
        ("proportion", 400, Kind::P),
        ("proportion", 1_999, Kind::P),
        ("proportion", 2_000, Kind::PPrime),
        ("rate", 9_000, Kind::U),
        ("count", 400, Kind::C),
        ("between", 400, Kind::T),
        ("continuous", 400, Kind::I),
    ] {
        let chart = chart(&feed(kind, rows(denominator)), &Drawing::default()).unwrap();
        assert_eq!(chart.kind(), usual, "{kind}");
    }
    let error = chart(&feed("rate", rows(90)), &Drawing { kind: Some(Kind::P), ..Drawing::default() });
    let words = error.unwrap_err().to_string();
    assert_eq!(
        words,
        "a p chart does not suit a rate measure; these do: u chart, u\u{2032} chart, run chart, I chart, MR chart"
    );
}

#[test]
fn masked_values_are_intervals_and_nothing_is_ever_zero_instead() {
    let mut rows = months(&[known(30), masked(1, Some(10)), NumberView::Withheld, known(0)], 100);
    rows[3].denominator = Some(known(0));
    rows.push(row("2026-06", None, masked(1, None), masked(11, None)));
    rows.push(FeedRow {
        value: Some(RatioView { low: 2.0, high: Some(100.000_000_1) }),
        ..row("2026-07", None, masked(1, Some(10)), masked(1, Some(10)))
    });
    let one = chart(&feed("proportion", rows), &Drawing::default()).unwrap();
    assert_eq!(
        shown(&one),
        [
            Shown::Value { value: 0.3 },
            Shown::Masked { low: 0.01, high: Some(0.1) },
            Shown::Withheld,
            Shown::Missing,
            Shown::Missing,
            Shown::Masked { low: 0.0, high: Some(1.0) },
            Shown::Masked { low: 0.02, high: Some(1.0) },
        ]
    );
    let labels: Vec<&str> = one.points().iter().map(|point| point.label.as_str()).collect();
    assert_eq!(labels[4], "2026-05", "a month without a report keeps its place");
    let open = chart(&feed("rate", months(&[known(3), masked(1, None)], 50)), &Drawing::default()).unwrap();
    assert_eq!(shown(&open)[1], Shown::Masked { low: 0.02, high: None });
    let counts =
        chart(&feed("count", months(&[known(3), masked(1, Some(10))], 50)), &Drawing::default()).unwrap();
    assert_eq!(shown(&counts), [Shown::Value { value: 3.0 }, Shown::Masked { low: 1.0, high: Some(10.0) }]);
}

#[test]
fn what_lies_between_events_adds_up_over_periods_without_any() {
    let numerators = [
        known(2),
        known(0),
        known(0),
        known(1),
        masked(1, Some(10)),
        masked(0, Some(10)),
        known(1),
        NumberView::Withheld,
        known(1),
        known(1),
    ];
    let g = Drawing { kind: Some(Kind::G), ..Drawing::default() };
    let chart = chart(&feed("between", months(&numerators, 100)), &g).unwrap();
    assert_eq!(
        shown(&chart),
        [
            // What lies before the first event is not known whole.
            Shown::Missing,
            Shown::Missing,
            Shown::Missing,
            Shown::Value { value: 300.0 },
            Shown::Masked { low: 10.0, high: Some(100.0) },
            Shown::Missing,
            Shown::Masked { low: 100.0, high: Some(200.0) },
            Shown::Withheld,
            Shown::Missing,
            Shown::Value { value: 100.0 },
        ]
    );
}

#[test]
fn an_organisation_and_a_stratum_are_found_and_named() {
    let mut rows = months(&[known(30), known(20)], 100);
    rows.push(row("2026-01", Some("0a11"), known(11), known(40)));
    rows.push(FeedRow {
        stratifier: Some("age".to_owned()),
        stratum: Some("0-4".to_owned()),
        ..row("2026-02", Some("0a11"), known(12), known(30))
    });
    let feed = feed("proportion", rows);
    let of = |name: &str| Drawing { organisation: Some(name.to_owned()), ..Drawing::default() };
    assert_eq!(shown(&chart(&feed, &of("0a11")).unwrap()), [Shown::Value { value: 11.0 / 40.0 }]);
    let age = Some(("age".to_owned(), "0-4".to_owned()));
    let chart_of = chart(&feed, &Drawing { stratum: age, ..of("0a11") }).unwrap();
    assert_eq!(shown(&chart_of), [Shown::Value { value: 0.4 }]);
    let words = chart_of.words().description;
    assert!(words.starts_with("Visits without a plan – Under five – Lakes"), "{words}");
    let unknown = Some(("age".to_owned(), "90-".to_owned()));
    for (drawing, code) in [
        (of("0b33"), "nothing-to-draw"),
        (Drawing { stratum: unknown.clone(), ..Drawing::default() }, "not-found"),
    ] {
        assert_eq!(chart(&feed, &drawing).unwrap_err().code(), code);
    }
    let error = chart(&feed, &Drawing { stratum: unknown, ..Drawing::default() }).unwrap_err();
    assert_eq!(error.to_string(), "the measure has no stratum age:90-; it has age:0-4");
}

#[test]
fn places_are_named_by_period() {
    let feed = feed("proportion", months(&[(); 12].map(|()| known(30)), 100));
    let drawing = Drawing {
        freeze: Some(Freeze::Until(period("2026-03"))),
        phases: vec![period("2026-09"), period("2026-05"), period("2026-05")],
        excluded: vec![period("2026-02")],
        annotations: vec![(period("2026-04"), "New pathway".to_owned())],
        ..Drawing::default()
    };
    let chart_of = chart(&feed, &drawing).unwrap();
    assert_eq!(chart_of.phases().iter().map(|phase| phase.first).collect::<Vec<_>>(), [0, 4, 8]);
    let baseline = |point: usize| chart_of.points()[point].baseline;
    assert!(baseline(2) && !baseline(3));
    assert!(chart_of.points()[1].excluded);
    assert!(chart_of.svg(Size::new(600, 400).unwrap()).contains("New pathway"));
    for wrong in [
        Drawing { freeze: Some(Freeze::Until(period("2025-12"))), ..Drawing::default() },
        Drawing { phases: vec![period("2027-01")], ..Drawing::default() },
        Drawing { excluded: vec![period("2026-Q1")], ..Drawing::default() },
        Drawing { annotations: vec![(period("9999-12"), "x".to_owned())], ..Drawing::default() },
    ] {
        let error = chart(&feed, &wrong).unwrap_err();
        assert!(matches!(error, DrawError::Place { .. }), "{error}");
        assert!(error.to_string().contains("from 2026-01 to 2026-12"), "{error}");
    }
    for freeze in [Freeze::Points(0), Freeze::Points(13), Freeze::Points(usize::MAX)] {
        let error = chart(&feed, &Drawing { freeze: Some(freeze), ..Drawing::default() }).unwrap_err();
        assert_eq!(error.code(), "no-chart");
    }
    let first = Drawing { phases: vec![period("2026-01")], ..Drawing::default() };
    assert_eq!(chart(&feed, &first).unwrap_err().code(), "no-chart");
}

#[test]
fn one_period_far_away_spoils_no_chart() {
    let mut rows = months(&[known(30), known(20)], 100);
    rows.push(row("9999-12", None, known(20), known(100)));
    rows.push(row("nonsense", None, known(20), known(100)));
    let chart = chart(&feed("proportion", rows), &Drawing::default()).unwrap();
    assert_eq!(chart.points().len(), 3);
}

#[test]
fn small_charts_share_their_periods_and_their_kind() {
    let mut rows = months(&[known(30), known(20), known(25)], 5_000);
    rows.push(row("2026-01", Some("0a11"), known(11), known(40)));
    rows.push(row("2026-03", Some("0a22"), masked(1, Some(10)), known(40)));
    let multiples = multiples(&feed("proportion", rows), &Drawing::default()).unwrap();
    let signals = multiples.signals();
    assert_eq!(signals.len(), 2, "who reported nothing has no chart: {signals:?}");
    assert!(signals[0].starts_with("Hills: ") && signals[1].starts_with("Lakes: "), "{signals:?}");
    let svg = multiples.svg(700).unwrap();
    assert!(svg.contains("Visits without a plan – each organisation"), "{svg}");
    let nothing = super::multiples(&feed("proportion", Vec::new()), &Drawing::default());
    assert_eq!(nothing.unwrap_err().code(), "nothing-to-draw");
}
