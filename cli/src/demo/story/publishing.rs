//! One toolkit is reviewed, released and proved; another one is withdrawn.

use commons_protocol::proof::Proof;
use serde::Serialize;

use super::{SYNC_TIMEOUT, Story, Writers};
use crate::client::{Client, ClientError};
use crate::demo::DemoError;
use crate::demo::fleet::{CAST, COUNCIL, HILLSIDE, HOSPITAL, RESEARCH};
use crate::output::text::short;
use crate::view::{
    AskReviewRequest, DocumentSummary, DocumentView, EditRequest, PublicationView, ReleaseRequest,
    ReleaseView, RetractRequest, RetractionView, ReviewRequest, ReviewView,
};

/// The toolkit that is released, by its title.
const RELEASED: &str = "A plan for flare days with Crohn's disease or ulcerative colitis";
/// The toolkit that is withdrawn again.
const WITHDRAWN: &str = "A school plan for a child with epilepsy";
/// Why.
const REASON: &str = "The school form that it names is not valid any more.";

/// What became of two toolkits.
#[derive(Debug, Serialize)]
pub struct Publishing {
    /// Title of the one that was released.
    pub released: String,
    /// SHA-256 of its content.
    pub sha256: String,
    /// Who approved it: name, role and organisation.
    pub approved_by: Vec<String>,
    /// What its author was told when it was too early.
    pub at_first: String,
    /// Bytes of the proof.
    pub proof_bytes: usize,
    /// What the proof says to somebody who has nothing else.
    pub proof_says: String,
    /// Title of the one that was withdrawn.
    pub withdrawn: String,
    /// Members that confirmed the withdrawal.
    pub confirmed_by: Vec<String>,
}

impl Story {
    /// Tells it.
    pub(super) fn publish(&mut self, writers: &Writers) -> Result<Publishing, DemoError> {
        let (released, withdrawn) = (self.titled(RELEASED)?, self.titled(WITHDRAWN)?);
        let (mut at_first, mut release) = (String::new(), ReleaseView::default());
        self.step("reviewing a toolkit", |story| {
            at_first = story.review(writers, &released)?;
            Ok(format!(
                "{RELEASED:?}: a patient of the council and the hospital's clinician approved one exact version. \
                 Before, its author's node had said: {at_first}"
            ))
        })?;
        self.step("releasing it", |story| {
            release = story.release(writers, &released)?;
            Ok(format!("The council released it; all three show it as released, {}.", short(&release.sha256)))
        })?;
        self.step("writing on", |story| {
            story.draft(writers, &released)?;
            Ok("The council wrote on: that is a draft, and readers still get what was reviewed.".to_owned())
        })?;
        let mut proof = (0, String::new());
        self.step("proving it", |story| {
            proof = prove(story.fleet.client(RESEARCH), &released)?;
            Ok(format!(
                "The research group exported a proof of {} bytes. It verifies without a node; with one bit changed \
                 it does not.",
                proof.0
            ))
        })?;
        let mut confirmed_by = Vec::new();
        self.step("withdrawing another toolkit", |story| {
            confirmed_by = story.withdraw(writers, &withdrawn)?;
            Ok(format!("{WITHDRAWN:?} was released and withdrawn; confirmed by {}.", confirmed_by.join(", ")))
        })?;
        let approvals = release.reviews.iter().filter(|review| review.counts);
        Ok(Publishing {
            released: release.title.clone(),
            sha256: release.sha256.clone(),
            approved_by: approvals
                .map(|review| format!("{} ({}, {})", review.person, review.role, review.organisation))
                .collect(),
            at_first,
            proof_bytes: proof.0,
            proof_says: proof.1,
            withdrawn: WITHDRAWN.to_owned(),
            confirmed_by,
        })
    }

    /// The id of one of the toolkits that come with the program.
    fn titled(&self, title: &str) -> Result<String, DemoError> {
        let documents: Vec<DocumentSummary> = self.fleet.client(COUNCIL).get("/v1/documents")?;
        let found = documents.into_iter().find(|document| document.title == title);
        found.map(|document| document.id).ok_or(DemoError::Untrue("a toolkit of the program is not there"))
    }

