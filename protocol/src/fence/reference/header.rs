//! The author, the order and the size of a change.

use automerge::{ActorId, Change};

use super::clock_after;
use crate::fence::index::{Author, Entry, OperationId};
use crate::fence::{
    ACTORS_PER_DOCUMENT, Actor, CHANGE_TIME, ChangeHash, FenceLimits, FenceRefusal, Index, OPERATION_COUNTER,
};

/// The actors a change names, with their numbers in the index.
pub(super) struct Actors {
    own: (ActorId, u32),
    others: Vec<(ActorId, u32)>,
}

impl Actors {
    /// Translates an operation id; `None` if the change does not list its actor.
    pub(super) fn locate(&self, id: &automerge::legacy::OpId) -> Option<OperationId> {
        let found = if *id.actor() == self.own.0 {
            &self.own
        } else {
            let others = &self.others;
            let position = others.binary_search_by(|(actor, _)| actor.cmp(id.actor()));
            &others[position.ok()?]
        };
        Some(OperationId { actor: found.1, counter: id.counter() })
    }
}

/// Checks dependencies, sequence number, counters and time.
pub(super) fn check(index: &Index, actor: &Actor, change: &Change) -> Result<Entry, FenceRefusal> {
    let dependencies = dependencies(change)?;
    let parents = parents(index, &dependencies)?;
    let number = index.number(actor).unwrap_or(index.next_number());
    let seen = parents.iter().map(|parent| parent.clock.of(number));
    let sequence = check_sequence(index, number, seen.max().unwrap_or(0), change)?;
    let past = parents.iter().map(|parent| parent.last);
    let last = check_counters(past.max().unwrap_or(0), change)?;
    let clock = clock_after(number, sequence, &parents);
    Ok(Entry {
        actor: number,
        sequence: change.seq(),
        first: change.start_op().get(),
        last,
        time: time(change)?,
        dependencies,
        clock,
    })
}

fn dependencies(change: &Change) -> Result<Box<[ChangeHash]>, FenceRefusal> {
    let hashes: Box<[ChangeHash]> = change.deps().iter().map(|hash| (*hash).into()).collect();
    if hashes.is_sorted_by(|a, b| a < b) { Ok(hashes) } else { Err(FenceRefusal::DependencyOrder) }
}

fn parents<'a>(index: &'a Index, hashes: &[ChangeHash]) -> Result<Vec<&'a Entry>, FenceRefusal> {
    let known: Vec<_> = hashes.iter().filter_map(|hash| index.entry(hash)).collect();
    if known.len() == hashes.len() {
        return Ok(known);
    }
    let unknown = hashes.iter().filter(|hash| index.entry(hash).is_none());
    Err(FenceRefusal::Missing { changes: unknown.copied().collect() })
}

fn check_sequence(index: &Index, number: u32, seen: u32, change: &Change) -> Result<u32, FenceRefusal> {
    let next = seen + 1;
    let expected = u64::from(next);
    let found = change.seq();
    if found != expected {
        return Err(FenceRefusal::SequenceGap { expected, found });
    }
    let author = index.author(number);
    let taken = author.and_then(|author| Some((author.actor, author.steps.get(seen as usize)?)));
    match taken {
        None => Ok(next),
        Some((actor, step)) => {
            Err(FenceRefusal::SequenceTaken { actor, sequence: found, existing: step.hash })
        }
    }
}

/// Returns the last counter of the change, whose past ends at `past`.
fn check_counters(past: u64, change: &Change) -> Result<u64, FenceRefusal> {
    let found = change.start_op().get();
    let expected = past + 1;
    if found != expected {
        return Err(FenceRefusal::StartOperation { expected, found });
    }
    let last = past + change.len() as u64;
    if last > OPERATION_COUNTER {
        return Err(FenceRefusal::CounterTooLarge { found: last });
    }
    Ok(last)
}

fn time(change: &Change) -> Result<u64, FenceRefusal> {
    let found = change.timestamp();
    match u64::try_from(found) {
        Ok(time) if found <= CHANGE_TIME => Ok(time),
        _ => Err(FenceRefusal::Time { found }),
    }
}

/// Checks that the causal past still has room for a change of `size` bytes.
pub(super) fn check_room(
    index: &Index,
    limits: &FenceLimits,
    entry: &Entry,
    size: usize,
) -> Result<(), FenceRefusal> {
    let found = entry.clock.actors();
    if found > ACTORS_PER_DOCUMENT {
        return Err(FenceRefusal::TooManyAuthors { found });
    }
    let mut bytes = size as u64;
    let mut operations = entry.last - entry.first + 1;
    for (number, author) in (0..).zip(index.authors()) {
        // The change itself is its author's last and not in the list yet.
        let own = u32::from(number == entry.actor);
        let seen = entry.clock.of(number) - own;
        if let Some(step) = step_at(author, seen) {
            bytes += step.0;
            operations += step.1;
        }
    }
    if bytes > limits.document_bytes as u64 || operations > limits.document_operations as u64 {
        return Err(FenceRefusal::DocumentFull { bytes, operations });
    }
    Ok(())
}

fn step_at(author: &Author, sequence: u32) -> Option<(u64, u64)> {
    let step = author.steps.get(sequence.checked_sub(1)? as usize)?;
    Some((step.bytes, step.operations))
}

/// The actors of the change, all of them in its causal past or its author.
pub(super) fn actors(index: &Index, entry: &Entry, change: &Change) -> Result<Actors, FenceRefusal> {
    let unknown = || FenceRefusal::UnknownActor { operation: entry.first };
    let mut others = Vec::new();
    for other in change.other_actor_ids() {
        let bytes = other.to_bytes().try_into().map_err(|_| unknown())?;
        let number = index.number(&Actor(bytes)).ok_or_else(unknown)?;
        if entry.clock.of(number) == 0 {
            return Err(unknown());
        }
        others.push((other.clone(), number));
    }
    // The canonical encoding sorts them, but has not been checked yet.
    others.sort();
    Ok(Actors { own: (change.actor_id().clone(), entry.actor), others })
}
