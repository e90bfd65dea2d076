//! A feed as NDJSON: one row in a line, with the names of the table's columns,
//! in their order.

use super::columns::{COLUMNS, Cell, Names, WIDTH, cells};
use crate::view::FeedView;
use serde::ser::{Serialize, SerializeMap, Serializer};

/// The lines. Every line has every name; `null` stands where the table's cell
/// is empty.
///
/// # Errors
/// None that a feed could cause: keys are text and numbers are finite.
pub fn write(feed: &FeedView) -> serde_json::Result<String> {
    let names = Names::of(feed);
    let mut lines = Vec::new();
    for row in &feed.rows {
        serde_json::to_writer(&mut lines, &Row(&cells(row, &names)))?;
        lines.push(b'\n');
    }
    Ok(String::from_utf8_lossy(&lines).into_owned())
}

struct Row<'a>(&'a [Cell<'a>; WIDTH]);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(WIDTH))?;
        for (column, cell) in COLUMNS.iter().zip(self.0) {
            match cell {
                Cell::Text(text) => map.serialize_entry(column.name, text)?,
                Cell::Integer(number) => map.serialize_entry(column.name, number)?,
                Cell::Decimal(number) => map.serialize_entry(column.name, number)?,
            }
        }
        map.end()
    }
}
