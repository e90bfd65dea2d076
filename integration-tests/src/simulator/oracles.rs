//! What must hold once everything is healed and quiet.

use super::node::NodeId;
use super::requests::runs_since;
use super::world::World;
use commons_node::engine::journal::OBJECT;
use commons_node::store::{Position, Store};
use commons_protocol::body::Content;
use commons_protocol::id::{CommonsId, Digest, EntryId};
use commons_protocol::object::Object;
use commons_protocol::recompute::{Heads, recompute};
use commons_protocol::run::VerifiedRun;
use commons_protocol::sync::table::{Row, digest};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// Longest time in which a healed world must come to rest.
const QUIET_MS: u64 = 30 * 60_000;

/// Everything that a node's records hold.
#[derive(Debug, Default)]
pub struct Contents {
    /// Governance objects.
    pub objects: Vec<Object>,
    /// Runs of entries.
    pub runs: Vec<VerifiedRun>,
}

impl World {
    /// Runs until everybody holds the same and nothing is on the way.
    pub fn run_until_quiet(&mut self) {
        let end = self.now + QUIET_MS;
        while self.now < end {
            self.run_for(1_000);
            let on = self.running();
            on.iter().for_each(|id| self.work(*id));
            if self.is_silent() && self.agree(&on) {
                return;
            }
        }
        self.explain_unrest();
        self.explain_documents();
        panic!("the world did not come to rest within {QUIET_MS} ms");
    }

    fn agree(&mut self, on: &[NodeId]) -> bool {
        let states: Vec<_> = on.iter().map(|id| self.state(*id)).collect();
        if states.windows(2).any(|two| two[0] != two[1]) || on.iter().any(|id| self.is_waiting(*id)) {
            return false;
        }
        let objects: Vec<_> = on.iter().map(|id| object_ids(&self.contents(*id).objects)).collect();
        objects.windows(2).all(|two| two[0] == two[1])
    }

    /// Digests of heads and documents.
    pub fn state(&mut self, id: NodeId) -> (Digest, Digest) {
        let engine = self.engine(id);
        (engine.heads_digest(), engine.documents_digest())
    }

    fn is_waiting(&mut self, id: NodeId) -> bool {
        let status = self.engine(id).status();
        // What followed an entry that went with an old disk waits for ever.
        let is_orphan = |what: &str| what == "contributions" && !self.excused.is_empty();
        status.waiting.iter().any(|waiting| !is_orphan(&waiting.what)) || status.missing_bodies > 0
    }

    pub(super) fn explain_unrest(&mut self) {
        self.note(format!("open sessions: {:?}", self.network.sessions));
        for id in self.ids() {
            let Some(engine) = &mut self.nodes[id].engine else { continue };
            let status = engine.status();
            let peers: Vec<_> =
                status.peers.iter().map(|peer| (&peer.organisation, peer.connected, peer.in_step)).collect();
            let line = format!(
                "{}: {} entries, heads {}, documents {}, missing {}, waiting {:?}, refused {:?}, notices {:?}, peers {peers:?}, joining {:?}, open {:?}",
                self.nodes[id].name,
                status.entries,
                &status.heads_digest[..8],
                &status.documents_digest[..8],
                status.missing_bodies,
                status.waiting,
                status.refused,
                status.notices,
                self.nodes[id]
                    .engine
                    .as_ref()
                    .and_then(|engine| engine.join_view().ok())
                    .map(|view| view.state),
                self.nodes[id].engine.as_ref().and_then(|engine| engine.members().ok()).map(|view| {
                    let proposals = view
                        .proposals
                        .iter()
                        .map(|one| (one.id[..6].to_owned(), one.endorsed_by.clone(), one.missing.clone()));
                    (view.requests.len(), proposals.collect::<Vec<_>>())
                }),
            );
            self.note(line);
        }
    }

    /// The records of a node.
    pub fn contents(&self, id: NodeId) -> Contents {
        let Some(commons) = self.commons else { return Contents::default() };
        let store = self.nodes[id].store();
        let mut objects = Vec::new();
        let scanned = store.scan(Position::START, &mut |_, record| {
            if record.kind == OBJECT {
                objects.push(Object::decode(&record.payload).expect("a stored object verifies"));
            }
            ControlFlow::Continue(())
        });
        scanned.expect("a store in memory can be read");
        Contents { objects, runs: runs_since(store, commons, Position::START) }
    }

    /// Checks everything that must hold. Call [`World::run_until_quiet`]
    /// first. Returns the number of admitted entries.
    pub fn check(&mut self) -> u64 {
        let commons = self.commons.expect("a commons was founded");
        let contents = self.contents(0);
        let heads = recompute(commons, &contents.objects, &contents.runs, &BTreeSet::new());
        let admitted = admitted(commons, &contents.runs, &heads);
        for id in self.running() {
            self.check_node(id, &heads);
        }
        self.check_promises(&admitted);
        check_key_logs(&contents.objects);
        admitted.len() as u64
    }

