//! `faults`: what members' keys signed against the rules, and its proof.

use std::path::Path;

use serde_json::json;

use crate::args::FaultsVerb;
use crate::client::encode;
use crate::commands::Context;
use crate::commands::file::write_new;
use crate::error::CliError;
use crate::output::Answer;
use crate::output::progress::with_spinner;
use crate::output::text::{count, short};
use crate::view::FaultView;

/// Lists faults, or writes the proof of one.
pub fn faults(context: &Context, verb: Option<FaultsVerb>) -> Result<Answer, CliError> {
    match verb {
        None | Some(FaultsVerb::List) => list(context),
        Some(FaultsVerb::Proof { id, file }) => proof(context, &id, &file),
    }
}

fn list(context: &Context) -> Result<Answer, CliError> {
    let faults: Vec<FaultView> = context.get("/v1/faults")?;
    if faults.is_empty() {
        let human = "No faults: nothing that is known here was signed against the rules.\n";
        return Ok(Answer::new(human, &faults)?);
    }
    let mut human = format!(
        "{}. What proves it is here; whether it was an accident is for people to find out.\n",
        count(faults.len() as u64, "fault")
    );
    for fault in &faults {
        human.push_str(&paragraph(fault));
    }
    human.push_str(&format!(
        "\nNext: {} writes a file with which anybody can check it, without a node, by `commons verify FILE`.\n",
        context.command("faults proof ID FILE")
    ));
    Ok(Answer::new(human, &faults)?)
}

fn paragraph(fault: &FaultView) -> String {
    let mut text = format!("\n{}  {}\n  {}\n", short(&fault.id), fault.kind, fault.what);
    for line in &fault.evidence {
        text.push_str(&format!("    {line}\n"));
    }
    if fault.this_node {
        text.push_str(
            "  This is your own organisation: find out whether a key is in use on two machines, or whether a disk \
             was restored from an old copy.\n",
        );
    }
    text.push_str(&format!("  What can be done: {}\n", fault.advice));
    text
}

fn proof(context: &Context, id: &str, file: &Path) -> Result<Answer, CliError> {
    let client = context.client()?;
    let path = format!("/v1/faults/{}/proof", encode(id));
    let bytes = with_spinner("Putting the proof together", || client.get_file(&path))?;
    write_new(file, &bytes)?;
    let human = format!(
        "Wrote {} ({}). Anybody can check it with `commons verify {}`.\n",
        file.display(),
        count(bytes.len() as u64, "byte"),
        file.display()
    );
    Ok(Answer::new(human, &json!({ "file": file, "bytes": bytes.len() }))?)
}
