//! Changing the charter: people propose and endorse, the node votes.

use super::charters::{self, Policy};
use super::disclosures;
use super::load::Fact;
use super::membership::unique_prefix;
use super::recovery::NewRoot;
use super::{Caller, Engine, Failure, FailureKind};
use crate::store::Store;
use crate::view::{ApproveRequest, ProposalRequest, ProposalView, ProposeRequest, RefoundRequest};
use commons_protocol::ballot::Step;
use commons_protocol::charter::{Charter, Member, Point};
use commons_protocol::collection::Standing;
use commons_protocol::fence::FENCE_VERSION;
use commons_protocol::governance::Governance;
use commons_protocol::id::{CommonsId, EntryId, EpochHash, LogId, ObjectId, OrganisationId};
use commons_protocol::key::PublicKey;
use commons_protocol::object::Object;
use commons_protocol::signed::Verified;
use commons_protocol::vote::{Phase, Proposal, Vote};

/// Disclosure rules that this version knows.
pub const DISCLOSURE_VERSION: u16 = 1;

/// Milliseconds without news, per round, after which a node enters the next
/// round if a quorum voted and nothing was decided.
const PATIENCE_MS: u64 = 60_000;

/// Longest time to wait in one round.
const PATIENCE_AT_MOST_MS: u64 = 3_600_000;

/// Members that an error names at most.
const NAMED_MEMBERS: usize = 20;

/// Since when nothing new was heard of a vote.
#[derive(Debug, Default)]
pub struct Patience {
    heard: Option<(EpochHash, u64)>,
    since: u64,
}

impl<S: Store> Engine<S> {
    /// Proposes a change of the charter and endorses it for this organisation.
    pub fn propose(&mut self, caller: &Caller, request: &ProposeRequest) -> Result<ProposalView, Failure> {
        self.check_elector()?;
        if let ProposeRequest::Admit { request } = request {
            return self.propose_admission(caller, request);
        }
        let charter = self.charter_for(request)?;
        let hash = charter.hash();
        self.submit(charter)?;
        self.proposal_view(&hash)
    }

    fn propose_admission(&mut self, caller: &Caller, request: &str) -> Result<ProposalView, Failure> {
        let id = self.find_request(request)?;
        let asking = self.joining.requests().get(&id);
        let asking = asking.ok_or_else(|| Failure::not_found("request", request))?;
        let current = self.governance()?.current();
        if let Some(member) = current.member(&OrganisationId::of(&asking.application.root)) {
            let why = format!(
                "{} is in the charter already, {}; see `commons propose reinstate`",
                member.name, member.standing
            );
            return Err(Failure::conflict("is-member", why));
        }
        let charter = charters::admitting(current, &asking.application)?;
        let hash = charter.hash();
        // Remembers it: after another change it is proposed again.
        self.approve(caller, &ApproveRequest { id: id.to_string() })?;
        if let Ok(view) = self.proposal_view(&hash) {
            return Ok(view);
        }
        self.submit(charter)?;
        self.proposal_view(&hash)
    }

    /// A request to join, by id or by the name of who asks.
    fn find_request(&self, name: &str) -> Result<ObjectId, Failure> {
        let requests = self.joining.requests();
        let named: Vec<_> =
            requests.iter().filter(|(_, request)| *request.application.name == *name).collect();
        if let [(id, _)] = named.as_slice() {
            return Ok(**id);
        }
        if requests.is_empty() {
            let why = "nobody asks to join; an organisation asks with `commons join CODE`, where the code is from `commons invite`";
            return Err(Failure::conflict("no-request", why));
        }
        let found = unique_prefix("request", name, requests.keys().map(ToString::to_string));
        let id = found.map_err(|failure| Failure {
            detail: format!("{}; `commons members` lists who asks", failure.detail),
            ..failure
        })?;
        id.parse().map_err(|_| Failure::not_found("request", &id))
    }

    /// Endorses a proposal for this organisation.
    pub fn endorse(&mut self, _: &Caller, request: &ProposalRequest) -> Result<ProposalView, Failure> {
        self.check_elector()?;
        let hash = self.find_proposal(&request.id)?;
        self.endorse_proposal(hash)?;
        self.proposal_view(&hash)
    }

    /// Enters a higher round now instead of waiting for those who are silent.
    pub fn go_on(&mut self, _: &Caller, request: &ProposalRequest) -> Result<ProposalView, Failure> {
        self.check_elector()?;
        let hash = self.find_proposal(&request.id)?;
        self.vote_due(true)?;
        self.proposal_view(&hash)
    }

