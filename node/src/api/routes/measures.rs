//! Measures: what organisations can report.

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};

use crate::api::ApiState;
use crate::api::auth::Authenticated;
use crate::api::error::{Answer, ApiProblem};
use crate::api::extract::Id;
use crate::api::files::attachment;
use crate::figures::template;
use crate::view::MeasureView;

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new()
        .route("/v1/measures", get(measures))
        .route("/v1/measures/{measure}", get(measure))
        .route("/v1/measures/{measure}/template", get(blank))
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

/// One measure.
#[utoipa::path(get, path = "/v1/measures/{measure}", tag = "aggregates",
    params(("measure" = String, Path, description = "Id, beginning of an id, or title")),
    security(("token" = [])), responses((status = 200, body = MeasureView)))]
pub(in crate::api) async fn measure(
    State(api): State<ApiState>,
    _: Authenticated,
    Id(measure): Id,
) -> Answer<MeasureView> {
    Ok(Json(api.handle.measure(measure).await?))
}

/// A table of a measure in CSV to fill in: two periods, all together and each
/// stratum, without numbers.
#[utoipa::path(get, path = "/v1/measures/{measure}/template", tag = "aggregates",
    params(("measure" = String, Path, description = "Id, beginning of an id, or title")),
    security(("token" = [])), responses((status = 200, body = String, content_type = "text/csv")))]
pub(in crate::api) async fn blank(
    State(api): State<ApiState>,
    _: Authenticated,
    Id(measure): Id,
) -> Result<Response, ApiProblem> {
    let measure = api.handle.measure(measure).await?;
    let table = template::template(&measure).into_bytes();
    Ok(attachment(&measure.title, "csv", "text/csv; charset=utf-8", table))
}
