//! Runs: consecutive entries of one log under one signature.
//!
//! The chain of hashes makes the last signature cover everything before it,
//! so bulk transfer verifies one signature for up to 256 entries. What both
//! ends can derive – commons, log, sequence number, previous id, length and
//! hash of a body that is here – neither travels nor is stored.

use crate::bounded::BoundedVec;
use crate::codec;
use crate::entry::{Body, ENTRY_TYPE, Entry, EntryKind, Header, LogName};
use crate::id::{CommonsId, EntryId};
use crate::key::{PublicKey, SecretKey, Signature};
use crate::limits::{DEPENDENCIES, FRAME_BYTES, RUN_ENTRIES, RUN_HEADER_BYTES};
use crate::refusal::Refusal;
use crate::time::Timestamp;
use minicbor::{Decode, Encode};

/// No run begins here or above, so that counting from its first place on never
/// overflows.
const FIRST_LIMIT: u64 = 1 << 63;

/// The part of an entry that can't be derived from its place in a run.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Packed {
    /// Number of the newest epoch that the writer knew.
    #[n(0)]
    pub epoch: u64,
    /// Entries of other logs on which this one builds, sorted.
    #[n(1)]
    pub deps: BoundedVec<EntryId, DEPENDENCIES>,
    /// When, as the writer claims.
    #[n(2)]
    pub time: Timestamp,
    /// Key of the person who contributed it.
    #[n(3)]
    pub person: PublicKey,
    /// What the body is.
    #[n(4)]
    pub kind: EntryKind,
    /// The body.
    #[n(5)]
    pub body: Body,
}

/// Consecutive entries of one log, as they travel and are stored. Nothing in
/// it is verified.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Run {
    /// The log.
    #[n(0)]
    pub log: LogName,
    /// Sequence number of the first entry.
    #[n(1)]
    pub first: u64,
    /// Id of the entry before the first.
    #[n(2)]
    pub prev: Option<EntryId>,
    /// The entries.
    #[n(3)]
    pub entries: BoundedVec<Packed, RUN_ENTRIES>,
    /// Signature of the last entry's header.
    #[n(4)]
    pub signature: Signature,
}

/// A run whose chain holds and whose signature verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedRun {
    log: LogName,
    entries: Vec<Entry>,
    signature: Signature,
}

impl Run {
    /// Decodes strictly; nothing is verified yet.
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        let run: Self = codec::decode(bytes, FRAME_BYTES)?;
        if run.entries.is_empty() || (run.first == 0) != run.prev.is_none() || run.first >= FIRST_LIMIT {
            return Err(Refusal::Malformed);
        }
        let weight: usize = run.entries.iter().map(|entry| header_weight(entry.deps.len())).sum();
        (weight <= RUN_HEADER_BYTES).then_some(run).ok_or(Refusal::TooLarge)
    }

    /// Rebuilds the headers, checks the chain and the signature.
    pub fn verify(self, commons: CommonsId) -> Result<VerifiedRun, Refusal> {
        let run = self.rebuild(commons)?;
        let last = run.last();
        last.header.log.node.verify(ENTRY_TYPE, &codec::encode(&last.header), &run.signature)?;
        Ok(run)
    }

    /// Rebuilds the entries of a run that this node verified before it stored
    /// it.
    pub fn trusted(self, commons: CommonsId) -> Result<VerifiedRun, Refusal> {
        self.rebuild(commons)
    }

    fn rebuild(self, commons: CommonsId) -> Result<VerifiedRun, Refusal> {
        let mut prev = self.prev;
        let mut entries = Vec::with_capacity(self.entries.len());
        for (seq, packed) in (self.first..).zip(self.entries.into_inner()) {
            let entry = unpack(commons, self.log, seq, prev, packed)?;
            prev = Some(entry.id);
            entries.push(entry);
        }
        match entries.is_empty() {
            true => Err(Refusal::Malformed),
            false => Ok(VerifiedRun { log: self.log, entries, signature: self.signature }),
        }
    }
}

impl VerifiedRun {
    /// Signs `entries`, which follow `prev` in `log` from `first` on.
    pub fn sign(
        commons: CommonsId,
        log: LogName,
        first: u64,
        prev: Option<EntryId>,
        entries: Vec<Packed>,
        key: &SecretKey,
    ) -> Result<Self, Refusal> {
        let entries = BoundedVec::new(entries).map_err(|_| Refusal::TooLarge)?;
        let unsigned = Run { log, first, prev, entries, signature: Signature([0; 64]) };
        let mut run = unsigned.rebuild(commons)?;
        if key.public() != log.node {
            return Err(Refusal::NotEntitled);
        }
        if run.header_weight() > RUN_HEADER_BYTES {
            return Err(Refusal::TooLarge);
        }
        run.signature = key.sign(ENTRY_TYPE, &codec::encode(&run.last().header));
        Ok(run)
    }

