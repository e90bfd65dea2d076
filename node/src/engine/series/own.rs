//! What this organisation reported, as others read it.

use super::super::{Engine, Failure};
use crate::store::Store;
use crate::view::{FeedQuery, FeedView, MeasureView};
use commons_protocol::id::DocumentId;
use std::collections::BTreeSet;

impl<S: Store> Engine<S> {
    /// The measure that people mean by an id, the beginning of one, or a
    /// title.
    ///
    /// # Errors
    /// [`Failure`] if there is no such measure, or several.
    pub fn measure(&mut self, name: &str) -> Result<MeasureView, Failure> {
        let id = self.find_measure(name)?;
        self.measure_view(&id)
    }

    /// This organisation's own rows: of the measure that is named, or of every
    /// measure of which it has reported something that stands, by title.
    ///
    /// # Errors
    /// [`Failure`] if there is no such measure.
    pub fn own_series(&mut self, measure: Option<&str>) -> Result<Vec<FeedView>, Failure> {
        let own = self.keys.organisation;
        let ids: BTreeSet<DocumentId> = match measure {
            Some(name) => [self.find_measure(name)?].into(),
            None => {
                let account = self.commons()?.series.reports.account(&own);
                let tables = account.into_iter().flat_map(|account| account.tables());
                tables.map(|table| table.statement.ground.measure).collect()
            }
        };
        let query = FeedQuery { organisation: Some(own.to_string()), ..FeedQuery::default() };
        let mut all = Vec::new();
        for id in ids {
            // One that was erased has no feed; what was said of it counts on.
            let mut feed = match self.is_erased(&id) {
                true => self.own_of_erased(&id)?,
                false => self.feed(&id.to_string(), &query)?,
            };
            feed.organisations.retain(|one| one.id == own.to_string());
            all.push(feed);
        }
        all.sort_by(|one, other| {
            (&one.measure.title, &one.measure.id).cmp(&(&other.measure.title, &other.measure.id))
        });
        Ok(all)
    }
}
