//! Three measures, one of them in two releases: so small that each judgement is quick.
#![allow(dead_code)]

use crate::world::list;
use commons_protocol::disclosure::Policy;
use commons_protocol::id::{CommonsId, DocumentId, EntryId, OrganisationId};
use commons_protocol::measure::{Code, Definition, MeasureKind, Stratifier};
use commons_protocol::period::{Calendar, Period};
use commons_protocol::reports::{Report, Reports, Verdict};
use commons_protocol::rollup::Rollup;
use commons_protocol::series::{Cell, Part, Stratum, Submission, Table, Value};

/// The policy of an epoch; the first has the least threshold that a charter can name.
pub fn policy(epoch: u64) -> Policy {
    let threshold = [5, 5, 8, 6][usize::try_from(epoch & 3).expect("small")];
    Policy { threshold, organisations: 2, share: 90 }
}

pub const COMMONS: CommonsId = CommonsId([1; 32]);

/// Releases with the measures that they define.
pub fn releases() -> [(EntryId, DocumentId, Definition); 4] {
    let [remission, visits, infections] = [1, 2, 3].map(|number| DocumentId([number; 32]));
    let by = |name: &str, strata: &[&str]| Stratifier {
        code: code(name),
        strata: list(strata.iter().map(|one| code(one))),
    };
    let (sex, wards) = (by("sex", &["f", "m"]), by("ward", &["a", "b", "c"]));
    let first = Definition {
        stratifiers: list([sex.clone(), wards]),
        denominator: Some(code("visits")),
        ..bare(MeasureKind::Proportion)
    };
    let second = Definition { stratifiers: list([by("ward", &["a", "b", "d"])]), ..first.clone() };
    let count =
        Definition { stratifiers: list([sex]), numerator: Some(code("visits")), ..bare(MeasureKind::Count) };
    let quarterly = Definition {
        calendar: Calendar::Quarter,
        extremes_are_sensitive: true,
        threshold: Some(12),
        ..bare(MeasureKind::Rate)
    };
    [
        (release(0), remission, first),
        (release(1), remission, second),
        (release(2), visits, count),
        (release(3), infections, quarterly),
    ]
}

/// The release with this number.
pub fn release(number: u8) -> EntryId {
    EntryId([0xf0 | number & 3; 32])
}

fn bare(kind: MeasureKind) -> Definition {
    Definition {
        kind,
        calendar: Calendar::Month,
        direction: None,
        extremes_are_sensitive: false,
        threshold: None,
        stratifiers: list([]),
        numerator: None,
        denominator: None,
        per: 1,
    }
}

fn code(text: &str) -> Code {
    Code::new(text).expect("a code")
}

/// A commons in which these measures are released, and nothing was reported.
pub fn reports() -> Reports {
    let mut reports = Reports::default();
    for (release, measure, definition) in releases() {
        let epoch = u64::from(release == self::release(1));
        reports.define(release, epoch, measure, &definition);
    }
    reports
}

/// The roll-up of a measure.
pub fn rollup(reports: &Reports, measure: DocumentId) -> Rollup {
    let mut rollup = Rollup::new(COMMONS, measure, policy(0));
    for (organisation, account) in reports.accounts() {
        for table in account.tables_of(&measure) {
            rollup.set(*organisation, table.statement.table.period, Some(table));
        }
    }
    rollup
}

/// A cell; what is not told is masked.
pub fn share(numerator: Option<u64>, denominator: Option<u64>) -> Cell {
    Cell { numerator: value(numerator), denominator: Some(value(denominator)), excluded: None }
}

pub fn count(number: Option<u64>) -> Cell {
    Cell { numerator: value(number), denominator: None, excluded: None }
}

fn value(number: Option<u64>) -> Value {
    number.map_or(Value::Masked, Value::Known)
}

pub fn table(month: u32, total: Option<Cell>, strata: &[(u8, u8, Cell)]) -> Table {
    let one = |(stratifier, code, cell): &(u8, u8, Cell)| Stratum {
        stratifier: *stratifier,
        code: *code,
        cell: *cell,
    };
    let period = Period::month(2026, month).expect("a month");
    Table { period, total, strata: list(strata.iter().map(one)) }
}

pub fn part(number: u8, tables: Vec<Table>) -> Part {
    Part { release: release(number), tables: list(tables) }
}

/// A site's story: a table with masks in two groups that share a quantity, a correction, a stratum that is
/// masked later, and a withdrawal.
pub fn story() -> Vec<Submission> {
    let (known, of) = (|number| Some(number), |number| Some(number));
    let split = |girls, boys| vec![(0, 0, share(girls, of(60))), (0, 1, share(boys, of(68)))];
    let first = table(1, Some(share(known(74), of(128))), &split(None, None));
    let visits = table(1, Some(count(known(128))), &[(0, 0, count(known(60))), (0, 1, count(known(68)))]);
    let next = table(2, Some(share(known(74), of(128))), &split(known(40), known(34)));
    let corrected = table(2, Some(share(known(90), of(128))), &split(known(50), known(40)));
    let wards = [(0, 0, share(None, None)), (0, 1, share(None, None)), (0, 2, share(known(20), of(40)))];
    let other = table(3, Some(share(known(80), of(160))), &wards);
    let parts = [
        vec![part(0, vec![first]), part(2, vec![visits])],
        vec![part(0, vec![next])],
        vec![part(0, vec![corrected]), part(1, vec![other])],
        vec![part(0, vec![table(1, None, &[])])],
    ];
    parts.map(|parts| Submission { previous: list([]), parts: list(parts) }).into()
}

/// The report of a submission of this organisation.
pub fn report(organisation: u8, number: u8, epoch: u64, submission: Submission) -> Report {
    Report {
        id: EntryId([number; 32]),
        organisation: OrganisationId([organisation; 32]),
        epoch,
        policy: policy(epoch),
        submission,
    }
}

/// Three organisations that tell the story as far as each next submission is accepted.
pub fn told() -> Reports {
    let mut reports = reports();
    let mut number = 0;
    for organisation in 1..4 {
        for mut submission in story() {
            let line = reports.line(&OrganisationId([organisation; 32]));
            submission.previous = list(line.last().copied());
            number += 1;
            let verdict = reports.take(&report(organisation, number, 1, submission));
            assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
        }
    }
    reports
}
