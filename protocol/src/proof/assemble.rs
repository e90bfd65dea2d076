//! Collects what a stranger needs to see for himself that a document was
//! released: what makes the epochs, the keys of everybody concerned, the
//! entries, and the content.

use super::excerpt::Excerpt;
use super::{Proof, ProofError};
use crate::fault::epoch_excerpt;
use crate::governance::Governance;
use crate::id::{EntryId, LogId, ObjectId, OrganisationId};
use crate::key::PublicKey;
use crate::keys::Keys;
use crate::object::Object;
use crate::publication::standing::Desk;
use crate::publication::{Paper, Papers, Subject};
use crate::run::VerifiedRun;
use crate::time::Timestamp;
use crate::version::{Version, VersionName};
use std::collections::{BTreeMap, BTreeSet};

/// What a node holds.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The governance objects.
    pub objects: &'a BTreeMap<ObjectId, Object>,
    /// The chain of epochs.
    pub governance: &'a Governance,
    /// The delegations.
    pub keys: &'a Keys,
    /// The document.
    pub subject: &'a Subject,
    /// What is said about it.
    pub papers: &'a Papers,
    /// What is judged with.
    pub desk: &'a Desk<'a>,
    /// Key of the node that makes the file.
    pub exporter: PublicKey,
    /// When it makes it.
    pub time: Timestamp,
}

/// Reads what the state in memory does not hold.
pub trait Source {
    /// The stored run that holds an admitted entry.
    fn run(&mut self, log: &LogId, seq: u64) -> Option<VerifiedRun>;
    /// Where an admitted entry stands.
    fn place(&mut self, entry: &EntryId) -> Option<(LogId, u64)>;
    /// The content that has this name, of the document at the heads.
    fn version(&mut self, release: &Paper<crate::body::Release>) -> Option<Version>;
    /// Entries that confirm a retraction.
    fn acknowledgements(&mut self, retraction: &EntryId) -> Vec<EntryId>;
}

impl Proof {
    /// The proof of all releases of a document that count. It is read as a
    /// stranger would before it is handed out.
    ///
    /// # Errors
    /// [`ProofError::NoRelease`], [`ProofError::Missing`],
    /// [`ProofError::TooLarge`].
    pub fn assemble(parts: &Parts<'_>, source: &mut impl Source) -> Result<Self, ProofError> {
        let versions = parts.versions(source)?;
        let Excerpt { runs, attestations } = Excerpt::of(parts, source)?;
        let (mut ids, chosen) =
            epoch_excerpt(parts.objects, parts.governance).ok_or(ProofError::Missing("votes"))?;
        ids.extend(parts.surroundings(&runs));
        ids.extend(attestations);
        let pick = |id: ObjectId| parts.objects.get(&id).map(|object| (id, object.clone()));
        let objects = ids.into_iter().map(pick).collect::<Option<BTreeMap<_, _>>>();
        let proof = Self {
            commons: parts.subject.commons,
            document: parts.subject.document,
            exporter: parts.exporter,
            time: parts.time,
            chosen,
            objects: objects.ok_or(ProofError::Missing("objects"))?,
            runs,
            versions,
        };
        proof.judge()?;
        Ok(proof)
    }
}

impl Parts<'_> {
    pub(super) fn releases(&self) -> Vec<&Paper<crate::body::Release>> {
        self.desk.releases(self.subject, self.papers).into_iter().map(|(paper, _)| paper).collect()
    }

    fn versions(&self, source: &mut impl Source) -> Result<BTreeMap<VersionName, Version>, ProofError> {
        let releases = self.releases();
        if releases.is_empty() {
            return Err(ProofError::NoRelease);
        }
        let read = |release: &Paper<crate::body::Release>| {
            let version = source.version(release).ok_or(ProofError::Missing("the content of a release"))?;
            Ok((release.body.version, version))
        };
        releases.into_iter().map(read).collect()
    }

    /// Keys of the organisations concerned, and proofs of forks of the logs
    /// concerned.
    fn surroundings(&self, runs: &[VerifiedRun]) -> BTreeSet<ObjectId> {
        let logs: BTreeSet<LogId> = runs.iter().map(|run| run.log().id(&self.subject.commons)).collect();
        let nodes = runs.iter().map(|run| run.log().node).chain([self.exporter]);
        let mut organisations: BTreeSet<OrganisationId> =
            nodes.filter_map(|node| Some(self.keys.node(&node)?.organisation)).collect();
        let contributors = self.papers.releases.values().flat_map(|one| one.body.cover.contributors.to_vec());
        organisations.extend(contributors.filter_map(|key| Some(self.keys.person(&key)?.organisation)));
        let is_concerned = |object: &Object| match object {
            Object::Key(event) => organisations.contains(&event.value().organisation),
            Object::Fork(fork) => logs.contains(&fork.log()),
            Object::Attestation(_) | Object::Proposal(_) | Object::Vote(_) => false,
        };
        self.objects.iter().filter(|(_, object)| is_concerned(object)).map(|(id, _)| *id).collect()
    }
}
