//! Tells a story: makes the objects and logs of a plan, step by step.

use super::{Attesting, Step, Voting};
use crate::world::{World, Writer, key, key_event, list};
use commons_protocol::charter::Point;
use commons_protocol::collection::{Collection, Role};
use commons_protocol::entry::EntryKind;
use commons_protocol::fork::Fork;
use commons_protocol::id::{EntryId, EpochHash};
use commons_protocol::key::PublicKey;
use commons_protocol::keylog::KeyAction;
use commons_protocol::object::Object;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Members at the founding.
const MEMBERS: usize = 5;

pub struct Teller {
    pub world: World,
    pub logs: Vec<Writer>,
    /// Forks with the number of the log that they fork.
    pub forks: Vec<(usize, Writer)>,
    /// Forks of which no run arrives.
    pub hidden: BTreeSet<usize>,
    pub chosen: BTreeSet<EpochHash>,
    written: Vec<(Collection, EntryId)>,
}

/// The founding of a commons is signed once for all stories.
fn founded(electors: usize) -> World {
    static WORLDS: [OnceLock<World>; MEMBERS] = [const { OnceLock::new() }; MEMBERS];
    WORLDS[electors - 1].get_or_init(|| World::new(MEMBERS, electors)).clone()
}

impl Teller {
    pub fn new(electors: usize) -> Self {
        let world = founded(electors.clamp(1, MEMBERS));
        let (logs, forks, written) = (Vec::new(), Vec::new(), Vec::new());
        let (hidden, chosen) = (BTreeSet::new(), BTreeSet::new());
        let mut teller = Self { world, logs, forks, hidden, chosen, written };
        // The last member is no elector at first, so that most can happen to it.
        (0..MEMBERS).rev().for_each(|index| teller.open_logs(index));
        (0..4).for_each(|number| (0..4).for_each(|_| teller.write(number, &[])));
        teller
    }

    pub fn open_logs(&mut self, index: usize) {
        self.logs.push(self.world.writer(index, Collection::Toolkits, 0));
        if index == 0 {
            for (collection, nonce) in
                [(Collection::Toolkits, 1), (Collection::Guidance, 0), (Collection::Needs, 0)]
            {
                self.logs.push(self.world.writer(index, collection, nonce));
            }
        }
    }

    pub fn step(&mut self, step: &Step) {
        match step {
            Step::Write { log, deps } => self.write(*log, deps),
            Step::Odd { log, what } => self.odd(*log, *what),
            Step::Fork { log, back, entries } => self.fork(*log, *back, *entries),
            Step::Prove { fork, hidden } => self.prove(*fork, *hidden),
            Step::Attest { by, log, keep, branch, how } => self.attest(*by, *log, *keep, *branch, *how),
            Step::Agree { by, many, log, keep, branch } => self.agree(*by, *many, *log, *keep, *branch),
            Step::Revoke { organisation, person, keep } => self.revoke(*organisation, *person, *keep),
            Step::End { log, keep, branch } => self.end(*log, *keep, *branch),
            Step::ForkAdmin { organisation } => self.fork_admin(*organisation),
            Step::RevokeAdmin { organisation, keep } => self.revoke_admin(*organisation, *keep),
            Step::Delegate { organisation, writes } => self.delegate(*organisation, *writes),
            Step::Epoch { rule, voting } => self.epoch(rule, *voting),
        }
    }

    fn log(&mut self, number: u8) -> &mut Writer {
        let count = self.logs.len();
        &mut self.logs[usize::from(number) % count]
    }

    pub fn organisation(&self, number: u8) -> usize {
        usize::from(number) % self.world.organisations.len()
    }

    fn write(&mut self, log: u8, deps: &[u16]) {
        let epoch = self.world.current().number;
        let collection = self.log(log).name.collection;
        let deps = deps.iter().filter_map(|dep| self.dependency(*dep, collection)).collect();
        let log = self.log(log);
        log.epoch = epoch;
        let id = log.write(EntryKind::Change, vec![log.nonce_of_length()], deps);
        self.written.push((collection, id));
    }

