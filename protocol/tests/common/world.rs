//! A small commons for stories: organisations with keys made from seeds, their charter, votes,
//! key events, and writers of logs. Nothing is random.
#![allow(dead_code, unused_imports)]

use commons_protocol::attestation::Attestation;
use commons_protocol::bounded::{BoundedVec, Text};
use commons_protocol::charter::{Charter, Elector, Member, Point, Rules, Salt};
use commons_protocol::collection::{Collection, OrganisationKind, Role, Standing};
use commons_protocol::entry::LogName;
use commons_protocol::id::{Commitment, CommonsId, EpochHash, ObjectId, OrganisationId};
use commons_protocol::key::{PublicKey, SecretKey};
use commons_protocol::keylog::{KeyAction, KeyEvent, consent};
use commons_protocol::object::Object;
use commons_protocol::signed::Verified;
use commons_protocol::vote::{Phase, Proposal, Vote};
use std::collections::HashMap;

#[path = "world/writer.rs"]
pub mod writer;

pub use writer::{Dice, Writer};

/// The instant that every entry of a story claims, in milliseconds.
pub const TIME: u64 = 1_760_000_000_000;

/// The key that stands for a label.
pub fn key(label: &str) -> SecretKey {
    SecretKey::from_seed(*blake3::hash(label.as_bytes()).as_bytes())
}

pub fn text<const N: usize>(words: &str) -> Text<N> {
    Text::new(words).expect("short and plain")
}

pub fn list<T, const N: usize>(items: impl IntoIterator<Item = T>) -> BoundedVec<T, N> {
    BoundedVec::new(items.into_iter().collect()).expect("few enough")
}

/// All secret keys of one organisation.
#[derive(Clone)]
pub struct Organisation {
    pub name: String,
    /// Its id, which outlives its first root.
    pub id: OrganisationId,
    pub root: SecretKey,
    pub next_root: SecretKey,
    pub elector: SecretKey,
    pub admin: SecretKey,
    pub node: SecretKey,
    pub peer: SecretKey,
    pub person: SecretKey,
}

impl Organisation {
    pub fn new(name: &str) -> Self {
        let of = |what: &str| key(&format!("{name} {what}"));
        Self {
            name: name.to_owned(),
            id: OrganisationId::of(&of("root").public()),
            root: of("root"),
            next_root: of("next root"),
            elector: of("elector"),
            admin: of("admin"),
            node: of("node"),
            peer: of("peer"),
            person: of("person"),
        }
    }

    pub fn id(&self) -> OrganisationId {
        self.id
    }

    pub fn member(&self) -> Member {
        Member {
            organisation: self.id(),
            name: text(&self.name),
            kind: OrganisationKind::Site,
            root: self.root.public(),
            next_root: Commitment::to(&self.next_root.public()),
            standing: Standing::Active,
            former: list([]),
            elector: self.elector.public(),
        }
    }

    pub fn as_elector(&self) -> Elector {
        Elector { organisation: self.id(), key: self.elector.public() }
    }

    pub fn node_delegation(&self, commons: CommonsId, collections: &[Collection]) -> KeyAction {
        KeyAction::DelegateNode {
            node: self.node.public(),
            peer: self.peer.public(),
            collections: list(collections.iter().copied()),
            addresses: list([text("/dns4/node.example/tcp/4001")]),
            proof: consent(&commons, &self.id(), &self.node),
        }
    }

    pub fn person_delegation(&self, commons: CommonsId, person: &SecretKey, roles: &[Role]) -> KeyAction {
        KeyAction::DelegatePerson {
            person: person.public(),
            name: text("Robin"),
            roles: list(roles.iter().copied()),
            proof: consent(&commons, &self.id(), person),
        }
    }
}

/// A charter of these members, the first `electors` of which vote.
pub fn founding_charter(members: &[Organisation], electors: usize) -> Charter {
    let mut sorted: Vec<Member> = members.iter().map(Organisation::member).collect();
    sorted.sort_by_key(|member| member.organisation);
    let mut voting: Vec<Elector> = members[..electors].iter().map(Organisation::as_elector).collect();
    voting.sort_by_key(|elector| elector.organisation);
    Charter {
        policies: None,
        disclosure: None,
        number: 0,
        parent: None,
        salt: Salt([7; 16]),
        name: text("Better days"),
        purpose: text("Learning together"),
        members: list(sorted),
        electors: list(voting),
        quorum: 0,
        writers: list([Role::Patient, Role::Clinician]),
        rules: Rules { fence: 1, disclosure: 1 },
        pins: list([]),
    }
}

/// Signs `charter` as a proposal of the elector with `by`.
pub fn proposal(charter: Charter, by: &SecretKey, commons: Option<CommonsId>) -> Object {
    Verified::sign(Proposal { charter, by: by.public(), commons }, by).expect("its own key").into()
}

