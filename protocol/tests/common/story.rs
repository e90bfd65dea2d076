//! Stories for the order of arrival: plans that a generator draws and shrinks, and what they
//! make of a small commons.
#![allow(dead_code)]

use crate::world::{Dice, World, Writer, key, key_event, list};
use commons_protocol::charter::Pin;
use commons_protocol::collection::{Collection, Role, Standing};
use commons_protocol::entry::EntryKind;
use commons_protocol::id::{CommonsId, EntryId};
use commons_protocol::key::PublicKey;
use commons_protocol::keylog::KeyAction;
use commons_protocol::object::Object;
use commons_protocol::run::VerifiedRun;
use proptest::prelude::{Strategy, any};
use proptest::{collection, prop_oneof};

/// Something that happens. Numbers choose among what there is, modulo how much there is.
#[derive(Clone, Debug)]
pub enum Step {
    /// An entry on top of some entries of any log, the right collection or not.
    Write { log: u8, deps: Vec<u16> },
    /// An entry with something wrong: person, kind or epoch.
    Odd { log: u8, what: u8 },
    /// Other entries after the first `keep` of a log.
    Fork { log: u8, keep: u8, entries: u8 },
    /// A revocation that leaves `keep` entries of each of the organisation's logs.
    Revoke { organisation: u8, person: bool, keep: u8 },
    /// Two different events in one place of an admin's chain.
    ForkAdmin { organisation: u8 },
    /// The root revokes its admin key after its first `keep` events.
    RevokeAdmin { organisation: u8, keep: u8 },
    /// The person gets other roles under another key, or the node its delegation.
    Delegate { organisation: u8, writes: bool },
    /// An epoch with another standing of a member, and pins.
    Stand { organisation: u8, standing: u8, keep: u8 },
    /// An epoch that changes who may write.
    Writers { patients_only: bool },
    /// An epoch that admits another organisation.
    Admit,
}

/// A story before it is told.
#[derive(Clone, Debug)]
pub struct Plan {
    pub steps: Vec<Step>,
    /// Chooses the batches.
    pub batches: u64,
    /// Chooses the order of arrival.
    pub order: u64,
    /// Some runs never arrive.
    pub lossy: bool,
}

/// All objects and runs that there are.
pub struct Story {
    pub commons: CommonsId,
    pub objects: Vec<Object>,
    pub runs: Vec<VerifiedRun>,
}

/// Plans of up to sixty steps.
pub fn plans() -> impl Strategy<Value = Plan> {
    let writes = (any::<u8>(), collection::vec(any::<u16>(), 0..3));
    let step = prop_oneof![
        30 => writes.prop_map(|(log, deps)| Step::Write { log, deps }),
        2 => (any::<u8>(), 0..6_u8).prop_map(|(log, what)| Step::Odd { log, what }),
        2 => (any::<u8>(), 0..8_u8, 1..4_u8).prop_map(|(log, keep, entries)| Step::Fork { log, keep, entries }),
        1 => (any::<u8>(), any::<bool>(), 0..8_u8)
            .prop_map(|(organisation, person, keep)| Step::Revoke { organisation, person, keep }),
        1 => (any::<u8>(), 0..3_u8).prop_map(|(organisation, which)| match which {
            0 => Step::ForkAdmin { organisation },
            keep => Step::RevokeAdmin { organisation, keep },
        }),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(organisation, writes)| Step::Delegate { organisation, writes }),
        1 => (any::<u8>(), 0..3_u8, 0..8_u8)
            .prop_map(|(organisation, standing, keep)| Step::Stand { organisation, standing, keep }),
        1 => any::<bool>().prop_map(|patients_only| match patients_only {
            true => Step::Writers { patients_only },
            false => Step::Admit,
        }),
    ];
    let parts = (collection::vec(step, 1..60), any::<u64>(), any::<u64>(), any::<bool>());
    parts.prop_map(|(steps, batches, order, lossy)| Plan { steps, batches, order, lossy })
}

impl Plan {
    /// Makes the objects and runs.
    pub fn tell(&self) -> Story {
        let mut teller = Teller::new();
        self.steps.iter().for_each(|step| teller.step(step));
        let mut dice = Dice(self.batches);
        let mut runs: Vec<VerifiedRun> =
            teller.logs.iter().chain(&teller.forks).flat_map(|log| batches(log, &mut dice)).collect();
        if self.lossy {
            runs.retain(|_| dice.below(8) != 0);
        }
        Story { commons: teller.world.commons, objects: teller.world.objects, runs }
    }
}