    /// Some entry, now and then of another collection.
    fn dependency(&self, number: u16, collection: Collection) -> Option<EntryId> {
        let fits = |written: &&(Collection, EntryId)| written.0 == collection || number.is_multiple_of(16);
        let candidates: Vec<_> = self.written.iter().filter(fits).collect();
        let chosen = usize::from(number).checked_rem(candidates.len())?;
        candidates.get(chosen).map(|(_, id)| *id)
    }

    fn odd(&mut self, log: u8, what: u8) {
        let stranger: PublicKey = match what {
            0 => key("a stranger").public(),
            _ => self.world.organisations[0].person.public(),
        };
        let log = self.log(log);
        let (person, epoch) = (log.person, log.epoch);
        match what {
            0 | 1 => log.person = stranger,
            2 => log.epoch = 9,
            3 => log.epoch = 0,
            _ => {}
        }
        let kind = if what == 4 { EntryKind::Erase } else { EntryKind::Receipt };
        let id = log.write(kind, vec![what], vec![]);
        (log.person, log.epoch) = (person, epoch);
        let collection = log.name.collection;
        self.written.push((collection, id));
    }

    fn fork(&mut self, log: u8, back: u8, entries: u8) {
        let index = usize::from(log) % self.logs.len();
        let nonce = u8::try_from(self.forks.len() % 256).expect("below 256");
        let keep = self.logs[index].ids.len().saturating_sub(usize::from(back));
        let mut fork = self.logs[index].fork_at(keep);
        for entry in 0..entries {
            fork.write(EntryKind::Receipt, vec![0xff, nonce, entry], vec![]);
        }
        self.written.extend(fork.ids.last().map(|id| (fork.name.collection, *id)));
        self.forks.push((index, fork));
    }

    fn prove(&mut self, fork: u8, hidden: bool) {
        let Some(number) = usize::from(fork).checked_rem(self.forks.len()) else { return };
        let (index, fork) = &self.forks[number];
        let log = &self.logs[*index];
        if log.ids.is_empty() {
            return;
        }
        let runs = (log.run(0, log.ids.len()), fork.run(0, fork.ids.len()));
        let proof = Fork::new(self.world.commons, &runs.0, &runs.1);
        self.world.objects.extend(proof.map(Object::from));
        self.hidden.extend(Some(number).filter(|_| hidden));
    }

    /// The entry that ends the first `keep` of a log, or of a fork of it if there is one.
    pub fn point(&self, log: u8, keep: u8, branch: bool) -> Option<Point> {
        let index = usize::from(log) % self.logs.len();
        let fork = self.forks.iter().rfind(|(forked, _)| branch && *forked == index);
        let writer = fork.map_or(&self.logs[index], |(_, fork)| fork);
        writer.pin(usize::from(keep).min(writer.ids.len()))
    }

    fn attest(&mut self, by: u8, log: u8, keep: u8, branch: bool, how: Attesting) {
        let by = self.organisation(by);
        let log_id = self.log(log).log();
        let seq = u64::from(keep);
        let unknown = Some(Point { log: log_id, seq, entry: EntryId([keep; 32]) });
        let point = match how {
            Attesting::Unknown => unknown,
            Attesting::Misplaced => self.point(log, keep, branch).map(|point| Point { seq, ..point }),
            Attesting::Well | Attesting::Lost => self.point(log, keep, branch),
        };
        let Some(point) = point else { return };
        let other = self.point(log.wrapping_add(1), keep, branch);
        let attestation = self.world.attestation(by, [Some(point), other].into_iter().flatten().collect());
        if how != Attesting::Lost {
            self.world.objects.push(attestation);
        }
    }

    /// Each attests an entry or the one after it, as electors do that are not in step.
    fn agree(&mut self, by: u8, many: u8, log: u8, keep: u8, branch: bool) {
        let voting = self.world.electors();
        for number in 0..usize::from(many).min(voting.len()) {
            let elector = voting[(usize::from(by) + number) % voting.len()];
            let further = keep + u8::from(number % 2 == 1);
            if let Some(point) = self.point(log, further, branch) {
                self.world.attest(elector, vec![point]);
            }
        }
    }

