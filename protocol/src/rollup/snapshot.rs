//! A snapshot: rows of a feed at one state of the commons, small enough to be
//! attached to a paper, and cited by the hash of its bytes.
//!
//! Its heads say which submissions were in force. Whoever holds the commons
//! replays every contributing organisation's chain up to its head, rolls up,
//! and gets the same rows and the same digest ([`Snapshot::check`]). The
//! organisations' own rows are not in it: the digest covers them.

use super::Rollup;
use super::row::Row;
use crate::bounded::{BoundedVec, TooLong};
use crate::charter::is_ascending;
use crate::codec::{self, CodecError};
use crate::disclosure::Policy;
use crate::id::{CommonsId, Digest, DocumentId, EntryId, OrganisationId, hash};
use crate::limits::{SNAPSHOT_BYTES, SNAPSHOT_HEADS, SNAPSHOT_RELEASES, SNAPSHOT_ROWS};
use crate::period::Period;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Version of the form.
const FORM: u8 = 1;

/// Rows of some periods at one state.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Snapshot {
    /// Version of this form: 1.
    #[n(0)]
    pub form: u8,
    /// The commons.
    #[n(1)]
    pub commons: CommonsId,
    /// The measure.
    #[n(2)]
    pub measure: DocumentId,
    /// The charter's policy by which totals are shown.
    #[n(3)]
    pub policy: Policy,
    /// From when to when.
    #[n(4)]
    pub periods: Periods,
    /// The last accepted submission of each organisation that contributes,
    /// sorted.
    #[n(5)]
    pub heads: BoundedVec<(OrganisationId, EntryId), SNAPSHOT_HEADS>,
    /// Releases of the measure that the contributions follow, sorted.
    #[n(6)]
    pub releases: BoundedVec<EntryId, SNAPSHOT_RELEASES>,
    /// The network's rows: by period, all together before strata.
    #[n(7)]
    pub rows: BoundedVec<Row, SNAPSHOT_ROWS>,
    /// Digest of the roll-up of these periods, contributions included.
    #[n(8)]
    pub rollup: Digest,
}

/// The periods of a snapshot, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Periods {
    /// The first.
    #[n(0)]
    pub first: Period,
    /// The last.
    #[n(1)]
    pub last: Period,
}

