//! What a subscriber has seen of a feed: which rows, and as what.
//!
//! Live streams, webhooks and the command line's state file keep this, each
//! with its own rule for when a row counts as seen.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::view::{FeedEvent, FeedRow};

/// Version of how [`Seen`] is written.
const VERSION: u32 = 1;
/// Half a hash is enough to tell whether a row has changed.
const PRINT: usize = 16;

/// Which row of a feed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Parts", into = "Parts")]
pub struct Place {
    /// Its period.
    pub period: String,
    /// Its organisation; none for the network's total.
    pub organisation: Option<String>,
    /// Its stratifier; none for all together.
    pub stratifier: Option<String>,
    /// Its stratum.
    pub stratum: Option<String>,
}

/// How a place is written.
type Parts = (String, Option<String>, Option<String>, Option<String>);

/// The rows that a subscriber has seen. As JSON it names the version of its
/// format, and another version can't be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "File", into = "File")]
pub struct Seen {
    /// Of each row, what it looked like.
    rows: BTreeMap<Place, [u8; PRINT]>,
}

/// What a subscriber has not seen yet.
#[derive(Debug)]
pub struct Difference<'f> {
    /// Rows that are new or have changed, in the order of the feed.
    pub rows: Vec<&'f FeedRow>,
    /// Rows that are there no more.
    pub gone: Vec<Place>,
}

impl Place {
    /// Where a row stands.
    pub fn of(row: &FeedRow) -> Self {
        Self {
            period: row.period.clone(),
            organisation: row.organisation.clone(),
            stratifier: row.stratifier.clone(),
            stratum: row.stratum.clone(),
        }
    }

    /// The news that the row is there no more.
    pub fn gone(self) -> FeedEvent {
        let Self { period, organisation, stratifier, stratum } = self;
        FeedEvent::Gone { period, organisation, stratifier, stratum }
    }
}

impl Seen {
    /// Of who has seen these rows and no others.
    pub fn of(rows: &[FeedRow]) -> Self {
        Self { rows: rows.iter().map(|row| (Place::of(row), print(row))).collect() }
    }

    /// What is to be told now that the feed has these rows.
    pub fn difference<'f>(&self, rows: &'f [FeedRow]) -> Difference<'f> {
        let mut here = BTreeSet::new();
        let mut news = Vec::new();
        for row in rows {
            let place = Place::of(row);
            if self.rows.get(&place) != Some(&print(row)) {
                news.push(row);
            }
            here.insert(place);
        }
        let gone = self.rows.keys().filter(|place| !here.contains(place)).cloned().collect();
        Difference { rows: news, gone }
    }

    /// Notes a row. Whether it is news: new, or other than it was.
    pub fn take(&mut self, row: &FeedRow) -> bool {
        let print = print(row);
        self.rows.insert(Place::of(row), print) != Some(print)
    }

    /// Notes that a row is there no more. Whether it was known.
    pub fn forget(&mut self, place: &Place) -> bool {
        self.rows.remove(place).is_some()
    }

    /// Notes that no other rows are there than these. The known ones that
    /// are not.
    pub fn forget_others(&mut self, here: &BTreeSet<Place>) -> Vec<Place> {
        self.rows.extract_if(.., |place, _| !here.contains(place)).map(|(place, _)| place).collect()
    }

    /// Whether a row of this period is known.
    pub fn has_period(&self, period: &str) -> bool {
        self.rows.keys().any(|place| place.period == period)
    }

    /// Names what was seen of a feed with this digest: the same for all who
    /// have seen the same.
    pub fn id(&self, digest: &str) -> String {
        // Plain data: writing it as JSON can't fail.
        let bytes = serde_json::to_vec(&(digest, self)).unwrap_or_default();
        hex::encode(short(&bytes))
    }
}

/// Rows with the same JSON are the same.
fn print(row: &FeedRow) -> [u8; PRINT] {
    // Plain data: writing it as JSON can't fail.
    short(&serde_json::to_vec(row).unwrap_or_default())
}

fn short(bytes: &[u8]) -> [u8; PRINT] {
    let mut print = [0; PRINT];
    blake3::Hasher::new().update(bytes).finalize_xof().fill(&mut print);
    print
}

