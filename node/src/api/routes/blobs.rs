//! Attached files: stored, listed, given back.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use commons_protocol::blob::PIECE_BYTES;
use commons_protocol::id::BlobHash;
use futures::{Stream, StreamExt, stream};

use crate::api::ApiState;
use crate::api::auth::Authenticated;
use crate::api::error::{Answer, ApiProblem};
use crate::api::extract::Id;
use crate::blobs::{BlobError, Import, Reader, blocking};
use crate::view::{BlobsView, StoredBlob};

mod range;

use range::{Range, Wanted};

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new().route("/v1/blobs", get(blobs).post(upload)).route("/v1/blobs/{hash}", get(download))
}

/// Attached files that documents need and how far each has come, and those
/// that nothing needs.
#[utoipa::path(get, path = "/v1/blobs", tag = "blobs", security(("token" = [])),
    responses((status = 200, body = BlobsView)))]
pub(in crate::api) async fn blobs(State(api): State<ApiState>, _: Authenticated) -> Answer<BlobsView> {
    Ok(Json(api.handle.blobs()?.view()))
}

/// Stores a file of at most 256 MiB, whatever it is. It stays for a day;
/// attach it to a document meanwhile.
#[utoipa::path(post, path = "/v1/blobs", tag = "blobs", security(("token" = [])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = StoredBlob)))]
pub(in crate::api) async fn upload(
    State(api): State<ApiState>,
    _: Authenticated,
    headers: HeaderMap,
    body: Body,
) -> Answer<StoredBlob> {
    let blobs = api.handle.blobs()?;
    let _place = blobs.take_place().ok_or_else(too_many)?;
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let import = blocking(move || blobs.import(length)).await?;
    let import = receive(import, body).await?;
    let (hash, size) = blocking(move || import.finish()).await?;
    Ok(Json(StoredBlob { hash: hash.to_string(), size }))
}

/// Writes a body as it comes, a piece at a time.
async fn receive(mut import: Import, body: Body) -> Result<Import, ApiProblem> {
    let mut chunks = body.into_data_stream();
    let mut buffer = Vec::with_capacity(PIECE_BYTES);
    while let Some(chunk) = chunks.next().await {
        buffer.extend_from_slice(&chunk.map_err(|_| broken_off())?);
        if buffer.len() >= PIECE_BYTES {
            let bytes = std::mem::replace(&mut buffer, Vec::with_capacity(PIECE_BYTES));
            import = write(import, bytes).await?;
        }
    }
    Ok(write(import, buffer).await?)
}

async fn write(mut import: Import, bytes: Vec<u8>) -> Result<Import, BlobError> {
    blocking(move || import.write(&bytes).map(|()| import)).await
}

/// A stored file. The node neither knows nor believes what it is, so it never
/// says anything else than `application/octet-stream`. `Range` resumes.
#[utoipa::path(get, path = "/v1/blobs/{hash}", tag = "blobs", security(("token" = [])),
    params(("hash" = String, Path, description = "BLAKE3 of the file")),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, body = Vec<u8>, content_type = "application/octet-stream",
            description = "The range that was asked for")))]
