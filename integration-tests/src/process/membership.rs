//! Joining, and waiting until all hold the same.

use std::collections::BTreeSet;

use commons_node::view::{JoinView, MembersView, StatusView};

use super::node::Node;

/// Lets `candidate` join with an invitation of the first of `electors`; all of
/// them compare the words and approve.
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
                    elector.commons(&["members", "approve", &id]).ok();
                }
            }
        }
        None
    });
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
/// nothing, and `enough` is true of it; gives back the status of the first.
///
/// # Panics
/// After a generous time.
#[track_caller]
pub fn wait_until_equal(nodes: &[&Node], enough: impl Fn(&StatusView) -> bool) -> StatusView {
    let mut seen = Seen(Vec::new());
    nodes[0].home().shared.wait("all nodes hold the same", || {
        seen.0 = nodes.iter().map(|node| node.status()).collect();
        let quiet = |status: &StatusView| status.waiting.is_empty() && status.missing_bodies == 0;
        let same = |pair: &[StatusView]| {
            pair[0].heads_digest == pair[1].heads_digest
                && pair[0].documents_digest == pair[1].documents_digest
        };
        let done = seen.0.iter().all(quiet) && seen.0.windows(2).all(same) && enough(&seen.0[0]);
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
