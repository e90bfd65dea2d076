//! Which measures count the same, and so which tables are judged together.

use super::knowledge::Knowledge;
use super::told::{Statement, Tables, Told};
use super::{Fault, Ground, stated};
use crate::id::DocumentId;
use crate::limits::MEASURES_REPORTED;
use crate::linear::{Effort, Trouble};
use crate::measure::{Code, Definition, MeasureKind};
use crate::period::{Calendar, Period};
use crate::series::Table;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Statements about one period that are checked together; more are refused, so
/// that no check takes long.
pub const STATEMENTS: usize = 32;

/// Visits that looking at one cell of a statement counts for.
const CELL: usize = 100;

/// What measures count, and which of them count the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meanings {
    /// Under what each measure was reported last. Statements that were made
    /// under the same share it.
    grounds: BTreeMap<DocumentId, Arc<Ground>>,
    /// The measures that count a quantity, and their calendar.
    shared: BTreeMap<Code, (Calendar, BTreeSet<DocumentId>)>,
}

impl Meanings {
    /// Takes in under what a measure is reported, and shares it with what was
    /// reported under the same.
    ///
    /// # Errors
    /// The measure counted something else before, a quantity went by another
    /// calendar, or there are too many measures.
    pub fn learn(&mut self, ground: &Ground) -> Result<Arc<Ground>, Fault> {
        let known = self.grounds.get(&ground.measure);
        if known.is_some_and(|known| meaning(&known.definition) != meaning(&ground.definition)) {
            return Err(Fault::OtherDefinition);
        }
        let calendar = ground.definition.calendar;
        for code in codes(ground) {
            let entry = self.shared.entry(code.clone());
            let (expected, measures) = entry.or_insert_with(|| (calendar, BTreeSet::new()));
            if *expected != calendar {
                return Err(Fault::OtherDefinition);
            }
            measures.insert(ground.measure);
        }
        match known {
            Some(known) if **known == *ground => return Ok(known.clone()),
            None if self.grounds.len() >= MEASURES_REPORTED => return Err(Fault::TooComplex),
            _ => {}
        }
        let ground = Arc::new(ground.clone());
        self.grounds.insert(ground.measure, ground.clone());
        Ok(ground)
    }

    /// Takes in what another path learned; what this one did stays.
    pub fn join(&mut self, other: &Self) {
        for (measure, ground) in &other.grounds {
            self.grounds.entry(*measure).or_insert_with(|| ground.clone());
        }
        for (code, (calendar, measures)) in &other.shared {
            let (_, all) = self.shared.entry(code.clone()).or_insert_with(|| (*calendar, BTreeSet::new()));
            all.extend(measures);
        }
    }
}

/// What a measure's numbers are: once reported, that stays.
fn meaning(definition: &Definition) -> (MeasureKind, Calendar, &Option<Code>, &Option<Code>) {
    (definition.kind, definition.calendar, &definition.numerator, &definition.denominator)
}

fn codes(ground: &Ground) -> impl Iterator<Item = &Code> {
    [&ground.definition.numerator, &ground.definition.denominator].into_iter().flatten()
}

/// Tables of one period that share quantities, and all that was said before of
/// these and of other measures that share them too.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// The period.
    pub period: Period,
    /// What is said now.
    pub tables: Vec<(Arc<Ground>, &'a Table)>,
    /// What was said before, by measure.
    pub told: BTreeMap<DocumentId, &'a Told>,
}

