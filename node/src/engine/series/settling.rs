//! What becomes of a submission that was admitted: its body is kept only if it
//! is accepted.

use super::super::Commons;
use super::super::governance::DISCLOSURE_VERSION;
use super::Series;
use crate::view::ChangeView;
use commons_protocol::catalogue::{Catalogue, Meaning};
use commons_protocol::charter::Charter;
use commons_protocol::collection::{Collection, DocumentKind};
use commons_protocol::disclosure::Breach;
use commons_protocol::entry::{Entry, EntryKind};
use commons_protocol::id::{DocumentId, OrganisationId};
use commons_protocol::period::Period;
use commons_protocol::publication::{Paper, Said};
use commons_protocol::refusal::Refusal;
use commons_protocol::reports::{Report, Verdict};
use commons_protocol::series::Submission;
use std::collections::{BTreeMap, BTreeSet};

/// Why a body is not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) enum Withheld {
    /// All are.
    #[default]
    Nothing,
    /// Nobody needs it now: it is refused, or judged later, since much of its
    /// organisation was refused.
    Unwanted,
    /// What it follows on is not here.
    Undecided,
}

impl Series {
    /// Notes that a body is not kept.
    pub(in crate::engine) fn withhold(&mut self, why: Withheld) {
        self.withheld = self.withheld.max(why);
    }
}

impl Commons {
    /// Takes in what a body means for series, and judges it if it is a
    /// submission. Of one that is not accepted the body must not be kept: what
    /// is undecided counts as missing, so that it is asked for again; what is
    /// refused is so for good.
    pub(in crate::engine) fn settle(
        &mut self,
        entry: &Entry,
        organisation: OrganisationId,
        meaning: Meaning,
        changes: &mut Vec<ChangeView>,
    ) -> Meaning {
        if self.define(&meaning) && !self.series.is_loading {
            self.settle_waiting(changes);
        }
        if entry.header.kind != EntryKind::Submit {
            return meaning;
        }
        let is_here = entry.body.bytes().is_some();
        if is_here && self.series.is_loading && !self.series.refused.has(&entry.id) {
            return self.judge_later(entry, organisation, meaning);
        }
        let meaning = match self.series.refused.has(&entry.id) {
            true => Meaning::Refused(Refusal::Unsafe),
            false => self.judge(entry, organisation, meaning, changes),
        };
        match &meaning {
            Meaning::Refused(_) => {
                self.series.refused.learn(entry.id);
                self.series.withhold(if is_here { Withheld::Unwanted } else { Withheld::Nothing });
            }
            Meaning::Undecided if is_here => {
                let is_its_turn = self.series.refused.is_its_turn(&organisation);
                self.series.withhold(if is_its_turn { Withheld::Undecided } else { Withheld::Unwanted });
            }
            _ => {}
        }
        meaning
    }

    fn judge(
        &mut self,
        entry: &Entry,
        organisation: OrganisationId,
        meaning: Meaning,
        changes: &mut Vec<ChangeView>,
    ) -> Meaning {
        let Meaning::Reports(submission) = &meaning else { return meaning };
        let report = self.report(entry, organisation, submission);
        let is_its_turn = self.series.refused.is_its_turn(&organisation);
        let Some(report) = report.filter(|_| is_its_turn) else { return Meaning::Undecided };
        match self.series.reports.take(&report) {
            Verdict::Accepted(changed) => {
                self.tell(&changed, changes);
                self.settle_waiting(changes);
                meaning
            }
            Verdict::Undecided => Meaning::Undecided,
            Verdict::Refused(breach) => {
                self.refuse(&report, &breach);
                Meaning::Refused(Refusal::Unsafe)
            }
        }
    }

    /// What the body of an entry that is kept on disk means. Submissions are
    /// judged once all are read.
    pub(in crate::engine) fn note_loaded(&mut self, entry: &Entry, organisation: OrganisationId) -> Meaning {
        let meaning = Catalogue::meaning(entry);
        self.define(&meaning);
        self.judge_later(entry, organisation, meaning)
    }

