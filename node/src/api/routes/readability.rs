//! How hard a document is to read.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};

use crate::api::ApiState;
use crate::api::auth::Authenticated;
use crate::api::error::{Answer, ApiProblem};
use crate::api::extract::Id;
use crate::readability::assess;
use crate::view::ReadabilityView;

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new().route("/v1/documents/{id}/readability", get(readability))
}

/// How hard a document is to read; advice only.
#[utoipa::path(get, path = "/v1/documents/{id}/readability", tag = "documents",
    params(("id" = String, Path, description = "Id or a unique prefix of it")),
    security(("token" = [])), responses((status = 200, body = ReadabilityView)))]
pub(in crate::api) async fn readability(
    State(api): State<ApiState>,
    _: Authenticated,
    Id(id): Id,
) -> Answer<ReadabilityView> {
    let document = api.handle.document(id, None).await?;
    // A long text takes its time, and other requests must not wait for it.
    let job = move || assess(&document.summary.language, &document.text);
    let found = tokio::task::spawn_blocking(job).await.map_err(|error| {
        ApiProblem::new(StatusCode::INTERNAL_SERVER_ERROR, "readability", error.to_string())
    })?;
    Ok(Json(ReadabilityView {
        flesch_kincaid: found.flesch_kincaid,
        smog: found.smog,
        words: found.words as u64,
        sentences: found.sentences as u64,
        advice: found.advice,
    }))
}