    /// Pins that leave `keep` entries of each log of an organisation's node.
    pub fn pins(&self, index: usize, keep: u8) -> Vec<Point> {
        let node = self.world.organisations[index].node.public();
        let own = self.logs.iter().filter(|log| log.name.node == node);
        let mut pins: Vec<Point> =
            own.filter_map(|log| log.pin(usize::from(keep).min(log.ids.len()))).collect();
        pins.sort_by_key(|pin| pin.log);
        pins
    }

    fn revoke(&mut self, organisation: u8, person: bool, keep: u8) {
        let index = self.organisation(organisation);
        let organisation = &self.world.organisations[index];
        let key = if person { organisation.person.public() } else { organisation.node.public() };
        let pins = list(self.pins(index, keep));
        self.world.admin_event(index, KeyAction::Revoke { key, pins });
    }

    fn end(&mut self, log: u8, keep: u8, branch: bool) {
        let Some(end) = self.point(log, keep, branch) else { return };
        let node = self.log(log).name.node;
        let owner = self.world.organisations.iter().position(|one| one.node.public() == node);
        let Some(owner) = owner else { return };
        self.world.admin_event(owner, KeyAction::EndLogs { ends: list([end]) });
    }

    fn fork_admin(&mut self, organisation: u8) {
        let index = self.organisation(organisation);
        let commons = self.world.commons;
        let one = KeyAction::Announce { node: key("nobody").public(), addresses: list([]) };
        let admin = self.world.organisations[index].admin.clone();
        let id = self.world.organisations[index].id();
        self.world.admin_event(index, one);
        let Some(Object::Key(event)) = self.world.objects.last() else { return };
        let (seq, prev) = (event.value().seq, event.value().prev);
        let other = KeyAction::Announce { node: key("no other").public(), addresses: list([]) };
        self.world.objects.push(key_event(commons, id, &admin, seq, prev, other));
    }

    fn revoke_admin(&mut self, organisation: u8, keep: u8) {
        let index = self.organisation(organisation);
        let admin = self.world.organisations[index].admin.public();
        let last = self.event_of(&admin, keep);
        self.world.root_event(index, KeyAction::RevokeAdmin { admin, last });
    }

    /// The last of the first `keep` events of a key.
    pub fn event_of(&self, signer: &PublicKey, keep: u8) -> Option<commons_protocol::id::ObjectId> {
        let mut chain = self.world.objects.iter().filter_map(|object| match object {
            Object::Key(event) if event.value().signer == *signer => Some(event.id()),
            _ => None,
        });
        usize::from(keep).checked_sub(1).and_then(|last| chain.nth(last))
    }

    fn delegate(&mut self, organisation: u8, writes: bool) {
        let index = self.organisation(organisation);
        let role = if writes { Role::Patient } else { Role::Improver };
        let person = key(&format!("person {} {writes}", self.world.organisations[index].name));
        let action = self.world.organisations[index].person_delegation(self.world.commons, &person, &[role]);
        self.world.admin_event(index, action);
        let node = self.world.organisations[index].node.public();
        for log in self.logs.iter_mut().filter(|log| log.name.node == node && log.name.nonce == 0) {
            log.person = person.public();
        }
    }

    fn epoch(&mut self, rule: &super::Rule, voting: Voting) {
        let Some(charter) = self.charter(rule) else { return };
        let electors = self.world.electors();
        let needed = self.world.current().votes_needed();
        match voting {
            Voting::All => self.world.enact_by(charter, &electors),
            Voting::Quorum => self.world.enact_by(charter, &electors[electors.len() - needed..]),
            Voting::TooFew => {
                self.world.propose(&charter, electors[0]);
                electors[1..needed].iter().for_each(|index| self.world.vote_for(*index, &charter));
                return;
            }
            Voting::Chosen | Voting::ChosenAlone => {
                self.world.propose(&charter, electors[0]);
                self.chosen.insert(charter.hash());
                if voting == Voting::ChosenAlone {
                    return;
                }
                self.world.charters.push(charter);
            }
        }
        self.after_epoch(rule);
    }
}

impl Writer {
    /// A byte that makes bodies differ.
    fn nonce_of_length(&self) -> u8 {
        u8::try_from(self.ids.len() % 256).expect("below 256")
    }
}
