//! One group of a report: all together, and its strata.

use super::populations::{Counts, Populations, Scoring};
use super::remarks::{Problem, Sink, quoted};
use super::score;
use super::shape::{Object, concept, extension, object, objects, only, text};
use super::words::{LINK, SCORING};
use crate::figures::Number;
use serde_json::Value;

/// A row of a group, still without measure and period.
pub struct Found {
    pub at: String,
    pub stratum: Option<(String, String)>,
    pub counts: Counts,
}

/// The scoring that a report or group names.
///
/// # Errors
/// `unsupported-scoring`, or `not-r4`.
pub fn scoring(parent: &Object) -> Result<Option<Scoring>, Problem> {
    let Some(named) = extension(parent, SCORING)? else { return Ok(None) };
    let code = object(named, "valueCodeableConcept")?.map(concept).transpose()?.flatten();
    code.map(|code| Scoring::of(&code)).transpose()
}

/// What names this group among those of its measure.
pub fn name(group: &Object) -> Result<Option<String>, Problem> {
    let link = link(group, "group")?.or(text(group, "id")?).map(str::to_owned);
    match link {
        Some(link) => Ok(Some(link)),
        None => Ok(object(group, "code")?.map(concept).transpose()?.flatten()),
    }
}

fn link<'a>(parent: &'a Object, path: &str) -> Result<Option<&'a str>, Problem> {
    let found = extension(parent, &format!("{}{path}{}", LINK.0, LINK.1))?;
    found.map_or(Ok(None), |one| text(one, "valueString"))
}

/// Reads a group. What can't be read is told, and does not void the rest.
pub fn read(group: &Object, at: &str, of_report: Option<Scoring>, sink: &mut Sink) -> Vec<Found> {
    let known = ["code", "population", "measureScore", "stratifier"];
    let head = || {
        only(group, "a group", &known)?;
        let scoring = scoring(group)?.or(of_report).unwrap_or(Scoring::Unsaid);
        Ok((scoring, objects(group, "stratifier")?))
    };
    let (scoring, stratifiers) = match head() {
        Ok(head) => head,
        Err(problem) => {
            sink.refuse(at, problem);
            return Vec::new();
        }
    };
    let total = match numbers(group, scoring) {
        // Strata without a total are a report too.
        Err(problem) if !stratifiers.is_empty() && ["no-count", "no-population"].contains(&problem.code) => {
            sink.note(at, problem);
            None
        }
        total => told(total, at, sink),
    };
    let mut found = Vec::new();
    if let Some(counts) = total {
        found.push(Found { at: at.to_owned(), stratum: None, counts });
    }
    for (number, stratifier) in stratifiers.into_iter().enumerate() {
        let at = format!("{at}, stratifier {}", number + 1);
        found.extend(read_stratifier(stratifier, &at, scoring, total.as_ref(), sink));
    }
    found
}

/// The counts of a group or stratum, and what is to say about its score.
fn numbers(parent: &Object, scoring: Scoring) -> Result<(Counts, Option<Problem>), Problem> {
    let populations = Populations::read(parent)?;
    if populations.is_empty() {
        let advice = "Give numerator and denominator with their counts.";
        return Err(Problem::new("no-population", "there is no population", advice));
    }
    let counts = populations.counts(scoring).map_err(|problem| match score::written(parent) {
        Some(score) => {
            Problem { text: format!("{}; its score {score} can't be checked", problem.text), ..problem }
        }
        None => problem,
    })?;
    Ok((counts, score::check(parent, &counts)?))
}

/// The counts, once it is told what there is to say.
fn told(numbers: Result<(Counts, Option<Problem>), Problem>, at: &str, sink: &mut Sink) -> Option<Counts> {
    match numbers {
        Ok((counts, about_score)) => {
            if let Some(problem) = about_score {
                sink.note(at, problem);
            }
            Some(counts)
        }
        Err(problem) => {
            sink.refuse(at, problem);
            None
        }
    }
}

