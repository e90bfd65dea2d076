//! Erasing what should never have been written.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};

use crate::api::ApiState;
use crate::api::auth::Authenticated;
use crate::api::error::{Answer, ApiProblem};
use crate::api::extract::{Input, at_most, not_blank};
use crate::view::{EraseRequest, ErasureView};

/// Longest reason, in characters.
const MAX_REASON: usize = 500;
/// Longest id, in characters.
const MAX_ID: usize = 64;
/// Most entries of one request.
const MAX_ENTRIES: usize = 256;

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new().route("/v1/erasures", get(erasures).post(erase))
}

/// Erasures and who has confirmed them.
#[utoipa::path(get, path = "/v1/erasures", tag = "erasures", security(("token" = [])),
    responses((status = 200, body = [ErasureView])))]
pub(in crate::api) async fn erasures(
    State(api): State<ApiState>,
    _: Authenticated,
) -> Answer<Vec<ErasureView>> {
    Ok(Json(api.handle.erasures().await?))
}

/// Erases a document or entries of this organisation, everywhere.
#[utoipa::path(post, path = "/v1/erasures", tag = "erasures", request_body = EraseRequest,
    security(("token" = [])), responses((status = 200, body = ErasureView)))]
pub(in crate::api) async fn erase(
    State(api): State<ApiState>,
    Authenticated(caller): Authenticated,
    Input(request): Input<EraseRequest>,
) -> Answer<ErasureView> {
    not_blank("reason", &request.reason)?;
    at_most("reason", Some(&request.reason), MAX_REASON)?;
    at_most("document", request.document.as_deref(), MAX_ID)?;
    if request.entries.len() > MAX_ENTRIES {
        return Err(ApiProblem::invalid(format!(
            "entries names {} entries; at most {MAX_ENTRIES} are taken. Erase them in parts.",
            request.entries.len()
        )));
    }
    for entry in &request.entries {
        at_most("an id in entries", Some(entry), MAX_ID)?;
    }
    if request.document.is_none() && request.entries.is_empty() {
        return Err(ApiProblem::invalid("Name a document or entries to erase."));
    }
    Ok(Json(api.handle.erase(&caller, request).await?))
}
