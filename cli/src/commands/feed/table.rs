//! How figures are told to people: a masked number is the interval in which it
//! lies, a withheld one is named so.

use crate::output::table::Table;
use crate::output::text::safe_line;
use crate::view::{FeedRow, FeedView, MeasureView, NumberView, RatioView};

/// Columns that tell least, left out first where a table is too wide.
const DISPENSABLE: [Column; 3] = [Column::Masked, Column::Organisations, Column::Excluded];

/// Decimals of the smallest value.
const MOST_DECIMALS: usize = 9;

/// A number in words.
pub fn number(number: &NumberView) -> String {
    match number {
        NumberView::Known { number } => number.to_string(),
        NumberView::Masked { low: 0, high: None } => "masked".to_owned(),
        NumberView::Masked { low, high: None } => format!("{low} or more"),
        NumberView::Masked { low, high: Some(high) } => format!("{low} to {high}"),
        NumberView::Withheld => "withheld".to_owned(),
    }
}

/// A column of a feed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Period,
    Organisation,
    Stratum,
    Numerator,
    Denominator,
    Value,
    Excluded,
    Organisations,
    Masked,
}

/// The rows of a feed as a table that is `width` letters wide, if that can be.
pub fn table(feed: &FeedView, rows: &[&FeedRow], width: usize) -> String {
    let mut columns = columns(rows);
    loop {
        let text = rendered(feed, rows, &columns);
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        let least = DISPENSABLE.into_iter().find(|column| columns.contains(column));
        match least {
            Some(least) if widest > width => columns.retain(|column| *column != least),
            _ => return text,
        }
    }
}

/// The columns that say something in these rows.
fn columns(rows: &[&FeedRow]) -> Vec<Column> {
    let has = |is: fn(&FeedRow) -> bool| rows.iter().any(|row| is(row));
    let is_network = has(|row| row.organisation.is_none());
    let all = [
        (Column::Period, true),
        (Column::Organisation, has(|row| row.organisation.is_some()) && is_network),
        (Column::Stratum, has(|row| row.stratum.is_some())),
        (Column::Numerator, true),
        (Column::Denominator, has(|row| row.denominator.is_some())),
        (Column::Value, has(|row| row.denominator.is_some())),
        (Column::Excluded, has(|row| row.excluded.is_some())),
        (Column::Organisations, is_network),
        (Column::Masked, is_network && has(|row| row.masked > 0)),
    ];
    all.into_iter().filter(|(_, is_wanted)| *is_wanted).map(|(column, _)| column).collect()
}

fn rendered(feed: &FeedView, rows: &[&FeedRow], columns: &[Column]) -> String {
    let headings: Vec<String> = columns.iter().map(|column| heading(&feed.measure, *column)).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let mut table = Table::new(&headings);
    for row in rows {
        let cells: Vec<String> = columns.iter().map(|column| cell(feed, row, *column)).collect();
        table.row(&cells);
    }
    table.render("")
}

fn heading(measure: &MeasureView, column: Column) -> String {
    match column {
        Column::Period => "period",
        Column::Organisation => "organisation",
        Column::Stratum => "stratum",
        Column::Numerator if measure.kind == "count" => "count",
        Column::Numerator if measure.kind == "continuous" => "sum",
        Column::Numerator => "numerator",
        Column::Denominator => "denominator",
        Column::Value => return unit(measure),
        Column::Excluded => "excluded",
        Column::Organisations => "organisations",
        Column::Masked => "masking",
    }
    .to_owned()
}

/// What values are in.
pub fn unit(measure: &MeasureView) -> String {
    match (&measure.unit, measure.kind.as_str(), measure.per) {
        (Some(unit), ..) => safe_line(unit),
        (None, "proportion", 100) => "%".to_owned(),
        (None, _, 1) => "value".to_owned(),
        (None, _, per) => format!("per {per}"),
    }
}

fn cell(feed: &FeedView, row: &FeedRow, column: Column) -> String {
    match column {
        Column::Period => row.period.clone(),
        Column::Organisation => whose(feed, row).to_owned(),
        Column::Stratum => stratum(&feed.measure, row),
        Column::Numerator => number(&row.numerator),
        Column::Denominator => row.denominator.as_ref().map(number).unwrap_or_default(),
        Column::Value => value(row),
        Column::Excluded => row.excluded.as_ref().map_or_else(|| "not told".to_owned(), number),
        Column::Organisations => row.organisations.to_string(),
        Column::Masked => row.masked.to_string(),
    }
}

/// Whose row it is.
pub fn whose<'a>(feed: &'a FeedView, row: &'a FeedRow) -> &'a str {
    let Some(id) = &row.organisation else { return "network" };
    feed.organisations.iter().find(|one| one.id == *id).map_or(id.as_str(), |one| &one.name)
}

/// What people call the stratum of a row.
fn stratum(measure: &MeasureView, row: &FeedRow) -> String {
    let (Some(stratifier), Some(stratum)) = (&row.stratifier, &row.stratum) else {
        return "all".to_owned();
    };
    let of = measure.stratifiers.iter().find(|one| one.code == *stratifier);
    let label = of.and_then(|one| one.strata.iter().find(|(code, _)| code == stratum));
    match label.filter(|(code, label)| code != label) {
        Some((code, label)) => format!("{stratifier}:{code} {label}"),
        None => format!("{stratifier}:{stratum}"),
    }
}

/// What a row comes to.
fn value(row: &FeedRow) -> String {
    match (&row.value, is_withheld(row)) {
        (_, true) => "withheld".to_owned(),
        (None, false) => "none".to_owned(),
        (Some(RatioView { low, high: None }), _) if *low <= 0.0 => "masked".to_owned(),
        (Some(RatioView { low, high: None }), _) => format!("{} or more", decimal(*low)),
        (Some(RatioView { low, high: Some(high) }), _) if low >= high => decimal(*low),
        (Some(RatioView { low, high: Some(high) }), _) => format!("{} to {}", decimal(*low), decimal(*high)),
    }
}

