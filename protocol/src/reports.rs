//! The submissions of all organisations: which of them are accepted, and what
//! each organisation has said.
//!
//! Each submission names the one before it and is judged by all on the way to
//! it: the verdict is the same in whatever order they arrive. Two that did not
//! know of each other are both accepted, but from there on neither counts,
//! until a later one names both: what the first that it names says stays in
//! force, and what the other said stays known.

mod paths;

use crate::disclosure::{Account, Breach, Fault, Ground, Policy, Reported, Spot};
use crate::id::{DocumentId, EntryId, OrganisationId};
use crate::measure::Definition;
use crate::period::Period;
use crate::series::Submission;
use paths::{Paths, Series};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// A submission with what its header says about it.
#[derive(Clone, Debug)]
pub struct Report {
    /// The entry.
    pub id: EntryId,
    /// Whose node wrote it.
    pub organisation: OrganisationId,
    /// The epoch that it names.
    pub epoch: u64,
    /// The disclosure policy of that epoch.
    pub policy: Policy,
    /// What it says.
    pub submission: Submission,
}

/// What becomes of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It breaks no rule. These series have changed.
    Accepted(BTreeSet<(DocumentId, Period)>),
    /// A submission before it or the release of its measure is not here: its
    /// body is not kept, and asked for again.
    Undecided,
    /// It breaks a rule; its body is not kept.
    Refused(Breach),
}

/// What became of many submissions.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The series that changed.
    pub changed: BTreeSet<(DocumentId, Period)>,
    /// Those that are undecided.
    pub undecided: Vec<Report>,
    /// Those that are refused, and why.
    pub refused: Vec<(Report, Breach)>,
}

/// The release of a measure.
#[derive(Debug)]
struct Released {
    measure: DocumentId,
    epoch: u64,
    definition: Arc<Definition>,
}

/// The submissions of a commons.
#[derive(Debug, Default)]
pub struct Reports {
    releases: HashMap<EntryId, Released>,
    organisations: BTreeMap<OrganisationId, Paths>,
}

impl Reports {
    /// Takes in the release of a measure, which names `epoch`: submissions
    /// follow its definition.
    pub fn define(&mut self, release: EntryId, epoch: u64, measure: DocumentId, definition: &Definition) {
        if definition.is_sound() {
            let definition = Arc::new(definition.clone());
            self.releases.insert(release, Released { measure, epoch, definition });
        }
    }

    /// The measure and the definition that a release gives.
    pub fn definition(&self, release: &EntryId) -> Option<(&DocumentId, &Arc<Definition>)> {
        self.releases.get(release).map(|one| (&one.measure, &one.definition))
    }

    /// Judges a submission and takes it in if it breaks no rule; one more time
    /// has no effect.
    pub fn take(&mut self, report: &Report) -> Verdict {
        if self.is_accepted(&report.organisation, &report.id) {
            return Verdict::Accepted(Series::new());
        }
        if self.lacks(report).is_some() {
            return Verdict::Undecided;
        }
        if let Err(breach) = self.check_order(report) {
            return Verdict::Refused(breach);
        }
        let paths = self.organisations.get(&report.organisation);
        let previous = &*report.submission.previous;
        let before = match paths {
            // What comes next most often needs no copy.
            Some(paths) if paths.line().last().into_iter().eq(previous) => None,
            Some(paths) => paths.account_after(previous),
            None => Some(Account::default()),
        };
        let nothing = Account::default();
        let before = before.as_ref().or(paths.map(Paths::account)).unwrap_or(&nothing);
        let reported = self.reported(&report.submission, &report.policy).unwrap_or_default();
        match before.judge(reported) {
            Ok(judged) => {
                let paths = self.organisations.entry(report.organisation).or_default();
                let previous = report.submission.previous.clone();
                Verdict::Accepted(paths.take(report.id, previous, report.epoch, judged))
            }
            Err(breach) => Verdict::Refused(breach),
        }
    }

    /// Takes in submissions in whatever order they come.
    pub fn load(&mut self, reports: Vec<Report>) -> Loaded {
        let mut loaded = Loaded::default();
        let mut open = VecDeque::from(reports);
        let mut waiting: HashMap<EntryId, Vec<Report>> = HashMap::new();
        while let Some(report) = open.pop_front() {
            if let Some(lacking) = self.lacks(&report) {
                waiting.entry(lacking).or_default().push(report);
                continue;
            }
            match self.take(&report) {
                Verdict::Accepted(changed) => {
                    loaded.changed.extend(changed);
                    open.extend(waiting.remove(&report.id).unwrap_or_default());
                }
                Verdict::Undecided => loaded.undecided.push(report),
                Verdict::Refused(breach) => loaded.refused.push((report, breach)),
            }
        }
        loaded.undecided.extend(waiting.into_values().flatten());
        loaded
    }

