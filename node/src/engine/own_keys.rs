//! This organisation's node keys and logs: listing, revoking, ending.

use super::membership::unique_prefix;
use super::recovery::NewRoot;
use super::{Caller, Engine, Failure};
use crate::store::Store;
use crate::view::{EndLogRequest, KeyView, LogView, NewRootView, RevokeKeyRequest};
use commons_protocol::admission::{Admission, Head};
use commons_protocol::bounded::BoundedVec;
use commons_protocol::entry::LogName;
use commons_protocol::id::LogId;
use commons_protocol::key::{PublicKey, SecretKey};
use commons_protocol::keylog::KeyAction;
use commons_protocol::keys::NodeKey;
use commons_protocol::object::Object;

impl<S: Store> Engine<S> {
    /// This organisation's node keys with their logs.
    pub fn node_keys(&self) -> Result<Vec<KeyView>, Failure> {
        let own = self.keys.organisation;
        let admission = &self.commons()?.admission;
        let nodes = admission.keys().nodes().iter().filter(|(_, node)| node.organisation == own);
        Ok(nodes.map(|(key, node)| self.key_view(admission, key, node)).collect())
    }

    /// Revokes a node key of this organisation; what it wrote so far stands.
    pub fn revoke_key(&mut self, _: &Caller, request: &RevokeKeyRequest) -> Result<KeyView, Failure> {
        let ids = self.node_keys()?.into_iter().map(|key| key.id);
        let id = unique_prefix("node key of this organisation", &request.key, ids)?;
        let key: PublicKey = id.parse().map_err(|_| Failure::not_found("key", &id))?;
        if key == self.keys.node.public() {
            return Err(Failure::conflict(
                "own-key",
                "this is the key of the node that you are talking to, which could not write any more; set up a new installation with `commons init --from-keys` and revoke this key there",
            ));
        }
        let revocation = self.revocation(key)?;
        self.issue_admin(revocation)?;
        self.find_key(&id)
    }

    /// Ends a log of this organisation; of a log that forked, this chooses
    /// the branch.
    pub fn end_log(&mut self, _: &Caller, request: &EndLogRequest) -> Result<KeyView, Failure> {
        let point = self.find_point(&request.log, &request.entry)?;
        let log = point.log.to_string();
        let is_of = |key: &KeyView| key.logs.iter().any(|one| one.id == log);
        let key = self.node_keys()?.into_iter().find(is_of).ok_or_else(|| {
            Failure::conflict("not-own-log", "only the organisation that wrote a log can end it; for another's, propose it: `commons propose branch`")
        })?;
        let ends = BoundedVec::new(vec![point]).unwrap_or_default();
        self.issue_admin(KeyAction::EndLogs { ends })?;
        self.find_key(&key.id)
    }

    /// A new root key for this organisation, whose old one is lost. It counts
    /// once the members have put it into the charter. A fresh installation
    /// shows the keys that it has.
    pub fn new_root(&mut self, _: &Caller) -> Result<NewRootView, Failure> {
        if self.commons.is_some() {
            self.keys.root = SecretKey::from_seed((self.random)());
            self.keys.next_root = SecretKey::from_seed((self.random)());
        }
        let code = NewRoot {
            root: self.keys.root.public(),
            next: self.keys.next_root_commitment(),
            elector: self.keys.elector.public(),
        };
        let message = format!(
            "Fingerprint {}\nGive the code to another member, over a channel where it knows you; it proposes it with `commons propose root`, and the electors see these fingerprint words, which you compare with them by phone. Once it is in force, join with an invitation of that member if this is a new installation, and export the keys.",
            code.words()
        );
        Ok(NewRootView { code: code.to_code(), message })
    }

    fn find_key(&self, id: &str) -> Result<KeyView, Failure> {
        let mut keys = self.node_keys()?.into_iter();
        keys.find(|key| key.id == id).ok_or_else(|| Failure::not_found("key", id))
    }

    fn key_view(&self, admission: &Admission, key: &PublicKey, node: &NodeKey) -> KeyView {
        let mut logs: Vec<LogView> = admission
            .heads()
            .filter(|(_, name, _)| name.node == *key)
            .map(|(log, name, head)| log_view(admission, log, name, Some(head)))
            .collect();
        logs.extend(forked_from_the_start(admission, key));
        KeyView {
            id: key.to_string(),
            active: node.revoked.is_none(),
            this_node: *key == self.keys.node.public(),
            logs,
        }
    }
}

/// Logs of which nothing counts, because they forked at their first entry.
fn forked_from_the_start(admission: &Admission, key: &PublicKey) -> Vec<LogView> {
    let forks = admission.objects().values().filter_map(|object| match object {
        Object::Fork(fork) if fork.name().node == *key => Some((fork.log(), fork.name())),
        _ => None,
    });
    let without_head = forks.filter(|(log, _)| admission.head(log).is_none());
    without_head.map(|(log, name)| log_view(admission, log, name, None)).collect()
}

fn log_view(admission: &Admission, log: LogId, name: LogName, head: Option<Head>) -> LogView {
    let branches = admission.objects().values().filter_map(|object| match object {
        Object::Fork(fork) if fork.log() == log => Some(fork.branches()),
        _ => None,
    });
    LogView {
        id: log.to_string(),
        collection: name.collection.to_string(),
        entries: head.map_or(0, |head| head.seq + 1),
        head: head.map(|head| head.id.to_string()),
        stable: admission.stable(&log).map_or(0, |point| point.seq + 1),
        forked_at: admission.frozen().get(&log).copied(),
        branches: branches.flatten().map(|run| run.last().id.to_string()).collect(),
    }
}
