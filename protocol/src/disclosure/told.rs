//! What was said of one measure in one period.

use super::change::{Content, History, Numbers};
use super::group::STATEMENTS;
use super::knowledge::{Interval, Protected};
use super::{Ground, Stratum, value_of};
use crate::bounded::BoundedVec;
use crate::id::DocumentId;
use crate::measure::Component;
use crate::period::Period;
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
    /// Where its masked numbers lay when it was said, by place. Most tables
    /// mask nothing, and there are many.
    intervals: Box<[(Masked, Interval)]>,
}

/// A number that is masked.
type Masked = (Stratum, Component);

impl Statement {
    /// A table that is said now.
    pub fn new(ground: Arc<Ground>, table: Table, number: u64) -> Self {
        Self { ground, table, number, intervals: Box::default() }
    }

    /// Whether it masks anything.
    pub fn hides(&self) -> bool {
        hides(&self.table)
    }

    /// What it says.
    pub fn content(&self) -> Content {
        Content::of(&self.ground.definition, &self.table)
    }

    /// Where a number that it masks lay when it was said, if that is bounded
    /// by anything.
    pub fn interval(&self, stratum: &Stratum, component: Component) -> Option<Interval> {
        let place = |(place, _): &(Masked, Interval)| (&place.0, place.1).cmp(&(stratum, component));
        let index = self.intervals.binary_search_by(place).ok()?;
        Some(self.intervals[index].1)
    }

    /// Whether both say the same, and leave the same open.
    fn says_as(&self, other: &Self) -> bool {
        (&self.ground, &self.table, &self.intervals) == (&other.ground, &other.table, &other.intervals)
    }

    /// Keeps what can be derived of what it masks.
    fn learn(&mut self, derived: &[Protected]) {
        let own = derived.iter().filter(|one| one.place.0 == self.ground.measure);
        let intervals: BTreeMap<Masked, Interval> =
            own.map(|one| ((one.place.1.clone(), one.place.2), one.interval)).collect();
        self.intervals = intervals.into_iter().collect();
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
    /// The statement in force.
    pub latest: Statement,
    /// What can't be forgotten; there is rarely anything.
    past: Option<Box<Past>>,
}

/// What was said before, as far as it still says something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Past {
    /// Statements that masked something or told what isn't told any more, in
    /// order.
    statements: Vec<Statement>,
    /// Numbers that were told earlier and are not what is told now.
    numbers: History,
}

impl Told {
    /// What is said once `statement` follows, of which `derived` can be derived.
    pub fn following(earlier: Option<&Self>, mut statement: Statement, derived: &[Protected]) -> Self {
        statement.learn(derived);
        let past = earlier.map(|earlier| earlier.past_of(&statement)).filter(|past| *past != Past::default());
        Self { latest: statement, past: past.map(Box::new) }
    }

    /// Of which measure and period.
    pub fn place(&self) -> (DocumentId, Period) {
        (self.latest.ground.measure, self.latest.table.period)
    }

    /// What isn't forgotten once `next` follows.
    fn past_of(&self, next: &Statement) -> Past {
        let told = next.content().told;
        let latest = &self.latest;
        let mut statements = self.past.as_ref().map(|past| past.statements.clone()).unwrap_or_default();
        let is_same = latest.says_as(next);
        let says_more = || latest.content().told.keys().any(|place| !told.contains_key(place));
        if !is_same && (latest.hides() || says_more()) {
            statements.retain(|one| !one.says_as(latest));
            statements.push(latest.clone());
        }
        Past { statements, numbers: earlier_than(self.numbers(), &told) }
    }

    /// What is said where another submission, which did not know of this,
    /// said `other`: this stays in force, and all stays known.
    fn beside(&self, other: &Self) -> Self {
        let mut statements: Vec<Statement> = other.statements().chain(self.statements()).cloned().collect();
        statements.pop();
        statements.sort_by_key(|one| one.number);
        let mut kept: Vec<Statement> = Vec::new();
        for one in statements.into_iter().filter(|one| !is_empty(&one.table) && !one.says_as(&self.latest)) {
            kept.retain(|other| !other.says_as(&one));
            kept.push(one);
        }
        let mut numbers = other.numbers();
        for (place, own) in self.numbers() {
            let all = numbers.entry(place).or_default();
            all.retain(|number| !own.contains(number));
            all.extend(own);
        }
        let past = Past { statements: kept, numbers: earlier_than(numbers, &self.latest.content().told) };
        let number = self.latest.number.max(other.latest.number);
        Self {
            latest: Statement { number, ..self.latest.clone() },
            past: Some(past).filter(|past| *past != Past::default()).map(Box::new),
        }
    }

