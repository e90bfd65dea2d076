//! Feeds as CSV, NDJSON and Parquet: the same rows in each.

use super::samples::{feed, large};
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::Field;
use ::parquet::schema::printer::print_schema;
use commons_node::feeds::columns::{COLUMNS, Kind, SCHEMA};
use commons_node::feeds::{csv, ndjson, parquet};
use commons_node::figures::formula::plain;
use commons_node::view::{FeedView, NumberView, RatioView};
use serde_json::{Map, Value};
use std::fs::File;
use std::io::Write;

/// The sample, byte for byte: what programs rely on.
const TABLE: &str = include_str!("feed.csv");

fn csv_rows(feed: &FeedView) -> Vec<Vec<String>> {
    let text = csv::write(feed);
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header, COLUMNS.map(|column| column.name));
    let cells =
        |record: ::csv::Result<::csv::StringRecord>| record.unwrap().iter().map(str::to_owned).collect();
    reader.records().map(cells).collect()
}

fn ndjson_rows(feed: &FeedView) -> Vec<Map<String, Value>> {
    let text = ndjson::write(feed).unwrap();
    let rows: Vec<Map<String, Value>> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), feed.rows.len());
    rows
}

/// A value as the table writes it.
fn as_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => {
            text.chars().map(|char| if char.is_control() { '\u{fffd}' } else { char }).collect()
        }
        Value::Number(number) => number.to_string(),
        other => panic!("{other}"),
    }
}

/// Whether two cells say the same; decimals may be written in several ways.
fn agree(kind: Kind, one: &str, other: &str) -> bool {
    match kind {
        Kind::Decimal => {
            one.parse::<f64>().ok() == other.parse::<f64>().ok() && one.is_empty() == other.is_empty()
        }
        Kind::Text | Kind::Date | Kind::Integer => one == other,
    }
}

#[test]
fn the_table_stays_as_it_is() {
    assert_eq!(
        csv::write(&feed()),
        TABLE.replace('\n', "\r\n"),
        "a change needs another number of the schema"
    );
}

#[test]
fn a_masked_number_is_an_interval_and_a_withheld_one_is_nothing() {
    let rows = csv_rows(&feed());
    let numerator = |row: usize| rows[row][7..10].join("|");
    let of = |row: usize| (numerator(row), rows[row][10..13].join("|"), rows[row][13..16].join("|"));
    let texts = |one: [&str; 3]| (one[0].to_owned(), one[1].to_owned(), one[2].to_owned());
    assert_eq!(of(0), texts(["known|120|120", "known|150|150", "known|0|0"]));
    assert_eq!(of(1), texts(["masked|2|", "known|50|50", "||"]));
    assert_eq!(of(2), texts(["withheld||", "withheld||", "||"]));
    assert_eq!(of(3), texts(["known|0|0", "known|300|300", "||"]));
    assert_eq!(of(4), texts(["masked|1|10", "known|40|40", "masked|1|10"]));
    assert_eq!(of(5), texts(["known|999999999999999999|999999999999999999", "||", "||"]));
}

#[test]
fn no_cell_of_text_is_a_formula() {
    let mut feed = feed();
    for name in ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "'=1", "\n=1"] {
        feed.organisations[1].name = name.to_owned();
        let rows = csv_rows(&feed);
        assert!(!rows[5][4].starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{name:?}: {}", rows[5][4]);
        let clean: String =
            name.chars().map(|char| if char.is_control() { '\u{fffd}' } else { char }).collect();
        assert_eq!(plain(&rows[5][4]), clean);
    }
    assert_eq!(csv_rows(&feed)[4][6], "'-4");
}

#[test]
fn ndjson_has_the_same_rows() {
    let feed = feed();
    for (row, object) in csv_rows(&feed).iter().zip(ndjson_rows(&feed)) {
        for (cell, column) in row.iter().zip(&COLUMNS) {
            let value = as_text(&object[column.name]);
            assert!(agree(column.kind, plain(cell), &value), "{}: {cell} and {value}", column.name);
        }
    }
    let first = ndjson::write(&feed).unwrap().lines().next().unwrap().to_owned();
    let places: Vec<usize> =
        COLUMNS.iter().map(|one| first.find(&format!("\"{}\":", one.name)).unwrap()).collect();
    assert!(places.is_sorted(), "{first}");
}

