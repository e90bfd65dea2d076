//! Counting the items of run-length coded columns without expanding them.

use super::Reader;
use crate::fence::{FenceRefusal, KEY_BYTES};

/// How one value of a column is written.
#[derive(Clone, Copy)]
pub(super) enum Value {
    /// An unsigned number.
    Unsigned,
    /// A signed number, as in columns of differences.
    Signed,
    /// The key of a map.
    Key,
}

/// What a column holds.
#[derive(Default)]
pub(super) struct Counted {
    /// Items, empty ones included.
    pub(super) items: usize,
    /// The sum of all values; zero unless they are [`Value::Unsigned`].
    pub(super) sum: usize,
}

impl Counted {
    fn add(&mut self, items: u64, value: u64, limit: usize) -> Result<(), FenceRefusal> {
        self.items = add(self.items, items, limit)?;
        // Only the sum over predecessor counts means anything, so others may saturate.
        let sum = usize::try_from(items.saturating_mul(value)).unwrap_or(usize::MAX);
        self.sum = self.sum.saturating_add(sum);
        Ok(())
    }
}

fn add(total: usize, items: u64, limit: usize) -> Result<usize, FenceRefusal> {
    let items = usize::try_from(items).unwrap_or(usize::MAX);
    let total = total.saturating_add(items);
    if total > limit {
        return Err(FenceRefusal::TooManyOperations { limit });
    }
    Ok(total)
}

/// Counts a column of positive runs (one value repeated), negative runs (single values) and
/// zero runs (empty items).
pub(super) fn count(bytes: &[u8], value: Value, limit: usize) -> Result<Counted, FenceRefusal> {
    let mut reader = Reader::new(bytes);
    let mut counted = Counted::default();
    while !reader.is_empty() {
        let run = reader.signed()?;
        match run {
            0 => counted.add(reader.unsigned()?, 0, limit)?,
            1.. => {
                let value = skip_value(&mut reader, value)?;
                counted.add(run.unsigned_abs(), value, limit)?;
            }
            _ => {
                add(counted.items, run.unsigned_abs(), limit)?;
                for _ in 0..run.unsigned_abs() {
                    let value = skip_value(&mut reader, value)?;
                    counted.add(1, value, limit)?;
                }
            }
        }
    }
    Ok(counted)
}

/// Counts a column of alternating runs of false and true.
pub(super) fn count_boolean(bytes: &[u8], limit: usize) -> Result<usize, FenceRefusal> {
    let mut reader = Reader::new(bytes);
    let mut items = 0;
    while !reader.is_empty() {
        items = add(items, reader.unsigned()?, limit)?;
    }
    Ok(items)
}

fn skip_value(reader: &mut Reader<'_>, value: Value) -> Result<u64, FenceRefusal> {
    match value {
        Value::Unsigned => reader.unsigned(),
        Value::Signed => reader.signed().map(|_| 0),
        Value::Key => {
            let length = reader.length()?;
            if length == 0 || length > KEY_BYTES {
                return Err(FenceRefusal::KeyLength { length });
            }
            reader.take(length).map(|_| 0)
        }
    }
}
