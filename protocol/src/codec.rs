//! One encoding per value: deterministic CBOR.
//!
//! Every protocol type encodes as a definite-length array of its fields.
//! Decoding re-encodes and compares, so a value has exactly one accepted
//! encoding and no trailing bytes: `encode(decode(x)) == x`.

use minicbor::{Decode, Encode};

/// Bytes that are no canonical encoding of the wanted type.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// More bytes than the type may have.
    #[error("{length} bytes where at most {limit} are allowed")]
    TooLarge {
        /// Length that was offered.
        length: usize,
        /// Limit of the type.
        limit: usize,
    },
    /// Not CBOR of this shape.
    #[error("malformed: {0}")]
    Malformed(#[from] minicbor::decode::Error),
    /// Another encoding of the same value, or bytes after the value.
    #[error("not the canonical encoding of its value")]
    NotCanonical,
}

/// The canonical encoding of `value`.
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Err(error) = minicbor::encode(value, &mut bytes) {
        // Writing to a Vec is infallible and no protocol type's Encode fails.
        unreachable!("encoding to memory failed: {error}");
    }
    bytes
}

/// Decodes `bytes`, at most `limit` long, if they are the canonical encoding.
pub fn decode<'b, T: Decode<'b, ()> + Encode<()>>(bytes: &'b [u8], limit: usize) -> Result<T, CodecError> {
    if bytes.len() > limit {
        return Err(CodecError::TooLarge { length: bytes.len(), limit });
    }
    let value: T = minicbor::decode(bytes)?;
    match encode(&value) == bytes {
        true => Ok(value),
        false => Err(CodecError::NotCanonical),
    }
}
