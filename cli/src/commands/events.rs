//! `events`: a line whenever something changes.

use crate::commands::Context;
use crate::error::CliError;
use crate::output::text::short;
use crate::view::ChangeView;

/// Prints changes until the node stops; in JSON mode one object per line.
pub fn events(context: &Context) -> Result<(), CliError> {
    for change in context.client()?.events()? {
        let change = change?;
        if context.output.json {
            context.output.json_line(&change)?;
        } else {
            context.output.say(&human(&change))?;
        }
    }
    Ok(())
}

fn human(change: &ChangeView) -> String {
    match change {
        ChangeView::Document { id } => format!("document {} changed", short(id)),
        ChangeView::Feed { measure, periods } => {
            format!("the feed of measure {} changed: {}", short(measure), periods.join(", "))
        }
        ChangeView::Charter => "members or charter changed".to_owned(),
        ChangeView::Peers => "a peer came, went or is in step".to_owned(),
        ChangeView::Missed => "some changes were missed; look again at everything".to_owned(),
    }
}
