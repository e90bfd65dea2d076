//! What one organisation has said, and the verdict on what it says next.

use super::change::{self, Content, Numbers};
use super::knowledge::{Assumed, Interval, Knowledge, Place, Protected};
use super::told::{Accepted, Statement, Told, hides, is_empty};
use super::{Breach, Fault, Ground, Reported, Spot};
use crate::id::DocumentId;
use crate::linear::{Effort, Trouble};
use crate::measure::{Code, Component, MeasureKind};
use crate::period::{Calendar, Period};
use crate::series::Table;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Statements about one period that are checked together; more are refused, so
/// that no check takes long.
const STATEMENTS: usize = 32;

/// Numbers of one period that are masked now and were told before; more are
/// refused, since each is assumed not to have changed.
const ASSUMED: usize = 64;

/// What a measure's numbers are: once reported, that stays.
type Meaning = (MeasureKind, Calendar, Option<Code>, Option<Code>);

/// All that one organisation has said, in the order of its submissions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    told: BTreeMap<(DocumentId, Period), Told>,
    meanings: Meanings,
    submissions: u64,
}

/// What measures count, and which of them count the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Meanings {
    measures: BTreeMap<DocumentId, Meaning>,
    shared: BTreeMap<Code, (Calendar, BTreeSet<DocumentId>)>,
}

impl Meanings {
    /// Takes in what a measure counts; refused if it counted something else
    /// before, or a quantity went by another calendar.
    fn learn(&mut self, ground: &Ground) -> Result<(), Fault> {
        let definition = &ground.definition;
        let (numerator, denominator) = (definition.numerator.clone(), definition.denominator.clone());
        let meaning = (definition.kind, definition.calendar, numerator, denominator);
        if *self.measures.entry(ground.measure).or_insert_with(|| meaning.clone()) != meaning {
            return Err(Fault::OtherDefinition);
        }
        for code in codes(ground) {
            let entry = self.shared.entry(code.clone());
            let (calendar, measures) = entry.or_insert_with(|| (definition.calendar, BTreeSet::new()));
            if *calendar != definition.calendar {
                return Err(Fault::OtherDefinition);
            }
            measures.insert(ground.measure);
        }
        Ok(())
    }
}