pub(in crate::api) async fn download(
    State(api): State<ApiState>,
    _: Authenticated,
    Id(hash): Id,
    headers: HeaderMap,
) -> Result<Response, ApiProblem> {
    let hash = parse(&hash)?;
    let folder = api.handle.blobs()?.folder().clone();
    let reader = blocking(move || folder.read(&hash)).await?;
    let (size, tag) = (reader.outline().size(), format!("\"{hash}\""));
    let (status, range) = match range::wanted(&headers, size, &tag) {
        Wanted::All => (StatusCode::OK, Range { start: 0, end: size }),
        Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Wanted::Nothing => return Ok(beyond(size)),
    };
    let mut response = Response::new(Body::from_stream(pieces(reader, range)));
    *response.status_mut() = status;
    let name = format!("attachment; filename=\"{hash}\"");
    let mut fields = vec![
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        (header::CONTENT_LENGTH, (range.end - range.start).to_string()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::ETAG, tag),
    ];
    if status == StatusCode::PARTIAL_CONTENT {
        let last = range.end.saturating_sub(1);
        fields.push((header::CONTENT_RANGE, format!("bytes {}-{last}/{size}", range.start)));
    }
    for (name, value) in fields {
        let value = HeaderValue::try_from(value)
            .map_err(|_| ApiProblem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "a bad header"))?;
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

/// The bytes of a range, read and checked a piece at a time. An error cuts the
/// body off, so the client sees that it is not whole.
fn pieces(reader: Reader, range: Range) -> impl Stream<Item = Result<Bytes, BlobError>> {
    stream::try_unfold((reader, range.start), move |(reader, at)| async move {
        if at >= range.end {
            return Ok(None);
        }
        let piece = PIECE_BYTES as u64;
        let index = u32::try_from(at / piece).unwrap_or(u32::MAX);
        let (reader, bytes) = blocking(move || reader.piece(index).map(|bytes| (reader, bytes))).await?;
        let bytes = Bytes::from(bytes);
        let start = u64::from(index) * piece;
        let end = range.end.min(start + bytes.len() as u64);
        let within = |place: u64| usize::try_from(place).unwrap_or(PIECE_BYTES).min(bytes.len());
        let part = bytes.slice(within(at - start)..within(end - start));
        Ok(Some((part, (reader, end))))
    })
}

/// The size of a stored file, which from now on counts as fresh, so that it
/// stays while it is attached.
pub(in crate::api) async fn stored_size(api: &ApiState, hash: &str) -> Result<u64, ApiProblem> {
    let hash = parse(hash)?;
    let folder = api.handle.blobs()?.folder().clone();
    Ok(blocking(move || folder.keep(&hash)).await?)
}

fn parse(hash: &str) -> Result<BlobHash, ApiProblem> {
    hash.parse().map_err(|_| {
        ApiProblem::invalid("The hash of a file has 64 hexadecimal digits; POST /v1/blobs gives it.")
    })
}

impl From<BlobError> for ApiProblem {
    fn from(error: BlobError) -> Self {
        let (status, code) = match &error {
            BlobError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "file-too-large"),
            BlobError::NotHere { .. } => (StatusCode::NOT_FOUND, "file-not-here"),
            BlobError::Damaged { .. } => (StatusCode::SERVICE_UNAVAILABLE, "file-damaged"),
            BlobError::Full { .. } => (StatusCode::INSUFFICIENT_STORAGE, "disk-full"),
            BlobError::NoRoom { .. } => (StatusCode::INSUFFICIENT_STORAGE, "no-room-for-files"),
            BlobError::Leaving { .. } | BlobError::Stopping(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, "try-again")
            }
            BlobError::Io { .. } | BlobError::Wrong(_) | BlobError::Unfinished { .. } => {
                tracing::error!(%error, "an attached file failed");
                (StatusCode::INTERNAL_SERVER_ERROR, "file-failed")
            }
        };
        ApiProblem::new(status, code, error.to_string())
    }
}

fn beyond(size: u64) -> Response {
    let detail = format!("The file has {size} bytes; nothing of the range lies within it.");
    let problem = ApiProblem::new(StatusCode::RANGE_NOT_SATISFIABLE, "no-such-range", detail);
    let mut response = problem.into_response();
    if let Ok(value) = HeaderValue::try_from(format!("bytes */{size}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    response
}

fn too_many() -> ApiProblem {
    let detail = "As many files are being stored as this node takes at a time. Try again when one is done.";
    ApiProblem::new(StatusCode::SERVICE_UNAVAILABLE, "too-many-uploads", detail)
}

fn broken_off() -> ApiProblem {
    let detail = "The file broke off; nothing of it was kept. Send it again.";
    ApiProblem::new(StatusCode::BAD_REQUEST, "unreadable-body", detail)
}
