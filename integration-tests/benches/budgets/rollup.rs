//! Row 8: the network's numbers from scratch, and one new cell.

use super::measure::{Cost, Figure, Outcome, memory};
use commons_protocol::bounded::BoundedVec;
use commons_protocol::disclosure::{Account, Ground, Policy, Reported};
use commons_protocol::id::{CommonsId, DocumentId, EntryId, OrganisationId};
use commons_protocol::measure::{Code, Definition, MeasureKind, Stratifier};
use commons_protocol::period::{Calendar, Period};
use commons_protocol::rollup::{Rollup, Snapshot};
use commons_protocol::series::{Cell, Stratum, Table, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ROW: &str = "8";
const COMMONS: CommonsId = CommonsId([1; 32]);
const ORGANISATIONS: usize = 293;
const MEASURES: usize = 50;
const MONTHS: usize = 120;
const STRATA: [&str; 4] = ["0-4", "5-11", "12-15", "16-17"];
const NEW_CELLS: usize = 200;

type Accounts = BTreeMap<OrganisationId, Account>;

/// Totals of all measures; then a tenth of them with strata, one organisation
/// in eight masking.
pub fn rollups(scale: usize) -> Outcome<Vec<Figure>> {
    let mut figures = with_cells((MEASURES / scale).max(1), false)?;
    figures.extend(with_cells((MEASURES / 10 / scale).max(1), true)?);
    Ok(figures)
}

fn with_cells(measures: usize, is_split: bool) -> Outcome<Vec<Figure>> {
    let grounds: Vec<Ground> =
        (0..measures).map(|number| ground(number, is_split)).collect::<Outcome<_>>()?;
    let tables = ORGANISATIONS * MONTHS * measures;
    let before = memory("VmRSS")?;
    let cost = Cost::begin()?;
    let mut accounts = accounts(&grounds)?;
    let judged = cost.spent()?;
    let held = memory("VmRSS")?;

    let cost = Cost::begin()?;
    let mut rollups: Vec<Rollup> = grounds.iter().map(|ground| rolled_up(&accounts, ground)).collect();
    let taken_in = cost.spent()?;
    rollups.iter().for_each(|rollup| _ = rollup.digest());
    let spent = cost.spent()?;
    let with_rollups = memory("VmRSS")?;
    let rows = Instant::now();
    let count: usize = rollups.iter().map(|rollup| rollup.rows().count()).sum();
    let rows = rows.elapsed();
    let mut times = new_cells(&mut accounts, &grounds[0], &mut rollups[0])?;
    let (snapshot, bytes) = snapshot(&accounts, &rollups[0])?;

    let what =
        format!("{ORGANISATIONS} x {measures} x {MONTHS}{}", if is_split { " in 4 strata" } else { "" });
    let bytes_each = |megabytes: f64| megabytes * 1e6 / tables as f64;
    let note = |of: &str, value, unit| Figure::note(ROW, &format!("{what}: {of}"), value, unit);
    let mean = times.iter().sum::<Duration>().as_secs_f64() * 1_000.0 / NEW_CELLS as f64;
    // The budget is that of all measures, without strata; all is done by one
    // thread, so its seconds are those of the clock on a quiet machine.
    let scratch = match is_split {
        false => Figure::at_most(ROW, &format!("{what}: rows and digests"), spent.cpu, 1.0, "CPU s"),
        true => note("rows and digests", spent.cpu, "CPU s"),
    };
    let mut figures = vec![
        scratch,
        note("the same by the clock", spent.wall, "s"),
        note("of which to take the tables in", taken_in.cpu, "CPU s"),
        Figure::at_most(ROW, &format!("{what}: a new cell with its digest"), mean, 1.0, "ms"),
        note("the same, slowest of 200", super::measure::percentile(&mut times, 1.0), "ms"),
        note("all rows again", rows.as_secs_f64() * 1_000.0, "ms"),
        note("rows of the network", count as f64, "rows"),
        note("a snapshot, made, read and confirmed", snapshot, "ms"),
        note("its bytes", bytes as f64 / 1_000.0, "kB"),
        note("judging a table by all that was said", judged.cpu * 1e6 / tables as f64, "CPU us"),
    ];
    // What comes second fills what the first has left.
    if !is_split {
        figures.push(note("the roll-ups' memory by table", bytes_each(with_rollups - held), "B"));
        figures.push(note("the accounts' memory by table", bytes_each(held - before), "B"));
    }
    Ok(figures)
}

/// Takes in one changed table after another, and asks for row and digest each
/// time.
fn new_cells(accounts: &mut Accounts, ground: &Ground, rollup: &mut Rollup) -> Outcome<Vec<Duration>> {
    let mut times = Vec::new();
    for (index, (organisation, account)) in accounts.iter_mut().enumerate().take(NEW_CELLS) {
        let Some(period) = period_told(account, ground, index) else { return Err("nothing is told".into()) };
        let cell =
            Cell { numerator: Value::Known(7_000), denominator: Some(Value::Known(70_000)), excluded: None };
        let table = Table { period, total: Some(cell), strata: BoundedVec::default() };
        say(account, ground, vec![table])?;
        let before = rollup.digest();
        let began = Instant::now();
        rollup.set(*organisation, period, account.table(&ground.measure, period));
        let (digest, row) = (rollup.digest(), rollup.row(period, &None));
        times.push(began.elapsed());
        if digest == before || row.is_none() {
            return Err("a new cell changed nothing".into());
        }
    }
    Ok(times)
}

/// A month in which nothing is masked: what was once masked is rarely told.
fn period_told(account: &Account, ground: &Ground, from: usize) -> Option<Period> {
    let months = (from % MONTHS..MONTHS).chain(0..MONTHS).filter_map(|month| period(month).ok());
    let is_told = |period: &Period| {
        account.table(&ground.measure, *period).is_some_and(|accepted| !accepted.statement.hides())
    };
    months.into_iter().find(is_told)
}

/// Milliseconds to make a snapshot, read it and confirm it, and its bytes.
fn snapshot(accounts: &Accounts, rollup: &Rollup) -> Outcome<(f64, usize)> {
    let heads = accounts.keys().map(|one| (*one, EntryId(one.0))).collect();
    let began = Instant::now();
    let bytes = Snapshot::of(rollup, Period::EARLIEST..=Period::LATEST, &heads)?.encode();
    Snapshot::decode(&bytes)?.check(rollup)?;
    Ok((began.elapsed().as_secs_f64() * 1_000.0, bytes.len()))
}

fn rolled_up(accounts: &Accounts, ground: &Ground) -> Rollup {
    let mut rollup = Rollup::new(COMMONS, ground.measure, Policy::default());
    for (organisation, account) in accounts {
        for table in account.tables_of(&ground.measure) {
            rollup.set(*organisation, table.statement.table.period, Some(table));
        }
    }
    rollup
}

/// What all organisations said, one submission by measure.
fn accounts(grounds: &[Ground]) -> Outcome<Accounts> {
    let mut accounts = Accounts::new();
    for number in 0..ORGANISATIONS {
        let mut account = Account::default();
        for (measure, ground) in grounds.iter().enumerate() {
            let seed = number * 7_919 + measure * 104_729;
            let tables = (0..MONTHS).map(|month| table(ground, seed + month * 31, period(month)?));
            say(&mut account, ground, tables.collect::<Outcome<_>>()?)?;
        }
        accounts.insert(organisation(number), account);
    }
    Ok(accounts)
}

fn say(account: &mut Account, ground: &Ground, tables: Vec<Table>) -> Outcome<()> {
    let judged = account.judge(vec![Reported { ground: ground.clone(), tables }]);
    account.take(judged.map_err(|breach| format!("refused: {breach:?}"))?);
    Ok(())
}

/// Numbers of some hundred to some thousand people; one in eight masked: a
/// total, or the strata of a total that is told.
fn table(ground: &Ground, seed: usize, period: Period) -> Outcome<Table> {
    let hides = seed.is_multiple_of(8);
    let parts = ground.definition.stratifiers.first().map_or(0, |stratifier| stratifier.strata.len());
    let numbers: Vec<(u64, u64)> = (0..parts.max(1)).map(|part| numbers(seed + part * 131)).collect();
    let sum = numbers.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let total = Some(cell(sum, hides && parts == 0));
    let mut strata = Vec::new();
    for (code, numbers) in numbers.iter().enumerate().take(parts) {
        strata.push(Stratum { stratifier: 0, code: u8::try_from(code)?, cell: cell(*numbers, hides) });
    }
    Ok(Table { period, total, strata: BoundedVec::new(strata)? })
}

fn numbers(seed: usize) -> (u64, u64) {
    let mixed = (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let numerator = 11 + mixed % 400;
    (numerator, 2 * numerator + 100 + mixed % 1_000)
}

fn cell((numerator, denominator): (u64, u64), hides: bool) -> Cell {
    let value = |number| if hides { Value::Masked } else { Value::Known(number) };
    Cell { numerator: value(numerator), denominator: Some(value(denominator)), excluded: None }
}

fn ground(number: usize, is_split: bool) -> Outcome<Ground> {
    let names = STRATA.iter().map(|name| Code::new(name)).collect::<Result<Vec<_>, _>>()?;
    let mut names = names;
    names.sort_unstable();
    let age = Stratifier { code: Code::new("age")?, strata: BoundedVec::new(names)? };
    let definition = Definition {
        kind: MeasureKind::Proportion,
        calendar: Calendar::Month,
        direction: None,
        extremes_are_sensitive: false,
        threshold: None,
        stratifiers: BoundedVec::new(if is_split { vec![age] } else { Vec::new() })?,
        numerator: None,
        denominator: None,
        per: 100,
    };
    let id = organisation(1_000 + number).0;
    Ok(Ground::new(DocumentId(id), EntryId(id), Arc::new(definition), &Policy::default()))
}

fn organisation(number: usize) -> OrganisationId {
    OrganisationId(commons_protocol::id::hash("commons bench", &[&number.to_be_bytes()]))
}

fn period(month: usize) -> Outcome<Period> {
    let month = u32::try_from(month)?;
    Ok(Period::month(2015 + month / 12, month % 12 + 1).ok_or("a month")?)
}
