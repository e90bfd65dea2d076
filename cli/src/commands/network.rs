//! `network`: close or open all connections.

use crate::args::NetworkVerb;
use crate::commands::Context;
use crate::error::CliError;
use crate::output::Answer;
use crate::view::{NetworkRequest, StatusView};

/// Pauses or resumes.
pub fn network(context: &Context, verb: NetworkVerb) -> Result<Answer, CliError> {
    let paused = matches!(verb, NetworkVerb::Pause);
    let status: StatusView = context.post("/v1/network", &NetworkRequest { paused })?;
    let human = match status.network_paused {
        true => format!(
            "The network is paused: no connections until {}. Writing goes on here.\n",
            context.command("network resume")
        ),
        false => "The network is on; the node connects and catches up by itself.\n".to_owned(),
    };
    Ok(Answer::new(human, &status)?)
}
