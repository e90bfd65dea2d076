//! Measures: the definitions that are in force, and how people name them.

use super::super::{Engine, Failure, FailureKind};
use crate::store::Store;
use crate::view::{MeasureView, StratifierView};
use commons_protocol::date::Date;
use commons_protocol::disclosure::{Ground, Policy};
use commons_protocol::document::{Fields, Particulars};
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::measure::Definition;
use std::collections::BTreeSet;

/// The longest label of a stratum that is shown.
const LABEL_CHARACTERS: usize = 300;

impl<S: Store> Engine<S> {
    /// All measures, by title.
    pub fn measures(&mut self) -> Result<Vec<MeasureView>, Failure> {
        let mut all = Vec::new();
        for id in self.measure_ids()? {
            all.push(self.measure_view(&id)?);
        }
        all.sort_by(|one, other| (&one.title, &one.id).cmp(&(&other.title, &other.id)));
        Ok(all)
    }

    /// The title of a measure: as it was released last, else as it is written;
    /// of one that was erased, as those knew it who reported.
    pub(super) fn title_of_measure(&self, id: &DocumentId) -> String {
        let released = self.case(id).ok().and_then(|case| {
            let tip = case.desk.tips(&case.subject, case.papers).last().copied()?;
            Some(tip.body.cover.title.to_string())
        });
        let written =
            || self.document_row(id).ok().flatten().filter(|_| !self.is_erased(id)).map(|row| row.title);
        let kept = || self.kept_cover(id).map(|cover| cover.title.to_string());
        released.or_else(written).or_else(kept).unwrap_or_default()
    }

    /// By what a measure's numbers are judged now: its latest release that
    /// counts and was not withdrawn.
    ///
    /// # Errors
    /// [`Failure`] if there is no such release.
    pub(super) fn ground(&self, id: &DocumentId) -> Result<Ground, Failure> {
        let case = self.case(id).map_err(|failure| self.or_erased(id, failure))?;
        let not_released = || {
            let why = format!(
                "{} is not released; have it reviewed and released first (`commons release publish`)",
                self.title_of(id)
            );
            Failure::conflict("not-released", why)
        };
        let release = case.desk.tips(&case.subject, case.papers).last().copied().ok_or_else(not_released)?;
        if case.desk.retraction(&case.subject, case.papers, release).is_some() {
            return Err(Failure::conflict("retracted", format!("{} was withdrawn", self.title_of(id))));
        }
        let reports = &self.commons()?.series.reports;
        let (_, definition) = reports.definition(&release.id).ok_or_else(|| {
            Failure::conflict(
                "no-definition",
                format!("the release of {} defines nothing", self.title_of(id)),
            )
        })?;
        Ok(Ground::new(*id, release.id, definition.clone(), &self.disclosure()))
    }

    /// Releases of a measure that count, withdrawn or not: what was reported
    /// by one of them stays right.
    pub(super) fn counted_releases(&self, id: &DocumentId) -> Result<BTreeSet<EntryId>, Failure> {
        let case = self.case(id).map_err(|failure| self.or_erased(id, failure))?;
        let releases = case.desk.releases(&case.subject, case.papers);
        Ok(releases.into_iter().map(|(paper, _)| paper.id).collect())
    }

    /// Refuses to sign figures by rules that this software does not know.
    pub(super) fn check_knows_rules(&self) -> Result<(), Failure> {
        match self.needs_disclosure_upgrade() {
            false => Ok(()),
            true => Err(Failure::unavailable(
                "needs-upgrade",
                "the members agreed on rules of disclosure that this version does not know; upgrade this node, then send the figures",
            )),
        }
    }

    /// What the charter says now about counts of people.
    pub(super) fn disclosure(&self) -> Policy {
        let governance = self.commons.as_ref().and_then(|commons| commons.admission.governance());
        governance.map(|governance| governance.current().disclosure()).unwrap_or_default()
    }

    /// A measure as readers see it: as it was released, else as it is written.
    pub(super) fn measure_view(&mut self, id: &DocumentId) -> Result<MeasureView, Failure> {
        if self.is_erased(id) {
            return Ok(self.kept_view(id));
        }
        let released = self.released(&id.to_string(), None).ok();
        let fields = match &released {
            Some((version, _)) => version.fields(),
            None => self.written(id)?,
        };
        let mut view = shown(id, &fields);
        if let Some((version, release)) = released {
            view.release = Some(release.id);
            view.version = Some(version.name().blake3.to_string());
            view.released = Some(Date::of(commons_protocol::time::Timestamp(release.time_ms)).to_string());
        }
        view.threshold = view.threshold.max(self.disclosure().threshold);
        Ok(view)
    }

    /// What a measure says now; nothing if none of it is here. One that nobody
    /// wrote into must not hide the others.
    fn written(&mut self, id: &DocumentId) -> Result<Fields, Failure> {
        match self.draft(&id.to_string()) {
            Ok(version) => Ok(version.fields()),
            Err(failure) if failure.kind == FailureKind::Internal => Err(failure),
            Err(_) => Ok(Fields::default()),
        }
    }
}

/// What a definition says, without the words of its document.
pub(super) fn define(view: &mut MeasureView, definition: &Definition) {
    view.kind = definition.kind.to_string();
    view.calendar = definition.calendar.to_string();
    view.direction = definition.direction.map(|direction| direction.to_string());
    view.per = definition.per;
    view.threshold = definition.threshold.unwrap_or(0);
    view.extremes_are_sensitive = definition.extremes_are_sensitive;
    view.stratifiers = stratifiers(definition, &Particulars::default());
}

pub(super) fn shown(id: &DocumentId, fields: &Fields) -> MeasureView {
    let particulars = &fields.particulars;
    let word = |name: &str| particulars.get(name).unwrap_or_default().to_owned();
    let optional = |name: &str| particulars.get(name).map(ToOwned::to_owned);
    let definition = Definition::read(particulars).ok();
    MeasureView {
        id: id.to_string(),
        title: fields.title.clone(),
        kind: word("measure-kind"),
        calendar: word("calendar"),
        population: word("population"),
        numerator: word("numerator"),
        denominator: word("denominator"),
        direction: optional("direction"),
        per: definition.as_ref().map_or(1, |definition| definition.per),
        unit: optional("unit"),
        target: particulars.get("target").and_then(|text| text.parse().ok()),
        threshold: definition.as_ref().and_then(|definition| definition.threshold).unwrap_or(0),
        extremes_are_sensitive: definition
            .as_ref()
            .is_some_and(|definition| definition.extremes_are_sensitive),
        stratifiers: definition.iter().flat_map(|definition| stratifiers(definition, particulars)).collect(),
        release: None,
        version: None,
        released: None,
    }
}

fn stratifiers(definition: &Definition, particulars: &Particulars) -> Vec<StratifierView> {
    let one = |stratifier: &commons_protocol::measure::Stratifier| {
        let label = |code: &str| {
            let item = format!("{}:{code}", &*stratifier.code);
            let label = particulars.item("stratum", &item, "").unwrap_or(code);
            label.chars().take(LABEL_CHARACTERS).collect::<String>()
        };
        let strata = stratifier.strata.iter().map(|code| (code.to_string(), label(code)));
        StratifierView { code: stratifier.code.to_string(), strata: strata.collect() }
    };
    definition.stratifiers.iter().map(one).collect()
}