impl From<Parts> for Place {
    fn from((period, organisation, stratifier, stratum): Parts) -> Self {
        Self { period, organisation, stratifier, stratum }
    }
}

impl From<Place> for Parts {
    fn from(place: Place) -> Self {
        (place.period, place.organisation, place.stratifier, place.stratum)
    }
}

/// How it is written. Rows stand in a list, since keys of JSON are text.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    rows: Vec<(Place, String)>,
}

impl From<Seen> for File {
    fn from(seen: Seen) -> Self {
        let rows = seen.rows.into_iter().map(|(place, print)| (place, hex::encode(print)));
        Self { version: VERSION, rows: rows.collect() }
    }
}

impl TryFrom<File> for Seen {
    type Error = String;

    fn try_from(file: File) -> Result<Self, String> {
        if file.version != VERSION {
            return Err(format!("it has version {}, this release reads {VERSION}", file.version));
        }
        let mut rows = BTreeMap::new();
        for (place, text) in file.rows {
            let mut print = [0; PRINT];
            hex::decode_to_slice(&text, &mut print)
                .map_err(|error| format!("{text:?} is no fingerprint of a row: {error}"))?;
            rows.insert(place, print);
        }
        Ok(Self { rows })
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Seen};
    use crate::feeds::live::tests::row;
    use crate::view::RatioView;
    use std::collections::BTreeSet;

    #[test]
    fn what_is_new_changed_or_gone_is_told_apart() {
        let seen = Seen::of(&[row("2026-01", 40), row("2026-02", 41), row("2026-03", 42)]);
        let now = [row("2026-04", 43), row("2026-02", 60), row("2026-03", 42)];
        let difference = seen.difference(&now);
        let news: Vec<&str> = difference.rows.iter().map(|row| row.period.as_str()).collect();
        assert_eq!(news, ["2026-04", "2026-02"], "in the order of the feed");
        assert_eq!(difference.gone, [Place::of(&row("2026-01", 0))]);
    }

    #[test]
    fn what_is_shown_counts_and_not_only_what_was_counted() {
        let mut shown = row("2026-01", 40);
        let mut seen = Seen::of(&[shown.clone()]);
        assert!(!seen.take(&shown));
        shown.value = Some(RatioView { low: 4.0, high: Some(4.0) });
        assert_eq!(seen.difference(&[shown.clone()]).rows.len(), 1);
        let before = seen.id("d");
        assert!(seen.take(&shown) && !seen.take(&shown));
        assert_ne!(seen.id("d"), before);
        assert_ne!(seen.id("d"), seen.id("e"));
    }

    #[test]
    fn rows_are_forgotten_one_by_one_or_all_others() {
        let mut seen = Seen::of(&[row("2026-01", 40), row("2026-02", 41), row("2026-03", 42)]);
        let place = |period: &str| Place::of(&row(period, 0));
        assert!(seen.forget(&place("2026-01")) && !seen.forget(&place("2026-01")));
        let gone = seen.forget_others(&BTreeSet::from([place("2026-03"), place("2026-04")]));
        assert_eq!(gone, [place("2026-02")]);
        assert!(seen.has_period("2026-03") && !seen.has_period("2026-02"));
    }

    #[test]
    fn it_reads_back_and_says_which_version_it_is() {
        let seen = Seen::of(&[row("2026-01", 40), row("2026-02", 41)]);
        let text = serde_json::to_string(&seen).unwrap();
        assert_eq!(serde_json::from_str::<Seen>(&text).unwrap(), seen);
        let refused = |text: &str| serde_json::from_str::<Seen>(text).unwrap_err().to_string();
        let later = text.replace("\"version\":1", "\"version\":2");
        assert!(refused(&later).contains("version 2"), "{later}");
        let wrong = r#"{"version":1,"rows":[[["2026-01",null,null,null],"zz"]]}"#;
        assert!(refused(wrong).contains("no fingerprint"), "{}", refused(wrong));
        assert!(serde_json::from_str::<Seen>("{\"rows\":[]}").is_err());
    }
}
