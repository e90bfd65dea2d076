//! Gossip: small contributions and governance objects are pushed to whoever
//! listens; whatever does not arrive is found by the next catch-up.

use super::intake::Intake;
use super::{Engine, Failure};
use crate::net::{Command, GossipId, PeerKey, Verdict};
use crate::store::{Store, StoreError};
use commons_protocol::codec;
use commons_protocol::collection::Collection;
use commons_protocol::id::{CommonsId, Digest};
use commons_protocol::limits::GOSSIP_BYTES;
use commons_protocol::object::Object;
use commons_protocol::refusal::Refusal;
use commons_protocol::run::Run;
use minicbor::{Decode, Encode};

/// What travels by gossip.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Message {
    /// A run, whole.
    #[n(1)]
    Run(
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
    ),
    /// A governance object.
    #[n(2)]
    Object(
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        Vec<u8>,
    ),
    /// The sender gained something that was not pushed whole; it holds these
    /// log heads now. Whoever holds others catches up with it.
    #[n(3)]
    Ahead(#[n(0)] Digest),
}

/// The topic of a collection: short, since it travels with every message.
pub fn topic(commons: &CommonsId, collection: Collection) -> String {
    format!("{}/{}", &commons.to_string()[..12], collection.number())
}

/// The topic of governance objects.
pub fn governance_topic(commons: &CommonsId) -> String {
    format!("{}/0", &commons.to_string()[..12])
}

impl<S: Store> Engine<S> {
    /// Takes in a message that came by gossip, and judges it for forwarding:
    /// *reject* only what is wrong whatever else is known, *ignore* what
    /// can't be decided here – the sender may merely be ahead of us.
    pub(super) fn on_gossip(&mut self, id: GossipId, from: PeerKey, data: &[u8]) -> Result<(), StoreError> {
        let (verdict, behind) = match self.take_message(data)? {
            Ok(Intake::New) => (Verdict::Accept, false),
            Ok(Intake::Known | Intake::Withheld) => (Verdict::Ignore, false),
            Ok(Intake::Waits) => (Verdict::Ignore, true),
            Ok(Intake::Refused(refusal)) | Err(refusal) => {
                self.count_refusal(refusal.code());
                let verdict = if refusal.is_final() { Verdict::Reject } else { Verdict::Ignore };
                if refusal.is_final() {
                    self.blame(from, refusal);
                }
                (verdict, !refusal.is_final())
            }
        };
        self.commands.push(Command::Verdict { message: id, verdict });
        if behind {
            self.catch_up_with(from);
        }
        Ok(())
    }

    fn take_message(&mut self, data: &[u8]) -> Result<Result<Intake, Refusal>, StoreError> {
        let Some(commons) = self.commons.as_ref().map(|commons| commons.admission.commons()) else {
            return Ok(Ok(Intake::Known));
        };
        match codec::decode(data, GOSSIP_BYTES) {
            Ok(Message::Run(bytes)) => match Run::decode(&bytes).and_then(|run| run.verify(commons)) {
                Ok(run) => self.take_run(run).map(Ok),
                Err(refusal) => Ok(Err(refusal)),
            },
            Ok(Message::Object(bytes)) => match Object::decode(&bytes) {
                Ok(object) => self.take_objects(vec![object]).map(Ok),
                Err(refusal) => Ok(Err(refusal)),
            },
            Ok(Message::Ahead(heads)) if heads == self.heads_digest() => Ok(Ok(Intake::Known)),
            Ok(Message::Ahead(_)) => Ok(Ok(Intake::Waits)),
            Err(error) => Ok(Err(error.into())),
        }
    }

    /// Tells everyone which heads this node holds now.
    pub(super) fn announce_heads(&mut self) {
        let heads = self.heads_digest();
        let Some(commons) = &self.commons else { return };
        let topic = governance_topic(&commons.admission.commons());
        self.commands.push(Command::Publish { topic, data: codec::encode(&Message::Ahead(heads)) });
    }

    /// Signs off on governance objects of our own: keeps and spreads them.
    pub(super) fn issue(&mut self, objects: Vec<Object>) -> Result<(), Failure> {
        let Some(commons) = &self.commons else { return Err(Failure::no_commons()) };
        let topic = governance_topic(&commons.admission.commons());
        for object in &objects {
            let data = codec::encode(&Message::Object(object.encode()));
            // What does not fit is found by the next catch-up.
            if data.len() <= GOSSIP_BYTES - 1024 {
                self.commands.push(Command::Publish { topic: topic.clone(), data });
            }
        }
        self.hasten();
        match self.take_objects(objects)? {
            Intake::Refused(refusal) => Err(refusal.into()),
            _ => Ok(()),
        }
    }
}
