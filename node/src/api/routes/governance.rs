//! Changing the charter: proposals, endorsements, refounding; and its epochs.
#![allow(unused_qualifications, reason = "the code that utoipa derives for queries has some")]

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::ApiState;
use crate::api::auth::{Administrator, Authenticated};
use crate::api::error::{Answer, ApiProblem};
use crate::api::extract::{Id, Input, Parameters, at_most, not_blank};
use crate::view::{
    CharterDiffView, CharterView, EpochDetailView, PolicyView, ProposalRequest, ProposalView, ProposeRequest,
    RefoundRequest,
};
use commons_protocol::limits::REQUIREMENTS;

/// Longest id or name, in characters.
const MAX_ID: usize = 200;
/// Longest purpose, in characters.
const MAX_PURPOSE: usize = 4_000;
/// Longest code of a new root key, in characters.
const MAX_CODE: usize = 256;
/// Most organisations in one proposal.
const MAX_ORGANISATIONS: usize = 64;
/// Most roles in one proposal.
const MAX_ROLES: usize = 16;

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new()
        .route("/v1/proposals", get(proposals).post(propose))
        .route("/v1/proposals/endorse", post(endorse))
        .route("/v1/proposals/go-on", post(go_on))
        .route("/v1/refound", post(refound))
        .route("/v1/charter/epochs/{number}", get(epoch))
        .route("/v1/charter/diff", get(diff))
}

/// What is proposed and how far the vote has come.
#[utoipa::path(get, path = "/v1/proposals", tag = "governance", security(("token" = [])),
    responses((status = 200, body = Vec<ProposalView>)))]
pub(in crate::api) async fn proposals(
    State(api): State<ApiState>,
    _: Authenticated,
) -> Answer<Vec<ProposalView>> {
    Ok(Json(api.handle.proposals().await?))
}

/// Proposes a change of the charter and endorses it for this organisation.
#[utoipa::path(post, path = "/v1/proposals", tag = "governance", request_body = ProposeRequest,
    security(("token" = ["administrator"])), responses((status = 200, body = ProposalView)))]
pub(in crate::api) async fn propose(
    State(api): State<ApiState>,
    Administrator(caller): Administrator,
    Input(request): Input<ProposeRequest>,
) -> Answer<ProposalView> {
    check(&request)?;
    Ok(Json(api.handle.propose(&caller, request).await?))
}

/// Endorses a proposal for this organisation.
#[utoipa::path(post, path = "/v1/proposals/endorse", tag = "governance", request_body = ProposalRequest,
    security(("token" = ["administrator"])), responses((status = 200, body = ProposalView)))]
pub(in crate::api) async fn endorse(
    State(api): State<ApiState>,
    Administrator(caller): Administrator,
    Input(request): Input<ProposalRequest>,
) -> Answer<ProposalView> {
    at_most("id", Some(&request.id), MAX_ID)?;
    Ok(Json(api.handle.endorse(&caller, request).await?))
}

/// Enters the next round of a vote without waiting for silent electors.
#[utoipa::path(post, path = "/v1/proposals/go-on", tag = "governance", request_body = ProposalRequest,
    security(("token" = ["administrator"])), responses((status = 200, body = ProposalView)))]
pub(in crate::api) async fn go_on(
    State(api): State<ApiState>,
    Administrator(caller): Administrator,
    Input(request): Input<ProposalRequest>,
) -> Answer<ProposalView> {
    at_most("id", Some(&request.id), MAX_ID)?;
    Ok(Json(api.handle.go_on(&caller, request).await?))
}

/// Goes on under a proposal, on this node, without a decision of the electors.
#[utoipa::path(post, path = "/v1/refound", tag = "governance", request_body = RefoundRequest,
    security(("token" = ["administrator"])), responses((status = 200, body = CharterView)))]
pub(in crate::api) async fn refound(
    State(api): State<ApiState>,
    Administrator(caller): Administrator,
    Input(request): Input<RefoundRequest>,
) -> Answer<CharterView> {
    at_most("id", Some(&request.id), MAX_ID)?;
    Ok(Json(api.handle.refound(&caller, request).await?))
}

