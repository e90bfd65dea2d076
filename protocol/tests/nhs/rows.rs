//! The rows of the published table.

use commons_protocol::date::Date;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Department types, in the order of the definition.
pub const TYPES: [&str; 3] = ["1", "2", "other"];

/// A row: attendances of one month and department type, and how many of them
/// took longer than four hours.
#[derive(Clone, Debug)]
pub struct Row {
    pub month: Date,
    pub organisation: String,
    pub kind: u8,
    pub attendances: u64,
    pub breaches: u64,
}

/// Rows by organisation and month.
pub type Organisations = BTreeMap<String, BTreeMap<Date, Vec<Row>>>;

fn row(line: &str) -> Row {
    let fields: Vec<&str> = line.split(',').map(|field| field.trim_matches('"')).collect();
    let number = |index: usize| fields[index].parse().expect("a number");
    let kind = TYPES.iter().position(|one| *one == fields[2]).expect("a department type");
    Row {
        month: fields[0].parse().expect("a date"),
        organisation: fields[1].to_owned(),
        kind: u8::try_from(kind).expect("three"),
        attendances: number(3),
        breaches: number(4),
    }
}

fn rows(text: &str) -> Vec<Row> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.skip(1).map(row).collect()
}

/// Five organisations.
pub fn extract() -> Vec<Row> {
    rows(include_str!("extract.csv"))
}

/// The whole, where it is.
pub fn whole() -> Option<Vec<Row>> {
    let folder = std::env::var_os("COMMONS_SHARED_DATA").map(PathBuf::from);
    let path = folder.map(|folder| folder.join("aggregates/nhs_ae_attendances.csv"));
    let Some(path) = path.filter(|path| path.is_file()) else {
        println!("skipped: attendances of 274 organisations: COMMONS_SHARED_DATA names no folder with them");
        return None;
    };
    Some(rows(&std::fs::read_to_string(path).expect("the table is readable")))
}

pub fn by_organisation(rows: &[Row]) -> Organisations {
    let mut all = Organisations::new();
    for row in rows {
        let months = all.entry(row.organisation.clone()).or_default();
        months.entry(row.month).or_default().push(row.clone());
    }
    all
}
