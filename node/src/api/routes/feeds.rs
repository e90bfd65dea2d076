//! Feeds: what is known of measures, in the forms that others read.
#![allow(unused_qualifications, reason = "the code that utoipa derives for queries has some")]

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use commons_protocol::date::Date;
use commons_protocol::time::Timestamp;
use serde::Deserialize;
use std::time::{SystemTime, UNIX_EPOCH};
use utoipa::IntoParams;

use crate::api::ApiState;
use crate::api::auth::Authenticated;
use crate::api::error::{Answer, ApiProblem};
use crate::api::extract::{Id, Parameters, at_most};
use crate::api::files::{apart, attachment, received};
use crate::api::routes::export::take_place;
use crate::feeds::{csv, dcat, fhir, ndjson, parquet};
use crate::view::{FeedQuery, FeedView, MeasureView, VerifiedSnapshotView};
use commons_protocol::document::DEFAULT_LICENCE;

/// Longest name of an organisation, code or period, in characters.
const MAX_WORD: usize = 300;
/// The media type of a snapshot.
const SNAPSHOT_TYPE: &str = "application/vnd.commons.snapshot+cbor";

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new()
        .route("/v1/feeds", get(feeds))
        .route("/v1/feeds/verify", post(verify))
        .route("/v1/feeds/{measure}", get(feed))
        .route("/v1/feeds/{measure}/export", get(export))
        .route("/v1/feeds/{measure}/snapshot", get(snapshot))
}

/// Measures with a feed: those that were released, by title.
#[utoipa::path(get, path = "/v1/feeds", tag = "aggregates", security(("token" = [])),
    responses((status = 200, body = Vec<MeasureView>)))]
pub(in crate::api) async fn feeds(State(api): State<ApiState>, _: Authenticated) -> Answer<Vec<MeasureView>> {
    let mut measures = api.handle.measures().await?;
    measures.retain(|measure| measure.release.is_some());
    Ok(Json(measures))
}

/// Which rows of a feed are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct FeedParameters {
    /// `network` for the totals alone, or an organisation by id or name; both
    /// kinds of rows when absent.
    organisation: Option<String>,
    /// Only rows of this stratifier; `total` for all together alone.
    stratifier: Option<String>,
    /// Only rows of this stratum, `stratifier:code`; not beside `stratifier`.
    stratum: Option<String>,
    /// First period, such as `2026-01` or `2026-Q1`.
    from: Option<String>,
    /// Last period.
    to: Option<String>,
}

impl FeedParameters {
    fn query(self) -> Result<FeedQuery, ApiProblem> {
        let Self { organisation, stratifier, stratum, from, to } = self;
        query(organisation, stratifier, stratum, from, to)
    }
}

/// A query whose words are not too long.
pub(in crate::api) fn query(
    organisation: Option<String>,
    stratifier: Option<String>,
    stratum: Option<String>,
    from: Option<String>,
    to: Option<String>,
) -> Result<FeedQuery, ApiProblem> {
    let words = [
        ("organisation", &organisation),
        ("stratifier", &stratifier),
        ("stratum", &stratum),
        ("from", &from),
        ("to", &to),
    ];
    words.into_iter().try_for_each(|(name, word)| at_most(name, word.as_deref(), MAX_WORD))?;
    if stratifier.is_some() && stratum.is_some() {
        return Err(ApiProblem::invalid("Name a stratifier or a stratum, not both."));
    }
    let stratum = stratum.as_deref().map(pair).transpose()?;
    Ok(FeedQuery { organisation, stratifier, stratum, from, to })
}

/// The codes of a stratum's stratifier and of itself.
pub(in crate::api) fn pair(text: &str) -> Result<(String, String), ApiProblem> {
    let parts = text.split_once(':').filter(|(stratifier, code)| !stratifier.is_empty() && !code.is_empty());
    let (stratifier, code) =
        parts.ok_or_else(|| ApiProblem::invalid("stratum must be stratifier:code, such as age:0-4."))?;
    Ok((stratifier.to_owned(), code.to_owned()))
}

/// A feed: the network's totals and what organisations reported.
#[utoipa::path(get, path = "/v1/feeds/{measure}", tag = "aggregates",
    params(("measure" = String, Path, description = "Id, beginning of an id, or title"), FeedParameters),
    security(("token" = [])), responses((status = 200, body = FeedView)))]
pub(in crate::api) async fn feed(
    State(api): State<ApiState>,
    _: Authenticated,
    Id(measure): Id,
    Parameters(parameters): Parameters<FeedParameters>,
) -> Answer<FeedView> {
    Ok(Json(api.handle.feed(measure, parameters.query()?).await?))
}

/// What to write.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct ExportParameters {
    /// `csv`, `csv-columns` (what its columns mean), `ndjson`, `parquet`,
    /// `fhir` (one report to a line), `fhir-bundle` or `dcat`.
    format: Format,
    /// As for the feed.
    organisation: Option<String>,
    /// As for the feed.
    stratifier: Option<String>,
    /// As for the feed.
    stratum: Option<String>,
    /// First period.
    from: Option<String>,
    /// Last period.
    to: Option<String>,
}

/// Forms in which feeds leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::api) enum Format {
    Csv,
    CsvColumns,
    Ndjson,
    Parquet,
    Fhir,
    FhirBundle,
    Dcat,
}

