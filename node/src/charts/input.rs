//! What a chart is made from, and the bounds on it.

use super::clean;

/// Points of one chart.
pub const MAX_POINTS: usize = 5_000;
/// Phases of one chart.
pub const MAX_PHASES: usize = 100;
/// Annotations of one chart.
pub const MAX_ANNOTATIONS: usize = 100;
/// The largest number that a chart takes: sums and squares of as many points
/// as are allowed stay exact enough and finite.
pub const MAX_NUMBER: f64 = 1e12;

/// The kind of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub enum Kind {
    /// Run chart: median, no limits.
    #[serde(rename = "run")]
    Run,
    /// Individual measurements (X of an XmR pair).
    #[serde(rename = "i")]
    I,
    /// Moving ranges (mR of an XmR pair): how much each measurement differs
    /// from the one before it.
    #[serde(rename = "mr")]
    Mr,
    /// Proportions.
    #[serde(rename = "p")]
    P,
    /// Proportions with large denominators (Laney).
    #[serde(rename = "p-prime", alias = "pp")]
    PPrime,
    /// Rates: events per amount of opportunity.
    #[serde(rename = "u")]
    U,
    /// Rates with large denominators (Laney).
    #[serde(rename = "u-prime", alias = "up")]
    UPrime,
    /// Counts where opportunity is always the same.
    #[serde(rename = "c")]
    C,
    /// Cases between rare events.
    #[serde(rename = "g")]
    G,
    /// Time between rare events.
    #[serde(rename = "t")]
    T,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Run,
        Self::I,
        Self::Mr,
        Self::P,
        Self::PPrime,
        Self::U,
        Self::UPrime,
        Self::C,
        Self::G,
        Self::T,
    ];

    /// The kind of this code, which is also what JSON has; `pp` and `up` are
    /// short for `p-prime` and `u-prime`.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code || kind.short() == Some(code))
    }

    /// What it charts, in words.
    pub fn about(self) -> &'static str {
        match self {
            Self::Run => "Run chart: median, no limits",
            Self::I => "Individual measurements",
            Self::Mr => "Moving ranges",
            Self::P => "Proportions",
            Self::PPrime => "Proportions with large denominators (p\u{2032})",
            Self::U => "Rates",
            Self::UPrime => "Rates with large denominators (u\u{2032})",
            Self::C => "Counts",
            Self::G => "Cases between rare events",
            Self::T => "Time between rare events",
        }
    }

    /// A shorter code, where its own is long to type.
    pub fn short(self) -> Option<&'static str> {
        match self {
            Self::PPrime => Some("pp"),
            Self::UPrime => Some("up"),
            _ => None,
        }
    }

    /// Its code, in ASCII.
    pub fn code(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::I => "i",
            Self::Mr => "mr",
            Self::P => "p",
            Self::PPrime => "p-prime",
            Self::U => "u",
            Self::UPrime => "u-prime",
            Self::C => "c",
            Self::G => "g",
            Self::T => "t",
        }
    }

    /// Its usual name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Run => "run chart",
            Self::I => "I chart",
            Self::Mr => "MR chart",
            Self::P => "p chart",
            Self::PPrime => "p\u{2032} chart",
            Self::U => "u chart",
            Self::UPrime => "u\u{2032} chart",
            Self::C => "c chart",
            Self::G => "g chart",
            Self::T => "t chart",
        }
    }

    /// Whether every value is a numerator over a denominator.
    pub(super) fn is_ratio(self) -> bool {
        matches!(self, Self::P | Self::PPrime | Self::U | Self::UPrime)
    }

    /// Whether the values are proportions.
    pub(super) fn is_proportion(self) -> bool {
        matches!(self, Self::P | Self::PPrime)
    }

    /// Whether a value below 0 is possible.
    pub(super) fn allows_negative(self) -> bool {
        matches!(self, Self::Run | Self::I | Self::Mr)
    }
}

/// What is known about one point. Numbers are as counted or measured: the
/// multiplier of the chart applies only when they are shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A count, over a denominator for ratios.
    Count {
        /// Events or cases.
        numerator: f64,
        /// Opportunities. 0 gives a point without a value.
        denominator: Option<f64>,
    },
    /// A measurement.
    Measured(f64),
    /// A value that may not be shown, and the interval in which it lies, on
    /// the scale of the plotted value before the multiplier (for a proportion:
    /// within 0 to 1). The MR chart shows it as missing, because an interval
    /// of measurements says nothing simple about their differences.
    Masked {
        /// Not below this.
        low: f64,
        /// Not above this, if that is known.
        high: Option<f64>,
    },
    /// There is one, and nothing of it may be shown.
    Withheld,
    /// Nothing is known.
    Missing,
}