/// A submission that breaks no rule. Nothing else can be taken into an
/// account.
#[derive(Clone, Debug)]
pub struct Judged {
    reported: Vec<Reported>,
    told: BTreeMap<(DocumentId, Period), Told>,
    meanings: Meanings,
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
        let mut meanings = self.meanings.clone();
        let mut periods: BTreeMap<Period, Vec<(Arc<Ground>, &Table)>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for one in &reported {
            let Some(first) = one.tables.first() else { continue };
            meanings.learn(&one.ground).map_err(|fault| Spot::table(first.period).breaks(fault))?;
            let ground = Arc::new(one.ground.clone());
            for table in &one.tables {
                if !seen.insert((ground.measure, table.period)) {
                    return Err(Spot::table(table.period).breaks(Fault::Order));
                }
                super::cells::check(&ground, table)?;
                periods.entry(table.period).or_default().push((ground.clone(), table));
            }
        }
        let mut told = BTreeMap::new();
        let mut effort = Effort::default();
        for (period, tables) in periods {
            for group in groups(&self.told, &meanings, period, tables) {
                self.judge_group(&group, &mut effort, &mut told)?;
            }
        }
        Ok(Judged { told, meanings, submissions: self.submissions, reported })
    }

    /// Takes in what was judged by this very account.
    pub fn take(&mut self, judged: Judged) {
        debug_assert_eq!(judged.submissions, self.submissions, "judged by another account");
        self.meanings = judged.meanings;
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
    pub(super) fn known_with(
        &self,
        ground: &Arc<Ground>,
        table: &Table,
        with_earlier: bool,
    ) -> Option<Knowledge> {
        let groups = groups(&self.told, &self.meanings, table.period, vec![(ground.clone(), table)]);
        match with_earlier {
            true => self.over_time(groups.first()?),
            false => self.in_force(groups.first()?),
        }
    }

    /// The last number that was told of each cell and component.
    pub(super) fn last_told(&self, measure: &DocumentId, period: Period) -> Numbers {
        self.told.get(&(*measure, period)).map(Told::last).unwrap_or_default()
    }

    fn judge_group(
        &self,
        group: &Group<'_>,
        effort: &mut Effort,
        judged: &mut BTreeMap<(DocumentId, Period), Told>,
    ) -> Result<(), Breach> {
        if group.tables.iter().all(|(_, table)| is_empty(table)) {
            // Who takes back tells nothing.
            judged.extend(self.successors(group, &[]));
            return Ok(());
        }
        for (ground, table) in &group.tables {
            self.check_change(group.period, ground, table)?;
        }
        if self.is_plain(group) {
            judged.extend(self.successors(group, &[]));
            return Ok(());
        }
        let too_complex = || Spot::table(group.period).breaks(Fault::TooComplex);
        let in_force = self.in_force(group).ok_or_else(too_complex)?;
        let refused = |trouble| match trouble {
            Trouble::Infeasible => Spot::table(group.period).breaks(Fault::Inconsistent),
            _ => too_complex(),
        };
        if let Some((_, stratum, component)) = in_force.exposed().map_err(refused)? {
            return Err(Spot::number(group.period, &stratum, component).breaks(Fault::Recoverable));
        }
        let derived = in_force.derive(&Assumed::new(), effort).map_err(refused)?;
        check_protected(group.period, &derived)?;
        self.check_assuming(group, &in_force, effort)?;
        self.check_over_time(group, effort)?;
        self.check_overlap(group, &derived)?;
        judged.extend(self.successors(group, &derived));
        Ok(())
    }

    /// Nothing hidden changed, as far back as that can be: of everything
    /// together, and of one measure or one sort of number by itself, which does
    /// not care what changed elsewhere.
    fn check_over_time(&self, group: &Group<'_>, effort: &mut Effort) -> Result<(), Breach> {
        let too_complex = || Spot::table(group.period).breaks(Fault::TooComplex);
        let sorts =
            [None, Some(Component::Numerator), Some(Component::Denominator), Some(Component::Excluded)];
        let alone =
            group.measures.iter().map(|one| BTreeSet::from([*one])).filter(|_| group.measures.len() > 1);
        for measures in [group.measures.clone()].into_iter().chain(alone) {
            let told = measures.iter().filter_map(|measure| self.told.get(&(*measure, group.period)));
            let mut earlier: Vec<&Statement> = told.flat_map(|told| &told.statements).collect();
            earlier.sort_by_key(|one| (one.number, one.ground.measure));
            let tables: Vec<_> =
                group.tables.iter().filter(|(one, _)| measures.contains(&one.measure)).cloned().collect();
            let view = Group { period: group.period, measures, tables };
            for only in sorts {
                for first in 0..=earlier.len() {
                    let knowledge = self.say(Knowledge::over_time_of(only), earlier[first..].to_vec(), &view);
                    match knowledge.ok_or_else(too_complex)?.derive(&Assumed::new(), effort) {
                        Ok(linked) => check_protected(group.period, &linked)?,
                        Err(Trouble::Infeasible) => continue,
                        Err(_) => return Err(too_complex()),
                    }
                    break;
                }
            }
        }
        Ok(())
    }

    /// Checks a table against what was said of the same numbers before.
    fn check_change(&self, period: Period, ground: &Ground, table: &Table) -> Result<(), Breach> {
        let (spot, now) = (Spot::table(period), Content::of(&ground.definition, table));
        if let Some(told) = self.told.get(&(ground.measure, period)) {
            change::check_numbers(ground, &spot, &told.last(), &now)?;
            told.statements.iter().try_for_each(|one| change::check(ground, &spot, &one.content(), &now))?;
        }
        self.shared_numbers(ground, period)
            .iter()
            .try_for_each(|last| change::check_numbers(ground, &spot, last, &now))
    }

    /// What other measures told last of the quantities that this one counts, as
    /// if this one had.
    fn shared_numbers(&self, ground: &Ground, period: Period) -> Vec<Numbers> {
        let own = [
            (Component::Numerator, &ground.definition.numerator),
            (Component::Denominator, &ground.definition.denominator),
        ];
        let mut all = Vec::new();
        for (component, code) in own.into_iter().filter_map(|(one, code)| Some((one, code.as_ref()?))) {
            let measures = self.meanings.shared.get(code).map(|(_, measures)| measures);
            for measure in measures.into_iter().flatten().filter(|one| **one != ground.measure) {
                let Some((_, _, numerator, _)) = self.meanings.measures.get(measure) else { continue };
                let theirs = match numerator.as_ref() == Some(code) {
                    true => Component::Numerator,
                    false => Component::Denominator,
                };
                let numbers = self.last_told(measure, period).into_iter();
                let same = numbers.filter(|((_, one), _)| *one == theirs);
                all.push(same.map(|((stratum, _), number)| ((stratum, component), number)).collect());
            }
        }
        all
    }

    /// Whether nothing is or was hidden, and nothing must add up.
    fn is_plain(&self, group: &Group<'_>) -> bool {
        let is_plain = |table: &Table| table.strata.is_empty() && !hides(table);
        let mut told = group.measures.iter().filter_map(|measure| self.told.get(&(*measure, group.period)));
        group.measures.len() == 1
            && group.tables.iter().all(|(_, table)| is_plain(table))
            && told.all(|told| told.statements.iter().all(|one| is_plain(&one.table)))
    }

    /// What is known from all tables that are in force together.
    fn in_force(&self, group: &Group<'_>) -> Option<Knowledge> {
        let told = group.measures.iter().filter_map(|measure| self.told.get(&(*measure, group.period)));
        let is_replaced =
            |one: &&Statement| group.tables.iter().any(|(ground, _)| ground.measure == one.ground.measure);
        let latest = told.filter_map(Told::latest).filter(|one| !is_replaced(one));
        let latest: Vec<&Statement> = latest.collect();
        let mut knowledge = self.say(Knowledge::in_force(), latest.clone(), group)?;
        let grounds =
            latest.iter().map(|one| &one.ground).chain(group.tables.iter().map(|(ground, _)| ground));
        grounds.for_each(|ground| knowledge.complete(ground));
        Some(knowledge)
    }

    /// What is known from all that was said.
    fn over_time(&self, group: &Group<'_>) -> Option<Knowledge> {
        let told = group.measures.iter().filter_map(|measure| self.told.get(&(*measure, group.period)));
        self.say(Knowledge::over_time(), told.flat_map(|told| &told.statements).collect(), group)
    }

    fn say(
        &self,
        mut knowledge: Knowledge,
        mut earlier: Vec<&Statement>,
        group: &Group<'_>,
    ) -> Option<Knowledge> {
        earlier.sort_by_key(|one| (one.number, one.ground.measure));
        if earlier.len() + group.tables.len() > STATEMENTS {
            return None;
        }
        earlier.iter().for_each(|one| knowledge.say(&one.ground, &one.table));
        group.tables.iter().for_each(|(ground, table)| knowledge.say(ground, table));
        Some(knowledge)
    }

    /// What is masked now and was told before may not have changed: that must
    /// not give away what else is masked, whether it holds for all of it or for
    /// one number.
    fn check_assuming(
        &self,
        group: &Group<'_>,
        knowledge: &Knowledge,
        effort: &mut Effort,
    ) -> Result<(), Breach> {
        let last: BTreeMap<DocumentId, Numbers> =
            group.measures.iter().map(|measure| (*measure, self.last_told(measure, group.period))).collect();
        let told = |place: &Place| last.get(&place.0)?.get(&(place.1.clone(), place.2)).copied();
        let all = knowledge.told_before(told);
        if all.len() > ASSUMED {
            return Err(Spot::table(group.period).breaks(Fault::TooComplex));
        }
        let mut cases: Vec<Assumed> =
            all.iter().map(|(one, number)| Assumed::from([(*one, *number)])).collect();
        for one in all.keys().filter(|_| all.len() > 2) {
            cases.push(
                all.iter().filter(|(other, _)| *other != one).map(|(at, number)| (*at, *number)).collect(),
            );
        }
        cases.push(all);
        for assumed in &cases {
            let derived = match knowledge.derive(assumed, effort) {
                Ok(derived) => derived,
                Err(Trouble::Infeasible) => continue,
                Err(_) => return Err(Spot::table(group.period).breaks(Fault::TooComplex)),
            };
            let is_public = |one: &Protected| {
                told(&one.place)
                    .is_some_and(|number| one.interval == Interval { low: number, high: Some(number) })
            };
            let new: Vec<Protected> = derived.into_iter().filter(|one| !is_public(one)).collect();
            check_protected(group.period, &new)?;
        }
        Ok(())
    }

    /// A hidden number that did not change lies where it lay each time that it
    /// was masked and where it lies now: that must leave enough, or nothing.
    fn check_overlap(&self, group: &Group<'_>, derived: &[Protected]) -> Result<(), Breach> {
        for now in derived {
            let (measure, stratum, component) = &now.place;
            let place = (stratum.clone(), *component);
            let told = self.told.get(&(*measure, group.period));
            let mut left = now.interval;
            for earlier in told.into_iter().flat_map(|told| told.statements.iter().rev()) {
                let Some(before) = earlier.intervals().get(&place) else { continue };
                let both = left.and(before);
                match both.count() {
                    Some(0) => {}
                    Some(count) if count < u64::from(now.threshold) => {
                        return Err(
                            Spot::number(group.period, stratum, *component).breaks(Fault::Recoverable)
                        );
                    }
                    _ => left = both,
                }
            }
        }
        Ok(())
    }

    /// What is told of every measure of the group from now on.
    fn successors(&self, group: &Group<'_>, derived: &[Protected]) -> BTreeMap<(DocumentId, Period), Told> {
        let mut all = BTreeMap::new();
        for measure in &group.measures {
            let before = self.told.get(&(*measure, group.period));
            let new = group.tables.iter().find(|(ground, _)| ground.measure == *measure);
            let statement = |(ground, table): &(Arc<Ground>, &Table)| {
                Statement::new(ground.clone(), (*table).clone(), self.submissions)
            };
            let told = match new {
                Some(new) => Some(Told::following(before, statement(new))),
                None => before.cloned(),
            };
            let Some(mut told) = told else { continue };
            if new.is_some() {
                told.learn(measure, derived);
            }
            all.insert((*measure, group.period), told);
        }
        all
    }
}

