//! Figures from CSV, as spreadsheets and databases write it.

mod form;
mod quotes;

use super::tables::collect::Collector;
use super::tables::layout::Layout;
use super::tables::row::Rows;
use super::tables::{Lines, MAX_ROW, Refusal, check_size};
use super::{Columns, Reading, Unreadable};
use csv::{ByteRecord, Reader, ReaderBuilder};
use form::Form;
use quotes::Quotes;
use std::borrow::Cow;

/// Reads a file whose columns are named as documented, or as `columns` says.
///
/// # Errors
/// If the whole file can't be read; rows that can't are remarks.
pub fn read(bytes: &[u8], columns: &Columns) -> Result<Reading, Unreadable> {
    check_size(bytes)?;
    let form = Form::of(bytes)?;
    let mut table = Table::open(&form, columns)?;
    let mut is_empty = true;
    while let Some(quotes) = table.next()? {
        table.take(&quotes)?;
        is_empty = false;
    }
    if is_empty {
        let text = "the file names its columns and has no rows below them";
        return Err(Unreadable { code: "empty", text: text.to_owned() });
    }
    table.rows.check_chosen()?;
    Ok(table.collector.finish())
}

struct Table<'a> {
    form: &'a Form<'a>,
    reader: Reader<&'a [u8]>,
    record: ByteRecord,
    layout: Layout,
    rows: Rows,
    collector: Collector,
}

impl<'a> Table<'a> {
    fn open(form: &'a Form<'a>, columns: &Columns) -> Result<Self, Unreadable> {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(form.delimiter)
            .from_reader(form.text);
        let mut record = ByteRecord::new();
        read_record(&mut reader, &mut record)?;
        let quotes = form.quotes(&record, &reader, record.len());
        if let Some((_, text)) = swallowed(&quotes) {
            return Err(Unreadable { code: "quote", text: format!("the names of the columns: {text}") });
        }
        if record.as_slice().len() > MAX_ROW {
            let text = format!("the first row has more than {MAX_ROW} bytes; it should name the columns");
            return Err(Unreadable { code: "columns", text });
        }
        let names: Vec<Cow<'_, str>> = record.iter().map(|name| form.decode(name)).collect();
        let layout = Layout::read(&names, columns)?;
        let mut collector = Collector::default();
        let first = Lines { first: quotes.first, last: quotes.first };
        if !form.is_utf8 {
            let text = "the file is not in UTF-8; it was read as Windows-1252, the usual other one";
            collector.note(first, "encoding", text, "look at letters with accents, or save it as CSV UTF-8");
        }
        if !layout.ignored.is_empty() {
            let text = format!("columns that are not read: {}", listed(&layout.ignored));
            collector.note(
                first,
                "columns-ignored",
                text,
                "nothing to do unless they split or name the figures",
            );
        }
        Ok(Self { form, reader, record, layout, rows: Rows::default(), collector })
    }

    /// Reads the next record: where it stands.
    fn next(&mut self) -> Result<Option<Quotes>, Unreadable> {
        let is_there = read_record(&mut self.reader, &mut self.record)?;
        Ok(is_there.then(|| self.form.quotes(&self.record, &self.reader, self.layout.width)))
    }

    fn take(&mut self, quotes: &Quotes) -> Result<(), Unreadable> {
        let lines = Lines { first: quotes.first, last: quotes.last };
        if let Some(refusal) = self.misshapen(quotes) {
            self.collector.refuse(lines.first, lines.to_string(), refusal);
            return Ok(());
        }
        if quotes.has_breaks {
            let text = "a row stands on several lines: quotation marks hold them together";
            self.collector.note(lines, "lines", text, "see that it is one row");
        }
        let cells: Vec<Cow<'_, str>> = self.record.iter().map(|cell| self.form.decode(cell)).collect();
        let cell = |at: usize| cells.get(at).map_or("", Cow::as_ref);
        self.rows.take(&self.layout, lines, &cell, &mut self.collector)
    }

    /// Why the record can't be a row of this table.
    fn misshapen(&self, quotes: &Quotes) -> Option<Refusal> {
        if let Some((line, text)) = swallowed(quotes) {
            let advice = format!("close the mark in line {line}, or take it out, and send the file again");
            return Some(Refusal::new("quote", text, advice));
        }
        let quote = "look for a quotation mark that is not closed, from here on";
        if self.record.as_slice().len() > MAX_ROW {
            return Some(Refusal::new("long-row", format!("it has more than {MAX_ROW} bytes"), quote));
        }
        let (found, wanted) = (self.record.len(), self.layout.width);
        let is_padded = self.record.iter().skip(wanted).all(|cell| cell.trim_ascii().is_empty());
        if found < wanted || !is_padded {
            let text = format!("it has {found} cells, and there are {wanted} columns");
            let advice = format!("check its separators and quotation marks; {quote}");
            return Some(Refusal::new("cells", text, advice));
        }
        None
    }
}

/// Of marks that hold several rows together: the line, and what is wrong.
fn swallowed(quotes: &Quotes) -> Option<(u64, String)> {
    let unclosed = quotes.unclosed.map(|line| {
        (line, format!("a quotation mark that opens in line {line} is not closed, so all that follows is taken for its text"))
    });
    let swallows = || {
        let line = quotes.swallows?;
        let text = format!(
            "a quotation mark that opens in line {line} is closed in a later one, and between them stands what looks like rows"
        );
        Some((line, text))
    };
    unclosed.or_else(swallows)
}

/// Reads one record; whether there was one. Bytes in memory have no errors of
/// reading, and records of any length are read.
fn read_record(reader: &mut Reader<&[u8]>, record: &mut ByteRecord) -> Result<bool, Unreadable> {
    reader.read_byte_record(record).map_err(|error| Unreadable { code: "csv", text: error.to_string() })
}

/// Names, as many as a remark can hold.
pub(super) fn listed(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(12).map(String::as_str).collect();
    match names.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
