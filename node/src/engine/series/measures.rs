//! Measures: the definitions that are in force, and how people name them.

use super::super::{Engine, Failure, FailureKind};
use crate::store::Store;
use crate::view::{MeasureView, StratifierView};
use commons_protocol::collection::DocumentKind;
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

    /// The measure that people mean by an id, the beginning of one, or a title.
    pub(super) fn find_measure(&self, name: &str) -> Result<DocumentId, Failure> {
        let ids = self.measure_ids()?;
        let wanted = name.trim().to_lowercase();
        let is_called = |id: &&DocumentId| self.title_of_measure(id).trim().to_lowercase() == wanted;
        let named: Vec<DocumentId> = ids.iter().filter(is_called).copied().collect();
        match named.as_slice() {
            [id] => return Ok(*id),
            [] => {}
            several => {
                let ids: Vec<String> = several.iter().map(ToString::to_string).collect();
                let why =
                    format!("several measures are called \"{name}\"; name one by its id: {}", ids.join(", "));
                return Err(Failure::conflict("ambiguous", why));
            }
        }
        let found = self.find_document(name).map_err(|_| Failure::not_found("measure", name))?;
        ids.contains(&found).then_some(found).ok_or_else(|| Failure::not_found("measure", name))
    }

    /// The title of a measure: as it was released last, else as it is written.
    pub(super) fn title_of_measure(&self, id: &DocumentId) -> String {
        let released = self.case(id).ok().and_then(|case| {
            let tip = case.desk.tips(&case.subject, case.papers).last().copied()?;
            Some(tip.body.cover.title.to_string())
        });
        let written = || self.document_row(id).ok().flatten().map(|row| row.title);
        released.or_else(written).unwrap_or_default()
    }

    /// By what a measure's numbers are judged now: its latest release that
    /// counts and was not withdrawn.
    ///
    /// # Errors
    /// [`Failure`] if there is no such release.
    pub(super) fn ground(&self, id: &DocumentId) -> Result<Ground, Failure> {
        let case = self.case(id)?;
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
        let case = self.case(id)?;
        let releases = case.desk.releases(&case.subject, case.papers);
        Ok(releases.into_iter().map(|(paper, _)| paper.id).collect())
    }

    /// What the charter says now about counts of people.
    pub(super) fn disclosure(&self) -> Policy {
        let governance = self.commons.as_ref().and_then(|commons| commons.admission.governance());
        governance.map(|governance| governance.current().disclosure()).unwrap_or_default()
    }

    /// A measure as readers see it: as it was released, else as it is written.
    pub(super) fn measure_view(&mut self, id: &DocumentId) -> Result<MeasureView, Failure> {
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

    fn measure_ids(&self) -> Result<Vec<DocumentId>, Failure> {
        let listed = self.commons()?.catalogue.documents();
        let mut ids: Vec<DocumentId> = listed
            .filter(|(_, created, _)| created.kind == DocumentKind::Measure)
            .map(|(id, ..)| *id)
            .collect();
        ids.sort_unstable();
        Ok(ids)
    }
}

fn shown(id: &DocumentId, fields: &Fields) -> MeasureView {
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