    fn check_node(&mut self, id: NodeId, heads: &Heads) {
        let name = self.nodes[id].name.clone();
        let (state, first) = (self.state(id), self.state(0));
        assert_eq!(state, first, "{name} holds something else than {}", self.nodes[0].name);
        assert_eq!(state.0, digest_of(heads), "{name}: the state differs from what the records mean");
        self.check_erasures(id);
        let is_waiting = self.is_waiting(id);
        let status = self.engine(id).status();
        assert!(!is_waiting, "{name}: {status:?}");
        assert!(
            !status.notices.iter().any(|notice| notice.contains("frozen")),
            "{name}: an honest log forked: {:?}",
            status.notices
        );
        for document in self.engine(id).documents(None).expect("documents can be listed") {
            assert!(document.notices.is_empty(), "{name}: \"{}\": {:?}", document.title, document.notices);
        }
        self.check_reopened(id, state);
    }

    /// What was erased and confirmed is gone from the records.
    fn check_erasures(&mut self, id: NodeId) {
        let name = self.nodes[id].name.clone();
        let erasures = self.engine(id).erasures().expect("erasures can be listed");
        for erasure in &erasures {
            assert!(erasure.missing.is_empty(), "{name}: not confirmed by {:?}", erasure.missing);
        }
        let targets: BTreeSet<String> = erasures
            .iter()
            .filter_map(|erasure| erasure.target.strip_prefix("document ").map(str::to_owned))
            .collect();
        for run in self.contents(id).runs {
            for entry in run.entries() {
                let content = entry.body.bytes().map(|bytes| Content::decode(entry.header.kind, bytes));
                if let Some(Ok(Content::Change(change))) = content {
                    let document = change.document.to_string();
                    assert!(
                        !targets.contains(&document),
                        "{name} still holds a body of the erased document {document}"
                    );
                }
            }
        }
    }

    /// The same comes out of the records alone.
    fn check_reopened(&mut self, id: NodeId, state: (Digest, Digest)) {
        let mut fresh = self.nodes[id].fresh(self.now);
        while fresh.work().expect("a store in memory can be read") {}
        let rebuilt = (fresh.heads_digest(), fresh.documents_digest());
        assert_eq!(rebuilt, state, "{}: rebuilt from its records it is another", self.nodes[id].name);
    }

    /// Nothing that was acknowledged is lost, but for what only a replaced
    /// disk held.
    fn check_promises(&mut self, admitted: &BTreeSet<EntryId>) {
        for node in &self.nodes {
            let lost: Vec<_> = node
                .acknowledged
                .iter()
                .filter(|id| !admitted.contains(id) && !self.excused.contains(id))
                .collect();
            assert!(lost.is_empty(), "{} was promised entries that are lost: {lost:?}", node.name);
        }
    }
}

fn object_ids(objects: &[Object]) -> BTreeSet<[u8; 32]> {
    objects.iter().map(|object| object.id().0).collect()
}

/// The entries up to the heads.
fn admitted(commons: CommonsId, runs: &[VerifiedRun], heads: &Heads) -> BTreeSet<EntryId> {
    let is_admitted = |run: &VerifiedRun, seq: u64| {
        heads.get(&run.log().id(&commons)).is_some_and(|(head, _)| seq <= *head)
    };
    let entries =
        runs.iter().flat_map(|run| run.entries().iter().filter(|entry| is_admitted(run, entry.header.seq)));
    entries.map(|entry| entry.id).collect()
}

fn digest_of(heads: &Heads) -> Digest {
    digest(heads.iter().map(|(log, (seq, id))| Row { id: log.0, version: seq + 1, tag: id.0 }).collect())
}

/// No honest key signed two events for one place of its chain.
fn check_key_logs(objects: &[Object]) {
    let mut places = BTreeMap::new();
    for object in objects {
        if let Object::Key(event) = object {
            let value = event.value();
            let other = places.insert((value.organisation, value.signer, value.seq), event.id());
            assert!(
                other.is_none_or(|other| other == event.id()),
                "an honest key log forked at {}: {:?}",
                value.seq,
                value.action
            );
        }
    }
}

impl World {
    /// Notes the documents of every node, for a run that failed.
    fn explain_documents(&mut self) {
        for id in self.ids() {
            let name = self.nodes[id].name.clone();
            let Some(engine) = &mut self.nodes[id].engine else { continue };
            let mut lines = Vec::new();
            for summary in engine.documents(None).unwrap_or_default() {
                let view = engine.document(&summary.id, None);
                let version = view.map_or_else(
                    |failure| failure.to_string(),
                    |view| view.version.iter().map(|head| &head[..6]).collect::<Vec<_>>().join(" "),
                );
                lines.push(format!(
                    "{name}: {} \"{}\": {} edits, at {version}, {:?}",
                    &summary.id[..8],
                    summary.title,
                    summary.edits,
                    summary.notices
                ));
            }
            lines.into_iter().for_each(|line| self.note(line));
        }
    }
}
