//! How proposals are shown to people.

use crate::output::text::{list, short};
use crate::view::ProposalView;

/// Whether it was decided and is the epoch in force.
pub fn is_in_force(proposal: &ProposalView) -> bool {
    proposal.round.is_none() && proposal.committed_by.len() as u64 >= proposal.needed
}

/// A proposal in a list.
pub fn in_list(proposal: &ProposalView) -> String {
    let mut text =
        format!("  {}  epoch {}: {}\n", short(&proposal.id), proposal.epoch, proposal.changes.join("; "));
    if let Some(words) = &proposal.fingerprint {
        text.push_str(&format!("    fingerprint {words}\n"));
    }
    text.push_str(&format!("    endorsed by {} ({} needed)", list(&proposal.endorsed_by), proposal.needed));
    if !proposal.missing.is_empty() {
        text.push_str(&format!("; not yet by {}", list(&proposal.missing)));
    }
    text.push('\n');
    text
}

/// A proposal with everything about its vote.
pub fn in_full(proposal: &ProposalView) -> String {
    let mut text = format!("Proposal {}\nfor epoch {}\n", proposal.id, proposal.epoch);
    for change in &proposal.changes {
        text.push_str(&format!("  {change}\n"));
    }
    if let Some(words) = &proposal.fingerprint {
        text.push_str(&format!("  fingerprint {words}\n"));
    }
    text.push_str(&format!("Endorsed by   {} ({} needed)\n", list(&proposal.endorsed_by), proposal.needed));
    if !proposal.missing.is_empty() {
        text.push_str(&format!("Not yet by    {}\n", list(&proposal.missing)));
    }
    // Rounds count from 0 between nodes, from 1 between people.
    if let Some(round) = proposal.round {
        text.push_str(&format!("Prepared by   {}, in round {}\n", list(&proposal.prepared_by), round + 1));
    }
    if !proposal.committed_by.is_empty() || proposal.round.is_some() {
        text.push_str(&format!("Committed by  {}\n", list(&proposal.committed_by)));
    }
    text.push_str(&format!("State: {}.\n", proposal.state));
    if let Some(why) = &proposal.hindered {
        text.push_str(&format!("This node can't vote for it now: {why}.\n"));
    }
    text
}
