//! What a receiver has acknowledged of one measure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::feeds::live::{Place, hash, place};
use crate::view::{FeedRow, FeedView};

/// Rows that the receiver has, by their hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "File", into = "File")]
pub(super) struct Known {
    acknowledged: u64,
    rows: BTreeMap<Place, String>,
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
        let now: BTreeMap<Place, &FeedRow> = feed.rows.iter().map(|row| (place(row), row)).collect();
        let mut rows =
            now.iter().filter(|(place, row)| self.rows.get(place) != Some(&short(row))).map(|(_, row)| *row);
        let mut gone = self.rows.keys().filter(|place| !now.contains_key(place)).cloned();
        let batch_rows: Vec<&FeedRow> = rows.by_ref().take(most).collect();
        let batch_gone: Vec<Place> = gone.by_ref().take(most - batch_rows.len()).collect();
        let more = rows.next().is_some() || gone.next().is_some();
        (batch_rows.len() + batch_gone.len() > 0).then_some(Batch {
            rows: batch_rows,
            gone: batch_gone,
            more,
        })
    }

    /// The receiver has this now.
    pub(super) fn acknowledge(&mut self, batch: &Batch<'_>) {
        self.acknowledged += 1;
        self.rows.extend(batch.rows.iter().map(|row| (place(row), short(row))));
        for place in &batch.gone {
            self.rows.remove(place);
        }
    }
}

/// Half a hash is enough to tell whether a row changed.
fn short(row: &FeedRow) -> String {
    hex::encode(&hash(row)[..16])
}

/// How it is kept. Rows stand in a list, since keys of JSON are text.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    acknowledged: u64,
    rows: Vec<(Place, String)>,
}

/// Version of the format.
const VERSION: u32 = 1;

impl From<Known> for File {
    fn from(known: Known) -> Self {
        Self { version: VERSION, acknowledged: known.acknowledged, rows: known.rows.into_iter().collect() }
    }
}

impl TryFrom<File> for Known {
    type Error = String;

    fn try_from(file: File) -> Result<Self, String> {
        if file.version != VERSION {
            return Err(format!("it has version {}, this release reads {VERSION}", file.version));
        }
        Ok(Self { acknowledged: file.acknowledged, rows: file.rows.into_iter().collect() })
    }
}
