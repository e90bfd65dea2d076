//! Ticks, labels and what stands beside and above the inside of a chart.

use super::font::Font;
use super::numbers::{Numbers, Tick};
use super::picture::{
    AXIS, Anchor, CENTRE, GRID, Ink, Item, LIMIT, MUTED, PAPER, SIGNAL, Stroke, TARGET, TEXT,
};
use super::scale::Scale;
use super::{Chart, Point};

/// Size of the labels of axes.
pub const SIZE: f64 = 11.0;
/// The widest label below the axis.
const WIDEST: f64 = 90.0;
/// Labels that are left out come in these steps, which suit months, quarters
/// and weeks.
const STEPS: [usize; 14] = [1, 2, 3, 4, 6, 12, 24, 36, 60, 120, 240, 480, 960, 1920];
/// Height of the names of phases, above the inside.
pub const STRIP: f64 = 16.0;
/// Between two labels at the right.
const APART: f64 = 13.0;

/// Lines across at the ticks, and their numbers.
pub fn grid(ticks: &[Tick], scale: &Scale, with_numbers: bool) -> Vec<Item> {
    let (left, right) = (scale.area.left, scale.area.right);
    let line = |tick: &Tick| vec![(left, scale.down(tick.at)), (right, scale.down(tick.at))];
    let mut items = vec![Item::Lines(ticks.iter().map(line).collect(), Stroke::whole(GRID, 1.0))];
    if with_numbers {
        items.extend(ticks.iter().map(|tick| {
            let at = (left - 7.0, scale.down(tick.at) + 4.0);
            Item::text(at, tick.text.as_str(), SIZE, MUTED).anchored(Anchor::End)
        }));
    }
    items
}

/// The axis at the bottom with as many labels as there is room for.
pub fn across(points: &[Point], scale: &Scale, font: &Font) -> Vec<Item> {
    let bottom = scale.area.bottom;
    let fitted: Vec<String> = points.iter().map(|point| font.fitted(&point.label, SIZE, WIDEST)).collect();
    let widest = fitted.iter().map(|label| font.room(label, SIZE)).fold(0.0, f64::max);
    let step = STEPS.into_iter().find(|step| *step as f64 * scale.slot() >= widest + 10.0);
    let step = step.unwrap_or(points.len().max(1));
    let mut ticks = vec![vec![(scale.area.left, bottom), (scale.area.right, bottom)]];
    let mut labels = Vec::new();
    for (at, label) in fitted.into_iter().enumerate().step_by(step) {
        let x = scale.across(at);
        ticks.push(vec![(x, bottom), (x, bottom + 4.0)]);
        labels.push(Item::text((x, bottom + 17.0), label, SIZE, MUTED).anchored(Anchor::Middle));
    }
    labels.insert(0, Item::Lines(ticks, Stroke::whole(AXIS, 1.0)));
    labels
}

/// A text beside a line at the right.
pub struct Beside {
    down: f64,
    text: String,
    ink: Ink,
}

/// What the lines at the right end of the chart are.
pub fn beside(chart: &Chart, scale: &Scale, numbers: &Numbers, with_names: bool) -> Vec<Beside> {
    let last = chart.phases.last();
    let centre = last.and_then(|phase| phase.centre);
    let bounds =
        chart.points.iter().rev().take_while(|point| Some(point.phase + 1) == Some(chart.phases.len()));
    let bounds = bounds.filter_map(|point| point.lower.zip(point.upper)).next();
    let signal = last.is_some_and(super::Phase::has_signal);
    let middle =
        if chart.kind == super::Kind::Run || chart.kind == super::Kind::G { "Median" } else { "Centre" };
    let lines = [
        ("Upper limit", bounds.map(|(_, upper)| upper), LIMIT),
        (middle, centre, if signal { SIGNAL } else { CENTRE }),
        ("Lower limit", bounds.map(|(lower, _)| lower), LIMIT),
        ("Target", chart.target, TARGET),
    ];
    let told = |(name, number, ink): (&str, Option<f64>, Ink)| {
        let number = number?;
        let shown = numbers.shown(number);
        let text = if with_names { format!("{name} {shown}") } else { shown };
        Some(Beside { down: scale.down(number), text, ink })
    };
    let mut beside: Vec<Beside> = lines.into_iter().filter_map(told).collect();
    beside.sort_by(|a, b| a.down.total_cmp(&b.down));
    beside
}

