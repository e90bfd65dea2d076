//! Samples of what is cited: snapshots of feeds.

use super::Sample;
use crate::world::list;
use commons_protocol::codec;
use commons_protocol::disclosure::Policy;
use commons_protocol::id::{CommonsId, Digest, DocumentId, EntryId, OrganisationId};
use commons_protocol::limits::SNAPSHOT_BYTES;
use commons_protocol::measure::Code;
use commons_protocol::period::Period;
use commons_protocol::refusal::Refusal;
use commons_protocol::rollup::{Periods, Reason, Row, Snapshot, SnapshotError, Sum};

sampler!(snapshot, Snapshot, "snapshot", SNAPSHOT_BYTES, decode_snapshot);

fn decode_snapshot(bytes: &[u8]) -> Result<Snapshot, Refusal> {
    Snapshot::decode(bytes).map_err(|error| match error {
        SnapshotError::Malformed(error) => error.into(),
        _ => Refusal::Malformed,
    })
}

/// A snapshot with sums of each sort.
pub fn a_snapshot() -> Snapshot {
    let month = |month| Period::month(2026, month).expect("a month");
    let girls = (Code::new("sex").expect("a code"), Code::new("f").expect("a code"));
    let row = |period, numerator, denominator, masked| Row {
        period,
        stratum: None,
        numerator,
        denominator: Some(denominator),
        excluded: None,
        organisations: 3,
        masked,
    };
    let dominated = Sum::Withheld(Reason::Dominated);
    let (few, least) = (Sum::Withheld(Reason::TooFew), Sum::Between { low: 20, high: None });
    let rows = [
        row(month(1), Sum::Known(300), Sum::Known(900), 0),
        Row { stratum: Some(girls), organisations: 2, ..row(month(1), few, few, 1) },
        Row { excluded: Some(least), ..row(month(2), dominated, dominated, 1) },
        row(month(3), Sum::Between { low: 20, high: Some(45) }, Sum::Known(90), 2),
    ];
    Snapshot {
        form: 1,
        commons: CommonsId([1; 32]),
        measure: DocumentId([2; 32]),
        policy: Policy::default(),
        periods: Periods { first: month(1), last: month(3) },
        heads: list((3..6).map(|one| (OrganisationId([one; 32]), EntryId([one + 10; 32])))),
        releases: list([EntryId([6; 32]), EntryId([7; 32])]),
        rows: list(rows),
        rollup: Digest([8; 32]),
    }
}

pub fn all() -> Vec<Sample> {
    vec![snapshot("quarter", "three organisations, sums of each sort", a_snapshot())]
}