impl<'a> Group<'a> {
    /// Splits the tables of a period into those that share a quantity, also by
    /// way of what was said before.
    pub fn all(
        said: &'a Tables,
        meanings: &Meanings,
        period: Period,
        mut open: Vec<(Arc<Ground>, &'a Table)>,
    ) -> Vec<Self> {
        let mut groups = Vec::new();
        while let Some((first, _)) = open.first() {
            let says = |measure: &DocumentId| {
                said.get(measure, period).is_some()
                    || open.iter().any(|(ground, _)| ground.measure == *measure)
            };
            let measures = reach(meanings, first, says);
            let is_in = |(ground, _): &(Arc<Ground>, &Table)| measures.contains(&ground.measure);
            let (tables, apart) = open.into_iter().partition(is_in);
            let told = measures.iter().filter_map(|one| Some((*one, said.get(one, period)?))).collect();
            open = apart;
            groups.push(Self { period, tables, told });
        }
        groups
    }

    /// What it holds of each of its measures by itself.
    pub fn apart(&self) -> Vec<Self> {
        let now = self.tables.iter().map(|(ground, _)| ground.measure);
        let measures: BTreeSet<DocumentId> = now.chain(self.told.keys().copied()).collect();
        let only = |measure: &DocumentId| Self {
            period: self.period,
            tables: self.tables.iter().filter(|(ground, _)| ground.measure == *measure).cloned().collect(),
            told: self.told.get(measure).map(|told| (*measure, *told)).into_iter().collect(),
        };
        measures.iter().map(only).collect()
    }

    /// All that was said before and isn't forgotten, in order.
    pub fn earlier(&self) -> Vec<&'a Statement> {
        let mut earlier: Vec<&Statement> = self.told.values().flat_map(|told| told.statements()).collect();
        earlier.sort_by_key(|one| (one.number, one.ground.measure));
        earlier
    }

    /// What is known from all tables that are in force together.
    ///
    /// # Errors
    /// [`Trouble::TooComplex`] if that is more than is checked.
    pub fn in_force(&self, effort: &mut Effort) -> Result<Knowledge, Trouble> {
        let is_replaced =
            |one: &&Statement| self.tables.iter().any(|(ground, _)| ground.measure == one.ground.measure);
        let mut latest: Vec<&Statement> =
            self.told.values().map(|told| &told.latest).filter(|one| !is_replaced(one)).collect();
        latest.sort_by_key(|one| (one.number, one.ground.measure));
        let mut knowledge = self.say(Knowledge::in_force(), &latest, effort)?;
        // In the order of measures: unknowns are numbered as they come.
        latest.sort_by_key(|one| one.ground.measure);
        let grounds = latest.iter().map(|one| &one.ground).chain(self.tables.iter().map(|(one, _)| one));
        grounds.for_each(|ground| knowledge.complete(ground));
        Ok(knowledge)
    }

    /// What is known from some of what was said before, which is in order, and
    /// then what is said now.
    ///
    /// # Errors
    /// [`Trouble::TooComplex`] if that is more than is checked.
    pub fn say(
        &self,
        mut knowledge: Knowledge,
        earlier: &[&Statement],
        effort: &mut Effort,
    ) -> Result<Knowledge, Trouble> {
        if earlier.len() + self.tables.len() > STATEMENTS {
            return Err(Trouble::TooComplex);
        }
        let now = self.tables.iter().map(|(ground, table)| (ground, *table));
        for (ground, table) in earlier.iter().map(|one| (&one.ground, &one.table)).chain(now) {
            look_at(ground, table, effort)?;
            knowledge.say(ground, table);
        }
        Ok(knowledge)
    }
}

/// Counts what it costs to look at the cells of a table, those without people
/// included.
pub fn look_at(ground: &Ground, table: &Table, effort: &mut Effort) -> Result<(), Trouble> {
    let strata = stated(&ground.definition, table).map(|(_, one)| one.strata.len());
    effort.spend(CELL, 1 + strata.sum::<usize>())
}

/// The measures that say something and share a quantity with `first`, directly
/// or through others.
fn reach(meanings: &Meanings, first: &Ground, says: impl Fn(&DocumentId) -> bool) -> BTreeSet<DocumentId> {
    let mut reached = BTreeSet::from([first.measure]);
    let mut next: Vec<&Code> = codes(first).collect();
    while let Some(code) = next.pop() {
        let sharing = meanings.shared.get(code).map(|(_, measures)| measures);
        for measure in sharing.into_iter().flatten().filter(|measure| says(measure)) {
            if reached.insert(*measure)
                && let Some(ground) = meanings.grounds.get(measure)
            {
                next.extend(codes(ground));
            }
        }
    }
    reached
}
