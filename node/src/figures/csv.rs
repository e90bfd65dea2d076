//! Figures from CSV, as spreadsheets and databases write it.

mod form;

use super::tables::collect::Collector;
use super::tables::layout::Layout;
use super::tables::row::Rows;
use super::tables::{Lines, MAX_ROW, Refusal, check_size};
use super::{Columns, Reading, Unreadable};
use csv::{ByteRecord, Reader, ReaderBuilder};
use form::Form;
use std::borrow::Cow;

/// Reads a file whose columns are named as documented.
///
/// # Errors
/// If the whole file can't be read; rows that can't are remarks.
pub fn read(bytes: &[u8]) -> Result<Reading, Unreadable> {
    read_with(bytes, &Columns::default(), &mut |_, _| {})
}

/// Reads a file whose columns people have named. `progress` hears how many
/// bytes are read, and of how many.
///
/// # Errors
/// As [`read`].
pub fn read_with(
    bytes: &[u8],
    columns: &Columns,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Reading, Unreadable> {
    check_size(bytes)?;
    let form = Form::of(bytes)?;
    let mut table = Table::open(&form, columns)?;
    while let Some(lines) = table.next()? {
        if table.rows_read.is_multiple_of(4_096) {
            progress(table.reader.position().byte(), form.text.len() as u64);
        }
        table.take(lines)?;
    }
    progress(bytes.len() as u64, bytes.len() as u64);
    Ok(table.collector.finish())
}

struct Table<'a> {
    form: &'a Form<'a>,
    reader: Reader<&'a [u8]>,
    record: ByteRecord,
    layout: Layout,
    rows: Rows,
    rows_read: u64,
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
        if record.as_slice().len() > MAX_ROW {
            let text = format!("the first row has more than {MAX_ROW} bytes; it should name the columns");
            return Err(Unreadable { code: "columns", text });
        }
        let names: Vec<Cow<'_, str>> = record.iter().map(|name| form.decode(name)).collect();
        let layout = Layout::read(&names, columns)?;
        let mut collector = Collector::default();
        let first = Lines { first: form.skipped + 1, last: form.skipped + 1 };
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
        Ok(Self { form, reader, record, layout, rows: Rows::default(), rows_read: 0, collector })
    }

    /// Reads the next record: the lines on which it stands.
    fn next(&mut self) -> Result<Option<Lines>, Unreadable> {
        if !read_record(&mut self.reader, &mut self.record)? {
            return Ok(None);
        }
        self.rows_read += 1;
        let first = self.record.position().map_or(0, csv::Position::line);
        let after = self.reader.position().line();
        let is_end = self.reader.is_done() && !self.form.text.ends_with(b"\n");
        let last = if is_end { after } else { after.saturating_sub(1) };
        Ok(Some(Lines { first, last: last.max(first) }.moved(self.form.skipped)))
    }

    fn take(&mut self, lines: Lines) -> Result<(), Unreadable> {
        if let Some(refusal) = self.misshapen() {
            self.collector.refuse(lines.first, lines.to_string(), refusal);
            return Ok(());
        }
        let cells: Vec<Cow<'_, str>> = self.record.iter().map(|cell| self.form.decode(cell)).collect();
        let cell = |at: usize| cells.get(at).map_or("", Cow::as_ref);
        self.rows.take(&self.layout, lines, &cell, &mut self.collector)
    }

    /// Why the record can't be a row of this table.
    fn misshapen(&self) -> Option<Refusal> {
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

impl Lines {
    fn moved(self, lines: u64) -> Self {
        Self { first: self.first + lines, last: self.last + lines }
    }
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
