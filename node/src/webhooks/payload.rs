//! What a delivery says.

use serde::Serialize;

use super::WebhookError;
use super::known::Batch;
use crate::feeds::seen::Place;
use crate::view::{FeedRow, FeedView};

/// The body.
#[derive(Serialize)]
struct Payload<'a> {
    id: &'a str,
    commons: &'a str,
    measure: &'a str,
    title: &'a str,
    digest: &'a str,
    rows: &'a [&'a FeedRow],
    gone: Vec<Gone<'a>>,
    more: bool,
}

/// A row that is there no more.
#[derive(Serialize)]
struct Gone<'a> {
    period: &'a str,
    organisation: Option<&'a str>,
    stratifier: Option<&'a str>,
    stratum: Option<&'a str>,
}

/// The body as JSON. `id` is the same when the same is sent again after so
/// many acknowledged deliveries, so a receiver can tell a repetition.
pub(super) fn write(feed: &FeedView, batch: &Batch<'_>, acknowledged: u64) -> Result<Vec<u8>, WebhookError> {
    let unnamed = encode(feed, batch, "")?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(&acknowledged.to_be_bytes()).update(&unnamed);
    let id = hasher.finalize().to_hex();
    encode(feed, batch, id.get(..32).unwrap_or_default())
}

fn encode(feed: &FeedView, batch: &Batch<'_>, id: &str) -> Result<Vec<u8>, WebhookError> {
    let payload = Payload {
        id,
        commons: &feed.commons,
        measure: &feed.measure.id,
        title: &feed.measure.title,
        digest: &feed.digest,
        rows: &batch.rows,
        gone: batch.gone.iter().map(gone).collect(),
        more: batch.more,
    };
    serde_json::to_vec(&payload).map_err(WebhookError::Unwritable)
}

fn gone(place: &Place) -> Gone<'_> {
    Gone {
        period: &place.period,
        organisation: place.organisation.as_deref(),
        stratifier: place.stratifier.as_deref(),
        stratum: place.stratum.as_deref(),
    }
}
