//! A commons whose members, keys and charter are the same in every run.

use super::measure::Outcome;
use commons_node::engine::{Engine, Keyring, Profile};
use commons_node::store::{DiskStore, Record, Store};
use commons_protocol::bounded::{BoundedVec, Text};
use commons_protocol::charter::{Charter, Elector, Member, Rules, Salt};
use commons_protocol::collection::{Collection, OrganisationKind, Role, Standing};
use commons_protocol::entry::LogName;
use commons_protocol::fence::FENCE_VERSION;
use commons_protocol::id::{Commitment, CommonsId, OrganisationId};
use commons_protocol::key::SecretKey;
use commons_protocol::keylog::{KeyAction, KeyEvent, consent};
use commons_protocol::object::Object;
use commons_protocol::signed::Verified;
use commons_protocol::vote::{Phase, Proposal, Vote};
use std::path::Path;

/// The time of everything, in milliseconds.
pub const NOW: u64 = 1_760_000_000_000;

/// The keys of one member.
#[derive(Clone)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// The key of its node.
    pub node: SecretKey,
    /// The transport identity of its node.
    pub peer: SecretKey,
    /// The key of its one person.
    pub person: SecretKey,
    root: SecretKey,
    next_root: SecretKey,
    admin: SecretKey,
    elector: SecretKey,
}

/// A commons of many organisations, of which the first is the only elector.
pub struct World {
    /// Its id.
    pub commons: CommonsId,
    /// Its members.
    pub organisations: Vec<Organisation>,
    /// Charter, vote and delegations.
    pub objects: Vec<Object>,
}

impl Organisation {
    fn new(number: usize) -> Self {
        let key = |what: &str| {
            let seed = blake3::hash(format!("commons bench key {what} {number}").as_bytes());
            SecretKey::from_seed(seed.into())
        };
        let root = key("root");
        Self {
            id: OrganisationId::of(&root.public()),
            node: key("node"),
            peer: key("peer"),
            person: key("person"),
            next_root: key("next root"),
            admin: key("admin"),
            elector: key("elector"),
            root,
        }
    }

    /// The keys, as a node holds them.
    pub fn keyring(&self) -> Keyring {
        Keyring {
            root: self.root.clone(),
            next_root: self.next_root.clone(),
            admin: self.admin.clone(),
            elector: self.elector.clone(),
            node: self.node.clone(),
            peer: self.peer.clone(),
            people: [(self.person.public(), self.person.clone())].into(),
            organisation: self.id,
        }
    }

    /// One of the logs of its node.
    pub fn log(&self, collection: Collection, nonce: u8) -> LogName {
        LogName { node: self.node.public(), collection, nonce }
    }

    fn member(&self) -> Outcome<Member> {
        Ok(Member {
            organisation: self.id,
            name: Text::new(&format!("Member {}", &self.id.to_string()[..8]))?,
            kind: OrganisationKind::Site,
            root: self.root.public(),
            next_root: Commitment::to(&self.next_root.public()),
            standing: Standing::Active,
            former: BoundedVec::default(),
            elector: self.elector.public(),
        })
    }

    fn delegations(&self, commons: CommonsId) -> Outcome<Vec<Object>> {
        let node = KeyAction::DelegateNode {
            node: self.node.public(),
            peer: self.peer.public(),
            collections: BoundedVec::new(Collection::ALL.to_vec())?,
            addresses: BoundedVec::default(),
            proof: consent(&commons, &self.id, &self.node),
        };
        let person = KeyAction::DelegatePerson {
            person: self.person.public(),
            name: Text::new("A person")?,
            roles: BoundedVec::new(vec![Role::Family])?,
            proof: consent(&commons, &self.id, &self.person),
        };
        let appoint = KeyAction::AppointAdmin { admin: self.admin.public() };
        let event = |signer: &SecretKey, seq, prev, action| {
            let signer_key = signer.public();
            let event = KeyEvent { commons, organisation: self.id, signer: signer_key, seq, prev, action };
            Verified::sign(event, signer)
        };
        let first = event(&self.admin, 0, None, node)?;
        let second = event(&self.admin, 1, Some(first.id()), person)?;
        Ok(vec![event(&self.root, 0, None, appoint)?.into(), first.into(), second.into()])
    }
}

