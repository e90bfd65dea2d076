//! Series: what organisations report, judged before it is kept, and what this
//! organisation reports itself.
//!
//! ```text
//! figures → tables → plan (masked, held, refused) → submission → signed
//! entry → settle (accepted, undecided, refused) → account → feed
//! ```

mod egress;
mod feeds;
mod settling;
mod submitting;

use commons_protocol::reports::{Report, Reports};

/// The series of a commons.
#[derive(Debug, Default)]
pub(super) struct Series {
    /// What organisations reported.
    pub reports: Reports,
    /// Submissions that were read from disk and wait for those before them.
    waiting: Vec<Report>,
}
