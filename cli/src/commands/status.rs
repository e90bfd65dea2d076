//! `status`: the truth about the node, in words.

use crate::commands::Context;
use crate::commands::charter::in_force;
use crate::error::CliError;
use crate::output::Answer;
use crate::output::table::Table;
use crate::output::text::{count, duration, short, time, yes};
use crate::view::{StatusView, WaitingView};

/// Shows the status.
pub fn status(context: &Context) -> Result<Answer, CliError> {
    let status: StatusView = context.get("/v1/status")?;
    Ok(Answer::new(human(&status), &status)?)
}

fn human(status: &StatusView) -> String {
    let organisation = &status.organisation;
    let mut text =
        format!("{} ({}), organisation {}\n", organisation.name, organisation.kind, short(&organisation.id));
    text.push_str(&notices(status));
    text.push_str(&match &status.commons {
        None => "\nNot in a commons yet: found one or join one.\n".to_owned(),
        Some(commons) => format!("\n{}\n{}\n", commons.name, in_force(commons)),
    });
    text.push_str(&node(status));
    text.push_str(&holdings(status));
    text.push_str(&waiting(status));
    text.push_str(&peers(status));
    text
}

fn notices(status: &StatusView) -> String {
    if status.notices.is_empty() {
        return String::new();
    }
    let mut text = "\nPlease read\n".to_owned();
    for notice in &status.notices {
        text.push_str(&format!("  {notice}\n"));
    }
    text
}

fn node(status: &StatusView) -> String {
    let listening = match status.listening.is_empty() {
        true => "listening nowhere".to_owned(),
        false => format!("listening on {}", status.listening.join(", ")),
    };
    format!("\nNode version {}, up for {}, {listening}.\n", status.version, duration(status.uptime_seconds))
}

fn holdings(status: &StatusView) -> String {
    format!(
        "Holds {}: {} accepted in {}.\nDigest of heads {}, of documents {}.\n",
        count(status.documents, "document"),
        count(status.entries, "entry"),
        count(status.logs, "log"),
        short(&status.heads_digest),
        short(&status.documents_digest)
    )
}

fn waiting(status: &StatusView) -> String {
    let mut text = String::new();
    for waiting in &status.waiting {
        let WaitingView { what, why, count } = waiting;
        text.push_str(&format!("  {count} × {what}: {why}\n"));
    }
    if status.missing_bodies > 0 {
        let texts = count(status.missing_bodies, "accepted entry");
        text.push_str(&format!("  {texts} without its content yet: asked from peers\n"));
    }
    match text.is_empty() {
        true => text.push_str("Nothing waits.\n"),
        false => text.insert_str(0, "\nWaiting\n"),
    }
    if !status.refused.is_empty() {
        text.push_str("\nRefused since the start\n");
        for refused in &status.refused {
            text.push_str(&format!("  {} × {}\n", refused.count, refused.code));
        }
    }
    text
}

fn peers(status: &StatusView) -> String {
    if status.network_paused {
        return "\nThe network is paused by the operator; `commons network resume` opens it.\n".to_owned();
    }
    if status.peers.is_empty() {
        return "\nNo other nodes are known.\n".to_owned();
    }
    let connected = status.peers.iter().filter(|peer| peer.connected).count();
    let mut table = Table::new(&["organisation", "connected", "in step", "caught up", "problem"]);
    for peer in &status.peers {
        let caught_up = peer.last_sync_ms.map_or_else(|| "never".to_owned(), time);
        table.row(&[
            peer.organisation.as_str(),
            yes(peer.connected),
            yes(peer.in_step),
            &caught_up,
            peer.problem.as_deref().unwrap_or_default(),
        ]);
    }
    format!(
        "\nConnected to {connected} of {}\n{}",
        count(status.peers.len() as u64, "node"),
        table.render("  ")
    )
}

#[cfg(test)]
mod tests;
