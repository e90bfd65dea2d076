//! Proposing, endorsing, and waiting for the decision.

use commons_integration_tests::process::{Answered, Asked, CallError, History, Node, Place};
use commons_node::view::{ProposalRequest, ProposalView, ProposeRequest};

use super::cast::{Cast, WORDS};

/// Proposes at one node and endorses at the others, once their nodes know of
/// it.
pub fn decide(
    place: &Place,
    history: &History,
    cast: &Cast,
    request: &ProposeRequest,
    electors: &[usize],
) -> ProposalView {
    let (first, others) = electors.split_first().expect("somebody proposes");
    let asked = Asked::Govern(format!("{request:?}"));
    let mut proposal = None;
    history.note(WORDS[*first].name, asked, || {
        answered(cast.node(*first).api().post("/v1/proposals", request), &mut proposal)
    });
    let proposal = proposal.expect("the change can be proposed");
    for who in others {
        endorse(place, history, cast.node(*who), WORDS[*who].name, &proposal.id);
    }
    proposal
}

fn endorse(place: &Place, history: &History, node: &Node, name: &str, id: &str) {
    place.wait("the proposal is known", || {
        let open: Vec<ProposalView> = node.api().get("/v1/proposals").ok()?;
        open.iter().any(|proposal| proposal.id == id).then_some(())
    });
    let mut view = None;
    let request = ProposalRequest { id: id.to_owned() };
    history.note(name, Asked::Govern(format!("endorse {id}")), || {
        answered(node.api().post("/v1/proposals/endorse", &request), &mut view)
    });
    assert!(view.is_some(), "{name} can't endorse");
}

fn answered(result: Result<ProposalView, CallError>, view: &mut Option<ProposalView>) -> Answered {
    match result {
        Ok(found) => {
            *view = Some(found);
            Answered::Done
        }
        Err(CallError::Refused(_, code)) => Answered::Refused(code),
        Err(CallError::Broken(_)) => Answered::Nothing,
    }
}

/// Waits until the epoch is in force at all of these nodes.
pub fn wait_for_epoch(place: &Place, nodes: &[&Node], hash: &str) {
    for node in nodes {
        let name = node.status().organisation.name;
        place.wait(&format!("the epoch is in force at {name}"), || {
            let commons = node.status().commons?;
            (commons.epoch_hash == hash).then_some(())
        });
    }
}