    /// Whether a submission is accepted.
    pub fn is_accepted(&self, organisation: &OrganisationId, id: &EntryId) -> bool {
        self.organisations.get(organisation).is_some_and(|one| one.contains(id))
    }

    /// What an organisation has said, as far as it counts.
    pub fn account(&self, organisation: &OrganisationId) -> Option<&Account> {
        self.organisations.get(organisation).map(Paths::account)
    }

    /// What all organisations have said, by their ids.
    pub fn accounts(&self) -> impl Iterator<Item = (&OrganisationId, &Account)> {
        self.organisations.iter().map(|(id, one)| (id, one.account()))
    }

    /// The submissions of an organisation that count, in order.
    pub fn line(&self, organisation: &OrganisationId) -> &[EntryId] {
        self.organisations.get(organisation).map_or(&[], |one| one.line())
    }

    /// The submissions of an organisation that no other one follows, sorted:
    /// more than one if some did not know of each other.
    pub fn ends(&self, organisation: &OrganisationId) -> BTreeSet<EntryId> {
        self.organisations.get(organisation).map(|one| one.ends().clone()).unwrap_or_default()
    }

    /// The submissions of an organisation that are accepted but don't count,
    /// since they did not know of others, sorted.
    pub fn uncounted(&self, organisation: &OrganisationId) -> BTreeSet<EntryId> {
        self.organisations.get(organisation).map(Paths::uncounted).unwrap_or_default()
    }

    /// What an organisation had said once all of `last` were accepted, whether
    /// that counts now or not.
    pub fn account_after(&self, organisation: &OrganisationId, last: &[EntryId]) -> Option<Account> {
        self.organisations.get(organisation)?.account_after(last)
    }

    /// Whether a submission of an organisation may follow on all of `previous`:
    /// what did not know of each other can be brought together only so often,
    /// and only so much.
    pub fn may_follow(&self, organisation: &OrganisationId, previous: &[EntryId]) -> bool {
        self.organisations.get(organisation).is_none_or(|one| one.may_join(previous))
    }

    /// The tables of a submission with the definitions that they follow.
    pub fn reported(&self, submission: &Submission, policy: &Policy) -> Option<Vec<Reported>> {
        let part = |part: &crate::series::Part| {
            let released = self.releases.get(&part.release)?;
            let ground = Ground::new(released.measure, part.release, released.definition.clone(), policy);
            Some(Reported { ground, tables: part.tables.to_vec() })
        };
        submission.parts.iter().map(part).collect()
    }

    /// Something that a submission names and that is not here.
    fn lacks(&self, report: &Report) -> Option<EntryId> {
        let submission = &report.submission;
        let is_here = |id: &&EntryId| self.is_accepted(&report.organisation, id);
        let releases = submission.parts.iter().map(|part| &part.release);
        let unknown = releases.into_iter().find(|release| !self.releases.contains_key(release));
        submission.previous.iter().find(|id| !is_here(id)).or(unknown).copied()
    }

    /// What a submission follows on is named once, and its epoch is not older
    /// than theirs, so that nobody returns to a lower threshold.
    fn check_order(&self, report: &Report) -> Result<(), Breach> {
        let submission = &report.submission;
        let period = submission.parts.iter().flat_map(|part| &part.tables).next().map(|table| table.period);
        let spot = Spot::table(period.unwrap_or(Period::EARLIEST));
        let distinct: BTreeSet<&EntryId> = submission.previous.iter().collect();
        if distinct.len() != submission.previous.len() {
            return Err(spot.breaks(Fault::Order));
        }
        let paths = self.organisations.get(&report.organisation);
        let before = submission.previous.iter().filter_map(|id| paths?.epoch(id));
        let released =
            submission.parts.iter().filter_map(|part| Some(self.releases.get(&part.release)?.epoch));
        if before.chain(released).max().is_some_and(|newest| newest > report.epoch) {
            return Err(spot.breaks(Fault::OldEpoch));
        }
        match self.may_follow(&report.organisation, &submission.previous) {
            true => Ok(()),
            false => Err(spot.breaks(Fault::TooComplex)),
        }
    }
}
