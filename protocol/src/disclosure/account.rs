//! What one organisation has said, and the verdict on what it says next.

use super::knowledge::{Knowledge, Protected};
use super::told::{Accepted, Statement, Told, hides, is_shared};
use super::{Breach, Fault, Ground, Reported, Spot, change};
use crate::id::DocumentId;
use crate::linear::Trouble;
use crate::measure::Code;
use crate::period::{Calendar, Period};
use crate::series::Table;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Statements about one period that are checked together; more are refused, so
/// that no check takes long.
const STATEMENTS: usize = 64;

/// All that one organisation has said, in the order of its submissions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    told: BTreeMap<(DocumentId, Period), Told>,
    calendars: BTreeMap<DocumentId, Calendar>,
    shared: BTreeMap<Code, (Calendar, BTreeSet<DocumentId>)>,
    submissions: u64,
}

/// A submission that breaks no rule. Nothing else can be taken into an
/// account.
#[derive(Clone, Debug)]
pub struct Judged {
    reported: Vec<Reported>,
    told: BTreeMap<(DocumentId, Period), Told>,
    submissions: u64,
}

impl Judged {
    /// What was judged.
    pub fn reported(&self) -> &[Reported] {
        &self.reported
    }
}

/// Tables of one period that share quantities, and the measures of all that
/// was said before and shares them too.
struct Group<'a> {
    period: Period,
    measures: BTreeSet<DocumentId>,
    tables: Vec<(Arc<Ground>, &'a Table)>,
}

impl Account {
    /// Judges a submission by all that was said before it.
    ///
    /// # Errors
    /// The first rule that it breaks, and where.
    pub fn judge(&self, reported: Vec<Reported>) -> Result<Judged, Breach> {
        let mut periods: BTreeMap<Period, Vec<(Arc<Ground>, &Table)>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for one in &reported {
            self.check_calendars(&one.ground, &one.tables)?;
            let ground = Arc::new(one.ground.clone());
            for table in &one.tables {
                if !seen.insert((ground.measure, table.period)) {
                    return Err(Spot::table(table.period).breaks(Fault::Order));
                }
                self.check_alone(&ground, table)?;
                periods.entry(table.period).or_default().push((ground.clone(), table));
            }
        }
        let mut told = BTreeMap::new();
        for (period, tables) in periods {
            for group in self.groups(period, tables) {
                self.judge_group(&group, &mut told)?;
            }
        }
        Ok(Judged { told, submissions: self.submissions, reported })
    }

    /// Takes in what was judged by this very account.
    pub fn take(&mut self, judged: Judged) {
        debug_assert_eq!(judged.submissions, self.submissions, "judged by another account");
        for one in judged.reported.iter().filter(|one| !one.tables.is_empty()) {
            let (definition, measure) = (&one.ground.definition, one.ground.measure);
            self.calendars.insert(measure, definition.calendar);
            for code in codes(&one.ground) {
                let entry = self.shared.entry(code.clone());
                entry.or_insert_with(|| (definition.calendar, BTreeSet::new())).1.insert(measure);
            }
        }
        self.told.extend(judged.told);
        self.submissions += 1;
    }