    /// Lets a proposal stand without a decision of the electors, for this node
    /// alone: the way out when a quorum is gone for good.
    pub fn refound(&mut self, _: &Caller, request: &RefoundRequest) -> Result<(), Failure> {
        let id = request.id.trim();
        // The whole hash may be of an epoch that only the others' node holds.
        let hash = match id.parse::<EpochHash>() {
            Ok(hash) => hash,
            Err(_) => self.find_proposal(id)?,
        };
        if !request.confirm {
            return Err(Failure::invalid(
                "not-confirmed",
                "nodes whose operators don't choose the same epoch go separate ways; confirm that you mean it",
            ));
        }
        self.keep_fact(&Fact::Chosen(hash))?;
        let outcome = self.commons_mut()?.admission.choose(hash);
        self.absorb(outcome)?;
        self.after_governance()?;
        Ok(())
    }

    /// Remembers the epoch in force: what was accepted once stays, whatever
    /// votes old keys may sign later.
    pub(super) fn keep_epoch(&mut self) -> Result<(), Failure> {
        let Some(commons) = &self.commons else { return Ok(()) };
        let Some(governance) = commons.admission.governance() else { return Ok(()) };
        let head = governance.head().hash;
        let kept = commons.admission.chosen().first().copied();
        // One that the operator chose and that is not here yet stays chosen.
        let is_older = kept.is_none_or(|kept| governance.epochs().iter().any(|epoch| epoch.hash == kept));
        if kept == Some(head) || !is_older {
            return Ok(());
        }
        // Durable first, or a full disk would leave it for memory alone.
        self.keep_fact(&Fact::Chosen(head))?;
        self.commons_mut()?.admission.choose(head);
        Ok(())
    }

    /// Signs a proposal with an endorsement of it.
    pub(super) fn submit(&mut self, charter: Charter) -> Result<(), Failure> {
        let governance = self.governance()?;
        let hash = charter.hash();
        let head = governance.head();
        charter.check_follows(&head.charter, head.hash).map_err(|_| {
            Failure::conflict("bad-proposal", "the proposed charter does not follow from the one in force by the rules; see `commons charter`")
        })?;
        if governance.open().contains_key(&hash) {
            return self.endorse_proposal(hash);
        }
        let commons = governance.commons();
        let by = self.keys.elector.public();
        let vote = self.vote(commons, charter.parent, 0, Phase::Endorse, hash)?;
        let proposal = Verified::sign(Proposal { charter, by, commons: Some(commons) }, &self.keys.elector)?;
        self.issue(vec![proposal.into(), vote])
    }

    pub(super) fn endorse_proposal(&mut self, hash: EpochHash) -> Result<(), Failure> {
        let governance = self.governance()?;
        let charter =
            governance.open().get(&hash).ok_or_else(|| Failure::not_found("proposal", &hash.to_string()))?;
        let vote = self.vote(governance.commons(), charter.parent, 0, Phase::Endorse, hash)?;
        self.issue(vec![vote])
    }

    /// The charter in force and what is proposed on top of it.
    pub(super) fn governance(&self) -> Result<&Governance, Failure> {
        self.commons()?.admission.governance().ok_or_else(Failure::no_commons)
    }

    pub(super) fn check_elector(&self) -> Result<(), Failure> {
        let is_elector = self.governance()?.current().elector(&self.keys.elector.public()).is_some();
        is_elector.then_some(()).ok_or_else(|| {
            Failure::new(
                FailureKind::Forbidden,
                "not-an-elector",
                "this organisation is no elector of the commons; ask one to propose it (see `commons members`)",
            )
        })
    }

    fn find_proposal(&self, id: &str) -> Result<EpochHash, Failure> {
        let open = self.governance()?.open();
        let found = unique_prefix("proposal", id, open.keys().map(ToString::to_string));
        let id = found.map_err(|failure| match open.is_empty() {
            true => Failure::conflict(
                "nothing-proposed",
                "nothing is proposed now; what was decided is in `commons charter log`",
            ),
            false => Failure { detail: format!("{}; see `commons proposals`", failure.detail), ..failure },
        })?;
        id.parse().map_err(|_| Failure::not_found("proposal", &id))
    }

