//! Files beside the logs, addressed by BLAKE3.
//!
//! A file is cut into pieces of [`PIECE_BYTES`]. BLAKE3 is a tree, and a piece
//! is a whole subtree of it, so the chaining values of the pieces (the
//! [`Outline`]) can be checked against the file's hash, and afterwards each
//! piece on its own against the outline: from anybody, in any order.

pub mod exchange;

use crate::id::BlobHash;
use crate::limits::BLOB_BYTES;
use blake3::Hasher;
use blake3::hazmat::{ChainingValue, HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root};

/// Bytes of a piece: a power of two, so that a piece is a subtree of the hash.
/// One piece fills one frame.
pub const PIECE_BYTES: usize = 256 * 1024;

/// [`PIECE_BYTES`] where sizes of files are counted.
const PIECE: u64 = PIECE_BYTES as u64;

/// Why bytes are not (part of) the file that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlobFault {
    /// Larger than any file may be.
    #[error("a file of {size} bytes is larger than the {BLOB_BYTES} that are allowed")]
    TooLarge {
        /// Bytes of the file.
        size: u64,
    },
    /// An outline of another length than the file's size demands.
    #[error("an outline of {found} bytes where a file of {size} bytes has one of {wanted}")]
    OutlineLength {
        /// Bytes of the file.
        size: u64,
        /// Bytes of its outline.
        wanted: usize,
        /// Bytes that were offered.
        found: usize,
    },
    /// The outline belongs to another file.
    #[error("the outline does not belong to the file {hash}")]
    Outline {
        /// The file.
        hash: BlobHash,
    },
    /// A piece that the file does not have.
    #[error("the file has {count} pieces, so none with the number {index}")]
    NoSuchPiece {
        /// Number of the piece, from 0.
        index: u32,
        /// Pieces of the file.
        count: u32,
    },
    /// A piece of another length than its place demands.
    #[error("piece {index} has {found} bytes where {wanted} belong")]
    PieceLength {
        /// Number of the piece, from 0.
        index: u32,
        /// Bytes that belong there.
        wanted: usize,
        /// Bytes that were offered.
        found: usize,
    },
    /// Other bytes than the file has there.
    #[error("the bytes of piece {index} are not those of the file {hash}")]
    Piece {
        /// Number of the piece, from 0.
        index: u32,
        /// The file.
        hash: BlobHash,
    },
}

/// How many pieces a file of `size` bytes has: at least one, which may be empty.
///
/// # Errors
/// [`BlobFault::TooLarge`].
pub fn piece_count(size: u64) -> Result<u32, BlobFault> {
    if size > BLOB_BYTES {
        return Err(BlobFault::TooLarge { size });
    }
    u32::try_from(size.div_ceil(PIECE).max(1)).map_err(|_| BlobFault::TooLarge { size })
}

/// Bytes of the outline of a file of `size` bytes: 32 for each piece, none for
/// a file of one piece, whose hash says it all.
///
/// # Errors
/// [`BlobFault::TooLarge`].
pub fn outline_bytes(size: u64) -> Result<usize, BlobFault> {
    let count = piece_count(size)?;
    Ok(if count == 1 { 0 } else { count as usize * size_of::<ChainingValue>() })
}

/// What the pieces of one file must be. Exists only for a file whose hash it
/// was checked against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    hash: BlobHash,
    size: u64,
    count: u32,
    pieces: Vec<ChainingValue>,
}

impl Outline {
    /// The outline of `bytes`.
    ///
    /// # Errors
    /// [`BlobFault::TooLarge`].
    pub fn of(bytes: &[u8]) -> Result<Self, BlobFault> {
        let mut builder = OutlineBuilder::default();
        builder.update(bytes)?;
        Ok(builder.finish())
    }

    /// Checks an outline that came from elsewhere against the hash and size of
    /// its file. The size is believed until the last piece is checked.
    ///
    /// # Errors
    /// [`BlobFault::TooLarge`], [`BlobFault::OutlineLength`],
    /// [`BlobFault::Outline`].
    pub fn check(hash: BlobHash, size: u64, outline: &[u8]) -> Result<Self, BlobFault> {
        let (count, wanted) = (piece_count(size)?, outline_bytes(size)?);
        if outline.len() != wanted {
            return Err(BlobFault::OutlineLength { size, wanted, found: outline.len() });
        }
        let (pieces, _) = outline.as_chunks::<32>();
        if count > 1 && root(pieces) != hash {
            return Err(BlobFault::Outline { hash });
        }
        Ok(Self { hash, size, count, pieces: pieces.to_vec() })
    }

