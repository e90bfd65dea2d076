//! Corrections that are too small to be told: the node keeps them, and sends
//! what follows once the difference is large enough. They never leave it.

use super::super::load::Fact;
use super::super::{Caller, Engine, Failure};
use crate::figures::Remark;
use crate::store::Store;
use crate::view::{DropHeldRequest, HeldCellView, HeldView, NumberView, NumbersView};
use commons_protocol::bounded::BoundedVec;
use commons_protocol::disclosure::mask::{self, Options, Outcome, RawTable};
use commons_protocol::disclosure::{Account, Ground, cells};
use commons_protocol::entry::EntryKind;
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::key::PublicKey;
use commons_protocol::limits::CELLS;
use commons_protocol::measure::Code;
use commons_protocol::period::Period;
use commons_protocol::series::{Cell, Value};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

/// A table whose correction is held.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Held {
    /// The measure.
    #[n(0)]
    pub measure: DocumentId,
    /// The period.
    #[n(1)]
    pub period: Period,
    /// When it was given, milliseconds since 1970.
    #[n(2)]
    pub since: u64,
    /// Its cells, the total without codes; none once it is held no more.
    #[n(3)]
    pub cells: Option<BoundedVec<HeldCell, { CELLS + 1 }>>,
}

/// A cell as the organisation has it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct HeldCell {
    /// Stratifier and stratum.
    #[n(0)]
    pub stratum: Option<(Code, Code)>,
    /// Its numbers.
    #[n(1)]
    pub cell: Cell,
}

impl Held {
    /// The correction that `table` would be.
    ///
    /// # Errors
    /// [`Failure`] if it has more cells than a table may have.
    pub fn new(ground: &Ground, table: &RawTable, since: u64) -> Result<Self, Failure> {
        let total = table.total.iter().map(|cell| (None, *cell));
        let strata = table.strata.iter().map(|(place, cell)| {
            let codes = ground.definition.stratum(*place);
            (codes.map(|(stratifier, code)| (stratifier.clone(), code.clone())), *cell)
        });
        let cells = total.chain(strata).map(|(stratum, cell)| HeldCell { stratum, cell });
        let cells = BoundedVec::new(cells.collect())
            .map_err(|error| Failure::invalid("too-large", format!("the table is {error}")))?;
        Ok(Self { measure: ground.measure, period: table.period, since, cells: Some(cells) })
    }
}

impl Held {
    /// The table as the measure defines it now; none if it has such strata no
    /// longer.
    fn table(&self, ground: &Ground) -> Option<RawTable> {
        let mut table = RawTable { period: self.period, total: None, strata: BTreeMap::new() };
        for held in self.cells.iter().flatten() {
            match &held.stratum {
                None => table.total = Some(held.cell),
                Some((stratifier, code)) => {
                    table.strata.insert(ground.definition.place(stratifier, code)?, held.cell);
                }
            }
        }
        Some(table)
    }
}

impl<S: Store> Engine<S> {
    /// Sends what was held and is safe by now. Returns what was written, and
    /// what people should know.
    pub(super) fn send_held(&mut self, person: PublicKey) -> Result<(Vec<EntryId>, Vec<Remark>), Failure> {
        let held: Vec<Held> = self.commons()?.series.held.values().cloned().collect();
        let (mut written, mut remarks) = (Vec::new(), Vec::new());
        for held in held {
            // One that can't be sent now stays.
            let Ok(ground) = self.ground(&held.measure) else { continue };
            let Some(table) = held.table(&ground) else { continue };
            let planned = mask::plan(&self.own_account()?, &ground, vec![table], Options::default());
            for (period, outcome) in planned {
                match outcome {
                    Outcome::Send { table, .. } => {
                        written.extend(self.send(person, &ground, vec![table])?);
                        remarks.push(self.held_remark(&held, "was held and is sent now"));
                    }
                    Outcome::Unchanged => {
                        remarks.push(self.held_remark(&held, "was held and is no longer needed"))
                    }
                    _ => continue,
                }
                // Durable before it is forgotten.
                self.commit()?;
                self.forget_held(&held.measure, period)?;
            }
        }
        Ok((written, remarks))
    }

