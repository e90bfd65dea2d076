//! Local edits: from new content to changes that every fence accepts.
//!
//! A change is written by Automerge on a scratch copy, freed of needless dependencies, and then
//! offered and settled like a stranger's. All changes of one edit enter, or none.

use std::collections::VecDeque;

use automerge::transaction::{CommitOptions, Transaction};
use automerge::{ActorId, Automerge, Change, ReadDoc};

use super::fields::{self, FieldError, Fields, LANGUAGE, ReadError};
use super::steps::{self, Step, StepError};
use super::{Document, Quarantine};
use crate::fence::{self, Actor, ChangeHash, DEPENDENCIES_PER_CHANGE, FenceRefusal};

/// An edit that was not made. The document is as before.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// A field does not fit.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The document exists already.
    #[error("the document has content already; edit it instead of creating it")]
    Exists,
    /// The version to edit is not here.
    #[error("the document has no change {change}, which the edit builds on; wait for it")]
    UnknownVersion {
        /// The change that is not built.
        change: ChangeHash,
    },
    /// The current content can't be read.
    #[error("the current content can't be compared with the new one")]
    Read(#[from] ReadError),
    /// The changes would not pass the fence.
    #[error("the edit would be refused by every node")]
    Refused(#[from] FenceRefusal),
    /// The document could not be built.
    #[error("the edit could not be built into the document")]
    Quarantine(#[from] Quarantine),
    /// Automerge did not take a step.
    #[error("Automerge did not take the edit")]
    Step(#[source] Box<StepError>),
    /// Automerge failed to go back to a version.
    #[error("Automerge can't go back to the version that the edit builds on")]
    Version(#[source] Box<automerge::AutomergeError>),
    /// The edit made no change where it should.
    #[error("Automerge made no change of the edit; report this")]
    NoChange,
    /// Automerge panicked.
    #[error("the edit made Automerge panic: {panic}; report this")]
    Panic {
        /// The message of the panic.
        panic: String,
    },
}

impl From<StepError> for EditError {
    fn from(source: StepError) -> Self {
        Self::Step(Box::new(source))
    }
}

impl Document {
    /// Writes the first content of an empty document. Returns the changes to publish, in order.
    /// `time` may be in any unit; readers get it back as it is.
    ///
    /// # Errors
    /// [`EditError`]; nothing has changed then.
    pub fn create(&mut self, actor: &Actor, fields: &Fields, time: u64) -> Result<Vec<Vec<u8>>, EditError> {
        if !self.heads.is_empty() {
            return Err(EditError::Exists);
        }
        self.edit_at(actor, &[], fields, time)
    }

    /// Makes the current content equal `fields`, writing only what differs. Returns the changes
    /// to publish, in order; none if nothing differs.
    ///
    /// # Errors
    /// [`EditError`]; nothing has changed then.
    pub fn edit(&mut self, actor: &Actor, fields: &Fields, time: u64) -> Result<Vec<Vec<u8>>, EditError> {
        self.settle()?;
        let heads = self.heads();
        self.edit_at(actor, &heads, fields, time)
    }

    /// Like [`edit`](Self::edit), for content that was made from the older version `base`. What
    /// differs from that version merges with what others, or the actor, wrote since.
    ///
    /// # Errors
    /// [`EditError`]; nothing has changed then.
    pub fn edit_at(
        &mut self,
        actor: &Actor,
        base: &[ChangeHash],
        fields: &Fields,
        time: u64,
    ) -> Result<Vec<Vec<u8>>, EditError> {
        fields.check()?;
        let mut trial = self.clone();
        trial.settle()?;
        if let Some(change) = base.iter().find(|change| !trial.contains(change)) {
            return Err(EditError::UnknownVersion { change: *change });
        }
        let mut edit = Edit {
            base: trial.index.frontier(base),
            document: trial,
            actor: *actor,
            time,
            changes: Vec::new(),
        };
        edit.run(fields)?;
        *self = edit.document;
        Ok(edit.changes)
    }

    /// The document at a version, to write on.
    fn version(&self, base: &[ChangeHash]) -> Result<Automerge, EditError> {
        if base == self.settled {
            return Ok(self.automerge.clone());
        }
        if base.is_empty() {
            return Ok(Automerge::new_with_encoding(super::ENCODING));
        }
        let base: Vec<_> = base.iter().map(|hash| (*hash).into()).collect();
        let fork = self.automerge.fork_at(&base);
        fork.map_err(version_failed)
    }
}

/// One edit under way, on a copy of the document.
struct Edit {
    document: Document,
    actor: Actor,
    /// The version that the next change builds on.
    base: Vec<ChangeHash>,
    time: u64,
    changes: Vec<Vec<u8>>,
}

impl Edit {
    fn run(&mut self, fields: &Fields) -> Result<(), EditError> {
        let fields = self.follow_own(fields)?;
        let (mut version, mut steps) = caught(|| {
            let version = self.document.version(&self.base)?;
            let steps = steps::plan(&version, &fields)?;
            Ok((version, steps))
        })?;
        if steps.is_empty() {
            return Ok(());
        }
        if self.base.len() > DEPENDENCIES_PER_CHANGE {
            (version, steps) = self.join_heads(&fields)?;
        }
        self.write_all(version, steps)
    }

    fn write_all(&mut self, mut version: Automerge, mut steps: VecDeque<Step>) -> Result<(), EditError> {
        loop {
            let portion = steps::portion(&mut steps, &self.document.limits);
            self.write(version, &portion)?;
            if steps.is_empty() {
                return Ok(());
            }
            version = caught(|| self.document.version(&self.base))?;
        }
    }

    /// An actor's changes follow one another. If the base lacks the actor's latest one, the edit
    /// is first merged with it, as if another had made it, and the outcome is what gets written.
    fn follow_own(&mut self, fields: &Fields) -> Result<Fields, EditError> {
        let Some(latest) = self.document.index.latest_by(&self.actor) else {
            return Ok(fields.clone());
        };
        let with_own = [self.base.as_slice(), &[latest]].concat();
        let joined = self.document.index.frontier(&with_own);
        if joined == self.base {
            return Ok(fields.clone());
        }
        let stand_in = Actor::derive(&[0; 32], blake3::hash(&self.actor.0).as_bytes());
        let merged = caught(|| {
            let version = self.document.version(&self.base)?;
            let steps = steps::plan(&version, fields)?;
            let mut merged = self.document.version(&joined)?;
            if !steps.is_empty() {
                let steps = Vec::from(steps);
                let change = commit(version, &stand_in, 0, &steps)?;
                merged.apply_changes([change]).map_err(version_failed)?;
            }
            Ok(fields::read(&merged, None)?)
        })?;
        self.base = joined;
        Ok(merged)
    }

    /// A change has few dependencies. With more heads than that, changes that repeat the language
    /// join them in groups first.
    fn join_heads(&mut self, fields: &Fields) -> Result<(Automerge, VecDeque<Step>), EditError> {
        while self.base.len() > DEPENDENCIES_PER_CHANGE {
            let mut group = self.base[..DEPENDENCIES_PER_CHANGE - 1].to_vec();
            group.extend(self.document.index.latest_by(&self.actor));
            let all = std::mem::take(&mut self.base);
            self.base = self.document.index.frontier(&group);
            let version = caught(|| self.document.version(&self.base))?;
            // Automerge makes no operation of a value that stands already, so it is cleared first.
            let steps = [String::new(), fields.language.clone()]
                .map(|value| Step::Scalar { field: LANGUAGE.to_owned(), value });
            self.write(version, &steps)?;
            let joined = [all, std::mem::take(&mut self.base)].concat();
            self.base = self.document.index.frontier(&joined);
        }
        caught(|| {
            let version = self.document.version(&self.base)?;
            let steps = steps::plan(&version, fields)?;
            Ok((version, steps))
        })
    }

    /// Writes one change on `version`, which stands at the base, and moves the base to it.
    fn write(&mut self, version: Automerge, steps: &[Step]) -> Result<(), EditError> {
        let time = i64::try_from(self.time).unwrap_or(i64::MAX);
        let change = caught(|| {
            let change = commit(version, &self.actor, time, steps)?;
            Ok(self.with_fewest_dependencies(change))
        })?;
        let bytes = change.raw_bytes().to_vec();
        let hash = self.document.offer(&self.actor, &bytes)?;
        self.document.settle()?;
        self.base = vec![hash];
        self.changes.push(bytes);
        Ok(())
    }

    /// Automerge always names the author's last change, even if others' changes follow it. Each
    /// dependency costs 32 bytes, so those in the past of others are dropped.
    fn with_fewest_dependencies(&self, change: Change) -> Change {
        let hashes: Vec<ChangeHash> = change.deps().iter().map(|hash| (*hash).into()).collect();
        let fewest = self.document.index.frontier(&hashes);
        if fewest.len() == hashes.len() {
            return change;
        }
        let mut expanded = change.decode();
        expanded.deps = fewest.into_iter().map(Into::into).collect();
        Change::from(expanded)
    }
}

/// Makes one change of `steps` on `version`.
fn commit(mut version: Automerge, actor: &Actor, time: i64, steps: &[Step]) -> Result<Change, EditError> {
    version.set_actor(ActorId::from(actor.0));
    let mut transaction: Transaction<'_> = version.transaction();
    for step in steps {
        steps::apply(&mut transaction, step)?;
    }
    let (hash, _) = transaction.commit_with(CommitOptions::default().with_time(time));
    let change = hash.and_then(|hash| version.get_change_by_hash(&hash));
    change.ok_or(EditError::NoChange)
}

fn version_failed(source: automerge::AutomergeError) -> EditError {
    EditError::Version(Box::new(source))
}

fn caught<T>(work: impl FnOnce() -> Result<T, EditError>) -> Result<T, EditError> {
    fence::catch(work).unwrap_or_else(|panic| Err(EditError::Panic { panic }))
}
