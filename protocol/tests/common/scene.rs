//! A commons in which people review, release and withdraw documents, told entry by entry.
#![allow(dead_code)]

use crate::world::{Organisation, World, Writer, key, list, text};
use commons_protocol::admission::{Admission, Outcome};
use commons_protocol::body::{Acknowledge, Content, Create, Release, Request, Retract, SignedReview};
use commons_protocol::catalogue::{Catalogue, Meaning};
use commons_protocol::charter::Charter;
use commons_protocol::collection::{Collection, DocumentKind, Role};
use commons_protocol::date::Date;
use commons_protocol::document::{Fields, Particulars};
use commons_protocol::entry::Entry;
use commons_protocol::fence::ChangeHash;
use commons_protocol::id::{CommonsId, DocumentId, EntryId};
use commons_protocol::key::{PublicKey, SecretKey};
use commons_protocol::policy::{Policy, Requirement};
use commons_protocol::publication::standing::{Desk, Standing};
use commons_protocol::publication::tally::{Rules, Tally};
use commons_protocol::publication::{Papers, Subject};
use commons_protocol::run::VerifiedRun;
use commons_protocol::statement::{Review, Verdict};
use commons_protocol::version::{Origin, Version};
use std::collections::BTreeSet;

/// Organisations; the first four vote, the first creates the document.
pub const MEMBERS: usize = 5;

/// The roles in which each organisation has one person.
pub const ROLES: [Role; 5] =
    [Role::Patient, Role::Family, Role::Clinician, Role::Researcher, Role::Administrator];

/// A commons, the logs of its members, and one toolkit.
pub struct Scene {
    pub world: World,
    pub logs: Vec<Writer>,
    pub document: DocumentId,
}

/// What one verdict says, and by whom.
#[derive(Clone)]
pub struct Opinion {
    pub organisation: usize,
    pub person: SecretKey,
    pub role: Role,
    pub verdict: Verdict,
    pub number: u32,
}

impl Scene {
    /// Everybody is here, nobody said anything.
    pub fn new() -> Self {
        let mut world = World::new(MEMBERS, 4);
        for index in 0..MEMBERS {
            for role in ROLES {
                let person = person_of(&world.organisations[index], role);
                let action = world.organisations[index].person_delegation(world.commons, &person, &[role]);
                world.admin_event(index, action);
            }
        }
        let logs = (0..MEMBERS).map(|index| world.writer(index, Collection::Toolkits, 0)).collect();
        let mut scene = Self { world, logs, document: DocumentId([0; 32]) };
        scene.document = scene.create(0);
        scene
    }

    /// The person of an organisation who has this role.
    pub fn person(&self, organisation: usize, role: Role) -> SecretKey {
        person_of(&self.world.organisations[organisation], role)
    }

    /// An entry in the log of an organisation, by one of its people.
    pub fn say(&mut self, organisation: usize, person: &SecretKey, content: &Content) -> EntryId {
        self.logs[organisation].person = person.public();
        self.logs[organisation].say(content, vec![])
    }

    fn by_clinician(&mut self, organisation: usize, content: &Content) -> EntryId {
        let person = self.person(organisation, Role::Clinician);
        self.say(organisation, &person, content)
    }

    /// Another toolkit.
    pub fn create(&mut self, organisation: usize) -> DocumentId {
        self.by_clinician(organisation, &Content::Create(Create { kind: DocumentKind::Toolkit })).creates()
    }

    /// A version of the toolkit, written by the clinician of the first organisation.
    pub fn version(&self, number: u8) -> Version {
        let author = self.person(0, Role::Clinician).public();
        self.version_of(self.document, number, &[author], &[])
    }

    /// A version of any document.
    pub fn version_of(
        &self,
        document: DocumentId,
        number: u8,
        contributors: &[PublicKey],
        particulars: &[(&str, &str)],
    ) -> Version {
        let origin = Origin {
            commons: self.world.commons,
            document,
            kind: DocumentKind::Toolkit,
            heads: heads(number),
            contributors: contributors.to_vec(),
        };
        Version::new(origin, &fields(number, particulars)).expect("it fits")
    }

    /// Asks for reviews.
    pub fn ask(&mut self, organisation: usize, version: &Version) -> EntryId {
        let request = Request {
            document: version.document,
            version: version.name(),
            heads: version.heads.clone(),
            cover: version.cover.clone(),
            note: text("please"),
        };
        self.by_clinician(organisation, &Content::Request(request))
    }

    /// A review by the person who has the role in which it is given.
    pub fn review(
        &mut self,
        organisation: usize,
        role: Role,
        verdict: Verdict,
        number: u32,
        version: &Version,
    ) -> EntryId {
        let person = self.person(organisation, role);
        self.review_as(&Opinion { organisation, person, role, verdict, number }, version)
    }

    /// A review by anybody in any role.
    pub fn review_as(&mut self, opinion: &Opinion, version: &Version) -> EntryId {
        let content = self.review_content(opinion, version);
        self.say(opinion.organisation, &opinion.person, &content)
    }

