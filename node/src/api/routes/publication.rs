//! Reviews, releases and retractions of documents.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};

use crate::api::ApiState;
use crate::api::auth::Authenticated;
use crate::api::error::{Answer, ApiProblem};
use crate::api::extract::{Id, Input, at_most, check_heads, hexadecimal, not_blank};
use crate::view::{
    AskReviewRequest, ChecklistView, PublicationView, ReleaseRequest, ReleaseView, RetractRequest,
    RetractionView, ReviewRequest, ReviewView,
};
use commons_protocol::limits::{ANSWERS, COMMENT_CHARACTERS, STATEMENT_BYTES, VERSION_HEADS};

/// Longest note to reviewers, in bytes.
const MAX_NOTE: usize = 2_000;
/// Longest reason of a retraction, in bytes.
const MAX_REASON: usize = 4_000;
/// Longest role or id of a form, in characters.
const MAX_WORD: usize = 100;
/// The media type of a proof file.
const PROOF_TYPE: &str = "application/vnd.commons.proof+cbor";

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new()
        .route("/v1/documents/{id}/publication", get(publication))
        .route("/v1/documents/{id}/requests", post(ask_review))
        .route("/v1/documents/{id}/reviews", post(review))
        .route("/v1/documents/{id}/releases", post(release))
        .route("/v1/documents/{id}/retractions", post(retract))
        .route("/v1/documents/{id}/proof", get(proof))
}

/// How a document stands: its versions under review, releases, retractions.
#[utoipa::path(get, path = "/v1/documents/{id}/publication", tag = "publication",
    params(("id" = String, Path, description = "Id or a unique prefix of it")),
    security(("token" = [])), responses((status = 200, body = PublicationView)))]
pub(in crate::api) async fn publication(
    State(api): State<ApiState>,
    _: Authenticated,
    Id(id): Id,
) -> Answer<PublicationView> {
    Ok(Json(api.handle.publication(id).await?))
}

/// Asks for reviews of a version.
#[utoipa::path(post, path = "/v1/documents/{id}/requests", tag = "publication",
    request_body = AskReviewRequest,
    params(("id" = String, Path, description = "Id or a unique prefix of it")),
    security(("token" = [])), responses((status = 200, body = PublicationView)))]
pub(in crate::api) async fn ask_review(
    State(api): State<ApiState>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    Input(request): Input<AskReviewRequest>,
) -> Answer<PublicationView> {
    at_most_bytes("note", &request.note, MAX_NOTE)?;
    if let Some(heads) = &request.heads {
        check_heads("heads", heads, VERSION_HEADS)?;
    }
    Ok(Json(api.handle.ask_review(&caller, id, request).await?))
}

/// Signs a review of a version with the caller's key.
#[utoipa::path(post, path = "/v1/documents/{id}/reviews", tag = "publication",
    request_body = ReviewRequest,
    params(("id" = String, Path, description = "Id or a unique prefix of it")),
    security(("token" = [])), responses((status = 200, body = ReviewView)))]
pub(in crate::api) async fn review(
    State(api): State<ApiState>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    Input(request): Input<ReviewRequest>,
) -> Answer<ReviewView> {
    if !["approve", "request-changes", "decline"].contains(&&*request.verdict) {
        return Err(ApiProblem::invalid("verdict must be approve, request-changes or decline."));
    }
    check_version(request.version.as_deref())?;
    at_most("role", request.role.as_deref(), MAX_WORD)?;
    at_most("comment", Some(&request.comment), COMMENT_CHARACTERS)?;
    at_most("conflicts", Some(&request.conflicts), COMMENT_CHARACTERS)?;
    request.checklist.as_ref().map_or(Ok(()), check_checklist)?;
    Ok(Json(api.handle.review(&caller, id, request).await?))
}

/// Releases a version that meets the charter's policy.
#[utoipa::path(post, path = "/v1/documents/{id}/releases", tag = "publication",
    request_body = ReleaseRequest,
    params(("id" = String, Path, description = "Id or a unique prefix of it")),
    security(("token" = [])), responses((status = 200, body = ReleaseView)))]
pub(in crate::api) async fn release(
    State(api): State<ApiState>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    Input(request): Input<ReleaseRequest>,
) -> Answer<ReleaseView> {
    check_version(request.version.as_deref())?;
    Ok(Json(api.handle.release(&caller, id, request).await?))
}

/// Withdraws everything of a document that was released.
#[utoipa::path(post, path = "/v1/documents/{id}/retractions", tag = "publication",
    request_body = RetractRequest,
    params(("id" = String, Path, description = "Id or a unique prefix of it")),
    security(("token" = [])), responses((status = 200, body = RetractionView)))]
pub(in crate::api) async fn retract(
    State(api): State<ApiState>,
    Authenticated(caller): Authenticated,
    Id(id): Id,
    Input(request): Input<RetractRequest>,
) -> Answer<RetractionView> {
    not_blank("reason", &request.reason)?;
    at_most_bytes("reason", &request.reason, MAX_REASON)?;
    request.instead.as_deref().map_or(Ok(()), |id| hexadecimal("instead", id))?;
    Ok(Json(api.handle.retract(&caller, id, request).await?))
}

/// The file that proves what was released to somebody who has nothing else.
#[utoipa::path(get, path = "/v1/documents/{id}/proof", tag = "publication",
    params(("id" = String, Path, description = "Id or a unique prefix of it")), security(("token" = [])),
    responses((status = 200, body = Vec<u8>, content_type = "application/vnd.commons.proof+cbor")))]
pub(in crate::api) async fn proof(
    State(api): State<ApiState>,
    _: Authenticated,
    Id(id): Id,
) -> Result<impl IntoResponse, ApiProblem> {
    let proof = api.handle.proof(id).await?;
    Ok(([(CONTENT_TYPE, PROOF_TYPE)], proof))
}

fn check_version(version: Option<&str>) -> Result<(), ApiProblem> {
    version.map_or(Ok(()), |version| hexadecimal("version", version))
}

fn check_checklist(checklist: &ChecklistView) -> Result<(), ApiProblem> {
    at_most("form", Some(&checklist.form), MAX_WORD)?;
    let bytes: usize = checklist.answers.iter().map(|(item, answer)| item.len() + answer.len()).sum();
    if checklist.answers.len() > ANSWERS || bytes > STATEMENT_BYTES {
        return Err(ApiProblem::invalid(format!(
            "checklist has more than {ANSWERS} answers or {STATEMENT_BYTES} bytes. Shorten the notes."
        )));
    }
    Ok(())
}

fn at_most_bytes(field: &str, text: &str, most: usize) -> Result<(), ApiProblem> {
    if text.len() > most {
        let length = text.len();
        return Err(ApiProblem::invalid(format!(
            "{field} has {length} bytes; at most {most} are taken. Shorten it."
        )));
    }
    Ok(())
}
