//! `feed follow`: what is new in a feed, as it comes. It goes on until it is
//! stopped: a node that does not answer is asked again, and what came while
//! nobody listened comes then.

mod memory;

use std::thread;
use std::time::Duration;

use crate::args::FollowArgs;
use crate::client::{Client, ClientError};
use crate::commands::Context;
use crate::commands::figures::number;
use crate::error::CliError;
use crate::view::{FeedEvent, FeedRow};
use memory::Memory;

/// The longest time between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Prints each row that is new or has changed: a line, or one JSON object per
/// line in JSON mode.
pub fn run(context: &Context, args: &FollowArgs) -> Result<(), CliError> {
    let mut memory = Memory::open(args.state.as_deref(), &args.measure, args.organisation.as_deref())?;
    let mut pause = Duration::from_secs(1);
    loop {
        // The home may name another address by now.
        let connected = match context.client() {
            Ok(client) => listen(context, args, &client, &mut memory, &mut pause),
            Err(error) => Err(error.into()),
        };
        match connected {
            Ok(true) => return Ok(()),
            Ok(false) => eprintln!("The node ended the connection. Trying again in {} s.", pause.as_secs()),
            Err(CliError::Client(error)) if may_pass(&error) => {
                eprintln!("{error} Trying again in {} s.", pause.as_secs());
            }
            Err(error) => return Err(error),
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Whether waiting may help: the node is away or busy, not unwilling.
fn may_pass(error: &ClientError) -> bool {
    let is_busy = matches!(error.code(), "too-many-listeners" | "busy" | "unavailable" | "stopping");
    is_busy || matches!(error.code(), "not-running" | "transport")
}

/// Listens until the stream ends. Returns whether everything that was asked
/// for was told.
fn listen(
    context: &Context,
    args: &FollowArgs,
    client: &Client,
    memory: &mut Memory,
    pause: &mut Duration,
) -> Result<bool, CliError> {
    let after = memory.digest().map(ToOwned::to_owned);
    let query = [("after", after.as_deref()), ("organisation", args.organisation.as_deref())];
    let events = client.feed_events(&args.measure, &query)?;
    if args.once && memory.has_everything(&client.feed_digest(&args.measure)?) {
        return Ok(true);
    }
    for event in events {
        let event = event?;
        *pause = Duration::from_secs(1);
        let is_end = matches!(event, FeedEvent::Digest { .. });
        for news in memory.take(event) {
            tell(context, &news)?;
        }
        if is_end {
            memory.save()?;
            let is_reached = args.until.as_ref().is_some_and(|period| memory.has_period(period));
            if args.once || is_reached {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn tell(context: &Context, news: &FeedEvent) -> Result<(), CliError> {
    match (context.output.json, news) {
        (true, news) => context.output.json_line(news)?,
        (false, FeedEvent::Row { row }) => context.output.say(&human(row))?,
        (false, FeedEvent::Gone { period, organisation, stratifier, stratum }) => {
            let whose = place(organisation.as_deref(), stratifier.as_deref(), stratum.as_deref());
            context.output.say(&format!("{period}  {whose}: withdrawn"))?;
        }
        (false, FeedEvent::Digest { .. }) => {}
    }
    Ok(())
}

fn human(row: &FeedRow) -> String {
    let whose = place(row.organisation.as_deref(), row.stratifier.as_deref(), row.stratum.as_deref());
    let of = row.denominator.as_ref().map(|denominator| format!(" of {}", number(denominator)));
    let from = match row.organisation {
        None => format!(", from {} organisations", row.organisations),
        Some(_) => String::new(),
    };
    format!("{}  {whose}: {}{}{from}", row.period, number(&row.numerator), of.unwrap_or_default())
}

fn place(organisation: Option<&str>, stratifier: Option<&str>, stratum: Option<&str>) -> String {
    let whose = organisation.map_or("network", |id| crate::output::text::short(id));
    match stratifier.zip(stratum) {
        Some((stratifier, stratum)) => format!("{whose}, {stratifier} {stratum}"),
        None => whose.to_owned(),
    }
}
