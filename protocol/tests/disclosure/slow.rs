//! The dearest submissions: how long a verdict takes, for those who want to
//! know (`--ignored --nocapture`); what is asserted is that there is one.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "it says how long judging takes")]

use crate::kit::{Measure, Site};
use commons_protocol::bounded::BoundedVec;
use commons_protocol::codec;
use commons_protocol::disclosure::Reported;
use commons_protocol::limits::BODY_BYTES;
use commons_protocol::measure::MeasureKind;
use commons_protocol::period::Period;
use commons_protocol::series::{Cell, Part, Stratum, Submission, Table, Value};
use std::time::Instant;

fn wide(number: u8, kind: MeasureKind, stratifiers: u8, strata: u8) -> Measure {
    let names: Vec<String> = (0..strata).map(|one| format!("s{one:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut measure = Measure::new(number, kind);
    for one in 0..stratifiers {
        measure = measure.by(&format!("by{one}"), &names);
    }
    measure
}

/// A table whose every stratum has these numbers.
fn full(measure: &Measure, period: Period, told: bool, total_is_told: bool) -> Table {
    let mut strata = Vec::new();
    let mut count = 0;
    for (index, stratifier) in measure.definition.stratifiers.iter().enumerate() {
        count = stratifier.strata.len() as u64;
        for number in 0..stratifier.strata.len() {
            let value = |number| if told { Value::Known(number) } else { Value::Masked };
            let denominator = measure.definition.kind.has_denominator().then(|| value(2_000));
            let cell = Cell { numerator: value(1_000), denominator, excluded: None };
            let small = |number: usize| u8::try_from(number).expect("few strata");
            let (stratifier, code) = (small(index), small(number));
            strata.push(Stratum { stratifier, code, cell });
        }
    }
    let value = |number| if total_is_told { Value::Known(number) } else { Value::Masked };
    let denominator = measure.definition.kind.has_denominator().then(|| value(2_000 * count));
    let total = Some(Cell { numerator: value(1_000 * count), denominator, excluded: None });
    Table { period, total, strata: BoundedVec::new(strata).expect("few strata") }
}

fn size(measure: &Measure, tables: &[Table]) -> usize {
    let part = Part {
        release: measure.ground().release,
        tables: BoundedVec::new(tables.to_vec()).expect("few tables"),
    };
    let parts = BoundedVec::new(vec![part]).expect("one part");
    codec::encode(&Submission { previous: BoundedVec::default(), parts }).len()
}

/// As many tables as fit one submission.
fn filled(measure: &Measure, one: impl Fn(Period) -> Table, most: usize) -> Vec<Table> {
    let mut period = Period::month(2000, 1).expect("a month");
    let mut tables = Vec::new();
    let each = size(measure, &[one(period)]);
    while (tables.len() + 1) * each < BODY_BYTES && tables.len() < most {
        tables.push(one(period));
        period = period.next().expect("a next month");
    }
    tables
}

fn time(site: &mut Site, what: &str, measure: &Measure, tables: Vec<Table>) {
    let (bytes, count) = (size(measure, &tables), tables.len());
    let start = Instant::now();
    let verdict = site.submit(vec![Reported { ground: measure.ground(), tables }]);
    println!("{what}: {count} tables, {bytes} bytes, {:?}, {verdict:?}", start.elapsed());
}

#[test]
#[ignore = "takes long; shows how long"]
fn told_and_then_masked() {
    for (stratifiers, strata) in [(1, 20), (2, 20), (2, 40), (2, 80)] {
        let measure = wide(1, MeasureKind::Proportion, stratifiers, strata);
        let mut site = Site::default();
        let one = |told, total| {
            move |period| full(&wide(1, MeasureKind::Proportion, stratifiers, strata), period, told, total)
        };
        let name = format!("{stratifiers} x {strata}");
        time(&mut site, &format!("{name} told"), &measure, filled(&measure, one(true, true), 1));
        time(&mut site, &format!("{name} masked"), &measure, filled(&measure, one(false, true), 1));
    }
}

#[test]
#[ignore = "takes long; shows how long"]
fn full_bodies() {
    for (stratifiers, strata) in [(1, 100), (2, 80), (8, 30)] {
        let measure = wide(1, MeasureKind::Proportion, stratifiers, strata);
        for (told, total) in [(true, true), (false, true)] {
            let mut site = Site::default();
            let tables = filled(&measure, |period| full(&measure, period, told, total), 1_000);
            time(&mut site, &format!("{stratifiers} x {strata}, told {told}"), &measure, tables);
        }
    }
}

#[test]
#[ignore = "takes long; shows how long"]
fn implied_strata() {
    let measure = wide(1, MeasureKind::Proportion, 8, 30);
    let one = |period, number: u64| {
        let mut table = full(&measure, period, true, true);
        let cell = |numerator| Cell {
            numerator: Value::Known(numerator),
            denominator: Some(Value::Known(2 * numerator)),
            excluded: None,
        };
        let strata = (0..8).map(|stratifier| Stratum { stratifier, code: 0, cell: cell(number) }).collect();
        table.strata = BoundedVec::new(strata).expect("few");
        table.total = Some(cell(number));
        table
    };
    let mut site = Site::default();
    for number in [100, 200, 300] {
        let tables = filled(&measure, |period| one(period, number), 1_000);
        time(&mut site, "implied", &measure, tables);
    }
    let empty = |period| Table { period, total: None, strata: BoundedVec::default() };
    time(&mut site, "withdrawn", &measure, filled(&measure, empty, 1_000));
}

#[test]
#[ignore = "takes long; shows how long"]
fn restated_again_and_again() {
    let measure = wide(1, MeasureKind::Proportion, 2, 30);
    let mut site = Site::default();
    for round in 0..34_u64 {
        let period = Period::month(2000, 1).expect("a month");
        let mut table = full(&measure, period, false, true);
        let number = Value::Known(10_000 + 100 * round);
        table.total =
            Some(Cell { numerator: number, denominator: Some(Value::Known(50_000)), excluded: None });
        time(&mut site, &format!("round {round}"), &measure, vec![table]);
    }
}
