//! Proposals and votes: how an epoch comes about.
//!
//! In founding mode (one to three electors) everyone must agree. An elector
//! *endorses* any number of proposals. Once all electors endorsed a proposal,
//! each *commits* to it; an elector that committed to another proposal
//! switches only to one with a lower hash that somebody committed to. So a
//! proposal that everyone committed to can never be overtaken: nobody commits
//! first to a lower hash and later to a higher one.

use crate::charter::Charter;
use crate::id::{CommonsId, EpochHash};
use crate::key::PublicKey;
use crate::limits::OBJECT_BYTES;
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
    /// The organisation wants this proposal.
    #[n(1)]
    Endorse,
    /// First phase of a round. Not used in founding mode.
    #[n(2)]
    Prepare,
    /// The elector is bound to this proposal; enough of these make an epoch.
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
    /// Round of the vote; 0 in founding mode.
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
}

impl Payload for Vote {
    const TYPE: &'static str = "application/vnd.commons.vote.v1";
    const LIMIT: usize = 512;
    fn signer(&self) -> PublicKey {
        self.elector
    }
}
