//! How the rest of the node talks to the engine: jobs through one bounded
//! channel, answers once what they speak of is durable.

use crate::blobs::{Blobs, blocking};
use crate::engine::{Caller, Exported, Failure};
use crate::guard::Finding;
use crate::view::{
    ApproveRequest, AskReviewRequest, AttachRequest, ChangeView, CharterDiffView, CharterView, CheckView,
    DiffView, DocumentSummary, DocumentView, EditRequest, EditView, EndLogRequest, EpochDetailView,
    EraseRequest, ErasureView, FaultView, FoundRequest, InvitationView, JoinRequest, JoinView, KeyView,
    MembersView, NetworkRequest, NewDocument, NewRootView, PassphraseRequest, PersonCreated, PersonRequest,
    PersonView, ProposalRequest, ProposalView, ProposeRequest, PublicationView, RefoundRequest,
    ReissueRequest, ReissueView, ReleaseRequest, ReleaseView, RestoreRequest, RetractRequest, RetractionView,
    ReviewRequest, ReviewView, RevokeKeyRequest, SealedKeysView, StatusView,
};
use crate::worker::{Input, Worker};
use commons_protocol::date::Date;
use commons_protocol::publication::FileReference;
use commons_protocol::version::Version;
use tokio::sync::{broadcast, mpsc, oneshot};

mod series;

type Answer<T> = Result<T, Failure>;

/// Talks to the engine's thread.
#[derive(Clone)]
pub struct Handle {
    inputs: mpsc::Sender<Input>,
    changes: broadcast::Sender<ChangeView>,
    blobs: Blobs,
}

impl Handle {
    pub(crate) fn new(
        inputs: mpsc::Sender<Input>,
        changes: broadcast::Sender<ChangeView>,
        blobs: Blobs,
    ) -> Self {
        Self { inputs, changes, blobs }
    }

    /// The attached files.
    pub fn blobs(&self) -> Answer<Blobs> {
        Ok(self.blobs.clone())
    }

