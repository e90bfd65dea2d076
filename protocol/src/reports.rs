//! The submissions of all organisations: which of them are accepted, and what
//! each organisation has said.
//!
//! Each submission names the one before it, so those of an organisation form a
//! tree, and each is judged by those on its own path: the verdict is the same
//! in whatever order they arrive. What counts is the path from the root as far
//! as it does not fork; a fork is two submissions of an organisation that did
//! not know of each other, and neither counts until one of them is cut.

use crate::codec;
use crate::disclosure::{Account, Breach, Ground, Policy, Reported};
use crate::id::{DocumentId, EntryId, OrganisationId};
use crate::limits::BODY_BYTES;
use crate::measure::Definition;
use crate::period::Period;
use crate::series::Submission;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// A submission with what its header says about it.
#[derive(Clone, Debug)]
pub struct Report {
    /// The entry.
    pub id: EntryId,
    /// Whose node wrote it.
    pub organisation: OrganisationId,
    /// The disclosure policy of the epoch that it names.
    pub policy: Policy,
    /// What it says.
    pub submission: Submission,
}

/// What becomes of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It breaks no rule. These series have changed.
    Accepted(BTreeSet<(DocumentId, Period)>),
    /// The submission before it or the release of its measure is not here: its
    /// body is not kept, and asked for again.
    Undecided,
    /// It breaks a rule; its body is not kept.
    Refused(Breach),
}

/// What one organisation reported.
#[derive(Debug, Default)]
struct Organisation {
    /// Accepted submissions.
    nodes: HashMap<EntryId, Node>,
    /// Those that follow on each; on nothing: the first.
    followers: HashMap<Option<EntryId>, Vec<EntryId>>,
    /// What counts of it, in order.
    line: Vec<EntryId>,
    account: Account,
}

#[derive(Debug)]
struct Node {
    previous: Option<EntryId>,
    policy: Policy,
    /// The submission's canonical bytes: a tenth of its tables.
    body: Vec<u8>,
}

/// The submissions of a commons.
#[derive(Debug, Default)]
pub struct Reports {
    releases: HashMap<EntryId, (DocumentId, Arc<Definition>)>,
    organisations: BTreeMap<OrganisationId, Organisation>,
}

impl Reports {
    /// Takes in the release of a measure: submissions follow its definition.
    pub fn define(&mut self, release: EntryId, measure: DocumentId, definition: &Definition) {
        if definition.is_sound() {
            self.releases.insert(release, (measure, Arc::new(definition.clone())));
        }
    }

    /// The measure and the definition that a release gives.
    pub fn definition(&self, release: &EntryId) -> Option<(&DocumentId, &Arc<Definition>)> {
        self.releases.get(release).map(|(measure, definition)| (measure, definition))
    }

    /// Judges a submission and takes it in if it breaks no rule; one more time
    /// has no effect.
    pub fn take(&mut self, report: &Report) -> Verdict {
        if self.is_accepted(&report.organisation, &report.id) {
            return Verdict::Accepted(BTreeSet::new());
        }
        let Some(reported) = self.reported(&report.submission, &report.policy) else {
            return Verdict::Undecided;
        };
        let changed = changed(&reported);
        let Some(before) = self.account_after(&report.organisation, report.submission.previous) else {
            return Verdict::Undecided;
        };
        let judged = match before.account().judge(reported) {
            Ok(judged) => judged,
            Err(breach) => return Verdict::Refused(breach),
        };
        let is_next = matches!(before, Before::Counted(_));
        let organisation = self.organisations.entry(report.organisation).or_default();
        let previous = report.submission.previous;
        let body = codec::encode(&report.submission);
        organisation.nodes.insert(report.id, Node { previous, policy: report.policy, body });
        organisation.followers.entry(previous).or_default().push(report.id);
        if is_next && organisation.is_only_follower(previous) {
            organisation.account.take(judged);
            organisation.line.push(report.id);
            return Verdict::Accepted(changed);
        }
        Verdict::Accepted(self.recount(&report.organisation))
    }

    /// Takes in submissions in whatever order they come: each after the one
    /// that it follows. Returns those that are not accepted.
    pub fn load(&mut self, mut reports: Vec<Report>) -> Vec<(Report, Verdict)> {
        loop {
            let before = reports.len();
            let mut open = Vec::new();
            for report in reports {
                match self.take(&report) {
                    Verdict::Accepted(_) => {}
                    verdict => open.push((report, verdict)),
                }
            }
            if open.len() == before || open.is_empty() {
                return open;
            }
            reports = open.into_iter().map(|(report, _)| report).collect();
        }
    }

    /// Whether a submission is accepted.
    pub fn is_accepted(&self, organisation: &OrganisationId, id: &EntryId) -> bool {
        self.organisations.get(organisation).is_some_and(|one| one.nodes.contains_key(id))
    }

