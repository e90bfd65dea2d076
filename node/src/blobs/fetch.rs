//! Fetching one file from one peer, as far as it goes. Every piece is checked
//! and written before the next is read, so whatever ends this, nothing that
//! arrived is asked for again.

use std::time::Duration;

use commons_protocol::blob::exchange::{Answer, MESSAGE_BYTES, Request};
use commons_protocol::blob::{BlobFault, Outline, PIECE_BYTES, outline_bytes};
use commons_protocol::id::CommonsId;
use commons_protocol::limits::BLOB_PIECES;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::error::BlobError;
use super::folder::Folder;
use super::partial::Partial;
use super::plan::Want;
use super::schedule::Outcome;
use crate::net::{Command, Exchange, FrameError, PeerKey};

/// Time to open a stream.
const OPENING: Duration = Duration::from_secs(20);
/// How long one peer is fetched from before another one has a turn.
const TURN: Duration = Duration::from_secs(300);

/// Why a file did not come, or not whole.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("it does not have the file")]
    NotHere,
    #[error("it has too much to do")]
    Busy,
    #[error("its turn is over")]
    TurnOver,
    #[error("it has {found} bytes under this hash, not {wanted}")]
    OtherSize { wanted: u64, found: u64 },
    #[error("it sent wrong bytes: {0}")]
    Wrong(#[source] BlobFault),
    #[error("it broke the rules of the protocol: {0}")]
    Rules(String),
    #[error("it stopped in the middle")]
    Stopped,
    #[error("the stream could not be opened: {0}")]
    Unopened(String),
    #[error(transparent)]
    Stream(FrameError),
    #[error(transparent)]
    Disk(BlobError),
}

impl FetchError {
    /// What it means for the choice of the next peer.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::NotHere => Outcome::NotHere,
            Self::Busy => Outcome::Busy,
            Self::TurnOver => Outcome::Some,
            Self::Wrong(_) | Self::Rules(_) => Outcome::Lied,
            Self::OtherSize { .. } | Self::Stopped | Self::Unopened(_) | Self::Stream(_) => Outcome::Failed,
            Self::Disk(_) => Outcome::Disk,
        }
    }
}

impl From<FrameError> for FetchError {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Io(_) => Self::Stream(error),
            FrameError::TooLarge { .. } | FrameError::Flag(_) | FrameError::Compressed { .. } => {
                Self::Rules(error.to_string())
            }
        }
    }
}

impl From<BlobError> for FetchError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Wrong(fault) => Self::Wrong(fault),
            other => Self::Disk(other),
        }
    }
}

/// From whom, and by what way.
#[derive(Clone)]
pub(super) struct Source {
    pub commands: mpsc::Sender<Command>,
    pub peer: PeerKey,
    pub commons: CommonsId,
}

/// Fetches a file into the folder. `progress` gets the bytes that are here.
pub(super) async fn fetch(
    source: &Source,
    want: Want,
    folder: &Folder,
    progress: impl Fn(u64),
) -> Result<(), FetchError> {
    let end = Instant::now() + TURN;
    let outline = outline(source, want).await?;
    let begun = folder.clone();
    let mut partial = blocking(move || begun.begin(outline)).await?;
    progress(partial.done_bytes());
    while let Some((first, count)) = partial.missing() {
        if Instant::now() >= end {
            return Err(FetchError::TurnOver);
        }
        let pieces = first..first + count.min(BLOB_PIECES);
        let mut exchange = source.ask(want, false, pieces.clone()).await?;
        for index in pieces {
            let bytes = exchange.receive(PIECE_BYTES).await?.ok_or(FetchError::Stopped)?;
            partial = write(partial, index, bytes).await?;
            progress(partial.done_bytes());
            if Instant::now() >= end {
                return Err(FetchError::TurnOver);
            }
        }
        expect_end(exchange).await?;
    }
    // Whoever sent the pieces is not to blame: each was checked.
    blocking(move || partial.finish()).await.map_err(FetchError::Disk)
}

/// The outline, which a file of one piece does not need.
async fn outline(source: &Source, want: Want) -> Result<Outline, FetchError> {
    let length = outline_bytes(want.size).map_err(|fault| FetchError::Disk(fault.into()))?;
    let bytes = if length == 0 {
        Vec::new()
    } else {
        let mut exchange = source.ask(want, true, 0..0).await?;
        let bytes = exchange.receive(length).await?.ok_or(FetchError::Stopped)?;
        expect_end(exchange).await?;
        bytes
    };
    Outline::check(want.hash, want.size, &bytes).map_err(FetchError::Wrong)
}

/// Nothing may follow.
async fn expect_end(mut exchange: Exchange) -> Result<(), FetchError> {
    match exchange.receive(0).await? {
        None => exchange.close().await,
        Some(_) => return Err(FetchError::Rules("it sent more than was asked for".to_owned())),
    }
    Ok(())
}

impl Source {
    /// Asks, and reads the answer that comes before the bytes.
    async fn ask(
        &self,
        want: Want,
        outline: bool,
        pieces: std::ops::Range<u32>,
    ) -> Result<Exchange, FetchError> {
        let mut exchange = self.open().await?;
        let count = pieces.end - pieces.start;
        let request = Request { commons: self.commons, hash: want.hash, outline, first: pieces.start, count };
        exchange.send(&request.encode()).await?;
        let answer = exchange.receive(MESSAGE_BYTES).await?.ok_or(FetchError::Busy)?;
        match Answer::decode(&answer).map_err(|error| FetchError::Rules(error.to_string()))? {
            Answer::Here(size) if size == want.size => Ok(exchange),
            Answer::Here(found) => Err(FetchError::OtherSize { wanted: want.size, found }),
            Answer::NotHere => Err(FetchError::NotHere),
            Answer::Busy => Err(FetchError::Busy),
        }
    }

    async fn open(&self) -> Result<Exchange, FetchError> {
        let (reply, opened) = oneshot::channel();
        let gone = || FetchError::Unopened("the network is starting or stopping".to_owned());
        let order = Command::OpenExchange { peer: self.peer, reply };
        self.commands.send(order).await.map_err(|_| gone())?;
        let late = |_| FetchError::Unopened("the peer did not agree in time".to_owned());
        let opened = timeout(OPENING, opened).await.map_err(late)?;
        opened.map_err(|_| gone())?.map_err(FetchError::Unopened)
    }
}

/// Writes a piece; a disk without room gets back what the file took of it.
async fn write(mut partial: Partial, index: u32, bytes: Vec<u8>) -> Result<Partial, FetchError> {
    let written = blocking(move || match partial.write_piece(index, &bytes) {
        Ok(()) => Ok(partial),
        Err(error) => {
            if error.is_full() {
                partial.discard()?;
            }
            Err(error)
        }
    });
    Ok(written.await?)
}

/// Runs what blocks where it may.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    tokio::task::spawn_blocking(work).await.map_err(BlobError::Stopping)?
}
