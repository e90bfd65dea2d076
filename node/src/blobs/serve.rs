//! Giving files to members: only those that admitted contributions name, only
//! when they are whole, and every piece checked before it leaves.

use std::sync::Arc;
use std::time::Duration;

use commons_protocol::blob::exchange::{Answer, MESSAGE_BYTES, Request};
use commons_protocol::limits::BLOB_PIECES;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::error::BlobError;
use super::fetch::blocking;
use super::folder::Folder;
use super::plan::References;
use super::reader::Reader;
use crate::net::{Exchange, FrameError};

/// Time for one whole request: 16 MiB through a line of 30 KB/s.
const WHOLE: Duration = Duration::from_secs(600);

/// Why a request ended early.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error("the request is against the rules: {0}")]
    Rules(String),
    #[error(transparent)]
    Stream(#[from] FrameError),
    #[error(transparent)]
    Disk(#[from] BlobError),
}

/// Serves until the network is gone. How many come at once, the network bounds.
pub(super) async fn run(
    mut exchanges: mpsc::Receiver<Exchange>,
    folder: Folder,
    references: watch::Receiver<Arc<References>>,
) {
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            exchange = exchanges.recv() => match exchange {
                Some(exchange) => _ = running.spawn(serve(exchange, folder.clone(), references.clone())),
                None => return,
            },
            Some(_) = running.join_next() => {}
        }
    }
}

async fn serve(exchange: Exchange, folder: Folder, references: watch::Receiver<Arc<References>>) {
    let peer = exchange.peer();
    match timeout(WHOLE, answer(exchange, folder, references)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%peer, %error, "a request for a file was not served whole"),
        Err(_) => tracing::debug!(%peer, "a request for a file took too long"),
    }
}

async fn answer(
    mut exchange: Exchange,
    folder: Folder,
    references: watch::Receiver<Arc<References>>,
) -> Result<(), ServeError> {
    let Some(bytes) = exchange.receive(MESSAGE_BYTES).await? else { return Ok(()) };
    let request = Request::decode(&bytes).map_err(|error| ServeError::Rules(error.to_string()))?;
    let allowed = references.borrow().allow(&request.commons, &request.hash);
    // The same answer for what is unknown, unfinished and not shared.
    let found = if allowed { open(&folder, &request).await } else { Ok(None) };
    match found {
        Ok(Some(reader)) => send(exchange, reader, &request).await,
        Ok(None) => Ok(say(exchange, Answer::NotHere).await?),
        Err(error) => {
            say(exchange, Answer::Busy).await?;
            Err(error.into())
        }
    }
}

async fn say(mut exchange: Exchange, answer: Answer) -> Result<(), FrameError> {
    exchange.send(&answer.encode()).await?;
    exchange.close().await;
    Ok(())
}

async fn open(folder: &Folder, request: &Request) -> Result<Option<Reader>, BlobError> {
    let (folder, hash) = (folder.clone(), request.hash);
    match blocking(move || folder.read(&hash)).await {
        Ok(reader) => Ok(Some(reader)),
        Err(BlobError::NotHere { .. } | BlobError::Damaged { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn send(mut exchange: Exchange, mut reader: Reader, request: &Request) -> Result<(), ServeError> {
    let outline = reader.outline().clone();
    let end = request.first.saturating_add(request.count);
    if request.count > BLOB_PIECES || end > outline.count() {
        let (first, count) = (request.first, request.count);
        return Err(ServeError::Rules(format!("{count} pieces from {first} of {}", outline.count())));
    }
    exchange.send(&Answer::Here(outline.size()).encode()).await?;
    if request.outline {
        exchange.send(&outline.bytes()).await?;
    }
    for index in request.first..end {
        let bytes;
        (reader, bytes) = blocking(move || reader.piece(index).map(|bytes| (reader, bytes))).await?;
        exchange.send(&bytes).await?;
    }
    exchange.close().await;
    Ok(())
}
