//! The egress ledger: what left this organisation.
#![allow(unused_qualifications, reason = "the code that utoipa derives for queries has some")]

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use commons_protocol::date::Date;
use commons_protocol::time::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::ApiState;
use crate::api::auth::Authenticated;
use crate::api::error::ApiProblem;
use crate::api::extract::Parameters;
use crate::api::files::attachment;
use crate::feeds::atom::moment;
use crate::figures::formula::cell;
use crate::view::EgressView;

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new().route("/v1/egress", get(egress))
}

/// The form of the ledger.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct EgressParameters {
    /// `json` or `csv`; `json` when absent.
    format: Option<Format>,
}

/// Forms of the ledger.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::api) enum Format {
    #[default]
    Json,
    Csv,
}

/// Every table that left this organisation, oldest first: when, by whom, under
/// which rules, and how many numbers were told and masked.
#[utoipa::path(get, path = "/v1/egress", tag = "aggregates", params(EgressParameters),
    security(("token" = [])), responses((status = 200, body = Vec<EgressView>)))]
pub(in crate::api) async fn egress(
    State(api): State<ApiState>,
    _: Authenticated,
    Parameters(EgressParameters { format }): Parameters<EgressParameters>,
) -> Result<Response, ApiProblem> {
    let ledger = api.handle.egress().await?;
    Ok(match format.unwrap_or_default() {
        Format::Json => Json(ledger).into_response(),
        Format::Csv => attachment("egress", "csv", "text/csv; charset=utf-8", csv(&ledger).into_bytes()),
    })
}

/// Name and content of a column.
type Column = (&'static str, fn(&EgressView) -> String);

/// The columns of the ledger as a table, with what stands in them.
const COLUMNS: [Column; 20] = [
    ("entry", |line| line.entry.clone()),
    ("time_ms", |line| line.time.to_string()),
    ("time", |line| moment(Timestamp(line.time))),
    ("day", |line| Date::of(Timestamp(line.time)).to_string()),
    ("person", |line| line.person.clone()),
    ("person_name", |line| line.person_name.clone()),
    ("epoch", |line| line.epoch.to_string()),
    ("rules", |line| line.rules.to_string()),
    ("threshold", |line| line.threshold.to_string()),
    ("measure", |line| line.measure.clone()),
    ("title", |line| line.title.clone()),
    ("release", |line| line.release.clone()),
    ("period", |line| line.period.clone()),
    ("what", |line| line.what.clone()),
    ("cells", |line| line.cells.to_string()),
    ("numerators", |line| line.numerators.to_string()),
    ("denominators", |line| line.denominators.to_string()),
    ("excluded", |line| line.excluded.to_string()),
    ("masked", |line| line.masked.to_string()),
    ("counts", |line| line.counts.to_string()),
];

fn csv(ledger: &[EgressView]) -> String {
    let header = COLUMNS.map(|(name, _)| name).join(",");
    let line = |line: &EgressView| COLUMNS.map(|(_, text)| cell(&text(line))).join(",");
    std::iter::once(header).chain(ledger.iter().map(line)).map(|line| line + "\r\n").collect()
}
