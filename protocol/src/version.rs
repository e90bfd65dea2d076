//! A *version*: a document's content at exact heads, in canonical bytes. It is
//! what people review, what is released, and what a proof carries.
//!
//! Every node can make these bytes from the document's changes, so they don't
//! travel; their name does.

use crate::bounded::{BoundedVec, Text};
use crate::codec::{self, CodecError};
use crate::collection::DocumentKind;
use crate::date::Date;
use crate::document::{
    Fields, LANGUAGE_CHARACTERS, PARTICULARS, Particulars, SUMMARY_CHARACTERS, TITLE_CHARACTERS,
};
use crate::fence::ChangeHash;
use crate::id::{BlobHash, CommonsId, DocumentId, Sha256, bytes_type, hash};
use crate::key::PublicKey;
use crate::limits::{CONTRIBUTORS, COVER_ITEMS, VERSION_BYTES, VERSION_HEADS};
use crate::measure::Definition;
use minicbor::{Decode, Encode};
use sha2::Digest as _;
use std::collections::BTreeMap;

/// The heads of a version, sorted.
pub type Heads = BoundedVec<ChangeHash, VERSION_HEADS>;

bytes_type!(
    /// BLAKE3 of a version's heads and the bytes of its cover.
    CoverHash, 32
);

/// Names a version: two hashes of its bytes, and one of its heads and cover.
/// Either of the first two names the whole; tools outside know one or the
/// other. The third binds what travels without the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(array)]
pub struct VersionName {
    /// BLAKE3 of the bytes.
    #[n(0)]
    pub blake3: BlobHash,
    /// SHA-256 of the bytes.
    #[n(1)]
    pub sha256: Sha256,
    /// BLAKE3 of the heads and the cover.
    #[n(2)]
    pub cover: CoverHash,
}

/// What lists and rules need of a version without its content.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Cover {
    /// What the document is.
    #[n(0)]
    pub kind: DocumentKind,
    /// Title.
    #[n(1)]
    pub title: Text<{ TITLE_CHARACTERS * 4 }>,
    /// Language, BCP 47.
    #[n(2)]
    pub language: Text<{ LANGUAGE_CHARACTERS * 4 }>,
    /// Summary.
    #[n(3)]
    pub summary: Text<{ SUMMARY_CHARACTERS * 4 }>,
    /// For whom it is; may be empty.
    #[n(4)]
    pub audience: Text<2_000>,
    /// Conditions that it is about, `code label`, sorted.
    #[n(5)]
    pub conditions: BoundedVec<Text<2_000>, COVER_ITEMS>,
    /// When it is due for review, as its authors say.
    #[n(6)]
    pub due: Option<Date>,
    /// The document that it replaces.
    #[n(7)]
    pub supersedes: Option<DocumentId>,
    /// Keys of all people who contributed to this version, sorted.
    #[n(8)]
    pub contributors: BoundedVec<PublicKey, CONTRIBUTORS>,
    /// What a measure defines, if its document says all of it.
    #[n(9)]
    pub measure: Option<Definition>,
}

/// A version.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Version {
    /// Version of this form: 1.
    #[n(0)]
    pub form: u8,
    /// The commons.
    #[n(1)]
    pub commons: CommonsId,
    /// The document.
    #[n(2)]
    pub document: DocumentId,
    /// The changes with which the content ends, sorted.
    #[n(3)]
    pub heads: Heads,
    /// The cover.
    #[n(4)]
    pub cover: Cover,
    /// Everything beside title, language, summary and text, sorted by name.
    #[n(5)]
    pub particulars: BoundedVec<Particular, PARTICULARS>,
    /// The text, Markdown.
    #[n(6)]
    pub text: Text<VERSION_BYTES>,
}

/// One of the particulars.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Particular {
    /// Name.
    #[n(0)]
    pub name: Text<256>,
    /// Value.
    #[n(1)]
    pub value: Text<8_192>,
}

/// Where a version comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The commons.
    pub commons: CommonsId,
    /// The document.
    pub document: DocumentId,
    /// What it is.
    pub kind: DocumentKind,
    /// The heads, in any order.
    pub heads: Vec<ChangeHash>,
    /// The people who contributed, in any order.
    pub contributors: Vec<PublicKey>,
}

