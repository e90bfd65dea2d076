//! What was said of one measure in one period.

use super::change::Last;
use super::knowledge::{Interval, Protected};
use super::{Ground, Stratum, cells, value_of};
use crate::id::DocumentId;
use crate::measure::Component;
use crate::series::{Cell, Table, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A table that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Under which definition and threshold.
    pub ground: Arc<Ground>,
    /// The table.
    pub table: Table,
    /// Number of the submission that said it.
    pub number: u64,
}

impl Statement {
    /// Whether it masks anything.
    pub fn hides(&self) -> bool {
        let mut cells = self.table.total.iter().chain(self.table.strata.iter().map(|one| &one.cell));
        cells.any(hides)
    }
}

/// Whether a cell masks anything.
pub fn hides(cell: &Cell) -> bool {
    let masked = Some(Value::Masked);
    cell.numerator == Value::Masked || cell.denominator == masked || cell.excluded == masked
}

/// What is said of a measure in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Statements that can all be true at once, in order; the last one is in
    /// force. Only the last where nothing is hidden.
    pub statements: Vec<Statement>,
    /// Numbers that were told earlier and aren't any more.
    withdrawn: Last,
    /// Where the masked numbers of the table in force lie.
    intervals: BTreeMap<(Stratum, Component), Interval>,
}

impl Told {
    /// What is said once `statement` follows on `earlier`, of which the last
    /// `linked` statements can be true beside it.
    pub fn following(earlier: Option<&Self>, is_linked: bool, statement: Statement) -> Self {
        let mut withdrawn = earlier.map(Self::last).unwrap_or_default();
        for (place, _) in known(&statement) {
            withdrawn.remove(&place);
        }
        let is_plain = !is_shared(&statement.ground) && !statement.hides();
        let kept = earlier.filter(|_| is_linked).map(|told| told.statements.clone()).unwrap_or_default();
        let is_plain = is_plain && kept.iter().all(|one| !one.hides());
        let mut statements = if is_plain { Vec::new() } else { kept };
        let says_the_same = |last: &Statement| (&last.ground, &last.table) == (&statement.ground, &statement.table);
        if statements.last().is_some_and(says_the_same) {
            statements.pop();
        }
        statements.push(statement);
        Self { statements, withdrawn, intervals: BTreeMap::new() }
    }

    /// The statement in force.
    pub fn latest(&self) -> Option<&Statement> {
        self.statements.last()
    }

    /// Forgets all but the statement in force: something hidden has changed.
    pub fn begin_again(&mut self) {
        let before = self.statements.len().saturating_sub(1);
        self.statements.drain(..before);
    }

    /// Keeps what can be derived of what it masks.
    pub fn learn(&mut self, measure: &DocumentId, derived: &[Protected]) {
        let own = derived.iter().filter(|one| one.place.0 == *measure);
        self.intervals = own.map(|one| ((one.place.1.clone(), one.place.2), one.interval)).collect();
    }

    /// Where its masked numbers lie.
    pub fn intervals(&self) -> &BTreeMap<(Stratum, Component), Interval> {
        &self.intervals
    }

    /// The last number that was told of each cell and component.
    pub fn last(&self) -> Last {
        let mut last = self.withdrawn.clone();
        last.extend(self.latest().map(known).unwrap_or_default());
        last
    }
}

/// The numbers that a statement tells.
fn known(statement: &Statement) -> Last {
    let definition = &statement.ground.definition;
    let mut all = Last::new();
    for (stratum, cell) in cells(definition, &statement.table) {
        for component in definition.components().iter().copied() {
            if let Some(Value::Known(number)) = value_of(&cell, component) {
                all.insert((stratum.clone(), component), number);
            }
        }
    }
    all
}

/// Whether other measures count the same.
pub fn is_shared(ground: &Ground) -> bool {
    ground.definition.numerator.is_some() || ground.definition.denominator.is_some()
}

/// A table in force.
#[derive(Clone, Copy, Debug)]
pub struct Accepted<'a> {
    /// The statement.
    pub statement: &'a Statement,
    told: &'a Told,
}

impl<'a> Accepted<'a> {
    /// The table in force, unless it was withdrawn.
    pub(super) fn of(told: &'a Told) -> Option<Self> {
        let statement = told.latest()?;
        let is_there = statement.table.total.is_some() || !statement.table.strata.is_empty();
        is_there.then_some(Self { statement, told })
    }

    /// Where a number of one of its cells lies: a point if it is told. None if
    /// the cell does not report it.
    pub fn interval(&self, stratum: &Stratum, cell: &Cell, component: Component) -> Option<Interval> {
        match value_of(cell, component)? {
            Value::Known(number) => Some(Interval { low: number, high: Some(number) }),
            Value::Masked => {
                let derived = self.told.intervals.get(&(stratum.clone(), component)).copied();
                Some(derived.unwrap_or(Interval { low: 0, high: None }))
            }
        }
    }
}
