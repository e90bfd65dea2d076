//! Step 4: everything a change names lies in its causal past and has the right type.
//!
//! "In the causal past", not "in the document": what else a document holds differs between
//! nodes, and a verdict must not.

mod header;
mod operation;

use automerge::legacy::Op;

use self::operation::Checker;
use super::index::{Clock, Entry, Object, Record};
use super::parse::Parsed;
use super::{Actor, ChangeHash, FenceLimits, FenceRefusal, Index};

/// What the index learns from an accepted change. Holds only for the index it was judged with.
pub(crate) struct Admission {
    pub(crate) hash: ChangeHash,
    pub(crate) entry: Entry,
    pub(super) actor: Actor,
    pub(super) bytes: u64,
    pub(super) records: Vec<Record>,
    pub(super) objects: Vec<Object>,
    pub(super) keys: Vec<Box<str>>,
}

/// Checks that the change is by `actor`.
pub(super) fn check_author(actor: &Actor, parsed: &Parsed) -> Result<(), FenceRefusal> {
    let found = parsed.change.actor_id();
    if found.to_bytes() == actor.0 {
        return Ok(());
    }
    Err(FenceRefusal::WrongActor { expected: *actor, found: found.to_hex_string() })
}

/// Checks a change of `size` bytes against its causal past.
pub(super) fn check(
    index: &Index,
    limits: &FenceLimits,
    actor: &Actor,
    parsed: &Parsed,
    size: usize,
) -> Result<Admission, FenceRefusal> {
    let entry = header::check(index, actor, &parsed.change)?;
    header::check_room(index, limits, &entry, size)?;
    let actors = header::actors(index, &entry, &parsed.change)?;
    let checker = check_operations(index, &entry, &actors, &parsed.expanded.operations)?;
    let (records, objects, keys) = checker.finish();
    Ok(Admission {
        hash: parsed.change.hash().into(),
        entry,
        actor: *actor,
        bytes: size as u64,
        records,
        objects,
        keys,
    })
}

fn check_operations<'a>(
    index: &'a Index,
    entry: &'a Entry,
    actors: &'a header::Actors,
    operations: &[Op],
) -> Result<Checker<'a>, FenceRefusal> {
    let mut checker = Checker::new(index, entry, actors);
    operations.iter().try_for_each(|op| checker.check(op))?;
    Ok(checker)
}

/// The clock of a change with these dependencies.
fn clock_after(own: u32, sequence: u32, parents: &[&Entry]) -> Clock {
    let clocks: Vec<_> = parents.iter().map(|parent| &parent.clock).collect();
    Clock::after(own, sequence, &clocks)
}