    /// Asks for reviews and gives them. Returns what the author was told when
    /// one of them was missing.
    fn review(&mut self, writers: &Writers, id: &str) -> Result<String, DemoError> {
        let ask = AskReviewRequest { note: "Would this help you?".to_owned(), ..AskReviewRequest::default() };
        let _: PublicationView = writers.council.post(&format!("/v1/documents/{id}/requests"), &ask)?;
        approve(&writers.patient, id)?;
        let early: Result<ReleaseView, ClientError> =
            writers.council.post(&format!("/v1/documents/{id}/releases"), &ReleaseRequest::default());
        let told = match early {
            Err(error) if error.code() == "not-eligible" => {
                error.to_string().replace("\n- ", " – ").trim().to_owned()
            }
            Err(error) => return Err(error.into()),
            Ok(_) => return Err(DemoError::Untrue("it was released without a clinician's approval")),
        };
        self.wait_for_status(HOSPITAL, id, "in review")?;
        approve(&writers.hospital, id)?;
        Ok(told)
    }

    fn release(&mut self, writers: &Writers, id: &str) -> Result<ReleaseView, DemoError> {
        self.wait_for_status(COUNCIL, id, "eligible")?;
        let release =
            writers.council.post(&format!("/v1/documents/{id}/releases"), &ReleaseRequest::default())?;
        for who in [HOSPITAL, COUNCIL, RESEARCH] {
            self.wait_for_status(who, id, "released")?;
        }
        Ok(release)
    }

    /// What is written after the release is a draft.
    fn draft(&mut self, writers: &Writers, id: &str) -> Result<(), DemoError> {
        const LATER: &str = "Ask whether the plan still fits.";
        let path = format!("/v1/documents/{id}");
        let shown: DocumentView = writers.council.get(&path)?;
        let text = Some(format!("{}\n{LATER}\n", shown.text.trim_end()));
        let request = EditRequest { text, base: Some(shown.version), ..EditRequest::default() };
        let _: DocumentView = writers.council.put(&path, &request)?;
        self.fleet.wait("the research group shows a draft beside the release", SYNC_TIMEOUT, |clients| {
            let view: DocumentView = clients[RESEARCH].get(&path)?;
            let standing = view.summary.standing;
            Ok((standing.status == "released" && standing.draft.as_deref() == Some("draft")).then_some(()))
        })?;
        let readers: DocumentView = self.fleet.client(RESEARCH).get(&format!("{path}?released=true"))?;
        match readers.text.contains(LATER) {
            true => Err(DemoError::Untrue("readers see what nobody reviewed")),
            false => Ok(()),
        }
    }

    fn withdraw(&mut self, writers: &Writers, id: &str) -> Result<Vec<String>, DemoError> {
        self.review(writers, id)?;
        self.release(writers, id)?;
        let request = RetractRequest { reason: REASON.to_owned(), instead: None };
        let _: RetractionView = writers.council.post(&format!("/v1/documents/{id}/retractions"), &request)?;
        let path = format!("/v1/documents/{id}/publication");
        self.fleet.wait("all members have confirmed the withdrawal", SYNC_TIMEOUT, |clients| {
            let mut confirmed = None;
            for client in &clients[..HILLSIDE] {
                let view: PublicationView = client.get(&path)?;
                let Some(retraction) = view.retractions.into_iter().next() else { return Ok(None) };
                if !retraction.missing.is_empty() || view.standing.status != "retracted" {
                    return Ok(None);
                }
                confirmed = Some(retraction.acknowledged_by);
            }
            Ok(confirmed)
        })
    }

    pub(super) fn wait_for_status(&mut self, who: usize, id: &str, wanted: &str) -> Result<(), DemoError> {
        let what = format!("{} shows it as {wanted}", CAST[who].name);
        self.fleet.wait(&what, SYNC_TIMEOUT, |clients| {
            let view: PublicationView = match clients[who].get(&format!("/v1/documents/{id}/publication")) {
                Err(error) if error.code() == "not-found" => return Ok(None),
                answer => answer?,
            };
            Ok((view.standing.status == wanted).then_some(()))
        })
    }
}

fn approve(reviewer: &Client, id: &str) -> Result<(), ClientError> {
    let request = ReviewRequest { verdict: "approve".to_owned(), ..ReviewRequest::default() };
    let _: ReviewView = reviewer.post(&format!("/v1/documents/{id}/reviews"), &request)?;
    Ok(())
}

/// Exports a proof and reads it as a stranger would: its size, and what it
/// says first.
fn prove(client: &Client, id: &str) -> Result<(usize, String), DemoError> {
    let mut bytes = client.get_file(&format!("/v1/documents/{id}/proof"))?;
    let proved = Proof::verify(&bytes).map_err(|_| DemoError::Untrue("the proof does not verify"))?;
    let said = proved.paragraphs(None).into_iter().next().unwrap_or_default();
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    match Proof::verify(&bytes) {
        Ok(_) => Err(DemoError::Untrue("a changed proof verifies")),
        Err(_) => Ok((bytes.len(), said)),
    }
}
