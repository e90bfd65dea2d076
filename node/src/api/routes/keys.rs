//! The organisation's keys.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::ApiState;
use crate::api::auth::Administrator;
use crate::api::error::Answer;
use crate::api::extract::{Input, NoInput};
use crate::view::{PassphraseRequest, SealedKeysView};

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new().route("/v1/keys/export", post(export_keys)).route("/v1/keys/rotate", post(rotate_keys))
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
