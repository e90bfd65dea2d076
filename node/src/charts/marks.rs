//! The marks of single points: what is known is told by shape and filling,
//! not by colour alone.

use super::picture::{CENTRE, Item, MASKED, PAPER, Place, SIGNAL, SIGNAL_EDGE, Stroke, VALUE};
use super::scale::Scale;

/// Distance of the lines of a hatch.
const HATCH: f64 = 4.5;
/// The narrowest interval that is hatched.
const HATCHED: f64 = 4.5;
/// How far the head of an open interval reaches down.
const HEAD: f64 = 6.0;

/// A value within its limits.
pub fn value(at: Place, radius: f64) -> Vec<Item> {
    vec![Item::Circle(at, radius, Some(VALUE), Some(Stroke::whole(PAPER, 0.8)))]
}

/// A value outside of them.
pub fn signal(at: Place, radius: f64) -> Vec<Item> {
    vec![Item::Shape(diamond(at, radius * 1.9), Some(SIGNAL), Some(Stroke::whole(SIGNAL_EDGE, 1.2)))]
}

/// An excluded value, which may be outside of the limits all the same.
pub fn excluded(at: Place, radius: f64, outside: bool) -> Vec<Item> {
    let edge = Stroke::whole(if outside { SIGNAL } else { CENTRE }, 1.3);
    let shape = if outside {
        Item::Shape(diamond(at, radius * 1.9), Some(PAPER), Some(edge))
    } else {
        Item::Circle(at, radius * 1.25, Some(PAPER), Some(edge))
    };
    let (x, y) = at;
    let arm = radius * if outside { 0.85 } else { 0.8 };
    let cross =
        vec![vec![(x - arm, y - arm), (x + arm, y + arm)], vec![(x - arm, y + arm), (x + arm, y - arm)]];
    vec![shape, Item::Lines(cross, edge)]
}

/// A value that is withheld: a cross through the axis, at no height of its own.
pub fn withheld((x, y): Place, radius: f64) -> Vec<Item> {
    let cross = vec![
        vec![(x - radius, y - radius), (x + radius, y + radius)],
        vec![(x - radius, y + radius), (x + radius, y - radius)],
    ];
    vec![Item::Lines(cross, Stroke::whole(MASKED, 1.6))]
}

fn diamond((x, y): Place, reach: f64) -> Vec<Place> {
    vec![(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)]
}

/// The interval of a masked value. Without an upper end, or with one beyond
/// the picture, it reaches to the top and ends in an arrow.
pub fn masked(scale: &Scale, point: usize, low: f64, high: Option<f64>) -> Vec<Item> {
    let width = (scale.slot() * 0.56).clamp(1.0, 9.0);
    let high = high.filter(|high| *high <= scale.range.high);
    let top = high.map_or(scale.area.top, |high| scale.down(high));
    interval(scale.across(point), top, scale.down(low), width, high.is_none())
}

/// A hatched bar with caps, or with an arrow at its top.
pub fn interval(x: f64, top: f64, bottom: f64, width: f64, open: bool) -> Vec<Item> {
    let (half, cap) = (width / 2.0, width * 0.8);
    let edge = Stroke::whole(MASKED, 1.2);
    let head = if open { top + HEAD.min((bottom - top) / 2.0) } else { top };
    let mut caps = vec![vec![(x - cap, bottom), (x + cap, bottom)]];
    if open {
        caps.push(vec![(x - cap, head), (x, top), (x + cap, head)]);
    } else {
        caps.push(vec![(x - cap, top), (x + cap, top)]);
    }
    if width < HATCHED {
        caps.push(vec![(x, head), (x, bottom)]);
        return vec![Item::Lines(caps, edge)];
    }
    let corners = vec![(x - half, head), (x + half, head), (x + half, bottom), (x - half, bottom)];
    vec![
        Item::Shape(corners, Some(PAPER), Some(Stroke::whole(MASKED, 0.8))),
        Item::Lines(hatch(x - half, head, x + half, bottom), Stroke::whole(MASKED, 0.8)),
        Item::Lines(caps, Stroke::whole(MASKED, 1.6)),
    ]
}

/// Slanted lines within a box.
fn hatch(left: f64, top: f64, right: f64, bottom: f64) -> Vec<Vec<Place>> {
    let (width, height) = (right - left, bottom - top);
    let mut lines = Vec::new();
    let mut along = HATCH;
    while along < width + height {
        // From the left or bottom edge up to the top or right edge.
        let from = (left + (along - height).max(0.0), top + along.min(height));
        let to = (left + along.min(width), top + (along - width).max(0.0));
        lines.push(vec![from, to]);
        along += HATCH;
    }
    lines
}
