//! Frames on a stream: `u32` big-endian payload length, one flag byte (0 raw, 1 zstd), payload.

use std::io;

use futures::{AsyncRead, AsyncReadExt};

/// Largest frame of a session, in bytes, before and after compression.
pub const MAX_FRAME: usize = 256 * 1024;
/// Largest frame of the join protocol, in bytes.
pub const MAX_JOIN_FRAME: usize = 64 * 1024;

/// Bytes before the payload.
const HEADER: usize = 5;
const RAW: u8 = 0;
const ZSTD: u8 = 1;
/// Below this size compression costs more than it saves.
const WORTH_TRYING: usize = 256;
/// Payload is read in pieces, so that progress is seen and memory follows what really arrives.
const PIECE: usize = 16 * 1024;

/// What is wrong with a frame.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The announced or given length is over the limit.
    #[error("a frame of {length} bytes is over the limit of {limit}")]
    TooLarge {
        /// Announced length.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// The flag is unknown.
    #[error("unknown frame flag {0}")]
    Flag(u8),
    /// The compressed payload is broken or inflates beyond the limit.
    #[error("the compressed frame cannot be decoded within {limit} bytes")]
    Compressed {
        /// The limit.
        limit: usize,
        /// The decoder's complaint.
        source: io::Error,
    },
    /// The stream failed or ended inside a frame.
    #[error("the stream failed: {0}")]
    Io(#[from] io::Error),
}

/// The bytes of one frame on the wire.
pub(super) fn encode(frame: &[u8], limit: usize) -> Result<Vec<u8>, FrameError> {
    if frame.len() > limit {
        return Err(FrameError::TooLarge { length: frame.len(), limit });
    }
    match squeeze(frame) {
        Some(packed) => Ok(wire(ZSTD, &packed)),
        None => Ok(wire(RAW, frame)),
    }
}

/// The compressed frame, if that saves at least an eighth.
fn squeeze(frame: &[u8]) -> Option<Vec<u8>> {
    if frame.len() < WORTH_TRYING {
        return None;
    }
    let packed = zstd::bulk::compress(frame, 1).ok()?;
    (packed.len() <= frame.len() / 8 * 7).then_some(packed)
}

pub(super) fn wire(flag: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(HEADER + payload.len());
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.push(flag);
    bytes.extend_from_slice(payload);
    bytes
}

/// A frame and what it cost on the wire.
pub(super) struct Received {
    pub(super) frame: Vec<u8>,
    pub(super) wire: usize,
}

/// Reads one frame; nothing at the clean end of the stream. `progress` is called for each piece that arrives.
pub(super) async fn read<R: AsyncRead + Unpin>(
    stream: &mut R,
    limit: usize,
    progress: impl Fn(),
) -> Result<Option<Received>, FrameError> {
    let Some(header) = read_header(stream).await? else {
        return Ok(None);
    };
    progress();
    let [a, b, c, d, flag] = header;
    let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
    if length > limit {
        return Err(FrameError::TooLarge { length, limit });
    }
    if flag > ZSTD {
        return Err(FrameError::Flag(flag));
    }
    let payload = read_payload(stream, length, progress).await?;
    let frame = if flag == RAW { payload } else { inflate(&payload, limit)? };
    Ok(Some(Received { frame, wire: HEADER + length }))
}

async fn read_header<R: AsyncRead + Unpin>(stream: &mut R) -> io::Result<Option<[u8; HEADER]>> {
    let mut header = [0; HEADER];
    if stream.read(&mut header[..1]).await? == 0 {
        return Ok(None);
    }
    stream.read_exact(&mut header[1..]).await?;
    Ok(Some(header))
}

async fn read_payload<R: AsyncRead + Unpin>(
    stream: &mut R,
    length: usize,
    progress: impl Fn(),
) -> io::Result<Vec<u8>> {
    let mut payload = Vec::with_capacity(length.min(PIECE));
    while payload.len() < length {
        let start = payload.len();
        payload.resize(length.min(start + PIECE), 0);
        let count = stream.read(&mut payload[start..]).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        payload.truncate(start + count);
        progress();
    }
    Ok(payload)
}

fn inflate(payload: &[u8], limit: usize) -> Result<Vec<u8>, FrameError> {
    zstd::bulk::decompress(payload, limit).map_err(|source| FrameError::Compressed { limit, source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::io::Cursor;

    async fn read_back(bytes: &[u8]) -> Result<Option<Received>, FrameError> {
        read(&mut Cursor::new(bytes), MAX_FRAME, || ()).await
    }

    /// Bytes that no compressor makes smaller.
    pub(crate) fn noise(length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        blake3::Hasher::new().finalize_xof().fill(&mut bytes);
        bytes
    }

    #[tokio::test]
    async fn frames_come_back_as_they_were() {
        for frame in
            [vec![], vec![7], vec![7; MAX_FRAME], noise(MAX_FRAME), noise(300), vec![1; 255], vec![1; 256]]
        {
            let bytes = encode(&frame, MAX_FRAME).expect("within the limit");
            let back = read_back(&bytes).await.expect("readable").expect("a frame");
            assert_eq!(back.frame, frame);
            assert_eq!(back.wire, bytes.len());
        }
    }

    #[test]
    fn compression_is_used_only_when_it_helps() {
        let small = encode(&vec![7; MAX_FRAME], MAX_FRAME).expect("within the limit");
        assert!(small.len() < 1000, "{} bytes", small.len());
        let large = encode(&noise(MAX_FRAME), MAX_FRAME).expect("within the limit");
        assert_eq!(large.len(), MAX_FRAME + HEADER);
        assert_eq!(large[4], RAW);
    }

    #[tokio::test]
    async fn what_breaks_the_rules_is_refused() {
        assert!(matches!(encode(&vec![0; MAX_FRAME + 1], MAX_FRAME), Err(FrameError::TooLarge { .. })));
        assert!(matches!(read_back(&[255, 255, 255, 255, 0]).await, Err(FrameError::TooLarge { .. })));
        assert!(matches!(read_back(&wire(2, b"x")).await, Err(FrameError::Flag(2))));
        assert!(matches!(read_back(&wire(ZSTD, b"not zstd")).await, Err(FrameError::Compressed { .. })));
        assert!(matches!(read_back(&wire(RAW, b"abc")[..7]).await, Err(FrameError::Io(_))));
        assert!(matches!(read_back(&[0, 0]).await, Err(FrameError::Io(_))));
        assert!(read_back(&[]).await.expect("a clean end").is_none());
    }

    #[tokio::test]
    async fn a_bomb_is_refused_without_being_inflated() {
        let bomb = zstd::bulk::compress(&vec![0; 64 << 20], 19).expect("compressible");
        assert!(bomb.len() < MAX_FRAME);
        assert!(matches!(read_back(&wire(ZSTD, &bomb)).await, Err(FrameError::Compressed { .. })));
    }
}
