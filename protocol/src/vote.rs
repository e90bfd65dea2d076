//! Proposals and votes: how an epoch comes about. The rules of voting are in
//! [`crate::ballot`].

use crate::charter::Charter;
use crate::id::{CommonsId, EpochHash, ObjectId};
use crate::key::PublicKey;
use crate::limits::{OBJECT_BYTES, ROUNDS_OF_A_VOTE};
use crate::refusal::Refusal;
use crate::signed::Payload;
use minicbor::{Decode, Encode};

/// A proposed next epoch (or the founding charter), signed by an elector of
/// the parent.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Proposal {
    /// The proposed charter, whole.
    #[n(0)]
    pub charter: Charter,
    /// Key of the elector that proposes it.
    #[n(1)]
    pub by: PublicKey,
    /// The commons; none in the founding proposal, whose hash is its name.
    #[n(2)]
    pub commons: Option<CommonsId>,
}

impl Payload for Proposal {
    const TYPE: &'static str = "application/vnd.commons.proposal.v1";
    const LIMIT: usize = OBJECT_BYTES;
    fn signer(&self) -> PublicKey {
        self.by
    }
}

/// What a vote says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Phase {
    /// The organisation wants this proposal. People may endorse several.
    #[n(1)]
    Endorse,
    /// First phase of a round: the elector could accept this proposal.
    #[n(2)]
    Prepare,
    /// Second phase of a round: the elector is bound to this proposal.
    #[n(3)]
    Commit,
}

/// One elector's vote.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Vote {
    /// The commons.
    #[n(0)]
    pub commons: CommonsId,
    /// The epoch that the proposal would follow; none for the founding.
    #[n(1)]
    pub parent: Option<EpochHash>,
    /// Round of the vote; 0 for an endorsement.
    #[n(2)]
    pub round: u32,
    /// What the vote says.
    #[n(3)]
    pub phase: Phase,
    /// Hash of the proposed charter.
    #[n(4)]
    pub proposal: EpochHash,
    /// Key of the elector.
    #[n(5)]
    pub elector: PublicKey,
    /// The round whose prepare votes justify this one; prepare votes only.
    #[n(6)]
    pub lock: Option<u32>,
    /// The elector's last attestation in the parent epoch. It makes no other
    /// one after this vote. None in an endorsement.
    #[n(7)]
    pub attested: Option<ObjectId>,
}

impl Payload for Vote {
    const TYPE: &'static str = "application/vnd.commons.vote.v1";
    const LIMIT: usize = 512;
    fn signer(&self) -> PublicKey {
        self.elector
    }
    fn check(&self) -> Result<(), Refusal> {
        let sound = match self.phase {
            Phase::Endorse => self.round == 0 && self.lock.is_none() && self.attested.is_none(),
            Phase::Prepare => self.lock.is_none_or(|lock| lock < self.round),
            Phase::Commit => self.lock.is_none(),
        };
        (sound && self.round < ROUNDS_OF_A_VOTE).then_some(()).ok_or(Refusal::Malformed)
    }
}
