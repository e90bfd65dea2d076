//! `feed follow`: what is new in a feed, as it comes. It goes on until it is
//! stopped: a node that does not answer is asked again, and what came while
//! nobody listened comes then.

mod memory;

use std::thread;
use std::time::Duration;

use crate::args::FollowArgs;
use crate::client::{Client, ClientError};
use crate::commands::Context;
use crate::commands::feed::table::number;
use crate::error::CliError;
use crate::view::{FeedEvent, FeedRow};
use memory::Memory;
pub use memory::MemoryError;

/// The time between the first two attempts.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest time between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Prints each row that is new or has changed: a line, or one JSON object per
/// line in JSON mode.
pub fn run(context: &Context, args: &FollowArgs) -> Result<(), CliError> {
    let mut tell = |news: &FeedEvent| tell(context, news);
    let follower = Follower {
        args,
        memory: Memory::open(args.state.as_deref())?,
        measure: None,
        tell: &mut tell,
        first_pause: FIRST_PAUSE,
        pause: FIRST_PAUSE,
    };
    // The home may name another address after a while.
    follower.run(|| context.client())
}

/// Who follows a feed.
struct Follower<'a> {
    args: &'a FollowArgs,
    memory: Memory,
    /// Id of the measure, once a node has said it.
    measure: Option<String>,
    /// Is told what is new.
    tell: &'a mut dyn FnMut(&FeedEvent) -> Result<(), CliError>,
    first_pause: Duration,
    /// Before the next attempt.
    pause: Duration,
}

impl Follower<'_> {
    /// Listens until everything that was asked for was told, again and again
    /// while that may help.
    fn run(mut self, connect: impl Fn() -> Result<Client, ClientError>) -> Result<(), CliError> {
        loop {
            let listened = connect().map_err(CliError::from).and_then(|client| self.listen(&client));
            let trouble = match listened {
                Ok(true) => return Ok(()),
                Ok(false) => "The node ended the connection.".to_owned(),
                Err(CliError::Client(error)) if error.may_pass() => trouble(&error),
                Err(error) => return Err(error),
            };
            eprintln!("{trouble} Trying again in {} s.", self.pause.as_secs());
            thread::sleep(self.pause);
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Listens until the stream ends. Returns whether everything that was
    /// asked for was told.
    fn listen(&mut self, client: &Client) -> Result<bool, CliError> {
        let measure = match self.measure.take() {
            Some(id) => id,
            None => client.measure_id(&self.args.measure)?,
        };
        let rows = self.args.rows.query();
        let choice: Vec<String> = rows.iter().map(|(name, value)| format!("{name} {value}")).collect();
        let choice = (!choice.is_empty()).then(|| choice.join(", "));
        let after = self.memory.begin(&measure, choice.as_deref())?;
        let rows = rows.iter().map(|(name, value)| (*name, Some(value.as_str())));
        let query: Vec<(&str, Option<&str>)> =
            [("after", after.as_deref())].into_iter().chain(rows).collect();
        let events = client.feed_events(self.measure.insert(measure), &query)?;
        for event in events {
            let event = event?;
            self.pause = self.first_pause;
            let is_end = matches!(event, FeedEvent::Digest { .. });
            for news in self.memory.take(event) {
                (self.tell)(&news)?;
            }
            if is_end {
                self.memory.save()?;
                if self.is_done() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Whether no more was asked for, once a batch was told.
    fn is_done(&self) -> bool {
        let until = self.args.until.as_ref();
        self.args.once || until.is_some_and(|period| self.memory.has_period(period))
    }
}

/// What went wrong, without advice for who does not go on by itself.
fn trouble(error: &ClientError) -> String {
    match error {
        ClientError::Stream(source) => format!("The connection to the node broke: {source}."),
        ClientError::Transport { what, address, source, .. } => {
            format!("The call {what} to the node at {address} failed: {source}.")
        }
        other => other.to_string(),
    }
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

#[cfg(test)]
mod tests;
