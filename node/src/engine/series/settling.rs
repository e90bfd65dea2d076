//! What becomes of a submission that was admitted: its body is kept only if it
//! is accepted.

use super::super::Commons;
use crate::view::ChangeView;
use commons_protocol::catalogue::{Catalogue, Meaning};
use commons_protocol::charter::Charter;
use commons_protocol::collection::{Collection, DocumentKind};
use commons_protocol::entry::Entry;
use commons_protocol::id::{DocumentId, OrganisationId};
use commons_protocol::period::Period;
use commons_protocol::publication::{Paper, Said};
use commons_protocol::refusal::Refusal;
use commons_protocol::reports::{Report, Verdict};
use std::collections::{BTreeMap, BTreeSet};

impl Commons {
    /// Judges a submission. What is undecided counts as missing, so that it is
    /// asked for again; other bodies stay what they are.
    pub(in crate::engine) fn settle(
        &mut self,
        entry: &Entry,
        organisation: OrganisationId,
        meaning: Meaning,
        changes: &mut Vec<ChangeView>,
    ) -> Meaning {
        self.define(&meaning);
        let Some(report) = self.report(entry, organisation, &meaning) else { return meaning };
        let verdict = self.series.reports.take(&report);
        self.series.withheld |= !matches!(verdict, Verdict::Accepted(_));
        match verdict {
            Verdict::Accepted(changed) => {
                changed.iter().for_each(|(measure, period)| self.series.rolled.touch(measure, *period));
                changes.extend(feeds(&changed));
                let waiting = std::mem::take(&mut self.series.waiting);
                self.series.waiting =
                    self.series.reports.load(waiting).into_iter().map(|(one, _)| one).collect();
                meaning
            }
            Verdict::Undecided => Meaning::Undecided,
            Verdict::Refused(breach) => {
                tracing::warn!(%organisation, entry = %entry.id, %breach, "a submission is refused");
                Meaning::Refused(Refusal::Unsafe)
            }
        }
    }

    /// What the body of an entry that is kept on disk means. Submissions are
    /// judged once all are read.
    pub(in crate::engine) fn note_loaded(&mut self, entry: &Entry, organisation: OrganisationId) -> Meaning {
        let meaning = Catalogue::meaning(entry);
        self.define(&meaning);
        let report = self.report(entry, organisation, &meaning);
        self.series.waiting.extend(report);
        meaning
    }

    /// Judges what was read from disk.
    pub(in crate::engine) fn settle_loaded(&mut self) {
        let loaded = std::mem::take(&mut self.series.waiting);
        for (report, verdict) in self.series.reports.load(loaded) {
            match verdict {
                Verdict::Refused(breach) => {
                    tracing::warn!(organisation = %report.organisation, %breach, "a submission is refused");
                }
                _ => self.series.waiting.push(report),
            }
        }
    }

    /// Notes the definition that the release of a measure gives.
    fn define(&mut self, meaning: &Meaning) {
        if let Meaning::Says(paper) = meaning
            && let Paper { id, collection: Collection::Aggregates, body: Said::Release(release), .. } =
                &**paper
            && release.cover.kind == DocumentKind::Measure
            && let Some(definition) = &release.cover.measure
        {
            self.series.reports.define(*id, release.document, definition);
        }
    }

    fn report(&self, entry: &Entry, organisation: OrganisationId, meaning: &Meaning) -> Option<Report> {
        let Meaning::Reports(submission) = meaning else { return None };
        let charter = self.admission.governance()?.epoch(entry.header.epoch);
        let policy = charter.map(Charter::disclosure).unwrap_or_default();
        Some(Report { id: entry.id, organisation, policy, submission: (**submission).clone() })
    }
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
