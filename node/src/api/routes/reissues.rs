//! Contributions of this organisation that were cut off, to be written again.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};

use crate::api::ApiState;
use crate::api::auth::Authenticated;
use crate::api::error::Answer;
use crate::api::extract::{Input, at_most, not_blank};
use crate::view::{DocumentView, ReissueRequest, ReissueView};

/// Longest id, in characters.
const MAX_ID: usize = 64;

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new().route("/v1/reissues", get(reissues).post(reissue))
}

/// Documents of which contributions of this organisation were cut off.
#[utoipa::path(get, path = "/v1/reissues", tag = "documents", security(("token" = [])),
    responses((status = 200, body = [ReissueView])))]
pub(in crate::api) async fn reissues(
    State(api): State<ApiState>,
    _: Authenticated,
) -> Answer<Vec<ReissueView>> {
    Ok(Json(api.handle.reissues().await?))
}

/// Writes them again in one document, as an edit of the caller.
#[utoipa::path(post, path = "/v1/reissues", tag = "documents", request_body = ReissueRequest,
    security(("token" = [])), responses((status = 200, body = DocumentView)))]
pub(in crate::api) async fn reissue(
    State(api): State<ApiState>,
    Authenticated(caller): Authenticated,
    Input(request): Input<ReissueRequest>,
) -> Answer<DocumentView> {
    not_blank("document", &request.document)?;
    at_most("document", Some(&request.document), MAX_ID)?;
    Ok(Json(api.handle.reissue(&caller, request).await?))
}
