//! The submissions of one organisation: which follows on which, what was said
//! on the way to each, and which of them count.

use crate::bounded::BoundedVec;
use crate::disclosure::{Account, Judged, Told};
use crate::id::{DocumentId, EntryId};
use crate::limits::{BRANCHES, JOINS, TABLES_JOINED};
use crate::period::Period;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// What a submission follows on; nothing for the first.
pub type Previous = BoundedVec<EntryId, BRANCHES>;

/// What one organisation reported.
#[derive(Debug, Default)]
pub struct Paths {
    submissions: HashMap<EntryId, Accepted>,
    /// Those that follow on each.
    followers: HashMap<EntryId, Vec<EntryId>>,
    /// Those that follow on nothing.
    first: Vec<EntryId>,
    /// Those on which nothing follows.
    ends: BTreeSet<EntryId>,
    line: Vec<EntryId>,
    account: Account,
    /// What was said when the submission that came last and does not count was
    /// said: the next one often follows on it.
    aside: Option<(EntryId, Account)>,
}

/// An accepted submission.
#[derive(Debug)]
struct Accepted {
    previous: Previous,
    epoch: u64,
    /// Where paths were brought together on the way to it, here included.
    joins: BTreeSet<EntryId>,
    /// What is said of its tables from then on.
    told: Box<[Arc<Told>]>,
}

/// Series by measure and period.
pub type Series = BTreeSet<(DocumentId, Period)>;

impl Paths {
    /// Whether a submission is accepted.
    pub fn contains(&self, id: &EntryId) -> bool {
        self.submissions.contains_key(id)
    }

    /// The epoch that an accepted submission names.
    pub fn epoch(&self, id: &EntryId) -> Option<u64> {
        self.submissions.get(id).map(|one| one.epoch)
    }

    /// The submissions that count, in order.
    pub fn line(&self) -> &[EntryId] {
        &self.line
    }

    /// What they say.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The submissions that nothing follows: more than one if some did not know
    /// of each other.
    pub fn ends(&self) -> &BTreeSet<EntryId> {
        &self.ends
    }

    /// Those that don't count, sorted.
    pub fn uncounted(&self) -> BTreeSet<EntryId> {
        let counted: BTreeSet<&EntryId> = self.line.iter().collect();
        self.submissions.keys().filter(|id| !counted.contains(id)).copied().collect()
    }

    /// Whether a submission may follow on all of `previous`: paths are not
    /// brought together too often before it, nor too much at once.
    pub fn may_join(&self, previous: &[EntryId]) -> bool {
        if previous.len() < 2 {
            return true;
        }
        if self.joins(previous).len() >= JOINS {
            return false;
        }
        let (Some((first, others)), mut known) = (previous.split_first(), HashMap::new()) else {
            return true;
        };
        let Some(mut account) = self.account_at(first, &mut known) else { return false };
        others.iter().all(|other| {
            let Some(other) = self.account_at(other, &mut known) else { return false };
            let is_little = account.apart(&other) <= TABLES_JOINED;
            if is_little {
                account.join(&other);
            }
            is_little
        })
    }

    /// The submissions at which paths were brought together before one that
    /// follows on `previous`.
    fn joins(&self, previous: &[EntryId]) -> BTreeSet<EntryId> {
        previous
            .iter()
            .filter_map(|id| self.submissions.get(id))
            .flat_map(|one| &one.joins)
            .copied()
            .collect()
    }

    /// What had been said when all of `previous` had been.
    pub fn account_after(&self, previous: &[EntryId]) -> Option<Account> {
        self.joined(previous, &mut HashMap::new())
    }

    fn joined(&self, previous: &[EntryId], known: &mut HashMap<EntryId, Account>) -> Option<Account> {
        let Some((first, others)) = previous.split_first() else { return Some(Account::default()) };
        let mut account = self.account_at(first, known)?;
        for other in others {
            account.join(&self.account_at(other, known)?);
        }
        Some(account)
    }

