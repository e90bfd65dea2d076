//! Feeds as control charts: from [`FeedView`] to what [`crate::charts`] draws.
//!
//! A chart shows one organisation or the network, all together or one stratum,
//! with a point for each period. A period without a report is an empty place,
//! not a shorter line; a masked value is its interval; a withheld total is
//! empty as well. [`usual`] says which kind of chart a measure gets.

mod between;
mod kinds;
mod places;
mod values;

pub use kinds::usual;

use crate::charts::{self, Chart, ChartError, Entry, Input, Kind, Multiples, Panel};
use crate::view::{ContributorView, FeedRow, FeedView, MeasureView};
use commons_protocol::period::Period;
use places::Places;

/// Letters of a measure's title that stand over a chart: whose chart it is
/// comes after them.
const TITLE: usize = 70;
/// Strata that are named where one is not there.
const NAMED: usize = 20;

/// What to draw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawing {
    /// The kind of chart; the one that suits the measure if left out.
    pub kind: Option<Kind>,
    /// Id of an organisation; the network if left out.
    pub organisation: Option<String>,
    /// Codes of stratifier and stratum; all together if left out.
    pub stratum: Option<(String, String)>,
    /// What makes the lines of the first phase; all of it if left out.
    pub freeze: Option<Freeze>,
    /// Periods with which a new phase begins.
    pub phases: Vec<Period>,
    /// Periods that have no say in lines and runs.
    pub excluded: Vec<Period>,
    /// What happened when.
    pub annotations: Vec<(Period, String)>,
}

/// The end of a baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freeze {
    /// So many points.
    Points(usize),
    /// The last period that belongs to it.
    Until(Period),
}

/// Why a feed can't be drawn.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    /// The measure is not split in this way.
    #[error("the measure has no stratum {stratifier}:{stratum}; it has {known}")]
    Stratum {
        /// Code of the stratifier.
        stratifier: String,
        /// Code of the stratum.
        stratum: String,
        /// Some that it has, in words.
        known: String,
    },
    /// Nothing to draw.
    #[error("nothing was reported there yet, so there is nothing to draw")]
    Empty,
    /// A kind of chart that says nothing sensible of the measure.
    #[error("a {kind} does not suit a {measure} measure; these do: {fitting}")]
    Unsuitable {
        /// The kind of chart.
        kind: &'static str,
        /// The kind of measure.
        measure: String,
        /// Kinds that suit it.
        fitting: String,
    },
    /// A period that the chart does not show.
    #[error("{period} is not on the chart, which goes from {first} to {last}")]
    Place {
        /// The period.
        period: Period,
        /// The first one on the chart.
        first: Period,
        /// The last one on the chart.
        last: Period,
    },
    /// The drawing failed.
    #[error(transparent)]
    Chart(#[from] ChartError),
}

impl DrawError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Stratum { .. } => "not-found",
            Self::Empty => "nothing-to-draw",
            Self::Unsuitable { .. } => "unsuitable-chart",
            Self::Place { .. } => "not-on-chart",
            Self::Chart(_) => "no-chart",
        }
    }
}

/// One chart.
///
/// # Errors
/// [`DrawError`].
pub fn chart(feed: &FeedView, drawing: &Drawing) -> Result<Chart, DrawError> {
    let rows = rows(feed, drawing, drawing.organisation.as_deref())?;
    let places = Places::of(&rows)?;
    let kind = kinds::chosen(&feed.measure, drawing.kind, &rows)?;
    let title = title(&feed.measure, drawing, whose(feed, drawing));
    draw(&feed.measure, drawing, kind, title, &rows, &places)
}

/// A small chart for each organisation that reported something, by name, with
/// the network's line in each; all of one kind and over the same periods.
///
/// # Errors
/// [`DrawError`].
pub fn multiples(feed: &FeedView, drawing: &Drawing) -> Result<Multiples, DrawError> {
    let network = rows(feed, drawing, None)?;
    let mut sites: Vec<(&ContributorView, Vec<&FeedRow>)> = Vec::new();
    for one in &feed.organisations {
        let rows = rows(feed, drawing, Some(&one.id))?;
        if !rows.is_empty() {
            sites.push((one, rows));
        }
    }
    sites.sort_by(|(a, _), (b, _)| (a.name.to_lowercase(), &a.id).cmp(&(b.name.to_lowercase(), &b.id)));
    if sites.len() > charts::MAX_PANELS {
        let (found, most) = (sites.len(), charts::MAX_PANELS);
        return Err(ChartError::TooMany { what: "panels", found, most }.into());
    }
    let all: Vec<&FeedRow> = sites.iter().flat_map(|(_, rows)| rows).chain(&network).copied().collect();
    let places = Places::of(&all)?;
    let of_sites: Vec<&FeedRow> = sites.iter().flat_map(|(_, rows)| rows).copied().collect();
    let kind = kinds::chosen(&feed.measure, drawing.kind, &of_sites)?;
    let draw = |name: &str, rows: &[&FeedRow]| {
        draw(&feed.measure, drawing, kind, title(&feed.measure, drawing, name), rows, &places)
    };
    let panels: Vec<Panel> = sites
        .iter()
        .map(|(one, rows)| Ok(Panel { name: one.name.clone(), chart: draw(&one.name, rows)? }))
        .collect::<Result<_, DrawError>>()?;
    let network = (!network.is_empty()).then(|| draw("network", &network)).transpose()?;
    Ok(Multiples::new(&title(&feed.measure, drawing, "each organisation"), network, panels)?)
}

