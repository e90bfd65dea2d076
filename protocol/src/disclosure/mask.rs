//! Masking, before anything is signed: which numbers of a table stay here so
//! that [`Account::judge`] accepts the rest, and as little as possible is lost.
//!
//! ```text
//! RawTable → sheet → primary masks (what the rules name number by number)
//!          → corrections (held, or masked) → complementary masks (search)
//!          → Send, Unchanged, Hold, Withhold or Refuse
//! ```
//!
//! *Which* numbers are masked besides is chosen by what is public: first as few
//! as possible, a total counting as three, then those that are masked already
//! for this period or the one before, then numerators of the smallest published
//! denominator, then the order of the definition. Zeros are never masked for the
//! sake of others. A table is sent only if somebody who knows this is left with
//! enough, too ([`strict`]).
//!
//! Not covered: who reasons backwards from why a smaller choice was not made
//! (Wong and others 2007 call it a minimality attack). Whether that was safe
//! depends on what it would have told, some of which is masked now. Of all tables
//! of three strata that add up to at most 45 this leaves fewer than ten values in
//! 3 of 100, and never one. Nor who knows some hidden numbers from elsewhere, such
//! as an organisation's staff.

mod choice;
mod correct;
mod primary;
mod search;
mod sheet;
mod strict;

pub use correct::Change;
pub use search::{FEW, Search, Verdict};
pub use sheet::Number;

use super::{Account, Breach, Fault, Ground, Reported, Spot, Stratum, cells};
use crate::measure::Component;
use crate::period::Period;
use crate::series::{Cell, Table, Value};
use sheet::Sheet;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A table as the organisation has it: every number is there, except those
/// that its source masks already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawTable {
    /// The period.
    pub period: Period,
    /// All together.
    pub total: Option<Cell>,
    /// Strata by place in the definition. If one of a stratifier is here, those
    /// that are not have nobody in them.
    pub strata: BTreeMap<(u8, u8), Cell>,
}

/// Why a number is masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// It, or what it would show, is from 1 to the threshold.
    Small {
        /// What is small: for a numerator also the complement.
        component: Component,
    },
    /// It would tell 0 % or 100 %, which this measure masks.
    Extreme,
    /// The denominator of its cell is masked.
    Denominator,
    /// The source masks it already.
    Source,
    /// It differs from what was told before by 1 to the threshold.
    Correction,
    /// It was masked before in a sum of which something was told, so that
    /// telling it now would tell what the rest was.
    Earlier,
    /// Another masked number could be worked out from it.
    Complementary,
}

/// A number that is masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// The period.
    pub period: Period,
    /// The cell.
    pub stratum: Stratum,
    /// Which number of the cell.
    pub component: Component,
    /// Why.
    pub why: Why,
}

/// What becomes of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It can be sent like this. Without strata where the raw table has them:
    /// only the total could be made safe.
    Send {
        /// The table.
        table: Table,
        /// What is masked in it.
        masks: Vec<Mask>,
        /// Whether strata were left out.
        without_strata: bool,
    },
    /// It says what is in force already.
    Unchanged,
    /// It corrects what was said by so little that the difference would show
    /// single people: keep it and try again with the next correction, or mask
    /// what changed.
    Hold {
        /// The rule.
        breach: Breach,
        /// The small differences. Empty if only what is hidden has changed a
        /// little, all together.
        changes: Vec<Change>,
    },
    /// No masks make it safe.
    Withhold(Breach),
    /// It is wrong: what to mend.
    Refuse(Breach),
}

/// Choices of the person who sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Small corrections are masked instead of held.
    pub mask_corrections: bool,
}

/// Plans tables of one measure, one after another.
#[derive(Debug)]
pub struct Planner<'a> {
    account: &'a Account,
    ground: Arc<Ground>,
    options: Options,
    /// The table that was planned last.
    last: Option<Table>,
}

/// Plans tables of one measure; in the order of their periods. Those that are
/// sent are accepted by the account together, too.
pub fn plan(
    account: &Account,
    ground: &Ground,
    mut tables: Vec<RawTable>,
    options: Options,
) -> Vec<(Period, Outcome)> {
    tables.sort_by_key(|table| table.period);
    let mut planner = Planner::new(account, ground, options);
    let mut seen = BTreeSet::new();
    let one = |raw: RawTable| match seen.insert(raw.period) {
        true => (raw.period, planner.plan(&raw)),
        false => (raw.period, Outcome::Refuse(Spot::table(raw.period).breaks(Fault::Order))),
    };
    tables.into_iter().map(one).collect()
}

impl<'a> Planner<'a> {
    /// A planner of tables of `ground`, in ascending order of their periods.
    pub fn new(account: &'a Account, ground: &Ground, options: Options) -> Self {
        Self { account, ground: Arc::new(ground.clone()), options, last: None }
    }

    /// Plans the next table.
    pub fn plan(&mut self, raw: &RawTable) -> Outcome {
        let outcome = self.decide(raw).unwrap_or_else(Outcome::Refuse);
        if let Outcome::Send { table, .. } = &outcome {
            self.last = Some(table.clone());
        }
        outcome
    }

