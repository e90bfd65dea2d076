//! Why contributions of ours were cut off, in words.

use super::found::{Found, Lost, Piece};
use crate::engine::Engine;
use crate::store::Store;
use commons_protocol::entry::LogName;
use commons_protocol::id::{EntryId, OrganisationId};
use std::collections::{BTreeMap, BTreeSet};

/// Entries that are visited in search of the cause.
const VISITED: usize = 20_000;

impl<S: Store> Engine<S> {
    /// Why the open entries among `pieces` were cut off.
    pub(super) fn why_cut(&self, found: &Found, pieces: &BTreeMap<EntryId, Piece>) -> String {
        let open = pieces.iter().filter(|(_, piece)| piece.is_open);
        let first = open.min_by_key(|(_, piece)| (piece.time, piece.log, piece.seq));
        let cause = first.and_then(|(id, _)| found.cause(id));
        let Some(cause) = cause else { return "what they build on does not count any more".to_owned() };
        let Some(author) = self.organisation_of_node(&cause.name) else {
            return "they build on a contribution of an organisation that is not known any more".to_owned();
        };
        let why = self.why_log(cause, &author);
        match author == self.keys.organisation {
            true => why,
            false => {
                format!(
                    "they build on a contribution of {} that does not count: {why}",
                    self.name_of(&author)
                )
            }
        }
    }

    /// The organisation whose node writes a log.
    pub(super) fn organisation_of_node(&self, name: &LogName) -> Option<OrganisationId> {
        let keys = self.commons.as_ref()?.admission.keys();
        keys.node(&name.node).map(|node| node.organisation)
    }

    fn why_log(&self, cause: &Lost, author: &OrganisationId) -> String {
        let Some(commons) = &self.commons else { return String::new() };
        let admission = &commons.admission;
        let log = cause.name.id(&admission.commons());
        if admission.frozen().get(&log).is_some_and(|fork| *fork <= cause.seq) {
            return format!("its log {log} forked there");
        }
        let governance = admission.governance();
        let pinned = governance.into_iter().flat_map(|governance| governance.epochs()).find(|epoch| {
            epoch.charter.pin(&log).is_some_and(|pin| pin.seq < cause.seq)
                || epoch.cuts.members.contains(author) && epoch.charter.pin(&log).is_none()
        });
        if let Some(epoch) = pinned {
            return format!("the members cut {} off in epoch {}", self.name_of(author), epoch.charter.number);
        }
        if admission.keys().end_of(&cause.name.node, &log).is_some() {
            return format!("{} revoked the key or ended the log before it", self.name_of(author));
        }
        "the rules of the commons do not admit it any more".to_owned()
    }
}

impl Found {
    /// An entry that is not admitted although everything on which it builds
    /// is: the reason for which `entry` is not admitted.
    fn cause(&self, entry: &EntryId) -> Option<&Lost> {
        let mut seen = BTreeSet::new();
        let mut queue = vec![*entry];
        while let Some(id) = queue.pop() {
            let Some(lost) = self.lost.get(&id).filter(|_| seen.insert(id)) else { continue };
            let before = queue.len();
            queue.extend(lost.parents.iter().filter(|parent| self.lost.contains_key(parent)));
            if queue.len() == before {
                return Some(lost);
            }
            if seen.len() >= VISITED {
                return None;
            }
        }
        None
    }
}
