//! `invite` and `join`.

use std::path::Path;

use serde_json::json;

use crate::args::JoinArgs;
use crate::commands::{Context, source};
use crate::error::CliError;
use crate::output::Answer;
use crate::output::text::time;
use crate::view::{InvitationView, JoinRequest, JoinView};

/// Makes an invitation.
pub fn invite(context: &Context) -> Result<Answer, CliError> {
    let invitation: InvitationView = context.post("/v1/invitations", &json!({}))?;
    let human = format!(
        "{}\n\nGive this code to one organisation, over a channel you trust; it is good until {}.\n\
         They run `commons join CODE`. Then compare the fingerprint words with them by phone and \
         approve with {}.\n",
        invitation.code,
        time(invitation.expires_ms),
        context.command("members approve ID")
    );
    Ok(Answer::new(human, &invitation)?)
}

/// Joins with a code, or tells how far joining is.
pub fn join(context: &Context, args: JoinArgs) -> Result<Answer, CliError> {
    let view: JoinView = match args.code {
        None => context.get("/v1/join")?,
        Some(code) => {
            let code = code_text(&code)?;
            context.post("/v1/join", &JoinRequest { code })?
        }
    };
    let ok = view.state != "failed";
    Ok(Answer::new(human(context, &view), &view)?.with_ok(ok))
}

fn code_text(code: &str) -> Result<String, CliError> {
    let code = match code {
        "-" => source::read(Path::new("-"))?,
        code => code.to_owned(),
    };
    let code = code.trim().to_owned();
    if code.is_empty() {
        let message = "The invitation code is empty. Copy the whole code from `commons invite`.";
        return Err(CliError::Usage(message.to_owned()));
    }
    Ok(code)
}

fn human(context: &Context, view: &JoinView) -> String {
    let state = match view.state.as_str() {
        "none" => "Not joining a commons.",
        "asking" => "Asking to join.",
        "waiting" => "The request arrived; the members have yet to decide.",
        "admitted" => "Admitted: this organisation is a member.",
        "failed" => "Joining failed.",
        other => other,
    };
    let mut text = format!("{state} {}\n", view.message);
    if let Some(words) = &view.fingerprint
        && matches!(view.state.as_str(), "asking" | "waiting")
    {
        text.push_str(&format!(
            "\nFingerprint  {words}\nRead these words to the other side by phone; they must see the \
             same.\nLook again with {}.\n",
            context.command("join")
        ));
    }
    text
}
