//! A hand that signs with a member's keys what its node never would.

use super::node::NodeId;
use super::world::World;
use commons_protocol::attestation::Attestation;
use commons_protocol::body::{Change, Content, Create};
use commons_protocol::bounded::{BoundedBytes, BoundedVec, Text};
use commons_protocol::charter::{Charter, Point};
use commons_protocol::collection::{Collection, DocumentKind};
use commons_protocol::entry::{Body, LogName};
use commons_protocol::id::{DocumentId, EntryId, EpochHash, ObjectId};
use commons_protocol::object::Object;
use commons_protocol::run::{Packed, VerifiedRun};
use commons_protocol::signed::Verified;
use commons_protocol::time::Timestamp;
use commons_protocol::vote::{Phase, Proposal, Vote};

/// Bytes that look like a change and are none.
const JUNK: [u8; 14] = [0x85, 0x6f, 0x4a, 0x83, 1, 2, 3, 4, 1, 4, 9, 9, 9, 9];

/// A place in a log: number of the first entry, id of the one before it.
pub type After = (u64, Option<EntryId>);

/// Gossip by hand: `[tag, [bytes]]`.
pub fn gossip_message(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let length = match (u8::try_from(bytes.len()), u16::try_from(bytes.len())) {
        (Ok(length), _) if length < 24 => vec![0x40 | length],
        (Ok(length), _) => vec![0x58, length],
        (_, Ok(length)) => [&[0x59][..], &length.to_be_bytes()].concat(),
        _ => panic!("a gossip message is short"),
    };
    [&[0x82, tag, 0x81][..], &length, bytes].concat()
}

/// A change of `document` that the fence refuses.
pub fn junk_change(document: DocumentId) -> Content {
    let bytes = BoundedBytes::new(JUNK.to_vec()).expect("short");
    let changes = BoundedVec::new(vec![bytes]).expect("one");
    Content::Change(Change { document, continues: false, changes, overrides: None })
}

impl World {
    /// An entry of a node's operator, at a time that makes it unique.
    pub fn forge_entry(&mut self, node: NodeId, epoch: u64, content: &Content) -> Packed {
        let person = *self.nodes[node].keys.people.keys().next().expect("an operator");
        Packed {
            epoch,
            deps: BoundedVec::default(),
            time: Timestamp(self.dice.below(1 << 40)),
            person,
            kind: content.kind(),
            body: Body::Here(BoundedBytes::new(content.encode()).expect("a short body")),
        }
    }

    /// A harmless content.
    pub fn plain_content() -> Content {
        Content::Create(Create { kind: DocumentKind::Toolkit })
    }

    /// A run of one entry in the node's log with this nonce.
    pub fn forge_run(&self, node: NodeId, nonce: u8, after: After, entry: Packed) -> VerifiedRun {
        self.forge_run_in(node, Collection::Toolkits, nonce, after, entry)
    }

    /// As [`World::forge_run`], in another collection.
    pub fn forge_run_in(
        &self,
        node: NodeId,
        collection: Collection,
        nonce: u8,
        after: After,
        entry: Packed,
    ) -> VerifiedRun {
        let key = &self.nodes[node].keys.node;
        let log = LogName { node: key.public(), collection, nonce };
        VerifiedRun::sign(self.commons(), log, after.0, after.1, vec![entry], key).expect("it can sign")
    }

    /// A log of the node with its end, if it has one in the collection.
    pub fn own_log(&mut self, node: NodeId) -> Option<(u8, After)> {
        let own = self.nodes[node].keys.node.public();
        let admission = self.admission(node)?;
        let logs: Vec<(u8, After)> = admission
            .heads()
            .filter(|(log, name, _)| {
                name.node == own
                    && name.collection == Collection::Toolkits
                    && !admission.frozen().contains_key(log)
            })
            .map(|(_, name, head)| (name.nonce, (head.seq + 1, Some(head.id))))
            .collect();
        self.dice.pick(&logs)
    }

    /// A vote of the node's elector key.
    pub fn forge_vote(
        &self,
        node: NodeId,
        parent: EpochHash,
        (round, phase): (u32, Phase),
        proposal: EpochHash,
        lock: Option<u32>,
    ) -> Object {
        let key = &self.nodes[node].keys.elector;
        let (commons, parent, elector) = (self.commons(), Some(parent), key.public());
        let vote = Vote { commons, parent, round, phase, proposal, elector, lock, attested: None };
        Verified::sign(vote, key).expect("it can sign").into()
    }

    /// An attestation of the node's elector key.
    pub fn forge_attestation(
        &self,
        node: NodeId,
        epoch: EpochHash,
        (seq, prev): (u64, Option<ObjectId>),
        point: Point,
    ) -> Object {
        let key = &self.nodes[node].keys.elector;
        let points = BoundedVec::new(vec![point]).expect("one");
        let attestation =
            Attestation { commons: self.commons(), epoch, elector: key.public(), seq, prev, points };
        Verified::sign(attestation, key).expect("it can sign").into()
    }

    /// A proposal of the node that gives the commons another name.
    pub fn forge_proposal(&mut self, node: NodeId) -> Option<(EpochHash, Object)> {
        let name = format!("commons {}", self.dice.below(1 << 30));
        let current = self.admission(node)?.governance()?.current().clone();
        let charter = Charter {
            number: current.number + 1,
            parent: Some(current.hash()),
            pins: BoundedVec::default(),
            name: Text::new(&name).expect("short"),
            ..current
        };
        let key = &self.nodes[node].keys.elector;
        let hash = charter.hash();
        let proposal = Proposal { charter, by: key.public(), commons: Some(self.commons()) };
        Some((hash, Verified::sign(proposal, key).expect("it can sign").into()))
    }
}
