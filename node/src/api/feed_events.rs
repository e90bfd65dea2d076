//! A feed as it changes, as server-sent events.
#![allow(unused_qualifications, reason = "the code that utoipa derives for queries has some")]

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use futures::{Stream, stream};
use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};
use utoipa::IntoParams;

use super::ApiState;
use super::auth::Authenticated;
use super::error::ApiProblem;
use super::events::too_many;
use super::extract::{Id, Parameters, at_most};
use super::routes::feeds::query;
use crate::feeds::live::Received;
use crate::tokens::Holder;
use crate::view::{ChangeView, FeedEvent, FeedQuery};

/// A comment is sent when nothing else was for so long.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// The feed is looked at again when nothing was announced for so long.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// Several changes within this are told at once.
const SETTLE: Duration = Duration::from_millis(100);
/// Longest id that a subscriber may name, in characters.
const MAX_ID: usize = 64;

pub(super) fn router() -> Router<ApiState> {
    Router::new().route("/v1/feeds/{measure}/events", get(feed_events))
}

/// Which rows, and up to where they are known.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct FollowParameters {
    /// Id of the last `digest` event up to which the subscriber has everything;
    /// the header `Last-Event-ID` says the same.
    after: Option<String>,
    /// As for the feed.
    organisation: Option<String>,
    /// As for the feed.
    stratifier: Option<String>,
    /// As for the feed.
    stratum: Option<String>,
    /// First period.
    from: Option<String>,
    /// Last period.
    to: Option<String>,
}

/// The rows of a feed as they change: first all of them; then each that is new,
/// has changed or is gone. A `digest` event, the only one with an id, ends each
/// batch. Who comes back with that id as `Last-Event-ID`, at this node or
/// another, misses nothing: if it has everything, the first event is a `digest`
/// with this id and what changes follows; otherwise all rows come again.
#[utoipa::path(get, path = "/v1/feeds/{measure}/events", tag = "aggregates",
    params(("measure" = String, Path, description = "Id, beginning of an id, or title"), FollowParameters),
    security(("token" = [])),
    responses((status = 200, body = FeedEvent, content_type = "text/event-stream")))]
pub(super) async fn feed_events(
    State(api): State<ApiState>,
    Authenticated(caller): Authenticated,
    Id(measure): Id,
    Parameters(wanted): Parameters<FollowParameters>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, axum::Error>>>, ApiProblem> {
    let place = Arc::clone(&api.listeners).try_acquire_owned().map_err(|_| too_many())?;
    let header = headers.get("last-event-id").and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
    let after = wanted.after.or(header);
    at_most("after", after.as_deref(), MAX_ID)?;
    let query = query(wanted.organisation, wanted.stratifier, wanted.stratum, wanted.from, wanted.to)?;
    let changes = api.handle.subscribe().await?;
    // Says at once if there is no such measure.
    let feed = api.handle.feed(measure, query.clone()).await?;
    let mut received = Received::up_to(after);
    let open: VecDeque<FeedEvent> = received.update(&feed).into();
    let holder = Holder { person: caller.person, name: caller.name, administrator: caller.administrator };
    let stopped = api.stopped.clone();
    let follower = Follower {
        measure: feed.measure.id,
        query,
        received,
        open,
        changes,
        api,
        holder,
        stopped,
        _place: place,
    };
    Ok(Sse::new(stream::unfold(follower, Follower::next)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// One subscriber.
struct Follower {
    measure: String,
    query: FeedQuery,
    received: Received,
    /// What is known and not sent yet: at most one batch.
    open: VecDeque<FeedEvent>,
    changes: broadcast::Receiver<ChangeView>,
    api: ApiState,
    holder: Holder,
    stopped: watch::Receiver<bool>,
    /// Taken as long as the stream lives.
    _place: OwnedSemaphorePermit,
}

impl Follower {
    /// The next event; none once the node stops or the person is revoked.
    async fn next(mut self) -> Option<(Result<Event, axum::Error>, Self)> {
        loop {
            if *self.stopped.borrow() || !self.api.tokens.still_has(&self.holder) {
                return None;
            }
            if let Some(event) = self.open.pop_front() {
                return Some((written(&event), self));
            }
            self.wait().await;
            if *self.stopped.borrow() {
                return None;
            }
            let feed = self.api.handle.feed(self.measure.clone(), self.query.clone()).await.ok()?;
            self.open = self.received.update(&feed).into();
        }
    }

    /// Waits until the feed may have changed.
    async fn wait(&mut self) {
        let mut stopped = self.stopped.clone();
        let measure = self.measure.clone();
        let changes = &mut self.changes;
        let announced = async move {
            loop {
                match changes.recv().await {
                    Ok(ChangeView::Feed { measure: changed, .. }) if changed == measure => break,
                    // Rules, releases, or something that was missed.
                    Ok(ChangeView::Charter | ChangeView::Missed) => break,
                    Ok(ChangeView::Document { id }) if id == measure => break,
                    Ok(_) => {}
                    Err(broadcast::error::RecvError::Lagged(_)) => break,
                    Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
                }
            }
            tokio::time::sleep(SETTLE).await;
        };
        tokio::select! {
            () = announced => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
    }
}

fn written(event: &FeedEvent) -> Result<Event, axum::Error> {
    let (name, id) = match event {
        FeedEvent::Row { .. } => ("row", None),
        FeedEvent::Gone { .. } => ("gone", None),
        FeedEvent::Digest { id, .. } => ("digest", Some(id.clone())),
    };
    let built = Event::default().event(name).json_data(event)?;
    Ok(match id {
        Some(id) => built.id(id),
        None => built,
    })
}
