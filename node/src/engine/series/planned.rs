//! A plan in words: what is sent, masked, held or refused, and why.

use crate::view::{CellView, NumberView, TableView};
use commons_protocol::disclosure::mask::{Change, Mask, Outcome, RawTable, Why};
use commons_protocol::disclosure::{Ground, Stratum, cells};
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
}

impl Planned {
    /// The tables that are sent.
    pub fn tables(&self) -> Vec<Table> {
        let sent = self.outcomes.iter().filter_map(|(_, outcome)| match outcome {
            Outcome::Send { table, .. } => Some(table.clone()),
            _ => None,
        });
        sent.collect()
    }
}

/// How many numbers of a table are told, and how many are masked.
pub fn numbers(table: &Table) -> (u64, u64) {
    let all = table.total.iter().chain(table.strata.iter().map(|one| &one.cell));
    let values = all.flat_map(|cell| [Some(cell.numerator), cell.denominator, cell.excluded]).flatten();
    values.fold((0, 0), |(told, masked), value| match value {
        Value::Known(_) => (told + 1, masked),
        Value::Masked => (told, masked + 1),
    })
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
        cells: Vec::new(),
    };
    match outcome {
        Outcome::Send { table, masks, without_strata } => {
            "send".clone_into(&mut view.outcome);
            if *without_strata {
                WITHOUT_STRATA.clone_into(&mut view.reason);
            }
            view.cells = sent_cells(&planned.ground, table, masks);
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

fn sent_cells(ground: &Ground, table: &Table, masks: &[Mask]) -> Vec<CellView> {
    let shown = |(stratum, cell): (Stratum, Cell)| CellView {
        stratifier: stratum.as_ref().map(|(code, _)| code.to_string()),
        stratum: stratum.as_ref().map(|(_, code)| code.to_string()),
        numerator: number(cell.numerator),
        denominator: cell.denominator.map(number),
        excluded: cell.excluded.map(number),
        masked_because: masks.iter().filter(|mask| mask.stratum == stratum).map(why).collect(),
    };
    cells(&ground.definition, table).into_iter().map(shown).collect()
}

fn number(value: Value) -> NumberView {
    match value {
        Value::Known(number) => NumberView::Known { number },
        Value::Masked => NumberView::Masked { low: 0, high: None },
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
