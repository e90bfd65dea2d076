//! Sagas: what people of five organisations say about three documents, drawn and shrunk by a
//! generator.

use crate::scene::{MEMBERS, Opinion, ROLES, Scene, need};
use crate::world::{Writer, list, text};
use commons_protocol::body::{Content, Erase, EraseTarget};
use commons_protocol::collection::{Role, Standing};
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::keylog::KeyAction;
use commons_protocol::statement::Verdict;
use commons_protocol::version::Version;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any};
use proptest::{collection, prop_oneof};

/// Something that happens. Numbers choose among what there is, modulo how much there is.
#[derive(Clone, Debug)]
pub enum Step {
    /// Somebody asks for reviews.
    Ask { by: u8, version: u8 },
    /// A patient and a clinician approve.
    Good { version: u8 },
    /// As `Good`, and the creator of the first document releases it.
    Publish { version: u8, follows: bool },
    /// Somebody reviews, in the own role or another.
    Review { by: u8, own: u8, claimed: u8, verdict: Verdict, number: u8, version: u8 },
    /// A release that lists all reviews of the version, or some of all reviews.
    Release { by: u8, version: u8, all: bool, mask: u16, previous: Option<u8> },
    /// A retraction of some releases.
    Retract { by: u8, mask: u8 },
    /// Somebody confirms a retraction.
    Acknowledge { by: u8, which: u8 },
    /// Electors attest all of a log.
    Attest { log: u8, electors: u8 },
    /// An epoch with another policy.
    Policy { what: u8 },
    /// The last organisation gets another standing; the first `keep` entries stay.
    Stand { standing: Standing, keep: u8 },
    /// A person is revoked; the first `keep` entries of the log stay.
    Revoke { by: u8, role: u8, keep: u8 },
    /// An organisation erases an entry of its own, or a document.
    Erase { by: u8, which: u8, document: bool },
    /// An organisation goes on in another log, under an old epoch.
    BackDate { by: u8 },
}

/// Between one and fifty steps.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    collection::vec(step(), 1..50)
}

fn step() -> BoxedStrategy<Step> {
    let masks = (any::<u8>(), any::<u8>(), any::<u16>(), proptest::option::of(any::<u8>()));
    prop_oneof![
        3 => (any::<u8>(), any::<u8>()).prop_map(|(by, version)| Step::Ask { by, version }),
        4 => any::<u8>().prop_map(|version| Step::Good { version }),
        6 => (any::<u8>(), any::<bool>()).prop_map(|(version, follows)| Step::Publish { version, follows }),
        8 => reviews(),
        6 => (masks, proptest::bool::weighted(0.8)).prop_map(|((by, version, mask, previous), all)| {
            Step::Release { by, version, all, mask, previous }
        }),
        3 => (prop_oneof![2 => Just(0), 1 => any::<u8>()], any::<u8>())
            .prop_map(|(by, mask)| Step::Retract { by, mask }),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(by, which)| Step::Acknowledge { by, which }),
        2 => (any::<u8>(), 2..5_u8).prop_map(|(log, electors)| Step::Attest { log, electors }),
        2 => rules(),
    ]
    .boxed()
}

fn reviews() -> BoxedStrategy<Step> {
    let verdicts = prop_oneof![4 => Just(Verdict::Approve), 1 => Just(Verdict::RequestChanges), 1 => Just(Verdict::Decline)];
    let roles = (any::<u8>(), proptest::option::weighted(0.1, any::<u8>()));
    (any::<u8>(), roles, verdicts, 1..4_u8, any::<u8>())
        .prop_map(|(by, (own, other), verdict, number, version)| {
            let claimed = other.unwrap_or(own);
            Step::Review { by, own, claimed, verdict, number, version }
        })
        .boxed()
}

