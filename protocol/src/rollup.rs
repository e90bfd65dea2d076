//! The network's numbers of one measure, rolled up from what organisations
//! say: a pure function of the commons, the measure, the policy, and the
//! accepted tables of each organisation. Whoever holds the same gets the same
//! rows, bytes and digest, in whatever order it came.
//!
//! ```text
//! Accepted → contribution ┐
//! Accepted → contribution ┼→ sheet of a period → rows → digest → Snapshot
//! Accepted → contribution ┘
//! ```
//!
//! What is withheld here is a rule of presentation and not of secrecy: the
//! network's number shall not be one organisation's under another name. Every
//! member holds the organisations' own rows, which nobody can read small
//! counts from ([`crate::disclosure`]), and can add them up.

mod bytes;
mod contribution;
mod row;
mod snapshot;
mod sum;

pub use row::{Reason, Row, Sum};
pub use snapshot::{Periods, Snapshot, SnapshotError};

use crate::codec;
use crate::disclosure::{Accepted, Policy, Stratum};
use crate::id::{CommonsId, Digest, DocumentId, EntryId, OrganisationId, hash};
use crate::period::Period;
use contribution::{Contribution, Form};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::OnceLock;

/// The roll-up of one measure. Taking a table in costs a look-up; rows are
/// added up when they are asked for, digests are kept by period.
#[derive(Clone, Debug)]
pub struct Rollup {
    commons: CommonsId,
    measure: DocumentId,
    policy: Policy,
    /// Organisations by their number here, and the other way round.
    organisations: Vec<OrganisationId>,
    numbers: BTreeMap<OrganisationId, usize>,
    /// Releases with their definitions by their number here, and the other way
    /// round.
    forms: Vec<Form>,
    releases: BTreeMap<EntryId, usize>,
    sheets: BTreeMap<Period, Sheet>,
}

/// One period.
#[derive(Clone, Debug, Default)]
struct Sheet {
    /// Sorted by organisation, none of them twice, never empty.
    contributions: Vec<Contribution>,
    /// Digest of the period, once somebody asked since the last change.
    digest: OnceLock<Digest>,
}

/// All periods there are.
const ALWAYS: RangeInclusive<Period> = Period::EARLIEST..=Period::LATEST;

impl Rollup {
    /// A measure of which nothing was said yet.
    pub fn new(commons: CommonsId, measure: DocumentId, policy: Policy) -> Self {
        Self {
            commons,
            measure,
            policy,
            organisations: Vec::new(),
            numbers: BTreeMap::new(),
            forms: Vec::new(),
            releases: BTreeMap::new(),
            sheets: BTreeMap::new(),
        }
    }

    /// The commons.
    pub fn commons(&self) -> CommonsId {
        self.commons
    }

    /// The measure.
    pub fn measure(&self) -> DocumentId {
        self.measure
    }

    /// The policy by which totals are shown.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Replaces what an organisation contributes in a period; `None` for
    /// nothing. Says whether that changed anything.
    pub fn set(&mut self, organisation: OrganisationId, period: Period, table: Option<Accepted<'_>>) -> bool {
        let Some(accepted) = table else { return self.remove(&organisation, period) };
        let number = self.number(organisation);
        let form = self.form(&accepted);
        let new = Contribution::of(number, form, &accepted, &self.forms[form]);
        let sheet = self.sheets.entry(period).or_default();
        match find(&self.organisations, sheet, &organisation) {
            Ok(index) if sheet.contributions[index] == new => return false,
            Ok(index) => sheet.contributions[index] = new,
            Err(index) => sheet.insert(index, new),
        }
        sheet.digest.take();
        true
    }

    fn remove(&mut self, organisation: &OrganisationId, period: Period) -> bool {
        let Some(sheet) = self.sheets.get_mut(&period) else { return false };
        let Ok(index) = find(&self.organisations, sheet, organisation) else { return false };
        sheet.contributions.remove(index);
        sheet.digest.take();
        if sheet.contributions.is_empty() {
            self.sheets.remove(&period);
        }
        true
    }

    fn number(&mut self, organisation: OrganisationId) -> usize {
        // Who speaks for the first time usually says many things.
        if self.organisations.last() == Some(&organisation) {
            return self.organisations.len() - 1;
        }
        *self.numbers.entry(organisation).or_insert_with(|| {
            self.organisations.push(organisation);
            self.organisations.len() - 1
        })
    }

    fn form(&mut self, accepted: &Accepted<'_>) -> usize {
        let ground = &accepted.statement.ground;
        *self.releases.entry(ground.release).or_insert_with(|| {
            self.forms.push(Form::new(ground.release, ground.definition.clone()));
            self.forms.len() - 1
        })
    }

