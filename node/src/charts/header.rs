//! What stands above a chart: title, kind, signals in short.

use super::font::Font;
use super::picture::{Item, MUTED, SIGNAL, SIGNAL_EDGE, Stroke, TEXT};
use super::{Chart, Direction, Kind};

const TITLE_SIZE: f64 = 17.0;
const SMALL_TITLE_SIZE: f64 = 13.0;
const LINE_SIZE: f64 = 12.0;

/// The header and where it ends.
pub struct Header {
    pub items: Vec<Item>,
    pub bottom: f64,
}

/// Title, a line about the chart, a line about its signals.
pub fn header(chart: &Chart, summary: &str, font: &Font, left: f64, right: f64) -> Header {
    let room = right - left;
    let mut items =
        vec![Item::text((left, 28.0), font.fitted(&chart.title, TITLE_SIZE, room), TITLE_SIZE, TEXT)];
    let about = font.fitted(&about(chart), LINE_SIZE, room);
    items.push(Item::text((left, 47.0), about, LINE_SIZE, MUTED));
    items.extend(signals(chart, &font.fitted(summary, LINE_SIZE, room - 16.0), left));
    Header { items, bottom: 74.0 }
}

/// The title alone, for small charts; a mark tells that there are signals.
pub fn small(chart: &Chart, font: &Font, left: f64, right: f64) -> Header {
    let size = SMALL_TITLE_SIZE;
    let room = right - left - if chart.has_signal() { 16.0 } else { 0.0 };
    let mut items = Vec::new();
    let start = if chart.has_signal() { left + 16.0 } else { left };
    if chart.has_signal() {
        items.push(mark(left + 5.0, 15.5));
    }
    items.push(Item::text((start, 20.0), font.fitted(&chart.title, size, room), size, TEXT));
    Header { items, bottom: 28.0 }
}

fn signals(chart: &Chart, summary: &str, left: f64) -> Vec<Item> {
    if chart.has_signal() {
        return vec![mark(left + 5.0, 60.5), Item::text((left + 16.0, 65.0), summary, LINE_SIZE, SIGNAL)];
    }
    vec![Item::text((left, 65.0), summary, LINE_SIZE, MUTED)]
}

/// The diamond that stands for a signal.
pub fn mark(x: f64, y: f64) -> Item {
    let reach = 5.0;
    let corners = vec![(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)];
    Item::Shape(corners, Some(SIGNAL), Some(Stroke::whole(SIGNAL_EDGE, 1.0)))
}

fn about(chart: &Chart) -> String {
    let kind = match chart.kind {
        Kind::Run => "Run chart around the median".to_owned(),
        kind => format!("{}, limits at three sigma", kind.name()),
    };
    let mut about = kind;
    about.push_str(&chart.span().map_or_else(String::new, |span| format!(" · {span}")));
    match chart.direction {
        Direction::Higher => about.push_str(" · Higher is better"),
        Direction::Lower => about.push_str(" · Lower is better"),
        Direction::None => {}
    }
    about
}