    /// The log.
    pub fn log(&self) -> LogName {
        self.log
    }

    /// The entries; at least one.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Sequence number of the first entry.
    pub fn first(&self) -> u64 {
        self.entries.first().map_or(0, |entry| entry.header.seq)
    }

    /// The last entry, whose header is signed.
    pub fn last(&self) -> &Entry {
        match self.entries.last() {
            Some(entry) => entry,
            None => unreachable!("a verified run has at least one entry"),
        }
    }

    /// The entries from sequence number `seq` on.
    pub fn entries_from(&self, seq: u64) -> &[Entry] {
        let skipped = usize::try_from(seq.saturating_sub(self.first())).unwrap_or(usize::MAX);
        self.entries.get(skipped..).unwrap_or_default()
    }

    /// What the run's headers weigh, see [`header_weight`].
    pub fn header_weight(&self) -> usize {
        self.entries.iter().map(|entry| header_weight(entry.header.deps.len())).sum()
    }

    /// The part from sequence number `seq` on, under the same signature.
    pub fn from_seq(mut self, seq: u64) -> Option<Self> {
        self.entries.retain(|entry| entry.header.seq >= seq);
        (!self.entries.is_empty()).then_some(self)
    }

    /// Joins `next`, which must follow directly; its signature covers both.
    pub fn join(&mut self, next: Self) -> Result<(), Refusal> {
        let follows = next.log == self.log
            && next.entries.first().and_then(|entry| entry.header.prev) == Some(self.last().id);
        let fits = self.entries.len() + next.entries.len() <= RUN_ENTRIES
            && self.header_weight() + next.header_weight() <= RUN_HEADER_BYTES;
        if !follows || !fits {
            return Err(Refusal::BrokenChain);
        }
        self.entries.extend(next.entries);
        self.signature = next.signature;
        Ok(())
    }

    /// Drops the bytes of the bodies for which `drop` says so.
    pub fn drop_bodies(&mut self, drop: impl Fn(&Entry) -> bool) -> bool {
        let mut dropped = false;
        for entry in &mut self.entries {
            if entry.body.bytes().is_some() && drop(entry) {
                entry.body = entry.body.without_bytes();
                dropped = true;
            }
        }
        dropped
    }

    /// Puts a body back that was absent; refused unless it is the right one.
    pub fn restore_body(&mut self, seq: u64, body: &[u8]) -> Result<(), Refusal> {
        let entry =
            self.entries.iter_mut().find(|entry| entry.header.seq == seq).ok_or(Refusal::WrongBody)?;
        let body = crate::bounded::BoundedBytes::new(body.to_vec()).map_err(|_| Refusal::TooLarge)?;
        let body = Body::Here(body);
        match body.hash() == entry.header.body_hash {
            true => entry.body = body,
            false => return Err(Refusal::WrongBody),
        }
        Ok(())
    }

    /// The run as it travels and is stored.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(&self.to_run())
    }

    fn to_run(&self) -> Run {
        let packed = self.entries.iter().map(pack).collect();
        Run {
            log: self.log,
            first: self.first(),
            prev: self.entries.first().and_then(|entry| entry.header.prev),
            // A verified run never holds more than a run can.
            entries: BoundedVec::new(packed).unwrap_or_default(),
            signature: self.signature,
        }
    }
}

/// Bytes that an entry takes in a run without bodies, at most.
pub fn header_weight(deps: usize) -> usize {
    120 + 34 * deps
}

fn unpack(
    commons: CommonsId,
    log: LogName,
    seq: u64,
    prev: Option<EntryId>,
    packed: Packed,
) -> Result<Entry, Refusal> {
    if !crate::charter::is_ascending(&packed.deps) {
        return Err(Refusal::Malformed);
    }
    let header = Header {
        commons,
        epoch: packed.epoch,
        log,
        seq,
        prev,
        deps: packed.deps,
        time: packed.time,
        person: packed.person,
        kind: packed.kind,
        body_length: packed.body.length(),
        body_hash: packed.body.hash(),
    };
    if header.body_length as usize > crate::limits::BODY_BYTES {
        return Err(Refusal::TooLarge);
    }
    Ok(Entry { id: header.id(), header, body: packed.body })
}

fn pack(entry: &Entry) -> Packed {
    Packed {
        epoch: entry.header.epoch,
        deps: entry.header.deps.clone(),
        time: entry.header.time,
        person: entry.header.person,
        kind: entry.header.kind,
        body: entry.body.clone(),
    }
}
