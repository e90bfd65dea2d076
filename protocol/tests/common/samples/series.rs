//! Samples of what organisations report, and of the measures and policies
//! that say what it means.

use super::{Sample, charter, decode, decoded, entry_header, run};
use crate::world::writer::header;
use crate::world::{World, key, list};
use commons_protocol::body::Content;
use commons_protocol::charter::Charter;
use commons_protocol::codec;
use commons_protocol::collection::{Collection, DocumentKind};
use commons_protocol::disclosure::Policy;
use commons_protocol::document::{Fields, Particulars};
use commons_protocol::fence::ChangeHash;
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::limits::{BODY_BYTES, OBJECT_BYTES};
use commons_protocol::measure::{Code, Definition, Direction, MeasureKind, Stratifier};
use commons_protocol::period::{Calendar, Period};
use commons_protocol::refusal::Refusal;
use commons_protocol::series::{Cell, LARGEST, Part, Stratum, Submission, Table, Value};
use commons_protocol::version::{Cover, Origin, Version};
use std::collections::BTreeMap;

sampler!(submission, Submission, "submit", BODY_BYTES, decode::<Submission, BODY_BYTES>);
sampler!(definition, Definition, "definition", BODY_BYTES, decode::<Definition, BODY_BYTES>);
sampler!(cover, Cover, "cover", BODY_BYTES, decode::<Cover, BODY_BYTES>);
sampler!(disclosure, Policy, "disclosure", OBJECT_BYTES, decode::<Policy, OBJECT_BYTES>);

const MASKED: Value = Value::Masked;

fn known(number: u64) -> Value {
    Value::Known(number)
}

fn month(month: u32) -> Period {
    Period::month(2026, month).expect("a month")
}

fn code(text: &str) -> Code {
    Code::new(text).expect("a code")
}

fn cell(numerator: Value, denominator: Option<Value>, excluded: Option<Value>) -> Cell {
    Cell { numerator, denominator, excluded }
}

fn table(period: Period, total: Option<Cell>, strata: &[(u8, u8, Cell)]) -> Table {
    let one = |(stratifier, code, cell): &(u8, u8, Cell)| Stratum {
        stratifier: *stratifier,
        code: *code,
        cell: *cell,
    };
    Table { period, total, strata: list(strata.iter().map(one)) }
}

/// The table that the documentation writes out in bytes.
pub fn a_table() -> Table {
    let masked_of = |number| cell(MASKED, Some(known(number)), None);
    let total = cell(known(74), Some(known(128)), None);
    table(month(2), Some(total), &[(0, 0, masked_of(90)), (0, 1, masked_of(38))])
}

/// A table with one stratum and no total.
pub fn a_split_table() -> Table {
    table(month(3), None, &[(1, 7, cell(known(40), Some(known(100)), None))])
}

/// A part that takes a table back.
pub fn a_withdrawal() -> Part {
    of(6, &[table(month(2), None, &[])])
}

/// The definition that the documentation writes out in bytes.
pub fn a_definition() -> Definition {
    Definition {
        direction: Some(Direction::Increase),
        stratifiers: list([stratifier("age", &["0-11", "12-17"])]),
        per: 100,
        ..bare(MeasureKind::Proportion)
    }
}

fn stratifier(name: &str, strata: &[&str]) -> Stratifier {
    Stratifier { code: code(name), strata: list(strata.iter().map(|one| code(one))) }
}

/// A monthly measure with nothing that can be left out.
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

fn of(release: u8, tables: &[Table]) -> Part {
    Part { release: EntryId([release; 32]), tables: list(tables.iter().cloned()) }
}

fn submissions() -> Vec<Sample> {
    let first = Submission { previous: list([]), parts: list([of(6, &[a_table()])]) };
    let next = |parts: Vec<Part>| Submission { previous: list([EntryId([9; 32])]), parts: list(parts) };
    let joins = [EntryId([9; 32]), EntryId([4; 32])];
    let counted = cell(known(0), None, Some(known(25)));
    let hidden = cell(MASKED, Some(MASKED), Some(MASKED));
    let quarter = Period::quarter(2026, 1).expect("a quarter");
    let parts = vec![
        of(7, &[table(month(2), Some(cell(known(LARGEST), None, None)), &[])]),
        of(6, &[a_table(), table(month(1), Some(hidden), &[(0, 1, hidden)])]),
        of(8, &[table(quarter, Some(counted), &[(0, 99, counted), (255, 255, cell(MASKED, None, None))])]),
    ];
    vec![
        submission("first", "a first one: a total of numbers that are told, strata that are masked", first),
        submission("total-null", "strata without a total", next(vec![of(6, &[a_split_table()])])),
        submission("parts", "three measures in no order; exclusions without a denominator", next(parts)),
        submission("withdrawal", "takes a table back", next(vec![a_withdrawal()])),
        submission("nothing", "no parts", Submission { previous: list([]), parts: list([]) }),
        submission(
            "joins",
            "follows on two that did not know of each other, and says nothing",
            Submission { previous: list(joins), parts: list([]) },
        ),
    ]
}

