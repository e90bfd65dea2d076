//! Sessions: framed streams between two members, each run by a task of its own.
//!
//! The table here only holds the way in: a bounded queue of frames and a way to stop the task. A full queue closes the
//! session, so a slow peer never blocks the node. In the other direction the task waits for the consumer of events and
//! meanwhile reads nothing, so a slow node pushes back on its peer and loses nothing.

mod run;

use std::{collections::HashMap, sync::Arc};

use libp2p::Stream;
use tokio::sync::{mpsc, oneshot};

use super::{CloseReason, Event, MAX_FRAME, NetCounters, NetLimits, PeerKey, SessionId, slots::Slots};
use run::Running;

/// The sessions of a node.
pub(super) struct Sessions {
    table: HashMap<SessionId, Entry>,
    slots: Slots,
    limits: NetLimits,
    events: mpsc::Sender<Event>,
    counters: Arc<NetCounters>,
    next: u64,
}

struct Entry {
    frames: mpsc::Sender<Vec<u8>>,
    stop: oneshot::Sender<CloseReason>,
}

impl Sessions {
    pub(super) fn new(limits: &NetLimits, events: mpsc::Sender<Event>, counters: Arc<NetCounters>) -> Self {
        let slots = Slots::new(limits.sessions, limits.sessions_per_peer);
        Self { table: HashMap::new(), slots, limits: limits.clone(), events, counters, next: 1 }
    }

    /// Starts a session on an open stream; false when there are too many.
    pub(super) fn start(&mut self, peer: PeerKey, stream: Stream, initiator: bool) -> bool {
        let Some(slot) = self.slots.take(peer) else {
            return false;
        };
        self.table.retain(|_, entry| !entry.frames.is_closed());
        let session = SessionId(self.next);
        self.next += 1;
        let (frames, queue) = mpsc::channel(self.limits.session_queue.max(1));
        let (stop, stopped) = oneshot::channel();
        self.table.insert(session, Entry { frames, stop });
        let running = Running {
            session,
            peer,
            initiator,
            idle: self.limits.session_idle,
            events: self.events.clone(),
            counters: self.counters.clone(),
            slot,
        };
        tokio::spawn(running.run(stream, queue, stopped));
        true
    }

    /// Queues a frame. Frames for sessions that are over are dropped: their end was or will be reported.
    pub(super) fn send(&mut self, session: SessionId, frame: Vec<u8>) {
        let Some(entry) = self.table.get(&session) else {
            return;
        };
        if frame.len() > MAX_FRAME {
            let why = format!("this node tried to send {} bytes, the limit is {MAX_FRAME}", frame.len());
            return self.stop(session, CloseReason::BadFrame(why));
        }
        match entry.frames.try_send(frame) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => self.stop(session, CloseReason::Overflow),
            Err(mpsc::error::TrySendError::Closed(_)) => drop(self.table.remove(&session)),
        }
    }

    /// Ends a session after what is queued: dropping the queue's sender lets the writer finish.
    pub(super) fn close(&mut self, session: SessionId) {
        if let Some(entry) = self.table.get_mut(&session) {
            let (closed, _) = mpsc::channel(1);
            entry.frames = closed;
        }
    }

    fn stop(&mut self, session: SessionId, reason: CloseReason) {
        if let Some(entry) = self.table.remove(&session) {
            // The task may be gone already; then it has reported its own reason.
            let _ = entry.stop.send(reason);
        }
    }
}
