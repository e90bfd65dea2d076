//! `salvage`: the way out of a damaged store.

use serde_json::json;

use crate::commands::Context;
use crate::error::CliError;
use crate::local;
use crate::output::Answer;
use crate::output::progress::with_spinner;
use crate::output::text::count;

/// Puts every whole record into a new store in the place of the damaged one.
pub fn salvage(context: &Context) -> Result<Answer, CliError> {
    let done = with_spinner("Copying what is readable", || local::salvage(&context.home))?;
    let human = format!(
        "Kept {}; {} could not be read.\nThe damaged store is in {}: delete it when all is well.\n\
         Next: start the node with {}; the other members send again what is missing.\n",
        count(done.records, "record"),
        count(done.damaged, "place"),
        done.aside.display(),
        context.command("run"),
    );
    let view = json!({ "records": done.records, "damaged": done.damaged, "aside": done.aside });
    Ok(Answer::new(human, &view)?)
}