    fn charter_for(&self, request: &ProposeRequest) -> Result<Charter, Failure> {
        let current = self.governance()?.current();
        let find = |names: &[String]| self.find_members(names);
        match request {
            ProposeRequest::Admit { request } => Err(Failure::not_found("request", request)),
            ProposeRequest::Remove { organisations } => {
                let who = find(organisations)?;
                charters::standing(current, &who, Standing::Removed, self.pins_of(&who))
            }
            ProposeRequest::Suspend { organisations } => {
                let who = find(organisations)?;
                charters::standing(current, &who, Standing::Suspended, self.pins_of(&who))
            }
            ProposeRequest::Reinstate { organisations } => {
                charters::standing(current, &find(organisations)?, Standing::Active, Vec::new())
            }
            ProposeRequest::Policy { writers, quorum, name, purpose } => {
                let (writers, name, purpose) = (writers.clone(), name.clone(), purpose.clone());
                let change = Policy { writers, quorum: *quorum, name, purpose };
                charters::policy(current, &change, || self.all_pins())
            }
            ProposeRequest::ReviewPolicy(policy) => charters::review_policy(current, policy),
            ProposeRequest::Disclosure { threshold, organisations, share } => {
                let (threshold, organisations, share) = (*threshold, *organisations, *share);
                charters::disclosure(current, disclosures::Change { threshold, organisations, share })
            }
            ProposeRequest::Elector { add, remove } => {
                charters::electors(current, &find(add)?, &find(remove)?)
            }
            ProposeRequest::Root { organisation, code } => {
                let who = self.find_member(organisation)?;
                charters::root(current, &who, NewRoot::from_code(code)?, self.last_root_event(&who))
            }
            ProposeRequest::Branch { log, entry } => charters::branch(current, self.find_point(log, entry)?),
        }
    }

    fn find_members(&self, names: &[String]) -> Result<Vec<OrganisationId>, Failure> {
        names.iter().map(|name| self.find_member(name)).collect()
    }

    /// The member that people mean by an id, the beginning of one, or a name.
    pub(super) fn find_member(&self, name: &str) -> Result<OrganisationId, Failure> {
        let members = &self.governance()?.current().members;
        let mut named: Vec<_> = members.iter().filter(|member| *member.name == *name).collect();
        if named.is_empty() {
            let lower = name.to_lowercase();
            named = members.iter().filter(|member| member.name.to_lowercase() == lower).collect();
        }
        if let [member] = named.as_slice() {
            return Ok(member.organisation);
        }
        let ids = members.iter().map(|member| member.organisation.to_string());
        let id = unique_prefix("member", name, ids).map_err(|failure| match named.as_slice() {
            [] => no_such_member(members, name, failure),
            several => several_members(several, name),
        })?;
        id.parse().map_err(|_| Failure::not_found("member", &id))
    }

    /// The point that a person named by log and entry.
    pub(super) fn find_point(&self, log: &str, entry: &str) -> Result<Point, Failure> {
        let admission = &self.commons()?.admission;
        let logs = admission.heads().map(|(log, ..)| log).chain(admission.frozen().keys().copied());
        let logs: std::collections::BTreeSet<String> = logs.map(|log| log.to_string()).collect();
        let log = unique_prefix("log", log, logs.into_iter()).map_err(|failure| {
            let detail = format!("{}; `commons keys list` and `commons faults` name logs", failure.detail);
            Failure { detail, ..failure }
        })?;
        let log: LogId = log.parse().map_err(|_| Failure::not_found("log", &log))?;
        let entry: EntryId = entry.parse().map_err(|_| {
            Failure::invalid("bad-entry", "an entry is named by its whole id; see `commons keys list`")
        })?;
        let seq = admission
            .seq_of(&log, &entry)
            .ok_or_else(|| Failure::not_found("entry of that log on this node", &entry.to_string()))?;
        Ok(Point { log, seq, entry })
    }

    /// The heads of these members' logs.
    pub(super) fn pins_of(&self, organisations: &[OrganisationId]) -> Vec<Point> {
        let Ok(commons) = self.commons() else { return Vec::new() };
        let keys = commons.admission.keys();
        let of_them =
            |node: &PublicKey| keys.node(node).is_some_and(|node| organisations.contains(&node.organisation));
        let heads = commons.admission.head_points().filter(|(name, _)| of_them(&name.node));
        heads.map(|(_, point)| point).collect()
    }

    fn all_pins(&self) -> Vec<Point> {
        let Ok(commons) = self.commons() else { return Vec::new() };
        commons.admission.head_points().map(|(_, point)| point).collect()
    }

    /// The last event that counts of a member's root key.
    fn last_root_event(&self, organisation: &OrganisationId) -> Option<ObjectId> {
        let keys = self.commons.as_ref()?.admission.keys();
        keys.tip(keys.root(organisation)?).last
    }

    /// Casts the votes that are due.
    pub(super) fn vote_due(&mut self, is_impatient: bool) -> Result<(), Failure> {
        let elector = self.keys.elector.public();
        let Some(governance) = self.commons.as_ref().and_then(|commons| commons.admission.governance())
        else {
            return Ok(());
        };
        if governance.current().elector(&elector).is_none() || !self.knows_own_votes(governance) {
            return Ok(());
        }
        let may = |hash: &EpochHash| {
            governance.open().get(hash).is_some_and(|charter| self.hindrance(charter).is_none())
        };
        let Some(step) = governance.ballots().next_step(&elector, may, is_impatient) else { return Ok(()) };
        let (commons, parent) = (governance.commons(), Some(governance.head().hash));
        let vote = match step {
            Step::Prepare { round, proposal, lock } => {
                self.sign_vote(commons, parent, (round, Phase::Prepare), proposal, lock)
            }
            Step::Commit { round, proposal } => {
                self.sign_vote(commons, parent, (round, Phase::Commit), proposal, None)
            }
        };
        // What this vote brings about is looked at again when it is taken in.
        self.issue(vec![vote?])
    }

