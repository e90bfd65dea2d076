//! Bodies, ids and queries, with problems instead of plain-text rejections.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::ApiState;
use super::error::ApiProblem;

/// Longest id, in bytes: a name of 100 characters fits.
const MAX_ID: usize = 400;
/// Longest query, in bytes: sixty heads fit.
const MAX_QUERY: usize = 4_096;

/// A JSON body.
pub(super) struct Input<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<ApiState> for Input<T> {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, ApiProblem> {
        let Json(input) = Json::from_request(request, state).await?;
        Ok(Input(input))
    }
}

/// No body, or an empty JSON object.
pub(super) struct NoInput;

impl FromRequest<ApiState> for NoInput {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, ApiProblem> {
        let body = Bytes::from_request(request, state).await?;
        let fields: serde_json::Map<String, serde_json::Value> = match body.trim_ascii() {
            b"" => return Ok(NoInput),
            text => serde_json::from_slice(text)
                .map_err(|_| ApiProblem::invalid("Send no body, or an empty JSON object."))?,
        };
        match fields.keys().next() {
            None => Ok(NoInput),
            Some(_) => Err(ApiProblem::invalid(
                "This request takes no fields. Send no body, or an empty JSON object.",
            )),
        }
    }
}

/// The `{id}` of a route.
pub(super) struct Id(pub(super) String);

impl FromRequestParts<ApiState> for Id {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiProblem> {
        let Path(id) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiProblem::invalid("The id in the path is not UTF-8 text."))?;
        if id.len() > MAX_ID || id.chars().any(char::is_control) {
            return Err(ApiProblem::invalid("The id in the path is too long or holds control characters."));
        }
        Ok(Id(id))
    }
}

/// The query of a request.
pub(super) struct Parameters<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<ApiState> for Parameters<T> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiProblem> {
        if parts.uri.query().is_some_and(|query| query.len() > MAX_QUERY) {
            return Err(ApiProblem::invalid(format!("The query has more than {MAX_QUERY} bytes.")));
        }
        let Query(parameters) = Query::from_request_parts(parts, state)
            .await
            .map_err(|rejection| ApiProblem::invalid(rejection.body_text()))?;
        Ok(Parameters(parameters))
    }
}

/// Queries in which some names may stand several times.
pub(super) trait Lists {
    /// These names.
    const LISTS: &'static [&'static str];
}

/// A query whose [`Lists`] are taken out, in their order.
pub(super) struct Repeated<T> {
    /// Everything else.
    pub(super) plain: T,
    /// Name and value.
    pub(super) lists: Vec<(String, String)>,
}

impl<T: DeserializeOwned + Lists> FromRequestParts<ApiState> for Repeated<T> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiProblem> {
        // Refuses what is too long.
        let Parameters::<Vec<(String, String)>>(_) = Parameters::from_request_parts(parts, state).await?;
        let is_listed = |part: &&str| T::LISTS.contains(&part.split('=').next().unwrap_or_default());
        let query = parts.uri.query().unwrap_or_default();
        let (lists, plain): (Vec<&str>, Vec<&str>) = query.split('&').partition(is_listed);
        Ok(Self { plain: parsed(&plain)?, lists: parsed(&lists)? })
    }
}

/// What these parts of a query say.
fn parsed<T: DeserializeOwned>(parts: &[&str]) -> Result<T, ApiProblem> {
    let uri = format!("/?{}", parts.join("&")).parse();
    let uri = uri.map_err(|_| ApiProblem::invalid("The query is no query."))?;
    let Query(parsed) =
        Query::try_from_uri(&uri).map_err(|rejection| ApiProblem::invalid(rejection.body_text()))?;
    Ok(parsed)
}

/// Refuses text that is too long before it reaches the engine. `None` is fine.
pub(super) fn at_most(field: &str, text: Option<&str>, most: usize) -> Result<(), ApiProblem> {
    match text.map(|text| text.chars().count()) {
        Some(length) if length > most => Err(ApiProblem::invalid(format!(
            "{field} has {length} characters; at most {most} are taken. Shorten it."
        ))),
        _ => Ok(()),
    }
}

/// Refuses text without any visible character.
pub(super) fn not_blank(field: &str, text: &str) -> Result<(), ApiProblem> {
    if text.trim().is_empty() {
        return Err(ApiProblem::invalid(format!("{field} is empty; write something.")));
    }
    Ok(())
}

/// Refuses heads that can't be heads, and more than `most` of them.
pub(super) fn check_heads(field: &str, heads: &[String], most: usize) -> Result<(), ApiProblem> {
    if heads.len() <= most && heads.iter().all(|head| is_hexadecimal(head)) {
        return Ok(());
    }
    Err(ApiProblem::invalid(format!(
        "{field} must name at most {most} hexadecimal heads; take them from `version` of a \
         document or of its history."
    )))
}

/// Refuses what can't be an id or a hash, or the first characters of one.
pub(super) fn hexadecimal(field: &str, text: &str) -> Result<(), ApiProblem> {
    if is_hexadecimal(text) {
        return Ok(());
    }
    Err(ApiProblem::invalid(format!("{field} must be 1 to 64 hexadecimal digits.")))
}

fn is_hexadecimal(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
