//! The messages of `/commons/blob/1`: one request on each stream, then what
//! was asked for.
//!
//! ```text
//! asks                               has
//! REQUEST      ────────────────────▶
//!              ◀────────────────────  ANSWER
//!              ◀────────────────────  the outline, if it was asked for
//!              ◀────────────────────  the pieces, one frame each
//!              ◀────────────────────  end of the stream
//! ```

use crate::codec::{self, CodecError};
use crate::id::{BlobHash, CommonsId};
use minicbor::{Decode, Encode};

/// Bytes of a request or an answer at most.
pub const MESSAGE_BYTES: usize = 128;

/// Asks for parts of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Request {
    /// In which commons the file is shared.
    #[n(0)]
    pub commons: CommonsId,
    /// The file.
    #[n(1)]
    pub hash: BlobHash,
    /// Whether to send the outline, before any piece.
    #[n(2)]
    pub outline: bool,
    /// The first piece to send, from 0.
    #[n(3)]
    pub first: u32,
    /// How many pieces to send from there on, at most
    /// [`crate::limits::BLOB_PIECES`].
    #[n(4)]
    pub count: u32,
}

/// What comes before the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Answer {
    /// The file is here and has so many bytes; what was asked for follows.
    #[n(1)]
    Here(#[n(0)] u64),
    /// No such file for this commons here, or not whole yet.
    #[n(2)]
    NotHere,
    /// Too much to do; ask again later.
    #[n(3)]
    Busy,
}

impl Request {
    /// The request's bytes.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads a request.
    ///
    /// # Errors
    /// [`CodecError`] unless the bytes are its one encoding.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        codec::decode(bytes, MESSAGE_BYTES)
    }
}

impl Answer {
    /// The answer's bytes.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// [`CodecError`] unless the bytes are its one encoding.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        codec::decode(bytes, MESSAGE_BYTES)
    }
}
