//! How gossip is set up: ids from content, verdicts by us, a mesh as wide as a hub needs, nothing on foreign topics.
//!
//! Gossip is only a hint; anti-entropy delivers. Everything here bounds what a hint may cost.

mod flood;
mod publish;
mod verdicts;

use std::{
    collections::{BTreeSet, HashSet},
    io,
    sync::{Arc, RwLock},
    time::Duration,
};

use libp2p::gossipsub::{
    self, Config, ConfigBuilder, DataTransform, IdentTopic, MaxCountSubscriptionFilter, Message,
    MessageAuthenticity, MessageId, PeerScoreParams, PeerScoreThresholds, RawMessage, TopicHash,
    TopicScoreParams, TopicSubscriptionFilter, ValidationMode,
};

use super::{GossipId, NetError, Role};
pub(super) use flood::FloodMeter;
pub(super) use publish::{Outgoing, PublishQueue};
pub(super) use verdicts::Pending;

/// The gossip behaviour with our topic rules.
pub(super) type Gossip = gossipsub::Behaviour<OwnTopics, MaxCountSubscriptionFilter<OwnTopics>>;

/// Longest topic, in bytes.
pub(super) const MAX_TOPIC: usize = 128;
/// Most topics, ours and of each peer.
pub(super) const MAX_TOPICS: usize = 256;
/// Largest message with its framing, in bytes.
const MAX_TRANSMIT: usize = 64 * 1024;
/// Messages that may wait for one slow peer.
const PEER_QUEUE: usize = 256;
/// Messages in one envelope from a peer; more is a broken envelope.
const MAX_PER_RPC: usize = 256;

/// The topics that this node takes part in, shared with the behaviour.
#[derive(Clone, Default)]
pub(super) struct OwnTopics(Arc<RwLock<HashSet<TopicHash>>>);

impl OwnTopics {
    fn contains(&self, topic: &TopicHash) -> bool {
        self.0.read().unwrap_or_else(|poisoned| poisoned.into_inner()).contains(topic)
    }

    fn replace(&self, topics: HashSet<TopicHash>) {
        *self.0.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = topics;
    }
}

impl TopicSubscriptionFilter for OwnTopics {
    /// Asked for this node's subscriptions, which only [`subscribe`] makes, and for those of peers. A peer announces
    /// its topics only once per connection: if those that are not ours yet were forgotten, a topic that we join later
    /// would have no peers. So short names are remembered, at most [`MAX_TOPICS`] per peer; messages on them are
    /// dropped all the same.
    fn can_subscribe(&mut self, topic: &TopicHash) -> bool {
        topic.as_str().len() <= MAX_TOPIC
    }
}

/// Messages on topics that are not ours are dropped before they enter any cache.
impl DataTransform for OwnTopics {
    fn inbound_transform(&self, raw: RawMessage) -> Result<Message, io::Error> {
        if !self.contains(&raw.topic) {
            return Err(io::Error::other("not one of this node's topics"));
        }
        Ok(Message {
            source: raw.source,
            data: raw.data,
            sequence_number: raw.sequence_number,
            topic: raw.topic,
        })
    }

    fn outbound_transform(&self, _: &TopicHash, data: Vec<u8>) -> Result<Vec<u8>, io::Error> {
        Ok(data)
    }
}

/// The id of a message: a function of its topic and content alone.
pub(super) fn id(topic: &str, data: &[u8]) -> GossipId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(topic.as_bytes()).update(&[0]).update(data);
    let mut id = [0; 20];
    hasher.finalize_xof().fill(&mut id);
    GossipId(id)
}

/// A fresh gossip behaviour and its topic list.
pub(super) fn build(role: Role, expected_sites: usize) -> Result<(Gossip, OwnTopics), NetError> {
    let topics = OwnTopics::default();
    let filter = MaxCountSubscriptionFilter {
        filter: topics.clone(),
        max_subscribed_topics: MAX_TOPICS,
        max_subscriptions_per_request: 2 * MAX_TOPICS,
    };
    let config = settings(role, expected_sites)?;
    let wrong = |e: &dyn ToString| NetError::Gossip(e.to_string());
    let mut gossip = Gossip::new_with_subscription_filter_and_transform(
        MessageAuthenticity::Anonymous,
        config,
        filter,
        topics.clone(),
    )
    .map_err(|e| wrong(&e))?;
    gossip.with_peer_score(scoring(), thresholds()).map_err(|e| wrong(&e))?;
    Ok((gossip, topics))
}

