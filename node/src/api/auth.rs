//! Who asks: bearer tokens.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};

use super::ApiState;
use super::error::ApiProblem;
use crate::engine::Caller;

/// Longest text that is compared with the tokens, in bytes.
const MAX_TOKEN: usize = 128;

/// Any person with a token.
pub(super) struct Authenticated(pub(super) Caller);

/// A person who may change the organisation and the node.
pub(super) struct Administrator(pub(super) Caller);

impl FromRequestParts<ApiState> for Authenticated {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiProblem> {
        caller(&parts.headers, state).map(Authenticated)
    }
}

impl FromRequestParts<ApiState> for Administrator {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiProblem> {
        let caller = caller(&parts.headers, state)?;
        if !caller.administrator {
            return Err(ApiProblem::new(
                StatusCode::FORBIDDEN,
                "administrator-only",
                "Only an administrator of this organisation may do this. Ask one, or use the \
                 token in `operator.token` of the node's home.",
            ));
        }
        Ok(Administrator(caller))
    }
}

/// The person whose token the request carries.
pub(super) fn caller(headers: &HeaderMap, state: &ApiState) -> Result<Caller, ApiProblem> {
    let Some(token) = bearer(headers) else {
        return Err(unauthenticated("The request carries no bearer token."));
    };
    let holder = state
        .tokens
        .find(token)
        .ok_or_else(|| unauthenticated("The token is unknown here, or was revoked."))?;
    Ok(Caller { person: holder.person, name: holder.name, administrator: holder.administrator })
}

/// The token of a request that carries exactly one.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && token.len() <= MAX_TOKEN).then_some(token)
}

fn unauthenticated(what: &str) -> ApiProblem {
    ApiProblem::new(
        StatusCode::UNAUTHORIZED,
        "unauthenticated",
        format!(
            "{what} Send `Authorization: Bearer TOKEN`; the operator's token is in \
             `operator.token` of the node's home, and `commons person add` makes one for a person."
        ),
    )
}
