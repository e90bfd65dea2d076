//! Measures: what organisations can report.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};

use crate::api::ApiState;
use crate::api::auth::Authenticated;
use crate::api::error::Answer;
use crate::view::MeasureView;

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new().route("/v1/measures", get(measures))
}

/// All measures, by title, with those that are not released yet. They are
/// written, reviewed and released as documents of the kind `measure`.
#[utoipa::path(get, path = "/v1/measures", tag = "aggregates", security(("token" = [])),
    responses((status = 200, body = Vec<MeasureView>)))]
pub(in crate::api) async fn measures(
    State(api): State<ApiState>,
    _: Authenticated,
) -> Answer<Vec<MeasureView>> {
    Ok(Json(api.handle.measures().await?))
}
