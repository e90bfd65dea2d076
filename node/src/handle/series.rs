//! Series and feeds.

use super::{Answer, Handle};
use crate::engine::Caller;
use crate::figures::Reading;
use crate::view::{
    DropHeldRequest, EgressView, FeedQuery, FeedView, HeldView, MeasureView, ReleasedView, SubmissionOptions,
    SubmissionView, VerifiedSnapshotView, WithdrawRequest,
};

impl Handle {
    /// All measures.
    pub async fn measures(&self) -> Answer<Vec<MeasureView>> {
        self.run(|worker| worker.engine.measures()).await
    }

    /// The measure of an id, of the beginning of one, or of a title.
    pub async fn measure(&self, name: String) -> Answer<MeasureView> {
        self.run(move |worker| worker.engine.measure(&name)).await
    }

    /// What would become of figures.
    pub async fn plan_series(
        &self,
        caller: &Caller,
        reading: Reading,
        options: SubmissionOptions,
    ) -> Answer<SubmissionView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.plan_series(&caller, reading, &options)).await
    }

    /// Signs and sends what may be told of figures.
    pub async fn submit_series(
        &self,
        caller: &Caller,
        reading: Reading,
        options: SubmissionOptions,
    ) -> Answer<SubmissionView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.submit_series(&caller, reading, &options)).await
    }

    /// Takes a table back.
    pub async fn withdraw_series(&self, caller: &Caller, request: WithdrawRequest) -> Answer<SubmissionView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.withdraw_series(&caller, &request)).await
    }

    /// What this organisation reported of a measure, or of all.
    pub async fn own_series(&self, measure: Option<String>) -> Answer<Vec<FeedView>> {
        self.run(move |worker| worker.engine.own_series(measure.as_deref())).await
    }

    /// Corrections that are held.
    pub async fn held_series(&self, caller: &Caller) -> Answer<Vec<HeldView>> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.held_series(&caller)).await
    }

    /// Forgets one of them.
    pub async fn drop_held(&self, caller: &Caller, request: DropHeldRequest) -> Answer<HeldView> {
        let caller = caller.clone();
        self.run(move |worker| worker.engine.drop_held(&caller, &request)).await
    }

    /// What left this organisation.
    pub async fn egress(&self) -> Answer<Vec<EgressView>> {
        self.run(|worker| worker.engine.egress()).await
    }

    /// The feed of a measure.
    pub async fn feed(&self, measure: String, query: FeedQuery) -> Answer<FeedView> {
        self.run(move |worker| worker.engine.feed(&measure, &query)).await
    }

    /// A feed as a file that can be cited.
    pub async fn snapshot(&self, measure: String) -> Answer<Vec<u8>> {
        self.run(move |worker| worker.engine.snapshot(&measure)).await
    }

    /// Computes such a file again.
    pub async fn verify_snapshot(&self, bytes: Vec<u8>) -> Answer<VerifiedSnapshotView> {
        self.run(move |worker| worker.engine.verify_snapshot(&bytes)).await
    }

    /// The newest releases that readers see, of documents of all kinds.
    pub async fn released_lately(&self, most: usize) -> Answer<Vec<ReleasedView>> {
        self.run(move |worker| worker.engine.released_lately(most)).await
    }
}
