//! Statistical process control charts, as improvement teams use them: from
//! points in order to centre lines, limits and signals, and from those to
//! words, a picture (SVG or PNG) and text for a terminal.
//!
//! Everything here is a pure function of its input. What is masked is drawn as
//! the interval in which it lies, and what is withheld as a mark on the axis;
//! both take part in no line and no run, and are never 0.
//!
//! ```
//! use commons_node::charts::{Chart, Entry, Input, Kind, Size};
//! let entries = [(8.0, 90.0), (11.0, 104.0), (7.0, 96.0)];
//! let entries = entries.iter().zip(1..).map(|((n, d), month)| Entry::ratio(format!("2026-0{month}"), *n, *d));
//! let chart = Chart::new(Kind::P, Input::new("Visits without a plan", entries.collect()).in_percent())?;
//! assert!(!chart.has_signal());
//! assert!(chart.svg(Size::new(600, 300)?).starts_with("<svg"));
//! # Ok::<(), commons_node::charts::ChartError>(())
//! ```

mod axes;
mod clean;
#[cfg(test)]
mod drawing_tests;
#[cfg(test)]
mod edge_tests;
mod font;
mod footer;
mod form;
mod header;
mod input;
mod limits;
mod marks;
mod multiples;
mod numbers;
mod page;
mod picture;
mod pixels;
mod plot;
mod points;
#[cfg(test)]
mod reference_tests;
mod runs;
mod scale;
mod size;
mod svg;
mod terminal;
mod words;

pub use form::{Form, Layout};
pub use input::{
    Annotation, ChartError, Direction, Entry, Input, Kind, MAX_ANNOTATIONS, MAX_NUMBER, MAX_PHASES,
    MAX_POINTS, Value,
};
pub use multiples::{MAX_PANELS, Multiples, Panel};
pub use runs::Runs;
pub use size::{MAX_PIXELS, MAX_SIDE, MIN_SIDE, Size};
pub use terminal::Letters;
pub use words::Words;

use limits::SIGMAS;
use numbers::Numbers;
use points::Row;

/// A computed chart. Its numbers are as counted or measured; the multiplier is
/// for whoever shows them.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Chart {
    kind: Kind,
    title: String,
    axis: String,
    unit: String,
    multiplier: f64,
    direction: Direction,
    target: Option<f64>,
    /// How many points make the lines of the first phase, if not all do.
    frozen: Option<usize>,
    points: Vec<Point>,
    phases: Vec<Phase>,
    annotations: Vec<Annotation>,
}

/// What is shown at a point.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Shown {
    /// A known value.
    Value {
        /// It.
        value: f64,
    },
    /// A value that may not be shown.
    Masked {
        /// It is not below this.
        low: f64,
        /// It is not above this, if that is known.
        high: Option<f64>,
    },
    /// A value of which nothing may be shown.
    Withheld,
    /// Nothing.
    Missing,
}

/// On which side of its limits a point lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outside {
    /// Above the upper one.
    Above,
    /// Below the lower one.
    Below,
}

/// A point with its lines.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Point {
    /// Its period or number, fit to be shown.
    pub label: String,
    /// What is known about it.
    #[serde(flatten)]
    pub shown: Shown,
    /// Its phase, counted from 0.
    pub phase: usize,
    /// It has no say in lines and runs.
    pub excluded: bool,
    /// It is one of those that make the lines, unless excluded.
    pub baseline: bool,
    /// The centre line.
    pub centre: Option<f64>,
    /// The lower limit.
    pub lower: Option<f64>,
    /// The upper limit.
    pub upper: Option<f64>,
    /// A signal: outside of the limits.
    pub outside: Option<Outside>,
}

impl Point {
    /// The value, if it's known.
    pub fn value(&self) -> Option<f64> {
        if let Shown::Value { value } = self.shown { Some(value) } else { None }
    }
}

/// A span of points with lines of its own.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Phase {
    /// Its first point, counted from 0.
    pub first: usize,
    /// How many points it has, whatever is known about them.
    pub length: usize,
    /// How many of them aren't excluded.
    pub observations: usize,
    /// The centre line, if a value makes one.
    pub centre: Option<f64>,
    /// Its runs.
    #[serde(flatten)]
    pub runs: Runs,
}

impl Phase {
    /// Whether its runs are a signal.
    pub fn has_signal(&self) -> bool {
        self.runs.long_run || self.runs.few_crossings
    }
}

