//! Homes with their commons already in them: the founding charter with all
//! members, its votes and the members' first key events, signed with the keys
//! of the homes and put into their stores.

use std::path::Path;

use commons_node::engine::Recovery;
use commons_node::engine::journal::OBJECT;
use commons_node::keystore::{Keys, Keystore, Seed};
use commons_node::node::{Setup, check, install};
use commons_node::store::{DiskStore, Record, Store};
use commons_protocol::bounded::{BoundedVec, Text};
use commons_protocol::charter::{Charter, Elector, Member, Rules, Salt};
use commons_protocol::collection::{Collection, OrganisationKind, Role, Standing};
use commons_protocol::id::{Commitment, CommonsId, ObjectId, OrganisationId};
use commons_protocol::key::SecretKey;
use commons_protocol::keylog::{KeyAction, KeyEvent, consent};
use commons_protocol::object::Object;
use commons_protocol::signed::Verified;
use commons_protocol::vote::{Phase, Proposal, Vote};

/// Members that vote.
const ELECTORS: usize = 7;

/// One organisation with its home and keys.
pub struct Founder {
    name: String,
    keys: Keys,
    /// Where others dial it.
    address: Option<String>,
}

impl Founder {
    /// Makes the home of an organisation; a hub listens at `address`.
    pub fn install(home: &Path, name: &str, address: Option<String>) -> Self {
        let setup = Setup {
            name: name.to_owned(),
            kind: "site".to_owned(),
            passphrase: None,
            recovered: None,
            is_hub: address.is_some(),
            listen: address.iter().cloned().collect(),
            public_addresses: Vec::new(),
            api: Some("127.0.0.1:0".to_owned()),
        };
        install(home, &setup).expect("a home can be made");
        let (_, keys) = Keystore::open(&home.join("keys"), None).expect("the keys can be opened");
        Self { name: name.to_owned(), keys, address }
    }

    fn organisation(&self) -> OrganisationId {
        OrganisationId::of(&key(&self.keys.root).public())
    }

    fn member(&self) -> Member {
        Member {
            organisation: self.organisation(),
            name: text(&self.name),
            kind: OrganisationKind::Site,
            root: key(&self.keys.root).public(),
            next_root: Commitment::to(&key(&self.keys.next_root).public()),
            standing: Standing::Active,
            former: BoundedVec::default(),
            elector: key(&self.keys.elector).public(),
        }
    }

    fn elector(&self) -> Elector {
        Elector { organisation: self.organisation(), key: key(&self.keys.elector).public() }
    }

    /// The events that introduce it: its admin key, its node, its operator.
    fn introduction(&self, commons: CommonsId) -> Vec<Object> {
        let (root, admin) = (key(&self.keys.root), key(&self.keys.admin));
        let appointed = self.event(commons, &root, None, KeyAction::AppointAdmin { admin: admin.public() });
        let node = self.event(commons, &admin, None, self.node(commons));
        let person = self.event(commons, &admin, Some((1, node.id())), self.operator(commons));
        vec![appointed, node, person]
    }

    fn node(&self, commons: CommonsId) -> KeyAction {
        let node = key(&self.keys.node);
        KeyAction::DelegateNode {
            proof: consent(&commons, &self.organisation(), &node),
            node: node.public(),
            peer: key(&self.keys.peer).public(),
            collections: bounded(Collection::ALL.to_vec()),
            addresses: bounded(self.address.iter().map(|address| text(address)).collect()),
        }
    }

    fn operator(&self, commons: CommonsId) -> KeyAction {
        let person = self.keys.persons.values().next().expect("a home has an operator");
        let operator = key(&person.seed);
        KeyAction::DelegatePerson {
            person: operator.public(),
            name: text(&person.name),
            roles: bounded(vec![Role::Administrator]),
            proof: consent(&commons, &self.organisation(), &operator),
        }
    }

