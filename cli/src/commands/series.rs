//! `series`: what this organisation reports.

mod held;
mod plan;
mod submit;
mod withdraw;

use serde_json::json;

use crate::args::SeriesVerb;
use crate::client::encode;
use crate::commands::Context;
use crate::commands::feed::table::table;
use crate::error::CliError;
use crate::output::Answer;
use crate::output::progress::with_spinner;
use crate::output::text::short;
use crate::view::{FeedRow, FeedView};

/// Width of tables of own figures, in letters.
const WIDTH: usize = 120;

/// Does what `verb` says.
pub fn series(context: &Context, verb: SeriesVerb) -> Result<Answer, CliError> {
    match verb {
        SeriesVerb::Submit(args) => submit::submit(context, &args),
        SeriesVerb::Show { measure } => show(context, measure.as_deref()),
        SeriesVerb::Held { drop } => held::held(context, drop.as_deref()),
        SeriesVerb::Withdraw(args) => withdraw::withdraw(context, &args),
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

/// A table to fill in.
fn blank(context: &Context, measure: &str) -> Result<Answer, CliError> {
    let client = context.client()?;
    let path = format!("/v1/measures/{}/template", encode(measure));
    let bytes = with_spinner("Asking the node", || client.get_file(&path))?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(Answer::new(&*text, &json!({ "measure": measure, "template": text }))?)
}
