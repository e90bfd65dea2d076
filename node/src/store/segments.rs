//! The segment files: appending, reading, and which file holds what.
//!
//! A segment's file begins with a header:
//!
//! ```text
//! 0       8         10       14     20      28
//! | magic | version | number | mark | check | records…
//! ```
//!
//! Only the last segment is written to, always by whole batches. It is synced before the next one exists, so only
//! the end of the last segment can ever be torn.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::checkpoint::Checkpoint;
use super::error::{StoreError, is_full};
use super::files::{self, UNFINISHED};
use super::layout::{self, SEGMENT_HEADER};
#[cfg(test)]
use super::memory::FaultKind;
use super::position::Position;
use super::reader::Segment;
use super::record::{MARK_AT, Mark, Record, VOID, shorten};

const MAGIC: [u8; 8] = *b"COMMSEG\n";
const VERSION: u16 = 1;
const EXTENSION: &str = "seg";
/// How many closed segments are kept open for reading.
const OPEN_FILES: usize = 64;

/// What is known of a closed segment while its file is not open.
#[derive(Clone, Copy)]
struct Known {
    mark: Mark,
    len: u32,
}

/// All segments of a store.
pub(super) struct Segments {
    dir: PathBuf,
    roll_at: u32,
    /// Closed segments; the first has number 1.
    closed: Vec<Known>,
    open: RefCell<BTreeMap<u32, Segment>>,
    last: Segment,
    checkpoint: Checkpoint,
    broken: bool,
    #[cfg(test)]
    pub fault: Option<FaultKind>,
}

impl Segments {
    /// Opens the segments of a directory, beginning the first one in an empty directory. The end of the last one
    /// is not looked at yet.
    pub fn open(dir: &Path, roll_at: u32, checkpoint: Checkpoint) -> Result<Self, StoreError> {
        let numbers = list(dir)?;
        let Some((&last, before)) = numbers.split_last() else {
            let last = create(dir, 1)?;
            return Ok(Self::assemble(dir, roll_at, (Vec::new(), last), checkpoint));
        };
        let mut closed = Vec::with_capacity(before.len());
        for (i, &number) in before.iter().enumerate() {
            expect_number(number, i)?;
            let segment = open_segment(dir, number, false)?;
            closed.push(Known { mark: segment.mark, len: segment.len });
        }
        expect_number(last, before.len())?;
        let last = open_segment(dir, last, true)?;
        Ok(Self::assemble(dir, roll_at, (closed, last), checkpoint))
    }

    fn assemble(
        dir: &Path,
        roll_at: u32,
        (closed, last): (Vec<Known>, Segment),
        checkpoint: Checkpoint,
    ) -> Self {
        Self {
            dir: dir.to_owned(),
            roll_at,
            closed,
            open: RefCell::new(BTreeMap::new()),
            last,
            checkpoint,
            broken: false,
            #[cfg(test)]
            fault: None,
        }
    }

    /// The position after the last record.
    pub fn end(&self) -> Position {
        self.last.end()
    }

    /// How many segments there are.
    pub fn count(&self) -> u32 {
        self.last.number
    }

    /// How many bytes all segments have.
    pub fn bytes(&self) -> u64 {
        let closed: u64 = self.closed.iter().map(|known| u64::from(known.len)).sum();
        closed + u64::from(self.last.len)
    }

    /// The segment that is written to.
    pub fn last(&self) -> &Segment {
        &self.last
    }

    /// How far the last segment is known to be good.
    pub fn load_checkpoint(&mut self) -> Option<Position> {
        self.checkpoint.load(self.last.number, self.last.mark)
    }

    /// Notes that the last segment is good to its end.
    pub fn write_checkpoint(&mut self) {
        self.checkpoint.write(self.last.end(), self.last.mark);
    }

    /// Cuts the last segment to `len` bytes, durably.
    pub fn cut(&mut self, len: u32) -> Result<(), StoreError> {
        cut_file(&self.last.file, len)
            .map_err(|e| StoreError::io("cut the torn end of", &self.last.path, 0, e))?;
        self.last.len = len;
        Ok(())
    }

    /// Makes the last segment and the names of all segments durable.
    pub fn sync(&self) -> Result<(), StoreError> {
        let synced = self.last.file.sync_all();
        synced.map_err(|e| StoreError::io("sync", &self.last.path, 0, e))?;
        files::sync_dir(&self.dir)
    }

