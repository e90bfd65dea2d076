//! Which missing bodies are asked for next. Their authors take turns, and of
//! each the turn goes round, so that those which nobody has, or which can't be
//! decided, keep nobody else's from being asked for.

use commons_protocol::id::{EntryId, OrganisationId};
use std::collections::BTreeMap;

/// Up to where it was asked.
#[derive(Debug, Default)]
pub struct Asking {
    /// The last entry of each author who has some.
    last: BTreeMap<OrganisationId, EntryId>,
    /// Whose was the last one of all.
    author: Option<OrganisationId>,
}

impl Asking {
    /// The next ones of what is missing, which comes sorted by id, `most` of
    /// them at most.
    pub fn next<'a>(
        &mut self,
        missing: impl Iterator<Item = (&'a EntryId, &'a OrganisationId)>,
        most: usize,
    ) -> Vec<EntryId> {
        let mut authors: BTreeMap<OrganisationId, Vec<EntryId>> = BTreeMap::new();
        missing.for_each(|(id, author)| authors.entry(*author).or_default().push(*id));
        self.last.retain(|author, _| authors.contains_key(author));
        let mut turns: Vec<(OrganisationId, Vec<EntryId>)> = authors.into_iter().collect();
        for (author, ids) in &mut turns {
            let asked = self.last.get(author).map_or(0, |last| ids.partition_point(|id| id <= last));
            ids.rotate_left(asked);
        }
        let asked = self.author.map_or(0, |last| turns.partition_point(|(author, _)| *author <= last));
        turns.rotate_left(asked);
        self.deal(&turns, most)
    }

    /// The first one of each author, then the second one of each, and so on.
    fn deal(&mut self, turns: &[(OrganisationId, Vec<EntryId>)], most: usize) -> Vec<EntryId> {
        let longest = turns.iter().map(|(_, ids)| ids.len()).max().unwrap_or_default();
        let all = (0..longest).flat_map(|round| {
            turns.iter().filter_map(move |(author, ids)| Some((*author, *ids.get(round)?)))
        });
        let mut chosen = Vec::new();
        for (author, id) in all.take(most) {
            self.last.insert(author, id);
            self.author = Some(author);
            chosen.push(id);
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn id(number: u16) -> EntryId {
        let mut id = [0; 32];
        id[..2].copy_from_slice(&number.to_be_bytes());
        EntryId(id)
    }

    fn author(number: u8) -> OrganisationId {
        OrganisationId([number; 32])
    }

    fn next(asking: &mut Asking, missing: &BTreeMap<EntryId, OrganisationId>) -> Vec<EntryId> {
        asking.next(missing.iter(), 256)
    }

    #[test]
    fn many_of_one_author_keep_nobody_elses_from_being_asked_for() {
        let mut missing: BTreeMap<EntryId, OrganisationId> =
            (0..300).map(|number| (id(number), author(1))).collect();
        missing.insert(id(60_000), author(2));
        let mut asking = Asking::default();
        let first = next(&mut asking, &missing);
        assert_eq!(first.len(), 256);
        assert!(first.contains(&id(60_000)));
        let second: BTreeSet<EntryId> = next(&mut asking, &missing).into_iter().collect();
        assert!(second.contains(&id(60_000)), "as long as it is missing");
        let both: BTreeSet<EntryId> = first.into_iter().chain(second).collect();
        assert_eq!(both.len(), 301, "all were asked for after two rounds");
    }

    #[test]
    fn more_authors_than_fit_take_turns() {
        let missing: BTreeMap<EntryId, OrganisationId> =
            (0..10).map(|number| (id(u16::from(number)), author(number))).collect();
        let mut asking = Asking::default();
        let rounds: Vec<Vec<EntryId>> = (0..5).map(|_| asking.next(missing.iter(), 4)).collect();
        let asked: BTreeSet<EntryId> = rounds[..3].iter().flatten().copied().collect();
        assert_eq!(asked.len(), 10, "{rounds:?}");
        assert!(rounds.iter().all(|round| round.iter().collect::<BTreeSet<_>>().len() == 4));
    }

    #[test]
    fn what_came_is_asked_for_no_more() {
        let mut missing: BTreeMap<EntryId, OrganisationId> =
            (0..3).map(|number| (id(number), author(1))).collect();
        let mut asking = Asking::default();
        assert_eq!(next(&mut asking, &missing), [id(0), id(1), id(2)]);
        missing.remove(&id(1));
        assert_eq!(next(&mut asking, &missing), [id(0), id(2)]);
        missing.clear();
        assert!(next(&mut asking, &missing).is_empty());
        assert!(asking.last.is_empty(), "nothing is remembered of nobody");
    }
}
