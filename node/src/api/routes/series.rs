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
use crate::figures::naming::Names;
use crate::figures::{Columns, Reading, Unreadable, csv, fhir, ndjson};
use crate::view::{DropHeldRequest, FeedView, HeldView, SubmissionOptions, SubmissionView, WithdrawRequest};

/// Longest id or title of a measure, in characters.
const MAX_MEASURE: usize = 300;
/// Longest period, in characters.
const MAX_PERIOD: usize = 40;
/// Most columns, conditions and names that a request has.
const MAX_LISTED: usize = 40;

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new()
        .route("/v1/series", get(series).post(submit).delete(withdraw))
        .route("/v1/series/plan", post(plan))
        .route("/v1/series/held", get(held).delete(drop_held))
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
    /// Whether strata that a table leaves out have nobody in them; otherwise
    /// such a table is refused.
    missing_is_zero: Option<bool>,
    /// Whether good rows are sent although others are refused.
    #[serde(alias = "skip_bad")]
    skip_refused: Option<bool>,
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

/// Names of the query that may stand in it several times.
const LISTS: [&str; 3] = ["column", "only", "map"];

/// What would become of a file of figures: what is told, what is masked and
/// why, what is held or refused. Nothing is signed, kept or sent.
#[utoipa::path(post, path = "/v1/series/plan", tag = "aggregates",
    params(FileParameters,
        ("column" = Option<Vec<String>>, Query, description = "`ROLE=COLUMN`, such as `numerator=breaches`; several times"),
        ("only" = Option<Vec<String>>, Query, description = "`COLUMN=TEXT`: only such rows; several times"),
        ("map" = Option<Vec<String>>, Query, description = "`NAME=MEASURE`: what the file calls NAME is this measure; several times")),
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
        ("only" = Option<Vec<String>>, Query, description = "`COLUMN=TEXT`: only such rows; several times"),
        ("map" = Option<Vec<String>>, Query, description = "`NAME=MEASURE`: what the file calls NAME is this measure; several times")),
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
    at_most("measure", measure.as_deref(), MAX_MEASURE)?;
    Ok(Json(api.handle.own_series(measure).await?))
}

/// Corrections that wait until they say nothing about single people; their
/// numbers for administrators alone.
#[utoipa::path(get, path = "/v1/series/held", tag = "aggregates", security(("token" = [])),
    responses((status = 200, body = Vec<HeldView>)))]
pub(in crate::api) async fn held(
    State(api): State<ApiState>,
    Authenticated(caller): Authenticated,
) -> Answer<Vec<HeldView>> {
    Ok(Json(api.handle.held_series(&caller).await?))
}

/// What to forget.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct DropParameters {
    /// The measure: id, beginning of an id, or title.
    measure: String,
    /// The period, such as `2026-03` or `2026-Q1`.
    period: String,
}

/// Forgets a correction that is held: what was told stands. The answer is what
/// was held.
#[utoipa::path(delete, path = "/v1/series/held", tag = "aggregates", params(DropParameters),
    security(("token" = [])), responses((status = 200, body = HeldView)))]
pub(in crate::api) async fn drop_held(
    State(api): State<ApiState>,
    Authenticated(caller): Authenticated,
    Parameters(DropParameters { measure, period }): Parameters<DropParameters>,
) -> Answer<HeldView> {
    check_place(&measure, &period)?;
    Ok(Json(api.handle.drop_held(&caller, DropHeldRequest { measure, period }).await?))
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
    /// Whether this node goes on where another node of the organisation
    /// reported so far.
    take_over: Option<bool>,
}

/// Takes back what this organisation reported of a measure and period. Others
/// may have read it, and keep what they know.
#[utoipa::path(delete, path = "/v1/series", tag = "aggregates", params(WithdrawParameters),
    security(("token" = [])), responses((status = 200, body = SubmissionView)))]
pub(in crate::api) async fn withdraw(
    State(api): State<ApiState>,
    Authenticated(caller): Authenticated,
    Parameters(WithdrawParameters { measure, period, take_over }): Parameters<WithdrawParameters>,
) -> Answer<SubmissionView> {
    check_place(&measure, &period)?;
    let request = WithdrawRequest { measure, period, take_over: take_over.unwrap_or(false) };
    Ok(Json(api.handle.withdraw_series(&caller, request).await?))
}

fn check_place(measure: &str, period: &str) -> Result<(), ApiProblem> {
    at_most("measure", Some(measure), MAX_MEASURE)?;
    at_most("period", Some(period), MAX_PERIOD)
}

/// Reads the file of a request, off the engine's thread.
async fn read(
    api: &ApiState,
    Repeated { plain, lists }: Repeated<FileParameters>,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Reading, SubmissionOptions), ApiProblem> {
    let said = said(&lists)?;
    at_most("measure", plain.measure.as_deref(), MAX_MEASURE)?;
    let own = api.handle.status().await?.organisation.id;
    let place = take_place(api)?;
    let bytes = received(&place, headers, body).await?;
    let format = plain.format.unwrap_or_default();
    let reading = apart(place, move || Ok(read_as(format, &bytes, &said, &own)?)).await?;
    let options = SubmissionOptions {
        measure: plain.measure,
        missing_is_zero: plain.missing_is_zero.unwrap_or(false),
        skip_refused: plain.skip_refused.unwrap_or(false),
        mask_corrections: plain.mask_corrections.unwrap_or(false),
        take_over: plain.take_over.unwrap_or(false),
    };
    Ok((reading, options))
}

/// What people say of a file whose own names don't say it.
#[derive(Default)]
struct Said {
    columns: Columns,
    names: Names,
}

fn said(lists: &[(String, String)]) -> Result<Said, ApiProblem> {
    if lists.len() > MAX_LISTED {
        let detail = format!("At most {MAX_LISTED} columns, conditions and names are taken.");
        return Err(ApiProblem::invalid(detail));
    }
    let mut said = Said::default();
    for (name, value) in lists {
        let taken = match name.as_str() {
            "column" => said.columns.name(value).map_err(|error| error.to_string()),
            "only" => said.columns.want(value).map_err(|error| error.to_string()),
            _ => said.names.say(value).map_err(|error| error.to_string()),
        };
        taken.map_err(ApiProblem::invalid)?;
    }
    Ok(said)
}

/// Reads a file of the organisation `own`.
fn read_as(format: FileFormat, bytes: &[u8], said: &Said, own: &str) -> Result<Reading, Unreadable> {
    let format = match format {
        FileFormat::Auto => detect(bytes),
        FileFormat::Csv => Format::Csv,
        FileFormat::Ndjson => Format::Ndjson,
        FileFormat::Fhir => Format::Fhir,
    };
    let mut reading = match format {
        Format::Csv => csv::read(bytes, &said.columns)?,
        Format::Ndjson => ndjson::read(bytes, &said.columns)?,
        Format::Fhir if said.columns != Columns::default() => {
            let text = "This is FHIR, which has no columns: nothing of it can be named or chosen by --column and \
                        --only. Leave them out, and send a file with only the reports that are wanted.";
            return Err(Unreadable { code: "columns", text: text.to_owned() });
        }
        Format::Fhir => fhir::read(bytes, own)?,
    };
    said.names.apply(&mut reading)?;
    Ok(reading)
}

impl From<Unreadable> for ApiProblem {
    fn from(error: Unreadable) -> Self {
        ApiProblem::new(StatusCode::UNPROCESSABLE_ENTITY, error.code, error.text)
    }
}

impl crate::api::extract::Lists for FileParameters {
    const LISTS: &'static [&'static str] = &LISTS;
}