/// The charter of one epoch in full.
#[utoipa::path(get, path = "/v1/charter/epochs/{number}", tag = "governance", security(("token" = [])),
    params(("number" = u64, Path, description = "Number of the epoch, from 0")),
    responses((status = 200, body = EpochDetailView)))]
pub(in crate::api) async fn epoch(
    State(api): State<ApiState>,
    _: Authenticated,
    Id(number): Id,
) -> Answer<EpochDetailView> {
    let number =
        number.parse().map_err(|_| ApiProblem::invalid("An epoch is named by its number, from 0."))?;
    Ok(Json(api.handle.epoch(number).await?))
}

/// Which epochs to compare.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct DiffParameters {
    /// Number of the older epoch; the one before `to` when absent.
    from: Option<u64>,
    /// Number of the newer epoch; the one in force when absent.
    to: Option<u64>,
}

/// What differs between the charters of two epochs.
#[utoipa::path(get, path = "/v1/charter/diff", tag = "governance", security(("token" = [])),
    params(DiffParameters), responses((status = 200, body = CharterDiffView)))]
pub(in crate::api) async fn diff(
    State(api): State<ApiState>,
    _: Authenticated,
    Parameters(epochs): Parameters<DiffParameters>,
) -> Answer<CharterDiffView> {
    Ok(Json(api.handle.charter_diff(epochs.from, epochs.to).await?))
}

/// Refuses what is too long before it reaches the engine.
fn check(request: &ProposeRequest) -> Result<(), ApiProblem> {
    match request {
        ProposeRequest::Admit { request } => at_most("request", Some(request), MAX_ID),
        ProposeRequest::Remove { organisations }
        | ProposeRequest::Suspend { organisations }
        | ProposeRequest::Reinstate { organisations } => {
            if organisations.is_empty() {
                return Err(ApiProblem::invalid("organisations is empty; name at least one."));
            }
            check_list("organisations", organisations, MAX_ORGANISATIONS)
        }
        ProposeRequest::Policy { writers, quorum: _, name, purpose } => {
            check_list("writers", writers.as_deref().unwrap_or_default(), MAX_ROLES)?;
            name.as_deref().map_or(Ok(()), |name| not_blank("name", name))?;
            at_most("name", name.as_deref(), MAX_ID)?;
            at_most("purpose", purpose.as_deref(), MAX_PURPOSE)
        }
        ProposeRequest::ReviewPolicy(policy) => check_policy(policy),
        ProposeRequest::Disclosure { .. } => Ok(()),
        ProposeRequest::Elector { add, remove } => {
            check_list("add", add, MAX_ORGANISATIONS)?;
            check_list("remove", remove, MAX_ORGANISATIONS)
        }
        ProposeRequest::Root { organisation, code } => {
            at_most("organisation", Some(organisation), MAX_ID)?;
            at_most("code", Some(code), MAX_CODE)
        }
        ProposeRequest::Branch { log, entry } => {
            at_most("log", Some(log), MAX_ID)?;
            at_most("entry", Some(entry), MAX_ID)
        }
    }
}

fn check_policy(policy: &PolicyView) -> Result<(), ApiProblem> {
    at_most("kind", Some(&policy.kind), MAX_ID)?;
    if policy.requirements.len() > REQUIREMENTS {
        return Err(ApiProblem::invalid(format!("At most {REQUIREMENTS} requirements are taken.")));
    }
    policy.requirements.iter().try_for_each(|one| check_list("roles", &one.roles, MAX_ROLES))
}

fn check_list(field: &str, items: &[String], most: usize) -> Result<(), ApiProblem> {
    if items.len() > most {
        let count = items.len();
        return Err(ApiProblem::invalid(format!(
            "{field} has {count} items; at most {most} are taken at once."
        )));
    }
    items.iter().try_for_each(|item| at_most(field, Some(item), MAX_ID))
}
