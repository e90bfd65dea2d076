//! What an organisation reports: *submissions*, each a body of its
//! organisation's series log, with tables of cells. A cell's numbers are known
//! or masked. Intervals are never carried: every reader derives them.
//!
//! These types are what travels. Whether a submission may be accepted says
//! [`crate::disclosure`].

use crate::bounded::BoundedVec;
use crate::id::EntryId;
use crate::limits::{BRANCHES, CELLS, PARTS, TABLES};
use crate::period::Period;
use minicbor::data::Type;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// One submission: it is accepted or refused whole.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Submission {
    /// The organisation's accepted submission before this one, in whichever of
    /// its logs; none for the first. So each is judged by all before it. If
    /// several don't know of each other, all of them: what the first of them
    /// says stays in force, and what the others said stays known.
    #[n(0)]
    pub previous: BoundedVec<EntryId, BRANCHES>,
    /// Tables by measure, in any order.
    #[n(1)]
    pub parts: BoundedVec<Part, PARTS>,
}

/// Tables of one measure.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Part {
    /// The release of the measure, whose definition they follow.
    #[n(0)]
    pub release: EntryId,
    /// The tables, in any order, one for a period. Each replaces what the
    /// organisation said before about this measure and period.
    #[n(1)]
    pub tables: BoundedVec<Table, TABLES>,
}

/// What is said about a measure in one period.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Table {
    /// The period.
    #[n(0)]
    pub period: Period,
    /// All together.
    #[n(1)]
    pub total: Option<Cell>,
    /// Strata, sorted by place. If one stratum of a stratifier is here, those
    /// of the same stratifier that are not have nobody in them. No strata and
    /// no total: the table is withdrawn.
    #[n(2)]
    pub strata: BoundedVec<Stratum, CELLS>,
}

/// A cell of one stratum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Stratum {
    /// Number of the stratifier in the definition.
    #[n(0)]
    pub stratifier: u8,
    /// Number of the code in the stratifier.
    #[n(1)]
    pub code: u8,
    /// The cell.
    #[n(2)]
    pub cell: Cell,
}

impl Stratum {
    /// Where it stands in the definition.
    pub fn place(&self) -> (u8, u8) {
        (self.stratifier, self.code)
    }
}

/// The numbers of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Cell {
    /// Numerator, or the count, or the sum of a continuous measure.
    #[n(0)]
    pub numerator: Value,
    /// Denominator, if the measure has one.
    #[n(1)]
    pub denominator: Option<Value>,
    /// What was excluded from the denominator, if that is reported.
    #[n(2)]
    pub excluded: Option<Value>,
}

/// A number, or that it is masked. There is no number that means "masked".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// The number.
    Known(u64),
    /// Not told.
    Masked,
}

impl Value {
    /// The number, if it is told.
    pub fn known(self) -> Option<u64> {
        match self {
            Self::Known(number) => Some(number),
            Self::Masked => None,
        }
    }
}

/// The largest number of a cell: sums of a million of them fit everywhere.
pub const LARGEST: u64 = 1_000_000_000_000;

impl<C> Encode<C> for Value {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        match self {
            Self::Known(number) => e.u64(*number)?.ok(),
            Self::Masked => e.bool(false)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for Value {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        match d.datatype()? {
            Type::Bool => match d.bool()? {
                false => Ok(Self::Masked),
                true => Err(decode::Error::message("neither a number nor a mask")),
            },
            _ => match d.u64()? {
                number if number > LARGEST => Err(decode::Error::message("a number beyond the largest")),
                number => Ok(Self::Known(number)),
            },
        }
    }
}
