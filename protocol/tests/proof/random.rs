//! Histories that dice make, and files about one release of each.
#![allow(dead_code)]

use crate::file::File;
use crate::press::{ADVOCACY, COUNCIL, PEOPLE, Press, RESEARCH, SITE, append, fields, person, policy};
use crate::shelf::Shelf;
use crate::world::{Dice, Writer, list};
use commons_protocol::body::{Acknowledge, Content};
use commons_protocol::collection::Role;
use commons_protocol::entry::Entry;
use commons_protocol::fork::Fork;
use commons_protocol::id::EntryId;
use commons_protocol::keylog::KeyAction;
use commons_protocol::object::Object;
use commons_protocol::statement::Verdict;
use commons_protocol::version::Version;
use std::collections::BTreeSet;

/// A release, what it releases, and the reviews that it lists.
pub struct Told {
    pub id: EntryId,
    pub version: Version,
    pub reviews: Vec<EntryId>,
}

/// A history and its releases.
pub struct History {
    pub press: Press,
    pub releases: Vec<Told>,
    reviews: Vec<(EntryId, usize)>,
    dice: Dice,
}

impl History {
    /// The history of a seed.
    pub fn of(seed: u64) -> Self {
        let mut history =
            Self { press: Press::new(), releases: Vec::new(), reviews: Vec::new(), dice: Dice(seed) };
        history.press.version();
        for _ in 0..4 + history.dice.below(16) {
            history.step();
        }
        history
    }

