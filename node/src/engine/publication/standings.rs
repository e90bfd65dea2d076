//! How documents stand, in a sentence. Nothing is built for it, so lists may
//! ask for thousands.

use super::super::Engine;
use super::Case;
use crate::store::Store;
use crate::view::StandingView;
use commons_protocol::body::{Release, Retract};
use commons_protocol::date::Date;
use commons_protocol::fence::ChangeHash;
use commons_protocol::id::DocumentId;
use commons_protocol::publication::Paper;
use commons_protocol::publication::standing::{Standing, Status};

impl<S: Store> Engine<S> {
    /// How a document stands today, as far as this node knows.
    pub fn standing_of(&self, id: &DocumentId) -> StandingView {
        let Ok(case) = self.case(id) else { return StandingView::default() };
        let is_checked = self.is_current(id, &[]).is_some();
        let is_current = |heads: &[ChangeHash]| self.is_current(id, heads) == Some(true);
        let standing =
            case.desk.standing(&case.subject, is_checked.then_some(&is_current), |other| self.subject(other));
        let release = standing.release.and_then(|id| case.papers.releases.get(&id));
        let retraction = standing.retraction.and_then(|id| case.papers.retractions.get(&id));
        StandingView {
            status: standing.status.word().to_owned(),
            sentence: self.sentence(&standing, release, retraction),
            release: standing.release.map(|id| id.to_string()),
            draft: standing.draft.map(|draft| draft.word().to_owned()),
            due: standing.due.map(|day| day.to_string()),
            retracted_because: retraction.map(|paper| paper.body.reason.to_string()),
            superseded_by: standing.superseded_by.map(|id| id.to_string()),
            notices: self.standing_notices(&case, &standing),
        }
    }

    fn sentence(
        &self,
        standing: &Standing,
        release: Option<&Paper<Release>>,
        retraction: Option<&Paper<Retract>>,
    ) -> String {
        let Some(release) = release else { return unreleased(standing.status).to_owned() };
        let mut sentence = match (retraction, standing.superseded_by) {
            (Some(retraction), _) => self.withdrawal(retraction),
            (None, Some(other)) => {
                format!("{}; replaced by {}.", released(release), self.title_of(&other))
            }
            (None, None) => format!("{}{}.", released(release), due(standing)),
        };
        let draft = match standing.draft {
            None => "",
            Some(Status::InReview) => " A draft with later changes is in review.",
            Some(Status::Eligible) => " A draft with later changes may be released.",
            Some(_) => " A draft with later changes exists.",
        };
        sentence.push_str(draft);
        sentence
    }

    fn withdrawal(&self, retraction: &Paper<Retract>) -> String {
        let (_, organisation) = self.who(&retraction.person);
        let instead = retraction.body.instead.map(|other| format!("; use {} instead", self.title_of(&other)));
        format!(
            "Withdrawn on {} by {organisation}: {}{}. Do not use it.",
            Date::of(retraction.time),
            retraction.body.reason.trim_end_matches('.'),
            instead.unwrap_or_default()
        )
    }

    /// Title and id of another document.
    pub(in crate::engine) fn title_of(&self, id: &DocumentId) -> String {
        let row = self.document_row(id).ok().flatten();
        let short: String = id.to_string().chars().take(12).collect();
        match row.filter(|row| !row.title.is_empty() && self.created(id).is_some()) {
            Some(row) => format!("\"{}\" ({short})", row.title),
            None => format!("the document {short}"),
        }
    }

    fn standing_notices(&self, case: &Case<'_>, standing: &Standing) -> Vec<String> {
        let mut notices = Vec::new();
        if standing.release.and_then(|release| self.matches(&release)) == Some(false) {
            notices.push("What this node builds from the document's changes is not what was released: don't rely on it, and tell the organisation that released it.".to_owned());
        }
        let objections = standing.objections.iter().filter_map(|id| case.papers.reviews.get(id));
        let names: Vec<String> = objections
            .map(|paper| {
                let (person, organisation) = self.who(&paper.body.reviewer);
                format!("{person} ({organisation})")
            })
            .collect();
        if !names.is_empty() {
            notices.push(format!(
                "Somebody declines the released version after it was released: {}.",
                names.join(", ")
            ));
        }
        if !standing.beside.is_empty() {
            notices.push("It was released more than once at the same time; the release shown is the one that all nodes choose. Release again to settle it.".to_owned());
        }
        notices
    }
}

fn unreleased(status: Status) -> &'static str {
    match status {
        Status::InReview => "A draft in review: nothing of it is released.",
        Status::Eligible => "A draft that may be released now: its reviews meet the policy.",
        _ => "A draft: nobody was asked to review what it says now.",
    }
}

fn released(release: &Paper<Release>) -> String {
    format!("Released on {} under the policy of epoch {}", Date::of(release.time), release.epoch)
}

fn due(standing: &Standing) -> String {
    match (standing.status, standing.due) {
        (Status::ReviewDue, Some(day)) => format!("; its review was due on {day}"),
        (_, Some(day)) => format!("; due for review on {day}"),
        (_, None) => String::new(),
    }
}