    /// Periods in which somebody contributes.
    pub fn periods(&self) -> impl Iterator<Item = Period> + '_ {
        self.sheets.keys().copied()
    }

    /// The network's rows: by period, all together before strata, strata by
    /// their codes.
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        self.periods().flat_map(|period| self.rows_of(period))
    }

    /// The network's rows of one period.
    pub fn rows_of(&self, period: Period) -> Vec<Row> {
        let sheet = self.sheets.get(&period);
        sheet.map(|sheet| sum::rows(&self.policy, &self.forms, period, sheet)).unwrap_or_default()
    }

    /// The network's row of a period and stratum, if anybody contributes to
    /// it.
    pub fn row(&self, period: Period, stratum: &Stratum) -> Option<Row> {
        self.rows_of(period).into_iter().find(|row| row.stratum == *stratum)
    }

    /// The organisations' own rows of a period: by organisation, all together
    /// before strata, those without people included. Nothing is withheld in
    /// them; what is masked is an interval.
    pub fn contributions(&self, period: Period) -> impl Iterator<Item = (OrganisationId, Row)> + '_ {
        let all = self.sheets.get(&period).into_iter().flat_map(|sheet| &sheet.contributions);
        all.flat_map(move |one| {
            let rows = one.rows(period, &self.forms[one.form]);
            rows.into_iter().map(|row| (self.organisations[one.organisation], row))
        })
    }

    /// Who contributes in any of these periods, by id.
    pub fn contributors(&self, periods: RangeInclusive<Period>) -> BTreeSet<OrganisationId> {
        self.within(periods).map(|one| self.organisations[one.organisation]).collect()
    }

    /// The releases of the measure that the contributions of these periods
    /// follow, by id.
    pub fn releases(&self, periods: RangeInclusive<Period>) -> BTreeSet<EntryId> {
        let used: BTreeSet<usize> = self.within(periods).map(|one| one.form).collect();
        used.into_iter().map(|form| self.forms[form].release).collect()
    }

    /// Digest of everything: equal on two nodes if and only if they have the
    /// same tables, of each organisation, under the same policy.
    pub fn digest(&self) -> Digest {
        self.digest_of(ALWAYS)
    }

    /// Digest of these periods: what comes later does not change it.
    ///
    /// BLAKE3, with domain name `commons roll-up 1`, of the length in 8 bytes
    /// and the deterministic CBOR of
    /// `[commons, measure, [threshold, organisations, share], [[period, digest]…]]`
    /// with the periods that have contributions, sorted; a period is
    /// `[calendar, number]`, its digest that of `rollup/bytes.rs`.
    pub fn digest_of(&self, periods: RangeInclusive<Period>) -> Digest {
        let sheets = range(&self.sheets, periods);
        let digests: Vec<(Period, Digest)> = sheets
            .map(|(period, sheet)| {
                (*period, *sheet.digest.get_or_init(|| bytes::digest(self, *period, sheet)))
            })
            .collect();
        let all = codec::encode(&(self.commons, self.measure, self.policy, digests));
        Digest(hash("commons roll-up 1", &[&all]))
    }

    fn within(&self, periods: RangeInclusive<Period>) -> impl Iterator<Item = &Contribution> {
        range(&self.sheets, periods).flat_map(|(_, sheet)| &sheet.contributions)
    }
}

impl Sheet {
    /// Inserts and grows by a quarter: there are many sheets, and most of them
    /// hold as many contributions as there are organisations.
    fn insert(&mut self, index: usize, new: Contribution) {
        let all = &mut self.contributions;
        if all.len() == all.capacity() {
            all.reserve_exact((all.len() / 4).max(4));
        }
        all.insert(index, new);
    }
}

/// Where the contribution of an organisation is in a sheet, or belongs.
fn find(organisations: &[OrganisationId], sheet: &Sheet, wanted: &OrganisationId) -> Result<usize, usize> {
    let all = &sheet.contributions;
    match all.last().map(|last| organisations[last.organisation].cmp(wanted)) {
        // Usually they come in their order.
        None | Some(Ordering::Less) => Err(all.len()),
        Some(_) => all.binary_search_by(|one| organisations[one.organisation].cmp(wanted)),
    }
}

/// The sheets of these periods; none if they end before they begin.
fn range(
    sheets: &BTreeMap<Period, Sheet>,
    periods: RangeInclusive<Period>,
) -> impl Iterator<Item = (&Period, &Sheet)> {
    let is_some = periods.start() <= periods.end();
    is_some.then(|| sheets.range(periods)).into_iter().flatten()
}
