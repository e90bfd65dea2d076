//! The form of a proof file, to make wrong ones.
#![allow(dead_code)]

use crate::press::Press;
use crate::world::{Writer, list};
use commons_protocol::bounded::{BoundedBytes, BoundedVec, Text};
use commons_protocol::codec;
use commons_protocol::entry::{Entry, EntryKind};
use commons_protocol::id::{CommonsId, DocumentId, EpochHash};
use commons_protocol::key::{PublicKey, SecretKey, Signature};
use commons_protocol::object::Object;
use commons_protocol::proof::{PROOF_BYTES, Proof, ProofError, Proved};
use commons_protocol::run::{Run, VerifiedRun};
use commons_protocol::time::Timestamp;
use commons_protocol::version::Version;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

/// The payload type of the signed part.
pub const PROOF_TYPE: &str = "application/vnd.commons.proof.v1";

pub type Bytes = BoundedBytes<PROOF_BYTES>;

/// The whole file.
#[derive(Clone, Encode, Decode)]
#[cbor(array)]
pub struct Outer {
    #[n(0)]
    pub body: Bytes,
    #[n(1)]
    pub signature: Signature,
}

/// The signed part.
#[derive(Clone, Encode, Decode)]
#[cbor(array)]
pub struct File {
    #[n(0)]
    pub magic: Text<32>,
    #[n(1)]
    pub commons: CommonsId,
    #[n(2)]
    pub document: DocumentId,
    #[n(3)]
    pub exporter: PublicKey,
    #[n(4)]
    pub time: Timestamp,
    #[n(5)]
    pub chosen: BoundedVec<EpochHash, 65_536>,
    #[n(6)]
    pub objects: BoundedVec<Bytes, 262_144>,
    #[n(7)]
    pub runs: BoundedVec<Bytes, 65_536>,
    #[n(8)]
    pub versions: BoundedVec<Bytes, 65_536>,
}

pub fn outer(bytes: &[u8]) -> Outer {
    codec::decode(bytes, PROOF_BYTES).expect("the form of a proof")
}

fn bytes(items: impl IntoIterator<Item = Vec<u8>>) -> Vec<Bytes> {
    items.into_iter().map(|bytes| BoundedBytes::new(bytes).expect("fits")).collect()
}

impl File {
    pub fn of(bytes: &[u8]) -> Self {
        codec::decode(&outer(bytes).body, PROOF_BYTES).expect("the form of a proof")
    }

    /// The file under another signature of its maker's key.
    pub fn sign(&self, key: &SecretKey) -> Vec<u8> {
        sign_body(codec::encode(&Self { exporter: key.public(), ..self.clone() }), key)
    }

    pub fn objects(&self) -> Vec<Object> {
        self.objects.iter().map(|bytes| Object::decode(bytes).expect("sound")).collect()
    }

    pub fn with_objects(&self, objects: &[Object]) -> Self {
        let sorted: BTreeMap<_, _> = objects.iter().map(|object| (object.id(), object.encode())).collect();
        Self { objects: list(bytes(sorted.into_values())), ..self.clone() }
    }

    pub fn runs(&self) -> Vec<VerifiedRun> {
        let read = |bytes: &Bytes| Run::decode(bytes).and_then(|run| run.verify(self.commons));
        self.runs.iter().map(|bytes| read(bytes).expect("sound")).collect()
    }

    pub fn with_runs(&self, runs: &[VerifiedRun]) -> Self {
        let sorted: BTreeMap<_, _> =
            runs.iter().map(|run| ((run.log(), run.first()), run.encode())).collect();
        Self { runs: list(bytes(sorted.into_values())), ..self.clone() }
    }

    /// The same without the bodies for which `drop` says so.
    pub fn without_bodies(&self, drop: impl Fn(&Entry) -> bool) -> Self {
        let mut runs = self.runs();
        runs.iter_mut().for_each(|run| _ = run.drop_bodies(&drop));
        self.with_runs(&runs)
    }

    pub fn versions(&self) -> Vec<Version> {
        self.versions.iter().map(|bytes| Version::decode(bytes).expect("sound")).collect()
    }

    pub fn with_versions(&self, versions: &[Version]) -> Self {
        let sorted: BTreeMap<_, _> = versions.iter().map(|one| (one.name(), one.encode())).collect();
        Self { versions: list(bytes(sorted.into_values())), ..self.clone() }
    }
}

/// Any bytes as the signed part.
pub fn sign_body(body: Vec<u8>, key: &SecretKey) -> Vec<u8> {
    let signature = key.sign(PROOF_TYPE, &body);
    codec::encode(&Outer { body: BoundedBytes::new(body).expect("fits"), signature })
}

pub fn verify(bytes: &[u8]) -> Result<Proved, ProofError> {
    Proof::verify(bytes)
}

/// The verdict's code; empty if the file proves something.
pub fn code(bytes: &[u8]) -> String {
    verify(bytes).err().map_or_else(String::new, |error| error.code())
}

impl Press {
    /// The key of an organisation's node.
    pub fn node(&self, home: usize) -> SecretKey {
        self.world.organisations[home].node.clone()
    }

    /// A file of all that was said, judged by nobody.
    pub fn forge(&self, home: usize) -> File {
        self.forge_with(home, |log| vec![log.run(0, log.ids.len())])
    }

    /// The same with other runs of each log.
    pub fn forge_with(&self, home: usize, runs: impl Fn(&Writer) -> Vec<VerifiedRun>) -> File {
        let says = |entry: &Entry| match entry.header.kind {
            EntryKind::Create => entry.id.creates() == self.document,
            EntryKind::Review | EntryKind::Release | EntryKind::Retract | EntryKind::Acknowledge => true,
            _ => false,
        };
        let written = self.logs.iter().filter(|log| !log.ids.is_empty());
        let blank = File {
            magic: Text::new("commons release proof 1").expect("short"),
            commons: self.world.commons,
            document: self.document,
            exporter: self.node(home).public(),
            time: Timestamp(self.now),
            chosen: list([]),
            objects: list([]),
            runs: list([]),
            versions: list([]),
        };
        blank
            .with_objects(&self.world.objects)
            .with_runs(&written.flat_map(runs).collect::<Vec<_>>())
            .without_bodies(|entry| !says(entry))
            .with_versions(&self.versions)
    }

    /// A file of all that was said, signed by an organisation's node.
    pub fn forged(&self, home: usize) -> Vec<u8> {
        self.forge(home).sign(&self.node(home))
    }
}
