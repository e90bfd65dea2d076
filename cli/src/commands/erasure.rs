//! `erase` and `erasures`.

use crate::args::EraseArgs;
use crate::commands::Context;
use crate::error::CliError;
use crate::output::Answer;
use crate::output::text::{list, short};
use crate::view::{EraseRequest, ErasureView};

/// Erases a document or entries on every node.
pub fn erase(context: &Context, args: EraseArgs) -> Result<Answer, CliError> {
    let request = EraseRequest { document: args.document, entries: args.entry, reason: args.reason };
    let erasure: ErasureView = context.post("/v1/erasures", &request)?;
    let human = format!(
        "Erased here. The other members erase it when they receive this and confirm it.\n{}\
         Look who has confirmed with {}.\n",
        lines(&erasure),
        context.command("erasures")
    );
    Ok(Answer::new(human, &erasure)?)
}

/// Lists erasures with who confirmed them.
pub fn erasures(context: &Context) -> Result<Answer, CliError> {
    let erasures: Vec<ErasureView> = context.get("/v1/erasures")?;
    if erasures.is_empty() {
        return Ok(Answer::new("Nothing was erased.", &erasures)?);
    }
    let human: String = erasures.iter().map(lines).collect();
    Ok(Answer::new(human, &erasures)?)
}

fn lines(erasure: &ErasureView) -> String {
    let missing = match erasure.missing.as_slice() {
        [] => "nobody is missing".to_owned(),
        names => format!("not yet by {}", list(names)),
    };
    format!(
        "{}  {}\n  asked by {}: {}\n  confirmed by {}; {missing}\n",
        short(&erasure.id),
        erasure.target,
        erasure.organisation,
        erasure.reason,
        list(&erasure.confirmed_by)
    )
}
