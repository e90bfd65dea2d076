//! Measures that were erased although figures had been reported for them: what
//! they define is kept, and who reported can still read and withdraw the own
//! figures.

use super::super::{Commons, Engine, Failure};
use super::feeds::feed_row;
use super::measures::{define, shown};
use crate::store::Store;
use crate::view::{FeedView, MeasureView};
use commons_protocol::catalogue::{Catalogue, Meaning};
use commons_protocol::disclosure::Account;
use commons_protocol::document::Fields;
use commons_protocol::id::{DocumentId, EntryId, OrganisationId};
use commons_protocol::publication::Said;
use commons_protocol::rollup::Rollup;
use commons_protocol::version::Cover;
use std::collections::BTreeSet;

impl Commons {
    /// Whether an organisation has reported figures of a measure.
    pub(in crate::engine) fn is_reported(&self, id: &DocumentId) -> bool {
        self.series.reports.accounts().any(|(_, account)| account.tables_of(id).next().is_some())
    }

    /// The measures of which an organisation has reported figures.
    pub(super) fn reported_by(&self, organisation: &OrganisationId) -> BTreeSet<DocumentId> {
        let account = self.series.reports.account(organisation);
        let tables = account.into_iter().flat_map(Account::tables);
        tables.map(|table| table.statement.ground.measure).collect()
    }
}

impl<S: Store> Engine<S> {
    /// Whether a measure can't be shown any more.
    pub(super) fn is_erased(&self, id: &DocumentId) -> bool {
        self.created(id).is_none()
    }

    /// Why nothing can be done with an erased measure but to take figures back;
    /// of others, the failure itself.
    pub(super) fn or_erased(&self, id: &DocumentId, failure: Failure) -> Failure {
        if !self.commons.as_ref().is_some_and(|commons| commons.is_reported(id)) {
            return failure;
        }
        let why = format!(
            "the measure {} was erased, and its feed with it; `commons series show` has what your organisation \
             reported, and `commons series withdraw` takes it back",
            self.name_of_measure(id)
        );
        Failure::conflict("erased", why)
    }

    fn name_of_measure(&self, id: &DocumentId) -> String {
        let short: String = id.to_string().chars().take(12).collect();
        match self.title_of_measure(id) {
            title if title.is_empty() => short,
            title => format!("\"{title}\" ({short})"),
        }
    }

    /// What is kept of an erased measure: the cover of a release by which
    /// figures were reported, this organisation's own before others'.
    pub(super) fn kept_cover(&self, id: &DocumentId) -> Option<Cover> {
        let reports = &self.commons.as_ref()?.series.reports;
        let own = reports.account(&self.keys.organisation);
        let accounts = own.into_iter().chain(reports.accounts().map(|(_, account)| account));
        let release = accounts.flat_map(|account| account.tables_of(id)).next()?.statement.ground.release;
        self.cover_of(&release)
    }

    /// The cover of a release, as its entry has it.
    pub(super) fn cover_of(&self, release: &EntryId) -> Option<Cover> {
        let commons = self.commons.as_ref()?;
        let entry = self.entry_at(commons, commons.admission.place(release)?).ok()??;
        match Catalogue::meaning(&entry) {
            Meaning::Says(paper) => match paper.body {
                Said::Release(release) => Some(release.cover),
                _ => None,
            },
            _ => None,
        }
    }

    /// An erased measure, as far as it is kept.
    pub(super) fn kept_view(&self, id: &DocumentId) -> MeasureView {
        let Some(cover) = self.kept_cover(id) else { return shown(id, &Fields::default()) };
        let mut view = shown(id, &Fields { title: cover.title.to_string(), ..Fields::default() });
        if let Some(definition) = &cover.measure {
            define(&mut view, definition);
        }
        view.threshold = view.threshold.max(self.disclosure().threshold);
        view
    }

    /// What this organisation reported of an erased measure.
    pub(super) fn own_of_erased(&self, id: &DocumentId) -> Result<FeedView, Failure> {
        let commons = self.commons()?;
        let own = self.keys.organisation;
        let nothing = Account::default();
        let account = commons.series.reports.account(&own).unwrap_or(&nothing);
        let mut rollup = Rollup::new(commons.admission.commons(), *id, self.disclosure());
        for table in account.tables_of(id) {
            rollup.set(own, table.statement.table.period, Some(table));
        }
        let measure = self.kept_view(id);
        let rows = rollup.periods().flat_map(|period| rollup.contributions(period));
        let rows = rows.map(|(organisation, row)| feed_row(&measure, Some(organisation), &row)).collect();
        Ok(FeedView {
            commons: commons.admission.commons().to_string(),
            digest: rollup.digest().to_string(),
            organisations: Vec::new(),
            rows,
            measure,
        })
    }
}
