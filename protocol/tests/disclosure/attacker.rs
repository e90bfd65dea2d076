//! Somebody who reads all that a site ever said, and works out what is masked.

use crate::integers::{Found, Sums};
use crate::kit::Measure;
use commons_protocol::measure::{Component, MeasureKind};
use commons_protocol::series::{Cell, Table, Value};
use std::collections::BTreeMap;

/// A number that can be masked: which quantity, and of which stratum.
pub type Item = (String, String);

/// A cell: the measure's number, the stratum, and which number.
pub type Place = (u8, String, Component);

/// What a reader knows of one moment, or of several in which nothing changed.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    /// Reads these numbers alone and skips all others, if any are named: what
    /// changed elsewhere then does not matter.
    only: Option<Component>,
    numbers: BTreeMap<Item, usize>,
    sums: Sums,
    told: BTreeMap<usize, u64>,
    masked: BTreeMap<Place, usize>,
}

/// Name of a stratum; empty for everybody.
pub fn stratum_name(stratifier: &str, code: &str) -> String {
    format!("{stratifier}:{code}")
}

fn quantity(measure: &Measure, component: Component) -> String {
    let named = match component {
        Component::Numerator => &measure.definition.numerator,
        Component::Denominator => &measure.definition.denominator,
        _ => &None,
    };
    named.as_ref().map_or_else(|| format!("{} {component:?}", measure.number), |name| name.to_string())
}

pub fn item(measure: &Measure, stratum: &str, component: Component) -> Item {
    (quantity(measure, component), stratum.to_owned())
}

/// The cells that a table states, also by leaving strata out.
pub fn stated(measure: &Measure, table: &Table) -> Vec<(String, Cell)> {
    let mut all: Vec<(String, Cell)> = table.total.iter().map(|cell| (String::new(), *cell)).collect();
    let has_excluded = all.iter().map(|(_, cell)| cell).chain(table.strata.iter().map(|one| &one.cell));
    let has_excluded = has_excluded.into_iter().any(|cell| cell.excluded.is_some());
    let nobody = Cell {
        numerator: Value::Known(0),
        denominator: measure.definition.kind.has_denominator().then_some(Value::Known(0)),
        excluded: has_excluded.then_some(Value::Known(0)),
    };
    for (index, stratifier) in measure.definition.stratifiers.iter().enumerate() {
        let mut cells: BTreeMap<usize, Cell> = BTreeMap::new();
        for one in table.strata.iter().filter(|one| usize::from(one.stratifier) == index) {
            cells.insert(usize::from(one.code), one.cell);
        }
        if cells.is_empty() {
            continue;
        }
        for (number, name) in stratifier.strata.iter().enumerate() {
            let cell = cells.get(&number).copied().unwrap_or(nobody);
            all.push((stratum_name(&stratifier.code, name), cell));
        }
    }
    all
}

/// The numbers of a cell, by component.
pub fn numbers(cell: &Cell) -> impl Iterator<Item = (Component, Value)> + '_ {
    let all = [
        (Component::Numerator, Some(cell.numerator)),
        (Component::Denominator, cell.denominator),
        (Component::Excluded, cell.excluded),
    ];
    all.into_iter().filter_map(|(component, value)| Some((component, value?)))
}

impl Reader {
    /// One who reads these numbers alone, or all.
    pub fn of(only: Option<Component>) -> Self {
        Self { only, ..Self::default() }
    }

    /// Reads one more table of the same moment.
    pub fn read(&mut self, measure: &Measure, table: &Table) {
        let (cells, only) = (stated(measure, table), self.only);
        for (stratum, cell) in &cells {
            for (component, value) in numbers(cell).filter(|(component, _)| reads(only, *component)) {
                let number = self.number(item(measure, stratum, component));
                match value {
                    Value::Known(value) => self.tell(number, value),
                    Value::Masked => {
                        self.masked.insert((measure.number, stratum.clone(), component), number);
                    }
                }
            }
            if self.only.is_none() {
                self.relate(measure, stratum, cell);
            }
        }
        self.add_up(measure, &cells);
    }

    fn number(&mut self, item: Item) -> usize {
        let sums = &mut self.sums;
        *self.numbers.entry(item).or_insert_with(|| sums.unknown())
    }