fn rules() -> BoxedStrategy<Step> {
    let standings = prop_oneof![Just(Standing::Active), Just(Standing::Suspended), Just(Standing::Removed)];
    prop_oneof![
        3 => any::<u8>().prop_map(|what| Step::Policy { what }),
        1 => (standings, any::<u8>()).prop_map(|(standing, keep)| Step::Stand { standing, keep }),
        1 => (any::<u8>(), any::<u8>(), any::<u8>())
            .prop_map(|(by, role, keep)| Step::Revoke { by, role, keep }),
        2 => (any::<u8>(), any::<u8>(), proptest::bool::weighted(0.15))
            .prop_map(|(by, which, document)| Step::Erase { by, which, document }),
        2 => any::<u8>().prop_map(|by| Step::BackDate { by }),
    ]
    .boxed()
}

/// A saga as far as it is told.
pub struct Saga {
    pub scene: Scene,
    pub documents: Vec<DocumentId>,
    versions: Vec<Version>,
    reviews: Vec<(EntryId, usize)>,
    releases: Vec<(EntryId, usize)>,
    retractions: Vec<EntryId>,
    finished: Vec<Writer>,
}

impl Saga {
    /// Tells all of it.
    pub fn tell(steps: &[Step]) -> Self {
        let mut scene = Scene::new();
        let documents = vec![scene.document, scene.create(3), scene.create(0)];
        let mut versions = Vec::new();
        for (index, document) in documents.iter().enumerate() {
            for number in 0..3 {
                let (organisation, role) =
                    [(0, Role::Clinician), (3, Role::Clinician), (0, Role::Researcher)][usize::from(number)];
                let author = scene.person(organisation, role).public();
                let old = documents[(index + 1) % 3].to_string();
                let due: &[(&str, &str)] = &[("review-due", "2026-05-01")];
                let replaces: &[(&str, &str)] = &[("supersedes", &old)];
                let particulars = [&[][..], due, replaces][usize::from(number)];
                versions.push(scene.version_of(*document, number, &[author], particulars));
            }
        }
        let (reviews, releases, retractions, finished) = (vec![], vec![], vec![], vec![]);
        let mut saga = Self { scene, documents, versions, reviews, releases, retractions, finished };
        steps.iter().for_each(|step| saga.step(step));
        saga
    }

