//! What was released lately, of documents of all kinds.

use super::super::{Engine, Failure};
use crate::store::Store;
use crate::view::ReleasedView;
use commons_protocol::body::Release;
use commons_protocol::id::DocumentId;
use commons_protocol::publication::Paper;

impl<S: Store> Engine<S> {
    /// The newest releases by the times that they claim, at most so many; none
    /// that was withdrawn or does not count.
    pub fn released_lately(&self, most: usize) -> Result<Vec<ReleasedView>, Failure> {
        let documents = self.commons()?.catalogue.documents();
        let mut all: Vec<ReleasedView> = Vec::new();
        for (id, ..) in documents {
            let case = self.case(id)?;
            let counting = case.desk.releases(&case.subject, case.papers);
            let stands =
                |paper: &&Paper<Release>| case.desk.retraction(&case.subject, case.papers, paper).is_none();
            let standing = counting.into_iter().map(|(paper, _)| paper).filter(stands);
            all.extend(standing.map(|paper| self.released_view(id, paper)));
        }
        all.sort_by(|a, b| b.time_ms.cmp(&a.time_ms).then_with(|| a.id.cmp(&b.id)));
        all.truncate(most);
        Ok(all)
    }

    fn released_view(&self, document: &DocumentId, paper: &Paper<Release>) -> ReleasedView {
        let cover = &paper.body.cover;
        ReleasedView {
            id: paper.id.to_string(),
            document: document.to_string(),
            kind: cover.kind.word().to_owned(),
            title: cover.title.to_string(),
            summary: cover.summary.to_string(),
            organisation: self.who(&paper.person).1,
            time_ms: paper.time.0,
        }
    }
}