    /// A segment for reading, its file opened if need be.
    pub fn segment(&self, number: u32) -> Result<Segment, StoreError> {
        if number == self.last.number {
            return Ok(self.last.clone());
        }
        if let Some(segment) = self.open.borrow().get(&number) {
            return Ok(segment.clone());
        }
        let known =
            self.known(number).ok_or(StoreError::NoRecord { at: Position { segment: number, offset: 0 } })?;
        let mut segment = open_segment(&self.dir, number, false)?;
        if segment.mark != known.mark || segment.len < known.len {
            return Err(segment.corrupt(0, "the file was exchanged while the store was open"));
        }
        segment.len = known.len;
        self.keep_open(segment.clone());
        Ok(segment)
    }

    fn known(&self, number: u32) -> Option<Known> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.closed.get(index).copied()
    }

    fn keep_open(&self, segment: Segment) {
        let mut open = self.open.borrow_mut();
        if open.len() >= OPEN_FILES {
            open.pop_first();
        }
        open.insert(segment.number, segment);
    }

    /// Reads one record.
    pub fn read(&self, at: Position) -> Result<Record, StoreError> {
        let segment = self.segment(at.segment)?;
        if at.offset < SEGMENT_HEADER || at.offset >= segment.len {
            return Err(StoreError::NoRecord { at });
        }
        let (header, payload) = segment.record(at.offset)?;
        if header.kind == VOID {
            return Err(StoreError::Erased { at });
        }
        Ok(Record { kind: header.kind, payload })
    }

    /// Appends a batch durably.
    pub fn append(&mut self, records: &[Record]) -> Result<Vec<Position>, StoreError> {
        if self.broken {
            return Err(StoreError::Broken);
        }
        let size = layout::batch_size(records)?;
        if records.is_empty() {
            return Ok(Vec::new());
        }
        if layout::rolls(self.end(), size, self.roll_at) {
            self.roll()?;
        }
        let places = layout::places(self.end(), records);
        let bytes = layout::encode_batch(records, &places, self.last.mark, size);
        self.write(&bytes)?;
        self.last.len += size;
        self.checkpoint.advance(self.last.end(), self.last.mark);
        Ok(places)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let written = self.write_and_sync(bytes);
        written.map_err(|source| self.take_back(bytes.len() as u64, source))
    }

    fn write_and_sync(&mut self, bytes: &[u8]) -> io::Result<()> {
        let at = u64::from(self.last.len);
        #[cfg(test)]
        if let Some(fault) = self.fault.take() {
            self.last.file.write_all_at(&bytes[..bytes.len() / 2], at)?;
            return Err(fault.error());
        }
        self.last.file.write_all_at(bytes, at)?;
        self.last.file.sync_data()
    }

    /// After a failed write, cuts the file back to what was acknowledged. Only a full disk is a failure that one
    /// can go on from: after any other, what the page cache holds says nothing about the disk.
    fn take_back(&mut self, needed: u64, source: io::Error) -> StoreError {
        let cut = cut_file(&self.last.file, self.last.len);
        if cut.is_err() || !is_full(&source) {
            self.broken = true;
        }
        StoreError::io("append to", &self.last.path, needed, source)
    }

    /// Closes the last segment and begins the next.
    fn roll(&mut self) -> Result<(), StoreError> {
        let next = layout::segment_after(self.last.number)?.segment;
        let created = create(&self.dir, next).inspect_err(|error| {
            self.broken = !matches!(error, StoreError::Full { .. });
        })?;
        let full = std::mem::replace(&mut self.last, created);
        self.closed.push(Known { mark: full.mark, len: full.len });
        self.keep_open(full);
        self.write_checkpoint();
        Ok(())
    }

    /// Notes that the files are not as they were left: nothing is written any
    /// more, not even how far they are good.
    pub fn distrust(&mut self) {
        self.broken = true;
    }

    /// Takes up a segment's file again after another file took its name.
    pub fn reopen(&mut self, number: u32) -> Result<(), StoreError> {
        self.open.borrow_mut().remove(&number);
        if number != self.last.number {
            return Ok(());
        }
        match open_segment(&self.dir, number, true) {
            Ok(segment) if segment.len == self.last.len => {
                self.last = segment;
                Ok(())
            }
            Ok(segment) => {
                self.broken = true;
                Err(segment.corrupt(0, "the rewritten file has another length"))
            }
            Err(error) => {
                self.broken = true;
                Err(error)
            }
        }
    }
}

impl Drop for Segments {
    fn drop(&mut self) {
        if !self.broken {
            self.write_checkpoint();
        }
    }
}

fn cut_file(file: &File, len: u32) -> io::Result<()> {
    file.set_len(u64::from(len))?;
    file.sync_all()
}

fn path_of(dir: &Path, number: u32) -> PathBuf {
    dir.join(format!("{number:08}.{EXTENSION}"))
}

