//! A plan in words: what is sent, masked, held or refused, and why.

use crate::view::{CellView, NumberView, TableView};
use commons_protocol::disclosure::mask::{Change, Mask, Outcome, RawTable, Why};
use commons_protocol::disclosure::{Account, Ground, Interval, Stratum, cells, value_of};
use commons_protocol::measure::{Component, Definition};
use commons_protocol::period::Period;
use commons_protocol::series::{Cell, Table, Value};

/// What becomes of the tables of one measure.
pub struct Planned {
    /// The measure.
    pub ground: Ground,
    /// Its title.
    pub title: String,
    /// The tables as the organisation has them.
    pub raw: Vec<RawTable>,
    /// What becomes of each.
    pub outcomes: Vec<(Period, Outcome)>,
    /// Those that are sent, by submission.
    pub parts: Vec<Vec<Table>>,
    /// What the organisation had said before.
    pub before: Account,
    /// What it will have said then.
    pub after: Account,
}

/// The tables that are sent.
pub fn sent(outcomes: &[(Period, Outcome)]) -> Vec<Table> {
    let sent = outcomes.iter().filter_map(|(_, outcome)| match outcome {
        Outcome::Send { table, .. } => Some(table.clone()),
        _ => None,
    });
    sent.collect()
}

/// How many numbers tables tell and mask, strata that have nobody in them
/// included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Cells, told or masked.
    pub cells: u64,
    /// Numerators that are told.
    pub numerators: u64,
    /// Denominators that are told.
    pub denominators: u64,
    /// Exclusions that are told.
    pub excluded: u64,
    /// Numbers that are masked.
    pub masked: u64,
}

impl Numbers {
    /// Counts a table, too.
    pub fn count(&mut self, definition: &Definition, table: &Table) {
        cells(definition, table).iter().for_each(|(_, cell)| self.count_cell(cell));
    }

    /// Counts a table whose definition is not known, too: what it lists.
    pub fn count_listed(&mut self, table: &Table) {
        table.total.iter().for_each(|cell| self.count_cell(cell));
        table.strata.iter().for_each(|one| self.count_cell(&one.cell));
    }

    fn count_cell(&mut self, cell: &Cell) {
        self.cells += 1;
        let values = [
            (&mut self.numerators, Some(cell.numerator)),
            (&mut self.denominators, cell.denominator),
            (&mut self.excluded, cell.excluded),
        ];
        for (told, value) in values {
            match value {
                Some(Value::Known(_)) => *told += 1,
                Some(Value::Masked) => self.masked += 1,
                None => {}
            }
        }
    }

    /// All that are told.
    pub fn told(&self) -> u64 {
        self.numerators + self.denominators + self.excluded
    }
}

/// What becomes of each table.
pub fn views(planned: &Planned) -> Vec<TableView> {
    planned.outcomes.iter().map(|(period, outcome)| view(planned, *period, outcome)).collect()
}

fn view(planned: &Planned, period: Period, outcome: &Outcome) -> TableView {
    let mut view = TableView {
        measure: planned.ground.measure.to_string(),
        title: planned.title.clone(),
        period: period.to_string(),
        outcome: String::new(),
        reason: String::new(),
        code: String::new(),
        replaces: planned.before.table(&planned.ground.measure, period).is_some(),
        cells: Vec::new(),
    };
    match outcome {
        Outcome::Send { table, masks, without_strata } => {
            "send".clone_into(&mut view.outcome);
            if *without_strata {
                WITHOUT_STRATA.clone_into(&mut view.reason);
            }
            view.cells = sent_cells(planned, table, masks);
        }
        Outcome::Unchanged => "unchanged".clone_into(&mut view.outcome),
        Outcome::Hold { changes, .. } => {
            "hold".clone_into(&mut view.outcome);
            "small-change".clone_into(&mut view.code);
            view.reason = held(planned.ground.threshold, changes);
        }
        Outcome::Withhold(breach) => {
            "withhold".clone_into(&mut view.outcome);
            breach.fault.code().clone_into(&mut view.code);
            view.reason = format!("no masks make it safe, so nothing of it is sent: {breach}");
        }
        Outcome::Refuse(breach) => {
            "refuse".clone_into(&mut view.outcome);
            breach.fault.code().clone_into(&mut view.code);
            view.reason = breach.to_string();
        }
    }
    view
}

/// Why a table has no strata.
const WITHOUT_STRATA: &str = "only the figures for all together can be sent; no masks make its strata safe";

fn held(threshold: u16, changes: &[Change]) -> String {
    let one =
        |change: &Change| format!("{}: {} was told, now it is {}", change.spot, change.told, change.now);
    let mut changes: Vec<String> = changes.iter().take(3).map(one).collect();
    if changes.is_empty() {
        changes.push("what is masked has changed by so little, all together".to_owned());
    }
    format!(
        "a difference of 1 to {threshold} to what was told before would show single people. {}. \
         It is kept on this node and sent once the difference is larger; or mask it (--mask-corrections)",
        changes.join("; ")
    )
}

fn sent_cells(planned: &Planned, table: &Table, masks: &[Mask]) -> Vec<CellView> {
    let said = planned.after.table(&planned.ground.measure, table.period);
    let shown = |(stratum, cell): (Stratum, Cell)| {
        let number = |component| {
            let value = value_of(&cell, component)?;
            let interval = said.and_then(|said| said.interval(&stratum, &cell, component));
            Some(number(value, interval))
        };
        CellView {
            stratifier: stratum.as_ref().map(|(code, _)| code.to_string()),
            stratum: stratum.as_ref().map(|(_, code)| code.to_string()),
            numerator: number(Component::Numerator).unwrap_or(ANYTHING),
            denominator: number(Component::Denominator),
            excluded: number(Component::Excluded),
            masked_because: masks.iter().filter(|mask| mask.stratum == stratum).map(why).collect(),
        }
    };
    cells(&planned.ground.definition, table).into_iter().map(shown).collect()
}

/// A masked number of which nothing can be derived.
const ANYTHING: NumberView = NumberView::Masked { low: 0, high: None };

/// A number as everybody will read it.
fn number(value: Value, interval: Option<Interval>) -> NumberView {
    match (value, interval) {
        (Value::Known(number), _) => NumberView::Known { number },
        (Value::Masked, Some(Interval { low, high })) => NumberView::Masked { low, high },
        (Value::Masked, None) => ANYTHING,
    }
}

fn why(mask: &Mask) -> String {
    let number = mask.component.word();
    match mask.why {
        Why::Small { component } if component == mask.component => {
            format!("{number}: small enough to show single people")
        }
        Why::Small { component } => format!("{number}: it would show a small number ({})", component.word()),
        Why::Denominator => format!("{number}: too few people in all"),
        Why::Extreme => format!("{number}: 0 % and 100 % of this measure are masked"),
        Why::Source => format!("{number}: masked in the file"),
        Why::Correction => format!("{number}: the correction is small enough to show single people"),
        Why::Earlier => format!("{number}: it was masked before, and telling it now would give away others"),
        Why::Complementary => format!("{number}: otherwise another masked number could be worked out"),
    }
}
