//! Founding, inviting, joining, approving.

use super::chains::text;
use super::charters;
use super::load::Fact;
use super::{Caller, Commons, Engine, Failure};
use crate::net::{DialTarget, PeerKey};
use crate::store::{Store, StoreError};
use crate::view::{ApproveRequest, ChangeView, FoundRequest, InvitationView, JoinRequest, JoinView};
use commons_protocol::bounded::{BoundedBytes, BoundedVec};
use commons_protocol::charter::{Charter, Member, Rules, Salt};
use commons_protocol::codec;
use commons_protocol::collection::{Role, Standing};
use commons_protocol::fence::FENCE_VERSION;
use commons_protocol::id::{CommonsId, EpochHash, ObjectId, OrganisationId, hash};
use commons_protocol::invitation::{Application, Invitation, JoinAnswer, JoinAsk, Secret, fingerprint};
use commons_protocol::key::SecretKey;
use commons_protocol::object::Object;
use commons_protocol::signed::{Signed, Verified};
use commons_protocol::vote::{Phase, Proposal};
use std::collections::{BTreeMap, BTreeSet};

/// How long an invitation is good: one week.
const INVITATION_MS: u64 = 7 * 24 * 3_600 * 1_000;

/// Key events that an introduction carries; catch-up brings the rest.
const INTRODUCTION: usize = 8;

/// Invitations and requests that are open at once.
const OPEN: usize = 64;

/// How far joining has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum JoinState {
    /// Nobody asked.
    #[default]
    None,
    /// The inviter was not reached yet.
    Asking(Option<String>),
    /// The members have to decide.
    Waiting,
    /// The members have decided; this node fetches everything.
    Entering,
    /// Done.
    Admitted,
    /// It can't go on.
    Failed(String),
}

/// Invitations that this node gave, requests that came in, and the one that
/// it makes itself.
#[derive(Debug, Default)]
pub struct Joining {
    state: JoinState,
    invitation: Option<Invitation>,
    given: BTreeMap<PeerKey, Given>,
    redeemed: BTreeSet<PeerKey>,
    requests: BTreeMap<ObjectId, Request>,
    approved: BTreeSet<ObjectId>,
    hubs: Vec<DialTarget>,
}

/// An invitation that this node gave.
#[derive(Clone, Copy, Debug)]
struct Given {
    expires: u64,
    /// Who used it; nobody else can then.
    organisation: Option<OrganisationId>,
}

/// A request to join.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who asks.
    pub application: Application,
    /// The applicant's first key events.
    pub keys: Vec<Object>,
    /// When it came in.
    pub received: u64,
}

impl Joining {
    /// Goes on after a restart: asks again, or goes in if it was admitted.
    pub fn resume(&mut self, code: Option<&str>, is_admitted: bool) {
        self.invitation = code.and_then(|code| Invitation::from_code(code).ok());
        match self.invitation.clone() {
            Some(invitation) if is_admitted => self.go_to(&invitation),
            Some(_) => self.state = JoinState::Asking(None),
            None => self.state = JoinState::None,
        }
    }

    fn go_to(&mut self, invitation: &Invitation) {
        let addresses = invitation.addresses.iter().map(ToString::to_string).collect();
        self.hubs = vec![DialTarget { peer: PeerKey(invitation.peer.0), addresses }];
        self.state = JoinState::Entering;
    }

    /// Open requests by id.
    pub fn requests(&self) -> &BTreeMap<ObjectId, Request> {
        &self.requests
    }

    /// Peers known from a recovery file, before the key logs are here.
    pub fn known_peers(&self) -> impl Iterator<Item = PeerKey> {
        self.hubs.iter().map(|hub| hub.peer)
    }

    /// Where to find those peers.
    pub fn dial_targets(&self) -> impl Iterator<Item = DialTarget> {
        self.hubs.iter().filter(|hub| !hub.addresses.is_empty()).cloned()
    }

    /// Notes peers of a recovery file.
    pub fn set_hubs(&mut self, hubs: Vec<DialTarget>) {
        self.hubs = hubs;
    }
}