    fn event(
        &self,
        commons: CommonsId,
        signer: &SecretKey,
        before: Option<(u64, ObjectId)>,
        action: KeyAction,
    ) -> Object {
        let event = KeyEvent {
            commons,
            organisation: self.organisation(),
            signer: signer.public(),
            seq: before.map_or(0, |(seq, _)| seq),
            prev: before.map(|(_, id)| id),
            action,
        };
        Verified::sign(event, signer).expect("the signer signs").into()
    }
}

/// What a commons of all `founders` starts with: the charter with its votes,
/// and what introduces each of them.
pub struct Start {
    commons: CommonsId,
    governance: Vec<Object>,
    introductions: Vec<Vec<Object>>,
}

impl Start {
    /// Founds a commons; the first members vote.
    pub fn of(founders: &[Founder]) -> Self {
        let charter = charter(founders);
        let hash = charter.hash();
        let commons = hash.founds();
        let first = key(&founders[0].keys.elector);
        let proposal = Proposal { charter, by: first.public(), commons: None };
        let mut governance: Vec<Object> =
            vec![Verified::sign(proposal, &first).expect("the founder signs").into()];
        for founder in founders.iter().take(ELECTORS) {
            let elector = key(&founder.keys.elector);
            for phase in [Phase::Endorse, Phase::Prepare, Phase::Commit] {
                let vote = Vote {
                    commons,
                    parent: None,
                    round: 0,
                    phase,
                    proposal: hash,
                    elector: elector.public(),
                    lock: None,
                    attested: None,
                };
                governance.push(Verified::sign(vote, &elector).expect("an elector signs").into());
            }
        }
        let introductions = founders.iter().map(|founder| founder.introduction(commons)).collect();
        Self { commons, governance, introductions }
    }

    /// Puts into a home what `known` members' introductions and the charter
    /// are; the rest it has to hear from others.
    pub fn put_into(&self, home: &Path, founder: &Founder, known: impl Iterator<Item = usize>) {
        let recovery =
            Recovery { organisation: founder.organisation(), commons: Some(self.commons), hubs: Vec::new() };
        let file = home.join("recovery");
        std::fs::write(&file, recovery.encode()).expect("a file can be written");
        // Opening it notes the commons.
        assert!(check(home, None).expect("a new home can be checked").ok);
        std::fs::remove_file(file).expect("a file can be removed");
        let (mut store, _) = DiskStore::open(&home.join("store")).expect("a store can be opened");
        let introductions = known.flat_map(|who| &self.introductions[who]);
        let record = |object: &Object| Record { kind: OBJECT, payload: object.encode() };
        let records: Vec<Record> = self.governance.iter().chain(introductions).map(record).collect();
        store.append(&records).expect("records can be stored");
    }
}

fn charter(founders: &[Founder]) -> Charter {
    let mut members: Vec<Member> = founders.iter().map(Founder::member).collect();
    members.sort_by_key(|member| member.organisation);
    let mut electors: Vec<Elector> = founders.iter().take(ELECTORS).map(Founder::elector).collect();
    electors.sort_by_key(|elector| elector.organisation);
    Charter {
        policies: None,
        disclosure: None,
        number: 0,
        parent: None,
        salt: Salt([7; 16]),
        name: text("A star"),
        purpose: text("What anybody writes arrives everywhere"),
        members: bounded(members),
        electors: bounded(electors),
        quorum: 0,
        writers: bounded(Role::ALL.to_vec()),
        rules: Rules { fence: commons_protocol::fence::FENCE_VERSION, disclosure: 1 },
        pins: BoundedVec::default(),
    }
}

fn key(seed: &Seed) -> SecretKey {
    SecretKey::from_seed(*seed.expose())
}

fn text<const N: usize>(words: &str) -> Text<N> {
    Text::new(words).expect("short words")
}

fn bounded<T, const N: usize>(items: Vec<T>) -> BoundedVec<T, N> {
    BoundedVec::new(items).unwrap_or_else(|_| panic!("more than {N} items"))
}
