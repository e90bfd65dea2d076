//! `reissue`: contributions of ours that were cut off, and writing them again.

use crate::args::ReissueVerb;
use crate::commands::Context;
use crate::error::CliError;
use crate::output::Answer;
use crate::output::text::{count, short};
use crate::view::{DocumentView, ReissueRequest, ReissueView};

/// Lists or applies.
pub fn reissue(context: &Context, verb: Option<ReissueVerb>) -> Result<Answer, CliError> {
    match verb {
        None | Some(ReissueVerb::List) => list(context),
        Some(ReissueVerb::Apply { document }) => apply(context, document),
    }
}

fn list(context: &Context) -> Result<Answer, CliError> {
    let reissues: Vec<ReissueView> = context.get("/v1/reissues")?;
    if reissues.is_empty() {
        let human = "Nothing: no contribution of this organisation was cut off.";
        return Ok(Answer::new(human, &reissues)?);
    }
    let mut human: String = reissues.iter().map(lines).collect();
    human.push_str(&format!(
        "Write them again on what stands now, one document at a time, with {}.\n",
        context.command("reissue apply DOCUMENT")
    ));
    Ok(Answer::new(human, &reissues)?)
}

fn apply(context: &Context, document: String) -> Result<Answer, CliError> {
    let view: DocumentView = context.post("/v1/reissues", &ReissueRequest { document })?;
    let human = format!(
        "Written again in {}  \"{}\". Read it once: what the words were written about may be gone.\n\n{}\n",
        short(&view.summary.id),
        view.summary.title,
        view.text
    );
    Ok(Answer::new(human, &view)?)
}

fn lines(reissue: &ReissueView) -> String {
    let gone = match reissue.exists {
        true => "",
        false => "  The document itself is gone: a new one will be made of these words.\n",
    };
    let wrote = match reissue.wrote.as_str() {
        "" => "  What was written can't be shown: parts of what it builds on are not here any more.\n"
            .to_owned(),
        wrote => wrote.lines().map(|line| format!("    {line}\n")).collect(),
    };
    format!(
        "{}  \"{}\", {}\n  not shown, because {}\n{gone}{wrote}\n",
        short(&reissue.document),
        reissue.title,
        count(reissue.contributions, "contribution"),
        reissue.why
    )
}
