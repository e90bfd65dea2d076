//! Step 2: the header and the columns, counted before anything is built from them.
//!
//! Operations are stored in columns, and columns in runs: a count and one value. A run of five
//! million costs as many bytes as a run of five. This scan walks the runs without expanding
//! them, in time proportional to the bytes, and allocates nothing.

mod reader;
mod runs;

pub(super) use self::reader::Reader;
use super::{Actor, DEPENDENCIES_PER_CHANGE, FenceRefusal, MESSAGE_BYTES, OTHER_ACTORS_PER_CHANGE};

const HASH_BYTES: usize = 32;
const DEFLATED: u64 = 0b1000;
const ACTION: u64 = 0x42;
const PREDECESSOR_GROUP: u64 = 0x70;
const PREDECESSOR_ACTOR: u64 = 0x71;
const PREDECESSOR_COUNTER: u64 = 0x73;
const VALUE_BYTES: u64 = 0x57;

/// What the scan counted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Counts {
    /// Operations in the change, at least one.
    pub(super) operations: usize,
}

/// Items per column, as far as columns must agree.
#[derive(Default)]
struct Tally {
    operations: Option<usize>,
    shortest: Option<usize>,
    longest: usize,
    predecessors: usize,
    predecessor_actors: usize,
    predecessor_counters: usize,
}

/// Counts the operations in the body of a change chunk, none of them more than `limit`.
pub(super) fn scan(body: &[u8], limit: usize) -> Result<Counts, FenceRefusal> {
    let mut reader = Reader::new(body);
    skip_header(&mut reader)?;
    let mut specifications = reader.clone();
    let columns = reader.unsigned()?;
    for _ in 0..columns {
        reader.unsigned()?;
        reader.unsigned()?;
    }
    specifications.unsigned()?;
    let mut tally = Tally::default();
    let mut previous = None;
    for _ in 0..columns {
        let column = specifications.unsigned()?;
        check_column(column, previous)?;
        previous = Some(column);
        let length = specifications.length()?;
        count_column(column, reader.take(length)?, limit, &mut tally)?;
    }
    if !reader.is_empty() {
        return Err(FenceRefusal::ExtraBytes);
    }
    tally.settle()
}

fn skip_header(reader: &mut Reader<'_>) -> Result<(), FenceRefusal> {
    let dependencies = reader.unsigned()?;
    let bounded = bounded(dependencies, DEPENDENCIES_PER_CHANGE);
    let count = bounded.ok_or(FenceRefusal::TooManyDependencies { found: dependencies })?;
    reader.take(count * HASH_BYTES)?;
    skip_actor(reader)?;
    reader.unsigned()?; // sequence number
    reader.unsigned()?; // first counter
    reader.signed()?; // time
    let message = reader.unsigned()?;
    let length = bounded_message(message)?;
    reader.take(length)?;
    let found = reader.unsigned()?;
    let actors =
        self::bounded(found, OTHER_ACTORS_PER_CHANGE).ok_or(FenceRefusal::TooManyActors { found })?;
    (0..actors).try_for_each(|_| skip_actor(reader))
}

fn bounded_message(found: u64) -> Result<usize, FenceRefusal> {
    bounded(found, MESSAGE_BYTES).ok_or(FenceRefusal::MessageTooLong { found })
}

fn bounded(found: u64, limit: usize) -> Option<usize> {
    usize::try_from(found).ok().filter(|count| *count <= limit)
}

fn skip_actor(reader: &mut Reader<'_>) -> Result<(), FenceRefusal> {
    let found = reader.unsigned()?;
    if found != Actor::LENGTH as u64 {
        return Err(FenceRefusal::ActorLength { found });
    }
    reader.take(Actor::LENGTH).map(|_| ())
}

/// Columns come in rising order, each at most once, and only those of plain operations.
fn check_column(column: u64, previous: Option<u64>) -> Result<(), FenceRefusal> {
    if column & DEFLATED != 0 {
        return Err(FenceRefusal::DeflatedColumn { column });
    }
    if previous.is_some_and(|previous| previous >= column) {
        return Err(FenceRefusal::ColumnOrder { column });
    }
    Ok(())
}

fn count_column(column: u64, bytes: &[u8], limit: usize, tally: &mut Tally) -> Result<(), FenceRefusal> {
    let runs = |value| runs::count(bytes, value, limit);
    match column {
        PREDECESSOR_ACTOR => tally.predecessor_actors = runs(runs::Value::Unsigned)?.items,
        PREDECESSOR_COUNTER => tally.predecessor_counters = runs(runs::Value::Signed)?.items,
        VALUE_BYTES => {}
        PREDECESSOR_GROUP => {
            let counted = runs(runs::Value::Unsigned)?;
            tally.predecessors = counted.sum;
            tally.note(counted.items);
        }
        ACTION => {
            let items = runs(runs::Value::Unsigned)?.items;
            tally.operations = Some(items);
            tally.note(items);
        }
        0x34 => tally.note(runs::count_boolean(bytes, limit)?),
        0x01 | 0x02 | 0x11 | 0x56 => tally.note(runs(runs::Value::Unsigned)?.items),
        0x13 => tally.note(runs(runs::Value::Signed)?.items),
        0x15 => tally.note(runs(runs::Value::Key)?.items),
        _ => return Err(FenceRefusal::UnknownColumn { column }),
    }
    Ok(())
}

impl Tally {
    fn note(&mut self, items: usize) {
        self.longest = self.longest.max(items);
        self.shortest = Some(self.shortest.map_or(items, |shortest| shortest.min(items)));
    }

    /// All columns of operations are equally long, and so are those of predecessors.
    fn settle(self) -> Result<Counts, FenceRefusal> {
        let operations = self.operations.filter(|count| *count > 0);
        let operations = operations.ok_or(FenceRefusal::Empty)?;
        let even = self.longest == operations && self.shortest == Some(operations);
        let predecessors =
            self.predecessors == self.predecessor_actors && self.predecessors == self.predecessor_counters;
        if !even || !predecessors {
            return Err(FenceRefusal::ColumnLength);
        }
        Ok(Counts { operations })
    }
}