fn field_text(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Str(text) => Value::from(text.as_str()),
        Field::Long(number) => Value::from(*number),
        Field::Double(number) => Value::from(*number),
        other => panic!("{other}"),
    }
}

/// The file as the library's own reader sees it; a reader of others' is asked
/// in `.ci/feed-checks`.
fn open(bytes: &[u8]) -> SerializedFileReader<File> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    SerializedFileReader::new(file).unwrap()
}

#[test]
fn parquet_reads_back_as_the_same_rows() {
    let mut empty = feed();
    empty.rows.clear();
    for feed in [feed(), large(), empty] {
        let bytes = parquet::write(&feed).unwrap();
        assert_eq!(bytes, parquet::write(&feed).unwrap(), "the same feed, other bytes");
        let reader = open(&bytes);
        let mut rows = reader.get_row_iter(None).unwrap();
        for expected in ndjson_rows(&feed) {
            let row = rows.next().unwrap().unwrap();
            let found: Map<String, Value> =
                row.get_column_iter().map(|(name, field)| (name.clone(), field_text(field))).collect();
            assert_eq!(found, expected);
        }
        assert!(rows.next().is_none());
    }
}

#[test]
fn the_schema_of_parquet_stays_as_it_is() {
    let reader = open(&parquet::write(&feed()).unwrap());
    let metadata = reader.metadata().file_metadata();
    let mut schema = Vec::new();
    print_schema(&mut schema, metadata.schema());
    assert_eq!(
        String::from_utf8(schema).unwrap(),
        include_str!("feed.schema"),
        "a change needs another number"
    );
    let entries = metadata.key_value_metadata().unwrap().iter();
    let entries: Vec<(&str, &str)> =
        entries.map(|one| (one.key.as_str(), one.value.as_deref().unwrap())).collect();
    let [commons, measure, digest, version] = ["c0", "5b", "d1", "9e"].map(|byte| byte.repeat(32));
    assert_eq!(
        entries,
        [
            ("commons.schema", SCHEMA),
            ("commons.id", &commons),
            ("commons.measure", &measure),
            ("commons.title", "Clinical remission"),
            ("commons.digest", &digest),
            ("commons.version", &version),
        ]
    );
}

#[test]
fn a_number_that_parquet_can_not_hold_is_an_error_and_no_other_number() {
    let mut feed = feed();
    feed.rows[0].numerator = NumberView::Known { number: u64::MAX };
    let error = parquet::write(&feed).unwrap_err().to_string();
    assert!(error.contains("18446744073709551615"), "{error}");
    assert_eq!(csv_rows(&feed)[0][8], "18446744073709551615");
}

#[test]
fn numbers_that_are_none_are_left_out() {
    let mut feed = feed();
    feed.rows[0].value = Some(RatioView { low: f64::NAN, high: Some(f64::INFINITY) });
    assert_eq!(csv_rows(&feed)[0][16..18], ["", ""]);
    assert_eq!(ndjson_rows(&feed)[0]["value_low"], Value::Null);
    parquet::write(&feed).unwrap();
}

#[test]
fn every_column_is_described() {
    let columns = csv::columns(&feed(), "feed.csv");
    let described = columns["tableSchema"]["columns"].as_array().unwrap();
    let names: Vec<&str> = described.iter().map(|column| column["name"].as_str().unwrap()).collect();
    assert_eq!(names, COLUMNS.map(|column| column.name));
    // In the documentation too, in the same words.
    let formats = include_str!("../../../docs/formats.md");
    let mut rest = formats;
    for column in COLUMNS {
        let line = format!("| `{}` | {} | {} |", column.name, kind(column.kind), column.meaning);
        let at =
            rest.find(&line).unwrap_or_else(|| panic!("docs/formats.md lacks, or has elsewhere:\n{line}"));
        rest = &rest[at..];
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Date => "date",
        Kind::Integer => "whole number",
        Kind::Decimal => "number",
    }
}
