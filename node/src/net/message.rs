//! What goes into the network and what comes out of it.

use std::{collections::BTreeSet, fmt};

use tokio::sync::{mpsc, oneshot};

use super::{Exchange, PeerKey};

/// The id of a gossip message: the first 20 bytes of BLAKE3(topic ‖ 0 ‖ data).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GossipId(pub [u8; 20]);

/// One session; never reused while the process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// What became of a gossip message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Good: forward it.
    Accept,
    /// Undecided: neither forward it nor blame who brought it.
    Ignore,
    /// Invalid whatever the context: blame who brought it.
    Reject,
}

/// A peer to keep connected and where it may be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialTarget {
    /// The peer.
    pub peer: PeerKey,
    /// Its multiaddresses; at most 16 are used.
    pub addresses: Vec<String>,
}

/// An order to the network.
#[derive(Debug)]
pub enum Command {
    /// Replaces the allow list. Peers no longer on it are disconnected. Joiners may only speak the join protocol; a key
    /// in both sets is a member.
    Allow {
        /// Peers with full rights.
        members: BTreeSet<PeerKey>,
        /// Peers that may only ask to join.
        joiners: BTreeSet<PeerKey>,
    },
    /// Replaces the set of peers to keep connected. At most 1,024 are used.
    Dial {
        /// The peers and their addresses.
        peers: Vec<DialTarget>,
    },
    /// Replaces the subscribed topics: at most 256, each at most 128 bytes.
    Topics(Vec<String>),
    /// Publishes a gossip message, in its turn.
    Publish {
        /// One of the subscribed topics.
        topic: String,
        /// At most 64 KiB with framing.
        data: Vec<u8>,
    },
    /// Says what became of a gossip message.
    Verdict {
        /// The message.
        message: GossipId,
        /// The verdict.
        verdict: Verdict,
    },
    /// Opens a session to a connected member; answered by [`Event::SessionOpened`] or [`Event::OpenFailed`].
    OpenSession {
        /// The member.
        peer: PeerKey,
    },
    /// Sends a frame of at most 256 KiB. Overflow of the session's queue closes the session.
    Send {
        /// The session.
        session: SessionId,
        /// The frame.
        frame: Vec<u8>,
    },
    /// Hands exchanges that members open on `/commons/blob/1` to this consumer; what it can't take is cut off.
    ServeExchanges(mpsc::Sender<Exchange>),
    /// Opens an exchange with a connected member.
    OpenExchange {
        /// The member.
        peer: PeerKey,
        /// Takes the exchange, or why there is none. Dropped without an answer when the network starts again.
        reply: oneshot::Sender<Result<Exchange, String>>,
    },
    /// Closes a session after what was already sent.
    Close {
        /// The session.
        session: SessionId,
    },
    /// `true` drops all connections and listeners and stops dialling until `false`.
    Pause(bool),
    /// Cuts a peer off and refuses it for a while.
    Disconnect {
        /// The peer.
        peer: PeerKey,
        /// How long it is refused, in seconds.
        for_seconds: u32,
    },
    /// Makes the network's task panic.
    #[cfg(test)]
    Panic,
}

/// Something that happened on the network.
#[derive(Debug)]
pub enum Event {
    /// The node listens on this multiaddress.
    Listening(String),
    /// A member is connected (its first connection).
    Connected {
        /// The member.
        peer: PeerKey,
    },
    /// A member's last connection is gone.
    Disconnected {
        /// The member.
        peer: PeerKey,
    },
    /// A gossip message that wants a [`Command::Verdict`] within a second.
    Gossip {
        /// Its id.
        id: GossipId,
        /// Who brought it (not necessarily its author).
        from: PeerKey,
        /// The topic.
        topic: String,
        /// The message.
        data: Vec<u8>,
    },
    /// A session is open; precedes all its frames.
    SessionOpened {
        /// The session.
        session: SessionId,
        /// The member at the other end.
        peer: PeerKey,
        /// Whether this node opened it.
        initiator: bool,
    },
    /// A session that was ordered could not be opened.
    OpenFailed {
        /// The peer.
        peer: PeerKey,
        /// The cause.
        why: String,
    },
    /// A frame arrived.
    Frame {
        /// The session.
        session: SessionId,
        /// At most 256 KiB.
        frame: Vec<u8>,
    },
    /// A session is over; the last event about it.
    SessionClosed {
        /// The session.
        session: SessionId,
        /// Why.
        reason: CloseReason,
    },
    /// A joiner or member asks something on the join protocol. Dropping `reply` closes the exchange without an answer.
    Join {
        /// Who asks.
        peer: PeerKey,
        /// At most 64 KiB.
        request: Vec<u8>,
        /// Takes the answer, at most 64 KiB.
        reply: oneshot::Sender<Vec<u8>>,
    },
    /// A dial failed; it will be tried again.
    DialFailed {
        /// The peer.
        peer: PeerKey,
        /// The address tried; empty when none was.
        address: String,
        /// The cause.
        why: String,
    },
    /// Something was refused. At most one a second; the counters are exact.
    Refused {
        /// What and why.
        what: String,
    },
}

/// Why a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// This node closed it.
    Local,
    /// The other end closed it.
    Remote,
    /// No traffic for the idle time.
    Idle,
    /// The peer did not take frames as fast as they were sent.
    Overflow,
    /// A frame broke the rules of framing.
    BadFrame(String),
    /// The connection failed.
    Io(String),
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("closed by this node"),
            Self::Remote => f.write_str("closed by the peer"),
            Self::Idle => f.write_str("no traffic for too long"),
            Self::Overflow => f.write_str("the peer is too slow: too many frames waited to be written"),
            Self::BadFrame(why) => write!(f, "a frame was not acceptable: {why}"),
            Self::Io(why) => write!(f, "the connection failed: {why}"),
        }
    }
}
