//! The rules of disclosure: what an organisation may say about counts of
//! people, so that nobody can work out a small one – not from the table, and
//! not from that and all that the organisation said before.
//!
//! ```text
//! Table → cells (one by one) → group (tables that count the same)
//!       → judge: change (against what was said last) and knowledge (all that
//!         is known, as equations) → Judged → Account
//! ```
//!
//! A *threshold* t masks counts from 1 to t. [`Account`] is what one
//! organisation has said, in the order of its submissions; [`Account::judge`]
//! applies the rules at signing and again at every receiver. It is exact and
//! needs nothing but its arguments, so no two nodes ever disagree.

mod account;
mod breach;
mod cells;
mod change;
mod group;
mod judge;
mod knowledge;
pub mod mask;
mod told;

pub use account::{Account, Judged};
pub use breach::{Breach, Fault, Spot};
pub use knowledge::Interval;
pub use told::{Accepted, Statement, Told};

use crate::id::{DocumentId, EntryId};
use crate::measure::{Code, Component, Definition, Stratifier};
use crate::series::{Cell, Table, Value};
use minicbor::{Decode, Encode};
use std::sync::Arc;

/// The threshold where a charter names none: the cell size below which CMS
/// asks for suppression.
pub const THRESHOLD: u16 = 10;

/// Thresholds that a charter may name.
pub const THRESHOLDS: std::ops::RangeInclusive<u16> = 5..=100;

/// What a charter says about disclosure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Policy {
    /// Counts from 1 to this are masked.
    #[n(0)]
    pub threshold: u16,
    /// Organisations that a network's total needs, at least.
    #[n(1)]
    pub organisations: u8,
    /// Per cent of a network's total that one organisation may make up, at
    /// most.
    #[n(2)]
    pub share: u8,
}

impl Default for Policy {
    fn default() -> Self {
        Self { threshold: THRESHOLD, organisations: 3, share: 90 }
    }
}

impl Policy {
    /// Whether a charter may say this.
    pub fn is_sound(&self) -> bool {
        THRESHOLDS.contains(&self.threshold)
            && (2..=100).contains(&self.organisations)
            && (50..=100).contains(&self.share)
    }
}

/// The measure under which tables are reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// The measure's document.
    pub measure: DocumentId,
    /// The release whose definition is followed.
    pub release: EntryId,
    /// The definition.
    pub definition: Arc<Definition>,
    /// Counts from 1 to this are masked: the charter's threshold in the epoch
    /// of the submission, or the measure's if that is larger.
    pub threshold: u16,
}

impl Ground {
    /// The ground that a released definition gives under a charter's policy.
    pub fn new(measure: DocumentId, release: EntryId, definition: Arc<Definition>, policy: &Policy) -> Self {
        let threshold = definition.threshold.unwrap_or(0).max(policy.threshold);
        Self { measure, release, definition, threshold }
    }

    /// Whether `count` is too small to be told.
    pub fn is_small(&self, count: u64) -> bool {
        (1..=u64::from(self.threshold)).contains(&count)
    }
}

/// Tables of one measure, as they are about to be signed or were received.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The measure.
    pub ground: Ground,
    /// The tables, in any order, one for a period.
    pub tables: Vec<Table>,
}

/// The codes of a stratum; none for all together.
pub type Stratum = Option<(Code, Code)>;

/// The value of a component in a cell; none if the cell does not report it.
pub fn value_of(cell: &Cell, component: Component) -> Option<Value> {
    match component {
        Component::Numerator => Some(cell.numerator),
        Component::Denominator => cell.denominator,
        Component::Excluded => cell.excluded,
        Component::Complement => Some(match (cell.numerator, cell.denominator?) {
            (Value::Known(numerator), Value::Known(denominator)) => {
                Value::Known(denominator.saturating_sub(numerator))
            }
            _ => Value::Masked,
        }),
    }
}

/// Cells of a table with their codes: the total, then every stratum of every
/// stratifier that is stated, those without people included.
pub fn cells(definition: &Definition, table: &Table) -> Vec<(Stratum, Cell)> {
    let total = table.total.iter().map(|cell| (None, *cell));
    let reports = Reports::of(table);
    let mut all: Vec<_> = total.collect();
    for (index, stratifier) in stated(definition, table) {
        for (number, code) in stratifier.strata.iter().enumerate() {
            let here = table
                .strata
                .iter()
                .find(|one| (usize::from(one.stratifier), usize::from(one.code)) == (index, number));
            let cell = here.map_or(reports.nobody(definition), |one| one.cell);
            all.push((Some((stratifier.code.clone(), code.clone())), cell));
        }
    }
    all
}

/// The stratifiers by which a table is split, by their number in the definition.
fn stated<'a>(definition: &'a Definition, table: &'a Table) -> impl Iterator<Item = (usize, &'a Stratifier)> {
    let is_stated = |index: usize| table.strata.iter().any(|one| usize::from(one.stratifier) == index);
    definition.stratifiers.iter().enumerate().filter(move |(index, _)| is_stated(*index))
}

/// What the cells of a table report.
struct Reports {
    excluded: bool,
}

impl Reports {
    fn of(table: &Table) -> Self {
        let mut cells = table.total.iter().chain(table.strata.iter().map(|one| &one.cell));
        Self { excluded: cells.any(|cell| cell.excluded.is_some()) }
    }

    /// The cell of a stratum in which nobody is.
    fn nobody(&self, definition: &Definition) -> Cell {
        let zero = Value::Known(0);
        Cell {
            numerator: zero,
            denominator: definition.kind.has_denominator().then_some(zero),
            excluded: self.excluded.then_some(zero),
        }
    }
}
