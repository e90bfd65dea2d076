//! `found` and `charter`.

use crate::args::{CharterVerb, FoundArgs};
use crate::commands::Context;
use crate::commands::members::members_table;
use crate::error::CliError;
use crate::output::Answer;
use crate::output::table::Table;
use crate::output::text::{count, list, short, yes};
use crate::view::{CharterDiffView, CharterView, CommonsView, EpochDetailView, EpochView, FoundRequest};

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

/// Shows the charter in force, one of an epoch, the epochs, or what differs.
pub fn charter(context: &Context, verb: Option<CharterVerb>) -> Result<Answer, CliError> {
    match verb {
        None | Some(CharterVerb::Show { number: None }) => {
            let charter: CharterView = context.get("/v1/charter")?;
            Ok(Answer::new(human(&charter), &charter)?)
        }
        Some(CharterVerb::Show { number: Some(number) }) => {
            let epoch: EpochDetailView = context.get(&format!("/v1/charter/epochs/{number}"))?;
            Ok(Answer::new(in_full(&epoch), &epoch)?)
        }
        Some(CharterVerb::Log) => {
            let charter: CharterView = context.get("/v1/charter")?;
            let lines: String = charter.epochs.iter().map(epoch_line).collect();
            Ok(Answer::new(lines, &charter)?)
        }
        Some(CharterVerb::Diff { from, to }) => diff(context, from, to),
    }
}

fn diff(context: &Context, from: u64, to: Option<u64>) -> Result<Answer, CliError> {
    let to = to.map(|to| format!("&to={to}")).unwrap_or_default();
    let diff: CharterDiffView = context.get(&format!("/v1/charter/diff?from={from}{to}"))?;
    let mut text = format!("From epoch {} to epoch {}\n", diff.from, diff.to);
    if diff.changes.is_empty() {
        text.push_str("  nothing changed\n");
    }
    diff.changes.iter().for_each(|change| text.push_str(&format!("  {change}\n")));
    Ok(Answer::new(text, &diff)?)
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
    let mut text = format!("  Epoch {} ({}), {}\n", epoch.number, short(&epoch.hash), came_about(epoch));
    for change in &epoch.changes {
        text.push_str(&format!("    {change}\n"));
    }
    text
}

fn epoch_line(epoch: &EpochView) -> String {
    let changes = epoch.changes.join("; ");
    format!("{:>3}  {}  {changes}; {}\n", epoch.number, short(&epoch.hash), came_about(epoch))
}

/// Who made it come about.
fn came_about(epoch: &EpochView) -> String {
    match epoch.certified_by.is_empty() {
        true => "chosen by the operator of this node, without a decision of the electors".to_owned(),
        false => format!("endorsed by {}", list(&epoch.endorsed_by)),
    }
}

/// An epoch with its whole charter.
fn in_full(epoch: &EpochDetailView) -> String {
    let now = if epoch.in_force { ", in force" } else { "" };
    let mut text =
        format!("{}\nEpoch {} ({}){now}; {}\n", epoch.name, epoch.number, short(&epoch.hash), epoch.origin);
    for change in &epoch.changes {
        text.push_str(&format!("  {change}\n"));
    }
    if !epoch.decided_by.is_empty() {
        text.push_str(&format!(
            "Endorsed by {}; decided by the nodes of {}.\n",
            list(&epoch.endorsed_by),
            list(&epoch.decided_by)
        ));
    }
    let mut table = Table::new(&["organisation", "kind", "standing", "elector"]);
    for member in &epoch.members {
        let organisation = &member.organisation;
        table.row(&[&*organisation.name, &organisation.kind, &member.standing, yes(member.elector)]);
    }
    text.push_str(&format!("\nPurpose: {}\n\nMembers\n{}\nRules\n", epoch.purpose, table.render("  ")));
    text.push_str(&format!("  {}\n  these may write: {}\n", epoch.quorum, list(&epoch.writers)));
    for rule in &epoch.rules {
        text.push_str(&format!("  {rule}\n"));
    }
    if epoch.pins > 0 {
        text.push_str(&format!("  fixes what counts so far of {}\n", count(epoch.pins, "log")));
    }
    text
}
