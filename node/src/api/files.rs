//! Whole files in requests and answers.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use tokio::sync::OwnedSemaphorePermit;

use super::error::ApiProblem;

/// Bytes of a file of figures or of a snapshot.
const MAX_FILE: usize = 64 << 20;
/// Letters of a file's name, without its end.
const MAX_NAME: usize = 60;

/// Reads a body of at most 64 MiB into memory. Only who has a place among
/// those who hold whole files may do that.
pub(super) async fn received(
    _: &OwnedSemaphorePermit,
    headers: &HeaderMap,
    body: Body,
) -> Result<Vec<u8>, ApiProblem> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > MAX_FILE) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| broken_off())?;
        if bytes.len() + chunk.len() > MAX_FILE {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Does work that takes its time, so that other requests don't wait. The place
/// is kept until it is done: a client that goes away doesn't stop it.
pub(super) async fn apart<T: Send + 'static>(
    place: OwnedSemaphorePermit,
    job: impl FnOnce() -> Result<T, ApiProblem> + Send + 'static,
) -> Result<T, ApiProblem> {
    let job = move || {
        let _place = place;
        job()
    };
    let failed = |error: tokio::task::JoinError| {
        tracing::error!(%error, "work for a request broke off");
        let detail = "The node could not finish this; its log says why.";
        ApiProblem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    };
    tokio::task::spawn_blocking(job).await.map_err(failed)?
}

/// An answer that browsers keep as a file. `name` is of anybody's making;
/// `end` is ours, such as `csv`.
pub(super) fn attachment(name: &str, end: &str, media_type: &'static str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{}.{end}\"", plain(name));
    let fields: [(HeaderName, String); 3] = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; sandbox".to_owned(),
        ),
    ];
    (fields, bytes).into_response()
}

/// The letters and digits of a name, so that it is one on every disk.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    for letter in name.chars() {
        match letter.is_ascii_alphanumeric() {
            true => plain.push(letter.to_ascii_lowercase()),
            false if !plain.is_empty() && !plain.ends_with('-') => plain.push('-'),
            false => {}
        }
        if plain.len() == MAX_NAME {
            break;
        }
    }
    match plain.trim_end_matches('-') {
        "" => "feed".to_owned(),
        plain => plain.to_owned(),
    }
}

fn too_large() -> ApiProblem {
    let detail = format!("The file has more than {} MiB. Split it and send the parts.", MAX_FILE >> 20);
    ApiProblem::new(StatusCode::PAYLOAD_TOO_LARGE, "file-too-large", detail)
}

fn broken_off() -> ApiProblem {
    let detail = "The file broke off; nothing of it was used. Send it again.";
    ApiProblem::new(StatusCode::BAD_REQUEST, "unreadable-body", detail)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn names_of_files_are_plain() {
        assert_eq!(plain("Visits, \"planned\"\r\nX: y"), "visits-planned-x-y");
        assert_eq!(plain("../../etc/passwd"), "etc-passwd");
        assert_eq!(plain("ÄÖÜ"), "feed");
        assert_eq!(plain(&"a-".repeat(100)).len(), 59);
    }
}
