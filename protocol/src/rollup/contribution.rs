//! What one organisation contributes in a period, in few bytes: there are
//! millions of them.

use super::row::{Row, Sum};
use crate::disclosure::{Accepted, Interval, Stratum};
use crate::id::EntryId;
use crate::measure::{Component, Definition};
use crate::period::Period;
use crate::series;
use std::sync::Arc;

/// A release of the measure.
#[derive(Clone, Debug)]
pub struct Form {
    /// The release.
    pub release: EntryId,
    /// Its definition.
    pub definition: Arc<Definition>,
    /// Where the strata of each stratifier begin among all cells; all together
    /// is the first.
    first: Vec<usize>,
    /// How many cells there are.
    pub cells: usize,
}

impl Form {
    /// The form that a release gives to its tables.
    pub fn new(release: EntryId, definition: Arc<Definition>) -> Self {
        let mut cells = 1;
        let mut first = Vec::new();
        for stratifier in &definition.stratifiers {
            first.push(cells);
            cells += stratifier.strata.len();
        }
        Self { release, definition, first, cells }
    }

    /// The codes of all cells, in the order of their numbers.
    pub fn strata(&self) -> impl Iterator<Item = Stratum> + '_ {
        let codes = self
            .definition
            .stratifiers
            .iter()
            .flat_map(|one| one.strata.iter().map(|code| Some((one.code.clone(), code.clone()))));
        std::iter::once(None).chain(codes)
    }

    fn stratum(&self, place: (u8, u8)) -> Stratum {
        self.definition.stratum(place).map(|(first, second)| (first.clone(), second.clone()))
    }
}

/// A number that an organisation reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// It is told.
    Known(u64),
    /// It is masked. Behind a pointer, since most numbers are told.
    Masked(Box<Interval>),
}

/// The numbers of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Numerator.
    pub numerator: Number,
    /// Denominator, if the measure has one.
    pub denominator: Option<Number>,
    /// What was excluded, if that is reported.
    pub excluded: Option<Number>,
}

/// The cell of one stratum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Where it stands in the definition.
    pub place: (u8, u8),
    /// The cell.
    pub cell: Cell,
}

/// What an organisation contributes in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// Number of the organisation.
    pub organisation: usize,
    /// Number of the form.
    pub form: usize,
    /// All together.
    pub total: Option<Cell>,
    /// Strata as they were listed. Those of a stated stratifier that are not
    /// listed aren't kept: a short table must not take much memory.
    pub strata: Box<[Placed]>,
}

impl Number {
    fn of(
        accepted: &Accepted<'_>,
        stratum: impl Fn() -> Stratum,
        cell: &series::Cell,
        which: Component,
    ) -> Option<Self> {
        let value = crate::disclosure::value_of(cell, which)?;
        if let Some(number) = value.known() {
            return Some(Self::Known(number));
        }
        let interval = accepted.interval(&stratum(), cell, which);
        let Interval { low, high } = interval.unwrap_or(Interval { low: 0, high: None });
        // No interval ends before it begins: sums must not depend on it.
        Some(Self::Masked(Box::new(Interval { low, high: high.map(|high| high.max(low)) })))
    }

    /// The least and the most that it can be, and whether it is masked.
    pub fn ends(&self) -> (u64, Option<u64>, bool) {
        match self {
            Self::Known(number) => (*number, Some(*number), false),
            Self::Masked(interval) => (interval.low, interval.high, true),
        }
    }

    fn to_sum(&self) -> Sum {
        match self {
            Self::Known(number) => Sum::Known(*number),
            Self::Masked(interval) => Sum::Between { low: interval.low, high: interval.high },
        }
    }
}

impl Cell {
    fn of(accepted: &Accepted<'_>, stratum: impl Fn() -> Stratum, cell: &series::Cell) -> Self {
        let number = |which| Number::of(accepted, &stratum, cell, which);
        Self {
            numerator: number(Component::Numerator).unwrap_or(Number::Known(0)),
            denominator: number(Component::Denominator),
            excluded: number(Component::Excluded),
        }
    }

    /// The cell of nobody, in a table whose other cells are like this one.
    fn nobody(&self) -> Self {
        let zero = |number: &Option<Number>| number.as_ref().map(|_| Number::Known(0));
        Self {
            numerator: Number::Known(0),
            denominator: zero(&self.denominator),
            excluded: zero(&self.excluded),
        }
    }

    /// Numerator, denominator and what was excluded.
    pub fn numbers(&self) -> [Option<&Number>; 3] {
        [Some(&self.numerator), self.denominator.as_ref(), self.excluded.as_ref()]
    }

    /// Whether anything is masked.
    pub fn hides(&self) -> bool {
        self.numbers().into_iter().flatten().any(|number| matches!(number, Number::Masked(_)))
    }
}

impl Contribution {
    /// What an accepted table contributes.
    pub fn of(organisation: usize, form: usize, accepted: &Accepted<'_>, of: &Form) -> Self {
        let table = &accepted.statement.table;
        let placed = |one: &series::Stratum| {
            let place = one.place();
            Placed { place, cell: Cell::of(accepted, || of.stratum(place), &one.cell) }
        };
        Self {
            organisation,
            form,
            total: table.total.as_ref().map(|cell| Cell::of(accepted, || None, cell)),
            strata: table.strata.iter().map(placed).collect(),
        }
    }

    /// Calls `take` with every cell and its number, those without people in a
    /// stated stratifier included.
    pub fn each_cell(&self, form: &Form, mut take: impl FnMut(usize, &Cell)) {
        if let Some(total) = &self.total {
            take(0, total);
        }
        for listed in self.strata.chunk_by(|one, next| one.place.0 == next.place.0) {
            let stratifier = usize::from(listed[0].place.0);
            let nobody = listed[0].cell.nobody();
            let mut listed = listed.iter().peekable();
            let (first, all) = (form.first[stratifier], form.definition.stratifiers[stratifier].strata.len());
            for code in 0..all {
                let here = listed.next_if(|one| usize::from(one.place.1) == code);
                take(first + code, here.map_or(&nobody, |one| &one.cell));
            }
        }
    }

    /// Its own rows.
    pub fn rows(&self, period: Period, form: &Form) -> Vec<Row> {
        let mut cells = vec![None; form.cells];
        self.each_cell(form, |number, cell| cells[number] = Some(cell.clone()));
        let filled = form.strata().zip(cells).filter_map(|(stratum, cell)| Some((stratum, cell?)));
        filled.map(|(stratum, cell)| own_row(period, stratum, &cell)).collect()
    }
}

fn own_row(period: Period, stratum: Stratum, cell: &Cell) -> Row {
    Row {
        period,
        stratum,
        numerator: cell.numerator.to_sum(),
        denominator: cell.denominator.as_ref().map(Number::to_sum),
        excluded: cell.excluded.as_ref().map(Number::to_sum),
        organisations: 1,
        masked: u32::from(cell.hides()),
    }
}
