//! What a receiver has acknowledged of one measure.

use serde::{Deserialize, Serialize};

use crate::feeds::seen::{Difference, Place, Seen};
use crate::view::{FeedRow, FeedView};

/// The rows that the receiver has. This is what is kept in its file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Known {
    acknowledged: u64,
    seen: Seen,
}

/// One delivery: what the receiver does not have yet, or a part of it.
#[derive(Debug)]
pub(super) struct Batch<'f> {
    pub(super) rows: Vec<&'f FeedRow>,
    pub(super) gone: Vec<Place>,
    /// Whether there is more than this.
    pub(super) more: bool,
}

impl Known {
    /// How many deliveries were acknowledged.
    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// What the receiver has to hear now that the feed says this, `most` rows
    /// at a time; none if it has everything.
    pub(super) fn missing<'f>(&self, feed: &'f FeedView, most: usize) -> Option<Batch<'f>> {
        let Difference { mut rows, mut gone } = self.seen.difference(&feed.rows);
        let all = rows.len() + gone.len();
        rows.truncate(most);
        gone.truncate(most - rows.len());
        let more = rows.len() + gone.len() < all;
        (all > 0).then_some(Batch { rows, gone, more })
    }

    /// The receiver has this now.
    pub(super) fn acknowledge(&mut self, batch: &Batch<'_>) {
        self.acknowledged += 1;
        for row in &batch.rows {
            self.seen.take(row);
        }
        for place in &batch.gone {
            self.seen.forget(place);
        }
    }
}
