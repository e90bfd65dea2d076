//! What a reviewer signs: an in-toto Statement about one exact version, in a
//! DSSE envelope, so that tools outside Commons can check it.
//!
//! The JSON has one form per statement (compact, members in the order of the
//! types below): `encode(decode(x)) == x`.

use crate::bounded::{BoundedBytes, Text};
use crate::collection::Role;
use crate::id::{CommonsId, DocumentId, NotHex};
use crate::key::{PublicKey, SecretKey, Signature};
use crate::limits::{ANSWERS, COMMENT_CHARACTERS, STATEMENT_BYTES};
use crate::refusal::Refusal;
use crate::version::VersionName;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// DSSE payload type of in-toto statements.
pub const STATEMENT_TYPE: &str = "application/vnd.in-toto+json";

/// The `_type` of an in-toto Statement.
pub const IN_TOTO: &str = "https://in-toto.io/Statement/v1";

/// The `predicateType` of a review.
pub const REVIEW: &str = "urn:commons:review:1";

/// What a reviewer thinks of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It may be released.
    Approve,
    /// It may be once something is changed.
    RequestChanges,
    /// It should not be released.
    Decline,
}

impl Verdict {
    /// The word that people use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::RequestChanges => "request-changes",
            Self::Decline => "decline",
        }
    }
}

/// A filled-in checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// Which form, with its version.
    pub form: String,
    /// Answers by item.
    pub answers: BTreeMap<String, String>,
}

/// A review: what a person says about a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// The commons.
    pub commons: CommonsId,
    /// The document.
    pub document: DocumentId,
    /// The version.
    pub version: VersionName,
    /// Key of the reviewer, who signs.
    pub reviewer: PublicKey,
    /// The role in which the person reviews.
    pub role: Role,
    /// The verdict.
    pub verdict: Verdict,
    /// Number of this review among the person's reviews of this version, from
    /// 1: the highest is the one that counts.
    pub number: u32,
    /// Words for the authors and for everybody; may be empty.
    pub comment: String,
    /// Declared conflicts of interest; empty: none.
    pub conflicts: String,
    /// A filled-in checklist.
    pub checklist: Option<Checklist>,
    /// When, as the reviewer claims, in milliseconds since 1970.
    pub time: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    #[serde(rename = "_type")]
    kind: String,
    subject: [Subject; 1],
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: Predicate,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    name: String,
    digest: Hashes,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hashes {
    sha256: String,
    blake3: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Predicate {
    commons: String,
    document: String,
    cover: String,
    reviewer: String,
    role: String,
    verdict: Verdict,
    number: u32,
    comment: String,
    conflicts: String,
    checklist: Option<Checklist>,
    time: u64,
}

/// A signed review, as it travels in an entry's body. Once made or checked,
/// the statement is the reviewer's.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Envelope {
    /// The statement's bytes, JSON.
    #[n(0)]
    pub statement: BoundedBytes<STATEMENT_BYTES>,
    /// The reviewer's signature over the DSSE pre-authentication encoding.
    #[n(1)]
    pub signature: Signature,
}

