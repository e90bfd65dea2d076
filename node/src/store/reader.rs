//! Reads one segment's records in order, checking each.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use super::error::StoreError;
use super::position::Position;
use super::record::{FIRST, HEADER, Header, MARK_AT, Mark, Record, VOID};

/// Bytes read ahead.
const WINDOW: u32 = 256 * 1024;
/// Bytes read at once for a single record: most fit.
const PEEK: u32 = 4096;

/// A segment's file and what its header says.
#[derive(Clone)]
pub(super) struct Segment {
    pub number: u32,
    pub mark: Mark,
    /// How many bytes of the file count.
    pub len: u32,
    pub file: Arc<File>,
    pub path: PathBuf,
}

impl Segment {
    /// The error for damage at `offset`.
    pub fn corrupt(&self, offset: u32, what: &'static str) -> StoreError {
        StoreError::Corrupt { segment: self.number, offset, what }
    }

    /// The position of an offset in this segment.
    pub fn at(&self, offset: u32) -> Position {
        Position { segment: self.number, offset }
    }

    /// The position after the segment's last record.
    pub fn end(&self) -> Position {
        self.at(self.len)
    }

    /// Fills `buffer` from `offset`; a file that became shorter is damage.
    pub fn fill(&self, buffer: &mut [u8], offset: u32) -> Result<(), StoreError> {
        match self.file.read_exact_at(buffer, u64::from(offset)) {
            Ok(()) => Ok(()),
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
                Err(self.corrupt(offset, "the file ends too early"))
            }
            Err(e) => Err(StoreError::io("read", &self.path, 0, e)),
        }
    }

    /// Reads and checks the one record at `offset`: its header, and its payload.
    pub fn record(&self, offset: u32) -> Result<(Header, Vec<u8>), StoreError> {
        let left = self.len.saturating_sub(offset);
        let mut bytes = vec![0; left.min(PEEK) as usize];
        self.fill(&mut bytes, offset)?;
        let header = Header::decode(&bytes, self.mark).map_err(|what| self.corrupt(offset, what))?;
        if header.size() > left {
            return Err(self.corrupt(offset, "a record is cut off"));
        }
        let seen = bytes.len();
        bytes.resize(header.size() as usize, 0);
        if bytes.len() > seen {
            let rest = offset + PEEK;
            self.fill(&mut bytes[seen..], rest)?;
        }
        bytes.drain(..HEADER as usize);
        if !header.fits(self.at(offset), self.mark, &bytes) {
            return Err(self.corrupt(offset, "a record's checksum does not fit"));
        }
        Ok((header, bytes))
    }
}

/// A record met while reading on.
pub(super) struct Item<'a> {
    pub at: Position,
    pub header: Header,
    payload: &'a [u8],
}

impl Item<'_> {
    /// The offset after this record.
    pub fn end(&self) -> u32 {
        self.at.offset + self.header.size()
    }

    /// The record, unless it was erased.
    pub fn to_record(&self) -> Option<Record> {
        (self.header.kind != VOID).then(|| Record { kind: self.header.kind, payload: self.payload.to_vec() })
    }
}

/// Reads a segment from an offset on.
pub(super) struct Reader {
    segment: Segment,
    offset: u32,
    window: Vec<u8>,
    window_at: u32,
}

impl Reader {
    /// Begins at `offset`, which is a record's first byte or the segment's end.
    pub fn new(segment: Segment, offset: u32) -> Self {
        Self { segment, offset, window: Vec::new(), window_at: offset }
    }

    /// The next record, or `None` at the end.
    pub fn next(&mut self) -> Result<Option<Item<'_>>, StoreError> {
        let at = self.offset;
        if at == self.segment.len {
            return Ok(None);
        }
        let header = self.check_at(at)?;
        self.offset = at + header.size();
        let position = self.segment.at(at);
        let payload = self.bytes(at + HEADER, header.len)?;
        Ok(Some(Item { at: position, header, payload }))
    }

    /// Where the next record is expected.
    pub fn offset(&self) -> u32 {
        self.offset
    }

    /// Moves to the next whole record after damage at `from` and says where it is. With `batch_start`, only the
    /// first record of a batch counts.
    pub fn resume_after(&mut self, from: u32, batch_start: bool) -> Result<Option<u32>, StoreError> {
        let last = self.segment.len.saturating_sub(HEADER);
        for at in from.saturating_add(1)..=last {
            if !self.has_mark(at)? {
                continue;
            }
            match self.check_at(at) {
                Ok(header) if !batch_start || header.flags & FIRST != 0 => {
                    self.offset = at;
                    return Ok(Some(at));
                }
                Ok(_) | Err(StoreError::Corrupt { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    fn has_mark(&mut self, at: u32) -> Result<bool, StoreError> {
        let mark = self.segment.mark;
        let header = self.bytes(at, HEADER)?;
        Ok(header.get(MARK_AT as usize..MARK_AT as usize + mark.len()) == Some(&mark[..]))
    }

    /// Checks the record at `at`, header and payload.
    fn check_at(&mut self, at: u32) -> Result<Header, StoreError> {
        let mark = self.segment.mark;
        let decoded = Header::decode(self.bytes(at, HEADER)?, mark);
        let header = decoded.map_err(|what| self.segment.corrupt(at, what))?;
        if header.size() > self.segment.len - at {
            return Err(self.segment.corrupt(at, "a record is cut off"));
        }
        let position = self.segment.at(at);
        let payload = self.bytes(at + HEADER, header.len)?;
        if header.fits(position, mark, payload) {
            return Ok(header);
        }
        Err(self.segment.corrupt(at, "a record's checksum does not fit"))
    }

    /// `len` bytes from `from`, reading ahead.
    fn bytes(&mut self, from: u32, len: u32) -> Result<&[u8], StoreError> {
        let left = self.segment.len.saturating_sub(from);
        if len > left {
            return Err(self.segment.corrupt(from, "a record is cut off"));
        }
        let end = self.window_at as usize + self.window.len();
        if from < self.window_at || from as usize + len as usize > end {
            self.refill(from, len.max(WINDOW).min(left))?;
        }
        let start = (from - self.window_at) as usize;
        Ok(&self.window[start..start + len as usize])
    }

    fn refill(&mut self, from: u32, len: u32) -> Result<(), StoreError> {
        self.window.clear();
        self.window_at = from;
        let mut window = vec![0; len as usize];
        self.segment.fill(&mut window, from)?;
        self.window = window;
        Ok(())
    }
}
