//! One chart on a picture of its own.

use super::Chart;
use super::axes;
use super::font::Font;
use super::footer::footer;
use super::header;
use super::numbers::{Numbers, Tick, ticks};
use super::picture::{Anchor, Item, MUTED, Picture};
use super::plot;
use super::scale::{Area, Range, Scale};
use super::size::Size;
use super::words::Words;

/// From this size on there is room for more than the title.
const ROOMY: (f64, f64) = (420.0, 260.0);
/// From this width on lines are named at the right.
const NAMED: f64 = 560.0;
/// Around everything.
const MARGIN: f64 = 18.0;
/// Height of the labels below the inside.
const LABELS: f64 = 34.0;
/// The height of the inside before the footer gets any.
const INSIDE: f64 = 130.0;
/// Height of one tick.
const TICK: f64 = 46.0;

pub fn page(chart: &Chart, size: Size) -> Picture {
    let words = chart.words();
    let page = Page {
        chart,
        numbers: chart.numbers(),
        font: Font::new(),
        range: Range::of(std::iter::once(chart)),
        width: size.width(),
        height: size.height(),
    };
    let roomy = size.width() >= ROOMY.0 && size.height() >= ROOMY.1;
    let items = if roomy { page.roomy(&words) } else { page.small() };
    Picture {
        width: size.width(),
        height: size.height(),
        title: if chart.title.is_empty() { chart.kind.name().to_owned() } else { chart.title.clone() },
        description: words.description,
        items,
    }
}

struct Page<'a> {
    chart: &'a Chart,
    numbers: Numbers,
    font: Font,
    range: Range,
    width: f64,
    height: f64,
}

impl Page<'_> {
    fn roomy(&self, words: &Words) -> Vec<Item> {
        let (left, right) = (MARGIN, self.width - MARGIN);
        let header = header::header(self.chart, &words.summary, &self.font, left, right);
        let mut items = header.items;
        let mut top = header.bottom + 14.0;
        if !self.chart.axis.is_empty() {
            let axis = self.font.fitted(&self.chart.axis, axes::SIZE, right - left);
            items.push(Item::text((left, top + 4.0), axis, axes::SIZE, MUTED));
            top += 14.0;
        }
        if !self.chart.annotations.is_empty() {
            top += if self.chart.axis.is_empty() { 12.0 } else { 8.0 };
        }
        let below = self.height - 12.0;
        let most = (below - LABELS - INSIDE - top).clamp(0.0, self.height / 3.0);
        let footer = footer(self.chart, &self.font, left, right, below, most);
        items.extend(footer.items);
        items.extend(self.inside(top, below - footer.height - LABELS, true));
        items
    }

    fn small(&self) -> Vec<Item> {
        let header = header::small(self.chart, &self.font, 10.0, self.width - 10.0);
        let mut items = header.items;
        items.extend(self.inside(header.bottom + 6.0, self.height - 26.0, false));
        items
    }

    /// Axes and what they are for.
    fn inside(&self, top: f64, bottom: f64, with_notes: bool) -> Vec<Item> {
        let top = if axes::has_spans(self.chart) { top + axes::STRIP } else { top };
        let count = ((bottom - top) / TICK).clamp(3.0, 12.0);
        let ticks = (3..=12).rev().find(|whole| f64::from(*whole) <= count).unwrap_or(3);
        let ticks = ticks_of(&self.numbers, self.range, ticks);
        let widest = ticks.iter().map(|tick| self.font.room(&tick.text, axes::SIZE)).fold(0.0, f64::max);
        let left = (widest + 16.0).clamp(34.0, self.width / 3.0);
        let whole = Area { left, top, right: self.width, bottom };
        let beside = axes::beside(self.chart, &self.scale(whole), &self.numbers, self.width >= NAMED);
        let room = (axes::beside_room(&beside, &self.font) + 16.0).clamp(16.0, self.width / 3.0);
        let scale = self.scale(Area { right: self.width - room, ..whole });
        let mut items = plot::limits(self.chart, &scale);
        items.extend(axes::grid(&ticks, &scale, true));
        items.extend(drawn(self.chart, &scale));
        items.extend(axes::spans(self.chart, &scale, &self.numbers, &self.font));
        if with_notes {
            items.extend(axes::notes(self.chart, &scale, &self.font));
        }
        items.extend(axes::across(&self.chart.points, &scale, &self.font));
        items.extend(axes::draw_beside(beside, &scale));
        if self.chart.points.is_empty() {
            let middle = (self.width / 2.0, f64::midpoint(top, bottom));
            items.push(Item::text(middle, "No points yet", axes::SIZE, MUTED).anchored(Anchor::Middle));
        }
        items
    }

    fn scale(&self, area: Area) -> Scale {
        Scale::new(area, self.range, self.chart.points.len())
    }
}

/// Ticks within a range.
pub fn ticks_of(numbers: &Numbers, range: Range, count: u32) -> Vec<Tick> {
    ticks(numbers, range.low, range.high, count as usize)
}

/// Lines and points of a chart without its limits, those in front last.
fn drawn(chart: &Chart, scale: &Scale) -> Vec<Item> {
    let mut items = plot::boundaries(chart, scale, axes::STRIP);
    items.extend(plot::target(chart, scale));
    items.extend(plot::centres(chart, scale));
    items.extend(plot::long_runs(chart, scale));
    items.extend(plot::values(chart, scale, plot::value_stroke()));
    items.extend(plot::marks(chart, scale));
    items
}
