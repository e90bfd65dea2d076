//! What administrators do about the charter and about their logs.

use super::node::NodeId;
use super::people::outcome;
use super::world::World;
use commons_node::engine::Failure;
use commons_node::view::{EndLogRequest, ProposalRequest, ProposalView, ProposeRequest, RefoundRequest};
use commons_protocol::admission::Admission;
use commons_protocol::governance::Governance;

impl World {
    /// Proposes a change of the charter.
    pub fn propose(&mut self, node: NodeId, request: &ProposeRequest) -> Result<ProposalView, Failure> {
        let proposed = self.request(node, |engine, caller| engine.propose(caller, request));
        let what = format!("{} proposes {request:?}: {}", self.nodes[node].name, outcome(&proposed));
        self.note(what);
        proposed
    }

    /// Endorses a proposal.
    pub fn endorse(&mut self, node: NodeId, id: &str) -> Result<ProposalView, Failure> {
        let request = ProposalRequest { id: id.to_owned() };
        let endorsed = self.request(node, |engine, caller| engine.endorse(caller, &request));
        self.note(format!("{} endorses {}: {}", self.nodes[node].name, &id[..6], outcome(&endorsed)));
        endorsed
    }

    /// Lets a node enter a higher round of the vote now.
    pub fn go_on(&mut self, node: NodeId, id: &str) -> Result<ProposalView, Failure> {
        let request = ProposalRequest { id: id.to_owned() };
        self.request(node, |engine, caller| engine.go_on(caller, &request))
    }

    /// Lets a proposal stand on this node without a decision.
    pub fn refound(&mut self, node: NodeId, id: &str) -> Result<(), Failure> {
        let request = RefoundRequest { id: id.to_owned(), confirm: true };
        let refounded = self.request(node, |engine, caller| engine.refound(caller, &request));
        self.note(format!("{} refounds with {}: {}", self.nodes[node].name, &id[..6], outcome(&refounded)));
        refounded
    }

    /// Ends a log of the node's organisation.
    pub fn end_log(&mut self, node: NodeId, log: &str, entry: &str) -> bool {
        let request = EndLogRequest { log: log.to_owned(), entry: entry.to_owned() };
        let ended = self.request(node, |engine, caller| engine.end_log(caller, &request));
        self.note(format!("{} ends its log {}: {}", self.nodes[node].name, &log[..6], outcome(&ended)));
        ended.is_ok()
    }

    /// The charter that a node holds to be in force.
    pub fn governance(&self, node: NodeId) -> &Governance {
        self.admission(node).and_then(Admission::governance).expect("the node takes part")
    }

    /// Number of the epoch in force on a node.
    pub fn epoch(&self, node: NodeId) -> u64 {
        self.governance(node).current().number
    }

    /// Whether a node's organisation is an active member, as `other` knows.
    pub fn is_active_for(&self, other: NodeId, node: NodeId) -> bool {
        self.governance(other).current().is_active(&self.nodes[node].keys.organisation)
    }

    /// Whether a node votes, as `other` knows.
    pub fn is_elector_for(&self, other: NodeId, node: NodeId) -> bool {
        self.governance(other).current().elector(&self.nodes[node].keys.elector.public()).is_some()
    }

    /// The honest node that knows most epochs.
    pub fn chief_id(&self) -> Option<NodeId> {
        let honest = self.running().into_iter().filter(|id| !self.byzantine.contains(id));
        let length = |id: &NodeId| Some(self.admission(*id)?.governance()?.epochs().len());
        honest.filter(|id| length(id).is_some()).max_by_key(|id| (length(id), std::cmp::Reverse(*id)))
    }

    /// What the honest node knows that knows most epochs.
    pub fn chief(&self) -> Option<&Admission> {
        self.admission(self.chief_id()?)
    }

    /// The nodes that play by the rules and are active members.
    pub fn settled(&self) -> Vec<NodeId> {
        let Some(charter) = self.chief().and_then(Admission::governance).map(Governance::current) else {
            return self.running();
        };
        let is_settled = |id: &NodeId| {
            !self.byzantine.contains(id) && charter.is_active(&self.nodes[*id].keys.organisation)
        };
        self.running().into_iter().filter(is_settled).collect()
    }
}