impl<S: Store> Engine<S> {
    /// Founds a commons with this organisation as its only member.
    pub fn found(&mut self, _: &Caller, request: &FoundRequest) -> Result<(), Failure> {
        if let Some(commons) = &self.commons {
            let id = commons.admission.commons();
            return Err(Failure::conflict(
                "has-commons",
                format!("this node belongs to the commons {id} already"),
            ));
        }
        if request.name.trim().is_empty() {
            return Err(Failure::invalid("text", "a commons needs a name"));
        }
        let charter = self.founding_charter(request)?;
        let commons = charter.hash().founds();
        let founding = Verified::sign(
            Proposal { charter: charter.clone(), by: self.keys.elector.public(), commons: None },
            &self.keys.elector,
        )?;
        let mut objects = vec![founding.into()];
        for phase in [Phase::Endorse, Phase::Prepare, Phase::Commit] {
            objects.push(self.vote(commons, None, 0, phase, charter.hash())?);
        }
        objects.extend(self.first_key_events(commons, self.operator())?);
        self.keep_fact(&Fact::Commons(commons))?;
        let mut fresh = Commons::new(commons);
        // Nobody else can hold anything of a commons that did not exist.
        fresh.own_logs.confirm_all();
        self.commons = Some(fresh);
        self.refresh_network();
        self.issue(objects)?;
        self.announce_addresses();
        Ok(())
    }

    /// Makes an invitation. `secret` is stored with the keys by the caller.
    pub fn invite(&mut self, _: &Caller, secret: [u8; 32]) -> Result<InvitationView, Failure> {
        let governance = self.commons()?.admission.governance().ok_or_else(Failure::no_commons)?;
        let (commons, epoch) = (governance.commons(), governance.current().hash());
        let addresses = self.addresses()?;
        if addresses.is_empty() {
            return Err(Failure::conflict(
                "no-address",
                "nobody could reach this node: set `listen` (and `public_addresses` behind NAT) in config.toml, or let a member that listens invite",
            ));
        }
        if self.joining.given.len() >= OPEN {
            return Err(Failure::conflict(
                "too-many-invitations",
                format!("{OPEN} invitations are open; wait until some are used or expire"),
            ));
        }
        let expires = self.now + INVITATION_MS;
        self.open_invitation(secret, expires);
        let invitation =
            Invitation { commons, epoch, peer: self.keys.peer.public(), addresses, secret: Secret(secret) };
        Ok(InvitationView { code: invitation.to_code(), expires_ms: expires })
    }

    /// Lets the one-time identity of an invitation ask to join.
    pub fn open_invitation(&mut self, secret: [u8; 32], expires_ms: u64) {
        let given = Given { expires: expires_ms, organisation: None };
        self.joining.given.insert(PeerKey(SecretKey::from_seed(secret).public().0), given);
        self.refresh_joiners();
    }

    /// Starts to join with a code. A member whose keys the others have lost,
    /// so that nobody lets its node in, uses a code of its own commons to
    /// introduce itself again.
    pub fn join(&mut self, _: &Caller, request: &JoinRequest) -> Result<JoinView, Failure> {
        let invitation = Invitation::from_code(&request.code)
            .map_err(|error| Failure::invalid("bad-invitation", error.to_string()))?;
        let is_cut_off = !self.peers.known().values().any(|peer| peer.connected);
        let own = self.commons.as_ref().map(|commons| commons.admission.commons());
        if own.is_some_and(|own| own != invitation.commons || !is_cut_off) {
            return Err(Failure::conflict("has-commons", "this node belongs to a commons already"));
        }
        self.keep_fact(&Fact::Joining(Some(request.code.trim().to_owned())))?;
        self.joining.invitation = Some(invitation);
        self.joining.state = JoinState::Asking(None);
        self.join_view()
    }

    /// How far joining has come.
    pub fn join_view(&self) -> Result<JoinView, Failure> {
        let fingerprint = match &self.joining.invitation {
            Some(invitation) => {
                Some(words(&invitation.commons, &self.application(invitation.commons)?.member()))
            }
            None => None,
        };
        let (state, message) = match &self.joining.state {
            JoinState::None if self.commons.is_some() => ("admitted", "this node is part of a commons".to_owned()),
            JoinState::None => ("none", "nothing asked yet; use `commons join CODE`".to_owned()),
            JoinState::Asking(None) => ("asking", "asking the member that invited you".to_owned()),
            JoinState::Asking(Some(why)) => ("asking", format!("the member that invited you was not reached: {why}; trying again")),
            JoinState::Waiting => ("waiting", "the members have your request; compare the words with one of them over the telephone, then they approve".to_owned()),
            JoinState::Entering => ("waiting", "the members have admitted this organisation; fetching the commons".to_owned()),
            JoinState::Admitted => ("admitted", "the members have admitted this organisation".to_owned()),
            JoinState::Failed(why) => ("failed", why.clone()),
        };
        Ok(JoinView { state: state.to_owned(), fingerprint, message })
    }

