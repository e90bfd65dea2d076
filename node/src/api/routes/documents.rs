//! Documents and their versions.
#![allow(unused_qualifications, reason = "the code that utoipa derives for queries has some")]

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::ApiState;
use crate::api::auth::Authenticated;
use crate::api::error::{Answer, ApiProblem};
use crate::api::extract::{Id, Input, Parameters, at_most, not_blank};
use crate::view::{DiffView, DocumentSummary, DocumentView, EditRequest, EditView, NewDocument};
use commons_protocol::fence::ACTORS_PER_DOCUMENT;

/// Largest text of a document, in bytes.
const MAX_TEXT: usize = 512 * 1024;
/// Longest title, in characters.
const MAX_TITLE: usize = 300;
/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 2_000;
/// Longest language tag, in characters.
const MAX_LANGUAGE: usize = 35;
/// Most heads that name a version in an address.
const MAX_HEADS: usize = 60;
/// Most heads of the version that was edited: a document has no more of them
/// than authors.
const MAX_BASE: usize = ACTORS_PER_DOCUMENT;

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new()
        .route("/v1/documents", get(documents).post(new_document))
        .route("/v1/documents/{id}", get(document).put(edit_document))
        .route("/v1/documents/{id}/history", get(history))
        .route("/v1/documents/{id}/diff", get(diff))
}

/// Which documents to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct ListParameters {
    /// `toolkit` or `guidance`; both when absent.
    kind: Option<String>,
}

/// Which version to show.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct VersionParameters {
    /// Heads of the version, separated by commas; the current one when absent.
    version: Option<String>,
}

/// Which versions to compare.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct DiffParameters {
    /// Heads separated by commas, or the id of an edit; the previous edit when
    /// absent.
    from: Option<String>,
    /// Likewise; the current version when absent.
    to: Option<String>,
}

/// Documents that are known here.
#[utoipa::path(get, path = "/v1/documents", tag = "documents", params(ListParameters),
    security(("token" = [])), responses((status = 200, body = [DocumentSummary])))]
pub(in crate::api) async fn documents(
    State(api): State<ApiState>,
    _: Authenticated,
    Parameters(parameters): Parameters<ListParameters>,
) -> Answer<Vec<DocumentSummary>> {
    Ok(Json(api.handle.documents(parameters.kind).await?))
}

/// Creates a document.
#[utoipa::path(post, path = "/v1/documents", tag = "documents", request_body = NewDocument,
    security(("token" = [])), responses((status = 200, body = DocumentView)))]
pub(in crate::api) async fn new_document(
    State(api): State<ApiState>,
    Authenticated(caller): Authenticated,
    Input(request): Input<NewDocument>,
) -> Answer<DocumentView> {
    not_blank("title", &request.title)?;
    check_fields(
        Some(&request.title),
        request.language.as_deref(),
        request.description.as_deref(),
        Some(&request.text),
    )?;
    Ok(Json(api.handle.new_document(&caller, request).await?))
}

/// A document, now or at a version.
#[utoipa::path(get, path = "/v1/documents/{id}", tag = "documents",
    params(("id" = String, Path, description = "Id or a unique prefix of it"), VersionParameters),
    security(("token" = [])), responses((status = 200, body = DocumentView)))]
pub(in crate::api) async fn document(
    State(api): State<ApiState>,
    _: Authenticated,
    Id(id): Id,
    Parameters(parameters): Parameters<VersionParameters>,
) -> Answer<DocumentView> {
    let version = parameters.version.as_deref().map(heads).transpose()?;
    Ok(Json(api.handle.document(id, version).await?))
}

/// Changes a document; others' changes since `base` are merged.
#[utoipa::path(put, path = "/v1/documents/{id}", tag = "documents", request_body = EditRequest,
    params(("id" = String, Path, description = "Id or a unique prefix of it")),
    security(("token" = [])), responses((status = 200, body = DocumentView)))]
pub(in crate::api) async fn edit_document(
    State(api): State<ApiState>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    Input(request): Input<EditRequest>,
) -> Answer<DocumentView> {
    if let Some(title) = &request.title {
        not_blank("title", title)?;
    }
    check_fields(
        request.title.as_deref(),
        request.language.as_deref(),
        request.description.as_deref(),
        request.text.as_deref(),
    )?;
    if let Some(base) = &request.base {
        check_heads("base", base, MAX_BASE)?;
    }
    Ok(Json(api.handle.edit_document(&caller, id, request).await?))
}

/// Edits of a document, oldest first.
#[utoipa::path(get, path = "/v1/documents/{id}/history", tag = "documents",
    params(("id" = String, Path, description = "Id or a unique prefix of it")),
    security(("token" = [])), responses((status = 200, body = [EditView])))]
pub(in crate::api) async fn history(
    State(api): State<ApiState>,
    _: Authenticated,
    Id(id): Id,
) -> Answer<Vec<EditView>> {
    Ok(Json(api.handle.history(id).await?))
}

/// What differs between two versions.
#[utoipa::path(get, path = "/v1/documents/{id}/diff", tag = "documents",
    params(("id" = String, Path, description = "Id or a unique prefix of it"), DiffParameters),
    security(("token" = [])), responses((status = 200, body = DiffView)))]
pub(in crate::api) async fn diff(
    State(api): State<ApiState>,
    _: Authenticated,
    Id(id): Id,
    Parameters(parameters): Parameters<DiffParameters>,
) -> Answer<DiffView> {
    for (name, version) in [("from", &parameters.from), ("to", &parameters.to)] {
        if let Some(version) = version {
            check_heads(name, &split(version), MAX_HEADS)?;
        }
    }
    Ok(Json(api.handle.diff(id, parameters.from, parameters.to).await?))
}

fn check_fields(
    title: Option<&str>,
    language: Option<&str>,
    description: Option<&str>,
    text: Option<&str>,
) -> Result<(), ApiProblem> {
    at_most("title", title, MAX_TITLE)?;
    at_most("language", language, MAX_LANGUAGE)?;
    at_most("description", description, MAX_DESCRIPTION)?;
    match text.map(str::len) {
        Some(length) if length > MAX_TEXT => Err(ApiProblem::invalid(format!(
            "text has {length} bytes; at most {MAX_TEXT} are taken. Split the document."
        ))),
        _ => Ok(()),
    }
}

fn heads(version: &str) -> Result<Vec<String>, ApiProblem> {
    let heads = split(version);
    check_heads("version", &heads, MAX_HEADS)?;
    Ok(heads)
}

fn split(version: &str) -> Vec<String> {
    version.split(',').map(str::to_owned).collect()
}

fn check_heads(field: &str, heads: &[String], most: usize) -> Result<(), ApiProblem> {
    let is_hex =
        |head: &String| (1..=64).contains(&head.len()) && head.bytes().all(|byte| byte.is_ascii_hexdigit());
    if heads.len() <= most && heads.iter().all(is_hex) {
        return Ok(());
    }
    Err(ApiProblem::invalid(format!(
        "{field} must name at most {most} hexadecimal heads; take them from `version` of a \
         document or of its history."
    )))
}
