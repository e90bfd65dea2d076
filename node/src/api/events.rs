//! What changes, as server-sent events.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use futures::{Stream, StreamExt, future};
use tokio::sync::watch;
use tokio_stream::wrappers::BroadcastStream;

use super::ApiState;
use super::auth::Authenticated;
use super::error::ApiProblem;
use crate::tokens::Holder;
use crate::view::ChangeView;

/// A comment is sent when nothing else was for so long, so that both ends
/// notice a dead connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) fn router() -> Router<ApiState> {
    Router::new().route("/v1/events", get(events))
}

/// Changes as they happen: each event's data is one JSON object. A listener
/// that is too slow gets `missed` in place of what it missed. The stream ends
/// when the node stops or the person is revoked.
#[utoipa::path(get, path = "/v1/events", tag = "status", security(("token" = [])),
    responses((status = 200, body = ChangeView, content_type = "text/event-stream")))]
pub(super) async fn events(
    State(api): State<ApiState>,
    Authenticated(caller): Authenticated,
) -> Result<Sse<impl Stream<Item = Result<Event, axum::Error>>>, ApiProblem> {
    let place = Arc::clone(&api.listeners).try_acquire_owned().map_err(|_| too_many())?;
    let receiver = api.handle.subscribe().await?;
    let holder = Holder { person: caller.person, name: caller.name, administrator: caller.administrator };
    let stopped = api.stopped.clone();
    let changes = BroadcastStream::new(receiver)
        .take_while(move |_| future::ready(api.tokens.still_has(&holder)))
        .map(move |change| {
            // The place is taken as long as the stream lives.
            let _ = &place;
            Event::default().json_data(change.unwrap_or(ChangeView::Missed))
        })
        .take_until(until_stopped(stopped));
    Ok(Sse::new(changes).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    // An error means that the server is gone, which is a stop as well.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

pub(super) fn too_many() -> ApiProblem {
    ApiProblem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "too-many-listeners",
        format!("{} event streams are open already. Close one and try again.", super::MAX_LISTENERS),
    )
}