    /// Tables in force, by measure and period.
    pub fn tables(&self) -> impl Iterator<Item = Accepted<'_>> {
        self.told.values().filter_map(Accepted::of)
    }

    /// Tables in force of one measure, by period.
    pub fn tables_of(&self, measure: &DocumentId) -> impl Iterator<Item = Accepted<'_>> {
        let (first, last) = (Period::EARLIEST, Period::LATEST);
        self.told.range((*measure, first)..=(*measure, last)).filter_map(|(_, told)| Accepted::of(told))
    }

    /// The table in force of a measure and period.
    pub fn table(&self, measure: &DocumentId, period: Period) -> Option<Accepted<'_>> {
        Accepted::of(self.told.get(&(*measure, period))?)
    }

    /// How many submissions were taken in.
    pub fn submissions(&self) -> u64 {
        self.submissions
    }

    /// What is known once a table is told, for whoever masks it: beside all that
    /// can be true with it, or beside what else is in force. None if that is
    /// more than is checked.
    pub(super) fn known_with(&self, ground: &Arc<Ground>, table: &Table, with_earlier: bool) -> Option<Knowledge> {
        let groups = self.groups(table.period, vec![(ground.clone(), table)]);
        self.knowledge(groups.first()?, with_earlier)
    }

    /// The last number that was told of each cell and component.
    pub(super) fn last_told(&self, measure: &DocumentId, period: Period) -> change::Last {
        self.told.get(&(*measure, period)).map(Told::last).unwrap_or_default()
    }

    fn check_calendars(&self, ground: &Ground, tables: &[Table]) -> Result<(), Breach> {
        let other = |calendar: &Calendar| *calendar != ground.definition.calendar;
        let is_other = self.calendars.get(&ground.measure).is_some_and(other)
            || codes(ground).any(|code| self.shared.get(code).is_some_and(|(one, _)| other(one)));
        match tables.first() {
            Some(table) if is_other => Err(Spot::table(table.period).breaks(Fault::OtherCalendar)),
            _ => Ok(()),
        }
    }

    /// What can be said of a table without what it shares with others.
    fn check_alone(&self, ground: &Ground, table: &Table) -> Result<(), Breach> {
        super::cells::check(ground, table)?;
        let Some(told) = self.told.get(&(ground.measure, table.period)) else { return Ok(()) };
        let before = told.latest().map(|one| (&*one.ground.definition, &one.table));
        change::check(ground, &told.last(), before, table)
    }

    /// Splits the tables of a period into those that share a quantity, also by
    /// way of what was said before.
    fn groups<'a>(&self, period: Period, mut open: Vec<(Arc<Ground>, &'a Table)>) -> Vec<Group<'a>> {
        let mut groups = Vec::new();
        while !open.is_empty() {
            let first = open.remove(0);
            let mut shared: BTreeSet<Code> = codes(&first.0).cloned().collect();
            let mut group = Group { period, measures: BTreeSet::from([first.0.measure]), tables: vec![first] };
            loop {
                let before = (group.measures.len(), shared.len());
                self.reach(&mut group, &mut shared);
                let touches = |one: &(Arc<Ground>, &Table)| {
                    group.measures.contains(&one.0.measure) || codes(&one.0).any(|code| shared.contains(code))
                };
                let (joined, apart): (Vec<_>, Vec<_>) = open.into_iter().partition(touches);
                open = apart;
                for one in joined {
                    shared.extend(codes(&one.0).cloned());
                    group.measures.insert(one.0.measure);
                    group.tables.push(one);
                }
                if before == (group.measures.len(), shared.len()) {
                    break;
                }
            }
            groups.push(group);
        }
        groups
    }

    /// Adds measures that said something about a shared quantity in this
    /// period, and the quantities that they share.
    fn reach(&self, group: &mut Group<'_>, shared: &mut BTreeSet<Code>) {
        let measures = shared.iter().filter_map(|code| self.shared.get(code)).flat_map(|(_, measures)| measures);
        let here = |measure: &&DocumentId| self.told.contains_key(&(**measure, group.period));
        let found: Vec<DocumentId> = measures.filter(here).copied().collect();
        group.measures.extend(found);
        let told = group.measures.iter().filter_map(|measure| self.told.get(&(*measure, group.period)));
        shared.extend(told.flat_map(|told| &told.statements).flat_map(|one| codes(&one.ground)).cloned());
    }

    fn judge_group(
        &self,
        group: &Group<'_>,
        judged: &mut BTreeMap<(DocumentId, Period), Told>,
    ) -> Result<(), Breach> {
        if let Some((ground, table)) = self.plain(group) {
            let before = self.told.get(&(ground.measure, group.period));
            let told = Told::following(before, true, self.statement(ground, table));
            judged.insert((ground.measure, group.period), told);
            return Ok(());
        }
        let too_complex = || Spot::table(group.period).breaks(Fault::TooComplex);
        let alone = self.knowledge(group, false).ok_or_else(too_complex)?.derive();
        let derived = alone.map_err(|trouble| match trouble {
            Trouble::Infeasible => Spot::table(group.period).breaks(Fault::Inconsistent),
            _ => too_complex(),
        })?;
        let is_linked = match self.knowledge(group, true).ok_or_else(too_complex)?.derive() {
            Ok(linked) => check_protected(group.period, &linked).map(|()| true)?,
            Err(Trouble::Infeasible) => false,
            Err(_) => return Err(too_complex()),
        };
        if !is_linked {
            check_protected(group.period, &derived)?;
            self.check_overlap(group, &derived)?;
        }
        judged.extend(self.successors(group, is_linked, &derived));
        Ok(())
    }

    /// The only table, if nothing in it is or was hidden and nothing must add
    /// up.
    fn plain<'a, 'b>(&self, group: &'b Group<'a>) -> Option<(&'b Arc<Ground>, &'a Table)> {
        let [(ground, table)] = group.tables.as_slice() else { return None };
        let is_plain = |table: &Table| table.strata.is_empty() && table.total.is_none_or(|cell| !hides(&cell));
        let before = self.told.get(&(ground.measure, group.period));
        let was_plain = before.is_none_or(|told| told.statements.iter().all(|one| is_plain(&one.table)));
        (is_plain(table) && was_plain && !is_shared(ground)).then_some((ground, *table))
    }

    /// What is known once the tables are told: together with all that can be
    /// true beside them, or with what else is in force alone. None if that is
    /// more than is checked.
    fn knowledge(&self, group: &Group<'_>, with_earlier: bool) -> Option<Knowledge> {
        let told = group.measures.iter().filter_map(|measure| self.told.get(&(*measure, group.period)));
        let is_replaced = |one: &Statement| {
            group.tables.iter().any(|(ground, _)| ground.measure == one.ground.measure)
        };
        let mut statements: Vec<&Statement> = match with_earlier {
            true => told.flat_map(|told| &told.statements).collect(),
            false => told.filter_map(Told::latest).filter(|one| !is_replaced(one)).collect(),
        };
        statements.sort_by_key(|one| (one.number, one.ground.measure));
        if statements.len() + group.tables.len() > STATEMENTS {
            return None;
        }
        let mut knowledge = Knowledge::default();
        statements.iter().for_each(|one| knowledge.say(&one.ground, &one.table));
        group.tables.iter().for_each(|(ground, table)| knowledge.say(ground, table));
        Some(knowledge)
    }

    /// Something hidden has changed. A number that did not change lies where it
    /// lay before and where it lies now: that must leave enough, or nothing.
    fn check_overlap(&self, group: &Group<'_>, derived: &[Protected]) -> Result<(), Breach> {
        for now in derived {
            let (measure, stratum, component) = &now.place;
            let told = self.told.get(&(*measure, group.period));
            let Some(before) = told.and_then(|told| told.intervals().get(&(stratum.clone(), *component)))
            else {
                continue;
            };
            let left = now.interval.and(before).count();
            if left.is_some_and(|left| (1..u64::from(now.threshold)).contains(&left)) {
                return Err(Spot::number(group.period, stratum, *component).breaks(Fault::Recoverable));
            }
        }
        Ok(())
    }

    /// What is told of every measure of the group from now on.
    fn successors(
        &self,
        group: &Group<'_>,
        is_linked: bool,
        derived: &[Protected],
    ) -> BTreeMap<(DocumentId, Period), Told> {
        let mut all = BTreeMap::new();
        for measure in &group.measures {
            let before = self.told.get(&(*measure, group.period));
            let new = group.tables.iter().find(|(ground, _)| ground.measure == *measure);
            let told = match (new, before) {
                (Some((ground, table)), before) => {
                    Some(Told::following(before, is_linked, self.statement(ground, table)))
                }
                (None, Some(before)) => Some(before.clone()),
                (None, None) => None,
            };
            let Some(mut told) = told else { continue };
            if !is_linked {
                told.begin_again();
            }
            told.learn(measure, derived);
            all.insert((*measure, group.period), told);
        }
        all
    }

    fn statement(&self, ground: &Arc<Ground>, table: &Table) -> Statement {
        Statement { ground: ground.clone(), table: table.clone(), number: self.submissions }
    }
}

fn codes(ground: &Ground) -> impl Iterator<Item = &Code> {
    [&ground.definition.numerator, &ground.definition.denominator].into_iter().flatten()
}

fn check_protected(period: Period, all: &[Protected]) -> Result<(), Breach> {
    let is_tight = |one: &&Protected| one.interval.count().is_some_and(|left| left < u64::from(one.threshold));
    match all.iter().find(is_tight) {
        Some(one) => Err(Spot::number(period, &one.place.1, one.place.2).breaks(Fault::Recoverable)),
        None => Ok(()),
    }
}