/// Why bytes are no version, or content can't become one.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    /// Not the canonical bytes of a version.
    #[error("these are no bytes of a version: {0}")]
    Malformed(#[from] CodecError),
    /// More than fits.
    #[error("the version has more {what} than one that can be reviewed: {source}")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How much.
        source: crate::bounded::TooLong,
    },
    /// Text that can't be shown.
    #[error("the {what} of the version can't be reviewed: {source}")]
    Text {
        /// Where.
        what: &'static str,
        /// What is wrong.
        source: crate::bounded::TextError,
    },
    /// The cover does not match the content.
    #[error("the cover of the version says something else than its content")]
    Cover,
}

impl Version {
    /// The version that has `fields`.
    ///
    /// # Errors
    /// [`VersionError::TooLarge`] for more heads, contributors or text than fit.
    pub fn new(origin: Origin, fields: &Fields) -> Result<Self, VersionError> {
        let Origin { commons, document, kind, mut heads, mut contributors } = origin;
        heads.sort_unstable();
        heads.dedup();
        contributors.sort_unstable();
        contributors.dedup();
        let particulars = fields.particulars.iter().map(|(name, value)| {
            Ok(Particular { name: text("particulars", name)?, value: text("particulars", value)? })
        });
        let particulars = particulars.collect::<Result<Vec<_>, VersionError>>()?;
        Ok(Self {
            form: 1,
            commons,
            document,
            heads: list("heads", heads)?,
            cover: cover(kind, contributors, fields)?,
            particulars: list("particulars", particulars)?,
            text: text("text", &fields.text)?,
        })
    }

    /// Decodes strictly and checks that the cover fits the content.
    ///
    /// # Errors
    /// [`VersionError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, VersionError> {
        let version: Self = codec::decode(bytes, VERSION_BYTES)?;
        let origin = Origin {
            commons: version.commons,
            document: version.document,
            kind: version.cover.kind,
            heads: version.heads.to_vec(),
            contributors: version.cover.contributors.to_vec(),
        };
        // Whatever is derived from the content must be what the content says.
        match Self::new(origin, &version.fields())? == version {
            true => Ok(version),
            false => Err(VersionError::Cover),
        }
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// The name of these bytes.
    pub fn name(&self) -> VersionName {
        let bytes = self.encode();
        VersionName {
            blake3: BlobHash(blake3::hash(&bytes).into()),
            sha256: Sha256(sha2::Sha256::digest(&bytes).into()),
            cover: self.cover.hash(&self.heads),
        }
    }

    /// The content.
    pub fn fields(&self) -> Fields {
        let values = self.particulars.iter().map(|one| (one.name.to_string(), one.value.to_string()));
        Fields {
            title: self.cover.title.to_string(),
            language: self.cover.language.to_string(),
            summary: self.cover.summary.to_string(),
            text: self.text.to_string(),
            particulars: Particulars::fitting(values.collect::<BTreeMap<_, _>>()),
        }
    }
}

impl Cover {
    /// The hash of `heads` and its bytes. With the heads, so that nobody can
    /// hang what reviewers signed on other content.
    pub fn hash(&self, heads: &[ChangeHash]) -> CoverHash {
        let heads: Vec<&[u8]> = heads.iter().map(|head| &head.0[..]).collect();
        CoverHash(hash("commons cover 1", &[&heads.concat(), &codec::encode(self)]))
    }
}

fn cover(kind: DocumentKind, contributors: Vec<PublicKey>, fields: &Fields) -> Result<Cover, VersionError> {
    let particulars = &fields.particulars;
    let conditions = particulars.items("condition").into_iter().take(COVER_ITEMS).map(|code| {
        let label = particulars.item("condition", code, "").unwrap_or_default();
        text("conditions", &format!("{code} {label}"))
    });
    Ok(Cover {
        kind,
        title: text("title", &fields.title)?,
        language: text("language", &fields.language)?,
        summary: text("summary", &fields.summary)?,
        audience: text("audience", particulars.get("audience").unwrap_or_default())?,
        conditions: list("conditions", conditions.collect::<Result<Vec<_>, _>>()?)?,
        due: particulars.review_due(),
        supersedes: particulars.supersedes(),
        contributors: list("contributors", contributors)?,
        measure: (kind == DocumentKind::Measure).then(|| Definition::read(particulars).ok()).flatten(),
    })
}

fn text<const N: usize>(what: &'static str, value: &str) -> Result<Text<N>, VersionError> {
    Text::new(value).map_err(|source| VersionError::Text { what, source })
}

fn list<T, const N: usize>(what: &'static str, items: Vec<T>) -> Result<BoundedVec<T, N>, VersionError> {
    BoundedVec::new(items).map_err(|source| VersionError::TooLarge { what, source })
}
