//! Everything that is known of one organisation's period, as equations: what
//! was told are numbers, what is masked are unknowns, and strata add up.
//!
//! Statements in force ([`Knowledge::in_force`]) are all about the same numbers:
//! one that is told twice is told the same. Statements of different times
//! ([`Knowledge::over_time`]) share what is hidden: whoever reads them assumes
//! that it has not changed since it was last said. If that can't be
//! ([`Trouble::Infeasible`]), something hidden did change.

use super::{Ground, Stratum, cells, value_of};
use crate::id::DocumentId;
use crate::linear::{Bounds, Effort, System, Trouble};
use crate::measure::{Code, Component};
use crate::series::{Cell, Table, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Where a masked number lies, as everybody can derive; both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The least that it can be.
    pub low: u64,
    /// The most that it can be; none if nothing bounds it.
    pub high: Option<u64>,
}

impl Interval {
    /// How many integers it holds; none if there is no end of them.
    pub fn count(&self) -> Option<u64> {
        self.high.map(|high| high.saturating_add(1).saturating_sub(self.low))
    }

    /// What lies in both; its count is 0 if nothing does.
    pub fn and(&self, other: &Self) -> Self {
        let low = self.low.max(other.low);
        let high = match (self.high, other.high) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        match high {
            Some(high) if high < low => Self { low: low.max(1), high: Some(low.max(1) - 1) },
            _ => Self { low, high },
        }
    }

    fn of(bounds: &Bounds) -> Self {
        let integers = bounds.integers();
        let fit = |number: i128| u64::try_from(number.max(0)).unwrap_or(u64::MAX);
        let high = integers.greatest.map(fit);
        match high {
            // No integer between the bounds: nothing that is true looks so.
            Some(high) if high < fit(integers.least) => Self { low: high + 1, high: Some(high) },
            _ => Self { low: fit(integers.least), high },
        }
    }
}

/// What a number counts: the same quantity of the same stratum is the same
/// number, in whichever measure it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Quantity {
    Own(DocumentId, Component),
    Shared(Code),
}

type Item = (Quantity, Stratum);

/// A number of a table.
pub type Place = (DocumentId, Stratum, Component);

#[derive(Clone, Debug, Default)]
struct Unknown {
    value: Option<u64>,
    /// Where it is masked, and under which threshold.
    hidden: BTreeMap<Place, u16>,
}

impl Unknown {
    fn protected(&self, interval: Interval) -> Vec<Protected> {
        let one = |(place, threshold): (&Place, &u16)| Protected {
            place: place.clone(),
            threshold: *threshold,
            interval,
        };
        self.hidden.iter().map(one).collect()
    }
}

/// What is known of one period.
#[derive(Debug, Default)]
pub struct Knowledge {
    /// Whether a number can be told otherwise later.
    is_over_time: bool,
    /// The only sort of number that is looked at, if not all are.
    only: Option<Component>,
    /// Whether a number is told in two ways although it can't be.
    is_contradicted: bool,
    unknowns: Vec<Unknown>,
    current: BTreeMap<Item, usize>,
    complements: BTreeMap<(usize, usize), usize>,
    equations: BTreeSet<Vec<(usize, i64)>>,
    /// What unknowns are at most, where that is supposed.
    most: BTreeMap<usize, u64>,
}

/// A number that is protected, and where it lies as far as can be derived.
#[derive(Clone, Debug)]
pub struct Protected {
    /// Where it stands.
    pub place: Place,
    /// The threshold under which it is hidden.
    pub threshold: u16,
    /// What can be derived.
    pub interval: Interval,
}

/// Visits that a term of an equation counts for, each time that a system is
/// made of it.
const TERM: usize = 10;

/// What somebody assumes about hidden numbers.
pub type Assumed = BTreeMap<usize, u64>;

impl Knowledge {
    /// For statements that are in force together.
    pub fn in_force() -> Self {
        Self::default()
    }

    /// For statements that were made one after the other, perhaps of one sort of
    /// number alone.
    pub fn over_time(only: Option<Component>) -> Self {
        Self { is_over_time: true, only, ..Self::default() }
    }

    fn is_about(&self, component: Component) -> bool {
        self.only.is_none_or(|only| only == component)
    }

