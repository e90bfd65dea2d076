//! The bytes of a period, over which its digest is taken: deterministic CBOR
//! of
//!
//! ```text
//! [period, rows, releases, contributions]
//! period        [calendar, number]
//! rows          [[period, stratum, numerator, denominator, excluded,
//!                 organisations, masked]…]
//!   stratum       [stratifier's code, stratum's code], null for all together
//!   numerator     a sum: number, [low, high or null], or [reason]
//!   denominator,
//!   excluded      a sum, or null where not all report it
//! releases      [release…] that the contributions follow, sorted
//! contributions [[organisation, release's number, total, strata]…], sorted by
//!               organisation
//!   total         cell or null
//!   strata        [[stratifier's number, code's number, cell]…] as listed
//!   cell          [numerator, denominator or null, excluded or null]
//!                 of numbers: number, or [low, high or null] if masked
//! ```
//!
//! Numbers are unsigned integers, ids byte strings, codes text strings; the
//! reason is 1 (too few) or 2 (dominated). The digest of a period is BLAKE3,
//! with domain name `commons roll-up period 1`, of the length in 8 bytes and
//! these bytes. It holds the contributions too: nodes whose sums are the same
//! and whose parts are not, aren't at the same state.

use super::contribution::{Cell, Contribution, Number};
use super::row::Row;
use super::{Rollup, Sheet, sum};
use crate::id::{Digest, EntryId, hash};
use crate::period::Period;
use minicbor::{Encode, Encoder, encode};
use std::collections::BTreeSet;

/// The digest of a period.
pub fn digest(rollup: &Rollup, period: Period, sheet: &Sheet) -> Digest {
    let rows = sum::rows(&rollup.policy, &rollup.forms, period, sheet);
    let used: BTreeSet<usize> = sheet.contributions.iter().map(|one| one.form).collect();
    let mut releases: Vec<(EntryId, usize)> =
        used.into_iter().map(|form| (rollup.forms[form].release, form)).collect();
    releases.sort_unstable();
    // Most are that long; growing step by step would copy them several times.
    let mut bytes = Vec::with_capacity(64 * (sheet.contributions.len() + rows.len()));
    if let Err(error) = encode(Bytes { rollup, period, rows, releases, sheet }, &mut bytes) {
        // Writing to a Vec is infallible and nothing in here fails to encode.
        unreachable!("encoding to memory failed: {error}");
    }
    Digest(hash("commons roll-up period 1", &[&bytes]))
}

struct Bytes<'a> {
    rollup: &'a Rollup,
    period: Period,
    rows: Vec<Row>,
    /// Releases with the numbers that they have in the roll-up.
    releases: Vec<(EntryId, usize)>,
    sheet: &'a Sheet,
}

impl<C> Encode<C> for Bytes<'_> {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.array(4)?.encode_with(self.period, ctx)?.encode_with(&self.rows, ctx)?;
        e.array(self.releases.len() as u64)?;
        self.releases.iter().try_for_each(|(release, _)| e.encode_with(release, ctx)?.ok())?;
        e.array(self.sheet.contributions.len() as u64)?;
        self.sheet.contributions.iter().try_for_each(|one| self.encode_one(e, one, ctx))
    }
}

impl Bytes<'_> {
    fn encode_one<C, W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        one: &Contribution,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        let number = self.releases.iter().position(|(_, form)| *form == one.form).unwrap_or_default();
        e.array(4)?.encode_with(self.rollup.organisations[one.organisation], ctx)?.u64(number as u64)?;
        e.encode_with(&one.total, ctx)?.array(one.strata.len() as u64)?;
        for placed in &one.strata {
            e.array(3)?.u8(placed.place.0)?.u8(placed.place.1)?.encode_with(&placed.cell, ctx)?;
        }
        Ok(())
    }
}

impl<C> Encode<C> for Cell {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.array(3)?.encode_with(&self.numerator, ctx)?;
        e.encode_with(&self.denominator, ctx)?.encode_with(&self.excluded, ctx)?.ok()
    }
}

impl<C> Encode<C> for Number {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        match self {
            Self::Known(number) => e.u64(*number)?.ok(),
            Self::Masked(interval) => e.array(2)?.u64(interval.low)?.encode_with(interval.high, ctx)?.ok(),
        }
    }
}