    /// Enters the next round when a quorum voted, nothing was decided, and
    /// nothing was heard for some time.
    pub(super) fn vote_in_time(&mut self) -> Result<(), Failure> {
        let Ok(governance) = self.governance() else { return Ok(()) };
        let ballots = governance.ballots();
        let heard = Some((governance.head().hash, ballots.progress()));
        let round = u64::from(ballots.round_of(&self.keys.elector.public()));
        if self.patience.heard != heard {
            self.patience = Patience { heard, since: self.now };
            return Ok(());
        }
        let patience = (PATIENCE_MS * (round + 1)).min(PATIENCE_AT_MOST_MS);
        if self.now < self.patience.since + patience {
            return Ok(());
        }
        self.patience.since = self.now;
        self.vote_due(true)
    }

    /// Whether this node can be sure of its own earlier votes: an old disk may
    /// have forgotten them. Those who could hold them must have been in step
    /// since the start, but for as many as may be away in a vote.
    pub(super) fn knows_own_votes(&self, governance: &Governance) -> bool {
        let Some(commons) = &self.commons else { return false };
        let charter = governance.current();
        let electors = charter.electors.iter().map(|elector| elector.organisation);
        let node = self.keys.node.public();
        let unconfirmed = commons.own_logs.unconfirmed(&commons.admission, &node, electors);
        self.is_alone() || unconfirmed + charter.votes_needed() <= charter.electors.len()
    }

    /// Why this node can't accept a charter now, if so.
    pub(super) fn hindrance(&self, charter: &Charter) -> Option<String> {
        let Ok(commons) = self.commons() else { return Some("this node has no commons".to_owned()) };
        if charter.rules.fence > FENCE_VERSION || charter.rules.disclosure > DISCLOSURE_VERSION {
            return Some("it asks for rules that this version does not know: upgrade this node".to_owned());
        }
        if let Some(pin) = charter.pins.iter().find(|pin| !commons.admission.holds(pin)) {
            return Some(format!("it pins log {} at an entry that this node does not hold yet", pin.log));
        }
        let lost = charter.members.iter().filter_map(|member| member.former.last()?.last);
        if lost.into_iter().any(|event| !commons.admission.objects().contains_key(&event)) {
            return Some("it names a key event that this node does not hold yet".to_owned());
        }
        self.voided_by(charter).map(|log| {
            format!("it would void entries of log {log} that electors attested; propose it again, with what is known now")
        })
    }

    /// Signs a vote without a lock.
    pub(super) fn vote(
        &self,
        commons: CommonsId,
        parent: Option<EpochHash>,
        round: u32,
        phase: Phase,
        proposal: EpochHash,
    ) -> Result<Object, Failure> {
        self.sign_vote(commons, parent, (round, phase), proposal, None)
    }

    fn sign_vote(
        &self,
        commons: CommonsId,
        parent: Option<EpochHash>,
        (round, phase): (u32, Phase),
        proposal: EpochHash,
        lock: Option<u32>,
    ) -> Result<Object, Failure> {
        let elector = self.keys.elector.public();
        let attested = self.commons.as_ref().map(|commons| commons.admission.attested());
        let tip = attested.zip(parent).and_then(|(attested, parent)| attested.tip(&parent, &elector));
        let attested = tip.map(|(id, _)| id).filter(|_| phase != Phase::Endorse);
        let vote = Vote { commons, parent, round, phase, proposal, elector, lock, attested };
        Ok(Verified::sign(vote, &self.keys.elector)?.into())
    }
}

fn no_such_member(members: &[Member], name: &str, failure: Failure) -> Failure {
    if failure.code == "ambiguous-id" {
        return failure;
    }
    let names: Vec<&str> = members.iter().map(|member| &*member.name).take(NAMED_MEMBERS).collect();
    let more = if members.len() > names.len() { " and others, see `commons members`" } else { "" };
    let why = format!("no member is called \"{name}\"; the members are {}{more}", names.join(", "));
    Failure { kind: FailureKind::NotFound, code: "not-found".to_owned(), detail: why }
}

fn several_members(members: &[&Member], name: &str) -> Failure {
    let ids: Vec<String> = members.iter().map(|member| member.organisation.to_string()).collect();
    let why = format!("several members are called \"{name}\"; name one by its id: {}", ids.join(", "));
    Failure::invalid("ambiguous-name", why)
}