    /// The file's hash.
    pub fn hash(&self) -> BlobHash {
        self.hash
    }

    /// The file's size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// How many pieces the file has.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The outline as it is sent and kept: the chaining values, one after the
    /// other.
    pub fn bytes(&self) -> Vec<u8> {
        self.pieces.concat()
    }

    /// Where a piece begins in the file, and how many bytes it has.
    ///
    /// # Errors
    /// [`BlobFault::NoSuchPiece`].
    pub fn place(&self, index: u32) -> Result<(u64, usize), BlobFault> {
        if index >= self.count {
            return Err(BlobFault::NoSuchPiece { index, count: self.count });
        }
        let start = u64::from(index) * PIECE;
        let length = usize::try_from(self.size - start).map_or(PIECE_BYTES, |left| left.min(PIECE_BYTES));
        Ok((start, length))
    }

    /// Checks one piece.
    ///
    /// # Errors
    /// [`BlobFault::NoSuchPiece`], [`BlobFault::PieceLength`],
    /// [`BlobFault::Piece`].
    pub fn check_piece(&self, index: u32, bytes: &[u8]) -> Result<(), BlobFault> {
        let (start, wanted) = self.place(index)?;
        if bytes.len() != wanted {
            return Err(BlobFault::PieceLength { index, wanted, found: bytes.len() });
        }
        let right = match self.pieces.get(index as usize) {
            None => blake3::hash(bytes) == blake3::Hash::from_bytes(self.hash.0),
            Some(piece) => *piece == Hasher::new().set_input_offset(start).update(bytes).finalize_non_root(),
        };
        if right { Ok(()) } else { Err(BlobFault::Piece { index, hash: self.hash }) }
    }
}

/// The file's hash from the chaining values of two or more pieces.
fn root(pieces: &[ChainingValue]) -> BlobHash {
    let (left, right) = halves(pieces);
    BlobHash(merge_subtrees_root(&merged(left), &merged(right), Mode::Hash).into())
}

/// The chaining value over one or more pieces.
fn merged(pieces: &[ChainingValue]) -> ChainingValue {
    match pieces {
        [one] => *one,
        _ => {
            let (left, right) = halves(pieces);
            merge_subtrees_non_root(&merged(left), &merged(right), Mode::Hash)
        }
    }
}

/// The left subtree is the largest power of two that leaves something for the
/// right one.
fn halves(pieces: &[ChainingValue]) -> (&[ChainingValue], &[ChainingValue]) {
    pieces.split_at(pieces.len().next_power_of_two() / 2)
}

/// Makes the outline of bytes that come bit by bit.
#[derive(Clone, Debug, Default)]
pub struct OutlineBuilder {
    size: u64,
    pieces: Vec<ChainingValue>,
    hasher: Hasher,
}

impl OutlineBuilder {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`BlobFault::TooLarge`]; the builder then stays as it was.
    pub fn update(&mut self, mut bytes: &[u8]) -> Result<(), BlobFault> {
        let size = self.size.saturating_add(bytes.len() as u64);
        if size > BLOB_BYTES {
            return Err(BlobFault::TooLarge { size });
        }
        while !bytes.is_empty() {
            if self.room() == 0 {
                self.close_piece();
            }
            let room = usize::try_from(self.room()).unwrap_or(PIECE_BYTES);
            let (now, later) = bytes.split_at(bytes.len().min(room));
            self.hasher.update(now);
            self.size += now.len() as u64;
            bytes = later;
        }
        Ok(())
    }

    /// Bytes taken so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The outline of all bytes that were taken.
    pub fn finish(mut self) -> Outline {
        if self.pieces.is_empty() {
            let hash = BlobHash(self.hasher.finalize().into());
            return Outline { hash, size: self.size, count: 1, pieces: Vec::new() };
        }
        self.pieces.push(self.hasher.finalize_non_root());
        let count = u32::try_from(self.pieces.len())
            .expect("BLOB_BYTES, which `update` enforces, has far fewer pieces than a u32 counts");
        Outline { hash: root(&self.pieces), size: self.size, count, pieces: self.pieces }
    }

    /// Bytes that the open piece still takes.
    fn room(&self) -> u64 {
        (self.pieces.len() as u64 + 1) * PIECE - self.size
    }

    /// A piece is closed only when a byte follows it: the last one may be the
    /// root.
    fn close_piece(&mut self) {
        self.pieces.push(self.hasher.finalize_non_root());
        self.hasher = Hasher::new();
        self.hasher.set_input_offset(self.size);
    }
}

#[cfg(test)]
mod tests;
