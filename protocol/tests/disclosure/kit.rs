//! Measures and tables in few words, and a site that reports them.
#![allow(dead_code, reason = "each test uses a part of it")]

use commons_protocol::bounded::BoundedVec;
use commons_protocol::disclosure::{Account, Fault, Ground, Judged, Policy, Reported};
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::measure::{Code, Definition, MeasureKind, Stratifier};
use commons_protocol::period::Calendar;
use commons_protocol::series::{Cell, Stratum, Table, Value};
use std::sync::Arc;

/// A measure as reviewers released it.
#[derive(Clone, Debug)]
pub struct Measure {
    pub number: u8,
    pub release: u8,
    pub definition: Definition,
    pub policy: Policy,
}

pub fn code(text: &str) -> Code {
    Code::new(text).expect("a short code")
}

impl Measure {
    /// A monthly measure without strata.
    pub fn new(number: u8, kind: MeasureKind) -> Self {
        let definition = Definition {
            kind,
            calendar: Calendar::Month,
            direction: None,
            extremes_are_sensitive: false,
            threshold: None,
            stratifiers: BoundedVec::default(),
            numerator: None,
            denominator: None,
            per: 1,
        };
        Self { number, release: 1, definition, policy: Policy::default() }
    }

    pub fn proportion(number: u8) -> Self {
        Self::new(number, MeasureKind::Proportion)
    }

    pub fn count(number: u8) -> Self {
        Self::new(number, MeasureKind::Count)
    }

    pub fn rate(number: u8) -> Self {
        Self::new(number, MeasureKind::Rate)
    }

    /// Split by one more stratifier.
    pub fn by(mut self, stratifier: &str, strata: &[&str]) -> Self {
        let strata = BoundedVec::new(strata.iter().map(|one| code(one)).collect()).expect("few strata");
        let mut all = self.definition.stratifiers.to_vec();
        all.push(Stratifier { code: code(stratifier), strata });
        all.sort_by(|one, other| one.code.cmp(&other.code));
        self.definition.stratifiers = BoundedVec::new(all).expect("few stratifiers");
        self
    }

    /// Without any strata.
    pub fn unsplit(mut self) -> Self {
        self.definition.stratifiers = BoundedVec::default();
        self
    }

    /// With quantities that other measures count as well; "" for none.
    pub fn of(mut self, numerator: &str, denominator: &str) -> Self {
        let named = |text: &str| (!text.is_empty()).then(|| code(text));
        (self.definition.numerator, self.definition.denominator) = (named(numerator), named(denominator));
        self
    }

    pub fn quarterly(mut self) -> Self {
        self.definition.calendar = Calendar::Quarter;
        self
    }

    pub fn sensitive(mut self) -> Self {
        self.definition.extremes_are_sensitive = true;
        self
    }

    /// With a threshold of its own.
    pub fn masking_to(mut self, threshold: u16) -> Self {
        self.definition.threshold = Some(threshold);
        self
    }

    /// Under another threshold of the charter.
    pub fn under(mut self, threshold: u16) -> Self {
        self.policy.threshold = threshold;
        self
    }

    /// The next release of the same measure, with another definition.
    pub fn next(&self, change: impl FnOnce(Self) -> Self) -> Self {
        let mut next = change(self.clone());
        next.release += 1;
        next
    }

    pub fn id(&self) -> DocumentId {
        DocumentId([self.number; 32])
    }

    pub fn ground(&self) -> Ground {
        let mut release = [self.number; 32];
        release[0] = self.release;
        Ground::new(self.id(), EntryId(release), Arc::new(self.definition.clone()), &self.policy)
    }

    /// A table: cells such as `all 30/100`, `age:5-9 */50` or
    /// `all 30/100x20`, where * is masked and x says what was excluded.
    pub fn table(&self, period: &str, cells: &str) -> Table {
        let mut table =
            Table { period: period.parse().expect("a period"), total: None, strata: BoundedVec::default() };
        let mut strata = Vec::new();
        for text in cells.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            let (place, numbers) = text.split_once(' ').expect("a place and numbers");
            match place {
                "all" => table.total = Some(cell(numbers)),
                _ => strata.push(self.stratum(place, cell(numbers))),
            }
        }
        table.strata = BoundedVec::new(strata).expect("few strata");
        table
    }

    fn stratum(&self, place: &str, cell: Cell) -> Stratum {
        let (first, second) = place.split_once(':').expect("stratifier:stratum");
        let declared = self.definition.place(first, second);
        let place = declared.unwrap_or_else(|| (number(first), number(second)));
        Stratum { stratifier: place.0, code: place.1, cell }
    }

    pub fn says(&self, period: &str, cells: &str) -> Reported {
        Reported { ground: self.ground(), tables: vec![self.table(period, cells)] }
    }
}

fn number(text: &str) -> u8 {
    text.parse().expect("a number of an undeclared stratum")
}

fn value(text: &str) -> Value {
    match text {
        "*" => Value::Masked,
        _ => Value::Known(text.parse().expect("a number or *")),
    }
}

/// The cell that `30/100x20` is short for.
pub fn cell(text: &str) -> Cell {
    let (text, excluded) = text.split_once('x').map_or((text, None), |(text, one)| (text, Some(value(one))));
    let (numerator, denominator) =
        text.split_once('/').map_or((text, None), |(text, one)| (text, Some(value(one))));
    Cell { numerator: value(numerator), denominator, excluded }
}

/// An organisation and what it said so far.
#[derive(Clone, Debug, Default)]
pub struct Site {
    pub account: Account,
}

impl Site {
    /// Reports tables in one submission.
    pub fn submit(&mut self, reported: Vec<Reported>) -> Result<(), Fault> {
        let judged: Judged = self.account.judge(reported).map_err(|breach| breach.fault)?;
        self.account.take(judged);
        Ok(())
    }

    /// Reports one table.
    pub fn say(&mut self, measure: &Measure, period: &str, cells: &str) -> Result<(), Fault> {
        self.submit(vec![measure.says(period, cells)])
    }
}

/// What becomes of the last table, once all before it were accepted.
pub fn verdict(tables: &[(&Measure, &str)]) -> Result<(), Fault> {
    let mut site = Site::default();
    let (last, before) = tables.split_last().expect("a table");
    for (index, (measure, cells)) in before.iter().enumerate() {
        site.say(measure, "2026-01", cells).unwrap_or_else(|fault| panic!("table {index}: {}", fault.code()));
    }
    site.say(last.0, "2026-01", last.1)
}