/// One elector's vote in round 0.
pub fn vote(
    commons: CommonsId,
    parent: Option<EpochHash>,
    phase: Phase,
    proposal: EpochHash,
    elector: &SecretKey,
) -> Object {
    let key = elector.public();
    let vote = Vote { commons, parent, round: 0, phase, proposal, elector: key, lock: None, attested: None };
    sign_vote(vote, elector)
}

/// Signs any vote.
pub fn sign_vote(vote: Vote, elector: &SecretKey) -> Object {
    Verified::sign(vote, elector).expect("its own key").into()
}

/// All votes of one elector in round 0: it endorses, prepares and commits.
pub fn ballot(
    commons: CommonsId,
    parent: Option<EpochHash>,
    proposal: EpochHash,
    elector: &SecretKey,
    attested: Option<ObjectId>,
) -> [Object; 3] {
    [Phase::Endorse, Phase::Prepare, Phase::Commit].map(|phase| {
        let attested = attested.filter(|_| phase != Phase::Endorse);
        let key = elector.public();
        let vote = Vote { commons, parent, round: 0, phase, proposal, elector: key, lock: None, attested };
        sign_vote(vote, elector)
    })
}

/// A commons with its governance objects so far.
#[derive(Clone)]
pub struct World {
    pub commons: CommonsId,
    pub organisations: Vec<Organisation>,
    pub charters: Vec<Charter>,
    pub objects: Vec<Object>,
    tips: HashMap<(OrganisationId, PublicKey), (u64, Option<ObjectId>)>,
    attested: HashMap<(EpochHash, PublicKey), (u64, ObjectId)>,
}

impl World {
    /// Founded by `members` organisations, the first `electors` of which vote. Each has an admin
    /// key, a node for toolkits and guidance, and a clinician.
    pub fn new(members: usize, electors: usize) -> Self {
        let mut world = Self::without_keys(members, electors);
        for index in 0..members {
            world.equip(index);
        }
        world
    }

    /// Founded, but nobody has delegated anything.
    pub fn without_keys(members: usize, electors: usize) -> Self {
        let organisations: Vec<_> =
            (0..members).map(|index| Organisation::new(&format!("Site {index}"))).collect();
        let charter = founding_charter(&organisations, electors);
        let hash = charter.hash();
        let commons = hash.founds();
        let mut objects = vec![proposal(charter.clone(), &organisations[0].elector, None)];
        for organisation in &organisations[..electors] {
            objects.extend(ballot(commons, None, hash, &organisation.elector, None));
        }
        let (tips, attested) = (HashMap::new(), HashMap::new());
        Self { commons, organisations, charters: vec![charter], objects, tips, attested }
    }

    /// The first key events of an organisation.
    pub fn equip(&mut self, index: usize) {
        let commons = self.commons;
        let organisation = &self.organisations[index];
        let appoint = KeyAction::AppointAdmin { admin: organisation.admin.public() };
        let node = organisation.node_delegation(commons, &[Collection::Toolkits, Collection::Guidance]);
        let person = organisation.person_delegation(commons, &organisation.person, &[Role::Clinician]);
        self.root_event(index, appoint);
        self.admin_event(index, node);
        self.admin_event(index, person);
    }

    /// The charter in force.
    pub fn current(&self) -> &Charter {
        self.charters.last().expect("founded")
    }

    /// A next charter that changes nothing yet.
    pub fn next_charter(&self) -> Charter {
        let parent = self.current();
        Charter { number: parent.number + 1, parent: Some(parent.hash()), pins: list([]), ..parent.clone() }
    }

    /// Puts an epoch into force: proposed by the first elector, voted for by all. Each names its
    /// last attestation.
    pub fn enact(&mut self, charter: Charter) {
        let all: Vec<usize> = self.electors();
        self.enact_by(charter, &all);
    }

    /// Puts an epoch into force with the votes of these organisations.
    pub fn enact_by(&mut self, charter: Charter, voting: &[usize]) {
        self.propose(&charter, voting[0]);
        voting.iter().for_each(|index| self.vote_for(*index, &charter));
        self.charters.push(charter);
    }

    /// One organisation proposes what follows the epoch in force.
    pub fn propose(&mut self, charter: &Charter, index: usize) {
        let by = &self.organisations[index].elector;
        self.objects.push(proposal(charter.clone(), by, Some(self.commons)));
    }

    /// One organisation endorses, prepares and commits to what follows the epoch in force.
    pub fn vote_for(&mut self, index: usize, charter: &Charter) {
        let elector = &self.organisations[index].elector;
        let parent = self.current().hash();
        let attested = self.attested.get(&(parent, elector.public())).map(|(_, id)| *id);
        self.objects.extend(ballot(self.commons, Some(parent), charter.hash(), elector, attested));
    }