impl Chart {
    /// Computes the chart.
    ///
    /// # Errors
    /// If there is too much of something, a number that can't be charted, a
    /// value that doesn't suit the kind, or a place that isn't on the chart.
    pub fn new(kind: Kind, input: Input) -> Result<Self, ChartError> {
        input::check(kind, &input)?;
        let mut points = Vec::with_capacity(input.entries.len());
        let mut phases = Vec::new();
        for (number, span) in points::bounds(&input).windows(2).enumerate() {
            let (first, end) = (span[0], span[1]);
            let rows = points::rows(kind, &input, first, end);
            let spread = limits::spread(kind, &rows);
            let bounds = limits::bounds(kind, &spread, SIGMAS);
            let drawn = rows.iter().zip(bounds).zip(&input.entries[first..end]);
            points.extend(drawn.map(|((row, bounds), entry)| Point {
                phase: number,
                centre: spread.centre,
                ..point(kind, row, bounds, entry)
            }));
            phases.push(phase(&rows, first, spread.centre));
        }
        let annotation = |of: Annotation| Annotation { point: of.point, text: clean::annotation(&of.text) };
        let mut annotations: Vec<_> = input.annotations.into_iter().map(annotation).collect();
        annotations.sort_by_key(|annotation| annotation.point);
        Ok(Self {
            kind,
            title: clean::title(&input.title),
            axis: clean::axis(&input.axis),
            unit: clean::unit(&input.unit),
            multiplier: input.multiplier,
            direction: input.direction,
            target: input.target,
            frozen: input.freeze.filter(|&freeze| freeze < phases[0].length),
            points,
            phases,
            annotations,
        })
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What it shows.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Its points in order.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Its phases in order; there is always one.
    pub fn phases(&self) -> &[Phase] {
        &self.phases
    }

    /// Whether anything on it is a signal.
    pub fn has_signal(&self) -> bool {
        self.points.iter().any(|point| point.outside.is_some()) || self.phases.iter().any(Phase::has_signal)
    }

    /// The lowest and highest number that is drawn; nothing without any. The
    /// upper ends of masked intervals count only where they are not far from
    /// the rest: wide ones would flatten everything that is known. They are
    /// drawn up to the top and end in an arrow.
    fn extent(&self) -> Option<(f64, f64)> {
        let firm = self.points.iter().flat_map(|point| {
            let shown = match point.shown {
                Shown::Value { value } => Some(value),
                Shown::Masked { low, .. } => Some(low),
                Shown::Withheld | Shown::Missing => None,
            };
            [shown, point.centre, point.lower, point.upper]
        });
        let (low, high) = ends(firm.chain([self.target]).flatten())?;
        let is_known = |point: &Point| matches!(point.shown, Shown::Value { .. });
        let room = match self.points.iter().any(is_known) {
            true => high + (high - low),
            false => f64::INFINITY,
        };
        let tops = self.points.iter().filter_map(|point| match point.shown {
            Shown::Masked { high, .. } => high.filter(|high| *high <= room),
            _ => None,
        });
        ends(tops.chain([low, high]))
    }

    /// How many points there are, from when to when.
    fn span(&self) -> Option<String> {
        let (first, last) = (self.points.first()?, self.points.last()?);
        let count = numbers::counted(self.points.len(), "point", "points");
        if self.points.len() == 1 {
            return Some(format!("{count}, {}", first.label));
        }
        Some(format!("{count}, {} to {}", first.label, last.label))
    }

    /// How its numbers are shown.
    fn numbers(&self) -> Numbers {
        let (low, high) = self.extent().unwrap_or((0.0, 1.0));
        let (low, high) = if high > low { (low, high) } else { (0.0, high.abs().max(1e-9)) };
        Numbers::new(self.multiplier, &self.unit, low, high)
    }

    /// The chart as SVG, for a page or a file: without scripts, readable
    /// without colours, with its [`Words`] for those who can't see it.
    pub fn svg(&self, size: Size) -> String {
        svg::svg(&page::page(self, size))
    }

    /// The same picture as PNG.
    ///
    /// # Errors
    /// If the picture can't be encoded.
    pub fn png(&self, size: Size) -> Result<Vec<u8>, ChartError> {
        pixels::png(&page::page(self, size), size.scale())
    }

    /// The chart in lines of at most `width` letters, `height` lines at most
    /// (both within bounds), for a terminal.
    pub fn text(&self, width: usize, height: usize, letters: Letters) -> String {
        terminal::text(self, width, height, letters)
    }

    /// The signals and the whole chart in plain words.
    pub fn words(&self) -> Words {
        words::words(self)
    }
}

fn point(kind: Kind, row: &Row, bounds: Option<(f64, f64)>, entry: &Entry) -> Point {
    let shown = match (row.value, entry.value) {
        (Some(value), _) => Shown::Value { value },
        (None, Value::Masked { low, high }) if kind != Kind::Mr => Shown::Masked { low, high },
        (None, Value::Withheld) => Shown::Withheld,
        _ => Shown::Missing,
    };
    let outside = row.value.zip(bounds).and_then(|(value, (lower, upper))| outside(value, lower, upper));
    Point {
        label: clean::label(&entry.label),
        shown,
        phase: 0,
        excluded: row.excluded,
        baseline: row.baseline,
        centre: None,
        lower: bounds.map(|(lower, _)| lower),
        upper: bounds.map(|(_, upper)| upper),
        outside,
    }
}

/// The least and the greatest of some numbers.
fn ends(numbers: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    numbers.fold(None, |ends, number| {
        let (low, high) = ends.unwrap_or((number, number));
        Some((number.min(low), number.max(high)))
    })
}

fn outside(value: f64, lower: f64, upper: f64) -> Option<Outside> {
    if value > upper && !runs::same(value, upper) {
        Some(Outside::Above)
    } else if value < lower && !runs::same(value, lower) {
        Some(Outside::Below)
    } else {
        None
    }
}

fn phase(rows: &[Row], first: usize, centre: Option<f64>) -> Phase {
    let values: Vec<Option<f64>> = rows.iter().map(|row| row.value.filter(|_| !row.excluded)).collect();
    let observations = rows.iter().filter(|row| !row.excluded).count();
    let runs = centre.map_or_else(Runs::default, |centre| runs::runs(&values, first, centre));
    Phase { first, length: rows.len(), observations, centre, runs }
}
