//! The names that reports are written and read with: HL7's, and our own where
//! FHIR has none.

/// A report's scoring.
pub const SCORING: &str = "http://hl7.org/fhir/uv/deqm/StructureDefinition/deqm-measureScoring";
/// A count that is a quantity: beyond 32 bits, or a sum with a unit.
pub const COUNT_QUANTITY: &str = "http://hl7.org/fhir/StructureDefinition/measurereport-countQuantity";
/// Why a value is not there.
pub const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
/// The code systems of populations, scoring and improvement.
pub const POPULATIONS: &str = "http://terminology.hl7.org/CodeSystem/measure-population";
/// See [`POPULATIONS`].
pub const SCORINGS: &str = "http://terminology.hl7.org/CodeSystem/measure-scoring";
/// See [`POPULATIONS`].
pub const IMPROVEMENT: &str = "http://terminology.hl7.org/CodeSystem/measure-improvement-notation";
/// The profile that summaries follow.
pub const PROFILE: &str = "http://hl7.org/fhir/uv/deqm/StructureDefinition/deqm-summarymeasurereport";
/// What names the element of the measure that a part of a report belongs to:
/// before and after the path of that part.
pub const LINK: (&str, &str) =
    ("http://hl7.org/fhir/5.0/StructureDefinition/extension-MeasureReport.", ".linkId");

/// Our extension beside `data-absent-reason`: the interval in which a masked
/// number lies, both ends included; a `valueRange` without `high` is open.
pub const INTERVAL: &str = "urn:commons:fhir:interval";
/// Our extension of a group or stratum: its denominator after exclusions,
/// where that is known but the exclusions are masked.
pub const EFFECTIVE: &str = "urn:commons:fhir:effective-denominator";
/// Our extension of a group or stratum: the interval in which its score lies,
/// where a count behind it is masked. There is no `measureScore` then: rule
/// deqm-6 of the profile asks one of a proportion to have a value.
pub const MASKED_SCORE: &str = "urn:commons:fhir:masked-score";
/// Our extension of a group or stratum: how many organisations contribute.
pub const CONTRIBUTORS: &str = "urn:commons:fhir:contributors";
/// Our extension of a group or stratum: how many of them masked something.
pub const MASKED_CONTRIBUTORS: &str = "urn:commons:fhir:masked-contributors";
/// Our extension of a group or stratum: why a total is withheld.
pub const WITHHELD: &str = "urn:commons:fhir:withheld";
/// Our extension of a measure: what its values are multiplied by when shown.
pub const PER: &str = "urn:commons:fhir:per";
/// Our code system of populations: `excluded`, for counts without denominator.
pub const OWN_POPULATIONS: &str = "urn:commons:fhir:population";
/// Our system of identifiers of organisations.
pub const ORGANISATION: &str = "urn:commons:fhir:organisation";
/// Our system of identifiers of commons: the reporter of a network's totals.
pub const NETWORK: &str = "urn:commons:fhir:network";
/// Our system of identifiers of reports.
pub const REPORT: &str = "urn:commons:fhir:report";

/// The canonical URL of a measure, without its version.
pub fn measure_url(commons: &str, id: &str) -> String {
    format!("urn:commons:{commons}:measure:{id}")
}

/// The id of a measure that [`measure_url`] made, with or without a version.
pub fn measure_id(canonical: &str) -> Option<&str> {
    let (url, _) = canonical.split_once('|').unwrap_or((canonical, ""));
    let (_, id) = url.strip_prefix("urn:commons:")?.split_once(":measure:")?;
    Some(id).filter(|id| !id.is_empty())
}