    fn tell(&mut self, number: usize, value: u64) {
        self.sums.add(vec![(number, 1)], i64::try_from(value).expect("a small number"));
        self.told.insert(number, value);
    }

    /// What the numbers of one cell say about each other.
    fn relate(&mut self, measure: &Measure, stratum: &str, cell: &Cell) {
        let Some(denominator) = cell.denominator else { return };
        let part = self.number(item(measure, stratum, Component::Numerator));
        let whole = self.number(item(measure, stratum, Component::Denominator));
        if measure.definition.kind == MeasureKind::Proportion {
            let rest = self.number(item(measure, stratum, Component::Complement));
            self.sums.add(vec![(part, 1), (rest, 1), (whole, -1)], 0);
            match (cell.numerator, denominator) {
                (Value::Known(part), Value::Known(whole)) => self.tell(rest, whole - part),
                _ => {
                    _ = self.masked.insert((measure.number, stratum.to_owned(), Component::Complement), rest)
                }
            }
        } else if denominator == Value::Known(0) {
            self.sums.add(vec![(part, 1)], 0);
        }
    }

    fn add_up(&mut self, measure: &Measure, cells: &[(String, Cell)]) {
        let only = self.only;
        for stratifier in measure.definition.stratifiers.iter() {
            let prefix = stratum_name(&stratifier.code, "");
            let strata: Vec<_> = cells.iter().filter(|(stratum, _)| stratum.starts_with(&prefix)).collect();
            let Some((_, first)) = strata.first() else { continue };
            for (component, _) in numbers(first).filter(|(component, _)| reads(only, *component)) {
                let one = |(stratum, _): &&(String, Cell)| item(measure, stratum, component);
                let items: Vec<Item> = strata.iter().map(one).collect();
                let mut terms: Vec<_> = items.into_iter().map(|item| (self.number(item), 1)).collect();
                terms.push((self.number(item(measure, "", component)), -1));
                self.sums.add(terms, 0);
            }
        }
    }

    /// Whether all that was read can be true at one moment; none if that took
    /// too long to find out.
    pub fn is_possible(&self) -> Option<bool> {
        match self.sums.is_possible() {
            Found::Yes => Some(true),
            Found::No => Some(false),
            Found::GaveUp => None,
        }
    }

    /// Masked numbers that were not told at the same moment, and how many
    /// integers each can be, counted up to `enough`.
    pub fn guesses(&self, enough: usize) -> Vec<(Place, Option<usize>)> {
        let open = self.masked.iter().filter(|(_, number)| !self.told.contains_key(number));
        let mut seen: BTreeMap<usize, Option<usize>> = BTreeMap::new();
        let guess = |(place, number): (&Place, &usize)| {
            let count = *seen.entry(*number).or_insert_with(|| self.sums.possible(*number, enough));
            (place.clone(), count)
        };
        open.map(guess).collect()
    }

    /// Reads a table of a later moment, and takes it that what is hidden did
    /// not change. A number that is told anew is another one from now on.
    pub fn read_later(&mut self, measure: &Measure, table: &Table) {
        for (stratum, cell) in stated(measure, table) {
            for (component, value) in told_by(measure, &cell) {
                let item = item(measure, &stratum, component);
                let before = self.numbers.get(&item).and_then(|number| self.told.get(number));
                if before.is_some_and(|before| *before != value) && reads(self.only, component) {
                    let number = self.sums.unknown();
                    self.numbers.insert(item, number);
                }
            }
        }
        self.read(measure, table);
    }
}

fn reads(only: Option<Component>, component: Component) -> bool {
    only.is_none_or(|only| only == component)
}

/// The numbers that a cell tells, what a proportion leaves over included.
pub fn told_by(measure: &Measure, cell: &Cell) -> Vec<(Component, u64)> {
    let known = |(component, value): (Component, Value)| Some((component, value.known()?));
    let mut all: Vec<_> = numbers(cell).filter_map(known).collect();
    if let (MeasureKind::Proportion, Some(part), Some(whole)) =
        (measure.definition.kind, cell.numerator.known(), cell.denominator.and_then(Value::known))
    {
        all.push((Component::Complement, whole.saturating_sub(part)));
    }
    all
}