    /// What an organisation has said, as far as it counts.
    pub fn account(&self, organisation: &OrganisationId) -> Option<&Account> {
        self.organisations.get(organisation).map(|one| &one.account)
    }

    /// What all organisations have said, by their ids.
    pub fn accounts(&self) -> impl Iterator<Item = (&OrganisationId, &Account)> {
        self.organisations.iter().map(|(id, one)| (id, &one.account))
    }

    /// The submissions of an organisation that count, in order.
    pub fn line(&self, organisation: &OrganisationId) -> &[EntryId] {
        self.organisations.get(organisation).map_or(&[], |one| &one.line)
    }

    /// The submissions of an organisation that are accepted but don't count,
    /// since they follow on a fork, sorted.
    pub fn forked(&self, organisation: &OrganisationId) -> BTreeSet<EntryId> {
        let Some(one) = self.organisations.get(organisation) else { return BTreeSet::new() };
        let counted: BTreeSet<&EntryId> = one.line.iter().collect();
        one.nodes.keys().filter(|id| !counted.contains(id)).copied().collect()
    }

    /// What an organisation had said once `last` was accepted, if that counts.
    pub fn account_until(&self, organisation: &OrganisationId, last: &EntryId) -> Option<Account> {
        let one = self.organisations.get(organisation)?;
        let end = one.line.iter().position(|id| id == last)?;
        self.replay(one, one.line[..=end].iter())
    }

    /// The tables of a submission with the definitions that they follow.
    pub fn reported(&self, submission: &Submission, policy: &Policy) -> Option<Vec<Reported>> {
        let part = |part: &crate::series::Part| {
            let (measure, definition) = self.releases.get(&part.release)?;
            let ground = Ground::new(*measure, part.release, definition.clone(), policy);
            Some(Reported { ground, tables: part.tables.to_vec() })
        };
        submission.parts.iter().map(part).collect()
    }

    /// What the organisation had said when it had said `previous`.
    fn account_after(&self, organisation: &OrganisationId, previous: Option<EntryId>) -> Option<Before<'_>> {
        let Some(one) = self.organisations.get(organisation) else {
            return previous.is_none().then(|| Before::Elsewhere(Account::default()));
        };
        if one.line.last().copied() == previous {
            return Some(Before::Counted(&one.account));
        }
        let mut path = Vec::new();
        let mut next = previous;
        while let Some(id) = next {
            path.push(id);
            next = one.nodes.get(&id)?.previous;
        }
        self.replay(one, path.iter().rev()).map(Before::Elsewhere)
    }

    fn replay<'a>(&self, one: &Organisation, path: impl Iterator<Item = &'a EntryId>) -> Option<Account> {
        let mut account = Account::default();
        for id in path {
            let node = one.nodes.get(id)?;
            let submission: Submission = codec::decode(&node.body, BODY_BYTES).ok()?;
            let judged = account.judge(self.reported(&submission, &node.policy)?).ok()?;
            account.take(judged);
        }
        Some(account)
    }

    /// Computes again what counts of an organisation, and what that changes.
    fn recount(&mut self, organisation: &OrganisationId) -> BTreeSet<(DocumentId, Period)> {
        let Some(one) = self.organisations.get(organisation) else { return BTreeSet::new() };
        let line = one.unforked();
        let account = self.replay(one, line.iter()).unwrap_or_default();
        let series = |account: &Account| {
            let places =
                account.tables().map(|table| (table.statement.ground.measure, table.statement.table.period));
            places.collect::<BTreeSet<_>>()
        };
        let changed = &series(&one.account) | &series(&account);
        if let Some(one) = self.organisations.get_mut(organisation) {
            (one.line, one.account) = (line, account);
        }
        changed
    }
}

impl Organisation {
    fn is_only_follower(&self, previous: Option<EntryId>) -> bool {
        self.followers.get(&previous).is_some_and(|all| all.len() == 1)
    }

    /// The path from the root as far as it does not fork.
    fn unforked(&self) -> Vec<EntryId> {
        let mut line = Vec::new();
        let mut at = None;
        while let Some([next]) = self.followers.get(&at).map(Vec::as_slice) {
            line.push(*next);
            at = Some(*next);
        }
        line
    }
}

enum Before<'a> {
    /// It is what counts.
    Counted(&'a Account),
    /// It is another path, or an earlier place.
    Elsewhere(Account),
}

impl Before<'_> {
    fn account(&self) -> &Account {
        match self {
            Self::Counted(account) => account,
            Self::Elsewhere(account) => account,
        }
    }
}

fn changed(reported: &[Reported]) -> BTreeSet<(DocumentId, Period)> {
    let of = |one: &Reported| {
        let measure = one.ground.measure;
        one.tables.iter().map(move |table| (measure, table.period)).collect::<Vec<_>>()
    };
    reported.iter().flat_map(of).collect()
}
