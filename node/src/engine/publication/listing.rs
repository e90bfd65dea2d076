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

#[cfg(test)]
mod tests {
    use crate::engine::fixture::founder;
    use crate::view::{EditRequest, NewDocument, PolicyView, ProposeRequest, ReleaseRequest, RetractRequest};

    #[test]
    fn releases_are_listed_until_they_are_withdrawn() {
        let (mut engine, caller) = founder();
        let policy = PolicyView {
            kind: "measure".to_owned(),
            requirements: Vec::new(),
            organisations: 0,
            authors_may_review: true,
            declines_block: false,
            valid_months: None,
            electors_retract: false,
        };
        engine.propose(&caller, &ProposeRequest::ReviewPolicy(policy)).unwrap();
        for now in 1..600 {
            engine.tick(now * 1_000).unwrap();
            engine.commit().unwrap();
        }
        let words = [("measure-kind", "count"), ("calendar", "month"), ("population", "Everybody")];
        let document = NewDocument {
            kind: "measure".to_owned(),
            title: "Visits".to_owned(),
            particulars: words.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            ..NewDocument::default()
        };
        let id = engine.new_document(&caller, &document).unwrap().summary.id;
        engine.commit().unwrap();
        let failure = engine.release(&caller, &id, &ReleaseRequest::default()).unwrap_err();
        assert!(failure.detail.contains("set numerator"), "{failure}");
        let edit = EditRequest {
            particulars: Some([("numerator".to_owned(), Some("Visits".to_owned()))].into()),
            ..EditRequest::default()
        };
        engine.edit_document(&caller, &id, &edit).unwrap();
        engine.release(&caller, &id, &ReleaseRequest::default()).unwrap();
        let lately = engine.released_lately(10).unwrap();
        let told: Vec<_> = lately.iter().map(|one| (one.document.as_str(), one.title.as_str())).collect();
        assert_eq!(told, [(id.as_str(), "Visits")]);
        assert_eq!((lately[0].kind.as_str(), lately[0].organisation.as_str()), ("measure", "Riverside"));
        assert!(engine.released_lately(0).unwrap().is_empty());
        assert_eq!(engine.documents(Some("measure")).unwrap().len(), 1);
        assert!(engine.documents(Some("toolkit")).unwrap().is_empty());
        let reason = RetractRequest { reason: "Counted twice.".to_owned(), instead: None };
        engine.retract(&caller, &id, &reason).unwrap();
        assert!(engine.released_lately(10).unwrap().is_empty());
    }
}
