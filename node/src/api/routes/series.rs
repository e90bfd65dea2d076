//! What this organisation reports: planned, sent, held, withdrawn.
#![allow(unused_qualifications, reason = "the code that utoipa derives for queries has some")]

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::ApiState;
use crate::api::auth::Authenticated;
use crate::api::error::{Answer, ApiProblem};
use crate::api::extract::{Parameters, Repeated, at_most};
use crate::api::files::{apart, received};
use crate::api::routes::export::take_place;
use crate::figures::format::{Format, detect};
use crate::figures::{Columns, Reading, Unreadable, csv, fhir, ndjson};
use crate::view::{FeedView, HeldView, SubmissionOptions, SubmissionView, WithdrawRequest};

/// Longest id or title of a measure, in characters.
const MAX_MEASURE: usize = 300;
/// Longest period, in characters.
const MAX_PERIOD: usize = 40;
/// Most columns and conditions that a request names.
const MAX_LISTED: usize = 40;

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new()
        .route("/v1/series", get(series).post(submit).delete(withdraw))
        .route("/v1/series/plan", post(plan))
        .route("/v1/series/held", get(held))
}

/// How a file of figures is to be read and treated.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct FileParameters {
    /// Measure of figures that name none: id, beginning of an id, or title.
    measure: Option<String>,
    /// `csv`, `ndjson`, `fhir` or `auto`, which looks at the file; `auto` when
    /// absent.
    format: Option<FileFormat>,
    /// What strata are that a table leaves out: `refuse` it, or `zero` people;
    /// `refuse` when absent.
    missing: Option<Missing>,
    /// Whether good rows are sent although others are refused.
    skip_bad: Option<bool>,
    /// Whether small corrections are masked instead of held.
    mask_corrections: Option<bool>,
    /// Whether this node goes on where another node of the organisation
    /// reported so far.
    take_over: Option<bool>,
}

/// Formats of files.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::api) enum FileFormat {
    #[default]
    Auto,
    Csv,
    Ndjson,
    Fhir,
}

/// What becomes of tables that leave strata out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::api) enum Missing {
    #[default]
    Refuse,
    Zero,
}

/// Names of the query that may stand in it several times.
const LISTS: [&str; 2] = ["column", "only"];

/// What would become of a file of figures: what is told, what is masked and
/// why, what is held or refused. Nothing is signed, kept or sent.
#[utoipa::path(post, path = "/v1/series/plan", tag = "aggregates",
    params(FileParameters,
        ("column" = Option<Vec<String>>, Query, description = "`ROLE=COLUMN`, such as `numerator=breaches`; several times"),
        ("only" = Option<Vec<String>>, Query, description = "`COLUMN=TEXT`: only such rows; several times")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    security(("token" = [])), responses((status = 200, body = SubmissionView)))]
pub(in crate::api) async fn plan(
    State(api): State<ApiState>,
    Authenticated(caller): Authenticated,
    query: Repeated<FileParameters>,
    headers: HeaderMap,
    body: Body,
) -> Answer<SubmissionView> {
    let (reading, options) = read(&api, query, &headers, body).await?;
    Ok(Json(api.handle.plan_series(&caller, reading, options).await?))
}

/// Signs and sends what may be told of a file of figures.
#[utoipa::path(post, path = "/v1/series", tag = "aggregates",
    params(FileParameters,
        ("column" = Option<Vec<String>>, Query, description = "`ROLE=COLUMN`, such as `numerator=breaches`; several times"),
        ("only" = Option<Vec<String>>, Query, description = "`COLUMN=TEXT`: only such rows; several times")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    security(("token" = [])), responses((status = 200, body = SubmissionView)))]
pub(in crate::api) async fn submit(
    State(api): State<ApiState>,
    Authenticated(caller): Authenticated,
    query: Repeated<FileParameters>,
    headers: HeaderMap,
    body: Body,
) -> Answer<SubmissionView> {
    let (reading, options) = read(&api, query, &headers, body).await?;
    Ok(Json(api.handle.submit_series(&caller, reading, options).await?))
}

/// Which series to show.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct SeriesParameters {
    /// The measure: id, beginning of an id, or title; all of which something
    /// was reported when absent.
    measure: Option<String>,
}

/// What this organisation reported, as others read it.
#[utoipa::path(get, path = "/v1/series", tag = "aggregates", params(SeriesParameters),
    security(("token" = [])), responses((status = 200, body = Vec<FeedView>)))]
