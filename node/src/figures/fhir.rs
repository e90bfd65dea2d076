//! FHIR R4 (4.0.1) `MeasureReport`s: one, a Bundle of them, or one to a line.
//!
//! Only finished summaries are read, and of them only measure, period, counts
//! and the codes of strata. Everything that could be about a person voids its
//! report; narrative is dropped. Scores are recomputed, never taken. A report
//! that can't be read is listed and voids no other. `docs/fhir-verdicts.md`
//! has the arithmetic and the codes.

mod group;
mod populations;
mod remarks;
mod report;
mod score;
mod shape;
pub mod words;

use super::{Reading, Unreadable};
use remarks::{Problem, Sink, quoted};
use serde_json::Value;

/// Bytes of a file.
pub const LARGEST_FILE: usize = 32 * 1024 * 1024;
/// Bytes of one resource: a Bundle, or a line. A parsed value is some twenty
/// times as large. Its depth is bounded by the parser, at 128.
pub const LARGEST_RESOURCE: usize = 8 * 1024 * 1024;
/// Entries of a Bundle, and lines of a file.
pub const ENTRIES: usize = 20_000;

/// Bundles that hold a set of resources. A history would hold the same report
/// several times; documents and messages are about something else.
const BUNDLES: [&str; 4] = ["collection", "searchset", "transaction", "batch"];

/// Resources without people in them: they may lie beside reports.
const BESIDE: [&str; 11] = [
    "Organization",
    "Location",
    "Endpoint",
    "Measure",
    "Library",
    "CodeSystem",
    "ValueSet",
    "ConceptMap",
    "StructureDefinition",
    "CapabilityStatement",
    "OperationOutcome",
];

/// Reads a file of the organisation with the id `own`.
///
/// # Errors
/// If nothing of it can be read: `too-large`, `empty`, `not-json`, `not-fhir`,
/// `not-a-report`, `bundle-type`, `too-many-entries`.
pub fn read(bytes: &[u8], own: &str) -> Result<Reading, Unreadable> {
    if bytes.len() > LARGEST_FILE {
        let text = format!("The file has {} bytes; at most {LARGEST_FILE} are read. Split it.", bytes.len());
        return Err(Unreadable { code: "too-large", text });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| not_json(&error.to_string()))?;
    let text = text.trim_start_matches('\u{feff}').trim();
    let first = text.lines().next().unwrap_or_default();
    if first.is_empty() {
        let text = "The file is empty. Send a MeasureReport, a Bundle, or one report to a line.".to_owned();
        return Err(Unreadable { code: "empty", text });
    }
    let mut sink = Sink::new(own);
    // A pretty-printed resource has no whole value in its first line.
    let is_lines = first.len() < text.len() && parse(first).is_ok();
    if is_lines { lines(text, &mut sink) } else { single(text, &mut sink) }?;
    Ok(sink.into_reading())
}

fn not_json(error: &str) -> Unreadable {
    let text = format!("The file is no JSON: {error}. Export it as FHIR JSON, not as XML.");
    Unreadable { code: "not-json", text }
}

/// A value within the bound on its size.
fn parse(text: &str) -> Result<Value, Problem> {
    if text.len() > LARGEST_RESOURCE {
        let what =
            format!("it has {} bytes; at most {LARGEST_RESOURCE} are read in one resource", text.len());
        return Err(Problem::new(
            "too-large",
            what,
            "Send fewer reports at a time, or one to a line (NDJSON).",
        ));
    }
    serde_json::from_str(text).map_err(|error| {
        Problem::new("not-json", format!("it is no JSON: {error}"), "Export it as FHIR JSON.")
    })
}

/// The whole file is one resource.
fn single(text: &str, sink: &mut Sink) -> Result<(), Unreadable> {
    let value = parse(text).map_err(|problem| Unreadable {
        code: problem.code,
        text: format!("The file can't be read: {}. {}", problem.text, problem.advice),
    })?;
    match report::kind(&value) {
        Some("MeasureReport" | "Bundle") => {}
        Some(other) => {
            let text = format!(
                "The file is a resource of type {}. Send a MeasureReport or a Bundle of them.",
                quoted(other)
            );
            return Err(Unreadable { code: "not-a-report", text });
        }
        None => {
            let text = "The file is no FHIR resource: it has no resourceType. Send a MeasureReport or a Bundle of them.".to_owned();
            return Err(Unreadable { code: "not-fhir", text });
        }
    }
    top(&value, "report", sink).map_err(|problem| Unreadable {
        code: problem.code,
        text: format!("The Bundle can't be read: {}. {}", problem.text, problem.advice),
    })
}

/// One resource to a line. A line that is none voids no other.
fn lines(text: &str, sink: &mut Sink) -> Result<(), Unreadable> {
    let all = || text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let count = all().count();
    if count > ENTRIES {
        let text = format!("The file has {count} lines; at most {ENTRIES} are read. Split it.");
        return Err(Unreadable { code: "too-many-entries", text });
    }
    for (number, line) in all() {
        let at = format!("line {}", number + 1);
        let taken = parse(line).and_then(|value| top(&value, &at, sink));
        if let Err(problem) = taken {
            sink.refuse(&at, problem);
        }
    }
    Ok(())
}

/// A resource that stands by itself.
fn top(value: &Value, at: &str, sink: &mut Sink) -> Result<(), Problem> {
    match report::kind(value) {
        Some("Bundle") => bundle(value, if at == "report" { "" } else { at }, sink),
        _ => {
            resource(value, at, sink);
            Ok(())
        }
    }
}

fn bundle(value: &Value, at: &str, sink: &mut Sink) -> Result<(), Problem> {
    let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
    if !BUNDLES.contains(&kind) {
        let text = format!("it is a Bundle of type {}", quoted(kind));
        return Err(Problem::new("bundle-type", text, "Send a collection."));
    }
    let entries = match value.get("entry") {
        None => &[],
        Some(Value::Array(entries)) => entries.as_slice(),
        Some(_) => return Err(Problem::not_r4("its entry is no list")),
    };
    if entries.len() > ENTRIES {
        let text = format!("it has {} entries; at most {ENTRIES} are read", entries.len());
        return Err(Problem::new("too-many-entries", text, "Split it."));
    }
    let before = if at.is_empty() { String::new() } else { format!("{at}, ") };
    for (number, entry) in entries.iter().enumerate() {
        let at = format!("{before}entry {}", number + 1);
        match entry.get("resource") {
            Some(one) => resource(one, &at, sink),
            None => sink.refuse(&at, Problem::new("no-resource", "the entry has no resource", "")),
        }
    }
    Ok(())
}

/// A resource of a file. Only reports are read.
fn resource(value: &Value, at: &str, sink: &mut Sink) {
    match (report::kind(value), value.as_object()) {
        (Some("MeasureReport"), Some(object)) => report::read(object, at, sink),
        (Some(kind), _) if BESIDE.contains(&kind) => {
            let text = format!("a resource of type {kind} is passed over");
            sink.note(at, Problem::new("ignored-resource", text, ""));
        }
        (Some(kind), _) => {
            let text = format!("a resource of type {} is no report, and may be about a person", quoted(kind));
            sink.refuse(at, Problem::new("not-a-report", text, "Send summary reports alone."));
        }
        (None, _) => {
            let text = "there is no resourceType";
            sink.refuse(at, Problem::new("not-fhir", text, "Send FHIR R4 resources."));
        }
    }
}
