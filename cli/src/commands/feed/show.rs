//! `feed show`: a feed as a table and a chart that fit the terminal.

use crate::args::{RowsArgs, ShowFeedArgs};
use crate::client::{Client, ClientError};
use crate::commands::Context;
use crate::commands::feed::table::{is_withheld, some, table, whose, withheld};
use crate::commands::feed::{feed_path, joined};
use crate::error::CliError;
use crate::output::Answer;
use crate::output::progress::with_spinner;
use crate::view::{FeedRow, FeedView, StratifierView};

/// Width of what is written where there is no terminal.
const USUAL_WIDTH: usize = 80;
/// Narrowest and widest output.
const WIDTHS: (usize, usize) = (40, 160);
/// Lines of the chart.
const CHART_LINES: usize = 20;
/// Organisations that are named before "and N more".
const NAMED: usize = 8;

/// Shows the rows of one organisation or of the network, and the chart.
pub fn show(context: &Context, args: &ShowFeedArgs) -> Result<Answer, CliError> {
    let client = context.client()?;
    let path = format!("{}?{}", feed_path(&args.measure), joined(&wanted(args)));
    let feed: FeedView = with_spinner("Asking the node", || client.get(&path))?;
    if context.output.json {
        return Ok(Answer::new("", &feed)?);
    }
    let width = width();
    // With everything withheld there are no points, either.
    let chart = match feed.rows.iter().all(is_withheld) {
        true => String::new(),
        false => chart(context, &client, args, width)?,
    };
    Ok(Answer::new(human(context, args, &feed, width) + &chart, &feed)?)
}

/// The rows to ask for: the network's if nobody is named, and all together if
/// no strata are.
fn wanted(args: &ShowFeedArgs) -> Vec<(&'static str, String)> {
    let mut query = args.rows.query();
    if args.rows.shown.organisation.is_none() {
        query.insert(0, ("organisation", "network".to_owned()));
    }
    if args.rows.stratifier.is_none() && args.rows.shown.stratum.is_none() {
        query.push(("stratifier", "total".to_owned()));
    }
    query
}

/// Letters in a line of the terminal; the usual number where there is none.
fn width() -> usize {
    let size = console::Term::stdout().size_checked();
    size.map_or(USUAL_WIDTH, |(_, columns)| usize::from(columns)).clamp(WIDTHS.0, WIDTHS.1)
}

fn human(context: &Context, args: &ShowFeedArgs, feed: &FeedView, width: usize) -> String {
    let measure = &feed.measure;
    let mut text = format!("{}\n{}", measure.title, measure.numerator);
    if !measure.denominator.is_empty() {
        text.push_str(&format!(" / {}", measure.denominator));
    }
    text.push_str(&format!("\nCounts of 1 to {} are masked", measure.threshold));
    text.push_str(if measure.extremes_are_sensitive { ", and 0 % and 100 % too.\n\n" } else { ".\n\n" });
    let rows: Vec<&FeedRow> = feed.rows.iter().collect();
    if rows.is_empty() {
        text.push_str(&nothing(context, args, feed));
        return text;
    }
    if let Some(row) = rows.first() {
        text.push_str(&format!("Figures of {}\n", subject(feed, row)));
    }
    let is_all_withheld = feed.rows.iter().all(is_withheld);
    if !is_all_withheld {
        text.push_str(&table(feed, &rows, width));
        text.push('\n');
    }
    text.push_str(&withheld(&rows));
    if is_all_withheld && args.rows.shown.organisation.is_none() {
        let verb = format!("feed show {:?} --organisation NAME", args.measure);
        text.push_str(&format!("What one organisation reported is shown by {}.\n", context.command(&verb)));
    }
    text.push_str(&format!("{}Digest of the whole feed: {}\n", contributors(feed), feed.digest));
    text
}

/// Whose figures they are.
fn subject<'a>(feed: &'a FeedView, row: &'a FeedRow) -> &'a str {
    if row.organisation.is_none() { "the whole network" } else { whose(feed, row) }
}

/// Who contributes.
fn contributors(feed: &FeedView) -> String {
    let names: Vec<&str> = feed.organisations.iter().map(|one| one.name.as_str()).collect();
    if names.is_empty() { String::new() } else { format!("Reported by {}.\n", some(&names, NAMED)) }
}

/// What to do where there are no rows.
fn nothing(context: &Context, args: &ShowFeedArgs, feed: &FeedView) -> String {
    if feed.organisations.is_empty() {
        let verb = format!("series submit FILE --measure {:?}", args.measure);
        return format!("Nobody has reported anything yet. Report with {}.\n", context.command(&verb));
    }
    let strata = unknown(args, feed).map_or_else(String::new, |strata| strata + "\n");
    format!("Nothing is reported there. {strata}{}", contributors(feed))
}

/// How the measure is split, if it is not as was asked for.
fn unknown(args: &ShowFeedArgs, feed: &FeedView) -> Option<String> {
    let RowsArgs { shown, stratifier } = &args.rows;
    let asked = shown.stratum.as_ref().map(|(stratifier, code)| (stratifier, Some(code)));
    let (code, stratum) = asked.or_else(|| stratifier.as_ref().map(|code| (code, None)))?;
    let has = |one: &StratifierView| {
        one.code == *code && stratum.is_none_or(|code| one.strata.iter().any(|(known, _)| known == code))
    };
    if code == "total" || feed.measure.stratifiers.iter().any(has) {
        return None;
    }
    let strata = |one: &StratifierView| {
        let codes: Vec<&str> = one.strata.iter().map(|(code, _)| code.as_str()).collect();
        format!("{} ({})", one.code, some(&codes, NAMED))
    };
    let all: Vec<String> = feed.measure.stratifiers.iter().map(strata).collect();
    Some(match all.is_empty() {
        true => "The measure has no strata.".to_owned(),
        false => format!("The measure is split by {}.", all.join(", ")),
    })
}

/// The chart in letters, or why there is none.
fn chart(context: &Context, client: &Client, args: &ShowFeedArgs, width: usize) -> Result<String, CliError> {
    if let Some(stratifier) = args.rows.stratifier.as_ref().filter(|code| *code != "total") {
        let verb = format!("feed show {:?} --stratum {stratifier}:CODE", args.measure);
        return Ok(format!("\nA chart is of one stratum: {}.\n", context.command(&verb)));
    }
    let mut query = args.rows.shown.query();
    query.extend([
        ("format", "text".to_owned()),
        ("width", width.to_string()),
        ("height", CHART_LINES.to_string()),
    ]);
    let path = format!("{}/chart?{}", feed_path(&args.measure), joined(&query));
    match with_spinner("Drawing the chart", || client.get_file(&path)) {
        Ok(text) => Ok(format!("\n{}", String::from_utf8_lossy(&text))),
        // The table is there; that there is nothing to draw is no failure.
        Err(ClientError::Refused { problem, .. }) => Ok(format!("\nNo chart: {}\n", problem.detail)),
        Err(error) => Err(error.into()),
    }
}
