//! Errors as RFC 9457 problem details with stable codes.

use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::engine::{Failure, FailureKind};
use crate::view::Problem;

/// What an answer is: JSON, or a problem.
pub(super) type Answer<T> = Result<axum::Json<T>, ApiProblem>;

/// Longest detail taken from a parser, in characters: it may quote the input.
const MAX_QUOTED: usize = 400;

/// A refused or failed request.
#[derive(Debug)]
pub(super) struct ApiProblem {
    status: StatusCode,
    code: String,
    detail: String,
}

impl ApiProblem {
    /// `code` is stable: programs may rely on it.
    pub(super) fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> ApiProblem {
        ApiProblem { status, code: code.to_owned(), detail: detail.into() }
    }

    /// The request is well-formed but makes no sense.
    pub(super) fn invalid(detail: impl Into<String>) -> ApiProblem {
        ApiProblem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-request", detail)
    }
}

impl IntoResponse for ApiProblem {
    fn into_response(self) -> Response {
        let problem = Problem {
            kind: format!("https://commons.invalid/problems/{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail,
            code: self.code,
        };
        let mut response = (self.status, axum::Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"commons\""));
        }
        response
    }
}

impl From<Failure> for ApiProblem {
    fn from(failure: Failure) -> ApiProblem {
        let status = match failure.kind {
            FailureKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            FailureKind::NotFound => StatusCode::NOT_FOUND,
            FailureKind::Conflict => StatusCode::CONFLICT,
            FailureKind::Forbidden => StatusCode::FORBIDDEN,
            FailureKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            FailureKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if failure.kind == FailureKind::Internal {
            tracing::error!(code = %failure.code, detail = %failure.detail, "request failed");
        }
        ApiProblem::new(status, &failure.code, failure.detail)
    }
}

impl From<JsonRejection> for ApiProblem {
    fn from(rejection: JsonRejection) -> ApiProblem {
        match rejection {
            JsonRejection::BytesRejection(rejection) => rejection.into(),
            JsonRejection::JsonDataError(error) => ApiProblem::invalid(short(&error.body_text())),
            JsonRejection::MissingJsonContentType(_) => ApiProblem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "The body must be JSON; send it with `Content-Type: application/json`.",
            ),
            other => ApiProblem::new(StatusCode::BAD_REQUEST, "invalid-json", short(&other.body_text())),
        }
    }
}

impl From<BytesRejection> for ApiProblem {
    fn from(rejection: BytesRejection) -> ApiProblem {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return ApiProblem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body-too-large",
                format!("The body has more than {} bytes. Split the document.", super::MAX_BODY),
            );
        }
        ApiProblem::new(
            StatusCode::BAD_REQUEST,
            "unreadable-body",
            "The body broke off. Send the request again.",
        )
    }
}

fn short(text: &str) -> String {
    text.chars().take(MAX_QUOTED).collect()
}

pub(super) async fn no_such_route(uri: Uri) -> ApiProblem {
    ApiProblem::new(
        StatusCode::NOT_FOUND,
        "no-such-route",
        format!("There is nothing at {}. GET /v1/openapi.json lists everything.", short(uri.path())),
    )
}

pub(super) async fn method_not_allowed(method: Method, uri: Uri) -> ApiProblem {
    ApiProblem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        format!(
            "{} does not take {}. The `Allow` header names what it takes.",
            short(uri.path()),
            short(method.as_str())
        ),
    )
}