impl Format {
    /// Media type, and the end of the file's name.
    fn kind(self) -> (&'static str, &'static str) {
        match self {
            Self::Csv => ("text/csv; charset=utf-8", "csv"),
            Self::CsvColumns => ("application/csvm+json", "csv-metadata.json"),
            Self::Ndjson => ("application/x-ndjson", "ndjson"),
            Self::Parquet => ("application/vnd.apache.parquet", "parquet"),
            Self::Fhir => ("application/fhir+ndjson", "fhir.ndjson"),
            Self::FhirBundle => ("application/fhir+json", "fhir.json"),
            Self::Dcat => ("application/ld+json", "jsonld"),
        }
    }

    fn write(self, feed: &FeedView, about: &About) -> Result<Vec<u8>, ApiProblem> {
        let failed = |error: &dyn std::fmt::Display| {
            ApiProblem::new(
                StatusCode::CONFLICT,
                "not-exported",
                format!("The feed can't be written: {error}"),
            )
        };
        let About { base, publisher, licence, today } = about;
        let url = || format!("{base}/v1/feeds/{}/export?format=csv", feed.measure.id);
        Ok(match self {
            Self::Csv => csv::write(feed).into_bytes(),
            Self::CsvColumns => csv::columns(feed, &url()).to_string().into_bytes(),
            Self::Ndjson => ndjson::write(feed).map_err(|error| failed(&error))?.into_bytes(),
            Self::Parquet => parquet::write(feed).map_err(|error| failed(&error))?,
            Self::Fhir => fhir::ndjson(feed, *today).into_bytes(),
            Self::FhirBundle => fhir::bundle(feed, *today).to_string().into_bytes(),
            Self::Dcat => {
                let of = dcat::Publication { base, publisher, licence };
                dcat::describe(feed, &of).to_string().into_bytes()
            }
        })
    }
}

/// What a feed does not know of itself.
struct About {
    base: String,
    publisher: String,
    licence: String,
    today: Date,
}

/// A feed as a file for other programs. Masked numbers are intervals in all of
/// them.
#[utoipa::path(get, path = "/v1/feeds/{measure}/export", tag = "aggregates",
    params(("measure" = String, Path, description = "Id, beginning of an id, or title"), ExportParameters),
    security(("token" = [])),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub(in crate::api) async fn export(
    State(api): State<ApiState>,
    _: Authenticated,
    Id(measure): Id,
    headers: HeaderMap,
    Parameters(parameters): Parameters<ExportParameters>,
) -> Result<Response, ApiProblem> {
    let ExportParameters { format, organisation, stratifier, stratum, from, to } = parameters;
    let query = query(organisation, stratifier, stratum, from, to)?;
    let place = take_place(&api)?;
    let feed = api.handle.feed(measure, query).await?;
    let about = about(&api, &headers, &feed, format).await?;
    let (media_type, end) = format.kind();
    let name = feed.measure.title.clone();
    let bytes = apart(place, move || format.write(&feed, &about)).await?;
    Ok(attachment(&name, end, media_type, bytes))
}

async fn about(
    api: &ApiState,
    headers: &HeaderMap,
    feed: &FeedView,
    format: Format,
) -> Result<About, ApiProblem> {
    let (mut publisher, mut licence) = (String::new(), DEFAULT_LICENCE.to_owned());
    if format == Format::Dcat {
        publisher = api.handle.charter().await?.commons.name;
        let mut document = api.handle.document(feed.measure.id.clone(), None).await?;
        licence = document.particulars.remove("licence").unwrap_or(licence);
    }
    let licence = format!("https://spdx.org/licenses/{licence}");
    Ok(About { base: base(api, headers), publisher, licence, today: today() })
}

/// The address at which this API was asked: the guard has checked the host.
/// Names of its own it has behind a proxy with TLS.
pub(in crate::api) fn base(api: &ApiState, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let name = host.split(':').next().unwrap_or_default();
    let is_named = api.settings.host_names.iter().any(|one| one.as_str().eq_ignore_ascii_case(name));
    format!("{}://{host}", if is_named { "https" } else { "http" })
}

/// The day by this machine's clock; the first of 1970 before that.
fn today() -> Date {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Date::of(Timestamp(u64::try_from(now.as_millis()).unwrap_or(u64::MAX)))
}

/// A feed as it is now, as a file to cite: `verify` computes it again.
#[utoipa::path(get, path = "/v1/feeds/{measure}/snapshot", tag = "aggregates",
    params(("measure" = String, Path, description = "Id, beginning of an id, or title")),
    security(("token" = [])),
    responses((status = 200, body = Vec<u8>, content_type = "application/vnd.commons.snapshot+cbor")))]
pub(in crate::api) async fn snapshot(
    State(api): State<ApiState>,
    _: Authenticated,
    Id(measure): Id,
) -> Result<Response, ApiProblem> {
    let bytes = api.handle.snapshot(measure.clone()).await?;
    Ok(attachment(&measure, "snapshot", SNAPSHOT_TYPE, bytes))
}

/// Computes a snapshot again from the contributions that it names.
#[utoipa::path(post, path = "/v1/feeds/verify", tag = "aggregates",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    security(("token" = [])), responses((status = 200, body = VerifiedSnapshotView)))]
pub(in crate::api) async fn verify(
    State(api): State<ApiState>,
    _: Authenticated,
    headers: HeaderMap,
    body: Body,
) -> Answer<VerifiedSnapshotView> {
    let place = take_place(&api)?;
    let bytes = received(&place, &headers, body).await?;
    Ok(Json(api.handle.verify_snapshot(bytes).await?))
}
