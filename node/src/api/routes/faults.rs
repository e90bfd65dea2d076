//! What members' keys signed against the rules.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};

use crate::api::ApiState;
use crate::api::auth::Authenticated;
use crate::api::error::{Answer, ApiProblem};
use crate::api::extract::Id;
use crate::view::FaultView;

/// The media type of a proof file.
const PROOF_TYPE: &str = "application/vnd.commons.fault-proof";

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new().route("/v1/faults", get(faults)).route("/v1/faults/{id}/proof", get(fault_proof))
}

/// Faults of all members, in a fixed order.
#[utoipa::path(get, path = "/v1/faults", tag = "faults", security(("token" = [])),
    responses((status = 200, body = Vec<FaultView>)))]
pub(in crate::api) async fn faults(State(api): State<ApiState>, _: Authenticated) -> Answer<Vec<FaultView>> {
    Ok(Json(api.handle.faults().await?))
}

/// The file that proves a fault to somebody who has nothing else.
#[utoipa::path(get, path = "/v1/faults/{id}/proof", tag = "faults", security(("token" = [])),
    params(("id" = String, Path, description = "Id of the fault; a unique prefix is enough")),
    responses((status = 200, body = Vec<u8>, content_type = "application/vnd.commons.fault-proof")))]
pub(in crate::api) async fn fault_proof(
    State(api): State<ApiState>,
    _: Authenticated,
    Id(id): Id,
) -> Result<impl IntoResponse, ApiProblem> {
    let proof = api.handle.fault_proof(id).await?;
    Ok(([(CONTENT_TYPE, PROOF_TYPE)], proof))
}
