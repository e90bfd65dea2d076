//! A commons that publishes: a council, a site, a research group and an
//! advocacy group, their people, a real document, and what they say about it.
#![allow(dead_code)]

use crate::world::writer::header;
use crate::world::{self, Organisation, World, Writer, ballot, founding_charter, list, proposal, text};
use commons_protocol::body::{Acknowledge, Change, Content, Create, Release, Request, Retract, SignedReview};
use commons_protocol::bounded::BoundedBytes;
use commons_protocol::charter::{Charter, Point, Salt};
use commons_protocol::collection::{Collection, DocumentKind, OrganisationKind, Role, Standing};
use commons_protocol::document::{Document, Fields, Particulars};
use commons_protocol::entry::Body;
use commons_protocol::fence::{Actor, ChangeHash};
use commons_protocol::id::{Commitment, DocumentId, EntryId};
use commons_protocol::key::{PublicKey, SecretKey};
use commons_protocol::keylog::{KeyAction, consent};
use commons_protocol::object::Object;
use commons_protocol::policy::{Policy, Requirement};
use commons_protocol::run::Packed;
use commons_protocol::statement::{Review, Verdict};
use commons_protocol::time::Timestamp;
use commons_protocol::version::{Origin, Version};
use std::collections::{BTreeMap, BTreeSet};

/// Places of the organisations.
pub const COUNCIL: usize = 0;
pub const SITE: usize = 1;
pub const RESEARCH: usize = 2;
pub const ADVOCACY: usize = 3;

/// People: name, organisation, roles.
pub const PEOPLE: &[(&str, usize, &[Role])] = &[
    ("Ana", COUNCIL, &[Role::Patient]),
    ("Bo", COUNCIL, &[Role::Family]),
    ("Oz", COUNCIL, &[Role::Administrator]),
    ("Cleo", SITE, &[Role::Clinician]),
    ("Fay", SITE, &[Role::Clinician]),
    ("Dan", RESEARCH, &[Role::Clinician, Role::Researcher]),
    ("Eve", ADVOCACY, &[Role::Patient]),
];

/// The day on which the story begins.
pub const MORNING: u64 = 1_790_000_000_000;

/// A day in milliseconds.
pub const DAY: u64 = 86_400_000;

/// The secret key of a person.
pub fn person(name: &str) -> SecretKey {
    world::key(&format!("person {name}"))
}

/// A commons and all that was written in it.
#[derive(Clone)]
pub struct Press {
    pub world: World,
    /// One log of toolkits per organisation.
    pub logs: Vec<Writer>,
    pub document: DocumentId,
    /// Its content.
    pub content: Document,
    pub contributors: BTreeSet<PublicKey>,
    /// The instant that the next entry claims.
    pub now: u64,
    /// All versions that anybody made.
    pub versions: Vec<Version>,
    /// Branches of logs that forked, and other runs that were never in the logs above.
    pub strays: Vec<Writer>,
    /// Number of each person's next review.
    numbers: BTreeMap<PublicKey, u32>,
}

impl Press {
    /// Ana of the council and Fay of the site have written a toolkit.
    pub fn new() -> Self {
        Self::founded(7, &["Bern council", "Children's hospital", "Research group", "Advocacy"])
    }

    /// The same people and keys under another salt or other names.
    pub fn founded(salt: u8, names: &[&str]) -> Self {
        let mut press = Self::unwritten(salt, names);
        press.document = press.say("Ana", Content::Create(Create { kind: DocumentKind::Toolkit })).creates();
        press.edit("Ana", &fields("Plan the week", "Rest before you are tired."));
        press.edit("Fay", &fields("Plan the week", "Rest before you are tired. Ask for help early."));
        press
    }

    fn unwritten(salt: u8, names: &[&str]) -> Self {
        let world = founding(salt, names);
        let logs = (0..names.len()).map(|index| world.writer(index, Collection::Toolkits, 0)).collect();
        Self {
            world,
            logs,
            document: DocumentId([0; 32]),
            content: Document::new(),
            contributors: BTreeSet::new(),
            now: MORNING,
            versions: Vec::new(),
            strays: Vec::new(),
            numbers: BTreeMap::new(),
        }
    }

