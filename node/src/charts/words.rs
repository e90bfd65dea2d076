//! A chart in plain words, for those who read it and for those who can't see
//! it.

use super::numbers::{Numbers, counted};
use super::{Chart, Direction, Kind, Outside, Phase, Point, Shown};

/// Points below which nothing can be said about runs.
const FEW_POINTS: usize = 10;
/// Points below which limits are provisional.
const FEW_FOR_LIMITS: usize = 12;
/// Points outside of their limits that get a sentence each.
const EACH: usize = 5;
/// Points that are named one by one.
const NAMED: usize = 12;

/// What a chart says.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Words {
    /// A sentence or two per signal; without signals, one that says so.
    pub signals: Vec<String>,
    /// All signals in one line.
    pub summary: String,
    /// The whole chart: title, kind, lines, last point, signals, masked
    /// points, phases, annotations.
    pub description: String,
}

pub fn words(chart: &Chart) -> Words {
    let teller = Teller { chart, numbers: chart.numbers() };
    let signals = teller.signals();
    Words { description: teller.description(&signals), summary: teller.summary(), signals }
}

/// A chart and how its numbers are shown.
struct Teller<'a> {
    chart: &'a Chart,
    numbers: Numbers,
}

impl Teller<'_> {
    fn signals(&self) -> Vec<String> {
        let mut signals = Vec::new();
        for (number, phase) in self.chart.phases.iter().enumerate() {
            let mut found = self.outside(phase);
            found.extend(self.runs(phase));
            let name = self.phase_name(number, phase);
            signals.extend(found.into_iter().map(|signal| format!("{name}{signal}")));
        }
        if signals.is_empty() { vec![self.no_signal()] } else { signals }
    }

    fn summary(&self) -> String {
        let outside = self.chart.points.iter().filter(|point| point.outside.is_some()).count();
        let mut parts = Vec::new();
        if outside > 0 {
            parts.push(format!("{} outside the limits", counted(outside, "point", "points")));
        }
        for (number, phase) in self.chart.phases.iter().enumerate() {
            let runs = &phase.runs;
            let place = match self.chart.phases.len() {
                1 => String::new(),
                _ => format!(" in phase {}", number + 1),
            };
            if runs.long_run {
                let most = runs.longest_run_max;
                parts.push(format!("{} in a row on one side{place} (usual: up to {most})", runs.longest_run));
            }
            if runs.few_crossings {
                let crossings = counted(runs.crossings, "crossing", "crossings");
                parts.push(format!("{crossings}{place} (usual: {} or more)", runs.crossings_min));
            }
        }
        let summary = match (parts.is_empty(), self.useful() < FEW_POINTS) {
            (false, _) => format!("Signals: {}", parts.join("; ")),
            (true, false) => "No signals".to_owned(),
            (true, true) => "No signals; too few points to tell much".to_owned(),
        };
        match self.withheld().count() {
            0 => summary,
            withheld => format!("{withheld} of {} points withheld. {summary}", self.chart.points.len()),
        }
    }

    /// Labels of the points that are withheld.
    fn withheld(&self) -> impl Iterator<Item = String> {
        self.chart.points.iter().filter(|p| p.shown == Shown::Withheld).map(|p| p.label.clone())
    }

    /// What sentences about one of several phases begin with.
    fn phase_name(&self, number: usize, phase: &Phase) -> String {
        if self.chart.phases.len() == 1 {
            return String::new();
        }
        format!("Phase {} (from {}): ", number + 1, self.label(phase.first))
    }

    /// Useful points of the phase that has most.
    fn useful(&self) -> usize {
        self.chart.phases.iter().map(|phase| phase.runs.useful).max().unwrap_or(0)
    }

    fn no_signal(&self) -> String {
        let useful = self.useful();
        if useful < FEW_POINTS {
            return format!(
                "No signal, but {} too few to tell much: {FEW_POINTS} or more show whether something \
                 changed.",
                counted(useful, "useful point is", "useful points are")
            );
        }
        "No signal: the points vary as chance alone would have them.".to_owned()
    }

    fn outside(&self, phase: &Phase) -> Vec<String> {
        let points = &self.chart.points[phase.first..phase.first + phase.length];
        let outside: Vec<&Point> = points.iter().filter(|point| point.outside.is_some()).collect();
        if outside.len() <= EACH {
            return outside.into_iter().filter_map(|point| self.one_outside(point)).collect();
        }
        let names = outside.iter().map(|point| {
            let side = if point.outside == Some(Outside::Above) { "above" } else { "below" };
            format!("{} ({side})", point.label)
        });
        let mut signal = format!(
            "{} of {} points lie outside of their limits: {}.",
            outside.len(),
            points.len(),
            listed(names.collect())
        );
        if let Some(hint) = self.large_denominators(outside.len(), points.len()) {
            signal.push_str(hint);
        }
        vec![signal]
    }

    /// So many points outside say more about the chart than about the work.
    fn large_denominators(&self, outside: usize, points: usize) -> Option<&'static str> {
        let hint = match self.chart.kind {
            Kind::P => " With large denominators limits are too narrow; a p\u{2032} chart widens them.",
            Kind::U => " With large denominators limits are too narrow; a u\u{2032} chart widens them.",
            _ => return None,
        };
        (outside * 3 > points).then_some(hint)
    }

    fn one_outside(&self, point: &Point) -> Option<String> {
        let value = self.numbers.shown(point.value()?);
        let (side, limit) = match point.outside? {
            Outside::Above => ("above the upper", point.upper?),
            Outside::Below => ("below the lower", point.lower?),
        };
        let excluded = if point.excluded { " It is excluded from the lines." } else { "" };
        Some(format!(
            "{} ({value}) lies {side} limit ({}): {}, and rarely chance alone. Look for what was different \
             then.{excluded}",
            point.label,
            self.numbers.shown(limit),
            self.verdict(point.outside? == Outside::Above),
        ))
    }

    fn verdict(&self, above: bool) -> &'static str {
        match (self.chart.direction, above) {
            (Direction::None, _) => "unusual",
            (Direction::Higher, true) | (Direction::Lower, false) => "unusually good",
            _ => "unusually bad",
        }
    }

    fn runs(&self, phase: &Phase) -> Vec<String> {
        let runs = &phase.runs;
        let mut signals = Vec::new();
        if let Some((first, last)) = runs.run.filter(|_| runs.long_run) {
            signals.push(format!(
                "{} points in a row on one side of the centre line ({}, {} to {}); more than {} is unusual for \
                 {} points. Something has probably changed.",
                runs.longest_run,
                self.side(runs.run_above),
                self.label(first),
                self.label(last),
                runs.longest_run_max,
                runs.useful,
            ));
        }
        if runs.few_crossings {
            signals.push(format!(
                "The points cross the centre line only {}; fewer than {} is unusual for {} points. They drift \
                 or stay on one side for longer than chance would have it.",
                counted(runs.crossings, "time", "times"),
                runs.crossings_min,
                runs.useful,
            ));
        }
        signals
    }

    fn side(&self, above: bool) -> &'static str {
        match (self.chart.direction, above) {
            (Direction::None, true) => "above it",
            (Direction::None, false) => "below it",
            (Direction::Higher, true) => "above it, the better side",
            (Direction::Lower, false) => "below it, the better side",
            (Direction::Lower, true) => "above it, the worse side",
            (Direction::Higher, false) => "below it, the worse side",
        }
    }

    fn description(&self, signals: &[String]) -> String {
        let mut parts = vec![self.heading()];
        parts.extend(self.chart.phases.iter().enumerate().map(|(at, phase)| self.lines(at, phase)));
        parts.extend(self.aim());
        parts.extend(self.last_point());
        parts.extend(signals.iter().cloned());
        parts.extend(self.left_out());
        for (at, annotation) in self.chart.annotations.iter().enumerate() {
            let text = annotation.text.trim_end_matches('.');
            parts.push(format!("Note {} at {}: {text}.", at + 1, self.label(annotation.point)));
        }
        parts.join(" ")
    }

    fn heading(&self) -> String {
        let chart = self.chart;
        let title = if chart.title.is_empty() { "Untitled" } else { chart.title.trim_end_matches('.') };
        let of = if chart.axis.is_empty() { String::new() } else { format!(" of {}", chart.axis) };
        let span = chart.span().unwrap_or_else(|| "without points".to_owned());
        format!("{title}. {}{of}, {span}.", article(chart.kind))
    }

    /// Centre line and limits of one phase.
    fn lines(&self, number: usize, phase: &Phase) -> String {
        let name = self.phase_name(number, phase);
        let Some(centre) = phase.centre else { return format!("{name}No value makes a centre line.") };
        let points = &self.chart.points[phase.first..phase.first + phase.length];
        let mut lines = format!("{name}Centre line {}", self.numbers.shown(centre));
        let bounds: Vec<(f64, f64)> =
            points.iter().filter_map(|point| point.lower.zip(point.upper)).collect();
        if let (Some(first), Some(last)) = (bounds.first(), bounds.last()) {
            let varying = if bounds.iter().all(|bound| bound == first) { "" } else { "at its last value " };
            let (lower, upper) = (self.numbers.shown(last.0), self.numbers.shown(last.1));
            lines.push_str(&format!(", limits {varying}{lower} to {upper}"));
        }
        let makers = points.iter().filter(|p| p.baseline && !p.excluded && p.value().is_some()).count();
        if let Some(frozen) = self.chart.frozen.filter(|_| number == 0) {
            lines.push_str(&format!(", made by the first {}", counted(frozen, "point", "points")));
        }
        if makers < FEW_FOR_LIMITS && !bounds.is_empty() {
            let few = counted(makers, "value", "values");
            lines.push_str(&format!("; provisional, because only {few} made them"));
        }
        lines + "."
    }

    fn aim(&self) -> Option<String> {
        let better = match self.chart.direction {
            Direction::Higher => "Higher is better",
            Direction::Lower => "Lower is better",
            Direction::None => "",
        };
        match (self.chart.target.map(|target| self.numbers.shown(target)), better) {
            (None, "") => None,
            (None, _) => Some(format!("{better}.")),
            (Some(target), "") => Some(format!("The target is {target}.")),
            (Some(target), _) => Some(format!("{better}; the target is {target}.")),
        }
    }

    fn last_point(&self) -> Option<String> {
        let last = self.chart.points.last()?;
        let what = match last.shown {
            Shown::Missing => "has no value".to_owned(),
            Shown::Withheld => "is withheld".to_owned(),
            Shown::Masked { .. } => format!("is {}", self.numbers.told(last.shown)),
            Shown::Value { value } => {
                let place = match (last.outside, last.lower) {
                    (Some(Outside::Above), _) => ", above its upper limit",
                    (Some(Outside::Below), _) => ", below its lower limit",
                    (None, Some(_)) => ", within its limits",
                    (None, None) => "",
                };
                format!("is {}{place}", self.numbers.shown(value))
            }
        };
        Some(format!("The last point, {}, {what}.", last.label))
    }

    /// Points that take no part in the lines.
    fn left_out(&self) -> Vec<String> {
        let points = &self.chart.points;
        let masked = points.iter().filter(|point| matches!(point.shown, Shown::Masked { .. }));
        let masked = masked.map(|point| {
            format!("{} {}", point.label, self.numbers.told(point.shown).trim_start_matches("masked, "))
        });
        let missing = points.iter().filter(|p| p.shown == Shown::Missing).map(|p| p.label.clone());
        let excluded = points.iter().filter(|p| p.excluded).map(|p| p.label.clone());
        let lists = [
            ("Masked, with no part in lines and runs", masked.collect::<Vec<_>>()),
            ("Withheld, since too few organisations report or one is too large", self.withheld().collect()),
            ("Without a value", missing.collect()),
            ("Excluded from lines and runs", excluded.collect()),
        ];
        let told = |(what, names): (&str, Vec<String>)| {
            (!names.is_empty()).then(|| format!("{what}: {}.", listed(names)))
        };
        lists.into_iter().filter_map(told).collect()
    }

    fn label(&self, point: usize) -> &str {
        self.chart.points.get(point).map_or("", |point| point.label.as_str())
    }
}

/// The kind's name with the article before it.
fn article(kind: Kind) -> String {
    let article = if matches!(kind, Kind::I | Kind::Mr) { "An" } else { "A" };
    format!("{article} {}", kind.name())
}

/// The first few names, and how many more there are.
fn listed(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let names = names.join(", ");
    if more > 0 { format!("{names} and {more} more") } else { names }
}
