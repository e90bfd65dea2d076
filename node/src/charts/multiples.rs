//! Small multiples: a small chart per site on the same axes, with the line of
//! the network in each.

use super::axes;
use super::font::Font;
use super::footer::{WITHHELD, value_sample, withheld};
use super::header;
use super::input::{ChartError, MAX_POINTS};
use super::numbers::Tick;
use super::page::ticks_of;
use super::picture::{AXIS, Anchor, Item, MUTED, Picture, Place, Stroke, TEXT};
use super::scale::{Area, Range, Scale};
use super::size::{MAX_PIXELS, MAX_SIDE, MIN_SIDE};
use super::{Chart, clean, marks, pixels, plot, svg};

/// Panels of one picture.
pub const MAX_PANELS: usize = 400;
/// Points of all panels together.
const MAX_ALL_POINTS: usize = 10 * MAX_POINTS;
/// The least width of a panel, and its height.
const PANEL: (f64, f64) = (200.0, 118.0);
/// Between panels.
const GAP: f64 = 14.0;
const MARGIN: f64 = 18.0;
const TITLE_SIZE: f64 = 17.0;
const NAME_SIZE: f64 = 12.0;
const LINE_SIZE: f64 = 11.5;
/// How the network's line is drawn in each panel.
const NETWORK: Stroke = Stroke { ink: MUTED, width: 1.3, dash: Some((4.0, 2.5)) };

/// Draws a mark around a place.
type Mark = fn(Place) -> Vec<Item>;

/// Room for a mark before its meaning.
const MARK: f64 = 24.0;
/// What marks mean.
const LEGEND: [(Mark, &str); 5] = [
    (value_sample, "this site"),
    (|(x, y)| vec![Item::line(vec![(x - 10.0, y), (x + 10.0, y)], NETWORK)], "network"),
    (|(x, y)| vec![header::mark(x, y)], "signal"),
    (|(x, y)| marks::interval(x, y - 6.0, y + 6.0, 8.0, false), "masked: lies within the bar"),
    (withheld, WITHHELD),
];

/// One site's chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Whose it is.
    pub name: String,
    /// Its chart; title, notes and target aren't shown.
    pub chart: Chart,
}

/// Charts side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Multiples {
    title: String,
    network: Option<Chart>,
    panels: Vec<Panel>,
}

impl Multiples {
    /// Puts charts side by side, in this order.
    ///
    /// # Errors
    /// If there are too many, or if they don't have the same labels, unit and
    /// multiplier, so that nothing could be compared.
    pub fn new(title: &str, network: Option<Chart>, panels: Vec<Panel>) -> Result<Self, ChartError> {
        at_most("panels", panels.len(), MAX_PANELS)?;
        at_most("points", panels.iter().map(|panel| panel.chart.points.len()).sum(), MAX_ALL_POINTS)?;
        let charts = panels.iter().map(|panel| (panel.name.as_str(), &panel.chart));
        let all: Vec<(&str, &Chart)> =
            charts.chain(network.as_ref().map(|chart| ("the network", chart))).collect();
        if let Some((_, first)) = all.first() {
            let other = all.iter().find(|(_, chart)| !comparable(first, chart));
            if let Some((name, _)) = other {
                return Err(ChartError::Panel { panel: clean::label(name) });
            }
        }
        Ok(Self { title: clean::title(title), network, panels })
    }

    /// The title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The network's chart, whose line is in each.
    pub fn network(&self) -> Option<&Chart> {
        self.network.as_ref()
    }

    /// The charts, in their order.
    pub fn panels(&self) -> &[Panel] {
        &self.panels
    }

    /// The picture as SVG, so many units wide and as high as needed.
    ///
    /// # Errors
    /// If the width is out of bounds.
    pub fn svg(&self, width: u32) -> Result<String, ChartError> {
        Ok(svg::svg(&self.picture(width)?))
    }

    /// The picture as PNG, so many pixels wide and as high as needed.
    ///
    /// # Errors
    /// If the width is out of bounds, the picture too large, or if it can't be
    /// encoded.
    pub fn png(&self, width: u32) -> Result<Vec<u8>, ChartError> {
        let picture = self.picture(width)?;
        if picture.width * picture.height > f64::from(MAX_PIXELS) {
            return Err(ChartError::Png("there are too many panels for one picture".to_owned()));
        }
        pixels::png(&picture, 1)
    }

    /// Each chart's signals in one line: name, then what there is.
    pub fn signals(&self) -> Vec<String> {
        let told = |panel: &Panel| format!("{}: {}", clean::label(&panel.name), panel.chart.words().summary);
        self.panels.iter().map(told).collect()
    }

    fn picture(&self, width: u32) -> Result<Picture, ChartError> {
        if !(MIN_SIDE..=MAX_SIDE).contains(&width) {
            return Err(ChartError::Size { width, height: width, least: MIN_SIDE, most: MAX_SIDE });
        }
        let sheet = Sheet::new(self, f64::from(width));
        Ok(Picture {
            width: sheet.width,
            height: sheet.height(),
            title: self.title.clone(),
            description: self.description(),
            items: sheet.items(),
        })
    }

    fn description(&self) -> String {
        let title = self.title.trim_end_matches('.');
        let mut parts = vec![format!("{title}. {} small charts on the same axes.", self.panels.len())];
        if let Some(network) = &self.network {
            parts.push(format!("The network: {}.", network.words().summary));
        }
        parts.extend(self.signals().into_iter().map(|signal| format!("{signal}.")));
        parts.join(" ")
    }
}

