//! What was said of one measure in one period.

use super::change::{Content, Numbers};
use super::knowledge::{Interval, Protected};
use super::{Ground, Stratum, value_of};
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
    /// Where its masked numbers lay when it was said.
    intervals: Intervals,
}

/// Where masked numbers lie.
pub type Intervals = BTreeMap<(Stratum, Component), Interval>;

impl Statement {
    /// A table that is said now.
    pub fn new(ground: Arc<Ground>, table: Table, number: u64) -> Self {
        Self { ground, table, number, intervals: Intervals::new() }
    }

    /// Whether it masks anything.
    pub fn hides(&self) -> bool {
        hides(&self.table)
    }

    /// What it says.
    pub fn content(&self) -> Content {
        Content::of(&self.ground.definition, &self.table)
    }

    /// Where its masked numbers lay when it was said.
    pub fn intervals(&self) -> &Intervals {
        &self.intervals
    }
}

/// Whether a table masks anything.
pub fn hides(table: &Table) -> bool {
    let masked = Some(Value::Masked);
    let hides = |cell: &Cell| {
        cell.numerator == Value::Masked || cell.denominator == masked || cell.excluded == masked
    };
    table.total.iter().chain(table.strata.iter().map(|one| &one.cell)).any(hides)
}

/// Whether a table says nothing: it was withdrawn.
pub fn is_empty(table: &Table) -> bool {
    table.total.is_none() && table.strata.is_empty()
}

/// What is said of a measure in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Statements that masked something, in order, and at the end the one in
    /// force.
    pub statements: Vec<Statement>,
    /// Numbers that were told earlier and aren't any more.
    withdrawn: Numbers,
}

impl Told {
    /// What is said once `statement` follows.
    pub fn following(earlier: Option<&Self>, statement: Statement) -> Self {
        let Some(earlier) = earlier else {
            return Self { statements: vec![statement], withdrawn: Numbers::new() };
        };
        let mut withdrawn = earlier.last();
        let told = statement.content().told;
        withdrawn.retain(|place, _| !told.contains_key(place));
        let mut statements = earlier.statements.clone();
        let says_more = |last: &Statement| last.content().told.keys().any(|place| !told.contains_key(place));
        let is_same = |last: &Statement| (&last.ground, &last.table) == (&statement.ground, &statement.table);
        let is_kept = |last: &Statement| !is_same(last) && (last.hides() || says_more(last));
        if !statements.last().is_some_and(is_kept) {
            statements.pop();
        }
        statements.push(statement);
        Self { statements, withdrawn }
    }

    /// The statement in force.
    pub fn latest(&self) -> Option<&Statement> {
        self.statements.last()
    }

    /// Keeps what can be derived of what it masks.
    pub fn learn(&mut self, measure: &DocumentId, derived: &[Protected]) {
        let own = derived.iter().filter(|one| one.place.0 == *measure);
        if let Some(latest) = self.statements.last_mut() {
            latest.intervals = own.map(|one| ((one.place.1.clone(), one.place.2), one.interval)).collect();
        }
    }

    /// The last number that was told of each cell and component.
    pub fn last(&self) -> Numbers {
        let mut last = self.withdrawn.clone();
        last.extend(self.latest().map(|latest| latest.content().told).unwrap_or_default());
        last
    }
}

/// A table in force.
#[derive(Clone, Copy, Debug)]
pub struct Accepted<'a> {
    /// The statement.
    pub statement: &'a Statement,
}

impl<'a> Accepted<'a> {
    /// The table in force, unless it was withdrawn.
    pub(super) fn of(told: &'a Told) -> Option<Self> {
        let statement = told.latest()?;
        (!is_empty(&statement.table)).then_some(Self { statement })
    }

    /// Where a number of one of its cells lies: a point if it is told. None if
    /// the cell does not report it.
    pub fn interval(&self, stratum: &Stratum, cell: &Cell, component: Component) -> Option<Interval> {
        match value_of(cell, component)? {
            Value::Known(number) => Some(Interval { low: number, high: Some(number) }),
            Value::Masked => {
                let derived = self.statement.intervals.get(&(stratum.clone(), component)).copied();
                Some(derived.unwrap_or(Interval { low: 0, high: None }))
            }
        }
    }
}