/// A number with one decimal; a small one with two digits, since it is not
/// zero.
fn decimal(number: f64) -> String {
    let mut decimals = 1;
    let mut scaled = number.abs() * 10.0;
    while scaled > 0.0 && scaled < 9.5 && decimals < MOST_DECIMALS {
        (scaled, decimals) = (scaled * 10.0, decimals + 1);
    }
    format!("{number:.decimals$}")
}

/// Whether what a row comes to is withheld.
pub fn is_withheld(row: &FeedRow) -> bool {
    [Some(&row.numerator), row.denominator.as_ref()].contains(&Some(&NumberView::Withheld))
}

/// Why totals are withheld, by reason with the periods.
pub fn withheld(rows: &[&FeedRow]) -> String {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for row in rows {
        let Some(reason) = &row.withheld else { continue };
        let at = reasons.iter().position(|(one, _)| one == reason).unwrap_or_else(|| {
            reasons.push((reason, Vec::new()));
            reasons.len() - 1
        });
        let periods = &mut reasons[at].1;
        if periods.last() != Some(&row.period.as_str()) {
            periods.push(&row.period);
        }
    }
    let line =
        |(reason, periods): (&str, Vec<&str>)| format!("Withheld ({}): {reason}.\n", some(&periods, 6));
    reasons.into_iter().map(line).collect()
}

/// The first few of many, in one line.
pub fn some<S: AsRef<str>>(items: &[S], most: usize) -> String {
    let shown: Vec<&str> = items.iter().take(most).map(AsRef::as_ref).collect();
    match items.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{decimal, number, some, table, withheld};
    use crate::view::{FeedRow, FeedView};
    use serde_json::{Value, json};

    fn feed(rows: &Value) -> FeedView {
        let measure = json!({"id": "d0", "title": "Visits", "kind": "proportion", "calendar": "month",
            "population": "p", "numerator": "n", "denominator": "d", "direction": "increase", "per": 100,
            "unit": null, "target": 80.0, "threshold": 10, "extremes_are_sensitive": false,
            "stratifiers": [{"code": "age", "strata": [["0-4", "Under five"]]}],
            "release": "e1", "version": "ab", "released": "2026-01-01"});
        let organisations = json!([{"id": "0a", "name": "Lakes"}]);
        let feed = json!({"commons": "c1", "measure": measure, "digest": "00",
            "organisations": organisations, "rows": rows});
        serde_json::from_value(feed).unwrap()
    }

    fn row(organisation: Option<&str>, numerator: &Value) -> Value {
        json!({"period": "2026-01", "first": "2026-01-01", "last": "2026-01-31", "organisation": organisation,
            "stratifier": null, "stratum": null, "numerator": numerator,
            "denominator": {"status": "known", "number": 90}, "excluded": null,
            "value": {"low": 13.333, "high": 63.333}, "organisations": 3, "masked": 1, "withheld": null})
    }

    #[test]
    fn masked_numbers_are_intervals_and_never_a_stand_in() {
        let of = |value: Value| number(&serde_json::from_value(value).unwrap());
        assert_eq!(of(json!({"status": "masked", "low": 12, "high": 57})), "12 to 57");
        assert_eq!(of(json!({"status": "masked", "low": 12, "high": null})), "12 or more");
        assert_eq!(of(json!({"status": "masked", "low": 0, "high": null})), "masked");
        assert_eq!(of(json!({"status": "withheld"})), "withheld");
        assert_eq!(of(json!({"status": "known", "number": 0})), "0");
    }

    #[test]
    fn small_values_are_not_told_as_zero() {
        for (number, expected) in [
            (0.0, "0.0"),
            (13.333, "13.3"),
            (1.0, "1.0"),
            (0.96, "1.0"),
            (0.5, "0.50"),
            (0.0015, "0.0015"),
            (1e-20, "0.000000000"),
        ] {
            assert_eq!(decimal(number), expected);
        }
    }

    #[test]
    fn a_table_leaves_the_least_telling_columns_out_where_it_is_narrow() {
        let masked = json!({"status": "masked", "low": 12, "high": 57});
        let feed =
            feed(&json!([row(None, &masked), row(Some("0a"), &json!({"status": "known", "number": 30}))]));
        let rows: Vec<&FeedRow> = feed.rows.iter().collect();
        let wide = table(&feed, &rows, 100);
        assert_eq!(
            wide,
            "period   organisation  numerator  denominator  %             organisations  masking\n\
             2026-01  network       12 to 57   90           13.3 to 63.3  3              1\n\
             2026-01  Lakes         30         90           13.3 to 63.3  3              1\n"
        );
        let narrow = table(&feed, &rows, 60);
        assert!(narrow.lines().all(|line| line.chars().count() <= 60), "{narrow}");
        assert!(narrow.contains("12 to 57") && !narrow.contains("masking"), "{narrow}");
    }

    #[test]
    fn reasons_are_told_once_with_the_periods() {
        let mut one = row(None, &json!({"status": "withheld"}));
        one["withheld"] = json!("too few");
        let mut other = one.clone();
        other["period"] = json!("2026-02");
        let feed = feed(&json!([one, other]));
        let rows: Vec<&FeedRow> = feed.rows.iter().collect();
        assert_eq!(withheld(&rows), "Withheld (2026-01, 2026-02): too few.\n");
        assert!(table(&feed, &rows, 80).contains("2026-02  withheld   90           withheld"));
        assert_eq!(some(&["a", "b", "c"], 2), "a, b and 1 more");
    }
}