/// All strata of one stratifier, or none: a stratum that is left out would
/// look as if nobody were in it.
fn read_stratifier(
    stratifier: &Object,
    at: &str,
    scoring: Scoring,
    total: Option<&Counts>,
    sink: &mut Sink,
) -> Vec<Found> {
    let head = || Ok((code_of(stratifier)?, objects(stratifier, "stratum")?));
    let (code, strata) = match head() {
        Ok(head) => head,
        Err(problem) => {
            sink.refuse(at, problem);
            return Vec::new();
        }
    };
    let (expected, mut found) = (strata.len(), Vec::new());
    for (number, stratum) in strata.into_iter().enumerate() {
        let at = format!("{at}, stratum {}", number + 1);
        let counts = told(numbers(stratum, scoring), &at, sink);
        match value_of(stratum) {
            Err(problem) => sink.refuse(&at, problem),
            Ok(value) => {
                let stratum = Some((code.clone(), value));
                found.extend(counts.map(|counts| Found { at, stratum, counts }));
            }
        }
    }
    if found.len() < expected {
        let text =
            format!("{} of {expected} strata of {} can't be read", expected - found.len(), quoted(&code));
        let advice = "Strata are taken all together or not at all. Mend those that are listed.";
        sink.refuse(at, Problem::new("incomplete-stratifier", text, advice));
        return Vec::new();
    }
    if let Some(problem) = total.and_then(|total| sums_differ(&code, &found, total)) {
        sink.note(at, problem);
    }
    found
}

fn crossed() -> Problem {
    let advice = "Report one stratifier at a time.";
    Problem::new("crossed", "strata of several stratifiers are crossed", advice)
}

fn code_of(stratifier: &Object) -> Result<String, Problem> {
    only(stratifier, "a stratifier", &["code", "stratum"])?;
    let codes = objects(stratifier, "code")?;
    let code = match codes.as_slice() {
        [] => None,
        [one] => concept(one)?,
        _ => return Err(crossed()),
    };
    let linked = || Ok(link(stratifier, "group.stratifier")?.map(str::to_owned));
    let code = code.map_or_else(linked, |code| Ok(Some(code)))?;
    code.ok_or_else(|| Problem::new("no-stratifier-code", "a stratifier has no code", "Give it its code."))
}

fn value_of(stratum: &Object) -> Result<String, Problem> {
    if stratum.get("component").is_some_and(|all| !matches!(all, Value::Array(all) if all.is_empty())) {
        return Err(crossed());
    }
    only(stratum, "a stratum", &["value", "population", "measureScore"])?;
    let value = object(stratum, "value")?.map(concept).transpose()?.flatten();
    value.ok_or_else(|| Problem::new("no-stratum-value", "a stratum has no value", "Give it its code."))
}

/// Whether known strata add up to something else than all together.
fn sums_differ(code: &str, strata: &[Found], total: &Counts) -> Option<Problem> {
    type Part = fn(&Counts) -> Option<Number>;
    let parts: [(&str, Part); 3] = [
        ("numerators", |counts| Some(counts.numerator)),
        ("denominators", |counts| counts.denominator),
        ("exclusions", |counts| counts.excluded),
    ];
    parts.into_iter().find_map(|(what, part)| {
        let Some(Number::Known(all)) = part(total) else { return None };
        let known = strata.iter().map(|found| match part(&found.counts) {
            Some(Number::Known(number)) => Some(number),
            Some(Number::Masked) | None => None,
        });
        let sum = known.sum::<Option<u64>>().filter(|sum| *sum != all)?;
        let text =
            format!("the {what} of the strata of {} add up to {sum}, all together have {all}", quoted(code));
        let advice = "Strata must be a partition: each person or event in exactly one.";
        Some(Problem::new("strata-sum", text, advice))
    })
}
