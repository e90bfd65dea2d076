//! Feeds as control charts.
#![allow(unused_qualifications, reason = "the code that utoipa derives for queries has some")]

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use commons_protocol::period::Period;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::ApiState;
use crate::api::auth::Authenticated;
use crate::api::error::ApiProblem;
use crate::api::extract::{Id, Lists, Repeated};
use crate::api::files::{apart, attachment};
use crate::api::routes::export::take_place;
use crate::api::routes::feeds::{pair, query};
use crate::charts::{Form, Kind, Layout, MAX_ANNOTATIONS, MAX_PHASES, MAX_POINTS};
use crate::feeds::chart::{self as drawing, DrawError, Drawing, Freeze};

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new().route("/v1/feeds/{measure}/chart", get(chart))
}

/// What to draw.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct ChartParameters {
    /// `svg`, `png`, `text` or `json`; `svg` when absent.
    format: Option<Form>,
    /// `run`, `i`, `mr`, `p`, `p-prime` (or `pp`), `u`, `u-prime` (or `up`),
    /// `c`, `g` or `t`; the one that suits the measure when absent.
    kind: Option<Kind>,
    /// An organisation by id or name; the network when absent. Not with
    /// `multiples`.
    organisation: Option<String>,
    /// `stratifier:code`; all together when absent.
    stratum: Option<String>,
    /// First period.
    from: Option<String>,
    /// Last period.
    to: Option<String>,
    /// What makes the lines of the first phase: a number of points, or the
    /// last period.
    freeze: Option<String>,
    /// Whether to draw a small chart for each organisation, with the network's
    /// line in each. In JSON each has its numbers and its words.
    multiples: Option<bool>,
    /// Width: 160 to 4000, or 30 to 400 letters of text.
    width: Option<u32>,
    /// Height: 160 to 4000, or 9 to 120 lines of text. Not with `multiples`:
    /// small charts take what they need.
    height: Option<u32>,
    /// Whether a PNG has twice the pixels each way, for print. Not with
    /// `multiples`.
    sharp: Option<bool>,
    /// Whether text is of ASCII letters alone. Not with `multiples`.
    ascii: Option<bool>,
}

impl ChartParameters {
    /// Refuses what small charts would leave out without a word.
    fn check(&self) -> Result<(), ApiProblem> {
        let is_picture = matches!(self.form(), Form::Svg | Form::Png);
        let given = [
            ("organisation", self.organisation.is_some()),
            ("height", self.height.is_some()),
            ("sharp", self.sharp == Some(true)),
            ("ascii", self.ascii == Some(true)),
            ("width", self.width.is_some() && !is_picture),
        ];
        match given.iter().find(|(_, is_given)| *is_given) {
            Some((name, _)) if self.multiples == Some(true) => Err(ApiProblem::invalid(format!(
                "multiples draws each organisation, as large as they need: leave {name} out."
            ))),
            _ => Ok(()),
        }
    }

    fn form(&self) -> Form {
        self.format.unwrap_or_default()
    }

    fn layout(&self) -> Layout {
        Layout {
            width: self.width,
            height: self.height,
            sharp: self.sharp == Some(true),
            ascii: self.ascii == Some(true),
        }
    }
}

impl Lists for ChartParameters {
    const LISTS: &'static [&'static str] = &["phase", "exclude", "annotate"];
}

/// A feed as a control chart, with its signals marked. Masked values are
/// intervals. The answer in JSON has every number, and the chart in words.
#[utoipa::path(get, path = "/v1/feeds/{measure}/chart", tag = "aggregates",
    params(("measure" = String, Path, description = "Id, beginning of an id, or title"), ChartParameters,
        ("phase" = Option<Vec<String>>, Query, description = "Period with which a new phase begins; several times"),
        ("exclude" = Option<Vec<String>>, Query, description = "Period that has no say in the lines; several times"),
        ("annotate" = Option<Vec<String>>, Query, description = "`PERIOD=TEXT`; several times")),
    security(("token" = [])),
    responses((status = 200, body = Vec<u8>, content_type = "image/svg+xml")))]
pub(in crate::api) async fn chart(
    State(api): State<ApiState>,
    _: Authenticated,
    Id(measure): Id,
    Repeated { plain, lists }: Repeated<ChartParameters>,
) -> Result<Response, ApiProblem> {
    plain.check()?;
    let mut drawing = asked(&plain, &lists)?;
    let multiples = plain.multiples.unwrap_or(false);
    let whose = (!multiples).then(|| plain.organisation.clone().unwrap_or_else(|| "network".to_owned()));
    let total = drawing.stratum.is_none().then(|| "total".to_owned());
    let query = query(whose, total, plain.stratum.clone(), plain.from.clone(), plain.to.clone())?;
    let place = take_place(&api)?;
    let feed = api.handle.feed(measure, query).await?;
    if !multiples {
        // All rows are of the one that was asked for.
        drawing.organisation = feed.rows.first().and_then(|row| row.organisation.clone());
    }
    let name = feed.measure.title.clone();
    let form = plain.form();
    let job = move || {
        let written = match multiples {
            true => drawing::multiples(&feed, &drawing)?.written(form, plain.width),
            false => drawing::chart(&feed, &drawing)?.written(form, plain.layout()),
        };
        Ok(written.map_err(DrawError::from)?)
    };
    Ok(attachment(&name, form.ending(), form.media_type(), apart(place, job).await?))
}

/// What the query asks for.
fn asked(plain: &ChartParameters, lists: &[(String, String)]) -> Result<Drawing, ApiProblem> {
    let of = |name: &'static str| {
        lists.iter().filter(move |(one, _)| one == name).map(|(_, value)| value.as_str())
    };
    for (name, most) in [("phase", MAX_PHASES), ("exclude", MAX_POINTS), ("annotate", MAX_ANNOTATIONS)] {
        if of(name).count() > most {
            return Err(ApiProblem::invalid(format!("{name} stands there more than {most} times.")));
        }
    }
    Ok(Drawing {
        kind: plain.kind,
        organisation: None,
        stratum: plain.stratum.as_deref().map(pair).transpose()?,
        freeze: plain.freeze.as_deref().map(freeze).transpose()?,
        phases: of("phase").map(period).collect::<Result<_, _>>()?,
        excluded: of("exclude").map(period).collect::<Result<_, _>>()?,
        annotations: of("annotate").map(annotation).collect::<Result<_, _>>()?,
    })
}

fn freeze(text: &str) -> Result<Freeze, ApiProblem> {
    text.parse().map(Freeze::Points).or_else(|_| period(text).map(Freeze::Until))
}

fn period(text: &str) -> Result<Period, ApiProblem> {
    text.parse().map_err(|error: commons_protocol::period::NotAPeriod| ApiProblem::invalid(error.to_string()))
}

fn annotation(text: &str) -> Result<(Period, String), ApiProblem> {
    let parts = text.split_once('=').filter(|(_, words)| !words.trim().is_empty());
    let (at, words) = parts
        .ok_or_else(|| ApiProblem::invalid("annotate must be PERIOD=TEXT, such as 2026-03=New pathway."))?;
    Ok((period(at)?, words.to_owned()))
}

impl From<DrawError> for ApiProblem {
    fn from(error: DrawError) -> Self {
        let status = match &error {
            DrawError::Stratum { .. } => StatusCode::NOT_FOUND,
            DrawError::Empty => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        ApiProblem::new(status, error.code(), error.to_string())
    }
}