/// One point.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its period or number, such as `2026-03`.
    pub label: String,
    /// What is known.
    pub value: Value,
    /// Leave it out of centre, limits and runs; it may still be a signal.
    pub excluded: bool,
}

impl Entry {
    /// A point that takes part in everything.
    pub fn new(label: impl Into<String>, value: Value) -> Self {
        Self { label: label.into(), value, excluded: false }
    }

    /// A count over a denominator.
    pub fn ratio(label: impl Into<String>, numerator: f64, denominator: f64) -> Self {
        Self::new(label, Value::Count { numerator, denominator: Some(denominator) })
    }

    /// A plain number: a count or a measurement.
    pub fn number(label: impl Into<String>, number: f64) -> Self {
        Self::new(label, Value::Measured(number))
    }
}

/// Something that happened at a point.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Annotation {
    /// Which point, counted from 0.
    pub point: usize,
    /// What happened.
    pub text: String,
}

/// Which way is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Higher values are better.
    Higher,
    /// Lower values are better.
    Lower,
    /// Neither.
    #[default]
    None,
}

/// Everything that a chart is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Points in order of time.
    pub entries: Vec<Entry>,
    /// What the chart shows.
    pub title: String,
    /// What the values are, for the axis.
    pub axis: String,
    /// What stands behind each shown number: `%`, ` days`, or nothing.
    pub unit: String,
    /// By what numbers are multiplied to be shown: 100 for per cent, 10,000
    /// for a rate per 10,000.
    pub multiplier: f64,
    /// Which way is better.
    pub direction: Direction,
    /// The value aimed at, before the multiplier.
    pub target: Option<f64>,
    /// After how many points a new phase begins, ascending. Each phase has its
    /// own centre, limits and runs.
    pub splits: Vec<usize>,
    /// How many points, from the first, make centre and limits of the first
    /// phase; all of it without.
    pub freeze: Option<usize>,
    /// What happened when.
    pub annotations: Vec<Annotation>,
}

impl Input {
    /// Points and a title, everything else plain.
    pub fn new(title: impl Into<String>, entries: Vec<Entry>) -> Self {
        Self {
            entries,
            title: title.into(),
            axis: String::new(),
            unit: String::new(),
            multiplier: 1.0,
            direction: Direction::None,
            target: None,
            splits: Vec::new(),
            freeze: None,
            annotations: Vec::new(),
        }
    }

    /// Shows values in per cent.
    #[must_use]
    pub fn in_percent(mut self) -> Self {
        self.multiplier = 100.0;
        self.unit = " %".to_owned();
        self
    }
}

/// Why there is no chart.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ChartError {
    /// Too much of something.
    #[error("a chart holds at most {most} {what}; this one has {found}: show a shorter span")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are allowed.
        most: usize,
    },
    /// Not a number that can be drawn.
    #[error("{what} must be a number between {lowest} and {highest}; it is {found}")]
    Number {
        /// Which one.
        what: String,
        /// The number.
        found: f64,
        /// The lowest one allowed.
        lowest: f64,
        /// The highest one allowed.
        highest: f64,
    },
    /// A ratio without a denominator.
    #[error("{point} has no denominator; a {kind} needs one for every point: use a run or I chart instead")]
    NoDenominator {
        /// Which point.
        point: String,
        /// The kind of chart.
        kind: &'static str,
    },
    /// A denominator where only plain numbers make sense.
    #[error("{point} has a denominator; a {kind} takes plain numbers: use a p or u chart instead")]
    Denominator {
        /// Which point.
        point: String,
        /// The kind of chart.
        kind: &'static str,
    },
    /// An interval that ends before it begins.
    #[error("the masked interval of {point} ends before it begins")]
    Interval {
        /// Which point.
        point: String,
    },
    /// Splits that aren't in order.
    #[error("phases must begin after point 1 or later, one after the other; \"after {split}\" does not fit")]
    Split {
        /// The first wrong one.
        split: usize,
    },
    /// A baseline of no or too many points.
    #[error("a baseline of {freeze} points does not fit a chart of {points}")]
    Freeze {
        /// As asked for.
        freeze: usize,
        /// Points of the chart.
        points: usize,
    },
    /// An annotation at a point that isn't there.
    #[error("an annotation is at point {point} of a chart of {points}")]
    Annotation {
        /// Which point, counted from 1.
        point: usize,
        /// Points of the chart.
        points: usize,
    },
    /// A picture that's too small to read or too large to make.
    #[error("a picture can be from {least} to {most} wide and high; asked for were {width} by {height}")]
    Size {
        /// As asked for.
        width: u32,
        /// As asked for.
        height: u32,
        /// The smallest allowed.
        least: u32,
        /// The largest allowed.
        most: u32,
    },
    /// Small multiples whose charts don't show the same periods.
    #[error("{panel} has other labels or another unit than the first chart: fill gaps with missing values")]
    Panel {
        /// Which one.
        panel: String,
    },
    /// The picture could not be written as PNG.
    #[error("the picture could not be written as PNG: {0}")]
    Png(String),
}