    /// Where a person's organisation stands.
    pub fn home(&self, name: &str) -> usize {
        PEOPLE.iter().find(|(one, ..)| *one == name).expect("somebody known").1
    }

    /// An entry by a person in the log of the organisation's node.
    pub fn say(&mut self, name: &str, content: Content) -> EntryId {
        let home = self.home(name);
        self.say_in(home, &person(name).public(), content)
    }

    /// An entry that names any person in any organisation's log.
    pub fn say_in(&mut self, home: usize, person: &PublicKey, content: Content) -> EntryId {
        self.now += 1_000;
        let (now, log) = (self.now, &mut self.logs[home]);
        append(log, now, person, content)
    }

    /// Makes the content what `fields` say.
    pub fn edit(&mut self, name: &str, fields: &Fields) {
        let log = self.logs[self.home(name)].log();
        let actor = Actor::derive(&log.0, &self.document.0);
        let made = match self.content.heads().is_empty() {
            true => self.content.create(&actor, fields, self.now),
            false => self.content.edit(&actor, fields, self.now),
        };
        let changes = made.expect("edits").into_iter().map(|bytes| BoundedBytes::new(bytes).expect("small"));
        let (document, changes) = (self.document, list(changes));
        self.say(name, Content::Change(Change { document, continues: false, changes, overrides: None }));
        self.contributors.insert(person(name).public());
    }

    /// The current content as a version.
    pub fn version(&mut self) -> Version {
        let contributors = self.contributors.iter().copied().collect();
        let version = self.version_by(contributors, &self.content.fields().expect("reads"));
        self.versions.push(version.clone());
        version
    }

    /// Any content at the current heads, with any contributors.
    pub fn version_by(&self, contributors: Vec<PublicKey>, fields: &Fields) -> Version {
        let origin = Origin {
            commons: self.world.commons,
            document: self.document,
            kind: DocumentKind::Toolkit,
            heads: self.content.heads(),
            contributors,
        };
        Version::new(origin, fields).expect("fits")
    }

    /// A person asks for a review of a version.
    pub fn request(&mut self, name: &str, version: &Version) -> EntryId {
        let body = Request {
            document: self.document,
            version: version.name(),
            heads: version.heads.clone(),
            cover: version.cover.clone(),
            note: text("Is it plain enough?"),
        };
        self.say(name, Content::Request(body))
    }

    /// What a person thinks of a version.
    pub fn opinion(&mut self, name: &str, verdict: Verdict, version: &Version) -> Review {
        let key = person(name).public();
        let number = self.numbers.entry(key).or_default();
        *number += 1;
        let role = PEOPLE.iter().find(|(one, ..)| *one == name).expect("somebody known").2[0];
        Review {
            commons: self.world.commons,
            document: self.document,
            version: version.name(),
            reviewer: key,
            role,
            verdict,
            number: *number,
            comment: format!("Read by {name}: \u{201c}clear\u{201d}, \"plain\",\nand short."),
            conflicts: if name == "Cleo" { "works at the hospital".to_owned() } else { String::new() },
            checklist: None,
            time: self.now,
        }
    }

    /// A person reviews a version.
    pub fn review(&mut self, name: &str, verdict: Verdict, version: &Version) -> EntryId {
        let review = self.opinion(name, verdict, version);
        self.publish(name, &review, &person(name))
    }

    /// An entry with a review that `key` signed.
    pub fn publish(&mut self, name: &str, review: &Review, key: &SecretKey) -> EntryId {
        let envelope = review.sign(key).expect("its own key");
        self.say(name, Content::Review(SignedReview { document: self.document, envelope }))
    }

    /// The release of a version.
    pub fn release_body(&self, version: &Version, reviews: &[EntryId], previous: Option<EntryId>) -> Release {
        let mut reviews = reviews.to_vec();
        reviews.sort_unstable();
        Release {
            document: self.document,
            version: version.name(),
            heads: version.heads.clone(),
            cover: version.cover.clone(),
            reviews: list(reviews),
            previous,
        }
    }

