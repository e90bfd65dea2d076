//! Exchanges: one question and its answer on a stream of its own, moved in
//! frames by whoever asks or serves, away from the events of the node.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    io::{self, ErrorKind},
    sync::Arc,
    time::Duration,
};

use futures::AsyncWriteExt;
use libp2p::{PeerId, Stream};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{
    NetCounters, NetLimits, PeerKey,
    frame::{self, FrameError},
    slots::{Slot, Slots},
};

/// After its own end of stream a side waits this long for the other's, so that nothing in flight is cut off.
const LINGER: Duration = Duration::from_secs(5);

/// An open exchange with a member. Dropping it cuts it off.
pub struct Exchange {
    peer: PeerKey,
    stream: Stream,
    patience: Duration,
    counters: Arc<NetCounters>,
    _slot: Option<Slot>,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Exchange({})", self.peer)
    }
}

impl Exchange {
    /// The member at the other end.
    pub fn peer(&self) -> PeerKey {
        self.peer
    }

    /// Sends one frame of at most 256 KiB.
    ///
    /// # Errors
    /// [`FrameError::Io`] if the stream fails or the peer does not take the frame in time.
    pub async fn send(&mut self, frame: &[u8]) -> Result<(), FrameError> {
        let bytes = frame::encode(frame, frame::MAX_FRAME)?;
        let write = async {
            self.stream.write_all(&bytes).await?;
            self.stream.flush().await
        };
        timeout(self.patience, write).await.map_err(|_| too_slow())??;
        self.counters.exchange_bytes_out.add(bytes.len());
        Ok(())
    }

    /// The next frame, or nothing at the clean end of the stream.
    ///
    /// # Errors
    /// [`FrameError`]; [`FrameError::Io`] also if the whole frame does not come in time.
    pub async fn receive(&mut self, limit: usize) -> Result<Option<Vec<u8>>, FrameError> {
        let read = frame::read(&mut self.stream, limit.min(frame::MAX_FRAME), || ());
        let received = timeout(self.patience, read).await.map_err(|_| too_slow())??;
        Ok(received.map(|received| {
            self.counters.exchange_bytes_in.add(received.wire);
            received.frame
        }))
    }

    /// Ends the stream after all that was sent, and waits a moment for the peer's end.
    pub async fn close(mut self) {
        let end = async {
            self.stream.close().await?;
            frame::read(&mut self.stream, 0, || ()).await
        };
        // The exchange is over either way.
        let _ = timeout(LINGER.min(self.patience), end).await;
    }
}

fn too_slow() -> FrameError {
    io::Error::new(ErrorKind::TimedOut, "the peer took too long").into()
}

/// Who waits for an exchange to be opened.
pub(super) type Opening = oneshot::Sender<Result<Exchange, String>>;

/// The exchanges of a node.
pub(super) struct Exchanges {
    serving: Option<mpsc::Sender<Exchange>>,
    opening: HashMap<PeerId, VecDeque<Opening>>,
    slots: Slots,
    patience: Duration,
    counters: Arc<NetCounters>,
}

impl Exchanges {
    pub(super) fn new(limits: &NetLimits, counters: Arc<NetCounters>) -> Self {
        Self {
            serving: None,
            opening: HashMap::new(),
            slots: Slots::new(limits.exchanges, limits.exchanges_per_peer),
            patience: limits.exchange_patience,
            counters,
        }
    }

    /// Where exchanges that peers open go from now on.
    pub(super) fn serve(&mut self, serving: mpsc::Sender<Exchange>) {
        self.serving = Some(serving);
    }

    /// Hands on an exchange that a member opened; false if it has too many, or nobody takes it.
    pub(super) fn take(&mut self, peer: PeerKey, stream: Stream) -> bool {
        let Some(slot) = self.slots.take(peer) else {
            return false;
        };
        let exchange = self.exchange(peer, stream, Some(slot));
        self.serving.as_ref().is_some_and(|serving| serving.try_send(exchange).is_ok())
    }

    /// Remembers who waits for a stream that was ordered.
    pub(super) fn ordered(&mut self, peer: PeerId, opening: Opening) {
        self.opening.entry(peer).or_default().push_back(opening);
    }

    /// Answers who has waited longest for a stream to this peer.
    pub(super) fn opened(&mut self, id: &PeerId, peer: PeerKey, stream: Stream) {
        if let Some(opening) = self.next(id) {
            let exchange = self.exchange(peer, stream, None);
            // Nobody waits any more: the stream is dropped and so closed.
            let _ = opening.send(Ok(exchange));
        }
    }

    /// The same, with bad news.
    pub(super) fn failed(&mut self, id: &PeerId, why: String) {
        if let Some(opening) = self.next(id) {
            // Nobody waits any more.
            let _ = opening.send(Err(why));
        }
    }

    /// A new swarm knows nothing of what was ordered.
    pub(super) fn reset(&mut self) {
        self.opening.clear();
    }

    /// Who has waited longest and still does.
    fn next(&mut self, id: &PeerId) -> Option<Opening> {
        let waiting = self.opening.get_mut(id)?;
        waiting.retain(|opening| !opening.is_closed());
        let next = waiting.pop_front();
        if waiting.is_empty() {
            self.opening.remove(id);
        }
        next
    }

    fn exchange(&self, peer: PeerKey, stream: Stream, slot: Option<Slot>) -> Exchange {
        let counters = self.counters.clone();
        Exchange { peer, stream, patience: self.patience, counters, _slot: slot }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who gave up waiting must not take the place of who still waits.
    #[test]
    fn news_goes_to_who_still_waits() {
        let mut exchanges = Exchanges::new(&NetLimits::default(), Arc::default());
        let peer = PeerId::random();
        let ((first, given_up), (second, mut waiting)) = (oneshot::channel(), oneshot::channel());
        exchanges.ordered(peer, first);
        exchanges.ordered(peer, second);
        drop(given_up);
        exchanges.failed(&peer, "no".to_owned());
        assert_eq!(waiting.try_recv().expect("an answer").expect_err("bad news"), "no");
        assert!(exchanges.opening.is_empty());
        exchanges.failed(&peer, "nobody waits".to_owned());
    }
}
