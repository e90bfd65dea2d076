//! What administrators do: found, invite, join, approve.

use super::happening::Happening;
use super::node::NodeId;
use super::world::World;
use commons_node::engine::JoinState;
use commons_node::net::Event;
use commons_node::view::{ApproveRequest, FoundRequest, JoinRequest, PersonRequest, PersonView};

/// Longest time that a join may take in a calm world.
const JOIN_MS: u64 = 120_000;

impl World {
    /// Switches a node on.
    pub fn power_on(&mut self, id: NodeId) {
        if self.nodes[id].is_on() {
            return;
        }
        let now = self.now;
        self.nodes[id].open(now);
        self.note(format!("{} starts", self.nodes[id].name));
        for (secret, expires) in self.nodes[id].invitations.clone() {
            self.engine(id).open_invitation(secret, expires);
        }
        self.finish(id);
        if self.nodes[id].is_hub {
            let address = self.nodes[id].address();
            self.give(id, Event::Listening(address));
        }
    }

    /// Founds the commons.
    pub fn found(&mut self, node: NodeId) {
        let request =
            FoundRequest { name: "The commons".to_owned(), purpose: "To learn together".to_owned() };
        self.note(format!("{} founds the commons", self.nodes[node].name));
        self.request(node, |engine, caller| engine.found(caller, &request)).expect("founding works");
        let status = self.engine(node).status();
        let id = status.commons.expect("it was just founded").id;
        self.commons = Some(id.parse().expect("an id is hexadecimal"));
    }

    /// Gives an invitation and starts to join with it.
    pub fn invite(&mut self, node: NodeId, inviter: NodeId) {
        let secret = self.dice.bytes();
        let invited = self.request(inviter, |engine, caller| engine.invite(caller, secret));
        let Ok(view) = invited else {
            return self.note(format!("{} can't invite: {}", self.nodes[inviter].name, outcome(&invited)));
        };
        self.nodes[inviter].invitations.push((secret, view.expires_ms));
        let names = format!("{} invites {}", self.nodes[inviter].name, self.nodes[node].name);
        self.note(names);
        // On a broken disk it fails; then it is tried again once that is mended.
        let joined =
            self.request(node, |engine, caller| engine.join(caller, &JoinRequest { code: view.code }));
        self.note(format!("{} joins: {}", self.nodes[node].name, outcome(&joined)));
        self.plan(100, Happening::Ask(node));
    }

    /// Joins through `inviter`, with everybody's approval.
    pub fn join(&mut self, node: NodeId, inviter: NodeId) {
        self.invite(node, inviter);
        let end = self.now + JOIN_MS;
        while !self.is_admitted(node) && self.now < end {
            self.run_for(500);
        }
        if !self.is_admitted(node) {
            self.explain_unrest();
        }
        assert!(self.is_admitted(node), "{} was not admitted within {JOIN_MS} ms", self.nodes[node].name);
    }

    /// Whether a node belongs to the commons.
    pub fn is_admitted(&mut self, node: NodeId) -> bool {
        let Some(engine) = &mut self.nodes[node].engine else { return false };
        engine.members().is_ok() && engine.join_view().is_ok_and(|view| view.state == "admitted")
    }

    /// Founds with the first node and lets all others join it.
    pub fn all_join(&mut self) {
        self.found(0);
        for node in 1..self.nodes.len() {
            self.join(node, 0);
        }
        self.run_until_quiet();
    }

    /// An administrator approves what is to be decided.
    pub(super) fn approve_what_is_open(&mut self, node: NodeId) {
        if self.has_no_vote(node) || self.dice.chance(self.reluctance) {
            return;
        }
        let Some(engine) = &mut self.nodes[node].engine else { return };
        let Ok(members) = engine.members() else { return };
        let name = &self.nodes[node].name;
        let requests = members.requests.iter().filter(|request| {
            !members.members.iter().any(|member| member.organisation.id == request.organisation.id)
        });
        let requests: Vec<String> = requests.map(|request| request.id.clone()).collect();
        let proposals = members.proposals.iter().filter(|proposal| !proposal.endorsed_by.contains(name));
        let open: Vec<String> =
            requests.into_iter().chain(proposals.map(|proposal| proposal.id.clone())).collect();
        for id in open {
            // Not an elector, or decided meanwhile: nothing to do.
            let _ = self.request(node, |engine, caller| engine.approve(caller, &ApproveRequest { id }));
        }
    }

    /// Whether a node does not vote, as far as it knows itself.
    fn has_no_vote(&self, node: NodeId) -> bool {
        let elector = self.nodes[node].keys.elector.public();
        let governance = self.admission(node).and_then(|admission| admission.governance());
        governance.is_none_or(|governance| governance.current().elector(&elector).is_none())
    }

    pub(super) fn on_answer(&mut self, node: NodeId, answer: Result<Vec<u8>, String>) {
        if self.nodes[node].engine.is_none() {
            return;
        }
        let before = self.is_admitted(node);
        let outcome = self.request(node, |engine, _| engine.on_join_answer(answer));
        if !before && self.is_admitted(node) {
            self.note(format!("{} is admitted", self.nodes[node].name));
        }
        if let Err(failure) = outcome {
            self.note(format!("{} could not take the answer in: {failure}", self.nodes[node].name));
        }
        let view = self.engine(node).join_view().expect("its own application fits");
        assert_ne!(
            view.state,
            "failed",
            "{}: {} ({:?})",
            self.nodes[node].name,
            view.message,
            JoinState::Admitted
        );
    }

    /// Adds a person.
    pub fn add_person(&mut self, node: NodeId, name: &str) -> Option<PersonView> {
        let request = PersonRequest { name: name.to_owned(), roles: vec!["patient".to_owned()] };
        let added = self.request(node, |engine, caller| engine.add_person(caller, &request));
        self.note(format!("{} adds {name}: {}", self.nodes[node].name, outcome(&added)));
        added.ok()
    }

    /// Revokes a person.
    pub fn revoke_person(&mut self, node: NodeId, person: &str) -> bool {
        let revoked = self.request(node, |engine, caller| engine.revoke_person(caller, person));
        self.note(format!("{} revokes {}: {}", self.nodes[node].name, &person[..8], outcome(&revoked)));
        revoked.is_ok()
    }
}

/// What came of a request, for the script.
pub(super) fn outcome<T>(answer: &Result<T, commons_node::engine::Failure>) -> String {
    match answer {
        Ok(_) => "done".to_owned(),
        Err(failure) => failure.code.clone(),
    }
}