    /// What to ask the inviter now, if anything: invitation and request.
    pub fn join_ask(&self) -> Result<Option<(Invitation, Vec<u8>)>, Failure> {
        let asks = matches!(self.joining.state, JoinState::Asking(_) | JoinState::Waiting);
        let Some(invitation) = self.joining.invitation.clone().filter(|_| asks) else { return Ok(None) };
        let application = Verified::sign(self.application(invitation.commons)?, &self.keys.root)?;
        let keys = self.introduction(invitation.commons)?;
        let keys = keys.iter().filter_map(|object| BoundedBytes::new(object.encode()).ok()).collect();
        let ask = JoinAsk {
            application: BoundedBytes::new(application.signed().bytes().to_vec()).unwrap_or_default(),
            signature: application.signed().signature(),
            keys: BoundedVec::new(keys).unwrap_or_default(),
        };
        Ok(Some((invitation, codec::encode(&ask))))
    }

    /// The key events that introduce this organisation: those that it has
    /// issued, else the first ones. Never others in their place: two events
    /// in one place end the chain.
    fn introduction(&self, commons: CommonsId) -> Result<Vec<Object>, Failure> {
        let objects = self.commons.iter().flat_map(|commons| commons.admission.objects().values());
        let own = objects.filter_map(|object| match object {
            Object::Key(event) if event.value().organisation == self.keys.organisation => {
                Some((event.value().seq, object.clone()))
            }
            _ => None,
        });
        let mut own: Vec<(u64, Object)> = own.collect();
        own.sort_by_key(|(seq, _)| *seq);
        match own.is_empty() {
            true => self.first_key_events(commons, self.operator()),
            false => Ok(own.into_iter().map(|(_, object)| object).take(INTRODUCTION).collect()),
        }
    }

    /// Takes in the inviter's answer, or why there was none.
    pub fn on_join_answer(&mut self, answer: Result<Vec<u8>, String>) -> Result<(), Failure> {
        let Some(invitation) = self.joining.invitation.clone() else { return Ok(()) };
        let bytes = match answer {
            Ok(bytes) => bytes,
            Err(why) => {
                if matches!(self.joining.state, JoinState::Asking(_)) {
                    self.joining.state = JoinState::Asking(Some(why));
                }
                return Ok(());
            }
        };
        self.changes.push(ChangeView::Charter);
        let Ok(answer) = codec::decode::<JoinAnswer>(&bytes, crate::net::MAX_JOIN_FRAME) else {
            self.joining.state = JoinState::Failed("the inviter's node answered what is no answer".into());
            return Ok(());
        };
        match answer.admitted_as {
            None => {
                self.joining.state = JoinState::Waiting;
                Ok(())
            }
            Some(organisation) if organisation == self.keys.organisation => self.enter(&invitation),
            Some(organisation) => {
                // The members put this root key in the place of a lost one:
                // the next ask introduces this node as one of that member's.
                self.keep_fact(&Fact::Organisation(organisation))?;
                self.keys.organisation = organisation;
                self.joining.state = JoinState::Asking(None);
                Ok(())
            }
        }
    }

    /// The members admitted this organisation: goes to the inviter's node as a
    /// member, with its own key events, and catches up.
    fn enter(&mut self, invitation: &Invitation) -> Result<(), Failure> {
        // Durable first: on a full disk the next answer tries again.
        if self.commons.is_none() {
            self.keep_fact(&Fact::Commons(invitation.commons))?;
            self.commons = Some(Commons::new(invitation.commons));
        }
        self.joining.go_to(invitation);
        let own = self.introduction(invitation.commons)?;
        self.issue(own)?;
        self.refresh_network();
        Ok(())
    }

    /// After a catch-up: whether the history that the members show leads to
    /// the epoch that the invitation names.
    pub(super) fn check_entry(&mut self) -> Result<(), Failure> {
        let Some(epoch) = self.joining.invitation.as_ref().map(|invitation| invitation.epoch) else {
            return Ok(());
        };
        let Some(governance) = self.commons.as_ref().and_then(|commons| commons.admission.governance())
        else {
            return Ok(());
        };
        if !governance.current().is_active(&self.keys.organisation) {
            return Ok(());
        }
        if !governance.epochs().iter().any(|known| known.hash == epoch) {
            self.joining.state = JoinState::Failed(
                "the members show a history that does not lead to the invitation's epoch; remove this home and ask another member for an invitation".into(),
            );
            return Ok(());
        }
        self.keep_fact(&Fact::Joining(None))?;
        self.joining.state = JoinState::Admitted;
        self.joining.invitation = None;
        self.joining.hubs.clear();
        self.announce_addresses();
        Ok(())
    }

