//! Release proofs: a file from which a stranger with no node and no network
//! sees who approved a version, when, in which role and under which rule.
//!
//! ```text
//! objects → epochs, keys    runs → entries → papers    versions → content
//! ```
//!
//! The file is signed by the node that made it, so nobody else can take it
//! apart and put it together again; but nothing is believed because of that
//! signature alone.

mod assemble;
mod branches;
mod error;
mod excerpt;
mod judge;
mod lines;
mod words;

pub use self::assemble::{Parts, Source};
pub use self::error::ProofError;

use crate::bounded::{BoundedBytes, BoundedVec, Text};
use crate::codec;
use crate::collection::{DocumentKind, Role};
use crate::date::Date;
use crate::id::{CommonsId, DocumentId, EntryId, EpochHash, ObjectId};
use crate::key::{PublicKey, SecretKey, Signature};
use crate::limits::{BODY_BYTES, FRAME_BYTES, OBJECTS, VERSION_BYTES};
use crate::object::{ENCODED_OBJECT_BYTES, Object};
use crate::policy::Policy;
use crate::run::{Run, VerifiedRun};
use crate::signed::{Payload, Verified};
use crate::statement::Verdict;
use crate::time::Timestamp;
use crate::version::{Version, VersionName};
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes that a proof may have.
pub const PROOF_BYTES: usize = 64 * 1024 * 1024;

/// Runs in one proof.
const RUNS: usize = 16_384;

/// Versions in one proof: releases of one document.
const VERSIONS: usize = 256;

/// Epochs in one proof.
const EPOCHS: usize = 4_096;

/// Entries with bodies in one proof.
const PAPERS: usize = 16_384;

/// Epochs in one proof that stand without a decision.
const CHOSEN: usize = 1_024;

/// The first field: what the file is, and the version of its form.
const MAGIC: &str = "commons release proof 1";

/// What a file begins with that says that it is a release proof: an array of
/// two, a byte string.
pub fn looks_like_proof(bytes: &[u8]) -> bool {
    let head = bytes.get(..64).unwrap_or(bytes);
    head.windows(MAGIC.len()).any(|window| window == MAGIC.as_bytes())
}

/// The signed part of a file.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
struct Body {
    #[n(0)]
    magic: Text<32>,
    #[n(1)]
    commons: CommonsId,
    #[n(2)]
    document: DocumentId,
    /// Key of the node that made the file.
    #[n(3)]
    exporter: PublicKey,
    #[n(4)]
    time: Timestamp,
    /// Epochs that stand because somebody chose them, sorted.
    #[n(5)]
    chosen: BoundedVec<EpochHash, CHOSEN>,
    /// Sorted by id.
    #[n(6)]
    objects: BoundedVec<BoundedBytes<ENCODED_OBJECT_BYTES>, OBJECTS>,
    /// Sorted by log, then by first place.
    #[n(7)]
    runs: BoundedVec<BoundedBytes<FRAME_BYTES>, RUNS>,
    /// Sorted by name.
    #[n(8)]
    versions: BoundedVec<BoundedBytes<VERSION_BYTES>, VERSIONS>,
}

impl Payload for Body {
    const TYPE: &'static str = "application/vnd.commons.proof.v1";
    const LIMIT: usize = PROOF_BYTES;
    fn signer(&self) -> PublicKey {
        self.exporter
    }
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct Wire {
    #[n(0)]
    body: BoundedBytes<PROOF_BYTES>,
    #[n(1)]
    signature: Signature,
}

/// A file whose signatures verified; what it proves is not looked at yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    commons: CommonsId,
    document: DocumentId,
    exporter: PublicKey,
    time: Timestamp,
    chosen: BTreeSet<EpochHash>,
    objects: BTreeMap<ObjectId, Object>,
    runs: Vec<VerifiedRun>,
    versions: BTreeMap<VersionName, Version>,
}

