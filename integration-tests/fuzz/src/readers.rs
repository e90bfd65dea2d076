//! Files of figures: CSV, NDJSON and FHIR. Whatever stands in them, each figure is one that exists, each
//! remark can be shown, and reading twice gives the same.
//!
//! Input: a byte that chooses the reader and whether columns are named, then the file.
#![no_main]

// A link to the module of the node: it needs no more of the node than what stands below, and building all
// of that would take minutes.
#[allow(dead_code, unused_imports)]
mod figures;

/// What templates need of a measure; none is made here.
#[allow(dead_code)]
mod view {
    pub struct MeasureView {
        pub id: String,
        pub kind: String,
        pub calendar: String,
        pub stratifiers: Vec<StratifierView>,
    }

    pub struct StratifierView {
        pub code: String,
        pub strata: Vec<(String, String)>,
    }
}

use commons_protocol::series::LARGEST;
use figures::format::{Format, detect};
use figures::{Columns, Number, Reading, Role, Unreadable};
use std::collections::BTreeMap;

/// The organisation whose files are read.
const OWN: &str = "0101010101010101010101010101010101010101010101010101010101010101";

fn read(form: u8, bytes: &[u8]) -> Result<Reading, Unreadable> {
    let columns = match form & 8 {
        8 => Columns {
            named: BTreeMap::from([
                (Role::Numerator, "breaches".to_owned()),
                (Role::Stratum, "type".to_owned()),
            ]),
            stratifier: Some("type".to_owned()),
            only: vec![("level".to_owned(), "provider".to_owned())],
        },
        _ => Columns::default(),
    };
    let format = match form & 3 {
        0 => Format::Csv,
        1 => Format::Ndjson,
        2 => Format::Fhir,
        _ => detect(bytes),
    };
    match format {
        Format::Csv => figures::csv::read(bytes, &columns),
        Format::Ndjson => figures::ndjson::read(bytes, &columns),
        Format::Fhir => figures::fhir::read(bytes, OWN),
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((form, bytes)) = data.split_first() else { return };
    let reading = match read(*form, bytes) {
        Ok(reading) => reading,
        Err(error) => return check_text(&error.text),
    };
    for figure in &reading.figures {
        assert!(figure.period.is_sound());
        let numbers = [Some(figure.numerator), figure.denominator, figure.excluded];
        let is_large = |number| matches!(number, Number::Known(number) if number > LARGEST);
        assert!(!numbers.into_iter().flatten().any(is_large), "a number beyond the largest");
    }
    for remark in &reading.remarks {
        check_text(&remark.text);
        check_text(&remark.advice);
    }
    assert!(read(*form, bytes).is_ok_and(|again| again == reading));
});

/// Nothing that disturbs a terminal.
fn check_text(text: &str) {
    let is_odd = |char: char| char.is_control() && char != '\n' || matches!(char, '\u{202a}'..='\u{202e}');
    assert!(!text.chars().any(is_odd), "{text:?}");
}
