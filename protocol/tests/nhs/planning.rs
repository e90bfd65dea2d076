//! What is masked, and that nothing masked can be worked out.

use crate::attacker;
use crate::rows::{Row, TYPES, by_organisation, extract, whole};
use crate::scene::{cell, definition, ground, say};
use commons_protocol::disclosure::mask::{Mask, Options, Outcome, RawTable, Why, plan};
use commons_protocol::disclosure::{Account, Ground};
use commons_protocol::measure::{Direction, MeasureKind};
use commons_protocol::period::{Calendar, Period};
use commons_protocol::series::Table;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Breaches of the four hours, as a share of attendances by department type.
pub fn breaches() -> Ground {
    let mut breaches = definition(MeasureKind::Proportion, &[("type", &TYPES)]);
    breaches.direction = Some(Direction::Decrease);
    assert_eq!(breaches.calendar, Calendar::Month);
    ground(breaches)
}

/// The table of a month.
fn table(rows: &[Row]) -> RawTable {
    let (year, month, _) = rows[0].month.parts();
    let sum = |of: fn(&Row) -> u64| rows.iter().map(of).sum();
    let total = cell(sum(|row| row.breaches), sum(|row| row.attendances));
    let strata = rows.iter().map(|row| ((0, row.kind), cell(row.breaches, row.attendances)));
    RawTable {
        period: Period::month(year, month).expect("a month"),
        total: Some(total),
        strata: strata.collect(),
    }
}

/// What planning did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    organisations: usize,
    tables: usize,
    rows: usize,
    /// Strata of which the rules name a number.
    rows_masked: usize,
    /// Numbers that the rules name, of strata and of totals.
    primary: (usize, usize),
    /// Numbers masked besides, of strata and of totals.
    complementary: (usize, usize),
    without_strata: usize,
    withheld: usize,
}

impl Tally {
    fn add(&mut self, masks: &[Mask]) {
        for mask in masks {
            let group =
                if mask.why == Why::Complementary { &mut self.complementary } else { &mut self.primary };
            let number = if mask.stratum.is_some() { &mut group.0 } else { &mut group.1 };
            *number += 1;
        }
        let named = masks.iter().filter(|one| one.why != Why::Complementary);
        let rows: std::collections::BTreeSet<_> = named.filter_map(|one| one.stratum.clone()).collect();
        self.rows_masked += rows.len();
    }
}

/// Plans all tables of one organisation, says them month by month, and attacks
/// what was said.
fn report(ground: &Ground, raw: Vec<RawTable>, tally: &mut Tally) -> Duration {
    tally.organisations += 1;
    tally.tables += raw.len();
    tally.rows += raw.iter().map(|table| table.strata.len()).sum::<usize>();
    let begun = Instant::now();
    let mut account = Account::default();
    let planned = plan(&account, ground, raw.clone(), Options::default());
    let took = begun.elapsed();
    let raw: BTreeMap<Period, RawTable> = raw.into_iter().map(|table| (table.period, table)).collect();
    for (period, outcome) in planned {
        match outcome {
            Outcome::Send { table, masks, without_strata } => {
                tally.add(&masks);
                tally.without_strata += usize::from(without_strata);
                check_told(&raw[&period], &table);
                say(&mut account, ground, &table);
                check_hidden(ground, &table);
            }
            Outcome::Withhold(_) => tally.withheld += 1,
            other => panic!("{period}: {other:?}"),
        }
    }
    took
}

/// Whatever is told is what the raw table says.
fn check_told(raw: &RawTable, table: &Table) {
    let cells = table.strata.iter().map(|one| (raw.strata.get(&one.place()), one.cell));
    for (raw, told) in cells.chain(table.total.map(|cell| (raw.total.as_ref(), cell))) {
        let raw = raw.copied().unwrap_or(cell(0, 0));
        assert!(told.numerator.known().is_none() || told.numerator == raw.numerator);
        assert!(
            told.denominator.is_some_and(|one| one.known().is_none()) || told.denominator == raw.denominator
        );
    }
}

fn check_hidden(ground: &Ground, table: &Table) {
    for number in attacker::masked(ground, table) {
        let left = attacker::left(ground, table, number);
        let enough = left.is_none_or(|left| left >= f64::from(ground.threshold));
        assert!(enough, "{number:?} is one of {left:?} in {table:?}");
    }
}

fn report_all(rows: &[Row]) -> Tally {
    let (ground, mut tally, mut took) = (breaches(), Tally::default(), Duration::ZERO);
    for (_, months) in by_organisation(rows) {
        let tables = months.values().map(|rows| table(rows)).collect();
        took += report(&ground, tables, &mut tally);
    }
    println!("{tally:#?}\nplanned in {took:?}");
    tally
}

#[test]
fn five_organisations_give_nothing_away() {
    let tally = report_all(&extract());
    assert_eq!((tally.organisations, tally.withheld), (5, 0));
    assert!(tally.rows_masked > 0 && tally.complementary.0 > 0);
}

#[test]
fn all_organisations_give_nothing_away() {
    let Some(rows) = whole() else { return };
    let tally = report_all(&rows);
    assert_eq!((tally.organisations, tally.rows), (274, 12_765));
    assert_eq!(tally.rows_masked, 1_904);
    let is_small = |row: &&Row| (1..=10).contains(&row.breaches);
    let months: Vec<Vec<Row>> =
        by_organisation(&rows).into_values().flat_map(BTreeMap::into_values).collect();
    let several: Vec<&Vec<Row>> = months.iter().filter(|rows| rows.len() > 1).collect();
    let single = several.iter().filter(|rows| rows.iter().filter(is_small).count() == 1).count();
    assert_eq!((several.len(), single), (3_719, 1_124));
}