fn settings(role: Role, expected_sites: usize) -> Result<Config, NetError> {
    let mut builder = ConfigBuilder::default();
    builder
        .validation_mode(ValidationMode::Anonymous)
        .validate_messages()
        .message_id_fn(|message: &Message| MessageId::new(&id(message.topic.as_str(), &message.data).0))
        .max_transmit_size(MAX_TRANSMIT)
        .heartbeat_interval(Duration::from_secs(1))
        .heartbeat_initial_delay(Duration::from_secs(1))
        .duplicate_cache_time(Duration::from_secs(120))
        .flood_publish(true)
        .connection_handler_queue_len(PEER_QUEUE)
        .publish_queue_duration(Duration::from_secs(5))
        .forward_queue_duration(Duration::from_secs(5))
        .max_publish_messages(MAX_PER_RPC)
        .prune_peers(0);
    if role == Role::Hub {
        let wide = expected_sites.clamp(8, 4096);
        builder.mesh_n(wide).mesh_n_low(wide / 2).mesh_n_high(wide * 2).mesh_outbound_min(0);
    }
    builder.build().map_err(|e| NetError::Gossip(e.to_string()))
}

/// Only proven misbehaviour counts, so no peer can save up credit. No penalty for sharing an address: a hospital's
/// sites do. None for being slow or for delivering little: most sites have little to say.
fn scoring() -> PeerScoreParams {
    PeerScoreParams {
        ip_colocation_factor_weight: 0.0,
        slow_peer_weight: 0.0,
        behaviour_penalty_weight: -1.0,
        behaviour_penalty_threshold: 6.0,
        behaviour_penalty_decay: 0.9,
        ..PeerScoreParams::default()
    }
}

/// One invalid message ends gossip with a peer for a while, three silence it.
fn thresholds() -> PeerScoreThresholds {
    PeerScoreThresholds {
        gossip_threshold: -10.0,
        publish_threshold: -50.0,
        graylist_threshold: -80.0,
        opportunistic_graft_threshold: 0.0,
        ..PeerScoreThresholds::default()
    }
}

fn topic_scoring() -> TopicScoreParams {
    TopicScoreParams {
        topic_weight: 1.0,
        time_in_mesh_weight: 0.0,
        first_message_deliveries_weight: 0.0,
        mesh_message_deliveries_weight: 0.0,
        mesh_failure_penalty_weight: 0.0,
        invalid_message_deliveries_weight: -10.0,
        invalid_message_deliveries_decay: 0.9,
        ..TopicScoreParams::default()
    }
}

/// Makes the subscriptions equal to the wanted ones. Returns what could not be done.
pub(super) fn subscribe(gossip: &mut Gossip, own: &OwnTopics, wanted: &BTreeSet<String>) -> Vec<String> {
    let wanted: Vec<IdentTopic> = wanted.iter().map(IdentTopic::new).collect();
    let hashes: HashSet<TopicHash> = wanted.iter().map(IdentTopic::hash).collect();
    let gone: Vec<TopicHash> = gossip.topics().filter(|t| !hashes.contains(t)).cloned().collect();
    for topic in gone {
        gossip.unsubscribe(&IdentTopic::new(topic.into_string()));
    }
    own.replace(hashes);
    wanted.iter().filter_map(|topic| join(gossip, topic).err()).collect()
}

fn join(gossip: &mut Gossip, topic: &IdentTopic) -> Result<(), String> {
    if gossip.topics().any(|t| *t == topic.hash()) {
        return Ok(());
    }
    gossip
        .set_topic_params(topic.clone(), topic_scoring())
        .map_err(|e| format!("the scoring of topic {topic}: {e}"))?;
    gossip.subscribe(topic).map(drop).map_err(|e| format!("the topic {topic}: {e:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_profiles_are_consistent() {
        for (role, sites) in
            [(Role::Site, 0), (Role::Hub, 0), (Role::Hub, 7), (Role::Hub, 300), (Role::Hub, usize::MAX)]
        {
            assert!(build(role, sites).is_ok(), "{role:?} with {sites} sites");
        }
    }

    #[test]
    fn a_hub_is_as_wide_as_its_sites() {
        let hub = settings(Role::Hub, 300).expect("consistent");
        assert_eq!((hub.mesh_n_low(), hub.mesh_n(), hub.mesh_n_high()), (150, 300, 600));
        assert_eq!(hub.mesh_outbound_min(), 0);
        let site = settings(Role::Site, 300).expect("consistent");
        assert_eq!((site.mesh_n(), site.mesh_n_high()), (6, 12));
    }

    #[test]
    fn ids_separate_topic_and_data() {
        assert_ne!(id("ab", b"c"), id("a", b"bc"));
        assert_eq!(id("a", b"b"), id("a", b"b"));
        let whole = blake3::hash(b"a\0b");
        assert_eq!(id("a", b"b").0, whole.as_bytes()[..20]);
    }
}