/// The segments' numbers in order. Unfinished files are removed; any other file does not belong here.
pub(super) fn list(dir: &Path) -> Result<Vec<u32>, StoreError> {
    let mut numbers = Vec::new();
    let entries = fs::read_dir(dir).map_err(|e| StoreError::io("list", dir, 0, e))?;
    for entry in entries {
        let path = entry.map_err(|e| StoreError::io("list", dir, 0, e))?.path();
        if path.extension().is_some_and(|end| end == UNFINISHED) {
            fs::remove_file(&path).map_err(|e| StoreError::io("remove", &path, 0, e))?;
            continue;
        }
        let number = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .and_then(|stem| stem.parse().ok())
            .filter(|number| path == path_of(dir, *number));
        numbers.push(number.ok_or(StoreError::NotAStore {
            path,
            what: "it lies among the segments and has no segment's name",
        })?);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Segments are numbered from 1 without gaps.
fn expect_number(number: u32, index: usize) -> Result<(), StoreError> {
    let expected = u32::try_from(index).ok().and_then(|index| index.checked_add(1));
    if expected == Some(number) {
        return Ok(());
    }
    Err(StoreError::Corrupt { segment: expected.unwrap_or(number), offset: 0, what: "the file is missing" })
}

/// Makes a new segment. It gets its name only once its header is durable.
fn create(dir: &Path, number: u32) -> Result<Segment, StoreError> {
    let path = path_of(dir, number);
    files::write_whole(&path, &encode_header(number, new_mark()))?;
    open_segment(dir, number, true)
}

/// Opens a segment's file and checks its header.
fn open_segment(dir: &Path, number: u32, write: bool) -> Result<Segment, StoreError> {
    let mut segment = open_file(dir, number, write)?;
    let mut header = [0; SEGMENT_HEADER as usize];
    segment.fill(&mut header, 0)?;
    segment.mark = decode_header(&header, number).map_err(|what| segment.corrupt(0, what))?;
    Ok(segment)
}

/// Opens a segment whose header may be damaged. The first record carries the mark as well.
pub(super) fn open_damaged(dir: &Path, number: u32) -> Result<Segment, StoreError> {
    match open_segment(dir, number, false) {
        Err(StoreError::Corrupt { .. }) => {
            let mut segment = open_file(dir, number, false)?;
            let mut mark = Mark::default();
            segment.fill(&mut mark, SEGMENT_HEADER + MARK_AT)?;
            segment.mark = mark;
            Ok(segment)
        }
        opened => opened,
    }
}

/// Opens a segment's file; the mark is not known yet.
fn open_file(dir: &Path, number: u32, write: bool) -> Result<Segment, StoreError> {
    let path = path_of(dir, number);
    let failed = |e| StoreError::io("open", &path, 0, e);
    let file = File::options().read(true).write(write).open(&path).map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    let len = u32::try_from(bytes).map_err(|_| StoreError::Corrupt {
        segment: number,
        offset: u32::MAX,
        what: "the file is too long",
    })?;
    Ok(Segment { number, mark: Mark::default(), len, file: Arc::new(file), path })
}

/// Six bytes that nobody outside can guess.
fn new_mark() -> Mark {
    let random = RandomState::new().hash_one(MAGIC);
    let [a, b, c, d, e, f, ..] = random.to_be_bytes();
    [a, b, c, d, e, f]
}

fn encode_header(number: u32, mark: Mark) -> [u8; SEGMENT_HEADER as usize] {
    let mut bytes = [0; SEGMENT_HEADER as usize];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..10].copy_from_slice(&VERSION.to_be_bytes());
    bytes[10..14].copy_from_slice(&number.to_be_bytes());
    bytes[14..20].copy_from_slice(&mark);
    let check = shorten(&blake3::hash(&bytes[..20]));
    bytes[20..].copy_from_slice(&check);
    bytes
}

fn decode_header(bytes: &[u8; SEGMENT_HEADER as usize], number: u32) -> Result<Mark, &'static str> {
    let [.., m0, m1, m2, m3, m4, m5, _, _, _, _, _, _, _, _] = *bytes;
    let mark = [m0, m1, m2, m3, m4, m5];
    if bytes[..8] != MAGIC {
        return Err("the file is not a segment");
    }
    if *bytes != encode_header(number, mark) {
        return Err("the segment's header is damaged, or belongs to another segment");
    }
    Ok(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_for_one_segment_only() {
        let bytes = encode_header(7, [1, 2, 3, 4, 5, 6]);
        assert_eq!(decode_header(&bytes, 7), Ok([1, 2, 3, 4, 5, 6]));
        assert!(decode_header(&bytes, 8).is_err());
        for at in 0..bytes.len() {
            let mut damaged = bytes;
            damaged[at] ^= 1;
            assert!(decode_header(&damaged, 7).is_err(), "byte {at}");
        }
    }

    #[test]
    fn marks_differ() {
        assert_ne!(new_mark(), new_mark());
    }
}
