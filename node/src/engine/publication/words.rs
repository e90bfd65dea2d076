//! What lacks, in sentences with people's names.

use super::super::Engine;
use super::Case;
use crate::store::Store;
use commons_protocol::publication::tally::Lack;

/// Characters of a comment that a sentence quotes.
const QUOTED: usize = 300;

impl<S: Store> Engine<S> {
    /// What a version lacks, with people's names.
    pub(super) fn lack_in_words(&self, case: &Case<'_>, lack: &Lack) -> String {
        let review = match lack {
            Lack::Declined(id) => case.papers.reviews.get(id),
            _ => None,
        };
        let Some(paper) = review else { return lack.to_string() };
        let (person, organisation) = self.who(&paper.body.reviewer);
        let comment: String = paper.body.comment.chars().take(QUOTED).collect();
        match comment.trim() {
            "" => format!("{person} ({organisation}) declines it"),
            comment => format!("{person} ({organisation}) declines it: {comment}"),
        }
    }
}