impl World {
    /// A commons of `members` organisations.
    pub fn new(members: usize) -> Outcome<Self> {
        let organisations: Vec<Organisation> = (0..members).map(Organisation::new).collect();
        let founder = organisations.first().ok_or("a commons has a founder")?;
        let mut sorted = organisations.iter().map(Organisation::member).collect::<Outcome<Vec<_>>>()?;
        sorted.sort_by_key(|member| member.organisation);
        let elector = Elector { organisation: founder.id, key: founder.elector.public() };
        let charter = Charter {
            policies: None,
            disclosure: None,
            number: 0,
            parent: None,
            salt: Salt([7; 16]),
            name: Text::new("A commons to measure")?,
            purpose: Text::new("Measuring")?,
            members: BoundedVec::new(sorted)?,
            electors: BoundedVec::new(vec![elector])?,
            quorum: 0,
            writers: BoundedVec::new(Role::ALL.to_vec())?,
            rules: Rules { fence: FENCE_VERSION, disclosure: 1 },
            pins: BoundedVec::default(),
        };
        let hash = charter.hash();
        let commons = hash.founds();
        let by = founder.elector.public();
        let vote = |phase| {
            let (parent, round, lock, attested) = (None, 0, None, None);
            let vote = Vote { commons, parent, round, phase, proposal: hash, elector: by, lock, attested };
            Verified::sign(vote, &founder.elector)
        };
        let founding = Verified::sign(Proposal { charter, by, commons: None }, &founder.elector)?;
        let mut objects: Vec<Object> = vec![founding.into()];
        for phase in [Phase::Endorse, Phase::Prepare, Phase::Commit] {
            objects.push(vote(phase)?.into());
        }
        for organisation in &organisations {
            objects.extend(organisation.delegations(commons)?);
        }
        Ok(Self { commons, organisations, objects })
    }

    /// Opens the engine of a member over the store in `directory`.
    pub fn open(&self, member: usize, directory: &Path) -> Outcome<Engine<DiskStore>> {
        let (store, _) = DiskStore::open(directory)?;
        self.engine(member, store)
    }

    fn engine(&self, member: usize, store: DiskStore) -> Outcome<Engine<DiskStore>> {
        let profile = Profile {
            name: format!("Member {member}"),
            kind: OrganisationKind::Site,
            collections: Collection::ALL.to_vec(),
            public_addresses: Vec::new(),
        };
        let mut count: u64 = 0;
        let random = Box::new(move || {
            count += 1;
            blake3::hash(
                &[&[u8::try_from(member % 251).unwrap_or_default()], &count.to_be_bytes()[..]].concat(),
            )
            .into()
        });
        let keys = self.organisations.get(member).ok_or("no such member")?.keyring();
        Ok(Engine::open(store, profile, keys, random, NOW)?)
    }

    /// Makes a store that holds the charter, the delegations and `runs`, as if
    /// they had been received before, and opens the engine over it.
    pub fn fill(&self, member: usize, directory: &Path, runs: &[Vec<u8>]) -> Outcome<Engine<DiskStore>> {
        let mut engine = self.open(member, directory)?;
        engine.recover(&commons_node::engine::Recovery {
            organisation: self.organisations.get(member).ok_or("no such member")?.id,
            commons: Some(self.commons),
            hubs: Vec::new(),
        })?;
        engine.commit()?;
        let mut store = engine.into_store();
        let objects = self.objects.iter().map(Object::encode);
        append(&mut store, commons_node::engine::journal::OBJECT, objects)?;
        append(&mut store, commons_node::engine::journal::RUN, runs.iter().cloned())?;
        self.engine(member, store)
    }
}

/// Appends records in batches that a store takes.
fn append(store: &mut DiskStore, kind: u8, payloads: impl Iterator<Item = Vec<u8>>) -> Outcome<()> {
    let records: Vec<Record> = payloads.map(|payload| Record { kind, payload }).collect();
    for batch in records.chunks(32) {
        store.append(batch)?;
    }
    Ok(())
}
