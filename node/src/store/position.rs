//! Where a record lies.

use std::fmt;

/// The place of a record: segments count from 1, the offset is in bytes from the start of the segment's file.
///
/// Positions are ordered as the records are, and so are their encoded bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// The segment's number.
    pub segment: u32,
    /// The record's first byte within the segment.
    pub offset: u32,
}

impl Position {
    /// Before every record.
    pub const START: Self = Self { segment: 0, offset: 0 };

    /// Eight bytes, big-endian, that sort as positions do.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 8] {
        ((u64::from(self.segment) << 32) | u64::from(self.offset)).to_be_bytes()
    }

    /// The position that [`Position::to_bytes`] gave these bytes for.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 8]) -> Self {
        let [a, b, c, d, e, f, g, h] = bytes;
        Self { segment: u32::from_be_bytes([a, b, c, d]), offset: u32::from_be_bytes([e, f, g, h]) }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "segment {} byte {}", self.segment, self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, prop_assert_eq, proptest};

    proptest! {
        #[test]
        fn bytes_come_back_and_sort_as_positions(a in any::<(u32, u32)>(), b in any::<(u32, u32)>()) {
            let a = Position { segment: a.0, offset: a.1 };
            let b = Position { segment: b.0, offset: b.1 };
            prop_assert_eq!(Position::from_bytes(a.to_bytes()), a);
            prop_assert_eq!(a.cmp(&b), a.to_bytes().cmp(&b.to_bytes()));
        }
    }

    #[test]
    fn the_bytes_are_big_endian() {
        let at = Position { segment: 1, offset: 0x0203 };
        assert_eq!(at.to_bytes(), [0, 0, 0, 1, 0, 0, 2, 3]);
    }
}