    /// The body of a review.
    pub fn review_content(&self, opinion: &Opinion, version: &Version) -> Content {
        let review = Review {
            commons: self.world.commons,
            document: version.document,
            version: version.name(),
            reviewer: opinion.person.public(),
            role: opinion.role,
            verdict: opinion.verdict,
            number: opinion.number,
            comment: String::new(),
            conflicts: String::new(),
            checklist: None,
            time: 1,
        };
        let envelope = review.sign(&opinion.person).expect("its own key");
        Content::Review(SignedReview { document: version.document, envelope })
    }

    /// An approval, the person's first review.
    pub fn approve(&mut self, organisation: usize, role: Role, version: &Version) -> EntryId {
        self.review(organisation, role, Verdict::Approve, 1, version)
    }

    /// Approvals that meet the standard policy: a patient of the second and a clinician of the
    /// third organisation.
    pub fn good(&mut self, version: &Version) -> Vec<EntryId> {
        vec![self.approve(1, Role::Patient, version), self.approve(2, Role::Clinician, version)]
    }

    /// A release by the clinician of an organisation.
    pub fn release(
        &mut self,
        organisation: usize,
        version: &Version,
        reviews: &[EntryId],
        previous: Option<EntryId>,
    ) -> EntryId {
        let release = release_body(version, reviews, previous);
        self.by_clinician(organisation, &Content::Release(release))
    }

    /// A version, well reviewed, and its release by the first organisation.
    pub fn released(&mut self, number: u8, previous: Option<EntryId>) -> (Version, EntryId) {
        let version = self.version(number);
        let reviews = self.good(&version);
        let release = self.release(0, &version, &reviews, previous);
        (version, release)
    }

    /// A document that says that it replaces another, released by its creator.
    pub fn replacement(&mut self, organisation: usize, old: DocumentId) -> (DocumentId, EntryId) {
        let document = self.create(organisation);
        (document, self.replace(organisation, document, old))
    }

    /// A release of a document that says that it replaces another.
    pub fn replace(&mut self, organisation: usize, document: DocumentId, old: DocumentId) -> EntryId {
        let author = self.person(0, Role::Researcher).public();
        let version = self.version_of(document, 77, &[author], &[("supersedes", &old.to_string())]);
        let reviews = self.good(&version);
        self.release(organisation, &version, &reviews, None)
    }

    /// Withdraws releases of the toolkit.
    pub fn retract(&mut self, organisation: usize, releases: &[EntryId]) -> EntryId {
        self.retract_of(organisation, self.document, releases)
    }

    /// Withdraws releases of any document.
    pub fn retract_of(&mut self, organisation: usize, document: DocumentId, releases: &[EntryId]) -> EntryId {
        let releases = list(releases.iter().copied());
        let retract = Retract { document, releases, reason: text("It is wrong"), instead: None };
        self.by_clinician(organisation, &Content::Retract(retract))
    }

    /// Confirms a retraction.
    pub fn acknowledge(&mut self, organisation: usize, retraction: EntryId) -> EntryId {
        self.by_clinician(organisation, &Content::Acknowledge(Acknowledge { retraction }))
    }

    /// The next epoch; what is said from now on names it.
    pub fn enact(&mut self, charter: Charter) {
        self.world.enact(charter);
        let number = self.world.current().number;
        self.logs.iter_mut().for_each(|log| log.epoch = number);
    }

    /// An epoch with another policy for toolkits.
    pub fn change_policy(&mut self, change: impl FnOnce(&mut Policy)) {
        let mut policy = self.world.current().policy(DocumentKind::Toolkit);
        change(&mut policy);
        self.enact(Charter { policies: Some(list([policy])), ..self.world.next_charter() });
    }

    /// So many electors attest all of an organisation's log.
    pub fn attest(&mut self, organisation: usize, electors: usize) {
        let point = self.logs[organisation].pin(self.logs[organisation].ids.len()).expect("it wrote");
        (0..electors).for_each(|index| self.world.attest(index, vec![point]));
    }

    /// What a node that holds all of it knows.
    pub fn office(&self) -> Office {
        self.office_of(self.logs.iter())
    }

    /// What a node that holds these logs knows.
    pub fn office_of<'a>(&self, logs: impl Iterator<Item = &'a Writer>) -> Office {
        let mut office = Office::new(self.world.commons);
        office.admission.take_objects(self.world.objects.iter().cloned());
        for log in logs.filter(|log| !log.ids.is_empty()) {
            office.take(log.run(0, log.ids.len()));
        }
        office
    }
}

/// A node's knowledge.
#[derive(Debug)]
pub struct Office {
    pub admission: Admission,
    pub catalogue: Catalogue,
    observed: Vec<Entry>,
}

impl Office {
    /// A node that knows nothing yet.
    pub fn new(commons: CommonsId) -> Self {
        Self { admission: Admission::new(commons), catalogue: Catalogue::default(), observed: Vec::new() }
    }

    /// A node that must take everything in again.
    pub fn emptied(&self) -> Self {
        Self { admission: self.admission.emptied(), catalogue: Catalogue::default(), observed: Vec::new() }
    }

