//! What a subscriber has to hear: the rows that differ from those it has.
//!
//! Nothing is kept for a subscriber who is away. Who comes back names the id up
//! to which it had everything. If these are still all rows, it hears that id
//! again and then what changes. Otherwise it gets all rows, as the first batch,
//! and tells by itself what is new and what is gone. So nothing is lost by
//! restarts, and a subscriber can go on at another node.

use super::seen::{Difference, Place, Seen};
use crate::view::{FeedEvent, FeedView};

/// What a subscriber has received.
#[derive(Debug, Default)]
pub struct Received {
    /// Up to where it has everything.
    id: Option<String>,
    /// Its rows; none before it was told anything.
    rows: Option<Seen>,
}

impl Received {
    /// Of a subscriber that had everything up to the event with this id; none
    /// if it had nothing.
    pub fn up_to(id: Option<String>) -> Self {
        Self { id, rows: None }
    }

    /// What the subscriber has to hear now that the feed says this. It ends
    /// with the digest, and is nothing else if the subscriber has everything,
    /// which is told once.
    pub fn update(&mut self, feed: &FeedView) -> Vec<FeedEvent> {
        let now = Seen::of(&feed.rows);
        // The digest does not cover how rows are shown: a release can change it.
        let id = now.id(&feed.digest);
        let has_everything = self.id.as_ref() == Some(&id);
        let mut events = Vec::new();
        match &self.rows {
            Some(_) if has_everything => return events,
            None if has_everything => {}
            known => {
                let nothing = Seen::default();
                let Difference { rows, gone } = known.as_ref().unwrap_or(&nothing).difference(&feed.rows);
                events.extend(rows.into_iter().map(|row| FeedEvent::Row { row: Box::new(row.clone()) }));
                events.extend(gone.into_iter().map(Place::gone));
            }
        }
        events.push(FeedEvent::Digest { digest: feed.digest.clone(), id: id.clone() });
        *self = Self { id: Some(id), rows: Some(now) };
        events
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::Received;
    use crate::view::{FeedEvent, FeedRow, FeedView, MeasureView, NumberView, RatioView};

    pub fn row(period: &str, number: u64) -> FeedRow {
        FeedRow {
            period: period.to_owned(),
            first: String::new(),
            last: String::new(),
            organisation: None,
            stratifier: None,
            stratum: None,
            numerator: NumberView::Known { number },
            denominator: None,
            excluded: None,
            value: None,
            organisations: 3,
            masked: 0,
            withheld: None,
        }
    }

    fn feed(digest: &str, rows: Vec<FeedRow>) -> FeedView {
        let measure = MeasureView {
            id: "ab".to_owned(),
            title: "Remission".to_owned(),
            kind: "count".to_owned(),
            calendar: "month".to_owned(),
            population: String::new(),
            numerator: String::new(),
            denominator: String::new(),
            direction: None,
            per: 1,
            unit: None,
            target: None,
            threshold: 10,
            extremes_are_sensitive: false,
            stratifiers: Vec::new(),
            release: None,
            version: None,
            released: None,
        };
        FeedView {
            commons: "cd".to_owned(),
            measure,
            digest: digest.to_owned(),
            organisations: Vec::new(),
            rows,
        }
    }

    fn words(events: &[FeedEvent]) -> Vec<String> {
        let word = |event: &FeedEvent| match event {
            FeedEvent::Row { row } => format!("row {}", row.period),
            FeedEvent::Gone { period, .. } => format!("gone {period}"),
            FeedEvent::Digest { digest, .. } => format!("digest {digest}"),
        };
        events.iter().map(word).collect()
    }

    #[test]
    fn who_has_nothing_hears_everything_and_then_only_what_changes() {
        let mut received = Received::default();
        let first = feed("1", vec![row("2026-01", 40), row("2026-02", 41)]);
        assert_eq!(words(&received.update(&first)), ["row 2026-01", "row 2026-02", "digest 1"]);
        assert!(received.update(&first).is_empty());
        let second = feed("2", vec![row("2026-02", 60), row("2026-03", 42)]);
        assert_eq!(
            words(&received.update(&second)),
            ["row 2026-02", "row 2026-03", "gone 2026-01", "digest 2"]
        );
    }

    #[test]
    fn how_rows_are_shown_is_heard_also_when_the_digest_is_the_same() {
        let mut received = Received::default();
        received.update(&feed("1", vec![row("2026-01", 40), row("2026-02", 41)]));
        let mut shown = row("2026-02", 41);
        shown.value = Some(RatioView { low: 41.0, high: Some(41.0) });
        let released = feed("1", vec![row("2026-01", 40), shown]);
        assert_eq!(words(&received.update(&released)), ["row 2026-02", "digest 1"]);
        assert!(received.update(&released).is_empty());
    }

    #[test]
    fn who_comes_back_hears_that_it_has_everything_or_everything_again() {
        let now = feed("2", vec![row("2026-01", 40)]);
        let id = last_id(&Received::default().update(&now));
        let mut same = Received::up_to(Some(id.clone()));
        let events = same.update(&now);
        assert_eq!((words(&events), last_id(&events)), (vec!["digest 2".to_owned()], id.clone()));
        assert!(same.update(&now).is_empty());
        let later = feed("3", vec![row("2026-02", 41)]);
        assert_eq!(words(&same.update(&later)), ["row 2026-02", "gone 2026-01", "digest 3"]);
        let mut older = Received::up_to(Some(id));
        assert_eq!(words(&older.update(&later)), ["row 2026-02", "digest 3"]);
        // A release while it was away changes what is shown, and not the digest.
        let mut shown = row("2026-02", 41);
        shown.value = Some(RatioView { low: 41.0, high: Some(41.0) });
        let mut away = Received::up_to(Some(last_id(&Received::default().update(&later))));
        assert_eq!(words(&away.update(&feed("3", vec![shown]))), ["row 2026-02", "digest 3"]);
    }

    fn last_id(events: &[FeedEvent]) -> String {
        match events.last() {
            Some(FeedEvent::Digest { id, .. }) => id.clone(),
            other => panic!("no digest: {other:?}"),
        }
    }
}