    /// Adds a statement, after all earlier ones.
    pub fn say(&mut self, ground: &Ground, table: &Table) {
        let cells = cells(&ground.definition, table);
        for (stratum, cell) in &cells {
            self.say_cell(ground, stratum, cell);
        }
        for stratifier in &ground.definition.stratifiers {
            let within =
                |stratum: &Stratum| stratum.as_ref().is_some_and(|(code, _)| *code == stratifier.code);
            let strata: Vec<_> = cells.iter().filter(|(stratum, _)| within(stratum)).collect();
            for component in [Component::Numerator, Component::Denominator, Component::Excluded] {
                self.say_partition(ground, component, &strata);
            }
        }
    }

    fn say_cell(&mut self, ground: &Ground, stratum: &Stratum, cell: &Cell) {
        let place = |component| (ground.measure, stratum.clone(), component);
        for component in [Component::Numerator, Component::Denominator, Component::Excluded] {
            if !self.is_about(component) {
                continue;
            }
            let item = (quantity(ground, component), stratum.clone());
            match value_of(cell, component) {
                Some(Value::Known(number)) => self.tell(item, number),
                Some(Value::Masked) => {
                    let unknown = self.find(item);
                    self.unknowns[unknown].hidden.insert(place(component), ground.threshold);
                }
                None => {}
            }
        }
        if !ground.definition.kind.is_part_of_denominator() || self.only.is_some() {
            return;
        }
        let part = self.find((quantity(ground, Component::Numerator), stratum.clone()));
        let whole = self.find((quantity(ground, Component::Denominator), stratum.clone()));
        let rest = self.complement(part, whole);
        match value_of(cell, Component::Complement) {
            Some(Value::Known(number)) => _ = self.unknowns[rest].value.get_or_insert(number),
            Some(Value::Masked) => {
                self.unknowns[rest].hidden.insert(place(Component::Complement), ground.threshold);
            }
            None => {}
        }
    }

    fn say_partition(&mut self, ground: &Ground, component: Component, strata: &[&(Stratum, Cell)]) {
        let reported =
            strata.iter().filter(|(_, cell)| value_of(cell, component).is_some() && self.is_about(component));
        let reported: Vec<_> = reported.collect();
        let mut terms: Vec<(usize, i64)> = reported
            .into_iter()
            .map(|(stratum, _)| (self.find((quantity(ground, component), stratum.clone())), 1))
            .collect();
        if !terms.is_empty() {
            terms.push((self.find((quantity(ground, component), None)), -1));
            self.equations.insert(terms);
        }
    }

    /// A number is told. If it was told otherwise before, it is another one
    /// from now on.
    fn tell(&mut self, item: Item, number: u64) {
        let known = self.find(item.clone());
        match self.unknowns[known].value {
            None => self.unknowns[known].value = Some(number),
            Some(value) if value == number => {}
            Some(_) if !self.is_over_time => self.is_contradicted = true,
            Some(_) => {
                self.unknowns.push(Unknown { value: Some(number), hidden: BTreeMap::new() });
                self.current.insert(item, self.unknowns.len() - 1);
            }
        }
    }

    fn find(&mut self, item: Item) -> usize {
        *self.current.entry(item).or_insert_with(|| {
            self.unknowns.push(Unknown::default());
            self.unknowns.len() - 1
        })
    }

    fn complement(&mut self, part: usize, whole: usize) -> usize {
        if let Some(known) = self.complements.get(&(part, whole)) {
            return *known;
        }
        self.unknowns.push(Unknown::default());
        let rest = self.unknowns.len() - 1;
        self.complements.insert((part, whole), rest);
        self.equations.insert(vec![(part, 1), (rest, 1), (whole, -1)]);
        rest
    }