/// Runs over one log: one batching whole, and stretches of another with joined ones.
fn batches(log: &Writer, dice: &mut Dice) -> Vec<VerifiedRun> {
    let mut runs = Vec::new();
    let mut from = 0;
    while from < log.ids.len() {
        let to = from + 1 + dice.below((log.ids.len() - from).min(5));
        runs.push(log.run(from, to));
        if from > 0 && dice.below(3) == 0 {
            let mut joined = runs[runs.len() - 2].clone();
            joined.join(log.run(from, to)).expect("stretches that follow each other join");
            runs.push(joined);
        }
        from = to;
    }
    for _ in 0..dice.below(3) {
        if let Some(from) = log.ids.len().checked_sub(1).map(|last| dice.below(last + 1)) {
            runs.push(log.run(from, from + 1 + dice.below(log.ids.len() - from)));
        }
    }
    runs
}

struct Teller {
    world: World,
    logs: Vec<Writer>,
    forks: Vec<Writer>,
    written: Vec<(Collection, EntryId)>,
}

impl Teller {
    fn new() -> Self {
        let mut teller =
            Self { world: World::new(3, 2), logs: Vec::new(), forks: Vec::new(), written: Vec::new() };
        (0..3).for_each(|index| teller.open_logs(index));
        teller
    }

    fn open_logs(&mut self, index: usize) {
        for (collection, nonce) in [
            (Collection::Toolkits, 0),
            (Collection::Toolkits, 1),
            (Collection::Guidance, 0),
            (Collection::Needs, 0),
        ] {
            self.logs.push(self.world.writer(index, collection, nonce));
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Write { log, deps } => self.write(*log, deps),
            Step::Odd { log, what } => self.odd(*log, *what),
            Step::Fork { log, keep, entries } => self.fork(*log, *keep, *entries),
            Step::Revoke { organisation, person, keep } => self.revoke(*organisation, *person, *keep),
            Step::ForkAdmin { organisation } => self.fork_admin(*organisation),
            Step::RevokeAdmin { organisation, keep } => self.revoke_admin(*organisation, *keep),
            Step::Delegate { organisation, writes } => self.delegate(*organisation, *writes),
            Step::Stand { organisation, standing, keep } => self.stand(*organisation, *standing, *keep),
            Step::Writers { .. } => self.change_writers(),
            Step::Admit => self.admit(),
        }
    }

    fn log(&mut self, number: u8) -> &mut Writer {
        let count = self.logs.len();
        &mut self.logs[usize::from(number) % count]
    }

    fn organisation(&self, number: u8) -> usize {
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

    fn fork(&mut self, log: u8, keep: u8, entries: u8) {
        let log = self.log(log);
        let mut fork = log.fork_at(usize::from(keep));
        for entry in 0..entries {
            fork.write(EntryKind::Receipt, vec![0xff, entry], vec![]);
        }
        self.written.extend(fork.ids.last().map(|id| (fork.name.collection, *id)));
        self.forks.push(fork);
    }

    /// Pins that leave `keep` entries of each log of an organisation's node.
    fn pins(&self, index: usize, keep: u8) -> Vec<Pin> {
        let node = self.world.organisations[index].node.public();
        let own = self.logs.iter().filter(|log| log.name.node == node);
        let mut pins: Vec<Pin> =
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
        let chain = self.world.objects.iter().filter_map(|object| match object {
            Object::Key(event) if event.value().signer == admin => Some(event.id()),
            _ => None,
        });
        let last = usize::from(keep).checked_sub(1).and_then(|last| chain.clone().nth(last));
        self.world.root_event(index, KeyAction::RevokeAdmin { admin, last });
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

    fn stand(&mut self, organisation: u8, standing: u8, keep: u8) {
        // The first two are electors, which only active members can be.
        let others = self.world.organisations.len() - 2;
        let index = 2 + usize::from(organisation) % others;
        let standing = Standing::ALL[usize::from(standing) % Standing::ALL.len()];
        let mut pins = self.world.current().pins.to_vec();
        let new = self.pins(index, keep);
        pins.retain(|pin| new.iter().all(|other| other.log != pin.log));
        pins.extend(new);
        let charter = self.world.standing_charter(index, standing, pins);
        self.world.enact(charter);
    }

    fn change_writers(&mut self) {
        let mut charter = self.world.next_charter();
        charter.writers = match charter.writers.len() {
            1 => list([Role::Patient, Role::Clinician]),
            _ => list([Role::Patient]),
        };
        self.world.enact(charter);
    }

    fn admit(&mut self) {
        if self.world.organisations.len() < 5 {
            let name = format!("Newcomer {}", self.world.organisations.len());
            let index = self.world.admit(&name, false);
            self.world.equip(index);
            self.open_logs(index);
        }
    }
}

impl Writer {
    /// A byte that makes bodies differ.
    fn nonce_of_length(&self) -> u8 {
        u8::try_from(self.ids.len() % 256).expect("below 256")
    }
}
