//! Joining, and waiting until all hold the same.

use std::collections::BTreeSet;

use commons_node::view::{ApproveRequest, JoinView, MembersView, StatusView};
use serde_json::Value;

use super::api::CallError;
use super::node::Node;

/// Lets `candidate` join with an invitation of the first of `electors`; they
/// compare the words and approve.
///
/// # Panics
/// If it is not admitted.
#[track_caller]
pub fn join(candidate: &Node, electors: &[&Node]) {
    let invitation = electors[0].commons(&["invite"]).ok();
    let code = invitation["code"].as_str().expect("an invitation has a code");
    candidate.commons(&["join", code]).ok();
    let organisation = candidate.status().organisation.id;
    let mut approved = BTreeSet::new();
    candidate.home().shared.wait("the candidate is admitted", || {
        let view: JoinView = candidate.api().get("/v1/join").ok()?;
        assert_ne!(view.state, "failed", "{}", view.message);
        if view.state == "admitted" {
            return Some(());
        }
        let words = view.fingerprint?;
        for (place, elector) in electors.iter().enumerate() {
            for id in due(elector, &organisation, &words) {
                if approved.insert((place, id.clone())) {
                    approve(elector, &id);
                }
            }
        }
        None
    });
}

fn approve(elector: &Node, id: &str) {
    let answer = elector.commons(&["members", "approve", id]);
    // A quorum of the others may have decided in the meantime.
    if answer.code != Some(0) {
        answer.refused_with("not-found", &[]);
    }
}

/// Lets all of `candidates` join with invitations of `founder`, in whatever
/// order; who is in votes on the others.
///
/// # Panics
/// If one is not admitted.
#[track_caller]
pub fn join_all<'n>(founder: &'n Node, members: &[&'n Node], candidates: &[&'n Node]) {
    for candidate in candidates {
        let invitation = founder.commons(&["invite"]).ok();
        let code = invitation["code"].as_str().expect("an invitation has a code");
        candidate.commons(&["join", code]).ok();
    }
    let mut inside: Vec<&Node> = members.to_vec();
    let mut outside: Vec<&Node> = candidates.to_vec();
    let mut approved = BTreeSet::new();
    founder.home().shared.wait("all are admitted", || {
        let (came_in, rest): (Vec<&Node>, Vec<&Node>) = outside.iter().partition(|node| is_admitted(node));
        inside.extend(came_in);
        outside = rest;
        let words: BTreeSet<String> = outside.iter().filter_map(|node| words_of(node)).collect();
        for member in &inside {
            approve_due(member, &words, &mut approved);
        }
        outside.is_empty().then_some(())
    });
}

fn join_view(candidate: &Node) -> JoinView {
    let view: JoinView = candidate.api().get("/v1/join").expect("a candidate answers");
    assert_ne!(view.state, "failed", "{}", view.message);
    view
}

fn is_admitted(candidate: &Node) -> bool {
    join_view(candidate).state == "admitted"
}

fn words_of(candidate: &Node) -> Option<String> {
    join_view(candidate).fingerprint
}

/// Approves every request and proposal at `member` that shows `words`.
fn approve_due(member: &Node, words: &BTreeSet<String>, approved: &mut BTreeSet<(String, String)>) {
    let view: MembersView = member.api().get("/v1/members").expect("a member answers");
    let own = member.status().organisation.name;
    let requests = view.requests.into_iter().map(|request| (request.id, Some(request.fingerprint)));
    let waits = view.proposals.into_iter().filter(|proposal| proposal.missing.contains(&own));
    let proposals = waits.map(|proposal| (proposal.id, proposal.fingerprint));
    for (id, seen) in requests.chain(proposals) {
        if seen.is_some_and(|seen| words.contains(&seen)) && approved.insert((own.clone(), id.clone())) {
            let answer: Result<Value, CallError> =
                member.api().post("/v1/members/approve", &ApproveRequest { id });
            // The others may have decided in the meantime.
            let is_fine = matches!(&answer, Ok(_) | Err(CallError::Refused(404, _)));
            assert!(is_fine, "{own} can't approve: {answer:?}");
        }
    }
}

/// What an elector has to decide about `organisation`, with the right words.
fn due(elector: &Node, organisation: &str, words: &str) -> Vec<String> {
    let view: MembersView = elector.api().get("/v1/members").expect("a member answers");
    let name = elector.status().organisation.name;
    let requests = view.requests.iter().filter(|request| request.organisation.id == organisation);
    let requests = requests.map(|request| (&request.id, Some(&request.fingerprint)));
    let waits = view.proposals.iter().filter(|proposal| proposal.missing.contains(&name));
    let proposals = waits.map(|proposal| (&proposal.id, proposal.fingerprint.as_ref()));
    let all: Vec<_> = requests.chain(proposals).collect();
    for (_, seen) in &all {
        assert_eq!(seen.map(String::as_str), Some(words), "the fingerprint words differ");
    }
    all.into_iter().map(|(id, _)| id.clone()).collect()
}

/// Waits until all of `nodes` accepted the same, show the same and wait for
/// nothing but what is refused, and `enough` is true of it; gives back the
/// status of the first.
///
/// # Panics
/// After a generous time.
#[track_caller]
pub fn wait_until_equal(nodes: &[&Node], enough: impl Fn(&StatusView) -> bool) -> StatusView {
    let is_refused = |why: &str| why.starts_with("refused");
    let is_quiet = |status: &StatusView| status.waiting.iter().all(|waiting| is_refused(&waiting.why));
    wait_until_agreed(nodes, |statuses| statuses.iter().all(is_quiet) && enough(&statuses[0]))
}

/// Waits until all of `nodes` accepted the same and show the same, whatever
/// else they have that waits, and `enough` is true of them; gives back the
/// status of the first.
///
/// # Panics
/// After a generous time.
#[track_caller]
pub fn wait_until_agreed(nodes: &[&Node], enough: impl Fn(&[StatusView]) -> bool) -> StatusView {
    let mut seen = Seen(Vec::new());
    nodes[0].home().shared.wait("all nodes hold the same", || {
        seen.0 = nodes.iter().map(|node| node.status()).collect();
        let same = |pair: &[StatusView]| {
            pair[0].heads_digest == pair[1].heads_digest
                && pair[0].documents_digest == pair[1].documents_digest
        };
        let whole = |status: &StatusView| status.missing_bodies == 0;
        let done = seen.0.iter().all(whole) && seen.0.windows(2).all(same) && enough(&seen.0);
        done.then(|| seen.0[0].clone())
    })
}

/// What was seen last, shown when waiting was in vain.
struct Seen(Vec<StatusView>);

impl Drop for Seen {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the nodes said last: {:#?}", self.0);
        }
    }
}
