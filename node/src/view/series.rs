//! What organisations report and what becomes of it, as the API gives it.

use super::feed::NumberView;
use crate::figures::Remark;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How figures are to be treated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SubmissionOptions {
    /// Measure of figures that name none: id, beginning of an id, or title.
    pub measure: Option<String>,
    /// Whether strata that a table leaves out have nobody in them; otherwise
    /// such a table is refused.
    pub missing_is_zero: bool,
    /// Whether good rows are sent although others are refused.
    pub skip_refused: bool,
    /// Whether small corrections are masked instead of held.
    pub mask_corrections: bool,
    /// Whether this node goes on where another node of the organisation
    /// reported so far.
    pub take_over: bool,
}

/// What becomes, or would become, of a file of figures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SubmissionView {
    /// Whether it was signed and sent; otherwise this is what would happen.
    pub sent: bool,
    /// Entries that were written.
    pub entries: Vec<String>,
    /// What is refused or unusual, in the order of the file.
    pub remarks: Vec<Remark>,
    /// Tables, by measure and period.
    pub tables: Vec<TableView>,
    /// How many numbers are told.
    pub told: u64,
    /// How many numbers are masked.
    pub masked: u64,
    /// How many tables are held.
    pub held: u64,
    /// How many tables say what was said before.
    pub unchanged: u64,
}

/// What becomes of the table of one measure and period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TableView {
    /// Id of the measure.
    pub measure: String,
    /// Its title.
    pub title: String,
    /// The period.
    pub period: String,
    /// `send`, `hold`, `withhold` (no masks make it safe), `refuse` or
    /// `unchanged`.
    pub outcome: String,
    /// Why it is held or refused, and what to do; may be empty.
    pub reason: String,
    /// Stable code of that reason; may be empty.
    pub code: String,
    /// Whether readers have a table of this measure and period already, which
    /// it would replace.
    pub replaces: bool,
    /// Its cells as they are sent.
    pub cells: Vec<CellView>,
}

/// A cell as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CellView {
    /// Stratifier; none for all together.
    pub stratifier: Option<String>,
    /// Stratum.
    pub stratum: Option<String>,
    /// Numerator, count or sum. A masked one has the interval that readers can
    /// derive, once it is known.
    pub numerator: NumberView,
    /// Denominator.
    pub denominator: Option<NumberView>,
    /// Excluded.
    pub excluded: Option<NumberView>,
    /// Why something is masked, in words.
    pub masked_because: Vec<String>,
}

/// A correction that is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HeldView {
    /// Id of the measure.
    pub measure: String,
    /// Its title.
    pub title: String,
    /// The period.
    pub period: String,
    /// When it was given, milliseconds since 1970.
    pub since: u64,
    /// Why it is held, in words.
    pub reason: String,
    /// A difference of 1 to this to what was told before is held; a larger one
    /// is sent.
    pub threshold: u16,
    /// Its cells, all together first. They are shown to administrators of this
    /// node alone, and never leave it; nobody else gets any.
    pub cells: Vec<HeldCellView>,
}

/// A cell of a correction that is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HeldCellView {
    /// Stratifier; none for all together.
    pub stratifier: Option<String>,
    /// Stratum.
    pub stratum: Option<String>,
    /// What is held.
    pub held: NumbersView,
    /// What others read so far; none if they read nothing of this cell.
    pub told: Option<NumbersView>,
}

/// The numbers of a cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NumbersView {
    /// Numerator, count or sum.
    pub numerator: NumberView,
    /// Denominator.
    pub denominator: Option<NumberView>,
    /// Excluded.
    pub excluded: Option<NumberView>,
}

/// Names a correction that is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DropHeldRequest {
    /// The measure: id, beginning of an id, or title.
    pub measure: String,
    /// The period.
    pub period: String,
}

/// A line of the egress ledger: a table that left this organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EgressView {
    /// The entry that carried it.
    pub entry: String,
    /// When, as claimed, milliseconds since 1970.
    pub time: u64,
    /// Who sent it: key of the person.
    pub person: String,
    /// Name of the person, if this node knows one.
    pub person_name: String,
    /// Number of the charter's epoch that it names.
    pub epoch: u64,
    /// Version of the rules of disclosure in that epoch.
    pub rules: u16,
    /// Threshold under which it was judged: counts from 1 to this are masked.
    pub threshold: u16,
    /// Id of the measure.
    pub measure: String,
    /// Title of the measure.
    pub title: String,
    /// The release whose definition it followed.
    pub release: String,
    /// The period.
    pub period: String,
    /// `report`, `correction` or `withdrawal`.
    pub what: String,
    /// Cells.
    pub cells: u64,
    /// Numerators that were told.
    pub numerators: u64,
    /// Denominators that were told.
    pub denominators: u64,
    /// Exclusions that were told.
    pub excluded: u64,
    /// Numbers that were masked.
    pub masked: u64,
    /// Whether it counts: not if the organisation reported from two nodes that
    /// did not know of each other.
    pub counts: bool,
}

/// Takes a table back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WithdrawRequest {
    /// The measure: id, beginning of an id, or title.
    pub measure: String,
    /// The period.
    pub period: String,
    /// Whether this node goes on where another node of the organisation
    /// reported so far.
    #[serde(default)]
    pub take_over: bool,
}

/// A feed as it was at one time, to be cited and computed again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VerifiedSnapshotView {
    /// The digest that the file has.
    pub digest: String,
    /// The digest that this node computes from the contributions that the
    /// file names; none if it can't: `sentence` says why.
    pub computed: Option<String>,
    /// Whether both are the same.
    pub verified: bool,
    /// Id of the measure.
    pub measure: String,
    /// In words: what was found.
    pub sentence: String,
    /// Whether the feed has changed since.
    pub changed_since: bool,
}
