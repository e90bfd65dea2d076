//! Health and metrics, for the programs that watch the machine.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use axum::routing::get;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::ApiProblem;
use super::{ApiState, auth};

pub(super) fn router() -> Router<ApiState> {
    Router::new().route("/health", get(health)).route("/metrics", get(metrics))
}

/// The API answers.
#[derive(Serialize, ToSchema)]
pub(super) struct HealthView {
    /// Always `ok`.
    status: &'static str,
}

/// Whether the API answers at all. Says nothing else, for it asks for no token.
#[utoipa::path(get, path = "/health", tag = "status",
    responses((status = 200, body = HealthView)))]
pub(super) async fn health() -> axum::Json<HealthView> {
    axum::Json(HealthView { status: "ok" })
}

/// Metrics in the OpenMetrics text format. Needs a token only where the API
/// can be reached from other machines.
#[utoipa::path(get, path = "/metrics", tag = "status",
    responses((status = 200, body = String, content_type = "application/openmetrics-text")))]
pub(super) async fn metrics(
    State(api): State<ApiState>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiProblem> {
    if !api.settings.address.is_loopback() {
        auth::caller(&headers, &api)?;
    }
    let text = api.handle.metrics().await?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text))
}
