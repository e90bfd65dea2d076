//! The change fence: decides whether one Automerge change may enter a document.
//!
//! Automerge trusts its peers. A change that names something that does not exist panics or
//! poisons the saved document, and a hundred bytes can stand for millions of operations. So no
//! change reaches it before these steps, in order:
//!
//! 1. [`chunk`]: one uncompressed change, exact length;
//! 2. [`columns`]: every count is bounded before anything is allocated for it;
//! 3. [`parse`]: Automerge reads it, panics caught;
//! 4. [`mod@reference`]: every actor, object, element and predecessor it names lies in its causal
//!    past and has the right type;
//! 5. [`parse`] again: Automerge writes back the very same bytes.
//!
//! The verdict depends on the bytes, the claimed author, the limits and the causal past alone.
//! So every node that knows the past of a change reaches the same verdict, in whatever order
//! changes arrive. Two exceptions are no verdicts: [`FenceRefusal::Missing`] asks to wait, and
//! [`FenceRefusal::SequenceTaken`] reports that an author forked their own history, which the
//! logs prove and settle.

mod chunk;
mod columns;
mod index;
mod parse;
mod quiet;
mod reference;
mod refusal;

use std::fmt;

pub(crate) use self::index::Index;
pub(crate) use self::quiet::catch;
pub use self::quiet::hush_caught_panics;
pub(crate) use self::reference::Admission;
pub use self::refusal::FenceRefusal;

/// The number of the rules in this module. A charter names the number that its members follow.
/// Any change of a verdict, for whatever input, needs a new number.
pub const FENCE_VERSION: u16 = 1;

/// The most changes one change may depend on. A merge of more heads than this needs two changes.
pub const DEPENDENCIES_PER_CHANGE: usize = 64;

/// The most authors, beside its own, whose operations one change may name: all a document can
/// have, because whoever deletes a paragraph names everyone who wrote in it.
pub const OTHER_ACTORS_PER_CHANGE: usize = ACTORS_PER_DOCUMENT;

/// The most authors in the causal past of a change. The memory of the fence grows with changes
/// times authors.
pub const ACTORS_PER_DOCUMENT: usize = 512;

/// The longest commit message in bytes. Commons writes none; others' tools may write short ones.
pub const MESSAGE_BYTES: usize = 256;

/// The longest key of a map in bytes. Keys repeat by run length, so their size multiplies.
pub const KEY_BYTES: usize = 255;

/// How deep objects may nest. Readers of documents recurse, and a stack can't catch its overflow.
pub const OBJECT_DEPTH: u8 = 16;

/// The highest operation counter. Automerge holds counters in 32 bits and panics at their end.
pub const OPERATION_COUNTER: u64 = 1 << 30;

/// The latest time of a change: 2^48 milliseconds, in the year 10889. Differences of times are
/// stored in 64 bits, which two extreme times would overflow.
pub const CHANGE_TIME: i64 = 1 << 48;

/// What one change, and one document, may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FenceLimits {
    /// Operations in one change.
    pub operations_per_change: usize,
    /// Bytes of one change.
    pub change_bytes: usize,
    /// Bytes of all changes in the causal past of a change, itself included.
    pub document_bytes: usize,
    /// Operations of all changes in the causal past of a change, itself included. Bytes alone
    /// do not bound memory, because run lengths are free.
    pub document_operations: usize,
}

impl Default for FenceLimits {
    fn default() -> Self {
        Self {
            operations_per_change: 20_000,
            change_bytes: 46 * 1024,
            document_bytes: 10_000_000,
            document_operations: 1_000_000,
        }
    }
}

/// The author of changes within one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor(pub [u8; Actor::LENGTH]);

impl Actor {
    /// The length of an actor in bytes.
    pub const LENGTH: usize = 16;

    /// The actor that stands for a log in a document: the first half of BLAKE3 over both ids.
    #[must_use]
    pub fn derive(log: &[u8; 32], document: &[u8; 32]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(log).update(document);
        let mut actor = [0; Self::LENGTH];
        actor.copy_from_slice(&hasher.finalize().as_bytes()[..Self::LENGTH]);
        Self(actor)
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

crate::id::bytes_type!(
    /// The SHA-256 name of a change.
    ChangeHash, 32
);

impl From<automerge::ChangeHash> for ChangeHash {
    fn from(hash: automerge::ChangeHash) -> Self {
        Self(hash.0)
    }
}

impl From<ChangeHash> for automerge::ChangeHash {
    fn from(hash: ChangeHash) -> Self {
        Self(hash.0)
    }
}

fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// A change that passed the fence.
pub(crate) enum Passed {
    /// It passed before.
    Known(ChangeHash),
    /// It is new; with what the index must remember of it.
    New(Box<automerge::Change>, Box<Admission>),
}

/// Takes one change through all steps of the fence.
pub(crate) fn judge(
    limits: &FenceLimits,
    index: &Index,
    actor: &Actor,
    bytes: &[u8],
) -> Result<Passed, FenceRefusal> {
    let body = chunk::open(bytes, limits.change_bytes)?;
    let counts = columns::scan(body, limits.operations_per_change)?;
    let parsed = parse::read(bytes, &counts)?;
    reference::check_author(actor, &parsed)?;
    let hash = parsed.change.hash().into();
    if index.entry(&hash).is_some() {
        return Ok(Passed::Known(hash));
    }
    let admission = reference::check(index, limits, actor, &parsed, bytes.len())?;
    parse::check_canonical(parsed.expanded, bytes)?;
    Ok(Passed::New(Box::new(parsed.change), Box::new(admission)))
}