    /// The organisations that vote now.
    pub fn electors(&self) -> Vec<usize> {
        let votes = |organisation: &Organisation| {
            self.current().electors.iter().any(|elector| elector.organisation == organisation.id())
        };
        (0..self.organisations.len()).filter(|index| votes(&self.organisations[*index])).collect()
    }

    /// The next attestation of an organisation in the epoch in force, signed but given to nobody.
    pub fn attestation(&mut self, index: usize, points: Vec<Point>) -> Object {
        self.attestation_in(self.current().hash(), index, points)
    }

    /// The next attestation of an organisation in any epoch, signed but given to nobody.
    pub fn attestation_in(&mut self, epoch: EpochHash, index: usize, mut points: Vec<Point>) -> Object {
        points.sort_by_key(|point| point.log);
        let elector = &self.organisations[index].elector;
        let tip = self.attested.get(&(epoch, elector.public())).copied();
        let attestation = Attestation {
            commons: self.commons,
            epoch,
            elector: elector.public(),
            seq: tip.map_or(0, |(seq, _)| seq + 1),
            prev: tip.map(|(_, id)| id),
            points: list(points),
        };
        let object = Object::from(Verified::sign(attestation, elector).expect("its own key"));
        self.attested.insert((epoch, elector.public()), (tip.map_or(0, |(seq, _)| seq + 1), object.id()));
        object
    }

    /// An organisation attests these points in the epoch in force.
    pub fn attest(&mut self, index: usize, points: Vec<Point>) {
        let object = self.attestation(index, points);
        self.objects.push(object);
    }

    /// Admits a further organisation by an epoch; it becomes an elector if `votes`.
    pub fn admit(&mut self, name: &str, votes: bool) -> usize {
        let organisation = Organisation::new(name);
        let mut charter = self.next_charter();
        let mut members = charter.members.to_vec();
        members.push(organisation.member());
        members.sort_by_key(|member| member.organisation);
        charter.members = list(members);
        if votes {
            let mut electors = charter.electors.to_vec();
            electors.push(organisation.as_elector());
            electors.sort_by_key(|elector| elector.organisation);
            charter.electors = list(electors);
        }
        self.enact(charter);
        self.organisations.push(organisation);
        self.organisations.len() - 1
    }

    /// A next charter in which a member has another standing and its logs end at these pins.
    pub fn standing_charter(&self, index: usize, standing: Standing, mut pins: Vec<Point>) -> Charter {
        let mut charter = self.next_charter();
        let id = self.organisations[index].id();
        let mut members = charter.members.to_vec();
        members
            .iter_mut()
            .filter(|member| member.organisation == id)
            .for_each(|member| member.standing = standing);
        pins.sort_by_key(|pin| pin.log);
        charter.members = list(members);
        charter.pins = list(pins);
        charter
    }

    /// Signs the next event of an organisation's root key.
    pub fn root_event(&mut self, index: usize, action: KeyAction) -> ObjectId {
        let key = self.organisations[index].root.clone();
        self.key_event(index, &key, action)
    }

    /// Signs the next event of an organisation's admin key.
    pub fn admin_event(&mut self, index: usize, action: KeyAction) -> ObjectId {
        let key = self.organisations[index].admin.clone();
        self.key_event(index, &key, action)
    }

    /// Signs the next event of any key's chain.
    pub fn key_event(&mut self, index: usize, signer: &SecretKey, action: KeyAction) -> ObjectId {
        let organisation = self.organisations[index].id();
        let place = (organisation, signer.public());
        let (seq, prev) = self.tips.get(&place).copied().unwrap_or((0, None));
        let event = key_event(self.commons, organisation, signer, seq, prev, action);
        let id = event.id();
        self.tips.insert(place, (seq + 1, Some(id)));
        self.objects.push(event);
        id
    }

    /// A writer of this organisation's node and person.
    pub fn writer(&self, index: usize, collection: Collection, nonce: u8) -> Writer {
        let organisation = &self.organisations[index];
        let name = LogName { node: organisation.node.public(), collection, nonce };
        Writer::new(self.commons, name, organisation.node.clone(), organisation.person.public())
    }
}

/// Signs a key event at any place of any chain.
pub fn key_event(
    commons: CommonsId,
    organisation: OrganisationId,
    signer: &SecretKey,
    seq: u64,
    prev: Option<ObjectId>,
    action: KeyAction,
) -> Object {
    let event = KeyEvent { commons, organisation, signer: signer.public(), seq, prev, action };
    Verified::sign(event, signer).expect("its own key").into()
}
