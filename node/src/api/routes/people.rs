//! People of this organisation.

use axum::extract::State;
use axum::routing::{delete, get};
use axum::{Json, Router};

use crate::api::ApiState;
use crate::api::auth::{Administrator, Authenticated};
use crate::api::error::{Answer, ApiProblem};
use crate::api::extract::{Id, Input, at_most, not_blank};
use crate::view::{PersonCreated, PersonRequest, PersonView};

/// Longest name of a person, in characters.
const MAX_NAME: usize = 100;
/// More than there are.
const MAX_ROLES: usize = 16;

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new()
        .route("/v1/people", get(people).post(add_person))
        .route("/v1/people/{id}", delete(revoke_person))
}

/// Everyone this organisation delegated.
#[utoipa::path(get, path = "/v1/people", tag = "people", security(("token" = [])),
    responses((status = 200, body = [PersonView])))]
pub(in crate::api) async fn people(State(api): State<ApiState>, _: Authenticated) -> Answer<Vec<PersonView>> {
    Ok(Json(api.handle.people().await?))
}

/// Adds a person; the answer shows the person's token, once.
#[utoipa::path(post, path = "/v1/people", tag = "people", request_body = PersonRequest,
    security(("token" = ["administrator"])), responses((status = 200, body = PersonCreated)))]
pub(in crate::api) async fn add_person(
    State(api): State<ApiState>,
    Administrator(caller): Administrator,
    Input(request): Input<PersonRequest>,
) -> Answer<PersonCreated> {
    not_blank("name", &request.name)?;
    at_most("name", Some(&request.name), MAX_NAME)?;
    if request.roles.is_empty() || request.roles.len() > MAX_ROLES {
        return Err(ApiProblem::invalid(
            "A person needs at least one role: patient, family, clinician, researcher, improver \
             or administrator.",
        ));
    }
    Ok(Json(api.handle.add_person(&caller, request).await?))
}

/// Revokes a person: delegation and tokens. `id` may be the name or a unique
/// prefix of the key.
#[utoipa::path(delete, path = "/v1/people/{id}", tag = "people",
    params(("id" = String, Path, description = "Key, unique prefix of it, or name")),
    security(("token" = ["administrator"])), responses((status = 200, body = PersonView)))]
pub(in crate::api) async fn revoke_person(
    State(api): State<ApiState>,
    Administrator(caller): Administrator,
    Id(id): Id,
) -> Answer<PersonView> {
    Ok(Json(api.handle.revoke_person(&caller, id).await?))
}
