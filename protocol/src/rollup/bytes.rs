//! The bytes of a period, over which its digest is taken: deterministic CBOR
//! of
//!
//! ```text
//! [period, rows, contributions]
//! period        [calendar, number]
//! rows          [[period, stratum, numerator, denominator, excluded,
//!                 organisations, masked]…]
//!   stratum       [stratifier's code, stratum's code], null for all together
//!   numerator     a sum: number, [low, high or null], or [reason]
//!   denominator,
//!   excluded      a sum, or null where not all report it
//! contributions [[organisation, release, total, strata]…] by organisation
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
use crate::codec;
use crate::id::{Digest, hash};
use crate::period::Period;
use minicbor::{Encode, Encoder, encode};

/// The digest of a period.
pub fn digest(rollup: &Rollup, period: Period, sheet: &Sheet) -> Digest {
    let rows = sum::rows(&rollup.policy, &rollup.forms, period, sheet);
    Digest(hash("commons roll-up period 1", &[&codec::encode(&Bytes { rollup, period, rows, sheet })]))
}

struct Bytes<'a> {
    rollup: &'a Rollup,
    period: Period,
    rows: Vec<Row>,
    sheet: &'a Sheet,
}

impl<C> Encode<C> for Bytes<'_> {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.array(3)?.encode_with(self.period, ctx)?.encode_with(&self.rows, ctx)?;
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
        let (organisation, form) =
            (self.rollup.organisations[one.organisation], &self.rollup.forms[one.form]);
        e.array(4)?.encode_with(organisation, ctx)?.encode_with(form.release, ctx)?;
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
