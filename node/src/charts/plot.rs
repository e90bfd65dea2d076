//! The inside of a chart: limits, centre, target and points on a scale.

use super::marks;
use super::picture::{BAND, CENTRE, Item, LIMIT, MUTED, Place, SIGNAL, Stroke, TARGET, VALUE};
use super::scale::Scale;
use super::{Chart, Phase, Point, Shown};

/// Slots narrower than this show signals and intervals alone, not each value.
const NARROW: f64 = 3.0;

/// How a centre line is drawn.
pub fn centre_stroke(phase: &Phase) -> Stroke {
    if phase.has_signal() { Stroke::dashed(SIGNAL, 2.0, 9.0, 4.5) } else { Stroke::whole(CENTRE, 1.4) }
}

pub fn target_stroke() -> Stroke {
    Stroke::dashed(TARGET, 1.6, 1.8, 3.2)
}

pub fn limit_stroke() -> Stroke {
    Stroke::whole(LIMIT, 1.0)
}

pub fn value_stroke() -> Stroke {
    Stroke::whole(VALUE, 1.5)
}

/// The radius of marks where points have this much room.
pub fn radius(slot: f64) -> f64 {
    (slot * 0.28).clamp(1.4, 3.6)
}

/// Spans of neighbouring points of one phase for which `of` gives something.
fn spans<T>(chart: &Chart, of: impl Fn(&Point) -> Option<T>) -> Vec<Vec<(usize, T)>> {
    let mut spans: Vec<Vec<(usize, T)>> = Vec::new();
    let mut open = None;
    for (at, point) in chart.points.iter().enumerate() {
        let Some(found) = of(point) else {
            open = None;
            continue;
        };
        match spans.last_mut() {
            Some(span) if open == Some(point.phase) => span.push((at, found)),
            _ => spans.push(vec![(at, found)]),
        }
        open = Some(point.phase);
    }
    spans
}

/// The area between the limits, and the limits as steps.
pub fn limits(chart: &Chart, scale: &Scale) -> Vec<Item> {
    let bounds = spans(chart, |point| point.lower.zip(point.upper));
    let mut areas = Vec::new();
    let mut lines = Vec::new();
    for span in bounds {
        let lower = steps(scale, span.iter().map(|(at, bound)| (*at, bound.0)));
        let upper = steps(scale, span.iter().map(|(at, bound)| (*at, bound.1)));
        let around = upper.iter().chain(lower.iter().rev()).copied().collect();
        areas.push(Item::Shape(around, Some(BAND), None));
        lines.extend([lower, upper]);
    }
    if !lines.is_empty() {
        areas.push(Item::Lines(lines, limit_stroke()));
    }
    areas
}

/// A line that is level over each point, without the places between equals.
fn steps(scale: &Scale, heights: impl Iterator<Item = (usize, f64)>) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for (at, height) in heights {
        let down = scale.down(height);
        match places.last_mut() {
            Some(last) if (last.1 - down).abs() < 1e-9 => last.0 = scale.edge(at + 1),
            _ => places.extend([(scale.edge(at), down), (scale.edge(at + 1), down)]),
        }
    }
    places
}

/// The centre line of each phase.
pub fn centres(chart: &Chart, scale: &Scale) -> Vec<Item> {
    let line = |phase: &Phase| {
        let down = scale.down(phase.centre?);
        let (left, right) = (scale.edge(phase.first), scale.edge(phase.first + phase.length));
        Some(Item::line(vec![(left, down), (right, down)], centre_stroke(phase)))
    };
    chart.phases.iter().filter_map(line).collect()
}

/// The line of the target.
pub fn target(chart: &Chart, scale: &Scale) -> Option<Item> {
    let down = scale.down(chart.target?);
    Some(Item::line(vec![(scale.area.left, down), (scale.area.right, down)], target_stroke()))
}

/// The line through the values, which ends where one is missing.
pub fn values(chart: &Chart, scale: &Scale, stroke: Stroke) -> Option<Item> {
    let spans = spans(chart, Point::value);
    let line = |span: Vec<(usize, f64)>| span.into_iter().map(|(at, value)| scale.place(at, value)).collect();
    let lines: Vec<Vec<Place>> = spans.into_iter().filter(|span| span.len() > 1).map(line).collect();
    (!lines.is_empty()).then_some(Item::Lines(lines, stroke))
}

/// What shows at each point, with a name to be pointed at.
pub fn marks(chart: &Chart, scale: &Scale) -> Vec<Item> {
    let numbers = chart.numbers();
    let radius = radius(scale.slot());
    let mut named = Vec::new();
    for (at, point) in chart.points.iter().enumerate() {
        let items = match point.shown {
            Shown::Missing => continue,
            Shown::Withheld => marks::withheld((scale.across(at), scale.area.bottom), radius),
            Shown::Masked { low, high } => marks::masked(scale, at, low, high),
            Shown::Value { value } => value_mark(point, scale.place(at, value), radius, scale.slot()),
        };
        if !items.is_empty() {
            let told = format!("{}: {}{}", point.label, numbers.told(point.shown), remarks(point));
            named.push(Item::Named(told, items));
        }
    }
    named
}

/// What else there is to tell about a point.
fn remarks(point: &Point) -> &'static str {
    match (point.outside.is_some(), point.excluded) {
        (false, false) => "",
        (true, false) => ", outside the limits",
        (false, true) => ", excluded",
        (true, true) => ", outside the limits, excluded",
    }
}

fn value_mark(point: &Point, place: Place, radius: f64, slot: f64) -> Vec<Item> {
    match (point.excluded, point.outside.is_some()) {
        (true, outside) => marks::excluded(place, radius, outside),
        (false, true) => marks::signal(place, radius),
        (false, false) if slot < NARROW => Vec::new(),
        (false, false) => marks::value(place, radius),
    }
}

/// A bracket along each run that is a signal, on the side where its points
/// aren't.
pub fn long_runs(chart: &Chart, scale: &Scale) -> Vec<Item> {
    let mut items = Vec::new();
    for phase in chart.phases.iter().filter(|phase| phase.runs.long_run) {
        let Some((first, last)) = phase.runs.run else { continue };
        let (left, right) = (scale.across(first), scale.across(last));
        let (down, end) =
            if phase.runs.run_above { (scale.area.bottom - 6.0, -4.0) } else { (scale.area.top + 6.0, 4.0) };
        let bracket = vec![(left, down + end), (left, down), (right, down), (right, down + end)];
        items.push(Item::line(bracket, Stroke::whole(SIGNAL, 1.6)));
    }
    items
}

/// Lines between phases, and at the end of a baseline, which begin so far
/// above the inside.
pub fn boundaries(chart: &Chart, scale: &Scale, above: f64) -> Vec<Item> {
    let splits = chart.phases.iter().skip(1).map(|phase| phase.first);
    let lines: Vec<Vec<Place>> = splits
        .chain(chart.frozen)
        .map(|at| vec![(scale.edge(at), scale.area.top - above), (scale.edge(at), scale.area.bottom)])
        .collect();
    if lines.is_empty() { Vec::new() } else { vec![Item::Lines(lines, Stroke::dashed(MUTED, 0.8, 2.0, 3.0))] }
}
