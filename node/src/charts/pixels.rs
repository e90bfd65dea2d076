//! A picture as pixels, in a PNG file.

use tiny_skia::{Color, FillRule, Paint, Path, PathBuilder, Pixmap, Stroke as Pen, StrokeDash, Transform};

use super::font::{Font, OutlineBuilder};
use super::input::ChartError;
use super::picture::{Anchor, Ink, Item, PAPER, Picture, Place, Stroke, Words};

/// Draws the picture with `scale` pixels per unit.
pub fn png(picture: &Picture, scale: u32) -> Result<Vec<u8>, ChartError> {
    let failed = |reason: &str| ChartError::Png(reason.to_owned());
    let (width, height) = (pixels(picture.width, scale), pixels(picture.height, scale));
    let mut map = Pixmap::new(width, height).ok_or_else(|| failed("no such size"))?;
    let [red, green, blue] = PAPER;
    map.fill(Color::from_rgba8(red, green, blue, 255));
    let transform = Transform::from_scale(narrow(f64::from(scale)), narrow(f64::from(scale)));
    let mut brush = Brush { map, transform, font: Font::new() };
    picture.items.iter().for_each(|item| brush.item(item));
    brush.map.encode_png().map_err(|error| failed(&error.to_string()))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pictures are small, casts saturate"
)]
fn pixels(length: f64, scale: u32) -> u32 {
    (length * f64::from(scale)).round() as u32
}

#[expect(clippy::cast_possible_truncation, reason = "24 bits are more than the places of a picture need")]
fn narrow(number: f64) -> f32 {
    number as f32
}

struct Brush {
    map: Pixmap,
    transform: Transform,
    font: Font,
}

impl Brush {
    fn item(&mut self, item: &Item) {
        match item {
            Item::Lines(lines, stroke) => self.stroke(path(lines, false), *stroke),
            Item::Shape(places, inside, edge) => {
                self.area(path(std::slice::from_ref(places), true), *inside, *edge);
            }
            Item::Circle(at, radius, inside, edge) => {
                let circle = PathBuilder::from_circle(narrow(at.0), narrow(at.1), narrow(*radius));
                self.area(circle, *inside, *edge);
            }
            Item::Text(words) => self.text(words),
            Item::Named(_, items) => items.iter().for_each(|item| self.item(item)),
        }
    }

    fn area(&mut self, path: Option<Path>, inside: Option<Ink>, edge: Option<Stroke>) {
        if let Some((path, ink)) = path.as_ref().zip(inside) {
            self.map.fill_path(path, &paint(ink), FillRule::Winding, self.transform, None);
        }
        if let Some(edge) = edge {
            self.stroke(path, edge);
        }
    }

    fn stroke(&mut self, path: Option<Path>, stroke: Stroke) {
        let Some(path) = path else { return };
        let dash = stroke
            .dash
            .and_then(|(drawn, left_out)| StrokeDash::new(vec![narrow(drawn), narrow(left_out)], 0.0));
        let pen = Pen { width: narrow(stroke.width), dash, ..Pen::default() };
        self.map.stroke_path(&path, &paint(stroke.ink), &pen, self.transform, None);
    }

    fn text(&mut self, words: &Words) {
        let width = self.font.width(&words.text, words.size);
        let start = match words.anchor {
            Anchor::Start => words.at.0,
            Anchor::Middle => words.at.0 - width / 2.0,
            Anchor::End => words.at.0 - width,
        };
        let mut outline = Outline {
            builder: PathBuilder::new(),
            at: (start, words.at.1),
            unit: words.size * self.font.unit(),
        };
        for letter in words.text.chars() {
            let glyph = self.font.glyph(letter);
            self.font.outline(glyph, &mut outline);
            outline.at.0 += self.font.advance(glyph) * words.size;
        }
        self.area(outline.builder.finish(), Some(words.ink), None);
    }
}

fn paint(ink: Ink) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    let [red, green, blue] = ink;
    paint.set_color_rgba8(red, green, blue, 255);
    paint
}

/// Lines through places; nothing if there is nothing to draw.
fn path(lines: &[Vec<Place>], close: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for places in lines {
        for (at, (x, y)) in places.iter().enumerate() {
            let (x, y) = (narrow(*x), narrow(*y));
            if at == 0 { builder.move_to(x, y) } else { builder.line_to(x, y) }
        }
        if close {
            builder.close();
        }
    }
    builder.finish()
}

/// Takes the shape of a letter from the font.
struct Outline {
    builder: PathBuilder,
    at: Place,
    /// The size of a unit of the font.
    unit: f64,
}

impl Outline {
    /// The font counts upwards.
    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        let (x, y) = (f64::from(x) * self.unit, f64::from(y) * self.unit);
        (narrow(self.at.0 + x), narrow(self.at.1 - y))
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.builder.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.builder.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.place(x1, y1), self.place(x, y));
        self.builder.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.place(x1, y1), self.place(x2, y2), self.place(x, y));
        self.builder.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.builder.close();
    }
}
