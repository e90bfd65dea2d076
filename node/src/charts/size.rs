//! How large pictures are.

use super::input::ChartError;

/// The least width and height of a picture.
pub const MIN_SIDE: u32 = 160;
/// The greatest width and height of a picture.
pub const MAX_SIDE: u32 = 4_000;
/// The most pixels of a PNG: 64 MB while it is drawn.
pub const MAX_PIXELS: u32 = 16_000_000;

/// The size of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    width: u32,
    height: u32,
    scale: u32,
}

impl Size {
    /// So many units wide and high; a unit is a pixel.
    ///
    /// # Errors
    /// If that is too small to be read or too large to be made.
    pub fn new(width: u32, height: u32) -> Result<Self, ChartError> {
        let allowed = MIN_SIDE..=MAX_SIDE;
        if allowed.contains(&width) && allowed.contains(&height) && width * height <= MAX_PIXELS {
            return Ok(Self { width, height, scale: 1 });
        }
        Err(ChartError::Size { width, height, least: MIN_SIDE, most: MAX_SIDE })
    }

    /// The same with twice the pixels each way in a PNG, for print and sharp
    /// screens, if so many are allowed.
    #[must_use]
    pub fn sharp(self) -> Self {
        if self.width * self.height * 4 > MAX_PIXELS { self } else { Self { scale: 2, ..self } }
    }

    pub(super) fn width(self) -> f64 {
        f64::from(self.width)
    }

    pub(super) fn height(self) -> f64 {
        f64::from(self.height)
    }

    pub(super) fn scale(self) -> u32 {
        self.scale
    }
}
