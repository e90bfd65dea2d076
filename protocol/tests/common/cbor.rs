//! Just enough CBOR to write a value in other ways.
#![allow(dead_code)]

/// The head of an item.
#[derive(Clone, Copy)]
pub struct Head {
    pub major: u8,
    pub value: u64,
    /// Bytes of the head.
    pub size: usize,
}

/// The shortest head.
pub fn head(major: u8, value: u64) -> Vec<u8> {
    match value {
        0..=23 => vec![major << 5 | u8::try_from(value).expect("below 24")],
        24..=0xff => head_of_width(major, value, 1),
        0x100..=0xffff => head_of_width(major, value, 2),
        0x1_0000..=0xffff_ffff => head_of_width(major, value, 4),
        _ => head_of_width(major, value, 8),
    }
}

/// A head with its value in 1, 2, 4 or 8 bytes.
pub fn head_of_width(major: u8, value: u64, width: usize) -> Vec<u8> {
    let code = [(1, 24), (2, 25), (4, 26), (8, 27)].into_iter().find(|(bytes, _)| *bytes == width);
    let mut bytes = vec![major << 5 | code.expect("a width of CBOR").1];
    bytes.extend(&value.to_be_bytes()[8 - width..]);
    bytes
}

fn head_at(bytes: &[u8], at: usize) -> Head {
    let (major, info) = (bytes[at] >> 5, bytes[at] & 31);
    let width = match info {
        0..=23 => 0,
        24..=27 => 1 << (info - 24),
        _ => panic!("the samples are of definite length"),
    };
    let value = bytes[at + 1..=at + width].iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
    Head { major, value: if width == 0 { u64::from(info) } else { value }, size: 1 + width }
}

/// Where the item that starts at `at` ends.
fn end_of(bytes: &[u8], at: usize) -> usize {
    let head = head_at(bytes, at);
    let after = at + head.size;
    let length = usize::try_from(head.value).expect("small");
    match head.major {
        2 | 3 => after + length,
        4 => (0..length).fold(after, |at, _| end_of(bytes, at)),
        _ => after,
    }
}

/// Every head with its place; strings are opaque.
pub fn heads(bytes: &[u8]) -> Vec<(usize, Head)> {
    let mut heads = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let head = head_at(bytes, at);
        heads.push((at, head));
        at += head.size;
        if matches!(head.major, 2 | 3) {
            at += usize::try_from(head.value).expect("small");
        }
    }
    heads
}

/// The same value in other encodings, and lists that say they are longer or shorter.
pub fn variants(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut variants = Vec::new();
    for (at, head) in heads(bytes) {
        let (before, after) = (&bytes[..at], &bytes[at + head.size..]);
        if head.major < 6 {
            for width in [1, 2, 4, 8].into_iter().filter(|width| *width >= head.size) {
                let longer = [before, &head_of_width(head.major, head.value, width), after].concat();
                variants.push((format!("a head of {width} bytes at {at}"), longer));
            }
        }
        let end = end_of(bytes, at);
        if matches!(head.major, 2..=4) {
            let inside = if head.major == 4 { &bytes[at + head.size..end] } else { &bytes[at..end] };
            let open = [before, &[head.major << 5 | 31], inside, &[0xff], &bytes[end..]].concat();
            variants.push((format!("indefinite length at {at}"), open));
        }
        if head.major == 4 {
            for value in [head.value.wrapping_add(1), head.value.wrapping_sub(1)] {
                let wrong = [before, &self::head(4, value), after].concat();
                variants.push((format!("a list of {value} at {at}"), wrong));
            }
            let tagged = [before, &[0xc1], &bytes[at..]].concat();
            variants.push((format!("a tag at {at}"), tagged));
        }
    }
    variants
}
