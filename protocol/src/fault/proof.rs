//! A file that proves a fault to somebody who holds nothing else.

use super::excerpt::{Objects, excerpt};
use super::words::organisation_name;
use super::{Fault, FaultId, FaultKind, faults};
use crate::bounded::{BoundedBytes, BoundedVec, Text};
use crate::charter::is_ascending;
use crate::codec::{self, CodecError};
use crate::governance::Governance;
use crate::id::{CommonsId, EpochHash, ObjectId};
use crate::limits::OBJECTS;
use crate::object::{ENCODED_OBJECT_BYTES, Object};
use crate::recompute::{Judges, attested, judges};
use crate::refusal::Refusal;
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;

/// Bytes that a proof may have: it fits a mail.
pub const PROOF_BYTES: usize = 16 * 1024 * 1024;

/// Epochs in one proof that stand without a decision.
const CHOSEN: usize = 1_024;

/// The first field: what the file is, and the version of its form.
const MAGIC: &str = "commons fault proof 1";

/// Everything that is needed to see a fault: the proposals and votes that make
/// the epochs up to the one concerned, the attestations that those votes name,
/// the keys of the organisation if one of its nodes is at fault, and the
/// evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultProof {
    commons: CommonsId,
    fault: FaultId,
    chosen: BTreeSet<EpochHash>,
    objects: Objects,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct Wire {
    #[n(0)]
    magic: Text<32>,
    #[n(1)]
    commons: CommonsId,
    #[n(2)]
    fault: FaultId,
    /// Epochs that stand because somebody chose them, sorted.
    #[n(3)]
    chosen: BoundedVec<EpochHash, CHOSEN>,
    /// Sorted by id.
    #[n(4)]
    objects: BoundedVec<BoundedBytes<ENCODED_OBJECT_BYTES>, OBJECTS>,
}

/// Why a proof can't be made, or why a file proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// Not a proof file.
    #[error("this is no proof of a fault, or it was damaged on the way ({0}); ask for the file again")]
    Malformed(#[from] CodecError),
    /// A proof file of another version.
    #[error("this is no proof of a fault of version 1; a newer version of this program may read it")]
    Version,
    /// An object in the file is damaged or forged.
    #[error("object {index} in the file is not what its signer signed: {refusal}")]
    Object {
        /// Its place in the file, from 0.
        index: usize,
        /// Why it is refused.
        refusal: Refusal,
    },
    /// Objects are not sorted, or one is there twice.
    #[error("the objects in the file are out of order; nothing that makes such files does that")]
    OutOfOrder,
    /// An object of another commons.
    #[error("object {index} in the file belongs to another commons; the file was put together from several")]
    OtherCommons {
        /// Its place in the file, from 0.
        index: usize,
    },
    /// The founding of the commons is not in the file.
    #[error("the file does not hold what founded the commons {0}, so nothing in it can be judged")]
    NotFounded(CommonsId),
    /// An epoch is said to be chosen that is not there or was decided.
    #[error("the file calls epoch {0} chosen, but it is not there or was decided by a vote")]
    NotChosen(EpochHash),
    /// The objects don't prove the fault.
    #[error("the objects in the file don't prove the fault {0} that it names")]
    NotProved(FaultId),
    /// More than fits a proof.
    #[error("the proof would have more than {PROOF_BYTES} bytes or {OBJECTS} objects")]
    TooLarge,
    /// Objects that the proof needs are not here.
    #[error("not everything that the proof needs is here; try again after the next catch-up")]
    Missing,
}

/// What a proof proves. Whether it matters is for the reader to say, who
/// compares the commons with the one that he trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// The commons; its id is the hash of the founding charter.
    pub commons: CommonsId,
    /// Its name, as of the newest epoch in the file.
    pub commons_name: String,
    /// The fault.
    pub fault: Fault,
    /// Name of the organisation.
    pub organisation: String,
    /// Number of the newest epoch in the file.
    pub epoch: u64,
    /// Its hash.
    pub epoch_hash: EpochHash,
    /// Numbers and hashes of epochs that stand without a vote, because whoever
    /// made the file chose them.
    pub chosen: Vec<(u64, EpochHash)>,
    /// Who did what and where, in one sentence.
    pub sentence: String,
    /// What proves it, one line each.
    pub evidence: Vec<String>,
}

impl FaultProof {
    /// The proof of `fault`, which [`faults`] found in `objects`.
    pub fn new(fault: &Fault, objects: &Objects, governance: &Governance) -> Result<Self, ProofError> {
        let (ids, chosen) = excerpt(fault, objects, governance)?;
        let pick =
            |id: ObjectId| objects.get(&id).map(|object| (id, object.clone())).ok_or(ProofError::Missing);
        let objects = ids.into_iter().map(pick).collect::<Result<Objects, _>>()?;
        let proof = Self { commons: governance.commons(), fault: fault.id(), chosen, objects };
        // What is handed out must convince: so it is read as a stranger would.
        proof.judge()?;
        Ok(proof)
    }