fn at_most(what: &'static str, found: usize, most: usize) -> Result<(), ChartError> {
    if found > most { Err(ChartError::TooMany { what, found, most }) } else { Ok(()) }
}

/// Whether both may stand on the same axes.
fn comparable(a: &Chart, b: &Chart) -> bool {
    let labels = a.points.iter().map(|point| &point.label).eq(b.points.iter().map(|point| &point.label));
    // The same multiplier to the bit: both come from one measure.
    labels && a.unit == b.unit && a.multiplier.to_bits() == b.multiplier.to_bits()
}

/// Where everything goes.
struct Sheet<'a> {
    all: &'a Multiples,
    font: Font,
    range: Range,
    ticks: Vec<Tick>,
    width: f64,
    columns: usize,
    /// Where the first panel begins, after the numbers of the axis.
    left: f64,
    top: f64,
}

impl<'a> Sheet<'a> {
    fn new(all: &'a Multiples, width: f64) -> Self {
        let font = Font::new();
        let charts = all.panels.iter().map(|panel| &panel.chart).chain(&all.network);
        let range = Range::of(charts.clone());
        let ticks = charts.clone().next().map_or_else(Vec::new, |first| ticks_of(&first.numbers(), range, 3));
        let widest = ticks.iter().map(|tick| font.room(&tick.text, axes::SIZE)).fold(0.0, f64::max);
        let left = (widest + 16.0).clamp(34.0, width / 3.0);
        let room = width - left - MARGIN + GAP;
        let fit = (1..=MAX_PANELS).take_while(|count| *count as f64 * (PANEL.0 + GAP) <= room).count();
        let columns = fit.clamp(1, all.panels.len().max(1));
        Self { all, font, range, ticks, width, columns, left, top: 62.0 }
    }

    fn height(&self) -> f64 {
        let rows = self.all.panels.len().div_ceil(self.columns);
        self.top + rows as f64 * (PANEL.1 + GAP) + 26.0
    }

    fn items(&self) -> Vec<Item> {
        let mut items = self.head();
        for (at, panel) in self.all.panels.iter().enumerate() {
            items.extend(self.panel(at, panel));
        }
        items
    }

    /// Title and legend.
    fn head(&self) -> Vec<Item> {
        let room = self.width - 2.0 * MARGIN;
        let title = self.font.fitted(&self.all.title, TITLE_SIZE, room);
        let mut items = vec![Item::text((MARGIN, 28.0), title, TITLE_SIZE, TEXT)];
        let mut start = MARGIN;
        for (mark, text) in LEGEND {
            let room = self.font.room(text, LINE_SIZE);
            if start + MARK + room > self.width - MARGIN {
                break;
            }
            items.extend(mark((start + 11.0, 47.0)));
            items.push(Item::text((start + MARK, 51.0), text, LINE_SIZE, MUTED));
            start += MARK + room + 18.0;
        }
        items
    }

    fn panel(&self, at: usize, panel: &Panel) -> Vec<Item> {
        let (row, column) = (at / self.columns, at % self.columns);
        let columns = self.columns as f64;
        let width = (self.width - self.left - MARGIN - (columns - 1.0) * GAP) / columns;
        let left = self.left + column as f64 * (width + GAP);
        let top = self.top + row as f64 * (PANEL.1 + GAP);
        let area = Area { left, top: top + 20.0, right: left + width, bottom: top + PANEL.1 };
        let chart = &panel.chart;
        let scale = Scale::new(area, self.range, chart.points.len());
        let mut items = plot::limits(chart, &scale);
        items.extend(axes::grid(&self.ticks, &scale, column == 0));
        items.extend(plot::boundaries(chart, &scale, 0.0));
        items.extend(self.all.network.as_ref().and_then(|network| plot::values(network, &scale, NETWORK)));
        items.extend(plot::centres(chart, &scale));
        items.extend(plot::values(chart, &scale, plot::value_stroke()));
        items.extend(plot::marks(chart, &scale));
        items.extend(self.name(panel, area));
        items.extend(self.ends(chart, area, at + self.columns >= self.all.panels.len()));
        vec![Item::Named(format!("{}: {}", clean::label(&panel.name), chart.words().summary), items)]
    }

    fn name(&self, panel: &Panel, area: Area) -> Vec<Item> {
        let signal = panel.chart.has_signal();
        let indent = if signal { 15.0 } else { 0.0 };
        let name = self.font.fitted(&clean::title(&panel.name), NAME_SIZE, area.width() - indent);
        let mut items = vec![Item::text((area.left + indent, area.top - 6.0), name, NAME_SIZE, TEXT)];
        if signal {
            items.push(header::mark(area.left + 5.0, area.top - 10.0));
        }
        items
    }

    /// The axis, with the first and last label below the last row.
    fn ends(&self, chart: &Chart, area: Area, labelled: bool) -> Vec<Item> {
        let line = vec![(area.left, area.bottom), (area.right, area.bottom)];
        let mut items = vec![Item::line(line, Stroke::whole(AXIS, 1.0))];
        let (Some(first), Some(last)) = (chart.points.first(), chart.points.last()) else { return items };
        if labelled {
            let fitted = |label: &str| self.font.fitted(label, axes::SIZE, area.width() / 2.0 - 6.0);
            let down = area.bottom + 15.0;
            items.push(Item::text((area.left, down), fitted(&first.label), axes::SIZE, MUTED));
            if chart.points.len() > 1 {
                let end = Item::text((area.right, down), fitted(&last.label), axes::SIZE, MUTED);
                items.push(end.anchored(Anchor::End));
            }
        }
        items
    }
}
