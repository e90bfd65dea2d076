//! The egress ledger: what left this organisation, when, under which rule. It
//! is read from the organisation's own signed submissions, also from those that
//! count no longer.

use super::super::{Engine, Failure};
use super::planned::Numbers;
use crate::store::{Position, Store};
use crate::view::EgressView;
use commons_protocol::catalogue::{Catalogue, Meaning};
use commons_protocol::disclosure::{Ground, Policy};
use commons_protocol::entry::Entry;
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::period::Period;
use commons_protocol::series::{Part, Submission, Table};
use commons_protocol::time::Timestamp;
use std::collections::BTreeSet;

/// A submission that left, and whether it counts.
struct Sent {
    /// When, at the earliest: not before what it follows, whatever clocks say.
    time: Timestamp,
    entry: Entry,
    submission: Submission,
    counts: bool,
}

impl<S: Store> Engine<S> {
    /// Every table that this organisation sent, oldest first.
    ///
    /// # Errors
    /// [`Failure`] if the disk can't be read.
    pub fn egress(&mut self) -> Result<Vec<EgressView>, Failure> {
        self.commit()?;
        let own = self.keys.organisation;
        let reports = &self.commons()?.series.reports;
        let counting = reports.line(&own).iter().map(|id| (*id, true)).collect::<Vec<_>>();
        let forked = reports.uncounted(&own).into_iter().map(|id| (id, false));
        let mut all = Vec::new();
        let mut time = Timestamp::default();
        for (id, counts) in counting.into_iter().chain(forked) {
            let lost =
                || Failure::internal("egress", format!("the submission {id} is not on the disk any more"));
            let (entry, submission) = self.submission(&id)?.ok_or_else(lost)?;
            time = time.max(entry.header.time);
            let time = if counts { time } else { entry.header.time };
            all.push(Sent { time, entry, submission, counts });
        }
        all.extend(self.cut_submissions()?);
        all.sort_by_key(|sent| sent.time);
        let mut known = BTreeSet::new();
        let mut rows = Vec::new();
        for sent in &all {
            rows.extend(self.egress_rows(sent, &mut known)?);
        }
        Ok(rows)
    }

    /// Submissions of this organisation that count no longer, since an epoch, a
    /// revocation or a fork cut their log.
    fn cut_submissions(&self) -> Result<Vec<Sent>, Failure> {
        let commons = self.commons()?;
        let mut cut = Vec::new();
        if !commons.cuts.has_leftovers() {
            return Ok(cut);
        }
        let keys = commons.admission.keys();
        let mut seen = BTreeSet::new();
        self.each_run(Position::START, &mut |_, run| {
            let organisation = keys.node(&run.log().node).map(|node| node.organisation);
            if organisation != Some(self.keys.organisation) {
                return;
            }
            for entry in run.entries().iter().filter(|entry| commons.admission.place(&entry.id).is_none()) {
                if let Meaning::Reports(submission) = Catalogue::meaning(entry)
                    && seen.insert(entry.id)
                {
                    let time = entry.header.time;
                    cut.push(Sent { time, entry: entry.clone(), submission: *submission, counts: false });
                }
            }
        })?;
        Ok(cut)
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
        sent: &Sent,
        known: &mut BTreeSet<(DocumentId, Period)>,
    ) -> Result<Vec<EgressView>, Failure> {
        let commons = self.commons()?;
        let entry = &sent.entry;
        let epoch = commons.admission.governance().and_then(|all| all.epoch(entry.header.epoch));
        let policy = epoch.map(|epoch| epoch.disclosure()).unwrap_or_default();
        let person = commons.admission.keys().person(&entry.header.person);
        let about_all = EgressView {
            entry: entry.id.to_string(),
            time: entry.header.time.0,
            person: entry.header.person.to_string(),
            person_name: person.map(|person| person.name.to_string()).unwrap_or_default(),
            epoch: entry.header.epoch,
            rules: epoch.map_or(0, |epoch| epoch.rules.disclosure),
            counts: sent.counts,
            ..EgressView::default()
        };
        let mut rows = Vec::new();
        for part in &sent.submission.parts {
            let ground = self.ground_of(part, &policy)?;
            for table in &part.tables {
                let mut row = EgressView { release: part.release.to_string(), ..about_all.clone() };
                self.describe(&mut row, ground.as_ref(), table, known);
                rows.push(row);
            }
        }
        Ok(rows)
    }

    /// What the tables of a part follow; none if the measure's release was cut,
    /// too.
    fn ground_of(&self, part: &Part, policy: &Policy) -> Result<Option<Ground>, Failure> {
        let found = self.commons()?.series.reports.definition(&part.release);
        Ok(found.map(|(measure, definition)| Ground::new(*measure, part.release, definition.clone(), policy)))
    }

    fn describe(
        &self,
        row: &mut EgressView,
        ground: Option<&Ground>,
        table: &Table,
        known: &mut BTreeSet<(DocumentId, Period)>,
    ) {
        row.period = table.period.to_string();
        let is_there = table.total.is_some() || !table.strata.is_empty();
        let is_new = ground.is_none_or(|ground| known.insert((ground.measure, table.period)));
        let what = match (is_there, is_new) {
            (false, _) => "withdrawal",
            (true, true) => "report",
            (true, false) => "correction",
        };
        what.clone_into(&mut row.what);
        let mut numbers = Numbers::default();
        match ground {
            Some(ground) => {
                row.measure = ground.measure.to_string();
                row.title = self.title_of_measure(&ground.measure);
                row.threshold = ground.threshold;
                numbers.count(&ground.definition, table);
            }
            None => {
                "(its release does not count any more)".clone_into(&mut row.title);
                numbers.count_listed(table);
            }
        }
        (row.cells, row.masked) = (numbers.cells, numbers.masked);
        (row.numerators, row.denominators, row.excluded) =
            (numbers.numerators, numbers.denominators, numbers.excluded);
    }
}
