//! Which of the files that contributions name are fetched: a pure function of
//! the references, of what is here, and of the bounds.

use std::collections::{BTreeMap, BTreeSet};

use commons_protocol::id::{BlobHash, CommonsId, OrganisationId};
use commons_protocol::limits::BLOB_BYTES;
use commons_protocol::publication::FileReference;

/// How much this node keeps of what others attach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobLimits {
    /// Bytes of the files that one organisation attached.
    pub per_organisation: u64,
    /// Bytes of all attached files, uploads included.
    pub total: u64,
}

/// What admitted contributions say of files.
#[derive(Clone, Debug, Default)]
pub(super) struct References {
    /// The commons, and the files in it; nothing before the engine has said.
    pub known: Option<(Option<CommonsId>, Vec<FileReference>)>,
    named: BTreeSet<BlobHash>,
}

impl References {
    pub fn new(commons: Option<CommonsId>, files: Vec<FileReference>) -> Self {
        let named = files.iter().map(|reference| reference.file).collect();
        Self { known: Some((commons, files)), named }
    }

    /// The commons in which this node takes part.
    pub fn commons(&self) -> Option<CommonsId> {
        self.known.as_ref().and_then(|(commons, _)| *commons)
    }

    /// The files, those that were attached first first.
    pub fn files(&self) -> &[FileReference] {
        self.known.as_ref().map_or(&[], |(_, files)| files)
    }

    /// Whether any contribution names the file.
    pub fn name(&self, hash: &BlobHash) -> bool {
        self.named.contains(hash)
    }

    /// Whether a peer may have the file.
    pub fn allow(&self, commons: &CommonsId, hash: &BlobHash) -> bool {
        self.commons() == Some(*commons) && self.name(hash)
    }
}

/// A file as a reference names it. References that disagree about the size
/// are different wants: at most one of them can be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Want {
    pub hash: BlobHash,
    pub size: u64,
}

/// How a wanted file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is here.
    Here,
    /// It is to be fetched.
    Missing,
    /// It is not fetched: its organisation's share is used up.
    OverQuota,
    /// It is not fetched: there is no room for attached files.
    NoRoom,
    /// The file has another size than the reference says.
    OtherSize(u64),
    /// No file may be that large.
    TooLarge,
}

/// All wanted files, with how they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub wants: BTreeMap<Want, Standing>,
    /// What to fetch, in this order.
    pub fetch: Vec<Want>,
}

/// Decides. What is here is counted first, so that a new reference never
/// pushes out what was fetched; then the earlier reference has precedence. A
/// file is counted once, for the first organisation that has room for it.
pub(super) fn plan(
    references: &[FileReference],
    here: impl Fn(&BlobHash) -> Option<u64>,
    used: u64,
    limits: BlobLimits,
) -> Plan {
    let mut plan = Plan::default();
    let mut charged = BTreeMap::<OrganisationId, u64>::new();
    let mut used = used;
    for reference in references {
        let want = Want { hash: reference.file, size: reference.size };
        let standing = match here(&want.hash) {
            Some(size) if size == want.size => Standing::Here,
            Some(size) => Standing::OtherSize(size),
            None if want.size > BLOB_BYTES => Standing::TooLarge,
            None => Standing::Missing,
        };
        let first = plan.wants.insert(want, standing).is_none();
        if first && standing == Standing::Here {
            *charged.entry(reference.organisation).or_default() += want.size;
        }
    }
    let mut settled = BTreeSet::new();
    for reference in references {
        let want = Want { hash: reference.file, size: reference.size };
        if plan.wants.get(&want).is_none_or(|standing| fixed(*standing)) || settled.contains(&want) {
            continue;
        }
        let charge = charged.entry(reference.organisation).or_default();
        let standing = if charge.saturating_add(want.size) > limits.per_organisation {
            Standing::OverQuota
        } else if used.saturating_add(want.size) > limits.total {
            Standing::NoRoom
        } else {
            *charge += want.size;
            used += want.size;
            settled.insert(want);
            plan.fetch.push(want);
            Standing::Missing
        };
        plan.wants.insert(want, standing);
    }
    plan
}

/// Whether room makes no difference.
fn fixed(standing: Standing) -> bool {
    match standing {
        Standing::Here | Standing::OtherSize(_) | Standing::TooLarge => true,
        Standing::Missing | Standing::OverQuota | Standing::NoRoom => false,
    }
}
