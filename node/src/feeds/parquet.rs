//! A feed as Parquet: the same columns as the table. Text and dates are UTF-8,
//! whole numbers are INT64, others DOUBLE; an empty cell is null, so nothing
//! stands for a masked number but its interval. Nothing is compressed beyond
//! the dictionaries, so every reader can read it, and the same feed is the
//! same bytes.

use super::columns::{COLUMNS, Cell, Column, Kind, Names, SCHEMA, WIDTH, cells};
use crate::view::FeedView;
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};
use std::sync::Arc;

/// Why a feed can't be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// No accepted submission holds such a number.
    #[error("the number {0} is larger than what Parquet holds")]
    TooLarge(u64),
    /// The writer failed.
    #[error("the Parquet file could not be written")]
    Parquet(#[from] ParquetError),
}

/// Rows of one group: what readers take into memory at once.
const GROUP_ROWS: usize = 16_384;

/// The file.
///
/// # Errors
/// If a number does not fit.
pub fn write(feed: &FeedView) -> Result<Vec<u8>, WriteError> {
    let properties = WriterProperties::builder()
        .set_created_by("Commons".to_owned())
        .set_key_value_metadata(Some(metadata(feed)))
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), schema()?, Arc::new(properties))?;
    let names = Names::of(feed);
    for rows in feed.rows.chunks(GROUP_ROWS) {
        let rows: Vec<[Cell<'_>; WIDTH]> = rows.iter().map(|row| cells(row, &names)).collect();
        let mut group = writer.next_row_group()?;
        for (at, column) in COLUMNS.iter().enumerate() {
            write_column(&mut group, column, rows.iter().map(|row| row[at]))?;
        }
        group.close()?;
    }
    Ok(writer.into_inner()?)
}

/// What a reader finds beside the rows.
fn metadata(feed: &FeedView) -> Vec<KeyValue> {
    let entry = |key: &str, value: &str| KeyValue::new(key.to_owned(), value.to_owned());
    let mut entries = vec![
        entry("commons.schema", SCHEMA),
        entry("commons.id", &feed.commons),
        entry("commons.measure", &feed.measure.id),
        entry("commons.title", &feed.measure.title),
        entry("commons.digest", &feed.digest),
    ];
    entries.extend(feed.measure.version.as_ref().map(|version| entry("commons.version", version)));
    entries
}

fn schema() -> Result<TypePtr, ParquetError> {
    let columns = COLUMNS.iter().map(|column| field(column).map(Arc::new));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    Ok(Arc::new(Type::group_type_builder("feed").with_fields(columns).build()?))
}

fn field(column: &Column) -> Result<Type, ParquetError> {
    let (physical, logical) = match column.kind {
        Kind::Text | Kind::Date => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Integer => (Physical::INT64, None),
        Kind::Decimal => (Physical::DOUBLE, None),
    };
    let repetition = if column.is_required { Repetition::REQUIRED } else { Repetition::OPTIONAL };
    Type::primitive_type_builder(column.name, physical)
        .with_repetition(repetition)
        .with_logical_type(logical)
        .build()
}

fn write_column<'a>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    column: &Column,
    cells: impl Iterator<Item = Cell<'a>>,
) -> Result<(), WriteError> {
    match column.kind {
        Kind::Text | Kind::Date => {
            let texts =
                cells.map(|cell| if let Cell::Text(text) = cell { text.map(ByteArray::from) } else { None });
            put::<ByteArrayType>(group, column, &texts.collect::<Vec<_>>())
        }
        Kind::Integer => {
            let numbers =
                cells.map(|cell| if let Cell::Integer(Some(number)) = cell { Some(number) } else { None });
            let fits = |number: u64| i64::try_from(number).map_err(|_| WriteError::TooLarge(number));
            let numbers = numbers.map(|number| number.map(fits).transpose());
            put::<Int64Type>(group, column, &numbers.collect::<Result<Vec<_>, _>>()?)
        }
        Kind::Decimal => {
            let numbers = cells.map(|cell| if let Cell::Decimal(number) = cell { number } else { None });
            put::<DoubleType>(group, column, &numbers.collect::<Vec<_>>())
        }
    }
}

/// Writes one column of a group: the values that there are, and which rows
/// have one.
fn put<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    column: &Column,
    cells: &[Option<T::T>],
) -> Result<(), WriteError> {
    let Some(mut writer) = group.next_column()? else { return Ok(()) };
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let values: Vec<T::T> = cells.iter().flatten().cloned().collect();
    let levels = (!column.is_required).then_some(levels.as_slice());
    writer.typed::<T>().write_batch(&values, levels, None)?;
    writer.close()?;
    Ok(())
}