    pub fn release(
        &mut self,
        name: &str,
        version: &Version,
        reviews: &[EntryId],
        previous: Option<EntryId>,
    ) -> EntryId {
        let body = self.release_body(version, reviews, previous);
        self.say(name, Content::Release(body))
    }

    /// Asks, reviews by Bo and Cleo, and releases the current content as Ana.
    pub fn publish_current(&mut self, previous: Option<EntryId>) -> EntryId {
        let version = self.version();
        self.request("Ana", &version);
        let reviews = ["Bo", "Cleo"].map(|name| self.review(name, Verdict::Approve, &version));
        self.release("Ana", &version, &reviews, previous)
    }

    /// A person withdraws releases.
    pub fn retract(&mut self, name: &str, releases: &[EntryId]) -> EntryId {
        let body = Retract {
            document: self.document,
            releases: list(releases.to_vec()),
            reason: text("The advice on rest was wrong."),
            instead: None,
        };
        self.say(name, Content::Retract(body))
    }

    pub fn acknowledge(&mut self, name: &str, retraction: EntryId) -> EntryId {
        self.say(name, Content::Acknowledge(Acknowledge { retraction }))
    }

    /// All writers enter the newest epoch.
    pub fn enter_epoch(&mut self) {
        let number = self.world.current().number;
        self.logs.iter_mut().for_each(|log| log.epoch = number);
    }

    /// Enacts a charter with this policy for toolkits.
    pub fn enact_policy(&mut self, policy: Policy) {
        let charter = Charter { policies: Some(list([policy])), ..self.world.next_charter() };
        self.world.enact(charter);
        self.enter_epoch();
    }

    /// Three electors attest the first `length` entries of an organisation's log.
    pub fn attest(&mut self, home: usize, length: usize) {
        let point = self.logs[home].pin(length).expect("an entry");
        [COUNCIL, SITE, RESEARCH].into_iter().for_each(|index| self.world.attest(index, vec![point]));
    }

    /// Another root key takes over, as was committed to, and appoints another
    /// admin key.
    pub fn rotate_root(&mut self, home: usize) {
        let next = self.world.organisations[home].next_root.clone();
        let after = world::key("the root after the next");
        let rotate = KeyAction::RotateRoot { root: next.public(), next: Commitment::to(&after.public()) };
        self.world.root_event(home, rotate);
        self.world.organisations[home].root = next;
        self.world.organisations[home].admin = world::key("another admin");
        let admin = self.world.organisations[home].admin.public();
        self.world.root_event(home, KeyAction::AppointAdmin { admin });
    }

    /// The same, unless it was rotated already.
    pub fn rotate_root_once(&mut self, home: usize) {
        if self.world.organisations[home].root.public() != self.world.organisations[home].next_root.public() {
            self.rotate_root(home);
        }
    }

    /// A key is revoked; of these logs so many entries count for it.
    pub fn revoke(&mut self, home: usize, key: &PublicKey, keep: &[(usize, usize)]) {
        let mut pins: Vec<Point> =
            keep.iter().filter_map(|(log, length)| self.logs[*log].pin(*length)).collect();
        pins.sort_by_key(|pin| pin.log);
        self.world.admin_event(home, KeyAction::Revoke { key: *key, pins: list(pins) });
    }

    /// A member is removed; so many entries of its log count.
    pub fn remove(&mut self, home: usize, length: usize) {
        let pins = self.logs[home].pin(length).into_iter().collect();
        let id = self.world.organisations[home].id();
        let mut charter = self.world.standing_charter(home, Standing::Removed, pins);
        let electors = charter.electors.to_vec();
        charter.electors = list(electors.into_iter().filter(|elector| elector.organisation != id));
        self.world.enact(charter);
        self.enter_epoch();
    }

    /// How many entries an organisation's log has.
    pub fn length(&self, home: usize) -> usize {
        self.logs[home].ids.len()
    }

    /// An entry of the council that says nothing about versions.
    pub fn say_nothing(&mut self) {
        self.say_nothing_in(COUNCIL, "Ana");
    }

    /// An entry of any organisation that says nothing about versions.
    pub fn say_nothing_in(&mut self, home: usize, name: &str) {
        let body = Change { document: self.document, continues: false, changes: list([]), overrides: None };
        self.say_in(home, &person(name).public(), Content::Change(body));
    }

