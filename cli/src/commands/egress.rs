//! `egress`: what left this organisation.

use serde_json::json;

use crate::args::EgressArgs;
use crate::commands::Context;
use crate::commands::file::fetch_new;
use crate::error::CliError;
use crate::output::Answer;
use crate::output::progress::with_spinner;
use crate::output::table::Table;
use crate::output::text::{count, time};
use crate::view::EgressView;

/// Lists the ledger, or writes it to a file.
pub fn egress(context: &Context, args: &EgressArgs) -> Result<Answer, CliError> {
    if let Some(file) = &args.csv {
        let client = context.client()?;
        let bytes = with_spinner("Writing the ledger", || fetch_new(&client, "/v1/egress?format=csv", file))?;
        let human = format!("Wrote {} ({}).\n", file.display(), count(bytes, "byte"));
        return Ok(Answer::new(human, &json!({ "file": file, "bytes": bytes }))?);
    }
    let ledger: Vec<EgressView> = context.get("/v1/egress")?;
    if ledger.is_empty() {
        return Ok(Answer::new("No figures have left this organisation.\n", &ledger)?);
    }
    Ok(Answer::new(lines(&ledger), &ledger)?)
}

fn lines(ledger: &[EgressView]) -> String {
    let headings =
        ["when", "measure", "period", "what", "told", "masked", "person", "epoch", "rules", "threshold"];
    let mut table = Table::new(&headings);
    for line in ledger {
        let what = if line.counts { line.what.clone() } else { format!("{}, counts no more", line.what) };
        table.row(&[
            time(line.time),
            line.title.clone(),
            line.period.clone(),
            what,
            (line.numerators + line.denominators + line.excluded).to_string(),
            line.masked.to_string(),
            line.person_name.clone(),
            line.epoch.to_string(),
            line.rules.to_string(),
            line.threshold.to_string(),
        ]);
    }
    let told: u64 = ledger.iter().map(|line| line.numerators + line.denominators + line.excluded).sum();
    let masked: u64 = ledger.iter().map(|line| line.masked).sum();
    format!(
        "{}\n{}: {} told, {masked} masked. Everybody in the commons can read what was told.\n",
        table.render(""),
        count(ledger.len() as u64, "table"),
        count(told, "number")
    )
}
