//! Roll-ups: what organisations submitted, and the digest that every node
//! computes from it.

use crate::world::list;
use commons_protocol::codec;
use commons_protocol::disclosure::{Account, Ground, Policy, Reported};
use commons_protocol::id::{CommonsId, DocumentId, EntryId, OrganisationId};
use commons_protocol::measure::{Code, Definition, MeasureKind, Stratifier};
use commons_protocol::period::{Calendar, Period};
use commons_protocol::rollup::{Reason, Rollup, Row, Sum};
use commons_protocol::series::{Cell, Part, Stratum, Submission, Table, Value};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

const COMMONS: CommonsId = CommonsId([1; 32]);
const MEASURE: DocumentId = DocumentId([2; 32]);
const MASKED: Value = Value::Masked;

/// One roll-up.
struct Case {
    name: &'static str,
    definitions: Vec<(EntryId, Definition)>,
    submissions: Vec<Said>,
}

/// A submission with its place in the chain of its organisation.
struct Said {
    organisation: OrganisationId,
    id: EntryId,
    submission: Submission,
}

/// All of them in words and bytes, and what they show.
pub fn text() -> String {
    let policy = Policy::default();
    let mut text = String::from("# type: roll-up\n# version: 1\n");
    write!(text, "# commons\n{COMMONS}\n# measure\n{MEASURE}\n# policy\n").expect("text");
    writeln!(text, "{}", hex::encode(codec::encode(&policy))).expect("text");
    cases().iter().for_each(|case| case.write(&policy, &mut text));
    text
}

impl Case {
    fn write(&self, policy: &Policy, text: &mut String) {
        let name = self.name;
        for (release, definition) in &self.definitions {
            let definition = hex::encode(codec::encode(definition));
            write!(text, "# {name}: definition that release {release} brings\n{definition}\n").expect("text");
        }
        for said in &self.submissions {
            let (id, organisation) = (said.id, said.organisation);
            let bytes = hex::encode(codec::encode(&said.submission));
            write!(text, "# {name}: submission {id} of organisation {organisation}\n{bytes}\n")
                .expect("text");
        }
        let rollup = self.rollup(policy);
        let rows: Vec<Row> = rollup.rows().collect();
        write!(text, "# {name}: rows\n{}\n", hex::encode(codec::encode(&rows))).expect("text");
        write!(text, "# {name}: digest\n{}\n", rollup.digest()).expect("text");
    }

    fn rollup(&self, policy: &Policy) -> Rollup {
        let mut accounts: BTreeMap<OrganisationId, Account> = BTreeMap::new();
        for said in &self.submissions {
            let account = accounts.entry(said.organisation).or_default();
            let judged = account.judge(self.reported(&said.submission, policy));
            account.take(judged.unwrap_or_else(|breach| panic!("{}: {breach:?}", self.name)));
        }
        let mut rollup = Rollup::new(COMMONS, MEASURE, *policy);
        for (organisation, account) in &accounts {
            for table in account.tables_of(&MEASURE) {
                rollup.set(*organisation, table.statement.table.period, Some(table));
            }
        }
        rollup
    }

    fn reported(&self, submission: &Submission, policy: &Policy) -> Vec<Reported> {
        let definition = |release: EntryId| {
            let found = self.definitions.iter().find(|(one, _)| *one == release);
            Arc::new(found.expect("a release of the case").1.clone())
        };
        let one = |part: &Part| Reported {
            ground: Ground::new(MEASURE, part.release, definition(part.release), policy),
            tables: part.tables.to_vec(),
        };
        submission.parts.iter().map(one).collect()
    }

    /// The numerators of all rows.
    fn numerators(&self) -> Vec<Sum> {
        self.rollup(&Policy::default()).rows().map(|row| row.numerator).collect()
    }
}

fn cases() -> [Case; 5] {
    [strata(), masked(), withheld(), two_releases(), quarter()]
}

fn known(number: u64) -> Value {
    Value::Known(number)
}

/// Numerator of denominator.
fn share(numerator: u64, denominator: u64) -> Cell {
    Cell { numerator: known(numerator), denominator: Some(known(denominator)), excluded: None }
}

fn without(excluded: u64, cell: Cell) -> Cell {
    Cell { excluded: Some(known(excluded)), ..cell }
}

const HIDDEN: Cell = Cell { numerator: MASKED, denominator: Some(MASKED), excluded: None };

fn month(number: u32) -> Period {
    Period::month(2026, number).expect("a month")
}

fn definition(kind: MeasureKind, calendar: Calendar, sexes: &[&str]) -> Definition {
    let code = |text: &str| Code::new(text).expect("a code");
    let by_sex = Stratifier { code: code("sex"), strata: list(sexes.iter().map(|one| code(one))) };
    Definition {
        kind,
        calendar,
        direction: None,
        extremes_are_sensitive: false,
        threshold: None,
        stratifiers: list((!sexes.is_empty()).then_some(by_sex)),
        numerator: None,
        denominator: None,
        per: 100,
    }
}

fn release(number: u8) -> EntryId {
    EntryId([number; 32])
}

fn by_sex(sexes: &[&str]) -> Definition {
    definition(MeasureKind::Proportion, Calendar::Month, sexes)
}

fn table(period: Period, total: Option<Cell>, strata: &[(u8, Cell)]) -> Table {
    let one = |(code, cell): &(u8, Cell)| Stratum { stratifier: 0, code: *code, cell: *cell };
    Table { period, total, strata: list(strata.iter().map(one)) }
}

