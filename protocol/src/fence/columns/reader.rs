//! Reading bytes that may end anywhere.

use crate::fence::FenceRefusal;

const PAYLOAD: u8 = 0x7f;
const MORE: u8 = 0x80;

/// A cursor over untrusted bytes.
#[derive(Clone)]
pub(in crate::fence) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(in crate::fence) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(in crate::fence) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(in crate::fence) fn rest(self) -> &'a [u8] {
        self.bytes
    }

    pub(in crate::fence) fn take(&mut self, count: usize) -> Result<&'a [u8], FenceRefusal> {
        let (head, tail) = self.bytes.split_at_checked(count).ok_or(FenceRefusal::Truncated)?;
        self.bytes = tail;
        Ok(head)
    }

    pub(in crate::fence) fn byte(&mut self) -> Result<u8, FenceRefusal> {
        self.take(1).map(|byte| byte[0])
    }

    /// An unsigned LEB128 number of at most 64 bits.
    pub(in crate::fence) fn unsigned(&mut self) -> Result<u64, FenceRefusal> {
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & PAYLOAD);
            if (part << shift) >> shift != part {
                return Err(FenceRefusal::NumberTooLarge);
            }
            value |= part << shift;
            if byte & MORE == 0 {
                return Ok(value);
            }
        }
        Err(FenceRefusal::NumberTooLarge)
    }

    /// A signed LEB128 number of at most 64 bits.
    pub(in crate::fence) fn signed(&mut self) -> Result<i64, FenceRefusal> {
        let mut value = 0_i128;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            value |= i128::from(byte & PAYLOAD) << shift;
            if byte & MORE == 0 {
                let negative = byte & 0x40 != 0;
                let sign = if negative { -1_i128 << (shift + 7) } else { 0 };
                return i64::try_from(value | sign).map_err(|_| FenceRefusal::NumberTooLarge);
            }
        }
        Err(FenceRefusal::NumberTooLarge)
    }

    /// A length that this machine can address.
    pub(in crate::fence) fn length(&mut self) -> Result<usize, FenceRefusal> {
        usize::try_from(self.unsigned()?).map_err(|_| FenceRefusal::NumberTooLarge)
    }
}
