//! `series`: what this organisation reports.

mod plan;
mod submit;

use commons_node::figures::template::template;
use serde_json::json;

use crate::args::SeriesVerb;
use crate::client::encode;
use crate::commands::Context;
use crate::commands::figures::{some, table};
use crate::error::CliError;
use crate::output::Answer;
use crate::output::progress::with_spinner;
use crate::output::table::Table;
use crate::output::text::{short, time};
use crate::view::{FeedRow, FeedView, HeldView, MeasureView, SubmissionView};

/// Width of tables of own figures, in letters.
const WIDTH: usize = 120;

/// Does what `verb` says.
pub fn series(context: &Context, verb: SeriesVerb) -> Result<Answer, CliError> {
    match verb {
        SeriesVerb::Submit(args) => submit::submit(context, &args),
        SeriesVerb::Show { measure } => show(context, measure.as_deref()),
        SeriesVerb::Held => held(context),
        SeriesVerb::Withdraw { measure, period } => withdraw(context, &measure, &period),
        SeriesVerb::Template { measure } => blank(context, &measure),
    }
}

fn show(context: &Context, measure: Option<&str>) -> Result<Answer, CliError> {
    let query = measure.map(|measure| format!("?measure={}", encode(measure))).unwrap_or_default();
    let all: Vec<FeedView> = context.get(&format!("/v1/series{query}"))?;
    let parts: Vec<String> = all.iter().map(|feed| own(context, feed)).collect();
    let human = match parts.is_empty() {
        true => format!(
            "This organisation has reported nothing yet. Report with {}.\n",
            context.command("series submit FILE")
        ),
        false => parts.join("\n"),
    };
    Ok(Answer::new(human, &all)?)
}

/// What was reported of one measure.
fn own(context: &Context, feed: &FeedView) -> String {
    let title = format!("{} ({})\n", feed.measure.title, short(&feed.measure.id));
    if feed.rows.is_empty() {
        let verb = format!("series submit FILE --measure {}", short(&feed.measure.id));
        return format!(
            "{title}This organisation has reported nothing of it yet. Report with {}.\n",
            context.command(&verb)
        );
    }
    let rows: Vec<&FeedRow> = feed.rows.iter().collect();
    title + &table(feed, &rows, WIDTH)
}

fn held(context: &Context) -> Result<Answer, CliError> {
    let held: Vec<HeldView> = context.get("/v1/series/held")?;
    if held.is_empty() {
        return Ok(Answer::new("No correction is held.\n", &held)?);
    }
    let mut table = Table::new(&["measure", "period", "since"]);
    held.iter().for_each(|one| table.row(&[&one.title, &one.period, &time(one.since)]));
    let mut reasons: Vec<&str> = held.iter().map(|one| one.reason.as_str()).collect();
    reasons.dedup();
    let human = format!(
        "{}\nHeld because {}. These figures stay on this node. Submit the file again with a larger correction, or \
         with\n--mask-corrections, which masks what is held instead.\n",
        table.render(""),
        some(&reasons, 3)
    );
    Ok(Answer::new(human, &held)?)
}

fn withdraw(context: &Context, measure: &str, period: &str) -> Result<Answer, CliError> {
    let client = context.client()?;
    let path = format!("/v1/series?measure={}&period={}", encode(measure), encode(period));
    let view: SubmissionView = with_spinner("The node is working", || client.delete(&path))?;
    let human = format!(
        "Withdrawn: {measure:?} says nothing of {period} any more. Every node hears of it; who has read the figures \
         keeps what they know.\n"
    );
    Ok(Answer::new(human, &view)?)
}

/// A table to fill in.
fn blank(context: &Context, name: &str) -> Result<Answer, CliError> {
    let measures: Vec<MeasureView> = context.get("/v1/measures")?;
    let measure = named(context, &measures, name)?;
    let text = template(measure);
    Ok(Answer::new(&text, &json!({ "measure": measure.id, "template": text }))?)
}

/// The measure of an id, of its first characters, or of a title.
fn named<'a>(
    context: &Context,
    measures: &'a [MeasureView],
    name: &str,
) -> Result<&'a MeasureView, CliError> {
    let lower = name.trim().to_lowercase();
    let titled: Vec<&MeasureView> =
        measures.iter().filter(|one| one.title.trim().to_lowercase() == lower).collect();
    let found = match titled.is_empty() {
        true => measures.iter().filter(|one| !lower.is_empty() && one.id.starts_with(&lower)).collect(),
        false => titled,
    };
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(CliError::NotFound(format!(
            "There is no measure {name:?}. {} lists them.",
            context.command("measure list")
        ))),
        several => {
            let ids: Vec<&str> = several.iter().map(|one| short(&one.id)).collect();
            Err(CliError::NotFound(format!(
                "{name:?} names several measures: {}. Name one by its id.",
                ids.join(", ")
            )))
        }
    }
}
