//! Where numbers and points lie on a picture.

use super::Chart;
use super::picture::Place;

/// Room above and below what is drawn, as a share of its span.
const MARGIN: f64 = 0.07;
/// Below this share of the highest number, 0 is near enough to begin there.
const NEAR_ZERO: f64 = 0.33;

/// The numbers of an axis from bottom to top, before the multiplier.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    pub low: f64,
    pub high: f64,
}

impl Range {
    /// Room for everything that the charts draw.
    pub fn of<'a>(charts: impl Iterator<Item = &'a Chart>) -> Self {
        let mut extent: Option<(f64, f64)> = None;
        let (mut negative, mut proportion) = (false, true);
        for chart in charts {
            negative |= chart.kind.allows_negative();
            proportion &= chart.kind.is_proportion();
            if let Some((low, high)) = chart.extent() {
                let (lowest, highest) = extent.unwrap_or((low, high));
                extent = Some((lowest.min(low), highest.max(high)));
            }
        }
        let (low, high) = extent.unwrap_or((0.0, 0.0));
        Self::around(low, high, negative, proportion)
    }

    fn around(low: f64, high: f64, negative: bool, proportion: bool) -> Self {
        let zero = low >= 0.0 && (low <= NEAR_ZERO * high || !negative && low <= 0.0);
        let low = if zero { 0.0 } else { low };
        let mut span = high - low;
        if low == 0.0 && high == 0.0 {
            return Self { low, high: 1.0 };
        }
        if span <= high.abs().max(low.abs()) * 1e-9 {
            // All the same: a range around it that isn't empty.
            span = high.abs();
        }
        let margin = span * MARGIN;
        let top = if proportion && high + margin > 1.0 { 1.0 + margin / 4.0 } else { high + margin };
        Self { low: if zero { 0.0 } else { low - margin }, high: top }
    }
}

/// A part of a picture in which a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// An area with the numbers and points that it shows.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    pub area: Area,
    pub range: Range,
    points: f64,
}

impl Scale {
    pub fn new(area: Area, range: Range, points: usize) -> Self {
        Self { area, range, points: (points as f64).max(1.0) }
    }

    /// The width of one point.
    pub fn slot(&self) -> f64 {
        self.area.width() / self.points
    }

    /// Where the slot of a point begins.
    pub fn edge(&self, point: usize) -> f64 {
        self.area.left + point as f64 * self.slot()
    }

    /// The middle of a point's slot.
    pub fn across(&self, point: usize) -> f64 {
        self.edge(point) + self.slot() / 2.0
    }

    /// The height of a number.
    pub fn down(&self, number: f64) -> f64 {
        let share = (number - self.range.low) / (self.range.high - self.range.low);
        self.area.bottom - share * self.area.height()
    }

    pub fn place(&self, point: usize, number: f64) -> Place {
        (self.across(point), self.down(number))
    }
}
