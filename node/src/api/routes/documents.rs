//! Documents and their versions.
#![allow(unused_qualifications, reason = "the code that utoipa derives for queries has some")]

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;
use utoipa::IntoParams;

use crate::api::ApiState;
use crate::api::auth::Authenticated;
use crate::api::error::{Answer, ApiProblem};
use crate::api::extract::{Id, Input, Parameters, at_most, check_heads, not_blank};
use crate::api::routes::blobs::stored_size;
use crate::api::routes::export::{take_place, with_stored};
use crate::guard::{Finding, examine_file};
use crate::view::{
    AttachRequest, DiffView, DocumentSummary, DocumentView, EditRequest, EditView, NewDocument,
    RestoreRequest,
};
use commons_protocol::date::Date;
use commons_protocol::document::PARTICULARS;
use commons_protocol::fence::ACTORS_PER_DOCUMENT;

/// Largest text of a document, in bytes.
const MAX_TEXT: usize = 512 * 1024;
/// Longest title, in characters.
const MAX_TITLE: usize = 300;
/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 2_000;
/// Longest language tag, in characters.
const MAX_LANGUAGE: usize = 35;
/// Longest value of one of the particulars, in characters.
const MAX_VALUE: usize = 2_000;
/// Longest name of an attachment, in characters.
const MAX_ITEM: usize = 100;
/// Longest name of one of the particulars, in characters: list, item, part.
const MAX_NAME: usize = MAX_ITEM + 50;
/// Longest reason to keep what the guard asks about, in bytes.
const MAX_OVERRIDE: usize = 500;
/// Longest media type, in characters.
const MAX_MEDIA_TYPE: usize = 100;
/// Longest description of an image, in characters.
const MAX_ALT: usize = 1_000;
/// How documents can stand.
const STATUSES: &[&str] =
    &["draft", "in review", "eligible", "released", "review due", "superseded", "retracted"];
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
        .route("/v1/documents/{id}/restore", post(restore))
        .route("/v1/documents/{id}/attachments", post(attach))
}

/// Which documents to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct ListParameters {
    /// `toolkit`, `guidance` or `measure`; all when absent.
    kind: Option<String>,
    /// `draft`, `in-review`, `eligible`, `released`, `review-due`,
    /// `superseded` or `retracted`; all when absent.
    status: Option<String>,
}

/// Which version to show.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct VersionParameters {
    /// Heads of the version, separated by commas; the current one when absent.
    version: Option<String>,
    /// Whether to show what was released instead of what it says now.
    released: Option<bool>,
    /// The day on which it was released, such as `2027-01-31`; today when
    /// absent.
    as_of: Option<String>,
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
    let status = parameters.status.as_deref().map(status).transpose()?;
    let mut documents = api.handle.documents(parameters.kind).await?;
    documents.retain(|document| status.is_none_or(|status| document.standing.status == status));
    Ok(Json(documents))
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
    let values = request.particulars.iter().map(|(name, value)| (name.as_str(), Some(value.as_str())));
    check_particulars(values)?;
    check_override(request.override_reason.as_deref())?;
    Ok(Json(api.handle.new_document(&caller, request).await?))
}

/// A document, now, at a version, or as it was released.
#[utoipa::path(get, path = "/v1/documents/{id}", tag = "documents",
    params(("id" = String, Path, description = "Id or a unique prefix of it"), VersionParameters),
    security(("token" = [])), responses((status = 200, body = DocumentView)))]
pub(in crate::api) async fn document(
    State(api): State<ApiState>,
    _: Authenticated,
    Id(id): Id,
    Parameters(parameters): Parameters<VersionParameters>,
) -> Answer<DocumentView> {
    let VersionParameters { version, released, as_of } = parameters;
    let version = version.as_deref().map(heads).transpose()?;
    let as_of = as_of.as_deref().map(day).transpose()?;
    match (released.unwrap_or(false), &version, as_of) {
        (true, None, as_of) => Ok(Json(api.handle.released(id, as_of).await?)),
        (false, _, None) => Ok(Json(api.handle.document(id, version).await?)),
        (true, Some(_), _) => Err(ApiProblem::invalid("Name a version or ask for `released`, not both.")),
        (false, _, Some(_)) => Err(ApiProblem::invalid("as_of goes with `released=true`.")),
    }
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
    let values = request.particulars.iter().flatten();
    check_particulars(values.map(|(name, value)| (name.as_str(), value.as_deref())))?;
    check_override(request.override_reason.as_deref())?;
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

/// Makes what a document says equal to an older version, as a new edit.
#[utoipa::path(post, path = "/v1/documents/{id}/restore", tag = "documents",
    request_body = RestoreRequest,
    params(("id" = String, Path, description = "Id or a unique prefix of it")),
    security(("token" = [])), responses((status = 200, body = DocumentView)))]
