//! The specification of admission: what a set of verified objects and runs
//! means, computed the slow and obvious way. [`crate::admission`] must always
//! agree with it.

use crate::entry::Entry;
use crate::governance::Governance;
use crate::id::{CommonsId, EntryId, LogId};
use crate::keys::Keys;
use crate::object::Object;
use crate::rules::{Context, Judgement};
use crate::run::VerifiedRun;
use std::collections::{BTreeMap, BTreeSet};

/// The admitted head of every log: sequence number and id.
pub type Heads = BTreeMap<LogId, (u64, EntryId)>;

/// Computes the admitted heads of everything that is known.
pub fn recompute(commons: CommonsId, objects: &[Object], runs: &[VerifiedRun]) -> Heads {
    let Some((governance, keys)) = judges(commons, objects.iter()) else { return Heads::new() };
    let context = Context { governance: &governance, keys: &keys };
    let entries: BTreeMap<EntryId, &Entry> =
        runs.iter().flat_map(VerifiedRun::entries).map(|entry| (entry.id, entry)).collect();
    let frozen = forks(commons, entries.values().copied());
    let mut admitted: BTreeMap<EntryId, &Entry> = BTreeMap::new();
    loop {
        let more = entries.values().find(|entry| {
            !admitted.contains_key(&entry.id) && is_admissible(&context, commons, entry, &admitted, &frozen)
        });
        match more {
            Some(entry) => _ = admitted.insert(entry.id, entry),
            None => return heads(commons, admitted.values().copied()),
        }
    }
}

fn is_admissible(
    context: &Context<'_>,
    commons: CommonsId,
    entry: &Entry,
    admitted: &BTreeMap<EntryId, &Entry>,
    frozen: &BTreeMap<LogId, u64>,
) -> bool {
    let log = entry.header.log.id(&commons);
    let precedes = |one: &&&Entry| {
        one.header.log == entry.header.log && one.header.seq.checked_add(1) == Some(entry.header.seq)
    };
    let previous = entry.header.prev.map(|prev| admitted.get(&prev).filter(precedes));
    let previous_epoch = match previous {
        Some(None) => return false,
        Some(Some(previous)) => previous.header.epoch,
        None if entry.header.seq == 0 => 0,
        None => return false,
    };
    let collection = |id: &EntryId| admitted.get(id).map(|entry| entry.header.log.collection);
    let is_frozen = frozen.get(&log).is_some_and(|seq| entry.header.seq >= *seq);
    !is_frozen && context.judge(entry, &log, previous_epoch, collection) == Judgement::Admit
}

/// The lowest place of each log where two different entries are known.
fn forks<'a>(commons: CommonsId, entries: impl Iterator<Item = &'a Entry>) -> BTreeMap<LogId, u64> {
    let mut seen: BTreeSet<(LogId, u64)> = BTreeSet::new();
    let mut forks: BTreeMap<LogId, u64> = BTreeMap::new();
    for entry in entries {
        let place = (entry.header.log.id(&commons), entry.header.seq);
        if !seen.insert(place) {
            let lowest = forks.entry(place.0).or_insert(place.1);
            *lowest = place.1.min(*lowest);
        }
    }
    forks
}

fn heads<'a>(commons: CommonsId, admitted: impl Iterator<Item = &'a Entry>) -> Heads {
    let mut heads = Heads::new();
    for entry in admitted {
        let head = heads.entry(entry.header.log.id(&commons)).or_insert((entry.header.seq, entry.id));
        *head = (*head).max((entry.header.seq, entry.id));
    }
    heads
}

/// Governance and keys of a set of objects.
pub fn judges<'a>(
    commons: CommonsId,
    objects: impl Iterator<Item = &'a Object> + Clone,
) -> Option<(Governance, Keys)> {
    let proposals = objects.clone().filter_map(|object| match object {
        Object::Proposal(proposal) => Some(proposal.value()),
        _ => None,
    });
    let votes = objects.clone().filter_map(|object| match object {
        Object::Vote(vote) => Some(vote.value()),
        _ => None,
    });
    let governance = Governance::compute(commons, proposals, votes)?;
    let events: BTreeMap<_, _> = objects
        .filter_map(|object| match object {
            Object::Key(event) => Some((event.id(), &**event)),
            _ => None,
        })
        .collect();
    let keys = Keys::compute(commons, governance.current(), events.into_values());
    Some((governance, keys))
}