    fn decide(&self, raw: &RawTable) -> Result<Outcome, Breach> {
        let mut sheet = Sheet::of(&self.ground, raw)?;
        sheet.check()?;
        primary::mask(&mut sheet);
        let in_force = self.in_force(sheet.period());
        // Each round masks at least one number more.
        for _ in 0..=sheet.numbers().count() {
            let breach = match self.judge(&sheet.table(&[])?) {
                Ok(()) if sheet.is_open() => return self.sent(&sheet),
                Ok(()) => break,
                Err(breach) => breach,
            };
            if self.mend(&mut sheet, &in_force, &breach) {
                continue;
            }
            match breach.fault {
                Fault::SmallChange if !self.options.mask_corrections => {
                    let changes = correct::changes(self.account, &sheet);
                    return Ok(Outcome::Hold { breach, changes });
                }
                Fault::SmallChange | Fault::WasMasked | Fault::Recoverable | Fault::TooComplex => break,
                // Split otherwise than before: all together can still be told.
                Fault::OtherDefinition if sheet.is_split() && sheet.has_total() => sheet.drop_strata(),
                _ => return Err(breach),
            }
        }
        self.complement(sheet, in_force)
    }

    /// Masks what has to be because of what was said before; whether there was
    /// any such number.
    fn mend(&self, sheet: &mut Sheet, in_force: &BTreeSet<Number>, breach: &Breach) -> bool {
        match breach.fault {
            Fault::WasMasked => sheet.mask_at(&breach.spot, Why::Earlier),
            Fault::SmallChange if in_force.contains(&sheet.number(&breach.spot)) => {
                sheet.mask_at(&breach.spot, Why::Earlier)
            }
            Fault::SmallChange if self.options.mask_corrections => {
                correct::mask(self.account, sheet, &breach.spot)
            }
            _ => false,
        }
    }

    /// Adds the complementary masks.
    fn complement(&self, mut sheet: Sheet, mut usual: BTreeSet<Number>) -> Result<Outcome, Breach> {
        usual.extend(self.before(sheet.period()));
        if choice::complement(self, &mut sheet, &usual) {
            return self.sent(&sheet);
        }
        sheet.drop_strata();
        if sheet.has_total() && choice::complement(self, &mut sheet, &usual) {
            return self.sent(&sheet);
        }
        let breach = self.judge(&sheet.table(&[])?).err();
        let breach = breach.unwrap_or_else(|| Spot::table(sheet.period()).breaks(Fault::Recoverable));
        Ok(Outcome::Withhold(breach))
    }

    fn sent(&self, sheet: &Sheet) -> Result<Outcome, Breach> {
        let table = sheet.table(&[])?;
        let in_force = self.account.table(&self.ground.measure, table.period).map(|one| one.statement);
        let is_same = match in_force {
            Some(statement) => statement.table == table && *statement.ground == *self.ground,
            None => table.total.is_none() && table.strata.is_empty(),
        };
        Ok(match is_same {
            true => Outcome::Unchanged,
            false => Outcome::Send { table, masks: sheet.masks(), without_strata: sheet.lacks_strata() },
        })
    }

    fn judge(&self, table: &Table) -> Result<(), Breach> {
        let reported = Reported { ground: (*self.ground).clone(), tables: vec![table.clone()] };
        self.account.judge(vec![reported]).map(drop)
    }

    /// What is masked in the table in force.
    fn in_force(&self, period: Period) -> BTreeSet<Number> {
        let in_force = self.account.table(&self.ground.measure, period).map(|one| one.statement);
        in_force.map(|one| masked(&self.ground, &one.ground, &one.table)).unwrap_or_default()
    }

    /// What is masked in the table before this period, planned or in force.
    fn before(&self, period: Period) -> BTreeSet<Number> {
        let said = self.account.tables_of(&self.ground.measure).map(|one| one.statement);
        let said = said.take_while(|one| one.table.period < period).last();
        let planned =
            self.last.as_ref().filter(|last| said.is_none_or(|one| one.table.period <= last.period));
        match (planned, said) {
            (Some(table), _) => masked(&self.ground, &self.ground, table),
            (None, Some(said)) => masked(&self.ground, &said.ground, &said.table),
            (None, None) => BTreeSet::new(),
        }
    }
}

/// The masked numbers of a table, as another definition names them.
fn masked(now: &Ground, then: &Ground, table: &Table) -> BTreeSet<Number> {
    let mut all = BTreeSet::new();
    for (stratum, cell) in cells(&then.definition, table) {
        let place = match &stratum {
            None => None,
            Some((first, second)) => match now.definition.place(first, second) {
                Some(place) => Some(place),
                None => continue,
            },
        };
        for component in sheet::COMPONENTS {
            if super::value_of(&cell, component) == Some(Value::Masked) {
                all.insert(Number { place, component });
            }
        }
    }
    all
}