pub(in crate::api) async fn series(
    State(api): State<ApiState>,
    _: Authenticated,
    Parameters(SeriesParameters { measure }): Parameters<SeriesParameters>,
) -> Answer<Vec<FeedView>> {
    if let Some(measure) = measure {
        at_most("measure", Some(&measure), MAX_MEASURE)?;
        return Ok(Json(vec![api.handle.own_series(measure).await?]));
    }
    let mut all = Vec::new();
    let released = api.handle.measures().await?.into_iter().filter(|measure| measure.release.is_some());
    for measure in released {
        let feed = api.handle.own_series(measure.id).await?;
        all.extend((!feed.rows.is_empty()).then_some(feed));
    }
    Ok(Json(all))
}

/// Corrections that wait until they say nothing about single people.
#[utoipa::path(get, path = "/v1/series/held", tag = "aggregates", security(("token" = [])),
    responses((status = 200, body = Vec<HeldView>)))]
pub(in crate::api) async fn held(State(api): State<ApiState>, _: Authenticated) -> Answer<Vec<HeldView>> {
    Ok(Json(api.handle.held_series().await?))
}

/// What to take back.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct WithdrawParameters {
    /// The measure: id, beginning of an id, or title.
    measure: String,
    /// The period, such as `2026-03` or `2026-Q1`.
    period: String,
}

/// Takes back what this organisation reported of a measure and period. Others
/// may have read it, and keep what they know.
#[utoipa::path(delete, path = "/v1/series", tag = "aggregates", params(WithdrawParameters),
    security(("token" = [])), responses((status = 200, body = SubmissionView)))]
pub(in crate::api) async fn withdraw(
    State(api): State<ApiState>,
    Authenticated(caller): Authenticated,
    Parameters(WithdrawParameters { measure, period }): Parameters<WithdrawParameters>,
) -> Answer<SubmissionView> {
    at_most("measure", Some(&measure), MAX_MEASURE)?;
    at_most("period", Some(&period), MAX_PERIOD)?;
    Ok(Json(api.handle.withdraw_series(&caller, WithdrawRequest { measure, period }).await?))
}

/// Reads the file of a request, off the engine's thread.
async fn read(
    api: &ApiState,
    Repeated { plain, lists }: Repeated<FileParameters>,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Reading, SubmissionOptions), ApiProblem> {
    let columns = columns(&lists)?;
    at_most("measure", plain.measure.as_deref(), MAX_MEASURE)?;
    let place = take_place(api)?;
    let bytes = received(&place, headers, body).await?;
    let format = plain.format.unwrap_or_default();
    let reading = apart(place, move || Ok(read_as(format, &bytes, &columns)?)).await?;
    let options = SubmissionOptions {
        measure: plain.measure,
        missing_is_zero: plain.missing == Some(Missing::Zero),
        skip_refused: plain.skip_bad.unwrap_or(false),
        mask_corrections: plain.mask_corrections.unwrap_or(false),
        take_over: plain.take_over.unwrap_or(false),
    };
    Ok((reading, options))
}

fn columns(lists: &[(String, String)]) -> Result<Columns, ApiProblem> {
    if lists.len() > MAX_LISTED {
        return Err(ApiProblem::invalid(format!("At most {MAX_LISTED} columns and conditions are taken.")));
    }
    let mut columns = Columns::default();
    for (name, value) in lists {
        let taken = if name == "column" { columns.name(value) } else { columns.want(value) };
        taken.map_err(|error| ApiProblem::invalid(error.to_string()))?;
    }
    Ok(columns)
}

fn read_as(format: FileFormat, bytes: &[u8], columns: &Columns) -> Result<Reading, Unreadable> {
    let format = match format {
        FileFormat::Auto => detect(bytes),
        FileFormat::Csv => Format::Csv,
        FileFormat::Ndjson => Format::Ndjson,
        FileFormat::Fhir => Format::Fhir,
    };
    match format {
        Format::Csv => csv::read_with(bytes, columns, &mut |_, _| {}),
        Format::Ndjson => ndjson::read_with(bytes, columns, &mut |_, _| {}),
        Format::Fhir => fhir::read(bytes),
    }
}

impl From<Unreadable> for ApiProblem {
    fn from(error: Unreadable) -> Self {
        ApiProblem::new(StatusCode::UNPROCESSABLE_ENTITY, error.code, error.text)
    }
}

impl crate::api::extract::Lists for FileParameters {
    const LISTS: &'static [&'static str] = &LISTS;
}
