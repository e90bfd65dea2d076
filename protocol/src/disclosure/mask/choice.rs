//! Complementary masks: numbers that could be told by themselves, but would
//! give away others.

use super::search::{Search, Verdict};
use super::sheet::{COMPONENTS, Number, Sheet, reported};
use super::{Planner, Why, strict};
use crate::disclosure::Fault;
use crate::measure::Component;
use std::collections::{BTreeMap, BTreeSet};

/// How often the judge is asked about one table, at most: so often that every
/// set of [`super::FEW`] in a table of a dozen strata is tried.
const TRIALS: usize = 1_500;

/// What the trials of one table may cost, in squares of its numbers.
const WORK: usize = 3_000_000;

/// The numbers that could be masked too, and how numbers depend on each other.
struct Choice {
    /// In the order of the definition.
    candidates: Vec<Number>,
    /// Sums that everybody knows.
    equations: Vec<Vec<Number>>,
    /// The equations in which a number stands.
    uses: BTreeMap<Number, Vec<usize>>,
}

/// Masks the fewest other numbers that make the sheet safe; whether there are
/// any.
pub fn complement(planner: &Planner, sheet: &mut Sheet, usual: &BTreeSet<Number>) -> bool {
    let choice = Choice::of(sheet);
    let (light, all) = (choice.light(sheet, usual), choice.all(usual));
    let costs = choice.candidates.iter().map(|number| cost(sheet, *number)).collect();
    let numbers = sheet.numbers().count().max(1);
    let trials = (WORK / (numbers * numbers)).clamp(16, TRIALS);
    let shown: &Sheet = sheet;
    let mut search = Search::new(costs, trials, |set: &[usize]| choice.judge(planner, shown, set));
    let found = search.least(&[&light, &all]).or_else(|| search.few(&all));
    let Some(found) = found else { return false };
    for index in found {
        sheet.mask(choice.candidates[index], Why::Complementary);
    }
    true
}

/// How much is lost with this number: one number, or two with a denominator that
/// its numerator goes along with. Totals, which the network adds up, count
/// thrice.
fn cost(sheet: &Sheet, number: Number) -> usize {
    let numerator = Number { component: Component::Numerator, ..number };
    let is_whole = number.component == Component::Denominator && sheet.why(numerator).is_none();
    let numbers = if is_whole { 2 } else { 1 };
    if number.place.is_none() { 3 * numbers } else { numbers }
}

impl Choice {
    fn of(sheet: &Sheet) -> Self {
        // Zeros are told: they hide nothing, and so everybody knows what is
        // masked to be more.
        let candidates =
            sheet.numbers().filter(|one| sheet.told(*one).is_some_and(|told| told > 0)).collect();
        let equations = equations(sheet);
        let mut uses: BTreeMap<Number, Vec<usize>> = BTreeMap::new();
        for (index, equation) in equations.iter().enumerate() {
            equation.iter().for_each(|number| uses.entry(*number).or_default().push(index));
        }
        Self { candidates, equations, uses }
    }

    /// All candidates: those that are masked usually, then strata before the
    /// total, in the order of the definition.
    fn all(&self, usual: &BTreeSet<Number>) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.candidates.len()).collect();
        order.sort_by_key(|index| self.rank(*index, usual));
        order
    }

    fn rank(&self, index: usize, usual: &BTreeSet<Number>) -> (bool, bool, usize) {
        let number = self.candidates[index];
        (!usual.contains(&number), number.place.is_none(), index)
    }

    /// Candidates that leave all denominators: those that are masked usually,
    /// then strata before the total, then by the denominator that is told.
    fn light(&self, sheet: &Sheet, usual: &BTreeSet<Number>) -> Vec<usize> {
        let whole = |index: &usize| {
            let number = Number { component: Component::Denominator, ..self.candidates[*index] };
            sheet.told(number)
        };
        let is_light = |index: &usize| self.candidates[*index].component != Component::Denominator;
        let mut order: Vec<usize> = (0..self.candidates.len()).filter(is_light).collect();
        order.sort_by_cached_key(|index| {
            let (is_unusual, is_total, index) = self.rank(*index, usual);
            (is_unusual, is_total, whole(&index).unwrap_or(u64::MAX), index)
        });
        order
    }

    fn judge(&self, planner: &Planner, sheet: &Sheet, set: &[usize]) -> Verdict {
        let more: Vec<Number> = set.iter().map(|index| self.candidates[*index]).collect();
        let Ok(table) = sheet.table(&more) else { return Verdict::Hopeless };
        let at = match planner.judge(&table) {
            Err(breach) if breach.fault == Fault::TooComplex => return Verdict::Hopeless,
            Err(breach) => sheet.number(&breach.spot),
            Ok(()) => match strict::exposed(planner.account, sheet, &table, &more) {
                None => return Verdict::Safe,
                Some(number) => number,
            },
        };
        Verdict::Unsafe { at: key(at), help: self.help(sheet, &more, at) }
    }

    /// The candidates that stand in a sum with what is hidden together with
    /// this number. What other measures say may tie numbers together in other
    /// ways: then it is all of them.
    fn help(&self, sheet: &Sheet, more: &[Number], at: Number) -> BTreeSet<usize> {
        let start = Number { component: reported(at.component), ..at };
        let definition = &sheet.ground().definition;
        let is_shared = definition.numerator.is_some() || definition.denominator.is_some();
        if is_shared || !self.uses.contains_key(&start) {
            return (0..self.candidates.len()).collect();
        }
        let is_told = |number: &Number| sheet.told(*number).is_some() && !more.contains(number);
        let (mut reached, mut open) = (BTreeSet::from([start]), vec![start]);
        while let Some(number) = open.pop() {
            for equation in self.uses.get(&number).into_iter().flatten() {
                for other in &self.equations[*equation] {
                    if reached.insert(*other) && !is_told(other) {
                        open.push(*other);
                    }
                }
            }
        }
        let told = reached.iter().filter(|number| is_told(number));
        told.filter_map(|number| self.candidates.binary_search(number).ok()).collect()
    }
}

/// The sums that everybody knows: strata of a stratifier make up the total,
/// and what a proportion counts is a part of its denominator. Totals stand in
/// them even where none is reported, since stratifiers then share the unknown
/// one.
fn equations(sheet: &Sheet) -> Vec<Vec<Number>> {
    let mut all = Vec::new();
    for component in COMPONENTS {
        for stratifier in sheet.stated() {
            let is_here = |number: &Number| {
                number.component == component && number.place.is_some_and(|(first, _)| first == stratifier)
            };
            let mut equation: Vec<Number> = sheet.numbers().filter(is_here).collect();
            equation.push(Number { place: None, component });
            all.push(equation);
        }
    }
    for place in sheet.cells().keys().copied() {
        if sheet.ground().definition.kind.is_part_of_denominator() {
            let number = |component| Number { place, component };
            all.push(vec![number(Component::Numerator), number(Component::Denominator)]);
        }
    }
    all
}

/// A number for a place in a table.
fn key(number: Number) -> u64 {
    let place =
        number.place.map_or(0, |(first, second)| (u64::from(first) + 1) << 16 | u64::from(second) << 8);
    let component = match number.component {
        Component::Numerator => 0,
        Component::Denominator => 1,
        Component::Excluded => 2,
        Component::Complement => 3,
    };
    place | component
}
