//! Why a file proves nothing: a stable code for machines, a sentence for
//! people. `docs/proof-format.md` lists the codes.

use super::PROOF_BYTES;
use crate::codec::CodecError;
use crate::id::{CommonsId, EntryId, EpochHash};
use crate::publication::tally::Lack;
use crate::refusal::Refusal;
use crate::version::{VersionError, VersionName};

/// Why a proof can't be made, or why a file proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// Not a proof file.
    #[error("this is no release proof, or it was damaged on the way ({0}); ask for the file again")]
    Malformed(#[from] CodecError),
    /// A proof file of another version.
    #[error("this is no release proof of version 1; a newer version of this program may read it")]
    Form,
    /// Changed after it was made.
    #[error("the file is not what its maker signed: somebody changed it, or it was damaged on the way")]
    Changed,
    /// An object in the file is forged.
    #[error("object {index} in the file is not what its signer signed: {refusal}")]
    Object {
        /// Its place in the file, from 0.
        index: usize,
        /// Why it is refused.
        refusal: Refusal,
    },
    /// A run in the file is forged.
    #[error("run {index} in the file is not what its signer signed: {refusal}")]
    Run {
        /// Its place in the file, from 0.
        index: usize,
        /// Why it is refused.
        refusal: Refusal,
    },
    /// A version in the file is none.
    #[error("version {index} in the file can't be read")]
    Version {
        /// Its place in the file, from 0.
        index: usize,
        /// What is wrong.
        source: VersionError,
    },
    /// Something is not sorted, or is there twice.
    #[error("the {0} in the file are out of order; nothing that makes such files does that")]
    OutOfOrder(&'static str),
    /// An object of another commons.
    #[error("object {0} in the file belongs to another commons; the file was put together from several")]
    OtherCommons(usize),
    /// The founding of the commons is not in the file.
    #[error("the file does not hold what founded the commons {0}, so nothing in it can be judged")]
    NotFounded(CommonsId),
    /// An epoch is said to be chosen that is not there or was decided.
    #[error("the file calls epoch {0} chosen, but it is not there or was decided by a vote")]
    NotChosen(EpochHash),
    /// The maker's key is no member's node.
    #[error("the file was made by a key that is no node in force of an active member of this commons")]
    Exporter,
    /// An entry does not count.
    #[error("entry {entry} in the file does not count: {refusal}")]
    NotAdmitted {
        /// The entry.
        entry: EntryId,
        /// Why.
        refusal: Refusal,
    },
    /// An entry can't be judged.
    #[error("entry {entry} in the file can't be judged: {what} is not in the file")]
    Unknown {
        /// The entry.
        entry: EntryId,
        /// What is not here.
        what: &'static str,
    },
    /// An entry lies below a pin, or in a log that forked, and the file does
    /// not show that it is on the branch that counts.
    #[error("the file does not show that entry {0} is on the branch of its log that counts")]
    OffBranch(EntryId),
    /// An entry that has nothing to do with the document.
    #[error(
        "entry {0} in the file has nothing to do with the document; the file was put together from several"
    )]
    Foreign(EntryId),
    /// The document's beginning is not in the file.
    #[error("the file does not hold the entry that created the document, so nobody can say whose it is")]
    NotCreated,
    /// No release.
    #[error("the file holds no release")]
    NoRelease,
    /// A release does not count.
    #[error("release {release} does not count: {}", words(lacks, discounted))]
    NotReleased {
        /// The release.
        release: EntryId,
        /// What it lacks.
        lacks: Vec<Lack>,
        /// Which of its reviews don't count, and why.
        discounted: Vec<String>,
    },
    /// A retraction in the file does not count.
    #[error("retraction {0} in the file does not count: whoever signed it may not withdraw this document")]
    NotRetracted(EntryId),
    /// A release without its content.
    #[error("the content of release {0} is not in the file")]
    NoContent(EntryId),
    /// A release whose cover or heads differ from its content.
    #[error("release {0} says something else of its content than the content itself")]
    OtherContent(EntryId),
    /// Content that nothing in the file names.
    #[error("version {} in the file was not released in it; the file was put together from several", _0.blake3)]
    Surplus(VersionName),
    /// More than fits a proof.
    #[error("the proof would be larger than {PROOF_BYTES} bytes, or hold too many parts")]
    TooLarge,
    /// Something that the proof needs is not here.
    #[error("not everything that the proof needs is here ({0}); try again after the next catch-up")]
    Missing(&'static str),
}

impl ProofError {
    /// The stable code: what is wrong, and after a slash the code of the
    /// reason if there is one.
    pub fn code(&self) -> String {
        match self {
            Self::Object { refusal, .. } => format!("object/{}", refusal.code()),
            Self::Run { refusal, .. } => format!("run/{}", refusal.code()),
            Self::NotAdmitted { refusal, .. } => format!("not-admitted/{}", refusal.code()),
            Self::NotReleased { lacks, .. } => match lacks.first() {
                Some(lack) => format!("not-released/{}", lack_code(lack)),
                None => "not-released".to_owned(),
            },
            other => other.plain_code().to_owned(),
        }
    }

    fn plain_code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Form => "form",
            Self::Changed => "changed",
            Self::Object { .. } => "object",
            Self::Run { .. } => "run",
            Self::Version { .. } => "version",
            Self::OutOfOrder(_) => "out-of-order",
            Self::OtherCommons(_) => "other-commons",
            Self::NotFounded(_) => "not-founded",
            Self::NotChosen(_) => "not-chosen",
            Self::Exporter => "exporter",
            Self::NotAdmitted { .. } => "not-admitted",
            Self::Unknown { .. } => "unknown",
            Self::OffBranch(_) => "off-branch",
            Self::Foreign(_) => "foreign",
            Self::NotCreated => "not-created",
            Self::NoRelease => "no-release",
            Self::NotReleased { .. } => "not-released",
            Self::NotRetracted(_) => "not-retracted",
            Self::NoContent(_) => "no-content",
            Self::OtherContent(_) => "other-content",
            Self::Surplus(_) => "surplus",
            Self::TooLarge => "too-large",
            Self::Missing(_) => "missing",
        }
    }
}

fn lack_code(lack: &Lack) -> &'static str {
    match lack {
        Lack::Approvals { .. } => "approvals",
        Lack::Organisations { .. } => "organisations",
        Lack::Declined(_) => "declined",
        Lack::ReviewMissing(_) => "review-missing",
        Lack::OtherVersion(_) => "other-version",
        Lack::Replaced(_) => "replaced",
        Lack::WrongKind => "wrong-kind",
        Lack::UnknownEpoch(_) => "unknown-epoch",
        Lack::UnderPolicy(..) => "under-policy",
    }
}

/// What a release lacks, and which of its reviews don't count.
fn words(lacks: &[Lack], discounted: &[String]) -> String {
    let lacks = lacks.iter().map(ToString::to_string);
    lacks.chain(discounted.iter().cloned()).collect::<Vec<_>>().join("; ")
}
