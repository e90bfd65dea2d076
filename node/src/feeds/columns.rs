//! A feed as a table: one list of columns that CSV, NDJSON and Parquet follow.
//! Their names, their order and what they mean are stable; a change gets a new
//! [`SCHEMA`].

use crate::view::{FeedRow, FeedView, NumberView};
use std::collections::BTreeMap;

/// Number of this list of columns.
pub const SCHEMA: &str = "1";

/// How many columns there are.
pub const WIDTH: usize = 21;

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What its cells hold.
    pub kind: Kind,
    /// Whether no cell of it is empty.
    pub is_required: bool,
    /// What it means, and what an empty cell means.
    pub meaning: &'static str,
}

/// What cells hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A calendar date.
    Date,
    /// A whole number that is not negative.
    Integer,
    /// A number.
    Decimal,
}

/// A cell; none where it is empty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Text, or a date.
    Text(Option<&'a str>),
    /// A whole number.
    Integer(Option<u64>),
    /// A number.
    Decimal(Option<f64>),
}

const fn column(name: &'static str, kind: Kind, is_required: bool, meaning: &'static str) -> Column {
    Column { name, kind, is_required, meaning }
}

/// The columns, in their order.
pub const COLUMNS: [Column; WIDTH] = [
    column("period", Kind::Text, true, "The period: a month such as 2026-03 or a quarter such as 2026-Q1."),
    column("first", Kind::Date, true, "Its first day."),
    column("last", Kind::Date, true, "Its last day."),
    column("organisation", Kind::Text, false, "Id of the organisation; empty for the network's total."),
    column("organisation_name", Kind::Text, false, "Its name in the charter; empty for the network's total."),
    column("stratifier", Kind::Text, false, "Code of the stratifier; empty for all together."),
    column("stratum", Kind::Text, false, "Code of the stratum; empty for all together."),
    column("numerator_status", Kind::Text, true, NUMERATOR_STATUS),
    column("numerator_low", Kind::Integer, false, LOW),
    column("numerator_high", Kind::Integer, false, HIGH),
    column("denominator_status", Kind::Text, false, OPTIONAL_STATUS),
    column("denominator_low", Kind::Integer, false, LOW),
    column("denominator_high", Kind::Integer, false, HIGH),
    column("excluded_status", Kind::Text, false, OPTIONAL_STATUS),
    column("excluded_low", Kind::Integer, false, LOW),
    column("excluded_high", Kind::Integer, false, HIGH),
    column("value_low", Kind::Decimal, false, VALUE_LOW),
    column("value_high", Kind::Decimal, false, VALUE_HIGH),
    column(
        "organisations",
        Kind::Integer,
        true,
        "How many organisations contribute; 1 for an organisation's own.",
    ),
    column("masked", Kind::Integer, true, "How many of them masked something in this row."),
    column("withheld", Kind::Text, false, "Why the total is withheld, in words; empty if it is not."),
];

const NUMERATOR_STATUS: &str = "known, masked or withheld.";
const OPTIONAL_STATUS: &str = "known, masked or withheld; empty if there is no such number.";
const LOW: &str = "The least that it can be: the number itself if it is known; empty if it is withheld.";
const HIGH: &str = "The most that it can be: the number itself if it is known; empty if it is withheld, or masked \
                    and nothing bounds it.";
const VALUE_LOW: &str = "Numerator by denominator, times what the measure multiplies by: the least that it can be; \
                         empty where nothing can be said.";
const VALUE_HIGH: &str =
    "The same: the most that it can be; empty where nothing can be said or nothing bounds it.";

/// Names of organisations by id.
pub struct Names<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Names<'a> {
    /// Those of a feed.
    pub fn of(feed: &'a FeedView) -> Self {
        Self(feed.organisations.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect())
    }
}

/// The cells of a row, in the order of [`COLUMNS`].
pub fn cells<'a>(row: &'a FeedRow, names: &Names<'a>) -> [Cell<'a>; WIDTH] {
    let organisation = row.organisation.as_deref();
    let name = organisation.and_then(|id| names.0.get(id).copied());
    let [numerator, numerator_low, numerator_high] = number(Some(&row.numerator));
    let [denominator, denominator_low, denominator_high] = number(row.denominator.as_ref());
    let [excluded, excluded_low, excluded_high] = number(row.excluded.as_ref());
    let value = row.value.as_ref();
    let finite = |number: f64| number.is_finite().then_some(number);
    [
        Cell::Text(Some(&row.period)),
        Cell::Text(Some(&row.first)),
        Cell::Text(Some(&row.last)),
        Cell::Text(organisation),
        Cell::Text(name),
        Cell::Text(row.stratifier.as_deref()),
        Cell::Text(row.stratum.as_deref()),
        numerator,
        numerator_low,
        numerator_high,
        denominator,
        denominator_low,
        denominator_high,
        excluded,
        excluded_low,
        excluded_high,
        Cell::Decimal(value.and_then(|value| finite(value.low))),
        Cell::Decimal(value.and_then(|value| finite(value.high?))),
        Cell::Integer(Some(row.organisations.into())),
        Cell::Integer(Some(row.masked.into())),
        Cell::Text(row.withheld.as_deref()),
    ]
}

/// Status and both ends of a number.
fn number(number: Option<&NumberView>) -> [Cell<'static>; 3] {
    let (status, low, high) = match number {
        None => (None, None, None),
        Some(NumberView::Known { number }) => (Some("known"), Some(*number), Some(*number)),
        Some(NumberView::Masked { low, high }) => (Some("masked"), Some(*low), *high),
        Some(NumberView::Withheld) => (Some("withheld"), None, None),
    };
    [Cell::Text(status), Cell::Integer(low), Cell::Integer(high)]
}
