//! A chart of a table with the columns label, value and maybe denominator,
//! drawn without a node.

use std::path::Path;

use commons_node::charts::{Annotation, Chart, ChartError, Entry, Form, Input, Kind, Layout, Value};

use crate::args::ChartArgs;
use crate::commands::source::{self, display_name};
use crate::error::CliError;

/// What the columns are called.
const COLUMNS: &str = "The first row names the columns: label, value and, for p and u charts, denominator";

/// Why a table can't be drawn.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// It is not a table of this form.
    #[error("{file}: {reason}. {COLUMNS}.")]
    Table {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// A place that is not in the table.
    #[error("{file} has no row with the label {label:?}, which --{option} names.")]
    Label {
        /// The file.
        file: String,
        /// The label.
        label: String,
        /// The option.
        option: &'static str,
    },
    /// Its numbers can't be charted so.
    #[error("{file}: {source}.")]
    Chart {
        /// The file.
        file: String,
        /// Why.
        #[source]
        source: ChartError,
    },
}

/// Draws the table of a file.
pub fn draw(args: &ChartArgs, data: &Path, form: Form) -> Result<Vec<u8>, CliError> {
    let text = source::read(data)?;
    let file = display_name(data);
    let rows = rows(&text).map_err(|reason| DataError::Table { file: file.clone(), reason })?;
    let kind = args.kind.unwrap_or_else(|| usual(&rows));
    let input = input(args, data, &file, kind, rows)?;
    let layout = Layout { width: args.width, height: args.height, sharp: args.sharp, ascii: false };
    let drawn = Chart::new(kind, input).and_then(|chart| chart.written(form, layout));
    drawn.map_err(|source| DataError::Chart { file, source }.into())
}

/// A row of the table.
struct Row {
    label: String,
    value: Option<f64>,
    denominator: Option<f64>,
}

fn rows(text: &str) -> Result<Vec<Row>, String> {
    let delimiter = if text.lines().next().is_some_and(|line| line.contains(';')) { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).from_reader(text.as_bytes());
    let names = reader.headers().map_err(|error| error.to_string())?.clone();
    let find = |name: &str| names.iter().position(|one| one.eq_ignore_ascii_case(name));
    let (label, value) = (find("label"), find("value"));
    let (Some(label), Some(value)) = (label, value) else {
        return Err(format!("it has no column {}", if label.is_none() { "label" } else { "value" }));
    };
    let denominator = find("denominator");
    let mut rows = Vec::new();
    for (record, line) in reader.records().zip(2_u64..) {
        let record = record.map_err(|error| error.to_string())?;
        let cell = |at: usize| record.get(at).unwrap_or_default();
        let number = |at: usize| number(cell(at)).map_err(|found| format!("row {line}: {found}"));
        rows.push(Row {
            label: cell(label).to_owned(),
            value: number(value)?,
            denominator: denominator.map(number).transpose()?.flatten(),
        });
    }
    if rows.is_empty() { Err("it has no rows".to_owned()) } else { Ok(rows) }
}

/// A number, or none in an empty cell.
fn number(text: &str) -> Result<Option<f64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let parsed = text.parse::<f64>().ok().filter(|number| number.is_finite());
    parsed
        .map(Some)
        .ok_or_else(|| format!("{text:?} is no number; write one such as 12.5, or leave it empty"))
}

/// A p chart where there are denominators, a run chart where there are none.
fn usual(rows: &[Row]) -> Kind {
    if rows.iter().any(|row| row.denominator.is_some()) { Kind::P } else { Kind::Run }
}

fn input(args: &ChartArgs, data: &Path, file: &str, kind: Kind, rows: Vec<Row>) -> Result<Input, DataError> {
    let place = |option: &'static str, label: &str| {
        let at = rows.iter().position(|row| row.label == label);
        at.ok_or_else(|| DataError::Label { file: file.to_owned(), label: label.to_owned(), option })
    };
    let places = |option: &'static str, labels: &[String]| {
        labels.iter().map(|label| place(option, label)).collect::<Result<Vec<_>, _>>()
    };
    let mut splits = places("phase", &args.phase)?;
    splits.sort_unstable();
    let excluded = places("exclude", &args.exclude)?;
    let freeze = args.freeze.as_ref().map(|text| match text.parse() {
        Ok(points) => Ok(points),
        Err(_) => place("freeze", text).map(|at| at + 1),
    });
    let freeze = freeze.transpose()?;
    let note = |(label, text): &(String, String)| {
        Ok(Annotation { point: place("annotate", label)?, text: text.clone() })
    };
    let annotations = args.annotate.iter().map(note).collect::<Result<_, DataError>>()?;
    let entries = rows.iter().enumerate().map(|(at, row)| Entry {
        label: row.label.clone(),
        value: value(row),
        excluded: excluded.contains(&at),
    });
    let title = args.title.clone().unwrap_or_else(|| stem(data));
    let input = Input::new(title, entries.collect());
    let input = if matches!(kind, Kind::P | Kind::PPrime) { input.in_percent() } else { input };
    Ok(Input { splits, freeze, annotations, ..input })
}

fn value(row: &Row) -> Value {
    match (row.value, row.denominator) {
        (None, _) => Value::Missing,
        (Some(measured), None) => Value::Measured(measured),
        (Some(numerator), denominator) => Value::Count { numerator, denominator },
    }
}

/// The name of a file without its end.
fn stem(data: &Path) -> String {
    let stem = data.file_stem().filter(|_| data != Path::new("-"));
    stem.map_or_else(|| "Chart".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::{number, rows, usual};
    use commons_node::charts::Kind;

    #[test]
    fn tables_are_read_by_the_names_of_their_columns() {
        let read = rows("Denominator;label;Value\n90;2026-01;30\n;2026-02;\n").unwrap();
        assert_eq!((read[0].value, read[0].denominator), (Some(30.0), Some(90.0)));
        assert_eq!((read[1].label.as_str(), read[1].value), ("2026-02", None));
        assert_eq!(usual(&read), Kind::P);
        assert_eq!(usual(&rows("label,value\na,1\n").unwrap()), Kind::Run);
    }

    #[test]
    fn what_is_no_table_is_told_with_its_row() {
        for (text, told) in [
            ("", "no column label"),
            ("label,number\na,1\n", "no column value"),
            ("label,value\n", "no rows"),
            ("label,value\na,1\nb,x\n", "row 3: \"x\" is no number"),
            ("label,value\na,inf\n", "row 2"),
            ("label,value\na,1,2\n", "record"),
        ] {
            let reason = rows(text).map(|_| ()).unwrap_err();
            assert!(reason.contains(told), "{text:?}: {reason}");
        }
        assert_eq!(number("1e3"), Ok(Some(1000.0)));
    }
}
