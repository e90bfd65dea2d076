//! Figures from NDJSON: one object in a line, with the names that columns of
//! CSV have.

use super::csv::listed;
use super::tables::collect::Collector;
use super::tables::layout::Layout;
use super::tables::row::Rows;
use super::tables::{Lines, MAX_ROW, Refusal, check_size, shown};
use super::{Columns, Reading, Unreadable};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// Reads a file whose names are as documented, or as `columns` says.
///
/// # Errors
/// If the whole file can't be read; lines that can't are remarks.
pub fn read(bytes: &[u8], columns: &Columns) -> Result<Reading, Unreadable> {
    check_size(bytes)?;
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    check_start(text)?;
    let mut table = Table { columns, layout: None, rows: Rows::default(), collector: Collector::default() };
    for (number, line) in (1_u64..).zip(text.split(|byte| *byte == b'\n')) {
        table.take(Lines { first: number, last: number }, line)?;
    }
    table.rows.check_chosen()?;
    Ok(table.collector.finish())
}

fn check_start(text: &[u8]) -> Result<(), Unreadable> {
    match text.trim_ascii_start().first() {
        None => Err(Unreadable { code: "empty", text: "the file is empty".to_owned() }),
        Some(b'[') => {
            let text =
                "the file is one list; write one object in a line, without brackets and commas around them";
            Err(Unreadable { code: "not-lines", text: text.to_owned() })
        }
        Some(_) => Ok(()),
    }
}

struct Table<'a> {
    columns: &'a Columns,
    /// The layout of the line before, by its names: most lines have the same.
    layout: Option<(Vec<String>, Layout)>,
    rows: Rows,
    collector: Collector,
}

impl Table<'_> {
    fn take(&mut self, lines: Lines, line: &[u8]) -> Result<(), Unreadable> {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let problem = match parse(line) {
            Ok((names, cells)) => match self.arrange(lines, names) {
                Ok(()) => return self.take_row(lines, &cells),
                Err(error) if error.code == "person-level" => return Err(error),
                Err(error) => Refusal::new(error.code, error.text, "name the members as the template does"),
            },
            Err(refusal) => refusal,
        };
        self.collector.refuse(lines.first, lines.to_string(), problem);
        Ok(())
    }

    /// Finds the layout of a line with these names.
    fn arrange(&mut self, lines: Lines, names: Vec<String>) -> Result<(), Unreadable> {
        if self.layout.as_ref().is_some_and(|(others, _)| *others == names) {
            return Ok(());
        }
        let layout = Layout::read(&names, self.columns)?;
        if !layout.ignored.is_empty() {
            let text = format!("members that are not read: {}", listed(&layout.ignored));
            let advice = "nothing to do unless they split or name the figures";
            self.collector.note(lines, "columns-ignored", text, advice);
        }
        self.layout = Some((names, layout));
        Ok(())
    }

    fn take_row(&mut self, lines: Lines, cells: &[String]) -> Result<(), Unreadable> {
        let Some((_, layout)) = &self.layout else { return Ok(()) };
        let cell = |at: usize| cells.get(at).map_or("", String::as_str);
        self.rows.take(layout, lines, &cell, &mut self.collector)
    }
}

type Members = (Vec<String>, Vec<String>);

fn parse(line: &[u8]) -> Result<Members, Refusal> {
    if line.len() > MAX_ROW {
        let advice = "write one object in a line";
        return Err(Refusal::new("long-row", format!("it has more than {MAX_ROW} bytes"), advice));
    }
    let object: Object = serde_json::from_slice(line).map_err(|error| {
        let advice = "write one object in a line, in UTF-8, each name once";
        Refusal::new("json", format!("it is no object of JSON: {}", shown(&error.to_string())), advice)
    })?;
    let mut names = Vec::with_capacity(object.0.len());
    let mut cells = Vec::with_capacity(object.0.len());
    for (name, value) in object.0 {
        cells.push(cell(&value).ok_or_else(|| {
            let text = format!("\"{}\" is neither text nor a number", shown(&name));
            Refusal::new("json-value", text, "write a whole number, or text such as \"masked\"")
        })?);
        names.push(name);
    }
    Ok((names, cells))
}

fn cell(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// An object in the order of its text. A name that stands twice is an error:
/// readers differ in which of the values they take.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut members: Vec<(String, Value)> = Vec::new();
        let mut names = std::collections::BTreeSet::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if !names.insert(name.clone()) {
                return Err(serde::de::Error::custom("a name stands twice"));
            }
            members.push((name, value));
        }
        Ok(Object(members))
    }
}
