//! The file that proves what was released: collected from what this node
//! holds, and read as a stranger reads it before it is handed out.

use super::super::{Commons, Engine, Failure};
use crate::store::{Store, StoreError};
use commons_protocol::body::Release;
use commons_protocol::fence::ChangeHash;
use commons_protocol::id::{EntryId, LogId};
use commons_protocol::proof::{Parts, Proof, ProofError, Source};
use commons_protocol::publication::Paper;
use commons_protocol::run::VerifiedRun;
use commons_protocol::time::Timestamp;
use commons_protocol::version::Version;
use std::collections::BTreeMap;

/// What a proof is collected from.
struct Shelf<'a, S: Store> {
    engine: &'a Engine<S>,
    commons: &'a Commons,
    /// The content of the releases, rebuilt.
    versions: BTreeMap<EntryId, Version>,
    /// Why something could not be read, if so.
    error: Option<StoreError>,
}

impl<S: Store> Engine<S> {
    /// The file that proves what was released of a document.
    pub fn proof(&mut self, id: &str) -> Result<Vec<u8>, Failure> {
        let id = self.find_document(id)?;
        self.build(&id)?;
        let counting: Vec<(EntryId, Vec<ChangeHash>)> =
            self.case(&id)?.counting().iter().map(|paper| (paper.id, paper.body.heads.to_vec())).collect();
        let mut versions = BTreeMap::new();
        for (release, heads) in counting {
            versions.insert(release, self.version_at(&id, &heads)?);
        }
        let (case, commons) = (self.case(&id)?, self.commons()?);
        let parts = Parts {
            objects: commons.admission.objects(),
            governance: case.desk.rules.governance,
            keys: case.desk.rules.keys,
            subject: &case.subject,
            papers: case.papers,
            desk: &case.desk,
            exporter: self.keys.node.public(),
            time: Timestamp(self.now),
        };
        let mut shelf = Shelf { engine: self, commons, versions, error: None };
        let proof = Proof::assemble(&parts, &mut shelf).and_then(|proof| proof.encode(&self.keys.node));
        match shelf.error {
            Some(error) => Err(error.into()),
            None => proof.map_err(|error| failure(&error)),
        }
    }
}

impl<S: Store> Source for Shelf<'_, S> {
    fn run(&mut self, log: &LogId, seq: u64) -> Option<VerifiedRun> {
        let index = self.commons.admission.index_of(log)?;
        match self.engine.run_at(self.commons, index, seq) {
            Ok(run) => run.map(|run| (*run).clone()),
            Err(error) => {
                self.error = Some(error);
                None
            }
        }
    }

    fn place(&mut self, entry: &EntryId) -> Option<(LogId, u64)> {
        let place = self.commons.admission.place(entry)?;
        let (log, ..) = self.commons.admission.log_at(place.log)?;
        Some((log, u64::from(place.seq)))
    }

    fn version(&mut self, release: &Paper<Release>) -> Option<Version> {
        self.versions.get(&release.id).filter(|version| version.name() == release.body.version).cloned()
    }

    fn acknowledgements(&mut self, retraction: &EntryId) -> Vec<EntryId> {
        self.commons.catalogue.publications().acknowledgements(retraction).copied().collect()
    }
}

fn failure(error: &ProofError) -> Failure {
    match error {
        ProofError::NoRelease => Failure::conflict(
            "not-released",
            "nothing of this document is released, so there is nothing to prove; see `commons release show`",
        ),
        ProofError::TooLarge => Failure::conflict("too-large", error.to_string()),
        ProofError::Missing(_) => Failure::unavailable(
            "proof-incomplete",
            format!("{error}; it comes with the next catch-up, try again then"),
        ),
        error => Failure::internal("proof", error.to_string()),
    }
}