    /// Keeps a submission until all are read.
    fn judge_later(&mut self, entry: &Entry, organisation: OrganisationId, meaning: Meaning) -> Meaning {
        match &meaning {
            Meaning::Reports(submission) => {
                let report = self.report(entry, organisation, submission);
                self.series.waiting.extend(report);
            }
            Meaning::Refused(_) if entry.header.kind == EntryKind::Submit => {
                self.series.refused.learn(entry.id);
                let place = self.admission.place(&entry.id);
                self.library.erase_at(place);
            }
            _ => {}
        }
        meaning
    }

    /// Judges what was read from disk.
    pub(in crate::engine) fn settle_loaded(&mut self) {
        // Nobody listens yet.
        self.settle_waiting(&mut Vec::new());
    }

    /// Judges what waits, now that something came on which it may follow.
    fn settle_waiting(&mut self, changes: &mut Vec<ChangeView>) {
        let waiting = std::mem::take(&mut self.series.waiting);
        if waiting.is_empty() {
            return;
        }
        let loaded = self.series.reports.load(waiting);
        self.tell(&loaded.changed, changes);
        self.series.waiting = loaded.undecided;
        for (report, breach) in loaded.refused {
            self.refuse(&report, &breach);
            let place = self.admission.place(&report.id);
            self.library.erase_at(place);
        }
    }

    /// Whether an entry's body may be given to peers.
    pub(in crate::engine) fn may_serve(&self, entry: &Entry) -> bool {
        let node = self.admission.keys().node(&entry.header.log.node);
        let is_accepted =
            || node.is_some_and(|node| self.series.reports.is_accepted(&node.organisation, &entry.id));
        entry.header.kind != EntryKind::Submit || is_accepted()
    }

    fn refuse(&mut self, report: &Report, breach: &Breach) {
        tracing::warn!(organisation = %report.organisation, entry = %report.id, %breach, "a submission is refused");
        self.series.refused.note(report.id, report.organisation);
    }

    /// Notes and tells what changed.
    fn tell(&mut self, changed: &BTreeSet<(DocumentId, Period)>, changes: &mut Vec<ChangeView>) {
        changed.iter().for_each(|(measure, period)| self.series.rolled.touch(measure, *period));
        changes.extend(feeds(changed));
    }

    /// Notes the definition that the release of a measure gives. Returns
    /// whether it was not known.
    fn define(&mut self, meaning: &Meaning) -> bool {
        if let Meaning::Says(paper) = meaning
            && let Paper { id, epoch, collection: Collection::Aggregates, body, .. } = &**paper
            && let Said::Release(release) = body
            && release.cover.kind == DocumentKind::Measure
            && let Some(definition) = &release.cover.measure
        {
            let is_new = self.series.reports.definition(id).is_none();
            self.series.reports.define(*id, *epoch, release.document, definition);
            return is_new;
        }
        false
    }

    /// A submission with what it is judged by; none if that can't be told here:
    /// newer software may know rules that this one does not.
    fn report(&self, entry: &Entry, organisation: OrganisationId, submission: &Submission) -> Option<Report> {
        let charter = self.admission.governance()?.epoch(entry.header.epoch)?;
        let policy = knows(charter).then(|| charter.disclosure())?;
        let (id, epoch) = (entry.id, entry.header.epoch);
        Some(Report { id, organisation, epoch, policy, submission: submission.clone() })
    }
}

/// Whether this software knows the rules of disclosure of a charter.
pub(in crate::engine) fn knows(charter: &Charter) -> bool {
    charter.rules.disclosure <= DISCLOSURE_VERSION
}

/// The notices that feeds changed.
fn feeds(changed: &BTreeSet<(DocumentId, Period)>) -> Vec<ChangeView> {
    let mut periods: BTreeMap<DocumentId, Vec<String>> = BTreeMap::new();
    for (measure, period) in changed {
        periods.entry(*measure).or_default().push(period.to_string());
    }
    let view = |(measure, periods): (DocumentId, Vec<String>)| ChangeView::Feed {
        measure: measure.to_string(),
        periods,
    };
    periods.into_iter().map(view).collect()
}
