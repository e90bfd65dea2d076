//! The file that proves what was released of a document.

use super::super::{Engine, Failure};
use crate::store::{Store, StoreError};
use commons_protocol::body::Release;
use commons_protocol::id::{DocumentId, EntryId, LogId};
use commons_protocol::proof::{Parts, Proof, ProofError, Source};
use commons_protocol::publication::Paper;
use commons_protocol::run::VerifiedRun;
use commons_protocol::time::Timestamp;
use commons_protocol::version::{Version, VersionName};
use std::collections::BTreeMap;

impl<S: Store> Engine<S> {
    /// The file that proves every release of a document that counts, with its
    /// reviews and the retraction if there is one, signed by this node.
    ///
    /// # Errors
    /// [`Failure`] if nothing is released or not everything is here.
    pub fn proof(&mut self, id: &str) -> Result<Vec<u8>, Failure> {
        let id = self.find_document(id)?;
        self.build(&id)?;
        let versions = self.released_versions(&id)?;
        let (case, admission) = (self.case(&id)?, &self.commons()?.admission);
        let parts = Parts {
            objects: admission.objects(),
            governance: case.desk.rules.governance,
            keys: admission.keys(),
            subject: &case.subject,
            papers: case.papers,
            desk: &case.desk,
            exporter: self.keys.node.public(),
            time: Timestamp(self.now),
        };
        let mut held = Held { engine: self, versions, broken: None };
        let assembled = Proof::assemble(&parts, &mut held);
        if let Some(broken) = held.broken {
            return Err(broken.into());
        }
        let file = assembled.and_then(|proof| proof.encode(&self.keys.node));
        file.map_err(|error| match error {
            ProofError::NoRelease => Failure::conflict(
                "not-released",
                "nothing of this document is released, so there is nothing to prove",
            ),
            error => Failure::conflict("no-proof", error.to_string()),
        })
    }

    /// The content of every release that counts.
    fn released_versions(&mut self, id: &DocumentId) -> Result<BTreeMap<VersionName, Version>, Failure> {
        let counting = self.case(id)?.counting();
        let wanted: Vec<_> =
            counting.iter().map(|paper| (paper.body.version, paper.body.heads.clone())).collect();
        let mut versions = BTreeMap::new();
        for (name, heads) in wanted {
            let version = self.version_at(id, &heads)?;
            if version.name() != name {
                let why = "what this node builds from the document's changes is not what was released, so it can't be proved here; tell the organisation that released it";
                return Err(Failure::conflict("content-differs", why));
            }
            versions.insert(name, version);
        }
        Ok(versions)
    }
}

/// What this node holds, read where it lies.
struct Held<'a, S: Store> {
    engine: &'a Engine<S>,
    versions: BTreeMap<VersionName, Version>,
    /// Why something could not be read.
    broken: Option<StoreError>,
}

impl<S: Store> Source for Held<'_, S> {
    fn run(&mut self, log: &LogId, seq: u64) -> Option<VerifiedRun> {
        let commons = self.engine.commons.as_ref()?;
        let index = commons.admission.index_of(log)?;
        match self.engine.run_at(commons, index, seq) {
            Ok(run) => run.map(|run| (*run).clone()),
            Err(error) => {
                self.broken = Some(error);
                None
            }
        }
    }

    fn place(&mut self, entry: &EntryId) -> Option<(LogId, u64)> {
        let admission = &self.engine.commons.as_ref()?.admission;
        let place = admission.place(entry)?;
        let (log, ..) = admission.log_at(place.log)?;
        Some((log, u64::from(place.seq)))
    }

    fn version(&mut self, release: &Paper<Release>) -> Option<Version> {
        self.versions.get(&release.body.version).cloned()
    }

    fn acknowledgements(&mut self, retraction: &EntryId) -> Vec<EntryId> {
        let commons = self.engine.commons.as_ref();
        let publications = commons.map(|commons| commons.catalogue.publications());
        publications.map(|known| known.acknowledgements(retraction).copied().collect()).unwrap_or_default()
    }
}