    /// Supposes that a number of what was said last is at least, and perhaps at
    /// most, so much. Returns it for [`Self::intervals_of`].
    pub(super) fn suppose(
        &mut self,
        ground: &Ground,
        number: (&Stratum, Component),
        range: Interval,
    ) -> usize {
        let (stratum, component) = number;
        let of = |component| (quantity(ground, component), stratum.clone());
        let supposed = match component {
            Component::Complement => {
                let part = self.find(of(Component::Numerator));
                let whole = self.find(of(Component::Denominator));
                self.complement(part, whole)
            }
            _ => self.find(of(component)),
        };
        let (least, above) = (self.unknowns.len(), self.unknowns.len() + 1);
        self.unknowns.push(Unknown { value: Some(range.low), hidden: BTreeMap::new() });
        self.unknowns.push(Unknown::default());
        if let Some(most) = range.high {
            self.most.insert(above, most.saturating_sub(range.low));
        }
        self.equations.insert(vec![(supposed, 1), (least, -1), (above, -1)]);
        supposed
    }

    /// What can be derived of these numbers; none for those that were told.
    ///
    /// # Errors
    /// As for [`Self::derive`].
    pub(super) fn intervals_of(&self, wanted: &[usize]) -> Result<Vec<Option<Interval>>, Trouble> {
        if self.is_contradicted {
            return Err(Trouble::Infeasible);
        }
        let nothing = Assumed::new();
        let numbers = self.numbers(&nothing);
        let system = self.system(&numbers, &nothing)?;
        let objective = |index: &usize| numbers.get(index).map(|number| vec![(*number, 1)]);
        let objectives: Vec<_> = wanted.iter().filter_map(objective).collect();
        let mut bounds = system.all_bounds(&objectives)?.into_iter();
        let interval =
            |index: &usize| numbers.get(index).and_then(|_| bounds.next()).map(|one| Interval::of(&one));
        Ok(wanted.iter().map(interval).collect())
    }

    /// Adds what proportions leave over in strata of which other measures tell
    /// the parts.
    pub fn complete(&mut self, ground: &Ground) {
        if !ground.definition.kind.is_part_of_denominator() {
            return;
        }
        let part = quantity(ground, Component::Numerator);
        let whole = quantity(ground, Component::Denominator);
        let strata = self.current.keys().filter(|(quantity, _)| *quantity == part);
        let strata: Vec<Stratum> = strata.map(|(_, stratum)| stratum.clone()).collect();
        for stratum in strata {
            let ends = [&part, &whole].map(|one| self.current.get(&(one.clone(), stratum.clone())).copied());
            if let [Some(part), Some(whole)] = ends {
                let rest = self.complement(part, whole);
                let (part, whole) = (&self.unknowns[part], &self.unknowns[whole]);
                let is_shown = match part.value.zip(whole.value) {
                    Some((part, whole)) => ground.is_small(whole.abs_diff(part)),
                    None => !part.hidden.is_empty() || !whole.hidden.is_empty(),
                };
                if !is_shown {
                    continue;
                }
                let place = (ground.measure, stratum, Component::Complement);
                self.unknowns[rest].hidden.entry(place).or_insert(ground.threshold);
            }
        }
    }

    /// The hidden numbers of which `told` knows an earlier value.
    pub fn told_before(&self, told: impl Fn(&Place) -> Option<u64>) -> Assumed {
        let open = self.unknowns.iter().enumerate().filter(|(_, unknown)| unknown.value.is_none());
        open.filter_map(|(index, unknown)| Some((index, unknown.hidden.keys().find_map(&told)?))).collect()
    }

    /// A hidden number that follows from the sums alone: the rank of the
    /// equations says so, before any bounds are computed.
    ///
    /// # Errors
    /// As for [`Self::derive`].
    pub fn exposed(&self, effort: &mut Effort) -> Result<Option<Place>, Trouble> {
        if self.is_contradicted {
            return Err(Trouble::Infeasible);
        }
        self.look_at_equations(effort)?;
        let nothing = Assumed::new();
        let numbers = self.numbers(&nothing);
        let determined = self.system(&numbers, &nothing)?.determined_within(effort)?;
        let exposed = numbers.iter().filter(|(_, number)| determined.contains_key(number));
        let places = exposed.filter_map(|(index, _)| self.unknowns[*index].hidden.keys().next());
        Ok(places.min().cloned())
    }

    /// Counts what it costs to make a system of the equations.
    fn look_at_equations(&self, effort: &mut Effort) -> Result<(), Trouble> {
        effort.spend(TERM, self.equations.iter().map(Vec::len).sum())
    }

