//! The egress ledger: what left this organisation, when, under which rule. It
//! is read from the organisation's own signed submissions, so it can't leave
//! anything out.

use super::super::{Engine, Failure};
use super::planned;
use crate::store::Store;
use crate::view::EgressView;
use commons_protocol::catalogue::{Catalogue, Meaning};
use commons_protocol::disclosure::{Ground, cells};
use commons_protocol::entry::Entry;
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::period::Period;
use commons_protocol::series::{Submission, Table};
use std::collections::BTreeSet;

impl<S: Store> Engine<S> {
    /// Every table that this organisation sent, oldest first.
    ///
    /// # Errors
    /// [`Failure`] if the disk can't be read.
    pub fn egress(&mut self) -> Result<Vec<EgressView>, Failure> {
        self.commit()?;
        let own = self.keys.organisation;
        let reports = &self.commons()?.series.reports;
        let line = reports.line(&own).to_vec();
        let forked: Vec<EntryId> = reports.forked(&own).into_iter().collect();
        let mut known: BTreeSet<(DocumentId, Period)> = BTreeSet::new();
        let mut rows = Vec::new();
        for (id, counts) in line.iter().map(|id| (id, true)).chain(forked.iter().map(|id| (id, false))) {
            let Some((entry, submission)) = self.submission(id)? else { continue };
            for row in self.egress_rows(&entry, &submission, &mut known)? {
                rows.push(EgressView { counts, ..row });
            }
        }
        Ok(rows)
    }

    /// A submission that was accepted, with its entry.
    pub(super) fn submission(&self, id: &EntryId) -> Result<Option<(Entry, Submission)>, Failure> {
        let commons = self.commons()?;
        let Some(place) = commons.admission.place(id) else { return Ok(None) };
        let entry = self.entry_at(commons, place)?;
        Ok(entry.and_then(|entry| match Catalogue::meaning(&entry) {
            Meaning::Reports(submission) => Some((entry, *submission)),
            _ => None,
        }))
    }

    fn egress_rows(
        &self,
        entry: &Entry,
        submission: &Submission,
        known: &mut BTreeSet<(DocumentId, Period)>,
    ) -> Result<Vec<EgressView>, Failure> {
        let commons = self.commons()?;
        let epoch = commons.admission.governance().and_then(|all| all.epoch(entry.header.epoch));
        let policy = epoch.map(|epoch| epoch.disclosure()).unwrap_or_default();
        let reported = commons.series.reports.reported(submission, &policy).unwrap_or_default();
        let rules = epoch.map_or(0, |epoch| epoch.rules.disclosure);
        let mut rows = Vec::new();
        for one in &reported {
            for table in &one.tables {
                let is_new = known.insert((one.ground.measure, table.period));
                let row = self.egress_row(entry, &one.ground, table, is_new);
                rows.push(EgressView { rules, ..row });
            }
        }
        Ok(rows)
    }

    fn egress_row(&self, entry: &Entry, ground: &Ground, table: &Table, is_new: bool) -> EgressView {
        let is_there = table.total.is_some() || !table.strata.is_empty();
        let what = match (is_there, is_new) {
            (false, _) => "withdrawal",
            (true, true) => "report",
            (true, false) => "correction",
        };
        let all = cells(&ground.definition, table);
        let told = |known: fn(&commons_protocol::series::Cell) -> Option<u64>| {
            all.iter().filter(|(_, cell)| known(cell).is_some()).count() as u64
        };
        let key = entry.header.person;
        let keys = self.commons.as_ref().map(|commons| commons.admission.keys());
        let person = keys.and_then(|keys| keys.person(&key));
        EgressView {
            entry: entry.id.to_string(),
            time: entry.header.time.0,
            person: key.to_string(),
            person_name: person.map(|person| person.name.to_string()).unwrap_or_default(),
            epoch: entry.header.epoch,
            rules: 0,
            threshold: ground.threshold,
            measure: ground.measure.to_string(),
            title: self.title_of_measure(&ground.measure),
            release: ground.release.to_string(),
            period: table.period.to_string(),
            what: what.to_owned(),
            cells: all.len() as u64,
            numerators: told(|cell| cell.numerator.known()),
            denominators: told(|cell| cell.denominator.and_then(|value| value.known())),
            excluded: told(|cell| cell.excluded.and_then(|value| value.known())),
            masked: planned::numbers(table).1,
            counts: true,
        }
    }
}
