//! What stands below a chart: what its marks mean, and its notes.

use super::font::Font;
use super::marks;
use super::numbers::counted;
use super::picture::{Item, MUTED, SIGNAL, Stroke, TEXT};
use super::plot;
use super::{Chart, Phase, Point, Shown};

const SIZE: f64 = 11.5;
const LINE: f64 = 16.0;
/// Room for a mark before its meaning.
const MARK: f64 = 22.0;
/// Room between legend and notes.
const BETWEEN: f64 = 5.0;
/// Room between two meanings.
const GAP: f64 = 18.0;

/// One entry of the legend: a mark around (0, 0), and what it means.
struct Meaning {
    items: fn((f64, f64)) -> Vec<Item>,
    text: &'static str,
}

/// What marks of this chart mean; marks that it hasn't are left out.
fn meanings(chart: &Chart) -> Vec<Meaning> {
    let any = |of: fn(&Point) -> bool| chart.points.iter().any(of);
    let known: [(bool, Meaning); 7] = [
        (any(|p| p.value().is_some()), Meaning { items: |at| marks::value(at, 3.6), text: "value" }),
        (
            any(|p| p.outside.is_some() && !p.excluded),
            Meaning { items: |at| marks::signal(at, 3.2), text: "outside the limits" },
        ),
        (
            any(|p| matches!(p.shown, Shown::Masked { .. })),
            Meaning { items: masked, text: "masked: lies within the bar" },
        ),
        (any(|p| p.shown == Shown::Withheld), Meaning { items: withheld, text: WITHHELD }),
        (
            any(|p| p.excluded && p.value().is_some()),
            Meaning { items: |at| marks::excluded(at, 3.4, false), text: "excluded from the lines" },
        ),
        (
            chart.phases.iter().any(|phase| phase.runs.long_run),
            Meaning { items: bracket, text: "unusually long run" },
        ),
        (
            chart.phases.iter().any(Phase::has_signal),
            Meaning { items: dashes, text: "centre line with a runs signal" },
        ),
    ];
    known.into_iter().filter(|(occurs, _)| *occurs).map(|(_, meaning)| meaning).collect()
}

/// What a cross on the axis means.
pub const WITHHELD: &str = "withheld: too few organisations, or one too large";

/// The mark of what is withheld.
pub fn withheld(at: (f64, f64)) -> Vec<Item> {
    marks::withheld(at, 3.6)
}

fn masked((x, y): (f64, f64)) -> Vec<Item> {
    marks::interval(x, y - 6.0, y + 6.0, 8.0, false)
}

fn bracket((x, y): (f64, f64)) -> Vec<Item> {
    let places = vec![(x - 8.0, y - 2.0), (x - 8.0, y + 2.0), (x + 8.0, y + 2.0), (x + 8.0, y - 2.0)];
    vec![Item::line(places, Stroke::whole(SIGNAL, 1.6))]
}

fn dashes((x, y): (f64, f64)) -> Vec<Item> {
    vec![Item::line(vec![(x - 10.0, y), (x + 10.0, y)], Stroke::dashed(SIGNAL, 2.0, 8.0, 4.0))]
}

/// The footer of a picture, and how high it is.
pub struct Footer {
    pub items: Vec<Item>,
    pub height: f64,
}

/// Legend and notes, set so that the footer ends at `bottom` and takes no more
/// than `most`.
pub fn footer(chart: &Chart, font: &Font, left: f64, right: f64, bottom: f64, most: f64) -> Footer {
    let mut rows = legend_rows(chart, font, right - left);
    while rows.len() as f64 * LINE > most {
        rows.pop();
    }
    let lines = notes(chart, font, right - left, most - rows.len() as f64 * LINE - BETWEEN);
    let between = if rows.is_empty() || lines.is_empty() { 0.0 } else { BETWEEN };
    let height = (rows.len() + lines.len()) as f64 * LINE + between;
    let mut down = bottom - height + 11.0;
    let mut items = Vec::new();
    for row in rows {
        let mut x = left;
        for meaning in row {
            items.extend((meaning.items)((x + MARK / 2.0, down - 4.0)));
            items.push(Item::text((x + MARK + 2.0, down), meaning.text, SIZE, MUTED));
            x += MARK + font.room(meaning.text, SIZE) + GAP;
        }
        down += LINE;
    }
    down += between;
    for line in lines {
        items.push(Item::text((left, down), line, SIZE, TEXT));
        down += LINE;
    }
    Footer { items, height }
}

fn legend_rows(chart: &Chart, font: &Font, room: f64) -> Vec<Vec<Meaning>> {
    let mut rows: Vec<Vec<Meaning>> = Vec::new();
    let mut used = 0.0;
    for meaning in meanings(chart) {
        let needed = MARK + font.room(meaning.text, SIZE) + GAP;
        match rows.last_mut() {
            Some(row) if used + needed <= room + GAP => row.push(meaning),
            _ => {
                used = 0.0;
                rows.push(vec![meaning]);
            }
        }
        used += needed;
    }
    rows
}

/// The numbered notes in lines, as many as there is room for.
fn notes(chart: &Chart, font: &Font, room: f64, most: f64) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, note) in chart.annotations.iter().enumerate() {
        let label = chart.points.get(note.point).map_or("", |point| point.label.as_str());
        let wrapped = font.wrapped(&format!("{} · {label}: {}", at + 1, note.text), SIZE, room);
        let last = at + 1 == chart.annotations.len();
        let needed = lines.len() + wrapped.len() + usize::from(!last);
        if needed as f64 * LINE > most {
            let left = chart.annotations.len() - at;
            if (lines.len() + 1) as f64 * LINE <= most {
                lines.push(format!("… and {}", counted(left, "more note", "more notes")));
            }
            break;
        }
        lines.extend(wrapped);
    }
    lines
}

/// How the line of values is shown beside its marks.
pub fn value_sample((x, y): (f64, f64)) -> Vec<Item> {
    let mut items = vec![Item::line(vec![(x - 9.0, y), (x + 9.0, y)], plot::value_stroke())];
    items.extend(marks::value((x, y), 3.2));
    items
}
