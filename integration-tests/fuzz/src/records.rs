//! Inputs of several records.
#![allow(dead_code)]

/// The records of an input, each after a length of two bytes.
pub fn records(mut data: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (head, rest) = data.split_at_checked(2)?;
        let length = usize::from(u16::from_le_bytes([head[0], head[1]])).min(rest.len());
        let (record, tail) = rest.split_at(length);
        data = tail;
        Some(record)
    })
}

/// Writes a record.
pub fn record(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("seeds are small").to_le_bytes();
    [&length[..], bytes].concat()
}
