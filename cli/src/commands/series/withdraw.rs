//! `series withdraw`: shows, asks, takes back.

use std::io::{self, IsTerminal};

use commons_protocol::period::Period;
use serde_json::json;

use super::own;
use super::submit::asked;
use crate::args::WithdrawArgs;
use crate::client::{Client, encode};
use crate::commands::Context;
use crate::error::CliError;
use crate::output::Answer;
use crate::output::progress::with_spinner;
use crate::view::{FeedView, SubmissionView};

/// Takes back what was reported for a period.
pub fn withdraw(context: &Context, args: &WithdrawArgs) -> Result<Answer, CliError> {
    let period: Period = args.period.parse().map_err(|error| CliError::Usage(format!("{error}.")))?;
    let is_asked = !args.yes && !args.dry_run;
    if is_asked && (context.output.json || !io::stdin().is_terminal()) {
        return Err(CliError::Usage(
            "There is nobody to ask whether to withdraw it. Look with --dry-run, then withdraw with --yes. Nothing \
             was withdrawn."
                .to_owned(),
        ));
    }
    let client = context.client()?;
    if args.dry_run {
        let feed = reported(&client, args, period)?;
        let human = format!("{}\nThis was a dry run: nothing was withdrawn.\n", own(context, &feed));
        return Ok(Answer::new(human, &json!({ "withdrawn": false, "would_withdraw": feed.rows }))?);
    }
    if is_asked {
        let feed = reported(&client, args, period)?;
        context.output.say(&own(context, &feed))?;
        let question =
            "\nWithdraw it? Who has read it keeps what they know, and the withdrawal stays for ever. [y/N] ";
        if !asked(question)? {
            let json = json!({ "withdrawn": false, "would_withdraw": feed.rows });
            return Ok(Answer::new("Nothing was withdrawn.\n", &json)?.with_ok(false));
        }
    }
    let take_over = if args.take_over { "&take_over=true" } else { "" };
    let path = format!("/v1/series?measure={}&period={period}{take_over}", encode(&args.measure));
    let view: SubmissionView = with_spinner("The node is working", || client.delete(&path))?;
    let human = format!(
        "Withdrawn: {:?} says nothing of {period} any more. Every node hears of it; who has read the figures keeps \
         what they know.\n",
        args.measure
    );
    Ok(Answer::new(human, &view)?)
}

/// What this organisation reported of the measure and period, as others read
/// it.
fn reported(client: &Client, args: &WithdrawArgs, period: Period) -> Result<FeedView, CliError> {
    let path = format!("/v1/series?measure={}", encode(&args.measure));
    let all: Vec<FeedView> = with_spinner("Asking the node", || client.get(&path))?;
    let feed = all.into_iter().next();
    let mut feed = feed.ok_or_else(|| CliError::NotFound(nothing(&args.measure, period)))?;
    feed.rows.retain(|row| row.period == period.to_string());
    match feed.rows.is_empty() {
        true => Err(CliError::NotFound(nothing(&feed.measure.title, period))),
        false => Ok(feed),
    }
}

fn nothing(measure: &str, period: Period) -> String {
    format!("This organisation reports nothing of {measure:?} in {period}, so there is nothing to withdraw.")
}