    /// The file's bytes.
    pub fn encode(&self) -> Result<Vec<u8>, ProofError> {
        let too_large = |_| ProofError::TooLarge;
        let object = |object: &Object| BoundedBytes::new(object.encode()).map_err(too_large);
        let objects = self.objects.values().map(object).collect::<Result<Vec<_>, _>>()?;
        let bytes = codec::encode(&Wire {
            magic: Text::new(MAGIC).unwrap_or_default(),
            commons: self.commons,
            fault: self.fault,
            chosen: BoundedVec::new(self.chosen.iter().copied().collect()).map_err(too_large)?,
            objects: BoundedVec::new(objects).map_err(too_large)?,
        });
        (bytes.len() <= PROOF_BYTES).then_some(bytes).ok_or(ProofError::TooLarge)
    }

    /// Decodes strictly and checks every signature. What the objects prove is
    /// not looked at yet.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProofError> {
        let wire: Wire = codec::decode(bytes, PROOF_BYTES)?;
        if &*wire.magic != MAGIC {
            return Err(ProofError::Version);
        }
        let mut objects = Objects::new();
        for (index, bytes) in wire.objects.iter().enumerate() {
            let object = Object::decode(bytes).map_err(|refusal| ProofError::Object { index, refusal })?;
            if !belongs(&object, wire.commons) {
                return Err(ProofError::OtherCommons { index });
            }
            if objects.last_key_value().is_some_and(|(last, _)| *last >= object.id()) {
                return Err(ProofError::OutOfOrder);
            }
            objects.insert(object.id(), object);
        }
        if !is_ascending(&wire.chosen) {
            return Err(ProofError::OutOfOrder);
        }
        let chosen = wire.chosen.iter().copied().collect();
        Ok(Self { commons: wire.commons, fault: wire.fault, chosen, objects })
    }

    /// Reads a file, checks every signature, computes epochs, keys and faults
    /// from its objects alone, and says what they prove.
    pub fn verify(bytes: &[u8]) -> Result<Proved, ProofError> {
        Self::decode(bytes)?.judge()
    }

    /// What the objects prove.
    fn judge(&self) -> Result<Proved, ProofError> {
        let attested = attested(self.objects.values());
        let judged = judges(self.commons, self.objects.values(), &attested, &self.chosen);
        let Judges { governance, keys } = judged.ok_or(ProofError::NotFounded(self.commons))?;
        let chosen = self.chosen_epochs(&governance)?;
        let found = faults(self.objects.values(), &governance, &keys);
        let fault = found.into_iter().find(|fault| fault.id() == self.fault);
        let fault = fault.ok_or(ProofError::NotProved(self.fault))?;
        let evidence = fault.evidence.iter().filter_map(|id| self.objects.get(id));
        Ok(Proved {
            commons: self.commons,
            commons_name: governance.current().name.to_string(),
            organisation: organisation_name(&governance, &fault.organisation),
            epoch: governance.current().number,
            epoch_hash: governance.head().hash,
            chosen,
            sentence: fault.in_words(&governance),
            evidence: evidence.map(|object| fault.evidence_in_words(object, &governance)).collect(),
            fault,
        })
    }

    /// The epochs that stand because they were chosen: exactly those that the
    /// file calls so.
    fn chosen_epochs(&self, governance: &Governance) -> Result<Vec<(u64, EpochHash)>, ProofError> {
        let chosen = governance.epochs().iter().filter(|epoch| epoch.certificate.is_empty());
        let chosen: Vec<_> = chosen.map(|epoch| (epoch.charter.number, epoch.hash)).collect();
        let surplus = self.chosen.iter().find(|named| !chosen.iter().any(|(_, hash)| hash == *named));
        surplus.map_or(Ok(chosen), |named| Err(ProofError::NotChosen(*named)))
    }
}

impl Proved {
    /// Everything that a reader should know, one paragraph each.
    pub fn paragraphs(&self) -> Vec<String> {
        let mut text = vec![
            self.sentence.clone(),
            format!(
                "This is proved under the commons {} (\u{201c}{}\u{201d}, epoch {}). Compare this id with that of \
                 the commons you trust: anybody can found one with the same name.",
                self.commons, self.commons_name, self.epoch
            ),
        ];
        text.extend(self.chosen.iter().map(|(number, hash)| {
            format!(
                "Epoch {number} ({hash}) stands in this file without a vote: whoever made the file chose it. What \
                 the file says about electors and names holds for those who chose that epoch too."
            )
        }));
        if self.fault.kind != FaultKind::AttestedAgainstStable {
            text.push("These signatures contradict each other whatever else is known.".to_owned());
        }
        text.push(self.fault.kind.advice().to_owned());
        text
    }
}

/// Whether an object names this commons; a founding proposal names it by its
/// hash.
pub(crate) fn belongs(object: &Object, commons: CommonsId) -> bool {
    match object {
        Object::Proposal(proposal) if proposal.value().commons.is_none() => {
            proposal.value().charter.hash().founds() == commons
        }
        object => object.commons() == Some(commons),
    }
}
