//! What an operator's request can fail with.

use commons_protocol::refusal::Refusal;

/// What kind of failure it is, which the API turns into a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The request itself is wrong.
    Invalid,
    /// The thing is not here.
    NotFound,
    /// It does not fit the present state.
    Conflict,
    /// The caller may not do it.
    Forbidden,
    /// It can't be done now, but may be later.
    Unavailable,
    /// A fault of this node.
    Internal,
}

/// Why a request failed: a stable code, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail} ({code})")]
pub struct Failure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// Stable code.
    pub code: String,
    /// What happened, which thing, what to do next.
    pub detail: String,
}

impl Failure {
    /// A failure of this kind.
    pub fn new(kind: FailureKind, code: &str, detail: impl Into<String>) -> Self {
        Self { kind, code: code.to_owned(), detail: detail.into() }
    }

    /// The request is wrong.
    pub fn invalid(code: &str, detail: impl Into<String>) -> Self {
        Self::new(FailureKind::Invalid, code, detail)
    }

    /// The thing is not here.
    pub fn not_found(what: &str, id: &str) -> Self {
        Self::new(FailureKind::NotFound, "not-found", format!("no {what} has the id {id}"))
    }

    /// It does not fit the present state.
    pub fn conflict(code: &str, detail: impl Into<String>) -> Self {
        Self::new(FailureKind::Conflict, code, detail)
    }

    /// It can't be done now.
    pub fn unavailable(code: &str, detail: impl Into<String>) -> Self {
        Self::new(FailureKind::Unavailable, code, detail)
    }

    /// A fault of this node.
    pub fn internal(code: &str, detail: impl Into<String>) -> Self {
        Self::new(FailureKind::Internal, code, detail)
    }

    /// No commons was founded or joined yet.
    pub fn no_commons() -> Self {
        Self::conflict(
            "no-commons",
            "this node belongs to no commons yet; found one with `commons found` or join one with `commons join CODE`",
        )
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::conflict(refusal.code(), refusal.sentence())
    }
}

impl From<crate::store::StoreError> for Failure {
    fn from(error: crate::store::StoreError) -> Self {
        Self::from_store(&error)
    }
}

impl Failure {
    /// The failure that a fault of the store means for a request.
    pub fn from_store(error: &crate::store::StoreError) -> Self {
        match error {
            crate::store::StoreError::Full { .. } => Self::unavailable("disk-full", error.to_string()),
            error => Self::internal("store", error.to_string()),
        }
    }
}
