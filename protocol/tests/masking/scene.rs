//! Measures and tables for the tests of masking.
#![allow(dead_code, reason = "each test uses a part of it")]

use commons_protocol::bounded::{BoundedVec, Text};
use commons_protocol::disclosure::mask::{Mask, Options, Outcome, RawTable, Why, plan};
use commons_protocol::disclosure::{Account, Ground, Policy, Reported};
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::measure::{Code, Component, Definition, MeasureKind, Stratifier};
use commons_protocol::period::{Calendar, Period};
use commons_protocol::series::{Cell, Table, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

pub fn code(text: &str) -> Code {
    Text::new(text).expect("a short code")
}

/// A monthly measure, split in these ways.
pub fn definition(kind: MeasureKind, stratifiers: &[(&str, &[&str])]) -> Definition {
    let one = |(name, strata): &(&str, &[&str])| Stratifier {
        code: code(name),
        strata: BoundedVec::new(strata.iter().map(|text| code(text)).collect()).expect("few strata"),
    };
    Definition {
        kind,
        calendar: Calendar::Month,
        direction: None,
        extremes_are_sensitive: false,
        threshold: None,
        stratifiers: BoundedVec::new(stratifiers.iter().map(one).collect()).expect("few stratifiers"),
        numerator: None,
        denominator: None,
        per: 100,
    }
}

pub fn ground(definition: Definition) -> Ground {
    ground_of(1, definition)
}

/// The ground of the measure with this number.
pub fn ground_of(number: u8, definition: Definition) -> Ground {
    assert!(definition.is_sound());
    let (measure, release) = (DocumentId([number; 32]), EntryId([number + 100; 32]));
    Ground::new(measure, release, Arc::new(definition), &Policy::default())
}

pub fn month(number: u32) -> Period {
    Period::month(2025 + (number - 1) / 12, (number - 1) % 12 + 1).expect("a month")
}

pub fn cell(numerator: u64, denominator: u64) -> Cell {
    Cell { numerator: Value::Known(numerator), denominator: Some(Value::Known(denominator)), excluded: None }
}

pub fn count(number: u64) -> Cell {
    Cell { numerator: Value::Known(number), denominator: None, excluded: None }
}

pub fn excluding(cell: Cell, excluded: u64) -> Cell {
    Cell { excluded: Some(Value::Known(excluded)), ..cell }
}

/// A table of the first month.
pub fn raw(total: Cell, strata: &[((u8, u8), Cell)]) -> RawTable {
    raw_of(month(1), total, strata)
}

pub fn raw_of(period: Period, total: Cell, strata: &[((u8, u8), Cell)]) -> RawTable {
    RawTable { period, total: Some(total), strata: strata.iter().copied().collect::<BTreeMap<_, _>>() }
}

/// What becomes of one table.
pub fn planned(account: &Account, ground: &Ground, raw: RawTable) -> Outcome {
    planned_with(account, ground, raw, Options::default())
}

pub fn planned_with(account: &Account, ground: &Ground, raw: RawTable, options: Options) -> Outcome {
    let mut all = plan(account, ground, vec![raw], options);
    assert_eq!(all.len(), 1);
    all.remove(0).1
}

/// What becomes of several tables.
pub fn plan_all(account: &Account, ground: &Ground, tables: Vec<RawTable>) -> Vec<(Period, Outcome)> {
    plan(account, ground, tables, Options::default())
}

/// Says a table, which must be accepted.
pub fn say(account: &mut Account, ground: &Ground, table: &Table) {
    let reported = Reported { ground: ground.clone(), tables: vec![table.clone()] };
    let judged = account.judge(vec![reported]).unwrap_or_else(|breach| panic!("{breach}: {table:?}"));
    account.take(judged);
}

/// The masks of a table that can be sent: stratum, component and reason.
pub fn masks(outcome: &Outcome) -> Vec<(String, Component, Why)> {
    let Outcome::Send { masks, .. } = outcome else { panic!("{outcome:?}") };
    let name = |mask: &Mask| mask.stratum.as_ref().map_or("all".to_owned(), |(_, code)| code.to_string());
    masks.iter().map(|mask| (name(mask), mask.component, mask.why)).collect()
}

/// The table that can be sent.
pub fn sent(outcome: &Outcome) -> Table {
    match outcome {
        Outcome::Send { table, .. } => table.clone(),
        other => panic!("{other:?}"),
    }
}
