//! Faults: what members' keys signed against the rules, and its proof.

use super::membership::unique_prefix;
use super::{Commons, Engine, Failure};
use crate::store::Store;
use crate::view::{FaultView, OrganisationView, ProvedView};
use commons_protocol::fault::{Fault, FaultProof, ProofError, faults};
use commons_protocol::governance::Governance;
use commons_protocol::id::Digest;
use commons_protocol::object::Object;
use commons_protocol::sync::table::Table;

pub use commons_protocol::fault::PROOF_BYTES;

/// The faults that were found last, and in what.
#[derive(Debug, Default)]
pub struct Found {
    /// Digest of the objects, and how many epochs were chosen.
    of: Option<(Digest, usize)>,
    faults: Vec<Fault>,
}

impl Commons {
    /// The faults in the objects that are here; looked for again only when
    /// the objects changed.
    fn faults(&mut self) -> &[Fault] {
        let now = (self.digest(Table::Objects), self.admission.chosen().len());
        if self.faults.of != Some(now) {
            let admission = &self.admission;
            let found = admission
                .governance()
                .map(|governance| faults(admission.objects().values(), governance, admission.keys()));
            self.faults = Found { of: Some(now), faults: found.unwrap_or_default() };
        }
        &self.faults.faults
    }
}

impl<S: Store> Engine<S> {
    /// What members' keys signed against the rules; empty without a commons.
    pub fn faults(&mut self) -> Result<Vec<FaultView>, Failure> {
        let own = self.keys.organisation;
        let Some(commons) = &mut self.commons else { return Ok(Vec::new()) };
        let found = commons.faults().to_vec();
        let Some(governance) = commons.admission.governance() else { return Ok(Vec::new()) };
        let view = |fault: &Fault| FaultView {
            this_node: fault.organisation == own,
            evidence: fault
                .evidence
                .iter()
                .filter_map(|id| commons.admission.objects().get(id))
                .map(|object: &Object| fault.evidence_in_words(object, governance))
                .collect(),
            ..view(fault, governance)
        };
        Ok(found.iter().map(view).collect())
    }

    /// How many faults are known.
    pub fn fault_count(&mut self) -> u64 {
        self.commons.as_mut().map_or(0, |commons| commons.faults().len() as u64)
    }

    /// What an operator should read about faults, if there are any.
    pub fn fault_notice(&mut self) -> Option<String> {
        let known = match self.fault_count() {
            0 => return None,
            1 => "one fault is".to_owned(),
            count => format!("{count} faults are"),
        };
        Some(format!("{known} known: a member's key signed against the rules; see `commons faults`"))
    }

    /// The file that proves a fault to a stranger; `id` may be a unique prefix.
    pub fn fault_proof(&mut self, id: &str) -> Result<Vec<u8>, Failure> {
        let commons = self.commons_mut()?;
        let found = commons.faults().to_vec();
        let id = unique_prefix("fault", id, found.iter().map(|fault| fault.id().to_string()))?;
        let fault = found.iter().find(|fault| fault.id().to_string() == id);
        let fault = fault.ok_or_else(|| Failure::not_found("fault", &id))?;
        let governance = commons.admission.governance().ok_or_else(Failure::no_commons)?;
        let proof = FaultProof::new(fault, commons.admission.objects(), governance);
        Ok(proof.and_then(|proof| proof.encode())?)
    }
}

impl From<ProofError> for Failure {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::TooLarge | ProofError::Missing => Self::unavailable("no-proof", error.to_string()),
            error => Self::internal("proof", error.to_string()),
        }
    }
}

/// Reads a proof file, which needs no node, and says what it proves.
pub fn verify_proof(bytes: &[u8]) -> Result<ProvedView, ProofError> {
    let proved = FaultProof::verify(bytes)?;
    Ok(ProvedView {
        commons: proved.commons.to_string(),
        commons_name: proved.commons_name.clone(),
        fault: proved.fault.id().to_string(),
        kind: proved.fault.kind.code().to_owned(),
        organisation: proved.organisation.clone(),
        key: proved.fault.culprit.to_string(),
        epoch: proved.epoch,
        epoch_hash: proved.epoch_hash.to_string(),
        chosen_epochs: proved.chosen.iter().map(|(_, hash)| hash.to_string()).collect(),
        text: proved.paragraphs(),
        evidence: proved.evidence,
    })
}

fn view(fault: &Fault, governance: &Governance) -> FaultView {
    let member = governance.current().member(&fault.organisation);
    FaultView {
        id: fault.id().to_string(),
        kind: fault.kind.code().to_owned(),
        organisation: OrganisationView {
            id: fault.organisation.to_string(),
            name: member.map(|member| member.name.to_string()).unwrap_or_default(),
            kind: member.map(|member| member.kind.to_string()).unwrap_or_default(),
        },
        this_node: false,
        key: fault.culprit.to_string(),
        place: fault.place_in_words(governance),
        what: fault.in_words(governance),
        advice: fault.kind.advice().to_owned(),
        evidence: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
