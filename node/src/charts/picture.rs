//! A picture as data: what is drawn where. Written as SVG by `svg`, as pixels
//! by `pixels`.

/// A place, right and down from the top left corner.
pub type Place = (f64, f64);

/// A colour: red, green, blue.
pub type Ink = [u8; 3];

pub const PAPER: Ink = [0xff, 0xff, 0xff];
pub const TEXT: Ink = [0x1f, 0x29, 0x33];
pub const MUTED: Ink = [0x52, 0x60, 0x6d];
pub const GRID: Ink = [0xe4, 0xe7, 0xeb];
pub const AXIS: Ink = [0x9a, 0xa5, 0xb1];
pub const BAND: Ink = [0xee, 0xf3, 0xf8];
pub const LIMIT: Ink = [0x5b, 0x76, 0x93];
pub const CENTRE: Ink = [0x33, 0x4e, 0x68];
pub const VALUE: Ink = [0x1c, 0x5d, 0x99];
pub const SIGNAL: Ink = [0xb9, 0x3a, 0x0b];
pub const SIGNAL_EDGE: Ink = [0x6b, 0x1f, 0x06];
pub const MASKED: Ink = [0x6b, 0x4f, 0xa0];
pub const TARGET: Ink = [0x23, 0x70, 0x2c];

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    pub ink: Ink,
    pub width: f64,
    /// Lengths drawn and left out, in turn; without, the line is whole.
    pub dash: Option<(f64, f64)>,
}

impl Stroke {
    pub fn whole(ink: Ink, width: f64) -> Self {
        Self { ink, width, dash: None }
    }

    pub fn dashed(ink: Ink, width: f64, drawn: f64, left_out: f64) -> Self {
        Self { ink, width, dash: Some((drawn, left_out)) }
    }
}

/// Which part of a text is at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of text. Its place is on the base line.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    pub at: Place,
    pub text: String,
    pub size: f64,
    pub anchor: Anchor,
    pub ink: Ink,
}

/// One thing that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// Lines, each through several places.
    Lines(Vec<Vec<Place>>, Stroke),
    /// A closed shape.
    Shape(Vec<Place>, Option<Ink>, Option<Stroke>),
    /// A circle: middle and radius.
    Circle(Place, f64, Option<Ink>, Option<Stroke>),
    /// A line of text.
    Text(Words),
    /// Things with a name that shows when pointed at.
    Named(String, Vec<Item>),
}

/// All of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub width: f64,
    pub height: f64,
    /// For readers who can't see it: in short.
    pub title: String,
    /// For readers who can't see it: in full.
    pub description: String,
    /// In the order of drawing.
    pub items: Vec<Item>,
}

impl Item {
    pub fn line(places: Vec<Place>, stroke: Stroke) -> Self {
        Self::Lines(vec![places], stroke)
    }

    pub fn text(at: Place, text: impl Into<String>, size: f64, ink: Ink) -> Self {
        Self::Text(Words { at, text: text.into(), size, anchor: Anchor::Start, ink })
    }

    /// A text around or before its place.
    pub fn anchored(self, anchor: Anchor) -> Self {
        match self {
            Self::Text(words) => Self::Text(Words { anchor, ..words }),
            other => other,
        }
    }
}
