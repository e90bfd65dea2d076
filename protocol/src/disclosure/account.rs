//! What one organisation has said, and the verdict on what it says next.

use super::change::History;
use super::group::{Group, Meanings};
use super::judge::judge;
use super::told::{Accepted, Statement, Tables, Told};
use super::{Breach, Fault, Ground, Reported, Spot};
use crate::id::DocumentId;
use crate::limits::{PERIODS_REPORTED, TABLES_REPORTED};
use crate::linear::Effort;
use crate::period::Period;
use crate::series::Table;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// All that one organisation has said, in the order of its submissions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    told: Tables,
    meanings: Meanings,
    submissions: u64,
}

/// A submission that breaks no rule. Nothing else can be taken into an
/// account.
#[derive(Clone, Debug)]
pub struct Judged {
    reported: Vec<Reported>,
    told: Vec<Arc<Told>>,
    meanings: Meanings,
    submissions: u64,
}

impl Judged {
    /// What was judged.
    pub fn reported(&self) -> &[Reported] {
        &self.reported
    }

    /// What is said of its tables from now on, for [`Account::retell`].
    pub fn told(&self) -> &[Arc<Told>] {
        &self.told
    }
}

impl Account {
    /// Judges a submission by all that was said before it.
    ///
    /// # Errors
    /// The first rule that it breaks, and where.
    pub fn judge(&self, reported: Vec<Reported>) -> Result<Judged, Breach> {
        let mut meanings = self.meanings.clone();
        let mut periods: BTreeMap<Period, Vec<(Arc<Ground>, &Table)>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for one in &reported {
            let Some(first) = one.tables.first() else { continue };
            let learned = meanings.learn(&one.ground);
            let ground = learned.map_err(|fault| Spot::table(first.period).breaks(fault))?;
            for table in &one.tables {
                if !seen.insert((ground.measure, table.period)) {
                    return Err(Spot::table(table.period).breaks(Fault::Order));
                }
                super::cells::check(&ground, table)?;
                periods.entry(table.period).or_default().push((ground.clone(), table));
            }
        }
        self.check_size(&reported)?;
        let mut told = Vec::new();
        let mut effort = Effort::default();
        for (period, tables) in periods {
            for group in Group::all(&self.told, &meanings, period, tables) {
                let derived = judge(&group, &mut effort)?;
                for (ground, table) in &group.tables {
                    let statement = Statement::new(ground.clone(), (*table).clone(), self.submissions);
                    let earlier = group.told.get(&ground.measure).copied();
                    told.push(Arc::new(Told::following(earlier, statement, &derived)));
                }
            }
        }
        Ok(Judged { told, meanings, submissions: self.submissions, reported })
    }

    /// Refuses more than a node can be asked to hold.
    fn check_size(&self, reported: &[Reported]) -> Result<(), Breach> {
        let mut count = self.told.len();
        let mut periods: BTreeMap<DocumentId, usize> = BTreeMap::new();
        for one in reported {
            let measure = &one.ground.measure;
            let is_new = |table: &&Table| self.told.get(measure, table.period).is_none();
            let new: Vec<&Table> = one.tables.iter().filter(is_new).collect();
            count += new.len();
            let periods = periods.entry(*measure).or_insert_with(|| self.told.periods(measure));
            *periods += new.len();
            let is_much = *periods > PERIODS_REPORTED || count > TABLES_REPORTED;
            if let Some(last) = new.last().filter(|_| is_much) {
                return Err(Spot::table(last.period).breaks(Fault::TooComplex));
            }
        }
        Ok(())
    }

    /// Takes in what was judged by this very account.
    pub fn take(&mut self, judged: Judged) {
        debug_assert_eq!(judged.submissions, self.submissions, "judged by another account");
        self.meanings = judged.meanings;
        judged.told.into_iter().for_each(|told| self.told.insert(told));
        self.submissions += 1;
    }

    /// Takes in once more what an account that had said the same took in.
    pub fn retell(&mut self, told: &[Arc<Told>]) {
        for one in told {
            // It was learned before, so there is no fault.
            self.meanings.learn(&one.latest.ground).ok();
            self.told.insert(one.clone());
        }
        self.submissions += 1;
    }

    /// How many tables the other one has that are not the same in this one.
    pub fn apart(&self, other: &Self) -> usize {
        self.told.apart(&other.told)
    }

    /// Takes in what submissions said that did not know of this account's: what
    /// this one says stays in force, and all stays known.
    pub fn join(&mut self, other: &Self) {
        self.told.join(&other.told);
        self.meanings.join(&other.meanings);
        self.submissions = self.submissions.max(other.submissions);
    }

    /// Tables in force, by measure and period.
    pub fn tables(&self) -> impl Iterator<Item = Accepted<'_>> {
        self.told.iter().filter_map(Accepted::of)
    }

    /// Tables in force of one measure, by period.
    pub fn tables_of(&self, measure: &DocumentId) -> impl Iterator<Item = Accepted<'_>> {
        self.told.of(measure).filter_map(Accepted::of)
    }

    /// The table in force of a measure and period.
    pub fn table(&self, measure: &DocumentId, period: Period) -> Option<Accepted<'_>> {
        Accepted::of(self.told.get(measure, period)?)
    }

    /// How many submissions were taken in.
    pub fn submissions(&self) -> u64 {
        self.submissions
    }

    /// A table beside all that was said of what it counts, for whoever masks it.
    pub(super) fn group_of<'a>(&'a self, ground: &Arc<Ground>, table: &'a Table) -> Option<Group<'a>> {
        let tables = vec![(ground.clone(), table)];
        Group::all(&self.told, &self.meanings, table.period, tables).into_iter().next()
    }

    /// All numbers that were told of each cell and component.
    pub(super) fn numbers_told(&self, measure: &DocumentId, period: Period) -> History {
        self.told.get(measure, period).map(Told::numbers).unwrap_or_default()
    }
}