/// The name of the organisation that is drawn.
fn whose<'a>(feed: &'a FeedView, drawing: &'a Drawing) -> &'a str {
    let Some(id) = &drawing.organisation else { return "network" };
    feed.organisations.iter().find(|one| one.id == *id).map_or(id, |one| &one.name)
}

/// The rows of an organisation or of the network, of the wanted stratum.
fn rows<'a>(
    feed: &'a FeedView,
    drawing: &Drawing,
    organisation: Option<&str>,
) -> Result<Vec<&'a FeedRow>, DrawError> {
    let wanted = drawing.stratum.as_ref().map(|(one, other)| (one.as_str(), other.as_str()));
    if let Some((stratifier, stratum)) = wanted {
        label(&feed.measure, stratifier, stratum).ok_or_else(|| DrawError::Stratum {
            stratifier: stratifier.chars().take(100).collect(),
            stratum: stratum.chars().take(100).collect(),
            known: strata(&feed.measure),
        })?;
    }
    let is_wanted = |row: &&FeedRow| {
        row.organisation.as_deref() == organisation
            && row.stratifier.as_deref().zip(row.stratum.as_deref()) == wanted
    };
    Ok(feed.rows.iter().filter(is_wanted).collect())
}

/// The first strata of a measure, by their codes.
fn strata(measure: &MeasureView) -> String {
    let all = measure.stratifiers.iter();
    let codes = all.flat_map(|of| of.strata.iter().map(move |(code, _)| format!("{}:{code}", of.code)));
    let shown: Vec<String> = codes.take(NAMED).collect();
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
}

/// What people call a stratum.
fn label<'a>(measure: &'a MeasureView, stratifier: &str, stratum: &str) -> Option<&'a str> {
    let of = measure.stratifiers.iter().find(|one| one.code == stratifier)?;
    of.strata.iter().find(|(code, _)| code == stratum).map(|(_, label)| label.as_str())
}

fn title(measure: &MeasureView, drawing: &Drawing, whose: &str) -> String {
    let mut title: String = measure.title.chars().take(TITLE).collect();
    if title.len() < measure.title.len() {
        title.push('…');
    }
    let stratum = drawing.stratum.as_ref().and_then(|(one, other)| label(measure, one, other));
    [Some(title.as_str()), stratum, Some(whose)].into_iter().flatten().collect::<Vec<_>>().join(" – ")
}

fn draw(
    measure: &MeasureView,
    drawing: &Drawing,
    kind: Kind,
    title: String,
    rows: &[&FeedRow],
    places: &Places,
) -> Result<Chart, DrawError> {
    let values = match kind {
        Kind::G | Kind::T => between::values(&places.lay(rows)),
        _ => places.lay(rows).into_iter().map(|row| values::value(measure, kind, row)).collect(),
    };
    let mut entries: Vec<Entry> =
        places.labels().zip(values).map(|(label, value)| Entry::new(label, value)).collect();
    for at in places.find_all(&drawing.excluded)? {
        if let Some(entry) = entries.get_mut(at) {
            entry.excluded = true;
        }
    }
    let scale = values::scale(measure, kind);
    let input = Input {
        axis: scale.axis,
        unit: scale.unit,
        multiplier: scale.multiplier,
        target: scale.target,
        direction: scale.direction,
        splits: places.find_all(&drawing.phases)?,
        freeze: drawing.freeze.map(|freeze| places.freeze(freeze)).transpose()?,
        annotations: places.annotations(&drawing.annotations)?,
        ..Input::new(title, entries)
    };
    Ok(Chart::new(kind, input)?)
}

#[cfg(test)]
mod tests;
