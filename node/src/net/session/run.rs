//! The task of one session.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::{
    AsyncReadExt, AsyncWrite, AsyncWriteExt,
    io::{ReadHalf, WriteHalf},
};
use libp2p::Stream;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};

use super::super::{
    CloseReason, Event, FrameError, MAX_FRAME, NetCounters, PeerKey, SessionId,
    frame::{self, Received},
    slots::Slot,
};

/// Frames are written in pieces, so that a slow link shows progress.
const PIECE: usize = 16 * 1024;
/// After its own end of stream a session waits this long for the peer's, so that nothing in flight is cut off.
const LINGER: Duration = Duration::from_secs(5);

/// What a session's task needs to know.
pub(super) struct Running {
    pub(super) session: SessionId,
    pub(super) peer: PeerKey,
    pub(super) initiator: bool,
    pub(super) idle: Duration,
    pub(super) events: mpsc::Sender<Event>,
    pub(super) counters: Arc<NetCounters>,
    pub(super) slot: Slot,
}

impl Running {
    /// Reports the opening, moves frames both ways until one side is done, and reports the end. The slot is given
    /// back only after that, so unread reports are bounded too.
    pub(super) async fn run(
        self,
        stream: Stream,
        queue: mpsc::Receiver<Vec<u8>>,
        stopped: oneshot::Receiver<CloseReason>,
    ) {
        let Self { session, peer, initiator, .. } = self;
        if self.events.send(Event::SessionOpened { session, peer, initiator }).await.is_err() {
            return;
        }
        let reason = self.exchange(stream, queue, stopped).await;
        // Without a consumer nobody is left to tell.
        let _ = self.events.send(Event::SessionClosed { session, reason }).await;
        drop(self.slot);
    }

    async fn exchange(
        &self,
        stream: Stream,
        queue: mpsc::Receiver<Vec<u8>>,
        stopped: oneshot::Receiver<CloseReason>,
    ) -> CloseReason {
        let activity = Activity::new();
        let (reader, writer) = stream.split();
        let wait_for_stop = async {
            match stopped.await {
                Ok(reason) => reason,
                // A closing session is dropped from the table without a word: the writer knows.
                Err(_) => std::future::pending().await,
            }
        };
        let reason = tokio::select! {
            reason = wait_for_stop => reason,
            reason = self.read(reader, &activity) => reason,
            reason = self.write(writer, queue, &activity) => reason,
            reason = activity.idle(self.idle) => reason,
        };
        match reason {
            // The peer's end of stream, or of the connection, is the answer to this node's own.
            CloseReason::Remote | CloseReason::Io(_) if activity.closing() => CloseReason::Local,
            reason => reason,
        }
    }

    async fn read(&self, mut stream: ReadHalf<Stream>, activity: &Activity) -> CloseReason {
        loop {
            let Received { frame, wire } =
                match frame::read(&mut stream, MAX_FRAME, || activity.touch()).await {
                    Ok(Some(received)) => received,
                    Ok(None) => return CloseReason::Remote,
                    Err(error) => return reason(error),
                };
            self.counters.session_bytes_in.add(wire);
            activity.wait_for_consumer(true);
            if self.events.send(Event::Frame { session: self.session, frame }).await.is_err() {
                return CloseReason::Local;
            }
            activity.wait_for_consumer(false);
        }
    }

    async fn write(
        &self,
        mut stream: WriteHalf<Stream>,
        mut queue: mpsc::Receiver<Vec<u8>>,
        activity: &Activity,
    ) -> CloseReason {
        while let Some(frame) = queue.recv().await {
            let bytes = match frame::encode(&frame, MAX_FRAME) {
                Ok(bytes) => bytes,
                Err(error) => return reason(error),
            };
            if let Err(error) = write_all(&mut stream, &bytes, activity, queue.is_empty()).await {
                return CloseReason::Io(error.to_string());
            }
            self.counters.session_bytes_out.add(bytes.len());
        }
        activity.close();
        match stream.close().await {
            // The reader ends the session when the peer answers with its own end of stream.
            Ok(()) => tokio::time::sleep(LINGER).await,
            Err(error) => return CloseReason::Io(error.to_string()),
        }
        CloseReason::Local
    }
}

async fn write_all<W: AsyncWrite + Unpin>(
    stream: &mut W,
    bytes: &[u8],
    activity: &Activity,
    flush: bool,
) -> std::io::Result<()> {
    for piece in bytes.chunks(PIECE) {
        stream.write_all(piece).await?;
        activity.touch();
    }
    if flush {
        stream.flush().await?;
    }
    Ok(())
}

fn reason(error: FrameError) -> CloseReason {
    match error {
        FrameError::Io(error) => CloseReason::Io(error.to_string()),
        other => CloseReason::BadFrame(other.to_string()),
    }
}

/// When something last moved. Waiting for this node's own consumer is not the peer's idleness.
struct Activity {
    start: Instant,
    last: AtomicU64,
    waiting: AtomicBool,
    closing: AtomicBool,
}

impl Activity {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            last: AtomicU64::new(0),
            waiting: AtomicBool::new(false),
            closing: AtomicBool::new(false),
        }
    }

    fn touch(&self) {
        let since = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(since, Ordering::Relaxed);
    }

    fn wait_for_consumer(&self, waiting: bool) {
        self.waiting.store(waiting, Ordering::Relaxed);
        self.touch();
    }

    fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    /// Whether this node has ended its side.
    fn closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Returns when nothing has moved for the given time.
    async fn idle(&self, patience: Duration) -> CloseReason {
        loop {
            let last = self.start + Duration::from_millis(self.last.load(Ordering::Relaxed));
            let end = last + patience;
            if Instant::now() < end {
                sleep_until(end).await;
            } else if self.waiting.load(Ordering::Relaxed) {
                tokio::time::sleep(patience).await;
            } else {
                return CloseReason::Idle;
            }
        }
    }
}