    /// Whether all of it can be true.
    ///
    /// # Errors
    /// As for [`Self::derive`].
    pub fn check_possible(&self, effort: &mut Effort) -> Result<(), Trouble> {
        if self.is_contradicted {
            return Err(Trouble::Infeasible);
        }
        self.look_at_equations(effort)?;
        let nothing = Assumed::new();
        self.system(&self.numbers(&nothing), &nothing)?.all_bounds_within(&[], effort).map(drop)
    }

    /// What can be derived of everything that is hidden and not assumed.
    ///
    /// # Errors
    /// [`Trouble::Infeasible`] if the statements contradict each other or what
    /// is assumed, and [`Trouble::TooComplex`].
    pub fn derive(&self, assumed: &Assumed, effort: &mut Effort) -> Result<Vec<Protected>, Trouble> {
        if self.is_contradicted {
            return Err(Trouble::Infeasible);
        }
        self.look_at_equations(effort)?;
        let numbers = self.numbers(assumed);
        let system = self.system(&numbers, assumed)?;
        let hidden: Vec<(usize, &Unknown)> = numbers
            .iter()
            .map(|(index, number)| (*number, &self.unknowns[*index]))
            .filter(|(_, unknown)| !unknown.hidden.is_empty())
            .collect();
        let objectives: Vec<_> = hidden.iter().map(|(variable, _)| vec![(*variable, 1)]).collect();
        let bounds = system.all_bounds_within(&objectives, effort)?;
        let derived =
            hidden.iter().zip(&bounds).map(|((_, unknown), bounds)| (*unknown, Interval::of(bounds)));
        let all = derived.chain(self.given_away());
        Ok(all.flat_map(|(unknown, interval)| unknown.protected(interval)).collect())
    }

    /// Numbers that one table in force masks and another tells.
    fn given_away(&self) -> impl Iterator<Item = (&Unknown, Interval)> {
        let in_force = self.unknowns.iter().filter(|_| !self.is_over_time);
        in_force.filter_map(|unknown| {
            let point = unknown.value.map(|value| Interval { low: value, high: Some(value) })?;
            (!unknown.hidden.is_empty()).then_some((unknown, point))
        })
    }

    /// The unknowns that stand in equations, numbered.
    fn numbers(&self, assumed: &Assumed) -> BTreeMap<usize, usize> {
        let open = |index: &usize| self.unknowns[*index].value.is_none() && !assumed.contains_key(index);
        let used: BTreeSet<usize> = self.equations.iter().flatten().map(|(index, _)| *index).collect();
        let masked = self.unknowns.iter().enumerate().filter(|(_, one)| !one.hidden.is_empty());
        let all: BTreeSet<usize> = used.into_iter().chain(masked.map(|(index, _)| index)).collect();
        all.into_iter().filter(open).enumerate().map(|(number, index)| (index, number)).collect()
    }

    fn system(&self, numbers: &BTreeMap<usize, usize>, assumed: &Assumed) -> Result<System, Trouble> {
        let mut system = System::new(numbers.len());
        for (index, most) in &self.most {
            numbers.get(index).into_iter().for_each(|number| system.at_most(*number, *most));
        }
        let mut equations = BTreeSet::new();
        for equation in &self.equations {
            let told = |(index, factor): &(usize, i64)| {
                let value = self.unknowns[*index].value.or_else(|| assumed.get(index).copied());
                value.map_or(0, |value| i128::from(value) * i128::from(*factor))
            };
            let sum: i128 = equation.iter().map(told).sum();
            let open = equation.iter().filter_map(|(index, factor)| Some((*numbers.get(index)?, *factor)));
            let open: Vec<(usize, i64)> = open.collect();
            match open.is_empty() {
                true if sum != 0 => return Err(Trouble::Infeasible),
                true => {}
                false => _ = equations.insert((open, -sum)),
            }
        }
        equations.iter().for_each(|(terms, value)| system.equation(terms, *value));
        Ok(system)
    }
}

fn quantity(ground: &Ground, component: Component) -> Quantity {
    let shared = match component {
        Component::Numerator => &ground.definition.numerator,
        Component::Denominator => &ground.definition.denominator,
        Component::Excluded | Component::Complement => &None,
    };
    match shared {
        Some(code) => Quantity::Shared(code.clone()),
        None => Quantity::Own(ground.measure, component),
    }
}
