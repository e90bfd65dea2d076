//! What a subscriber has to hear: the rows that differ from those it has.
//!
//! Nothing is kept for a subscriber who is away. Who comes back names the
//! digest up to which it had everything. As long as the feed has the same one, it
//! hears nothing; then it gets all rows again, as the first batch, and tells by
//! itself what is new and what is gone. So nothing is lost by
//! restarts, and a subscriber can go on at another node.

use crate::view::{FeedEvent, FeedRow, FeedView};
use std::collections::BTreeMap;

/// Which row: period, organisation, stratifier, stratum.
pub(crate) type Place = (String, Option<String>, Option<String>, Option<String>);

/// What a subscriber has received.
#[derive(Debug, Default)]
pub struct Received {
    digest: Option<String>,
    /// Hashes of the rows.
    rows: BTreeMap<Place, [u8; 32]>,
}

impl Received {
    /// Of a subscriber that had everything when the feed had this digest; none
    /// if it had nothing.
    pub fn up_to(digest: Option<String>) -> Self {
        Self { digest, rows: BTreeMap::new() }
    }

    /// What the subscriber has to hear now that the feed says this: ends with
    /// the digest. Nothing if it has everything.
    pub fn update(&mut self, feed: &FeedView) -> Vec<FeedEvent> {
        let now: BTreeMap<Place, [u8; 32]> = feed.rows.iter().map(|row| (place(row), hash(row))).collect();
        if self.digest.as_ref() == Some(&feed.digest) {
            // Which rows these are is not kept for who comes back: its first
            // batch is all rows, so that it can tell which of its own are gone.
            return Vec::new();
        }
        let changed = feed.rows.iter().filter(|row| self.rows.get(&place(row)) != now.get(&place(row)));
        let mut events: Vec<FeedEvent> =
            changed.map(|row| FeedEvent::Row { row: Box::new(row.clone()) }).collect();
        events.extend(self.rows.keys().filter(|place| !now.contains_key(place)).map(gone));
        events.push(FeedEvent::Digest { digest: feed.digest.clone() });
        *self = Self { digest: Some(feed.digest.clone()), rows: now };
        events
    }
}

fn gone((period, organisation, stratifier, stratum): &Place) -> FeedEvent {
    FeedEvent::Gone {
        period: period.clone(),
        organisation: organisation.clone(),
        stratifier: stratifier.clone(),
        stratum: stratum.clone(),
    }
}

pub(crate) fn place(row: &FeedRow) -> Place {
    (row.period.clone(), row.organisation.clone(), row.stratifier.clone(), row.stratum.clone())
}

/// Rows with the same JSON are the same.
pub(crate) fn hash(row: &FeedRow) -> [u8; 32] {
    // Plain data: writing it as JSON can't fail.
    blake3::hash(&serde_json::to_vec(row).unwrap_or_default()).into()
}

#[cfg(test)]
mod tests {
    use super::Received;
    use crate::view::{FeedEvent, FeedRow, FeedView, MeasureView, NumberView};

    fn row(period: &str, number: u64) -> FeedRow {
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
            FeedEvent::Digest { digest } => format!("digest {digest}"),
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
    fn who_comes_back_hears_nothing_twice_or_everything_again() {
        let now = feed("2", vec![row("2026-01", 40)]);
        let mut same = Received::up_to(Some("2".to_owned()));
        assert!(same.update(&now).is_empty());
        let later = feed("3", vec![row("2026-01", 40), row("2026-02", 41)]);
        assert_eq!(words(&same.update(&later)), ["row 2026-01", "row 2026-02", "digest 3"]);
        let after_that = feed("4", vec![row("2026-01", 40), row("2026-02", 42)]);
        assert_eq!(words(&same.update(&after_that)), ["row 2026-02", "digest 4"]);
        let mut older = Received::up_to(Some("1".to_owned()));
        assert_eq!(words(&older.update(&now)), ["row 2026-01", "digest 2"]);
    }
}