/// Splits the tables of a period into those that share a quantity, also by way
/// of what was said before.
fn groups<'a>(
    told: &BTreeMap<(DocumentId, Period), Told>,
    meanings: &Meanings,
    period: Period,
    mut open: Vec<(Arc<Ground>, &'a Table)>,
) -> Vec<Group<'a>> {
    let mut groups = Vec::new();
    while !open.is_empty() {
        let measures = reach(told, meanings, period, &open[0].0, &open);
        let (tables, apart): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|(ground, _)| measures.contains(&ground.measure));
        open = apart;
        groups.push(Group { period, measures, tables });
    }
    groups
}

/// The measures that say something in this period and share a quantity with
/// `first`, directly or through others.
fn reach(
    told: &BTreeMap<(DocumentId, Period), Told>,
    meanings: &Meanings,
    period: Period,
    first: &Ground,
    new: &[(Arc<Ground>, &Table)],
) -> BTreeSet<DocumentId> {
    let says = |measure: &DocumentId| {
        told.contains_key(&(*measure, period)) || new.iter().any(|(ground, _)| ground.measure == *measure)
    };
    let mut reached = BTreeSet::from([first.measure]);
    let mut next: Vec<Code> = codes(first).cloned().collect();
    while let Some(code) = next.pop() {
        let sharing = meanings.shared.get(&code).map(|(_, measures)| measures);
        for measure in sharing.into_iter().flatten().filter(|measure| says(measure)) {
            if reached.insert(*measure)
                && let Some((_, _, numerator, denominator)) = meanings.measures.get(measure)
            {
                next.extend([numerator, denominator].into_iter().flatten().cloned());
            }
        }
    }
    reached
}

fn codes(ground: &Ground) -> impl Iterator<Item = &Code> {
    [&ground.definition.numerator, &ground.definition.denominator].into_iter().flatten()
}

fn check_protected(period: Period, all: &[Protected]) -> Result<(), Breach> {
    let is_tight =
        |one: &&Protected| one.interval.count().is_some_and(|left| left < u64::from(one.threshold));
    match all.iter().find(is_tight) {
        Some(one) => Err(Spot::number(period, &one.place.1, one.place.2).breaks(Fault::Recoverable)),
        None => Ok(()),
    }
}