    /// The heads of the current content.
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.content.heads()
    }
}

/// Appends what a body says to any log.
pub fn append(log: &mut Writer, now: u64, person: &PublicKey, content: Content) -> EntryId {
    let packed = Packed {
        epoch: log.epoch,
        deps: list([]),
        time: Timestamp(now),
        person: *person,
        kind: content.kind(),
        body: Body::Here(BoundedBytes::new(content.encode()).expect("a small body")),
    };
    let (seq, prev) = (log.ids.len() as u64, log.ids.last().copied());
    let id = header(log.commons, log.name, seq, prev, &packed).id();
    log.entries.push(packed);
    log.ids.push(id);
    id
}

/// A toolkit.
pub fn fields(title: &str, words: &str) -> Fields {
    let particulars = BTreeMap::from(
        [("audience", "Families"), ("condition/ICD-10:K50", "Crohn disease"), ("review-due", "2028-01-31")]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    Fields {
        title: title.to_owned(),
        language: "en".to_owned(),
        summary: "A week that leaves room".to_owned(),
        text: format!("# Week\n\n{words}\n"),
        particulars: Particulars::new(particulars).expect("fits"),
    }
}

/// A policy that needs one approval by any of these roles each.
pub fn policy(needs: &[(&[Role], u8)], organisations: u8) -> Policy {
    let requirement =
        |(roles, count): &(&[Role], u8)| Requirement { roles: list(roles.to_vec()), count: *count };
    Policy {
        requirements: list(needs.iter().map(requirement)),
        organisations,
        ..Policy::standard(DocumentKind::Toolkit)
    }
}

/// Founded by organisations of these names, all of which vote, with their people.
fn founding(salt: u8, names: &[&str]) -> World {
    let mut world = World::without_keys(names.len(), names.len());
    world.organisations = names.iter().map(|name| Organisation::new(name)).collect();
    let mut charter = founding_charter(&world.organisations, names.len());
    let mut members = charter.members.to_vec();
    for member in &mut members {
        member.kind = match names.iter().position(|name| *name == &*member.name) {
            Some(COUNCIL) => OrganisationKind::Council,
            Some(SITE) => OrganisationKind::Site,
            _ => OrganisationKind::Research,
        };
    }
    charter.members = list(members);
    charter.salt = Salt([salt; 16]);
    charter.writers = list([Role::Patient, Role::Family, Role::Clinician]);
    world.commons = charter.hash().founds();
    world.objects = vec![proposal(charter.clone(), &world.organisations[0].elector, None)];
    let votes = |one: &Organisation| ballot(world.commons, None, charter.hash(), &one.elector, None);
    let votes: Vec<Object> = world.organisations.iter().flat_map(votes).collect();
    world.objects.extend(votes);
    world.charters = vec![charter];
    (0..names.len()).for_each(|index| equip(&mut world, index));
    world
}

/// The keys of an organisation and of its people.
fn equip(world: &mut World, index: usize) {
    let (commons, organisation) = (world.commons, world.organisations[index].clone());
    world.root_event(index, KeyAction::AppointAdmin { admin: organisation.admin.public() });
    let node = organisation.node_delegation(commons, &[Collection::Toolkits, Collection::Guidance]);
    world.admin_event(index, node);
    for (name, _, roles) in PEOPLE.iter().filter(|(_, home, _)| *home == index) {
        let key = person(name);
        let action = KeyAction::DelegatePerson {
            person: key.public(),
            name: text(name),
            roles: list(roles.to_vec()),
            proof: consent(&commons, &organisation.id(), &key),
        };
        world.admin_event(index, action);
    }
}

impl World {
    /// A next charter that suspends a member, who votes no longer, without any
    /// pin.
    pub fn standing_charter_without_vote(&self, index: usize) -> Charter {
        let id = self.organisations[index].id();
        let mut charter = self.standing_charter(index, Standing::Suspended, Vec::new());
        let electors = charter.electors.to_vec();
        charter.electors = list(electors.into_iter().filter(|elector| elector.organisation != id));
        charter
    }
}
