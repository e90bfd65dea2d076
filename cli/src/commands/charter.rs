//! `found` and `charter`.

use crate::args::FoundArgs;
use crate::commands::Context;
use crate::commands::members::members_table;
use crate::error::CliError;
use crate::output::Answer;
use crate::output::text::{count, list, short};
use crate::view::{CharterView, CommonsView, EpochView, FoundRequest};

/// Founds a commons.
pub fn found(context: &Context, args: FoundArgs) -> Result<Answer, CliError> {
    let request = FoundRequest { name: args.name, purpose: args.purpose };
    let charter: CharterView = context.post("/v1/found", &request)?;
    let human = format!(
        "Founded {} ({}).\nNext: invite another organisation with {}.\n",
        charter.commons.name,
        short(&charter.commons.id),
        context.command("invite")
    );
    Ok(Answer::new(human, &charter)?)
}

/// Shows the charter in force.
pub fn charter(context: &Context) -> Result<Answer, CliError> {
    let charter: CharterView = context.get("/v1/charter")?;
    Ok(Answer::new(human(&charter), &charter)?)
}

fn human(charter: &CharterView) -> String {
    let mut text = format!(
        "{}\n\nPurpose: {}\n\n{}\n\nMembers\n{}\nRules\n",
        charter.commons.name,
        charter.purpose,
        in_force(&charter.commons),
        members_table(&charter.members)
    );
    for rule in &charter.rules {
        text.push_str(&format!("  {rule}\n"));
    }
    text.push_str("\nHow it came about, newest first\n");
    for epoch in &charter.epochs {
        text.push_str(&epoch_lines(epoch));
    }
    text
}

/// The epoch in force and what a change needs, in words.
pub fn in_force(commons: &CommonsView) -> String {
    let mut text = format!(
        "Epoch {} ({}), {}, {}; a change needs {}.",
        commons.epoch,
        short(&commons.epoch_hash),
        count(commons.members, "member"),
        count(commons.electors, "elector"),
        count(commons.quorum, "vote"),
    );
    if commons.founding_mode {
        text.push_str(
            "\nFounding mode: with fewer than four electors all must agree, and one that is away \
             holds up every change.",
        );
    }
    text
}

fn epoch_lines(epoch: &EpochView) -> String {
    let mut text = format!("  Epoch {} ({})", epoch.number, short(&epoch.hash));
    if !epoch.certified_by.is_empty() {
        text.push_str(&format!(", voted by {}", list(&epoch.certified_by)));
    }
    text.push('\n');
    for change in &epoch.changes {
        text.push_str(&format!("    {change}\n"));
    }
    text
}