    /// Answers an applicant's node.
    pub(super) fn on_join_ask(&mut self, peer: PeerKey, request: &[u8]) -> Option<Vec<u8>> {
        let (id, request) = self.read_ask(request)?;
        let governance = self.commons.as_ref()?.admission.governance()?;
        let charter = governance.current();
        let root = request.application.root;
        let member = charter.members.iter().find(|member| member.root == root);
        let organisation = member.map_or_else(|| OrganisationId::of(&root), |member| member.organisation);
        let is_admitted = charter.is_active(&organisation);
        let given = self.joining.given.get_mut(&peer)?;
        if *given.organisation.get_or_insert(organisation) != organisation {
            return None;
        }
        if !is_admitted {
            self.keep_request(id, request);
            return Some(codec::encode(&JoinAnswer { admitted_as: None }));
        }
        let introduces = |object: &Object| match object {
            Object::Key(event) => event.value().organisation == organisation,
            _ => false,
        };
        let mut request = request;
        request.keys.retain(introduces);
        let kept = self.issue(request.keys).and_then(|()| Ok(self.commit()?));
        if let Err(failure) = kept {
            tracing::error!(%failure, "the keys of a new member could not be kept");
            return None;
        }
        self.joining.requests.remove(&id);
        Some(codec::encode(&JoinAnswer { admitted_as: Some(organisation) }))
    }

    fn read_ask(&self, bytes: &[u8]) -> Option<(ObjectId, Request)> {
        let commons = self.commons.as_ref()?.admission.commons();
        let ask: JoinAsk = codec::decode(bytes, crate::net::MAX_JOIN_FRAME).ok()?;
        let application =
            Signed::<Application>::new(ask.application.into_inner(), ask.signature).verify().ok()?;
        let keys: Result<Vec<Object>, _> = ask.keys.iter().map(|bytes| Object::decode(bytes)).collect();
        let keys = keys.ok()?.into_iter().filter(|object| matches!(object, Object::Key(_))).collect();
        let is_ours = application.value().commons == commons;
        let request = Request { application: application.value().clone(), keys, received: self.now };
        is_ours.then_some((application.id(), request))
    }

    fn keep_request(&mut self, id: ObjectId, request: Request) {
        if self.joining.requests.contains_key(&id) || self.joining.requests.len() >= OPEN {
            return;
        }
        tracing::info!(organisation = %request.application.name, "an organisation asks to join");
        self.joining.requests.insert(id, request);
        self.changes.push(ChangeView::Charter);
    }

    /// Approves a request to join or a proposal, for this organisation.
    pub fn approve(&mut self, _: &Caller, request: &ApproveRequest) -> Result<(), Failure> {
        self.check_elector()?;
        let governance = self.governance()?;
        let proposals: Vec<EpochHash> = governance.open().keys().copied().collect();
        let open: Vec<ObjectId> = self.joining.requests.keys().copied().collect();
        let ids = proposals.iter().map(ToString::to_string).chain(open.iter().map(ToString::to_string));
        let id = unique_prefix("request or proposal", &request.id, ids)?;
        match open.iter().find(|request| request.to_string() == id) {
            Some(request) => {
                self.joining.approved.insert(*request);
                self.propose_approved()?;
            }
            None => {
                let proposal = proposals.iter().find(|proposal| proposal.to_string() == id).copied();
                self.endorse_proposal(proposal.ok_or_else(|| Failure::not_found("proposal", &id))?)?;
            }
        }
        Ok(())
    }

    /// What follows when epochs, votes or keys changed: commits that are due,
    /// proposals for requests that were approved here, doors for new members.
    pub(super) fn after_governance(&mut self) -> Result<(), StoreError> {
        self.changes.push(ChangeView::Charter);
        if let Err(failure) = self
            .keep_epoch()
            .and_then(|()| self.vote_due(false))
            .and_then(|()| self.propose_approved())
            .and_then(|()| self.check_entry())
        {
            self.notice(failure.to_string());
        }
        self.refresh_network();
        Ok(())
    }

