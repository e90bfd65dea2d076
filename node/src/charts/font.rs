//! The letters of pictures: a part of Roboto (Latin, Greek, Cyrillic), for
//! measuring texts and for drawing them where there is no other font.

use ttf_parser::Face;
pub use ttf_parser::{GlyphId, OutlineBuilder};

const ROBOTO: &[u8] = include_bytes!("font/roboto-latin-greek-cyrillic.ttf");
/// Other sans serif fonts, which show an SVG, are up to this much wider.
const WIDER: f64 = 1.06;

/// The font.
pub struct Font {
    face: Face<'static>,
}

impl Font {
    pub fn new() -> Self {
        Self { face: Face::parse(ROBOTO, 0).expect("the font is part of the program and a test reads it") }
    }

    /// The letter's shape; an empty box for letters that the font hasn't.
    pub fn glyph(&self, letter: char) -> GlyphId {
        self.face.glyph_index(letter).unwrap_or(GlyphId(0))
    }

    /// Draws the shape, upwards, in units of the font.
    pub fn outline(&self, glyph: GlyphId, builder: &mut impl OutlineBuilder) {
        // Without an outline, as a blank, there is nothing to draw.
        let _ = self.face.outline_glyph(glyph, builder);
    }

    /// How far the next letter is, at a size of 1.
    pub fn advance(&self, glyph: GlyphId) -> f64 {
        f64::from(self.face.glyph_hor_advance(glyph).unwrap_or(0)) * self.unit()
    }

    /// The size of one unit of the font, at a size of 1.
    pub fn unit(&self) -> f64 {
        1.0 / f64::from(self.face.units_per_em())
    }

    /// The width of a text, as this font draws it.
    pub fn width(&self, text: &str, size: f64) -> f64 {
        text.chars().map(|letter| self.advance(self.glyph(letter))).sum::<f64>() * size
    }

    /// The room that a text needs, whichever font draws it.
    pub fn room(&self, text: &str, size: f64) -> f64 {
        self.width(text, size) * WIDER
    }

    /// The text, or as much of its beginning as there is room for.
    pub fn fitted(&self, text: &str, size: f64, room: f64) -> String {
        if self.room(text, size) <= room {
            return text.to_owned();
        }
        let mut left = room / WIDER - self.width("…", size);
        let fits = |letter: &char| {
            left -= self.advance(self.glyph(*letter)) * size;
            left >= 0.0
        };
        let kept: String = text.chars().take_while(fits).collect();
        format!("{}…", kept.trim_end())
    }

    /// The text in lines, broken at blanks.
    pub fn wrapped(&self, text: &str, size: f64, room: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            match lines.last_mut() {
                Some(line) if self.room(&format!("{line} {word}"), size) <= room => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(self.fitted(word, size, room)),
            }
        }
        lines
    }
}
