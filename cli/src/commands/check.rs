//! `check`: everything in the store is verified again, by the running node or,
//! if none runs, by this process.

use serde_json::json;

use crate::args::PassphraseArgs;
use crate::client::ClientError;
use crate::commands::{Context, run};
use crate::error::CliError;
use crate::local;
use crate::output::Answer;
use crate::output::progress::with_spinner;
use crate::output::text::count;
use crate::view::CheckView;

/// Verifies the store; problems end with exit code 1.
pub fn check(context: &Context, args: &PassphraseArgs) -> Result<Answer, CliError> {
    let view = match by_node(context) {
        Err(error) if error.is_not_running() => {
            let passphrase = run::passphrase(&context.home, args)?;
            with_spinner("Verifying the store", || local::check(&context.home, passphrase))?
        }
        other => other?,
    };
    let ok = view.ok;
    Ok(Answer::new(human(&view), &view)?.with_ok(ok))
}

fn by_node(context: &Context) -> Result<CheckView, ClientError> {
    let client = context.client()?;
    with_spinner("Verifying the store", || client.post_long("/v1/check", &json!({})))
}

fn human(view: &CheckView) -> String {
    let read = format!(
        "Read {}, verified {} and built {} again.",
        count(view.records, "record"),
        count(view.entries, "entry"),
        count(view.documents, "document")
    );
    if view.ok {
        return format!("{read} All is well.\n");
    }
    let mut text = format!("{read} Something is wrong:\n");
    for problem in &view.problems {
        text.push_str(&format!("  {problem}\n"));
    }
    text
}