    /// What had been said once `id` had been. Goes back to what is known, which
    /// takes in where paths were brought together.
    fn account_at(&self, id: &EntryId, known: &mut HashMap<EntryId, Account>) -> Option<Account> {
        let (mut path, mut next) = (Vec::new(), *id);
        let mut account = loop {
            if let Some(account) = self.kept(&next).or(known.get(&next)) {
                break account.clone();
            }
            let one = self.submissions.get(&next)?;
            match &*one.previous {
                [] => {
                    path.push(one);
                    break Account::default();
                }
                [only] => {
                    path.push(one);
                    next = *only;
                }
                several => {
                    let mut account = self.joined(several, known)?;
                    account.retell(&one.told);
                    known.insert(next, account.clone());
                    break account;
                }
            }
        };
        path.iter().rev().for_each(|one| account.retell(&one.told));
        Some(account)
    }

    /// What had been said once `id` had been, if that is kept.
    fn kept(&self, id: &EntryId) -> Option<&Account> {
        let aside = self.aside.iter().find(|(aside, _)| aside == id).map(|(_, account)| account);
        (self.line.last() == Some(id)).then_some(&self.account).or(aside)
    }

    /// Takes in a submission that was judged by what had been said before.
    /// Returns the series that changed.
    pub fn take(&mut self, id: EntryId, previous: Previous, epoch: u64, judged: Judged) -> Series {
        // Where there is one end, all else is before it.
        let is_next = self.ends.len() < 2 && previous.iter().eq(self.line.last());
        let changed = self.note(id, previous, epoch, &judged);
        if is_next {
            self.account.take(judged);
            self.line.push(id);
            return changed;
        }
        let before = self.submissions.get(&id).and_then(|one| self.account_after(&one.previous));
        self.aside = before.map(|mut account| {
            account.take(judged);
            (id, account)
        });
        self.recount()
    }

    fn note(&mut self, id: EntryId, previous: Previous, epoch: u64, judged: &Judged) -> Series {
        for one in &previous {
            self.followers.entry(*one).or_default().push(id);
            self.ends.remove(one);
        }
        if previous.is_empty() {
            self.first.push(id);
        }
        self.ends.insert(id);
        let told: Box<[Arc<Told>]> = judged.told().into();
        let changed = told.iter().map(|one| one.place()).collect();
        let mut joins = self.joins(&previous);
        if previous.len() > 1 {
            joins.insert(id);
        }
        self.submissions.insert(id, Accepted { previous, epoch, joins, told });
        changed
    }

    /// Computes again what counts, and what that changes.
    fn recount(&mut self) -> Series {
        let mut line = Vec::new();
        let mut next = self.last_agreed();
        while let Some(id) = next {
            line.push(id);
            next = self.submissions.get(&id).and_then(|one| one.previous.first().copied());
        }
        line.reverse();
        if line == self.line {
            return Series::new();
        }
        let account = line.last().and_then(|last| self.account_after(&[*last])).unwrap_or_default();
        let series = |account: &Account| {
            account
                .tables()
                .map(|table| (table.statement.ground.measure, table.statement.table.period))
                .collect::<Series>()
        };
        let changed = &series(&self.account) | &series(&account);
        (self.line, self.account) = (line, account);
        changed
    }

    /// The last submission of which every other one comes before or after: in
    /// an order in which each comes after what it follows, it is the only one
    /// that can be next, and nothing before it is left without a follower.
    fn last_agreed(&self) -> Option<EntryId> {
        let mut missing: BTreeMap<&EntryId, usize> =
            self.submissions.iter().map(|(id, one)| (id, one.previous.len())).collect();
        let mut ready: BTreeSet<EntryId> = self.first.iter().copied().collect();
        let mut ends = BTreeSet::new();
        let mut last = None;
        while let Some(id) = ready.pop_first() {
            let previous = self.submissions.get(&id).into_iter().flat_map(|one| &one.previous);
            previous.for_each(|one| _ = ends.remove(one));
            ends.insert(id);
            if ready.is_empty() && ends.len() == 1 {
                last = Some(id);
            }
            for follower in self.followers.get(&id).into_iter().flatten() {
                let Some(missing) = missing.get_mut(follower) else { continue };
                *missing = missing.saturating_sub(1);
                if *missing == 0 {
                    ready.insert(*follower);
                }
            }
        }
        last
    }
}
