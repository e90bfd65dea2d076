//! What members do that don't play by the rules.

/// A kind of misbehaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Behaviour {
    /// Forks its own log and shows different peers different branches.
    Equivocate,
    /// Sends parts in catch-ups and keeps the rest to itself.
    Withhold,
    /// Signs another past below a pin of its log.
    Backfill,
    /// Prepares or commits to two proposals in one round.
    DoubleSign,
    /// Prepares something else after a commit, without a lock.
    BreakLock,
    /// Attests two things in one place, or what nobody has.
    Attest,
    /// Sends old things again, and things of another commons.
    Replay,
    /// Writes under an epoch in which it still could.
    PolicyShop,
    /// Claims heads that it does not have.
    LieAboutHeads,
    /// Sends very many objects and entries that wait for ever.
    Flood,
    /// Breaks signatures in the middle of what it sends.
    JunkSignature,
    /// Sends changes that the fence must refuse, and oversized frames.
    Bomb,
    /// Learns nothing any more and serves what it had.
    StaleHub,
    /// Releases a version with the reviews of another.
    BorrowReviews,
    /// Releases under a cover that drops contributors.
    DropContributors,
    /// Releases other content under the name of what was reviewed.
    SwapHeads,
    /// Approves what it wrote, or in any role.
    ApproveItself,
    /// Releases under an epoch with another policy.
    BackDateRelease,
    /// Reports small counts, or masks that are easily worked out.
    ReportUnsafely,
    /// Reports as if it had said something that it did not.
    ReportOutOfPlace,
    /// Reports two things after the same.
    ForkReports,
}

impl Behaviour {
    /// Every kind.
    pub const ALL: [Self; 21] = [
        Self::Equivocate,
        Self::Withhold,
        Self::Backfill,
        Self::DoubleSign,
        Self::BreakLock,
        Self::Attest,
        Self::Replay,
        Self::PolicyShop,
        Self::LieAboutHeads,
        Self::Flood,
        Self::JunkSignature,
        Self::Bomb,
        Self::StaleHub,
        Self::BorrowReviews,
        Self::DropContributors,
        Self::SwapHeads,
        Self::ApproveItself,
        Self::BackDateRelease,
        Self::ReportUnsafely,
        Self::ReportOutOfPlace,
        Self::ForkReports,
    ];

    /// Those that report what they must not.
    pub const OF_SERIES: [Self; 3] = [Self::ReportUnsafely, Self::ReportOutOfPlace, Self::ForkReports];

    /// Those that say something false about versions.
    pub const OF_VERSIONS: [Self; 5] = [
        Self::BorrowReviews,
        Self::DropContributors,
        Self::SwapHeads,
        Self::ApproveItself,
        Self::BackDateRelease,
    ];

    /// Those that change what a session carries, as long as they last.
    pub const OF_SESSIONS: [Self; 6] =
        [Self::Withhold, Self::Replay, Self::LieAboutHeads, Self::JunkSignature, Self::Bomb, Self::StaleHub];
}