    /// Every log.
    pub fn logs(&self) -> impl Iterator<Item = &Writer> {
        self.scene.logs.iter().chain(&self.finished)
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Ask { by, version } => {
                let version = self.version(version).1;
                self.scene.ask(member(by), &version);
            }
            Step::Good { version } => self.good(version),
            Step::Publish { version, follows } => {
                self.good(version);
                let last = self.releases.len().checked_sub(1).and_then(|last| u8::try_from(last).ok());
                self.release(0, version, None, last.filter(|_| follows));
            }
            Step::Review { .. } => self.review(step),
            Step::Release { by, version, all, mask, previous } => {
                self.release(by, version, if all { None } else { Some(mask) }, previous);
            }
            Step::Retract { by, mask } => self.retract(by, mask),
            Step::Acknowledge { by, which } => {
                if let Some(retraction) = pick(&self.retractions, which).copied() {
                    self.scene.acknowledge(member(by), retraction);
                }
            }
            Step::Attest { log, electors } => {
                if !self.scene.logs[member(log)].ids.is_empty() {
                    self.scene.attest(member(log), usize::from(electors).min(4));
                }
            }
            Step::Policy { what } => self.policy(what),
            Step::Stand { standing, keep } => {
                let pins = self.pin(4, keep);
                let charter = self.scene.world.standing_charter(4, standing, pins);
                self.scene.enact(charter);
            }
            Step::Revoke { by, role, keep } => {
                let person = self.scene.person(member(by), ROLES[usize::from(role) % ROLES.len()]).public();
                let pins = list(self.pin(member(by), keep));
                self.scene.world.admin_event(member(by), KeyAction::Revoke { key: person, pins });
            }
            Step::Erase { by, which, document } => self.erase(member(by), which, document),
            Step::BackDate { by } => self.back_date(member(by)),
        }
    }

    fn version(&self, number: u8) -> (usize, Version) {
        let index = usize::from(number) % self.versions.len();
        (index, self.versions[index].clone())
    }

    fn good(&mut self, version: u8) {
        let (index, version) = self.version(version);
        let reviews = self.scene.good(&version);
        self.reviews.extend(reviews.into_iter().map(|review| (review, index)));
    }

    fn review(&mut self, step: &Step) {
        let Step::Review { by, own, claimed, verdict, number, version } = *step else { return };
        let role = |number: u8| ROLES[usize::from(number) % ROLES.len()];
        let (index, version) = self.version(version);
        let organisation = member(by);
        let person = self.scene.person(organisation, role(own));
        let opinion = Opinion { organisation, person, role: role(claimed), verdict, number: number.into() };
        self.reviews.push((self.scene.review_as(&opinion, &version), index));
    }

    fn release(&mut self, by: u8, version: u8, mask: Option<u16>, previous: Option<u8>) {
        let (index, version) = self.version(version);
        let chosen = |place: usize, of: usize| match mask {
            None => of == index,
            Some(mask) => mask >> (place % 16) & 1 == 1,
        };
        let listed = self.reviews.iter().enumerate().filter(|(place, (_, of))| chosen(*place, *of));
        let listed: Vec<EntryId> = listed.map(|(_, (id, _))| *id).take(32).collect();
        let previous = previous.and_then(|which| pick(&self.releases, which)).map(|(id, _)| *id);
        let release = self.scene.release(member(by), &version, &listed, previous);
        self.releases.push((release, index));
    }

    fn retract(&mut self, by: u8, mask: u8) {
        let chosen = self.releases.iter().enumerate().filter(|(place, _)| mask >> (place % 8) & 1 == 1);
        let chosen: Vec<(EntryId, usize)> = chosen.map(|(_, one)| *one).collect();
        let Some((_, index)) = chosen.first() else { return };
        let document = self.versions[*index].document;
        let releases: Vec<EntryId> = chosen.iter().map(|(id, _)| *id).collect();
        self.retractions.push(self.scene.retract_of(member(by), document, &releases));
    }

    fn policy(&mut self, what: u8) {
        self.scene.change_policy(|policy| match what % 6 {
            0 => policy.authors_may_review = !policy.authors_may_review,
            1 => policy.declines_block = !policy.declines_block,
            2 => policy.electors_retract = !policy.electors_retract,
            3 => policy.valid_months = if policy.valid_months == Some(6) { None } else { Some(6) },
            4 => policy.requirements = list([need(&[Role::Clinician], 2)]),
            _ => {
                policy.requirements = list([need(&[Role::Patient, Role::Family, Role::Clinician], 1)]);
                policy.organisations = 1;
            }
        });
    }

    fn pin(&self, organisation: usize, keep: u8) -> Vec<commons_protocol::charter::Point> {
        let log = &self.scene.logs[organisation];
        log.pin(usize::from(keep) % (log.ids.len() + 1)).into_iter().collect()
    }

    fn erase(&mut self, by: usize, which: u8, document: bool) {
        let target = match (document, pick(&self.scene.logs[by].ids, which)) {
            (true, _) => EraseTarget::Document(self.documents[usize::from(which) % 3], list([])),
            (false, Some(entry)) => EraseTarget::Entries(list([*entry])),
            (false, None) => return,
        };
        let person = self.scene.person(by, Role::Clinician);
        self.scene.say(by, &person, &Content::Erase(Erase { target, reason: text("a name") }));
    }

    fn back_date(&mut self, by: usize) {
        let log = &mut self.scene.logs[by];
        let nonce = log.name.nonce;
        if nonce < 9 {
            let name = commons_protocol::entry::LogName { nonce: nonce + 1, ..log.name };
            let fresh = Writer::new(log.commons, name, log.key.clone(), log.person);
            self.finished.push(std::mem::replace(log, fresh));
        }
    }
}

fn member(number: u8) -> usize {
    usize::from(number) % MEMBERS
}

fn pick<T>(items: &[T], which: u8) -> Option<&T> {
    (!items.is_empty()).then(|| &items[usize::from(which) % items.len()])
}