    /// What is said once this is known and no longer in force.
    fn withdrawn(&self) -> Self {
        let table = Table { period: self.latest.table.period, total: None, strata: BoundedVec::default() };
        let statement = Statement::new(self.latest.ground.clone(), table, self.latest.number);
        Self::following(Some(self), statement, &[])
    }

    /// All that was said and isn't forgotten, in order.
    pub fn statements(&self) -> impl DoubleEndedIterator<Item = &Statement> {
        self.past.iter().flat_map(|past| &past.statements).chain([&self.latest])
    }

    /// All numbers that were told of each cell and component.
    pub fn numbers(&self) -> History {
        let mut numbers = self.past.as_ref().map(|past| past.numbers.clone()).unwrap_or_default();
        for (place, number) in self.latest.content().told {
            let all = numbers.entry(place).or_default();
            all.retain(|earlier| *earlier != number);
            all.push(number);
        }
        numbers
    }

    /// The last number that was told of each cell and component.
    pub fn last(&self) -> Numbers {
        let last = |(place, all): ((Stratum, Component), Vec<u64>)| Some((place, *all.last()?));
        self.numbers().into_iter().filter_map(last).collect()
    }

    /// Whether more was said and isn't forgotten than is checked together.
    pub fn is_full(&self) -> bool {
        self.past.as_ref().is_some_and(|past| past.statements.len() >= STATEMENTS)
    }
}

/// The numbers that are not what is told now; of many the last ones.
fn earlier_than(mut numbers: History, told: &Numbers) -> History {
    for (place, number) in told {
        if let Some(all) = numbers.get_mut(place) {
            all.retain(|earlier| earlier != number);
        }
    }
    for all in numbers.values_mut() {
        all.drain(..all.len().saturating_sub(STATEMENTS));
    }
    numbers.retain(|_, all| !all.is_empty());
    numbers
}

/// What is said, by measure and period. A copy costs little: what is the same
/// in both is there once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    measures: BTreeMap<DocumentId, Arc<BTreeMap<Period, Arc<Told>>>>,
    count: usize,
}

impl Tables {
    /// What is said of a measure in a period.
    pub fn get(&self, measure: &DocumentId, period: Period) -> Option<&Told> {
        self.measures.get(measure)?.get(&period).map(Arc::as_ref)
    }

    /// What is said of a measure, by period.
    pub fn of(&self, measure: &DocumentId) -> impl Iterator<Item = &Told> {
        self.measures.get(measure).into_iter().flat_map(|all| all.values()).map(Arc::as_ref)
    }

    /// All that is said.
    pub fn iter(&self) -> impl Iterator<Item = &Told> {
        self.measures.values().flat_map(|all| all.values()).map(Arc::as_ref)
    }

    /// How many tables; those that were withdrawn count.
    pub fn len(&self) -> usize {
        self.count
    }

    /// How many periods of a measure; those that were withdrawn count.
    pub fn periods(&self, measure: &DocumentId) -> usize {
        self.measures.get(measure).map_or(0, |all| all.len())
    }

    /// Puts what is said in the place of what was.
    pub fn insert(&mut self, told: Arc<Told>) {
        let (measure, period) = told.place();
        let periods = Arc::make_mut(self.measures.entry(measure).or_default());
        self.count += usize::from(periods.insert(period, told).is_none());
    }

    /// How many tables of another path are not the same here.
    pub fn apart(&self, other: &Self) -> usize {
        let all = other.measures.iter().flat_map(|(measure, all)| all.iter().map(move |one| (measure, one)));
        let is_same = |measure, (period, told): (&Period, &Arc<Told>)| {
            self.measures.get(measure).and_then(|own| own.get(period)) == Some(told)
        };
        all.filter(|(measure, one)| !is_same(measure, *one)).count()
    }

    /// Takes in what another path said: what this one said stays in force, and
    /// all stays known.
    pub fn join(&mut self, other: &Self) {
        for told in other.measures.values().flat_map(|all| all.values()) {
            let (measure, period) = told.place();
            let own = self.measures.get(&measure).and_then(|all| all.get(&period));
            let joined = match own {
                Some(own) if own == told => continue,
                Some(own) => own.beside(told),
                None => told.withdrawn(),
            };
            self.insert(Arc::new(joined));
        }
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
        (!is_empty(&told.latest.table)).then_some(Self { statement: &told.latest })
    }

    /// Where a number of one of its cells lies: a point if it is told. None if
    /// the cell does not report it.
    pub fn interval(&self, stratum: &Stratum, cell: &Cell, component: Component) -> Option<Interval> {
        match value_of(cell, component)? {
            Value::Known(number) => Some(Interval { low: number, high: Some(number) }),
            Value::Masked => {
                let derived = self.statement.interval(stratum, component);
                Some(derived.unwrap_or(Interval { low: 0, high: None }))
            }
        }
    }
}
