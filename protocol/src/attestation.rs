//! Attestations: what an elector holds, signed. Enough of them make a point of
//! a log *stable* (see [`crate::stable`]).

use crate::bounded::BoundedVec;
use crate::charter::{Point, is_ascending};
use crate::id::{CommonsId, EpochHash, LogId, ObjectId};
use crate::key::PublicKey;
use crate::limits::{ATTESTATIONS, ATTESTED};
use crate::refusal::Refusal;
use crate::signed::Payload;
use minicbor::{Decode, Encode};

/// One elector's word that it holds these entries and all before them in
/// their logs. The attestations of one elector in one epoch are a chain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Attestation {
    /// The commons.
    #[n(0)]
    pub commons: CommonsId,
    /// The epoch in force.
    #[n(1)]
    pub epoch: EpochHash,
    /// Key of the elector.
    #[n(2)]
    pub elector: PublicKey,
    /// Place in the elector's chain of this epoch, from 0.
    #[n(3)]
    pub seq: u64,
    /// The attestation before it in that chain.
    #[n(4)]
    pub prev: Option<ObjectId>,
    /// Entries that it holds, sorted by log, one per log.
    #[n(5)]
    pub points: BoundedVec<Point, ATTESTED>,
}

impl Payload for Attestation {
    const TYPE: &'static str = "application/vnd.commons.attestation.v1";
    const LIMIT: usize = 96 * 1024;
    fn signer(&self) -> PublicKey {
        self.elector
    }
    fn check(&self) -> Result<(), Refusal> {
        let logs: Vec<LogId> = self.points.iter().map(|point| point.log).collect();
        let sound = !logs.is_empty()
            && is_ascending(&logs)
            && (self.seq == 0) == self.prev.is_none()
            && self.seq < ATTESTATIONS;
        sound.then_some(()).ok_or(Refusal::Malformed)
    }
}
