//! One `MeasureReport`: what it must be, what it must not bring, and when.

use super::group;
use super::remarks::{Problem, Sink, quoted};
use super::shape::{Object, has_below, object, objects, only, text};
use super::words::{NETWORK, ORGANISATION, measure_id};
use crate::figures::Figure;
use commons_protocol::date::Date;
use commons_protocol::period::Period;
use serde_json::Value;

/// What R4 has in a report; `contained` and `evaluatedResource` are judged
/// below.
const KNOWN: [&str; 15] = [
    "resourceType",
    "meta",
    "language",
    "text",
    "contained",
    "identifier",
    "status",
    "type",
    "measure",
    "subject",
    "date",
    "reporter",
    "period",
    "improvementNotation",
    "group",
];

/// Contained resources that say nothing about people. They are dropped.
const ADMINISTRATIVE: [&str; 6] =
    ["Organization", "Location", "Measure", "Library", "CodeSystem", "ValueSet"];

/// Reads a report. Nothing of one that says something about a person is read.
/// Otherwise scores are checked before the period is judged, so that people
/// hear of both.
pub fn read(report: &Object, at: &str, sink: &mut Sink) {
    match examine(report, at, sink) {
        Ok(figures) => figures.into_iter().for_each(|figure| sink.figure(figure)),
        Err(problem) => sink.refuse(at, problem),
    }
}

fn examine(report: &Object, at: &str, sink: &mut Sink) -> Result<Vec<Figure>, Problem> {
    summary(report)?;
    nobody(report)?;
    only(report, "the report", &KNOWN)?;
    let measure = measure(report, at, sink)?;
    notes(report, at, sink)?;
    let scoring = group::scoring(report)?;
    let period = object(report, "period")?;
    let advice = "Give the first and the last day of its month or quarter.";
    let period = period.ok_or_else(|| Problem::new("no-period", "there is no period", advice))?;
    let groups = objects(report, "group")?;
    if groups.is_empty() {
        return Err(Problem::new("no-group", "there is no group", "Give the counts in a group."));
    }
    let mut found = Vec::new();
    let is_one = groups.len() == 1;
    for (number, one) in groups.into_iter().enumerate() {
        let at = format!("{at}, group {}", number + 1);
        let name = if is_one { measure.clone() } else { format!("{measure}#{}", named(one, number)?) };
        found.extend(group::read(one, &at, scoring, sink).into_iter().map(|found| (name.clone(), found)));
    }
    let period = calendar(period)?;
    let figure = |(measure, found): (String, group::Found)| Figure {
        at: found.at,
        measure: Some(measure),
        period,
        stratum: found.stratum,
        numerator: found.counts.numerator,
        denominator: found.counts.denominator,
        excluded: found.counts.excluded,
    };
    Ok(found.into_iter().map(figure).collect())
}

/// One of several groups, each of which is a rate of its own.
fn named(one: &Object, number: usize) -> Result<String, Problem> {
    Ok(group::name(one)?.unwrap_or_else(|| format!("{}", number + 1)))
}

/// A finished summary, and no other kind of report.
fn summary(report: &Object) -> Result<(), Problem> {
    let person = |code, kind: &str| {
        let text = format!("it is a report of type {kind}, which is about single people");
        Err(Problem::new(code, text, "Export a summary report."))
    };
    match text(report, "type")? {
        Some("summary") => {}
        Some("individual") => return person("individual", "individual"),
        Some("subject-list") => return person("subject-list", "subject-list"),
        Some("data-collection") => return person("data-collection", "data-collection"),
        Some(other) => return Err(Problem::not_r4(format!("its type is {}", quoted(other)))),
        None => return Err(Problem::not_r4("it has no type")),
    }
    match text(report, "status")? {
        Some("complete") => Ok(()),
        Some(status @ ("pending" | "error")) => {
            let text = format!("its status is {status}");
            Err(Problem::new("not-complete", text, "Send it when its status is complete."))
        }
        Some(other) => Err(Problem::not_r4(format!("its status is {}", quoted(other)))),
        None => Err(Problem::not_r4("it has no status")),
    }
}

/// Nothing in it may be about one person.
fn nobody(report: &Object) -> Result<(), Problem> {
    let advice = "Leave it out of the export; only counts belong here.";
    if report.contains_key("evaluatedResource") {
        return Err(Problem::new("evaluated-resource", "it names the resources that were evaluated", advice));
    }
    if report.get("group").is_some_and(|groups| has_below(groups, "subjectResults")) {
        return Err(Problem::new("subject-results", "it names lists of subjects (subjectResults)", advice));
    }
    if let Some(subject) = object(report, "subject")?
        && !is_group(subject)?
    {
        return Err(Problem::new("person-subject", "its subject is no Group", advice));
    }
    for contained in objects(report, "contained")? {
        let kind = text(contained, "resourceType")?.unwrap_or_default();
        if !ADMINISTRATIVE.contains(&kind) {
            let text = format!("it contains a resource of type {}", quoted(kind));
            return Err(Problem::new("contained-clinical", text, advice));
        }
    }
    Ok(())
}

