//! Tests of the folder, of the plan and of the transfer between real nodes.

mod folder;
mod harness;
mod liars;
mod planning;
mod transfer;

use commons_protocol::blob::Outline;
use commons_protocol::id::BlobHash;

use super::{BlobError, Folder};

/// Bytes of one piece.
const PIECE: usize = commons_protocol::blob::PIECE_BYTES;

/// Bytes that no compressor makes smaller.
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().update(&seed.to_be_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

fn hash_of(bytes: &[u8]) -> BlobHash {
    BlobHash(blake3::hash(bytes).into())
}

fn upload(folder: &Folder, bytes: &[u8]) -> Result<(BlobHash, u64), BlobError> {
    let mut import = folder.import(u64::MAX)?;
    bytes.chunks(100_000).try_for_each(|part| import.write(part))?;
    import.finish()
}

/// A complete file, read piece by piece.
fn content(folder: &Folder, hash: &BlobHash) -> Result<Vec<u8>, BlobError> {
    let reader = folder.read(hash)?;
    let pieces = (0..reader.outline().count()).map(|index| reader.piece(index));
    Ok(pieces.collect::<Result<Vec<_>, _>>()?.concat())
}

/// One piece of `bytes`.
fn piece<'a>(outline: &Outline, bytes: &'a [u8], index: u32) -> &'a [u8] {
    let (start, length) = outline.place(index).unwrap();
    let start = usize::try_from(start).unwrap();
    &bytes[start..start + length]
}