/// Why there is no snapshot, or one is not confirmed.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Nobody contributes in these periods.
    #[error("nobody contributes to this feed in these periods; choose others")]
    Empty,
    /// A contributing organisation without a head.
    #[error("the last submission of organisation {0} is not known here")]
    NoHead(OrganisationId),
    /// Too much for one snapshot.
    #[error("{what}: {cause}; take a snapshot of fewer periods")]
    TooLarge {
        /// Too much of what.
        what: &'static str,
        /// How much.
        cause: TooLong,
    },
    /// Bytes that are no snapshot.
    #[error("this file is no snapshot of a feed")]
    Malformed(#[from] CodecError),
    /// A snapshot of a form that this program does not know.
    #[error("a snapshot of form {0}; this program knows form {FORM}; use a newer one")]
    OtherForm(u8),
    /// Contents that no roll-up gives.
    #[error("this snapshot contradicts itself; ask for the file again where you have it from")]
    Unsound,
    /// Made of something else than what it is held against.
    #[error("the snapshot has another {0} than the roll-up it is held against")]
    Differs(&'static str),
}

impl Snapshot {
    /// A snapshot of some periods of a roll-up. `heads` are the last accepted
    /// submissions of organisations; those that do not contribute are left
    /// out.
    ///
    /// # Errors
    /// [`SnapshotError::Empty`], [`SnapshotError::NoHead`] and
    /// [`SnapshotError::TooLarge`].
    pub fn of(
        rollup: &Rollup,
        periods: RangeInclusive<Period>,
        heads: &BTreeMap<OrganisationId, EntryId>,
    ) -> Result<Self, SnapshotError> {
        let within: Vec<Period> = rollup.periods().filter(|period| periods.contains(period)).collect();
        let (Some(first), Some(last)) = (within.first(), within.last()) else {
            return Err(SnapshotError::Empty);
        };
        let head = |organisation: OrganisationId| {
            let head = heads.get(&organisation).ok_or(SnapshotError::NoHead(organisation))?;
            Ok((organisation, *head))
        };
        let contributors = rollup.contributors(periods.clone()).into_iter();
        let heads = contributors.map(head).collect::<Result<Vec<_>, SnapshotError>>()?;
        let releases = rollup.releases(periods.clone()).into_iter().collect();
        // One more than fit says that there are too many.
        let rows = within.iter().flat_map(|period| rollup.rows_of(*period)).take(SNAPSHOT_ROWS + 1).collect();
        let snapshot = Self {
            form: FORM,
            commons: rollup.commons(),
            measure: rollup.measure(),
            policy: *rollup.policy(),
            periods: Periods { first: *first, last: *last },
            heads: bounded("organisations", heads)?,
            releases: bounded("releases", releases)?,
            rows: bounded("rows", rows)?,
            rollup: rollup.digest_of(periods),
        };
        match snapshot.encode().len() {
            length if length > SNAPSHOT_BYTES => {
                Err(too_large("bytes")(TooLong { length, limit: SNAPSHOT_BYTES }))
            }
            _ => Ok(snapshot),
        }
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads a snapshot: the one encoding of its value, and nothing that no
    /// roll-up gives.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let snapshot: Self = codec::decode(bytes, SNAPSHOT_BYTES)?;
        match snapshot.form {
            FORM if snapshot.is_sound() => Ok(snapshot),
            FORM => Err(SnapshotError::Unsound),
            other => Err(SnapshotError::OtherForm(other)),
        }
    }

    /// By what it is cited: BLAKE3, with domain name `commons snapshot 1`, of
    /// the length in 8 bytes and its bytes.
    pub fn digest(&self) -> Digest {
        Digest(hash("commons snapshot 1", &[&self.encode()]))
    }

    /// Whether `rollup` gives this snapshot. It is to be made of what the
    /// contributing organisations said up to their heads, with the policy of
    /// the snapshot, which is to be one of the commons' charters.
    ///
    /// # Errors
    /// [`SnapshotError::Differs`], and in what.
    pub fn check(&self, rollup: &Rollup) -> Result<(), SnapshotError> {
        let periods = self.periods.first..=self.periods.last;
        let heads = self.heads.iter().map(|(organisation, _)| *organisation);
        let rows =
            || rollup.periods().filter(|one| periods.contains(one)).flat_map(|one| rollup.rows_of(one));
        let checks = [
            ("commons", self.commons == rollup.commons()),
            ("measure", self.measure == rollup.measure()),
            ("policy", self.policy == *rollup.policy()),
            ("set of organisations", rollup.contributors(periods.clone()).into_iter().eq(heads)),
            ("set of releases", rollup.releases(periods.clone()).iter().eq(&self.releases)),
            ("set of rows", rows().eq(self.rows.iter().cloned())),
            ("digest", self.rollup == rollup.digest_of(periods.clone())),
        ];
        match checks.iter().find(|(_, is_same)| !is_same) {
            Some((what, _)) => Err(SnapshotError::Differs(what)),
            None => Ok(()),
        }
    }

    fn is_sound(&self) -> bool {
        let (Some(first), Some(last)) = (self.rows.first(), self.rows.last()) else { return false };
        let organisations: Vec<OrganisationId> = self.heads.iter().map(|(one, _)| *one).collect();
        self.policy.is_sound()
            && (self.periods.first, self.periods.last) == (first.period, last.period)
            && is_ascending(&organisations)
            && is_ascending(&self.releases)
            && self.rows.windows(2).all(|pair| pair[0].place() < pair[1].place())
            && self.rows.iter().all(|row| row.is_sound() && fits(row.organisations, organisations.len()))
    }
}

fn fits(organisations: u32, all: usize) -> bool {
    usize::try_from(organisations).is_ok_and(|organisations| organisations <= all)
}

fn too_large(what: &'static str) -> impl Fn(TooLong) -> SnapshotError {
    move |cause| SnapshotError::TooLarge { what, cause }
}

fn bounded<T, const N: usize>(what: &'static str, items: Vec<T>) -> Result<BoundedVec<T, N>, SnapshotError> {
    BoundedVec::new(items).map_err(too_large(what))
}