    /// Runs `job` on the engine's thread. The answer comes after everything
    /// that the job wrote is durable.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Worker) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let (reply, answer) = oneshot::channel();
        let job = move |worker: &mut Worker| -> Box<dyn FnOnce(Option<Failure>)> {
            let result = job(worker);
            // Nobody waits for the answer when the request was given up.
            Box::new(move |failure| _ = reply.send(failure.map_or(result, Err)))
        };
        let gone = |_| Failure::unavailable("stopping", "the node is stopping");
        self.inputs.send(Input::Job(Box::new(job))).await.map_err(|_| gone(()))?;
        answer.await.map_err(|_| gone(()))?
    }

    /// The truth about this node.
    pub async fn status(&self) -> Answer<StatusView> {
        self.run(|worker| Ok(worker.status())).await
    }

    /// Founds a commons.
    pub async fn found(&self, caller: &Caller, request: FoundRequest) -> Answer<CharterView> {
        let caller = caller.clone();
        self.run(move |worker| {
            worker.engine.found(&caller, &request)?;
            worker.engine.charter()
        })
        .await
    }

    /// Makes an invitation.
    pub async fn invite(&self, caller: &Caller) -> Answer<InvitationView> {
        let caller = caller.clone();
        self.run(move |worker| worker.invite(&caller)).await
    }

    /// Starts to join.
    pub async fn join(&self, caller: &Caller, request: JoinRequest) -> Answer<JoinView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.join(&caller, &request)).await
    }

    /// How far joining has come.
    pub async fn join_state(&self) -> Answer<JoinView> {
        self.run(|worker| worker.engine.join_view()).await
    }

    /// Members, requests, proposals.
    pub async fn members(&self) -> Answer<MembersView> {
        self.run(|worker| worker.engine.members()).await
    }

    /// Approves a request or a proposal.
    pub async fn approve(&self, caller: &Caller, request: ApproveRequest) -> Answer<MembersView> {
        let caller = caller.clone();
        self.run(move |worker| {
            worker.engine.approve(&caller, &request)?;
            worker.engine.members()
        })
        .await
    }

    /// The charter and its history.
    pub async fn charter(&self) -> Answer<CharterView> {
        self.run(|worker| worker.engine.charter()).await
    }

    /// What is proposed.
    pub async fn proposals(&self) -> Answer<Vec<ProposalView>> {
        self.run(|worker| worker.engine.proposals()).await
    }

    /// Proposes a change of the charter.
    pub async fn propose(&self, caller: &Caller, request: ProposeRequest) -> Answer<ProposalView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.propose(&caller, &request)).await
    }

    /// Endorses a proposal.
    pub async fn endorse(&self, caller: &Caller, request: ProposalRequest) -> Answer<ProposalView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.endorse(&caller, &request)).await
    }

    /// Enters the next round of a vote.
    pub async fn go_on(&self, caller: &Caller, request: ProposalRequest) -> Answer<ProposalView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.go_on(&caller, &request)).await
    }

    /// Goes on under a proposal without a decision of the electors.
    pub async fn refound(&self, caller: &Caller, request: RefoundRequest) -> Answer<CharterView> {
        let caller = caller.clone();
        self.run(move |worker| {
            worker.engine.refound(&caller, &request)?;
            worker.engine.charter()
        })
        .await
    }

    /// The charter of one epoch.
    pub async fn epoch(&self, number: u64) -> Answer<EpochDetailView> {
        self.run(move |worker| worker.engine.epoch_detail(number)).await
    }

    /// What differs between two epochs.
    pub async fn charter_diff(&self, from: Option<u64>, to: Option<u64>) -> Answer<CharterDiffView> {
        self.run(move |worker| worker.engine.charter_diff(from, to)).await
    }

    /// Node keys of this organisation.
    pub async fn node_keys(&self) -> Answer<Vec<KeyView>> {
        self.run(|worker| worker.engine.node_keys()).await
    }

    /// Revokes a node key.
    pub async fn revoke_key(&self, caller: &Caller, request: RevokeKeyRequest) -> Answer<KeyView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.revoke_key(&caller, &request)).await
    }

    /// Ends a log.
    pub async fn end_log(&self, caller: &Caller, request: EndLogRequest) -> Answer<KeyView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.end_log(&caller, &request)).await
    }

    /// Makes a new root key.
    pub async fn new_root(&self, caller: &Caller) -> Answer<NewRootView> {
        let caller = caller.clone();
        self.run(move |worker| worker.new_root(&caller)).await
    }

    /// People of this organisation.
    pub async fn people(&self) -> Answer<Vec<PersonView>> {
        self.run(|worker| worker.engine.people()).await
    }

    /// Adds a person.
    pub async fn add_person(&self, caller: &Caller, request: PersonRequest) -> Answer<PersonCreated> {
        let caller = caller.clone();
        self.run(move |worker| worker.add_person(&caller, &request)).await
    }

    /// Revokes a person.
    pub async fn revoke_person(&self, caller: &Caller, id: String) -> Answer<PersonView> {
        let caller = caller.clone();
        self.run(move |worker| worker.revoke_person(&caller, &id)).await
    }

    /// Documents of a kind, or all.
    pub async fn documents(&self, kind: Option<String>) -> Answer<Vec<DocumentSummary>> {
        self.run(move |worker| worker.engine.documents(kind.as_deref())).await
    }

    /// Creates a document.
    pub async fn new_document(&self, caller: &Caller, request: NewDocument) -> Answer<DocumentView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.new_document(&caller, &request)).await
    }

    /// A document, now or at a version.
    pub async fn document(&self, id: String, version: Option<Vec<String>>) -> Answer<DocumentView> {
        self.run(move |worker| worker.engine.document(&id, version.as_deref())).await
    }

    /// Changes a document.
    pub async fn edit_document(
        &self,
        caller: &Caller,
        id: String,
        request: EditRequest,
    ) -> Answer<DocumentView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.edit_document(&caller, &id, &request)).await
    }

    /// The edits of a document.
    pub async fn history(&self, id: String) -> Answer<Vec<EditView>> {
        self.run(move |worker| worker.engine.history(&id)).await
    }

    /// What differs between two versions.
    pub async fn diff(&self, id: String, from: Option<String>, to: Option<String>) -> Answer<DiffView> {
        self.run(move |worker| worker.engine.diff(&id, from.as_deref(), to.as_deref())).await
    }

    /// Makes a document say again what it said at an older version.
    pub async fn restore(
        &self,
        caller: &Caller,
        id: String,
        request: RestoreRequest,
    ) -> Answer<DocumentView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.restore(&caller, &id, &request)).await
    }

    /// Everything about a document's versions.
    pub async fn publication(&self, id: String) -> Answer<PublicationView> {
        self.run(move |worker| worker.engine.publication(&id)).await
    }

    /// Asks people to review what a document says.
    pub async fn ask_review(
        &self,
        caller: &Caller,
        id: String,
        request: AskReviewRequest,
    ) -> Answer<PublicationView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.ask_review(&caller, &id, &request)).await
    }

    /// Reviews a version.
    pub async fn review(&self, caller: &Caller, id: String, request: ReviewRequest) -> Answer<ReviewView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.review(&caller, &id, &request)).await
    }

    /// Releases a version.
    pub async fn release(&self, caller: &Caller, id: String, request: ReleaseRequest) -> Answer<ReleaseView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.release(&caller, &id, &request)).await
    }

    /// Withdraws what was released of a document.
    pub async fn retract(
        &self,
        caller: &Caller,
        id: String,
        request: RetractRequest,
    ) -> Answer<RetractionView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.retract(&caller, &id, &request)).await
    }

    /// Attaches a file that is on this node, has `size` bytes, and in which the
    /// identifier guard found `found`.
    pub async fn attach(
        &self,
        caller: &Caller,
        id: String,
        request: AttachRequest,
        size: u64,
        found: Vec<Finding>,
    ) -> Answer<DocumentView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.attach_examined(&caller, &id, &request, size, found)).await
    }

    /// What readers see of a document: its released version, today or as it
    /// was on a day.
    pub async fn released(&self, id: String, as_of: Option<Date>) -> Answer<DocumentView> {
        self.run(move |worker| worker.engine.released_document(&id, as_of)).await
    }

    /// The same in the form that is signed, with its release.
    pub async fn released_version(&self, id: String, as_of: Option<Date>) -> Answer<(Version, ReleaseView)> {
        self.run(move |worker| worker.engine.released(&id, as_of)).await
    }

    /// What a document says now, in the form that is signed.
    pub async fn draft_version(&self, id: String) -> Answer<Version> {
        self.run(move |worker| worker.engine.draft(&id)).await
    }

    /// The file that proves what was released of a document.
    pub async fn proof(&self, id: String) -> Answer<Vec<u8>> {
        self.run(move |worker| worker.engine.proof(&id)).await
    }

    /// What an export of a document is made of.
    pub async fn exported(&self, id: String, is_draft: bool) -> Answer<Exported> {
        self.run(move |worker| worker.engine.exported(&id, is_draft)).await
    }

    /// Files that documents need.
    pub async fn blob_references(&self) -> Answer<Vec<FileReference>> {
        self.run(|worker| Ok(worker.engine.blob_references())).await
    }

    /// Asks every node to erase.
    pub async fn erase(&self, caller: &Caller, request: EraseRequest) -> Answer<ErasureView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.erase(&caller, &request)).await
    }

    /// All erasures.
    pub async fn erasures(&self) -> Answer<Vec<ErasureView>> {
        self.run(|worker| worker.engine.erasures()).await
    }

    /// Contributions of ours that were cut off.
    pub async fn reissues(&self) -> Answer<Vec<ReissueView>> {
        self.run(|worker| worker.engine.reissues()).await
    }

    /// Writes such contributions again.
    pub async fn reissue(&self, caller: &Caller, request: ReissueRequest) -> Answer<DocumentView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.reissue(&caller, &request)).await
    }

    /// Walks every chain and reads every attached file.
    pub async fn check(&self, _: &Caller) -> Answer<CheckView> {
        let mut view = self.run(|worker| worker.engine.check()).await?;
        let blobs = self.blobs.clone();
        let damaged = blocking(move || blobs.check()).await;
        view.add(damaged.map_err(|error| Failure::internal("files", error.to_string()))?);
        Ok(view)
    }

    /// Pauses or resumes the network.
    pub async fn set_network(&self, caller: &Caller, request: NetworkRequest) -> Answer<StatusView> {
        let caller = caller.clone();
        self.run(move |worker| {
            worker.engine.set_network(&caller, &request)?;
            Ok(worker.status())
        })
        .await
    }

    /// Exports the keys, sealed with a passphrase. Sealing takes a second and
    /// is done off the engine's thread.
    pub async fn export_keys(&self, _: &Caller, request: PassphraseRequest) -> Answer<SealedKeysView> {
        let (keys, backup) = self.run(|worker| Ok(worker.backup())).await?;
        let seal = move || crate::worker::seal(&keys, &backup, request.passphrase);
        tokio::task::spawn_blocking(seal)
            .await
            .map_err(|error| Failure::internal("seal", error.to_string()))?
    }

    /// Rotates the root key.
    pub async fn rotate_keys(&self, caller: &Caller) -> Answer<String> {
        let caller = caller.clone();
        self.run(move |worker| worker.rotate_root(&caller)).await
    }

    /// What members' keys signed against the rules.
    pub async fn faults(&self) -> Answer<Vec<FaultView>> {
        self.run(|worker| worker.engine.faults()).await
    }

    /// The file that proves a fault.
    pub async fn fault_proof(&self, id: String) -> Answer<Vec<u8>> {
        self.run(move |worker| worker.engine.fault_proof(&id)).await
    }

    /// Stops the node.
    pub async fn shutdown(&self, _: &Caller) -> Answer<()> {
        self.run(|worker| {
            worker.stop();
            Ok(())
        })
        .await
    }

    /// Changes as they come.
    pub async fn subscribe(&self) -> Answer<broadcast::Receiver<ChangeView>> {
        Ok(self.changes.subscribe())
    }

    /// Metrics in the OpenMetrics text format.
    pub async fn metrics(&self) -> Answer<String> {
        self.run(|worker| worker.metrics()).await
    }
}
