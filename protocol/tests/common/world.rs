//! A small commons for stories: organisations with keys made from seeds, their charter, votes,
//! key events, and writers of logs. Nothing is random.
#![allow(dead_code)]

use commons_protocol::body::{Change, Content, Create, Erase, EraseTarget, Receipt};
use commons_protocol::bounded::{BoundedBytes, BoundedVec, Text};
use commons_protocol::charter::{Charter, Elector, Member, Pin, Rules, Salt};
use commons_protocol::collection::{Collection, DocumentKind, OrganisationKind, Role, Standing};
use commons_protocol::entry::{Body, EntryKind, Header, LogName};
use commons_protocol::id::{Commitment, CommonsId, EntryId, EpochHash, LogId, ObjectId, OrganisationId};
use commons_protocol::key::{PublicKey, SecretKey};
use commons_protocol::keylog::{KeyAction, KeyEvent, consent};
use commons_protocol::object::Object;
use commons_protocol::run::{Packed, VerifiedRun};
use commons_protocol::signed::Verified;
use commons_protocol::time::Timestamp;
use commons_protocol::vote::{Phase, Proposal, Vote};
use std::collections::HashMap;

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
pub struct Organisation {
    pub name: String,
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
        OrganisationId::of(&self.root.public())
    }

    pub fn member(&self) -> Member {
        Member {
            organisation: self.id(),
            name: text(&self.name),
            kind: OrganisationKind::Site,
            root: self.root.public(),
            next_root: Commitment::to(&self.next_root.public()),
            standing: Standing::Active,
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
    let vote = Vote { commons, parent, round: 0, phase, proposal, elector: elector.public() };
    Verified::sign(vote, elector).expect("its own key").into()
}

/// A commons with its governance objects so far.
pub struct World {
    pub commons: CommonsId,
    pub organisations: Vec<Organisation>,
    pub charters: Vec<Charter>,
    pub objects: Vec<Object>,
    tips: HashMap<(OrganisationId, PublicKey), (u64, Option<ObjectId>)>,
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
            objects.push(vote(commons, None, Phase::Endorse, hash, &organisation.elector));
            objects.push(vote(commons, None, Phase::Commit, hash, &organisation.elector));
        }
        Self { commons, organisations, charters: vec![charter], objects, tips: HashMap::new() }
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
        Charter { number: parent.number + 1, parent: Some(parent.hash()), ..parent.clone() }
    }

    /// Puts an epoch into force: proposed by the first elector, endorsed and committed by all.
    pub fn enact(&mut self, charter: Charter) {
        let (parent, hash) = (Some(self.current().hash()), charter.hash());
        let electors = self.current().electors.clone();
        let voting: Vec<_> = self
            .organisations
            .iter()
            .filter(|organisation| electors.iter().any(|elector| elector.organisation == organisation.id()))
            .map(|organisation| organisation.elector.clone())
            .collect();
        self.objects.push(proposal(charter.clone(), &voting[0], Some(self.commons)));
        for elector in &voting {
            self.objects.push(vote(self.commons, parent, Phase::Endorse, hash, elector));
            self.objects.push(vote(self.commons, parent, Phase::Commit, hash, elector));
        }
        self.charters.push(charter);
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
    pub fn standing_charter(&self, index: usize, standing: Standing, mut pins: Vec<Pin>) -> Charter {
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

/// Writes one log, entry by entry; any stretch of it can be signed as a run.
#[derive(Clone)]
pub struct Writer {
    pub commons: CommonsId,
    pub name: LogName,
    pub key: SecretKey,
    pub person: PublicKey,
    pub epoch: u64,
    pub entries: Vec<Packed>,
    pub ids: Vec<EntryId>,
}

impl Writer {
    pub fn new(commons: CommonsId, name: LogName, key: SecretKey, person: PublicKey) -> Self {
        Self { commons, name, key, person, epoch: 0, entries: Vec::new(), ids: Vec::new() }
    }

    pub fn log(&self) -> LogId {
        self.name.id(&self.commons)
    }

    /// Appends an entry with any body.
    pub fn write(&mut self, kind: EntryKind, body: Vec<u8>, mut deps: Vec<EntryId>) -> EntryId {
        deps.sort_unstable();
        deps.dedup();
        let packed = Packed {
            epoch: self.epoch,
            deps: list(deps),
            time: Timestamp(TIME + self.entries.len() as u64),
            person: self.person,
            kind,
            body: Body::Here(BoundedBytes::new(body).expect("a small body")),
        };
        let id =
            header(self.commons, self.name, self.ids.len() as u64, self.ids.last().copied(), &packed).id();
        self.entries.push(packed);
        self.ids.push(id);
        id
    }

    /// Appends what a body says.
    pub fn say(&mut self, content: &Content, deps: Vec<EntryId>) -> EntryId {
        self.write(content.kind(), content.encode(), deps)
    }

    pub fn create(&mut self) -> EntryId {
        self.say(&Content::Create(Create { kind: DocumentKind::Toolkit }), vec![])
    }

    /// A change of a document; the bytes are no real change, which admission does not ask.
    pub fn change(&mut self, document: EntryId, bytes: &[u8], deps: Vec<EntryId>) -> EntryId {
        let changes = list([BoundedBytes::new(bytes.to_vec()).expect("small")]);
        self.say(&Content::Change(Change { document: document.creates(), continues: false, changes }), deps)
    }

    pub fn erase(&mut self, entries: Vec<EntryId>) -> EntryId {
        let target = EraseTarget::Entries(list(entries));
        self.say(&Content::Erase(Erase { target, reason: text("A name slipped in") }), vec![])
    }

    pub fn receipt(&mut self, erase: EntryId) -> EntryId {
        self.say(&Content::Receipt(Receipt { erase }), vec![])
    }

    /// The entries `from..to`, signed at their end.
    pub fn run(&self, from: usize, to: usize) -> VerifiedRun {
        let prev = from.checked_sub(1).map(|before| self.ids[before]);
        let entries = self.entries[from..to].to_vec();
        VerifiedRun::sign(self.commons, self.name, from as u64, prev, entries, &self.key)
            .expect("a stretch of its own log")
    }

    /// The whole log in runs of at most `length` entries.
    pub fn runs(&self, length: usize) -> Vec<VerifiedRun> {
        let starts = (0..self.entries.len()).step_by(length);
        starts.map(|from| self.run(from, (from + length).min(self.entries.len()))).collect()
    }

    /// Another log with the same name and the same first `length` entries.
    pub fn fork_at(&self, length: usize) -> Self {
        let mut fork = self.clone();
        fork.entries.truncate(length);
        fork.ids.truncate(length);
        fork
    }

    /// A pin that keeps the first `length` entries.
    pub fn pin(&self, length: usize) -> Option<Pin> {
        let last = length.checked_sub(1)?;
        Some(Pin { log: self.log(), seq: last as u64, entry: self.ids[last] })
    }
}

/// The header that stands for a packed entry in its place.
pub fn header(commons: CommonsId, log: LogName, seq: u64, prev: Option<EntryId>, packed: &Packed) -> Header {
    Header {
        commons,
        epoch: packed.epoch,
        log,
        seq,
        prev,
        deps: packed.deps.clone(),
        time: packed.time,
        person: packed.person,
        kind: packed.kind,
        body_length: packed.body.length(),
        body_hash: packed.body.hash(),
    }
}

/// A small generator of numbers for stories: SplitMix64.
#[derive(Clone)]
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which is above zero.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.roll() % limit as u64).expect("below a usize")
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }
}
