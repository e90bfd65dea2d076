//! Figures and feeds as tables: CSV, NDJSON, Parquet, and what catalogues and
//! feed readers get.
#![allow(clippy::unwrap_used)]

#[path = "tables/attendances.rs"]
mod attendances;
#[path = "tables/catalogues.rs"]
mod catalogues;
#[path = "tables/csv_in.rs"]
mod csv_in;
#[path = "tables/documented.rs"]
mod documented;
#[path = "tables/hostile.rs"]
mod hostile;
#[path = "tables/ndjson_in.rs"]
mod ndjson_in;
#[path = "tables/out.rs"]
mod out;
#[path = "tables/samples.rs"]
mod samples;
#[path = "tables/wide.rs"]
mod wide;

use commons_node::figures::{Columns, Figure, Number, Reading, Unreadable, csv, ndjson};

/// A file whose columns are named as documented.
fn read_csv(bytes: &[u8]) -> Result<Reading, Unreadable> {
    csv::read(bytes, &Columns::default())
}

/// A file whose names are as documented.
fn read_ndjson(bytes: &[u8]) -> Result<Reading, Unreadable> {
    ndjson::read(bytes, &Columns::default())
}

/// Figures in one line each, to compare them at a glance.
fn lines(reading: &Reading) -> Vec<String> {
    reading.figures.iter().map(line).collect()
}

fn line(figure: &Figure) -> String {
    let number = |number: &Number| match number {
        Number::Known(number) => number.to_string(),
        Number::Masked => "masked".to_owned(),
    };
    let optional = |one: &Option<Number>| one.as_ref().map_or_else(|| "none".to_owned(), number);
    let stratum =
        figure.stratum.as_ref().map_or_else(|| "all".to_owned(), |(of, code)| format!("{of}:{code}"));
    format!(
        "{} {} {stratum} {}/{} {}",
        figure.measure.as_deref().unwrap_or("?"),
        figure.period,
        number(&figure.numerator),
        optional(&figure.denominator),
        optional(&figure.excluded),
    )
}

/// What was refused, as `place code`.
fn refused(reading: &Reading) -> Vec<String> {
    let refused = reading.remarks.iter().filter(|remark| remark.refused);
    refused.map(|remark| format!("{} {}", remark.at, remark.code)).collect()
}

/// Codes of what was only remarked.
fn notes(reading: &Reading) -> Vec<&str> {
    reading.remarks.iter().filter(|remark| !remark.refused).map(|remark| remark.code.as_str()).collect()
}
