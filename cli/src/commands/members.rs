//! `members`: who takes part, who asks to, and approving them.

use crate::args::MembersVerb;
use crate::commands::Context;
use crate::commands::proposals::in_list;
use crate::error::CliError;
use crate::output::Answer;
use crate::output::table::Table;
use crate::output::text::{short, time, yes};
use crate::view::{ApproveRequest, JoinRequestView, MemberView, MembersView};

/// Lists or approves.
pub fn members(context: &Context, verb: Option<MembersVerb>) -> Result<Answer, CliError> {
    let (view, done): (MembersView, _) = match verb {
        None | Some(MembersVerb::List) => (context.get("/v1/members")?, ""),
        Some(MembersVerb::Approve { id }) => {
            let request = ApproveRequest { id };
            let view = context.post("/v1/members/approve", &request)?;
            (view, "Approved.\n\n")
        }
    };
    Ok(Answer::new(format!("{done}{}", human(context, &view)), &view)?)
}

fn human(context: &Context, view: &MembersView) -> String {
    let mut text = match view.members.is_empty() {
        true => "No members: no commons is founded or joined yet.\n".to_owned(),
        false => members_table(&view.members),
    };
    if !view.requests.is_empty() {
        text.push_str("\nAsking to join\n");
        view.requests.iter().for_each(|request| text.push_str(&request_lines(request)));
    }
    if !view.proposals.is_empty() {
        text.push_str("\nProposed changes\n");
        view.proposals.iter().for_each(|proposal| text.push_str(&in_list(proposal)));
    }
    if view.requests.is_empty() && view.proposals.is_empty() {
        return text;
    }
    text.push_str("\nCompare fingerprint words by phone first, then ");
    if !view.requests.is_empty() {
        text.push_str(&format!("approve a request with {}", context.command("members approve ID")));
    }
    if !view.proposals.is_empty() {
        let and = if view.requests.is_empty() { "" } else { " or " };
        text.push_str(&format!("{and}endorse a proposal with {}", context.command("endorse ID")));
    }
    text.push_str(".\n");
    text
}

/// Members as a table.
pub fn members_table(members: &[MemberView]) -> String {
    let mut table = Table::new(&["organisation", "kind", "standing", "elector", "nodes", "people"]);
    for member in members {
        let name = match member.this_node {
            true => format!("{} (this node)", member.organisation.name),
            false => member.organisation.name.clone(),
        };
        table.row(&[
            name.as_str(),
            &member.organisation.kind,
            &member.standing,
            yes(member.elector),
            &member.nodes.to_string(),
            &member.people.to_string(),
        ]);
    }
    table.render("  ")
}

fn request_lines(request: &JoinRequestView) -> String {
    format!(
        "  {}  {} ({}), since {}\n    fingerprint {}\n",
        short(&request.id),
        request.organisation.name,
        request.organisation.kind,
        time(request.received_ms),
        request.fingerprint
    )
}
