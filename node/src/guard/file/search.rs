//! Finding byte sequences in files.

/// The places of `needle` in `bytes`, at most `most`, without overlaps.
pub fn places<'a>(bytes: &'a [u8], needle: &'a [u8], most: usize) -> impl Iterator<Item = usize> + 'a {
    let mut at = 0;
    std::iter::from_fn(move || {
        let found = at + place(bytes.get(at..)?, needle)?;
        at = found + needle.len().max(1);
        Some(found)
    })
    .take(most)
}

/// The first place of `needle` in `bytes`.
pub fn place(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let (first, _) = needle.split_first()?;
    let mut at = 0;
    loop {
        let rest = bytes.get(at..)?;
        let candidate = at + rest.iter().position(|byte| byte == first)?;
        if bytes[candidate..].starts_with(needle) {
            return Some(candidate);
        }
        at = candidate + 1;
    }
}

/// At most `length` bytes of `bytes` from `at` on.
pub fn window(bytes: &[u8], at: usize, length: usize) -> &[u8] {
    let start = at.min(bytes.len());
    &bytes[start..start.saturating_add(length).min(bytes.len())]
}

/// The big-endian number of two bytes at `at`.
pub fn be16(bytes: &[u8], at: usize) -> Option<usize> {
    let pair = bytes.get(at..at.checked_add(2)?)?;
    Some(usize::from(u16::from_be_bytes(pair.try_into().ok()?)))
}

/// The big-endian number of four bytes at `at`.
pub fn be32(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_be_bytes(four.try_into().ok()?)).ok()
}
