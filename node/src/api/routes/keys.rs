//! The organisation's keys, and the logs that its nodes write.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::ApiState;
use crate::api::auth::{Administrator, Authenticated};
use crate::api::error::Answer;
use crate::api::extract::{Input, NoInput, at_most};
use crate::view::{EndLogRequest, KeyView, NewRootView, PassphraseRequest, RevokeKeyRequest, SealedKeysView};

/// Longest id of a key, log or entry, in characters.
const MAX_ID: usize = 128;

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new()
        .route("/v1/keys", get(node_keys))
        .route("/v1/keys/export", post(export_keys))
        .route("/v1/keys/rotate", post(rotate_keys))
        .route("/v1/keys/revoke", post(revoke_key))
        .route("/v1/keys/new-root", post(new_root))
        .route("/v1/logs/end", post(end_log))
}

/// What was done.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct NoteView {
    /// In words.
    note: String,
}

/// Seals the organisation's keys with a passphrase, to survive a dead disk.
#[utoipa::path(post, path = "/v1/keys/export", tag = "keys", request_body = PassphraseRequest,
    security(("token" = ["administrator"])), responses((status = 200, body = SealedKeysView)))]
pub(in crate::api) async fn export_keys(
    State(api): State<ApiState>,
    Administrator(caller): Administrator,
    Input(request): Input<PassphraseRequest>,
) -> Answer<SealedKeysView> {
    Ok(Json(api.handle.export_keys(&caller, request).await?))
}

/// Replaces the organisation's root key by the one it is committed to.
#[utoipa::path(post, path = "/v1/keys/rotate", tag = "keys",
    security(("token" = ["administrator"])), responses((status = 200, body = NoteView)))]
pub(in crate::api) async fn rotate_keys(
    State(api): State<ApiState>,
    Administrator(caller): Administrator,
    _: NoInput,
) -> Answer<NoteView> {
    let note = api.handle.rotate_keys(&caller).await?;
    Ok(Json(NoteView { note }))
}

/// The node keys of this organisation with their logs.
#[utoipa::path(get, path = "/v1/keys", tag = "keys", security(("token" = [])),
    responses((status = 200, body = Vec<KeyView>)))]
pub(in crate::api) async fn node_keys(State(api): State<ApiState>, _: Authenticated) -> Answer<Vec<KeyView>> {
    Ok(Json(api.handle.node_keys().await?))
}

/// Revokes a node key of this organisation; what it wrote so far stands.
#[utoipa::path(post, path = "/v1/keys/revoke", tag = "keys", request_body = RevokeKeyRequest,
    security(("token" = ["administrator"])), responses((status = 200, body = KeyView)))]
pub(in crate::api) async fn revoke_key(
    State(api): State<ApiState>,
    Administrator(caller): Administrator,
    Input(request): Input<RevokeKeyRequest>,
) -> Answer<KeyView> {
    at_most("key", Some(&request.key), MAX_ID)?;
    Ok(Json(api.handle.revoke_key(&caller, request).await?))
}

/// Makes a new root key, for an organisation that lost its own; the members
/// have to put it into the charter.
#[utoipa::path(post, path = "/v1/keys/new-root", tag = "keys",
    security(("token" = ["administrator"])), responses((status = 200, body = NewRootView)))]
pub(in crate::api) async fn new_root(
    State(api): State<ApiState>,
    Administrator(caller): Administrator,
    _: NoInput,
) -> Answer<NewRootView> {
    Ok(Json(api.handle.new_root(&caller).await?))
}

/// Ends a log of this organisation; of a log that forked, this chooses the
/// branch.
#[utoipa::path(post, path = "/v1/logs/end", tag = "keys", request_body = EndLogRequest,
    security(("token" = ["administrator"])), responses((status = 200, body = KeyView)))]
pub(in crate::api) async fn end_log(
    State(api): State<ApiState>,
    Administrator(caller): Administrator,
    Input(request): Input<EndLogRequest>,
) -> Answer<KeyView> {
    at_most("log", Some(&request.log), MAX_ID)?;
    at_most("entry", Some(&request.entry), MAX_ID)?;
    Ok(Json(api.handle.end_log(&caller, request).await?))
}