/// What an organisation submits first.
fn first(organisation: u8, under: u8, tables: &[Table]) -> Said {
    said(organisation, 0, &[], under, tables)
}

/// What it submits after these.
fn said(organisation: u8, number: u8, previous: &[EntryId], under: u8, tables: &[Table]) -> Said {
    let part = Part { release: release(under), tables: list(tables.iter().cloned()) };
    let previous = list(previous.iter().copied());
    Said {
        organisation: OrganisationId([organisation; 32]),
        id: EntryId([16 * organisation + number; 32]),
        submission: Submission { previous, parts: list([part]) },
    }
}

/// Three organisations, one of them without any boys; exclusions of boys are
/// all in one place.
fn strata() -> Case {
    let jan = |total: Cell, strata: &[(u8, Cell)]| [table(month(1), Some(total), strata)];
    let (one, girls, boys) = (without(40, share(74, 128)), share(40, 60), share(34, 68));
    let two = without(0, share(60, 100));
    let half = without(0, share(30, 50));
    let three = without(30, share(50, 90));
    Case {
        name: "strata",
        definitions: vec![(release(6), by_sex(&["f", "m"]))],
        submissions: vec![
            first(3, 6, &jan(one, &[(0, without(20, girls)), (1, without(20, boys))])),
            first(4, 6, &jan(two, &[(0, half), (1, half)])),
            first(5, 6, &jan(three, &[(0, three)])),
        ],
    }
}

/// Strata that a total bounds, and a total that nothing bounds.
fn masked() -> Case {
    let open = |number: u8| {
        let (total, half) = (share(400, 800), share(200, 400));
        let jan = table(month(1), Some(total), &[(0, half), (1, half)]);
        first(number, 6, &[jan, table(month(2), Some(total), &[])])
    };
    let closed = [
        table(month(1), Some(share(300, 600)), &[(0, HIDDEN), (1, HIDDEN)]),
        table(month(2), Some(HIDDEN), &[]),
    ];
    Case {
        name: "masked",
        definitions: vec![(release(6), by_sex(&["f", "m"]))],
        submissions: vec![open(3), open(4), first(5, 6, &closed)],
    }
}

/// A total that is nearly one organisation's, and one of two organisations.
fn withheld() -> Case {
    let total = |number, cell| table(month(number), Some(cell), &[]);
    Case {
        name: "withheld",
        definitions: vec![(release(6), by_sex(&[]))],
        submissions: vec![
            first(3, 6, &[total(1, share(901, 1_802)), total(2, share(50, 100))]),
            first(4, 6, &[total(1, share(50, 100)), total(2, share(50, 100))]),
            first(5, 6, &[total(1, share(50, 100))]),
        ],
    }
}

/// Two organisations follow the first release, two the second, which has one
/// stratum more.
fn two_releases() -> Case {
    let (third, half) = (share(40, 80), share(60, 120));
    let two = [table(month(1), Some(share(120, 240)), &[(0, half), (1, half)])];
    let three = [table(month(1), Some(share(120, 240)), &[(0, third), (1, third), (2, third)])];
    Case {
        name: "two releases",
        definitions: vec![(release(6), by_sex(&["f", "m"])), (release(7), by_sex(&["f", "m", "x"]))],
        submissions: vec![first(3, 6, &two), first(4, 6, &two), first(5, 7, &three), first(6, 7, &three)],
    }
}

/// Counts by quarter; a fourth organisation takes back what it said.
fn quarter() -> Case {
    let quarter = Period::quarter(2026, 1).expect("a quarter");
    let count = |number| {
        let cell = Cell { numerator: known(number), denominator: None, excluded: None };
        [table(quarter, Some(cell), &[])]
    };
    let taken_back = first(6, 6, &count(400));
    let withdrawal = said(6, 1, &[taken_back.id], 6, &[table(quarter, None, &[])]);
    Case {
        name: "quarter",
        definitions: vec![(release(6), definition(MeasureKind::Count, Calendar::Quarter, &[]))],
        submissions: vec![
            first(3, 6, &count(100)),
            first(4, 6, &count(200)),
            first(5, 6, &count(0)),
            taken_back,
            withdrawal,
        ],
    }
}

#[test]
fn each_case_shows_what_it_is_named_after() {
    let between = |low, high| Sum::Between { low, high };
    let (few, dominated) = (Sum::Withheld(Reason::TooFew), Sum::Withheld(Reason::Dominated));
    let expected: [&[Sum]; 5] = [
        &[Sum::Known(184), Sum::Known(120), Sum::Known(64)],
        &[Sum::Known(1_100), between(400, Some(700)), between(400, Some(700)), between(800, None)],
        &[dominated, few],
        &[Sum::Known(480), Sum::Known(200), Sum::Known(200), few],
        &[Sum::Known(300)],
    ];
    for (case, expected) in cases().iter().zip(expected) {
        assert_eq!(case.numerators(), expected, "{}", case.name);
    }
    let strata: Vec<Row> = strata().rollup(&Policy::default()).rows().collect();
    let excluded: Vec<Option<Sum>> = strata.iter().map(|row| row.excluded).collect();
    assert_eq!(excluded, [Some(Sum::Known(70)), Some(Sum::Known(50)), Some(dominated)]);
}
