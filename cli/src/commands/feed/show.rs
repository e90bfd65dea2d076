//! `feed show`: a feed as a table and a chart that fit the terminal.

use crate::args::ShowFeedArgs;
use crate::client::{Client, ClientError, encode};
use crate::commands::Context;
use crate::commands::feed::{feed_path, shown_query};
use crate::commands::figures::{is_withheld, some, table, whose, withheld};
use crate::error::CliError;
use crate::output::Answer;
use crate::output::progress::with_spinner;
use crate::view::{FeedRow, FeedView};

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
    let mut query = shown_query(&args.shown);
    if args.shown.organisation.is_none() {
        query.insert(0, "organisation=network".to_owned());
    }
    let mut wanted = query.clone();
    let stratifier = args.stratum.as_ref().map_or("total", |(stratifier, _)| stratifier);
    wanted.push(format!("stratifier={}", encode(stratifier)));
    let client = context.client()?;
    let path = format!("{}?{}", feed_path(&args.measure), wanted.join("&"));
    let mut feed: FeedView = with_spinner("Asking the node", || client.get(&path))?;
    if let Some((_, stratum)) = &args.stratum {
        feed.rows.retain(|row| row.stratum.as_ref() == Some(stratum));
    }
    if context.output.json {
        return Ok(Answer::new("", &feed)?);
    }
    let width = width();
    // With everything withheld there are no points, either.
    let chart = match feed.rows.iter().all(is_withheld) {
        true => String::new(),
        false => chart(&client, args, query, width)?,
    };
    Ok(Answer::new(human(context, args, &feed, width) + &chart, &feed)?)
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
    if is_all_withheld && args.shown.organisation.is_none() {
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
    format!("Nothing is reported there. {}", contributors(feed))
}

/// The chart in letters, or why there is none.
fn chart(
    client: &Client,
    args: &ShowFeedArgs,
    mut query: Vec<String>,
    width: usize,
) -> Result<String, CliError> {
    query.push(format!("format=text&width={width}&height={CHART_LINES}"));
    if let Some((stratifier, stratum)) = &args.stratum {
        query.push(format!("stratum={}", encode(&format!("{stratifier}:{stratum}"))));
    }
    let path = format!("{}/chart?{}", feed_path(&args.measure), query.join("&"));
    match with_spinner("Drawing the chart", || client.get_file(&path)) {
        Ok(text) => Ok(format!("\n{}", String::from_utf8_lossy(&text))),
        // The table is there; that there is nothing to draw is no failure.
        Err(ClientError::Refused { problem, .. }) => Ok(format!("\nNo chart: {}\n", problem.detail)),
        Err(error) => Err(error.into()),
    }
}
