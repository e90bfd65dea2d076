//! What really is: people and events of a site, of which its reports tell some
//! numbers and mask others.

use crate::kit::{Measure, code};
use commons_protocol::measure::{Component, MeasureKind};
use commons_protocol::series::{Cell, Stratum, Table, Value};
use std::collections::BTreeMap;

/// Wards × shifts, at most.
pub const PLACES: usize = 12;

/// How two measures count the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    Nothing,
    Denominator,
    Numerator,
    /// What one counts is what the other counts among.
    Chain,
}

/// What is reported, and by what it is split.
#[derive(Clone, Debug)]
pub struct World {
    pub measures: Vec<Measure>,
    wards: usize,
    shifts: usize,
    sharing: Sharing,
    excludes: bool,
    /// Three numbers of each measure at each place, from which all others
    /// follow.
    raw: Vec<[[u64; 3]; PLACES]>,
}

/// True numbers of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    pub numerator: u64,
    pub denominator: u64,
    pub excluded: u64,
}

impl Truth {
    pub fn of(&self, component: Component) -> u64 {
        match component {
            Component::Numerator => self.numerator,
            Component::Denominator => self.denominator,
            Component::Excluded => self.excluded,
            Component::Complement => self.denominator.saturating_sub(self.numerator),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            numerator: self.numerator + other.numerator,
            denominator: self.denominator + other.denominator,
            excluded: self.excluded + other.excluded,
        }
    }
}

/// All that a case draws.
#[derive(Clone, Debug)]
pub struct Shape {
    pub kinds: (u8, u8),
    pub sharing: u8,
    pub wards: usize,
    pub shifts: usize,
    pub sensitive: bool,
    pub excludes: bool,
    pub raw: Vec<u64>,
}

const KINDS: [MeasureKind; 5] = [
    MeasureKind::Proportion,
    MeasureKind::Rate,
    MeasureKind::Count,
    MeasureKind::Between,
    MeasureKind::Continuous,
];

const SHARINGS: [Sharing; 4] = [Sharing::Nothing, Sharing::Denominator, Sharing::Numerator, Sharing::Chain];

/// The strata of a case, all in one list: wards, then shifts.
const WARDS: [&str; 4] = ["a", "b", "c", "d"];
const SHIFTS: [&str; 3] = ["day", "late", "night"];

impl World {
    pub fn new(shape: &Shape, threshold: u16) -> Self {
        let sharing = SHARINGS[usize::from(shape.sharing) % SHARINGS.len()];
        let kinds = [KINDS[usize::from(shape.kinds.0) % 5], KINDS[usize::from(shape.kinds.1) % 5]];
        let (first, second) = names(sharing, kinds);
        let all = [(1, kinds[0], Some(first)), (2, kinds[1], second)];
        let measures = all.into_iter().filter_map(|(number, kind, names)| {
            let (numerator, denominator) = names?;
            let mut measure = Measure::new(number, kind).under(threshold).by("ward", &WARDS[..shape.wards]);
            if shape.shifts > 1 {
                measure = measure.by("shift", &SHIFTS[..shape.shifts]);
            }
            measure.definition.extremes_are_sensitive = shape.sensitive;
            Some(measure.of(numerator, denominator))
        });
        let measures: Vec<Measure> = measures.collect();
        let raw = |measure: usize, place: usize, number: usize| {
            let index = (measure * PLACES + place) * 3 + number;
            shape.raw.get(index % shape.raw.len().max(1)).copied().unwrap_or(0)
        };
        let raw = (0..2).map(|measure| {
            std::array::from_fn(|place| std::array::from_fn(|number| raw(measure, place, number)))
        });
        let sharing = if measures.len() == 2 { sharing } else { Sharing::Nothing };
        let (wards, shifts) = (shape.wards, shape.shifts);
        Self { wards, shifts, sharing, excludes: shape.excludes, raw: raw.collect(), measures }
    }

    /// Changes one of the numbers from which the others follow.
    pub fn change(&mut self, measure: usize, place: usize, number: usize, by: i64) {
        let number = &mut self.raw[measure % 2][place % PLACES][number % 3];
        *number = number.saturating_add_signed(by).min(60);
    }

