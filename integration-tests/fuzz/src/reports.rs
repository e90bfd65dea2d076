//! Chains of submissions into the judge of disclosure: whatever was accepted leaves enough of what is
//! masked, and is the same in whatever order it came.
//!
//! Input: records, each after a length of two bytes (little-endian): a control byte and the bytes of a
//! submission. Bit 0: it follows the last one that counts, instead of those that it names. Bit 1: which
//! organisation. Bits 2 and 3: the epoch that it names. Ids are known by their first byte.
#![no_main]

#[path = "measures.rs"]
mod measures;
#[path = "records.rs"]
mod records;
#[path = "../../../protocol/tests/common/world.rs"]
mod world;

use commons_protocol::body::Content;
use commons_protocol::disclosure::{Accepted, cells, value_of};
use commons_protocol::entry::EntryKind;
use commons_protocol::id::{EntryId, OrganisationId};
use commons_protocol::reports::{Report, Reports};
use commons_protocol::series::{Submission, Value};
use records::records;
use world::list;

/// Submissions and tables of one input: so few that a judgement of all is quick.
const SUBMISSIONS: usize = 16;
const TABLES: usize = 32;

fn decode(bytes: &[u8]) -> Option<Submission> {
    match Content::decode(EntryKind::Submit, bytes) {
        Ok(Content::Submit(submission)) => Some(submission),
        _ => None,
    }
}

/// The submission with ids that exist.
fn placed(reports: &Reports, control: u8, organisation: &OrganisationId, read: Submission) -> Submission {
    let previous = match control & 1 {
        1 => reports.line(organisation).last().copied().into_iter().collect(),
        _ => read.previous.iter().map(|id| EntryId([id.0[0]; 32])).collect::<Vec<_>>(),
    };
    let mut parts = read.parts.to_vec();
    for part in &mut parts {
        part.release = measures::release(part.release.0[0]);
    }
    Submission { previous: list(previous), parts: list(parts) }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut reports = measures::reports();
    let mut all: Vec<Report> = Vec::new();
    let mut tables = 0;
    for (number, record) in (1..).zip(records(data).take(SUBMISSIONS)) {
        let Some((control, bytes)) = record.split_first() else { continue };
        let Some(read) = decode(bytes) else { continue };
        tables += read.parts.iter().map(|part| part.tables.len()).sum::<usize>();
        if tables > TABLES {
            break;
        }
        let organisation = 1 + (control >> 1 & 1);
        let submission = placed(&reports, *control, &OrganisationId([organisation; 32]), read);
        let epoch = u64::from(control >> 2 & 3);
        all.push(measures::report(organisation, number, epoch, submission));
        reports.take(&all[all.len() - 1]);
        reports.accounts().flat_map(|(_, account)| account.tables()).for_each(|table| check(&table));
    }
    // What named a later one is decided now.
    reports.load(all.clone());
    check_order(&reports, all);
});

/// Of each masked number enough values are left.
fn check(table: &Accepted<'_>) {
    let ground = &table.statement.ground;
    for (stratum, cell) in cells(&ground.definition, &table.statement.table) {
        for component in ground.definition.components().iter().copied() {
            if value_of(&cell, component) != Some(Value::Masked) {
                continue;
            }
            let interval = table.interval(&stratum, &cell, component).expect("it is reported");
            let is_wide = interval.count().is_none_or(|left| left >= u64::from(ground.threshold));
            assert!(is_wide, "{interval:?} of {stratum:?} {component:?}");
        }
    }
}

/// Backwards it comes to the same.
fn check_order(reports: &Reports, mut all: Vec<Report>) {
    all.reverse();
    let mut other = measures::reports();
    other.load(all);
    assert!(reports.accounts().eq(other.accounts()));
    assert!(reports.accounts().all(|(id, _)| reports.line(id) == other.line(id)));
    for (_, measure, _) in measures::releases() {
        let (one, two) = (measures::rollup(reports, measure), measures::rollup(&other, measure));
        assert_eq!(one.digest(), two.digest());
        assert!(one.rows().all(|row| row.is_sound()));
    }
}