/// What a file proves. Whether it matters is for the reader to say, who
/// compares the commons with the one that he trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// The commons; its id is the hash of the founding charter.
    pub commons: CommonsId,
    /// Its name, as of the newest epoch in the file.
    pub commons_name: String,
    /// Number of the newest epoch in the file.
    pub epoch: u64,
    /// Its hash.
    pub epoch_hash: EpochHash,
    /// Numbers and hashes of epochs that stand without a vote.
    pub chosen: Vec<(u64, EpochHash)>,
    /// The document.
    pub document: DocumentId,
    /// What it is.
    pub kind: DocumentKind,
    /// Name of the organisation that created it.
    pub creator: String,
    /// Name of the organisation whose node made the file.
    pub exporter: String,
    /// When it was made, as that node claims.
    pub time: Timestamp,
    /// The releases, as they follow each other.
    pub releases: Vec<ProvedRelease>,
}

/// A release that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvedRelease {
    /// Its entry.
    pub id: EntryId,
    /// What was released.
    pub version: Version,
    /// Name of the version.
    pub name: VersionName,
    /// When, as claimed.
    pub time: Timestamp,
    /// Who released it.
    pub by: Person,
    /// The epoch under whose policy it counts.
    pub epoch: u64,
    /// Hash of that epoch.
    pub epoch_hash: EpochHash,
    /// The policy of that epoch.
    pub policy: Policy,
    /// When it is due for review.
    pub due: Option<Date>,
    /// The release that it follows.
    pub previous: Option<EntryId>,
    /// The reviews of its version, listed or not.
    pub reviews: Vec<ProvedReview>,
    /// Who contributed to the version.
    pub contributors: Vec<Person>,
    /// The retraction that is in the file.
    pub retraction: Option<ProvedRetraction>,
}

/// A person, as an organisation vouches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Key.
    pub key: PublicKey,
    /// Name or pseudonym; the key if nobody vouches.
    pub name: String,
    /// Name of the organisation.
    pub organisation: String,
}

/// A review in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvedReview {
    /// Its entry.
    pub id: EntryId,
    /// The reviewer.
    pub by: Person,
    /// The role in which the person reviewed.
    pub role: Role,
    /// The verdict.
    pub verdict: Verdict,
    /// Declared conflicts of interest.
    pub conflicts: String,
    /// Words for everybody.
    pub comment: String,
    /// When, as claimed.
    pub time: Timestamp,
    /// Whether the release lists it.
    pub listed: bool,
    /// Why it does not count, if so.
    pub discounted: Option<String>,
}

/// A retraction in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvedRetraction {
    /// Its entry.
    pub id: EntryId,
    /// Who withdrew the release.
    pub by: Person,
    /// When, as claimed.
    pub time: Timestamp,
    /// Why.
    pub reason: String,
    /// What to use instead.
    pub instead: Option<DocumentId>,
    /// Names of the organisations whose confirmations are in the file.
    pub acknowledged: BTreeSet<String>,
}

impl Proof {
    /// The file's bytes, signed by the node that makes it.
    ///
    /// # Errors
    /// [`ProofError::TooLarge`]; [`ProofError::Exporter`] if `key` is not the
    /// node's for which it was assembled.
    pub fn encode(&self, key: &SecretKey) -> Result<Vec<u8>, ProofError> {
        let too_large = |_| ProofError::TooLarge;
        let objects = self.objects.values().map(|object| BoundedBytes::new(object.encode()));
        let runs = self.runs.iter().map(|run| BoundedBytes::new(run.encode()));
        let versions = self.versions.values().map(|version| BoundedBytes::new(version.encode()));
        let body = Body {
            magic: Text::new(MAGIC).unwrap_or_default(),
            commons: self.commons,
            document: self.document,
            exporter: self.exporter,
            time: self.time,
            chosen: BoundedVec::new(self.chosen.iter().copied().collect()).map_err(too_large)?,
            objects: BoundedVec::new(objects.collect::<Result<_, _>>().map_err(too_large)?)
                .map_err(too_large)?,
            runs: BoundedVec::new(runs.collect::<Result<_, _>>().map_err(too_large)?).map_err(too_large)?,
            versions: BoundedVec::new(versions.collect::<Result<_, _>>().map_err(too_large)?)
                .map_err(too_large)?,
        };
        let signed = Verified::sign(body, key).map_err(|_| ProofError::Exporter)?;
        let (bytes, signature) = (signed.signed().bytes().to_vec(), signed.signed().signature());
        let file = codec::encode(&Wire { body: BoundedBytes::new(bytes).map_err(too_large)?, signature });
        (file.len() <= PROOF_BYTES).then_some(file).ok_or(ProofError::TooLarge)
    }

