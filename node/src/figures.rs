//! Figures from files: what people and registries have, before anything is
//! masked or signed. Readers turn CSV, NDJSON and FHIR into the same
//! [`Reading`]; nothing in here leaves the node.

pub mod csv;
pub mod fhir;
pub mod format;
pub mod formula;
pub mod naming;
pub mod ndjson;
mod tables;
pub mod template;

pub use tables::columns::{Columns, ColumnsError, Role};

use commons_protocol::period::Period;
use serde::{Deserialize, Serialize};

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// What could be read, in the order of the file.
    pub figures: Vec<Figure>,
    /// What could not, and what people should know, in the order of the file.
    pub remarks: Vec<Remark>,
}

/// The unmasked numbers of one measure, period and stratum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Where it stands in the file: `line 12`, `entry 3, group 1`.
    pub at: String,
    /// The measure as the file names it: id or title of its document, or the
    /// canonical URL of a FHIR measure. None if the file names none.
    pub measure: Option<String>,
    /// The period.
    pub period: Period,
    /// Codes of stratifier and stratum; none for all together.
    pub stratum: Option<(String, String)>,
    /// Numerator, count or sum.
    pub numerator: Number,
    /// Denominator.
    pub denominator: Option<Number>,
    /// What was excluded from the denominator.
    pub excluded: Option<Number>,
}

/// A number of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// It is there.
    Known(u64),
    /// The file masks it already.
    Masked,
}

/// Something that people should know of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Remark {
    /// Where: `line 12`.
    pub at: String,
    /// Whether what stands there was left out.
    pub refused: bool,
    /// Stable code.
    pub code: String,
    /// What is wrong or unusual.
    pub text: String,
    /// What to do; may be empty.
    pub advice: String,
}

/// Why a whole file can't be read.
#[derive(Debug, thiserror::Error)]
#[error("{text} ({code})")]
pub struct Unreadable {
    /// Stable code.
    pub code: &'static str,
    /// What is wrong and what to do, in a sentence.
    pub text: String,
}