    fn step(&mut self) {
        match self.dice.below(16) {
            0 => self.edit(),
            1..=3 => self.review(),
            4..=7 => self.release(),
            8..=9 => self.attest(),
            10 => self.revoke(),
            11 => self.enact(),
            12 => self.fork(),
            13 => self.end(),
            14 => self.press.rotate_root_once(SITE),
            _ => self.talk(),
        }
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.dice.below(items.len())]
    }

    fn home(&mut self) -> usize {
        self.pick(&[COUNCIL, SITE, SITE, RESEARCH, ADVOCACY])
    }

    fn edit(&mut self) {
        let words = format!("Words of number {}.", self.dice.below(1_000));
        let name = self.pick(&["Ana", "Fay"]);
        self.press.edit(name, &fields("Plan the week", &words));
        self.press.version();
    }

    fn review(&mut self) {
        let name = self.pick(&["Bo", "Cleo", "Dan", "Eve", "Fay"]);
        let verdicts =
            [Verdict::Approve, Verdict::Approve, Verdict::Approve, Verdict::RequestChanges, Verdict::Decline];
        let verdict = self.pick(&verdicts);
        self.review_by(name, verdict);
    }

    fn review_by(&mut self, name: &str, verdict: Verdict) -> EntryId {
        let which = self.dice.below(self.press.versions.len());
        let version = self.press.versions[which].clone();
        let id = self.press.review(name, verdict, &version);
        self.reviews.push((id, which));
        id
    }

    /// Lists what there is of one version, or has it reviewed first.
    fn release(&mut self) {
        if self.dice.below(3) > 0 {
            self.edit();
        }
        let which = self.press.versions.len() - 1;
        let version = self.press.versions[which].clone();
        if self.dice.below(3) > 0 {
            for name in ["Bo", "Cleo"] {
                let id = self.press.review(name, Verdict::Approve, &version);
                self.reviews.push((id, which));
            }
        }
        let of_it: Vec<EntryId> = self.reviews.iter().filter(|one| one.1 == which).map(|one| one.0).collect();
        let skip = self.dice.below(5).min(of_it.len());
        let reviews: Vec<EntryId> =
            of_it[if self.dice.below(2) == 0 { of_it.len().saturating_sub(2) } else { skip }..].to_vec();
        let name = self.pick(&["Ana", "Ana", "Fay", "Dan"]);
        let previous = self.releases.last().map(|told| told.id);
        let id = self.press.release(name, &version, &reviews, previous);
        self.releases.push(Told { id, version, reviews });
    }

    fn attest(&mut self) {
        let home = self.home();
        let length = self.press.length(home);
        if length == 0 {
            return;
        }
        let keep = length - self.dice.below(length.min(3));
        let point = self.press.logs[home].pin(keep).expect("an entry");
        let electors: Vec<usize> = self.press.world.electors();
        let many = 2 + self.dice.below(electors.len() - 1);
        electors.into_iter().take(many).for_each(|index| self.press.world.attest(index, vec![point]));
    }

    fn revoke(&mut self) {
        let (name, home, _) = self.pick(PEOPLE);
        let length = self.press.length(home);
        let pins: Vec<(usize, usize)> = match self.dice.below(3) {
            0 => Vec::new(),
            back => vec![(home, length.saturating_sub(back - 1))],
        };
        let key = if self.dice.below(4) == 0 && home != COUNCIL {
            self.press.node(home).public()
        } else {
            person(name).public()
        };
        self.press.revoke(home, &key, &pins);
    }

    fn enact(&mut self) {
        match self.dice.below(4) {
            0 if self.press.world.electors().len() == 4 => {
                let home = self.pick(&[RESEARCH, ADVOCACY]);
                let length = self.press.length(home);
                let keep = length.saturating_sub(self.dice.below(3));
                self.press.remove(home, keep);
            }
            1 => self.press.enact_policy(policy(&[(&[Role::Family], 1)], 1)),
            2 => self
                .press
                .enact_policy(policy(&[(&[Role::Patient, Role::Family], 1), (&[Role::Clinician], 1)], 2)),
            _ => self.press.enact_policy(policy(&[(&[Role::Researcher], 1)], 1)),
        }
    }

    /// One branch more of a log that has none yet.
    fn fork(&mut self) {
        let home = self.home();
        let length = self.press.length(home);
        if length == 0 || self.press.strays.iter().any(|stray| stray.name == self.press.logs[home].name) {
            return;
        }
        let at = length - 1 - self.dice.below(length.min(3));
        let mut stray = self.press.logs[home].fork_at(at);
        let name = PEOPLE.iter().find(|(_, one, _)| *one == home).expect("somebody").0;
        for number in 0..=self.dice.below(2) {
            let retraction = EntryId([u8::try_from(40 + number).expect("small"); 32]);
            let word = Content::Acknowledge(Acknowledge { retraction });
            append(&mut stray, self.press.now + 7_777, &person(name).public(), word);
        }
        self.press.strays.push(stray);
    }

    fn end(&mut self) {
        let home = self.home();
        let strays: Vec<Writer> = self
            .press
            .strays
            .iter()
            .filter(|stray| stray.name == self.press.logs[home].name)
            .cloned()
            .collect();
        let own = self.press.logs[home].clone();
        let log = if self.dice.below(3) == 0 { strays.first().cloned().unwrap_or(own) } else { own };
        let length = log.ids.len();
        if length > 0
            && let Some(end) = log.pin(length - self.dice.below(length.min(2)))
        {
            self.press.world.admin_event(home, KeyAction::EndLogs { ends: list([end]) });
        }
    }

    fn talk(&mut self) {
        let (name, ..) = self.pick(PEOPLE);
        self.press.acknowledge(name, EntryId([50; 32]));
    }

    /// A file with all objects and headers that there are, but about one release.
    pub fn file(&self, told: &Told) -> File {
        let mut press = self.press.clone();
        let forks: Vec<Object> = self.press.strays.iter().filter_map(|stray| self.fork_of(stray)).collect();
        press.world.objects.extend(forks);
        let mut wanted: BTreeSet<EntryId> = told.reviews.iter().copied().collect();
        wanted.extend([told.id, press.document.entry()]);
        let file = press.forge(COUNCIL);
        let written = press.logs.iter().filter(|log| !log.ids.is_empty());
        let mut runs: Vec<_> = written.map(|log| log.run(0, log.ids.len())).collect();
        runs.iter_mut().for_each(|run| _ = run.drop_bodies(|entry: &Entry| !wanted.contains(&entry.id)));
        file.with_runs(&runs).with_versions(std::slice::from_ref(&told.version))
    }

    fn fork_of(&self, stray: &Writer) -> Option<Object> {
        let own = self.press.logs.iter().find(|log| log.name == stray.name)?;
        let at = own.ids.iter().zip(&stray.ids).position(|(one, other)| one != other)?;
        let (one, other) = (own.run(at, own.ids.len()), stray.run(at, stray.ids.len()));
        Fork::new(self.press.world.commons, &one, &other).map(Object::from)
    }

    /// Whether the entries of a file about this release, and all before them in
    /// their logs, are admitted by a node that holds everything.
    pub fn is_admitted(&self, told: &Told, shelf: &Shelf) -> bool {
        let wanted = told.reviews.iter().chain([&told.id]);
        let before = |id: &EntryId| {
            let log = self.press.logs.iter().find(|log| log.ids.contains(id))?;
            let at = log.ids.iter().position(|one| one == id)?;
            at.checked_sub(1).map(|at| log.ids[at])
        };
        wanted.filter_map(before).all(|id| shelf.admits(&id))
    }
}

/// Whether another release of the same version counts, which this one repeats.
pub fn repeats(history: &History, told: &Told, known: &BTreeSet<EntryId>) -> bool {
    let others = history.releases.iter().filter(|other| known.contains(&other.id));
    others.filter(|other| other.id != told.id).any(|other| other.version == told.version)
}

/// Files about the releases of many histories, for other readers.
pub fn samples() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for seed in 0..80 {
        let history = History::of(seed);
        let node = history.press.node(COUNCIL);
        for (number, told) in history.releases.iter().enumerate().take(3) {
            all.push((format!("dice-{seed:03}-{number}"), history.file(told).sign(&node)));
        }
    }
    all
}