    /// Decodes strictly and checks every signature.
    ///
    /// # Errors
    /// [`ProofError`]: the first thing that is wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProofError> {
        let wire: Wire = codec::decode(bytes, PROOF_BYTES)?;
        let body: Body = codec::decode(&wire.body, PROOF_BYTES)?;
        if &*body.magic != MAGIC {
            return Err(ProofError::Form);
        }
        // What a verified value would be is decoded already.
        let verified = body.exporter.verify(Body::TYPE, &wire.body, &wire.signature);
        verified.map_err(|_| ProofError::Changed)?;
        let proof = Self {
            commons: body.commons,
            document: body.document,
            exporter: body.exporter,
            time: body.time,
            chosen: ascending("epochs", body.chosen.iter().copied().map(|epoch| (epoch, ())))?
                .into_keys()
                .collect(),
            objects: objects(&body)?,
            runs: runs(&body)?,
            versions: versions(&body)?,
        };
        Ok(proof)
    }

    /// Reads a file, checks every signature, computes epochs, keys and
    /// verdicts from its content alone, and says what it proves.
    ///
    /// # Errors
    /// [`ProofError`]: the first thing that is wrong.
    pub fn verify(bytes: &[u8]) -> Result<Proved, ProofError> {
        Self::decode(bytes)?.judge()
    }
}

fn objects(body: &Body) -> Result<BTreeMap<ObjectId, Object>, ProofError> {
    let decode = |(index, bytes): (usize, &BoundedBytes<ENCODED_OBJECT_BYTES>)| {
        let object = Object::decode(bytes).map_err(|refusal| ProofError::Object { index, refusal })?;
        match crate::fault::belongs(&object, body.commons) {
            true => Ok((object.id(), object)),
            false => Err(ProofError::OtherCommons(index)),
        }
    };
    let objects = body.objects.iter().enumerate().map(decode).collect::<Result<Vec<_>, _>>()?;
    ascending("objects", objects)
}

fn runs(body: &Body) -> Result<Vec<VerifiedRun>, ProofError> {
    let decode = |(index, bytes): (usize, &BoundedBytes<FRAME_BYTES>)| {
        let run = Run::decode(bytes).and_then(|run| run.verify(body.commons));
        let run = run.map_err(|refusal| ProofError::Run { index, refusal })?;
        Ok(((run.log(), run.first()), run))
    };
    let runs = body.runs.iter().enumerate().map(decode).collect::<Result<Vec<_>, ProofError>>()?;
    Ok(ascending("runs", runs)?.into_values().collect())
}

fn versions(body: &Body) -> Result<BTreeMap<VersionName, Version>, ProofError> {
    let decode = |(index, bytes): (usize, &BoundedBytes<VERSION_BYTES>)| {
        let version = Version::decode(bytes).map_err(|source| ProofError::Version { index, source })?;
        Ok((version.name(), version))
    };
    let versions = body.versions.iter().enumerate().map(decode).collect::<Result<Vec<_>, ProofError>>()?;
    ascending("versions", versions)
}

/// The items by key, if they are sorted and without duplicates.
fn ascending<K: Ord, V>(
    what: &'static str,
    items: impl IntoIterator<Item = (K, V)>,
) -> Result<BTreeMap<K, V>, ProofError> {
    let mut map = BTreeMap::new();
    for (key, value) in items {
        if map.last_key_value().is_some_and(|(last, _)| *last >= key) {
            return Err(ProofError::OutOfOrder(what));
        }
        map.insert(key, value);
    }
    Ok(map)
}

// A body fits a run, which fits a frame.
const _: () = assert!(BODY_BYTES < FRAME_BYTES);
