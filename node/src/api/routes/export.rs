//! Documents as files for other programs.
#![allow(unused_qualifications, reason = "the code that utoipa derives for queries has some")]

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;
use utoipa::IntoParams;

use crate::api::ApiState;
use crate::api::auth::Authenticated;
use crate::api::error::ApiProblem;
use crate::api::extract::{Id, Parameters};
use crate::blobs::{BlobError, Folder, blocking};
use crate::engine::Exported;
use crate::export::{
    AttachedFile, CRATE_ATTACHMENT_BYTES, Published, bibtex, citation, csl_json, html, markdown, ro_crate,
};
use commons_protocol::blob::PIECE_BYTES;
use commons_protocol::limits::BLOB_BYTES;

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new().route("/v1/documents/{id}/export", get(export))
}

/// What to write.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct ExportParameters {
    /// `html`, `markdown`, `ro-crate`, `citation`, `bibtex` or `csl`.
    format: Format,
    /// Whether to write what it says now, marked as a draft, instead of what
    /// was released.
    draft: Option<bool>,
}

/// Forms in which documents leave.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::api) enum Format {
    Html,
    Markdown,
    RoCrate,
    Citation,
    Bibtex,
    Csl,
}

impl Format {
    fn media_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::RoCrate => "application/zip",
            Self::Citation | Self::Bibtex => "text/plain; charset=utf-8",
            Self::Csl => "application/vnd.citationstyles.csl+json",
        }
    }

    /// Whether the attachments come along.
    fn has_files(self) -> bool {
        matches!(self, Self::Html | Self::RoCrate)
    }

    fn write(self, published: &Published<'_>) -> Result<Vec<u8>, ApiProblem> {
        Ok(match self {
            Self::Html => html(published).into_bytes(),
            Self::Markdown => markdown(published).into_bytes(),
            Self::Citation => citation(published).into_bytes(),
            Self::Bibtex => bibtex(published).into_bytes(),
            Self::Csl => csl_json(published).into_bytes(),
            Self::RoCrate => ro_crate(published)
                .map_err(|error| ApiProblem::new(StatusCode::CONFLICT, "not-exported", error.to_string()))?,
        })
    }
}

/// A document as a file for other programs.
#[utoipa::path(get, path = "/v1/documents/{id}/export", tag = "documents",
    params(("id" = String, Path, description = "Id or a unique prefix of it"), ExportParameters),
    security(("token" = [])),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub(in crate::api) async fn export(
    State(api): State<ApiState>,
    _: Authenticated,
    Id(id): Id,
    Parameters(parameters): Parameters<ExportParameters>,
) -> Result<impl IntoResponse, ApiProblem> {
    let ExportParameters { format, draft } = parameters;
    let place = format.has_files().then(|| take_place(&api)).transpose()?;
    let exported = api.handle.exported(id, draft.unwrap_or(false)).await?;
    let folder = api.handle.blobs()?.folder().clone();
    // Packing attachments takes its time, and other requests must not wait.
    let job = move || {
        // Kept until it is done: a client that goes away doesn't stop it.
        let _place = place;
        let mut files = files(&exported);
        if format.has_files() {
            fill(&mut files, &folder);
        }
        format.write(&published(&exported, &files))
    };
    let failed = |error: tokio::task::JoinError| {
        ApiProblem::new(StatusCode::INTERNAL_SERVER_ERROR, "export", error.to_string())
    };
    let bytes = tokio::task::spawn_blocking(job).await.map_err(failed)??;
    Ok(([(CONTENT_TYPE, format.media_type())], bytes))
}

fn published<'a>(exported: &'a Exported, files: &'a [AttachedFile]) -> Published<'a> {
    Published {
        version: &exported.version,
        release: exported.release.as_ref(),
        standing: &exported.standing,
        commons_name: &exported.commons_name,
        organisation: &exported.organisation,
        today: exported.today,
        files,
        reviews: &exported.reviews,
        proof: exported.proof.as_deref(),
    }
}

/// The attachments that the content names.
fn files(exported: &Exported) -> Vec<AttachedFile> {
    let particulars = exported.version.fields().particulars;
    let file = |name: &str| {
        let part = |part: &str| particulars.item("attachment", name, part).unwrap_or_default().to_owned();
        AttachedFile {
            name: name.to_owned(),
            media_type: part("media-type"),
            hash: part("hash"),
            size: part("size").parse().unwrap_or_default(),
            alt: part("alt"),
            bytes: None,
        }
    };
    particulars.items("attachment").into_iter().map(file).collect()
}

/// A place among the requests that hold whole files in memory, if one is free.
pub(in crate::api) fn take_place(api: &ApiState) -> Result<OwnedSemaphorePermit, ApiProblem> {
    api.handle.blobs()?.take_place().ok_or_else(|| {
        let detail = "As many files are being read as this node reads at a time. Try again when one is done.";
        ApiProblem::new(StatusCode::SERVICE_UNAVAILABLE, "too-many-files", detail)
    })
}

/// What `look` says of the bytes of a stored file. The place is kept until it
/// is done: a client that goes away doesn't stop it.
pub(in crate::api) async fn with_stored<T: Send + 'static>(
    api: &ApiState,
    hash: &str,
    place: OwnedSemaphorePermit,
    look: impl FnOnce(&[u8]) -> T + Send + 'static,
) -> Result<T, ApiProblem> {
    let (folder, hash) = (api.handle.blobs()?.folder().clone(), hash.to_owned());
    let job = move || {
        let _place = place;
        Ok(look(&read(&folder, &hash, BLOB_BYTES)?.unwrap_or_default()))
    };
    Ok(blocking(job).await?)
}

/// Reads the attachments that are here, as many as one crate takes. The others
/// are named by their hash.
fn fill(files: &mut [AttachedFile], folder: &Folder) {
    let mut room = CRATE_ATTACHMENT_BYTES;
    for file in files {
        match read(folder, &file.hash, room) {
            Ok(bytes) => {
                room -= bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
                file.bytes = bytes;
            }
            Err(error) => tracing::warn!(%error, "an attachment is left out of an export"),
        }
    }
}

/// The bytes of a file, unless there are more than `most` of them.
fn read(folder: &Folder, hash: &str, most: u64) -> Result<Option<Vec<u8>>, BlobError> {
    let Ok(hash) = hash.parse() else { return Ok(None) };
    let reader = folder.read(&hash)?;
    let size = reader.outline().size();
    if size > most {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    for index in 0..u32::try_from(size.div_ceil(PIECE_BYTES as u64)).unwrap_or(0) {
        bytes.extend(reader.piece(index)?);
    }
    Ok(Some(bytes))
}
