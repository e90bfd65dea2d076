//! What a node says at the end, and the records that it leaves behind.

use std::ops::ControlFlow;
use std::path::Path;

use commons_node::engine::journal::{OBJECT, RUN};
use commons_node::store::{DiskStore, Position, Store};
use commons_node::view::{CharterView, DocumentSummary, DocumentView, EditView, StatusView};
use commons_protocol::id::CommonsId;
use commons_protocol::object::Object;
use commons_protocol::run::{Run, VerifiedRun};

use super::node::Node;

/// A node's last answers and its records.
pub struct Ending {
    /// Name of its organisation.
    pub node: String,
    /// What it said about itself.
    pub status: StatusView,
    /// The charter and its history.
    pub charter: CharterView,
    /// Every document with its history.
    pub documents: Vec<(DocumentView, Vec<EditView>)>,
    /// What its store holds.
    pub records: Records,
}

/// What is in a store: everything whose signature verifies.
pub struct Records {
    /// Governance objects.
    pub objects: Vec<Object>,
    /// Runs of entries.
    pub runs: Vec<VerifiedRun>,
}

impl Ending {
    /// Asks a node for everything, stops it, and reads its records.
    ///
    /// # Panics
    /// If it does not answer, or a record can't be read.
    #[track_caller]
    pub fn of(node: Node) -> Self {
        let status = node.status();
        let charter: CharterView = ask(&node, "/v1/charter");
        let listed: Vec<DocumentSummary> = ask(&node, "/v1/documents");
        let whole = |summary: &DocumentSummary| {
            let path = format!("/v1/documents/{}", summary.id);
            (ask(&node, &path), ask(&node, &format!("{path}/history")))
        };
        let documents = listed.iter().map(whole).collect();
        let commons = charter.commons.id.parse().expect("a commons has an id");
        let home = node.stop();
        let records = Records::read(&home.path(), commons);
        Self { node: status.organisation.name.clone(), status, charter, documents, records }
    }
}

#[track_caller]
fn ask<T: serde::de::DeserializeOwned>(node: &Node, path: &str) -> T {
    node.api().get(path).unwrap_or_else(|error| panic!("no answer to {path}: {error:?}"))
}

impl Records {
    /// Reads the store of a home whose node is stopped, and verifies every
    /// signature again.
    ///
    /// # Panics
    /// If something can't be read or does not verify.
    #[track_caller]
    pub fn read(home: &Path, commons: CommonsId) -> Self {
        let (store, report) = DiskStore::open(&home.join("store")).expect("a store can be opened");
        assert_eq!(report.torn_bytes, 0, "the node was stopped in order");
        let (mut objects, mut runs) = (Vec::new(), Vec::new());
        let scanned = store.scan(Position::START, &mut |_, record| {
            match record.kind {
                OBJECT => objects.push(Object::decode(&record.payload).expect("a stored object verifies")),
                RUN => {
                    let run = Run::decode(&record.payload).and_then(|run| run.verify(commons));
                    runs.push(run.expect("a stored run verifies"));
                }
                _ => {}
            }
            ControlFlow::Continue(())
        });
        scanned.expect("every record can be read");
        Self { objects, runs }
    }
}
