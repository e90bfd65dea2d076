//! Measures, series and feeds as the API gives them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A number of a feed. A masked number is an interval, never a stand-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum NumberView {
    /// It is told.
    Known {
        /// The number.
        number: u64,
    },
    /// It is masked, or a sum with masked parts: it lies in this interval,
    /// both ends included.
    Masked {
        /// The least that it can be.
        low: u64,
        /// The most that it can be; none if nothing bounds it.
        high: Option<u64>,
    },
    /// A total that is not shown: too few organisations, or one of them may
    /// be nearly all of it.
    Withheld,
}

/// What a row comes to: numerator by denominator, times what the measure
/// multiplies by. A point if both ends are the same.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RatioView {
    /// The least that it can be.
    pub low: f64,
    /// The most that it can be; none if nothing bounds it.
    pub high: Option<f64>,
}

/// One period and stratum, of one organisation or of the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FeedRow {
    /// The period, such as `2026-03` or `2026-Q1`.
    pub period: String,
    /// Its first day.
    pub first: String,
    /// Its last day.
    pub last: String,
    /// Id of the organisation; none for the network's total.
    pub organisation: Option<String>,
    /// Code of the stratifier; none for all together.
    pub stratifier: Option<String>,
    /// Code of the stratum.
    pub stratum: Option<String>,
    /// Numerator, count or sum.
    pub numerator: NumberView,
    /// Denominator, if the measure has one.
    pub denominator: Option<NumberView>,
    /// What was excluded, if that was reported.
    pub excluded: Option<NumberView>,
    /// What it comes to; none where nothing can be said, or nobody was there.
    pub value: Option<RatioView>,
    /// How many organisations contribute: 1 for an organisation's own.
    pub organisations: u32,
    /// How many of them masked something here.
    pub masked: u32,
    /// Why the total is withheld, in words.
    pub withheld: Option<String>,
}

/// A measure as subscribers see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeasureView {
    /// Id of its document.
    pub id: String,
    /// Title.
    pub title: String,
    /// `proportion`, `rate`, `count`, `between` or `continuous`.
    pub kind: String,
    /// `month` or `quarter`.
    pub calendar: String,
    /// Who is counted, in words.
    pub population: String,
    /// Numerator in words.
    pub numerator: String,
    /// Denominator in words.
    pub denominator: String,
    /// `increase`, `decrease`, or none.
    pub direction: Option<String>,
    /// What values are multiplied by when shown.
    pub per: u32,
    /// Unit of a continuous measure.
    pub unit: Option<String>,
    /// Target, in shown values.
    pub target: Option<f64>,
    /// Disclosure threshold in force: counts from 1 to this are masked.
    pub threshold: u16,
    /// Whether 0 % and 100 % are masked.
    pub extremes_are_sensitive: bool,
    /// The ways to split it.
    pub stratifiers: Vec<StratifierView>,
    /// Entry of its latest release; none while it is not released.
    pub release: Option<String>,
    /// BLAKE3 of the released version.
    pub version: Option<String>,
    /// Day of that release.
    pub released: Option<String>,
}

/// A way to split a measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StratifierView {
    /// Its code.
    pub code: String,
    /// Its strata: code and label.
    pub strata: Vec<(String, String)>,
}

/// An organisation that contributes to a feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContributorView {
    /// Id.
    pub id: String,
    /// Name in the charter.
    pub name: String,
}

/// A feed: everything that is known of one measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FeedView {
    /// Id of the commons.
    pub commons: String,
    /// The measure.
    pub measure: MeasureView,
    /// Digest of its roll-up: the same on every node that holds the same.
    pub digest: String,
    /// Who contributes, by id.
    pub organisations: Vec<ContributorView>,
    /// Rows: by period, the network first, then organisations by id; all
    /// together before strata.
    pub rows: Vec<FeedRow>,
}

/// Which rows of a feed are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FeedQuery {
    /// `network` for the totals alone, or an organisation by id or name; both
    /// kinds of rows if left out.
    pub organisation: Option<String>,
    /// Only rows of this stratifier; `total` for all together alone.
    pub stratifier: Option<String>,
    /// Only rows of this stratum: codes of its stratifier and of itself.
    pub stratum: Option<(String, String)>,
    /// First period.
    pub from: Option<String>,
    /// Last period.
    pub to: Option<String>,
}

/// What a subscriber to a feed receives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum FeedEvent {
    /// A row that is new or has changed.
    Row {
        /// The row.
        row: Box<FeedRow>,
    },
    /// A row that is there no more: it was withdrawn.
    Gone {
        /// Its period.
        period: String,
        /// Its organisation; none for the network's total.
        organisation: Option<String>,
        /// Its stratifier; none for all together.
        stratifier: Option<String>,
        /// Its stratum.
        stratum: Option<String>,
    },
    /// Everything up to here was received: the feed has this digest, on every
    /// node that holds the same.
    Digest {
        /// The digest of the feed.
        digest: String,
        /// Id of this event: names the digest and the rows as they are shown.
        /// Who has it has everything, and names it to go on here.
        id: String,
    },
}
