//! Collections and texts that carry their bound in their type, so that a
//! decoder can't be made to allocate more than the protocol allows.

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// A value was longer than its type allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too long: {length} where at most {limit} fit")]
pub struct TooLong {
    /// Length that was offered.
    pub length: usize,
    /// Length that fits.
    pub limit: usize,
}

/// A vector of at most `N` elements.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BoundedVec<T, const N: usize>(Vec<T>);

impl<T, const N: usize> BoundedVec<T, N> {
    /// Takes `items` if they fit.
    pub fn new(items: Vec<T>) -> Result<Self, TooLong> {
        match items.len() {
            length if length > N => Err(TooLong { length, limit: N }),
            _ => Ok(Self(items)),
        }
    }

    /// The elements.
    pub fn into_inner(self) -> Vec<T> {
        self.0
    }
}

impl<T, const N: usize> Default for BoundedVec<T, N> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const N: usize> std::ops::Deref for BoundedVec<T, N> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a BoundedVec<T, N> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<C, T: Encode<C>, const N: usize> Encode<C> for BoundedVec<T, N> {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.array(self.0.len() as u64)?;
        self.0.iter().try_for_each(|item| item.encode(e, ctx))
    }
}

impl<'b, C, T: Decode<'b, C>, const N: usize> Decode<'b, C> for BoundedVec<T, N> {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        let length = bounded_length(d.array()?, N)?;
        let mut items = Vec::with_capacity(length.min(64));
        for _ in 0..length {
            items.push(T::decode(d, ctx)?);
        }
        Ok(Self(items))
    }
}

/// At most `N` bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BoundedBytes<const N: usize>(Vec<u8>);

impl<const N: usize> BoundedBytes<N> {
    /// Takes `bytes` if they fit.
    pub fn new(bytes: Vec<u8>) -> Result<Self, TooLong> {
        match bytes.len() {
            length if length > N => Err(TooLong { length, limit: N }),
            _ => Ok(Self(bytes)),
        }
    }

    /// The bytes.
    pub fn into_inner(self) -> Vec<u8> {
        self.0
    }
}

impl<const N: usize> std::ops::Deref for BoundedBytes<N> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<C, const N: usize> Encode<C> for BoundedBytes<N> {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C, const N: usize> Decode<'b, C> for BoundedBytes<N> {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let bytes = d.bytes()?;
        bounded_length(Some(bytes.len() as u64), N)?;
        Ok(Self(bytes.to_vec()))
    }
}

/// Text of at most `N` bytes without control characters, except line feed and
/// tab: what people read must not move their cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const N: usize>(String);

/// A text that its type refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Longer than the type allows.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// A control character or a character that reverses the reading order.
    #[error("it holds a control character (U+{0:04X})")]
    Control(u32),
}

impl<const N: usize> Text<N> {
    /// Takes `text` if it fits and holds no control characters.
    pub fn new(text: &str) -> Result<Self, TextError> {
        if text.len() > N {
            return Err(TooLong { length: text.len(), limit: N }.into());
        }
        match text.chars().find(|c| is_refused(*c)) {
            Some(c) => Err(TextError::Control(c as u32)),
            None => Ok(Self(text.to_owned())),
        }
    }
}

/// Control characters, and the bidirectional overrides that can make a name
/// read as another one.
fn is_refused(c: char) -> bool {
    let overrides = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    overrides || (c.is_control() && c != '\n' && c != '\t')
}

impl<const N: usize> std::ops::Deref for Text<N> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const N: usize> std::fmt::Display for Text<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<C, const N: usize> Encode<C> for Text<N> {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C, const N: usize> Decode<'b, C> for Text<N> {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        Self::new(d.str()?).map_err(|_| decode::Error::message("text refused"))
    }
}

fn bounded_length(length: Option<u64>, limit: usize) -> Result<usize, decode::Error> {
    let length = length.ok_or_else(|| decode::Error::message("indefinite length"))?;
    match usize::try_from(length) {
        Ok(length) if length <= limit => Ok(length),
        _ => Err(decode::Error::message("longer than its limit")),
    }
}
