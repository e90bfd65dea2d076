//! Files that somebody made to break the reader.

use super::{read_csv, read_ndjson, refused};
use commons_node::figures::format::{Format, detect};
use commons_node::figures::{Reading, Unreadable};
use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};

#[test]
fn a_million_columns_are_refused() {
    let names = format!("period,{}numerator\n", "a,".repeat(1_000_000));
    assert_eq!(read_csv(names.as_bytes()).unwrap_err().code, "columns");
    let commas = format!("period,numerator\n2026-01{}12\n2026-02,12\n", ",".repeat(1_000_000));
    let reading = read_csv(commas.as_bytes()).unwrap();
    assert_eq!((reading.figures.len(), refused(&reading)), (1, vec!["line 2 cells".to_owned()]));
    let members: String = (0..5_000).map(|number| format!("\"{number}\":1,")).collect();
    let reading = read_ndjson(format!("{{{members}\"period\":\"2026-01\"}}").as_bytes()).unwrap();
    assert_eq!(refused(&reading), ["line 1 columns"]);
}

#[test]
fn files_have_a_bound() {
    let mut large = b"period,numerator\n".to_vec();
    large.resize(64 * 1024 * 1024 + 1, b'\n');
    assert_eq!(read_csv(&large).unwrap_err().code, "too-large");
    assert_eq!(read_ndjson(&large).unwrap_err().code, "too-large");
    // One open quotation mark before a large rest.
    let mut open = b"period,numerator\n2026-01,\"".to_vec();
    open.resize(1024 * 1024, b'\n');
    assert_eq!(read_csv(&open).unwrap().remarks.len(), 1);
}

#[test]
fn many_bad_rows_are_counted_and_not_all_listed() {
    let text = format!("period,numerator\n{}2026-01,12\n", "2026-01,x\n".repeat(5_000));
    let reading = read_csv(text.as_bytes()).unwrap();
    assert_eq!((reading.figures.len(), reading.remarks.len()), (1, 1_001));
    assert!(reading.remarks[1_000].text.starts_with("4000 more"), "{:?}", reading.remarks[1_000]);
}

#[test]
fn what_remarks_quote_is_short_and_disturbs_no_terminal() {
    let text = format!("period,numerator\n2026-01,\"\u{1b}[2J\u{202e}{}\"\n", "x".repeat(9_000));
    let reading = read_csv(text.as_bytes()).unwrap();
    let remark = &reading.remarks[0].text;
    assert!(remark.len() < 200 && !remark.contains(['\u{1b}', '\u{202e}']), "{remark:?}");
}

/// What a row becomes: a figure, a refusal, or one of the counted notes.
fn rows_told(reading: &Reading) -> u64 {
    let times =
        |text: &str| text.rsplit("; ").next().and_then(|end| end.split(' ').next()?.parse::<u64>().ok());
    let counted = reading.remarks.iter().filter(|one| matches!(one.code.as_str(), "repeated" | "blank"));
    let counted: u64 = counted.map(|one| times(&one.text).unwrap_or(1)).sum();
    reading.figures.len() as u64 + refused(reading).len() as u64 + counted
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[0-9]{1,4}",
        2 => "2026-(0[1-9]|1[0-4]|Q[1-5])",
        1 => "(masked|\\*|<10|NA|)",
        1 => "[a-c]{1,2}(:[a-c ]{1,2})?",
        1 => "[=+@'-]?[0-9.,' ]{0,6}",
        1 => any::<String>().prop_map(|text| text.replace(['"', ',', '\n', '\r', '\0'], "")),
    ]
}

fn read_any(bytes: &[u8]) -> [Result<Reading, Unreadable>; 2] {
    assert!(matches!(detect(bytes), Format::Csv | Format::Ndjson | Format::Fhir));
    [read_csv(bytes), read_ndjson(bytes)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    /// No row of a table is lost without a word.
    #[test]
    fn every_row_is_accounted_for(rows in prop::collection::vec(prop::collection::vec(cell(), 5), 1..30)) {
        let mut text = "period,stratifier,stratum,numerator,denominator\n".to_owned();
        for row in &rows {
            text.push_str(&row.join(","));
            text.push('\n');
        }
        let reading = read_csv(text.as_bytes()).expect("a table");
        prop_assert_eq!(rows_told(&reading), rows.len() as u64, "{}\n{:#?}", text, reading);
    }

    /// Bytes of any kind are read or refused.
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), table in any::<bool>()) {
        let mut text = if table { b"period,numerator,a.numerator\n".to_vec() } else { b"{\"period\":".to_vec() };
        text.extend(&bytes);
        for reading in read_any(&text).into_iter().chain(read_any(&bytes)) {
            drop(reading);
        }
    }

    /// What people would write, with one byte changed.
    #[test]
    fn a_changed_byte_does_no_harm(at in 0_usize..120, byte in any::<u8>()) {
        let mut text = b"\xef\xbb\xbfsep=;\r\nperiod;stratum;numerator;denominator\r\n2026-01;age:0-4;12;50\r\n\
                         2026-02;\"age:5-17\";\"masked\";50\r\n2026-03;;1;2\r\n".to_vec();
        let place = at % text.len();
        text[place] = byte;
        for reading in read_any(&text) {
            drop(reading);
        }
    }
}
