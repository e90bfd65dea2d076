//! A raw table on the way to one that can be sent: its numbers and their masks.

use super::{Mask, RawTable, Why};
use crate::bounded::BoundedVec;
use crate::disclosure::{Account, Breach, Fault, Ground, Reported, Reports, Spot, Stratum, value_of};
use crate::measure::{Component, Definition};
use crate::period::Period;
use crate::series::{self, Cell, LARGEST, Table, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The numbers that a cell reports.
pub const COMPONENTS: [Component; 3] = [Component::Numerator, Component::Denominator, Component::Excluded];

/// A cell: the stratum's place in the definition; none for all together.
pub type Place = Option<(u8, u8)>;

/// A number of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number {
    /// The cell.
    pub place: Option<(u8, u8)>,
    /// Which number of the cell; never the complement, which nobody reports.
    pub component: Component,
}

/// A raw table and what is masked in it.
pub struct Sheet {
    ground: Arc<Ground>,
    period: Period,
    cells: BTreeMap<Place, Cell>,
    /// The strata that the raw table lists.
    listed: BTreeSet<(u8, u8)>,
    lacks_strata: bool,
    masks: BTreeMap<Number, Why>,
}

/// The number that is masked so that this one is.
pub fn reported(component: Component) -> Component {
    match component {
        Component::Complement => Component::Numerator,
        other => other,
    }
}

/// A cell without people has nothing that a source could mask.
fn plain(cell: &Cell) -> Cell {
    let zero = Value::Known(0);
    let is_empty = cell.denominator == Some(zero) && cell.numerator == Value::Masked;
    if is_empty { Cell { numerator: zero, ..*cell } } else { *cell }
}

impl Sheet {
    /// The sheet of a raw table, in which the source's masks are masks.
    pub fn of(ground: &Arc<Ground>, raw: &RawTable) -> Result<Self, Breach> {
        let listed = raw.strata.keys().copied().collect();
        let strata = raw.strata.iter().map(|(place, cell)| (Some(*place), plain(cell)));
        let cells = raw.total.iter().map(|cell| (None, plain(cell))).chain(strata).collect();
        let mut sheet = Self {
            ground: ground.clone(),
            period: raw.period,
            cells,
            listed,
            lacks_strata: false,
            masks: BTreeMap::new(),
        };
        let is_too_large = |cell: &Cell| {
            let numbers = COMPONENTS.into_iter().filter_map(|component| value_of(cell, component)?.known());
            numbers.into_iter().any(|number| number > LARGEST)
        };
        if let Some((place, _)) = sheet.cells.iter().find(|(_, cell)| is_too_large(cell)) {
            return Err(sheet
                .spot(Number { place: *place, component: Component::Numerator })
                .breaks(Fault::Shape));
        }
        let masked: Vec<Number> =
            sheet.numbers().filter(|one| sheet.value(*one) == Some(Value::Masked)).collect();
        masked.into_iter().for_each(|number| sheet.mask(number, Why::Source));
        sheet.fill(&sheet.table(&[])?);
        Ok(sheet)
    }

    /// Adds the cells of strata in which nobody is.
    fn fill(&mut self, table: &Table) {
        let definition = &self.ground.definition;
        let nobody = Reports::of(table).nobody(definition);
        let stated: BTreeSet<u8> = self.listed.iter().map(|(stratifier, _)| *stratifier).collect();
        for stratifier in stated {
            let strata =
                definition.stratifiers.get(usize::from(stratifier)).map_or(0, |one| one.strata.len());
            for code in 0..u8::try_from(strata).unwrap_or(u8::MAX) {
                self.cells.entry(Some((stratifier, code))).or_insert(nobody);
            }
        }
    }

    /// Checks everything but disclosure: the calendar, the strata, and whether
    /// the numbers add up. Masks must not hide mistakes.
    pub fn check(&self) -> Result<(), Breach> {
        let definition = Definition { extremes_are_sensitive: false, ..(*self.ground.definition).clone() };
        let ground = Ground { definition: Arc::new(definition), threshold: 0, ..(*self.ground).clone() };
        let reported = Reported { ground, tables: vec![self.table(&[])?] };
        match Account::default().judge(vec![reported]) {
            Err(breach) if breach.fault != Fault::TooComplex => Err(breach),
            _ => Ok(()),
        }
    }

    /// Masks a number, and with a denominator what belongs to it. The first
    /// reason stands.
    pub fn mask(&mut self, number: Number, why: Why) {
        self.masks.entry(number).or_insert(why);
        if number.component == Component::Denominator {
            let numerator = Number { component: Component::Numerator, ..number };
            let along = if why == Why::Complementary { why } else { Why::Denominator };
            self.masks.entry(numerator).or_insert(along);
        }
    }

    /// Masks the number at a spot; whether it is told until now.
    pub fn mask_at(&mut self, spot: &Spot, why: Why) -> bool {
        let number = self.number(spot);
        let is_told = self.told(number).is_some();
        if is_told {
            self.mask(number, why);
        }
        is_told
    }

