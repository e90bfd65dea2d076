//! What must hold once everything is healed and quiet.

use super::node::NodeId;
use super::requests::runs_since;
use super::series::feeds_of;
use super::world::World;
use commons_node::engine::journal::OBJECT;
use commons_node::store::{Position, Store};
use commons_protocol::body::Content;
use commons_protocol::entry::Entry;
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
            let on = self.settled();
            on.iter().for_each(|id| self.work(*id));
            if self.is_silent(&on) && self.agree(&on) {
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
        let objects = |id: &NodeId| self.admission(*id).map(|admission| admission.objects().keys());
        on.windows(2)
            .all(|two| objects(&two[0]).into_iter().flatten().eq(objects(&two[1]).into_iter().flatten()))
    }

    /// Digests of heads and documents.
    pub fn state(&mut self, id: NodeId) -> (Digest, Digest) {
        let engine = self.engine(id);
        (engine.heads_digest(), engine.documents_digest())
    }

    fn is_waiting(&mut self, id: NodeId) -> bool {
        let status = self.engine(id).status();
        // What followed an entry that went with an old disk waits for ever.
        // So does what follows an entry that was cut, and what liars made up.
        let is_orphan = |what: &str| what == "contributions" && self.is_rough();
        // What says why a body is absent may be cut; a liar may never show one.
        let lacks_bodies = status.missing_bodies > 0 && !self.is_rough();
        status.waiting.iter().any(|waiting| !is_orphan(&waiting.what)) || lacks_bodies
    }

    /// Whether there may be entries that wait for ever.
    fn is_rough(&self) -> bool {
        let cuts = self.chief().and_then(|chief| chief.governance());
        !self.excused.is_empty()
            || !self.byzantine.is_empty()
            || cuts.is_some_and(|governance| governance.epochs().iter().any(|epoch| !epoch.cuts.is_nothing()))
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
            self.explain_votes(id);
        }
    }

    /// Notes how far the vote has come for a node.
    fn explain_votes(&mut self, id: NodeId) {
        let Some(governance) = self.admission(id).and_then(|admission| admission.governance()) else {
            return;
        };
        let open: Vec<String> =
            governance.open().keys().map(|hash| hash.to_string()[..6].to_owned()).collect();
        let hindered = self.nodes[id].engine.as_ref().and_then(|engine| engine.proposals().ok());
        let hindered: Vec<String> =
            hindered.unwrap_or_default().into_iter().filter_map(|one| one.hindered).collect();
        let (epoch, ballots) = (governance.current().number, format!("{:?}", governance.ballots()));
        self.note(format!("    epoch {epoch}, open {open:?}, hindered {hindered:?}, {ballots}"));
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
        let settled = self.settled();
        let union = self.union(&settled);
        let heads = recompute(commons, &union.objects, &union.runs, &BTreeSet::new());
        let admitted = admitted(commons, &union.runs, &heads);
        for id in &settled {
            self.check_node(*id, settled[0], &heads);
            self.note_stable(*id);
        }
        self.check_standings();
        self.check_series();
        self.check_governance(&union, &admitted);
        self.check_promises(&admitted);
        self.check_key_logs(&union.objects);
        admitted.len() as u64
    }

    /// The records of several nodes, each once.
    fn union(&self, nodes: &[NodeId]) -> Contents {
        let (mut objects, mut runs) = (BTreeMap::new(), BTreeMap::new());
        for id in nodes {
            let contents = self.contents(*id);
            objects.extend(contents.objects.into_iter().map(|object| (object.id(), object)));
            runs.extend(contents.runs.into_iter().map(|run| ((run.first(), run.last().id), run)));
        }
        Contents { objects: objects.into_values().collect(), runs: runs.into_values().collect() }
    }

    fn check_node(&mut self, id: NodeId, first: NodeId, heads: &Heads) {
        let name = self.nodes[id].name.clone();
        let (state, of_first) = (self.state(id), self.state(first));
        assert_eq!(state, of_first, "{name} holds something else than {}", self.nodes[first].name);
        assert_eq!(state.0, digest_of(heads), "{name}: the state differs from what the records mean");
        self.check_erasures(id);
        let is_waiting = self.is_waiting(id);
        let status = self.engine(id).status();
        assert!(!is_waiting, "{name}: {status:?}");
        if self.is_rough() {
            return self.check_reopened(id, state);
        }
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
        let liars: Vec<&str> = self.byzantine.iter().map(|id| self.nodes[*id].name.as_str()).collect();
        // Nobody confirms that a measure is gone to which figures were reported
        // elsewhere when that was asked.
        let reported = self.reported_measures(id);
        let is_kept = |target: &str| target.strip_prefix("document ").is_some_and(|id| reported.contains(id));
        for erasure in erasures.iter().filter(|erasure| !is_kept(&erasure.target)) {
            let missing = erasure.missing.iter().filter(|name| !liars.contains(&name.as_str()));
            let missing: Vec<_> = missing.collect();
            assert!(missing.is_empty(), "{name}: not confirmed by {missing:?}");
        }
        let targets: BTreeSet<String> = erasures
            .iter()
            .filter_map(|erasure| erasure.target.strip_prefix("document ").map(str::to_owned))
            .collect();
        // An epoch that cut the erasure itself has undone it.
        let documents = self.engine(id).documents(None).expect("documents can be listed");
        let shown: BTreeSet<String> = documents.into_iter().map(|document| document.id).collect();
        for run in self.contents(id).runs {
            for entry in run.entries() {
                let content = entry.body.bytes().map(|bytes| Content::decode(entry.header.kind, bytes));
                if let Some(Ok(Content::Change(change))) = content {
                    let document = change.document.to_string();
                    assert!(
                        !targets.contains(&document) || shown.contains(&document),
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
        let (rebuilt, feeds) = (feeds_of(&mut fresh), feeds_of(self.engine(id)));
        assert_eq!(rebuilt, feeds, "{}: rebuilt from its records it reads other feeds", self.nodes[id].name);
    }

    /// Nothing that was acknowledged is lost, but for what only a replaced
    /// disk held.
    fn check_promises(&mut self, admitted: &BTreeMap<EntryId, &Entry>) {
        let honest: Vec<NodeId> = self.ids().filter(|id| !self.byzantine.contains(id)).collect();
        for id in honest {
            let node = &self.nodes[id];
            let lost = node
                .acknowledged
                .iter()
                .filter(|id| !admitted.contains_key(id) && !self.excused.contains(id));
            let lost: Vec<EntryId> = lost.copied().collect();
            if lost.is_empty() {
                continue;
            }
            let cut = self.cut_of(id, admitted);
            let unexplained: Vec<_> = lost.iter().filter(|entry| !cut.contains(entry)).collect();
            assert!(
                unexplained.is_empty(),
                "{} was promised entries that are lost: {unexplained:?}",
                node.name
            );
            self.cut.extend(lost);
        }
    }

    /// The entries of a node that an epoch or its own organisation cut, that
    /// build on what was cut, or that it wrote while it was no member.
    fn cut_of(&self, node: NodeId, admitted: &BTreeMap<EntryId, &Entry>) -> BTreeSet<EntryId> {
        let commons = self.commons();
        let chief = self.chief().expect("a commons was founded");
        let governance = chief.governance().expect("a commons was founded");
        let own = self.nodes[node].keys.organisation;
        let everything: Vec<Entry> =
            self.ids().flat_map(|id| self.contents(id).runs).flat_map(|run| run.entries().to_vec()).collect();
        let is_cut = |entry: &Entry| {
            let (header, log) = (&entry.header, entry.header.log.id(&commons));
            let author = chief.keys().node(&header.log.node).map_or(own, |node| node.organisation);
            let is_outside = !governance.current().is_active(&author);
            let by_epoch = governance.epochs().iter().any(|epoch| {
                let is_later = epoch.charter.number > header.epoch;
                match epoch.charter.pin(&log) {
                    Some(pin) => !pin.covers(header.seq, &entry.id) && is_later,
                    None => is_later && (epoch.cuts.writers || epoch.cuts.members.contains(&author)),
                }
            });
            let keys = chief.keys();
            let by_owner = keys.end(&author, &log).is_some_and(|end| !end.covers(header.seq, &entry.id))
                || keys.person(&header.person).is_some_and(|person| person.revoked.is_some())
                || keys.node(&header.log.node).is_some_and(|node| node.revoked.is_some());
            let is_forked = chief.frozen().get(&log).is_some_and(|seq| header.seq >= *seq);
            is_outside || by_epoch || by_owner || is_forked
        };
        let mut cut: BTreeSet<EntryId> = BTreeSet::new();
        loop {
            let is_new = |entry: &&Entry| {
                let mut below = entry.header.deps.iter().chain(&entry.header.prev);
                !admitted.contains_key(&entry.id)
                    && !cut.contains(&entry.id)
                    && (is_cut(entry) || below.any(|id| cut.contains(id)))
            };
            let more: Vec<EntryId> = everything.iter().filter(is_new).map(|entry| entry.id).collect();
            match more.is_empty() {
                true => return cut,
                false => cut.extend(more),
            }
        }
    }

    /// No honest key signed two events for one place of its chain.
    fn check_key_logs(&self, objects: &[Object]) {
        let mut places = BTreeMap::new();
        let honest = self.ids().filter(|id| !self.byzantine.contains(id));
        let honest: BTreeSet<_> = honest.map(|id| self.nodes[id].keys.organisation).collect();
        for object in objects {
            let Object::Key(event) = object else { continue };
            let value = event.value();
            let other = places.insert((value.organisation, value.signer, value.seq), event.id());
            assert!(
                !honest.contains(&value.organisation) || other.is_none_or(|other| other == event.id()),
                "an honest key log forked at {}: {:?}",
                value.seq,
                value.action
            );
        }
    }
}

/// The entries that lead to the heads.
fn admitted<'a>(commons: CommonsId, runs: &'a [VerifiedRun], heads: &Heads) -> BTreeMap<EntryId, &'a Entry> {
    let entries = runs.iter().flat_map(VerifiedRun::entries).map(|entry| (entry.id, entry));
    let all: BTreeMap<EntryId, &Entry> = entries.collect();
    let mut admitted = BTreeMap::new();
    for (log, (_, head)) in heads {
        let mut next = Some(*head);
        while let Some(entry) = next.and_then(|id| all.get(&id)) {
            debug_assert_eq!(entry.header.log.id(&commons), *log);
            admitted.insert(entry.id, *entry);
            next = entry.header.prev;
        }
    }
    admitted
}

fn digest_of(heads: &Heads) -> Digest {
    digest(heads.iter().map(|(log, (seq, id))| Row { id: log.0, version: seq + 1, tag: id.0 }).collect())
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
