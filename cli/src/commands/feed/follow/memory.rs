//! What a follower has seen, kept in a file between runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use commons_node::private_file;
use serde::{Deserialize, Serialize};

use crate::error::CliError;
use crate::view::{FeedEvent, FeedRow};

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// What was seen of a feed.
#[derive(Debug)]
pub struct Memory {
    path: Option<PathBuf>,
    seen: Seen,
    /// Rows of the batch that is being received.
    batch: BTreeSet<String>,
    /// Whether that batch is all rows: the first one of a connection is.
    is_whole: bool,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    measure: String,
    organisation: Option<String>,
    /// Digest up to which everything was told.
    digest: Option<String>,
    /// BLAKE3 of each row, by its place.
    rows: BTreeMap<String, String>,
}

impl Memory {
    /// What `path` says of this feed; nothing if there is no such file.
    pub fn open(path: Option<&Path>, measure: &str, organisation: Option<&str>) -> Result<Self, CliError> {
        let mut seen = Seen {
            measure: measure.to_owned(),
            organisation: organisation.map(ToOwned::to_owned),
            ..Seen::default()
        };
        if let Some(path) = path.filter(|path| path.exists()) {
            let bytes = private_file::read(path, MAX_BYTES).map_err(|error| unusable(path, &error))?;
            let known: Seen = serde_json::from_slice(&bytes).map_err(|error| unusable(path, &error))?;
            if (&known.measure, &known.organisation) != (&seen.measure, &seen.organisation) {
                let why = format!("it belongs to \"{}\"; name another file with --state", known.measure);
                return Err(unusable(path, &why));
            }
            seen = known;
        }
        Ok(Self { path: path.map(ToOwned::to_owned), seen, batch: BTreeSet::new(), is_whole: false })
    }

    /// Digest up to which everything was told. What comes next is the first
    /// batch of a connection.
    pub fn digest(&mut self) -> Option<&str> {
        self.batch.clear();
        self.is_whole = true;
        self.seen.digest.as_deref()
    }

    /// Whether nothing is new as long as the feed has this digest.
    pub fn has_everything(&self, digest: &str) -> bool {
        self.seen.digest.as_deref() == Some(digest)
    }

    /// Whether a row of this period was seen.
    pub fn has_period(&self, period: &str) -> bool {
        self.seen.rows.keys().any(|place| place.split('\t').next() == Some(period))
    }

    /// What of an event is news.
    pub fn take(&mut self, event: FeedEvent) -> Vec<FeedEvent> {
        match event {
            FeedEvent::Row { row } => {
                let (place, hash) = (place(&row), hash(&row));
                self.batch.insert(place.clone());
                let is_known = self.seen.rows.insert(place, hash.clone()).as_ref() == Some(&hash);
                if is_known { Vec::new() } else { vec![FeedEvent::Row { row }] }
            }
            FeedEvent::Gone { period, organisation, stratifier, stratum } => {
                let place = key(&period, organisation.as_deref(), stratifier.as_deref(), stratum.as_deref());
                match self.seen.rows.remove(&place) {
                    Some(_) => vec![FeedEvent::Gone { period, organisation, stratifier, stratum }],
                    None => Vec::new(),
                }
            }
            FeedEvent::Digest { digest } => {
                let mut news = self.end_batch();
                self.seen.digest = Some(digest.clone());
                news.push(FeedEvent::Digest { digest });
                news
            }
        }
    }

    /// Of a batch of all rows, those that are not in it are gone.
    fn end_batch(&mut self) -> Vec<FeedEvent> {
        let batch = std::mem::take(&mut self.batch);
        if !std::mem::take(&mut self.is_whole) {
            return Vec::new();
        }
        let gone: Vec<String> =
            self.seen.rows.keys().filter(|place| !batch.contains(*place)).cloned().collect();
        gone.iter().for_each(|place| _ = self.seen.rows.remove(place));
        gone.iter().map(|place| gone_event(place)).collect()
    }

    /// Writes it down, whole or not at all.
    pub fn save(&self) -> Result<(), CliError> {
        let Some(path) = &self.path else { return Ok(()) };
        let bytes = serde_json::to_vec(&self.seen).map_err(|error| unusable(path, &error))?;
        private_file::write(path, &bytes).map_err(|error| unusable(path, &error))
    }
}

fn unusable(path: &Path, why: &dyn std::fmt::Display) -> CliError {
    CliError::Usage(format!("{} can't be used to remember what was read: {why}.", path.display()))
}

fn place(row: &FeedRow) -> String {
    key(&row.period, row.organisation.as_deref(), row.stratifier.as_deref(), row.stratum.as_deref())
}

/// None of the parts holds a tab.
fn key(period: &str, organisation: Option<&str>, stratifier: Option<&str>, stratum: Option<&str>) -> String {
    [period, organisation.unwrap_or(""), stratifier.unwrap_or(""), stratum.unwrap_or("")].join("\t")
}

fn gone_event(place: &str) -> FeedEvent {
    let mut parts = place.split('\t').map(ToOwned::to_owned);
    let period = parts.next().unwrap_or_default();
    let mut optional = || parts.next().filter(|part| !part.is_empty());
    FeedEvent::Gone { period, organisation: optional(), stratifier: optional(), stratum: optional() }
}

/// Rows with the same JSON are the same.
fn hash(row: &FeedRow) -> String {
    // Plain data: writing it as JSON can't fail.
    blake3::hash(&serde_json::to_vec(row).unwrap_or_default()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::Memory;
    use crate::view::{FeedEvent, FeedRow, NumberView};

    fn row(period: &str, number: u64) -> FeedEvent {
        FeedEvent::Row {
            row: Box::new(FeedRow {
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
            }),
        }
    }

    fn digest(text: &str) -> FeedEvent {
        FeedEvent::Digest { digest: text.to_owned() }
    }

    fn told(memory: &mut Memory, events: Vec<FeedEvent>) -> Vec<String> {
        let news = events.into_iter().flat_map(|event| memory.take(event)).collect::<Vec<_>>();
        let word = |event: &FeedEvent| match event {
            FeedEvent::Row { row } => Some(format!("row {}", row.period)),
            FeedEvent::Gone { period, .. } => Some(format!("gone {period}")),
            FeedEvent::Digest { .. } => None,
        };
        news.iter().filter_map(word).collect()
    }

    #[test]
    fn what_was_told_is_not_told_again_after_a_restart() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("state");
        let open = || Memory::open(Some(&path), "Remission", None).unwrap();
        let mut memory = open();
        assert_eq!(memory.digest(), None);
        let all = told(&mut memory, vec![row("2026-01", 40), row("2026-02", 41), digest("1")]);
        assert_eq!(all, ["row 2026-01", "row 2026-02"]);
        memory.save().unwrap();
        let mut memory = open();
        assert_eq!(memory.digest(), Some("1"));
        let again = told(&mut memory, vec![row("2026-02", 60), row("2026-03", 1), digest("2")]);
        assert_eq!(again, ["row 2026-02", "row 2026-03", "gone 2026-01"], "the batch was whole");
        let live = told(&mut memory, vec![row("2026-03", 50), digest("3")]);
        assert_eq!(live, ["row 2026-03"], "later batches hold what changed");
        assert!(memory.has_period("2026-02") && !memory.has_period("2026-01"));
    }

    #[test]
    fn a_file_of_another_feed_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("state");
        Memory::open(Some(&path), "Remission", None).unwrap().save().unwrap();
        assert!(Memory::open(Some(&path), "Births", None).is_err());
    }
}
