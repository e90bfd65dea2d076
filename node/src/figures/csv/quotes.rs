//! Quotation marks that hold rows together which are several. A mark that is
//! not closed would otherwise take the rows after it for text of a comment,
//! and nobody would miss them.

/// What the marks of one record show.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Quotes {
    /// Line of a mark that is never closed.
    pub unclosed: Option<u64>,
    /// Line of a mark that holds what looks like rows, or after whose text of
    /// several lines the cell goes on.
    pub swallows: Option<u64>,
    /// Whether a cell stands on several lines.
    pub has_breaks: bool,
    /// First line of the record.
    pub first: u64,
    /// Last line of the record.
    pub last: u64,
}

/// Looks at the bytes of a record of `columns` cells; the end of the line
/// before may be among them. `line` is the one in which they begin.
pub(super) fn look(raw: &[u8], line: u64, delimiter: u8, columns: usize) -> Quotes {
    let ends = raw.iter().take_while(|byte| is_end(**byte)).count();
    let first = line + newlines(&raw[..ends]);
    if !raw.contains(&b'"') {
        return Quotes { first, last: first, ..Quotes::default() };
    }
    let trimmed = raw[ends..].trim_ascii_end();
    let mut scan = Scan { delimiter, columns, line: first, ..Scan::default() };
    // What ends the record is no part of it; inside of marks it may be text.
    raw[ends..].iter().for_each(|byte| scan.take(*byte));
    let Scan { place, opened, swallows, has_breaks, .. } = scan;
    let unclosed = (place == Place::Quoted).then_some(opened);
    Quotes { unclosed, swallows, has_breaks, first, last: first + newlines(trimmed) }
}

fn is_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// Where a byte stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Before the first byte of a cell.
    #[default]
    Start,
    /// In a cell without marks, or after the mark that closed one.
    Plain,
    /// Between marks.
    Quoted,
    /// After a mark between marks: it closes the cell, or is doubled.
    Closing,
}

#[derive(Default)]
struct Scan {
    delimiter: u8,
    columns: usize,
    line: u64,
    place: Place,
    /// Line of the mark that opened last.
    opened: u64,
    /// Delimiters since the last end of a line between these marks; none
    /// before the first.
    since: Option<usize>,
    swallows: Option<u64>,
    has_breaks: bool,
}

impl Scan {
    fn take(&mut self, byte: u8) {
        self.place = match self.place {
            Place::Start if byte == b'"' => {
                (self.opened, self.since) = (self.line, None);
                Place::Quoted
            }
            Place::Start | Place::Plain => self.after(byte, Place::Plain),
            Place::Quoted if byte == b'"' => Place::Closing,
            Place::Quoted => {
                self.text(byte);
                Place::Quoted
            }
            Place::Closing if byte == b'"' => Place::Quoted,
            Place::Closing => {
                self.close(byte);
                self.after(byte, Place::Plain)
            }
        };
        self.line += u64::from(byte == b'\n');
    }

    fn after(&self, byte: u8, cell: Place) -> Place {
        if byte == self.delimiter || is_end(byte) { Place::Start } else { cell }
    }

    /// A byte between marks.
    fn text(&mut self, byte: u8) {
        if is_end(byte) {
            self.since = Some(0);
            self.has_breaks = true;
        } else if byte == self.delimiter
            && let Some(since) = &mut self.since
        {
            *since += 1;
            // As many cells as a row has.
            if *since + 1 >= self.columns {
                self.swallows = self.swallows.or(Some(self.opened));
            }
        }
    }

    /// The byte after a mark that closes.
    fn close(&mut self, byte: u8) {
        if self.since.is_some() && byte != self.delimiter && !is_end(byte) {
            self.swallows = self.swallows.or(Some(self.opened));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::look;

    #[test]
    fn marks_that_swallow_rows_are_found_and_others_are_not() {
        for (raw, unclosed, swallows, has_breaks, lines) in [
            ("a,b,c\n", None, None, false, (5, 5)),
            ("a,\"b\",\"c \"\"d\"\"\"\r\n", None, None, false, (5, 5)),
            ("\r\n\r\na,b,c\r\n", None, None, false, (7, 7)),
            ("a,b,\"two\nlines\"\n", None, None, true, (5, 6)),
            ("\"two\nlines\",b,c\n", None, None, true, (5, 6)),
            ("\"two, or\nthree, lines\",b,c\n", None, None, true, (5, 6)),
            ("a,b,\"c\nd,e,f\ng,h,i\n", Some(5), Some(5), true, (5, 7)),
            ("a,b,\"c", Some(5), None, false, (5, 5)),
            ("a,b,\"c\nd,e,f\"\n", None, Some(5), true, (5, 6)),
            ("a,b,\"c\nd\"e\n", None, Some(5), true, (5, 6)),
            ("a,\"b\nc\",\"d\n", Some(6), None, true, (5, 6)),
            // A mark within a cell is a letter.
            ("a,5\" wide,c\n", None, None, false, (5, 5)),
            ("a,\"b\"c,d\n", None, None, false, (5, 5)),
        ] {
            let found = look(raw.as_bytes(), 5, b',', 3);
            assert_eq!(
                (found.unclosed, found.swallows, found.has_breaks, (found.first, found.last)),
                (unclosed, swallows, has_breaks, lines),
                "{raw:?}"
            );
        }
    }
}
