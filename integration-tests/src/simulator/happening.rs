//! What the world has planned for a later moment.

use super::node::NodeId;
use commons_node::net::{GossipId, SessionId};

/// Something that is due at some moment.
#[derive(Clone, Debug)]
pub(super) enum Happening {
    /// Time is told to a node.
    Tick(NodeId),
    /// A node's batch of inputs ends.
    Finish { node: NodeId, start: u64 },
    /// A node dials those whom it wants to reach.
    Dial(NodeId),
    /// A node that joins asks its inviter.
    Ask(NodeId),
    /// The inviter's answer arrives.
    Answer { node: NodeId, start: u64, answer: Result<Vec<u8>, String> },
    /// The network brings something to a node that started for the `start`th
    /// time.
    Bring { to: NodeId, start: u64, what: Carried },
    /// A node is switched on again.
    PowerOn(NodeId),
}

/// What the network brings.
#[derive(Clone, Debug)]
pub enum Carried {
    /// A peer is connected.
    Connected(NodeId),
    /// A peer is gone.
    Disconnected(NodeId),
    /// A session is open.
    Opened {
        /// The session.
        session: SessionId,
        /// The other end.
        peer: NodeId,
        /// Whether this end opened it.
        initiator: bool,
    },
    /// A session could not be opened.
    OpenFailed(NodeId),
    /// A frame of a session.
    Frame {
        /// The session.
        session: SessionId,
        /// The frame.
        frame: Vec<u8>,
    },
    /// A session is over.
    Closed {
        /// The session.
        session: SessionId,
        /// Whether this end closed it.
        here: bool,
    },
    /// A gossip message.
    Gossip {
        /// Its id.
        id: GossipId,
        /// Who brought it.
        from: NodeId,
        /// The topic.
        topic: String,
        /// The message.
        data: Vec<u8>,
    },
    /// A dial failed.
    DialFailed(NodeId),
}
