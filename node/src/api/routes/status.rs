//! How the node is, and what stops or checks it.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::ApiState;
use crate::api::auth::{Administrator, Authenticated};
use crate::api::error::Answer;
use crate::api::extract::{Input, NoInput};
use crate::view::{CheckView, NetworkRequest, StatusView};

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new()
        .route("/v1/status", get(status))
        .route("/v1/check", post(check))
        .route("/v1/network", post(set_network))
        .route("/v1/shutdown", post(shutdown))
}

/// Nothing to say.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct NothingView {}

/// The truth about this node.
#[utoipa::path(get, path = "/v1/status", tag = "status", security(("token" = [])),
    responses((status = 200, body = StatusView)))]
pub(in crate::api) async fn status(State(api): State<ApiState>, _: Authenticated) -> Answer<StatusView> {
    Ok(Json(api.handle.status().await?))
}

/// Walks every chain and builds every document again; may take minutes.
#[utoipa::path(post, path = "/v1/check", tag = "status", security(("token" = ["administrator"])),
    responses((status = 200, body = CheckView)))]
pub(in crate::api) async fn check(
    State(api): State<ApiState>,
    Administrator(caller): Administrator,
    _: NoInput,
) -> Answer<CheckView> {
    Ok(Json(api.handle.check(&caller).await?))
}

/// Pauses or resumes the network of peers.
#[utoipa::path(post, path = "/v1/network", tag = "status", request_body = NetworkRequest,
    security(("token" = ["administrator"])), responses((status = 200, body = StatusView)))]
pub(in crate::api) async fn set_network(
    State(api): State<ApiState>,
    Administrator(caller): Administrator,
    Input(request): Input<NetworkRequest>,
) -> Answer<StatusView> {
    Ok(Json(api.handle.set_network(&caller, request).await?))
}

/// Stops the node once open requests have ended.
#[utoipa::path(post, path = "/v1/shutdown", tag = "status",
    security(("token" = ["administrator"])), responses((status = 200, body = NothingView)))]
pub(in crate::api) async fn shutdown(
    State(api): State<ApiState>,
    Administrator(caller): Administrator,
    _: NoInput,
) -> Answer<NothingView> {
    api.handle.shutdown(&caller).await?;
    Ok(Json(NothingView {}))
}
