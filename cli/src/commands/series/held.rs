//! `series held`: corrections that wait on this node.

use crate::client::encode;
use crate::commands::Context;
use crate::commands::feed::table::number;
use crate::error::CliError;
use crate::output::Answer;
use crate::output::progress::with_spinner;
use crate::output::table::Table;
use crate::output::text::time;
use crate::view::{HeldCellView, HeldView, NumbersView};

/// Lists them, or forgets the one that `drop` names by measure and period.
pub fn held(context: &Context, drop: Option<&[String]>) -> Result<Answer, CliError> {
    match drop {
        Some([measure, period]) => forget(context, measure, period),
        Some(_) => Err(CliError::Usage("Name a measure and a period after --drop.".to_owned())),
        None => list(context),
    }
}

fn list(context: &Context) -> Result<Answer, CliError> {
    let held: Vec<HeldView> = context.get("/v1/series/held")?;
    if held.is_empty() {
        return Ok(Answer::new("No correction is held.\n", &held)?);
    }
    let mut table = Table::new(&["measure", "period", "since", "stratum", "told", "held"]);
    for one in &held {
        let since = time(one.since);
        let is_changed = |cell: &&HeldCellView| cell.told.as_ref() != Some(&cell.held);
        let changed: Vec<&HeldCellView> = one.cells.iter().filter(is_changed).collect();
        if changed.is_empty() {
            table.row(&[&*one.title, &one.period, &since, "", "", ""]);
        }
        for cell in changed {
            let told = cell.told.as_ref().map_or_else(|| "nothing".to_owned(), numbers);
            table.row(&[&*one.title, &one.period, &since, &stratum(cell), &told, &numbers(&cell.held)]);
        }
    }
    let mut reasons: Vec<String> = held.iter().map(|one| sentence(one, &held)).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let human = format!(
        "{}\n{}These figures stay on this node. {} forgets one; what was told stands then.\n",
        table.render(""),
        reasons.concat(),
        context.command("series held --drop MEASURE PERIOD")
    );
    Ok(Answer::new(human, &held)?)
}

/// Why it is held, and when it is sent; whose that is, where others differ.
fn sentence(one: &HeldView, all: &[HeldView]) -> String {
    let is_other = |other: &HeldView| other.threshold != one.threshold;
    let whose = if all.iter().any(is_other) { format!("{}: held", one.title) } else { "Held".to_owned() };
    format!(
        "{whose} because {}. A later correction is sent once it differs by more than {};\n--mask-corrections \
         masks it instead.\n",
        one.reason, one.threshold
    )
}

fn stratum(cell: &HeldCellView) -> String {
    match (&cell.stratifier, &cell.stratum) {
        (Some(stratifier), Some(stratum)) => format!("{stratifier}:{stratum}"),
        _ => "all".to_owned(),
    }
}

/// Numerator and denominator, and what was excluded.
fn numbers(of: &NumbersView) -> String {
    let denominator = of.denominator.as_ref().map(|one| format!(" of {}", number(one)));
    let excluded = of.excluded.as_ref().map(|one| format!(", {} excluded", number(one)));
    format!("{}{}{}", number(&of.numerator), denominator.unwrap_or_default(), excluded.unwrap_or_default())
}

fn forget(context: &Context, measure: &str, period: &str) -> Result<Answer, CliError> {
    let client = context.client()?;
    let path = format!("/v1/series/held?measure={}&period={}", encode(measure), encode(period));
    let dropped: HeldView = with_spinner("The node is working", || client.delete(&path))?;
    let human = format!(
        "Forgotten: the correction of {:?} in {}. What was told stands.\n",
        dropped.title, dropped.period
    );
    Ok(Answer::new(human, &dropped)?)
}
