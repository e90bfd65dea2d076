//! Founding, joining, members and the charter.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};

use crate::api::ApiState;
use crate::api::auth::{Administrator, Authenticated};
use crate::api::error::Answer;
use crate::api::extract::{Input, NoInput, at_most, not_blank};
use crate::view::{
    ApproveRequest, CharterView, FoundRequest, InvitationView, JoinRequest, JoinView, MembersView,
};

/// Longest name of a commons, in characters.
const MAX_NAME: usize = 200;
/// Longest purpose, in characters.
const MAX_PURPOSE: usize = 4_000;
/// Longest invitation code, in characters.
const MAX_CODE: usize = 16_384;
/// Longest id, in characters.
const MAX_ID: usize = 128;

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new()
        .route("/v1/found", post(found))
        .route("/v1/invitations", post(invite))
        .route("/v1/join", get(join_state).post(join))
        .route("/v1/members", get(members))
        .route("/v1/members/approve", post(approve))
        .route("/v1/charter", get(charter))
}

/// Founds a commons with this organisation as its first member.
#[utoipa::path(post, path = "/v1/found", tag = "commons", request_body = FoundRequest,
    security(("token" = ["administrator"])), responses((status = 200, body = CharterView)))]
pub(in crate::api) async fn found(
    State(api): State<ApiState>,
    Administrator(caller): Administrator,
    Input(request): Input<FoundRequest>,
) -> Answer<CharterView> {
    not_blank("name", &request.name)?;
    at_most("name", Some(&request.name), MAX_NAME)?;
    at_most("purpose", Some(&request.purpose), MAX_PURPOSE)?;
    Ok(Json(api.handle.found(&caller, request).await?))
}

/// Makes an invitation for one organisation.
#[utoipa::path(post, path = "/v1/invitations", tag = "commons",
    security(("token" = ["administrator"])), responses((status = 200, body = InvitationView)))]
pub(in crate::api) async fn invite(
    State(api): State<ApiState>,
    Administrator(caller): Administrator,
    _: NoInput,
) -> Answer<InvitationView> {
    Ok(Json(api.handle.invite(&caller).await?))
}

/// Begins to join a commons.
#[utoipa::path(post, path = "/v1/join", tag = "commons", request_body = JoinRequest,
    security(("token" = ["administrator"])), responses((status = 200, body = JoinView)))]
pub(in crate::api) async fn join(
    State(api): State<ApiState>,
    Administrator(caller): Administrator,
    Input(request): Input<JoinRequest>,
) -> Answer<JoinView> {
    at_most("code", Some(&request.code), MAX_CODE)?;
    Ok(Json(api.handle.join(&caller, request).await?))
}

/// How far joining has come.
#[utoipa::path(get, path = "/v1/join", tag = "commons", security(("token" = [])),
    responses((status = 200, body = JoinView)))]
pub(in crate::api) async fn join_state(State(api): State<ApiState>, _: Authenticated) -> Answer<JoinView> {
    Ok(Json(api.handle.join_state().await?))
}

/// Members, requests to join and proposals.
#[utoipa::path(get, path = "/v1/members", tag = "commons", security(("token" = [])),
    responses((status = 200, body = MembersView)))]
pub(in crate::api) async fn members(State(api): State<ApiState>, _: Authenticated) -> Answer<MembersView> {
    Ok(Json(api.handle.members().await?))
}

/// Approves a request to join or a proposal.
#[utoipa::path(post, path = "/v1/members/approve", tag = "commons", request_body = ApproveRequest,
    security(("token" = ["administrator"])), responses((status = 200, body = MembersView)))]
pub(in crate::api) async fn approve(
    State(api): State<ApiState>,
    Administrator(caller): Administrator,
    Input(request): Input<ApproveRequest>,
) -> Answer<MembersView> {
    at_most("id", Some(&request.id), MAX_ID)?;
    Ok(Json(api.handle.approve(&caller, request).await?))
}

/// The charter in force and its history.
#[utoipa::path(get, path = "/v1/charter", tag = "commons", security(("token" = [])),
    responses((status = 200, body = CharterView)))]
pub(in crate::api) async fn charter(State(api): State<ApiState>, _: Authenticated) -> Answer<CharterView> {
    Ok(Json(api.handle.charter().await?))
}