fn is_group(subject: &Object) -> Result<bool, Problem> {
    let reference = text(subject, "reference")?;
    let refers = reference.map(|reference| reference.starts_with("Group/") || reference.contains("/Group/"));
    let typed = text(subject, "type")?.map(|kind| kind == "Group");
    Ok(refers.unwrap_or(typed == Some(true)) && typed.unwrap_or(true))
}

/// The measure as it is named: our own by its id, others by their canonical.
fn measure(report: &Object, at: &str, sink: &mut Sink) -> Result<String, Problem> {
    let named = text(report, "measure")?.map(str::trim).filter(|name| !name.is_empty());
    let advice = "Name the measure by its canonical URL with its version.";
    let named = named.ok_or_else(|| Problem::new("no-measure", "it names no measure", advice))?;
    if named.chars().count() > 1_000 {
        return Err(Problem::not_r4("the name of its measure is too long"));
    }
    if named.split_once('|').is_none_or(|(_, version)| version.is_empty()) {
        let text = format!("the measure {} is named without a version", quoted(named));
        sink.note(at, Problem::new("measure-unversioned", text, "Add its version: url|version."));
    }
    Ok(measure_id(named).unwrap_or(named).to_owned())
}

/// What is dropped, and who reports.
fn notes(report: &Object, at: &str, sink: &mut Sink) -> Result<(), Problem> {
    if report.contains_key("text") {
        let text = "its narrative (text) is dropped: free text could be about people";
        sink.note(at, Problem::new("narrative-dropped", text, ""));
    }
    if !objects(report, "contained")?.is_empty() {
        let text = "the resources that it contains are dropped";
        sink.note(at, Problem::new("contained-dropped", text, ""));
    }
    let Some(reporter) = object(report, "reporter")? else { return Ok(()) };
    let identifier = object(reporter, "identifier")?;
    let part = |name| identifier.map_or(Ok(None), |identifier| text(identifier, name));
    if part("system")? == Some(NETWORK) {
        let text = "it is the total of a whole commons";
        let advice = "Send your own organisation's reports.";
        return Err(Problem::new("network-total", text, advice));
    }
    let named = part("value")?.unwrap_or_default();
    if part("system")? == Some(ORGANISATION) && !sink.is_own(named) {
        let text = format!("it is a report of another organisation ({})", quoted(named));
        let advice = "Send your own organisation's reports; each organisation sends its own.";
        return Err(Problem::new("other-organisation", text, advice));
    }
    let who = text(reporter, "reference")?.or(part("value")?).or(text(reporter, "display")?);
    if let Some(who) = who {
        sink.reporter(at, who);
    }
    Ok(())
}

/// The month or quarter that a FHIR period is.
fn calendar(period: &Object) -> Result<Period, Problem> {
    let first = day(period, "start", "T00:00")?;
    let last = day(period, "end", "T23:59")?;
    Period::of(first, last).map_err(|error| {
        let advice = "Give the first and the last day of one month or quarter; in FHIR the end is the last day itself.";
        Problem::new("off-grid", error.to_string(), advice)
    })
}

/// The day in which a `dateTime` lies, if it has a day, and no time within it
/// but that of its beginning or end.
fn day(period: &Object, name: &str, time: &str) -> Result<Date, Problem> {
    let advice = "Write days such as 2026-03-01.";
    let missing = || Problem::new("no-period", format!("its period has no {name}"), advice);
    let written = text(period, name)?.ok_or_else(missing)?;
    let parts = written.get(..10).zip(written.get(10..));
    let (date, rest) = parts.ok_or_else(|| {
        Problem::new("period-precision", format!("its {name} {} is no day", quoted(written)), advice)
    })?;
    let date = date.parse().map_err(|error| Problem::not_r4(format!("its {name}: {error}")))?;
    if !rest.is_empty() && !rest.starts_with(time) {
        let text = format!("its {name} {} lies within a day", quoted(written));
        return Err(Problem::new("off-grid", text, advice));
    }
    Ok(date)
}

/// The type of a resource.
pub fn kind(resource: &Value) -> Option<&str> {
    resource.get("resourceType").and_then(Value::as_str)
}
