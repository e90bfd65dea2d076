//! A row of a feed.

use crate::disclosure::Stratum;
use crate::period::Period;
use minicbor::data::Type;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// One period and stratum, of the network or of one organisation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Row {
    /// The period.
    #[n(0)]
    pub period: Period,
    /// Codes of stratifier and stratum; none for all together.
    #[n(1)]
    pub stratum: Stratum,
    /// Numerator, count or sum.
    #[n(2)]
    pub numerator: Sum,
    /// Denominator, if every contribution has one.
    #[n(3)]
    pub denominator: Option<Sum>,
    /// What was excluded, if every contribution reports it: a sum over some
    /// of them beside a denominator of all would be read as one of all.
    #[n(4)]
    pub excluded: Option<Sum>,
    /// How many organisations contribute, those with nobody in a stratum
    /// included.
    #[n(5)]
    pub organisations: u32,
    /// How many of them masked something in this row.
    #[n(6)]
    pub masked: u32,
}

/// A sum. There is no number that means "masked" or "withheld".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sum {
    /// All of it is told. In CBOR: the number.
    Known(u64),
    /// Something in it is masked: it lies between these, both included. In
    /// CBOR: `[low, high]`.
    Between {
        /// The least that it can be.
        low: u64,
        /// The most that it can be; none (`null`) if nothing bounds it.
        high: Option<u64>,
    },
    /// Not shown. In CBOR: `[reason]`.
    Withheld(Reason),
}

/// Why a sum is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Reason {
    /// Fewer organisations contribute than the policy asks for.
    #[n(1)]
    TooFew,
    /// One organisation makes up more of it than the policy permits.
    #[n(2)]
    Dominated,
}

impl Sum {
    /// The least and the most that it can be; none if it is withheld.
    pub fn ends(self) -> Option<(u64, Option<u64>)> {
        match self {
            Self::Known(number) => Some((number, Some(number))),
            Self::Between { low, high } => Some((low, high)),
            Self::Withheld(_) => None,
        }
    }

    /// Why it is not shown.
    pub fn withheld(self) -> Option<Reason> {
        match self {
            Self::Withheld(reason) => Some(reason),
            Self::Known(_) | Self::Between { .. } => None,
        }
    }

    fn is_sound(self) -> bool {
        !matches!(self, Self::Between { low, high: Some(high) } if high < low)
    }
}

impl Row {
    /// Where it stands among others.
    pub fn place(&self) -> (Period, &Stratum) {
        (self.period, &self.stratum)
    }

    /// Whether a roll-up can give it; bytes from elsewhere may hold others.
    pub fn is_sound(&self) -> bool {
        let sums = [Some(self.numerator), self.denominator, self.excluded];
        let is_between = |sum: &Sum| matches!(sum, Sum::Between { .. });
        self.period.is_sound()
            && sums.iter().flatten().all(|sum| sum.is_sound())
            && self.organisations > 0
            && self.masked <= self.organisations
            && (self.masked > 0 || !sums.iter().flatten().any(is_between))
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::TooFew => "too few organisations contribute",
            Self::Dominated => "one organisation may make up nearly all of it",
        })
    }
}

impl<C> Encode<C> for Sum {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        match self {
            Self::Known(number) => e.u64(*number)?.ok(),
            Self::Between { low, high } => e.array(2)?.u64(*low)?.encode_with(high, ctx)?.ok(),
            Self::Withheld(reason) => e.array(1)?.encode_with(reason, ctx)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for Sum {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        if !matches!(d.datatype()?, Type::Array) {
            return Ok(Self::Known(d.u64()?));
        }
        match d.array()? {
            Some(1) => Ok(Self::Withheld(d.decode_with(ctx)?)),
            Some(2) => Ok(Self::Between { low: d.u64()?, high: d.decode_with(ctx)? }),
            _ => Err(decode::Error::message("neither an interval nor a reason")),
        }
    }
}
