//! What the task does with each order.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use libp2p::{
    PeerId,
    gossipsub::{IdentTopic, MessageAcceptance, MessageId, PublishError},
};
use tokio::time::Instant;

use super::{
    super::{
        Command, DialTarget, Event, GossipId, PeerKey, Verdict, address,
        behaviour::Built,
        exchange::Opening,
        gate::Standing,
        gossip::{MAX_TOPIC, MAX_TOPICS, Outgoing},
        streams::Protocol,
    },
    Node,
};

impl Node {
    pub(super) fn on_order(&mut self, built: &mut Built, order: Command) {
        match order {
            Command::Allow { members, joiners } => self.allow(built, &members, &joiners),
            Command::Dial { peers } => self.keep_connected(built, peers),
            Command::Topics(topics) => self.set_topics(built, topics),
            Command::Publish { topic, data } => self.queue_message(topic, data),
            Command::Verdict { message, verdict } => self.judge(built, message, verdict),
            Command::OpenSession { peer } => self.open_session(built, peer),
            Command::Send { session, frame } => self.sessions.send(session, frame),
            Command::ServeExchanges(serving) => self.exchanges.serve(serving),
            Command::OpenExchange { peer, reply } => self.open_exchange(built, &peer, reply),
            Command::Close { session } => self.sessions.close(session),
            Command::Pause(pause) => self.pause(built, pause),
            Command::Disconnect { peer, for_seconds } => self.cut_off(built, &peer, for_seconds),
            #[cfg(test)]
            Command::Panic => panic!("a test wants this"),
        }
    }

    fn allow(&mut self, built: &mut Built, members: &BTreeSet<PeerKey>, joiners: &BTreeSet<PeerKey>) {
        let mut peers = HashMap::new();
        let all = joiners
            .iter()
            .map(|k| (k, Standing::Joiner))
            .chain(members.iter().map(|k| (k, Standing::Member)));
        for (key, standing) in all {
            match address::peer_id(key) {
                Ok(id) => drop(peers.insert(id, standing)),
                Err(error) => self.outbox.refused(error.to_string()),
            }
        }
        for peer in self.gate.replace(peers) {
            disconnect(built, peer);
        }
        let gate = &self.gate;
        self.flood.retain(|peer| gate.knows(peer));
    }

    fn keep_connected(&mut self, built: &mut Built, peers: Vec<DialTarget>) {
        let swarm = &built.swarm;
        let unusable = self.redial.replace(peers, Instant::now(), |peer| swarm.is_connected(peer));
        for (peer, address, why) in unusable {
            self.outbox.push(Event::DialFailed { peer, address, why });
        }
    }

    fn set_topics(&mut self, built: &mut Built, topics: Vec<String>) {
        let (short, long): (Vec<_>, Vec<_>) = topics.into_iter().partition(|t| t.len() <= MAX_TOPIC);
        self.topics = short.into_iter().collect();
        let too_many = self.topics.len() > MAX_TOPICS;
        self.topics = std::mem::take(&mut self.topics).into_iter().take(MAX_TOPICS).collect();
        if too_many || !long.is_empty() {
            self.outbox
                .refused(format!("topics beyond {MAX_TOPICS} or longer than {MAX_TOPIC} bytes are left out"));
        }
        self.subscribe(built);
    }

    fn queue_message(&mut self, topic: String, data: Vec<u8>) {
        if !self.topics.contains(&topic) {
            return self
                .outbox
                .refused(format!("cannot publish on `{topic}`: it is not one of this node's topics"));
        }
        if !self.publish.push(Outgoing { topic, data }) {
            self.outbox.refused("too many messages wait to be published; peers will fetch this one".into());
        }
    }

    /// Hands one message to the peers. Having nobody to hand it to is no fault: peers fetch what they missed.
    pub(super) fn publish_now(&mut self, built: &mut Built, message: Outgoing) {
        let Outgoing { topic, data } = message;
        match built.swarm.behaviour_mut().members.gossip.publish(IdentTopic::new(topic), data) {
            Ok(_) => self.counters.gossip_out.add(1),
            Err(PublishError::Duplicate | PublishError::NoPeersSubscribedToTopic) => {}
            Err(error) => self.outbox.refused(format!("a message could not be published: {error}")),
        }
    }

    fn judge(&mut self, built: &mut Built, id: GossipId, verdict: Verdict) {
        // After its deadline a message is ignored already.
        if let Some(source) = self.pending.take(&id) {
            self.report(built, id, source, verdict);
        }
    }

    pub(super) fn report(&mut self, built: &mut Built, id: GossipId, source: PeerId, verdict: Verdict) {
        let (counter, acceptance) = match verdict {
            Verdict::Accept => (&self.counters.gossip_accepted, MessageAcceptance::Accept),
            Verdict::Ignore => (&self.counters.gossip_ignored, MessageAcceptance::Ignore),
            Verdict::Reject => (&self.counters.gossip_rejected, MessageAcceptance::Reject),
        };
        counter.add(1);
        let gossip = &mut built.swarm.behaviour_mut().members.gossip;
        gossip.report_message_validation_result(&MessageId::new(&id.0), &source, acceptance);
    }

    fn open_session(&mut self, built: &mut Built, peer: PeerKey) {
        let opened = match address::peer_id(&peer) {
            Ok(id) => built.swarm.behaviour_mut().streams.open(id, Protocol::Sync).map_err(str::to_owned),
            Err(error) => Err(error.to_string()),
        };
        if let Err(why) = opened {
            self.outbox.push(Event::OpenFailed { peer, why });
        }
    }

    fn open_exchange(&mut self, built: &mut Built, peer: &PeerKey, reply: Opening) {
        let opened = address::peer_id(peer).map_err(|error| error.to_string()).and_then(|id| {
            built.swarm.behaviour_mut().streams.open(id, Protocol::Blob).map_err(str::to_owned)?;
            Ok(id)
        });
        match opened {
            Ok(id) => self.exchanges.ordered(id, reply),
            // Nobody waits any more.
            Err(why) => _ = reply.send(Err(why)),
        }
    }

    fn pause(&mut self, built: &mut Built, pause: bool) {
        self.gate.pause(pause);
        if !pause {
            return self.redial.hurry(Instant::now());
        }
        self.listeners.close(&mut built.swarm);
        let peers: Vec<PeerId> = built.swarm.connected_peers().copied().collect();
        for peer in peers {
            disconnect(built, peer);
        }
    }

    fn cut_off(&mut self, built: &mut Built, peer: &PeerKey, for_seconds: u32) {
        match address::peer_id(peer) {
            Ok(id) => self.cut_off_id(built, id, for_seconds),
            Err(error) => self.outbox.refused(error.to_string()),
        }
    }

    pub(super) fn cut_off_id(&mut self, built: &mut Built, peer: PeerId, for_seconds: u32) {
        self.gate.cut_off(peer, Instant::now() + Duration::from_secs(for_seconds.into()));
        disconnect(built, peer);
    }
}

fn disconnect(built: &mut Built, peer: PeerId) {
    // An error only says that the peer was not connected.
    let _ = built.swarm.disconnect_peer_id(peer);
}
