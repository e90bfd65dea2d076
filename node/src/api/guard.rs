//! What holds for every request: a host name that is ours, few headers, an end
//! in time, and answers that no cache keeps.

use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::ApiState;
use super::error::ApiProblem;
use crate::config;

/// Most headers of a request; browsers send about 20.
const MAX_HEADERS: usize = 64;
/// Most bytes of all headers together.
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// How long a request may take. An event stream only has to begin by then.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Walking every chain of a large store takes a while.
pub(super) const CHECK_TIMEOUT: Duration = Duration::from_secs(600);
/// The routes with that longer time: a large file takes a while, too.
const LONG_ROUTES: [&str; 9] = [
    "/v1/check",
    "/v1/blobs",
    "/v1/documents/{id}/attachments",
    "/v1/documents/{id}/export",
    "/v1/series",
    "/v1/series/plan",
    "/v1/feeds/verify",
    "/v1/feeds/{measure}/export",
    "/v1/feeds/{measure}/chart",
];

pub(super) async fn guard(
    State(state): State<ApiState>,
    route: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let mut response = match admit(&state.settings, request.headers()) {
        Ok(()) => answer(route, request, next).await,
        Err(problem) => problem.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // The route's pattern, not the path: paths hold names of people.
    tracing::debug!(%method, route, status = response.status().as_u16(),
        elapsed = ?began.elapsed(), "request");
    response
}

async fn answer(route: &str, request: Request, next: Next) -> Response {
    let limit = if LONG_ROUTES.contains(&route) { CHECK_TIMEOUT } else { TIMEOUT };
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiProblem::new(
            StatusCode::GATEWAY_TIMEOUT,
            "timeout",
            format!(
                "The node did not answer within {} seconds. What was asked may still happen; \
                 look at the result before you ask again.",
                limit.as_secs()
            ),
        )
        .into_response(),
    }
}

fn admit(settings: &config::Api, headers: &HeaderMap) -> Result<(), ApiProblem> {
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers.len() > MAX_HEADERS || bytes > MAX_HEADER_BYTES {
        return Err(ApiProblem::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "headers-too-large",
            format!(
                "The request has more than {MAX_HEADERS} headers or {MAX_HEADER_BYTES} bytes of \
                 them."
            ),
        ));
    }
    if host(headers).is_some_and(|host| is_ours(settings, host)) {
        return Ok(());
    }
    Err(ApiProblem::new(
        StatusCode::MISDIRECTED_REQUEST,
        "wrong-host",
        "The request names a host that is not this node. Use 127.0.0.1, localhost or [::1], or \
         add the name to `host_names` below [api] in config.toml.",
    ))
}

/// The host of a request that names exactly one, without port.
fn host(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::HOST).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    // An IPv6 address has colons of its own, inside brackets.
    let (host, port) = match value.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (value, ""),
    };
    port.bytes().all(|byte| byte.is_ascii_digit()).then_some(host)
}

fn is_ours(settings: &config::Api, host: &str) -> bool {
    let named = || settings.host_names.iter().map(config::HostName::as_str);
    ["127.0.0.1", "localhost", "[::1]"].into_iter().chain(named()).any(|ours| ours.eq_ignore_ascii_case(host))
}
