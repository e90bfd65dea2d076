//! A document of the commons: an Automerge document behind the [`crate::fence`].
//!
//! Changes go two steps. [`Document::offer`] judges one and queues it; [`Document::settle`]
//! applies the queue in one batch, because each application costs as much as the object it
//! touches is large. The batch is applied to a copy, saved and loaded back, and only then
//! replaces anything. A failure there is a fault of this machine's software and no verdict on a
//! change: the document keeps its last good state and is [quarantined](Quarantine).
//!
//! Local edits take the same way as those of strangers, so a change that fails the fence is
//! never handed out.

mod diff;
mod edit;
mod fields;
mod particulars;
mod steps;

use std::collections::BTreeSet;

use automerge::{Automerge, Change, LoadOptions, TextEncoding};

pub use self::edit::EditError;
pub use self::fields::{
    FieldError, Fields, LANGUAGE_CHARACTERS, ReadError, SUMMARY_CHARACTERS, TITLE_CHARACTERS,
};
pub use self::particulars::{
    CERTAINTIES, DEFAULT_LICENCE, FIELDS, Field, ITEM_CHARACTERS, LIFE_DOMAINS, PARTICULARS, Particulars,
    STRENGTHS, Shape,
};
pub use self::steps::StepError;
use crate::fence::{self, Actor, ChangeHash, FenceLimits, FenceRefusal, Index, Passed};

/// Positions in text count Unicode characters, on every node alike.
const ENCODING: TextEncoding = TextEncoding::UnicodeCodePoint;

/// Accepted changes could not be built into the document. An alarm, not a verdict.
#[derive(Debug, thiserror::Error)]
pub enum Quarantine {
    /// Automerge panicked.
    #[error("building the document panicked: {panic}; keep its changes and report this")]
    Panic {
        /// The message of the panic.
        panic: String,
    },
    /// Automerge refused an accepted change.
    #[error("Automerge refused changes that passed the fence; keep them and report this")]
    Apply {
        /// What Automerge says.
        source: Box<automerge::AutomergeError>,
    },
    /// The saved document does not load.
    #[error("the built document does not load again; keep its changes and report this")]
    Reload {
        /// What Automerge says.
        source: Box<automerge::AutomergeError>,
    },
    /// The built document ends in other changes than it should.
    #[error("the built document has other heads than its changes; keep them and report this")]
    Heads,
    /// An earlier failure still stands.
    #[error("the document is quarantined since an earlier failure; rebuild it from its changes")]
    Standing,
}

/// What a document knows of one of its changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSummary {
    /// The name of the change.
    pub hash: ChangeHash,
    /// Its author.
    pub actor: Actor,
    /// Its number among the author's changes, from 1.
    pub sequence: u64,
    /// The time its author states, in the unit the author was given.
    pub time: u64,
}

/// One document: the built state, and the memory of the fence.
#[derive(Clone, Debug)]
pub struct Document {
    limits: FenceLimits,
    automerge: Automerge,
    index: Index,
    heads: BTreeSet<ChangeHash>,
    settled: Vec<ChangeHash>,
    pending: Vec<Change>,
    quarantined: bool,
}

impl Default for Document {
    fn default() -> Self {
        Self::new()
    }
}

