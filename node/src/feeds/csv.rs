//! A feed as CSV (RFC 4180), and what its columns mean for programs (CSV on
//! the Web).

use super::columns::{COLUMNS, Cell, Kind, Names, SCHEMA, WIDTH, cells};
use crate::figures::formula::cell;
use crate::view::FeedView;
use serde_json::{Value, json};

/// The table, its first line the names of the columns. Text that a spreadsheet
/// would run has an apostrophe before it.
pub fn write(feed: &FeedView) -> String {
    let names = Names::of(feed);
    let mut table = COLUMNS.map(|column| column.name).join(",");
    table.push_str("\r\n");
    for row in &feed.rows {
        write_row(&mut table, &cells(row, &names));
    }
    table
}

fn write_row(table: &mut String, cells: &[Cell<'_>; WIDTH]) {
    for (at, one) in cells.iter().enumerate() {
        if at > 0 {
            table.push(',');
        }
        match one {
            Cell::Text(Some(text)) => table.push_str(&cell(text)),
            Cell::Integer(Some(number)) => table.push_str(&number.to_string()),
            Cell::Decimal(Some(number)) => table.push_str(&number.to_string()),
            Cell::Text(None) | Cell::Integer(None) | Cell::Decimal(None) => {}
        }
    }
    table.push_str("\r\n");
}

/// What the columns mean, as *Metadata Vocabulary for Tabular Data* has it.
/// `url` is where the table is.
pub fn columns(feed: &FeedView, url: &str) -> Value {
    let columns: Vec<Value> = COLUMNS
        .iter()
        .map(|column| {
            json!({
                "name": column.name,
                "titles": column.name,
                "datatype": datatype(column.kind),
                "required": column.is_required,
                "dc:description": column.meaning,
            })
        })
        .collect();
    json!({
        "@context": ["http://www.w3.org/ns/csvw", { "@language": "en" }],
        "url": url,
        "dc:title": feed.measure.title,
        "dc:description": "Masked numbers are intervals, from low to high, both included. An apostrophe before a \
                           text that begins with = + - or @ is not part of it.",
        "dc:identifier": feed.digest,
        "dialect": { "header": true, "encoding": "utf-8", "lineTerminators": ["\r\n"], "doubleQuote": true },
        "tableSchema": { "@id": format!("urn:commons:feed-table:{SCHEMA}"), "columns": columns },
    })
}

fn datatype(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "string",
        Kind::Date => "date",
        Kind::Integer => "nonNegativeInteger",
        Kind::Decimal => "double",
    }
}