pub(in crate::api) async fn restore(
    State(api): State<ApiState>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    Input(request): Input<RestoreRequest>,
) -> Answer<DocumentView> {
    check_heads("version", &split(&request.version), MAX_HEADS)?;
    check_override(request.override_reason.as_deref())?;
    Ok(Json(api.handle.restore(&caller, id, request).await?))
}

/// Attaches a file that was stored before.
#[utoipa::path(post, path = "/v1/documents/{id}/attachments", tag = "documents",
    request_body = AttachRequest,
    params(("id" = String, Path, description = "Id or a unique prefix of it")),
    security(("token" = [])), responses((status = 200, body = DocumentView)))]
pub(in crate::api) async fn attach(
    State(api): State<ApiState>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    Input(request): Input<AttachRequest>,
) -> Answer<DocumentView> {
    not_blank("name", &request.name)?;
    at_most("name", Some(&request.name), MAX_ITEM)?;
    if !request.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte)) {
        return Err(ApiProblem::invalid("name may have letters from a to z, digits, `.`, `_`, `:` and `-`."));
    }
    not_blank("media_type", &request.media_type)?;
    at_most("media_type", Some(&request.media_type), MAX_MEDIA_TYPE)?;
    at_most("alt", request.alt.as_deref(), MAX_ALT)?;
    check_override(request.override_reason.as_deref())?;
    let place = take_place(&api)?;
    let size = stored_size(&api, &request.hash).await?;
    let contacts = contacts(&api.handle.document(id.clone(), None).await?);
    let found = examine(&api, &request, contacts, place).await?;
    Ok(Json(api.handle.attach(&caller, id, request, size, found).await?))
}

/// What a document declares as public contacts.
fn contacts(document: &DocumentView) -> Vec<String> {
    let values = document.particulars.iter().filter(|(name, _)| name.starts_with("contact/"));
    values.map(|(_, value)| value.clone()).collect()
}

/// What the identifier guard finds in a stored file: off the engine's thread,
/// since files are large.
async fn examine(
    api: &ApiState,
    request: &AttachRequest,
    contacts: Vec<String>,
    place: OwnedSemaphorePermit,
) -> Result<Vec<Finding>, ApiProblem> {
    let (name, media_type) = (request.name.clone(), request.media_type.clone());
    let look = move |bytes: &[u8]| examine_file(&name, &media_type, bytes, &contacts);
    with_stored(api, &request.hash, place, look).await
}

fn status(word: &str) -> Result<&'static str, ApiProblem> {
    let word = word.replace('-', " ");
    STATUSES.iter().copied().find(|status| *status == word).ok_or_else(|| {
        let known = STATUSES.join(", ").replace("in review", "in-review").replace("review due", "review-due");
        ApiProblem::invalid(format!("status must be one of {known}."))
    })
}

fn day(text: &str) -> Result<Date, ApiProblem> {
    text.parse().map_err(|_| ApiProblem::invalid("as_of must be a date such as 2027-01-31."))
}

fn check_particulars<'a>(values: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> Result<(), ApiProblem> {
    for (count, (name, value)) in values.enumerate() {
        if count >= PARTICULARS {
            return Err(ApiProblem::invalid(format!(
                "particulars has more than {PARTICULARS} values; change fewer at once."
            )));
        }
        at_most("the name of one of the particulars", Some(name), MAX_NAME)?;
        at_most(name, value, MAX_VALUE)?;
    }
    Ok(())
}

fn check_override(reason: Option<&str>) -> Result<(), ApiProblem> {
    match reason {
        Some(reason) if reason.len() > MAX_OVERRIDE => Err(ApiProblem::invalid(format!(
            "override_reason has {} bytes; at most {MAX_OVERRIDE} are taken. Shorten it.",
            reason.len()
        ))),
        Some(reason) => not_blank("override_reason", reason),
        None => Ok(()),
    }
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