    fn held_remark(&self, held: &Held, what: &str) -> Remark {
        let title = self.title_of_measure(&held.measure);
        Remark {
            at: held.period.to_string(),
            refused: false,
            code: "held-released".to_owned(),
            text: format!("the correction of \"{title}\" in {} {what}", held.period),
            advice: String::new(),
        }
    }

    /// Corrections that are held, by measure and period; their numbers for
    /// administrators alone.
    ///
    /// # Errors
    /// [`Failure`] before a commons is joined.
    pub fn held_series(&self, caller: &Caller) -> Result<Vec<HeldView>, Failure> {
        Ok(self.commons()?.series.held.values().map(|held| self.held_view(caller, held)).collect())
    }

    /// Forgets a correction that is held: what was told stands.
    ///
    /// # Errors
    /// [`Failure`] if there is none of this measure and period, or if the
    /// person may not report.
    pub fn drop_held(&mut self, caller: &Caller, request: &DropHeldRequest) -> Result<HeldView, Failure> {
        let person = self.person_of(caller)?;
        self.check_may_write(&person, EntryKind::Submit)?;
        let measure = self.find_measure(&request.measure)?;
        let period: Period =
            request.period.parse().map_err(|error| Failure::invalid("bad-period", format!("{error}")))?;
        let held = self.commons()?.series.held.get(&(measure, period)).cloned().ok_or_else(|| {
            let why = format!("no correction of {} in {period} is held", self.title_of(&measure));
            Failure::conflict("not-held", why)
        })?;
        let view = self.held_view(caller, &held);
        self.forget_held(&measure, period)?;
        self.commit()?;
        Ok(view)
    }

    fn held_view(&self, caller: &Caller, held: &Held) -> HeldView {
        let threshold =
            self.ground(&held.measure).map_or(self.disclosure().threshold, |ground| ground.threshold);
        let reports = self.commons.as_ref().map(|commons| &commons.series.reports);
        let account = reports.and_then(|reports| reports.account(&self.keys.organisation));
        let cells = if caller.administrator { held_cells(account, held) } else { Vec::new() };
        HeldView {
            measure: held.measure.to_string(),
            title: self.title_of_measure(&held.measure),
            period: held.period.to_string(),
            since: held.since,
            reason: format!("a difference of 1 to {threshold} to what was told would show single people"),
            threshold,
            cells,
        }
    }

    pub(super) fn hold(&mut self, held: Held) -> Result<(), Failure> {
        self.keep_fact(&Fact::Held(held.clone()))?;
        self.commons_mut()?.series.learn_held(held);
        Ok(())
    }

    pub(super) fn forget_held(&mut self, measure: &DocumentId, period: Period) -> Result<(), Failure> {
        if self.commons()?.series.held.contains_key(&(*measure, period)) {
            self.hold(Held { measure: *measure, period, since: self.now, cells: None })?;
        }
        Ok(())
    }
}

/// The cells of a correction beside what others read so far.
fn held_cells(account: Option<&Account>, held: &Held) -> Vec<HeldCellView> {
    let table = account.and_then(|account| account.table(&held.measure, held.period));
    let told = table.map(|table| cells(&table.statement.ground.definition, &table.statement.table));
    let view = |one: &HeldCell| HeldCellView {
        stratifier: one.stratum.as_ref().map(|(stratifier, _)| stratifier.to_string()),
        stratum: one.stratum.as_ref().map(|(_, code)| code.to_string()),
        held: numbers(&one.cell),
        told: told
            .iter()
            .flatten()
            .find(|(stratum, _)| *stratum == one.stratum)
            .map(|(_, cell)| numbers(cell)),
    };
    held.cells.iter().flatten().map(view).collect()
}

fn numbers(cell: &Cell) -> NumbersView {
    let view = |value: Value| match value {
        Value::Known(number) => NumberView::Known { number },
        Value::Masked => NumberView::Masked { low: 0, high: None },
    };
    NumbersView {
        numerator: view(cell.numerator),
        denominator: cell.denominator.map(view),
        excluded: cell.excluded.map(view),
    }
}
