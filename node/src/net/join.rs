//! The join protocol: one frame each way, for keys that are not members yet.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures::{AsyncWriteExt, StreamExt};
use libp2p::{
    Multiaddr, PeerId, Stream, Swarm,
    identity::Keypair,
    swarm::{DialError, SwarmEvent, dial_opts::DialOpts},
};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{
    Event, MAX_JOIN_FRAME, NetCounters, NetError, PeerKey, address, behaviour,
    frame::{self, FrameError},
    gate::{Gate, Standing},
    slots::Slot,
    streams::{Protocol, StreamEvent, Streams},
};

/// Serves one exchange: reads the request, lets the consumer answer, writes the answer. All within `time`.
pub(super) async fn serve(
    mut stream: Stream,
    peer: PeerKey,
    events: mpsc::Sender<Event>,
    time: Duration,
    slot: Slot,
) {
    match timeout(time, exchange(&mut stream, peer, &events)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%peer, %error, "a join exchange failed"),
        Err(_) => tracing::debug!(%peer, "a join exchange took too long"),
    }
    drop(slot);
}

async fn exchange(
    stream: &mut Stream,
    peer: PeerKey,
    events: &mpsc::Sender<Event>,
) -> Result<(), FrameError> {
    let Some(request) = frame::read(stream, MAX_JOIN_FRAME, || ()).await? else {
        return Ok(());
    };
    let (reply, answer) = oneshot::channel();
    let event = Event::Join { peer, request: request.frame, reply };
    if events.send(event).await.is_err() {
        return Ok(());
    }
    // No answer means that the consumer does not want to talk; closing the stream says so.
    if let Ok(answer) = answer.await {
        stream.write_all(&frame::encode(&answer, MAX_JOIN_FRAME)?).await?;
    }
    stream.close().await?;
    // Wait for the peer's end, so that the answer is not cut off in flight.
    let _ = frame::read(stream, 0, || ()).await;
    Ok(())
}

/// One request on the join protocol under a one-time identity, over a connection of its own: dials the addresses,
/// sends one frame of at most 64 KiB and returns the peer's one frame. All within `time`.
pub async fn ask(
    secret_of_one_time_identity: &[u8; 32],
    expected_peer: PeerKey,
    addresses: &[String],
    request: Vec<u8>,
    time: Duration,
) -> Result<Vec<u8>, NetError> {
    tokio::runtime::Handle::try_current().map_err(|_| NetError::NoRuntime)?;
    let mut secret = zeroize::Zeroizing::new(*secret_of_one_time_identity);
    let keypair = Keypair::ed25519_from_bytes(&mut *secret).map_err(NetError::Secret)?;
    let request = frame::encode(&request, MAX_JOIN_FRAME)?;
    let peer = address::peer_id(&expected_peer)?;
    let addresses = addresses.iter().map(|a| address::parse(a)).collect::<Result<Vec<_>, _>>()?;
    let question = Question { peer, key: expected_peer, addresses, request };
    timeout(time, question.ask(&keypair)).await.map_err(|_| NetError::TimedOut(expected_peer))?
}

struct Question {
    peer: PeerId,
    key: PeerKey,
    addresses: Vec<Multiaddr>,
    request: Vec<u8>,
}

impl Question {
    async fn ask(self, keypair: &Keypair) -> Result<Vec<u8>, NetError> {
        let gate = Gate::new(Arc::new(NetCounters::default()));
        gate.replace(HashMap::from([(self.peer, Standing::Joiner)]));
        let (mut swarm, broken) = behaviour::swarm_of(Streams::new(gate.clone()), keypair, &gate)?;
        let dial = DialOpts::peer_id(self.peer).addresses(self.addresses.clone()).build();
        swarm.dial(dial).map_err(|error| self.unreachable(&error))?;
        let mut stream = tokio::select! {
            stream = self.connect(&mut swarm) => stream?,
            () = broken.notified() => return Err(NetError::NoAnswer(self.key)),
        };
        tokio::select! {
            answer = self.exchange(&mut stream) => answer,
            () = keep_going(&mut swarm) => Err(NetError::NoAnswer(self.key)),
            () = broken.notified() => Err(NetError::NoAnswer(self.key)),
        }
    }

    async fn connect(&self, swarm: &mut Swarm<Streams>) -> Result<Stream, NetError> {
        loop {
            match swarm.select_next_some().await {
                SwarmEvent::ConnectionEstablished { peer_id, .. } => {
                    swarm
                        .behaviour_mut()
                        .open(peer_id, Protocol::Join)
                        .map_err(|why| self.because(why.into()))?;
                }
                SwarmEvent::Behaviour(StreamEvent::Opened { stream, .. }) => return Ok(stream),
                SwarmEvent::Behaviour(StreamEvent::OpenFailed { why, .. }) => {
                    return Err(self.because(why));
                }
                SwarmEvent::OutgoingConnectionError { error, .. } => {
                    return Err(self.unreachable(&error));
                }
                _ => {}
            }
        }
    }

    async fn exchange(&self, stream: &mut Stream) -> Result<Vec<u8>, NetError> {
        stream.write_all(&self.request).await.map_err(FrameError::from)?;
        stream.flush().await.map_err(FrameError::from)?;
        match frame::read(stream, MAX_JOIN_FRAME, || ()).await {
            Ok(Some(answer)) => Ok(answer.frame),
            Ok(None) | Err(FrameError::Io(_)) => Err(NetError::NoAnswer(self.key)),
            Err(error) => Err(error.into()),
        }
    }

    fn unreachable(&self, error: &DialError) -> NetError {
        let attempts = dial_failures(error).into_iter();
        self.because(
            attempts.map(|(address, why)| format!("{address}: {why}")).collect::<Vec<_>>().join("; "),
        )
    }

    fn because(&self, why: String) -> NetError {
        NetError::Unreachable { peer: self.key, why }
    }
}

/// Drives the swarm until the connection is gone.
async fn keep_going(swarm: &mut Swarm<Streams>) {
    while !matches!(swarm.select_next_some().await, SwarmEvent::ConnectionClosed { num_established: 0, .. }) {
    }
}

/// A failed dial as pairs of address and cause.
pub(super) fn dial_failures(error: &DialError) -> Vec<(String, String)> {
    match error {
        DialError::Transport(attempts) => attempts.iter().map(|(a, e)| (a.to_string(), chain(e))).collect(),
        DialError::WrongPeerId { obtained, address } => {
            vec![(address.to_string(), format!("another peer answered there: {obtained}"))]
        }
        other => vec![(String::new(), chain(other))],
    }
}

/// An error with all its causes; libp2p hides the telling one inside. Repetitions are left out.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}