    /// The number at a spot, or by which what is there is masked.
    pub fn number(&self, spot: &Spot) -> Number {
        let place =
            spot.stratum.as_ref().and_then(|(first, second)| self.ground.definition.place(first, second));
        Number { place, component: spot.component.map_or(Component::Numerator, reported) }
    }

    /// Leaves everything out but the total.
    pub fn drop_strata(&mut self) {
        self.cells.retain(|place, _| place.is_none());
        self.listed.clear();
        self.lacks_strata = true;
        self.masks.retain(|number, why| number.place.is_none() && *why != Why::Complementary);
    }

    /// Whether nothing is masked.
    pub fn is_open(&self) -> bool {
        self.masks.is_empty()
    }

    /// Whether there are strata.
    pub fn is_split(&self) -> bool {
        self.cells.keys().any(Option::is_some)
    }

    /// Whether strata were left out.
    pub fn lacks_strata(&self) -> bool {
        self.lacks_strata
    }

    /// Whether there is a total.
    pub fn has_total(&self) -> bool {
        self.cells.contains_key(&None)
    }

    /// The period.
    pub fn period(&self) -> Period {
        self.period
    }

    /// What the table is about.
    pub fn ground(&self) -> &Arc<Ground> {
        &self.ground
    }

    /// The cells with their numbers, those without people included.
    pub fn cells(&self) -> &BTreeMap<Place, Cell> {
        &self.cells
    }

    /// The stratifiers of which the table has strata.
    pub fn stated(&self) -> impl Iterator<Item = u8> {
        let stated: BTreeSet<u8> = self.cells.keys().flatten().map(|(stratifier, _)| *stratifier).collect();
        stated.into_iter()
    }

    /// Every number that the cells report.
    pub fn numbers(&self) -> impl Iterator<Item = Number> {
        let of = |(place, cell): (&Place, &Cell)| {
            let (place, cell) = (*place, *cell);
            let reported = COMPONENTS.into_iter().filter(move |one| value_of(&cell, *one).is_some());
            reported.map(move |component| Number { place, component })
        };
        self.cells.iter().flat_map(of)
    }

    /// Why a number is masked; none if it is not.
    pub fn why(&self, number: Number) -> Option<Why> {
        self.masks.get(&number).copied()
    }

    /// The value of a number as the raw table has it.
    pub fn value(&self, number: Number) -> Option<Value> {
        value_of(self.cells.get(&number.place)?, number.component)
    }

    /// The value of a number that is told.
    pub fn told(&self, number: Number) -> Option<u64> {
        self.value(number).filter(|_| self.why(number).is_none())?.known()
    }

    /// The codes of a cell.
    pub fn stratum(&self, place: Place) -> Stratum {
        let (first, second) = self.ground.definition.stratum(place?)?;
        Some((first.clone(), second.clone()))
    }

    /// Where a number stands.
    pub fn spot(&self, number: Number) -> Spot {
        Spot::number(self.period, &self.stratum(number.place), number.component)
    }

    /// The masks, with codes.
    pub fn masks(&self) -> Vec<Mask> {
        let one = |(number, why): (&Number, &Why)| Mask {
            period: self.period,
            stratum: self.stratum(number.place),
            component: number.component,
            why: *why,
        };
        self.masks.iter().map(one).collect()
    }

    /// The masked table, with some more numbers masked.
    ///
    /// # Errors
    /// [`Fault::TooComplex`] for more strata than fit.
    pub fn table(&self, more: &[Number]) -> Result<Table, Breach> {
        let numerator = |number: Number| number.component == Component::Numerator;
        let hides = |number: Number| {
            let whole = Number { component: Component::Denominator, ..number };
            self.masks.contains_key(&number)
                || more.contains(&number)
                || numerator(number) && more.contains(&whole)
        };
        let shown = |place: Place, cell: &Cell| {
            let value = |component| {
                let value = value_of(cell, component)?;
                Some(if hides(Number { place, component }) { Value::Masked } else { value })
            };
            Cell {
                numerator: value(Component::Numerator).unwrap_or(cell.numerator),
                denominator: value(Component::Denominator),
                excluded: value(Component::Excluded),
            }
        };
        let stratum = |(place, cell): (&Place, &Cell)| {
            let (stratifier, code) = (*place)?;
            let is_hidden =
                || COMPONENTS.into_iter().any(|component| hides(Number { place: *place, component }));
            let is_there = self.listed.contains(&(stratifier, code)) || is_hidden();
            is_there.then(|| series::Stratum { stratifier, code, cell: shown(*place, cell) })
        };
        let strata = BoundedVec::new(self.cells.iter().filter_map(stratum).collect());
        let strata = strata.map_err(|_| Spot::table(self.period).breaks(Fault::TooComplex))?;
        let total = self.cells.get(&None).map(|cell| shown(None, cell));
        Ok(Table { period: self.period, total, strata })
    }
}