impl Document {
    /// An empty document with the usual limits.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limits(FenceLimits::default())
    }

    /// An empty document with limits of its own.
    #[must_use]
    pub fn with_limits(limits: FenceLimits) -> Self {
        Self {
            limits,
            automerge: Automerge::new_with_encoding(ENCODING),
            index: Index::new(),
            heads: BTreeSet::new(),
            settled: Vec::new(),
            pending: Vec::new(),
            quarantined: false,
        }
    }

    /// Judges one change by `actor`. An accepted change waits for [`settle`](Self::settle); one
    /// that is here already is accepted again without effect.
    ///
    /// # Errors
    /// [`FenceRefusal::Missing`] if the change must wait for others; any other refusal if it may
    /// not enter.
    pub fn offer(&mut self, actor: &Actor, bytes: &[u8]) -> Result<ChangeHash, FenceRefusal> {
        let (change, admission) = match fence::judge(&self.limits, &self.index, actor, bytes)? {
            Passed::Known(hash) => return Ok(hash),
            Passed::New(change, admission) => (change, admission),
        };
        let hash = admission.hash;
        for dependency in &admission.entry.dependencies {
            self.heads.remove(dependency);
        }
        self.heads.insert(hash);
        self.index.admit(*admission);
        self.pending.push(*change);
        Ok(hash)
    }

    /// Builds all queued changes into the document, or changes nothing.
    ///
    /// # Errors
    /// [`Quarantine`] if Automerge fails on what the fence let through.
    pub fn settle(&mut self) -> Result<(), Quarantine> {
        if self.quarantined {
            return Err(Quarantine::Standing);
        }
        if self.pending.is_empty() {
            return Ok(());
        }
        let heads: Vec<_> = self.heads.iter().copied().collect();
        let built = fence::catch(|| build(&self.automerge, &self.pending, &heads));
        match built.unwrap_or_else(|panic| Err(Quarantine::Panic { panic })) {
            Ok(automerge) => self.automerge = automerge,
            Err(failure) => {
                self.quarantined = true;
                return Err(failure);
            }
        }
        self.pending.clear();
        self.settled = heads;
        Ok(())
    }

    /// The changes no other built change depends on, in rising order.
    #[must_use]
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.settled.clone()
    }

    /// How many accepted changes wait for [`settle`](Self::settle).
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Whether the change was accepted, built or not.
    #[must_use]
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        self.index.entry(hash).is_some()
    }

    /// What an accepted change directly depends on, in rising order.
    #[must_use]
    pub fn dependencies(&self, hash: &ChangeHash) -> Option<&[ChangeHash]> {
        self.index.entry(hash).map(|entry| &*entry.dependencies)
    }

    /// All accepted changes, each after those it depends on, in the same order on every node.
    pub fn changes(&self) -> impl Iterator<Item = ChangeSummary> {
        self.index.in_order().into_iter().map(|(hash, entry)| ChangeSummary {
            hash,
            actor: self.index.actor_of(entry),
            sequence: entry.sequence,
            time: entry.time,
        })
    }

    /// The built document as Automerge saves it: a cache, made anew from changes at any time.
    ///
    /// Concurrent changes stand in it in the order they arrived, so nodes with the same changes
    /// may save different bytes; [`save_canonical`](Self::save_canonical) does not.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        self.automerge.save()
    }

    /// The built document, rebuilt in the order of [`changes`](Self::changes) and saved: the same
    /// bytes on every node. Costs as much as building the document from nothing.
    ///
    /// # Errors
    /// [`Quarantine`] if Automerge fails.
    pub fn save_canonical(&self) -> Result<Vec<u8>, Quarantine> {
        let rebuilt = fence::catch(|| {
            let mut changes = self.automerge.get_changes(&[]);
            changes.sort_by_cached_key(|change| (change.start_op(), change.hash()));
            build(&Automerge::new_with_encoding(ENCODING), &changes, &self.settled)
        });
        let rebuilt = rebuilt.unwrap_or_else(|panic| Err(Quarantine::Panic { panic }));
        rebuilt.map(|automerge| automerge.save())
    }

    /// The current content.
    ///
    /// # Errors
    /// [`ReadError`] if the document is empty or holds something else than [`Fields`].
    pub fn fields(&self) -> Result<Fields, ReadError> {
        fields::read(&self.automerge, None)
    }

    /// The content as it was at `heads`.
    ///
    /// # Errors
    /// [`ReadError::UnknownVersion`] if a head is not built; else as [`fields`](Self::fields).
    pub fn fields_at(&self, heads: &[ChangeHash]) -> Result<Fields, ReadError> {
        if let Some(change) = heads.iter().find(|head| !self.is_built(head)) {
            return Err(ReadError::UnknownVersion { change: *change });
        }
        let heads: Vec<_> = heads.iter().map(|head| (*head).into()).collect();
        fields::read(&self.automerge, Some(&heads))
    }

    fn is_built(&self, hash: &ChangeHash) -> bool {
        let queued = self.pending.iter().any(|change| change.hash().0 == hash.0);
        self.contains(hash) && !queued
    }
}

/// A copy of `old` with `changes`, proved to load again with the expected heads.
fn build(old: &Automerge, changes: &[Change], heads: &[ChangeHash]) -> Result<Automerge, Quarantine> {
    let mut applied = old.clone();
    applied
        .apply_changes(changes.iter().cloned())
        .map_err(|source| Quarantine::Apply { source: Box::new(source) })?;
    let options = LoadOptions::new().text_encoding(ENCODING);
    let loaded = Automerge::load_with_options(&applied.save(), options)
        .map_err(|source| Quarantine::Reload { source: Box::new(source) })?;
    if sorted_heads(&applied) != heads || sorted_heads(&loaded) != heads {
        return Err(Quarantine::Heads);
    }
    Ok(loaded)
}

fn sorted_heads(automerge: &Automerge) -> Vec<ChangeHash> {
    let mut heads: Vec<_> = automerge.get_heads().into_iter().map(ChangeHash::from).collect();
    heads.sort_unstable();
    heads
}
