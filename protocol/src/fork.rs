//! The proof that a log forked: two runs of one log with different entries in
//! one place. It is a governance object: whoever gets it freezes the log, and a
//! stranger can check it.

use crate::bounded::BoundedBytes;
use crate::codec;
use crate::entry::LogName;
use crate::id::{CommonsId, EntryId, LogId, ObjectId, hash};
use crate::limits::OBJECT_BYTES;
use crate::refusal::Refusal;
use crate::run::{Run, VerifiedRun};
use minicbor::{Decode, Encode};

/// Two branches of one log, each under a signature of the log's key. Bodies
/// are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    log: LogId,
    branches: [VerifiedRun; 2],
    id: ObjectId,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct Wire {
    #[n(0)]
    commons: CommonsId,
    #[n(1)]
    one: BoundedBytes<OBJECT_BYTES>,
    #[n(2)]
    other: BoundedBytes<OBJECT_BYTES>,
}

impl Fork {
    /// The proof that `one` and `other` differ. `None` unless they are runs of
    /// one log of `commons` that hold different entries in one place.
    pub fn new(commons: CommonsId, one: &VerifiedRun, other: &VerifiedRun) -> Option<Self> {
        let seq = one.first().max(other.first());
        let differing = (seq..).zip(one.entries_from(seq).iter().zip(other.entries_from(seq)));
        let seq = differing.into_iter().find(|(_, (one, other))| one.id != other.id)?.0;
        let mut branches = [one.clone().from_seq(seq)?, other.clone().from_seq(seq)?];
        branches.iter_mut().for_each(|branch| _ = branch.drop_bodies(|_| true));
        branches.sort_by_key(|branch| branch.entries()[0].id);
        (one.log() == other.log()).then(|| Self::with(commons, branches))
    }

    fn with(commons: CommonsId, branches: [VerifiedRun; 2]) -> Self {
        let log = branches[0].log().id(&commons);
        let id = ObjectId(hash("commons fork 1", &[&branches[0].encode(), &branches[1].encode()]));
        Self { log, branches, id }
    }

    /// Decodes strictly and checks both signatures.
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        Self::read(bytes, Run::verify)
    }

    /// Decodes a proof that this node verified before it stored it.
    pub fn trusted(bytes: &[u8]) -> Result<Self, Refusal> {
        Self::read(bytes, Run::trusted)
    }

    fn read(
        bytes: &[u8],
        open: impl Fn(Run, CommonsId) -> Result<VerifiedRun, Refusal>,
    ) -> Result<Self, Refusal> {
        let wire: Wire = codec::decode(bytes, OBJECT_BYTES)?;
        let one = open(Run::decode(&wire.one)?, wire.commons)?;
        let other = open(Run::decode(&wire.other)?, wire.commons)?;
        let fork = Self::new(wire.commons, &one, &other).ok_or(Refusal::Malformed)?;
        // One encoding per proof: both begin where they differ, in order, without bodies.
        (fork.branches == [one, other]).then_some(fork).ok_or(Refusal::Malformed)
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let branch = |run: &VerifiedRun| BoundedBytes::new(run.encode()).unwrap_or_default();
        let [one, other] = &self.branches;
        codec::encode(&Wire { commons: self.commons(), one: branch(one), other: branch(other) })
    }

    /// The commons.
    pub fn commons(&self) -> CommonsId {
        self.branches[0].last().header.commons
    }

    /// The log that forked.
    pub fn log(&self) -> LogId {
        self.log
    }

    /// The name of the log that forked.
    pub fn name(&self) -> LogName {
        self.branches[0].log()
    }

    /// Where the branches differ.
    pub fn seq(&self) -> u64 {
        self.branches[0].first()
    }

    /// The two branches, from where they differ on.
    pub fn branches(&self) -> &[VerifiedRun; 2] {
        &self.branches
    }

    /// The two entries that stand in one place.
    pub fn entries(&self) -> [EntryId; 2] {
        [self.branches[0].entries()[0].id, self.branches[1].entries()[0].id]
    }

    /// Its id.
    pub fn id(&self) -> ObjectId {
        self.id
    }

    /// Of two proofs for one log, the one that is kept: the lower place, then
    /// the lower id. So all nodes end with the same one.
    pub fn rank(&self) -> (u64, ObjectId) {
        (self.seq(), self.id)
    }
}
