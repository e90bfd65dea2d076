//! A real file: accident and emergency attendances of 274 organisations.

use super::refused;
use commons_node::figures::csv::read;
use commons_node::figures::{Columns, Number};
use std::collections::BTreeMap;
use std::path::PathBuf;

fn file() -> Option<Vec<u8>> {
    let folder = std::env::var_os("COMMONS_SHARED_DATA").map(PathBuf::from).filter(|folder| folder.is_dir());
    let Some(folder) = folder else {
        println!("skipped: attendances: COMMONS_SHARED_DATA names no folder");
        return None;
    };
    Some(std::fs::read(folder.join("aggregates/nhs_ae_attendances.csv")).unwrap())
}

fn columns() -> Columns {
    let mut columns = Columns::default();
    let named = ["period=period", "stratum=type", "numerator=breaches", "denominator=attendances"];
    named.iter().chain(&["organisation=org_code"]).for_each(|text| columns.name(text).unwrap());
    columns
}

/// Period, type, attendances and breaches of each organisation, by nothing
/// but splitting at commas: the file has none in its cells.
fn expected(text: &str) -> BTreeMap<String, Vec<(String, String, u64, u64)>> {
    let mut expected: BTreeMap<String, Vec<(String, String, u64, u64)>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').map(|cell| cell.trim_matches('"')).collect();
        let numbers = [cells[3], cells[4]].map(|cell| cell.parse().unwrap());
        let row = (cells[0][..7].to_owned(), cells[2].to_owned(), numbers[0], numbers[1]);
        expected.entry(cells[1].to_owned()).or_default().push(row);
    }
    expected
}

/// The rows of one organisation, as the reader of the whole file gives them.
fn found(bytes: &[u8], organisation: &str) -> Vec<(String, String, u64, u64)> {
    let mut columns = columns();
    columns.want(&format!("org_code={organisation}")).unwrap();
    let reading = read(bytes, &columns).unwrap();
    assert_eq!(refused(&reading), [""; 0], "{organisation}");
    let rows = reading.figures.into_iter().map(|figure| {
        let number =
            |number| if let Some(Number::Known(number)) = number { number } else { panic!("{number:?}") };
        let (breaches, attendances) = (number(Some(figure.numerator)), number(figure.denominator));
        let (stratifier, code) = figure.stratum.expect("a type");
        assert_eq!((stratifier.as_str(), figure.excluded), ("type", None));
        (figure.period.to_string(), code, attendances, breaches)
    });
    rows.collect()
}

#[test]
fn attendances_are_read_organisation_by_organisation() {
    let Some(bytes) = file() else { return };
    let text = std::str::from_utf8(&bytes).unwrap();
    let error = read(&bytes, &columns()).unwrap_err();
    assert_eq!(error.code, "organisations", "{error}");
    let expected = expected(text);
    let header = text.lines().next().unwrap();
    let mut rows = 0;
    for (organisation, wanted) in &expected {
        let own = text.lines().filter(|line| line.contains(&format!("\"{organisation}\"")));
        let own: String = own.flat_map(|line| [line, "\n"]).collect();
        assert_eq!(&found(format!("{header}\n{own}").as_bytes(), organisation), wanted, "{organisation}");
        rows += wanted.len();
    }
    for organisation in ["RF4", "R1H"] {
        assert_eq!(found(&bytes, organisation), expected[organisation]);
    }
    println!("attendances: {rows} rows of {} organisations", expected.len());
    assert_eq!((rows, expected.len()), (12_765, 274));
}