    /// Proposes the next epoch for the first request that was approved here
    /// and is not decided yet.
    fn propose_approved(&mut self) -> Result<(), Failure> {
        let Some(governance) = self.commons.as_ref().and_then(|commons| commons.admission.governance())
        else {
            return Ok(());
        };
        let current = governance.current();
        let is_member =
            |request: &Request| current.member(&OrganisationId::of(&request.application.root)).is_some();
        let requests = &self.joining.requests;
        let approved = self.joining.approved.iter().filter_map(|id| requests.get(id));
        let Some(request) = approved.into_iter().find(|request| !is_member(request)) else { return Ok(()) };
        let charter = charters::admitting(current, &request.application)?;
        match governance.open().contains_key(&charter.hash()) {
            true => Ok(()),
            false => self.submit(charter),
        }
    }

    fn founding_charter(&mut self, request: &FoundRequest) -> Result<Charter, Failure> {
        let random = (self.random)();
        let mut salt = [0; 16];
        salt.copy_from_slice(&random[..16]);
        let own = self.application(CommonsId([0; 32]))?;
        let fits =
            |error: commons_protocol::bounded::TooLong| Failure::internal("charter", error.to_string());
        Ok(Charter {
            policies: None,
            disclosure: None,
            number: 0,
            parent: None,
            salt: Salt(salt),
            name: text(&request.name)?,
            purpose: text(&request.purpose)?,
            members: BoundedVec::new(vec![own.member()]).map_err(fits)?,
            electors: BoundedVec::new(vec![own.as_elector()]).map_err(fits)?,
            quorum: 0,
            writers: BoundedVec::new(Role::ALL.to_vec()).map_err(fits)?,
            rules: Rules { fence: FENCE_VERSION, disclosure: 1 },
            pins: BoundedVec::default(),
        })
    }

    fn application(&self, commons: CommonsId) -> Result<Application, Failure> {
        Ok(Application {
            commons,
            name: text(&self.profile.name)?,
            kind: self.profile.kind,
            root: self.keys.root.public(),
            next_root: self.keys.next_root_commitment(),
            elector: self.keys.elector.public(),
        })
    }

    pub(super) fn expire_invitations(&mut self) {
        let now = self.now;
        let before = self.joining.given.len();
        self.joining.given.retain(|_, given| given.expires > now);
        if self.joining.given.len() != before {
            self.refresh_joiners();
        }
    }

    /// An organisation's node has come in as a member: its invitation is used
    /// up.
    pub(super) fn redeem(&mut self, organisation: OrganisationId) {
        let used = self.joining.given.iter().filter(|(_, given)| given.organisation == Some(organisation));
        let used: Vec<PeerKey> = used.map(|(peer, _)| *peer).collect();
        if !used.is_empty() {
            self.joining.given.retain(|peer, _| !used.contains(peer));
            self.joining.redeemed.extend(used);
            self.refresh_joiners();
        }
    }

    /// The one-time identities that were used up since the last call.
    pub fn take_redeemed(&mut self) -> BTreeSet<PeerKey> {
        std::mem::take(&mut self.joining.redeemed)
    }

    fn refresh_joiners(&mut self) {
        let joiners = self.joining.given.keys().copied().collect();
        self.peers.set_joiners(joiners);
        self.refresh_network();
    }
}

/// The words that stand for an organisation that asks to join: everyone who
/// sees its entry in a request or a proposal computes the same.
pub fn words(commons: &CommonsId, member: &Member) -> String {
    let active = Member { standing: Standing::Active, ..member.clone() };
    fingerprint(&ObjectId(hash("commons fingerprint 1", &[&commons.0, &codec::encode(&active)])))
}

/// The one id that starts with `prefix`.
pub fn unique_prefix(what: &str, prefix: &str, ids: impl Iterator<Item = String>) -> Result<String, Failure> {
    if prefix.len() < 4 {
        return Err(Failure::invalid(
            "short-id",
            format!("\"{prefix}\" is too short: give at least 4 digits of the id"),
        ));
    }
    let found: Vec<String> = ids.filter(|id| id.starts_with(prefix)).take(2).collect();
    match found.as_slice() {
        [id] => Ok(id.clone()),
        [] => Err(Failure::not_found(what, prefix)),
        _ => Err(Failure::invalid(
            "ambiguous-id",
            format!("more than one {what} starts with {prefix}; give more digits"),
        )),
    }
}
