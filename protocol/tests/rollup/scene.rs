//! Organisations that report one measure.

use crate::world::{Dice, list};
use commons_protocol::disclosure::{Account, Ground, Policy, Reported};
use commons_protocol::id::{CommonsId, DocumentId, EntryId, OrganisationId};
use commons_protocol::measure::{Code, Definition, MeasureKind, Stratifier};
use commons_protocol::period::{Calendar, Period};
use commons_protocol::rollup::Rollup;
use commons_protocol::series::{Cell, Stratum, Table, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

pub const COMMONS: CommonsId = CommonsId([1; 32]);
pub const MEASURE: DocumentId = DocumentId([2; 32]);
pub const MASKED: Value = Value::Masked;

pub fn known(number: u64) -> Value {
    Value::Known(number)
}

pub fn organisation(number: u8) -> OrganisationId {
    OrganisationId([number; 32])
}

pub fn month(number: u32) -> Period {
    Period::month(2020 + number / 12, number % 12 + 1).expect("a month")
}

pub fn code(text: &str) -> Code {
    Code::new(text).expect("a code")
}

pub fn definition(kind: MeasureKind, stratifiers: &[(&str, &[&str])]) -> Definition {
    let one = |(name, strata): &(&str, &[&str])| Stratifier {
        code: code(name),
        strata: list(strata.iter().map(|text| code(text)).collect::<Vec<_>>()),
    };
    Definition {
        kind,
        calendar: Calendar::Month,
        direction: None,
        extremes_are_sensitive: false,
        threshold: None,
        stratifiers: list(stratifiers.iter().map(one).collect::<Vec<_>>()),
        numerator: None,
        denominator: None,
        per: 100,
    }
}

/// The ground of a release, which a number names.
pub fn ground(release: u8, definition: Definition) -> Ground {
    Ground::new(MEASURE, EntryId([release; 32]), Arc::new(definition), &Policy::default())
}

pub fn by_age() -> Ground {
    ground(
        1,
        definition(MeasureKind::Proportion, &[("age", &["0-4", "12-17", "5-11"]), ("sex", &["f", "m"])]),
    )
}

/// The second release: other ages.
pub fn by_other_age() -> Ground {
    ground(2, definition(MeasureKind::Proportion, &[("age", &["0-4", "5-17"]), ("sex", &["f", "m"])]))
}

pub fn counted() -> Ground {
    ground(3, definition(MeasureKind::Count, &[]))
}

pub fn count(number: Value) -> Cell {
    Cell { numerator: number, denominator: None, excluded: None }
}

pub fn share(numerator: Value, denominator: Value) -> Cell {
    Cell { numerator, denominator: Some(denominator), excluded: None }
}

pub fn total(period: Period, cell: Cell) -> Table {
    Table { period, total: Some(cell), strata: list([]) }
}

pub fn split(period: Period, total: Option<Cell>, strata: &[(u8, u8, Cell)]) -> Table {
    let strata = strata.iter().map(|(stratifier, code, cell)| Stratum {
        stratifier: *stratifier,
        code: *code,
        cell: *cell,
    });
    Table { period, total, strata: list(strata.collect::<Vec<_>>()) }
}

/// Nothing: what was said is withdrawn.
pub fn withdrawn(period: Period) -> Table {
    Table { period, total: None, strata: list([]) }
}

/// What everybody has said.
#[derive(Clone, Default)]
pub struct Network {
    pub accounts: BTreeMap<OrganisationId, Account>,
}

impl Network {
    /// Says whether the rules of disclosure permit the table.
    pub fn try_say(&mut self, who: u8, ground: &Ground, table: Table) -> bool {
        let account = self.accounts.entry(organisation(who)).or_default();
        let judged = account.judge(vec![Reported { ground: ground.clone(), tables: vec![table] }]);
        let is_accepted = judged.is_ok();
        judged.into_iter().for_each(|judged| account.take(judged));
        is_accepted
    }

    pub fn say(&mut self, who: u8, ground: &Ground, table: Table) {
        let account = self.accounts.entry(organisation(who)).or_default();
        let judged = account.judge(vec![Reported { ground: ground.clone(), tables: vec![table] }]);
        account.take(judged.unwrap_or_else(|breach| panic!("organisation {who}: {breach:?}")));
    }

    /// Tells a roll-up what an organisation has said of a period.
    pub fn tell(&self, rollup: &mut Rollup, who: u8, period: Period) -> bool {
        let account = self.accounts.get(&organisation(who));
        rollup.set(organisation(who), period, account.and_then(|one| one.table(&MEASURE, period)))
    }

    pub fn rollup(&self) -> Rollup {
        self.rollup_by(Policy::default())
    }

    /// Everything from scratch.
    pub fn rollup_by(&self, policy: Policy) -> Rollup {
        let mut rollup = Rollup::new(COMMONS, MEASURE, policy);
        for (organisation, account) in &self.accounts {
            for table in account.tables_of(&MEASURE) {
                rollup.set(*organisation, table.statement.table.period, Some(table));
            }
        }
        rollup
    }
}

/// Totals of a count, one organisation each.
pub fn counts(numbers: &[Value]) -> Network {
    let mut network = Network::default();
    for (who, number) in (1..).zip(numbers) {
        network.say(who, &counted(), total(month(0), count(*number)));
    }
    network
}

/// A table that breaks no rule, or nearly always so.
pub fn any_table(dice: &mut Dice, ground: &Ground, period: Period) -> Table {
    let definition = &ground.definition;
    let excluded = dice.below(2) == 0;
    let mut strata = Vec::new();
    let mut whole = [0; 3];
    let hides_strata = dice.below(3) == 0;
    let index = [0, 1, 1, 1, 2][dice.below(5)];
    if let Some(stratifier) = definition.stratifiers.get(index) {
        for code in 0..stratifier.strata.len() {
            let numbers = any_numbers(dice);
            (0..3).for_each(|which| whole[which] += numbers[which]);
            let cell = cell_of(numbers, hides_strata, excluded);
            let is_listed = numbers != [0; 3] || dice.below(2) == 0;
            if is_listed {
                strata.push((u8::try_from(index).expect("few"), u8::try_from(code).expect("few"), cell));
            }
        }
    } else {
        whole = any_numbers(dice);
    }
    let hides_total = dice.below(6) == 0;
    let has_total = strata.is_empty() || dice.below(5) > 0;
    split(period, has_total.then(|| cell_of(whole, hides_total, excluded)), &strata)
}

/// Numerator, denominator and exclusions: nobody, or many.
fn any_numbers(dice: &mut Dice) -> [u64; 3] {
    let size = [0, 1, 1, 1, 1, 20][dice.below(6)];
    let some = |dice: &mut Dice| (11 + dice.below(60) as u64) * size;
    let (numerator, rest) = (some(dice), some(dice));
    [numerator, numerator + rest, some(dice)]
}

fn cell_of(numbers: [u64; 3], hides: bool, excluded: bool) -> Cell {
    let value = |number| if hides { MASKED } else { known(number) };
    Cell {
        numerator: value(numbers[0]),
        denominator: Some(value(numbers[1])),
        excluded: excluded.then(|| value(numbers[2])),
    }
}