/// Refuses what can't be charted as `kind`.
pub(super) fn check(kind: Kind, input: &Input) -> Result<(), ChartError> {
    at_most("points", input.entries.len(), MAX_POINTS)?;
    at_most("phases", input.splits.len() + 1, MAX_PHASES)?;
    at_most("annotations", input.annotations.len(), MAX_ANNOTATIONS)?;
    number("the multiplier", input.multiplier, 1e-9, 1e9)?;
    if let Some(target) = input.target {
        number("the target", target, -MAX_NUMBER, MAX_NUMBER)?;
    }
    for (at, entry) in input.entries.iter().enumerate() {
        check_value(kind, &name(at, entry), entry.value)?;
    }
    check_places(input)
}

fn at_most(what: &'static str, found: usize, most: usize) -> Result<(), ChartError> {
    if found > most { Err(ChartError::TooMany { what, found, most }) } else { Ok(()) }
}

/// How errors name a point.
fn name(at: usize, entry: &Entry) -> String {
    format!("point {} ({})", at + 1, clean::label(&entry.label))
}

fn number(what: &str, found: f64, lowest: f64, highest: f64) -> Result<(), ChartError> {
    if (lowest..=highest).contains(&found) {
        return Ok(());
    }
    Err(ChartError::Number { what: what.to_owned(), found, lowest, highest })
}

fn check_value(kind: Kind, point: &str, value: Value) -> Result<(), ChartError> {
    let lowest = if kind.allows_negative() { -MAX_NUMBER } else { 0.0 };
    match value {
        Value::Withheld | Value::Missing => Ok(()),
        Value::Measured(_) if kind.is_ratio() => no_denominator(kind, point),
        Value::Measured(measured) => number(point, measured, lowest, MAX_NUMBER),
        Value::Count { denominator: None, .. } if kind.is_ratio() => no_denominator(kind, point),
        Value::Count { numerator, denominator: None } => number(point, numerator, lowest, MAX_NUMBER),
        Value::Count { denominator: Some(_), .. } if matches!(kind, Kind::C | Kind::G | Kind::T) => {
            Err(ChartError::Denominator { point: point.to_owned(), kind: kind.name() })
        }
        Value::Count { numerator, denominator: Some(denominator) } => {
            number(&format!("the denominator of {point}"), denominator, 0.0, MAX_NUMBER)?;
            let highest = if kind.is_proportion() { denominator } else { MAX_NUMBER };
            number(&format!("the numerator of {point}"), numerator, lowest, highest)?;
            // A denominator close to nothing would make a number beyond bounds.
            let ratio = if denominator > 0.0 { numerator / denominator } else { 0.0 };
            number(&format!("the ratio of {point}"), ratio, -MAX_NUMBER, MAX_NUMBER)
        }
        Value::Masked { low, high } => check_interval(kind, point, low, high),
    }
}

fn no_denominator(kind: Kind, point: &str) -> Result<(), ChartError> {
    Err(ChartError::NoDenominator { point: point.to_owned(), kind: kind.name() })
}

fn check_interval(kind: Kind, point: &str, low: f64, high: Option<f64>) -> Result<(), ChartError> {
    let lowest = if kind.allows_negative() { -MAX_NUMBER } else { 0.0 };
    let highest = if kind.is_proportion() { 1.0 } else { MAX_NUMBER };
    let what = format!("the masked interval of {point}");
    number(&what, low, lowest, highest)?;
    let Some(high) = high else { return Ok(()) };
    number(&what, high, lowest, highest)?;
    if high < low { Err(ChartError::Interval { point: point.to_owned() }) } else { Ok(()) }
}

/// Splits, baseline and annotations lie within the points.
fn check_places(input: &Input) -> Result<(), ChartError> {
    let points = input.entries.len();
    let mut before = 0;
    for &split in &input.splits {
        if split <= before || split >= points {
            return Err(ChartError::Split { split });
        }
        before = split;
    }
    if let Some(freeze) = input.freeze.filter(|&freeze| freeze == 0 || freeze > points) {
        return Err(ChartError::Freeze { freeze, points });
    }
    let beyond = input.annotations.iter().find(|annotation| annotation.point >= points);
    beyond.map_or(Ok(()), |annotation| Err(ChartError::Annotation { point: annotation.point + 1, points }))
}