impl Review {
    /// The statement's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let wire = Wire {
            kind: IN_TOTO.to_owned(),
            subject: [Subject {
                name: self.document.to_string(),
                digest: Hashes {
                    sha256: self.version.sha256.to_string(),
                    blake3: self.version.blake3.to_string(),
                },
            }],
            predicate_type: REVIEW.to_owned(),
            predicate: Predicate {
                commons: self.commons.to_string(),
                document: self.document.to_string(),
                cover: self.version.cover.to_string(),
                reviewer: self.reviewer.to_string(),
                role: self.role.word().to_owned(),
                verdict: self.verdict,
                number: self.number,
                comment: self.comment.clone(),
                conflicts: self.conflicts.clone(),
                checklist: self.checklist.clone(),
                time: self.time,
            },
        };
        // Strings and numbers in structs and a map with text keys.
        serde_json::to_vec(&wire).unwrap_or_default()
    }

    /// Decodes strictly: exactly the bytes that [`Review::encode`] makes.
    ///
    /// # Errors
    /// [`Refusal::BadBody`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        let wire: Wire = serde_json::from_slice(bytes).map_err(|_| Refusal::BadBody)?;
        let review = Self::from_wire(wire).map_err(|_| Refusal::BadBody)?.ok_or(Refusal::BadBody)?;
        (review.is_bounded() && review.encode() == bytes).then_some(review).ok_or(Refusal::BadBody)
    }

    /// What the members of the JSON say; what the encoding does not repeat is
    /// found out by comparing it.
    fn from_wire(wire: Wire) -> Result<Option<Self>, NotHex> {
        let ([subject], predicate) = (wire.subject, wire.predicate);
        let Some(role) = Role::from_word(&predicate.role) else { return Ok(None) };
        Ok(Some(Self {
            commons: predicate.commons.parse()?,
            document: predicate.document.parse()?,
            version: VersionName {
                blake3: subject.digest.blake3.parse()?,
                sha256: subject.digest.sha256.parse()?,
                cover: predicate.cover.parse()?,
            },
            reviewer: predicate.reviewer.parse()?,
            role,
            verdict: predicate.verdict,
            number: predicate.number,
            comment: predicate.comment,
            conflicts: predicate.conflicts,
            checklist: predicate.checklist,
            time: predicate.time,
        }))
    }

    /// Whether everything is within its limits and can be shown to people.
    pub fn is_bounded(&self) -> bool {
        let is_plain = |text: &str| Text::<STATEMENT_BYTES>::new(text).is_ok();
        let is_short = |text: &str| is_plain(text) && text.chars().count() <= COMMENT_CHARACTERS;
        let answers = self.checklist.iter().flat_map(|one| &one.answers);
        let fits = |text: &str, limit: usize| is_plain(text) && !text.is_empty() && text.len() <= limit;
        self.number > 0
            && is_short(&self.comment)
            && is_short(&self.conflicts)
            && self.checklist.iter().all(|one| fits(&one.form, 64) && one.answers.len() <= ANSWERS)
            && answers
                .into_iter()
                .all(|(item, answer)| fits(item, 64) && is_plain(answer) && answer.len() <= 500)
    }

    /// Signs it.
    ///
    /// # Errors
    /// [`Refusal::NotEntitled`] if `key` is not the reviewer's,
    /// [`Refusal::TooLarge`] if it is beyond its limits.
    pub fn sign(&self, key: &SecretKey) -> Result<Envelope, Refusal> {
        if key.public() != self.reviewer {
            return Err(Refusal::NotEntitled);
        }
        let bytes = self.encode();
        let signature = key.sign(STATEMENT_TYPE, &bytes);
        let statement = BoundedBytes::new(bytes).ok().filter(|_| self.is_bounded());
        Ok(Envelope { statement: statement.ok_or(Refusal::TooLarge)?, signature })
    }
}

impl Envelope {
    /// Decodes the statement and checks the reviewer's signature.
    ///
    /// # Errors
    /// [`Refusal::BadBody`], [`Refusal::BadSignature`].
    pub fn verify(&self) -> Result<Review, Refusal> {
        let review = Review::decode(&self.statement)?;
        review.reviewer.verify(STATEMENT_TYPE, &self.statement, &self.signature)?;
        Ok(review)
    }

    /// The envelope as DSSE's JSON: what securesystemslib and others read.
    pub fn to_json(&self, reviewer: &PublicKey) -> String {
        let base64 = |bytes: &[u8]| data_encoding::BASE64.encode(bytes);
        serde_json::json!({
            "payload": base64(&self.statement),
            "payloadType": STATEMENT_TYPE,
            "signatures": [{ "keyid": reviewer.to_string(), "sig": base64(&self.signature.0) }],
        })
        .to_string()
    }
}