/// The room that they need.
pub fn beside_room(beside: &[Beside], font: &Font) -> f64 {
    beside.iter().map(|label| font.room(&label.text, SIZE)).fold(0.0, f64::max)
}

/// Draws them, moved apart where they'd touch.
pub fn draw_beside(beside: Vec<Beside>, scale: &Scale) -> Vec<Item> {
    let wanted: Vec<f64> = beside.iter().map(|label| label.down).collect();
    let heights = apart(&wanted, scale.area.top, scale.area.bottom);
    let draw = |(label, down): (Beside, f64)| {
        Item::text((scale.area.right + 7.0, down + 4.0), label.text, SIZE, label.ink)
    };
    beside.into_iter().zip(heights).map(draw).collect()
}

/// Ascending heights, moved so that neighbours are apart and, if there is
/// room, within `top` and `bottom`.
fn apart(wanted: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    let mut heights = wanted.to_vec();
    let mut least = top;
    for height in &mut heights {
        *height = height.max(least);
        least = *height + APART;
    }
    let mut most = bottom;
    for height in heights.iter_mut().rev() {
        *height = height.min(most);
        most = *height - APART;
    }
    heights
}

/// Whether a chart has named spans.
pub fn has_spans(chart: &Chart) -> bool {
    chart.phases.len() > 1 || chart.frozen.is_some()
}

/// Names above phases, and above a baseline.
pub fn spans(chart: &Chart, scale: &Scale, numbers: &Numbers, font: &Font) -> Vec<Item> {
    let mut items = Vec::new();
    let mut name = |first: usize, end: usize, text: String| {
        let (left, right) = (scale.edge(first), scale.edge(end));
        if font.room(&text, SIZE) + 8.0 <= right - left {
            items.push(Item::text((left + 5.0, scale.area.top - 4.0), text, SIZE, MUTED));
        }
    };
    if chart.phases.len() > 1 {
        for (number, phase) in chart.phases.iter().enumerate() {
            let centre =
                phase.centre.map_or_else(String::new, |centre| format!(": {}", numbers.shown(centre)));
            name(phase.first, phase.first + phase.length, format!("Phase {}{centre}", number + 1));
        }
    } else if let Some(frozen) = chart.frozen {
        name(0, frozen, "Baseline".to_owned());
    }
    items
}

/// The numbers of notes above the inside and its names, each with a line down.
pub fn notes(chart: &Chart, scale: &Scale, font: &Font) -> Vec<Item> {
    let top = scale.area.top - if has_spans(chart) { STRIP } else { 0.0 };
    let (mut lines, mut boxes) = (Vec::new(), Vec::new());
    let mut free = scale.area.left - 10.0;
    for (at, note) in chart.annotations.iter().enumerate() {
        let text = (at + 1).to_string();
        let half = (font.room(&text, SIZE) / 2.0 + 4.0).max(8.0);
        let point = scale.across(note.point);
        let x = point.max(free + half);
        free = x + half + 1.0;
        if free > scale.area.right + 20.0 {
            break;
        }
        lines.push(vec![(x, top - 5.0), (point, top), (point, scale.area.bottom)]);
        let (high, low) = (top - 20.0, top - 5.0);
        let corners = vec![(x - half, high), (x + half, high), (x + half, low), (x - half, low)];
        boxes.push(Item::Shape(corners, Some(PAPER), Some(Stroke::whole(MUTED, 1.0))));
        boxes.push(Item::text((x, low - 3.5), text, SIZE, TEXT).anchored(Anchor::Middle));
    }
    if lines.is_empty() {
        return Vec::new();
    }
    boxes.insert(0, Item::Lines(lines, Stroke::dashed(MUTED, 0.8, 1.5, 2.5)));
    boxes
}