    /// The same admitted entries, catalogued anew: in an order that `pick` chooses (a number below
    /// a count), some bodies later than their headers.
    pub fn observed_again(self, mut pick: impl FnMut(usize) -> usize) -> Self {
        let Self { admission, observed: mut rest, .. } = self;
        let mut fresh = Self { admission, catalogue: Catalogue::default(), observed: Vec::new() };
        while !rest.is_empty() {
            let entry = rest.swap_remove(pick(rest.len()));
            if pick(4) == 0 {
                fresh.observe_as(&entry, &Meaning::Missing);
                rest.insert(pick(rest.len() + 1), entry);
            } else {
                fresh.observe_entry(&entry);
            }
        }
        fresh
    }

    /// Takes in a run. Returns whether everything must be taken in again.
    pub fn take(&mut self, run: VerifiedRun) -> bool {
        let outcome = self.admission.take_run(run);
        self.observe(outcome)
    }

    /// Catalogues what was admitted.
    pub fn observe(&mut self, outcome: Outcome) -> bool {
        for part in outcome.admitted {
            part.run.entries()[..part.count].iter().for_each(|entry| self.observe_entry(entry));
        }
        outcome.rebuild
    }

    fn observe_entry(&mut self, entry: &Entry) {
        let erased = self.observe_as(entry, &Catalogue::meaning(entry));
        self.observed.push(entry.clone());
        // What is erased now is forgotten when it is seen again.
        let again: Vec<Entry> =
            self.observed.iter().filter(|one| erased.contains(&one.id)).cloned().collect();
        again.iter().for_each(|one| _ = self.observe_as(one, &Catalogue::meaning(one)));
    }

    /// Returns the entries that are erased now.
    fn observe_as(&mut self, entry: &Entry, meaning: &Meaning) -> BTreeSet<EntryId> {
        let log = entry.header.log;
        let place = self.admission.place(&entry.id).expect("it is admitted");
        let organisation = self.admission.keys().node(&log.node).expect("it is delegated").organisation;
        self.catalogue.observe(entry.id, place, log.collection, organisation, meaning).erase
    }

    pub fn rules(&self) -> Rules<'_> {
        Rules {
            governance: self.admission.governance().expect("it is founded"),
            keys: self.admission.keys(),
            attested: self.admission.attested(),
        }
    }

    pub fn desk(&self, today: &str) -> Desk<'_> {
        let today: Date = today.parse().expect("a date");
        Desk { publications: self.catalogue.publications(), rules: self.rules(), today }
    }

    /// A document as what is said about it is judged by it.
    pub fn subject(&self, document: &DocumentId) -> Option<Subject> {
        let created = self.catalogue.document(document)?.created?;
        let (commons, document) = (self.admission.commons(), *document);
        Some(Subject { commons, document, kind: created.kind, creator: created.organisation })
    }

    pub fn papers(&self, document: &DocumentId) -> Papers {
        self.catalogue.publications().papers(document).cloned().unwrap_or_default()
    }

    pub fn judge(&self, document: &DocumentId, release: &EntryId) -> Tally {
        let papers = self.papers(document);
        let subject = self.subject(document).expect("it was created");
        self.rules().judge(&subject, papers.releases.get(release).expect("it is admitted"), &papers)
    }

    pub fn standing(&self, document: &DocumentId, heads: Option<&[ChangeHash]>, today: &str) -> Standing {
        let subject = self.subject(document).expect("it was created");
        let is_current = heads.map(|heads| move |asked: &[ChangeHash]| asked == heads);
        let is_current = is_current.as_ref().map(|one| one as &dyn Fn(&[ChangeHash]) -> bool);
        self.desk(today).standing(&subject, is_current, |id| self.subject(id))
    }
}

/// The key of an organisation's person who has this role.
pub fn person_of(organisation: &Organisation, role: Role) -> SecretKey {
    key(&format!("{} {}", organisation.name, role.word()))
}

/// The heads of version `number`.
pub fn heads(number: u8) -> Vec<ChangeHash> {
    vec![ChangeHash([number; 32]), ChangeHash([number.wrapping_add(100); 32])]
}

/// The content of version `number`.
pub fn fields(number: u8, particulars: &[(&str, &str)]) -> Fields {
    let values = particulars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Fields {
        title: "Going home".into(),
        language: "en".into(),
        summary: "What helps".into(),
        text: format!("version {number}\n"),
        particulars: Particulars::new(values.collect()).expect("they fit"),
    }
}

/// The body of a release.
pub fn release_body(version: &Version, reviews: &[EntryId], previous: Option<EntryId>) -> Release {
    let mut reviews = reviews.to_vec();
    reviews.sort_unstable();
    Release {
        document: version.document,
        version: version.name(),
        heads: version.heads.clone(),
        cover: version.cover.clone(),
        reviews: list(reviews),
        previous,
    }
}

/// So many approvals in one of these roles.
pub fn need(roles: &[Role], count: u8) -> Requirement {
    Requirement { roles: list(roles.iter().copied()), count }
}