    fn kind(&self, measure: usize) -> MeasureKind {
        self.measures[measure].definition.kind
    }

    fn at(&self, measure: usize, place: usize) -> Truth {
        let [first, second, third] = self.raw[measure][place];
        let other = (measure == 1 && self.sharing != Sharing::Nothing).then(|| self.at(0, place));
        let kind = self.kind(measure);
        let shared = match (self.sharing, other) {
            (Sharing::Denominator, Some(other)) => Some(other.denominator),
            (Sharing::Chain, Some(other)) => Some(other.numerator),
            _ => None,
        };
        let mut numerator = match (self.sharing, other) {
            (Sharing::Numerator, Some(other)) => other.numerator,
            _ => first,
        };
        let denominator = match (kind, shared) {
            (MeasureKind::Count, _) => 0,
            (MeasureKind::Proportion, None) => numerator + second,
            (_, Some(shared)) => shared,
            // Where nobody is exposed nothing happens, to whichever measure.
            (_, None) => second + numerator.min(1),
        };
        if kind == MeasureKind::Proportion {
            numerator = numerator.min(denominator);
        } else if kind.has_denominator() && denominator == 0 {
            numerator = 0;
        }
        Truth { numerator, denominator, excluded: third }
    }

    /// The truth of everybody, and of each stratum.
    pub fn truth(&self, measure: usize) -> BTreeMap<Option<(&'static str, &'static str)>, Truth> {
        let mut all = BTreeMap::new();
        for (ward, ward_name) in WARDS.iter().enumerate().take(self.wards) {
            for (shift, shift_name) in SHIFTS.iter().enumerate().take(self.shifts) {
                let truth = self.at(measure, ward * 3 + shift);
                let mut strata = vec![None, Some(("ward", *ward_name))];
                if self.shifts > 1 {
                    strata.push(Some(("shift", *shift_name)));
                }
                for stratum in strata {
                    let sum: &mut Truth = all.entry(stratum).or_default();
                    *sum = sum.plus(truth);
                }
            }
        }
        all
    }

    /// Fills a table: `tells` says what becomes of each number.
    pub fn table(
        &self,
        measure: usize,
        period: &str,
        mut tells: impl FnMut(Option<(&'static str, &'static str)>, &Truth) -> Option<[bool; 3]>,
    ) -> Table {
        let one = &self.measures[measure];
        let mut table = one.table(period, "");
        let mut strata = Vec::new();
        for (stratum, truth) in self.truth(measure) {
            let Some(masks) = tells(stratum, &truth) else { continue };
            let value =
                |index: usize, number| if masks[index] { Value::Masked } else { Value::Known(number) };
            let cell = Cell {
                numerator: value(0, truth.numerator),
                denominator: one.definition.kind.has_denominator().then(|| value(1, truth.denominator)),
                excluded: self.excludes.then(|| value(2, truth.excluded)),
            };
            match stratum {
                None => table.total = Some(cell),
                Some((stratifier, name)) => {
                    let place = one.definition.place(&code(stratifier), &code(name)).expect("declared");
                    strata.push(Stratum { stratifier: place.0, code: place.1, cell });
                }
            }
        }
        strata.sort_by_key(Stratum::place);
        table.strata = commons_protocol::bounded::BoundedVec::new(strata).expect("few strata");
        table
    }
}

type Names = (&'static str, &'static str);

/// The quantities of two measures; no second one if these kinds can't share.
fn names(sharing: Sharing, kinds: [MeasureKind; 2]) -> (Names, Option<Names>) {
    let both_have_denominators = kinds.iter().all(|kind| kind.has_denominator());
    let count_both = kinds.iter().all(|kind| kind.counts_numerator());
    match sharing {
        Sharing::Denominator if both_have_denominators => (("", "d"), Some(("", "d"))),
        // A sum and a count are not the same quantity; nor may a numerator be
        // cut to a smaller denominator.
        Sharing::Numerator if count_both && kinds[1] == MeasureKind::Count => (("n", ""), Some(("n", ""))),
        Sharing::Chain if kinds[0].counts_numerator() && kinds[1].has_denominator() => {
            (("n", ""), Some(("", "n")))
        }
        _ => (("", ""), None),
    }
}
