//! What people do with documents, and what they were promised.

use super::node::NodeId;
use super::people::outcome;
use super::world::World;
use commons_node::engine::{Caller, Failure};
use commons_node::store::{MemoryStore, Position, Store};
use commons_node::view::{DocumentView, EditRequest, EraseRequest, ErasureView, NewDocument};
use commons_protocol::id::{CommonsId, EntryId};
use commons_protocol::run::{Run, VerifiedRun};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// The kind of record that holds a run.
const RUN: u8 = commons_node::engine::journal::RUN;

impl World {
    /// Creates a document. None if it was not acknowledged.
    pub fn write(&mut self, node: NodeId, title: &str, text: &str) -> Option<DocumentView> {
        self.write_as(node, None, title, text).ok()
    }

    /// Creates a document in a person's name, or the operator's.
    pub fn write_as(
        &mut self,
        node: NodeId,
        person: Option<&str>,
        title: &str,
        text: &str,
    ) -> Result<DocumentView, Failure> {
        let request = NewDocument {
            kind: "toolkit".to_owned(),
            title: title.to_owned(),
            language: None,
            description: None,
            text: text.to_owned(),
            ..NewDocument::default()
        };
        let written =
            self.request(node, |engine, caller| engine.new_document(&speaker(caller, person), &request));
        self.note(format!("{} writes \"{title}\": {}", self.nodes[node].name, outcome(&written)));
        written
    }

    /// Replaces a document's text, made against `base` or the newest version.
    pub fn edit(
        &mut self,
        node: NodeId,
        id: &str,
        base: Option<Vec<String>>,
        text: &str,
    ) -> Option<DocumentView> {
        self.edit_as(node, None, id, base, text).ok()
    }

    /// As [`World::edit`], in a person's name.
    pub fn edit_as(
        &mut self,
        node: NodeId,
        person: Option<&str>,
        id: &str,
        base: Option<Vec<String>>,
        text: &str,
    ) -> Result<DocumentView, Failure> {
        let is_old = base.is_some();
        let request = EditRequest { text: Some(text.to_owned()), base, ..EditRequest::default() };
        let edited =
            self.request(node, |engine, caller| engine.edit_document(&speaker(caller, person), id, &request));
        let version = if is_old { "an older version of " } else { "" };
        self.note(format!("{} edits {version}{}: {}", self.nodes[node].name, &id[..8], outcome(&edited)));
        edited
    }

    /// Erases a document everywhere.
    pub fn erase(&mut self, node: NodeId, id: &str) -> Option<ErasureView> {
        let request =
            EraseRequest { document: Some(id.to_owned()), entries: Vec::new(), reason: "a name".to_owned() };
        let erased = self.request(node, |engine, caller| engine.erase(caller, &request));
        self.note(format!("{} erases {}: {}", self.nodes[node].name, &id[..8], outcome(&erased)));
        erased.ok()
    }

    /// A document as a node shows it.
    pub fn document(&mut self, node: NodeId, id: &str) -> Option<DocumentView> {
        self.engine(node).document(id, None).ok()
    }

    pub(super) fn end_of(&self, node: NodeId) -> Position {
        self.nodes[node].store().end()
    }

    /// Notes what this node wrote since `from`: its people were told that it
    /// is kept.
    pub(super) fn acknowledge(&mut self, node: NodeId, from: Position) {
        let Some(commons) = self.commons else { return };
        let own = self.nodes[node].keys.node.public();
        let runs = runs_since(self.nodes[node].store(), commons, from);
        let entries = runs.iter().filter(|run| run.log().node == own).flat_map(VerifiedRun::entries);
        let fresh: BTreeSet<EntryId> = entries.map(|entry| entry.id).collect();
        let before = self.nodes[node].acknowledged.len();
        self.nodes[node].acknowledged.extend(fresh);
        self.counters.acknowledged += (self.nodes[node].acknowledged.len() - before) as u64;
    }
}

pub(super) fn speaker(operator: &Caller, person: Option<&str>) -> Caller {
    let key = person.unwrap_or(&operator.person).to_owned();
    Caller { person: key, ..operator.clone() }
}

/// The runs that were stored from `from` on.
pub(super) fn runs_since(store: &MemoryStore, commons: CommonsId, from: Position) -> Vec<VerifiedRun> {
    let mut runs = Vec::new();
    let scanned = store.scan(from, &mut |_, record| {
        if record.kind == RUN {
            let run = Run::decode(&record.payload).and_then(|run| run.trusted(commons));
            runs.push(run.expect("a stored run decodes"));
        }
        ControlFlow::Continue(())
    });
    scanned.expect("a store in memory can be read");
    runs
}

/// All entries of a store.
pub(super) fn entries_of(store: &MemoryStore, commons: CommonsId) -> BTreeSet<EntryId> {
    let runs = runs_since(store, commons, Position::START);
    runs.iter().flat_map(VerifiedRun::entries).map(|entry| entry.id).collect()
}