fn definitions() -> Vec<Sample> {
    let two = Definition {
        stratifiers: list([stratifier("age", &["0-11", "12-17"]), stratifier("sex", &["f", "m", "x"])]),
        numerator: Some(code("visits")),
        ..bare(MeasureKind::Count)
    };
    let all = Definition {
        calendar: Calendar::Quarter,
        direction: Some(Direction::Decrease),
        extremes_are_sensitive: true,
        threshold: Some(300),
        stratifiers: list([stratifier("ward", &["a"])]),
        numerator: Some(code("falls")),
        denominator: Some(code("patient-days")),
        per: 10_000,
        ..bare(MeasureKind::Rate)
    };
    vec![
        definition("bare", "nothing that can be left out", bare(MeasureKind::Count)),
        definition("age", "a proportion by month, in per cent, split by age", a_definition()),
        definition("two-stratifiers", "split in two ways; a quantity of the numerator alone", two),
        definition("all", "everything that a definition can say", all),
        definition("between", "opportunities between events", bare(MeasureKind::Between)),
        definition("continuous", "a measurement", bare(MeasureKind::Continuous)),
    ]
}

/// A version of a measure, whose cover has the definition of
/// [`a_definition`].
pub fn a_measure() -> Version {
    let values = [
        ("calendar", "month"),
        ("denominator", "Those with a visit"),
        ("direction", "increase"),
        ("measure-kind", "proportion"),
        ("numerator", "Those in remission"),
        ("population", "Children with Crohn's disease"),
        ("stratum/age:0-11", "Up to 11 years"),
        ("stratum/age:12-17", "From 12 to 17 years"),
    ];
    let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let fields = Fields {
        title: "Clinical remission".into(),
        language: "en".into(),
        summary: "How many are well".into(),
        text: "Count once in each month.\n".into(),
        particulars: Particulars::new(BTreeMap::from(values)).expect("they fit"),
    };
    let origin = Origin {
        commons: super::world().commons,
        document: DocumentId([1; 32]),
        kind: DocumentKind::Measure,
        heads: vec![ChangeHash([3; 32])],
        contributors: vec![key("author").public()],
    };
    Version::new(origin, &fields).expect("it fits")
}

fn policies() -> Vec<Sample> {
    vec![
        disclosure("usual", "the disclosure policy where the charter names none", Policy::default()),
        disclosure("strict", "another", strict()),
    ]
}

fn strict() -> Policy {
    Policy { threshold: 20, organisations: 5, share: 75 }
}

fn charters(world: &World) -> Vec<Sample> {
    let alone = Charter { disclosure: Some(strict()), ..world.next_charter() };
    let reviewed = Some(list(super::publication::policies()));
    let both = Charter { policies: reviewed, ..alone.clone() };
    vec![
        charter("disclosure", "a next charter with a disclosure policy and no review policies", alone),
        charter("disclosure-and-policies", "and one with both", both),
    ]
}

fn entries(world: &World) -> Vec<Sample> {
    let mut writer = world.writer(0, Collection::Aggregates, 0);
    let first = Submission { previous: list([]), parts: list([of(6, &[a_table()])]) };
    let id = writer.say(&Content::Submit(first), vec![EntryId([6; 32])]);
    writer.say(&Content::Submit(Submission { previous: list([id]), parts: list([]) }), vec![]);
    let head = header(world.commons, writer.name, 0, None, &writer.entries[0]);
    vec![
        entry_header("submit", "a submission on top of the release of its measure", head),
        run("submit", "two submissions, the second on top of the first", decoded(&writer.run(0, 2))),
    ]
}

/// All of them, in the order of their files.
pub fn all() -> Vec<Sample> {
    let world = super::world();
    let mut samples = submissions();
    samples.extend(definitions());
    samples.extend([
        cover("measure", "the cover of a measure", a_measure().cover),
        cover("guidance", "a cover without a definition", super::publication::a_version().cover),
    ]);
    samples.extend(policies());
    samples.extend(charters(&world));
    samples.extend(entries(&world));
    samples
}
