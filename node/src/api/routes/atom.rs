//! Releases for feed readers.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use commons_protocol::time::Timestamp;

use crate::api::ApiState;
use crate::api::auth::Authenticated;
use crate::api::error::ApiProblem;
use crate::api::routes::feeds::base;
use crate::feeds::atom::{AtomItem, MAX_ITEMS, atom};
use crate::view::ReleasedView;

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new().route("/v1/atom/releases", get(releases))
}

/// What was released lately, of documents of all kinds, as an Atom feed.
#[utoipa::path(get, path = "/v1/atom/releases", tag = "publication", security(("token" = [])),
    responses((status = 200, body = String, content_type = "application/atom+xml")))]
pub(in crate::api) async fn releases(
    State(api): State<ApiState>,
    _: Authenticated,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiProblem> {
    let commons = api.handle.charter().await?.commons.id;
    let released = api.handle.released_lately(MAX_ITEMS).await?;
    let items: Vec<AtomItem> = released.into_iter().map(item).collect();
    let feed = atom(&commons, &base(&api, &headers), &items);
    Ok(([(CONTENT_TYPE, "application/atom+xml; charset=utf-8")], feed))
}

fn item(of: ReleasedView) -> AtomItem {
    AtomItem {
        path: format!("/v1/documents/{}?released=true", of.document),
        id: of.id,
        title: of.title,
        summary: of.summary,
        organisation: of.organisation,
        kind: of.kind,
        released: Timestamp(of.time_ms),
    }
}
