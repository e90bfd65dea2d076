//! What the rest of the node sees of attached files.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use commons_protocol::id::{BlobHash, CommonsId};
use commons_protocol::publication::FileReference;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinHandle;

use super::error::BlobError;
use super::fetcher::Fetcher;
use super::folder::Folder;
use super::import::Import;
use super::notes::Notes;
use super::plan::{BlobLimits, Plan, References, Standing, plan};
use super::serve;
use crate::net::{self, Command, PeerKey};
use crate::view::{BlobView, BlobsView};

/// Uploads at one time.
const UPLOADS: usize = 4;
/// Exchanges that wait to be served; the network bounds them more tightly.
const WAITING: usize = 16;

/// The attached files of a node. Clones are the same.
#[derive(Clone)]
pub struct Blobs(Arc<Shared>);

/// What the tasks share.
pub(super) struct Shared {
    pub folder: Folder,
    pub limits: BlobLimits,
    pub references: watch::Sender<Arc<References>>,
    pub members: watch::Sender<BTreeSet<PeerKey>>,
    pub notes: Notes,
    uploads: Arc<Semaphore>,
}

impl Blobs {
    /// Opens the folder of attached files, making it if it is missing.
    ///
    /// # Errors
    /// [`BlobError::Io`], [`BlobError::Full`].
    pub fn open(folder: &Path, limits: BlobLimits) -> Result<Self, BlobError> {
        Ok(Self(Arc::new(Shared {
            folder: Folder::open(folder)?,
            limits,
            references: watch::Sender::default(),
            members: watch::Sender::default(),
            notes: Notes::default(),
            uploads: Arc::new(Semaphore::new(UPLOADS)),
        })))
    }

    /// Begins to serve members and to fetch from them. Abort the tasks to end
    /// that; must be called inside a tokio runtime.
    pub fn start(&self, network: &net::Handle) -> [JoinHandle<()>; 2] {
        let (serving, exchanges) = mpsc::channel(WAITING);
        let (commands, folder) = (network.commands.clone(), self.0.folder.clone());
        let references = self.0.references.subscribe();
        let server = async move {
            if commands.send(Command::ServeExchanges(serving)).await.is_ok() {
                serve::run(exchanges, folder, references).await;
            }
        };
        let fetcher = Fetcher::new(self.0.clone(), network.commands.clone());
        [tokio::spawn(server), tokio::spawn(fetcher.run())]
    }

    /// Says which files the admitted contributions of which commons name. They
    /// are served, and fetched in this order if they are not here.
    pub fn set_references(&self, commons: Option<CommonsId>, files: Vec<FileReference>) {
        let references = References::new(commons, files);
        self.0.folder.let_come(|hash| references.name(hash));
        self.0.references.send_if_modified(|old| {
            let changed = old.known != references.known;
            if changed {
                *old = Arc::new(references);
            }
            changed
        });
    }

    /// Says that a member is connected, or is not any more.
    pub fn set_connected(&self, peer: PeerKey, connected: bool) {
        self.0.members.send_if_modified(
            |members| {
                if connected { members.insert(peer) } else { members.remove(&peer) }
            },
        );
    }

    /// The complete files.
    pub fn folder(&self) -> &Folder {
        &self.0.folder
    }

    /// A place among the uploads, if one is free.
    pub fn take_place(&self) -> Option<OwnedSemaphorePermit> {
        self.0.uploads.clone().try_acquire_owned().ok()
    }

    /// Begins an upload of `length` bytes, as far as that is known.
    ///
    /// # Errors
    /// [`BlobError::TooLarge`], [`BlobError::NoRoom`], and what the disk
    /// reports.
    pub fn import(&self, length: Option<u64>) -> Result<Import, BlobError> {
        let limit = commons_protocol::limits::BLOB_BYTES;
        let length = length.unwrap_or(0);
        if length > limit {
            return Err(BlobError::TooLarge { limit });
        }
        let (used, total) = (self.0.folder.used_bytes(), self.0.limits.total);
        if used >= total || used.saturating_add(length) > total {
            return Err(BlobError::NoRoom { used, total });
        }
        Ok(self.0.folder.import(limit)?.within(used, total))
    }

    /// Reads and checks every file; a sentence for each that is damaged, which
    /// is put aside and fetched again.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn check(&self) -> Result<Vec<String>, BlobError> {
        let damaged = self.0.folder.check(&mut |_, _| ())?.damaged;
        let sentence = |hash: &BlobHash| {
            format!(
                "the attached file {hash} was damaged on this disk and is put aside as `{hash}.damaged`; if a \
                 document needs it, members send it again"
            )
        };
        Ok(damaged.iter().map(sentence).collect())
    }

    /// How all wanted files stand, and what else is here.
    pub fn view(&self) -> BlobsView {
        let references = self.0.references.borrow().clone();
        let plan = self.plan(&references);
        let wanted = plan.wants.iter().map(|(want, standing)| {
            self.file(&want.hash, want.size, word(*standing), *standing == Standing::Here)
        });
        let unused = self.0.folder.all().into_iter().filter(|stored| !references.name(&stored.hash));
        let unused = unused.map(|stored| self.file(&stored.hash, stored.size, "unused", true));
        let count = |is: fn(Standing) -> bool| plan.wants.values().filter(|standing| is(**standing)).count();
        BlobsView {
            wanted: plan.wants.len() as u64,
            here: count(|standing| standing == Standing::Here) as u64,
            missing: count(|standing| standing != Standing::Here) as u64,
            used_bytes: self.0.folder.used_bytes(),
            limit_bytes: self.0.limits.total,
            organisation_limit_bytes: self.0.limits.per_organisation,
            problem: self.0.notes.disk(),
            files: wanted.chain(unused).collect(),
        }
    }

    /// How many of the wanted files are here, of how many; cheap enough for
    /// every status.
    pub fn counts(&self) -> (u64, u64) {
        let references = self.0.references.borrow().clone();
        let plan = self.plan(&references);
        let here = plan.wants.values().filter(|standing| **standing == Standing::Here).count();
        (here as u64, plan.wants.len() as u64)
    }

    /// What the disk complained about, if that lasts.
    pub fn problem(&self) -> Option<String> {
        self.0.notes.disk()
    }

    fn plan(&self, references: &References) -> Plan {
        let folder = &self.0.folder;
        plan(references.files(), |hash| folder.has(hash), folder.used_bytes(), self.0.limits)
    }

    fn file(&self, hash: &BlobHash, size: u64, standing: &str, here: bool) -> BlobView {
        let done = if here { None } else { self.0.notes.done(hash) };
        let state = if done.is_some() { "coming" } else { standing };
        BlobView {
            hash: hash.to_string(),
            size,
            state: state.to_owned(),
            done_bytes: if here { size } else { done.unwrap_or(0) },
            problem: if here { None } else { self.0.notes.problem_of(hash) },
        }
    }
}

/// The state's stable word.
fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Here => "here",
        Standing::Missing => "missing",
        Standing::OverQuota => "over-quota",
        Standing::NoRoom => "no-room",
        Standing::OtherSize(_) => "other-size",
        Standing::TooLarge => "too-large",
    }
}
