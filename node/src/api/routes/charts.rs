//! Feeds as control charts.
#![allow(unused_qualifications, reason = "the code that utoipa derives for queries has some")]

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use commons_protocol::period::Period;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use crate::api::ApiState;
use crate::api::auth::Authenticated;
use crate::api::error::ApiProblem;
use crate::api::extract::{Id, Lists, Repeated};
use crate::api::files::{apart, attachment};
use crate::api::routes::export::take_place;
use crate::api::routes::feeds::query;
use crate::charts::{Chart, Kind, Letters, MAX_ANNOTATIONS, MAX_PHASES, MAX_POINTS, Size};
use crate::feeds::chart::{self as drawing, DrawError, Drawing, Freeze};
use crate::view::FeedView;

/// Width and height of a picture, in units.
const PICTURE: (u32, u32) = (900, 480);
/// Width and height of a chart in text, in letters and lines.
const TEXT: (u32, u32) = (80, 24);

pub(in crate::api) fn router() -> Router<ApiState> {
    Router::new().route("/v1/feeds/{measure}/chart", get(chart))
}

/// What to draw.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct ChartParameters {
    /// `svg`, `png`, `text` or `json`; `svg` when absent.
    format: Option<Format>,
    /// `run`, `i`, `mr`, `p`, `pp` (p′), `u`, `up` (u′), `c`, `g` or `t`; the
    /// one that suits the measure when absent.
    kind: Option<KindName>,
    /// An organisation by id or name; the network when absent.
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
    /// line in each.
    multiples: Option<bool>,
    /// Width: 160 to 4000, or 30 to 400 letters of text.
    width: Option<u32>,
    /// Height: 160 to 4000, or 9 to 120 lines of text. Small charts take what
    /// they need.
    height: Option<u32>,
    /// Whether a PNG has twice the pixels each way, for print.
    sharp: Option<bool>,
    /// Whether text is of ASCII letters alone.
    ascii: Option<bool>,
}

impl Lists for ChartParameters {
    const LISTS: &'static [&'static str] = &["phase", "exclude", "annotate"];
}

/// Forms of a chart.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::api) enum Format {
    #[default]
    Svg,
    Png,
    Text,
    Json,
}

/// Kinds of charts.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(in crate::api) enum KindName {
    Run,
    I,
    Mr,
    P,
    #[serde(alias = "p-prime")]
    Pp,
    U,
    #[serde(alias = "u-prime")]
    Up,
    C,
    G,
    T,
}

impl From<KindName> for Kind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Run => Self::Run,
            KindName::I => Self::I,
            KindName::Mr => Self::Mr,
            KindName::P => Self::P,
            KindName::Pp => Self::PPrime,
            KindName::U => Self::U,
            KindName::Up => Self::UPrime,
            KindName::C => Self::C,
            KindName::G => Self::G,
            KindName::T => Self::T,
        }
    }
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
    let drawing = asked(&plain, &lists)?;
    let multiples = plain.multiples.unwrap_or(false);
    let whose = match multiples {
        true => None,
        false => Some(plain.organisation.clone().unwrap_or_else(|| "network".to_owned())),
    };
    let stratifier = drawing.stratum.as_ref().map_or("total", |(stratifier, _)| stratifier).to_owned();
    let query = query(whose, Some(stratifier), plain.from.clone(), plain.to.clone())?;
    let place = take_place(&api)?;
    let feed = api.handle.feed(measure, query).await?;
    let name = feed.measure.title.clone();
    let (media_type, end) = kind_of(plain.format.unwrap_or_default());
    let job = move || match multiples {
        true => side_by_side(&feed, &drawing, &plain),
        false => single(&feed, &drawing, &plain),
    };
    Ok(attachment(&name, end, media_type, apart(place, job).await?))
}

fn kind_of(format: Format) -> (&'static str, &'static str) {
    match format {
        Format::Svg => ("image/svg+xml", "svg"),
        Format::Png => ("image/png", "png"),
        Format::Text => ("text/plain; charset=utf-8", "txt"),
        Format::Json => ("application/json", "json"),
    }
}

fn single(feed: &FeedView, drawing: &Drawing, plain: &ChartParameters) -> Result<Vec<u8>, ApiProblem> {
    let chart = drawing::chart(feed, drawing)?;
    let (width, height) = (plain.width.unwrap_or(PICTURE.0), plain.height.unwrap_or(PICTURE.1));
    let size = || Size::new(width, height).map_err(DrawError::from);
    Ok(match plain.format.unwrap_or_default() {
        Format::Svg => chart.svg(size()?).into_bytes(),
        Format::Png => {
            let size = if plain.sharp == Some(true) { size()?.sharp() } else { size()? };
            chart.png(size).map_err(DrawError::from)?
        }
        Format::Text => text(&chart, plain).into_bytes(),
        Format::Json => told(&chart).to_string().into_bytes(),
    })
}

fn side_by_side(feed: &FeedView, drawing: &Drawing, plain: &ChartParameters) -> Result<Vec<u8>, ApiProblem> {
    let multiples = drawing::multiples(feed, drawing)?;
    let width = plain.width.unwrap_or(PICTURE.0);
    Ok(match plain.format.unwrap_or_default() {
        Format::Svg => multiples.svg(width).map_err(DrawError::from)?.into_bytes(),
        Format::Png => multiples.png(width).map_err(DrawError::from)?,
        Format::Text => (multiples.signals().join("\n") + "\n").into_bytes(),
        Format::Json => json!({ "signals": multiples.signals() }).to_string().into_bytes(),
    })
}

fn text(chart: &Chart, plain: &ChartParameters) -> String {
    let letters = if plain.ascii == Some(true) { Letters::Ascii } else { Letters::Unicode };
    let size = |asked: Option<u32>, usual: u32| usize::try_from(asked.unwrap_or(usual)).unwrap_or(usize::MAX);
    chart.text(size(plain.width, TEXT.0), size(plain.height, TEXT.1), letters)
}

/// Every number of a chart, and the chart in words.
fn told(chart: &Chart) -> Value {
    json!({ "chart": chart, "words": chart.words() })
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
    // The network is what a chart shows of itself.
    let organisation = plain.organisation.clone().filter(|name| name != "network");
    Ok(Drawing {
        kind: plain.kind.map(Kind::from),
        organisation,
        stratum: plain.stratum.as_deref().map(stratum).transpose()?,
        freeze: plain.freeze.as_deref().map(freeze).transpose()?,
        phases: of("phase").map(period).collect::<Result<_, _>>()?,
        excluded: of("exclude").map(period).collect::<Result<_, _>>()?,
        annotations: of("annotate").map(annotation).collect::<Result<_, _>>()?,
    })
}

fn stratum(text: &str) -> Result<(String, String), ApiProblem> {
    let parts = text.split_once(':').filter(|(stratifier, code)| !stratifier.is_empty() && !code.is_empty());
    let (stratifier, code) =
        parts.ok_or_else(|| ApiProblem::invalid("stratum must be stratifier:code, such as age:0-4."))?;
    Ok((stratifier.to_owned(), code.to_owned()))
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
            DrawError::Organisation { .. } | DrawError::Stratum { .. } => StatusCode::NOT_FOUND,
            DrawError::Empty => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        ApiProblem::new(status, error.code(), error.to_string())
    }
}
