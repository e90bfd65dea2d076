//! `feed follow`: what is new in a feed, as it comes.

use crate::args::FollowArgs;
use crate::commands::Context;
use crate::error::CliError;
use crate::view::{ChangeView, FeedView};

use super::feed_path;

/// Prints a line whenever the feed changes, until the node stops.
pub fn run(context: &Context, args: &FollowArgs) -> Result<(), CliError> {
    let client = context.client()?;
    let feed: FeedView = client.get(&feed_path(&args.measure))?;
    for change in client.events()? {
        match change? {
            ChangeView::Feed { measure, periods } if measure == feed.measure.id => {
                context.output.say(&periods.join(", "))?;
            }
            _ => {}
        }
    }
    Ok(())
}
